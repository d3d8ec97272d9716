import ArgumentParser
import ModelStore

/// What a promote or rollback answers.
private struct ChangeDocument: Encodable {
  let model: String?
  let version: Int?
  let digest: String?
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
      throw failure.adding("; version \(entry.version ?? 0) of \(entry.model ?? "") is in service nevertheless")
    }
  }

  private func print(json: Bool) throws {
    guard !json else { return try StandardOutput.print(JSONOutput.document(ChangeDocument(self))) }
    guard changed else {
      return try StandardOutput.printSentences("\(target) is in service already\n")
    }
    let before = entry.predecessor.map { "before: \($0)" } ?? "before: none"
    try StandardOutput.printSentences("\(target) is now in service (\(before))\n")
  }

  private var target: String { "\(entry.model ?? ""): version \(entry.version ?? 0)" }
}

/// `nnscore promote REF`
struct PromoteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "promote",
    abstract: "Put a version into service.",
    discussion: """
      The version is verified in full before the switch; the ledger keeps who, when and why. Where the store demands signatures \
      (nnscore policy), it must have one by a key that the store trusts.

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
      verified in full before the switch, as by promote.

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

/// `nnscore retire NAME`
struct RetireCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retire",
    abstract: "Take a model out of service.",
    discussion: """
      Nothing takes the place of what was in service: the model's name alone names no version then. `nnscore rollback` brings \
      it back.

      EXAMPLES
        nnscore retire cats --reason "replaced by dogs-and-cats"
      """)

  @Argument(help: "The model's name.") var name: String
  @OptionGroup var edit: EditOptions

  func run() throws {
    let entry = try edit.open().retire(name, reason: edit.reason)
    try edit.report(entry, done: "\(name): nothing is in service now (before: \(entry.predecessor ?? 0))")
  }
}

/// `nnscore serving NAME`
struct ServingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serving",
    abstract: "Show which version is in service, or was at some moment.",
    discussion: """
      TIME is UTC: 2026-11-20, 2026-11-20T12:00Z or 2026-11-20T12:00:00.000Z; one in the future has the answer of now. Exits with \
      66 if nothing was in service.

      EXAMPLES
        nnscore serving cats
        nnscore serving cats --as-of 2026-11-20T12:00Z
      """)

  @Argument(help: "The model's name.") var name: String
  @Option(help: ArgumentHelp("Which version was in service then.", valueName: "time"), transform: Timestamp.read)
  var asOf: Timestamp?
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  private struct Document: Encodable {
    let model: String
    let version: Int
    let digest: String
    let entry: LedgerDocument
  }

  func run() throws {
    let store = try store.open(.readOnly)
    var moment = asOf
    if let asOf, asOf > .now {
      moment = nil
      Terminal.note("\(asOf) is in the future: this is what serves now, if nothing changes until then\n")
    }
    let entry = try store.serving(name, asOf: moment)
    guard let entry, let version = entry.version, let digest = entry.digest else {
      throw StoreError(.nothingInService, try Self.nothing(name, asOf: moment, entry, in: store))
    }
    guard !json.isOn else {
      return try StandardOutput.print(
        JSONOutput.document(
          Document(model: name, version: version, digest: digest, entry: LedgerDocument(entry))))
    }
    let reason = entry.reason.isEmpty ? "" : ": \(Format.visible(entry.reason))"
    try StandardOutput.printSentences(
      "\(name)@\(version)  \(Format.digest(digest))  since \(Format.moment(entry.at)) by \(Format.visible(entry.actor))"
        + "\(reason)\n")
  }
}

extension ServingCommand {
  /// That nothing is in service, or was at a moment, and why: it was retired, or none had come into service yet.
  private static func nothing(
    _ name: String, asOf moment: Timestamp?, _ retired: LedgerEntry?, in store: ModelStore
  ) throws -> String {
    let time = moment.map { " was in service at \($0)" } ?? " is in service"
    if let retired {
      let before = retired.predecessor.map { "\(name)@\($0)" } ?? name
      return "no version of \(name)\(time): \(before) was retired at \(retired.at) by \(retired.actor)"
    }
    let first = try store.ledger(of: name).first { $0.kind.isService }
    guard let first, let version = first.version else {
      return "no version of \(name)\(time): none ever came into service; promote one (nnscore promote \(name)@N)"
    }
    return "no version of \(name)\(time): the first, \(name)@\(version), came into service at \(first.at)"
  }
}

extension Timestamp {
  /// Reads a moment as people write it: a date, or a date and a time with or without seconds, in UTC.
  ///
  /// - Throws: `ValidationError` with the forms that are read.
  static func read(_ text: String) throws -> Timestamp {
    guard let moment = Timestamp(lenient: text) else {
      throw ValidationError(
        "\"\(text)\" is not a time; write 2026-11-20, 2026-11-20T12:00Z or 2026-11-20T12:00:00.000Z (UTC)")
    }
    return moment
  }
}
