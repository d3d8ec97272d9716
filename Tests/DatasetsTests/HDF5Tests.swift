import Datasets
import Foundation
import Images
import Testing

@Suite("HDF5 files")
struct HDF5Tests {
  /// As `make_fixtures.py` has it.
  private let pixels = (0..<72).map { UInt8($0 * 7 % 256) }

  @Test("the course's layout is read: packed or not, either part, strings of any sort, labels of any integer type")
  func layouts() throws {
    for name in ["course.h5", "test-part.h5", "gzip.h5", "labels-row.h5"] {
      let set = try LabelledSet.load(path: TestData.fixture(name))
      #expect(set.shape == ImageShape(height: 2, width: 4, channels: 3))
      #expect(set.pixels == pixels, "\(name)")
      #expect(set.labels == [1, 0, 1])
      #expect(set.classNames == ["non-cat", "cat"])
      #expect(set.names == nil)
    }
    #expect(try LabelledSet.load(path: TestData.fixture("strings-variable.h5")).classNames == ["non-cat", "cät"])
    let grey = try LabelledSet.load(path: TestData.fixture("grey.h5"))
    #expect(grey.shape == ImageShape(height: 2, width: 4, channels: 1))
    #expect(grey.pixels == stride(from: 0, to: 72, by: 3).map { pixels[$0] })
  }

  @Test("equal content has an equal fingerprint, whatever the file")
  func fingerprint() throws {
    let prints = try ["course.h5", "test-part.h5", "gzip.h5", "labels-row.h5"].map {
      try LabelledSet.load(path: TestData.fixture($0)).fingerprint
    }
    #expect(Set(prints).count == 1)
    #expect(try LabelledSet.load(path: TestData.fixture("strings-variable.h5")).fingerprint != prints[0])
  }

  @Test("a rule brings rows to another shape as it does pictures")
  func rule() throws {
    let rule = try ImageRule(height: 1, width: 2, channels: 1, filter: .box)
    let set = try LabelledSet.load(path: TestData.fixture("course.h5"), rule: rule)
    let first = try DecodedImage(height: 2, width: 4, channels: 3, pixels: Array(pixels[0..<24]))
    #expect(set.shape == rule.shape)
    #expect(Array(set.pixels[0..<2]) == rule.apply(to: first))
  }

  @Test("each wrong layout is an error that says what was expected and found")
  func wrongLayouts() {
    for (name, words) in [
      ("wrong-float.h5", "train_set_x is float32 [3×2×4×3], expected uint8"),
      ("wrong-signed.h5", "train_set_x is int8 [3×2×4×3], expected uint8"),
      ("wrong-rank.h5", "train_set_x is uint8 [3×24], expected uint8 [examples×height×width×3]"),
      ("wrong-channels.h5", "[3×2×3×4], expected"),
      ("wrong-empty.h5", "[0×2×4×3], expected"),
      ("wrong-label-count.h5", "train_set_y is int64 [2], expected integers [3]"),
      ("wrong-label-value.h5", "train_set_y has label 2 in row 2, expected 0 to 1"),
      ("wrong-label-type.h5", "train_set_y is float64 [3], expected integers [3]"),
      ("wrong-class-twice.h5", "list_classes has a name twice"),
      ("wrong-classes-type.h5", "list_classes is int64 [2], expected 1 to 4096 strings"),
      ("wrong-no-classes.h5", "has no dataset list_classes; it has \"train_set_x\", \"train_set_y\""),
      ("wrong-no-labels.h5", "has no dataset train_set_y"),
      ("wrong-no-pixels.h5", "has neither train_set_x nor test_set_x; it has \"list_classes\", \"train_set_y\""),
      ("wrong-both.h5", "has both train_set_x and test_set_x"),
      ("wrong-scalar.h5", "has no dimensions"),
      ("wrong-external.h5", "train_set_x lie in other files"),
      ("wrong-external-y.h5", "train_set_y lie in other files"),
      ("wrong-external-classes.h5", "list_classes lie in other files"),
      ("wrong-label-huge.h5", "train_set_y has 9.223372036854776e+18 in row 0, column 0, expected 0 or 1"),
      ("wrong-link.h5", "link to elsewhere"),
    ] {
      expectLoadError(TestData.fixture(name), .layout, TestData.fixture(name), words)
    }
  }

