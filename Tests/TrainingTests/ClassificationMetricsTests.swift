import Foundation
import Inference
import Testing
import Training

/// Against what `Fixtures/classification_metrics.py` got from scikit-learn.
@Suite("Precision, recall, F1 and the area under the ROC curve")
struct ClassificationMetricsTests {
  struct Row: Decodable, Sendable, CustomTestStringConvertible {
    enum CodingKeys: String, CodingKey {
      case name, outputs, classes, scores, labels, precision, recall, f1, area
      case macroPrecision = "macro_precision"
      case macroRecall = "macro_recall"
      case macroF1 = "macro_f1"
    }

    let name: String
    let outputs: Int
    let classes: Int
    let scores: [Float]
    let labels: [Int]
    let precision: [Double?]
    let recall: [Double?]
    let f1: [Double?]
    let macroPrecision: Double?
    let macroRecall: Double?
    let macroF1: Double?
    let area: Double?

    var testDescription: String { name }
  }

  static let rows: [Row] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/classification_metrics.json")
    guard let data = try? Data(contentsOf: file) else { return [] }
    return (try? JSONDecoder().decode([Row].self, from: data)) ?? []
  }()

  @Test("The fixture is there")
  func fixture() { #expect(Self.rows.count == 16) }

  @Test("All are scikit-learn's to 1e-15, undefined where those are", arguments: rows)
  func values(_ row: Row) throws {
    let evaluation = try Evaluation(
      scores: row.scores, outputs: row.outputs, labels: row.labels, classCount: row.classes)
    func expect(_ found: [Double], _ expected: [Double?], _ what: String) {
      #expect(found.count == expected.count)
      for (found, expected) in zip(found, expected) {
        #expect(expected.map { abs(found - $0) <= 1e-15 } ?? found.isNaN, "\(what): \(found), \(expected ?? .nan)")
      }
    }
    expect(evaluation.precision, row.precision, "precision")
    expect(evaluation.recall, row.recall, "recall")
    expect(evaluation.f1, row.f1, "F1")
    expect([evaluation.macroPrecision], [row.macroPrecision], "macro precision")
    expect([evaluation.macroRecall], [row.macroRecall], "macro recall")
    expect([evaluation.macroF1], [row.macroF1], "macro F1")
    #expect((evaluation.areaUnderROC == nil) == (row.area == nil))
    if let area = row.area { expect([evaluation.areaUnderROC ?? .nan], [area], "area") }
    #expect(evaluation.examples == (0..<row.classes).map { label in row.labels.count { $0 == label } })
  }

  @Test("The area is that of all pairs one by one, to the last bit")
  func pairs() throws {
    var random = SystemRandomNumberGenerator()
    for steps in [1, 3, 50, 1_000_000] {
      let scores = (0..<150).map { _ in Float(Int.random(in: 0...steps, using: &random)) / Float(steps) }
      let labels = [0, 1] + (2..<150).map { _ in Int.random(in: 0...1, using: &random) }
      var halves = 0
      var count = 0
      for (first, firstLabel) in zip(scores, labels) where firstLabel == 0 {
        for (second, secondLabel) in zip(scores, labels) where secondLabel == 1 {
          halves += second > first ? 2 : second == first ? 1 : 0
          count += 1
        }
      }
      let evaluation = try Evaluation(scores: scores, outputs: 1, labels: labels, classCount: 2)
      #expect(evaluation.areaUnderROC == Double(halves) / Double(2 * count), "\(scores), \(labels)")
    }
  }

  @Test("A score that is NaN has no rank, so that there is no area")
  func notANumber() throws {
    let evaluation = try Evaluation(scores: [0.25, .nan, 0.5], outputs: 1, labels: [0, 1, 1], classCount: 2)
    #expect(evaluation.areaUnderROC == nil)
  }
}
