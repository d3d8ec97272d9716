import Foundation
import Images

/// The pictures and expected values beside the tests, made by `Fixtures/make_fixtures.py` with Pillow.
enum Fixtures {
  struct Expected {
    let shape: ImageShape
    let pixels: [UInt8]
  }

  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

  static func path(_ name: String) -> String { folder.appending(path: name).path() }

  static func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appending(path: name))) }

  static func index() throws -> [String: [Int]] {
    try JSONDecoder().decode([String: [Int]].self, from: Data(try bytes("index.json")))
  }

  static func expected(_ name: String) throws -> Expected {
    guard let entry = try index()[name] else { throw CocoaError(.fileNoSuchFile) }
    let shape = ImageShape(height: entry[0], width: entry[1], channels: entry[2])
    let all = try bytes("expected.bin")
    return Expected(shape: shape, pixels: Array(all[entry[3]..<(entry[3] + entry[0] * entry[1] * entry[2])]))
  }

  static func names(ending: String) -> [String] {
    ((try? index()) ?? [:]).keys.filter { $0.hasSuffix(ending) }.sorted()
  }

  static func largestDifference(_ one: [UInt8], _ other: [UInt8]) -> Int {
    one.count == other.count ? zip(one, other).map { abs(Int($0) - Int($1)) }.max() ?? 0 : 256
  }
}

/// A folder that is there for one test.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "nnscore-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path())
}
