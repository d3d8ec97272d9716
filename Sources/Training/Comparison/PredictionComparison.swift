/// How the answers of two models to the same labelled examples differ.
///
/// Made by a ``PredictionComparer``. An answer is the class that ``Evaluation`` takes as predicted; classes are those of the first
/// model, then those that only the second one knows.
public struct PredictionComparison: Sendable, Equatable {
  /// Examples that changed from one answer to another.
  public struct Transition: Sendable, Equatable {
    /// The first model's answer, an index in ``PredictionComparison/classNames``.
    public let from: Int
    /// The second model's answer.
    public let to: Int
    /// How many examples changed so.
    public internal(set) var count = 0
    /// How many of them became right.
    public internal(set) var corrected = 0
    /// How many of them became wrong. The others were wrong before and are still.
    public internal(set) var spoiled = 0
  }

  /// What one model answers to an example.
  public struct Answer: Sendable, Equatable {
    /// The class, an index in ``PredictionComparison/classNames``.
    public let label: Int
    /// The probability that the model gives it, 0 to 1.
    public let probability: Float
  }

  /// An example whose probabilities changed.
  public struct Example: Sendable, Equatable {
    /// Its place in the set, from 0.
    public let index: Int
    /// Its class, an index in ``PredictionComparison/classNames``.
    public let label: Int
    /// What the first model answers.
    public let first: Answer
    /// What the second model answers.
    public let second: Answer
    /// The largest change of the probability of any class, 0 to 1; a class that a model does not know has probability 0. It is 1
    /// where a score is NaN on one side only.
    public let change: Float
  }

  /// The names of the classes.
  public let classNames: [String]
  /// The number of examples.
  public internal(set) var count = 0
  /// How many examples both models answered right.
  public internal(set) var bothRight = 0
  /// How many examples only the first model answered right.
  public internal(set) var onlyFirstRight = 0
  /// How many examples only the second model answered right.
  public internal(set) var onlySecondRight = 0
  /// How many examples changed their answer.
  public internal(set) var changed = 0
  /// From what to what answers changed, the most frequent first.
  public internal(set) var transitions: [Transition] = []
  /// The examples that changed most, by ``Example/change``; of equal ones the first.
  public internal(set) var mostChanged: [Example] = []

  /// How many examples both models answered wrong, alike or not.
  public var bothWrong: Int { count - bothRight - onlyFirstRight - onlySecondRight }
  /// The part of the examples that the first model answered right, 0 to 1.
  public var firstAccuracy: Double { Double(bothRight + onlyFirstRight) / Double(count) }
  /// The part of the examples that the second model answered right.
  public var secondAccuracy: Double { Double(bothRight + onlySecondRight) / Double(count) }
  /// Whether one of them is right more often than chance would have it.
  public var test: McNemarTest { McNemarTest(onlyFirst: onlyFirstRight, onlySecond: onlySecondRight) }

  init(classNames: [String]) { self.classNames = classNames }
}
