import ArgumentParser
import ModelStore

/// `nnscore versions NAME`
struct VersionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "versions",
    abstract: "List the versions of a model side by side.",
    discussion: """
      EXAMPLES
        nnscore versions cats
        nnscore versions cats --json | jq '.versions[] | select(.serving).version'
      """)

  @Argument(help: "The model's name.") var name: String
  @Flag(help: "List the deleted versions that can be brought back instead.") var deleted = false
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  private struct Document: Encodable {
    let model: String
    let versions: [VersionDocument]
  }

  func run() throws {
    if deleted { return try DeletedVersionsList(name, store.open(.readOnly)).print(json: json.isOn) }
    let versions = try store.open(.readOnly).versions(of: name)
    if json.isOn {
      return try StandardOutput.print(
        JSONOutput.document(Document(model: name, versions: versions.map(VersionDocument.init))))
    }
    try StandardOutput.print(
      Self.table(versions).text(width: Terminal.resultColumns))
  }

  // Without its notes the table fits 80 columns.
  private static func table(_ versions: [VersionSummary]) -> Table {
    let digits = versions.map { String($0.number).count }.max() ?? 1
    var table = Table([
      ("VERSION", .left), ("CREATED (UTC)", .left), ("ITERATIONS", .right), ("COST", .right), ("TRAINING", .right),
      ("VALIDATION", .right), ("NOTE", .left),
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
