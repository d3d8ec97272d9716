public import Inference

/// What a network answers of an example.
public enum PredictionTask: String, Sendable, Equatable, Codable, CaseIterable {
  /// Which one of several classes it is of: softmax with one output a class, or one sigmoid output for two.
  case classification
  /// Which of several labels it has, each on its own: one sigmoid output a label.
  case multilabel
  /// How much there is of one or several quantities: one linear output each.
  case regression

  /// What a model answers; nil for outputs that no cost is known for here, such as tanh.
  ///
  /// - Parameters:
  ///   - architecture: the model's layers.
  ///   - labelCount: how many names its outputs have; two for one sigmoid output are two classes.
  public init?(_ architecture: Architecture, labelCount: Int) {
    let last = architecture.layers[architecture.layers.count - 1]
    switch last.activation {
    case .softmax: self = .classification
    case .sigmoid where last.outputs == 1 && labelCount == 2: self = .classification
    case .sigmoid: self = .multilabel
    case .linear: self = .regression
    default: return nil
    }
  }

  /// What a model answers; nil for outputs that no cost is known for here.
  public init?(_ model: Model) { self.init(model.architecture, labelCount: model.labels.count) }

  /// What the outputs are called in messages: `class`, `label`, `quantity`.
  package var noun: String {
    switch self {
    case .classification: "class"
    case .multilabel: "label"
    case .regression: "quantity"
    }
  }

  /// Several of them.
  package var nouns: String {
    switch self {
    case .classification: "classes"
    case .multilabel: "labels"
    case .regression: "quantities"
    }
  }

  /// A number of them: `1 label`, `2 labels`.
  package func counted(_ count: Int) -> String { "\(count) \(count == 1 ? noun : nouns)" }

  /// The answers to one row of outputs, as bits: which labels have a probability above 0.5. NaN is not above.
  public static func predictedLabels(_ probabilities: some Collection<Float>) -> [Bool] {
    probabilities.map { $0 > 0.5 }
  }
}
