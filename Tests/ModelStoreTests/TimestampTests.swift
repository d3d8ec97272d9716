import Foundation
import ModelStore
import Testing

@Suite struct TimestampTests {
  @Test(
    "Moments have the texts that date(1) gives them",
    arguments: [
      (Int64(0), "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
      (951_782_400_000, "2000-02-29T00:00:00.000Z"), (1_795_522_525_123, "2026-11-24T12:15:25.123Z"),
      (4_107_542_399_999, "2100-02-28T23:59:59.999Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
      (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ])
  func texts(milliseconds: Int64, text: String) throws {
    #expect(Timestamp(millisecondsSince1970: milliseconds).description == text)
    #expect(try #require(Timestamp(text)).millisecondsSince1970 == milliseconds)
  }

  @Test("Every day of four centuries is read back as it was written")
  func days() throws {
    for day in stride(from: Int64(-36_525), to: 109_575, by: 1) {
      let moment = Timestamp(millisecondsSince1970: day * 86_400_000 + 43_200_001)
      #expect(Timestamp(moment.description) == moment)
    }
  }

  @Test(
    "Other texts are no moments",
    arguments: [
      "", "2026-11-24", "2026-11-24T12:15:25Z", "2026-13-01T00:00:00.000Z", "2026-02-29T00:00:00.000Z",
      "2026-00-01T00:00:00.000Z", "2026-01-00T00:00:00.000Z", "2026-01-01T24:00:00.000Z", "2026-01-01T00:60:00.000Z",
      "2026-01-01 00:00:00.000Z", "2026-01-01T00:00:00.000z", "+026-01-01T00:00:00.000Z",
    ])
  func refuses(text: String) {
    #expect(Timestamp(text) == nil)
  }

  @Test("Moments out of reach are clamped, and the present lies between")
  func clamps() {
    #expect(Timestamp(millisecondsSince1970: .max).description == "9999-12-31T23:59:59.999Z")
    #expect(Timestamp(millisecondsSince1970: .min).description == "0000-01-01T00:00:00.000Z")
    let now = Date().timeIntervalSince1970 * 1000
    #expect(abs(Double(Timestamp.now.millisecondsSince1970) - now) < 60_000)
  }
}
