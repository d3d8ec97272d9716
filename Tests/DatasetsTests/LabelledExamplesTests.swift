import Datasets
import Foundation
import Images
import Testing

@Suite("Labelled examples, a few at a time")
struct LabelledExamplesTests {
  /// All batches put together: labels, and for each rule the pixels.
  private func all(_ examples: LabelledExamples) throws -> (labels: [Int], rows: [[UInt8]], batches: Int) {
    var (labels, rows, batches): ([Int], [[UInt8]], Int) = ([], [], 0)
    while let batch = try examples.next() {
      #expect(batch.first == labels.count)
      labels += batch.labels
      rows = rows.isEmpty ? batch.rows : zip(rows, batch.rows).map { $0 + $1 }
      batches += 1
    }
    return (labels, rows, batches)
  }

  private let small = try? ImageRule(height: 8, width: 8, channels: 1)
  private let other = try? ImageRule(height: 3, width: 5, channels: 3)

  @Test("they are those of the whole set, for each rule, whatever it is made of")
  func whole() throws {
    let rules = [try #require(small), try #require(other), try #require(small)]
    let digits = TestData.digits.path()
    for path in [digits, digits + "/t10k-images-idx3-ubyte.gz", TestData.fixture("course.h5")]
    where FileManager.default.fileExists(atPath: path) {
      let examples = try LabelledExamples(path: path, rules: rules)
      let (labels, rows, _) = try all(examples)
      #expect(rows.count == 3 && rows[0] == rows[2] && labels.count == examples.count)
      for (index, rule) in rules.enumerated() {
        let set = try LabelledSet.load(path: path, rule: rule)
        #expect(set.pixels == rows[index] && set.labels == labels && set.classNames == examples.classNames)
      }
      #expect(examples.file(of: 0) == nil)
      #expect(try examples.next() == nil)
    }
  }

  @Test("pictures of class folders come in batches that take no more memory than they must, with their files' names")
  func folders() throws {
    try withTemporaryFolder { folder in
      for (index, name) in ["b/1.png", "a/2.png", "a/1.png", "b/deep/3.png"].enumerated() {
        try TestData.write(TestData.png(width: 4, height: 4, value: UInt8(10 * index)), to: folder + "/" + name)
      }
      let rules = [try ImageRule(height: 1024, width: 1024, channels: 3), try #require(small)]
      let examples = try LabelledExamples(path: folder, rules: rules)
      let (labels, rows, batches) = try all(examples)
      #expect(batches == 4 && labels == [0, 0, 1, 1] && examples.classNames == ["a", "b"])
      let set = try LabelledSet.load(path: folder, rule: rules[1])
      #expect(set.pixels == rows[1] && set.labels == labels)
      #expect(set.names == (0..<4).compactMap { examples.file(of: $0) })
      #expect(examples.file(of: 4) == nil && examples.file(of: -1) == nil)

      try TestData.write([1, 2, 3], to: folder + "/b/bad.png")
      let bad = try LabelledExamples(path: folder, rules: [rules[1]])
      let error = #expect(throws: DatasetError.self) { while try bad.next() != nil {} }
      #expect(error?.code == .badImages && error?.message.contains("b/bad.png") == true)
    }
  }

  @Test("JPEG pictures have the same pixels as those of scoring, decoded in full or at a part of their size")
  func jpeg() throws {
    let pictures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "ImagesTests/Fixtures")
    let rules = try [ImageRule.JPEGDecoding.scaled, .full].flatMap { jpeg in
      try [
        ImageRule(height: 8, width: 8, channels: 3, filter: .bilinear, jpeg: jpeg),
        ImageRule(height: 30, width: 20, channels: 1, fit: .crop, jpeg: jpeg),
      ]
    }
    try withTemporaryFolder { folder in
      for (index, name) in ["420", "progressive", "grey", "cmyk", "turned6"].enumerated() {
        let bytes = try TestData.bytes(pictures.appending(path: "scaled-\(name).jpg").path())
        try TestData.write(bytes, to: folder + "/\(index % 2)/\(name).jpg")
      }
      let (_, rows, _) = try all(LabelledExamples(path: folder, rules: rules))
      for (index, rule) in rules.enumerated() {
        let set = try LabelledSet.load(path: folder, rule: rule)
        #expect(set.pixels == rows[index])
        let scored = try ScoringItems(path: folder).flatMap { item -> [UInt8] in
          guard case .image(let path) = item else { return [] }
          return try ImageDecoder().pixels(ofFile: path, rule: rule)
        }
        #expect(set.pixels == scored)
      }
      #expect(rows[0] != rows[2] && rows[1] != rows[3])
    }
  }

  @Test("memory for the labels is compared with what is needed before they are read")
  func memory() throws {
    let path = TestData.fixture("course.h5")
    let error = #expect(throws: DatasetError.self) { try LabelledExamples(path: path, rules: [], availableMemory: 47) }
    #expect(error?.code == .tooLarge)
    #expect(error?.message.hasPrefix("\(path): the labels of its examples, 3 numbers, need") == true)
    #expect(try LabelledExamples(path: path, rules: [], availableMemory: 48).count == 3)
  }

  @Test("what is no labelled set is refused as loading it would be")
  func refusals() throws {
    let rule = try #require(small)
    try withTemporaryFolder { folder in
      for path in [folder, folder + "/none", "/dev/null", #filePath] {
        let loading = #expect(throws: DatasetError.self) { try LabelledSet.load(path: path, rule: rule) }
        let error = #expect(throws: DatasetError.self) { try LabelledExamples(path: path, rules: [rule]) }
        #expect(error == loading)
      }
    }
  }
}
