import Foundation
import ModelStore
import Testing

/// Key files: what is written, what is read, and what is refused in which words. OpenSSL is the other program.
@Suite struct KeyTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func write(_ text: String, _ name: String = "key") throws -> String {
    try text.write(toFile: scratch.path(name), atomically: true, encoding: .utf8)
    return scratch.path(name)
  }

  private func permissions(_ path: String) throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
  }

  @Test("A key comes back from its files, which only the owner may read, and which nothing overwrites")
  func roundTrip() throws {
    let key = try SigningKey()
    let path = scratch.path("release.key")
    #expect(try key.write(to: path) == path + ".pub")
    #expect(try permissions(path) == 0o600 && permissions(path + ".pub") & 0o600 == 0o600)
    let again = try SigningKey(contentsOfFile: path)
    #expect(again.publicKey == key.publicKey && !again.isExposed)
    #expect(try PublicKey(contentsOfFile: path + ".pub") == key.publicKey)
    #expect(try PublicKey(hexadecimal: key.publicKey.description.uppercased()) == key.publicKey)
    let digest = String(repeating: "a", count: 64)
    #expect(try again.signature(ofDigest: digest) == key.signature(ofDigest: "sha256:" + digest))

    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(storeError { try SigningKey().write(to: path) }?.code == .fileExists)
    try FileManager.default.removeItem(atPath: path + ".pub")
    #expect(storeError { try SigningKey().write(to: path) }?.code == .fileExists)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
    #expect(!FileManager.default.fileExists(atPath: path + ".pub"))
    try FileManager.default.removeItem(atPath: path)
    _ = try write("mine", "release.key.pub")
    #expect(storeError { try SigningKey().write(to: path) }?.code == .fileExists)
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(storeError { try key.write(to: scratch.path("no/such/folder/key")) }?.code == .cannotCreate)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.folder) == ["release.key.pub"])
  }

  @Test("Printing a private key shows its public key only")
  func secrecy() throws {
    let key = try SigningKey()
    let path = scratch.path("key")
    try key.write(to: path)
    let secret = try #require(String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").dropFirst().first)
    var dumped = ""
    dump(key, to: &dumped)
    let digits = Data(base64Encoded: String(secret))?.suffix(32).map { String($0, radix: 16) }.joined() ?? ""
    for text in ["\(key)", String(reflecting: key), dumped] {
      #expect(text.contains(key.publicKey.description))
      #expect(!text.contains(secret) && !text.contains(digits))
    }
  }

  @Test(
    "A private key that others may read or change is known as such", arguments: [0o640, 0o604, 0o620, 0o602, 0o666])
  func exposed(mode: Int) throws {
    let path = scratch.path("key")
    try SigningKey().write(to: path)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    #expect(try SigningKey(contentsOfFile: path).isExposed)
  }

  @Test("The test vector of RFC 8032 gives its public key, also from a file with the public key within")
  func vector() throws {
    // RFC 8032, 7.1, TEST 1, as PKCS#8; and the example with a public key of RFC 8410, 10.3.
    let seed = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
    let start = Data([0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20])
    let der = try start + #require(Data(base64Encoded: seed))
    let path = try write(
      "words\r\n-----BEGIN PRIVATE KEY-----\r\n\(der.base64EncodedString())\r\n-----END PRIVATE KEY-----")
    let key = try SigningKey(contentsOfFile: path)
    #expect(key.publicKey.description == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    let full = try write(
      """
      -----BEGIN PRIVATE KEY-----
      MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
      oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB
      Z9w7lshQhqowtrbLDFw4rXAxZuE=
      -----END PRIVATE KEY-----

      """)
    #expect(
      try SigningKey(contentsOfFile: full).publicKey.description
        == "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1")
  }

  @Test("Points of small order, under which anything is signed, are not keys")
  func smallOrder() throws {
    let tail = String(repeating: "f", count: 60)
    let zeros = String(repeating: "0", count: 62)
    for hexadecimal in [
      "00" + zeros, "01" + zeros, "01" + zeros.dropLast(2) + "80", "ec\(tail)7f", "ed\(tail)ff", "ee\(tail)7f",
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ] {
      let error = storeError { _ = try PublicKey(hexadecimal: hexadecimal) }
      #expect(error?.code == .invalidKey && error?.message.contains("small order") == true)
    }
    for text in ["", "00", "g" + String(repeating: "0", count: 63), "02" + zeros + "0", "é" + zeros] {
      #expect(storeError { _ = try PublicKey(hexadecimal: text) }?.code == .invalidKey)
    }
  }

  @Test("What is no key is named: an empty file, a folder, a cut or changed file, the wrong half, something large")
  func wrongFiles() throws {
    let key = try SigningKey()
    let path = scratch.path("right")
    try key.write(to: path)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let body = try #require(text.split(separator: "\n").dropFirst().first)
    func pem(_ label: String, _ body: some StringProtocol) -> String {
      "-----BEGIN \(label)-----\n\(body)\n-----END \(label)-----\n"
    }
    for (contents, words) in [
      ("", "an empty file"), ("hello", "no PEM"), (String(repeating: "x", count: 70_000), "more than 65536 bytes"),
      (String(text.prefix(40)), "truncated"), (String(text.dropLast(30)), "truncated"), ("-----BEGIN ", "truncated"),
      (pem("PRIVATE KEY", body.dropLast(4)), "damaged"), (pem("PRIVATE KEY", body.dropLast(3)), "not base64"),
      (pem("PRIVATE KEY", "*" + body.dropFirst()), "not base64"), (pem("PRIVATE KEY", ""), "damaged"),
      (pem("PRIVATE KEY", "MIIB"), "damaged"), (pem("PRIVATE KEY", "MIAAAAA="), "damaged"),
      (pem("CERTIFICATE", body), "a certificate"), (pem("OPENSSH PRIVATE KEY", body), "OpenSSH"),
      (pem("ENCRYPTED PRIVATE KEY", body), "encrypted"), ("ssh-ed25519 AAAA x", "OpenSSH public key"),
    ] {
      let file = try write(contents)
      for read in [
        { _ = try SigningKey(contentsOfFile: file) }, { _ = try PublicKey(contentsOfFile: file) },
        { _ = try KeyFileContents(contentsOfFile: file) },
      ] {
        let error = storeError(read)
        #expect(error?.code == .invalidKey && error?.message.contains(words) == true, "\(error?.message ?? "")")
        // What may be a secret is not shown.
        #expect(error?.message.contains(body.dropFirst(24).prefix(16)) == false)
      }
    }
    let swapped = storeError { _ = try SigningKey(contentsOfFile: path + ".pub") }
    #expect(swapped?.code == .invalidKey && swapped?.message.contains("found a public key") == true)
    let secret = storeError { _ = try PublicKey(contentsOfFile: path) }
    #expect(secret?.code == .invalidKey && secret?.message.contains("found a private key") == true)
    let folder = storeError { _ = try SigningKey(contentsOfFile: scratch.folder) }
    #expect(folder?.code == .invalidKey && folder?.message.contains("a folder") == true)
    #expect(storeError { _ = try PublicKey(contentsOfFile: "/dev/null") }?.code == .invalidKey)
    #expect(storeError { _ = try SigningKey(contentsOfFile: scratch.path("nothing")) }?.code == .cannotOpen)
    #expect(storeError { _ = try SigningKey(contentsOfFile: "") }?.code == .cannotOpen)
  }

  @Test("A folder of trusted keys has at least one file *.pub, and each of them is a public key")
  func folders() throws {
    let folder = scratch.path("keys")
    #expect(storeError { _ = try PublicKey.keys(inFolder: folder) }?.code == .cannotOpen)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    #expect(storeError { _ = try PublicKey.keys(inFolder: folder) }?.code == .invalidKey)
    let keys = try [SigningKey(), SigningKey()]
    for (key, name) in zip(keys, ["b", "a"]) { try key.write(to: "\(folder)/\(name)") }
    #expect(try PublicKey.keys(inFolder: folder) == keys.reversed().map(\.publicKey))
    #expect(storeError { _ = try PublicKey.keys(inFolder: folder + "/a.pub") }?.code == .cannotOpen)
    _ = try write("no key", "keys/c.pub")
    let error = storeError { _ = try PublicKey.keys(inFolder: folder) }
    #expect(error?.code == .invalidKey && error?.message.contains("c.pub") == true)
  }

  @Test(
    "OpenSSL reads our keys and finds our signatures right, and we its",
    .enabled(if: OpenSSL.path != nil, "openssl 3.0 or later is not installed"))
  func agreement() throws {
    let (digest, other) = (String(repeating: "0123456789abcdef", count: 4), String(repeating: "f", count: 64))
    let message = try write("19:nnscore signature 1,64:\(digest),", "message")
    let theirs = scratch.path("theirs")
    #expect(try OpenSSL.run("genpkey", "-algorithm", "ED25519", "-out", theirs).status == 0)
    #expect(try OpenSSL.run("pkey", "-in", theirs, "-pubout", "-out", theirs + ".pub").status == 0)
    let ours = scratch.path("ours")
    try SigningKey().write(to: ours)
    #expect(try OpenSSL.run("pkey", "-in", ours).output == String(contentsOfFile: ours, encoding: .utf8))

    for path in [theirs, ours] {
      let key = try SigningKey(contentsOfFile: path)
      #expect(try OpenSSL.run("pkey", "-in", path, "-pubout").output == key.publicKey.pem)
      #expect(try PublicKey(contentsOfFile: path + ".pub") == key.publicKey)
      let file = scratch.path("signature")
      func verify() throws -> Int32 {
        try OpenSSL.run(
          "pkeyutl", "-verify", "-pubin", "-inkey", path + ".pub", "-rawin", "-in", message, "-sigfile", file
        ).status
      }
      func bytes(_ hexadecimal: String) -> Data {
        let digits = Array(hexadecimal)
        let starts = stride(from: 0, to: digits.count, by: 2)
        return Data(starts.compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) })
      }
      let signature = bytes(try key.signature(ofDigest: digest))
      #expect(signature.count == 64)
      try signature.write(to: URL(fileURLWithPath: file))
      #expect(try verify() == 0)
      try bytes(key.signature(ofDigest: other)).write(to: URL(fileURLWithPath: file))
      #expect(try verify() == 1)
      // RFC 8032 leaves nothing to chance: both make the same bytes.
      #expect(try OpenSSL.run("pkeyutl", "-sign", "-inkey", path, "-rawin", "-in", message, "-out", file).status == 0)
      #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == signature)
    }
  }

  @Test(
    "Keys of other kinds are named",
    .enabled(if: OpenSSL.path != nil, "openssl 3.0 or later is not installed"),
    arguments: [
      (["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"], "an RSA"), (["-algorithm", "X25519"], "an X25519"),
      (["-algorithm", "ED448"], "an Ed448"), (["-algorithm", "X448"], "an X448"),
      (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], "elliptic curve"),
      (["-algorithm", "ED25519", "-outform", "DER"], "DER"),
      (["-algorithm", "ED25519", "-aes256", "-pass", "pass:secret"], "encrypted"),
    ])
  func otherKinds(options: [String], words: String) throws {
    let path = scratch.path("key")
    let made = try DocumentTests.run(try #require(OpenSSL.path), ["genpkey", "-out", path] + options)
    try #require(made.status == 0, "\(made.errors)")
    let error = storeError { _ = try SigningKey(contentsOfFile: path) }
    #expect(error?.code == .invalidKey && error?.message.contains(words) == true, "\(error?.message ?? "")")
    guard !options.contains("ED25519") else { return }
    try OpenSSL.run("pkey", "-in", path, "-pubout", "-out", path + ".pub")
    let half = storeError { _ = try PublicKey(contentsOfFile: path + ".pub") }
    #expect(half?.code == .invalidKey && half?.message.contains(words) == true, "\(half?.message ?? "")")
  }
}
