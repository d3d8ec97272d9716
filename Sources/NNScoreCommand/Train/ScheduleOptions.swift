import ArgumentParser
import Training

/// How the learning rate changes during a run.
struct ScheduleOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("constant (the default), step, exponential or cosine.", valueName: "name"),
    completion: .list(Schedule.names))
  var schedule: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Of step (default: 0.1) and exponential (0.95) what the rate is multiplied by; of cosine (0) where it ends.",
      valueName: "x"))
  var scheduleFactor: Double?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("Of step: the epochs between two (default: 10).", valueName: "n"))
  var scheduleEvery: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Iterations in which the rate rises from near 0 (default: 0).", valueName: "n"))
  var warmup: Int?

  /// Sets what the options say.
  func apply(to builder: inout HyperparametersBuilder) throws {
    let name = schedule ?? "constant"
    try builder.set(.schedule, schedule) { $0.schedule = try Schedule(name: $1) }
    try builder.set(.scheduleFactor, scheduleFactor) { $0.schedule = try Schedule(name: name, factor: $1) }
    try builder.set(.scheduleEvery, scheduleEvery) { $0.schedule = try Schedule(name: name, every: $1) }
    try builder.set(.warmup, warmup) { $0.schedule = try Schedule(name: name, warmup: $1) }
    try builder.set(.schedule, name) {
      $0.schedule = try Schedule(name: $1, factor: scheduleFactor, every: scheduleEvery, warmup: warmup ?? 0)
    }
  }
}
