import Datasets
import Foundation
import Images
import Testing

@Suite("Manifests of labels and quantities")
struct LabelManifestTests {
  private static let pictures = ["a.png", "deep/b.png", "c, d.png"]

  /// A folder of three pictures with the manifest that is given.
  private func with<Result>(_ manifest: String, _ body: (String) throws -> Result) throws -> Result {
    try withTemporaryFolder { folder in
      for (index, name) in Self.pictures.enumerated() {
        try TestData.write(TestData.png(width: 2, height: 1, value: UInt8(index)), to: "\(folder)/\(name)")
      }
      try TestData.write(Array(manifest.utf8), to: "\(folder)/labels.csv")
      return try body(folder)
    }
  }

  @Test("where all numbers are 0 or 1 they are labels, in the order of the lines")
  func labels() throws {
    let text = "file,sea,sand\r\n\"c, d.png\",1,0\r\na.png, 0 ,1.0\r\n"
    try with(text) { folder in
      for path in [folder, folder + "/", folder + "/labels.csv"] {
        let set = try LabelledSet.load(path: path)
        #expect(set.targets == .labels([1, 0, 0, 1]) && set.targets.kind == .labels)
        #expect(set.classNames == ["sea", "sand"] && set.count == 2 && set.labels.isEmpty)
        #expect(set.pixels == [2, 2, 0, 0])
        #expect(set.names?.map { $0.dropFirst(folder.count).trimmingPrefix("/") } == ["c, d.png", "a.png"])
      }
      #expect(try LabelledSet.load(path: folder, kind: .quantities).targets == .quantities([1, 0, 0, 1]))
    }
  }

  @Test("other numbers are quantities; a byte order mark, quotes and empty lines are taken")
  func quantities() throws {
    try with("\u{FEFF}file,\"the \"\"age\"\"\"\na.png,-2.5\n\ndeep/b.png,1e3") { folder in
      let set = try LabelledSet.load(path: folder)
      #expect(set.targets == .quantities([-2.5, 1000]) && set.classNames == ["the \"age\""])
    }
  }

  @Test("columns are matched by name, and their order does not show in the fingerprint")
  func order() throws {
    let first = try with("file,x,y\na.png,1,2\ndeep/b.png,3,4\n") { try LabelledSet.load(path: $0) }
    let other = try with("file,y,x\na.png,2,1\ndeep/b.png,4,3\n") { try LabelledSet.load(path: $0) }
    let changed = try with("file,y,x\na.png,2,1\ndeep/b.png,4,3.5\n") { try LabelledSet.load(path: $0) }
    #expect(first.fingerprint == other.fingerprint && first.fingerprint != changed.fingerprint)
    #expect(try other.relabelled(to: ["x", "y"]).targets == first.targets)
    for names in [["x"], ["x", "z"], ["x", "y", "z"]] {
      let error = #expect(throws: DatasetError.self) { try first.relabelled(to: names) }
      #expect(error?.code == .unknownClass)
    }
  }

  @Test("labels and quantities of the same numbers have fingerprints of their own; -0 is 0")
  func fingerprint() throws {
    let shape = ImageShape(height: 1, width: 1, channels: 1)
    func fingerprint(_ targets: LabelledSet.Targets) throws -> String {
      try LabelledSet(shape: shape, pixels: [1, 2], targets: targets, classNames: ["a"]).fingerprint
    }
    let prints = try [.classes([0, 0]), .labels([0, 0]), .quantities([0, 0]), .quantities([0, 1])].map(fingerprint)
    #expect(Set(prints).count == 4)
    #expect(try fingerprint(.quantities([-0.0, 0])) == prints[2])
  }

  @Test(
    "each bad line is an error with file, line and column, what was expected and what to do",
    arguments: [
      ("", .empty, "is empty, expected a first line file,NAME"),
      ("file,x\n", .empty, "has no lines after the first"),
      ("path,x\na.png,1", .layout, "line 1: is \"path\", \"x\", expected the names of the columns"),
      ("file\na.png", .layout, "line 1: is \"file\", expected the names of the columns"),
      ("file,x,\na.png,1,1", .layout, "line 1: column 3 has no name"),
      ("file,x,x\na.png,1,1", .layout, "line 1: column 3 has the name \"x\", as another has"),
      ("file,x,y\na.png,1", .layout, "line 2: has 2 cells, expected 3: file, \"x\", \"y\""),
      ("file,x\n\na.png,1\ndeep/b.png,much", .layout, "line 4: column \"x\": \"much\", expected a number"),
      ("file,x\na.png,", .layout, "line 2: column \"x\": is empty, expected a number"),
      ("file,x\na.png,nan", .layout, "line 2: column \"x\": \"nan\", expected a number"),
      ("file,x\na.png,1e99", .layout, "line 2: column \"x\": \"1e99\", expected a number"),
      ("file,x\nz.png,1", .layout, "line 2, column \"file\": z.png: is no file below the folder"),
      ("file,x\ndeep,1", .layout, "line 2, column \"file\": deep: is no file below the folder"),
      ("file,x\n../a.png,1", .layout, "line 2: column \"file\": \"../a.png\" is not a path below the folder"),
      ("file,x\n/a.png,1", .layout, "line 2: column \"file\": \"/a.png\" is not a path below the folder"),
      ("file,x\na.png,1\na.png,0", .layout, "line 3, column \"file\": a.png: stands in line 2 too"),
      ("file,x\n\"a.png,1\nb,1", .layout, "line 2: a cell begins with a quote and has none at its end"),
      ("file,x\n\"a.png\"x,1", .layout, "line 2: has text behind a closing quote"),
      ("file,x\nlabels.csv,1", .badImages, "1 of 1 pictures cannot be read"),
    ] as [(String, DatasetError.Code, String)])
  func errors(_ example: (text: String, code: DatasetError.Code, words: String)) throws {
    try with(example.text) { expectLoadError($0, example.code, "labels.csv", example.words) }
  }

