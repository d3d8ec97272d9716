import ModelStore
import Training

extension TrainCommand {
  /// Takes from a file what was not given on the command line. What is given there replaces what says the same in another way too:
  /// --iterations the file's epochs, --optimizer another optimiser's numbers, --from the file's network and input.
  ///
  /// - Returns: the keys that were taken.
  /// - Throws: ``Failure`` with file, key and line for keys that mean nothing and values of other types.
  mutating func takeOptions(from file: ConfigurationFile) throws -> Set<TrainKey> {
    var reader = try ConfigurationReader(file, without: ignoredKeys())
    do {
      try take(from: &reader)
    } catch let problem as OptionProblem {
      throw file.failure(problem.key.rawValue, problem.message)
    }
    return reader.taken
  }

  /// The keys of the file that --without leaves out, by their own names or those of options.
  ///
  /// - Throws: a usage error for what is no key.
  func ignoredKeys() throws -> Set<TrainKey> {
    let names = without?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? []
    return try Set(
      names.map { name in
        let written = name.replacing("-", with: "_")
        guard let key = TrainKey.allCases.first(where: { $0.rawValue == written || $0.flag == "--" + name }) else {
          let known = TrainKey.allCases.map(\.rawValue)
          throw usageError(
            "--without: \"\(name)\" is no key of a file\(UnknownName.advice(for: written, among: known))")
        }
        return key
      })
  }

  private mutating func take(from reader: inout ConfigurationReader) throws {
    try reader.take(&name, .name)
    try reader.take(&data, .data)
    try reader.take(&validation, .validation)
    try reader.take(&threads.number, .threads)
    try reader.take(&note, .note)
    try reader.take(&promote, .promote)
    let isContinued = network.from != nil
    try input.take(from: &reader, unless: isContinued)
    try network.take(from: &reader)
    try steps.take(from: &reader)
    try schedule.take(from: &reader)
    try regularization.take(from: &reader)
    try augmentation.take(from: &reader)
  }
}

extension NetworkOptions {
  mutating func take(from reader: inout ConfigurationReader) throws {
    let isContinued = from != nil
    let hasStart = isContinued || initFrom != nil || initialization != nil
    try reader.take(name: &task, .task, unless: isContinued)
    try reader.take(
      list: &hidden, of: Int.self, .hidden, unless: isContinued || initFrom != nil,
      expected: "whole numbers from 1 up, such as [20, 7, 5]")
    // No hidden layers are an empty list there, and nothing here.
    if hidden == "" { hidden = nil }
    try reader.take(&activation, .activation, unless: isContinued)
    try reader.take(&initialization, .initialization, unless: hasStart)
    try reader.take(&initFrom, .initFrom, unless: hasStart)
    try reader.take(&from, .from, unless: hasStart, expected: "a version, such as cats@2") {
      if case .scalar(let text, _) = $0 { try? Reference(text) } else { nil }
    }
    try reader.take(&seed, .seed)
    try reader.take(name: &precision, .precision)
  }
}

extension StepOptions {
  mutating func take(from reader: inout ConfigurationReader) throws {
    let isLengthGiven = iterations != nil || epochs != nil
    try reader.take(&learningRate, .learningRate)
    try reader.take(&iterations, .iterations, unless: isLengthGiven)
    try reader.take(&epochs, .epochs, unless: isLengthGiven)
    try reader.take(&batchSize, .batchSize)
    let isOther = optimizer != nil && optimizer != reader.text(.optimizer)
    try reader.take(&optimizer, .optimizer)
    try reader.take(&momentum, .momentum, unless: isOther)
    try reader.take(&beta1, .beta1, unless: isOther)
    try reader.take(&beta2, .beta2, unless: isOther)
    try reader.take(&epsilon, .epsilon, unless: isOther)
    try reader.take(&weightDecay, .weightDecay, unless: isOther)
    try reader.take(&clipNorm, .clipNorm)
  }
}

extension ScheduleOptions {
  mutating func take(from reader: inout ConfigurationReader) throws {
    let isOther = schedule != nil && schedule != reader.text(.schedule)
    try reader.take(&schedule, .schedule)
    try reader.take(&scheduleFactor, .scheduleFactor, unless: isOther)
    try reader.take(&scheduleEvery, .scheduleEvery, unless: isOther)
    try reader.take(&warmup, .warmup)
  }
}

extension RegularizationOptions {
  mutating func take(from reader: inout ConfigurationReader) throws {
    try reader.take(&l2, .l2)
    try reader.take(
      list: &dropout, of: Double.self, .dropout, expected: "numbers from 0 to below 1, such as 0.2 or [0.5, 0.2]")
    if dropout == "" { dropout = nil }
    try reader.take(&labelSmoothing, .labelSmoothing)
    try reader.take(
      list: &classWeights, of: Double.self, .classWeights, word: "balanced",
      expected: "balanced, or a positive number for each class, such as [1, 2]")
    try reader.take(&earlyStopping, .earlyStopping)
    try reader.take(&measureEvery, .measureEvery)
  }
}

extension AugmentationOptions {
  mutating func take(from reader: inout ConfigurationReader) throws {
    try reader.take(&flip, .flip)
    try reader.take(&shift, .shift)
    try reader.take(&rotation, .rotation)
    try reader.take(&brightness, .brightness)
  }
}

extension TrainingInputOptions {
  mutating func take(from reader: inout ConfigurationReader, unless isSettled: Bool) throws {
    try reader.take(&pictures.size, .size, unless: isSettled)
    try reader.take(&pictures.grey, .grey, unless: isSettled)
    try reader.take(name: &pictures.fit, .fit, unless: isSettled)
    try reader.take(name: &pictures.filter, .filter, unless: isSettled)
    try reader.take(name: &pictures.jpeg, .jpeg, unless: isSettled)
    try reader.take(&pictures.background, .background, unless: isSettled)
    try reader.take(&normalize, .normalize, unless: isSettled)
  }
}
