import BenchmarkSide
import Foundation
import Inference

/// nnscore's sides of `Benchmarks/scoring`; `peers/scoring_side.py` is the others'. Arguments: `fp32` or `int8`, and the threads of a
/// scorer.
@main
struct ScoringBenchmark: BenchmarkSide {
  /// What a line is answered with; each command sets its own.
  struct Answer: Encodable {
    var variants: [String]?
    var seconds: Double?
    var images: Int?
    var versions: [String: String]?
    var ceilings: Ceilings?
  }

  private let isInt8 = CommandLine.arguments.dropFirst().first == "int8"
  private let threads = CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) } ?? 1
  private var packed: PackedModel?
  /// [count, features], each row an image.
  private var rows: [UInt8] = []

  static func main() throws {
    var side = ScoringBenchmark()
    try side.answerLines()
  }

  mutating func run(_ line: Line) throws -> Answer {
    switch line.name {
    case "draw":
      let model = try DrawnModel(line).model
      try Data(ModelFile.encode(model)).write(to: URL(fileURLWithPath: line.argument(0)))
      return Answer()
    case "open":
      rows = try Array(Data(contentsOf: URL(fileURLWithPath: line.argument(1))))
      let model = try Model(contentsOfFile: line.argument(0))
      let packed = try PackedModel(isInt8 ? model.quantized(by: rows) : model)
      self.packed = packed
      return Answer(
        variants: ["Scorer.score"], versions: ["nnscore kernels": "\(packed.instructionSet.name)"])
    case "score":
      let scores = try scores(ofFirst: line.number(0))
      let bytes = scores.flatMap { score in
        (0..<4).map { UInt8(truncatingIfNeeded: score.bitPattern >> (8 * UInt32($0))) }
      }
      try Data(bytes).write(to: URL(fileURLWithPath: line.argument(2)))
      return Answer()
    case "time":
      return try time(batch: line.number(0), seconds: line.number(1, as: Double.self))
    case "ceilings":
      let sizes = try line.argument(1).split(separator: ",").map { size in
        guard let size = Int(size) else { throw Misuse(command: line.name) }
        return size
      }
      return Answer(ceilings: try Ceilings(seconds: line.number(0, as: Double.self), sizes: sizes))
    default:
      throw Misuse(command: line.name)
    }
  }

  private func opened() throws -> PackedModel {
    guard let packed else { throw Misuse(command: "open a model first") }
    return packed
  }

  private func scores(ofFirst count: Int) throws -> [Float] {
    let packed = try opened()
    var scorer = try Scorer(packed, threads: threads)
    return try scorer.scores(of: Array(rows.prefix(count * packed.model.architecture.inputs)))
  }

  /// Scores the first rows again and again, for so many seconds.
  private func time(batch: Int, seconds: Double) throws -> Answer {
    let packed = try opened()
    let architecture = packed.model.architecture
    var scorer = try Scorer(packed, threads: threads)
    let rows = Array(rows.prefix(batch * architecture.inputs))
    var scores = [Float](repeating: 0, count: batch * architecture.outputs)
    var target = scores.mutableSpan
    try scorer.score(rows.span, into: &target)

    // The clock is read once a slice, and a slice takes a millisecond or more.
    var slice = 1
    var images = 0
    var elapsed = 0.0
    let clock = ContinuousClock()
    while elapsed < seconds {
      let duration = try clock.measure {
        for _ in 0..<slice { try scorer.score(rows.span, into: &target) }
      }
      images += slice * batch
      elapsed += duration / .seconds(1)
      if duration < .milliseconds(1) { slice *= 2 }
    }
    return Answer(seconds: elapsed, images: images)
  }
}
