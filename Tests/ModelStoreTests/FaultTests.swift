import CFaultVFS
import Foundation
import GRDB
import Inference
import Testing

@testable import ModelStore

/// Disks that fail: an SQLite VFS refuses the first, second, … operation that an action makes, once or from then on.
@Suite(.serialized) struct FaultTests {
  /// SQLITE_FULL and SQLITE_IOERR.
  static let codes: [CInt] = [13, 10]

  /// What a failing disk may be told as.
  static let expected: Set<StoreError.Code> = [.diskFull, .inputOutput, .cannotOpen, .readOnly]

  /// Actions on a store with cats 1 to 3 (1, then 2 in service; 3 deleted).
  static let actions: [(name: String, run: @Sendable (ModelStore) throws -> Void)] = [
    ("register", { try $0.register(makeDraft(seed: 40, widths: [300, 40, 3]), promote: true) }),
    ("promote", { try $0.promote(Reference("cats@1")) }),
    ("rollback", { try $0.rollback("cats") }),
    ("delete", { try $0.delete(Reference("cats@1")) }),
    ("gc", { _ = try $0.collectGarbage() }),
    ("alias", { try $0.setAlias("champion", to: Reference("cats@2")) }),
  ]

  static func makeStore(_ path: String) throws {
    let store = try ModelStore(path: path, mode: .create)
    for seed in 1...3 { try store.register(makeDraft(seed: UInt64(seed), widths: [200, 20, 3])) }
    try store.promote(Reference("cats@1"))
    try store.promote(Reference("cats@2"))
    try store.delete(Reference("cats@3"))
  }

  /// What a store says, whatever its file looks like.
  static func contents(_ store: ModelStore) throws -> [String] {
    let versions = try store.versions(of: "cats").map { "\($0.number) \($0.digest) \($0.isServing) \($0.aliases)" }
    return versions + (try store.ledger(of: nil).map(\.hash))
  }

  @Test(
    "An I/O error or a full disk at any operation is one clear error, the store is unharmed, and the next try succeeds",
    arguments: actions.indices, codes)
  func failures(action index: Int, code: CInt) throws {
    try #require(fault_vfs_register() == 0)
    let action = Self.actions[index]
    let template = try Scratch()
    try Self.makeStore(template.store)
    var operation = 1
    var (faults, failures) = (0, 0)
    while true {
      let scratch = try Scratch()
      try FileManager.default.copyItem(atPath: template.store, toPath: scratch.store)
      let isPersistent = operation % 2 == 1
      let store = try ModelStore(path: scratch.store, mode: .readWrite)
      let before = try Self.contents(store)
      unsafe fault_vfs_arm(scratch.folder + "/", CInt(operation), code, isPersistent ? 1 : 0, 0)
      var error: StoreError?
      do { try action.run(store) } catch let failure as StoreError { error = failure }
      let failed = fault_vfs_disarm() > 0
      let place = "\(action.name), operation \(operation), code \(code)"
      if let error {
        failures += 1
        #expect(Self.expected.contains(error.code), "\(place): \(error)")
        #expect(error.message.contains(scratch.store), "\(place): \(error)")
      }
      // Another process that comes now finds a sound store, with all of the action or nothing of it. A gc whose VACUUM failed
      // has done its work.
      let after = try ModelStore(path: scratch.store, mode: .readWrite)
      let report = try after.verify()
      #expect(report.findings == [], "\(place)")
      if error != nil, action.name != "gc" { #expect(try Self.contents(after) == before, "\(place)") }
      if error == nil, action.name != "gc" { #expect(try Self.contents(after) != before, "\(place)") }
      guard failed else { break }
      faults += 1
      // The handle that met the error can be used again, too.
      if error != nil {
        try action.run(store)
        #expect(try store.verify().findings == [], "\(place), tried again")
      }
      operation += Torture.rounds(5, long: Torture.step)
    }
    #expect(failures > 0 && operation > 3, "\(action.name)")
    Torture.report("\(action.name): \(faults) faults with the code \(code), \(failures) of them an error")
  }

  @Test("A disk that fails to read is an error, never a wrong model", arguments: codes.suffix(1))
  func reads(code: CInt) throws {
    try #require(fault_vfs_register() == 0)
    let scratch = try Scratch()
    try Self.makeStore(scratch.store)
    let expected = try ModelFile.encode(ModelStore(path: scratch.store).model(Reference("cats")))
    var failures = 0
    for operation in 1...Torture.rounds(60, long: 400) {
      unsafe fault_vfs_arm(scratch.folder + "/", CInt(operation), code, 0, 1)
      do {
        let model = try ModelStore(path: scratch.store).model(Reference("cats"))
        #expect(ModelFile.encode(model) == expected, "operation \(operation)")
      } catch {
        failures += 1
        #expect(error.code != .internalError, "operation \(operation): \(error)")
      }
      _ = fault_vfs_disarm()
    }
    #expect(failures > 5)
    Torture.report("load: \(failures) faults that were an error")
    #expect(try ModelStore(path: scratch.store).verify().findings == [])
  }

  @Test("A migration that fails at any operation leaves the store as it was, and succeeds when tried again")
  func migration() throws {
    try #require(fault_vfs_register() == 0)
    for code in Self.codes {
      var operation = 1
      var faults = 0
      while true {
        let scratch = try Scratch()
        try MigrationTests.unpack(1, to: scratch.store)
        unsafe fault_vfs_arm(scratch.folder, CInt(operation), code, operation.isMultiple(of: 2) ? 1 : 0, 0)
        let error: StoreError?
        do {
          _ = try ModelStore(path: scratch.store, mode: .readWrite)
          error = nil
        } catch let failure {
          error = failure
        }
        let failed = fault_vfs_disarm() > 0
        if let error { #expect(Self.expected.contains(error.code), "operation \(operation): \(error)") }
        if failed {
          // Either all of it happened or nothing.
          let version = try DatabaseQueue(path: scratch.store).read { try Int.fetchOne($0, sql: "PRAGMA user_version") }
          #expect(version == 1 || version == StoreSchema.version)
          if version == 1 {
            let count = try DatabaseQueue(path: scratch.store).read {
              try Int.fetchOne($0, sql: "SELECT count(*) FROM ledger")
            }
            #expect(count == 4)
          }
        }
        let store = try ModelStore(path: scratch.store, mode: .readWrite)
        #expect(try store.verify().findings == [])
        guard failed else { break }
        faults += 1
        operation += Torture.rounds(7, long: Torture.step)
      }
      #expect(operation > 5)
      Torture.report("migration: \(faults) faults with the code \(code)")
    }
  }
}
