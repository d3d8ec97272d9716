import ArgumentParser
import ModelStore

/// `nnscore checkpoints`
struct CheckpointsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoints",
    abstract: "List and remove what is kept of trainings that were stopped.",
    discussion: """
      EXAMPLES
        nnscore checkpoints
        nnscore checkpoints remove digits
      """,
    subcommands: [ListCommand.self, RemoveCommand.self], defaultSubcommand: ListCommand.self)

  /// `nnscore checkpoints list`
  struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "List the trainings that were stopped, and how each goes on.",
      discussion: """
        A training has a checkpoint from Ctrl-C, and as often as train --checkpoint-every says, until its version is registered. So \
        one that runs at this moment may be among them.

        EXAMPLES
          nnscore checkpoints
          nnscore checkpoints list --json
        """)

    @OptionGroup var store: StoreOptions
    @OptionGroup var json: JSONOption

    private struct Document: Encodable {
      let checkpoints: [CheckpointDocument]
    }

    func run() throws {
      let checkpoints = try store.open(.readOnly).checkpoints()
      let documents = checkpoints.map { CheckpointDocument($0, self.store) }
      guard !json.isOn else {
        return try StandardOutput.print(JSONOutput.document(Document(checkpoints: documents)))
      }
      // It fits 80 columns.
      var table = Table([
        ("NAME", .name), ("ITERATION", .right), ("EPOCH", .right), ("KEPT (UTC)", .left), ("SIZE", .right),
        ("KEPT BY", .name),
      ])
      for (checkpoint, document) in zip(checkpoints, documents) {
        let epoch = zip(document.epoch, document.epochs).map { "\(Format.count($0)) of \(Format.count($1))" }
        table.add([
          checkpoint.name, "\(Format.count(checkpoint.iteration)) of \(Format.count(checkpoint.iterations))",
          epoch ?? "-", String(Format.moment(checkpoint.createdAt).prefix("2026-01-01 00:00".count)),
          Format.bytes(checkpoint.size), document.codeVersion ?? "-",
        ])
      }
      if checkpoints.isEmpty { Terminal.note("no training is stopped\n") }
      try StandardOutput.print(table.text(width: Terminal.resultColumns))
      let commands = documents.compactMap(\.resume)
      guard let command = commands.first else { return }
      try StandardOutput.printSentences(
        "\n\(commands.count == 1 ? command : "nnscore train NAME --resume\(self.store.repeated)") goes on where it was stopped\n"
      )
    }
  }

  /// `nnscore checkpoints remove NAME`
  struct RemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "remove",
      abstract: "Remove the checkpoint of a training, which cannot go on then.",
      discussion: """
        The store's file keeps its size, and what is written next uses the room.

        EXAMPLES
          nnscore checkpoints remove digits
        """)

    @Argument(help: "The checkpoint's name, which is that of the model that was trained.") var name: String
    @OptionGroup var store: StoreOptions
    @OptionGroup var json: JSONOption

    private struct Document: Encodable {
      let removed: CheckpointDocument
    }

    func run() throws {
      let store = try store.open(.readWrite)
      let checkpoint = try store.checkpoints().first { $0.name == name }
      // What is not there is told by this.
      try store.removeCheckpoint(named: name)
      guard let checkpoint else { return }
      guard !json.isOn else {
        return try StandardOutput.print(
          JSONOutput.document(Document(removed: CheckpointDocument(checkpoint, self.store))))
      }
      try StandardOutput.printSentences(
        "the checkpoint \(name) is removed: \(Format.count(checkpoint.iteration)) of "
          + "\(Format.count(checkpoint.iterations, "iteration")), \(Format.bytes(checkpoint.size))\n")
    }
  }
}

/// A checkpoint in a list.
struct CheckpointDocument: Encodable {
  let name: String
  let iteration: Int
  let iterations: Int
  /// Whole epochs that were made; nil where that is not known.
  let epoch: Int?
  let epochs: Int?
  let at: String
  let bytes: Int
  let data: String?
  let codeVersion: String?
  /// The command that goes on with it; nil for what `nnscore train` did not make.
  let resume: String?

  enum CodingKeys: String, CodingKey {
    case name, iteration, iterations, epoch, epochs, at, bytes, data
    case codeVersion = "code_version"
    case resume
  }

  init(_ checkpoint: CheckpointSummary, _ store: StoreOptions) {
    let training = try? StoppedTraining(name: checkpoint.name, description: checkpoint.description)
    let stepsPerEpoch = training?.stepsPerEpoch.flatMap { $0 > 0 ? $0 : nil }
    name = checkpoint.name
    iteration = checkpoint.iteration
    iterations = checkpoint.iterations
    epoch = stepsPerEpoch.map { checkpoint.iteration / $0 }
    epochs = stepsPerEpoch.map { checkpoint.iterations / $0 + (checkpoint.iterations % $0 == 0 ? 0 : 1) }
    at = checkpoint.createdAt.description
    bytes = checkpoint.size
    if case .string(let path)? = training?.configuration["data"] { data = path } else { data = nil }
    codeVersion = training?.codeVersion
    resume = training == nil ? nil : "nnscore train \(checkpoint.name) --resume\(store.repeated)"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(iteration, forKey: .iteration)
    try container.encode(iterations, forKey: .iterations)
    try container.encode(epoch, forKey: .epoch)
    try container.encode(epochs, forKey: .epochs)
    try container.encode(at, forKey: .at)
    try container.encode(bytes, forKey: .bytes)
    try container.encode(data, forKey: .data)
    try container.encode(codeVersion, forKey: .codeVersion)
    try container.encode(resume, forKey: .resume)
  }
}
