import Foundation
import Inference
import ModelStore
import Testing

/// Safetensors files of other programs as versions.
@Suite struct ImportedFileTests {
  private let scratch: Scratch
  private let path: String

  init() throws {
    scratch = try Scratch()
    path = scratch.path("other.safetensors")
  }

  private func layers(_ file: ForeignFile, order: [String]? = nil) throws -> [ImportedFile.Layer] {
    try file.write(to: path)
    guard case .layers(let layers) = try ImportedFile(contentsOfFile: path, layers: order).contents else {
      Issue.record("taken for a model file")
      return []
    }
    return layers
  }

  @Test(
    "Layers are in the order of the numbers in their names",
    arguments: [
      ["0", "2", "4"], ["2", "4", "10"], ["model.0", "model.2", "model.11"], ["net.fc1", "net.fc2", "net.fc3"],
      ["layers.0", "layers.1", "layers.2"], ["fc9", "fc10", "fc11"], ["b1.fc1", "b1.fc2", "b2.fc1"],
      ["0.0", "0.2", "1"], ["block_2_a", "block_10_a", "block_11_a"],
      ["_orig_mod.module.01", "_orig_mod.module.2", "_orig_mod.module.03"],
    ])
  func order(names: [String]) throws {
    // Whatever the order of the file is.
    var file = ForeignFile(widths: [5, 4, 3, 2], names: names)
    for _ in 0..<4 {
      let found = try layers(file)
      #expect(found.map(\.name) == names)
      #expect(found.map(\.inputs) == [5, 4, 3] && found.map(\.outputs) == [4, 3, 2])
      file.tensors.append(file.tensors.removeFirst())
    }
    #expect(try layers(file, order: names).map(\.name) == names)
  }

  @Test("A single layer needs no name")
  func single() throws {
    let found = try layers(ForeignFile([("weight", [2, 3]), ("bias", [2])]))
    #expect(found.map(\.name) == [""] && found[0].hasBias && found[0].parameters.bias == [-39 / 64, -2 / 64])
  }

  @Test(
    "Where names do not tell the order that is said, with the only one that the shapes allow",
    arguments: [
      ([5, 4, 3, 2], ["fc1", "fc2", "out"], "fc1,fc2,out"),
      ([5, 4, 3, 2], ["encoder", "head", "body"], "encoder,head,body"),
      // Two of equal shape, in the order that their names tell.
      ([4, 4, 4, 2], ["h1", "h2", "head"], "h1,h2,head"), ([4, 4, 4, 4], ["a", "b", "c"], nil),
      ([5, 4, 3, 2], ["features.0", "features.2", "classifier.0"], "features.0,features.2,classifier.0"),
      ([3, 3, 3], ["fc1", "fc01"], nil), ([5, 4, 3], ["net", "net.0"], "net,net.0"),
      ([5, 4, 3], ["1", "a"], "1,a"),
    ] as [([Int], [String], String?)])
  func untold(widths: [Int], names: [String], suggestion: String?) throws {
    let file = ForeignFile(widths: widths, names: names)
    let error = storeError { _ = try layers(file) }
    #expect(error?.code == .invalidDraft)
    #expect(error?.message.contains("cannot be told from their names") == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("--layers NAME,NAME,…") == true)
    let told = suggestion.map { ". By their shapes it can only be --layers \($0)" }
    #expect(error?.message.hasSuffix(told ?? "NAME,NAME,…") == true, "\(error?.message ?? "")")
    #expect(try layers(file, order: names).map(\.name) == names)
  }

  @Test(
    "An order that is given must name each layer once",
    arguments: [
      (["0", "2", "3"], "there is no layer \"3\"; the file has 0, 2, 4"), (["0", "2", "2"], "\"2\" is named twice"),
      (["0", "2"], "leaves out 4"),
      (["4", "2", "0"], "2.weight is F32 [3, 4], but 4, the layer before it, has 2 outputs"),
    ])
  func givenOrder(order: [String], words: String) throws {
    let file = ForeignFile(widths: [5, 4, 3, 2], names: ["0", "2", "4"])
    let error = storeError { _ = try layers(file, order: order) }
    #expect(error?.code == .invalidDraft && error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test(
    "What is no dense layer, or does not fit, is named",
    arguments: [
      (
        [("0.weight", [8, 3, 3, 3]), ("0.bias", [8])],
        "2 tensors are no part of a dense layer: 0.bias (F32 [8]), 0.weight (F32 [8, 3, 3, 3])"
      ),
      (
        [("0.weight", [3, 4]), ("1.running_mean", [3])],
        "this tensor is no part of a dense layer: 1.running_mean (F32 [3])"
      ),
      ([("0.weight", [3, 4]), ("1.weight", [3]), ("1.bias", [3])], "1.weight (F32 [3])"),
      ([("0.weight", [3, 4]), ("2.bias", [3])], "2.bias (F32 [3])"), ([("kernel", [3, 4])], "kernel"),
      (
        [("0.weight", [3, 4]), ("0.bias", [4])],
        "0.bias is F32 [4], but 0.weight is F32 [3, 4], of 3 outputs; expected [3]"
      ),
      (
        [("0.weight", [3, 4]), ("2.weight", [2, 5])],
        "2.weight is F32 [2, 5], but 0, the layer before it, has 3 outputs; expected [2, 3]"
      ),
      ([("0.weight", [4, 3]), ("2.weight", [3, 2])], "The shapes would fit as [inputs, outputs]"),
      ([("0.weight", [0, 3])], "each from 1 to"), ([], "no tensor"),
      ([("e\u{301}.weight", [2, 2]), ("\u{e9}.weight", [2, 2])], "two tensors are named"),
      ((0...1024).map { ("\($0).weight", [1, 1]) }, "there are 1025 layers; at most 1024"),
    ] as [([(String, [Int])], String)])
  func notDense(tensors: [(String, [Int])], words: String) throws {
    let error = storeError { _ = try layers(ForeignFile(tensors.map { (name: $0.0, shape: $0.1) })) }
    #expect(error?.code == .invalidDraft && error?.message.contains(words) == true, "\(error?.message ?? "")")
    #expect(error?.message.hasPrefix(path) == true)
  }

