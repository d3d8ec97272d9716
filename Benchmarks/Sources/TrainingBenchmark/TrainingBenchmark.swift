import BenchmarkSide
import CCeilings
import Foundation
import Training

/// nnscore's side of `Benchmarks/training`; `peers/training_side.py` is the others'. Argument: the threads.
@main
struct TrainingBenchmark: BenchmarkSide {
  /// What a line is answered with; each command sets its own.
  struct Answer: Encodable {
    var variants: [String]?
    var versions: [String: String]?
    var costs: [Double]?
    var seconds: Double?
    var loading: Double?
    var accuracies: [Double]?
    var operations: Double?
  }

  private let threads = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1
  private var work: Work?
  private var data: TrainingData?
  private var run: PausingRun?

  static func main() throws {
    var side = TrainingBenchmark()
    try side.answerLines()
  }

  mutating func run(_ line: Line) throws -> Answer {
    switch line.name {
    case "ceiling":
      return Answer(
        operations: ceilings_f32_operations(ceilings_widest_vectors(), try line.number(0, as: Double.self)))
    case "order":
      let bytes = try ExampleOrder.bytes(
        count: line.number(0), batch: line.number(1), seed: line.number(2, as: UInt64.self), epochs: line.number(3))
      try Data(bytes).write(to: URL(fileURLWithPath: line.argument(4)))
      return Answer()
    case "open":
      let work = try Work(path: line.argument(0))
      self.work = work
      data = try work.data()
      run = nil
      return Answer(variants: ["Trainer.run"], versions: [:])
    case "check":
      let (work, data) = try opened()
      let result = try work.trainer(data, iterations: line.number(1), threads: threads).run()
      return Answer(costs: result.costs)
    case "time":
      return Answer(seconds: try pausing().seconds(ofSteps: line.number(1)))
    case "reach":
      let work = try Work(path: line.argument(0))
      let training = try TimedTraining(
        work, folder: line.argument(2), target: line.number(3, as: Double.self), epochs: line.number(4),
        threads: threads)
      return Answer(seconds: training.seconds, loading: training.loading, accuracies: training.accuracies)
    default:
      throw Misuse(command: line.name)
    }
  }

  private func opened() throws -> (Work, TrainingData) {
    guard let work, let data else { throw Misuse(command: "open a work first") }
    return (work, data)
  }

  /// The run whose steps are timed: longer than any benchmark.
  private mutating func pausing() throws -> PausingRun {
    if let run { return run }
    let (work, data) = try opened()
    let run = try PausingRun(work.trainer(data, iterations: 1_000_000, threads: threads))
    self.run = run
    return run
  }
}
