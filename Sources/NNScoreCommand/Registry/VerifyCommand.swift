import ArgumentParser
import ModelStore

/// `nnscore verify [REF]`, `nnscore verify --model FILE`
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check a version, the whole store or a model file, down to the last byte.",
    usage: """
      nnscore verify [REF] [OPTIONS]
      nnscore verify --model FILE [OPTIONS]
      """,
    discussion: """
      Checks SQLite's own structures, the schema, every tensor against its SHA-256, every version against its digest, the \
      cost histories, the ledger's chain of hashes, and every signature; and scores the golden examples of each version again, \
      which must give the same bits. With --trusted-keys each version must also be signed by one of the keys *.pub of a folder. \
      Exits with 65 if anything is wrong.

      With --model it is an exported file that is checked, by itself and without any store: its structure and checksum, its digest \
      against what it holds, its golden examples, its signatures.

      EXAMPLES
        nnscore verify
        nnscore verify cats@2
        nnscore verify --trusted-keys keys/
        nnscore verify --model cats.safetensors --trusted-keys keys/
      """)

  @Argument(
    help: ArgumentHelp("The version; without it the whole store.", valueName: "ref"), transform: Reference.init)
  var reference: Reference?
  @Option(
    help: ArgumentHelp("Check a model file, without any store.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var model: String?
  @Option(
    help: ArgumentHelp("Demand of each version a signature by one of the keys *.pub there.", valueName: "folder"),
    completion: .directory)
  var trustedKeys: String?
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  func validate() throws {
    if reference != nil, model != nil { throw usageError("expected either a version or --model FILE, not both") }
  }

  private struct Document: Encodable {
    struct Finding: Encodable {
      let subject: String
      let problem: String
      let code: String
    }

    let sound: Bool
    let versions: Int
    let goldenExamples: Int
    let blobs: Int
    let bytes: Int
    let ledgerEntries: Int
    let futureEntries: Int
    let signatures: Int
    let seconds: Double
    let findings: [Finding]

    enum CodingKeys: String, CodingKey {
      case sound, versions, blobs, bytes, signatures, seconds, findings
      case goldenExamples = "golden_examples"
      case ledgerEntries = "ledger_entries"
      case futureEntries = "future_entries"
    }
  }

  func run() throws {
    if let model { return try ModelFileCheck(file: model, trustedKeys: trustedKeys).print(json: json.isOn) }
    let bar = ProgressBar("verify", unit: "MiB")
    let report = try verify(bar)
    let seconds = bar.elapsed
    if json.isOn {
      try StandardOutput.print(
        JSONOutput.document(
          Document(
            sound: report.isSound, versions: report.versions, goldenExamples: report.goldenExamples,
            blobs: report.blobs, bytes: report.bytes,
            ledgerEntries: report.ledgerEntries, futureEntries: report.futureEntries, signatures: report.signatures,
            seconds: seconds,
            findings: report.findings.map {
              Document.Finding(subject: $0.subject, problem: $0.problem, code: $0.code.description)
            })))
    } else {
      var text = report.findings.map { Format.visible("\($0)") + "\n" }.joined() + advice(report)
      text += [
        Format.count(report.versions, "version"), Format.count(report.goldenExamples, "golden example"),
        report.ledgerEntries == 1 ? "1 ledger entry" : "\(Format.count(report.ledgerEntries)) ledger entries",
      ].joined(separator: ", ")
      if report.signatures > 0 { text += ", \(Format.count(report.signatures, "signature"))" }
      text += report.isSound ? ": sound\n" : ": \(Format.count(report.findings.count, "finding"))\n"
      text += "\(Format.count(report.blobs, "blob")), \(Format.bytes(report.bytes)) raw in \(Format.duration(seconds))"
      // Of a small store, opening it is what takes the time.
      if report.bytes >= 1 << 24, seconds > 0 {
        text += ": \(Format.number(Double(report.bytes) / seconds / 1e9, digits: 3)) GB/s"
      }
      text += "\n"
      if report.futureEntries > 0 {
        text +=
          "\(report.futureEntries == 1 ? "1 ledger entry is" : "\(report.futureEntries) ledger entries are") dated in the future: "
          + "a clock was or is wrong\n"
      }
      try StandardOutput.printSentences(text)
    }
    guard report.isSound else { throw ExitCode(ExitStatus.badData.rawValue) }
  }

  /// What helps against damage, said once. A missing signature, say, is none.
  private func advice(_ report: VerificationReport) -> String {
    let damage: [StoreError.Code] = [.damaged, .alteredSchema, .notAStore, .goldenMismatch]
    guard report.findings.contains(where: { damage.contains($0.code) }) else { return "" }
    let isAltered = report.findings.contains { $0.code == .alteredSchema }
    return "Restore a backup: nnscore restore BACKUP --store \(Format.visible(store.path)) --force "
      + "(what is there now is kept beside it)\(isAltered ? ", or undo what other programs changed" : "")\n"
  }

  /// Checks; a store that is too damaged to be opened is a finding like any other.
  private func verify(_ bar: ProgressBar) throws -> VerificationReport {
    let keys = try trustedKeys.map { try PublicKey.keys(inFolder: $0) }
    defer { bar.finish() }
    do {
      return try store.open(.readOnly).verify(reference, trustedKeys: keys, threads: threads.number) { progress in
        bar.update(progress.bytes >> 20, of: progress.totalBytes >> 20)
      }
    } catch let error as StoreError where error.code == .damaged || error.code == .alteredSchema {
      return VerificationReport(unopened: store.path, error)
    }
  }
}
