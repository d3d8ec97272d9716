import Testing

@testable import Inference

@Suite("checksums")
struct ChecksumTests {
  @Test("copying on the way changes neither the checksum nor the bytes, wherever they are cut")
  func copying() {
    let bytes = (0..<1500).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ $0 >> 3) }
    bytes.span.withRegion { region in
      let expected = region.checksum(masking: 0..<0)
      for first in [0, 1, 4, 31, 32, 33, 96, 700] {
        for second in [first, first + 4, first + 28, first + 32, first + 68, first + 640] {
          var checksum = Checksum()
          checksum.update(region.part(from: 0, count: first))
          let middle = region.part(from: first, count: second - first).numbers(UInt8.self, &checksum)
          // Whole floats, at any address.
          let floats = region.part(from: second, count: (1500 - second) / 4 * 4).numbers(Float.self, &checksum)
          let end = second + 4 * floats.count
          checksum.update(region.part(from: end, count: 1500 - end))
          #expect(checksum.value == expected)
          #expect(middle == Array(bytes[first..<second]))
          #expect(floats.littleEndianBytes == Array(bytes[second..<end]))
        }
      }
    }
  }

  @Test("tensors are copied in the order of the file, whatever the order of the header, empty ones too")
  func order() throws {
    let header = Array(
      (#"{"c":{"dtype":"I8","shape":[3],"data_offsets":[12,15]},"e":{"dtype":"F32","shape":[0,2],"data_offsets":[4,4]},"#
        + #""b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]},"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"#
        + #""d":{"dtype":"U16","shape":[1],"data_offsets":[15,17]}}"#).utf8)
    let data: [UInt8] = [1, 2, 3, 4, 0, 0, 128, 63, 0, 0, 0, 192, 255, 0, 7, 9, 9]
    let file = [UInt64(header.count)].littleEndianBytes + header + data
    try file.span.withRegion { (region: Region<UInt8>) throws(InferenceError) in
      let (tensors, checksum) = try SafetensorsHeader(region, name: "test").checkedTensors(region, masking: 0..<0)
      #expect(checksum == region.checksum(masking: 0..<0))
      #expect(tensors.map { String(decoding: $0.entry.name, as: UTF8.self) } == ["c", "e", "b", "a", "d"])
      #expect(tensors.map(\.signedBytes) == [[-1, 0, 7], [], [], [], []])
      #expect(tensors.map(\.floats) == [[], [], [1, -2], [], []])
      #expect(tensors.map(\.bytes) == [[], [], [], [1, 2, 3, 4], []])
    }
  }
}
