import Inference
import ModelStore
import Testing

@Suite("Lineage: what a version descends from, and what descends from it")
struct LineageTests {
  let scratch: Scratch
  let store: ModelStore

  init() throws {
    scratch = try Scratch()
    store = try ModelStore(path: scratch.store, mode: .create)
  }

  @discardableResult
  private func register(_ model: String = "cats", from parent: VersionRecord? = nil, seed: UInt64 = 1) throws
    -> VersionRecord
  {
    var draft = try makeDraft(model: model, seed: seed)
    draft.lineage.parent = parent?.identity
    return try store.register(draft)
  }

  private func names(_ tree: LineageTree) -> [String] {
    tree.members.map { "\($0.identity.name)@\($0.identity.number)" }
  }

  @Test("Ancestors from the oldest on, the version, then its descendants of whatever model; nobody else")
  func tree() throws {
    let root = try register()
    let middle = try register("dogs", from: root, seed: 2)
    try register(from: root, seed: 3)
    let asked = try register(from: middle, seed: 4)
    let child = try register("lions", from: asked, seed: 5)
    try register(from: asked, seed: 6)
    try register("lions", from: child, seed: 7)
    try register("lions", seed: 8)

    let tree = try store.lineage(of: Reference("cats@3"))
    #expect(names(tree) == ["cats@1", "dogs@1", "cats@3", "lions@1", "cats@4", "lions@2"])
    #expect(tree.members.map(\.relation) == [.ancestor, .ancestor, .asked, .descendant, .descendant, .descendant])
    #expect(tree.parents == [nil, 0, 1, 2, 2, 3])
    #expect(tree.members.map(\.parentState) == [nil] + [.present, .present, .present, .present, .present])
    #expect(tree.members[2].lineage == asked.lineage && tree.members[2].identity == asked.identity)
    #expect(tree.members[2].createdAt == asked.summary.createdAt)
    #expect(names(try store.lineage(of: Reference("lions@3"))) == ["lions@3"])
    #expect(names(try store.lineage(of: Reference("cats@latest"))) == ["cats@1", "dogs@1", "cats@3", "cats@4"])
  }

  @Test("What serves, has aliases or was deleted is said; deleted versions stay in the tree until they are purged")
  func marks() throws {
    let root = try register()
    let middle = try register(from: root, seed: 2)
    try register(from: middle, seed: 3)
    try store.promote(Reference("cats@3"))
    try store.setAlias("old", to: Reference("cats@1"))
    try store.setAlias("first", to: Reference("cats@1"))
    try store.delete(Reference("cats@2"), reason: "bad", actor: "me@here")

    let members = try store.lineage(of: Reference("cats")).members
    #expect(members.map(\.isServing) == [false, false, true])
    #expect(members.map(\.aliases) == [["first", "old"], [], []])
    #expect(members[1].deletion?.reason == "bad" && members[1].deletion?.actor == "me@here")
    #expect(members[0].deletion == nil && members[2].parentState == .present)
    #expect(names(try store.lineage(of: Reference("cats@1"))) == ["cats@1", "cats@2", "cats@3"])
    #expect(storeError { _ = try store.lineage(of: Reference("cats@2")) }?.code == .versionDeleted)

    let report = try store.collectGarbage(actor: "gc@here")
    #expect(report.versions.count == 1)
    let left = try store.lineage(of: Reference("cats@3"))
    #expect(names(left) == ["cats@3"])
    guard case .purged(_, let actor) = left.members[0].parentState else {
      Issue.record("\(String(describing: left.members[0].parentState))")
      return
    }
    #expect(actor == "gc@here")
    #expect(names(try store.lineage(of: Reference("cats@1"))) == ["cats@1"])
  }

  @Test("How a version was made: trained, imported, or copied from where, with the parent that stayed behind")
  func provenance() throws {
    let root = try register()
    try register(from: root, seed: 2)
    var draft = try makeDraft(seed: 3)
    draft.origin = "m.safetensors, PyTorch"
    try store.register(draft)
    let other = try ModelStore(path: scratch.path("other.sqlite"), mode: .create)
    try store.copy([Reference("cats@2"), Reference("cats@3")], to: other, as: "lions")

    func provenance(_ store: ModelStore, _ reference: String) throws -> Provenance? {
      try store.lineage(of: Reference(reference)).members.first { $0.relation == .asked }?.provenance
    }
    #expect(try provenance(store, "cats@1") == .trained)
    #expect(try provenance(store, "cats@3") == .imported(origin: "m.safetensors, PyTorch"))
    let source = try store.version(Reference("cats@2")).identity
    #expect(try provenance(other, "lions@1") == .copied(from: source, parentLeftBehind: root.identity))
    // What looks like it, but is no version, was written by someone else.
    for text in ["cats@3 sha256:12", "cats@3", "cats sha256:\(String(repeating: "0", count: 64))", "; parent", " "] {
      draft.origin = text
      let version = try store.register(draft)
      #expect(try provenance(store, "cats@\(version.number)") == .imported(origin: text))
    }
  }

  @Test("A parent that a damaged store does not have, or has with another digest, is said to be that")
  func damagedParents() throws {
    let root = try register()
    try register(from: root, seed: 2)
    let other = String(repeating: "ab", count: 32)
    try tamper(store.path, "UPDATE versions SET parent_digest = '\(other)' WHERE number = 2")
    var tree = try store.lineage(of: Reference("cats@2"))
    #expect(names(tree) == ["cats@2"] && tree.members[0].parentState == .different(digest: root.digest))
    #expect(names(try store.lineage(of: Reference("cats@1"))) == ["cats@1"])

    try tamper(store.path, "UPDATE versions SET parent_number = 9 WHERE number = 2")
    tree = try store.lineage(of: Reference("cats@2"))
    #expect(names(tree) == ["cats@2"] && tree.members[0].parentState == .missing)
    try tamper(store.path, "UPDATE versions SET parent_model = 'no ''name''', parent_number = -1 WHERE number = 2")
    #expect(try store.lineage(of: Reference("cats@2")).members[0].parentState == .missing)
    try tamper(store.path, "UPDATE versions SET created_at = '2026-99-99T99:99:99.999Z' WHERE number = 2")
    #expect(storeError { _ = try store.lineage(of: Reference("cats@2")) }?.code == .damaged)
  }

  @Test("Versions of a damaged store that descend from themselves are an error, not a loop", arguments: [1, 2, 3])
  func circles(length: Int) throws {
    var last = try register()
    for seed in 2...4 { last = try register(from: last, seed: UInt64(seed)) }
    // The first one descends from the one of that number; what comes after it leads into the circle.
    try tamper(
      store.path,
      """
      UPDATE versions SET parent_model = 'cats', parent_number = \(length),
        parent_digest = (SELECT digest FROM versions WHERE number = \(length)) WHERE number = 1
      """)
    for number in 1...4 {
      let error = storeError { _ = try store.lineage(of: Reference("cats@\(number)")) }
      #expect(error?.code == .damaged)
      #expect(error?.message.contains("descends from itself") == true, "\(error?.message ?? "")")
    }
  }
}
