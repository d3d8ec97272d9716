import ArgumentParser
import ModelStore

/// `nnscore models`
struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "List the models of a store.",
    discussion: """
      EXAMPLES
        nnscore models
        nnscore models --json
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  private struct Document: Encodable {
    struct Entry: Encodable {
      let model: String
      let versions: Int
      let latest: Int
      let serving: Int?
      let createdAt: String

      enum CodingKeys: String, CodingKey {
        case model, versions, latest, serving
        case createdAt = "created_at"
      }

      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(model, forKey: .model)
        try container.encode(versions, forKey: .versions)
        try container.encode(latest, forKey: .latest)
        try container.encode(serving, forKey: .serving)
        try container.encode(createdAt, forKey: .createdAt)
      }
    }

    let models: [Entry]
  }

  func run() throws {
    let store = try store.open(.readOnly)
    let models = try store.models()
    if json.isOn {
      let entries = models.map {
        Document.Entry(
          model: $0.name, versions: $0.versionCount, latest: $0.latest, serving: $0.serving,
          createdAt: $0.createdAt.description)
      }
      return try StandardOutput.print(JSONOutput.document(Document(models: entries)))
    }
    var table = Table([
      ("MODEL", .name), ("VERSIONS", .right), ("LATEST", .right), ("SERVING", .right), ("CREATED", .left),
    ])
    for model in models {
      table.add([
        model.name, "\(model.versionCount)", "\(model.latest)", model.serving.map(String.init) ?? "-",
        Format.moment(model.createdAt),
      ])
    }
    if models.isEmpty { Terminal.note(try store.deletedModels().text) }
    try StandardOutput.print(table.text(width: Terminal.resultColumns))
  }
}

extension Format {
  /// A time to the second, in UTC.
  static func moment(_ timestamp: Timestamp) -> String {
    String(timestamp.description.prefix(19)).replacing("T", with: " ") + "Z"
  }

  /// The beginning of a digest, enough to refer by.
  static func digest(_ digest: String) -> String {
    String(digest.prefix("sha256:".count + 12))
  }
}
