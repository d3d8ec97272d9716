import ArgumentParser
import Dispatch
import Inference
import ModelStore
import Synchronization

/// `nnscore watch NAME`
struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Print a line whenever another version is put into service.",
    discussion: """
      The first line is what is in service now. Every version is loaded and verified before its line is printed; one that fails is \
      told on standard error, and what was in service before is still good. With --json each line is a document (schema \
      watch_line). Ends with Ctrl-C or SIGTERM.

      EXAMPLES
        nnscore watch cats
        nnscore watch cats --json | while read -r line; do systemctl reload cats; done
      """)

  @Argument(help: "The model's name.") var name: String
  @Option(help: ArgumentHelp("How often to look, in milliseconds.", valueName: "ms")) var every = 250
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  func validate() throws {
    guard (10...3_600_000).contains(every) else { throw usageError("--every is \(every); expected 10 to 3600000") }
  }

  func run() throws {
    let store = try store.open(.readOnly)
    let changes = try store.changes(of: name, every: .milliseconds(every))
    if (try? store.serving(name))??.version == nil {
      Terminal.note("nnscore: no version of \(name) is in service; waiting for one\n")
    }
    let printer = UpdatePrinter(model: name, asJSON: json.isOn)
    // It ends by a signal, or when its lines cannot be written any more.
    let outcome = Outcome()
    let isDone = DispatchSemaphore(value: 0)
    Task {
      do { try await printer.print(changes) } catch { outcome.error.withLock { $0 = error } }
      isDone.signal()
    }
    isDone.wait()
    if let error = outcome.error.withLock({ $0 }) { throw error }
  }

  private final class Outcome: Sendable {
    let error = Mutex<(any Error)?>(nil)
  }
}

/// Prints what a watch reports, a line each.
private struct UpdatePrinter {
  let model: String
  let asJSON: Bool

  func print(_ changes: ServingChanges) async throws {
    for await update in changes {
      if asJSON {
        try StandardOutput.print(JSONOutput.line(line(update)) + "\n")
      } else if let text = text(update) {
        try StandardOutput.printSentences(text + "\n")
      }
    }
  }

  private struct Line: Encodable {
    struct Problem: Encodable {
      let code: String
      let message: String
    }

    let at = Timestamp.now.description
    let model: String
    let event: String
    var version: Int?
    var digest: String?
    var error: Problem?
  }

  private func line(_ update: ServingUpdate) -> Line {
    switch update {
    case .serving(let serving):
      Line(model: model, event: "serving", version: serving.identity.number, digest: serving.identity.digest)
    case .retired: Line(model: model, event: "retired")
    case .failed(let error):
      Line(model: model, event: "failed", error: Line.Problem(code: error.code.description, message: error.message))
    }
  }

  /// A line for standard output; a failure goes to standard error.
  private func text(_ update: ServingUpdate) -> String? {
    let moment = Format.moment(.now)
    switch update {
    case .serving(let serving):
      return "\(moment)  \(model)@\(serving.identity.number)  \(Format.digest(serving.identity.digest))"
    case .retired: return "\(moment)  \(model): nothing is in service"
    case .failed(let error):
      Terminal.note("nnscore: \(Format.visible(error.message, keepingLines: true))\n")
      return nil
    }
  }
}