  @Test("a terabyte that was promised and never written is an error before it is allocated")
  func huge() {
    expectLoadError(TestData.fixture("wrong-huge.h5"), .corrupt, "1132462080000 bytes of values, but the file holds 0")
    expectLoadError(TestData.fixture("wrong-huge-chunked.h5"), .corrupt, "1132462080000 bytes of values")
  }

  @Test("memory is compared with what is needed before it is allocated")
  func memory() throws {
    expectLoadError(TestData.fixture("course.h5"), .tooLarge, "3 examples of 2×4×3 need", availableMemory: 95)
    // Beside 72 bytes of pixels, classes of 16 bytes while they are read, labels and quantities of 20.
    for (name, labels, bytes) in [
      ("course.h5", "3 numbers", 120), ("labels.h5", "6 numbers", 192), ("quantities.h5", "6 numbers", 192),
    ] {
      let path = TestData.fixture(name)
      expectLoadError(path, .tooLarge, "the labels of its examples, \(labels), need", availableMemory: bytes - 1)
      #expect(try LabelledSet.load(path: path, availableMemory: bytes).count == 3)
    }
  }

  @Test("a file cut short anywhere is an error")
  func truncations() throws {
    let bytes = try TestData.bytes(TestData.fixture("course.h5"))
    try withTemporaryFolder { folder in
      for count in stride(from: 0, to: bytes.count, by: 13) {
        let path = "\(folder)/cut-\(count).h5"
        try TestData.write(Array(bytes.prefix(count)), to: path)
        #expect(throws: DatasetError.self, "cut to \(count)") { try LabelledSet.load(path: path) }
      }
    }
  }

  @Test("a file with one bit flipped is read or refused, and never crashes", arguments: ["course.h5", "grey.h5"])
  func bitFlips(name: String) throws {
    let bytes = try TestData.bytes(TestData.fixture(name))
    try withTemporaryFolder { folder in
      let path = "\(folder)/flipped.h5"
      for bit in stride(from: 0, to: 8 * bytes.count, by: 67) {
        var damaged = bytes
        damaged[bit / 8] ^= 1 << (bit % 8)
        try TestData.write(damaged, to: path)
        if let set = try? LabelledSet.load(path: path) {
          #expect(set.pixels.count == set.count * (set.shape.valueCount ?? 0))
        }
      }
    }
  }

  @Test("a file that crashes libhdf5 is an error, and this process goes on")
  func crash() throws {
    // Found by changing bytes at random: libhdf5 1.10.8 follows a null pointer on it.
    var bytes = try TestData.bytes(TestData.fixture("course.h5"))
    for offset in 120..<128 { bytes[offset] = 255 }
    for (offset, value) in [(413, 207), (538, 255), (1624, 255), (1835, 153)] { bytes[offset] = UInt8(value) }
    try withTemporaryFolder { folder in
      try TestData.write(bytes, to: "\(folder)/crash.h5")
      expectLoadError("\(folder)/crash.h5", .corrupt, "crash.h5: the HDF5 file was cut short or damaged: libhdf5")
    }
    #expect(try LabelledSet.load(path: TestData.fixture("course.h5")).count == 3)
  }

  @Test("many threads read at once")
  func threads() async throws {
    let expected = try LabelledSet.load(path: TestData.fixture("gzip.h5"))
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<32 {
        group.addTask { try LabelledSet.load(path: TestData.fixture("gzip.h5")) == expected }
      }
      for try await isEqual in group { #expect(isEqual) }
    }
  }
}
