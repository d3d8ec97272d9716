import ArgumentParser
import ModelStore

/// `--reason`, `--store` and `--json`: what every command takes that writes an entry into the ledger.
struct EditOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Why, for the ledger.", valueName: "text")) var reason: String = ""
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  /// Opens the store for writing.
  func open() throws -> ModelStore { try store.open(.readWrite) }

  /// Prints what an edit did: a document, or a line.
  func report(_ entry: LedgerEntry, done: String) throws {
    guard !json.isOn else { return try StandardOutput.print(JSONOutput.document(EditDocument(entry, changed: true))) }
    try StandardOutput.printSentences(done + "\n")
  }

  /// Prints what several edits of one kind did: a document, or a line.
  func report(_ entries: [LedgerEntry], done: String) throws {
    struct Document: Encodable {
      let changes: [EditDocument]
    }
    guard !json.isOn else {
      return try StandardOutput.print(
        JSONOutput.document(Document(changes: entries.map { EditDocument($0, changed: true) })))
    }
    try StandardOutput.printSentences(done + "\n")
  }

  /// Prints what an edit did: a document, or a line each for what was done and for what was so already.
  func report(_ change: ServiceChange, done: String, already: String) throws {
    guard !json.isOn else { return try StandardOutput.print(JSONOutput.document(EditDocument(change))) }
    try StandardOutput.printSentences((change.changed ? done : already) + "\n")
  }
}
