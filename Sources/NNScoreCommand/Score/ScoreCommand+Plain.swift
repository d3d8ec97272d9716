extension ScoreCommand {
  /// The command that plain arguments ask for, read without the argument parser, which looks up so many types at run time that it takes
  /// longer than scoring one image; nil where it has to look at them.
  ///
  /// Plain are `score`, a reference and paths, and each option at most once, apart from its value. All else, and what is wrong, is the
  /// parser's: one place says what is wrong with arguments.
  init?(plain words: [String]) {
    guard words.first == "score" else { return nil }
    var (positional, values, isJSON) = ([String](), [String: String](), false)
    var rest = words.dropFirst()
    while let word = rest.popFirst() {
      switch word {
      case "--json":
        if isJSON { return nil }
        isJSON = true
      case "--model", "--format", "--batch-size", "--threads", "--store":
        guard let value = rest.popFirst(), !value.isEmpty, !value.hasPrefix("-") else { return nil }
        guard values.updateValue(value, forKey: word) == nil else { return nil }
      default:
        if word.isEmpty || (word.hasPrefix("-") && word != "-") { return nil }
        positional.append(word)
      }
    }
    let format = values["--format"].map { ScoreFormat(rawValue: $0) }
    let batchSize = values["--batch-size"].map { Int($0) }
    let number = values["--threads"].map { Int($0) }
    if format == .some(nil) || batchSize == .some(nil) || number == .some(nil) { return nil }

    self.init()
    arguments = positional
    model = values["--model"]
    self.format = format ?? nil
    self.batchSize = (batchSize ?? nil) ?? Self.defaultBatchSize
    threads = ThreadOptions()
    threads.number = number ?? nil
    store = StoreOptions()
    store.store = values["--store"]
    json = JSONOption()
    json.isOn = isJSON
    do {
      try threads.validate()
      try validate()
    } catch {
      return nil
    }
  }
}
