import Foundation
import Testing

/// key, sign, policy and verify --trusted-keys on the built command.
@Suite struct SigningCommandTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// Makes a key and gives its public half.
  private func makeKey(_ file: String = "release.key") async throws -> String {
    try await workspace.succeed("key", "new", file, "--json").json["public_key"].string ?? ""
  }

  @Test("From a new key to a signed version in service, under the rule that it must be signed")
  func wholeStory() async throws {
    try await workspace.trainTiny("--promote")
    try await workspace.trainTiny("--hidden", "2")
    let made = try await workspace.succeed("key", "new", "release.key").output
    let shown = try await workspace.succeed("key", "show", "release.key", "--json").json
    let key = try #require(shown["public_key"].string)
    #expect(made.contains("key          \(key)\n") && made.contains("release.key.pub\n"))
    #expect(made.split(separator: "\n").allSatisfy { $0.count <= 80 })
    #expect(try await workspace.succeed("key", "show", "release.key.pub").output.contains(key))
    let pem = try await workspace.succeed("key", "show", "release.key", "--pem").output
    #expect(try pem == String(contentsOfFile: workspace.path("release.key.pub"), encoding: .utf8))

    #expect(try await workspace.succeed("policy").output == "require-signature  off\ntrusted keys       0\n")
    let ruled = try await workspace.succeed("policy", "--require-signature", "--reason", "audit")
    #expect(ruled.output == "what is put into service must be signed from now on\n")
    #expect(ruled.errors.contains("trusts no key") && ruled.errors.contains("tiny@1 is in service without"))
    let unsigned = try await workspace.run("promote", "tiny@2")
    #expect(unsigned.status == 73 && unsigned.output == "")
    #expect(unsigned.errors.contains("nnscore sign tiny@2 --key FILE"))
    #expect(
      try await workspace.succeed("sign", "tiny@2", "--key", "release.key").output == "tiny@2 is signed by \(key)\n")
    #expect(try await workspace.succeed("sign", "tiny@latest", "--key", "release.key").output.hasSuffix("already\n"))
    #expect(try await workspace.run("promote", "tiny@2").status == 73)
    try await workspace.succeed("key", "trust", "release.key.pub", "--label", "release engineers")
    #expect(try await workspace.succeed("key", "trust", key).output == "the store trusts \(key) already\n")
    let list = try await workspace.succeed("key", "list").output
    #expect(list.hasPrefix(key + "\n  release engineers, trusted since "))
    try await workspace.succeed("promote", "tiny@2")
    #expect(try await workspace.run("rollback", "tiny").status == 73)

    let version = try await workspace.succeed("show", "tiny").output
    #expect(version.contains("signed") && version.contains("\(key.prefix(16))… (release engineers, trusted)"))
    #expect(try await workspace.succeed("verify").output.contains(", 1 signature: sound\n"))
    let train = try await workspace.trainTiny("--promote")
    #expect(train.status == 73 && train.errors.contains("without --promote"))
    #expect(try await workspace.versions(of: "tiny") == [1, 2])

    try await workspace.succeed("key", "distrust", "release.key.pub", "--reason", "the laptop was stolen")
    #expect(try await workspace.run("promote", "tiny@2").status == 73)
    #expect(try await workspace.succeed("show", "tiny").output.contains("(release engineers, not trusted)"))
    #expect(try await workspace.succeed("policy", "--no-require-signature").output.contains("need not be signed"))
    try await workspace.succeed("promote", "tiny@1")
    let kinds = try await workspace.succeed("ledger", "--json").json["entries"].array.map { $0["kind"].string }
    #expect(
      kinds == [
        "register", "promote", "register", "policy", "sign", "trust", "promote", "distrust", "policy", "promote",
      ])
    for line in try await workspace.succeed("ledger").output.split(separator: "\n").dropFirst() {
      #expect(line.contains("tiny@") || line.contains("policy") || line.contains("trust"))
    }
  }

  @Test("verify --trusted-keys finds what none of the keys of a folder has signed")
  func trustedKeys() async throws {
    try await workspace.trainTiny()
    try await workspace.trainTiny("--hidden", "2")
    try workspace.makeFolder("keys")
    #expect(try await workspace.run("verify", "--trusted-keys", "nowhere").status == 66)
    let empty = try await workspace.run("verify", "--trusted-keys", "keys")
    #expect(empty.status == 65 && empty.output == "" && empty.errors.contains("*.pub"))
    _ = try await makeKey("keys/a")
    try await workspace.succeed("sign", "tiny@1", "--key", "keys/a")
    try await workspace.succeed("verify", "tiny@1", "--trusted-keys", "keys")
    let found = try await workspace.run("verify", "--trusted-keys", "keys")
    #expect(found.status == 65 && found.output.contains("tiny@2: expected a signature by the trusted key"))
    #expect(!found.output.contains("tiny@1:"))
    let document = try await workspace.run("verify", "tiny@2", "--trusted-keys", "keys", "--json").json
    #expect(document["findings"].array.count == 1 && document["signatures"].integer == 0)
    try workspace.file("keys/b.pub", text: "no key")
    #expect(try await workspace.run("verify", "--trusted-keys", "keys").status == 65)
  }

  @Test("A private key is made for its owner only and never overwritten; where others may read it, that is said")
  func keyFiles() async throws {
    _ = try await makeKey()
    let path = workspace.path("release.key")
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    let again = try await workspace.run("key", "new", "release.key")
    #expect(again.status == 73 && again.errors.contains("never overwritten") && again.output == "")
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    try await workspace.trainTiny()
    let signed = try await workspace.succeed("sign", "tiny@1", "--key", "release.key")
    #expect(signed.errors.contains("warning: release.key: others may read") && signed.errors.contains("chmod 600"))
    let piped = try await workspace.shell("cat release.key | \"$0\" sign tiny@1 --key /dev/stdin")
    #expect(piped.status == 0 && piped.output.hasSuffix("already\n") && piped.errors == "")
  }

  @Test(
    "What is no key, or is not there, is refused with the right code and words",
    arguments: [
      (["sign", "tiny@1", "--key", "release.key.pub"], 65, "found a public key"),
      (["sign", "tiny@1", "--key", "set"], 65, "a folder"),
      (["sign", "tiny@1", "--key", "empty"], 65, "an empty file"),
      (["sign", "tiny@1", "--key", "nothing"], 66, "nothing"),
      (["sign", "tiny@9", "--key", "release.key"], 66, "tiny"),
      (["sign", "tiny@1"], 64, "--key"), (["key", "trust", "release.key"], 65, "found a private key"),
      (["key", "trust", "12ab"], 66, "12ab"), (["key", "distrust", "release.key.pub"], 65, "never trusted"),
      (["key", "show", "empty"], 65, "an empty file"), (["key", "new", "release.key"], 73, "exists"),
      (["key", "new", "no/folder/key"], 73, "no/folder"), (["key", "new", "/dev/null"], 73, "a device"),
    ] as [([String], Int32, String)])
  func refusals(arguments: [String], status: Int32, words: String) async throws {
    try await workspace.trainTiny()
    _ = try await makeKey()
    try workspace.file("empty", text: "")
    let result = try await workspace.start(arguments).result()
    #expect(result.status == status, "\(result.errors)")
    #expect(result.output == "" && result.errors.contains(words), "\(result.errors)")
  }

  @Test(
    "The JSON documents are what their schemas say",
    .enabled(if: Python.hasJSONSchema, "no Python with the package jsonschema; set NNSCORE_PYTHON to one"))
  func schemas() async throws {
    try await workspace.trainTiny("--promote")
    var check = SchemaCheck()
    let documents: [(String, [String])] = [
      ("key", ["key", "new", "release.key"]), ("key", ["key", "show", "release.key.pub"]),
      ("key", ["key", "show", "release.key"]), ("keys", ["key", "list"]), ("policy", ["policy"]),
      ("edit", ["key", "trust", "release.key.pub"]), ("edit", ["policy", "--require-signature"]),
      ("edit", ["sign", "tiny", "--key", "release.key"]), ("edit", ["sign", "tiny", "--key", "release.key"]),
      ("keys", ["key", "list"]), ("policy", ["policy"]), ("show", ["show", "tiny"]), ("verify", ["verify"]),
      ("edit", ["key", "distrust", "release.key.pub"]), ("ledger", ["ledger"]),
    ]
    for (schema, arguments) in documents {
      let result = try await workspace.start(arguments + ["--json"]).result()
      #expect(result.status == 0, "\(result.errors)")
      check.add(schema, result.output)
    }
    try await check.run(in: workspace)
  }
}
