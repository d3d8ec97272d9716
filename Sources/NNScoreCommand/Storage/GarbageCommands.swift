import ArgumentParser
import Foundation
import Inference
import ModelStore

/// `nnscore gc`
struct GCCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc",
    abstract: "Remove deleted versions for good and give their space back.",
    discussion: """
      Removes what `nnscore delete` and `nnscore prune` deleted, and all that nothing else needs. There is no way back. The ledger \
      keeps an entry for each version.

      EXAMPLES
        nnscore gc --dry-run
        nnscore gc
      """)

  @Flag(help: "Print what would be removed, and remove nothing.") var dryRun = false
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  private struct Document: Encodable {
    let dryRun: Bool
    let versions: [IdentityDocument]
    let blobs: Int
    let bytes: Int
    let sizeBefore: Int
    let sizeAfter: Int

    enum CodingKeys: String, CodingKey {
      case versions, blobs, bytes
      case dryRun = "dry_run"
      case sizeBefore = "size_before"
      case sizeAfter = "size_after"
    }
  }

  func run() throws {
    let report = try store.open(.readWrite).collectGarbage(dryRun: dryRun)
    guard !json.isOn else {
      return try StandardOutput.print(
        JSONOutput.document(
          Document(
            dryRun: dryRun, versions: report.versions.map(IdentityDocument.init), blobs: report.blobs,
            bytes: report.bytes, sizeBefore: report.sizeBefore, sizeAfter: report.sizeAfter)))
    }
    var text = report.versions.map { "\($0.name)@\($0.number)  \(Format.digest($0.digest))\n" }.joined()
    text +=
      "\(dryRun ? "would remove" : "removed") \(Format.count(report.versions.count, "version")) and "
      + "\(Format.count(report.blobs, "blob")) (\(Format.bytes(report.bytes))); the file: "
      + "\(Format.bytes(report.sizeBefore)) → \(Format.bytes(report.sizeAfter))\n"
    try StandardOutput.printSentences(text)
  }
}

/// `nnscore prune NAME`
struct PruneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Delete the versions of a model that no rule keeps.",
    discussion: """
      A version stays if any rule keeps it. What is in service, what aliases name, and what a rollback would go back to always \
      stay. What is deleted can be brought back until the next gc.

      AGE is a number of days (30d), weeks (8w), hours (12h), or a date (2026-11-01).

      EXAMPLES
        nnscore prune cats --keep-last 10 --dry-run
        nnscore prune cats --keep-last 10 --keep-newer-than 30d
        nnscore prune cats --keep-aliased
      """)

  @Argument(help: "The model's name.") var name: String
  @Option(parsing: .unconditional, help: ArgumentHelp("Keep the versions registered last.", valueName: "n"))
  var keepLast: Int?
  @Option(help: ArgumentHelp("Keep what was registered since then.", valueName: "age")) var keepNewerThan: String?
  @Flag(help: "Keep what aliases name; it always stays, so alone this deletes all that is not in use.")
  var keepAliased = false
  @Flag(help: "Print what would be deleted, and delete nothing.") var dryRun = false
  @OptionGroup var edit: EditOptions

  private struct Document: Encodable {
    let dryRun: Bool
    let deleted: [IdentityDocument]

    enum CodingKeys: String, CodingKey {
      case deleted
      case dryRun = "dry_run"
    }
  }

  func validate() throws {
    if keepLast == nil, keepNewerThan == nil, !keepAliased {
      throw usageError("expected a rule: --keep-last N, --keep-newer-than AGE or --keep-aliased")
    }
    if let keepLast, keepLast < 0 { throw usageError("--keep-last is \(keepLast); expected 0 or more") }
    if let keepNewerThan, Self.moment(keepNewerThan, before: .now) == nil {
      throw usageError("--keep-newer-than \(keepNewerThan): expected an age such as 30d, 8w or 12h, or a date")
    }
  }

  func run() throws {
    let rule = RetentionRule(
      last: keepLast, newerThan: keepNewerThan.flatMap { Self.moment($0, before: .now) })
    let deleted = try (dryRun ? edit.store.open(.readOnly) : edit.open()).prune(
      name, keeping: rule, dryRun: dryRun, reason: edit.reason)
    guard !edit.json.isOn else {
      return try StandardOutput.print(
        JSONOutput.document(Document(dryRun: dryRun, deleted: deleted.map(IdentityDocument.init))))
    }
    var text = deleted.map { "\($0.name)@\($0.number)  \(Format.digest($0.digest))\n" }.joined()
    text += "\(dryRun ? "would delete" : "deleted") \(Format.count(deleted.count, "version"))\n"
    try StandardOutput.printSentences(text)
  }

  /// The moment that an age or a date means.
  static func moment(_ text: String, before now: Timestamp) -> Timestamp? {
    if let moment = Timestamp(lenient: text) { return moment }
    let hours: [Character: Int64] = ["h": 1, "d": 24, "w": 168]
    guard let unit = text.last.flatMap({ hours[$0] }), let count = Int64(text.dropLast()),
      (0...1_000_000).contains(count)
    else { return nil }
    return Timestamp(millisecondsSince1970: now.millisecondsSince1970 - count * unit * 3_600_000)
  }
}
