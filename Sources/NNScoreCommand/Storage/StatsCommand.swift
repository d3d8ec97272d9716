import ArgumentParser
import Foundation
import ModelStore

/// `nnscore stats [SUBJECT]`
struct StatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Show how many bytes are stored, for what, and why so many.",
    discussion: """
      Without an argument by models, for a model by versions, for a version by its parts (tensors, costs, metrics by epoch, golden examples). A \
      part is kept plain where nothing of it shrinks, as byte planes of which those are compressed that gain by it, or as a \
      difference (exclusive or) from the one of an earlier version, which may be a difference too: the depth counts them. A part \
      that equals another is shared: its bytes are counted to the first version that has them and is not deleted, and are 0 \
      for the others.

      EXAMPLES
        nnscore stats
        nnscore stats cats
        nnscore stats cats@3 --json
      """)

  @Argument(help: "A model, or a version such as cats@3; without it the whole store.", transform: Subject.init)
  var subject: Subject?
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  func run() throws {
    let statistics = try store.open(.readOnly).statistics(of: subject)
    guard !json.isOn else {
      return try StandardOutput.print(JSONOutput.document(StatisticsDocument(statistics, subject)))
    }
    let table =
      switch subject {
      case nil: models(statistics)
      case .model: versions(statistics)
      case .version: parts(statistics)
      }
    let text = table.text(width: Terminal.resultColumns) + "\n"
    try StandardOutput.print(text + fields(statistics).text(width: Terminal.resultColumns))
  }

  private func models(_ statistics: StoreStatistics) -> Table {
    var table = Table(
      [("MODEL", .name), ("VERSIONS", .right)] + Self.sizeColumns
        + [("DIFF", .right), ("DEPTH", .right), ("SHARED", .right)])
    for model in statistics.models {
      let encodings = model.encodings
      table.add(
        [model.name, Format.count(model.versions.count)] + Self.cells(model.size)
          + [encodings.differences, encodings.depth, encodings.shared].map { Format.count($0) })
    }
    return table
  }

  private func versions(_ statistics: StoreStatistics) -> Table {
    var table = Table(
      [("VERSION", .right)] + Self.sizeColumns
        + [
          ("PLAIN", .right), ("PLANES", .right), ("DIFF", .right), ("DEPTH", .right), ("SHARED", .right),
          ("STATE", .left),
        ])
    for version in statistics.models.flatMap(\.versions) {
      let encodings = version.encodings
      let counts = [
        encodings.plain, encodings.planes, encodings.differences, encodings.depth, encodings.shared,
      ]
      table.add(
        ["\(version.number)"] + Self.cells(version.size) + counts.map { Format.count($0) }
          + [version.isDeleted ? "deleted" : ""])
    }
    return table
  }

  private func parts(_ statistics: StoreStatistics) -> Table {
    var table = Table([("PART", .name)] + Self.sizeColumns + [("KEPT AS", .prose)])
    for part in statistics.models.flatMap(\.versions).flatMap(\.parts) {
      let kept =
        switch part.storage {
        case .plain: "plain"
        case .planes: "planes"
        case .difference(let depth, let base):
          "difference from \(base.map { Self.text($0, for: part) } ?? "a purged version"), depth \(depth)"
        case .shared(let place): "shared with \(Self.text(place, for: part))"
        }
      table.add([part.name] + Self.cells(part.size) + [kept])
    }
    return table
  }

  private func fields(_ statistics: StoreStatistics) -> FieldList {
    func text(_ size: StoreStatistics.Size) -> String {
      size.raw == 0 ? "none" : "\(Format.bytes(size.stored)) of \(Format.bytes(size.raw)) raw (\(Self.ratio(size)))"
    }
    var training: [(name: String, value: String)] = []
    if statistics.checkpointCount > 0 {
      training.append(
        ("checkpoints", "\(Format.count(statistics.checkpointCount)), \(Format.bytes(statistics.checkpointBytes))"))
    }
    if statistics.sweepCount > 0 {
      training.append(
        (
          "sweeps",
          "\(Format.count(statistics.sweepCount)), \(Format.count(statistics.trialCount, "trial")), "
            + Format.bytes(statistics.sweepBytes)
        ))
    }
    let blobs: [(name: String, value: String)] = [
      ("blobs", "\(Format.count(statistics.blobCount)), \(Format.count(statistics.differenceCount)) as differences"),
      ("stored", text(statistics.blobs)),
      ("deleted", text(statistics.deleted)), ("bases only", text(statistics.bases)),
      ("unreferenced", text(statistics.unreferenced)),
    ]
    let file =
      "\(Format.bytes(statistics.fileSize)), \(Format.count(statistics.freePages, "free page")) of "
      + "\(statistics.pageSize) bytes"
    return FieldList(blobs + training + [("file", file)])
  }

  private static let sizeColumns: [(title: String, kind: Table.Kind)] = [
    ("RAW", .right), ("STORED", .right), ("RATIO", .right),
  ]

  private static func cells(_ size: StoreStatistics.Size) -> [String] {
    [Format.bytes(size.raw), Format.bytes(size.stored), ratio(size)]
  }

  private static func ratio(_ size: StoreStatistics.Size) -> String {
    size.ratio.map { String(format: "%.3f", $0) } ?? "-"
  }

  /// Where a part's bytes come from: a version, and which part of it where that is not the one of the same name.
  private static func text(_ place: StoreStatistics.Part.Place, for part: StoreStatistics.Part) -> String {
    "\(place.model)@\(place.version)\(place.part == part.name ? "" : " \(place.part)")"
  }
}
