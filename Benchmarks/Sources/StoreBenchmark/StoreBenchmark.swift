import BenchmarkSide
import Inference
import ModelStore

/// One side of `Benchmarks/store`: does one piece of work for each line on standard input, and answers with a line of JSON that
/// says how long the work itself took. `peers/store_mlflow.py` is the other side.
@main
struct StoreBenchmark: BenchmarkSide {
  private var store: ModelStore?
  private var work = Work()

  static func main() throws {
    var side = StoreBenchmark()
    try side.answerLines()
  }

  mutating func run(_ line: Line) throws -> [String: Double] {
    switch line.name {
    case "open":
      store = nil
      let path = try line.argument(0)
      return try timed { store = try ModelStore(path: path, mode: .create) }
    case "register":
      let draft = try work.drawnDraft()
      let store = try opened()
      return try timed { _ = try store.register(draft) }
    case "fill":
      let drafts = try work.smallDrafts(count: line.number(0))
      let store = try opened()
      return try timed { for draft in drafts { _ = try store.register(draft) } }
    case "promote":
      let reference = try Reference(model: Work.name, .number(line.number(0)))
      let store = try opened()
      return try timed { _ = try store.promote(reference, reason: "benchmark") }
    case "load":
      let store = try opened()
      let reference = try Reference(Work.name)
      var checksum = Float(0)
      var answer = try timed {
        let model = try store.model(reference)
        var scorer = try Scorer(model)
        checksum = try scorer.scores(of: work.row)[0]
      }
      answer["score"] = Double(checksum)
      return answer
    case "list":
      let store = try opened()
      let model = try line.argument(0)
      var count = 0
      var answer = try timed { count = try store.versions(of: model).count }
      answer["count"] = Double(count)
      return answer
    case "verify":
      let store = try opened()
      var found: VerificationReport?
      var answer = try timed { found = try store.verify() }
      guard let report = found, report.isSound else { throw Unsound(findings: found?.findings ?? []) }
      answer["versions"] = Double(report.versions)
      answer["bytes"] = Double(report.bytes)
      return answer
    case "limits":
      return try Limits(store: line.argument(0)).measure()
    case "train":
      return try work.train(
        seed: line.number(0, as: UInt64.self), data: line.argument(1), parent: line.number(2), into: opened())
    default:
      throw Misuse(command: line.name)
    }
  }

  private func opened() throws -> ModelStore {
    guard let store else { throw Misuse(command: "open a store first") }
    return store
  }
}

/// A store that failed its verification: its times would mean nothing.
struct Unsound: Error {
  let findings: [VerificationReport.Finding]
}
