import ArgumentParser
import ModelStore

/// `nnscore alias`
struct AliasCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alias",
    abstract: "Set, remove and list names for versions, such as cats@champion.",
    discussion: """
      EXAMPLES
        nnscore alias set cats@3 champion
        nnscore alias list cats
      """,
    subcommands: [SetCommand.self, RemoveCommand.self, ListCommand.self])

  /// `nnscore alias set REF ALIAS`
  struct SetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "set",
      abstract: "Make an alias name a version, whatever it named before.",
      discussion: """
        A protected alias is moved or removed only with --force; --no-protect with --force lifts the protection. A version that \
        an alias names is not deleted. No alias is called latest, serving or sha256…, in small letters or capitals.

        EXAMPLES
          nnscore alias set cats@3 champion
          nnscore alias set cats@3 champion --protect
          nnscore alias set cats@4 champion --force --reason "better at night"
          nnscore score cats@champion pictures/
        """)

    @Argument(help: ArgumentHelp("The version.", valueName: "ref"), transform: Reference.init) var reference: Reference
    @Argument(help: "The alias: a letter, then letters, digits, '.', '_' and '-'.") var alias: String
    @Flag(inversion: .prefixedNo, help: "Whether to protect the alias from being moved (default: as it was).")
    var protect: Bool?
    @Flag(help: "Move a protected alias.") var force = false
    @OptionGroup var edit: EditOptions

    func run() throws {
      let change = try edit.open().setAlias(
        alias, to: reference, protected: protect, force: force, reason: edit.reason)
      let target = "\(reference.model)@\(alias) is \(reference.model)@\(change.version ?? 0)"
      let before = change.entry.predecessor.map { " (before: \($0))" } ?? ""
      try edit.report(change, done: target + before, already: "\(target) already")
    }
  }

  /// `nnscore alias remove NAME ALIAS`
  struct RemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "remove",
      abstract: "Remove an alias.",
      discussion: """
        EXAMPLES
          nnscore alias remove cats challenger
        """)

    @Argument(help: "The model's name.") var name: String
    @Argument(help: "The alias.") var alias: String
    @Flag(help: "Remove a protected alias.") var force = false
    @OptionGroup var edit: EditOptions

    func run() throws {
      let entry = try edit.open().removeAlias(alias, of: name, force: force, reason: edit.reason)
      try edit.report(entry, done: "\(name)@\(alias) is removed (before: \(entry.predecessor ?? 0))")
    }
  }

  /// `nnscore alias list NAME`
  struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "List the aliases of a model.",
      discussion: """
        EXAMPLES
          nnscore alias list cats
        """)

    @Argument(help: "The model's name.") var name: String
    @OptionGroup var store: StoreOptions
    @OptionGroup var json: JSONOption

    private struct Document: Encodable {
      struct Entry: Encodable {
        let alias: String
        let version: Int
        let protected: Bool
        let at: String
        let actor: String
      }

      let model: String
      let aliases: [Entry]
    }

    func run() throws {
      let aliases = try store.open(.readOnly).aliases(of: name)
      if json.isOn {
        let entries = aliases.map {
          Document.Entry(
            alias: $0.name, version: $0.version, protected: $0.isProtected, at: $0.at.description, actor: $0.actor)
        }
        return try StandardOutput.print(JSONOutput.document(Document(model: name, aliases: entries)))
      }
      var table = Table([
        ("ALIAS", .name), ("VERSION", .right), ("PROTECTED", .left), ("SINCE", .left), ("ACTOR", .name),
      ])
      for alias in aliases {
        table.add([
          alias.name, "\(alias.version)", alias.isProtected ? "yes" : "no", Format.moment(alias.at), alias.actor,
        ])
      }
      if aliases.isEmpty { Terminal.note("\(name) has no aliases; nnscore alias set \(name)@N ALIAS makes one\n") }
      try StandardOutput.print(table.text(width: Terminal.resultColumns))
    }
  }
}
