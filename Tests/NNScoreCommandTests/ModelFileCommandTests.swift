import Foundation
import Testing

/// `verify --model` on the built command.
@Suite("Model files checked without a store")
struct ModelFileCommandTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// A signed file of tiny@1, and its public key.
  private func signedFile() async throws -> (file: String, key: String) {
    try await workspace.trainTiny()
    try workspace.makeFolder("keys")
    let key = try await workspace.succeed("key", "new", "keys/a", "--json").json["public_key"].string ?? ""
    try await workspace.succeed("sign", "tiny@1", "--key", "keys/a")
    try await workspace.succeed("export", "tiny@1", "tiny.safetensors")
    return ("tiny.safetensors", key)
  }

  @Test("a signed file is sound, with the trusted keys too, and no store is made or needed")
  func sound() async throws {
    let (file, key) = try await signedFile()
    let digest = try #require(try await workspace.succeed("show", "tiny@1", "--json").json["digest"].string)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: workspace.path(file))).count
    let none = ["NNSCORE_STORE": workspace.path("none.sqlite")]
    let plain = try await workspace.succeed("verify", "--model", file, environment: none).output
    #expect(plain.hasPrefix("tiny@1, \(digest.prefix(19)), ") && plain.contains(", 2 golden examples: sound\n"))
    #expect(plain.hasSuffix("\n\(key)\n  valid\n"))
    let trusted = try await workspace.succeed("verify", "--model", file, "--trusted-keys", "keys", environment: none)
    #expect(trusted.output.hasSuffix("\n\(key)\n  valid, by a trusted key\n"))
    for line in trusted.output.split(separator: "\n") { #expect(line.count <= 80) }
    #expect(!FileManager.default.fileExists(atPath: workspace.path("none.sqlite")))
    let document = try await workspace.succeed("verify", "--model", file, "--json").json
    #expect(document["digest"].string == digest && document["stated_digest"].string == digest)
    #expect(document["bytes"].integer == bytes && document["signatures"][0]["trusted"] == .null)
  }

  @Test("what none of the trusted keys has signed ends with 65 and says so")
  func untrusted() async throws {
    let (file, key) = try await signedFile()
    try workspace.makeFolder("others")
    try await workspace.succeed("key", "new", "others/b")
    let found = try await workspace.run("verify", "--model", file, "--trusted-keys", "others")
    #expect(found.status == 65 && found.errors == "")
    #expect(found.output.hasPrefix("\(file): expected a signature by the trusted key, found signatures by \(key)\n"))
    #expect(found.output.contains(": 1 finding\n") && found.output.hasSuffix("  valid, by no trusted key\n"))
    #expect(try await workspace.run("verify", "--model", file, "--trusted-keys", "nowhere").status == 66)
  }

  @Test("a file that was cut or changed is to be fetched or exported again; only damage has that advice")
  func advice() async throws {
    let (file, _) = try await signedFile()
    let bytes = try Data(contentsOf: URL(fileURLWithPath: workspace.path(file)))
    for length in stride(from: 40, to: bytes.count, by: bytes.count / 20) {
      try workspace.file("cut", bytes.prefix(length))
      let found = try await workspace.run("verify", "--model", "cut")
      #expect(found.status == 65 && found.output.contains("cut off or is damaged"), "\(found.output)")
      #expect(found.output.contains("\nGet the file again from where it came, or export it again: nnscore export "))
      #expect(!found.output.contains("nnscore verify"), "\(found.output)")
    }
    var changed = bytes
    changed[bytes.count - 1] ^= 1
    try workspace.file("changed", changed)
    #expect(try await workspace.run("verify", "--model", "changed").output.contains("\nGet the file again"))
    try workspace.makeFolder("others")
    try await workspace.succeed("key", "new", "others/b")
    let untrusted = try await workspace.run("verify", "--model", file, "--trusted-keys", "others")
    #expect(untrusted.status == 65 && !untrusted.output.contains("Get the file again"))
  }

  @Test(
    "what is wrong with the file or the command is told with the right code",
    arguments: [
      (["--model", "damaged"], 65, "damaged: ", true), (["--model", "store.sqlite"], 65, "SQLite", false),
      (["--model", "none"], 66, "none", false), (["--model", "."], 66, ".", false),
      (["tiny@1", "--model", "tiny.safetensors"], 64, "either a version or --model", false),
    ] as [([String], Int32, String, Bool)])
  func refusals(arguments: [String], status: Int32, words: String, isFinding: Bool) async throws {
    let (file, _) = try await signedFile()
    var bytes = try Data(contentsOf: URL(fileURLWithPath: workspace.path(file)))
    bytes[bytes.count - 40] ^= 4
    try workspace.file("damaged", bytes)
    let result = try await workspace.start(["verify"] + arguments).result()
    #expect(result.status == status, "\(result.errors)")
    #expect((isFinding ? result.output : result.errors).contains(words), "\(result.output)\(result.errors)")
    #expect((isFinding ? result.errors : result.output) == "")
  }

  @Test(
    "the JSON documents are what their schema says",
    .enabled(if: Python.hasJSONSchema, "no Python with the package jsonschema; set NNSCORE_PYTHON to one"))
  func schemas() async throws {
    let (file, _) = try await signedFile()
    try workspace.makeFolder("others")
    try await workspace.succeed("key", "new", "others/b")
    try workspace.file("damaged", Data(contentsOf: URL(fileURLWithPath: workspace.path(file))).dropLast())
    var check = SchemaCheck()
    for (arguments, status) in [
      ([file], 0), ([file, "--trusted-keys", "keys"], 0), ([file, "--trusted-keys", "others"], 65), (["damaged"], 65),
    ] as [([String], Int32)] {
      let result = try await workspace.start(["verify", "--json", "--model"] + arguments).result()
      #expect(result.status == status, "\(result.errors)")
      check.add("verify_model", result.output)
      #expect(try result.json["sound"].bool == (status == 0))
    }
    try await check.run(in: workspace)
  }
}
