import Testing

@testable import Inference

/// Files that Python's safetensors package wrote (Fixtures/make_layer_tensors.py).
@Suite("Layers from safetensors files of other programs")
struct LayerTensorsTests {
  private static func tensor(_ t: Int, count: Int) -> [Double] {
    (0..<count).map { Double(($0 * 37 + t * 11) % 101 - 50) / 64 }
  }

  @Test("F32, F64 and mixed tensors are read", arguments: ["layers-f32", "layers-f64", "layers-mixed"])
  func reads(name: String) throws {
    let layers = try LayerTensors(contentsOfFile: Fixture.path("\(name).safetensors")).layers
    #expect(layers.count == 2)
    #expect(layers.map(\.inputs) == [4, 3])
    #expect(layers.map(\.outputs) == [3, 2])
    #expect(layers[0].weight == Self.tensor(0, count: 12))
    #expect(layers[0].bias == Self.tensor(1, count: 3))
    #expect(layers[1].weight == Self.tensor(2, count: 6))
    #expect(layers[1].bias == Self.tensor(3, count: 2))
  }

  @Test(
    "what cannot be layers is refused with the tensor's name",
    arguments: [
      ("layers-f16", "layers.1.weight is F16"), ("layers-extra", "5 tensors"),
      ("layers-missing", "layers.1.bias is missing"),
      ("layers-unchained", "layers.1.weight has the shape [2, 5], but layer 0 has 3 outputs"),
      ("layers-bias", "layers.1.bias has 3 elements; its weight has 2 outputs"),
      ("layers-rank", "layers.0.weight has the shape [3, 4, 1]; expected 2 dimensions"),
    ])
  func refuses(name: String, message: String) throws {
    let path = Fixture.path("\(name).safetensors")
    do {
      _ = try LayerTensors(contentsOfFile: path)
      Issue.record("\(name) was accepted")
    } catch {
      #expect(error.code == .invalidModelFile)
      #expect(error.message.contains(message), "\(error.message)")
      #expect(error.message.hasPrefix(path))
    }
  }

  @Test("a file of layers is no model, and says so")
  func notAModel() {
    do {
      _ = try Model(contentsOfFile: Fixture.path("layers-f32.safetensors"))
      Issue.record("accepted")
    } catch {
      #expect(error.code == .invalidModelFile)
      #expect(error.message.contains("not a model of nnscore"))
    }
  }

  @Test("a model file is also a file of layers")
  func modelFile() throws {
    for model in [try Example.model(), try Example.extended(Example.model())] {
      let layers = try TemporaryFolder.with {
        try LayerTensors(contentsOfFile: $0.write(ModelFile.encode(model))).layers
      }
      #expect(layers.map { $0.weight.map { Float($0) } } == model.parameters.layers.map(\.weight))
      #expect(layers.map { $0.bias.map { Float($0) } } == model.parameters.layers.map(\.bias))
    }
  }

  @Test("layers without inputs or outputs are refused")
  func emptyLayers() throws {
    for shape in ["0,3", "3,0"] {
      let bias = shape.hasPrefix("0") ? 0 : 3
      let header =
        "{\"layers.0.weight\":{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[0,0]},"
        + "\"layers.0.bias\":{\"dtype\":\"F32\",\"shape\":[\(bias)],\"data_offsets\":[0,\(4 * bias)]}}"
      let bytes =
        [UInt64(header.utf8.count)].littleEndianBytes + Array(header.utf8) + [UInt8](repeating: 0, count: 4 * bias)
      try TemporaryFolder.with { folder in
        let path = try folder.write(bytes)
        do {
          _ = try LayerTensors(contentsOfFile: path)
          Issue.record("accepted")
        } catch {
          #expect("\(error)".contains("each from 1 to"), "\(error)")
        }
      }
    }
  }
}
