import Datasets
import Foundation
import Images
import Testing

@Suite("IDX files")
struct IDXTests {
  private func write(_ folder: String, images: [UInt8], labels: [UInt8]?, suffix: String = "") throws -> String {
    let path = "\(folder)/train-images-idx3-ubyte\(suffix)"
    try TestData.write(images, to: path)
    if let labels { try TestData.write(labels, to: "\(folder)/train-labels-idx1-ubyte\(suffix)") }
    return path
  }

  @Test("the shipped digits: 1,437 to train on, 360 to test on, 8×8 grey, ten classes")
  func digits() throws {
    let training = try LabelledSet.load(path: TestData.digits.path())
    let test = try LabelledSet.load(path: TestData.digits.appending(path: "t10k-images-idx3-ubyte.gz").path())
    for (set, count) in [(training, 1437), (test, 360)] {
      #expect(set.count == count)
      #expect(set.shape == ImageShape(height: 8, width: 8, channels: 1))
      #expect(set.classNames == (0...9).map(String.init))
      #expect(Set(set.labels) == Set(0...9))
    }
    #expect(training.fingerprint != test.fingerprint)
  }

  @Test("each sample picture of the digits is the IDX row with its label")
  func samples() throws {
    let test = try LabelledSet.load(path: TestData.digits.appending(path: "t10k-images-idx3-ubyte.gz").path())
    let rows = (0..<test.count).map { Array(test.pixels[($0 * 64)..<(($0 + 1) * 64)]) }
    var found = 0
    for case .image(let path) in ScoringItems(path: TestData.digits.appending(path: "samples").path()) {
      let pixels = try ImageDecoder().pixels(ofFile: path, rule: ImageRule(height: 8, width: 8, channels: 1))
      let name = try #require(path.split(separator: "/").last)
      let label = try #require(Int(name.prefix(1)))
      #expect(rows.indices.contains { rows[$0] == pixels && test.labels[$0] == label }, "\(path)")
      found += 1
    }
    #expect(found == 30)
  }

