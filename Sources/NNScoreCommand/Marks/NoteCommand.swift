import ArgumentParser
import ModelStore

/// `nnscore note SUBJECT [TEXT]`
struct NoteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "note",
    abstract: "Show or replace the note of a model or version.",
    discussion: """
      A name alone (cats) is the model, and cats@3, cats@latest or cats@champion a version of it. An empty text removes the note; \
      what it was stays in the ledger.

      EXAMPLES
        nnscore note cats@3
        nnscore note cats@3 "the one from the retreat"
        nnscore note cats ""
      """)

  @Argument(help: "A model, or a version of it.", transform: Subject.init) var subject: Subject
  @Argument(help: "The new note; without it the present one is shown.") var text: String?
  @OptionGroup var edit: EditOptions

  private struct Document: Encodable {
    let subject: String
    let note: String
  }

  func run() throws {
    guard let text else {
      let note = try edit.store.open(.readOnly).note(of: subject)
      guard !edit.json.isOn else {
        return try StandardOutput.print(JSONOutput.document(Document(subject: "\(subject)", note: note)))
      }
      if note.isEmpty { Terminal.note("\(subject) has no note\n") }
      return try StandardOutput.print(note.isEmpty ? "" : Format.visible(note, keepingLines: true) + "\n")
    }
    let change = try edit.open().setNote(text, of: subject, reason: edit.reason)
    try edit.report(
      change, done: text.isEmpty ? "\(subject): the note is removed" : "\(subject): the note is replaced",
      already: "\(subject): the note is that already")
  }
}
