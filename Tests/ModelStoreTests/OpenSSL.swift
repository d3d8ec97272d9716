import Foundation
import Testing

/// The other program that knows Ed25519 keys and signatures.
enum OpenSSL {
  /// Where it is; nil where it is not installed, or older than 3.0, which cannot sign with Ed25519 on the command line.
  static let path: URL? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
    let path = folders.map { URL(fileURLWithPath: "\($0)/openssl") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    guard let path, let output = try? DocumentTests.run(path, ["version"]).output,
      let version = output.split(separator: " ").dropFirst().first,
      let major = version.split(separator: ".").first.flatMap({ Int($0) }), major >= 3
    else { return nil }
    return path
  }()

  @discardableResult
  static func run(_ arguments: String...) throws -> (status: Int32, output: String, errors: String) {
    try DocumentTests.run(try #require(path), arguments)
  }
}
