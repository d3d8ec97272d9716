import Foundation
import Inference
import ModelStore

/// One side of `Benchmarks/store`: does one piece of work for each line on standard input, and answers with a line of JSON that
/// says how long the work itself took. `peers/store_mlflow.py` is the other side.
@main
struct StoreBenchmark {
  private var store: ModelStore?
  private var work = Work()

  static func main() throws {
    var benchmark = StoreBenchmark()
    while let line = readLine() {
      let words = line.split(separator: " ").map(String.init)
      guard let command = words.first else { continue }
      let answer = try benchmark.run(command, Array(words.dropFirst()))
      print(String(decoding: try JSONEncoder().encode(answer), as: UTF8.self))
      // A pipe is written in blocks otherwise, and the other side waits for the line.
      fflush(nil)
    }
  }

  private mutating func run(_ command: String, _ arguments: [String]) throws -> [String: Double] {
    func argument(_ index: Int) throws -> String {
      guard arguments.indices.contains(index) else { throw Misuse(command: command) }
      return arguments[index]
    }
    func number(_ index: Int) throws -> Int {
      guard let number = Int(try argument(index)) else { throw Misuse(command: command) }
      return number
    }
    switch command {
    case "open":
      store = nil
      let path = try argument(0)
      return try timed { store = try ModelStore(path: path, mode: .create) }
    case "register":
      let draft = try work.drawnDraft()
      let store = try opened()
      return try timed { _ = try store.register(draft) }
    case "fill":
      let drafts = try work.smallDrafts(count: number(0))
      let store = try opened()
      return try timed { for draft in drafts { _ = try store.register(draft) } }
    case "promote":
      let reference = try Reference(model: Work.name, .number(number(0)))
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
      let model = try argument(0)
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
      return try Limits(store: argument(0)).measure()
    case "train":
      return try work.train(seed: UInt64(number(0)), data: argument(1), parent: number(2), into: opened())
    default:
      throw Misuse(command: command)
    }
  }

  private func opened() throws -> ModelStore {
    guard let store else { throw Misuse(command: "open a store first") }
    return store
  }
}

/// The seconds that a body takes, as an answer.
func timed(_ body: () throws -> Void) rethrows -> [String: Double] {
  let duration = try ContinuousClock().measure(body)
  return ["seconds": duration / .seconds(1)]
}

/// A line that is no command.
struct Misuse: Error {
  let command: String
}

/// A store that failed its verification: its times would mean nothing.
struct Unsound: Error {
  let findings: [VerificationReport.Finding]
}
