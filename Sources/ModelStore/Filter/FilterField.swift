/// What of a version a filter asks about, or a list is sorted by.
enum FilterField: Sendable, Hashable {
  /// Fields of one name; the raw value is the name in filters.
  enum Fixed: String, Sendable, CaseIterable {
    case number, created, digest, note, serving, alias
    case finalCost = "cost.final"
    case iterations
    case inputHeight = "input.height"
    case inputWidth = "input.width"
    case inputChannels = "input.channels"
    case inputType = "input.type"
    case inputFit = "input.fit"
    case inputFilter = "input.filter"
    case inputJPEG = "input.jpeg"
    case layers = "architecture.layers"
    case inputs = "architecture.inputs"
    case outputs = "architecture.outputs"
    case parameters = "architecture.parameters"
    case precision, activation, label, parent, sweep, trial, seed
    case training = "dataset.training"
    case trainingCount = "dataset.training.count"
    case trainingPath = "dataset.training.path"
    case trainingKind = "dataset.training.kind"
    case validation = "dataset.validation"
    case validationCount = "dataset.validation.count"
    case validationPath = "dataset.validation.path"
    case validationKind = "dataset.validation.kind"
    case machine
    case codeVersion = "code_version"
    case duration
  }

  /// The type of a field's values.
  enum ValueType: Sendable {
    case number
    /// An unsigned number of 64 bits, of which no digit may be lost.
    case seed
    case text, date, boolean
    /// Whatever JSON holds; a comparison takes those of its own value's type.
    case any
  }

  case fixed(Fixed)
  case tag(String)
  case metric(String)
  /// The keys from the outermost object to the value.
  case hyperparameter([String])

  /// The most keys of a hyperparameter's path.
  static let maximumPath = 8

  /// The field that a name stands for.
  ///
  /// - Parameters:
  ///   - name: `accuracy.validation`, or what stands before `quoted`, such as `tag.`.
  ///   - quoted: the last part of the name if it stood in quotes.
  ///   - source: the text and `range` where the name stands in it, for the error.
  init(_ name: String, quoted: String?, in source: FilterSource, at range: Range<Int>) throws(StoreError) {
    func refuse(_ problem: String) -> StoreError { source.refuse(at: range.lowerBound, problem) }
    let shown = source.quotation(range)
    if quoted == nil, let field = name == "version" ? .number : Fixed(rawValue: name) {
      self = .fixed(field)
      return
    }
    guard let dot = name.firstIndex(of: ".") else {
      throw refuse(
        "there is no field \"\(shown)\"; there are \(Self.list(Fixed.allCases.filter { !$0.rawValue.contains(".") })), … A "
          + "metric without a dot is metric.\(shown), a hyperparameter hp.\(shown), a tag tag.\(shown)")
    }
    let group = name[..<dot]
    let rest = String(name[name.index(after: dot)...])
    switch group {
    case "tag": self = .tag(rest + (quoted ?? ""))
    case "metric": self = .metric(rest + (quoted ?? ""))
    case "hp", "hyperparameter":
      var path = rest.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      if let quoted { path[path.count - 1] = quoted }
      guard path.count <= Self.maximumPath else {
        throw refuse("a hyperparameter lies at most \(Self.maximumPath) keys deep, this one \(path.count)")
      }
      self = .hyperparameter(path)
    case "input", "architecture", "dataset":
      throw refuse(
        "there is no field \"\(shown)\"; there are "
          + Self.list(Fixed.allCases.filter { $0.rawValue.hasPrefix(group + ".") }))
    default:
      guard quoted == nil else {
        throw refuse("a name in quotes follows tag., metric. or hp. alone, not \(shown)")
      }
      self = .metric(name)
    }
  }

  private static func list(_ fields: [Fixed]) -> String { fields.map(\.rawValue).joined(separator: ", ") }

  /// The type of its values.
  var type: ValueType {
    switch self {
    case .metric: .number
    case .tag: .text
    case .hyperparameter: .any
    case .fixed(let field):
      switch field {
      case .number, .finalCost, .iterations, .inputHeight, .inputWidth, .inputChannels, .layers, .inputs, .outputs,
        .parameters, .trial, .trainingCount, .validationCount, .duration:
        .number
      case .digest, .note, .alias, .inputType, .inputFit, .inputFilter, .inputJPEG, .precision, .activation, .label,
        .parent, .sweep, .training, .trainingPath, .trainingKind, .validation, .validationPath, .validationKind,
        .machine, .codeVersion:
        .text
      case .created: .date
      case .serving: .boolean
      case .seed: .seed
      }
    }
  }

  /// Whether a version may have several values of it, any of which a comparison may take.
  var isMultiple: Bool {
    switch self {
    case .fixed(.alias), .fixed(.activation), .fixed(.label): true
    default: false
    }
  }
}

extension FilterField.ValueType {
  /// What a value of the type is called, and one as it is written.
  var description: String {
    switch self {
    case .number: "a number, such as 0.9"
    case .seed: "a whole number from 0 to 18446744073709551615"
    case .text: "text in quotes, such as \"vision\""
    case .date: "a date, such as 2026-01-01 or 2026-01-01T12:00Z"
    case .boolean: "true or false"
    case .any: "a number, text in quotes, true or false"
    }
  }
}
