import ArgumentParser

/// Takes what a file says of a training for the options that were not given on the command line.
struct ConfigurationReader {
  private let values: [TrainKey: ConfigurationValue]
  /// The keys whose values were taken.
  private(set) var taken: Set<TrainKey> = []

  init(_ values: [TrainKey: ConfigurationValue]) { self.values = values.filter { $0.value != .null } }

  /// - Parameter ignored: keys whose values are as if they were not there.
  /// - Throws: ``Failure`` for keys that mean nothing.
  init(_ file: ConfigurationFile, without ignored: Set<TrainKey> = []) throws {
    try file.requireKeys(in: TrainKey.allCases.map(\.rawValue))
    let keys = TrainKey.allCases.filter { !ignored.contains($0) }
    self.init(Dictionary(uniqueKeysWithValues: keys.compactMap { key in zip(key, file.entries[key.rawValue]?.value) }))
  }

  /// Whether the file says something.
  func has(_ key: TrainKey) -> Bool { values[key] != nil }

  /// The text of a value.
  func text(_ key: TrainKey) -> String? {
    if case .scalar(let text, _)? = values[key] { text } else { nil }
  }

  /// Takes a value, if there is one, unless the option has one already or something else on the command line settles it.
  ///
  /// - Parameters:
  ///   - isSettled: whether the command line has said something that stands for this.
  ///   - expected: what a value looks like.
  ///   - read: the value, or nil for one of another type.
  /// - Throws: ``OptionProblem`` for a value of another type, whether it is taken or not.
  mutating func take<Value>(
    _ option: inout Value?, _ key: TrainKey, unless isSettled: Bool = false, expected: String,
    _ read: (ConfigurationValue) -> Value?
  ) throws {
    guard let found = values[key] else { return }
    guard let value = read(found) else { throw OptionProblem(key, "\(found.text); expected \(expected)") }
    guard option == nil, !isSettled else { return }
    option = value
    taken.insert(key)
  }

  mutating func take(_ option: inout String?, _ key: TrainKey, unless isSettled: Bool = false) throws {
    try take(&option, key, unless: isSettled, expected: "a text") {
      if case .scalar(let text, _) = $0 { text } else { nil }
    }
  }

  mutating func take(_ option: inout Bool?, _ key: TrainKey, unless isSettled: Bool = false) throws {
    try take(&option, key, unless: isSettled, expected: "true or false") {
      switch $0 {
      case .scalar("true", isQuoted: false): true
      case .scalar("false", isQuoted: false): false
      default: nil
      }
    }
  }

  mutating func take<Number: LosslessStringConvertible & Numeric>(
    _ option: inout Number?, _ key: TrainKey, unless isSettled: Bool = false
  ) throws {
    let kind =
      Number.self == Double.self
      ? "a number" : Number.self == UInt64.self ? "a whole number from 0 up" : "a whole number"
    try take(&option, key, unless: isSettled, expected: kind) {
      if case .scalar(let text, isQuoted: false) = $0 { Number(text) } else { nil }
    }
  }

  /// One of a few names.
  mutating func take<Name: ExpressibleByArgument>(
    name option: inout Name?, _ key: TrainKey, unless isSettled: Bool = false
  ) throws {
    let names = Name.allValueStrings
    try take(
      &option, key, unless: isSettled, expected: names.dropLast().joined(separator: ", ") + " or \(names.last ?? "")"
    ) {
      if case .scalar(let text, _) = $0 { Name(argument: text) } else { nil }
    }
  }

  /// A number or a list of them, as the command line has it: 20,7,5.
  ///
  /// - Parameter word: a text that may stand for numbers.
  mutating func take<Number: LosslessStringConvertible>(
    list option: inout String?, of type: Number.Type, _ key: TrainKey, unless isSettled: Bool = false,
    word: String? = nil, expected: String
  ) throws {
    func number(_ value: ConfigurationValue) -> String? {
      guard case .scalar(let text, isQuoted: false) = value, Number(text) != nil else { return nil }
      return text
    }
    try take(&option, key, unless: isSettled, expected: expected) { value in
      if case .scalar(let text, _) = value, text == word { return text }
      guard case .list(let values) = value else { return number(value) }
      let numbers = values.compactMap(number)
      return numbers.count == values.count ? numbers.joined(separator: ",") : nil
    }
  }
}
