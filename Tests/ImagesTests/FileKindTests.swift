import Foundation
import Images
import Testing

@Suite("What a file is")
struct FileKindTests {
  private static let lfsPointer = """
    version https://git-lfs.github.com/spec/v1
    oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
    size 12345

    """

  private static func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }

  static let examples: [(bytes: [UInt8], kind: FileKind)] = [
    ([], .empty),
    ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0], .png),
    ([0xFF, 0xD8, 0xFF, 0xE0], .jpeg),
    (ascii("GIF89a\u{1}\0"), .gif),
    (ascii("RIFF\u{1}\0\0\0WEBPVP8 "), .webp),
    (ascii("BM\u{1}\0\0\0\0\0\0\0"), .bmp),
    (ascii("BMW is a make of cars"), .text),
    ([0x49, 0x49, 0x2A, 0, 8], .tiff),
    ([0, 0, 0, 24] + ascii("ftypheic"), .heif),
    ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], .hdf5),
    ([UInt8](repeating: 0, count: 512) + [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], .hdf5),
    ([0, 0, 8, 3, 0, 0, 0, 1], .idx),
    ([0x93] + ascii("NUMPY"), .numpy),
    ([0x1F, 0x8B, 8], .gzip),
    ([0x50, 0x4B, 3, 4], .zip),
    (ascii("%PDF-1.7"), .pdf),
    (ascii("SQLite format 3\0"), .sqlite),
    (ascii(lfsPointer), .gitLFSPointer),
    (ascii("\n<!DOCTYPE html><html>"), .html),
    (ascii("label,path\n0,a.png\n"), .text),
    (ascii("Käse"), .text),
    (ascii("Käse").dropLast(3) + [], .text),
    ([1, 2, 3, 4], .unknown),
    ([0xFF, 0xFE, 0x41, 0x42], .unknown),
  ]

  @Test("each kind is told by its first bytes", arguments: examples.indices)
  func recognise(index: Int) {
    let example = Self.examples[index]
    #expect(FileKind.recognise(example.bytes) == example.kind)
  }

  @Test("every kind has a description, and any two differ")
  func descriptions() {
    #expect(Set(FileKind.allCases.map(\.description)).count == FileKind.allCases.count)
  }

  @Test("a Git LFS pointer named .jpg is called that, with the way to fetch the picture")
  func gitLFSPointer() {
    let error = #expect(throws: ImageError.self) {
      try ImageDecoder().decode(Array(Self.lfsPointer.utf8), name: "cat.jpg")
    }
    #expect(error?.code == .notAnImage)
    #expect(
      error?.message == "cat.jpg: is a Git LFS pointer, not the file itself, expected a PNG or JPEG picture. "
        + "Fetch the file itself with `git lfs pull`.")
  }

  @Test(
    "other formats, web pages and empty files are named",
    arguments: [
      ("a.png", Array("GIF89a".utf8), ImageError.Code.unsupportedFormat, "a GIF picture"),
      ("b.jpg", Array("<html><body>Sign in".utf8), .notAnImage, "a web page"),
      ("c.png", [], .empty, "an empty file"),
      ("d.png", Array("hello".utf8), .notAnImage, "a text file"),
    ])
  func otherKinds(name: String, bytes: [UInt8], code: ImageError.Code, words: String) {
    let error = #expect(throws: ImageError.self) { try ImageDecoder().decode(bytes, name: name) }
    #expect(error?.code == code)
    #expect(error?.message.hasPrefix("\(name): is \(words)") == true)
  }

  @Test("the format is decided by the bytes, not by the name")
  func wrongExtension() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/actually-a-jpeg.png"
      try Data(try Fixtures.bytes("grey.jpg")).write(to: URL(filePath: path))
      #expect(try ImageDecoder().decode(file: path).channels == 1)
      #expect(try ImageDecoder().shape(ofFile: path).channels == 1)
    }
  }

  @Test("paths that lead nowhere, to a folder or to a device are errors with the path")
  func paths() throws {
    try withTemporaryFolder { folder in
      for (path, code) in [
        (folder + "/none.png", ImageError.Code.notFound), (folder, .unreadable), ("/dev/null", .unreadable),
        ("", .notFound), ("a\0b", .notFound),
      ] {
        let error = #expect(throws: ImageError.self) { try ImageDecoder().decode(file: path) }
        #expect(error?.code == code, "\(path)")
        #expect(error?.message.hasPrefix(path) == true)
      }
    }
  }
}
