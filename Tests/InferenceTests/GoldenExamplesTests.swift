import Testing

@testable import Inference

@Suite("Golden examples")
struct GoldenExamplesTests {
  private static func error(_ body: () throws(InferenceError) -> Void) -> InferenceError? {
    do {
      try body()
      return nil
    } catch {
      return error
    }
  }

  private static func format(_ type: InputFormat.ElementType, width: Int) throws -> InputFormat {
    try InputFormat(elementType: type, height: 1, width: width, channels: 1)
  }

  @Test("are replayed with every instruction set, from bytes and floats", arguments: InputFormat.ElementType.allCases)
  func replay(type: InputFormat.ElementType) throws {
    let model = try Example.extended(
      Example.model(inputs: 300, layers: [(17, .tanh), (5, .softmax)], inputFormat: Self.format(type, width: 300)),
      examples: 3)
    #expect(try model.replayGolden() == 3)
    for kernels in testedKernels {
      #expect(try PackedModel(model, instructionSet: kernels.instructionSet).replayGolden() == 3)
    }
    #expect(try Example.replacing(model, golden: nil).replayGolden() == 0)
  }

  @Test("one bit in one output, or in the parameters, is named with the example, what was expected and what was found")
  func mismatch() throws {
    let model = try Example.extended(Example.model(), examples: 3)
    let golden = try #require(model.golden)
    for index in golden.outputs.indices {
      var outputs = golden.outputs
      outputs[index] = Float(bitPattern: outputs[index].bitPattern ^ 1)
      let changed = try Example.replacing(
        model, golden: GoldenExamples(count: 3, inputs: golden.inputs, outputs: outputs))
      let error = Self.error { () throws(InferenceError) in try changed.replayGolden() }
      #expect(error?.code == .goldenMismatch)
      let place = "cats@7: golden example \(index / 2 + 1) of 3, output \(index % 2 + 1) of 2: expected "
      #expect(error?.message.hasPrefix(place) == true, "\(error?.message ?? "accepted")")
      let values =
        "\(HexadecimalFloat.text(of: Double(outputs[index]))), found "
        + HexadecimalFloat.text(of: Double(golden.outputs[index]))
      #expect(error?.message.contains(values) == true, "\(error?.message ?? "accepted")")
    }
    var parameters = model.parameters
    parameters.layers[0].bias[0] += 0.5
    let other = try Model(
      architecture: model.architecture, parameters: parameters, inputFormat: model.inputFormat, labels: model.labels,
      identity: model.identity, golden: golden)
    #expect(Self.error { () throws(InferenceError) in try other.replayGolden() }?.code == .goldenMismatch)
  }

  @Test("a NaN that is expected is found whatever its bits, and infinities and signed zeros are told apart")
  func notANumber() throws {
    var model = try Example.model(inputs: 1, layers: [(4, .linear)], inputFormat: Self.format(.float32, width: 1))
    var parameters = model.parameters
    parameters.layers[0] = DenseParameters(weight: [1, 1, 0, 0], bias: [.nan, .infinity, 0, -0.0])
    model = try Model(
      architecture: model.architecture, parameters: parameters, inputFormat: model.inputFormat, labels: model.labels,
      identity: model.identity)
    let made = try GoldenExamples(scoring: .float32([1]), with: PackedModel(model))
    #expect(made.outputs[0].bitPattern == 0x7fc0_0000 && made.outputs[1] == .infinity)
    for (index, value, isFound) in [
      (0, -Float.nan, true), (0, Float(bitPattern: 0x7fa0_0001), true), (0, 0, false), (1, -Float.infinity, false),
      (1, Float.nan, false), (2, -made.outputs[2], false),
    ] {
      var outputs = made.outputs
      outputs[index] = value
      let golden = GoldenExamples(count: 1, inputs: made.inputs, outputs: outputs)
      let changed = try Example.replacing(model, golden: golden)
      let error = Self.error { () throws(InferenceError) in try changed.replayGolden() }
      #expect((error == nil) == isFound, "\(index) \(value)")
      // Files too.
      let read = try Example.read(ModelFile.encode(changed))
      #expect(read.golden == golden)
    }
  }

