import Foundation

/// The data that tests work on.
enum Examples {
  /// The folder of the package.
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static let digits = root.appendingPathComponent("Examples/digits").path
  /// 1,437 digits of 8 × 8 pixels.
  static let training = "\(digits)/train-images-idx3-ubyte.gz"
  /// 360 more.
  static let test = "\(digits)/t10k-images-idx3-ubyte.gz"
  /// Three PNG files for each digit.
  static let samples = "\(digits)/samples"
  /// One of them.
  static let sample = "\(samples)/3-1.png"
}

extension Workspace {
  /// Makes a folder with a sub-folder per class: a class "a" of zeros and a class "b" of ones, three pictures each.
  func classFolders(_ name: String = "set", classes: [String] = ["a", "b"]) throws -> String {
    for (digit, className) in classes.enumerated() {
      let target = folder.appendingPathComponent(name).appendingPathComponent(className)
      try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
      for number in 0...2 {
        try FileManager.default.copyItem(
          atPath: "\(Examples.samples)/\(digit)-\(number).png", toPath: target.path + "/\(number).png")
      }
    }
    return path(name)
  }

  /// Makes a manifest of the thirty samples of digits, which it copies beside itself.
  ///
  /// - Parameter values: those of a digit, one for each column.
  @discardableResult
  func manifest(_ name: String, columns: [String], _ values: (Int) -> [Int]) throws -> String {
    let target = folder.appendingPathComponent(name)
    let pictures = target.deletingLastPathComponent()
    try FileManager.default.createDirectory(at: pictures, withIntermediateDirectories: true)
    var text = (["file"] + columns).joined(separator: ",") + "\n"
    for (digit, number) in (0...9).flatMap({ digit in (0...2).map { (digit, $0) } }) {
      let picture = pictures.appendingPathComponent("\(digit)-\(number).png").path
      if !FileManager.default.fileExists(atPath: picture) {
        try FileManager.default.copyItem(atPath: "\(Examples.samples)/\(digit)-\(number).png", toPath: picture)
      }
      text += (["\(digit)-\(number).png"] + values(digit).map(String.init)).joined(separator: ",") + "\n"
    }
    try text.write(to: target, atomically: true, encoding: .utf8)
    return target.path
  }

  /// Makes a file.
  @discardableResult
  func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
    try Data(bytes).write(to: folder.appendingPathComponent(name))
    return path(name)
  }

  @discardableResult
  func file(_ name: String, text: String) throws -> String { try file(name, text.utf8) }

  /// Makes a folder.
  @discardableResult
  func makeFolder(_ name: String) throws -> String {
    try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
    return path(name)
  }

  /// A PNG file that was cut short.
  func truncatedPNG(_ name: String) throws -> String {
    try file(name, Data(contentsOf: URL(fileURLWithPath: Examples.sample)).prefix(100))
  }

  /// What stands in a Git checkout in place of a large file.
  func lfsPointer(_ name: String) throws -> String {
    try file(
      name,
      text:
        "version https://git-lfs.github.com/spec/v1\noid sha256:\(String(repeating: "a", count: 64))\nsize 2572022\n")
  }

  /// Writes an IDX file of square grey images whose pixels count up.
  func idx(_ name: String, count: Int, side: Int) throws -> String {
    func bigEndian(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(value >> $0 & 255) } }
    var bytes = Data([0, 0, 8, 3] + bigEndian(count) + bigEndian(side) + bigEndian(side))
    let pattern = Data((0..<max(1, 251 * side * side)).lazy.map { UInt8($0 * 7 % 251) })
    var missing = count * side * side
    while missing > 0 {
      bytes.append(pattern.prefix(missing))
      missing -= min(missing, pattern.count)
    }
    return try file(name, bytes)
  }

  /// Writes an IDX file of images of one line of pixels.
  func idx(_ name: String, rows: [[UInt8]]) throws -> String {
    let header: [UInt8] = [0, 0, 8, 3] + [rows.count, 1, rows[0].count].flatMap { [0, 0, 0, UInt8($0)] }
    return try file(name, header + rows.joined())
  }

  /// Writes an IDX file of labels.
  func labels(_ name: String, _ labels: [UInt8]) throws {
    try file(name, [0, 0, 8, 1, 0, 0, 0, UInt8(labels.count)] + labels)
  }

  /// Writes a safetensors file with one layer of one output, as `--init-from` reads it.
  func tensors(_ name: String, weight: [Float], bias: [Float]) throws -> String {
    let (middle, end) = (weight.count * 4, (weight.count + bias.count) * 4)
    let header = """
      {"layers.0.weight":{"dtype":"F32","shape":[1,\(weight.count)],"data_offsets":[0,\(middle)]},\
      "layers.0.bias":{"dtype":"F32","shape":[1],"data_offsets":[\(middle),\(end)]}}
      """
    func littleEndian(_ bits: UInt64, _ bytes: Int) -> [UInt8] { (0..<bytes).map { UInt8(bits >> (8 * $0) & 255) } }
    let data = (weight + bias).flatMap { littleEndian(UInt64($0.bitPattern), 4) }
    return try file(name, littleEndian(UInt64(header.utf8.count), 8) + header.utf8 + data)
  }

  /// Registers version 1 of `tiny`, which tells zeros from ones: half a dozen pictures, a few iterations.
  @discardableResult
  func trainTiny(_ arguments: String...) async throws -> CommandResult {
    let set = try FileManager.default.fileExists(atPath: path("set")) ? path("set") : classFolders()
    let command = try start(["train", "tiny", "--data", set, "--iterations", "3", "--json"] + arguments)
    return try await command.result()
  }

  /// Registers version 1 of `digits` and puts it into service.
  @discardableResult
  func trainDigits(_ arguments: String...) async throws -> CommandResult {
    try await start(
      [
        "train", "digits", "--data", Examples.training, "--validation", Examples.test, "--learning-rate", "0.5",
        "--iterations", "30", "--seed", "1", "--promote", "--json",
      ] + arguments
    ).result()
  }
}
