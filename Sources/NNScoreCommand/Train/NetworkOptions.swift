public import ArgumentParser
import Datasets
import Foundation
import Images
import Inference
import ModelStore
public import Training

/// What network is trained, and how.
struct NetworkOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Units of the hidden layers, such as 20,7,5 (default: none, which is logistic regression).", valueName: "units"))
  var hidden: String?
  @Option(
    help: ArgumentHelp(
      "Of the hidden layers: relu, leakyRelu, tanh, sigmoid or linear (default: relu).", valueName: "name"))
  var activation: String?
  @Option(parsing: .unconditional, help: ArgumentHelp("The factor of the gradient in each step.", valueName: "r"))
  var learningRate = 0.0075
  @Option(parsing: .unconditional, help: ArgumentHelp("Steps, each over the whole set.", valueName: "n"))
  var iterations = 2500
  @Option(
    name: .customLong("init"),
    help: ArgumentHelp(
      "How weights are drawn (default: zeros without hidden layers, he for relu, scaled for others).",
      valueName: "rule"))
  var initialization: String?
  @Option(
    help: ArgumentHelp(
      "Begin from a file's tensors layers.N.weight and layers.N.bias, F32 or F64.", valueName: "file"),
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
  @Option(help: "float32, or float64 to compute in double precision and round once.") var precision: Precision =
    .float32

  private var units: [Int]? {
    get throws {
      guard let hidden else { return nil }
      return try hidden.split(separator: ",", omittingEmptySubsequences: false).map { part in
        guard let units = Int(part), units > 0 else {
          throw ValidationError("--hidden is \"\(hidden)\"; expected whole numbers from 1 up, such as 20,7,5")
        }
        return units
      }
    }
  }

  private func activationValue() throws -> Activation? {
    try activation.map { name in
      guard let activation = Activation(name: name), activation != .softmax else {
        throw ValidationError(
          "--activation is \"\(name)\"; expected relu, leakyRelu, tanh, sigmoid or linear")
      }
      return activation
    }
  }

  /// Checks what can be checked without files.
  func validate(input: InputOptions) throws {
    _ = try units
    _ = try activationValue()
    if [initialization, initFrom, from?.description].compactMap({ $0 }).count > 1 {
      throw ValidationError("--init, --init-from and --from exclude each other")
    }
    if from != nil, hidden != nil || activation != nil || !input.isDefault {
      throw ValidationError(
        "--from takes network and input of the version; leave out --hidden, --activation and --size")
    }
    _ = try input.rule(jpeg: .scaled)
    do {
      _ = try initialization.map(Initialization.init(text:))
      try Hyperparameters(learningRate: learningRate, iterations: iterations, precision: precision).validate()
    } catch {
      throw ValidationError(error.message)
    }
  }

  /// Loads what the run begins from.
  func start(from store: StoreOptions) throws -> TrainingStart {
    if let from {
      let store = try store.open(.readOnly)
      let model = try store.model(from)
      guard model.precision == .float32 else {
        let version = try store.version(Reference(model: model.identity.name, .number(model.identity.number)))
        let parent = version.lineage.parent.map { ", such as \($0.name)@\($0.number), which it was made of" } ?? ""
        throw Failure(
          .badData, code: "notTrainable",
          "\(model.identity.name)@\(model.identity.number) computes in 8 bits, too coarse for training to go on from; begin from a "
            + "version that computes in floats\(parent)")
      }
      return TrainingStart(parent: model, parameters: DoubleParameters(model.parameters), layers: nil)
    }
    guard let initFrom else { return TrainingStart(parent: nil, parameters: nil, layers: nil) }
    let layers = try LayerTensors(contentsOfFile: initFrom).layers
    let widths = layers.dropLast().map(\.outputs)
    if let units = try units, units != widths {
      let found =
        widths.isEmpty ? "no hidden layers" : "hidden layers of \(widths.map(String.init).joined(separator: ","))"
      throw Failure(
        .usage, code: "shapeMismatch",
        "--hidden is \(hidden ?? ""), but \(initFrom) has \(found); leave out --hidden to take the file's layers")
    }
    return TrainingStart(
      parent: nil,
      parameters: DoubleParameters(layers: layers.map { DoubleParameters.Layer(weight: $0.weight, bias: $0.bias) }),
      layers: widths)
  }

  /// The hyperparameters that the options ask for.
  func hyperparameters(start: TrainingStart) throws -> Hyperparameters {
    Hyperparameters(
      hidden: try start.layers ?? units ?? [], activation: try activationValue() ?? .relu, learningRate: learningRate,
      iterations: iterations, initialization: try initialization.map(Initialization.init(text:)), seed: seed,
      precision: precision)
  }
}

/// What a run begins from.
struct TrainingStart {
  /// The version that is continued.
  let parent: Model?
  /// The first parameters, or nil for drawn ones.
  let parameters: DoubleParameters?
  /// The hidden layers of a file's tensors.
  let layers: [Int]?
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
    return FileKind.recognise([UInt8](prefix)) == .hdf5 ? "hdf5" : "idx"
  }
}

extension Precision: ExpressibleByArgument {}
