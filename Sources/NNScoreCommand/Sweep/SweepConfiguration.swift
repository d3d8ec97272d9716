import Foundation
import ModelStore
import Training

/// What a sweep's file says.
struct SweepConfiguration {
  /// The file, for messages.
  let path: String
  /// The labelled sets.
  let data: String
  let validation: String
  /// What is the same in all trials, by the keys of `train`.
  let fixed: [String: JSONValue]
  let search: Search

  /// Reads and checks a file.
  ///
  /// - Parameters:
  ///   - path: the file, YAML or JSON.
  ///   - data: a labelled set in place of the file's.
  ///   - validation: another in place of the file's.
  /// - Throws: ``Failure`` with the file and the key.
  init(contentsOfFile path: String, data: String?, validation: String?) throws {
    let file = try ConfigurationFile(path: path)
    let reader = Reader(file)
    let known = TrialOptions.hyperparameters.map(\.rawValue) + TrialOptions.pictures.map(\.rawValue)
    var settings: [String: JSONValue] = [:]
    var search: Search?
    var paths = ["data": data, "validation": validation]
    for member in file.members {
      let (key, value) = (member.key, member.value)
      switch key {
      case "search": search = try reader.search(value)
      case "data", "validation":
        guard case .scalar(let text, _) = value, !text.isEmpty else {
          throw reader.problem(key, "\(value.text); expected the path of a labelled set")
        }
        if paths[key] == .some(nil) { paths[key] = text }
      case "init_from", "from":
        throw reader.problem(key, "trials begin from drawn parameters; leave it out")
      default:
        guard known.contains(key) else { throw reader.unknown(key, among: known + ["data", "validation", "search"]) }
        settings[key] = value.json
      }
    }
    guard let search else { throw reader.problem("search", "it is not there; say what to vary: method, over, …") }
    for dimension in search.over where settings[dimension.key] != nil {
      throw reader.problem(dimension.key, "it is fixed and searched; leave one of them out")
    }
    guard let data = paths["data"] ?? nil else { throw reader.problem("data", "it is not there; name a labelled set") }
    guard let validation = paths["validation"] ?? nil else {
      throw reader.problem("validation", "it is not there; trials are ranked on a labelled set of their own: name one")
    }
    // One seed for all trials, so that they differ in nothing but what varies.
    if settings["seed"] == nil, !search.over.contains(where: { $0.key == "seed" }) {
      // As it is read back from the store: unsigned only where it is too large for the other.
      settings["seed"] = Int64(exactly: search.seed).map { .integer($0) } ?? .unsigned(search.seed)
    }
    (self.path, self.data, self.validation, fixed, self.search) = (path, data, validation, settings, search)
    try checkHalving(reader)
    try checkSettings(reader)
  }

  /// What no round of halving goes beyond.
  var mostEpochs: Int? { if case .integer(let epochs) = fixed["epochs"] { Int(epochs) } else { nil } }

  private func checkHalving(_ reader: Reader) throws {
    guard search.method == .halving else { return }
    for key in ["epochs", "iterations"] where search.over.contains(where: { $0.key == key }) {
      throw reader.problem("search.over.\(key)", "halving itself says how long trials are; leave it out")
    }
    if fixed["iterations"] != nil {
      throw reader.problem("iterations", "halving counts in epochs; say epochs for the most that a trial gets")
    }
    if let least = search.minimumEpochs, let most = mostEpochs, most < least {
      throw reader.problem("epochs", "\(most) is less than search.min_epochs, \(least)")
    }
  }

  /// Checks the hyperparameters of every trial before the first begins.
  private func checkSettings(_ reader: Reader) throws {
    for (index, combination) in search.combinations().enumerated() {
      do {
        _ = try TrialOptions.options(fixed.merging(combination) { $1 }).values()
      } catch let problem as OptionProblem {
        let key = problem.key.rawValue
        guard search.over.contains(where: { $0.key == key }) else { throw reader.problem(key, problem.message) }
        throw reader.problem(
          "search.over.\(key)",
          "\(problem.message); this is trial \(index + 1): \(JSONValue.object(combination).text)")
      }
    }
    do {
      _ = try TrialOptions.options(fixed).input.rule()
    } catch let problem as OptionProblem {
      throw reader.problem(problem.key.rawValue, problem.message)
    }
  }
}

/// Reads the parts of a sweep's file.
private struct Reader {
  private let path: String
  /// The lines of keys, those within others with all their names: search.over.l2.
  private var lines: [String: Int] = [:]

