import ArgumentParser
import ModelStore

/// `nnscore versions NAME`
struct VersionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "versions",
    abstract: "List the versions of a model side by side.",
    discussion: """
      --where takes comparisons (= != < <= > >=, in (…), like "a%", exists, missing) joined by and, or, not and \
      parentheses. Numbers stand as they are, text in quotes, dates as 2026-01-01 or 2026-01-01T12:00Z (UTC). A comparison \
      with a value that a version does not have is false; a name that no version has is told on standard error. The fields:

        number, created, digest, note, serving, alias, tag.NAME
        accuracy.validation and any other metric, cost.final, iterations
        hp.NAME: a hyperparameter, such as hp.learning_rate
        input.height, .width, .channels, .type, .fit, .filter, .jpeg; label
        architecture.layers, .inputs, .outputs, .parameters; activation
        precision: "float32" or "int8"
        parent, sweep, trial, seed, machine, code_version, duration (in seconds)
        dataset.training and dataset.validation: fingerprints; .count, .path, .kind

      --sort takes fields with commas between them, - before one for downwards; what a version does not have comes last. \
      Documentation/filters.md describes it all.

      EXAMPLES
        nnscore versions cats
        nnscore versions cats --where 'accuracy.validation > 0.9 and serving'
        nnscore versions cats --where 'tag.team = "vision"' --sort -created
        nnscore versions cats --sort -accuracy.validation --limit 20
        nnscore versions cats --json | jq '.versions[] | select(.serving).version'
      """)

  @Argument(help: "The model's name.") var name: String
  @Option(name: .customLong("where"), help: ArgumentHelp("List those that a filter takes.", valueName: "filter"))
  var filter: String?
  // Unconditional, as an order may begin with a hyphen.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("List them by these fields, - for downwards (default: by number).", valueName: "fields"))
  var sort: String?
  // Unconditional, so that a negative number is told to be one.
  @Option(parsing: .unconditional, help: ArgumentHelp("List the first so many only.", valueName: "count"))
  var limit: Int?
  @Flag(help: "List the deleted versions that can be brought back instead.") var deleted = false
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  private struct Document: Encodable {
    let model: String
    let versions: [VersionDocument]
  }

  func validate() throws {
    if deleted, filter != nil || sort != nil || limit != nil {
      throw usageError("--deleted lists all deleted versions; leave out --where, --sort and --limit")
    }
    if let limit, limit < 1 { throw usageError("--limit is \(limit); expected 1 or more") }
  }

  func run() throws {
    if deleted { return try DeletedVersionsList(name, store.open(.readOnly)).print(json: json.isOn) }
    let filter = try filter.map { try VersionFilter($0) }
    let sort = try sort.map { try VersionSort($0) }
    let store = try store.open(.readOnly)
    let versions = try store.versions(of: name, where: filter, sort: sort, limit: limit)
    for unknown in try store.unknownNames(of: name, in: filter, sort) {
      Terminal.note("warning: \(Format.visible(unknown.description))\n")
    }
    if json.isOn {
      return try StandardOutput.print(
        JSONOutput.document(Document(model: name, versions: versions.map(VersionDocument.init))))
    }
    if versions.isEmpty {
      let deleted = try store.deletedModels().first { $0.name == name }
      Terminal.note(deleted?.text ?? "no version of \(name) is as the filter asks\n")
    }
    try StandardOutput.print(
      Self.table(versions).text(width: Terminal.resultColumns))
  }

  // Without its notes the table fits 80 columns.
  private static func table(_ versions: [VersionSummary]) -> Table {
    let digits = versions.map { String($0.number).count }.max() ?? 1
    var table = Table([
      ("VERSION", .left), ("CREATED (UTC)", .left), ("ITERATIONS", .right), ("COST", .right), ("TRAINING", .right),
      ("VALIDATION", .right), ("NOTE", .prose),
    ])
    for version in versions {
      let number = String(repeating: " ", count: digits - String(version.number).count) + String(version.number)
      table.add([
        version.isServing ? "\(number) serving" : number,
        String(Format.moment(version.createdAt).prefix("2026-01-01 00:00".count)),
        version.costCount == 0 ? "-" : Format.count(version.costCount), Format.cost(version.finalCost),
        Format.percent(version.metrics["accuracy.training"]), Format.percent(version.metrics["accuracy.validation"]),
        version.note.split(whereSeparator: \.isNewline).first.map(String.init) ?? "",
      ])
    }
    return table
  }
}
