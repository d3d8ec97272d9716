public import ArgumentParser
import Foundation

/// The command line over training, the store and scoring.
public struct NNScore: ParsableCommand {
  /// The version of the program, recorded with every version that it trains.
  static let version = "0.1.0"

  /// The commands and what `--help` says of them.
  public static let configuration = CommandConfiguration(
    commandName: "nnscore",
    abstract: "Train small networks, keep every version, put one in service, and score images.",
    discussion: """
      The store is one SQLite file: --store FILE, else $NNSCORE_STORE, else $XDG_DATA_HOME/nnscore/store.sqlite \
      (~/.local/share where that is not set).

      A version is named cats (what is in service), cats@3, cats@latest, cats@champion (an alias), or cats@sha256:1f0c (the \
      beginning of its digest).

      Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 some images \
      failed, 64 wrong usage, 65 bad or damaged data, 66 not there, 73 cannot create or not allowed, 74 input or output failed, \
      75 try again (the store is busy, memory is short), 130 interrupted.

      EXAMPLES
        nnscore train digits --data Examples/digits --iterations 100 --promote
        nnscore train digits --data Examples/digits --hidden 32 --iterations 200
        nnscore versions digits
        nnscore promote digits@2
        nnscore score digits Examples/digits/samples
        nnscore rollback digits
      """,
    version: version,
    groupedSubcommands: [
      CommandGroup(
        name: "Training",
        subcommands: [
          TrainCommand.self, CheckpointsCommand.self, ReproduceCommand.self, SweepCommand.self, QuantizeCommand.self,
          HistoryCommand.self, EvaluateCommand.self,
        ]),
      CommandGroup(
        name: "Versions",
        subcommands: [
          ModelsCommand.self, VersionsCommand.self, ShowCommand.self, DiffCommand.self, LineageCommand.self,
        ]),
      CommandGroup(
        name: "Service",
        subcommands: [
          PromoteCommand.self, RollbackCommand.self, RetireCommand.self, ServingCommand.self, WatchCommand.self,
          LedgerCommand.self,
          VerifyCommand.self,
        ]),
      CommandGroup(
        name: "Storage",
        subcommands: [
          StatsCommand.self, DeleteCommand.self, UndeleteCommand.self, PruneCommand.self, GCCommand.self,
          CopyCommand.self, MergeCommand.self, BackupCommand.self, RestoreCommand.self,
        ]),
      CommandGroup(name: "Marks", subcommands: [AliasCommand.self, TagCommand.self, NoteCommand.self]),
      CommandGroup(name: "Signatures", subcommands: [KeyCommand.self, SignCommand.self, PolicyCommand.self]),
      CommandGroup(
        name: "Scoring",
        subcommands: [ScoreCommand.self, BenchCommand.self, ExportCommand.self, ImportCommand.self]),
      CommandGroup(name: "Programs", subcommands: [SchemaCommand.self]),
    ])

  /// The command as the argument parser makes it.
  public init() {}

  /// Runs the command line of this process and ends it with the right exit code.
  public static func run() -> Never {
    Terminal.holdClosedDescriptors()
    Terminal.admitInterrupts()
    Terminal.refuseToDieOfLargeFiles()
    var command: any ParsableCommand
    do {
      command = try ScoreCommand(plain: Array(CommandLine.arguments.dropFirst())) ?? parseAsRoot()
    } catch {
      exit(withError: error)
    }
    do {
      try command.run()
      exit()
    } catch let error as ExitCode {
      exit(withError: error)
    } catch {
      let code = exitCode(for: error)
      if code.isSuccess { type(of: command).exit(withError: error) }
      if code == .validationFailure {
        Terminal.note(usageText(message(for: error), type(of: command)))
        exit(withError: code)
      }
      let failure = Failure(error)
      Terminal.note("nnscore: \(Format.visible(failure.message, keepingLines: true))\n")
      exit(withError: ExitCode(failure.status.rawValue))
    }
  }

  /// What the argument parser says of wrong usage, for what only shows while a command runs: left to itself it would give the
  /// command's name without the program's.
  private static func usageText(_ message: String, _ command: any ParsableCommand.Type) -> String {
    let usage = usageString(for: command)
    // What the usage begins with, in small letters, are the names of the program and its command.
    let names = usage.split(whereSeparator: \.isWhitespace).prefix { $0.allSatisfy(\.isLowercase) }
    return """
      Error: \(Format.visible(message, keepingLines: true))
      Usage: \(usage.replacing("\n", with: "\n       "))
        See '\(names.joined(separator: " ")) --help' for more information.

      """
  }
}
