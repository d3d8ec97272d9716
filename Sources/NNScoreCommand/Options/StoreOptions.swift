import ArgumentParser
import Foundation
import Inference
import ModelStore

/// `--store`, for every command that reads or writes one.
struct StoreOptions: ParsableArguments {
  @Option(
    name: .customLong("store"),
    help: ArgumentHelp(
      "The store's file.",
      discussion: "Default: $NNSCORE_STORE, then $XDG_DATA_HOME/nnscore/store.sqlite.", valueName: "file"),
    completion: .file(extensions: ["sqlite"]))
  var store: String?

  /// The path that the options and the environment name.
  var path: String {
    Self.path(option: store, environment: ProcessInfo.processInfo.environment)
  }

  /// The option as a command to repeat has it, with a space before it; empty where it was not given.
  var repeated: String {
    guard let store else { return "" }
    let isPlain =
      store.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-".contains($0)) } && !store.isEmpty
    return " --store " + (isPlain ? store : "'" + store.replacingOccurrences(of: "'", with: "'\\''") + "'")
  }

  /// The store's path: the option, then `NNSCORE_STORE`, then the user's data folder. Empty variables count as not set.
  static func path(option: String?, environment: [String: String]) -> String {
    func value(_ name: String) -> String? {
      environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    if let path = option ?? value("NNSCORE_STORE") { return path }
    let data = value("XDG_DATA_HOME") ?? (value("HOME") ?? ".") + "/.local/share"
    return data + "/nnscore/store.sqlite"
  }

  /// Opens the store.
  func open(_ mode: ModelStore.Mode) throws -> ModelStore {
    try Self.open(path, mode)
  }

  /// Opens a store. Whoever is going to write is warned where the ledger would date that in the future.
  static func open(_ path: String, _ mode: ModelStore.Mode) throws -> ModelStore {
    let store = try ModelStore(path: path, mode: mode)
    if mode != .readOnly, let entry = try? store.entryAheadOfClock() {
      Terminal.note(
        "warning: entry \(entry.sequence) of the ledger, by \(Format.visible(entry.actor)), is dated \(entry.at), which is in "
          + "the future: its clock was wrong, or this one's is. Until then all that is written gets that time\n")
    }
    return store
  }
}

/// `--json`, for every command with a result.
struct JSONOption: ParsableArguments {
  @Flag(name: .customLong("json"), help: "Print one JSON document instead of text.")
  var isOn = false
}

/// A version given by reference, or a model file by `--model`.
enum ModelSource {
  case version(Reference)
  case file(String)

  /// Loads and verifies the model, ready to score rows of its element type. The golden examples of a file are replayed: it may come from anywhere, and a
  /// version was tried before it came into service.
  func load(_ store: StoreOptions) throws -> PackedModel {
    switch self {
    case .version(let reference): return try PackedModel(forItsRowsAlone: store.open(.readOnly).model(reference))
    case .file(let path):
      let model = try Model(contentsOfFile: path)
      // Golden examples of bytes may be replayed as floats.
      let packed = model.golden == nil ? try PackedModel(forItsRowsAlone: model) : try PackedModel(model)
      try packed.replayGolden(name: path)
      return packed
    }
  }
}
