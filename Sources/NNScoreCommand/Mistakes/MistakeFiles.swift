import Foundation
import Images
import Inference
import ModelStore

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
    /// What one of them is called.
    let noun: String

    private enum CodingKeys: String, CodingKey {
      case count, shown, sheets, list
    }
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
  func write(_ mistakes: Mistakes) throws -> Document {
    let shown = min(mistakes.count, most)
    var sheets: [String] = []
    for start in stride(from: 0, to: shown, by: MistakeSheet.capacity) {
      let range = start..<min(start + MistakeSheet.capacity, shown)
      let sheet = MistakeSheet(
        title: mistakes.title(range), legend: mistakes.legend, cells: try range.map(mistakes.cell))
      let path = path(Self.sheet(sheets.count + 1))
      try DurableFile.replace(try sheet.image().encodedAsPNG(), at: path)
      sheets.append(path)
    }
    let list = path("mistakes.tsv")
    try DurableFile.replace(Array(Self.list(mistakes, shown: shown).utf8), at: list)
    removeOldSheets(from: sheets.count + 1)
    return Document(count: mistakes.count, shown: shown, sheets: sheets, list: list, noun: mistakes.noun)
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

  /// All mistakes as a table for other programs.
  private static func list(_ mistakes: Mistakes, shown: Int) -> String {
    var text = (mistakes.columns + ["sheet"]).joined(separator: "\t") + "\n"
    for rank in 0..<mistakes.count {
      let sheet = rank < shown ? sheet(rank / MistakeSheet.capacity + 1) : ""
      text += (mistakes.fields(rank) + [sheet]).map(field).joined(separator: "\t") + "\n"
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
    return "\(Format.count(count, noun))\(which) on \(place); \(list) lists \(count == 1 ? "it" : "all")."
  }
}
