// A service that scores with whatever is in service, and takes the next version without a restart.
// snippet.show
import Inference
import ModelStore

actor Service {
  private var scorer: Scorer?

  /// Runs until its task is cancelled.
  func follow(_ model: String, in path: String) async throws {
    for await update in try ModelStore(path: path).changes(of: model) {
      switch update {
      case .serving(let model): scorer = try Scorer(model)  // whole, and every check passed
      case .retired: scorer = nil
      case .failed(let error): print("staying with the old version: \(error)")
      }
    }
  }

  func scores(of rows: [UInt8]) throws -> [Float]? { try scorer?.scores(of: rows) }
}
// snippet.hide

if CommandLine.arguments.count > 2 {
  try await Service().follow(CommandLine.arguments[2], in: CommandLine.arguments[1])
}
