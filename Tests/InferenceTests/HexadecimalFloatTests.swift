import Testing

@testable import Inference

@Suite("Doubles as hexadecimal text")
struct HexadecimalFloatTests {
  @Test("Python's texts are read to the same bits, and our own are read back by us and by the C library")
  func againstPython() throws {
    for line in try Fixture.lines("hexadecimal.txt") {
      let words = line.split(separator: " ")
      let bits = try #require(UInt64(words[0], radix: 16))
      #expect(HexadecimalFloat.value(of: Array(words[1].utf8))?.bitPattern == bits, "\(line)")
      let text = HexadecimalFloat.text(of: Double(bitPattern: bits))
      #expect(HexadecimalFloat.value(of: Array(text.utf8))?.bitPattern == bits, "\(text)")
      #expect(Double(text)?.bitPattern == bits, "\(text)")
    }
  }

  @Test(
    "what is malformed, would be rounded or is out of range is refused",
    arguments: [
      "", "-", "0x", "0xp+0", "0x1", "0x1p", "0x1p+", "0x1p+-1", "1p+0", "0X1p+0", "+0x1p+0", "0x1P+0", "0x1.p",
      "0x.p+0",
      "0x1..8p+0", "0x1.8p+0 ", " 0x1p+0", "0x1.8gp+0", "nan", "inf", "0x1p+1024", "-0x1p+1024", "0x1p-1075",
      "0x1.00000000000001p+0", "0x1.8p-1074", "0x1.fffffffffffff8p+1023", "0x1p+99999", "0x1p-99999",
      "0x10000000000000000p+0", "0x1.0000000000000000000p+0",
    ])
  func refused(text: String) {
    #expect(HexadecimalFloat.value(of: Array(text.utf8)) == nil)
  }

  @Test("forms that are exact are read, however written")
  func accepted() {
    for (text, value) in [
      ("0x1p0", 1), ("0x8p-3", 1), ("0x0.8p+1", 1), ("0x.8p1", 1), ("0xFFp+0", 255), ("-0x0p+0", -0.0), ("0x1.p+2", 4),
      ("0x0.0000000000001p-1022", Double.leastNonzeroMagnitude), ("0x1p-1074", Double.leastNonzeroMagnitude),
      ("0x1.fffffffffffffp+1023", Double.greatestFiniteMagnitude),
    ] as [(String, Double)] {
      #expect(HexadecimalFloat.value(of: Array(text.utf8))?.bitPattern == value.bitPattern, "\(text)")
    }
  }
}
