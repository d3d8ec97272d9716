import Foundation
import Testing

/// The store under kills, full disks and many processes: briefly with all other tests, in full where `Scripts/torture` sets
/// NNSCORE_TORTURE=1.
@Suite(.serialized) struct TortureCommandTests {
  static let isLong = ProcessInfo.processInfo.environment["NNSCORE_TORTURE"] == "1"

  /// A count for this run; that of the long form can be given by an environment variable.
  static func count(_ short: Int, long: Int, _ variable: String) -> Int {
    isLong ? ProcessInfo.processInfo.environment[variable].flatMap { Int($0) } ?? long : short
  }

  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// What was told to be done: all of it must be there afterwards.
  private struct Acknowledged {
    var digests: [Int: String] = [:]
    var hashes: Set<String> = []

    mutating func take(_ json: JSON) {
      if let version = json["version"].integer, let digest = json["digest"].string { digests[version] = digest }
      if let hash = json["entry"]["hash"].string { hashes.insert(hash) }
      for change in json["changes"].array { change["entry"]["hash"].string.map { _ = hashes.insert($0) } }
    }
  }

  /// The command of a round; what it names may or may not be there, which is part of the test.
  private func command(_ round: Int, versions: [Int]) -> [String] {
    let some = versions.randomElement() ?? 1
    return switch round % 9 {
    case 0, 1: ["train", "tiny", "--data", "set", "--iterations", "2", "--hidden", "\(round % 5 + 2)", "--json"]
    case 2: ["train", "tiny", "--data", "set", "--iterations", "2", "--from", "tiny@latest", "--promote", "--json"]
    case 3: ["promote", "tiny@\(some)", "--json"]
    case 4: ["rollback", "tiny", "--to", "\(some)", "--json"]
    case 5: ["delete", "tiny@\(some)", "--json"]
    case 6: ["gc", "--json"]
    case 7: ["backup", "backup.sqlite", "--force", "--json"]
    default: ["alias", "set", "tiny@\(some)", "champion", "--json"]
    }
  }

