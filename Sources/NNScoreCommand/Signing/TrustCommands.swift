import ArgumentParser
import Foundation
import ModelStore

extension KeyCommand {
  /// `nnscore key list`
  struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "List the keys that the store trusts.",
      discussion: """
        EXAMPLES
          nnscore key list
          nnscore key list --json
        """)

    @OptionGroup var store: StoreOptions
    @OptionGroup var json: JSONOption

    private struct Document: Encodable {
      struct Key: Encodable {
        let publicKey: String
        let fingerprint: String
        let label: String
        let at: String
        let actor: String

        enum CodingKeys: String, CodingKey {
          case publicKey = "public_key"
          case fingerprint, label, at, actor
        }
      }

      let keys: [Key]
    }

    func run() throws {
      let keys = try store.open(.readOnly).trustedKeys()
      if json.isOn {
        let documents = keys.map {
          Document.Key(
            publicKey: $0.publicKey.description, fingerprint: $0.publicKey.fingerprint, label: $0.label,
            at: $0.at.description, actor: $0.actor)
        }
        return try StandardOutput.print(JSONOutput.document(Document(keys: documents)))
      }
      if keys.isEmpty { Terminal.note("the store trusts no key; nnscore key trust FILE.pub adds one\n") }
      // The whole key is 64 columns wide: a line of its own, to be compared and copied.
      let lines = keys.map { key in
        "\(key.publicKey)\n  \(key.label.isEmpty ? "" : Format.visible(key.label) + ", ")trusted since "
          + "\(Format.moment(key.at)) by \(Format.visible(key.actor))\n"
      }
      try StandardOutput.printSentences(lines.joined())
    }
  }

  /// `nnscore key trust KEY`
  struct TrustCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "trust",
      abstract: "Trust a public key: its signatures count.",
      discussion: """
        KEY is the file of a public key, or its 64 hexadecimal digits. Signatures made before count too.

        EXAMPLES
          nnscore key trust release.key.pub --label "release engineers"
        """)

    @Argument(help: ArgumentHelp("The public key.", valueName: "key"), completion: .file()) var key: String
    @Option(help: ArgumentHelp("Whose it is (default: the file's name).", valueName: "text")) var label: String?
    @OptionGroup var edit: EditOptions

    func run() throws {
      let publicKey = try PublicKey(argument: key)
      let store = try edit.open()
      // A key that is trusted keeps the label that it has.
      let isTrusted = try store.trustedKeys().contains { $0.publicKey == publicKey }
      let change = try store.trust(
        publicKey, label: label ?? (isTrusted ? nil : PublicKey.label(ofArgument: key)), reason: edit.reason)
      try edit.report(
        change, done: "the store trusts \(publicKey)", already: "the store trusts \(publicKey) already")
    }
  }

  /// `nnscore key distrust KEY`
  struct DistrustCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "distrust",
      abstract: "Trust a public key no more.",
      discussion: """
        Its signatures stay, and count for nothing. What is in service stays there; `nnscore verify --trusted-keys` shows what is \
        signed by no other key.

        EXAMPLES
          nnscore key distrust release.key.pub --reason "the laptop was stolen"
        """)

    @Argument(help: ArgumentHelp("The public key: its file, or its 64 hexadecimal digits.", valueName: "key"))
    var key: String
    @OptionGroup var edit: EditOptions

    func run() throws {
      let publicKey = try PublicKey(argument: key)
      let change = try edit.open().distrust(publicKey, reason: edit.reason)
      try edit.report(
        change, done: "the store trusts \(publicKey) no more", already: "the store does not trust \(publicKey)")
    }
  }
}

extension PublicKey {
  /// Reads what people give for a public key: its digits, or its file.
  fileprivate init(argument: String) throws {
    self = try Self.isHexadecimal(argument) ? PublicKey(hexadecimal: argument) : PublicKey(contentsOfFile: argument)
  }

  /// What a key is called unless people say so: its file's name without `.pub`.
  fileprivate static func label(ofArgument argument: String) -> String? {
    guard !isHexadecimal(argument) else { return nil }
    let name = URL(fileURLWithPath: argument).lastPathComponent
    return name.hasSuffix(".pub") ? String(name.dropLast(4)) : name
  }

  private static func isHexadecimal(_ text: String) -> Bool { text.utf8.count == 64 && text.allSatisfy(\.isHexDigit) }
}
