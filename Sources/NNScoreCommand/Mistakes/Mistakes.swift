import Datasets
import Foundation
import Images
import Inference
import Training

/// What a model got wrong in a set, the worst first, as sheets and lists have it.
struct Mistakes {
  private enum Kind {
    case classes([Mistake])
    /// Of several independent labels.
    case labels([ValueMistake])
    case quantities([ValueMistake])
  }

  private let kind: Kind
  private let set: LabelledSet
  private let model: Model

  /// - Parameter evaluation: with its mistakes.
  init(_ evaluation: Evaluation, in set: LabelledSet, by model: Model) {
    let values = evaluation.valueMistakes ?? []
    kind =
      switch evaluation.task {
      case .classification: .classes(evaluation.mistakes ?? [])
      case .multilabel: .labels(values)
      case .regression: .quantities(values)
      }
    self.set = set
    self.model = model
  }

  var count: Int {
    switch kind {
    case .classes(let mistakes): mistakes.count
    case .labels(let mistakes), .quantities(let mistakes): mistakes.count
    }
  }

  /// What one of them is called: every answer to a quantity is off by something.
  var noun: String {
    if case .quantities = kind { "answer" } else { "mistake" }
  }

  /// What stands above some of them.
  func title(_ range: Range<Int>) -> String {
    let name = "\(Format.visible(model.identity.name))@\(model.identity.number)"
    let all = "\(Format.count(count, noun)) in \(Format.count(set.count, "example"))"
    guard range.count < count else { return "\(name): \(all), the worst first" }
    let last = Format.count(range.upperBound)
    return range.lowerBound == 0
      ? "\(name): the \(last) worst of \(all)" : "\(name): \(Format.count(range.lowerBound + 1)) to \(last) of \(all)"
  }

  /// What explains the lines below each picture.
  var legend: String {
    let name = set.names == nil ? "its place in the set, from 0" : "its file"
    let lines =
      switch kind {
      case .classes: "its label, in red the model's answer, the probability that the model gave to each"
      case .labels: "whether it has a label, in red the model's answer, the probability that the model gave to each"
      case .quantities: "a quantity, in red the model's answer"
      }
    return "Each picture is as the model gets it. Below it are \(lines), and \(name)."
  }

  /// One of them as it is drawn.
  func cell(_ rank: Int) throws -> MistakeSheet.Cell {
    let (index, truth, answer) = lines(rank)
    let features = set.shape.valueCount ?? 0
    let picture = try DecodedImage(
      height: set.shape.height, width: set.shape.width, channels: set.shape.channels,
      pixels: Array(set.pixels[index * features..<(index + 1) * features]))
    return MistakeSheet.Cell(
      picture: picture, truth: truth, answer: answer,
      name: set.names.map { URL(fileURLWithPath: $0[index]).lastPathComponent } ?? "example \(index)")
  }

  private func lines(_ rank: Int) -> (index: Int, truth: MistakeSheet.Line, answer: MistakeSheet.Line) {
    typealias Line = MistakeSheet.Line
    switch kind {
    case .classes(let mistakes):
      let mistake = mistakes[rank]
      return (
        mistake.index,
        Line(name: model.labels[mistake.label], value: MistakeSheet.percent(Double(mistake.labelProbability))),
        Line(name: model.labels[mistake.answer], value: MistakeSheet.percent(Double(mistake.answerProbability)))
      )
    case .labels(let mistakes):
      let mistake = mistakes[rank]
      func line(_ isThere: Bool) -> Line {
        let probability = isThere ? Double(mistake.answer) : 1 - Double(mistake.answer)
        return Line(
          name: "\(isThere ? "" : "not ")\(model.labels[mistake.column])", value: MistakeSheet.percent(probability))
      }
      return (mistake.index, line(mistake.target == 1), line(mistake.target != 1))
    case .quantities(let mistakes):
      let mistake = mistakes[rank]
      return (
        mistake.index, Line(name: model.labels[mistake.column], value: Self.number(mistake.target)),
        Line(name: "answer", value: Self.number(mistake.answer))
      )
    }
  }

  /// A quantity in few characters.
  static func number(_ value: Float) -> String { String(format: "%.4g", value) }

  // MARK: - As a table

  /// The names of the columns of ``fields(_:)``.
  var columns: [String] {
    switch kind {
    case .classes: ["index", "file", "label", "label_probability", "answer", "answer_probability"]
    case .labels: ["index", "file", "label", "present", "probability"]
    case .quantities: ["index", "file", "quantity", "value", "answer"]
    }
  }

  /// One of them for other programs.
  func fields(_ rank: Int) -> [String] {
    func place(_ index: Int) -> [String] { ["\(index)", set.names?[index] ?? ""] }
    switch kind {
    case .classes(let mistakes):
      let mistake = mistakes[rank]
      return place(mistake.index) + [
        model.labels[mistake.label], "\(mistake.labelProbability)", model.labels[mistake.answer],
        "\(mistake.answerProbability)",
      ]
    case .labels(let mistakes):
      let mistake = mistakes[rank]
      return place(mistake.index) + [
        model.labels[mistake.column], mistake.target == 1 ? "1" : "0", "\(mistake.answer)",
      ]
    case .quantities(let mistakes):
      let mistake = mistakes[rank]
      return place(mistake.index) + [model.labels[mistake.column], "\(mistake.target)", "\(mistake.answer)"]
    }
  }
}
