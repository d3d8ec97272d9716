public import Inference

/// What ``ModelStore/verify(modelFile:trustedKeys:)`` found out about a file.
public struct ModelFileReport: Sendable, Equatable {
  /// A signature that the file carries.
  public struct Signature: Sendable, Equatable {
    /// The key that it names, 64 hexadecimal digits.
    public let publicKey: String
    /// Whether it was made by that key over the digest of what the file holds.
    public let isValid: Bool
    /// Whether that key is one of the trusted ones; nil where none were given.
    public let isTrusted: Bool?
  }

  /// The file.
  public let path: String
  /// How many bytes it has.
  public let bytes: Int
  /// The name, number and digest that the file states; nil if it cannot be read. A model that no store holds has no digest.
  public internal(set) var identity: Model.Identity?
  /// The digest of what the file holds, computed anew; nil if it cannot be read.
  public internal(set) var digest: String?
  /// The number of weights and biases.
  public internal(set) var parameters = 0
  /// What the model computes with; nil if the file cannot be read.
  public internal(set) var precision: ModelParameters.Precision?
  /// How many golden examples were scored again.
  public internal(set) var goldenExamples = 0
  /// The signatures, in the order of their keys.
  public internal(set) var signatures: [Signature] = []
  /// What is wrong; empty if all is well.
  public internal(set) var findings: [VerificationReport.Finding] = []

  /// Whether all is as it should be.
  public var isSound: Bool { findings.isEmpty }

  mutating func add(_ problem: String, code: StoreError.Code = .damaged) {
    findings.append(VerificationReport.Finding(subject: path, problem: problem, code: code))
  }
}

extension ModelStore {
  /// Checks a model file by itself, without a store: its structure and checksum, the digest that it states against that of its
  /// contents, its golden examples, and its signatures.
  ///
  /// The signatures are checked against the digest of the contents, so that they vouch for what would be scored with. Whoever can
  /// write the file can take golden examples and signatures away; demand a signature by a key that is kept elsewhere where that
  /// matters.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - trustedKeys: with these, the file must have a valid signature by one of them.
  /// - Throws: ``StoreError/Code/cannotOpen``, ``StoreError/Code/notAModelFile`` for a file of another kind or a later format, or
  ///   ``StoreError/Code/unsupportedInstructionSet``. All else is in the report.
  public static func verify(
    modelFile path: String, trustedKeys: [PublicKey]? = nil
  ) throws(StoreError) -> ModelFileReport {
    var report = ModelFileReport(path: path, bytes: DurableFile.size(of: path))
    let model: Model
    do {
      model = try Model(contentsOfFile: path)
    } catch {
      let error = StoreError(modelFile: error)
      guard error.code == .damaged else { throw error }
      report.add(withoutPath(error.message, path))
      return report
    }
    report.identity = model.identity
    report.parameters = model.architecture.parameterCount
    report.precision = model.precision
    let digest = Digest.withPrefix(StoredVersion(contentsOf: model).computedDigest)
    report.digest = digest
    if !model.identity.digest.isEmpty, model.identity.digest != digest {
      report.add(
        "it states the digest \(model.identity.digest), but its architecture, input format, labels and tensors have \(digest)"
      )
    }
    do {
      report.goldenExamples = try model.replayGolden()
    } catch {
      let error = StoreError(modelFile: error)
      guard error.code == .goldenMismatch else { throw error }
      report.add(error.message, code: error.code)
    }
    check(model.signatures, of: digest, trustedKeys, in: &report)
    return report
  }

  private static func check(
    _ signatures: [Model.Signature], of digest: String, _ trustedKeys: [PublicKey]?, in report: inout ModelFileReport
  ) {
    let trusted = trustedKeys.map { Set($0.map(\.description)) }
    for signature in signatures {
      let isValid = signature.isValid(forDigest: digest)
      if !isValid {
        report.add("the signature by the key \(signature.publicKey) is not one of what the file holds")
      }
      report.signatures.append(
        ModelFileReport.Signature(
          publicKey: signature.publicKey, isValid: isValid, isTrusted: trusted?.contains(signature.publicKey)))
    }
    let signers = report.signatures.filter(\.isValid).map(\.publicKey)
    if let trustedKeys, let problem = Verification.missingTrust(in: trustedKeys, signers: signers) {
      report.add(problem, code: .notTrusted)
    }
  }

  /// The message of a finding, whose subject is the file already.
  private static func withoutPath(_ message: String, _ path: String) -> String {
    for separator in [": ", ", "] where message.hasPrefix(path + separator) {
      return String(message.dropFirst(path.count + separator.count))
    }
    return message
  }
}

extension Model.Signature {
  /// Whether it was made by its key over a version's digest.
  func isValid(forDigest digest: String) -> Bool {
    guard let key = try? PublicKey(hexadecimal: publicKey) else { return false }
    return key.verifies(signature, ofDigest: digest)
  }
}

extension StoredVersion {
  /// The part of a version that decides what it answers, and so its digest.
  init(contentsOf model: Model) {
    architecture = model.architecture.canonicalText
    inputFormat = model.inputFormat.canonicalText
    labels = Model.canonicalText(ofLabels: model.labels)
    let parameters = model.modelParameters
    tensors = zip(LayerTensor.all(of: model.architecture, parameters.precision), parameters.tensorBytes)
      .map { tensor, bytes in Tensor(tensor, sha256: bytes.withSpan { Digest.sha256($0) }) }
  }
}
