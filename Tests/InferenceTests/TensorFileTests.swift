import Testing

@testable import Inference

/// Files of other programs, whose tensors have any names and types.
@Suite("Tensors of other programs' files")
struct TensorFileTests {
  /// Writes a file of one tensor and reads its values.
  private func values(
    _ type: String, shape: [Int], _ bytes: [UInt8]
  ) throws -> (elements: [Float], rounded: Int) {
    let header =
      "{\"w\":{\"dtype\":\"\(type)\",\"shape\":[\(shape.map(String.init).joined(separator: ","))],"
      + "\"data_offsets\":[0,\(bytes.count)]}}"
    return try TemporaryFolder.with { folder in
      let path = try folder.write([UInt64(header.utf8.count)].littleEndianBytes + Array(header.utf8) + bytes)
      return try TensorFile.withFile(path) { file throws(InferenceError) in
        try file.values(of: file.tensors[0])
      }
    }
  }

  private func refusal(_ type: String, shape: [Int], _ bytes: [UInt8]) throws -> InferenceError? {
    do {
      _ = try values(type, shape: shape, bytes)
      Issue.record("accepted")
    } catch let error as InferenceError {
      return error
    }
    return nil
  }

  @Test("each of the 65,536 numbers of binary16 is what the processor makes of it")
  func binary16() {
    var wrong = 0
    for bits in UInt16.min...UInt16.max {
      let expected = Float(Float16(bitPattern: bits))
      let found = Float(binary16: bits)
      if expected.isNaN ? !found.isNaN : found.bitPattern != expected.bitPattern { wrong += 1 }
    }
    #expect(wrong == 0)
  }

  @Test("F16 and BF16 are widened to the very numbers, -0 and subnormal ones too")
  func narrowTypes() throws {
    let halves: [UInt16] = [0x3c00, 0x8000, 0x0001, 0x83ff, 0x7bff, 0x3555]
    let half = try values("F16", shape: [2, 3], halves.littleEndianBytes)
    #expect(half.elements == [1, -0, 0x1p-24, -0x3.ffp-16, 65504, 0x5.55p-4] && half.rounded == 0)
    #expect(half.elements[1].sign == .minus)
    let brains: [UInt16] = [0x3f80, 0x8000, 0x0001, 0x7f7f, 0xc2f7]
    let brain = try values("BF16", shape: [5], brains.littleEndianBytes)
    #expect(brain.elements == [1, -0, 0x1p-133, 0xffp120, -123.5] && brain.rounded == 0)
  }

  @Test("F64 is rounded to the nearest, ties to even, and what changed is counted")
  func doubles() throws {
    let numbers: [Double] = [1, 0.1, 1 + 0x1p-24, 1 + 0x3p-24, 0x1p-149, 0x1p-151, -0.5]
    let (elements, rounded) = try values("F64", shape: [7], numbers.littleEndianBytes)
    #expect(elements == [1, 0.1, 1, 1 + 0x1p-22, 0x1p-149, 0, -0.5] && rounded == 4)
    #expect(try values("F32", shape: [2], [Float(0.1), -3].littleEndianBytes).elements == [0.1, -3])
  }

  @Test("what is not finite, or too large for 32 bits, is refused with its place in tensor and file")
  func notFinite() throws {
    let nan = try refusal("F32", shape: [2, 2], [Float(0), 1, .nan, .infinity].littleEndianBytes)
    #expect(nan?.code == .invalidParameters && nan?.message.contains("the element [1, 0] of w is NaN") == true)
    let header = #"{"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#
    #expect(nan?.message.contains(", byte \(8 + header.utf8.count + 8):") == true, "\(nan?.message ?? "")")
    let half = try refusal("F16", shape: [2], [UInt16(0), 0xfc00].littleEndianBytes)
    #expect(half?.message.contains("the element [1] of w is infinite") == true)
    let brain = try refusal("BF16", shape: [1], [UInt16(0x7fc0)].littleEndianBytes)
    #expect(brain?.message.contains("[0] of w is NaN") == true)
    let large = try refusal("F64", shape: [1], [1e39].littleEndianBytes)
    #expect(large?.message.contains("larger than any 32-bit number") == true)
    let infinite = try refusal("F64", shape: [1], [-Double.infinity].littleEndianBytes)
    #expect(infinite?.message.contains("is infinite") == true)
  }

  @Test("types that are no floating-point numbers are told apart and not read")
  func otherTypes() throws {
    let error = try refusal("I32", shape: [1], [1, 0, 0, 0])
    #expect(error?.message.contains("w is I32 [1]; expected elements of type F32, F64, F16 or BF16") == true)
  }

  @Test("a model file is known by its metadata, whatever else is wrong with it")
  func modelFiles() throws {
    let whole = EditedModelFile(try Example.model())
    var later = whole
    later.replace("\"nnscore.format\":\"1\"", "\"nnscore.format\":\"9\"")
    for bytes in [whole.bytes, later.bytes] {
      try TemporaryFolder.with { folder in
        let path = try folder.write(bytes)
        #expect(try TensorFile.withFile(path) { $0.isModelFile })
      }
    }
    #expect(try !TensorFile.withFile(Fixture.path("layers-f64.safetensors")) { $0.isModelFile })
    let model = try Example.model()
    try TemporaryFolder.with { folder in
      let path = try folder.write(ModelFile.encode(model))
      #expect(try TensorFile.withFile(path) { file throws(InferenceError) in try file.model() } == model)
    }
  }

  @Test("all bytes come in chunks, in their order")
  func chunks() throws {
    let bytes = [UInt8](repeating: 7, count: 5 << 18)
    let header = "{\"w\":{\"dtype\":\"U8\",\"shape\":[\(bytes.count)],\"data_offsets\":[0,\(bytes.count)]}}"
    let whole = [UInt64(header.utf8.count)].littleEndianBytes + Array(header.utf8) + bytes
    try TemporaryFolder.with { folder in
      var read: [UInt8] = []
      let path = try folder.write(whole)
      try TensorFile.withFile(path) { $0.forEachChunk { read += $0 } }
      #expect(read == whole)
    }
  }
}
