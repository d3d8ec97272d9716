import Datasets
import Foundation
import Images
import Inference
import ModelStore
import Training

/// The files that `evaluate --mistakes` writes into a folder: sheets of the worst mistakes, and a list of all.
struct MistakeFiles {
  /// What was written, as `--json` has it.
  struct Document: Encodable {
    /// How many mistakes there are.
    let count: Int
    /// How many of them are on the sheets.
    let shown: Int
    /// The paths of the sheets, from the worst mistakes on.
    let sheets: [String]
    /// The path of the list.
    let list: String
  }

  let folder: String
  /// The most mistakes to show.
  let most: Int

  /// Makes the folder, and those that it is in, if it is not there.
  ///
  /// - Throws: where that cannot be, and for a model whose examples are no pictures.
  func prepare(for model: Model) throws(Failure) {
    guard model.inputFormat.imageRule != nil else {
      throw Failure(
        .usage, code: "notPictures",
        "--mistakes: the model takes examples of \(model.inputFormat.shape), which are no pictures to draw; leave it out"
      )
    }
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw Failure(
        .cannotCreate, code: "cannotCreate",
        "\(folder): cannot be made a folder for the mistakes: \(Failure.systemReason(error)); choose another with --mistakes"
      )
    }
  }

  /// Draws and writes all of it, a sheet at a time.
  ///
  /// - Parameters:
  ///   - mistakes: the worst first.
  ///   - set: what they are examples of.
  ///   - model: what made them.
  func write(_ mistakes: [Mistake], in set: LabelledSet, by model: Model) throws -> Document {
    let shown = mistakes.prefix(most)
    var sheets: [String] = []
    for start in stride(from: 0, to: shown.count, by: MistakeSheet.capacity) {
      let range = start..<min(start + MistakeSheet.capacity, shown.count)
      let sheet = MistakeSheet(
        title: title(range, of: mistakes.count, in: set, by: model),
        nameKind: set.names == nil ? "its place in the set, from 0" : "its file",
        cells: try shown[range].map { try cell($0, in: set, by: model) })
      let path = path(Self.sheet(sheets.count + 1))
      try DurableFile.replace(try sheet.image().encodedAsPNG(), at: path)
      sheets.append(path)
    }
    let list = path("mistakes.tsv")
    try DurableFile.replace(Array(self.list(mistakes, shown: shown.count, in: set, by: model).utf8), at: list)
    removeOldSheets(from: sheets.count + 1)
    return Document(count: mistakes.count, shown: shown.count, sheets: sheets, list: list)
  }

  private func path(_ name: String) -> String { folder.hasSuffix("/") ? folder + name : folder + "/" + name }

  private static func sheet(_ number: Int) -> String { "mistakes-\(number).png" }

  /// Sheets of an earlier run, which this one has no mistakes for, would be taken for its own.
  private func removeOldSheets(from number: Int) {
    let manager = FileManager.default
    for number in number... {
      let old = path(Self.sheet(number))
      let attributes = try? manager.attributesOfItem(atPath: old)
      guard attributes?[.type] as? FileAttributeType == .typeRegular, (try? manager.removeItem(atPath: old)) != nil
      else {
        return
      }
    }
  }

  private func title(_ range: Range<Int>, of count: Int, in set: LabelledSet, by model: Model) -> String {
    let name = "\(Format.visible(model.identity.name))@\(model.identity.number)"
    let all = "\(Format.count(count, "mistake")) in \(Format.count(set.count, "example"))"
    guard range.count < count else { return "\(name): \(all), the worst first" }
    let last = Format.count(range.upperBound)
    return range.lowerBound == 0
      ? "\(name): the \(last) worst of \(all)" : "\(name): \(Format.count(range.lowerBound + 1)) to \(last) of \(all)"
  }

  private func cell(_ mistake: Mistake, in set: LabelledSet, by model: Model) throws -> MistakeSheet.Cell {
    let features = set.shape.valueCount ?? 0
    let pixels = set.pixels[mistake.index * features..<(mistake.index + 1) * features]
    return MistakeSheet.Cell(
      picture: try DecodedImage(
        height: set.shape.height, width: set.shape.width, channels: set.shape.channels, pixels: Array(pixels)),
      label: model.labels[mistake.label], answer: model.labels[mistake.answer],
      labelProbability: mistake.labelProbability, answerProbability: mistake.answerProbability,
      name: set.names.map { URL(fileURLWithPath: $0[mistake.index]).lastPathComponent } ?? "example \(mistake.index)")
  }

  /// All mistakes as a table for other programs.
  private func list(_ mistakes: [Mistake], shown: Int, in set: LabelledSet, by model: Model) -> String {
    var text = "index\tfile\tlabel\tlabel_probability\tanswer\tanswer_probability\tsheet\n"
    for (rank, mistake) in mistakes.enumerated() {
      let fields = [
        "\(mistake.index)", set.names?[mistake.index] ?? "", model.labels[mistake.label], "\(mistake.labelProbability)",
        model.labels[mistake.answer], "\(mistake.answerProbability)",
        rank < shown ? Self.sheet(rank / MistakeSheet.capacity + 1) : "",
      ]
      text += fields.map(Self.field).joined(separator: "\t") + "\n"
    }
    return text
  }

  /// A text without what parts fields and lines: those are written as \t, \n and \r, and a backslash as two.
  private static func field(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\t", with: "\\t").replacing("\n", with: "\\n").replacing(
      "\r", with: "\\r")
  }
}

extension MistakeFiles.Document {
  /// The same for people, in a line.
  var text: String {
    guard count > 0 else { return "No mistakes, so no picture of any was written; \(list) lists none." }
    let place = sheets.count == 1 ? sheets[0] : "\(sheets[0]) to \(sheets[sheets.count - 1])"
    let which = shown == count ? "" : ", the \(Format.count(shown)) worst"
    return "\(Format.count(count, "mistake"))\(which) on \(place); \(list) lists \(count == 1 ? "it" : "all")."
  }
}
