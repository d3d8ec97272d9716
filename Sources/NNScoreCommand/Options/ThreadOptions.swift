import ArgumentParser

/// `--threads`, for every command whose work can be divided.
struct ThreadOptions: ParsableArguments {
  @Option(
    name: .customLong("threads"), parsing: .unconditional,
    help: ArgumentHelp(
      "Threads to work with, 1 to 1024 (default: one for each core, or for what a container may use; more are no faster).",
      valueName: "n"))
  var number: Int?

  /// What was asked for, or one for each core.
  var count: Int { number ?? Machine.cores }

  func validate() throws {
    if let number, !(1...1024).contains(number) {
      throw ValidationError("--threads is \(number); expected 1 to 1024")
    }
  }
}
