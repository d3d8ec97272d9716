import Foundation
import Testing

@Suite("Work that is interrupted loses nothing")
struct InterruptionTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  @Test("what was trained is kept in a model file where the store does not take it any more")
  func rescue() async throws {
    let folder = try workspace.makeFolder("gone")
    // A shell takes the folder away: it waits for nothing but the store, however busy the tests keep this process.
    let result = try await workspace.shell(
      """
      "$0" train digits --data "$1" --iterations 3000 --store "$2/store.sqlite" & child=$!
      while ! [ -s "$2/store.sqlite" ]; do sleep 0.01; done
      sleep 0.5
      rm -rf "$2"
      wait $child
      """, Examples.training, folder)
    #expect([73, 74, 66].contains(result.status), "\(result.status) \(result.errors)")
    #expect(result.output == "")
    #expect(result.errors.contains("nothing was registered, but what was trained is kept in"), "\(result.errors)")
    let kept = try #require(
      FileManager.default.contentsOfDirectory(atPath: workspace.folder.path).first { $0.contains("-unregistered-") })
    let scored = try await workspace.succeed("score", "--model", workspace.path(kept), Examples.samples, "--json")
    #expect(try scored.json["summary"]["scored"].integer == 30)
  }

  @Test("where no file has room for what was trained, no part of one is left")
  func noRoom() async throws {
    let other = try workspace.makeFolder("other")
    try await workspace.trainTiny()
    // 600 KiB are enough for the store as it is and too few for over a megabyte of weights, in the folder of work as in that for
    // temporary files.
    let result = try await workspace.shell(
      """
      ulimit -f 1200
      TMPDIR="$2" exec "$0" train tiny --data "$1" --hidden 600,600 --iterations 1
      """, workspace.path("set"), other)
    #expect(result.status == 74, "\(result.status) \(result.errors)")
    #expect(result.errors.contains("no file could be written to keep what was trained"), "\(result.errors)")
    for folder in [workspace.folder.path, other] {
      let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(files.filter { $0.contains("-unregistered-") } == [])
    }
  }

  @Test("a training that cannot begin leaves no store behind")
  func noStore() async throws {
    let result = try await workspace.run("train", "tiny", "--data", workspace.path("nowhere"))
    #expect(result.status == 66)
    #expect(!FileManager.default.fileExists(atPath: workspace.store))
  }

  @Test("Ctrl-C ends scoring with a whole document of what was scored, one line and exit code 130")
  func scoring() async throws {
    try await workspace.trainDigits()
    let rows = try workspace.idx("rows-images-idx3-ubyte", count: 400_000, side: 8)
    let command = try workspace.start(["score", "digits", rows, "--json", "--batch-size", "64"])
    try await command.interrupt()
    let result = try await command.result()
    #expect(result.status == 130 && !result.wasKilled, "\(result.status) \(result.errors)")
    // Foundation's own reader: what comes until the signal may be hundreds of thousands of results.
    let document = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    let scored = (document?["summary"] as? [String: Any])?["scored"] as? Int ?? 0
    #expect(scored > 0 && scored < 400_000)
    #expect(result.errors.contains("interrupted: what comes after these results was not scored"), "\(result.errors)")
  }
}