  init(_ file: ConfigurationFile) {
    path = file.path
    find(file.members, in: "")
  }

  private mutating func find(_ members: [ConfigurationValue.Member], in parent: String) {
    for member in members {
      lines[parent + member.key] = member.line
      if case .mapping(let inner) = member.value { find(inner, in: parent + member.key + ".") }
    }
  }

  /// What is wrong with a key, at its line or, where it is not there, at the line of what it ought to be in.
  func problem(_ key: String, _ message: String) -> Failure {
    var place = key[...]
    while lines[String(place)] == nil, let dot = place.lastIndex(of: ".") { place = place[..<dot] }
    return ConfigurationFile.failure(path, lines[String(place)], "\(key): \(message)")
  }

  func unknown(_ key: String, of parent: String = "", among known: [String]) -> Failure {
    let name = parent.isEmpty ? key : "\(parent).\(key)"
    return problem(name, "there is no such key\(UnknownName.advice(for: key, among: known))")
  }

  private func members(_ value: ConfigurationValue, of key: String) throws -> [ConfigurationValue.Member] {
    guard case .mapping(let members) = value else { throw problem(key, "\(value.text); expected keys with values") }
    return members
  }

  func search(_ value: ConfigurationValue) throws -> Search {
    let known = ["method", "trials", "seed", "metric", "keep", "min_epochs", "eta", "over"]
    var found: [String: ConfigurationValue] = [:]
    for member in try members(value, of: "search") {
      guard known.contains(member.key) else { throw unknown(member.key, of: "search", among: known) }
      found[member.key] = member.value
    }
    guard let methodValue = found["method"] else {
      throw problem("search.method", "it is not there; expected grid, random or halving")
    }
    let method: Search.Method = try word("search.method", methodValue)
    let metric: Search.Metric = try found["metric"].map { try word("search.metric", $0) } ?? .accuracy
    var seed: UInt64 = 1
    switch found["seed"]?.json {
    case nil: break
    case .integer(let value) where value >= 0: seed = UInt64(value)
    case .unsigned(let value): seed = value
    case .some(let value): throw problem("search.seed", "\(value.text); expected a whole number from 0 up")
    }
    guard let overValue = found["over"] else {
      throw problem("search.over", "it is not there; name hyperparameters with their values")
    }
    let search = Search(
      method: method, trials: try count("trials", found), seed: seed, metric: metric, keep: try keep(found["keep"]),
      minimumEpochs: try count("min_epochs", found), eta: try count("eta", found) ?? 3,
      over: try over(overValue, method))
    try check(search, hasEta: found["eta"] != nil)
    return search
  }

  private func check(_ search: Search, hasEta: Bool) throws {
    let name = search.method.rawValue
    if search.method == .grid {
      if search.trials != nil { throw problem("search.trials", "a grid tries all combinations; leave it out") }
      guard let count = search.combinationCount, count <= Search.mostTrials else {
        throw problem(
          "search.over", "it has over \(Search.mostTrials) combinations; use fewer values, or random")
      }
    } else {
      guard let trials = search.trials else { throw problem("search.trials", "\(name) needs a number of trials") }
      guard trials <= Search.mostTrials else {
        throw problem("search.trials", "\(trials); expected at most \(Search.mostTrials)")
      }
      if let count = search.combinationCount, count < trials {
        throw problem(
          "search.trials", "\(trials), but there are \(count) combinations; ask for fewer, or use grid")
      }
    }
    if search.method == .halving {
      guard search.minimumEpochs != nil else {
        throw problem("search.min_epochs", "halving needs the epochs that all trials get at first")
      }
      guard (2...Search.mostEta).contains(search.eta) else {
        throw problem("search.eta", "\(search.eta); expected 2 to \(Search.mostEta)")
      }
    } else if search.minimumEpochs != nil || hasEta {
      throw problem(hasEta ? "search.eta" : "search.min_epochs", "it is for the method halving; leave it out")
    }
  }

  private func word<Word: RawRepresentable & CaseIterable>(_ key: String, _ value: ConfigurationValue) throws -> Word
  where Word.RawValue == String {
    guard case .scalar(let text, _) = value, let word = Word(rawValue: text) else {
      let all = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw problem(key, "\(value.text); expected one of \(all)")
    }
    return word
  }

  private func count(_ key: String, _ found: [String: ConfigurationValue]) throws -> Int? {
    guard let value = found[key]?.json else { return nil }
    guard case .integer(let number) = value, number >= 1, let count = Int(exactly: number) else {
      throw problem("search.\(key)", "\(value.text); expected a whole number from 1 up")
    }
    return count
  }

