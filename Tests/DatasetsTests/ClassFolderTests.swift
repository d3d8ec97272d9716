import Datasets
import Foundation
import Images
import Synchronization
import Testing

@Suite("Folders of classes")
struct ClassFolderTests {
  private let small = TestData.png(width: 3, height: 2, value: 10)

  @Test("classes and files are in the order of their names, hidden ones left out, nested ones included")
  func order() throws {
    try withTemporaryFolder { folder in
      for (name, value) in [("dog/b.PNG", 4), ("dog/a.png", 3), ("cat/z.png", 1), ("cat/nested/deeper/a.png", 0)] {
        try TestData.write(TestData.png(width: 3, height: 2, value: UInt8(value)), to: "\(folder)/\(name)")
      }
      try TestData.write([1], to: "\(folder)/cat/.hidden.png")
      try TestData.write([1], to: "\(folder)/.git/x.png")
      try TestData.write(Array("notes".utf8), to: "\(folder)/cat/notes.txt")
      let set = try LabelledSet.load(path: folder)
      #expect(set.classNames == ["cat", "dog"])
      #expect(set.labels == [0, 0, 1, 1])
      #expect(set.shape == ImageShape(height: 2, width: 3, channels: 1))
      #expect(set.pixels == [0, 1, 3, 4].flatMap { [UInt8](repeating: $0, count: 6) })
      #expect(
        set.names?.map { $0.dropFirst(folder.count).trimmingPrefix("/") } == [
          "cat/nested/deeper/a.png", "cat/z.png", "dog/a.png", "dog/b.PNG",
        ])
      #expect(try LabelledSet.load(path: folder + "/").pixels == set.pixels)
    }
  }

  @Test("differing sizes are an error that names two files with their sizes; a rule brings them to one")
  func sizes() throws {
    try withTemporaryFolder { folder in
      try TestData.write(small, to: "\(folder)/a/1.png")
      try TestData.write(TestData.png(width: 2, height: 3, value: 20), to: "\(folder)/b/2.png")
      expectLoadError(folder, .sizeMismatch, "a/1.png is 3×2", "b/2.png is 2×3", "Give a size")
      let set = try LabelledSet.load(path: folder, rule: ImageRule(height: 1, width: 1, channels: 3))
      #expect(set.pixels == [10, 10, 10, 20, 20, 20])
      #expect(set.classNames == ["a", "b"])
    }
  }

  @Test("every bad picture is named, up to ten, and nothing is loaded")
  func badPictures() throws {
    try withTemporaryFolder { folder in
      try TestData.write(small, to: "\(folder)/a/good.png")
      for index in 10..<22 { try TestData.write(Array(small.dropLast(20)), to: "\(folder)/a/bad\(index).png") }
      try TestData.write(Array("GIF89a".utf8), to: "\(folder)/b/old.gif")
      let rule = try ImageRule(height: 2, width: 3, channels: 1)
      expectLoadError(folder, .badImages, "13 of 14 pictures", "bad10.png: ", "bad19.png: ", "and 3 more", rule: rule)
      expectLoadError(folder, .badImages, "1 of 14 pictures", "old.gif: is a GIF picture")
    }
  }

  @Test("folders that are arranged otherwise are errors that say what was expected")
  func layouts() throws {
    try withTemporaryFolder { folder in
      expectLoadError(folder, .empty, "is an empty folder", "one sub-folder")
      try TestData.write(small, to: "\(folder)/loose/1.png")
      expectLoadError("\(folder)/loose", .layout, "holds pictures directly (such as \(folder)", "loose/1.png")
      try FileManager.default.createDirectory(atPath: "\(folder)/none", withIntermediateDirectories: true)
      expectLoadError(folder, .empty, "none: no .png, .jpg, .jpeg or .jfif files in this class folder")
      try TestData.write(small, to: "\(folder)/parts/train/cat/1.png")
      try TestData.write(small, to: "\(folder)/parts/test/cat/1.png")
      expectLoadError("\(folder)/parts", .layout, "are parts of a dataset, not classes")
      expectLoadError("\(folder)/missing", .notFound, "missing: no such file or folder")
      expectLoadError("/dev/null", .unreadable, "pipe or device")
      #expect(try LabelledSet.load(path: "\(folder)/parts/train").classNames == ["cat"])
    }
  }

  @Test("a Git LFS pointer named .h5, a picture and a text file are called what they are")
  func otherFiles() throws {
    try withTemporaryFolder { folder in
      let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
      try TestData.write(Array(pointer.utf8), to: "\(folder)/train.h5")
      expectLoadError(
        "\(folder)/train.h5", .unsupportedFormat, "is a Git LFS pointer, not the file itself", "`git lfs pull`")
      try TestData.write(small, to: "\(folder)/cat.png")
      expectLoadError("\(folder)/cat.png", .unsupportedFormat, "is a PNG picture, expected a folder")
      try TestData.write([], to: "\(folder)/empty.h5")
      expectLoadError("\(folder)/empty.h5", .empty, "is an empty file")
    }
  }

  @Test("memory is compared with what is needed before it is allocated")
  func memory() throws {
    try withTemporaryFolder { folder in
      try TestData.write(small, to: "\(folder)/a/1.png")
      let rule = try ImageRule(height: 16_384, width: 16_384, channels: 3)
      expectLoadError(
        folder, .tooLarge, "1 examples of 16384×16384×3 need 769 MiB", rule: rule, availableMemory: 1 << 20)
    }
  }

  @Test("progress counts every picture once and ends with all")
  func progress() throws {
    try withTemporaryFolder { folder in
      for index in 0..<20 { try TestData.write(small, to: "\(folder)/a/\(index).png") }
      let calls = Mutex([Int]())
      _ = try LabelledSet.load(path: folder) { done, total in
        #expect(total == 20)
        calls.withLock { $0.append(done) }
      }
      #expect(calls.withLock { $0 } == Array(1...20))
    }
  }

  @Test("a link back to a folder above does not go round for ever")
  func loops() throws {
    try withTemporaryFolder { folder in
      try TestData.write(small, to: "\(folder)/a/1.png")
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/a/loop", withDestinationPath: "\(folder)/a")
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/a/2.png", withDestinationPath: "\(folder)/a/1.png")
      #expect(try LabelledSet.load(path: folder).count == 2)
    }
  }

  @Test("a folder that links lead to in many ways is listed once")
  func manyWays() throws {
    try withTemporaryFolder { folder in
      try TestData.write(small, to: "\(folder)/a/1.png")
      try TestData.write(small, to: "\(folder)/a/d0/2.png")
      // Two links from each to the next: 2³⁰ ways to the last.
      for depth in 0..<30 {
        let next = "\(folder)/a/d\(depth + 1)"
        try FileManager.default.createDirectory(atPath: next, withIntermediateDirectories: true)
        for name in ["x", "y"] {
          try FileManager.default.createSymbolicLink(
            atPath: "\(folder)/a/d\(depth)/\(name)", withDestinationPath: next)
        }
      }
      #expect(try LabelledSet.load(path: folder).count == 2)
    }
  }
}
