import ArgumentParser
import ModelStore

/// `nnscore ledger [NAME]`
struct LedgerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger",
    abstract: "Show who did what, when and why.",
    discussion: """
      Every register, promote, rollback, retire, alias, tag, note, delete, undelete, purge, signature and change of policy is an \
      entry. Each entry's hash covers the one before; `nnscore verify` checks them all.

      EXAMPLES
        nnscore ledger cats
        nnscore ledger cats --kind promote --kind rollback
        nnscore ledger --json
      """)

  @Argument(help: "The model's name; without it the whole store.") var name: String?
  @Option(
    help: ArgumentHelp("Show entries of this kind only; may be given several times.", valueName: "kind"),
    completion: .list(LedgerEntry.Kind.allCases.map(\.rawValue)))
  var kind: [String] = []
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  private struct Document: Encodable {
    let model: String?
    let entries: [LedgerDocument]
  }

  func validate() throws {
    for kind in kind where LedgerEntry.Kind(rawValue: kind) == nil {
      let known = LedgerEntry.Kind.allCases.map(\.rawValue).joined(separator: ", ")
      throw usageError("--kind \(kind): there is no such kind; expected one of \(known)")
    }
  }

  func run() throws {
    var entries = try store.open(.readOnly).ledger(of: name)
    if !kind.isEmpty { entries = entries.filter { kind.contains($0.kind.rawValue) } }
    if json.isOn {
      return try StandardOutput.print(
        JSONOutput.document(Document(model: name, entries: entries.map(LedgerDocument.init))))
    }
    var table = Table([
      ("ENTRY", .right), ("AT", .left), ("KIND", .left), ("VERSION", .name), ("BEFORE", .right), ("WHAT", .prose),
      ("ACTOR", .name), ("REASON", .prose),
    ])
    for entry in entries {
      table.add([
        "\(entry.sequence)", Format.moment(entry.at), entry.kind.rawValue, subject(entry),
        entry.predecessor.map(String.init) ?? "-", Self.detail(entry), entry.actor, entry.reason,
      ])
    }
    if entries.isEmpty { Terminal.note("no entries\n") }
    try StandardOutput.print(table.text(width: Terminal.resultColumns))
  }

  /// The version, with its model where several are listed.
  private func subject(_ entry: LedgerEntry) -> String {
    if name != nil { return entry.version.map(String.init) ?? "-" }
    return (entry.model ?? "-") + (entry.version.map { "@\($0)" } ?? "")
  }

  private static func detail(_ entry: LedgerEntry) -> String {
    switch (entry.name, entry.value) {
    case (let name?, nil): name
    case (let name?, let value?): entry.kind == .alias ? "\(name) (\(value))" : "\(name)=\(value)"
    case (nil, let value?): value
    case (nil, nil): "-"
    }
  }
}