  @Test("with channels, without gzip, and labels packed otherwise than the images")
  func variants() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/my-images-idx4-ubyte"
      try TestData.write(TestData.idx([2, 1, 2, 3], Array(1...12)), to: path)
      try TestData.write(TestData.idx([2], [0, 2]), to: "\(folder)/my-labels-idx1-ubyte")
      let set = try LabelledSet.load(path: path)
      #expect(set.shape == ImageShape(height: 1, width: 2, channels: 3))
      #expect(set.pixels == Array(1...12))
      #expect(set.labels == [0, 2])
      #expect(set.classNames == ["0", "1", "2"])
      #expect(try LabelledSet.load(path: folder) == set)
    }
  }

  @Test("dimensions, types and counts that do not fit are errors with both numbers")
  func mismatches() throws {
    let images = TestData.idx([2, 2, 2], Array(0..<8))
    let labels = TestData.idx([2], [0, 1])
    for (badImages, badLabels, code, words) in [
      (
        TestData.idx([3, 2, 2], Array(0..<8)), labels, DatasetError.Code.corrupt,
        "3×2×2, which needs 12 bytes after the header, found 8"
      ),
      (images + [0], labels, .corrupt, "2×2×2, which needs 8 bytes after the header, found 9"),
      (TestData.idx([2, 2, 2], Array(0..<8), type: 0x0D), labels, .layout, "IDX type 0x0D, expected 0x08"),
      (TestData.idx([2, 4], Array(0..<8)), labels, .layout, "2×4, expected examples×height×width"),
      (TestData.idx([1, 2, 2, 2], Array(0..<8)), labels, .layout, "with 1 or 3 channels"),
      (TestData.idx([0, 2, 2], []), labels, .empty, "0×2×2"),
      (TestData.idx([.max, .max, .max], [1, 2, 3]), labels, .corrupt, "4294967295×4294967295×4294967295"),
      (images, TestData.idx([3], [0, 1, 2]), .layout, "dimensions are 3, expected 2"),
      (images, TestData.idx([2, 1], [0, 1]), .layout, "dimensions are 2×1, expected 2"),
      (images, TestData.idx([2], [0]), .corrupt, "needs 2 bytes after the header, found 1"),
      (images, Array("label\n0\n".utf8), .unsupportedFormat, "is a text file, expected an IDX file"),
    ] {
      try withTemporaryFolder { folder in
        expectLoadError(try write(folder, images: badImages, labels: badLabels), code, words)
      }
    }
    try withTemporaryFolder { folder in
      expectLoadError(
        try write(folder, images: images, labels: nil), .notFound,
        "train-labels-idx1-ubyte or train-labels-idx1-ubyte.gz")
      try TestData.write(images, to: "\(folder)/pictures.idx")
      expectLoadError("\(folder)/pictures.idx", .layout, "must contain \"images\"")
    }
  }

  @Test("a file cut short at any byte is an error, packed or not")
  func truncations() throws {
    let plain = TestData.idx([2, 2, 2], Array(0..<8))
    let packed = try TestData.bytes(TestData.digits.appending(path: "t10k-images-idx3-ubyte.gz").path())
    let labels = try TestData.bytes(TestData.digits.appending(path: "t10k-labels-idx1-ubyte.gz").path())
    try withTemporaryFolder { folder in
      for count in 0..<plain.count {
        let path = try write(folder, images: Array(plain.prefix(count)), labels: TestData.idx([2], [0, 1]))
        #expect(throws: DatasetError.self, "cut to \(count)") { try LabelledSet.load(path: path) }
      }
      for count in Array(stride(from: 0, to: packed.count, by: 97)) + Array((packed.count - 20)..<packed.count) {
        let path = try write(folder, images: Array(packed.prefix(count)), labels: labels, suffix: ".gz")
        #expect(throws: DatasetError.self, "cut to \(count)") { try LabelledSet.load(path: path) }
      }
    }
  }

  @Test("damage inside a gzip stream is found by its checksum")
  func checksum() throws {
    let labels = try TestData.bytes(TestData.digits.appending(path: "t10k-labels-idx1-ubyte.gz").path())
    var packed = try TestData.bytes(TestData.digits.appending(path: "t10k-images-idx3-ubyte.gz").path())
    packed[packed.count - 6] ^= 1
    try withTemporaryFolder { folder in
      let path = try write(folder, images: packed, labels: labels, suffix: ".gz")
      expectLoadError(path, .corrupt, "gzip stream is damaged")
    }
  }

  @Test("gzip that unpacks to more or less than the header says is an error")
  func wrongLength() throws {
    // Made with Python: gzip.compress(idx, mtime=0) of [2, 2, 2] with 9 values, of [300000, 1000, 1000] with 4.
    let labels = TestData.idx([2], [0, 1])
    let stored = { (bytes: [UInt8]) -> [UInt8] in
      var crc: UInt32 = .max
      for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ 0xEDB8_8320 }
      }
      let little = { (value: UInt32) in (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) } }
      let length = UInt16(bytes.count)
      return [
        0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 1, UInt8(length & 255), UInt8(length >> 8), UInt8(~length & 255),
        UInt8(~length >> 8),
      ]
        + bytes + little(~crc) + little(UInt32(bytes.count))
    }
    try withTemporaryFolder { folder in
      let more = try write(folder, images: stored(TestData.idx([2, 2, 2], Array(0..<9))), labels: labels)
      expectLoadError(more, .corrupt, "bytes are left over after the 2 examples")
      let fewer = try write(folder, images: stored(TestData.idx([2, 2, 2], Array(0..<7))), labels: labels)
      expectLoadError(fewer, .corrupt, "ends within example 1 of 2")
      let huge = try write(folder, images: stored(TestData.idx([300_000, 1000, 1000], Array(0..<4))), labels: labels)
      expectLoadError(huge, .corrupt, "300000×1000×1000", "packed bytes cannot hold them")
      let right = try write(folder, images: stored(TestData.idx([2, 2, 2], Array(0..<8))), labels: labels)
      #expect(try LabelledSet.load(path: right).pixels == Array(0..<8))
    }
  }

  @Test("rows come in chunks, each with its index and all of them once")
  func rows() throws {
    let path = TestData.digits.appending(path: "t10k-images-idx3-ubyte.gz").path()
    let all = try LabelledSet.load(path: path).pixels
    let reader = try RowReader(path: path)
    #expect(reader.count == 360)
    var read = [UInt8]()
    while true {
      let chunk = try reader.next(upTo: 7)
      if chunk.isEmpty { break }
      read += chunk
    }
    #expect(read == all)
    #expect(reader.position == 360)

    var index = 0
    for item in ScoringItems(path: path) {
      #expect(
        item
          == .row(
            path: path, index: index, pixels: Array(all[(index * 64)..<(index * 64 + 64)]),
            shape: ImageShape(height: 8, width: 8, channels: 1)))
      index += 1
    }
    #expect(index == 360)
  }
}
