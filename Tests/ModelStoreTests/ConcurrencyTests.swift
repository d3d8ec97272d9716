import Foundation
import GRDB
import Inference
import ModelStore
import Testing

@Suite struct ConcurrencyTests {
  @Test("Eight writers with a connection each, from the creation on: every version gets its own number")
  func numbers() async throws {
    let scratch = try Scratch()
    let path = scratch.store
    let numbers = try await withThrowingTaskGroup(of: [Int].self) { group in
      for writer in 0..<8 {
        group.addTask {
          let store = try ModelStore(path: path, mode: .create)
          return try (0..<5).map { round in
            let seed = UInt64(writer * 100 + round)
            return try store.register(makeDraft(seed: seed), promote: round % 2 == 0, reason: "\(seed)").number
          }
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(numbers.sorted() == Array(1...40))
    let report = try ModelStore(path: path).verify()
    #expect(report.findings == [])
    #expect(report.versions == 40 && report.ledgerEntries == 64)
  }

  @Test("One instance may be used from many threads, readers beside writers")
  func threads() async throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    let first = try store.register(makeDraft(), promote: true)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask {
          for round in 0..<5 {
            if task < 2 {
              try store.register(makeDraft(seed: UInt64(task * 10 + round)))
            } else {
              #expect(try store.model(Reference("cats")).identity == first.identity)
            }
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try store.versions(of: "cats").count == 11)
  }

  @Test("A writer waits for another process, and says so when that takes too long")
  func waiting() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    try store.register(makeDraft())
    // Longer than SQLite can count, and less than nothing.
    for timeout in [Duration.seconds(Int64.max), .seconds(3_000_000), .seconds(Int64.min)] {
      #expect(try ModelStore(path: scratch.store, timeout: timeout).versions(of: "cats").count == 1)
    }
    let impatient = try ModelStore(path: scratch.store, mode: .readWrite, timeout: .milliseconds(50))

    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let other = try DatabaseQueue(path: scratch.store, configuration: configuration)
    try other.writeWithoutTransaction { try $0.beginTransaction(.immediate) }
    let error = storeError { try impatient.promote(Reference("cats@1")) }
    #expect(error?.code == .busy)
    #expect(error?.message.contains("another process") == true)
    // Reading goes on meanwhile.
    #expect(try impatient.models().count == 1)

    let start = Date()
    let thread = Thread {
      Thread.sleep(forTimeInterval: 0.3)
      try? other.writeWithoutTransaction { try $0.rollback() }
    }
    thread.start()
    #expect(try store.promote(Reference("cats@1")).changed)
    #expect(Date().timeIntervalSince(start) >= 0.25)
  }

  @Test(
    "A process of another kind that holds the lock is waited for",
    .enabled(if: DocumentTests.python != nil, "python3 is not installed"))
  func otherProcess() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    try store.register(makeDraft())
    let script = """
      import sqlite3, sys, time
      store = sqlite3.connect(sys.argv[1], isolation_level=None)
      store.execute("BEGIN EXCLUSIVE")
      open(sys.argv[1] + ".locked", "w").close()
      time.sleep(0.5)
      store.execute("COMMIT")
      """
    let process = Process()
    process.executableURL = DocumentTests.python
    process.arguments = ["-c", script, scratch.store]
    try process.run()
    while !FileManager.default.fileExists(atPath: scratch.store + ".locked"), process.isRunning {
      Thread.sleep(forTimeInterval: 0.01)
    }
    #expect(try store.models().count == 1)
    #expect(try ModelStore(path: scratch.store, mode: .readWrite).promote(Reference("cats@1")).changed)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }
}
