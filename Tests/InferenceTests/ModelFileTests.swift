import Foundation
import Testing

@testable import Inference

@Suite("The model file")
struct ModelFileTests {
  @Test("what is written is read back bit for bit", arguments: 0..<40 as Range<UInt64>)
  func roundTrip(seed: UInt64) throws {
    var random = RandomNumbers(seed: seed)
    func width() -> Int { Int(random.next() % 9) + 1 }
    let (height, columns, channels) = (width(), width(), width())
    var layers: [(Int, Activation)] = (0..<Int(random.next() % 4)).map { _ in
      (width(), [.linear, .relu, .leakyRelu, .tanh, .sigmoid][Int(random.next() % 5)])
    }
    layers.append(random.next() % 2 == 0 ? (1, .sigmoid) : (width() + 1, .softmax))
    let format = try InputFormat(
      elementType: random.next() % 2 == 0 ? .uint8 : .float32, height: height, width: columns, channels: channels,
      fit: [.stretch, .crop, .pad][Int(random.next() % 3)],
      filter: [.box, .bilinear, .bicubic][Int(random.next() % 3)], jpeg: random.next() % 2 == 0 ? .full : .scaled,
      background: random.bytes(3), scale: random.unit().magnitude, mean: (0..<channels).map { _ in random.unit() },
      standardDeviation: (0..<channels).map { _ in random.unit().magnitude })
    var labels = [
      "a \"quoted\" \\ back\\slash", "новый\u{1}\n\u{7f}", "🐱", "e\u{301}", "\u{e9}", "/", "{}", "\u{2028}",
    ]
    while labels.count < 11 { labels.append("label \(labels.count)") }
    var model = try Example.model(
      inputs: height * columns * channels, layers: layers,
      labels: layers.last?.1 == .sigmoid ? nil : Array(labels.prefix(layers.last?.0 ?? 0)), inputFormat: format,
      name: "\u{0}名前\"", number: Int(random.next() >> 1), seed: seed)
    if seed % 2 == 1 {
      model = try Example.extended(
        model, examples: width(), seed: seed, signatures: [Example.signature("f"), Example.signature("0")])
    }
    let bytes = ModelFile.encode(model)
    let read = try Example.read(bytes)
    #expect(read == model)
    for (index, layer) in model.parameters.layers.enumerated() {
      #expect(read.parameters.layers[index].weight.map(\.bitPattern) == layer.weight.map(\.bitPattern))
      #expect(read.parameters.layers[index].bias.map(\.bitPattern) == layer.bias.map(\.bitPattern))
    }
    #expect(ModelFile.encode(read) == bytes)
    #expect(bytes[0] % 8 == 0, "the data begins at a multiple of 8")
    #expect(try TemporaryFolder.with { try Model(contentsOfFile: $0.write(bytes)) } == model)
  }

  @Test("NaN, infinities, subnormal numbers and signed zeros keep their bits")
  func hostileParameters() throws {
    let hostile = Float.hostile
    var model = try Example.model(inputs: hostile.count, layers: [(1, .sigmoid)])
    var parameters = model.parameters
    parameters.layers[0].weight = hostile
    model = try Model(
      architecture: model.architecture, parameters: parameters, inputFormat: model.inputFormat, labels: model.labels,
      identity: model.identity)
    let read = try Example.read(ModelFile.encode(model))
    #expect(read.parameters.layers[0].weight.map(\.bitPattern) == hostile.map(\.bitPattern))
  }

  @Test("headers of models at the bounds of labels, name and channels stay below the cap of the reader")
  func largestHeader() throws {
    // The bounds themselves take long in a debug build, so the growth a channel and a label byte is measured.
    func headerLength(channels: Int, labelBytes: Int) throws -> Int {
      let worst = [Double](repeating: -0x1.fffffffffffffp-1020, count: channels)
      let model = try Example.model(
        inputs: channels, layers: [(2, .softmax)], labels: ["a", String(repeating: "\u{1}", count: labelBytes)],
        inputFormat: InputFormat(
          height: 1, width: 1, channels: channels, mean: worst, standardDeviation: worst.map(\.magnitude)),
        name: String(repeating: "\u{1}", count: Model.maximumNameBytes), number: .max)
      let bytes = ModelFile.encode(model)
      #expect(try Example.read(bytes) == model)
      return bytes.count - 4 * (channels * 2 + 2)
    }
    let smallest = try headerLength(channels: 1, labelBytes: 1)
    let perChannel = Double(try headerLength(channels: 1001, labelBytes: 1) - smallest) / 1000
    let perLabelByte = Double(try headerLength(channels: 1, labelBytes: 1001) - smallest) / 1000
    // A short label adds its quotes, escaped, and a comma: 5 bytes for the 2 that it has at least once 256 are taken.
    let largest =
      Double(smallest + Architecture.maximumDepth * 250) + perChannel * Double(InputFormat.maximumChannels)
      + (perLabelByte + 2.5) * Double(Model.maximumLabelBytes)
    #expect(largest < Double(SafetensorsHeader.maximumLength))
  }

