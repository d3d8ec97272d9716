import Foundation
import Inference
import ModelStore
import Testing

@Suite("Comparison of two versions")
struct ComparisonTests {
  let scratch: Scratch
  let store: ModelStore

  init() throws {
    scratch = try Scratch()
    store = try ModelStore(path: scratch.store, mode: .create)
  }

  /// What `Fixtures/tensor_changes.py` made.
  struct Change: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let shape: [Int]
    let first: [Float]
    let second: [Float]
    let differenceNorm: Double
    let relativeNorm: Double?
    let cosine: Double?
    let changed: Int
    let index: [Int]
    let largest: Double

    var testDescription: String { name }
  }

  static let changes: [Change] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/tensor_changes.json")
    guard let data = try? Data(contentsOf: file) else { return [] }
    return (try? JSONDecoder().decode([Change].self, from: data)) ?? []
  }()

  @Test("The fixture is there")
  func fixture() { #expect(Self.changes.count == 7) }

  private func close(_ value: Double?, _ reference: Double?) -> Bool {
    guard let value, let reference else { return value == nil && reference == nil }
    return abs(value - reference) <= 1e-14 * abs(reference)
  }

  /// Registers a version of one linear layer; of a shape without rows the numbers are its bias.
  private func register(_ values: [Float], shape: [Int]) throws -> VersionRecord {
    let isWeight = shape.count == 2
    let (outputs, inputs) = (shape[0], isWeight ? shape[1] : 2)
    let zeros = [Float](repeating: 0, count: isWeight ? outputs : 2 * outputs)
    return try store.register(
      VersionDraft(
        model: "m",
        architecture: Architecture(inputs: inputs, layers: [.init(outputs: outputs, activation: .linear)]),
        parameters: Parameters(
          layers: [DenseParameters(weight: isWeight ? values : zeros, bias: isWeight ? zeros : values)]),
        inputFormat: InputFormat(height: 1, width: inputs, channels: 1), labels: (0..<outputs).map { "\($0)" }))
  }

  @Test("Norms, cosine, largest change and its place are those of NumPy", arguments: changes)
  func numbers(_ reference: Change) throws {
    _ = try register(reference.first, shape: reference.shape)
    _ = try register(reference.second, shape: reference.shape)
    let comparison = try store.compare(Reference("m@1"), Reference("m@2"))
    let (weight, bias) = (comparison.tensors[0], comparison.tensors[1])
    #expect(comparison.tensors.map(\.name) == ["layers.0.weight", "layers.0.bias"])
    let (tensor, other) = reference.shape.count == 2 ? (weight, bias) : (bias, weight)
    #expect(other.isEqual && other.change == nil)
    #expect(!tensor.isEqual && tensor.firstShape == reference.shape && tensor.secondShape == reference.shape)
    let change = try #require(tensor.change)
    #expect(close(change.differenceNorm, reference.differenceNorm), "\(change.differenceNorm)")
    #expect(close(change.relativeNorm, reference.relativeNorm), "\(String(describing: change.relativeNorm))")
    #expect(close(change.cosine, reference.cosine), "\(String(describing: change.cosine))")
    #expect(change.changedCount == reference.changed)
    #expect(change.largest?.index == reference.index)
    #expect(change.largest?.difference == reference.largest)
  }

  @Test("Weights that are not finite are compared without a crash, and NaN counts as the largest change")
  func notFinite() throws {
    _ = try register([1, .nan, 3, .infinity], shape: [2, 2])
    _ = try register([9, .nan, .nan, .infinity], shape: [2, 2])
    let change = try #require(try store.compare(Reference("m@1"), Reference("m@2")).tensors[0].change)
    #expect(change.changedCount == 2)
    #expect(change.largest?.index == [1, 0] && change.largest?.second.isNaN == true)
    #expect(change.differenceNorm.isNaN && change.relativeNorm?.isNaN == true && change.cosine?.isNaN == true)
    // Zeros of both signs are equal numbers, but other bytes.
    _ = try register([0, 1, 2, 3], shape: [2, 2])
    _ = try register([-0.0, 1, 2, 3], shape: [2, 2])
    let tensor = try store.compare(Reference("m@3"), Reference("m@4")).tensors[0]
    #expect(!tensor.isEqual && tensor.change?.changedCount == 0 && tensor.change?.largest == nil)
    #expect(tensor.change?.cosine == 1 && tensor.change?.relativeNorm == 0)
  }

  @Test("Records and costs of both are there, whichever references name them, also across models")
  func records() throws {
    let first = try store.register(makeDraft(costs: [3, 2, 1]), promote: true)
    let second = try store.register(makeDraft(model: "dogs", seed: 2, costs: [5, 4]))
    try store.setAlias("champion", to: Reference("dogs@1"))
    let comparison = try store.compare(Reference("cats"), Reference("dogs@champion"))
    #expect(comparison.first.identity == first.identity && comparison.second.identity == second.identity)
    #expect(comparison.firstCosts == [3, 2, 1] && comparison.secondCosts == [5, 4])
    #expect(!comparison.answersAreEqual && comparison.tensors.count == 4)
    #expect(comparison.tensors.allSatisfy { !$0.isEqual && $0.change != nil })
    let same = try store.compare(Reference("cats"), Reference("cats@1"))
    #expect(same.answersAreEqual && same.tensors.allSatisfy { $0.isEqual && $0.change == nil })
  }

  @Test("Tensors of other shapes, and those that only one version has, are said to be that")
  func shapes() throws {
    try store.register(makeDraft(widths: [12, 5, 3]))
    try store.register(makeDraft(seed: 2, widths: [12, 7, 3]))
    try store.register(makeDraft(seed: 3, widths: [12, 3]))
    var tensors = try store.compare(Reference("cats@1"), Reference("cats@2")).tensors
    #expect(tensors.map(\.firstShape) == [[5, 12], [5], [3, 5], [3]])
    #expect(tensors.map(\.secondShape) == [[7, 12], [7], [3, 7], [3]])
    #expect(tensors.map { $0.change == nil } == [true, true, true, false])
    tensors = try store.compare(Reference("cats@3"), Reference("cats@1")).tensors
    #expect(tensors.map(\.name) == ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"])
    #expect(tensors.map(\.firstShape) == [[3, 12], [3], nil, nil])
    #expect(tensors.allSatisfy { !$0.isEqual && $0.change == nil })
  }

  @Test("What names nothing, and weights that are damaged, are errors")
  func refusals() throws {
    try store.register(makeDraft())
    try store.register(makeDraft(seed: 2))
    #expect(storeError { _ = try store.compare(Reference("cats@1"), Reference("cats@9")) }?.code == .noSuchVersion)
    #expect(storeError { _ = try store.compare(Reference("cats"), Reference("cats@1")) }?.code == .nothingInService)
    try tamper(store.path, "UPDATE chunks SET bytes = zeroblob(length(bytes))")
    #expect(storeError { _ = try store.compare(Reference("cats@1"), Reference("cats@2")) }?.code == .damaged)
    try tamper(store.path, "UPDATE versions SET labels = '[\"a\",\"b\",\"c\"]' WHERE number = 2")
    #expect(storeError { _ = try store.compare(Reference("cats@1"), Reference("cats@2")) }?.code == .damaged)
  }
}
