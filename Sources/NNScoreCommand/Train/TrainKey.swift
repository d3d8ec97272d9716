import ArgumentParser

/// What can be said of a training: by a flag of `train`, or by a key of a configuration file.
enum TrainKey: String, CaseIterable {
  case name, data, validation
  case task, hidden, activation, initialization
  case initFrom = "init_from"
  case from, seed, precision
  case learningRate = "learning_rate"
  case iterations, epochs
  case batchSize = "batch_size"
  case optimizer, momentum, beta1, beta2, epsilon
  case weightDecay = "weight_decay"
  case clipNorm = "clip_norm"
  case schedule
  case scheduleFactor = "schedule_factor"
  case scheduleEvery = "schedule_every"
  case warmup, l2, dropout
  case labelSmoothing = "label_smoothing"
  case classWeights = "class_weights"
  case earlyStopping = "early_stopping"
  case measureEvery = "measure_every"
  case flip, shift, rotation, brightness
  case size, grey, fit, filter, jpeg, background, normalize
  case threads, note, promote

  /// The flag on the command line.
  var flag: String {
    switch self {
    case .name: "<name>"
    case .initialization: "--init"
    default: "--" + rawValue.replacing("_", with: "-")
    }
  }
}

/// What is wrong with something that was said of a training.
struct OptionProblem: Error {
  /// What was said.
  let key: TrainKey
  /// What was found, what was expected, and what to do.
  let message: String
  /// The same where it was said by options, if several of them are to blame.
  private let usage: String?

  init(_ key: TrainKey, _ message: String, usage: String? = nil) {
    self.key = key
    self.message = message
    self.usage = usage
  }

  /// What the command line says of it.
  var usageError: any Error { ValidationError(usage ?? (key == .name ? message : "\(key.flag): \(message)")) }
}
