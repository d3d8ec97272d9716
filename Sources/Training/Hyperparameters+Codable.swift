internal import Inference

extension Hyperparameters: Codable {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case hidden, activation
    case learningRate = "learning_rate"
    case iterations, epochs
    case batchSize = "batch_size"
    case initialization, seed, precision
    case optimizer, momentum, beta1, beta2, epsilon
    case weightDecay = "weight_decay"
    case schedule
    case scheduleFactor = "schedule_factor"
    case scheduleEvery = "schedule_every"
    case warmup, l2, dropout
    case labelSmoothing = "label_smoothing"
    case clipNorm = "clip_norm"
    case classWeights = "class_weights"
    case flip, shift, rotation, brightness
    case earlyStopping = "early_stopping"
    case measureEvery = "measure_every"
  }

  /// The keys of the stored form.
  public static var keys: [String] { CodingKeys.allCases.map(\.rawValue) }

  /// Reads the stored form. What is not there has its default, as earlier releases had fewer keys. Keys that are not known are left
  /// aside, as a later release may have written them.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func value<Value: Decodable>(_ key: CodingKeys) throws -> Value? {
      try container.decodeIfPresent(Value.self, forKey: key)
    }
    let name = try container.decode(String.self, forKey: .activation)
    guard let activation = Activation(name: name) else {
      throw DecodingError.dataCorruptedError(
        forKey: .activation, in: container, debugDescription: "unknown activation \"\(name)\"")
    }
    self.init(
      hidden: try container.decode([Int].self, forKey: .hidden), activation: activation,
      learningRate: try container.decode(Double.self, forKey: .learningRate), iterations: try value(.iterations),
      epochs: try value(.epochs), batchSize: try value(.batchSize),
      seed: try container.decode(UInt64.self, forKey: .seed),
      precision: try container.decode(Precision.self, forKey: .precision))
    initialization = try value(.initialization)
    do {
      optimizer = try Optimizer(
        name: try value(.optimizer) ?? "gradient-descent", momentum: try value(.momentum), beta1: try value(.beta1),
        beta2: try value(.beta2), epsilon: try value(.epsilon), weightDecay: try value(.weightDecay))
      schedule = try Schedule(
        name: try value(.schedule) ?? "constant", factor: try value(.scheduleFactor), every: try value(.scheduleEvery),
        warmup: try value(.warmup) ?? 0)
    } catch let error as TrainingError {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(codingPath: decoder.codingPath, debugDescription: error.message))
    }
    l2 = try value(.l2) ?? 0
    dropout = try value(.dropout) ?? []
    labelSmoothing = try value(.labelSmoothing) ?? 0
    clipNorm = try value(.clipNorm)
    if let weights = try? container.decodeIfPresent([Double].self, forKey: .classWeights) {
      classWeights = .values(weights)
    } else if let text: String = try value(.classWeights) {
      guard text == "balanced" else {
        throw DecodingError.dataCorruptedError(
          forKey: .classWeights, in: container,
          debugDescription: "class_weights is \"\(text)\"; expected \"balanced\" or numbers")
      }
      classWeights = .balanced
    }
    augmentation = Augmentation(
      flip: try value(.flip) ?? false, shift: try value(.shift) ?? 0, rotation: try value(.rotation) ?? 0,
      brightness: try value(.brightness) ?? 0)
    earlyStopping = try value(.earlyStopping)
    measureEvery = try value(.measureEvery)
  }

  /// Writes the stored form: `initialization` is null for a run that began from given parameters; what has its default and is not
  /// among the keys of the first release is left out.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(hidden, forKey: .hidden)
    try container.encode("\(activation.name)", forKey: .activation)
    try container.encode(learningRate, forKey: .learningRate)
    try container.encodeIfPresent(iterations, forKey: .iterations)
    try container.encodeIfPresent(epochs, forKey: .epochs)
    try container.encodeIfPresent(batchSize, forKey: .batchSize)
    try container.encode(initialization, forKey: .initialization)
    try container.encode(seed, forKey: .seed)
    try container.encode(precision, forKey: .precision)
    if optimizer != .gradientDescent { try container.encode(optimizer.name, forKey: .optimizer) }
    for (key, value) in optimizer.numbers {
      if let key = CodingKeys(rawValue: key) { try container.encode(value, forKey: key) }
    }
    if schedule.shape != .constant { try container.encode(schedule.name, forKey: .schedule) }
    try container.encodeIfPresent(schedule.factor, forKey: .scheduleFactor)
    try container.encodeIfPresent(schedule.every, forKey: .scheduleEvery)
    func encode<Value: Encodable & Equatable>(_ value: Value, unless usual: Value, _ key: CodingKeys) throws {
      if value != usual { try container.encode(value, forKey: key) }
    }
    try encode(schedule.warmup, unless: 0, .warmup)
    try encode(l2, unless: 0, .l2)
    try encode(dropout, unless: [], .dropout)
    try encode(labelSmoothing, unless: 0, .labelSmoothing)
    try container.encodeIfPresent(clipNorm, forKey: .clipNorm)
    switch classWeights {
    case .equal: break
    case .balanced: try container.encode("balanced", forKey: .classWeights)
    case .values(let values): try container.encode(values, forKey: .classWeights)
    }
    try encode(augmentation.flip, unless: false, .flip)
    try encode(augmentation.shift, unless: 0, .shift)
    try encode(augmentation.rotation, unless: 0, .rotation)
    try encode(augmentation.brightness, unless: 0, .brightness)
    try container.encodeIfPresent(earlyStopping, forKey: .earlyStopping)
    try container.encodeIfPresent(measureEvery, forKey: .measureEvery)
  }
}
