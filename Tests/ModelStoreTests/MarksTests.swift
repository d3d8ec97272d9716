import Foundation
import GRDB
import Inference
import ModelStore
import Testing

/// Aliases, tags, notes, and what was in service when.
@Suite struct MarksTests {
  let scratch: Scratch
  let store: ModelStore

  init() throws {
    scratch = try Scratch()
    store = try ServiceTests.makeStore(scratch, versions: 3)
  }

  @Test("An alias names a version until it is moved or removed, and says what it named before")
  func aliases() throws {
    let champion = try Reference("cats@champion")
    #expect(storeError { _ = try store.version(champion) }?.code == .noSuchAlias)
    #expect(try store.setAlias("champion", to: Reference("cats@2")).changed)
    #expect(try store.version(champion).number == 2)
    #expect(try store.model(champion).identity.number == 2)
    #expect(try store.setAlias("champion", to: Reference("cats@2")).changed == false)
    let moved = try store.setAlias("champion", to: Reference("cats@latest"), reason: "better", actor: "ann@a")
    #expect(moved.changed && moved.version == 3 && moved.entry.predecessor == 2)
    #expect(try store.setAlias("challenger", to: champion).version == 3)
    #expect(try store.aliases(of: "cats").map(\.name) == ["challenger", "champion"])
    #expect(try store.versions(of: "cats").map(\.aliases) == [[], [], ["challenger", "champion"]])
    #expect(try store.promote(champion).changed)
    try store.removeAlias("champion", of: "cats")
    let missing = storeError { _ = try store.version(champion) }
    #expect(missing?.code == .noSuchAlias && missing?.message.contains("challenger") == true)
    #expect(storeError { try store.removeAlias("champion", of: "cats") }?.code == .noSuchAlias)
    #expect(try store.verify().findings == [])
  }

  @Test("A protected alias is moved, removed and laid open by force only")
  func protectedAliases() throws {
    try store.setAlias("champion", to: Reference("cats@1"), protected: true)
    for edit in [
      { _ = try store.setAlias("champion", to: Reference("cats@2")) },
      { _ = try store.setAlias("champion", to: Reference("cats@1"), protected: false) },
      { _ = try store.removeAlias("champion", of: "cats") },
    ] {
      #expect(storeError(edit)?.code == .protectedAlias)
    }
    #expect(try store.setAlias("champion", to: Reference("cats@1")).changed == false)
    try store.setAlias("champion", to: Reference("cats@2"), force: true)
    #expect(try store.aliases(of: "cats").map(\.isProtected) == [true])
    try store.setAlias("champion", to: Reference("cats@2"), protected: false, force: true)
    try store.setAlias("champion", to: Reference("cats@3"))
    #expect(try store.aliases(of: "cats").map(\.version) == [3])
  }

  @Test(
    "What a reference could take for something else is no alias",
    arguments: [
      "", "1", "3rd", "latest", "serving", "-x", "a b", "a@b", "sha256:00", String(repeating: "a", count: 129),
      "Latest", "LATEST", "Serving", "sha256", "SHA256", "sha256-1f0c", "Sha256.1f0c",
    ])
  func aliasNames(name: String) throws {
    #expect(storeError { try store.setAlias(name, to: Reference("cats@1")) }?.code == .invalidName)
  }

  @Test("An alias of an earlier time that would be refused today names its version, and can be removed but not moved")
  func formerAlias() throws {
    try store.setAlias("champion", to: Reference("cats@2"))
    try Forgery.change(scratch.store, "UPDATE ledger SET name = 'Latest' WHERE name = 'champion'")
    let store = try ModelStore(path: scratch.store, mode: .readWrite)
    #expect(try store.version(Reference("cats@Latest")).number == 2)
    #expect(try store.version(Reference("cats@latest")).number == 3)
    #expect(try store.aliases(of: "cats").map(\.name) == ["Latest"])
    #expect(try store.verify().findings == [])
    #expect(storeError { try store.setAlias("Latest", to: Reference("cats@1")) }?.code == .invalidName)
    try store.removeAlias("Latest", of: "cats")
    let missing = storeError { _ = try store.version(Reference("cats@Latest")) }
    #expect(missing?.code == .noSuchAlias && missing?.message.contains("write cats@latest") == true)
  }

