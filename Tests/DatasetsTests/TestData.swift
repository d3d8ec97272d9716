import Datasets
import Foundation
import Images
import Testing

/// Where the tests find their data.
enum TestData {
  private static let tests = URL(filePath: #filePath).deletingLastPathComponent()

  /// A small HDF5 file made by `Fixtures/make_fixtures.py`.
  static func fixture(_ name: String) -> String { tests.appending(path: "Fixtures").appending(path: name).path() }

  /// The digits that the repository ships.
  static let digits = tests.deletingLastPathComponent().deletingLastPathComponent().appending(path: "Examples/digits")

  /// A folder with the cat pictures and MNIST, which are not in the repository; nil where the variable is not set.
  static let large = ProcessInfo.processInfo.environment["NNSCORE_TEST_DATA"]

  static func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

  static func write(_ bytes: [UInt8], to path: String) throws {
    let url = URL(filePath: path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  /// An IDX file of unsigned bytes.
  static func idx(_ extents: [UInt32], _ values: [UInt8], type: UInt8 = 8) -> [UInt8] {
    [0, 0, type, UInt8(extents.count)]
      + extents.flatMap { extent in (0..<4).map { UInt8(truncatingIfNeeded: extent >> UInt32(24 - 8 * $0)) } } + values
  }

  /// An 8-bit PNG file of one grey value, of any size, its image data stored without compression.
  static func png(width: Int, height: Int, value: UInt8) -> [UInt8] {
    func bigEndian(_ number: UInt32) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * $0)) }
    }
    func checksum(_ bytes: [UInt8]) -> UInt32 {
      var remainder: UInt32 = .max
      for byte in bytes {
        remainder ^= UInt32(byte)
        for _ in 0..<8 { remainder = remainder & 1 == 0 ? remainder >> 1 : remainder >> 1 ^ 0xEDB8_8320 }
      }
      return ~remainder
    }
    func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
      bigEndian(UInt32(data.count)) + Array(type.utf8) + data + bigEndian(checksum(Array(type.utf8) + data))
    }
    let row = [0] + [UInt8](repeating: value, count: width)
    let rows = [UInt8]((0..<height).map { _ in row }.joined())
    var sums: (UInt32, UInt32) = (1, 0)
    for byte in rows {
      sums.0 = (sums.0 + UInt32(byte)) % 65521
      sums.1 = (sums.1 + sums.0) % 65521
    }
    let length = UInt16(rows.count)
    let stored =
      [0x78, 0x01, 0x01] + [UInt8(length & 255), UInt8(length >> 8), UInt8(~length & 255), UInt8(~length >> 8)] + rows
      + bigEndian(sums.1 << 16 | sums.0)
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + chunk("IHDR", bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, 0, 0, 0, 0])
      + chunk("IDAT", stored) + chunk("IEND", [])
  }
}

/// A folder that is there for one test.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "nnscore-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path())
}

/// Expects loading to fail with a code and every one of some words.
func expectLoadError(
  _ path: String, _ code: DatasetError.Code, _ words: String..., rule: ImageRule? = nil, availableMemory: Int? = nil,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let error = #expect(throws: DatasetError.self, sourceLocation: sourceLocation) {
    try LabelledSet.load(path: path, rule: rule, availableMemory: availableMemory)
  }
  #expect(error?.code == code, "\(error?.message ?? "")", sourceLocation: sourceLocation)
  for word in words {
    #expect(error?.message.contains(word) == true, "\(error?.message ?? "")", sourceLocation: sourceLocation)
  }
}