  @Test("labels that must be labels are 0 or 1, and classes have no manifest")
  func kinds() throws {
    try with("file,x\na.png,1\ndeep/b.png,2") { folder in
      let error = #expect(throws: DatasetError.self) { try LabelledSet.load(path: folder, kind: .labels) }
      #expect(error?.message.contains("line 3: column \"x\": \"2\", expected 0 or 1. Correct it") == true)
      let other = #expect(throws: DatasetError.self) { try LabelledSet.load(path: folder, kind: .classes) }
      #expect(other?.message.contains("has labels or quantities for each picture, expected one class each") == true)
      let third = #expect(throws: DatasetError.self) { try LabelledExamples(path: folder, rules: []) }
      #expect(third?.code == .layout)
    }
    try withTemporaryFolder { folder in
      try TestData.write(TestData.png(width: 1, height: 1, value: 0), to: "\(folder)/a/1.png")
      let error = #expect(throws: DatasetError.self) { try LabelledSet.load(path: folder, kind: .labels) }
      #expect(error?.message.contains("has no labels.csv, expected one with a line for each picture") == true)
    }
    let digits = #expect(throws: DatasetError.self) {
      try LabelledSet.load(path: TestData.digits.path(), kind: .quantities)
    }
    #expect(digits?.message.contains("has a class for each, expected quantities") == true)
  }

  @Test("a line that is not UTF-8 is an error")
  func notText() throws {
    try withTemporaryFolder { folder in
      try TestData.write(Array("file,x\n".utf8) + [0xFF, 0x2C, 0x31], to: "\(folder)/labels.csv")
      expectLoadError(folder, .layout, "line 2: column 1: is not text in UTF-8")
    }
  }

  @Test("an HDF5 file has a table of labels, or one or several quantities")
  func hdf5() throws {
    let labels = try LabelledSet.load(path: TestData.fixture("labels.h5"))
    #expect(labels.targets == .labels([1, 0, 0, 0, 1, 1]) && labels.classNames == ["sea", "sand"])
    #expect(try labels.pixels == LabelledSet.load(path: TestData.fixture("course.h5")).pixels && labels.count == 3)
    let several = try LabelledSet.load(path: TestData.fixture("quantities.h5"))
    #expect(several.targets == .quantities([0.5, -2, 1000, 0.25, 0, 3]) && several.classNames == ["0", "1"])
    let one = try LabelledSet.load(path: TestData.fixture("quantity.h5"))
    #expect(one.targets == .quantities([0.5, 1000, 0]) && one.classNames == ["age"])
    #expect(try LabelledSet.load(path: TestData.fixture("labels.h5"), kind: .quantities).targets.kind == .quantities)
  }

  @Test("what is wrong in an HDF5 file is an error with its row and column")
  func wrongHDF5() {
    for (name, words) in [
      ("wrong-label-cell.h5", "train_set_y has 2 in row 0, column 0, expected 0 or 1. Correct it"),
      ("wrong-quantity-cell.h5", "train_set_y has nan in row 1, column 0, expected a finite number of 32 bits"),
      ("wrong-column-names.h5", "list_classes has 3 names, expected 2, one for each column of train_set_y"),
    ] { expectLoadError(TestData.fixture(name), .layout, TestData.fixture(name), words) }
    let error = #expect(throws: DatasetError.self) {
      try LabelledSet.load(path: TestData.fixture("labels.h5"), kind: .classes)
    }
    #expect(error?.message.contains("train_set_y is uint8 [3×2], expected integers [3]") == true)
    let other = #expect(throws: DatasetError.self) {
      try LabelledSet.load(path: TestData.fixture("quantity.h5"), kind: .labels)
    }
    #expect(other?.message.contains("train_set_y has 0.5 in row 0, column 0, expected 0 or 1") == true)
  }
}
