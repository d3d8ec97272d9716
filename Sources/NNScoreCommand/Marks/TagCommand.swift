import ArgumentParser
import ModelStore

/// `nnscore tag`
struct TagCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tag",
    abstract: "Set, remove and list tags of models and versions.",
    discussion: """
      EXAMPLES
        nnscore tag set cats@3 team=vision stage=review
        nnscore tag list cats@3
      """,
    subcommands: [SetCommand.self, RemoveCommand.self, ListCommand.self])

  /// `nnscore tag set SUBJECT NAME=VALUE…`
  struct SetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "set",
      abstract: "Set tags.",
      discussion: """
        A name alone (cats) is the model, and cats@3, cats@latest or cats@champion a version of it.

        EXAMPLES
          nnscore tag set cats@3 team=vision stage=review
          nnscore tag set cats owner=ann
          nnscore versions cats --where 'tag.team = "vision"'
        """)

    @Argument(help: "A model, or a version of it.", transform: Subject.init) var subject: Subject
    @Argument(help: ArgumentHelp("The tags.", valueName: "name=value")) var tags: [String]
    @OptionGroup var edit: EditOptions

    private struct Document: Encodable {
      let changes: [EditDocument]
    }

    func validate() throws {
      if tags.isEmpty { throw usageError("expected at least one tag, NAME=VALUE") }
      for tag in tags where !tag.dropFirst().contains("=") {
        throw usageError("\"\(tag)\" is not a tag; write NAME=VALUE, for example team=vision")
      }
    }

    func run() throws {
      let store = try edit.open()
      var changes: [ServiceChange] = []
      for tag in tags {
        let parts = tag.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        changes.append(try store.setTag(parts[0], to: parts[1], of: subject, reason: edit.reason))
      }
      guard !edit.json.isOn else {
        return try StandardOutput.print(JSONOutput.document(Document(changes: changes.map(EditDocument.init))))
      }
      for (tag, change) in zip(tags, changes) {
        try StandardOutput.printSentences("\(subject): \(Format.visible(tag))\(change.changed ? "" : " already")\n")
      }
    }
  }

  /// `nnscore tag remove SUBJECT NAME`
  struct RemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "remove",
      abstract: "Remove a tag.",
      discussion: """
        EXAMPLES
          nnscore tag remove cats@3 stage
        """)

    @Argument(help: "A model, or a version of it.", transform: Subject.init) var subject: Subject
    @Argument(help: "The tag's name.") var name: String
    @OptionGroup var edit: EditOptions

    func run() throws {
      let entry = try edit.open().removeTag(name, of: subject, reason: edit.reason)
      try edit.report(entry, done: "\(subject): tag \(name) is removed")
    }
  }

  /// `nnscore tag list SUBJECT`
  struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "List the tags of a model or version.",
      discussion: """
        EXAMPLES
          nnscore tag list cats@3
        """)

    @Argument(help: "A model, or a version of it.", transform: Subject.init) var subject: Subject
    @OptionGroup var store: StoreOptions
    @OptionGroup var json: JSONOption

    private struct Document: Encodable {
      let subject: String
      let tags: [String: String]
    }

    func run() throws {
      let tags = try store.open(.readOnly).tags(of: subject)
      if json.isOn {
        return try StandardOutput.print(JSONOutput.document(Document(subject: "\(subject)", tags: tags)))
      }
      var table = Table([("TAG", .name), ("VALUE", .prose)])
      for (name, value) in tags.sorted(by: { $0.key < $1.key }) { table.add([name, value]) }
      if tags.isEmpty { Terminal.note("\(subject) has no tags; nnscore tag set \(subject) NAME=VALUE makes one\n") }
      try StandardOutput.print(table.text(width: Terminal.resultColumns))
    }
  }
}
