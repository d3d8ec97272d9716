import Foundation
import Inference
import Testing

/// Files of this package read by Python. Skipped where there is no interpreter, or no package for it; `NNSCORE_PYTHON` names another one.
@Suite("The model file in Python")
struct ModelFilePythonTests {
  /// What every reader must find: "name shape bits" of each tensor, and the metadata.
  private static func listing(_ model: Model) -> [String] {
    var lines: [String] = []
    if let golden = model.golden, case .uint8(let rows) = golden.inputs {
      let inputs = rows.map { String($0, radix: 16) }.joined(separator: " ")
      let outputs = golden.outputs.map { String($0.bitPattern, radix: 16) }.joined(separator: " ")
      lines.append("golden.inputs [\(golden.count), \(model.architecture.inputs)] " + inputs)
      lines.append("golden.outputs [\(golden.count), \(model.architecture.outputs)] " + outputs)
    }
    if case .int8(let parameters) = model.modelParameters { return lines + listing(parameters) }
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

  private static func listing(_ parameters: QuantizedParameters) -> [String] {
    func hexadecimal(_ values: [Float]) -> String {
      values.map { String($0.bitPattern, radix: 16) }.joined(separator: " ")
    }
    return parameters.layers.enumerated().flatMap { index, layer in
      let outputs = layer.bias.count
      let weight = layer.weight.map { String(UInt8(bitPattern: $0), radix: 16) }.joined(separator: " ")
      return [
        "bias [\(outputs)] \(hexadecimal(layer.bias))", "input_scale [1] \(hexadecimal([layer.inputScale]))",
        "input_zero_point [1] \(String(layer.inputZeroPoint, radix: 16))",
        "weight [\(outputs), \(layer.weight.count / outputs)] \(weight)",
        "weight_scale [\(outputs)] \(hexadecimal(layer.weightScale))",
      ].map { "layers.\(index).\($0)" }
    }
  }

  /// Models of the three formats, that of 8 bits without golden examples and with some.
  private static func examples() throws -> [Model] {
    let model = try Example.model(
      inputs: 12, layers: [(5, .relu), (4, .tanh), (3, .softmax)], labels: ["cat", "\"dög\"", "🐦\n"],
      inputFormat: InputFormat(height: 2, width: 2, channels: 3, mean: [0.5, 0.25, 1.0 / 3]))
    let quantized = try Example.quantized(inputs: 12, layers: [(5, .relu), (4, .tanh), (3, .softmax)])
    let bytes = try Model(
      architecture: model.architecture, parameters: quantized.modelParameters,
      inputFormat: InputFormat(height: 2, width: 2, channels: 3, scale: 1), labels: model.labels,
      identity: model.identity)
    let signatures = [Example.signature("b"), Example.signature("a")]
    return [
      model, try Example.extended(model, examples: 3, signatures: signatures), bytes,
      try Example.extended(bytes, examples: 2, signatures: signatures),
    ]
  }

  @Test(
    "the safetensors package reads the tensors and the metadata",
    .enabled(if: Python.hasSafetensors, "needs Python with the packages safetensors and numpy (NNSCORE_PYTHON)"))
  func safetensors() throws {
    let script = """
      import json, sys
      from safetensors import safe_open
      with safe_open(sys.argv[1], framework="numpy") as file:
          for name in sorted(file.keys()):
              tensor = file.get_tensor(name)
              types = {"golden.inputs": "uint8"}
              if file.metadata()["nnscore.format"] == "3":
                  types |= {f"layers.{layer}.weight": "int8" for layer in range(3)}
                  types |= {f"layers.{layer}.input_zero_point": "uint8" for layer in range(3)}
              assert tensor.dtype == types.get(name, "float32"), tensor.dtype
              bits = tensor.reshape(-1).view(f"uint{8 * tensor.itemsize}")
              print(name, list(tensor.shape), *(f"{element:x}" for element in bits))
          metadata = file.metadata()
          print(json.loads(metadata["nnscore.architecture"])["layers"][1])
          print(float.fromhex(json.loads(metadata["nnscore.input"])["mean"][2]))
          print(ascii(json.loads(metadata["nnscore.labels"])))
          print(metadata["nnscore.name"], metadata["nnscore.version"], metadata["nnscore.format"])
          print([entry["key"][0] for entry in json.loads(metadata.get("nnscore.signatures", "[]"))])
      """
    for model in try Self.examples() {
      let (output, succeeded) = try TemporaryFolder.with {
        try Python.run(script, [$0.write(ModelFile.encode(model))])
      }
      #expect(succeeded)
      #expect(
        output.split(separator: "\n").map(String.init) == Self.listing(model) + [
          "{'outputs': 4, 'activation': 'tanh'}", "\(model.inputFormat.mean[2])",
          #"['cat', '"d\xf6g"', '\U0001f426\n']"#,
          "cats 7 \(model.precision == .int8 ? 3 : model.golden == nil ? 1 : 2)",
          model.golden == nil ? "[]" : "['a', 'b']",
        ])
    }
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
            if isinstance(values[0], int):
                values = [value & 255 for value in values]
            else:
                values = struct.unpack(f"<{len(values)}I", struct.pack(f"<{len(values)}f", *values))
            print(name, shape, *(f"{bits:x}" for bits in values))
        print(metadata["architecture"]["layers"][2], metadata["version"], ascii(metadata["labels"]))
        print([entry["signature"][0] for entry in metadata["signatures"]])
        print(xxh64(b"") == 0xEF46DB3751D8E999, xxh64(b"a") == 0xD24EC4F1A98C6E5B, xxh64(b"abc") == 0x44BC2CF5AD770999)
        """
    var bytes: [UInt8] = []
    for model in try Self.examples() {
      bytes = ModelFile.encode(model)
      let (output, succeeded) = try TemporaryFolder.with { try Python.run(script, [$0.write(bytes)]) }
      #expect(succeeded)
      #expect(
        output.split(separator: "\n").map(String.init) == Self.listing(model) + [
          #"{'outputs': 3, 'activation': 'softmax'} 7 ['cat', '"d\xf6g"', '\U0001f426\n']"#,
          model.signatures.isEmpty ? "[]" : "['5', '5']", "True True True",
        ])
    }
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