  @Test("Values that are no numbers of the right kind are refused, with their place")
  func values() throws {
    var file = ForeignFile(widths: [2, 2], names: ["0"])
    file["0.weight"].bytes = ForeignFile.bytes([1, 2, .nan, 4])
    let error = storeError { _ = try layers(file) }
    #expect(error?.code == .invalidDraft && error?.message.contains("[1, 0] of 0.weight is NaN") == true)
    file["0.weight"].type = "I32"
    #expect(storeError { _ = try layers(file) }?.message.contains("0.weight is I32 [2, 2]; expected elements") == true)
  }

  @Test("Biases that are not there are zeros, and that is said")
  func zeros() throws {
    try ForeignFile([("0.weight", [3, 4]), ("0.bias", [3]), ("2.weight", [2, 3])]).write(to: path)
    let file = try ImportedFile(contentsOfFile: path)
    guard case .layers(let layers) = file.contents else { return }
    #expect(layers.map(\.hasBias) == [true, false] && layers[1].parameters.bias == [0, 0])
    #expect(file.notes == ["zeros for the biases that are not in the file: of 2"])
  }

  @Test(
    "Hostile and damaged files are one clear error each, and nothing is registered",
    arguments: [
      ("a header length over the cap", "at most 100000000 are read"),
      ("a header past the end", "cut off or is damaged"),
      ("a file cut short", "do not lie within"), ("overlapping tensors", "overlaps"), ("a hole", "belong to no tensor"),
      ("bytes left over", "left over after the last tensor"), ("a size that lies", "its shape and type need"),
      ("a name twice", "stands twice"), ("a huge shape", "more elements than memory"),
      ("a type of its own", "is unknown"),
    ])
  func hostile(what: String, words: String) throws {
    var file = ForeignFile(widths: [4, 3, 2], names: ["0", "2"])
    switch what {
    case "a header length over the cap": file.statedLength = .max
    case "a header past the end": file.statedLength = 1 << 20
    case "overlapping tensors": file["0.bias"].offsets = (44, 56)
    case "a hole":
      file["2.bias"].bytes += [0, 0, 0, 0]
      file["2.bias"].offsets = (88, 96)
    case "bytes left over":
      file["2.bias"].bytes += [0, 0, 0, 0]
      file["2.bias"].offsets = (84, 92)
    case "a size that lies": file["0.weight"].shape = [4, 4]
    case "a name twice": file.tensors[1].name = "0.weight"
    case "a huge shape": file["0.weight"].shape = [1 << 31, 1 << 31, 1 << 31]
    case "a type of its own": file["0.weight"].type = "F4"
    default: break
    }
    try file.write(to: path)
    if what == "a file cut short" {
      try Data(contentsOf: URL(fileURLWithPath: path)).dropLast(9).write(to: URL(fileURLWithPath: path))
    }
    let error = storeError { _ = try ImportedFile(contentsOfFile: path) }
    #expect(error?.code == .invalidDraft && error?.message.contains(words) == true, "\(error?.message ?? "")")
    #expect(error?.message.hasPrefix(path) == true)
  }

  @Test("What is no safetensors file, or not there, is told apart")
  func otherFiles() throws {
    try Data("PK\u{3}\u{4}, as torch.save writes it".utf8).write(to: URL(fileURLWithPath: path))
    #expect(storeError { _ = try ImportedFile(contentsOfFile: path) }?.code == .notAModelFile)
    #expect(storeError { _ = try ImportedFile(contentsOfFile: scratch.path("none")) }?.code == .cannotOpen)
    #expect(storeError { _ = try ImportedFile(contentsOfFile: scratch.folder) }?.code == .cannotOpen)
  }

  @Test("A draft needs what the file does not say, and checks that it fits")
  func drafts() throws {
    try ForeignFile(widths: [4, 3, 2], names: ["0", "2"]).write(to: path)
    let file = try ImportedFile(contentsOfFile: path)
    let format = try InputFormat(elementType: .float32, height: 1, width: 1, channels: 4, scale: 1)
    func message(_ network: ImportedFile.Network?) -> String {
      storeError { _ = try file.draft(model: "other", network: network) }?.message ?? ""
    }
    #expect(message(nil).contains("must be given"))
    #expect(
      message(ImportedFile.Network(activations: [.relu], inputFormat: format))
        .contains("1 activations for 2 layers, 0 (4 → 3), 2 (3 → 2); expected one for each"))
    #expect(
      message(ImportedFile.Network(activations: [.softmax, .softmax], inputFormat: format))
        .contains("softmax is for the last layer only"))
    let wide = try InputFormat(height: 2, width: 2, channels: 3)
    #expect(message(ImportedFile.Network(activations: [.relu, .softmax], inputFormat: wide)).contains("takes 4"))

    let store = try ModelStore(path: scratch.store, mode: .create)
    let draft = try file.draft(
      model: "other", network: ImportedFile.Network(activations: [.relu, .softmax], inputFormat: format))
    let record = try store.register(draft)
    #expect(record.labels == ["0", "1"] && record.golden?.count == 4)
    let entry = try store.ledger(of: "other")[0]
    #expect(entry.value == "file other.safetensors, F32, \(file.digest)" && file.digest.hasPrefix("sha256:"))
    #expect(try store.verify().isSound)
  }
}
