import ArgumentParser
import ModelStore

/// `nnscore policy`
struct PolicyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy",
    abstract: "Show or set what the store demands of a version before it serves.",
    discussion: """
      With --require-signature, promote and rollback refuse a version without a valid signature by a key that the store trusts at \
      that moment. What is in service stays there. The rule binds whoever goes through nnscore; against someone who can write the \
      store's file, check with keys that are kept elsewhere: `nnscore verify --trusted-keys FOLDER`.

      EXAMPLES
        nnscore policy
        nnscore policy --require-signature --reason "audit of May"
        nnscore policy --no-require-signature
      """)

  @Flag(inversion: .prefixedNo, help: "Whether what is put into service must be signed.") var requireSignature: Bool?
  @OptionGroup var edit: EditOptions

  private struct Document: Encodable {
    struct Setting: Encodable {
      let at: String
      let actor: String
      let reason: String
    }

    let requireSignature: Bool
    let set: Setting?
    let trustedKeys: Int

    enum CodingKeys: String, CodingKey {
      case set
      case requireSignature = "require_signature"
      case trustedKeys = "trusted_keys"
    }

    // What is not there is null, not left out.
    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(requireSignature, forKey: .requireSignature)
      try container.encode(set, forKey: .set)
      try container.encode(trustedKeys, forKey: .trustedKeys)
    }
  }

  func run() throws {
    guard let requireSignature else { return try show() }
    let store = try edit.open()
    let change = try store.requireSignature(requireSignature, reason: edit.reason)
    let rule = "what is put into service \(requireSignature ? "must" : "need not") be signed"
    try edit.report(change, done: "\(rule) from now on", already: "\(rule) already")
    if requireSignature { try warn(store) }
  }

  private func show() throws {
    let store = try edit.store.open(.readOnly)
    let entry = try store.signaturePolicy()
    let isRequired = try store.requiresSignature()
    let keys = try store.trustedKeys().count
    if edit.json.isOn {
      let set = entry.map { Document.Setting(at: $0.at.description, actor: $0.actor, reason: $0.reason) }
      return try StandardOutput.print(
        JSONOutput.document(Document(requireSignature: isRequired, set: set, trustedKeys: keys)))
    }
    let since = entry.map { "  since \(Format.moment($0.at)) by \(Format.visible($0.actor))" } ?? ""
    let reason = entry.map { $0.reason.isEmpty ? "" : ": \(Format.visible($0.reason))" } ?? ""
    try StandardOutput.printSentences(
      "require-signature  \(isRequired ? "on" : "off")\(since)\(reason)\ntrusted keys       \(keys)\n")
  }

  /// Says what the rule would not let into service again.
  private func warn(_ store: ModelStore) throws {
    if try store.trustedKeys().isEmpty {
      Terminal.note(
        "note: the store trusts no key, so nothing can be put into service; nnscore key trust FILE.pub adds one\n")
    }
    for model in try store.models() {
      guard let serving = model.serving else { continue }
      let signatures = try store.signatures(of: Reference(model: model.name, .number(serving)))
      guard !signatures.contains(where: { $0.isValid && $0.isTrusted }) else { continue }
      Terminal.note("note: \(model.name)@\(serving) is in service without a signature by a key that the store trusts\n")
    }
  }
}
