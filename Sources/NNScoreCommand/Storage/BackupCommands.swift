import ArgumentParser
import Foundation
import ModelStore

/// `nnscore backup FILE`
struct BackupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Copy the whole store, while others read and write it.",
    discussion: """
      The backup is a store of its own, as this one was at one moment. It is verified in full and appears whole or not at all. \
      Writers wait while the pages are copied.

      EXAMPLES
        nnscore backup store-2026-11-25.sqlite
        nnscore versions cats --store store-2026-11-25.sqlite
        nnscore restore store-2026-11-25.sqlite --force
      """)

  @Argument(help: "The file to write.", completion: .file(extensions: ["sqlite"])) var file: String
  @Flag(help: "Replace the file if it is there.") var force = false
  @Flag(inversion: .prefixedNo, help: "Verify the backup; a damaged store can only be copied without.") var verify =
    true
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  private struct Document: Encodable {
    let file: String
    let bytes: Int
    let verified: Bool
    let versions: Int?

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(file, forKey: .file)
      try container.encode(bytes, forKey: .bytes)
      try container.encode(verified, forKey: .verified)
      // Null, not left out, where it was not counted.
      try container.encode(versions, forKey: .versions)
    }

    enum CodingKeys: String, CodingKey { case file, bytes, verified, versions }
  }

  func run() throws {
    let source = try store.open(.readOnly)
    let progress = ProgressBar("copying", unit: "pages")
    let report: BackupReport
    do {
      defer { progress.finish() }
      report = try source.backup(to: file, replacing: force, verifying: verify) {
        progress.update($0, of: $1)
      }
    } catch {
      guard error.code == .fileExists, !force else { throw error }
      throw Failure(
        .cannotCreate, code: error.code.description,
        "\(file): exists already; choose another name, or replace it with --force")
    }
    if json.isOn {
      return try StandardOutput.print(
        JSONOutput.document(
          Document(
            file: file, bytes: report.bytes, verified: report.verification != nil,
            versions: report.verification?.versions)))
    }
    let checked = report.verification.map { "\(Format.count($0.versions, "version")), sound" } ?? "not verified"
    try StandardOutput.printSentences("\(store.path) → \(file) (\(Format.bytes(report.bytes)); \(checked))\n")
  }
}

/// `nnscore restore FILE`
struct RestoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Put a backup in the place of the store.",
    discussion: """
      The backup is verified in full first; a damaged one is refused. A store that is there is replaced only with --force, and \
      kept beside as STORE.before-restore-TIME. Programs that have it open go on with what was restored.

      EXAMPLES
        nnscore restore store-2026-11-25.sqlite
        nnscore restore store-2026-11-25.sqlite --force
      """)

  @Argument(help: "The backup.", completion: .file(extensions: ["sqlite"])) var file: String
  @Flag(help: "Replace the store that is there, and keep it beside.") var force = false
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  private struct Document: Encodable {
    let store: String
    let backup: String
    let versions: Int
    let kept: String?

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(store, forKey: .store)
      try container.encode(backup, forKey: .backup)
      try container.encode(versions, forKey: .versions)
      // Null, not left out, where nothing was replaced.
      try container.encode(kept, forKey: .kept)
    }

    enum CodingKeys: String, CodingKey { case store, backup, versions, kept }
  }

  func run() throws {
    let progress = ProgressBar("restoring", unit: "pages")
    let report: RestoreReport
    do {
      defer { progress.finish() }
      report = try ModelStore.restore(from: file, to: store.path, replacing: force) { progress.update($0, of: $1) }
    } catch {
      guard error.code == .fileExists, !force else { throw error }
      throw Failure(
        .cannotCreate, code: error.code.description,
        "there is a store at \(store.path) already; --force puts the backup in its place and keeps it beside")
    }
    if json.isOn {
      return try StandardOutput.print(
        JSONOutput.document(
          Document(
            store: store.path, backup: file, versions: report.verification.versions, kept: report.kept)))
    }
    let kept = report.kept.map { "; what was there is \($0)" } ?? ""
    try StandardOutput.printSentences(
      "\(file) → \(store.path) (\(Format.count(report.verification.versions, "version")), sound)\(kept)\n")
  }
}
