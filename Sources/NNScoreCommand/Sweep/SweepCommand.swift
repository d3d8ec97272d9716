import ArgumentParser
import ModelStore
import Training

/// `nnscore sweep`
struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Search for hyperparameters: many trainings, ranked on a validation set.",
    discussion: """
      EXAMPLES
        nnscore sweep cats --config sweep.yaml
        nnscore sweep show cats
        nnscore sweep list
      """,
    subcommands: [RunCommand.self, ShowSubcommand.self, ListCommand.self, DeleteSubcommand.self],
    defaultSubcommand: RunCommand.self)

  /// `nnscore sweep NAME --config FILE`
  struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "run",
      abstract: "Run the trials of a configuration, or those that are left of it.",
      discussion: """
        FILE is YAML or JSON. It names data and validation, what is the same in all trials by the long names of train's options \
        (learning_rate for --learning-rate), and what to search:

          data: cats/train
          validation: cats/test
          iterations: 50
          search:
            method: random
            trials: 6
            over:
              learning_rate: {min: 0.001, max: 0.1, scale: log}
              hidden: [[], [8], [8, 4]]

        method is grid (each value with each other), random, or halving: all trials get min_epochs, the best 1 of eta (3) go on \
        with eta times as many, up to epochs; each round trains from scratch, by the schedule of its own length. A value is \
        one of a list, or for random and halving of a range (min, max, scale: linear or log, integer: true). metric is \
        accuracy.validation or cost.validation. keep says how many of the best become versions: a number (1), all or none, of halving those of the last round. seed \
        (1) draws trials, and is also that of each training unless there is one outside of search.

        The same file gives the same results, in whatever order trials run. After an interruption or a kill the same command goes \
        on: what is finished is not trained again. A trial that diverges is a failed one and ends nothing.

        EXAMPLES
          nnscore sweep run cats --config sweep.yaml
          nnscore sweep cats --config sweep.yaml --as rates --threads 2
          nnscore sweep show rates
        """)

    @Argument(help: "The model's name.") var name: String
    @Option(
      help: ArgumentHelp("What to search, YAML or JSON.", valueName: "file"),
      completion: .file(extensions: ["yaml", "yml", "json"]))
    var config: String
    @Option(
      help: ArgumentHelp("The labelled set to train on, in place of the file's.", valueName: "path"),
      completion: .file())
    var data: String?
    @Option(
      help: ArgumentHelp("The labelled set to rank on, in place of the file's.", valueName: "path"),
      completion: .file())
    var validation: String?
    @Option(
      name: .customLong("as"), help: ArgumentHelp("The sweep's name (default: the model's).", valueName: "sweep"))
    var sweepName: String?
    @Option(
      name: .customLong("threads"), parsing: .unconditional,
      help: ArgumentHelp(
        "Trials at once, 1 to 1024, but not more than cores, or a container may use (default: one for each).",
        valueName: "n"))
    var threads: Int?
    @OptionGroup var store: StoreOptions
    @OptionGroup var json: JSONOption

    func validate() throws {
      if let threads, !(1...1024).contains(threads) {
        throw ValidationError("--threads is \(threads); expected 1 to 1024")
      }
      do { try Reference.validate(modelName: name) } catch { throw usageError(error.message) }
    }

    func run() throws {
      let configuration = try SweepConfiguration(contentsOfFile: config, data: data, validation: validation)
      let data = try SweepData(configuration)
      let description = SweepDescription(configuration, data.sets)
      try check(configuration, data)
      let store = try store.open(.create)
      try store.checkWritable()
      let lock = try SweepLock(sweep, store: self.store.path)
      defer { withExtendedLifetime(lock) {} }
      let sweep = try begun(description, in: store) ?? begin(configuration, description, in: store)
      let run = try SweepRun(sweep, description, store: store, data: data, threads: threads ?? Machine.cores)
      let standing = try run.run()
      try SweepReport(sweep: sweep, description: description, standing: standing).print(json: json.isOn)
      guard standing.trials.contains(where: { $0.status != .failed }) else {
        throw Failure(
          .badData, code: "allTrialsFailed",
          "none of the \(Format.count(standing.trials.count, "trial")) came to a result; why is said with each of them above"
        )
      }
    }

    /// What is wrong for all trials is told before the first.
    private func check(_ configuration: SweepConfiguration, _ data: SweepData) throws {
      if data.training.targets.task == .regression, configuration.search.metric == .accuracy {
        throw Failure(
          .badData, code: "invalidConfiguration",
          "the data has quantities, which have no accuracy to rank trials by; say metric: cost.validation under search")
      }
      let first = configuration.search.combinations().first ?? [:]
      do {
        _ = try SweepRun.trainer(configuration.fixed.merging(first) { $1 }, data, budget: nil, threads: 1)
      } catch let error as TrainingError where error.code != .notEnoughMemory {
        throw Failure(.badData, code: error.code.description, "\(config): trial 1: \(error.message)")
      }
    }

    private var sweep: String { sweepName ?? name }

    /// The sweep that is there already, if it is the same.
    private func begun(_ description: SweepDescription, in store: ModelStore) throws -> Sweep? {
      guard let sweep = try store.sweeps().first(where: { $0.name == self.sweep }) else { return nil }
      let difference =
        sweep.model == name ? try SweepDescription(sweep).difference(from: description) : "the model"
      if let difference {
        throw Failure(
          .cannotCreate, code: "sweepExists",
          "\(config): \(difference) is not what the sweep \(sweep.name) of \(sweep.model) began with; go on with what it was, remove it "
            + "(nnscore sweep delete \(sweep.name)), or give this one another name by --as")
      }
      return sweep
    }

    private func begin(
      _ configuration: SweepConfiguration, _ description: SweepDescription, in store: ModelStore
    ) throws -> Sweep {
      let trials = try configuration.search.combinations().enumerated().map { index, combination in
        Trial(number: index + 1, hyperparameters: try JSONOutput.line(combination))
      }
      let sweep = Sweep(name: self.sweep, model: name, description: try description.text, trials: trials)
      try store.createSweep(sweep)
      return sweep
    }
  }

  /// `nnscore sweep show SWEEP`
  struct ShowSubcommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Rank the trials of a sweep, and say which hyperparameters mattered.",
      discussion: """
        A hyperparameter's share is that of the variance of the score that goes with it alone, less what chance would give it \
        (epsilon squared), values of a range being taken in quarters; - where no value was tried twice. With halving it is the score of the first round, in \
        which all trials got the same.

        EXAMPLES
          nnscore sweep show cats
          nnscore sweep show cats --json
        """)

    @Argument(help: "The sweep's name.") var sweep: String
    @OptionGroup var store: StoreOptions
    @OptionGroup var json: JSONOption

    func run() throws {
      var sweep = try store.open(.readOnly).sweep(named: sweep)
      let description = try SweepDescription(sweep)
      // Those that were at work when a kill ended the sweep are begun anew.
      if !SweepLock.isHeld(sweep.name, store: store.path) {
        for index in sweep.trials.indices where sweep.trials[index].status == .running {
          sweep.trials[index].status = .planned
        }
      }
      try SweepReport(
        sweep: sweep, description: description, standing: SweepStanding(description, sweep.trials)
      ).print(json: json.isOn)
    }
  }

  /// `nnscore sweep list`
  struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "List the sweeps of a store.",
      discussion: """
        EXAMPLES
          nnscore sweep list
        """)

    @OptionGroup var store: StoreOptions
    @OptionGroup var json: JSONOption

    private struct Document: Encodable {
      struct Entry: Encodable {
        let sweep: String
        let model: String
        let trials: Int
        let done: Int
        let failed: Int
        let versions: Int
        let createdAt: String

        enum CodingKeys: String, CodingKey {
          case sweep, model, trials, done, failed, versions
          case createdAt = "created_at"
        }

        init(_ sweep: Sweep) {
          self.sweep = sweep.name
          model = sweep.model
          trials = sweep.trials.count
          done = sweep.trials.count { $0.status.isDone }
          failed = sweep.trials.count { $0.status == .failed }
          versions = sweep.trials.count { $0.version != nil }
          createdAt = sweep.createdAt.description
        }
      }

      let sweeps: [Entry]
    }

    func run() throws {
      let sweeps = try store.open(.readOnly).sweeps()
      let entries = sweeps.map(Document.Entry.init)
      if json.isOn { return try StandardOutput.print(JSONOutput.document(Document(sweeps: entries))) }
      var table = Table([
        ("SWEEP", .name), ("MODEL", .name), ("TRIALS", .right), ("DONE", .right), ("FAILED", .right),
        ("VERSIONS", .right), ("CREATED", .left),
      ])
      for (entry, sweep) in zip(entries, sweeps) {
        table.add([
          entry.sweep, entry.model, "\(entry.trials)", "\(entry.done)", "\(entry.failed)", "\(entry.versions)",
          Format.moment(sweep.createdAt),
        ])
      }
      if sweeps.isEmpty { Terminal.note("there are no sweeps; nnscore sweep NAME --config FILE begins one\n") }
      try StandardOutput.print(table.text(width: Terminal.resultColumns))
    }
  }

  /// `nnscore sweep delete SWEEP`
  struct DeleteSubcommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "delete",
      abstract: "Remove a sweep with its trials; versions that came of it stay.",
      discussion: """
        EXAMPLES
          nnscore sweep delete cats
        """)

    @Argument(help: "The sweep's name.") var sweep: String
    @OptionGroup var store: StoreOptions
    @OptionGroup var json: JSONOption

    private struct Document: Encodable {
      let sweep: String
      let trials: Int
    }

    func run() throws {
      let store = try store.open(.readWrite)
      let trials = try store.sweep(named: sweep).trials.count
      try store.removeSweep(named: sweep)
      if json.isOn {
        return try StandardOutput.print(JSONOutput.document(Document(sweep: sweep, trials: trials)))
      }
      try StandardOutput.printSentences(
        "the sweep \(sweep) is removed with \(Format.count(trials, "trial")); versions that came of it stay\n")
    }
  }
}
