import Foundation
import Testing

@Suite("Whatever happens to a process, the store stays whole", .serialized)
struct DurabilityTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  @Test("processes that register at once all succeed, with different numbers", arguments: [2, 4])
  func registeringAtOnce(count: Int) async throws {
    let set = try workspace.classFolders()
    // Not even the store is there yet: one of them makes it.
    let commands = try (0..<count).map { seed in
      try workspace.start(
        [
          "train", "tiny", "--data", set, "--hidden", "2", "--iterations", "2", "--seed", "\(seed)", "--promote",
          "--json",
        ])
    }
    var digests: [Int: String] = [:]
    for command in commands {
      let result = try await command.result()
      #expect(result.status == 0, "\(result.errors)")
      let json = try result.json
      digests[try #require(json["version"].integer)] = json["digest"].string
    }
    #expect(Set(digests.keys) == Set(1...count))
    #expect(Set(digests.values).count == count)
    try await workspace.succeed("verify")
    let listed = try await workspace.succeed("versions", "tiny", "--json").json["versions"].array
    #expect(listed.map { $0["digest"].string } == (1...count).map { digests[$0] })
    // A register and a promote each.
    #expect(try await workspace.succeed("ledger", "tiny", "--json").json["entries"].array.count == 2 * count)
  }

  @Test("SIGKILL at random moments never damages the store, and what was acknowledged is there")
  func kills() async throws {
    try await workspace.trainTiny("--promote")
    try await workspace.trainTiny("--promote")
    let began = ContinuousClock.now
    try await workspace.trainTiny()
    let usual = ContinuousClock.now - began
    var acknowledged: [Int: String] = [:]
    var changes: Set<String> = []
    var killed = 0
    let end = ContinuousClock.now + .seconds(20)
    var round = 0
    // Where other tests take the time, until it was killed once at least.
    while round < 12 || (round < 40 && (ContinuousClock.now < end || killed == 0)) {
      let arguments =
        switch round % 4 {
        case 0, 1:
          ["train", "tiny", "--data", "set", "--iterations", "2", "--hidden", "3", "--promote", "--json"]
        case 2: ["promote", "tiny@\(round % 3 + 1)", "--json"]
        default: ["rollback", "tiny", "--to", "\((round + 1) % 3 + 1)", "--json"]
        }
      let command = try workspace.start(arguments)
      let moment = ContinuousClock.now + usual * Double.random(in: 0...1.1)
      await command.send(SIGKILL) { ContinuousClock.now >= moment }
      let result = try await command.result()
      if result.wasKilled { killed += 1 }
      // Whole documents only: a killed process may have been stopped before or within its answer.
      if let json = try? result.json {
        if round % 4 < 2, let version = json["version"].integer { acknowledged[version] = json["digest"].string }
        if let hash = json["entry"]["hash"].string { changes.insert(hash) }
      } else {
        #expect(result.wasKilled, "\(arguments): \(result.status) \(result.errors)")
      }
      let verification = try await workspace.run("verify")
      try #require(verification.status == 0, "round \(round): \(verification.output)\(verification.errors)")
      round += 1
    }
    #expect(killed > 0)
    let versions = try await workspace.succeed("versions", "tiny", "--json").json["versions"].array
    #expect(versions.map { $0["version"].integer } == Array(1...versions.count))
    for (number, digest) in acknowledged {
      #expect(versions.first { $0["version"].integer == number }?["digest"].string == digest, "tiny@\(number)")
    }
    let entries = try await workspace.succeed("ledger", "tiny", "--json").json["entries"].array
    #expect(changes.subtracting(entries.compactMap { $0["hash"].string }) == [])
    let service = entries.filter { ["promote", "rollback"].contains($0["kind"].string) }
    #expect(versions.first { $0["serving"].bool == true }?["version"] == service.last?["version"])
    // And it can still be written.
    try await workspace.trainTiny()
    #expect(try await workspace.versions(of: "tiny").count == versions.count + 1)
  }

  @Test(
    "SIGINT, SIGTERM and SIGHUP end a training with one line and exit code 130; nothing is registered",
    arguments: [SIGINT, SIGTERM, SIGHUP])
  func interrupts(signal: Int32) async throws {
    try await workspace.trainDigits()
    let command = try workspace.start(
      ["train", "digits", "--data", Examples.training, "--hidden", "20", "--iterations", "3000000", "--promote"])
    try await command.interrupt(signal)
    let result = try await command.result(timeout: 30)
    #expect(result.status == 130 && !result.wasKilled)
    #expect(result.output == "")
    #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    #expect(result.errors.contains("nothing was registered"), "\(result.errors)")
    #expect(try await workspace.versions(of: "digits") == [1])
    try await workspace.succeed("verify")
  }

  @Test("a store that another process writes makes others wait, not fail", .enabled(if: Python.isThere, "no Python"))
  func waitsForALock() async throws {
    try await workspace.trainTiny("--promote")
    try await workspace.trainTiny()
    let script = """
      import sqlite3, sys, time
      connection = sqlite3.connect(sys.argv[1], isolation_level=None)
      connection.execute("BEGIN EXCLUSIVE")
      open("locked", "w").close()
      time.sleep(1.0)
      connection.execute("ROLLBACK")
      """
    async let holder = workspace.python(script, workspace.store)
    while !FileManager.default.fileExists(atPath: workspace.path("locked")) {
      try await Task.sleep(for: .milliseconds(10))
    }
    try await workspace.succeed("promote", "tiny@2")
    #expect(try await holder.status == 0)
  }
}
