import Datasets
import Images
import Testing

@Suite("Labelled sets")
struct LabelledSetTests {
  private let shape = ImageShape(height: 1, width: 2, channels: 1)

  @Test("the fingerprint is the SHA-256 of the documented bytes")
  func fingerprint() throws {
    let set = try LabelledSet(shape: shape, pixels: [1, 2, 3, 4], labels: [1, 0], classNames: ["b", "a"])
    // Python: hashlib.sha256(b"nnscore labelled set 1\n" + struct.pack("<5Q", 1, 2, 1, 2, 2) + struct.pack("<Q", 1) +
    // b"a" + struct.pack("<Q", 1) + b"b" + struct.pack("<2Q", 0, 1) + bytes([1, 2, 3, 4])).hexdigest()
    #expect(set.fingerprint == "sha256:a12545baa9d02c21bb6fd56761eb8672e1bf4f029b6b2ee8aa038df2bda628f2")
  }

  @Test("the fingerprint depends on content and order, not on how classes are numbered")
  func fingerprintOfContent() throws {
    let one = try LabelledSet(shape: shape, pixels: [1, 2, 3, 4], labels: [1, 0], classNames: ["b", "a"])
    let renumbered = try LabelledSet(shape: shape, pixels: [1, 2, 3, 4], labels: [0, 1], classNames: ["a", "b"])
    let swapped = try LabelledSet(shape: shape, pixels: [3, 4, 1, 2], labels: [0, 1], classNames: ["b", "a"])
    let tall = try LabelledSet(
      shape: ImageShape(height: 2, width: 1, channels: 1), pixels: [1, 2, 3, 4], labels: [1, 0], classNames: ["b", "a"])
    #expect(one.fingerprint == renumbered.fingerprint)
    #expect(Set([one, swapped, tall].map(\.fingerprint)).count == 3)
  }

  @Test("classes are renumbered by name, and an unknown one is named")
  func relabelling() throws {
    let set = try LabelledSet(shape: shape, pixels: [1, 2, 3, 4], labels: [0, 1], classNames: ["cat", "non-cat"])
    let other = try set.relabelled(to: ["dog", "non-cat", "cat"])
    #expect(other.labels == [2, 1])
    #expect(other.classNames == ["dog", "non-cat", "cat"])
    #expect(other.pixels == set.pixels)
    #expect(other.fingerprint == set.fingerprint)
    let error = #expect(throws: DatasetError.self) { try set.relabelled(to: ["cat", "dog"]) }
    #expect(error?.code == .unknownClass)
    #expect(error?.message.contains("the class \"non-cat\", expected only \"cat\", \"dog\"") == true)
    #expect(throws: DatasetError.self) { try set.relabelled(to: ["cat", "non-cat", "cat"]) }
  }

  @Test("parts that do not fit together are refused")
  func invalid() {
    #expect(throws: DatasetError.self) { try LabelledSet(shape: shape, pixels: [1], labels: [0], classNames: ["a"]) }
    #expect(throws: DatasetError.self) {
      try LabelledSet(shape: shape, pixels: [1, 2], labels: [1], classNames: ["a"])
    }
    #expect(throws: DatasetError.self) {
      try LabelledSet(shape: shape, pixels: [1, 2], labels: [-1], classNames: ["a"])
    }
    #expect(throws: DatasetError.self) {
      try LabelledSet(shape: shape, pixels: [1, 2], labels: [0], classNames: ["a", "a"])
    }
    #expect(throws: DatasetError.self) {
      try LabelledSet(shape: shape, pixels: [1, 2], labels: [0], classNames: ["a"], names: [])
    }
    #expect(throws: DatasetError.self) {
      try LabelledSet(
        shape: ImageShape(height: .max, width: 2, channels: 3), pixels: [], labels: [0], classNames: ["a"])
    }
  }
}
