import GRDB
import Inference

extension ModelStore {
  /// The most bytes of a tag's value in UTF-8.
  public static let maximumTagBytes = 1 << 12
  /// The most bytes of a note in UTF-8.
  public static let maximumNoteBytes = 1 << 16

  /// Sets a tag of a model or version to a value.
  ///
  /// - Parameters:
  ///   - name: a letter or digit, then letters, digits, `.`, `_` or `-`; at most ``Reference/maximumNameLength``.
  ///   - value: any text without NUL; at most ``maximumTagBytes``.
  ///   - subject: what it is a tag of.
  ///   - reason: why, for the ledger.
  ///   - actor: who, for the ledger.
  /// - Returns: the entry, and whether anything changed: a tag that has the value already writes nothing.
  /// - Throws: ``StoreError/Code/invalidName``, ``StoreError/Code/invalidDraft``, or that the subject names nothing.
  @discardableResult
  public func setTag(
    _ name: String, to value: String, of subject: Subject, reason: String = "", actor: String = ModelStore.defaultActor
  ) throws(StoreError) -> ServiceChange {
    try Self.validate(tag: name)
    try Self.validate(text: value, "the value of the tag \(name)")
    guard value.utf8.count <= Self.maximumTagBytes else {
      throw StoreError(
        .invalidDraft,
        "the value of the tag \(name) has \(value.utf8.count) bytes; at most \(Self.maximumTagBytes) are kept, a note takes more"
      )
    }
    return try edit(.tag, subject, name: name, value: value, reason: reason, actor: actor)
  }

  /// Removes a tag.
  ///
  /// - Throws: ``StoreError/Code/noSuchTag``, or that the subject names nothing.
  @discardableResult
  public func removeTag(
    _ name: String, of subject: Subject, reason: String = "", actor: String = ModelStore.defaultActor
  ) throws(StoreError) -> LedgerEntry {
    try edit(.untag, subject, name: name, value: nil, reason: reason, actor: actor).entry
  }

  /// The tags of a model or version by name.
  ///
  /// - Throws: ``StoreError`` if the subject names nothing or the store cannot be read.
  public func tags(of subject: Subject) throws(StoreError) -> [String: String] {
    try read { database in
      let (model, version) = try subject.resolve(in: database)
      let statement = try database.cachedStatement(
        sql: "SELECT name, value FROM tags WHERE model = ? AND version IS ?")
      let rows = try Row.fetchAll(statement, arguments: [model, version?.number])
      return try Dictionary(
        rows.map { (try $0.text(0), try $0.text(1)) }, uniquingKeysWith: { _, last in last })
    }
  }

  /// Replaces the note of a model or version; an empty text removes it.
  ///
  /// The note that a version was registered with stays in its record and in the ledger.
  ///
  /// - Throws: ``StoreError/Code/invalidDraft`` for a note with NUL or of more than ``maximumNoteBytes``, or that the subject
  ///   names nothing.
  @discardableResult
  public func setNote(
    _ note: String, of subject: Subject, reason: String = "", actor: String = ModelStore.defaultActor
  ) throws(StoreError) -> ServiceChange {
    try Self.validate(text: note, "the note")
    guard note.utf8.count <= Self.maximumNoteBytes else {
      throw StoreError(
        .invalidDraft, "the note has \(note.utf8.count) bytes; at most \(Self.maximumNoteBytes) are kept")
    }
    return try edit(.note, subject, name: nil, value: note, reason: reason, actor: actor)
  }

  /// The note of a model or version; empty if there is none.
  ///
  /// - Throws: ``StoreError`` if the subject names nothing or the store cannot be read.
  public func note(of subject: Subject) throws(StoreError) -> String {
    try read { database in
      let (model, version) = try subject.resolve(in: database)
      return try Self.note(model: model, version: version?.number, in: database)
    }
  }

  private static func note(model: String, version: Int?, in database: Database) throws -> String {
    let condition = "model = ? AND version IS ? AND kind = 'note'"
    if let edited = try LedgerEntry.fetchLast(where: condition, [model, version], in: database)?.value {
      return edited
    }
    guard let version else { return "" }
    return try Row.fetchOne(
      database,
      sql: "SELECT note FROM versions JOIN models ON models.id = versions.model WHERE models.name = ? AND number = ?",
      arguments: [model, version])?.text(0) ?? ""
  }

  private func edit(
    _ kind: LedgerEntry.Kind, _ subject: Subject, name: String?, value: String?, reason: String, actor: String
  ) throws(StoreError) -> ServiceChange {
    try Self.validate(text: reason, "the reason")
    try Self.validate(text: actor, "the actor")
    return try write { database in
      let (model, version) = try subject.resolve(in: database)
      if kind != .note {
        let before = try LedgerEntry.fetchLast(
          where: "model = ? AND version IS ? AND name = ? AND kind IN ('tag', 'untag')",
          [model, version?.number, name],
          in: database)
        if let before, before.kind == kind, before.value == value, kind == .tag {
          return ServiceChange(entry: before, changed: false)
        }
        if kind == .untag, before?.kind != .tag {
          throw StoreError(.noSuchTag, "\(subject) has no tag \"\(name ?? "")\", so there is nothing to remove")
        }
      } else if let before = try LedgerEntry.fetchLast(
        where: "model = ? AND version IS ? AND kind = 'note'", [model, version?.number], in: database),
        before.value == value
      {
        return ServiceChange(entry: before, changed: false)
      }
      let entry = try LedgerEntry.append(
        LedgerEntry.Draft(
          kind: kind, model: model, version: version?.number, digest: version?.digest, name: name, value: value,
          reason: reason, actor: actor), in: database)
      return ServiceChange(entry: entry, changed: true)
    }
  }

  private static func validate(tag name: String) throws(StoreError) {
    guard Reference.isName(name) else {
      throw StoreError(
        .invalidName,
        "\"\(name)\" cannot be the name of a tag; one begins with a letter or digit and goes on with letters, digits, '.', '_' and "
          + "'-', at most \(Reference.maximumNameLength) (A-Z, a-z, 0-9)")
    }
  }
}
