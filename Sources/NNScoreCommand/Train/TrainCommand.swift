import ArgumentParser
import Datasets
import Foundation
import Images
import Inference
import ModelStore
import Training

/// `nnscore train NAME --data PATH`
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a network on labelled images and register it as a version.",
    discussion: """
      PATH is a folder with a sub-folder of PNG or JPEG images for each class, an HDF5 file with train_set_x and train_set_y, or \
      IDX files as MNIST's. The output layer follows from the classes: one sigmoid unit for two, softmax for more.

      Several independent labels an image, or quantities to be told, stand in a labels.csv beside the images (or in another CSV file, \
      whose path is given): a line file,NAME,NAME and one for each image with its path from there and its numbers. Where all are 0 or \
      1 they are labels, with one sigmoid unit each, else quantities, with one linear unit each and the mean squared error as cost; \
      --task says which where that is not so. HDF5 has them as a table train_set_y of whole numbers or of floats.

      The same options, seed and data give the same parameters, bit for bit, on any machine and any number of threads.

      Without options of steps it is gradient descent over all examples at once. What is measured after epochs, cost, accuracy, \
      precision, recall and F1, is kept with the version: nnscore history REF --metrics.

      nnscore schema train_config describes what stands in a --config file; paths in it are meant from the current folder. \
      nnscore show REF --config prints the one that repeats a version.

      RULE is zeros (without hidden layers only), normal:SIGMA, scaled (normal, deviation 1/√n of a layer's n inputs), he \
      (√(2/n)) or xavier (uniform).

      Up to four examples, of different classes, are kept in the version with what it answers to them, from the validation set if \
      there is one: verify, promote and rollback try it with them.

      A training that is stopped, by Ctrl-C or otherwise, goes on with --resume from its last checkpoint, to the bits that it would \
      have come to. The store keeps one checkpoint a name: from Ctrl-C, and as often as --checkpoint-every says. Where the data lies \
      elsewhere now, --data and --validation say so; it must be the same.

      EXAMPLES
        nnscore train cats --data cats/train --validation cats/test
        nnscore train cats --data cats/train --hidden 20,7,5 --init scaled \\
          --note "four layers"
        nnscore train cats --data photos --size 64 --hidden 32 --promote
        nnscore train cats --data more --from cats@2 --iterations 500
        nnscore train digits --data Examples/digits --hidden 512,256 \\
          --optimizer adam --learning-rate 0.001 --batch-size 128 --epochs 20
        nnscore train scenes --data scenes --hidden 32
        nnscore train ages --data faces/ages.csv --task regression --size 32
        nnscore train --config digits.yaml --epochs 10 --without early_stopping
        nnscore train digits --resume
      """)

  @Argument(help: "The model's name.") var name: String?
  @Option(help: ArgumentHelp("The labelled set to train on.", valueName: "path"), completion: .file())
  var data: String?
  @Option(
    help: ArgumentHelp("A labelled set to measure the result on.", valueName: "path"), completion: .file())
  var validation: String?
  @Option(
    help: ArgumentHelp(
      "YAML or JSON with what the other options say, by names such as batch_size; options given here win.",
      valueName: "file"),
    completion: .file(extensions: ["yaml", "yml", "json"]))
  var config: String?
  @Option(
    help: ArgumentHelp(
      "Keys of the --config file to leave out, such as batch_size,clip_norm.", valueName: "keys"),
    completion: .list(TrainKey.allCases.map(\.rawValue)))
  var without: String?
  @OptionGroup(title: "Network") var network: NetworkOptions
  @OptionGroup(title: "Steps") var steps: StepOptions
  @OptionGroup(title: "Learning rate") var schedule: ScheduleOptions
  @OptionGroup(title: "Regularisation") var regularization: RegularizationOptions
  @OptionGroup(title: "Augmentation (at random, anew in each epoch)") var augmentation: AugmentationOptions
  @OptionGroup(title: "Pictures") var input: TrainingInputOptions
  @OptionGroup var threads: ThreadOptions
  @Flag(help: "Go on with the training of this name that was stopped, with all that it was told.") var resume = false
  // Unconditional, so that a negative number is told to be one.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Minutes from one checkpoint to the next; 0 for none but by Ctrl-C.", valueName: "m"))
  var checkpointEvery = 10.0
  @Option(help: ArgumentHelp("What to remember about this version.", valueName: "text")) var note: String?
  @Flag(inversion: .prefixedNo, help: "Put the version into service.") var promote: Bool?
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  func validate() throws {
    guard checkpointEvery >= 0, checkpointEvery <= 1e6 else {
      throw usageError("--checkpoint-every is \(checkpointEvery); expected minutes, from 0 to 1000000")
    }
    if resume {
      guard name != nil else { throw usageError("--resume goes on with a training by its name; give that") }
      guard config == nil else { throw usageError("--resume takes all from the checkpoint; leave out --config") }
      guard without == nil else { throw usageError("--resume takes all from the checkpoint; leave out --without") }
    }
    guard without == nil || config != nil else {
      throw usageError("--without leaves out what a --config file says; give one")
    }
    _ = try ignoredKeys()
    // With a file or a checkpoint the options say only a part.
    guard config == nil, !resume else { return }
    do {
      try check()
    } catch let problem as OptionProblem {
      throw problem.usageError
    }
  }

  mutating func run() throws {
    let checkpoint = try resume ? store.open(.readOnly).checkpoint(named: name ?? "") : nil
    let file = try checkpoint.map(ConfigurationFile.init(_:)) ?? config.map(ConfigurationFile.init(path:))
    var taken: Set<TrainKey> = []
    do {
      if let file {
        taken = try takeOptions(from: file)
        try check()
      }
      try train(name: name ?? "", data: data ?? "", checkpoint)
    } catch let problem as OptionProblem {
      guard let file, taken.contains(problem.key) else { throw problem.usageError }
      throw file.failure(problem.key.rawValue, problem.message)
    } catch  where checkpoint != nil {
      let failure = Failure(error)
      throw failure.status == .noInput
        ? failure.adding("; if it lies elsewhere now, say where by --data or --validation") : failure
    }
  }

  /// Checks what can be checked without files.
  private func check() throws {
    guard let name else { throw usageError("Missing expected argument '<name>'") }
    guard data != nil else { throw usageError("Missing expected argument '--data <path>'") }
    try network.validate(input: input)
    _ = try input.rule()
    _ = try hyperparameters(start: nil)
    if let number = threads.number, !(1...1024).contains(number) {
      throw OptionProblem(.threads, "\(number); expected 1 to 1024")
    }
    do { try Reference.validate(modelName: name) } catch { throw OptionProblem(.name, error.message) }
  }

  /// The hyperparameters that the options ask for.
  ///
  /// - Parameter start: what the run begins from; nil where that is not known yet.
  private func hyperparameters(start: TrainingStart?) throws -> Hyperparameters {
    var builder = HyperparametersBuilder(seed: network.seed)
    try network.apply(to: &builder, start: start, dropoutRates: regularization.dropoutRates?.count ?? 0)
    try steps.apply(to: &builder)
    try schedule.apply(to: &builder)
    try regularization.apply(to: &builder, hasValidation: validation != nil)
    try augmentation.apply(to: &builder)
    return builder.value
  }

  private func train(name: String, data: String, _ checkpoint: Checkpoint?) throws {
    let isPromoted = promote == true
    // What may fail is tried before the long work, not after it.
    let machine = try NewVersion.machine()
    let rule = try input.rule()
    let start = try network.start(from: store)
    let sets = try LabelledSets(
      training: data, validation: validation, rule: rule, kind: network.task?.kind, parent: start.parent)
    let format = try start.parent?.inputFormat ?? input.format(rule, sets.training)
    let trainer = try trainer(sets, format, start)
    let store = try store.open(.create)
    try store.checkWritable()
    if isPromoted { try NewVersion.requirePromotable(name, in: store, verb: "train") }
    let keeper = try keeper(trainer, sets, start, in: store, checkpoint)

    let result = try run(trainer, keeper, from: checkpoint)
    let draft = NewVersion.draft(
      result, of: name, sets, format, machine: machine, parent: start.origin, note: note ?? "")
    let record: VersionRecord
    do {
      record = try store.register(
        draft, promote: isPromoted, reason: isPromoted ? "trained with --promote" : "",
        removingCheckpoint: keeper.hasKept ? name : nil)
    } catch {
      throw Failure(error).adding(rescue(draft))
    }
    do {
      try TrainReport(record, result).print(json: json.isOn)
    } catch let failure as Failure {
      throw failure.adding("; \(record.model)@\(record.number) is registered nevertheless")
    }
  }

  private func trainer(_ sets: LabelledSets, _ format: InputFormat, _ start: TrainingStart) throws -> Trainer {
    let training = sets.training
    let hyperparameters = try hyperparameters(start: start)
    if hyperparameters.classWeights != .equal, training.targets.kind != .classes {
      throw OptionProblem(
        .classWeights, "the data has no classes but \(training.targets.kind); leave it out")
    }
    if hyperparameters.labelSmoothing > 0, training.targets.kind == .quantities {
      throw OptionProblem(.labelSmoothing, "the data has quantities, which have nothing to smooth; leave it out")
    }
    if case .values(let weights) = hyperparameters.classWeights, weights.count != training.classNames.count {
      throw OptionProblem(
        .classWeights,
        "there are \(weights.count); expected one for each of the \(training.classNames.count) classes of the data")
    }
    let trainingData = try TrainingData(training)
    let validationData = try sets.validation.map(TrainingData.init)
    do {
      return try Trainer(
        hyperparameters, inputFormat: format, data: trainingData, validation: validationData,
        architecture: start.parent?.architecture,
        start: start.parameters, threads: threads.count)
    } catch {
      guard error.code == .shapeMismatch || error.code == .invalidInitialization, let file = network.initFrom else {
        throw error
      }
      throw Failure(.badData, code: error.code.description, "\(file): \(error.message)")
    }
  }

  /// Keeps what was trained in a model file where the store did not take it, and says where.
  private func rescue(_ draft: VersionDraft) -> String {
    let file = "\(draft.model)-unregistered-\(UInt32.random(in: 0 ... .max)).safetensors"
    for folder in [FileManager.default.currentDirectoryPath, NSTemporaryDirectory()] {
      let path = URL(fileURLWithPath: folder).appendingPathComponent(file).path
      guard
        let model = try? Model(
          architecture: draft.architecture, parameters: draft.parameters, inputFormat: draft.inputFormat,
          labels: draft.labels, identity: Model.Identity(name: draft.model, number: 0, digest: "")),
        (try? ModelStore.writeModelFile(model, to: path)) != nil
      else { continue }
      return
        "; nothing was registered, but what was trained is kept in \(path): score with it by --model, or go on from it by "
        + "--init-from"
    }
    return "; nothing was registered, and no file could be written to keep what was trained"
  }
}