  @Test("are replayed when a file is opened, if that is asked for")
  func opening() throws {
    let model = try Example.extended(Example.model())
    let golden = try #require(model.golden)
    let wrong = try Example.replacing(
      model,
      golden: GoldenExamples(count: golden.count, inputs: golden.inputs, outputs: golden.outputs.map { $0 + 1 }))
    try TemporaryFolder.with { folder in
      let good = try folder.write(ModelFile.encode(model), as: "good")
      #expect(try Model(contentsOfFile: good, replayingGolden: true) == model)
      let bad = try folder.write(ModelFile.encode(wrong), as: "bad")
      #expect(try Model(contentsOfFile: bad) == wrong)
      let error = Self.error { () throws(InferenceError) in _ = try Model(contentsOfFile: bad, replayingGolden: true) }
      #expect(error?.code == .goldenMismatch)
      #expect(error?.message.hasPrefix("\(bad): golden example 1 of 2") == true, "\(error?.message ?? "accepted")")
      let plain = try folder.write(ModelFile.encode(Example.model()), as: "plain")
      #expect(try Model(contentsOfFile: plain, replayingGolden: true) == Example.model())
    }
    #expect(
      Self.error { () throws(InferenceError) in
        _ = try Model(bytes: ModelFile.encode(wrong).span, replayingGolden: true)
      }?.code == .goldenMismatch)
  }

  @Test("that do not fit the model are refused")
  func unfit() throws {
    let model = try Example.model()
    let packed = try PackedModel(model)
    let cases: [(GoldenExamples, String)] = [
      (GoldenExamples(count: 0, inputs: .uint8([]), outputs: []), "0 golden examples"),
      (GoldenExamples(count: -1, inputs: .uint8([]), outputs: []), "-1 golden examples"),
      (
        GoldenExamples(
          count: 1025, inputs: .uint8(Array(repeating: 0, count: 4100)), outputs: Array(repeating: 0, count: 2050)),
        "expected 1 to 1024"
      ),
      (GoldenExamples(count: .max, inputs: .uint8([1]), outputs: [1]), "expected 1 to 1024"),
      (
        GoldenExamples(count: 1, inputs: .float32([1, 2, 3, 4]), outputs: [0, 1]), "are float32; the model takes uint8"
      ),
      (
        GoldenExamples(count: 2, inputs: .uint8([1, 2, 3, 4]), outputs: [0, 1]), "have 4 elements; expected 2 × 4 = 8"
      ),
      (GoldenExamples(count: 1, inputs: .uint8([1, 2, 3, 4]), outputs: [0]), "have 1 outputs; expected 1 × 2 = 2"),
    ]
    for (golden, message) in cases {
      let error = Self.error { () throws(InferenceError) in _ = try Example.replacing(model, golden: golden) }
      #expect(error?.code == .invalidGolden)
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "accepted")")
    }
    for rows in [.uint8([]), .uint8([1, 2, 3, 4, 5]), .float32([1, 2, 3, 4])] as [GoldenExamples.Rows] {
      let error = Self.error { () throws(InferenceError) in _ = try GoldenExamples(scoring: rows, with: packed) }
      #expect(error?.code == .invalidGolden)
    }
  }

  @Test("signatures are sorted; malformed ones, too many and two by one key are refused")
  func signatures() throws {
    let model = try Example.model()
    let sorted = try Example.replacing(
      model, golden: nil, signatures: [Example.signature("b"), Example.signature("9"), Example.signature("c")])
    #expect(sorted.signatures.map(\.publicKey.first) == ["9", "b", "c"])
    let many = (0..<65).map { number in
      let digits = String(number, radix: 16)
      let zeros = String(repeating: "0", count: 64 - digits.count)
      return Model.Signature(publicKey: zeros + digits, signature: Example.signature("a").signature)
    }
    #expect(
      try Example.read(ModelFile.encode(Example.replacing(model, golden: nil, signatures: Array(many.prefix(64)))))
        .signatures.count == 64)
    let cases: [([Model.Signature], String)] = [
      ([Example.signature("A")], "the key of a signature is not 64 lower-case"),
      ([Example.signature("a", "F")], "the signature of a signature is not 128 lower-case"),
      ([Example.signature("g")], "the key of a signature"),
      ([Model.Signature(publicKey: "", signature: "")], "the key of a signature"),
      (
        [Example.signature("a", "1"), Example.signature("b"), Example.signature("a", "2")],
        "two signatures by the key aaa"
      ),
      (many, "65 signatures; at most 64"),
    ]
    for (signatures, message) in cases {
      let error = Self.error { () throws(InferenceError) in
        _ = try Example.replacing(model, golden: nil, signatures: signatures)
      }
      #expect(error?.code == .invalidSignatures)
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "accepted")")
    }
  }
}
