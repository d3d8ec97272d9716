import ArgumentParser
import Datasets
import Foundation
import Inference
import ModelStore

/// `nnscore import FILE [NAME]`
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Register a safetensors file as a version.",
    discussion: """
      A model file that nnscore exported says all that is needed. It is checked in full, and keeps its golden examples and valid \
      signatures; NAME is the model's name in it unless one is given.

      Of another program's file the tensors must be weights [outputs, inputs] and biases [outputs] of dense layers: those of an \
      nn.Sequential of PyTorch (0.weight, 0.bias, 2.weight, …), or of any module (net.fc1.weight). Layers are in the order of the \
      numbers in their names; where names do not tell it, give --layers. F32 stays as it is, F16 and BF16 are widened exactly, F64 is \
      rounded; a bias that is not there is zeros. What the file cannot say must be given: activations, and the input.

      The ledger names the file, its SHA-256 and the types of its elements.

      EXAMPLES
        nnscore import cats.safetensors
        nnscore import mlp.safetensors digits --activations relu,softmax \\
          --size 28 --grey
        nnscore import net.safetensors cats --activations relu,relu,sigmoid \\
          --size 64 --input-order chw \\
          --mean 0.485,0.456,0.406 --deviation 0.229,0.224,0.225 --labels non-cat,cat
        nnscore import table.safetensors churn --activations tanh,sigmoid --features
      """)

  @Argument(help: "The file.", completion: .file(extensions: ["safetensors"])) var file: String
  @Argument(help: "The model's name; a model file has one already.") var name: String?
  @Option(
    help: ArgumentHelp(
      "Of each layer: linear, relu, leakyRelu, tanh, sigmoid or softmax.",
      discussion: "That of the last decides what the outputs are: softmax or sigmoid for probabilities.",
      valueName: "name,…"))
  var activations: String?
  @Option(
    help: ArgumentHelp(
      "The classes, in the order of the outputs (default: 0,1,…).",
      discussion: "Two for one sigmoid output, which is the probability of the second.", valueName: "name,…"))
  var labels: String?
  @Option(help: ArgumentHelp("The layers in their order, by their tensors' names.", valueName: "name,…"))
  var layers: String?
  @OptionGroup(title: "Input") var input: ImportedInputOptions
  @Option(
    help: ArgumentHelp("The version that it was trained on from.", valueName: "ref"), transform: Reference.init)
  var parent: Reference?
  @Option(
    help: ArgumentHelp(
      "Keep examples of this labelled set as golden examples (default: those of a model file, else pseudo-random ones).",
      valueName: "path"), completion: .file())
  var golden: String?
  @Option(help: ArgumentHelp("What to remember about this version.", valueName: "text")) var note: String = ""
  @Flag(help: "Put the version into service.") var promote = false
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  func validate() throws {
    if let name {
      do { try Reference.validate(modelName: name) } catch { throw usageError(error.message) }
    }
    _ = try activationValues()
    try input.validate()
  }

  func run() throws {
    let source = try ImportedFile(contentsOfFile: file, layers: Self.list(layers))
    var draft = try source.draft(model: modelName(of: source), network: network(of: source))
    draft.note = note
    if let golden { draft.golden = try goldenRows(golden, for: draft.inputFormat) }
    if let parent { draft.lineage.parent = try store.open(.readOnly).version(parent).identity }
    let store = try store.open(.create)
    let record = try store.register(draft, promote: promote, reason: promote ? "imported with --promote" : "")
    do {
      let equal = try store.versions(of: record.model).filter {
        $0.digest == record.digest && $0.number != record.number
      }
      try ImportReport(record, source, signatures: draft.signatures.count, equal: equal.map(\.number))
        .print(json: json.isOn)
    } catch {
      throw Failure(error).adding("; \(record.model)@\(record.number) is registered nevertheless")
    }
  }

  /// The name that was given, or the one in the file.
  private func modelName(of source: ImportedFile) throws -> String {
    if let name { return name }
    guard case .model(let model) = source.contents else {
      throw usageError("expected the model's NAME after the file, as \(file) is none of nnscore's own")
    }
    do {
      try Reference.validate(modelName: model.identity.name)
    } catch {
      throw usageError("the name in \(file) cannot be a model's here: \(error.message); give a NAME after the file")
    }
    return model.identity.name
  }

  /// What the file does not say, from the options; nil for a model file, which says all.
  private func network(of source: ImportedFile) throws -> ImportedFile.Network? {
    let activations = try activationValues()
    guard case .layers(let layers) = source.contents else {
      guard activations == nil, labels == nil, input.isDefault else {
        throw usageError(
          "\(file) is a model file, which says activations, labels and input; leave out the options for them")
      }
      return nil
    }
    let described = layers.map { "\($0.name.isEmpty ? "" : "\($0.name) ")\($0.inputs) → \($0.outputs)" }
      .joined(separator: ", ")
    guard let activations, activations.count == layers.count else {
      let found = activations.map { "--activations gives \($0.count)" } ?? "--activations is missing"
      throw usageError(
        "\(found); expected \(layers.count == 1 ? "one, for the layer" : "\(layers.count), one for each layer:") \(described)"
      )
    }
    return try ImportedFile.Network(
      activations: activations, inputFormat: input.format(inputs: layers[0].inputs),
      inputOrder: input.inputOrder ?? .hwc, labels: Self.list(labels))
  }

  private func activationValues() throws -> [Activation]? {
    try Self.list(activations)?.map { name in
      guard let activation = Activation(name: name) else {
        let known = Activation.allCases.map { "\($0.name)" }.joined(separator: ", ")
        throw usageError("--activations has \"\(name)\"; expected \(known)")
      }
      return activation
    }
  }

  private func goldenRows(_ path: String, for format: InputFormat) throws -> GoldenExamples.Rows {
    let progress = ProgressBar("reading", unit: "images")
    defer { progress.finish() }
    let set = try LabelledSet.load(path: path, rule: format.imageRule) { progress.update($0, of: $1) }
    guard set.shape == format.shape else {
      throw Failure(
        .badData, code: "sizeMismatch", "\(path): examples of \(set.shape); the model takes \(format.shape)")
    }
    return set.goldenRows(for: format)
  }

  private static func list(_ text: String?) -> [String]? {
    text?.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }
}
