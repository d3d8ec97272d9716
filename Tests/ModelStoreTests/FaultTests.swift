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

  /// What the stores of a folder say, whatever their files look like. Each of them must be sound.
  static func contents(of folder: String, _ comment: Comment) throws -> [String] {
    var result: [String] = []
    for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
      #expect(!name.contains(".partial"), comment)
      guard name.hasSuffix(".sqlite") else { continue }
      let store = try ModelStore(path: "\(folder)/\(name)", mode: .readWrite)
      #expect(try store.verify().findings == [], comment)
      result.append(name)
      for model in try store.models() {
        result += try store.versions(of: model.name).map {
          "\(model.name)@\($0.number) \($0.digest) \($0.isServing) \($0.aliases)"
        }
      }
      result += try store.ledger(of: nil).map(\.hash)
      result += try store.checkpoints().map { "checkpoint \($0.name) \($0.iteration)" }
      result += try store.sweeps().map { "sweep \($0)" }
    }
    return result
  }

  @Test(
    "An I/O error or a full disk at any operation is one clear error, the store is unharmed, and the next try succeeds",
    arguments: StoreChange.all.indices, codes)
  func failures(change index: Int, code: CInt) throws {
    try #require(fault_vfs_register() == 0)
    let change = StoreChange.all[index]
    let template = try Scratch()
    let other = template.path("other.sqlite")
    try StoreChange.makeStore(template.store)
    try StoreChange.makeOther(StoreChange.Place(folder: template.folder, other: other))
    var operation = 1
    var (faults, failures) = (0, 0)
    while true {
      let scratch = try Scratch()
      let place = StoreChange.Place(folder: scratch.folder, other: other)
      try FileManager.default.copyItem(atPath: template.store, toPath: scratch.store)
      let isPersistent = operation % 2 == 1
      let store = try ModelStore(path: scratch.store, mode: .readWrite)
      let comment: Comment = "\(change.name), operation \(operation), code \(code)"
      let before = try Self.contents(of: scratch.folder, comment)
      unsafe fault_vfs_arm(scratch.folder + "/", CInt(operation), code, isPersistent ? 1 : 0, 0)
      var error: StoreError?
      do { try change.run(store, place) } catch let failure as StoreError { error = failure }
      let failed = fault_vfs_disarm() > 0
      if let error {
        failures += 1
        #expect(Self.expected.contains(error.code), "\(comment): \(error)")
        #expect(error.message.contains(scratch.folder + "/"), "\(comment): \(error)")
      }
      // Another process that comes now finds a sound store, with all of the change or nothing of it.
      let after = try Self.contents(of: scratch.folder, comment)
      let isDone = error?.message.contains("was restored, but") ?? true
      if change.isAtomic { #expect(isDone == (after != before), "\(comment): \(String(describing: error))") }
      guard failed else { break }
      faults += 1
      // The handle that met the error can be used again, too.
      if error != nil {
        try change.run(store, place)
        #expect(try store.verify().findings == [], "\(comment), tried again")
        if change.isAtomic { #expect(try Self.contents(of: scratch.folder, comment) != before, comment) }
      }
      operation += Torture.rounds(9, long: Torture.step)
    }
    #expect(failures > 0 && operation > 3, "\(change.name)")
    Torture.report("\(change.name): \(faults) faults with the code \(code), \(failures) of them an error")
  }

  @Test("A disk that fails to read is an error, never a wrong model", arguments: codes.suffix(1))
  func reads(code: CInt) throws {
    try #require(fault_vfs_register() == 0)
    let scratch = try Scratch()
    try StoreChange.makeStore(scratch.store)
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
