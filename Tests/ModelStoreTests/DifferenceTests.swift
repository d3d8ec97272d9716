import Foundation
import GRDB
import Inference
import Testing

@testable import ModelStore

/// Tensors that are kept as their difference from the parent's.
@Suite struct DifferenceTests {
  /// The draft of a network whose first weights are 12 KiB, its second 1920 bytes.
  static func draft(seed: UInt64 = 1) throws -> VersionDraft { try makeDraft(seed: seed, widths: [64, 48, 10]) }

  /// The depths of a version's tensors, in their order.
  static func depths(_ path: String, version: Int) throws -> [Int] {
    try DatabaseQueue(path: path).read {
      try Int.fetchAll(
        $0,
        sql: """
          SELECT depth FROM tensors JOIN blobs ON blobs.sha256 = tensors.sha256 WHERE version = ? ORDER BY position
          """, arguments: [version])
    }
  }

  /// A model of that many generations, each trained a little further, and their drafts.
  @discardableResult
  static func makeStore(_ scratch: Scratch, generations: Int) throws -> [VersionDraft] {
    let store = try ModelStore(path: scratch.store, mode: .create)
    var drafts = [try draft()]
    var parent = try store.register(drafts[0])
    for generation in 1..<generations {
      drafts.append(drafts[generation - 1].fineTuned(from: parent, seed: UInt64(generation)))
      parent = try store.register(drafts[generation])
    }
    return drafts
  }

  @Test("A fine-tuned child is kept as differences, smaller by a third, and comes back bit for bit")
  func child() throws {
    let scratch = try Scratch()
    let drafts = try Self.makeStore(scratch, generations: 2)
    // Biases are too short to be worth it.
    #expect(try Self.depths(scratch.store, version: 1) == [0, 0, 0, 0])
    #expect(try Self.depths(scratch.store, version: 2) == [1, 0, 1, 0])
    let store = try ModelStore(path: scratch.store)
    for (number, draft) in zip(1..., drafts) {
      let model = try store.model(Reference("cats@\(number)"))
      #expect(model.parameters == draft.parameters)
    }
    let tensors = try (1...2).map { try store.version(Reference("cats@\($0)")).tensors[0] }
    #expect(tensors[0].rawSize == 4 * 64 * 48)
    #expect(Double(tensors[0].storedSize) < 0.95 * Double(tensors[0].rawSize))
    #expect(Double(tensors[1].storedSize) < 0.6 * Double(tensors[1].rawSize))
    #expect(try store.verify().findings == [])
  }

