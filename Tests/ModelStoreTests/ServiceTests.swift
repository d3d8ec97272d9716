import Inference
import Testing

@testable import ModelStore

@Suite struct ServiceTests {
  static func makeStore(_ scratch: Scratch, versions: Int = 5) throws -> ModelStore {
    let store = try ModelStore(path: scratch.store, mode: .create)
    for seed in 1...versions { try store.register(makeDraft(seed: UInt64(seed), widths: [2, 1, 2])) }
    return store
  }

  /// Does `p3` (promote 3), `r` (roll back) and `r2` (roll back to 2), and says what is in service after each; `-` for nothing to
  /// go back to, `=` when nothing changed.
  static func play(_ steps: String, on store: ModelStore) throws -> String {
    try steps.split(separator: " ").map { step in
      let number = Int(step.dropFirst())
      do {
        let change =
          step.hasPrefix("p")
          ? try store.promote(Reference(model: "cats", .number(number ?? 0)))
          : try store.rollback("cats", to: number)
        return (change.changed ? "" : "=") + "\(change.version ?? 0)"
      } catch let error as StoreError where error.code == .nothingToRollBackTo || error.code == .nothingInService {
        return "-"
      }
    }.joined(separator: " ")
  }

  @Test(
    "Rollbacks go back through what was in service",
    arguments: [
      ("r", "-"),
      ("p1 r", "1 -"),
      ("p1 p2 r r", "1 2 1 -"),
      ("p1 p2 p3 r r r", "1 2 3 2 1 -"),
      // What was promoted after a rollback does not bring back what was rolled back.
      ("p1 p2 r p3 r r", "1 2 1 3 1 -"),
      ("p1 p2 p1 r r r", "1 2 1 2 1 -"),
      // To a version that was in service: all that came after is taken away.
      ("p1 p2 p3 p4 r2 r r", "1 2 3 4 2 1 -"),
      ("p1 p2 p1 p3 r1 r", "1 2 1 3 1 2"),
      // To a version that does not lie below: it comes on top, and what was in service before it is next.
      ("p1 p2 r5 r r r", "1 2 5 2 1 -"),
      ("p1 r5 r r", "1 5 1 -"),
      ("p1 p2 r r2 r r", "1 2 1 2 1 -"),
      // To what is in service: nothing changes.
      ("p1 p2 r2 r", "1 2 =2 1"),
      ("p1 p1 p2 r", "1 =1 2 1"),
      ("p1 p2 r p2 r r", "1 2 1 2 1 -"),
    ])
  func rollbacks(steps: String, serving: String) throws {
    let scratch = try Scratch()
    let store = try Self.makeStore(scratch)
    #expect(try Self.play(steps, on: store) == serving)
    #expect(try store.verify().findings == [])
    let changes = serving.split(separator: " ").filter { $0 != "-" && !$0.hasPrefix("=") }
    let entries = try store.ledger(of: "cats").filter(\.kind.isService)
    #expect(entries.map { "\($0.version ?? 0)" } == changes.map { String($0) })
  }

  @Test("The ledger says who, when, what, from what, why")
  func entries() throws {
    let scratch = try Scratch()
    let store = try Self.makeStore(scratch)
    let before = Timestamp.now
    try store.promote(Reference("cats@1"), reason: "first", actor: "ann@a")
    try store.register(makeDraft(model: "dogs"), promote: true, reason: "dog", actor: "bob@b")
    try store.promote(Reference("cats@latest"))
    try store.rollback("cats", reason: "worse", actor: "ann@a")

    let entries = try store.ledger(of: "cats").filter(\.kind.isService)
    // Five registrations came first, and a registration and a promote of another model between them.
    #expect(entries.map(\.sequence) == [6, 9, 10])
    #expect(entries.map(\.kind) == [.promote, .promote, .rollback])
    #expect(entries.map(\.version) == [1, 5, 1])
    #expect(entries.map(\.predecessor) == [nil, 1, 5])
    #expect(entries.map(\.reason) == ["first", "", "worse"])
    #expect(entries.map(\.actor) == ["ann@a", ModelStore.defaultActor, "ann@a"])
    #expect(entries[0].digest == (try store.version(Reference("cats@1")).digest))
    #expect(entries.allSatisfy { $0.at >= before && $0.at <= .now })
    #expect(ModelStore.defaultActor.contains("@"))
    #expect(try store.models().map(\.serving) == [1, 1])
    #expect(try store.versions(of: "cats").filter(\.isServing).map(\.number) == [1])
    #expect(try store.model(Reference("cats")).identity.number == 1)
  }

