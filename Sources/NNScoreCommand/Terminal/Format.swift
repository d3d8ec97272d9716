import Foundation

/// Numbers and times as people read them.
enum Format {
  /// A cost, with six digits after the point as the literature prints it; a very small or large one with an exponent.
  static func cost(_ value: Double?) -> String {
    guard let value else { return "-" }
    return String(format: value == 0 || (1e-4..<1e7).contains(abs(value)) ? "%.6f" : "%.3e", value)
  }

  /// A metric by its name, such as `accuracy.training`: shares in per cent, costs as such, others as numbers.
  static func metric(_ name: String, _ value: Double) -> String {
    let kind = name.prefix { $0 != "." }
    if ["accuracy", "label_accuracy", "agreement", "precision", "recall", "f1"].contains(kind) {
      return percent(value)
    }
    return kind == "cost" ? cost(value) : number(value, digits: 6)
  }

  /// A probability, accuracy or other share in per cent.
  static func percent(_ value: Double?, digits: Int = 2) -> String {
    guard let value else { return "-" }
    return String(format: "%.\(digits)f %%", value * 100)
  }

  /// How many a second: whole ones from ten on.
  static func rate(_ perSecond: Double) -> String {
    guard perSecond >= 10, let whole = Int(exactly: perSecond.rounded()) else { return number(perSecond, digits: 2) }
    return count(whole)
  }

  /// A number with at most `digits` significant digits.
  static func number(_ value: Double, digits: Int = 4) -> String {
    String(format: "%.\(digits)g", value)
  }

  /// Bytes with a binary unit.
  static func bytes(_ count: Int) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"]
    guard count >= 1024 else { return "\(count) B" }
    var value = Double(count) / 1024
    var index = 0
    while value >= 1024, index < units.count - 1 {
      value /= 1024
      index += 1
    }
    return String(format: value < 10 ? "%.1f %@" : "%.0f %@", value, units[index])
  }

  /// A whole number with its thousands set apart.
  static func count(_ value: Int) -> String {
    var digits = String(value.magnitude)
    var groups: [String] = []
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    groups.insert(digits, at: 0)
    return (value < 0 ? "-" : "") + groups.joined(separator: ",")
  }

  /// A count and its noun: "1 image", "2 images".
  static func count(_ value: Int, _ noun: String) -> String {
    "\(count(value)) \(noun)\(value == 1 ? "" : "s")"
  }

  /// A text from outside as it can be shown: what would move the cursor, colour a terminal or turn the direction of what follows
  /// is written out, and so is a line break unless `keepingLines`.
  static func visible(_ text: String, keepingLines: Bool = false) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control where !(keepingLines && scalar == "\n"): result += "\\x" + String(format: "%02x", scalar.value)
      case .lineSeparator, .paragraphSeparator: result += written(scalar)
      case .format where isDirection(scalar): result += written(scalar)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func written(_ scalar: Unicode.Scalar) -> String { "\\u{" + String(scalar.value, radix: 16) + "}" }

  /// Whether a scalar embeds, overrides or isolates a direction, which a terminal may keep to the end of its line.
  private static func isDirection(_ scalar: Unicode.Scalar) -> Bool {
    (0x202a...0x202e).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
  }

  /// Billions a second, with three digits.
  static func giga(_ perSecond: Double) -> String { threeDigits(perSecond / 1e9) }

  /// A number with three digits, the last ones zeros or not, and more only before the point.
  private static func threeDigits(_ value: Double) -> String {
    String(format: value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value)
  }

  /// The duration of a call, from nanoseconds up, with three digits.
  static func latency(_ seconds: Double) -> String {
    for (unit, size) in [("ns", 1e-9), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0)] {
      let value = seconds / size
      // What would be rounded to a thousand of a unit is one of the next.
      guard value >= 999.5, unit != "s" else {
        return threeDigits(value) + " " + unit
      }
    }
    return "-"
  }

  /// A duration from milliseconds to hours.
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0 else { return "-" }
    if seconds < 1 { return String(format: "%.0f ms", seconds * 1000) }
    if seconds < 10 { return String(format: "%.1f s", seconds) }
    if seconds < 60 { return String(format: "%.0f s", seconds) }
    let whole = seconds < 1e9 ? Int(seconds) : 1_000_000_000
    if whole < 3600 { return String(format: "%d min %02d s", whole / 60, whole % 60) }
    return String(format: "%d h %02d min", whole / 3600, whole / 60 % 60)
  }
}

extension Duration {
  /// The duration as a number of seconds.
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