  private func keep(_ value: ConfigurationValue?) throws -> Search.Keep {
    switch value?.json {
    case nil: return .best(1)
    case .string("all"): return .all
    case .string("none"): return .best(0)
    case .integer(let number) where number >= 0: return .best(Int(number))
    case .some(let value): throw problem("search.keep", "\(value.text); expected all, none or a number of trials")
    }
  }

  private func over(_ value: ConfigurationValue, _ method: Search.Method) throws -> [Search.Dimension] {
    let members = try members(value, of: "search.over")
    guard !members.isEmpty else { throw problem("search.over", "it is empty; name hyperparameters with their values") }
    let known = TrialOptions.hyperparameters.map(\.rawValue)
    return try members.map { member in
      let key = member.key
      if TrialOptions.pictures.contains(where: { $0.rawValue == key }) {
        throw problem("search.over.\(key)", "pictures are read once for all trials; say it outside of search")
      }
      guard known.contains(key) else { throw unknown(key, of: "search.over", among: known) }
      return Search.Dimension(key: key, values: try values("search.over.\(key)", member.value, method))
    }
  }

  private func values(_ key: String, _ value: ConfigurationValue, _ method: Search.Method) throws -> Search.Values {
    switch value {
    case .null, .scalar: throw problem(key, "\(value.text); expected a list, or min and max")
    case .list(let elements):
      guard !elements.isEmpty else { throw problem(key, "the list is empty; expected values to try") }
      let values = elements.map(\.json)
      var seen: Set<JSONValue> = []
      for value in values where !seen.insert(value).inserted { throw problem(key, "\(value.text) is there twice") }
      return .list(values)
    case .mapping(let members):
      guard method != .grid else {
        throw problem(key, "a grid needs a list of values; a range is for the methods random and halving")
      }
      return .range(try range(key, members))
    }
  }

  private func range(_ key: String, _ members: [ConfigurationValue.Member]) throws -> Search.Range {
    var (numbers, isLogarithmic, isInteger): ([String: Double], Bool, Bool) = ([:], false, false)
    for member in members {
      let name = member.key
      switch (name, member.value.json) {
      case ("min", .integer(let number)), ("max", .integer(let number)): numbers[name] = Double(number)
      case ("min", .number(let number)), ("max", .number(let number)): numbers[name] = number
      case ("scale", .string("linear")): isLogarithmic = false
      case ("scale", .string("log")): isLogarithmic = true
      case ("integer", .bool(let value)): isInteger = value
      case ("min", let other), ("max", let other): throw problem("\(key).\(name)", "\(other.text); expected a number")
      case ("scale", let other): throw problem("\(key).scale", "\(other.text); expected linear or log")
      case ("integer", let other): throw problem("\(key).integer", "\(other.text); expected true or false")
      default: throw unknown(name, of: key, among: ["min", "max", "scale", "integer"])
      }
    }
    guard let least = numbers["min"], let greatest = numbers["max"] else {
      throw problem(key, "a range needs both min and max")
    }
    guard least < greatest else {
      throw problem(key, "min is \(Format.number(least)) and max \(Format.number(greatest)); expected min to be less")
    }
    guard !isLogarithmic || least > 0 else {
      throw problem("\(key).min", "\(Format.number(least)); a logarithmic scale begins above 0")
    }
    if isInteger {
      for (name, value) in [("min", least), ("max", greatest)] where value != value.rounded() || abs(value) > 0x1p53 {
        throw problem("\(key).\(name)", "\(value); expected a whole number")
      }
    }
    return Search.Range(least: least, greatest: greatest, isLogarithmic: isLogarithmic, isInteger: isInteger)
  }
}

extension ConfigurationValue {
  /// The value, a scalar without quotes being what YAML 1.2 takes it for.
  fileprivate var json: JSONValue {
    switch self {
    case .null: .null
    case .scalar(let text, let isQuoted): isQuoted ? .string(text) : Self.plain(text)
    case .list(let values): .array(values.map(\.json))
    case .mapping(let members): .object(Dictionary(members.map { ($0.key, $0.value.json) }) { $1 })
    }
  }

  private static func plain(_ text: String) -> JSONValue {
    switch text {
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    default: break
    }
    guard text.allSatisfy({ $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }) else { return .string(text) }
    if let value = Int64(text) { return .integer(value) }
    if let value = UInt64(text) { return .unsigned(value) }
    if let value = Double(text), value.isFinite { return JSONValue(value) }
    return .string(text)
  }
}
