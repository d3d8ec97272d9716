import Foundation
import Inference
import ModelStore
import Testing

/// Model files checked without a store.
@Suite struct ModelFileReportTests {
  private let scratch: Scratch
  private let key: SigningKey
  private let path: String

  /// A file of cats@1 with four golden examples, signed with the key.
  init() throws {
    scratch = try Scratch()
    key = try SigningKey()
    path = scratch.path("cats.safetensors")
    let store = try ModelStore(path: scratch.store, mode: .create)
    try store.register(makeDraft())
    try store.sign(Reference("cats@1"), with: key)
    try store.export(Reference("cats@1"), to: path)
  }

  /// Writes the model again, one part changed and the checksum right.
  private func rewritten(
    bias: (Float) -> Float = { $0 }, identity: Model.Identity? = nil, golden: GoldenExamples? = nil,
    signatures: [Model.Signature]? = nil
  ) throws -> String {
    let model = try Model(contentsOfFile: path)
    var parameters = model.parameters
    parameters.layers[1].bias[0] = bias(parameters.layers[1].bias[0])
    let file = scratch.path("rewritten.safetensors")
    let bytes = try ModelFile.encode(
      Model(
        architecture: model.architecture, parameters: parameters, inputFormat: model.inputFormat, labels: model.labels,
        identity: identity ?? model.identity, golden: golden ?? model.golden, signatures: signatures ?? model.signatures
      ))
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  @Test("An exported file is sound, and its signature is valid whoever is trusted")
  func sound() throws {
    let plain = try ModelStore.verify(modelFile: path)
    #expect(plain.isSound && plain.findings.isEmpty)
    #expect(plain.identity == (try Model(contentsOfFile: path).identity) && plain.digest == plain.identity?.digest)
    #expect(plain.goldenExamples == 4 && plain.parameters == 12 * 5 + 5 + 5 * 3 + 3)
    #expect(try plain.bytes == Data(contentsOf: URL(fileURLWithPath: path)).count)
    #expect(plain.signatures.map(\.publicKey) == [key.publicKey.description])
    #expect(plain.signatures.map(\.isValid) == [true] && plain.signatures.map(\.isTrusted) == [nil])
    let other = try SigningKey().publicKey
    let trusted = try ModelStore.verify(modelFile: path, trustedKeys: [other, key.publicKey])
    #expect(trusted.isSound && trusted.signatures.map(\.isTrusted) == [true])
    let untrusted = try ModelStore.verify(modelFile: path, trustedKeys: [other])
    #expect(untrusted.findings.map(\.code) == [.notTrusted] && untrusted.signatures.map(\.isTrusted) == [false])
    #expect(untrusted.signatures.map(\.isValid) == [true])
    #expect(untrusted.findings[0].problem.contains("found signatures by \(key.publicKey)"))
  }

  @Test("A bias that was changed together with the checksum is found by digest, golden examples and signature")
  func forgedBias() throws {
    let report = try ModelStore.verify(modelFile: rewritten { $0 + 1 }, trustedKeys: [key.publicKey])
    #expect(report.findings.map(\.code) == [.damaged, .goldenMismatch, .damaged, .notTrusted])
    #expect(report.findings[0].problem.contains("but its architecture, input format, labels and tensors have sha256:"))
    #expect(report.findings[0].problem.contains(report.digest ?? "?") && report.digest != report.identity?.digest)
    #expect(report.findings[2].problem.contains(key.publicKey.description))
    #expect(report.signatures.map(\.isValid) == [false] && report.findings.allSatisfy { $0.subject == report.path })
    // The last bit of a bias may leave the answers as they are, and never the digest.
    let bit = try ModelStore.verify(modelFile: rewritten { $0.nextUp })
    #expect(bit.findings.first?.problem.contains("digest") == true)
  }

  @Test("A forged digest, golden answer or signature is found, each by itself")
  func forgedParts() throws {
    let model = try Model(contentsOfFile: path)
    let digest = "sha256:" + String(repeating: "0", count: 64)
    let renamed = try ModelStore.verify(
      modelFile: rewritten(identity: Model.Identity(name: "cats", number: 1, digest: digest)),
      trustedKeys: [key.publicKey])
    #expect(renamed.findings.count == 1 && renamed.findings[0].problem.contains(digest))
    // The signature is one of what the file holds, whatever it says that is.
    #expect(renamed.signatures.map(\.isValid) == [true] && renamed.digest == model.identity.digest)

    let golden = try #require(model.golden)
    var outputs = golden.outputs
    outputs[4] = outputs[4].nextUp
    let answered = try ModelStore.verify(
      modelFile: rewritten(golden: GoldenExamples(count: golden.count, inputs: golden.inputs, outputs: outputs)))
    #expect(answered.findings.map(\.code) == [.goldenMismatch] && answered.goldenExamples == 0)
    #expect(answered.findings[0].problem.contains("golden example 2 of 4, output 2 of 3"))

    let other = try SigningKey()
    let signature = try other.signature(ofDigest: digest)
    let signed = try ModelStore.verify(
      modelFile: rewritten(
        signatures: model.signatures + [Model.Signature(publicKey: "\(other.publicKey)", signature: signature)]),
      trustedKeys: [key.publicKey])
    #expect(signed.findings.map(\.code) == [.damaged] && signed.signatures.count == 2)
    #expect(signed.signatures.filter(\.isValid).map(\.publicKey) == [key.publicKey.description])
    let unsigned = try ModelStore.verify(modelFile: rewritten(signatures: []), trustedKeys: [key.publicKey])
    #expect(unsigned.findings.map(\.code) == [.notTrusted])
    #expect(unsigned.findings[0].problem == "expected a signature by the trusted key, found no valid signature")
  }

  @Test("A model that no store holds states no digest, and is checked by its own")
  func unregistered() throws {
    let report = try ModelStore.verify(
      modelFile: rewritten(identity: Model.Identity(name: "", number: 0, digest: "")), trustedKeys: [key.publicKey])
    #expect(report.isSound && report.identity?.digest == "")
    #expect(try report.digest == Model(contentsOfFile: path).identity.digest)
  }

  @Test("Bytes that were damaged are one finding, which names the file once")
  func damaged() throws {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let whole = bytes.count
    bytes[whole / 2] ^= 1
    let file = scratch.path("damaged.safetensors")
    for damaged in [bytes, bytes.prefix(whole - 1), bytes.prefix(100)] {
      try Data(damaged).write(to: URL(fileURLWithPath: file))
      let report = try ModelStore.verify(modelFile: file, trustedKeys: [key.publicKey])
      #expect(report.findings.map(\.code) == [.damaged] && report.identity == nil && report.digest == nil)
      #expect(report.bytes == damaged.count && report.parameters == 0 && report.signatures.isEmpty)
      #expect(report.findings[0].description.components(separatedBy: file).count == 2)
    }
  }

  @Test("What is no model file, or not there, is an error that names it")
  func noModelFile() throws {
    let error = storeError { _ = try ModelStore.verify(modelFile: scratch.store) }
    #expect(error?.code == .notAModelFile && error?.message.contains("SQLite") == true)
    let text = scratch.path("text")
    try Data("some words, no model".utf8).write(to: URL(fileURLWithPath: text))
    #expect(storeError { _ = try ModelStore.verify(modelFile: text) }?.code == .notAModelFile)
    for path in [scratch.path("none"), scratch.folder] {
      let error = storeError { _ = try ModelStore.verify(modelFile: path) }
      #expect(error?.code == .cannotOpen && error?.message.contains(path) == true)
    }
    let newer = try Data(contentsOf: URL(fileURLWithPath: path))
    let marker = try #require(newer.range(of: Data(#""nnscore.format":"2""#.utf8)))
    var edited = newer
    edited[marker.upperBound - 2] = UInt8(ascii: "4")
    try edited.write(to: URL(fileURLWithPath: text))
    let later = storeError { _ = try ModelStore.verify(modelFile: text) }
    #expect(later?.code == .notAModelFile && later?.message.contains("use a newer one") == true)
  }
}
