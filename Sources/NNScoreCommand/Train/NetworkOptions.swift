public import ArgumentParser
import Datasets
import Foundation
import Images
import Inference
import ModelStore
public import Training

/// What network is trained, and from where.
struct NetworkOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What is learnt: classification, multilabel or regression (default: what the data has).", valueName: "name"))
  var task: PredictionTask?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Units of the hidden layers, such as 20,7,5 (default: none, which is logistic regression).", valueName: "units"))
  var hidden: String?
  @Option(
    help: ArgumentHelp(
      "Of the hidden layers: relu, leakyRelu, tanh, sigmoid or linear (default: relu).", valueName: "name"))
  var activation: String?
  @Option(
    name: .customLong("init"),
    help: ArgumentHelp(
      "How weights are drawn (default: zeros without hidden layers, he for relu, scaled for others).",
      valueName: "rule"))
  var initialization: String?
  @Option(
    help: ArgumentHelp(
      "Begin from the parameters of a version such as cats@2, or a file's tensors layers.N.weight and layers.N.bias, F32 or F64.",
      valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var initFrom: String?
  @Option(
    help: ArgumentHelp("Go on from a stored version: its network, input and labels.", valueName: "ref"),
    transform: Reference.init)
  var from: Reference?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Fixes all that is random (default: a fresh one, recorded).", valueName: "n"))
  var seed: UInt64?
  @Option(help: "What is computed in; it is rounded to float32 once (default: float32).")
  var precision: Precision?

  private var units: [Int]? {
    get throws(OptionProblem) {
      guard let hidden else { return nil }
      let expected = "whole numbers from 1 up, such as 20,7,5"
      let units: [Int] = try HyperparametersBuilder.numbers(hidden, .hidden, expected: expected)
      guard units.allSatisfy({ $0 > 0 }) else { throw OptionProblem(.hidden, "\"\(hidden)\"; expected \(expected)") }
      return units
    }
  }

  private func activationValue() throws(OptionProblem) -> Activation? {
    guard let activation else { return nil }
    guard let value = Activation(name: activation), value != .softmax else {
      throw OptionProblem(.activation, "\"\(activation)\"; expected relu, leakyRelu, tanh, sigmoid or linear")
    }
    return value
  }

  /// Checks which options exclude each other.
  func validate(input: TrainingInputOptions) throws(OptionProblem) {
    let starts: [(TrainKey, Bool)] = [
      (.initialization, initialization != nil), (.initFrom, initFrom != nil), (.from, from != nil),
    ]
    let given = starts.filter(\.1).map(\.0)
    if given.count > 1 {
      throw OptionProblem(given[1], "--init, --init-from and --from exclude each other; leave out all but one")
    }
    guard from != nil else { return }
    let others: [(TrainKey, Bool)] = [(.task, task != nil), (.hidden, hidden != nil), (.activation, activation != nil)]
    if let other = others.first(where: \.1)?.0 ?? input.given.first {
      throw OptionProblem(other, "--from takes network and input of the version; leave this out")
    }
  }

  /// Loads what the run begins from.
  func start(from store: StoreOptions) throws -> TrainingStart {
    if let from {
      let model = try Self.trainable(from, in: store.open(.readOnly))
      return TrainingStart(
        parent: model, parameters: DoubleParameters(model.parameters), layers: nil, origin: model.identity)
    }
    guard let initFrom else { return TrainingStart(parent: nil, parameters: nil, layers: nil, origin: nil) }
    let parameters: DoubleParameters
    let origin: Model.Identity?
    let widths: [Int]
    if let version = Self.version(named: initFrom) {
      let model = try Self.trainable(version, in: store.open(.readOnly))
      (parameters, origin) = (DoubleParameters(model.parameters), model.identity)
      widths = model.architecture.layers.dropLast().map(\.outputs)
    } else {
      let layers = try LayerTensors(contentsOfFile: initFrom).layers
      parameters = DoubleParameters(layers: layers.map { DoubleParameters.Layer(weight: $0.weight, bias: $0.bias) })
      origin = Self.version(inFile: initFrom, of: store)
      widths = layers.dropLast().map(\.outputs)
    }
    if let units = try units, units != widths {
      let found =
        widths.isEmpty ? "no hidden layers" : "hidden layers of \(widths.map(String.init).joined(separator: ","))"
      throw Failure(
        .usage, code: "shapeMismatch",
        "--hidden is \(hidden ?? ""), but \(initFrom) has \(found); leave out --hidden to take its layers")
    }
    return TrainingStart(parent: nil, parameters: parameters, layers: widths, origin: origin)
  }

  /// A version that training can begin from.
  private static func trainable(_ reference: Reference, in store: ModelStore) throws -> Model {
    let model = try store.model(reference)
    guard model.precision == .float32 else {
      let version = try store.version(Reference(model: model.identity.name, .number(model.identity.number)))
      let parent = version.lineage.parent.map { ", such as \($0.name)@\($0.number), which it was made of" } ?? ""
      throw Failure(
        .badData, code: "notTrainable",
        "\(model.identity.name)@\(model.identity.number) computes in 8 bits, too coarse for training to go on from; begin from a "
          + "version that computes in floats\(parent)")
    }
    return model
  }

  /// The version that a value of --init-from names: what has an @ and is no file.
  static func version(named text: String) -> Reference? {
    guard text.contains("@"), !FileManager.default.fileExists(atPath: text) else { return nil }
    return try? Reference(text)
  }

  /// The version that a file was exported from, where the store has it with the same contents.
  private static func version(inFile path: String, of store: StoreOptions) -> Model.Identity? {
    guard let model = try? Model(contentsOfFile: path), let store = try? store.open(.readOnly),
      let reference = try? Reference("\(model.identity.name)@\(ModelStore.digest(of: model))")
    else { return nil }
    return try? store.version(reference).identity
  }

  /// Sets what the options say.
  ///
  /// - Parameter start: what the run begins from, which may settle the hidden layers; nil where that is not known yet.
  func apply(to builder: inout HyperparametersBuilder, start: TrainingStart?, dropoutRates: Int) throws {
    try builder.set(.precision, precision) { $0.precision = $1 }
    try builder.set(.activation, activationValue()) { $0.activation = $1 }
    let found = start?.parent?.architecture.layers.dropLast().map(\.outputs) ?? start?.layers
    // Layers that are not known yet: as many as there are rates for.
    let isOpen = start == nil && (from != nil || (initFrom != nil && hidden == nil))
    let open = isOpen ? [Int](repeating: 1, count: max(1, dropoutRates)) : nil
    try builder.set(.hidden, found ?? open ?? units ?? []) { $0.hidden = $1 }
    try builder.set(.initialization, initialization ?? "") {
      $0.initialization =
        try $1.isEmpty && initialization == nil
        ? .standard(hiddenLayers: $0.hidden.count, activation: $0.activation) : Initialization(text: $1)
    }
  }
}

/// What a run begins from.
struct TrainingStart {
  /// The version that is continued.
  let parent: Model?
  /// The first parameters, or nil for drawn ones.
  let parameters: DoubleParameters?
  /// The hidden layers that those have, where they are not the continued version's.
  let layers: [Int]?
  /// The version whose parameters they are, where the store has it.
  let origin: Model.Identity?
}

extension LabelledSet {
  /// The rule that leaves the pictures of this set as they are.
  var naturalRule: ImageRule {
    get throws {
      try ImageRule(height: shape.height, width: shape.width, channels: shape.channels, filter: .bilinear)
    }
  }
}

extension Lineage.Dataset {
  /// A labelled set that was read from a path.
  init(_ set: LabelledSet, path: String) {
    self.init(
      fingerprint: set.fingerprint, count: set.count, path: URL(fileURLWithPath: path).path, kind: Self.kind(of: path))
  }
}

extension Lineage.Dataset {
  private static func kind(of path: String) -> String {
    guard
      let prefix = try? FileHandle(forReadingFrom: URL(fileURLWithPath: path)).read(upToCount: FileKind.prefixLength)
    else { return "folder" }
    if path.hasSuffix(".csv") { return "csv" }
    return FileKind.recognise([UInt8](prefix)) == .hdf5 ? "hdf5" : "idx"
  }
}

extension Precision: ExpressibleByArgument {}
