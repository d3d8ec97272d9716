import Foundation
import Inference
import ModelStore
import Testing

@Suite struct ExportTests {
  @Test("An exported file holds the version, and Inference reads it back bit for bit")
  func roundTrip() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    try store.register(makeDraft(widths: [40, 20, 3]), promote: true)
    let identity = try store.export(Reference("cats"), to: scratch.path("cats.safetensors"))
    let model = try Model(contentsOfFile: scratch.path("cats.safetensors"))
    #expect(try model == store.model(Reference("cats@1")))
    #expect(model.identity == identity)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.folder).sorted() == [
        "cats.safetensors", "store.sqlite",
      ])
  }

  @Test("A file that exists is replaced only if that was asked for")
  func existing() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    try store.register(makeDraft())
    let path = scratch.path("cats.safetensors")
    try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
    let error = storeError { try store.export(Reference("cats@1"), to: path) }
    #expect(error?.code == .fileExists)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data("mine".utf8))
    try store.export(Reference("cats@1"), to: path, replacing: true)
    #expect(try Model(contentsOfFile: path).identity.number == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.folder).count == 2)
  }

  @Test("A folder that is not there, or where nothing can be created, is an error that names the file")
  func noFolder() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    try store.register(makeDraft())
    for path in [scratch.path("none/cats.safetensors"), "/proc/cats.safetensors"] {
      let error = storeError { try store.export(Reference("cats@1"), to: path) }
      #expect(error?.code == .cannotCreate)
      #expect(error?.message.contains(path) == true)
    }
    #expect(storeError { try store.export(Reference("cats@1"), to: scratch.folder, replacing: true) } != nil)
  }

  private static let hasSafetensors: Bool = {
    guard let python = DocumentTests.python else { return false }
    return (try? DocumentTests.run(python, ["-c", "import safetensors.numpy"]))?.status == 0
  }()

  @Test(
    "Python's safetensors reads an exported file",
    .enabled(if: ExportTests.hasSafetensors, "the Python packages safetensors and numpy are not installed"))
  func python() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    try store.register(makeDraft())
    let path = scratch.path("cats.safetensors")
    try store.export(Reference("cats@1"), to: path)
    let script = """
      import sys
      from safetensors import safe_open
      with safe_open(sys.argv[1], "np") as file:
          for name in sorted(file.keys()):
              tensor = file.get_tensor(name)
              bits = tensor.flatten().view(f"u{tensor.itemsize}")
              print(name, tensor.dtype, list(tensor.shape), bits.tolist())
          print(file.metadata()["nnscore.digest"])
      """
    let result = try DocumentTests.run(try #require(DocumentTests.python), ["-c", script, path])
    #expect(result.status == 0, "\(result.errors)")
    let model = try store.model(Reference("cats@1"))
    func line(_ name: String, _ shape: [Int], _ values: [Float]) -> String {
      "\(name) float32 \(shape) \(values.map(\.bitPattern))\n"
    }
    let layers = model.parameters.layers
    let golden = try #require(model.golden)
    guard case .uint8(let rows) = golden.inputs else { return }
    #expect(
      result.output == "golden.inputs uint8 [4, 12] \(rows)\n" + line("golden.outputs", [4, 3], golden.outputs)
        + line("layers.0.bias", [5], layers[0].bias) + line("layers.0.weight", [5, 12], layers[0].weight)
        + line("layers.1.bias", [3], layers[1].bias) + line("layers.1.weight", [3, 5], layers[1].weight)
        + model.identity.digest + "\n")
  }
}