  @Test("References name what is in service, the latest, a number or a digest")
  func references() throws {
    let scratch = try Scratch()
    let store = try Self.makeStore(scratch)
    func number(_ text: String) throws -> Int { try store.version(Reference(text)).number }

    #expect(try number("cats@latest") == 5)
    #expect(try number("cats@3") == 3)
    let digest = try store.version(Reference("cats@2")).digest
    #expect(try number("cats@\(digest)") == 2)
    #expect(try number("cats@\(digest.prefix(7 + 16).uppercased().replacing("SHA256", with: "sha256"))") == 2)

    func refusal(_ text: String) -> StoreError? { storeError { _ = try number(text) } }
    let unpromoted = refusal("cats")
    #expect(unpromoted?.code == .nothingInService)
    #expect(unpromoted?.message.contains("cats@latest") == true)
    #expect(refusal("cats@6")?.message.contains("versions 1 to 5") == true)
    #expect(refusal("cats@6")?.code == .noSuchVersion)
    #expect(refusal("dogs")?.code == .noSuchModel)
    #expect(refusal("dogs")?.message.contains("it has cats") == true)
    #expect(refusal("cats@champion")?.code == .noSuchAlias)
    #expect(refusal("cats@sha256:" + String(repeating: "f", count: 64))?.code == .noSuchVersion)
  }

  @Test("A digest prefix that two versions share is refused with both; two versions with one digest are not ambiguous")
  func ambiguity() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    var digests: [String: Int] = [:]
    var clash: (String, Int, Int)?
    // Among 1,500 digests two share 16 bits all but surely (1 − e⁻¹⁷); the seeds are fixed, so this does not change.
    for seed in 1...1500 where clash == nil {
      let record = try store.register(makeDraft(seed: UInt64(seed), widths: [1, 2], costs: []))
      let prefix = String(record.digest.prefix(7 + 4))
      if let other = digests.updateValue(record.number, forKey: prefix) { clash = (prefix, other, record.number) }
    }
    let (prefix, first, second) = try #require(clash)
    let error = storeError { _ = try store.version(Reference("cats@\(prefix)")) }
    #expect(error?.code == .ambiguousReference)
    #expect(error?.message.contains("cats@\(first) (") == true && error?.message.contains("cats@\(second) (") == true)

    let again = try store.register(makeDraft(seed: 1, widths: [1, 2], costs: []))
    #expect(try store.version(Reference("cats@\(again.digest)")).number == again.number)
    #expect(try store.version(Reference("cats@1")).digest == again.digest)
  }

  @Test("What is damaged is not put into service, and what was in service stays")
  func damagedTarget() throws {
    let scratch = try Scratch()
    let store = try Self.makeStore(scratch, versions: 3)
    try store.promote(Reference("cats@2"))
    try store.promote(Reference("cats@1"))
    try tamper(
      scratch.store,
      "UPDATE chunks SET bytes = zeroblob(length(bytes)) WHERE sha256 = (SELECT sha256 FROM tensors WHERE version = 2 LIMIT 1)"
    )
    for attempt in [{ try store.promote(Reference("cats@2")) }, { try store.rollback("cats") }] {
      let error = storeError { _ = try attempt() }
      #expect(error?.code == .damaged)
      #expect(error?.message.contains("cats@2, layers.0.weight") == true, "\(error?.message ?? "")")
    }
    #expect(try store.ledger(of: "cats").filter(\.kind.isService).map(\.version) == [2, 1])
    #expect(try store.promote(Reference("cats@3")).changed)
  }

  @Test("A store opened to be read refuses to write")
  func readOnly() throws {
    let scratch = try Scratch()
    _ = try Self.makeStore(scratch)
    let store = try ModelStore(path: scratch.store)
    #expect(storeError { try store.promote(Reference("cats@1")) }?.code == .readOnly)
    #expect(storeError { try store.rollback("cats") }?.code == .readOnly)
    #expect(storeError { try store.register(makeDraft()) }?.code == .readOnly)
  }

  @Test("Entries of a machine whose clock was ahead are told of, and are no finding; five minutes are not worth a word")
  func clockAhead() throws {
    let scratch = try Scratch()
    let store = try Self.makeStore(scratch, versions: 2)
    let now = Timestamp.now.millisecondsSince1970
    func note(at milliseconds: Int64) throws -> LedgerEntry {
      let draft = LedgerEntry.Draft(kind: .note, model: "cats", value: "\(milliseconds)", actor: "me")
      return try store.write {
        try LedgerEntry.append(draft, at: Timestamp(millisecondsSince1970: milliseconds), in: $0)
      }
    }
    _ = try note(at: now + 240_000)
    #expect(try store.entryAheadOfClock() == nil && store.verify().futureEntries == 0)
    let ahead = try note(at: now + 86_400_000)
    #expect(try store.entryAheadOfClock() == ahead)
    // What follows cannot be dated before.
    try store.promote(Reference("cats@1"))
    #expect(try store.entryAheadOfClock()?.at == ahead.at)
    let report = try store.verify()
    #expect(report.isSound && report.futureEntries == 2 && report.ledgerEntries == 5)
    try store.backup(to: scratch.path("backup.sqlite"))
  }
}
