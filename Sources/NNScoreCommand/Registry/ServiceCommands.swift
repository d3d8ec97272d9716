import ArgumentParser
import ModelStore

/// What a promote or rollback answers.
private struct ChangeDocument: Encodable {
  let model: String
  let version: Int
  let digest: String
  let changed: Bool
  let entry: LedgerDocument

  init(_ change: ServiceChange) {
    model = change.entry.model
    version = change.entry.version
    digest = change.entry.digest
    changed = change.changed
    entry = LedgerDocument(change.entry)
  }
}

extension ServiceChange {
  fileprivate func report(json: Bool) throws {
    do {
      try print(json: json)
    } catch let failure as Failure {
      throw failure.adding("; version \(entry.version) of \(entry.model) is in service nevertheless")
    }
  }

  private func print(json: Bool) throws {
    guard !json else { return try StandardOutput.print(JSONOutput.document(ChangeDocument(self))) }
    guard changed else {
      return try StandardOutput.print("\(entry.model): version \(entry.version) is in service already\n")
    }
    let before = entry.predecessor.map { "before: \($0)" } ?? "before: none"
    try StandardOutput.print("\(entry.model): version \(entry.version) is now in service (\(before))\n")
  }
}

/// `nnscore promote REF`
struct PromoteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "promote",
    abstract: "Put a version into service.",
    discussion: """
      The version is verified in full before the switch; the ledger keeps who, when and why.

      EXAMPLES
        nnscore promote cats@2 --reason "better on the night pictures"
        nnscore promote cats@latest
      """)

  @Argument(help: ArgumentHelp("The version.", valueName: "ref"), transform: Reference.init) var reference: Reference
  @Option(help: ArgumentHelp("Why, for the ledger.", valueName: "text")) var reason: String = ""
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  func run() throws {
    try store.open(.readWrite).promote(reference, reason: reason).report(json: json.isOn)
  }
}

/// `nnscore rollback NAME`
struct RollbackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback",
    abstract: "Go back to the version that was in service before.",
    discussion: """
      Without --to: to what was in service before the present one, and when called again further back. The version is \
      verified in full before the switch.

      EXAMPLES
        nnscore rollback cats --reason "worse on cloudy days"
        nnscore rollback cats --to 1
      """)

  @Argument(help: "The model's name.") var name: String
  @Option(parsing: .unconditional, help: ArgumentHelp("The number of the version to go back to.", valueName: "n"))
  var to: Int?
  @Option(help: ArgumentHelp("Why, for the ledger.", valueName: "text")) var reason: String = ""
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  func run() throws {
    try store.open(.readWrite).rollback(name, to: to, reason: reason).report(json: json.isOn)
  }
}

/// `nnscore ledger NAME`
struct LedgerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger",
    abstract: "Show who put which version into service, when and why.",
    discussion: """
      EXAMPLES
        nnscore ledger cats
        nnscore ledger cats --json
      """)

  @Argument(help: "The model's name.") var name: String
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  private struct Document: Encodable {
    let model: String
    let entries: [LedgerDocument]
  }

  func run() throws {
    let entries = try store.open(.readOnly).ledger(of: name)
    if json.isOn {
      return try StandardOutput.print(
        JSONOutput.document(Document(model: name, entries: entries.map(LedgerDocument.init))))
    }
    var table = Table([
      ("ENTRY", .right), ("AT", .left), ("KIND", .left), ("VERSION", .right), ("BEFORE", .right), ("ACTOR", .left),
      ("REASON", .left),
    ])
    for entry in entries {
      table.add([
        "\(entry.sequence)", Format.moment(entry.at), entry.kind.rawValue, "\(entry.version)",
        entry.predecessor.map(String.init) ?? "-", entry.actor, entry.reason,
      ])
    }
    if entries.isEmpty { Terminal.note("\(name): nothing was ever in service; `nnscore promote` changes that\n") }
    try StandardOutput.print(table.text(width: Terminal.isInteractive(1) ? Terminal.width(1) : .max))
  }
}
