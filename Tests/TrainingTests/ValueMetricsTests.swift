import Foundation
import Testing
import Training

/// Against what `Fixtures/value_metrics.py` got from scikit-learn.
@Suite("What is measured of independent labels and of quantities")
struct ValueMetricsTests {
  struct Labels: Decodable, Sendable, CustomTestStringConvertible {
    enum CodingKeys: String, CodingKey {
      case name, count, scores, targets, cost, exact, precision, recall, f1, area
      case labelAccuracy = "label_accuracy"
    }

    let name: String
    let count: Int
    let scores: [Float]
    let targets: [Float]
    let cost: Double
    let exact: Double
    let labelAccuracy: Double
    let precision: [Double?]
    let recall: [Double?]
    let f1: [Double?]
    let area: [Double?]

    var testDescription: String { name }
  }

  struct Quantities: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let count: Int
    let scores: [Float]
    let targets: [Float]
    let cost: Double
    let mse: [Double]
    let mae: [Double]
    let r2: [Double?]

    var testDescription: String { name }
  }

  struct Fixture: Decodable {
    let labels: [Labels]
    let quantities: [Quantities]
  }

  static let stored: Fixture = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/value_metrics.json")
    guard let data = try? Data(contentsOf: file), let fixture = try? JSONDecoder().decode(Fixture.self, from: data)
    else { return Fixture(labels: [], quantities: []) }
    return fixture
  }()

  @Test("The fixture is there")
  func fixture() {
    #expect(Self.stored.labels.count == 5 && Self.stored.quantities.count == 4)
  }

  private func expect(_ found: [Double?], _ expected: [Double?], within tolerance: Double, _ what: String) {
    #expect(found.count == expected.count)
    for (found, expected) in zip(found, expected) {
      let found = found ?? .nan
      #expect(
        expected.map { abs(found - $0) <= tolerance * max(1, abs($0)) } ?? found.isNaN,
        "\(what): \(found), \(expected ?? .nan)")
    }
  }

  @Test("Of labels all are scikit-learn's to 1e-15, the cost to 1e-14", arguments: stored.labels)
  func labels(_ row: Labels) throws {
    let evaluation = try Evaluation(scores: row.scores, targets: .labels(row.targets, count: row.count))
    #expect(evaluation.task == .multilabel && evaluation.confusion.isEmpty && evaluation.quantities.isEmpty)
    expect([evaluation.cost], [row.cost], within: 1e-14, "cost")
    expect([evaluation.accuracy], [row.exact], within: 1e-15, "accuracy")
    expect([evaluation.labelAccuracy], [row.labelAccuracy], within: 1e-15, "accuracy of labels")
    expect(evaluation.precision, row.precision, within: 1e-15, "precision")
    expect(evaluation.recall, row.recall, within: 1e-15, "recall")
    expect(evaluation.f1, row.f1, within: 1e-15, "F1")
    expect(evaluation.labels.map(\.areaUnderROC), row.area, within: 1e-15, "area")
    let areas = row.area.compactMap(\.self)
    let mean = areas.isEmpty ? nil : areas.reduce(0, +) / Double(areas.count)
    expect([evaluation.macroAreaUnderROC], [mean], within: 1e-15, "mean area")
  }

  @Test("Of quantities all are scikit-learn's to 1e-14", arguments: stored.quantities)
  func quantities(_ row: Quantities) throws {
    let evaluation = try Evaluation(scores: row.scores, targets: .quantities(row.targets, count: row.count))
    #expect(evaluation.task == .regression && evaluation.accuracy.isNaN && evaluation.labels.isEmpty)
    expect([evaluation.cost], [row.cost], within: 1e-14, "cost")
    expect(evaluation.quantities.map(\.meanSquaredError), row.mse, within: 1e-14, "mean squared error")
    expect(evaluation.quantities.map(\.meanAbsoluteError), row.mae, within: 1e-14, "mean absolute error")
    expect(evaluation.quantities.map(\.determination), row.r2, within: 1e-14, "R²")
    expect([evaluation.rootMeanSquaredError], [row.cost.squareRoot()], within: 1e-14, "root mean squared error")
  }

  @Test("A label whose score is NaN is not there, and has no area")
  func notANumber() throws {
    let evaluation = try Evaluation(scores: [.nan, 0.75], targets: .labels([1, 0], count: 1))
    #expect(evaluation.labels[0].falseNegatives == 1 && evaluation.labels[0].areaUnderROC == nil)
  }

  @Test("Another number of scores than of targets is refused")
  func counts() {
    let error = trainingError { _ = try Evaluation(scores: [1, 2, 3], targets: .quantities([1, 2], count: 2)) }
    #expect(error?.code == .shapeMismatch)
    #expect(error?.message == "there are 3 scores for 1 examples of 2 quantities; expected 2")
  }
}
