import ArgumentParser
import Foundation
import ModelStore

/// `nnscore key`
struct KeyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key",
    abstract: "Make and show keys, and say which of them the store trusts.",
    discussion: """
      EXAMPLES
        nnscore key new release.key
        nnscore key trust release.key.pub --label release
      """,
    subcommands: [
      NewCommand.self, ShowCommand.self, ListCommand.self, TrustCommand.self, DistrustCommand.self,
    ])

  /// What `key new` and `key show` answer.
  fileprivate struct Document: Encodable {
    let publicKey: String
    let fingerprint: String
    let privateFile: String?
    let publicFile: String?
    let pem: String

    enum CodingKeys: String, CodingKey {
      case fingerprint, pem
      case publicKey = "public_key"
      case privateFile = "private_file"
      case publicFile = "public_file"
    }

    init(_ key: PublicKey, privateFile: String?, publicFile: String?) {
      publicKey = key.description
      fingerprint = key.fingerprint
      self.privateFile = privateFile
      self.publicFile = publicFile
      pem = key.pem
    }

    // What is not there is null, not left out.
    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(publicKey, forKey: .publicKey)
      try container.encode(fingerprint, forKey: .fingerprint)
      try container.encode(privateFile, forKey: .privateFile)
      try container.encode(publicFile, forKey: .publicFile)
      try container.encode(pem, forKey: .pem)
    }

    var text: String {
      var fields = [("key", publicKey), ("fingerprint", String(fingerprint.dropFirst("sha256:".count)))]
      if let privateFile { fields.append(("private", privateFile)) }
      if let publicFile { fields.append(("public", publicFile)) }
      return FieldList(fields).text(width: Terminal.resultColumns)
    }

    func print(json: Bool) throws { try StandardOutput.print(json ? JSONOutput.document(self) : text) }
  }

  /// `nnscore key new FILE`
  struct NewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "new",
      abstract: "Make a key (Ed25519) to sign versions with.",
      discussion: """
        The private key goes to FILE, which only you may read, and the public key to FILE.pub; both are PEM, as OpenSSL reads and \
        writes them. Neither is ever overwritten. Who has FILE can sign in your name: keep it away from the store, and give \
        FILE.pub to whoever is to check your signatures.

        EXAMPLES
          nnscore key new release.key
          nnscore key trust release.key.pub --label release
          nnscore sign cats@3 --key release.key
        """)

    @Argument(help: "The file of the private key.", completion: .file()) var file: String
    @OptionGroup var json: JSONOption

    func run() throws {
      let key = try SigningKey()
      let publicFile = try key.write(to: file)
      do {
        try Document(key.publicKey, privateFile: file, publicFile: publicFile).print(json: json.isOn)
      } catch let failure as Failure {
        throw failure.adding("; the key is in \(file) nevertheless")
      }
    }
  }

  /// `nnscore key show FILE`
  struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Show the public key of a private or public key file.",
      discussion: """
        The fingerprint is the SHA-256 of the public key in DER, as `openssl pkey -pubin -in FILE.pub -outform DER | sha256sum` \
        prints it. --pem prints the public key as the file FILE.pub.

        EXAMPLES
          nnscore key show release.key
          nnscore key show release.key --pem > release.key.pub
        """)

    @Argument(help: "The file of a private or public key (PEM).", completion: .file()) var file: String
    @Flag(help: "Print the public key as a PEM file.") var pem = false
    @OptionGroup var json: JSONOption

    func run() throws {
      let (key, isPrivate) = try Self.key(in: file)
      if pem, !json.isOn { return try StandardOutput.print(key.pem) }
      try Document(key, privateFile: isPrivate ? file : nil, publicFile: isPrivate ? nil : file).print(json: json.isOn)
    }

    private static func key(in file: String) throws -> (PublicKey, isPrivate: Bool) {
      switch try KeyFileContents(contentsOfFile: file) {
      case .signingKey(let key):
        key.warnIfExposed(file)
        return (key.publicKey, true)
      case .publicKey(let key): return (key, false)
      }
    }
  }
}

extension SigningKey {
  /// Reads a private key; says so where others may read it too.
  static func read(_ file: String) throws -> SigningKey {
    let key = try SigningKey(contentsOfFile: file)
    key.warnIfExposed(file)
    return key
  }

  fileprivate func warnIfExposed(_ file: String) {
    guard isExposed else { return }
    Terminal.note(
      "warning: \(Format.visible(file)): others may read or change this private key; chmod 600 takes that away\n")
  }
}
