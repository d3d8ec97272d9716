import Foundation
import Inference
import ModelStore
import Testing

/// Our own model files as versions.
@Suite struct ModelFileImportTests {
  private let scratch: Scratch
  private let store: ModelStore
  private let other: ModelStore
  private let key: SigningKey
  private let path: String

  /// A file of cats@1, signed, and a store that knows nothing of it.
  init() throws {
    scratch = try Scratch()
    key = try SigningKey()
    path = scratch.path("cats.safetensors")
    store = try ModelStore(path: scratch.store, mode: .create)
    other = try ModelStore(path: scratch.path("other.sqlite"), mode: .create)
    var draft = try makeDraft()
    draft.golden = .uint8(Array(0..<24))
    try store.register(draft)
    try store.sign(Reference("cats@1"), with: key)
    try store.export(Reference("cats@1"), to: path)
  }

  @Test("A model file becomes the same version: digest, golden examples, signatures, and where it came from")
  func same() throws {
    let file = try ImportedFile(contentsOfFile: path)
    #expect(file.notes.isEmpty && file.types == ["F32"])
    let record = try other.register(file.draft(model: "felines"))
    let original = try store.version(Reference("cats@1"))
    #expect(record.digest == original.digest && record.golden == original.golden && record.labels == original.labels)
    #expect(record.inputFormat == original.inputFormat && record.architecture == original.architecture)
    let signatures = try other.signatures(of: Reference("felines@1"))
    #expect(signatures.map(\.publicKey) == [key.publicKey.description] && signatures.allSatisfy(\.isValid))
    let entries = try other.ledger(of: "felines")
    #expect(entries.map(\.kind) == [.register, .sign])
    #expect(entries[0].value == "file cats.safetensors, F32, \(file.digest); cats@1 \(record.digest)")
    #expect(try other.verify(trustedKeys: [key.publicKey]).isSound)
    try other.export(Reference("felines@1"), to: scratch.path("again.safetensors"))
    let again = try Model(contentsOfFile: scratch.path("again.safetensors"))
    let first = try Model(contentsOfFile: path)
    #expect(again.parameters == first.parameters && again.golden == first.golden)
    #expect(again.signatures == first.signatures)
  }

  @Test("Under the rule of signatures a signed file goes into service at once, and one that is not signed does not")
  func policy() throws {
    try other.trust(key.publicKey)
    try other.requireSignature(true)
    try other.register(ImportedFile(contentsOfFile: path).draft(model: "cats"), promote: true)
    #expect(try other.model(Reference("cats")).identity.number == 1)
    var unsigned = try ImportedFile(contentsOfFile: path).draft(model: "dogs")
    unsigned.signatures = []
    unsigned.labels = ["a", "b", "c"]
    unsigned.expectedDigest = nil
    #expect(storeError { try other.register(unsigned, promote: true) }?.code == .notTrusted)
    #expect(try other.models().map(\.name) == ["cats"])
    // A signature of other contents is not taken along.
    var forged = unsigned
    forged.signatures = try Model(contentsOfFile: path).signatures
    #expect(storeError { try other.register(forged) }?.code == .invalidKey)
    #expect(try other.models().map(\.name) == ["cats"])
  }

  /// Writes the model again with one part changed and the checksum right.
  private func rewritten(
    bias: Float = 0, identity: Model.Identity? = nil, golden: GoldenExamples? = nil, signatures: [Model.Signature] = []
  ) throws -> String {
    let model = try Model(contentsOfFile: path)
    var parameters = model.parameters
    parameters.layers[1].bias[0] += bias
    let file = scratch.path("rewritten.safetensors")
    let bytes = try ModelFile.encode(
      Model(
        architecture: model.architecture, parameters: parameters, inputFormat: model.inputFormat, labels: model.labels,
        identity: identity ?? model.identity, golden: golden, signatures: signatures))
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  @Test("A file whose contents have another digest than it states is not registered")
  func forged() throws {
    let draft = try ImportedFile(contentsOfFile: rewritten(bias: 1)).draft(model: "cats")
    let error = storeError { try other.register(draft) }
    #expect(error?.code == .invalidDraft && error?.message.contains("it is not what it is said to be") == true)
    #expect(try other.models().isEmpty)
  }

  @Test("Golden examples that have another answer, and damaged bytes, are refused when the file is read")
  func damaged() throws {
    let golden = try #require(try Model(contentsOfFile: path).golden)
    let wrong = GoldenExamples(count: golden.count, inputs: golden.inputs, outputs: golden.outputs.map(\.nextUp))
    let file = try rewritten(golden: wrong)
    #expect(storeError { _ = try ImportedFile(contentsOfFile: file) }?.code == .goldenMismatch)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[bytes.count - 20] ^= 1
    try bytes.write(to: URL(fileURLWithPath: file))
    #expect(storeError { _ = try ImportedFile(contentsOfFile: file) }?.code == .damaged)
  }

  @Test("Signatures that do not hold are left out, and that is said")
  func invalidSignature() throws {
    let valid = try Model(contentsOfFile: path).signatures
    let stranger = try SigningKey()
    let signature = try stranger.signature(ofDigest: String(repeating: "0", count: 64))
    let file = try ImportedFile(
      contentsOfFile: rewritten(
        signatures: valid + [Model.Signature(publicKey: "\(stranger.publicKey)", signature: signature)]))
    #expect(file.notes == ["1 of 2 signatures do not hold for what the file is, and are left out"])
    #expect(try file.draft(model: "cats").signatures == valid)
  }

  @Test("A model that no store held has golden examples made and no digest to keep to")
  func unregistered() throws {
    let file = try ImportedFile(contentsOfFile: rewritten(identity: Model.Identity(name: "", number: 0, digest: "")))
    let record = try other.register(file.draft(model: "cats"))
    #expect(record.golden?.count == 4)
    #expect(try other.ledger(of: "cats")[0].value == "file rewritten.safetensors, F32, \(file.digest)")
  }

  @Test("What a model file says already is not given a second time")
  func given() throws {
    let network = ImportedFile.Network(
      activations: [.relu, .softmax], inputFormat: try InputFormat(height: 1, width: 12, channels: 1))
    let file = try ImportedFile(contentsOfFile: path)
    #expect(storeError { _ = try file.draft(model: "cats", network: network) }?.code == .invalidDraft)
    #expect(storeError { _ = try ImportedFile(contentsOfFile: path, layers: ["layers.0"]) }?.code == .invalidDraft)
  }
}