  @Test("Tags and notes are of a model or of a version, and every edit is in the ledger")
  func tags() throws {
    let model = try Subject("cats")
    let version = try Subject("cats@2")
    #expect(try store.setTag("team", to: "vision", of: version).changed)
    #expect(try store.setTag("team", to: "vision", of: version).changed == false)
    try store.setTag("team", to: "", of: version)
    try store.setTag("owner", to: "ünï = x", of: model)
    #expect(try store.tags(of: version) == ["team": ""])
    #expect(try store.tags(of: model) == ["owner": "ünï = x"])
    #expect(try store.versions(of: "cats").map(\.tags) == [[:], ["team": ""], [:]])
    try store.removeTag("team", of: version)
    #expect(try store.tags(of: version).isEmpty)
    #expect(storeError { try store.removeTag("team", of: version) }?.code == .noSuchTag)
    #expect(storeError { try store.setTag("a b", to: "x", of: version) }?.code == .invalidName)
    #expect(storeError { try store.setTag("a", to: "\0", of: version) }?.code == .invalidDraft)
    let long = String(repeating: "x", count: ModelStore.maximumTagBytes + 1)
    #expect(storeError { try store.setTag("a", to: long, of: version) }?.code == .invalidDraft)

    #expect(try store.note(of: version) == "" && store.note(of: model) == "")
    try store.setNote("first", of: version)
    #expect(try store.setNote("first", of: version).changed == false)
    try store.setNote("of the model", of: model)
    #expect(try store.note(of: version) == "first" && store.note(of: model) == "of the model")
    #expect(try store.version(Reference("cats@2")).summary.note == "first")
    try store.setNote("", of: version)
    #expect(try store.versions(of: "cats").map(\.note) == ["", "", ""])
    let kinds = try store.ledger(of: "cats").map(\.kind).filter { $0 != .register }
    #expect(kinds == [.tag, .tag, .tag, .untag, .note, .note, .note])
    #expect(try store.verify().findings == [])
  }

  @Test("The ledger answers what was in service at any moment")
  func asOf() throws {
    let before = Timestamp.now
    #expect(try store.serving("cats", asOf: before) == nil)
    var moments: [(Timestamp, Int?)] = []
    func pause() { Thread.sleep(forTimeInterval: 0.003) }
    for step in [1, 2, nil, 3] {
      pause()
      if let step { try store.promote(Reference(model: "cats", .number(step))) } else { try store.retire("cats") }
      moments.append((.now, step))
    }
    for (moment, version) in moments { #expect(try store.serving("cats", asOf: moment)?.version == version) }
    #expect(try store.serving("cats")?.version == 3)
    #expect(storeError { _ = try store.serving("dogs") }?.code == .noSuchModel)
    #expect(Timestamp(lenient: "2026-11-20T12:00Z")?.description == "2026-11-20T12:00:00.000Z")
    #expect(Timestamp(lenient: "2026-11-20")?.description == "2026-11-20T00:00:00.000Z")
    for text in ["", "2026-11-20Z", "2026-13-01", "yesterday", "2026-11-20T12"] {
      #expect(Timestamp(lenient: text) == nil, "\(text)")
    }
  }

  @Test("A retired model has nothing in service until a promote or a rollback")
  func retire() throws {
    #expect(storeError { try store.retire("cats") }?.code == .nothingInService)
    #expect(try ServiceTests.play("p1 p2", on: store) == "1 2")
    try store.retire("cats")
    #expect(storeError { _ = try store.model(Reference("cats")) }?.code == .nothingInService)
    #expect(storeError { try store.retire("cats") }?.code == .nothingInService)
    #expect(try store.models().map(\.serving) == [nil])
    #expect(try ServiceTests.play("r r r", on: store) == "2 1 -")
    try store.retire("cats")
    #expect(try ServiceTests.play("p3 r r", on: store) == "3 1 -")
    #expect(try store.verify().findings == [])
  }
}
