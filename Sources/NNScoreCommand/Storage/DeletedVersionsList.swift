import ModelStore

/// What `nnscore versions NAME --deleted` prints.
struct DeletedVersionsList {
  private let model: String
  private let versions: [DeletedVersion]

  init(_ model: String, _ store: ModelStore) throws {
    self.model = model
    versions = try store.deletedVersions(of: model)
  }

  private struct Document: Encodable {
    struct Entry: Encodable {
      let version: Int
      let digest: String
      let at: String
      let actor: String
      let reason: String
    }

    let model: String
    let deleted: [Entry]
  }

  func print(json: Bool) throws {
    guard !json else {
      let entries = versions.map {
        Document.Entry(
          version: $0.number, digest: $0.digest, at: $0.at.description, actor: $0.actor, reason: $0.reason)
      }
      return try StandardOutput.print(JSONOutput.document(Document(model: model, deleted: entries)))
    }
    var table = Table([
      ("VERSION", .right), ("DELETED (UTC)", .left), ("DIGEST", .left), ("ACTOR", .name), ("REASON", .prose),
    ])
    for version in versions {
      table.add([
        "\(version.number)", Format.moment(version.at), Format.digest(version.digest), version.actor, version.reason,
      ])
    }
    if versions.isEmpty { Terminal.note("\(model) has no deleted versions that can be brought back\n") }
    try StandardOutput.print(table.text(width: Terminal.resultColumns))
  }
}