  @Test(
    "SIGKILL at random moments of every kind of write: the store is sound, what was acknowledged is there, nothing is half there",
    .timeLimit(.minutes(60)))
  func kills() async throws {
    try await workspace.trainTiny("--promote")
    try await workspace.trainTiny("--hidden", "3")
    var acknowledged = Acknowledged()
    var purged: Set<Int> = []
    var killed = 0
    // How long each kind of command takes, so that the kills spread over all of it.
    var usual: [Int: Duration] = [:]
    let rounds = Self.count(27, long: 1000, "NNSCORE_TORTURE_KILLS")
    for round in 0..<rounds {
      let listed = try await workspace.succeed("versions", "tiny", "--json").json["versions"].array
      let numbers = listed.compactMap { $0["version"].integer }
      let arguments = command(round, versions: numbers)
      let began = ContinuousClock.now
      let running = try workspace.start(arguments)
      if let usual = usual[round % 9], round % 27 >= 9 {
        try await Task.sleep(for: usual * Double.random(in: 0...1.1))
        running.send(SIGKILL)
      }
      let result = try await running.result()
      if result.wasKilled {
        killed += 1
      } else {
        // The least: on a busy machine a command may take many times as long, and the next would be over before its kill.
        let elapsed = ContinuousClock.now - began
        usual[round % 9] = min(usual[round % 9] ?? elapsed, elapsed)
      }
      // 73 and 66: what the round named was in use, or gone.
      #expect(result.wasKilled || [0, 66, 73].contains(result.status), "\(arguments): \(result.errors)")
      if result.status == 0 || result.wasKilled, let json = try? result.json {
        acknowledged.take(json)
        for version in json["versions"].array { if let number = version["version"].integer { purged.insert(number) } }
      }
      // Integrity, foreign keys, every blob, digest and the ledger's chain.
      let verification = try await workspace.run("verify")
      try #require(
        verification.status == 0, "round \(round), \(arguments): \(verification.output)\(verification.errors)")
      if FileManager.default.fileExists(atPath: workspace.path("backup.sqlite")) {
        let backup = try await workspace.run("verify", "--store", workspace.path("backup.sqlite"))
        try #require(backup.status == 0, "round \(round), backup: \(backup.output)\(backup.errors)")
      }
    }
    #expect(killed >= (Self.isLong ? rounds / 4 : 1))
    let entries = try await workspace.succeed("ledger", "--json").json["entries"].array
    #expect(acknowledged.hashes.subtracting(entries.compactMap { $0["hash"].string }) == [])
    // Every acknowledged version is there, deleted but whole, or purged by a gc.
    let live = try await workspace.succeed("versions", "tiny", "--json").json["versions"].array
    let deleted = try await workspace.succeed("versions", "tiny", "--deleted", "--json").json["deleted"].array
    var present: [Int: String] = [:]
    for version in live + deleted { present[version["version"].integer ?? 0] = version["digest"].string }
    let purges = Set(entries.filter { $0["kind"].string == "purge" }.compactMap { $0["version"].integer })
    #expect(purged.isSubset(of: purges))
    for (number, digest) in acknowledged.digests where !purges.contains(number) {
      #expect(present[number] == digest, "tiny@\(number)")
    }
    print("torture: \(rounds) rounds, \(killed) killed, then \(entries.count) ledger entries, \(live.count) versions")
  }

  @Test(
    "Many processes register, promote and load at once: no lost update, no number twice, nobody is told of locks",
    .timeLimit(.minutes(60)))
  func processes() async throws {
    try await workspace.trainTiny("--promote")
    let count = Self.isLong ? 8 : 4
    let end = ContinuousClock.now + .seconds(Self.count(3, long: 60, "NNSCORE_TORTURE_SECONDS"))
    let results = try await withThrowingTaskGroup(of: [JSON].self) { group in
      for worker in 0..<count {
        group.addTask { try await work(worker, until: end) }
      }
      return try await group.reduce(into: [JSON]()) { $0 += $1 }
    }
    let registered = results.compactMap { $0["digest"].string == nil || $0["iterations"] == .null ? nil : $0 }
    let numbers = registered.compactMap { $0["version"].integer }
    #expect(Set(numbers).count == numbers.count)
    #expect(Set(numbers) == Set(2...(numbers.count + 1)))
    try await workspace.succeed("verify")
    let listed = try await workspace.succeed("versions", "tiny", "--json").json["versions"].array
    let digests = Dictionary(uniqueKeysWithValues: listed.map { ($0["version"].integer, $0["digest"].string) })
    for version in registered { #expect(digests[version["version"].integer] == version["digest"].string) }
    let hashes = Set(try await workspace.succeed("ledger", "--json").json["entries"].array.map { $0["hash"].string })
    #expect(results.allSatisfy { $0["entry"]["hash"].string.map { hashes.contains($0) } ?? true })
    print("torture: \(count) processes at once, \(results.count) commands, \(numbers.count) versions registered")
  }

  /// One command after the other until a moment; what each answered.
  private func work(_ worker: Int, until end: ContinuousClock.Instant) async throws -> [JSON] {
    var results: [JSON] = []
    var round = worker
    while ContinuousClock.now < end {
      let arguments =
        switch round % 3 {
        case 0: ["train", "tiny", "--data", "set", "--iterations", "2", "--hidden", "\(worker + 2)", "--json"]
        case 1: ["promote", "tiny@latest", "--json"]
        default: ["score", "tiny", "set", "--json"]
        }
      let result = try await workspace.start(arguments).result()
      try #require(result.status == 0, "\(arguments): \(result.errors)")
      #expect(!result.errors.contains("locked"))
      results.append(try result.json)
      round += 1
    }
    return results
  }

  /// Whether this process may mount a small file system in a namespace of its own.
  static let canMount: Bool = {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "unshare -m mount -t tmpfs tmpfs /mnt"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  @Test(
    "On a full disk every write is one clear error, the store is unharmed, and with space the next try succeeds",
    .enabled(if: canMount, "needs permission to mount a tmpfs; FaultTests injects the same errors"))
  func fullDisk() async throws {
    try await workspace.trainTiny("--promote")
    // All in one mount namespace, which goes with its shell. The free space grows until everything fits.
    let script = """
      mkdir -p disk && mount -t tmpfs -o size=4m tmpfs disk && cp store.sqlite disk/ && export NNSCORE_STORE=disk/store.sqlite
      full=0
      for free in 0 8 16 32 64 128 256 512 1024; do
        rm -f disk/filler; dd if=/dev/zero of=disk/filler bs=1k count=4096 2>/dev/null
        kept=$(( $(stat -c %s disk/filler) / 1024 - free )); truncate -s ${kept}k disk/filler
        before=$("$0" versions tiny --json | sha256sum)
        for command in "train tiny --data set --iterations 2 --hidden 90" "promote tiny@latest" "retire tiny" "backup disk/b.sqlite --force"
        do
          "$0" $command >/dev/null 2>error.txt; status=$?
          case $status in
            0) ;;
            66) ;;
            74) full=$((full + 1)); [ "$(wc -l < error.txt)" = 1 ] || { echo "more than a line:"; cat error.txt; exit 1; }
                grep -q "full" error.txt || { cat error.txt; exit 1; } ;;
            *) echo "$command with ${free}k free ended with $status"; cat error.txt; exit 1 ;;
          esac
          "$0" verify >verified.txt || { echo "$command with ${free}k free:"; cat verified.txt; exit 1; }
        done
        rm -f disk/b.sqlite tiny-unregistered-* disk/*.partial
      done
      [ $full -ge 4 ] || { echo "the disk was full $full times only"; exit 1; }
      echo "torture: $full commands met a full disk"
      rm -f disk/filler
      "$0" train tiny --data set --iterations 2 --hidden 90 --promote >/dev/null && "$0" verify
      """
    let result = try await workspace.shell("unshare -m sh -c '\(script.replacing("'", with: "'\\''"))' \"$0\"")
    #expect(result.status == 0, "\(result.output)\(result.errors)")
    result.output.split(separator: "\n").filter { $0.hasPrefix("torture: ") }.forEach { print($0) }
  }
}
