import Inference
import Training

/// Makes hyperparameters of options one after the other, so that what is wrong is put down to the option that made it so.
struct HyperparametersBuilder {
  private(set) var value: Hyperparameters

  /// The usual hyperparameters, with a seed.
  init(seed: UInt64?) { value = Hyperparameters(seed: seed) }

  /// Changes what an option says, if it was given.
  ///
  /// - Throws: ``OptionProblem`` of that option.
  mutating func set<Value>(
    _ key: TrainKey, _ option: Value?, _ change: (inout Hyperparameters, Value) throws -> Void
  ) throws {
    guard let option else { return }
    do {
      try change(&value, option)
      try value.validate()
    } catch let error as TrainingError {
      throw OptionProblem(key, error.message)
    }
  }

  /// The numbers of a list such as 0.5,0.2.
  static func numbers<Number: LosslessStringConvertible>(
    _ text: String, _ key: TrainKey, expected: String
  ) throws(OptionProblem) -> [Number] {
    var numbers: [Number] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let number = Number(String(part)) else { throw OptionProblem(key, "\"\(text)\"; expected \(expected)") }
      numbers.append(number)
    }
    return numbers
  }
}
