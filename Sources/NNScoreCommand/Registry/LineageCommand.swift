import ArgumentParser
import Inference
import ModelStore

/// `nnscore lineage REF`
struct LineageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lineage",
    abstract: "Draw what a version descends from, and what descends from it.",
    discussion: """
      The oldest version stands at the top, each below the one that its training went on from (`train --from`), whatever model it is \
      of. Each is shown with how it was made, the data sets and the seed, the program and the machine, and what serves, aliases \
      or was deleted. A parent that was purged, or that is missing, is said to be that.

      EXAMPLES
        nnscore lineage cats@7
        nnscore lineage cats --json | jq '.versions[] | select(.serving).version'
      """)

  @Argument(help: ArgumentHelp("The version.", valueName: "ref"), transform: Reference.init) var reference: Reference
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  func run() throws {
    let tree = try store.open(.readOnly).lineage(of: reference)
    try StandardOutput.print(
      json.isOn
        ? JSONOutput.document(LineageTreeDocument(tree))
        : LineageDrawing(tree, width: min(Terminal.width(1), 120), isUTF8: Terminal.isUTF8).text())
  }
}

/// A version with its ancestors and descendants.
private struct LineageTreeDocument: Encodable {
  struct Deletion: Encodable {
    let at: String
    let actor: String
    let reason: String
  }

  struct Member: Encodable {
    private let member: LineageTree.Member

    init(_ member: LineageTree.Member) { self.member = member }

    enum CodingKeys: String, CodingKey {
      case model, version, digest, relation, made, origin, serving, aliases, deleted, lineage
      case createdAt = "created_at"
      case copiedFrom = "copied_from"
      case parentState = "parent_state"
    }

    func encode(to encoder: any Encoder) throws {
      try IdentityDocument(member.identity).encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(member.relation.rawValue, forKey: .relation)
      try container.encode(member.createdAt.description, forKey: .createdAt)
      var origin: String?
      var source: IdentityDocument?
      switch member.provenance {
      case .trained: break
      case .imported(let text): origin = text
      case .copied(let from, _): source = IdentityDocument(from)
      }
      try container.encode(member.made, forKey: .made)
      try container.encode(origin, forKey: .origin)
      try container.encode(source, forKey: .copiedFrom)
      try container.encode(member.parentState?.word, forKey: .parentState)
      try container.encode(member.isServing, forKey: .serving)
      try container.encode(member.aliases, forKey: .aliases)
      try container.encode(
        member.deletion.map { Deletion(at: $0.at.description, actor: $0.actor, reason: $0.reason) }, forKey: .deleted)
      try container.encode(LineageDocument(member.lineage), forKey: .lineage)
    }
  }

  let model: String
  let version: Int
  let versions: [Member]

  init(_ tree: LineageTree) {
    let asked = tree.members.first { $0.relation == .asked }?.identity
    model = asked?.name ?? ""
    version = asked?.number ?? 0
    versions = tree.members.map(Member.init)
  }
}

extension LineageTree.Member {
  /// How the version was made, in one word.
  var made: String {
    switch provenance {
    case .trained: precision == .int8 ? "quantized" : "trained"
    case .imported: "imported"
    case .copied: "copied"
    }
  }
}

extension LineageTree.ParentState {
  /// Where the parent is, in one word.
  fileprivate var word: String {
    switch self {
    case .present: "present"
    case .purged: "purged"
    case .missing: "missing"
    case .different: "different"
    }
  }
}