  @Test("labels, names and numbers out of bounds are refused before they become a file")
  func outOfBounds() {
    func code(_ body: () throws(InferenceError) -> Void) -> InferenceError.Code? {
      do {
        try body()
        return nil
      } catch {
        return error.code
      }
    }
    let long = String(repeating: "x", count: Model.maximumNameBytes + 1)
    #expect(throws: InferenceError.self) { try Example.model(name: long) }
    #expect(throws: InferenceError.self) { try Example.model(number: -1) }
    #expect(throws: InferenceError.self) {
      try Example.model(labels: ["a", String(repeating: "b", count: Model.maximumLabelBytes)])
    }
    #expect(
      code { () throws(InferenceError) in
        _ = try InputFormat(height: 1, width: 1, channels: InputFormat.maximumChannels + 1)
      } == .invalidInputFormat)
    #expect(
      code { () throws(InferenceError) in
        _ = try InputFormat(height: 1, width: 1, channels: 1, standardDeviation: [.leastNonzeroMagnitude])
      } == .invalidInputFormat)
  }

  @Test("the bytes of formats 1 and 2 are those of the files that were committed with them")
  func committed() throws {
    let model = try Example.model()
    let extended = try Example.extended(model, signatures: [Example.signature("a"), Example.signature("1")])
    for (name, model) in [("model", model), ("model-2", extended)] {
      let committed = try Array(Data(contentsOf: URL(fileURLWithPath: Fixture.path("\(name).safetensors"))))
      #expect(ModelFile.encode(model) == committed)
      #expect(try Example.read(committed) == model)
    }
  }

  @Test("the format is 2 with golden examples or signatures, and 1 without")
  func formats() throws {
    let model = try Example.model()
    let golden = try Example.extended(model)
    let signed = try Example.replacing(model, golden: nil, signatures: [Example.signature("a")])
    #expect(try Example.replacing(golden, golden: nil) == model)
    for (model, format) in [(model, "1"), (golden, "2"), (signed, "2")] {
      #expect(EditedModelFile(model).header.contains("\"nnscore.format\":\"\(format)\""))
    }
  }

  @Test("every byte changed, in every bit, is noticed")
  func everyBit() throws {
    let model = try Example.model(inputs: 2, layers: [(1, .sigmoid)], name: "m", number: 1)
    let bytes = ModelFile.encode(try Example.extended(model, signatures: [Example.signature("a")]))
    for index in bytes.indices {
      for bit in 0..<8 {
        var changed = bytes
        changed[index] ^= 1 << UInt8(bit)
        #expect(throws: InferenceError.self, "byte \(index), bit \(bit)") { try Example.read(changed) }
      }
    }
  }

  @Test("a file cut off at any length, or longer than it was, is refused")
  func everyLength() throws {
    let bytes = ModelFile.encode(try Example.model())
    for count in 0..<bytes.count {
      #expect(throws: InferenceError.self, "\(count) bytes") { try Example.read(Array(bytes.prefix(count))) }
    }
    for extra in 1..<10 {
      #expect(throws: InferenceError.self) { try Example.read(bytes + [UInt8](repeating: 0, count: extra)) }
    }
  }

  @Test("20,000 random mutations, half of them with the checksum put right, neither crash nor pass for another file")
  func mutations() throws {
    var random = RandomNumbers(seed: 77)
    let model = try Example.extended(Example.model(), signatures: [Example.signature("a")])
    let original = ModelFile.encode(model)
    let edited = EditedModelFile(model)
    let interesting = Array("\"{}[]:,\\u0123456789aexl. -".utf8)
    func mutate(_ bytes: inout [UInt8]) {
      for _ in 0...(random.next() % 4) where !bytes.isEmpty {
        let index = Int(random.next() % UInt64(bytes.count))
        let byte = interesting[Int(random.next() % UInt64(interesting.count))]
        switch random.next() % 6 {
        case 0: bytes[index] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes[index] = byte
        case 2: bytes.insert(byte, at: index)
        case 3: bytes.remove(at: index)
        case 4: bytes.swapAt(index, Int(random.next() % UInt64(bytes.count)))
        default:
          let end = min(bytes.count, index + Int(random.next() % 16))
          bytes.insert(contentsOf: bytes[index..<end], at: Int(random.next() % UInt64(bytes.count)))
        }
      }
    }
    var accepted = 0
    for round in 0..<20_000 {
      if round % 2 == 0 {
        var bytes = original
        mutate(&bytes)
        guard let read = try? Example.read(bytes) else { continue }
        #expect(bytes == original && read == model)
      } else {
        var header = Array(edited.header.utf8)
        mutate(&header)
        // With a right checksum a changed name or label is another valid file: whatever is read must write and read the same.
        guard let read = try? Example.read(edited.bytes(header: header)) else { continue }
        accepted += 1
        #expect(try Example.read(ModelFile.encode(read)) == read)
      }
    }
    #expect(accepted > 0, "some mutations with a right checksum are harmless")
  }

  @Test("what is not a model file says what it is")
  func otherFiles() throws { try TemporaryFolder.with(Self.checkOtherFiles) }

  private static func checkOtherFiles(_ folder: TemporaryFolder) throws {
    func refusal(_ path: String) -> InferenceError? {
      do {
        _ = try Model(contentsOfFile: path)
        return nil
      } catch {
        return error
      }
    }
    func expect(
      _ path: String, _ code: InferenceError.Code, _ part: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
      let error = refusal(path)
      #expect(error?.code == code, sourceLocation: sourceLocation)
      #expect(error?.message.contains(part) == true, "\(error?.message ?? "accepted")", sourceLocation: sourceLocation)
      #expect(error?.message.hasPrefix(path) == true, sourceLocation: sourceLocation)
    }
    expect(folder.path("missing"), .cannotOpen, "No such file or directory")
    expect(folder.path(""), .cannotOpen, "Is a directory")
    let made = unsafe mkfifo(folder.path("pipe"), 0o600)
    #expect(made == 0)
    expect(folder.path("pipe"), .cannotOpen, "Not a regular file")
    expect("/dev/null", .cannotOpen, "Not a regular file")
    #expect(refusal("a\u{0}b")?.code == .cannotOpen)
    expect(try folder.write([], as: "empty"), .notAModelFile, "0 bytes")
    expect(try folder.write([1, 2, 3], as: "short"), .notAModelFile, "3 bytes")
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n"
    expect(try folder.write(Array(pointer.utf8), as: "pointer"), .notAModelFile, "git lfs pull")
    let database = Array("SQLite format 3\u{0}".utf8) + [UInt8](repeating: 0, count: 100)
    expect(try folder.write(database, as: "database"), .notAModelFile, "--store")
    expect(try folder.write([UInt8](repeating: 0, count: 100), as: "zeros"), .notAModelFile, "not a safetensors file")
    // As root every file can be read.
    if geteuid() != 0 {
      let path = try folder.write([], as: "secret")
      _ = unsafe chmod(path, 0)
      expect(path, .cannotOpen, "Permission denied")
    }
  }

  @Test("checksums equal those of the reference implementation of XXH64 for every length up to 130")
  func checksum() throws {
    let expected = try Fixture.lines("checksums.txt")
    #expect(expected.count == 131)
    for (count, line) in expected.enumerated() {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + 3) }
      let whole = bytes.span.withRegion { $0.checksum(masking: 0..<0) }
      #expect(ModelFile.hexadecimal(whole) == Array(line.utf8))
      // Fed in three parts, the middle of which is taken as zeros.
      for start in stride(from: 0, to: count, by: 5) {
        let masked = start..<min(count, start + 16)
        var zeroed = bytes
        for index in masked { zeroed[index] = UInt8(ascii: "0") }
        #expect(
          bytes.span.withRegion { $0.checksum(masking: masked) }
            == zeroed.span.withRegion { $0.checksum(masking: 0..<0) })
      }
    }
  }
}
