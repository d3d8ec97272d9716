import Foundation
import Inference
import Testing

/// Files of this package read by Python. Skipped where there is no interpreter, or no package for it; `NNSCORE_PYTHON` names another one.
@Suite("The model file in Python")
struct ModelFilePythonTests {
  /// What every reader must find: "name shape bits" of each tensor, and the metadata.
  private static func listing(_ model: Model) -> [String] {
    var lines: [String] = []
    for (index, layer) in model.parameters.layers.enumerated() {
      let inputs = model.architecture.inputs(ofLayer: index)
      for (part, shape, values) in [
        ("bias", "[\(layer.bias.count)]", layer.bias), ("weight", "[\(layer.bias.count), \(inputs)]", layer.weight),
      ] {
        lines.append(
          "layers.\(index).\(part) \(shape) " + values.map { String($0.bitPattern, radix: 16) }.joined(separator: " "))
      }
    }
    return lines
  }

  private static func example() throws -> Model {
    try Example.model(
      inputs: 12, layers: [(5, .relu), (4, .tanh), (3, .softmax)], labels: ["cat", "\"dög\"", "🐦\n"],
      inputFormat: InputFormat(height: 2, width: 2, channels: 3, mean: [0.5, 0.25, 1.0 / 3]))
  }

  @Test(
    "the safetensors package reads the tensors and the metadata",
    .enabled(if: Python.hasSafetensors, "needs Python with the packages safetensors and numpy (NNSCORE_PYTHON)"))
  func safetensors() throws {
    let model = try Self.example()
    let script = """
      import json, sys
      from safetensors import safe_open
      with safe_open(sys.argv[1], framework="numpy") as file:
          for name in sorted(file.keys()):
              tensor = file.get_tensor(name)
              assert tensor.dtype == "float32", tensor.dtype
              print(name, list(tensor.shape), *(f"{bits:x}" for bits in tensor.reshape(-1).view("uint32")))
          metadata = file.metadata()
          print(json.loads(metadata["nnscore.architecture"])["layers"][1])
          print(float.fromhex(json.loads(metadata["nnscore.input"])["mean"][2]) == 1 / 3)
          print(ascii(json.loads(metadata["nnscore.labels"])))
          print(metadata["nnscore.name"], metadata["nnscore.version"], metadata["nnscore.format"])
      """
    let (output, succeeded) = try TemporaryFolder.with {
      try Python.run(script, [$0.write(ModelFile.encode(model))])
    }
    #expect(succeeded)
    #expect(
      output.split(separator: "\n").map(String.init) == Self.listing(model) + [
        "{'outputs': 4, 'activation': 'tanh'}", "True", #"['cat', '"d\xf6g"', '\U0001f426\n']"#, "cats 7 1",
      ])
  }

  @Test(
    "the reader printed in Schemas/model-file.md reads it with the standard library alone, and notices damage",
    .enabled(if: Python.isAvailable, "needs Python 3 (NNSCORE_PYTHON)"))
  func documentedReader() throws {
    let text = try Fixture.repositoryText("Schemas/model-file.md")
    let blocks = text.components(separatedBy: "```python\n").dropFirst().compactMap {
      $0.components(separatedBy: "\n```").first
    }
    #expect(blocks.count == 2)
    let script =
      blocks.joined(separator: "\n\n") + """


        import sys
        metadata, tensors = read_model(sys.argv[1])
        for name, (shape, values) in sorted(tensors.items()):
            print(name, shape, *(f"{bits:x}" for bits in struct.unpack(f"<{len(values)}I", struct.pack(f"<{len(values)}f", *values))))
        print(metadata["architecture"]["layers"][2], metadata["version"], ascii(metadata["labels"]))
        print(xxh64(b"") == 0xEF46DB3751D8E999, xxh64(b"a") == 0xD24EC4F1A98C6E5B, xxh64(b"abc") == 0x44BC2CF5AD770999)
        """
    let model = try Self.example()
    let bytes = ModelFile.encode(model)
    let (output, succeeded) = try TemporaryFolder.with { try Python.run(script, [$0.write(bytes)]) }
    #expect(succeeded)
    #expect(
      output.split(separator: "\n").map(String.init) == Self.listing(model) + [
        #"{'outputs': 3, 'activation': 'softmax'} 7 ['cat', '"d\xf6g"', '\U0001f426\n']"#, "True True True",
      ])
    var damaged = [bytes + [0]]
    for index in [0, 9, 300, bytes.count - 1] {
      damaged.append(bytes)
      damaged[damaged.count - 1][index] ^= 1
    }
    for bytes in damaged {
      #expect(try !TemporaryFolder.with { try Python.run(script, [$0.write(bytes)]) }.succeeded)
    }
  }
}