  @Test("Weights as He's initialisation makes them take at most 0.87 of their bytes, a fine-tuned child at most 0.70")
  func sizes() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    var draft = try makeDraft(widths: [784, 32, 10], costs: [])
    var generator = SeededGenerator(3)
    for index in draft.parameters.layers.indices {
      let inputs = Double(draft.architecture.inputs(ofLayer: index))
      draft.parameters.layers[index].weight = draft.parameters.layers[index].weight.map { _ in
        // A normal deviate by Box and Muller.
        let radius = (-2 * log(Double.random(in: 0x1p-53..<1, using: &generator))).squareRoot()
        return Float(radius * cos(2 * .pi * Double.random(in: 0..<1, using: &generator)) * (2 / inputs).squareRoot())
      }
    }
    let parent = try store.register(draft)
    let child = try store.register(draft.fineTuned(from: parent, seed: 1, by: 1e-2))
    func ratio(_ record: VersionRecord) -> Double {
      Double(record.tensors.reduce(0) { $0 + $1.storedSize }) / Double(record.tensors.reduce(0) { $0 + $1.rawSize })
    }
    #expect(ratio(parent) <= 0.87)
    #expect(ratio(child) <= 0.70)
  }

  @Test("No chain is longer than four; the next child is a difference from the chain's other end")
  func bound() throws {
    let scratch = try Scratch()
    let drafts = try Self.makeStore(scratch, generations: 11)
    let depths = try (1...11).map { try Self.depths(scratch.store, version: $0)[0] }
    #expect(depths == [0, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2])
    let store = try ModelStore(path: scratch.store)
    for (number, draft) in zip(1..., drafts) {
      #expect(try store.model(Reference("cats@\(number)")).parameters == draft.parameters)
    }
    #expect(try store.verify().findings == [])
  }

  @Test("What has nothing in common with its parent is kept as it is")
  func independent() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    let parent = try store.register(Self.draft())
    var other = try Self.draft(seed: 2)
    other.lineage.parent = parent.identity
    try store.register(other)
    #expect(try Self.depths(scratch.store, version: 2) == [0, 0, 0, 0])
    // Another shape: there is no tensor to be a difference from.
    var wider = try makeDraft(seed: 3, widths: [64, 49, 10])
    wider.lineage.parent = parent.identity
    try store.register(wider)
    #expect(try Self.depths(scratch.store, version: 3) == [0, 0, 0, 0])
  }

  @Test("Equal tensors are stored once, whoever is whose parent")
  func shared() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    let draft = try Self.draft()
    let parent = try store.register(draft)
    var child = draft.fineTuned(from: parent, seed: 1)
    child.parameters.layers[0] = draft.parameters.layers[0]
    let second = try store.register(child)
    #expect(try Self.depths(scratch.store, version: 2) == [0, 0, 1, 0])
    // Back to what the grandparent had.
    var third = draft
    third.lineage.parent = second.identity
    try store.register(third)
    #expect(try Self.depths(scratch.store, version: 3) == [0, 0, 0, 0])
    let blobs = try DatabaseQueue(path: scratch.store).read { try Int.fetchOne($0, sql: "SELECT count(*) FROM blobs") }
    // Four tensors, two that the child changed; of each of the two contents golden inputs and outputs; and the costs.
    #expect(blobs == 4 + 2 + 4 + 1)
  }

  @Test("Weights of any bits round trip through differences, those that are no numbers included", arguments: 1...6)
  func anyBits(seed: UInt64) throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    var generator = SeededGenerator(seed)
    var draft = try makeDraft(widths: [Int.random(in: 50...300, using: &generator), 7])
    func scramble(_ values: [Float]) -> [Float] {
      values.map {
        let mask: UInt32 = Bool.random(using: &generator) ? .random(in: 0 ... .max, using: &generator) : 0
        return Float(bitPattern: $0.bitPattern ^ mask & 0xc000_0fff)
      }
    }
    draft.parameters.layers[0].weight = draft.parameters.layers[0].weight.map { _ in
      Float(bitPattern: .random(in: 0 ... .max, using: &generator))
    }
    var parent = try store.register(draft)
    for number in 2...5 {
      draft.lineage.parent = parent.identity
      draft.parameters.layers[0].weight = scramble(draft.parameters.layers[0].weight)
      parent = try store.register(draft)
      #expect(try Self.depths(scratch.store, version: number) == [number - 1, 0])
      let loaded = try store.model(Reference("cats@\(number)"))
      #expect(
        loaded.parameters.layers[0].weight.map(\.bitPattern) == draft.parameters.layers[0].weight.map(\.bitPattern))
    }
    #expect(try store.verify().findings == [])
  }

  /// The blob of the first weights of a version.
  static func blob(_ version: Int) -> String {
    "(SELECT sha256 FROM tensors WHERE version = \(version) AND position = 0)"
  }

  /// What damage or malice could do to the third of four generations' first weights, and what the error of the fourth says; that
  /// of the third may be about sizes that are not the tensor's.
  static let attacks = [
    ("UPDATE blobs SET base = sha256 WHERE sha256 = \(blob(3))", "does not fit"),
    ("UPDATE blobs SET base = \(blob(4)) WHERE sha256 = \(blob(3))", "does not fit"),
    ("UPDATE blobs SET base = \(blob(4)), depth = 4 WHERE sha256 = \(blob(3))", "does not fit"),
    ("UPDATE blobs SET depth = 0 WHERE sha256 = \(blob(3))", "its depth is 0"),
    ("UPDATE blobs SET depth = 8 WHERE sha256 = \(blob(3))", "does not fit"),
    ("UPDATE blobs SET depth = 900000 WHERE sha256 = \(blob(3))", "its depth is 900000"),
    ("UPDATE blobs SET base = NULL WHERE sha256 = \(blob(3))", "its codec is \"xor-planes\"; expected \"planes\""),
    ("UPDATE blobs SET base = NULL, codec = 'planes' WHERE sha256 = \(blob(3))", "its depth is 2; expected 0"),
    ("UPDATE blobs SET base = NULL, codec = 'planes', depth = 0 WHERE sha256 = \(blob(3))", "does not fit"),
    ("UPDATE blobs SET codec = 'planes' WHERE sha256 = \(blob(3))", "its codec is \"planes\""),
    ("UPDATE blobs SET base = 'x' WHERE sha256 = \(blob(3))", "is missing"),
    ("UPDATE blobs SET raw_size = 8, stored_size = 8 WHERE sha256 = \(blob(3))", "does not fit"),
    ("UPDATE blobs SET raw_size = 1 << 60 WHERE sha256 = \(blob(3))", "does not fit"),
    ("UPDATE blobs SET element_size = 8 WHERE sha256 = \(blob(3))", "does not fit"),
    ("UPDATE blobs SET stored_size = 1 << 60 WHERE sha256 = \(blob(3))", "the store says"),
    ("DELETE FROM blobs WHERE sha256 = \(blob(3))", "is missing"),
    ("DELETE FROM chunks WHERE sha256 = \(blob(3))", "its chunks have 0 bytes"),
    ("UPDATE chunks SET bytes = zeroblob(length(bytes)) WHERE sha256 = \(blob(3))", "the planes' lengths say"),
    (
      // The blob's own bytes, which decode, but are those of another.
      """
      UPDATE chunks SET bytes = (SELECT bytes FROM chunks WHERE sha256 = \(blob(1))) WHERE sha256 = \(blob(3));
      UPDATE blobs SET stored_size = (SELECT stored_size FROM blobs WHERE sha256 = \(blob(1))) WHERE sha256 = \(blob(3))
      """, "its bytes have the SHA-256"
    ),
  ]

  @Test(
    "A base that is damaged, missing, its own base or of another size is named for every version it reaches",
    arguments: attacks)
  func damage(attack: String, problem: String) throws {
    let scratch = try Scratch()
    let drafts = try Self.makeStore(scratch, generations: 4)
    let sha256 = try DatabaseQueue(path: scratch.store).read {
      try String.fetchOne($0, sql: "SELECT \(Self.blob(3))")
    }
    try tamper(scratch.store, "PRAGMA ignore_check_constraints = ON; \(attack)")
    let store = try ModelStore(path: scratch.store, mode: .readWrite)
    for number in 3...4 {
      let error = storeError { _ = try store.model(Reference("cats@\(number)")) }
      #expect(error?.code == .damaged)
      let message = error?.message ?? ""
      #expect(message.contains("cats@\(number), layers.0.weight"), "\(message)")
      let isOther = number == 3 && ["the store says", "its bytes have the SHA-256"].contains { message.contains($0) }
      #expect(message.contains(problem) || isOther, "\(message)")
      #expect(message.contains(try #require(sha256)), "\(message)")
    }
    for number in 1...2 {
      #expect(try store.model(Reference("cats@\(number)")).parameters == drafts[number - 1].parameters)
      #expect(try store.verify(Reference("cats@\(number)")).isSound)
    }
    let subjects = Set(try store.verify().findings.map(\.subject))
    #expect(subjects.isSuperset(of: ["cats@3, layers.0.weight", "cats@4, layers.0.weight"]), "\(subjects)")
    #expect(subjects.isDisjoint(with: ["cats@1, layers.0.weight", "cats@2, layers.0.weight"]), "\(subjects)")
  }

  @Test("Nothing is built upon a damaged parent: its child is kept as it is")
  func damagedParent() throws {
    let scratch = try Scratch()
    let drafts = try Self.makeStore(scratch, generations: 2)
    try tamper(scratch.store, "UPDATE chunks SET bytes = zeroblob(length(bytes)) WHERE sha256 = \(Self.blob(2))")
    let store = try ModelStore(path: scratch.store, mode: .readWrite)
    let child = drafts[1].fineTuned(from: try store.version(Reference("cats@2")), seed: 9)
    try store.register(child)
    #expect(try Self.depths(scratch.store, version: 3) == [0, 0, 2, 0])
    #expect(try store.model(Reference("cats@3")).parameters == child.parameters)
  }

  @Test("A base that went away before the version was written is done without")
  func vanishedBase() throws {
    let scratch = try Scratch()
    _ = try ModelStore(path: scratch.store, mode: .create)
    var generator = SeededGenerator(5)
    let base = (0..<4096).map { _ in UInt8.random(in: 0...255, using: &generator) }
    var bytes = base
    bytes[7] ^= 1
    let sha256 = Digest.sha256(bytes.span)
    for depth in [0, 1] {
      let encoded = try BlobStorage.encode(
        BlobStorage.Source(
          .bytes(bytes), elementSize: 4,
          base: BlobStorage.Base(sha256: Digest.sha256(base.span), elementSize: 4, depth: depth, bytes: base)))
      #expect(encoded.difference?.depth == depth + 1)
      try DatabaseQueue(path: scratch.store).inDatabase { database in
        try database.inSavepoint {
          if depth == 1 {
            // The base is there, but at another depth than it was.
            try BlobStorage.insert(
              BlobStorage.encode(BlobStorage.Source(.bytes(base), elementSize: 4)), in: database)
          }
          try BlobStorage.insert(encoded, in: database)
          #expect(try BlobStorage.header(sha256, in: database)?.depth == 0)
          #expect(try BlobStorage.load(sha256, rawSize: nil, in: database) == bytes)
          return .rollback
        }
      }
    }
  }

  @Test("A blob that another one is a difference from cannot be deleted")
  func deletion() throws {
    let scratch = try Scratch()
    try Self.makeStore(scratch, generations: 2)
    // As after the parent was purged: nothing else refers to its tensors.
    try tamper(scratch.store, "UPDATE tensors SET sha256 = \(Self.blob(2)) WHERE version = 1 AND position = 0")
    #expect(throws: DatabaseError.self) {
      try execute(
        "DELETE FROM blobs WHERE sha256 = (SELECT base FROM blobs WHERE sha256 = \(Self.blob(2)))", on: scratch.store)
    }
  }
}
