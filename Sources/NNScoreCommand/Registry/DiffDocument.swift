import ModelStore

/// What `diff --json` prints.
struct DiffDocument: Encodable {
  /// What was recorded about both versions under one heading.
  struct Section: Encodable {
    struct Difference: Encodable {
      let name: String
      let first: JSONValue
      let second: JSONValue
    }

    let equal: [String]
    let different: [Difference]

    init(_ section: VersionDifferences.Section) {
      equal = section.fields.filter(\.isEqual).map(\.name)
      different = section.fields.filter { !$0.isEqual }.map {
        Difference(name: $0.name, first: $0.first?.json ?? .null, second: $0.second?.json ?? .null)
      }
    }
  }

  struct Tensor: Encodable {
    struct Element: Encodable {
      let index: [Int]
      let first: JSONNumber
      let second: JSONNumber
      let difference: JSONNumber

      init(_ element: TensorChange.Element) {
        index = element.index
        first = JSONNumber(Double(element.first))
        second = JSONNumber(Double(element.second))
        difference = JSONNumber(element.difference)
      }
    }

    struct Change: Encodable {
      private let change: TensorChange

      init(_ change: TensorChange) { self.change = change }

      enum CodingKeys: String, CodingKey {
        case differenceNorm = "difference_norm"
        case relativeNorm = "relative_norm"
        case cosine, changed, largest
      }

      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(JSONNumber(change.differenceNorm), forKey: .differenceNorm)
        try container.encode(change.relativeNorm.map(JSONNumber.init), forKey: .relativeNorm)
        try container.encode(change.cosine.map(JSONNumber.init), forKey: .cosine)
        try container.encode(change.changedCount, forKey: .changed)
        try container.encode(change.largest.map(Element.init), forKey: .largest)
      }
    }

    private let tensor: VersionComparison.Tensor

    init(_ tensor: VersionComparison.Tensor) { self.tensor = tensor }

    enum CodingKeys: String, CodingKey {
      case name, equal, change
      case firstShape = "first_shape"
      case secondShape = "second_shape"
      case firstType = "first_type"
      case secondType = "second_type"
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(tensor.name, forKey: .name)
      try container.encode(tensor.firstShape, forKey: .firstShape)
      try container.encode(tensor.secondShape, forKey: .secondShape)
      try container.encode(tensor.firstType, forKey: .firstType)
      try container.encode(tensor.secondType, forKey: .secondType)
      try container.encode(tensor.isEqual, forKey: .equal)
      try container.encode(tensor.change.map(Change.init), forKey: .change)
    }
  }

  private let comparison: VersionComparison
  private let predictions: PredictionDifferences?

  init(_ comparison: VersionComparison, _ predictions: PredictionDifferences?) {
    self.comparison = comparison
    self.predictions = predictions
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(IdentityDocument(comparison.first.identity), forKey: Key("first"))
    try container.encode(IdentityDocument(comparison.second.identity), forKey: Key("second"))
    try container.encode(comparison.answersAreEqual, forKey: Key("same_answers"))
    for section in VersionDifferences(comparison).sections {
      try container.encode(Section(section), forKey: Key(section.name))
    }
    try container.encode(comparison.tensors.map(Tensor.init), forKey: Key("tensors"))
    try container.encode(predictions, forKey: Key("predictions"))
  }
}
