import ArgumentParser
import ModelStore

/// `nnscore merge FILE`
struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Take every version of another store that this one lacks.",
    discussion: """
      A version that is here already (same digest, and the same said about it) is left as it is. Others are verified, and keep \
      their number if it is free, or get the next one; lineage follows. Tags, notes and signatures come along, aliases if the \
      name is free. Nothing goes into or out of service. All of it happens in one transaction; the other store is only read.

      EXAMPLES
        nnscore merge other.sqlite --dry-run
        nnscore merge other.sqlite --reason "models of the other team"
      """)

  @Argument(help: "The other store's file.", completion: .file(extensions: ["sqlite"])) var file: String
  @Flag(help: "Print what would be done, and do nothing.") var dryRun = false
  @OptionGroup var edit: EditOptions

  private struct Document: Encodable {
    struct Alias: Encodable {
      let model: String
      let alias: String
      let version: Int
      let outcome: String
    }

    let from: String
    let dryRun: Bool
    let changed: Bool
    let versions: [TransferDocument]
    let aliases: [Alias]
    let signatures: Int

    enum CodingKeys: String, CodingKey {
      case from, changed, versions, aliases, signatures
      case dryRun = "dry_run"
    }
  }

  func run() throws {
    let other = try ModelStore(path: file)
    // A store that is not there yet takes all.
    let store = try edit.store.open(dryRun ? .readOnly : .create)
    let report = try store.merge(from: other, dryRun: dryRun, reason: edit.reason)
    guard !edit.json.isOn else {
      return try StandardOutput.print(
        JSONOutput.document(
          Document(
            from: file, dryRun: dryRun, changed: !dryRun && !report.isUnchanged,
            versions: report.versions.map(TransferDocument.init),
            aliases: report.aliases.map {
              Document.Alias(model: $0.model, alias: $0.name, version: $0.version, outcome: $0.outcome.rawValue)
            }, signatures: report.signatures)))
    }
    try StandardOutput.printSentences(text(report))
  }

  private func text(_ report: MergeReport) -> String {
    var lines = report.versions.filter { $0.outcome != .present }.map {
      TransferDocument($0).line(isDryRun: dryRun)
    }
    lines += report.aliases.filter { $0.outcome != .present }.map { alias in
      let name = "\(alias.model)@\(alias.name)"
      return alias.outcome == .set
        ? "\(name) \(dryRun ? "would be" : "is") \(alias.model)@\(alias.version)"
        : "\(name) is in use here and stays; there it is \(alias.model)@\(alias.version)"
    }
    func count(_ outcome: TransferredVersion.Outcome) -> Int { report.versions.count { $0.outcome == outcome } }
    var summary =
      "\(dryRun ? "would copy" : "copied") \(Format.count(count(.copied), "version")); "
      + "\(Format.count(count(.present))) here already"
    if count(.deleted) > 0 { summary += ", \(Format.count(count(.deleted))) deleted here" }
    if report.signatures > 0 { summary += "; \(Format.count(report.signatures, "signature"))" }
    return (lines + [summary]).map { $0 + "\n" }.joined()
  }
}
