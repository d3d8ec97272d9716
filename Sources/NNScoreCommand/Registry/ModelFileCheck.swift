import ArgumentParser
import Inference
import ModelStore

/// What `nnscore verify --model FILE` does and answers.
struct ModelFileCheck {
  private let report: ModelFileReport

  /// Checks a file, also against the keys of a folder if there is one.
  init(file: String, trustedKeys folder: String?) throws {
    report = try ModelStore.verify(modelFile: file, trustedKeys: folder.map { try PublicKey.keys(inFolder: $0) })
  }

  private struct Document: Encodable {
    struct Signature: Encodable {
      let publicKey: String
      let valid: Bool
      let trusted: Bool?

      enum CodingKeys: String, CodingKey {
        case valid, trusted
        case publicKey = "public_key"
      }

      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(publicKey, forKey: .publicKey)
        try container.encode(valid, forKey: .valid)
        try container.encode(trusted, forKey: .trusted)
      }
    }

    struct Finding: Encodable {
      let problem: String
      let code: String
    }

    enum CodingKeys: String, CodingKey {
      case file, sound, model, version, digest, parameters, precision, bytes, signatures, findings
      case statedDigest = "stated_digest"
      case goldenExamples = "golden_examples"
    }

    let report: ModelFileReport

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(report.path, forKey: .file)
      try container.encode(report.isSound, forKey: .sound)
      try container.encode(report.identity?.name, forKey: .model)
      try container.encode(report.identity?.number, forKey: .version)
      try container.encode(report.digest, forKey: .digest)
      try container.encode(report.identity.flatMap { $0.digest.isEmpty ? nil : $0.digest }, forKey: .statedDigest)
      try container.encode(report.parameters, forKey: .parameters)
      try container.encode(report.precision.map { "\($0.name)" }, forKey: .precision)
      try container.encode(report.goldenExamples, forKey: .goldenExamples)
      try container.encode(report.bytes, forKey: .bytes)
      try container.encode(
        report.signatures.map { Signature(publicKey: $0.publicKey, valid: $0.isValid, trusted: $0.isTrusted) },
        forKey: .signatures)
      try container.encode(
        report.findings.map { Finding(problem: $0.problem, code: $0.code.description) }, forKey: .findings)
    }
  }

  /// What was found, then what was checked: a line for the file, and two for each signature.
  private var text: String {
    var lines = report.findings.map(\.description)
    if let advice { lines.append(advice) }
    if let identity = report.identity, let digest = report.digest {
      var counts = [
        "\(identity.name)@\(identity.number)", Format.digest(digest), Format.bytes(report.bytes),
        Format.count(report.goldenExamples, "golden example"),
      ]
      if report.signatures.isEmpty { counts.append("not signed") }
      lines.append(counts.joined(separator: ", ") + verdict)
    } else {
      lines.append("\(report.path): \(Format.bytes(report.bytes))" + verdict)
    }
    for signature in report.signatures {
      let trust = signature.isTrusted.map { $0 ? ", by a trusted key" : ", by no trusted key" } ?? ""
      lines += [signature.publicKey, "  \(signature.isValid ? "valid" : "NOT VALID")\(trust)"]
    }
    return lines.map { Format.visible($0) + "\n" }.joined()
  }

  /// What helps against damage; a missing signature, say, is none.
  private var advice: String? {
    guard report.findings.contains(where: { $0.code == .damaged || $0.code == .goldenMismatch }) else { return nil }
    let source = report.identity.map { "\($0.name)@\($0.number)" } ?? "NAME@NUMBER"
    return "Get the file again from where it came, or export it again: nnscore export \(source) FILE --force"
  }

  private var verdict: String {
    report.isSound ? ": sound" : ": \(Format.count(report.findings.count, "finding"))"
  }

  /// Prints the answer; ends with the code for bad data if anything is wrong.
  func print(json: Bool) throws {
    if json {
      try StandardOutput.print(JSONOutput.document(Document(report: report)))
    } else {
      try StandardOutput.printSentences(text)
    }
    guard report.isSound else { throw ExitCode(ExitStatus.badData.rawValue) }
  }
}
