import Datasets
import Foundation
import Images
import Testing

@Suite("What there is to score")
struct ScoringItemsTests {
  private func text(_ item: ScoringItem, below folder: String) -> String {
    switch item {
    case .image(let path): String(path.dropFirst(folder.count).trimmingPrefix("/"))
    case .row(_, let index, _, _): "row \(index)"
    case .failure(_, let error): "\(error.code)"
    }
  }

  @Test("a folder gives its pictures at any depth, in order, those of kinds that are not read too, and nothing else")
  func folder() throws {
    try withTemporaryFolder { folder in
      for name in [
        "b.JPG", "a/2.jpeg", "a/10.png", "c.Png", "e.jfif", "notes.txt", "png", ".x.png", "z.gif", "d.png.bak",
        "y.HEIC",
      ] {
        try TestData.write([1], to: "\(folder)/\(name)")
      }
      let items = ScoringItems(path: folder).map { text($0, below: folder) }
      #expect(items == ["a/10.png", "a/2.jpeg", "b.JPG", "c.Png", "e.jfif", "y.HEIC", "z.gif"])
    }
  }

  @Test("a failure is an item, and what comes after it still comes")
  func failures() throws {
    try withTemporaryFolder { folder in
      let picture = TestData.png(width: 1, height: 1, value: 0)
      try TestData.write(picture, to: "\(folder)/no-extension")
      try TestData.write(Array("hello".utf8), to: "\(folder)/notes.txt")
      try TestData.write(Array("GIF89a".utf8), to: "\(folder)/old.gif")
      try TestData.write(TestData.idx([2, 1, 1], [7]), to: "\(folder)/short-images-idx3-ubyte")
      try TestData.write(TestData.idx([2, 1, 1], [7, 8]), to: "\(folder)/images-idx3-ubyte")
      try FileManager.default.createDirectory(atPath: "\(folder)/empty", withIntermediateDirectories: true)
      let paths = [
        "none.png", "no-extension", "notes.txt", "old.gif", "short-images-idx3-ubyte", "images-idx3-ubyte", "empty",
      ]
      let items = ScoringItems(paths: paths.map { "\(folder)/\($0)" }).map { text($0, below: folder) }
      #expect(
        items == [
          "notFound", "no-extension", "unsupportedFormat", "old.gif", "corrupt", "row 0", "row 1", "empty",
        ])
    }
  }

  @Test("damage in the middle of a packed file comes after the rows before it, as one failure")
  func damagedRows() throws {
    let packed = try TestData.bytes(TestData.digits.appending(path: "train-images-idx3-ubyte.gz").path())
    try withTemporaryFolder { folder in
      let path = "\(folder)/train-images-idx3-ubyte.gz"
      try TestData.write(Array(packed.dropLast(100)), to: path)
      let items = Array(ScoringItems(path: path))
      guard case .failure(_, let error) = items.last else {
        Issue.record("expected a failure at the end")
        return
      }
      #expect(error.code == .corrupt)
      #expect(items.filter { if case .failure = $0 { true } else { false } }.count == 1)
    }
  }

  @Test("HDF5 rows come with their shape")
  func hdf5() throws {
    let items = Array(ScoringItems(path: TestData.fixture("course.h5")))
    #expect(items.count == 3)
    guard case .row(_, 2, let pixels, let shape) = items.last else {
      Issue.record("expected row 2")
      return
    }
    #expect(shape == ImageShape(height: 2, width: 4, channels: 3))
    #expect(pixels == (48..<72).map { UInt8($0 * 7 % 256) })
  }

  @Test("what is at hand comes without waiting for the next path: rows of a file, then nothing")
  func atHand() throws {
    var isPathAtHand = true
    let items = ScoringItems(paths: [TestData.fixture("course.h5"), "nowhere.png"]) { isPathAtHand }
    #expect(items.nextAtHand() != nil)
    isPathAtHand = false
    #expect(items.nextAtHand() != nil && items.nextAtHand() != nil)
    #expect(items.nextAtHand() == nil)
    isPathAtHand = true
    guard case .failure(let path, _) = items.nextAtHand() else {
      Issue.record("expected the path that is not there")
      return
    }
    #expect(path == "nowhere.png")
    #expect(items.nextAtHand() == nil && items.next() == nil)
  }

  @Test("paths are asked for only as they are needed")
  func lazyPaths() throws {
    var asked = 0
    let items = ScoringItems(
      paths: AnySequence(
        sequence(first: TestData.fixture("course.h5")) { path in
          asked += 1
          return path
        }))
    for row in 0..<3 {
      guard case .row(_, let index, _, _)? = items.next() else {
        Issue.record("expected row \(row)")
        return
      }
      #expect(index == row)
    }
    #expect(asked <= 1)
  }
}
