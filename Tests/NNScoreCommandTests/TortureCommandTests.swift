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
      let running = try workspace.start(arguments)
      if let usual = usual[round % 9], round % 27 >= 9 {
        let moment = running.began + usual * Double.random(in: 0...1.1)
        await running.send(SIGKILL) { ContinuousClock.now >= moment }
      }
      let result = try await running.result()
      if result.wasKilled {
        killed += 1
      } else if result.status == 0 {
        // The least: on a busy machine a command may take many times as long, and the next would be over before its kill.
        usual[round % 9] = min(usual[round % 9] ?? result.duration, result.duration)
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
    "Many processes register, promote, load, delete and collect garbage: no lost update, no number twice, no word of locks",
    .timeLimit(.minutes(60)))
  func processes() async throws {
    try await workspace.trainTiny("--promote")
    let count = Self.isLong ? 8 : 4
    let end = ContinuousClock.now + .seconds(Self.count(4, long: 60, "NNSCORE_TORTURE_SECONDS"))
    let answers = try await withThrowingTaskGroup(of: [String: [JSON]].self) { group in
      for worker in 0..<count {
        group.addTask { try await work(worker, until: end) }
      }
      return try await group.reduce(into: [String: [JSON]]()) { $0.merge($1, uniquingKeysWith: +) }
    }
    let registered = answers["train", default: []]
    let numbers = registered.compactMap { $0["version"].integer }
    #expect(Set(numbers).count == numbers.count)
    #expect(Set(numbers) == Set(2...(numbers.count + 1)))
    try await workspace.succeed("verify")
    // Nothing that was acknowledged is lost: no entry, no version but those that were deleted, and those only.
    let entries = try await workspace.succeed("ledger", "--json").json["entries"].array
    let hashes = Set(entries.map { $0["hash"].string })
    for answer in answers.values.joined() {
      if let hash = answer["entry"]["hash"].string { #expect(hashes.contains(hash)) }
    }
    let deleted = answers["delete", default: []].compactMap { $0["entry"]["version"].integer }
    #expect(Set(deleted).count == deleted.count)
    #expect(
      Set(entries.filter { $0["kind"].string == "delete" }.compactMap { $0["version"].integer }) == Set(deleted))
    let purged = answers["gc", default: []].flatMap { $0["versions"].array.compactMap { $0["version"].integer } }
    #expect(Set(purged).count == purged.count && Set(purged).isSubset(of: deleted))
    let listed = try await workspace.succeed("versions", "tiny", "--json").json["versions"].array
    let digests = Dictionary(uniqueKeysWithValues: listed.map { ($0["version"].integer, $0["digest"].string) })
    #expect(Set(digests.keys) == Set(1...(numbers.count + 1)).subtracting(deleted))
    for version in registered where !deleted.contains(version["version"].integer ?? 0) {
      #expect(digests[version["version"].integer] == version["digest"].string)
    }
    // In the short form a busy machine may not come to all of it.
    #expect(!Self.isLong || (!deleted.isEmpty && !purged.isEmpty))
    let commands = answers.map { "\($0.value.count) \($0.key)" }.sorted().joined(separator: ", ")
    print("torture: \(count) processes at once: \(commands); \(deleted.count) deleted, \(purged.count) of them purged")
  }

  /// One command after the other until a moment; what each answered, by its name.
  private func work(_ worker: Int, until end: ContinuousClock.Instant) async throws -> [String: [JSON]] {
    var answers: [String: [JSON]] = [:]
    var round = worker
    // Versions that this worker registered, and has not tried to delete.
    var own: [Int] = []
    while ContinuousClock.now < end {
      let arguments =
        switch round % 6 {
        case 0, 3: ["train", "tiny", "--data", "set", "--iterations", "2", "--hidden", "\(worker + 2)", "--json"]
        case 1: ["promote", "tiny@latest", "--json"]
        case 2: ["score", "tiny", "set", "--json"]
        case 4 where !own.isEmpty: ["delete", "tiny@\(own.removeFirst())", "--json"]
        default: ["gc", "--json"]
        }
      let result = try await workspace.start(arguments).result()
      #expect(!result.errors.contains("locked") && !result.errors.contains("another process"))
      // 73: what is to be deleted is in service.
      if !(arguments[0] == "delete" && result.status == 73) {
        try #require(result.status == 0, "\(arguments): \(result.errors)")
        let json = try result.json
        answers[arguments[0], default: []].append(json)
        if arguments[0] == "train", let number = json["version"].integer { own.append(number) }
      }
      round += 1
    }
    return answers
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
    .enabled(if: canMount, "needs permission to mount a tmpfs; fullDiskByLimit needs none"))
  func fullDisk() async throws {
    // All in one mount namespace, which goes with its shell. The free space grows until everything fits.
    try await fill(
      """
      mount -t tmpfs -o size=4m tmpfs disk
      leave() {
        rm -f disk/filler; dd if=/dev/zero of=disk/filler bs=1k count=4096 2>/dev/null
        truncate -s $(( $(stat -c %s disk/filler) / 1024 - $1 ))k disk/filler
      }
      limited() { "$@"; }
      """, amounts: [0, 8, 16, 32, 64, 128, 256, 512, 1024], by: "unshare -m")
  }

  @Test("Where files may not grow, as on a full disk, every write is one clear error, and the store is unharmed")
  func fullDiskByLimit() async throws {
    // `ulimit -f` counts in 512 bytes. The first limits are below the size of the store, whose pages cannot all be written then.
    try await fill(
      """
      leave() { blocks=$(( $(stat -c %s disk/store.sqlite) / 512 + 2 * $1 )); }
      limited() { (ulimit -f $blocks && exec "$@"); }
      """, amounts: [-48, -24, -8, 0, 16, 64, 256, 1024], by: "env")
  }

  /// Runs commands that write while there is less room than they need, and then more and more.
  ///
  /// - Parameters:
  ///   - disk: shell that defines `leave KIB`, which leaves so much room, and `limited COMMAND…`, which runs a command within it. The
  ///     store will be in the folder `disk`.
  ///   - amounts: the KiB to leave.
  ///   - wrapper: the command to run the shell by.
  private func fill(_ disk: String, amounts: [Int], by wrapper: String) async throws {
    try await workspace.trainTiny("--promote")
    let script = """
      mkdir -p disk; \(disk)
      cp store.sqlite disk/ && export NNSCORE_STORE=disk/store.sqlite
      full=0
      for free in \(amounts.map(String.init).joined(separator: " ")); do
        leave $free
        for command in "train tiny --data set --iterations 2 --hidden 90" "promote tiny@latest" "retire tiny" "backup disk/b.sqlite --force"
        do
          before=$("$0" ledger --json | sha256sum)
          limited "$0" $command >/dev/null 2>error.txt; status=$?
          case $status in
            0) ;;
            66) ;;
            74) full=$((full + 1)); [ "$(wc -l < error.txt)" = 1 ] || { echo "more than a line:"; cat error.txt; exit 1; }
                grep -qE "full|too large|ulimit" error.txt || { cat error.txt; exit 1; }
                [ "$("$0" ledger --json | sha256sum)" = "$before" ] || { echo "$command failed, but not all"; exit 1; } ;;
            *) echo "$command with ${free}k left ended with $status"; cat error.txt; exit 1 ;;
          esac
          "$0" verify >verified.txt || { echo "$command with ${free}k left:"; cat verified.txt; exit 1; }
        done
        rm -f disk/b.sqlite tiny-unregistered-*
        [ -z "$(ls disk | grep partial)" ] || { echo "left behind:"; ls disk; exit 1; }
      done
      [ $full -ge 4 ] || { echo "there was no room $full times only"; exit 1; }
      echo "torture: $full commands met a full disk (\(wrapper))"
      rm -f disk/filler
      "$0" train tiny --data set --iterations 2 --hidden 90 --promote >/dev/null && "$0" verify
      """
    let result = try await workspace.shell("\(wrapper) sh -c '\(script.replacing("'", with: "'\\''"))' \"$0\"")
    #expect(result.status == 0, "\(result.output)\(result.errors)")
    result.output.split(separator: "\n").filter { $0.hasPrefix("torture: ") }.forEach { print($0) }
  }
}
