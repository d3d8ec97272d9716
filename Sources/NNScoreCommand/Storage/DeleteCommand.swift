import ArgumentParser
import ModelStore

/// `nnscore delete SUBJECT`
struct DeleteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: "Delete a version, or a whole model.",
    discussion: """
      A deleted version is hidden until `nnscore undelete` brings it back or `nnscore gc` removes it for good. What is in service, and \
      what an alias names, is not deleted. A name alone is the whole model: its name must be typed once more, at the prompt or by \
      --confirm.

      EXAMPLES
        nnscore delete cats@3 --reason "trained on wrong labels"
        nnscore delete cats --confirm cats
        nnscore undelete cats@3
      """)

  @Argument(help: "A version such as cats@3, or a model.", transform: Subject.init) var subject: Subject
  @Option(help: ArgumentHelp("The model's name once more, to delete the whole model.", valueName: "name"))
  var confirm: String?
  @OptionGroup var edit: EditOptions

  func validate() throws {
    if case .version = subject, confirm != nil {
      throw usageError("--confirm is for a whole model; \(subject) is one version and needs none")
    }
  }

  func run() throws {
    switch subject {
    case .version(let reference):
      let entry = try edit.open().delete(reference, reason: edit.reason)
      let name = "\(reference.model)@\(entry.version ?? 0)"
      try edit.report(entry, done: "\(name) is deleted; `nnscore undelete \(name)` brings it back until the next gc")
    case .model(let name):
      let store = try edit.open()
      let entries = try store.deleteModel(
        name, confirmation: confirmation(name, store), reason: edit.reason)
      let count = Format.count(entries.count, "version")
      try edit.report(
        entries, done: "\(name) is deleted (\(count)); `nnscore undelete \(name)` brings it back until the next gc")
    }
  }

  /// The name as it was typed once more.
  private func confirmation(_ name: String, _ store: ModelStore) throws -> String {
    if let confirm { return confirm }
    let count = Format.count(try store.versions(of: name).count, "version")
    guard Terminal.isInteractive(0) else {
      throw StoreError(
        .notConfirmed, "\(name) has \(count), which would all be deleted; confirm it by --confirm \(name)")
    }
    Terminal.note("All of \(name) (\(count)) will be deleted. Type the model's name to confirm: ")
    return readLine() ?? ""
  }
}

/// `nnscore undelete SUBJECT`
struct UndeleteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "undelete",
    abstract: "Bring deleted versions back.",
    discussion: """
      A name alone brings back all versions of the model that were deleted since the last gc.

      EXAMPLES
        nnscore undelete cats@3
        nnscore undelete cats
        nnscore versions cats --deleted
      """)

  @Argument(help: "A version by its number, such as cats@3, or a model.", transform: Subject.init) var subject: Subject
  @OptionGroup var edit: EditOptions

  private var target: (model: String, number: Int?)? {
    switch subject {
    case .model(let name): (name, nil)
    case .version(let reference):
      if case .number(let number) = reference.selector { (reference.model, number) } else { nil }
    }
  }

  func validate() throws {
    if target == nil { throw usageError("\(subject): a deleted version is named by its number, such as cats@3") }
  }

  func run() throws {
    guard let target else { return }
    let entries = try edit.open().undelete(target.model, number: target.number, reason: edit.reason)
    let names = entries.map { "\(target.model)@\($0.version ?? 0)" }.joined(separator: ", ")
    try edit.report(entries, done: "back: \(names)")
  }
}
