import Foundation

/// A moment: UTC, in milliseconds. As text `2026-11-24T12:15:25.123Z`, which sorts as it counts.
public struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
  public let millisecondsSince1970: Int64

  /// The earliest and latest moments that have a text: the years 0000 to 9999.
  private static let range: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

  /// The moment so many milliseconds after 1970-01-01T00:00:00Z; clamped to the years 0000 to 9999.
  public init(millisecondsSince1970 milliseconds: Int64) {
    millisecondsSince1970 = min(max(milliseconds, Self.range.lowerBound), Self.range.upperBound)
  }

  /// The present, by the system's clock.
  public static var now: Timestamp {
    Timestamp(millisecondsSince1970: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
  }

  /// Reads a text of exactly the form `2026-11-24T12:15:25.123Z`; nil for any other.
  public init?(_ text: String) {
    self.init(utf8: text.utf8.span)
  }

  /// Reads the bytes of such a text, one by one and without copies: a list of versions has thousands of them.
  init?(utf8 bytes: Span<UInt8>) {
    guard bytes.count == "0000-00-00T00:00:00.000Z".utf8.count else { return nil }
    for index in bytes.indices {
      let byte = bytes[index]
      let isRight =
        switch index {
        case 4, 7: byte == UInt8(ascii: "-")
        case 10: byte == UInt8(ascii: "T")
        case 13, 16: byte == UInt8(ascii: ":")
        case 19: byte == UInt8(ascii: ".")
        case 23: byte == UInt8(ascii: "Z")
        default: (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
      guard isRight else { return nil }
    }
    func number(_ range: Range<Int>) -> Int64 {
      var result: Int64 = 0
      for index in range { result = result * 10 + Int64(bytes[index] - UInt8(ascii: "0")) }
      return result
    }
    let day = (year: number(0..<4), month: number(5..<7), day: number(8..<10))
    let time = (hour: number(11..<13), minute: number(14..<16), second: number(17..<19))
    guard (1...12).contains(day.month), (1...31).contains(day.day), time.hour < 24, time.minute < 60, time.second < 60
    else { return nil }
    let days = Self.days(year: day.year, month: day.month, day: day.day)
    // Refuses days that a month does not have.
    guard Self.date(days: days).day == day.day else { return nil }
    let seconds = days * 86_400 + time.hour * 3600 + time.minute * 60 + time.second
    self.init(millisecondsSince1970: seconds * 1000 + number(20..<23))
  }

  /// Reads a text as people write it: `2026-11-24`, `2026-11-24T12:15Z`, `2026-11-24T12:15:25Z` or with milliseconds; `Z` may be
  /// left out, as all of them are UTC. Nil for any other.
  public init?(lenient text: String) {
    var full = text.hasSuffix("Z") ? String(text.dropLast()) : text
    switch full.utf8.count {
    case 10 where !text.hasSuffix("Z"): full += "T00:00:00.000"
    case 16: full += ":00.000"
    case 19: full += ".000"
    case 23: break
    default: return nil
    }
    self.init(full + "Z")
  }

  /// The text, for example `2026-11-24T12:15:25.123Z`.
  public var description: String {
    func padded(_ value: Int64, _ width: Int) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
    let (seconds, milliseconds) = Self.floorDivide(millisecondsSince1970, 1000)
    let (days, time) = Self.floorDivide(seconds, 86_400)
    let date = Self.date(days: days)
    return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
      + "T\(padded(time / 3600, 2)):\(padded(time / 60 % 60, 2)):\(padded(time % 60, 2)).\(padded(milliseconds, 3))Z"
  }

  /// Earlier is less.
  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.millisecondsSince1970 < right.millisecondsSince1970
  }

  private static func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let remainder = value % divisor
    return remainder < 0 ? (value / divisor - 1, remainder + divisor) : (value / divisor, remainder)
  }

  // Years that begin in March put the leap day last; 400 of them are 146,097 days, and 719,468 days lie between
  // 0000-03-01 and 1970-01-01 of the proleptic Gregorian calendar.
  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let marchYear = month > 2 ? year : year - 1
    let (era, yearOfEra) = floorDivide(marchYear, 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = floorDivide(days + 719_468, 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
  }
}
