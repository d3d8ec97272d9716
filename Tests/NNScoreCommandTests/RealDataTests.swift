import Foundation
import Testing

/// Data that is too large for the repository.
enum RealData {
  private static var folder: String? {
    ProcessInfo.processInfo.environment["NNSCORE_TEST_DATA"].flatMap { $0.isEmpty ? nil : $0 }
  }

  #if DEBUG
    // Training without optimisation would take many minutes; Scripts/test runs these in release.
    static let isUsable = false
  #else
    static let isUsable =
      folder.map { FileManager.default.fileExists(atPath: "\($0)/cats/train_catvnoncat.h5") } ?? false
  #endif

  static let comment: Comment =
    "needs a release build, and NNSCORE_TEST_DATA naming a folder with the cat pictures in cats/ and MNIST in mnist/"

  static func path(_ name: String) -> String { "\(folder ?? "")/\(name)" }
}

@Suite("The cat pictures, by command line", .enabled(if: RealData.isUsable, RealData.comment))
struct RealDataCatTests {
  let workspace: Workspace
  private let training = RealData.path("cats/train_catvnoncat.h5")
  private let test = RealData.path("cats/test_catvnoncat.h5")
  private let trainingFolder = RealData.path("cats/images/train")
  private let testFolder = RealData.path("cats/images/test")

  init() throws { workspace = try Workspace() }

  // The table that the deep-learning course publishes for its logistic regression.
  private static let published = """
    0.693147 0.584508 0.466949 0.376007 0.331463 0.303273 0.279880 0.260042 0.242941 0.228004 0.214820 0.203078 0.192544 \
    0.183033 0.174399 0.166521 0.159305 0.152667 0.146542 0.140872
    """

  @Test("logistic regression gives the published costs and accuracies, from HDF5 and from PNG folders")
  func publishedTable() async throws {
    for (model, training, test) in [("hdf5", training, test), ("png", trainingFolder, testFolder)] {
      let result = try await workspace.succeed(
        "train", model, "--data", training, "--validation", test, "--init", "zeros", "--learning-rate", "0.005",
        "--iterations", "2000", "--precision", "float64", "--json", timeout: 600
      ).json
      #expect(Self.percent(result["accuracy"]["training"]) == "99.04")
      #expect(Self.percent(result["accuracy"]["validation"]) == "70.00")
      let history = try await workspace.succeed("history", "\(model)@1", "--every", "100", "--json").json["costs"].array
      #expect(history.map { $0["iteration"].integer } == Array(stride(from: 0, to: 2000, by: 100)))
      let costs = history.map { String(format: "%.6f", $0["cost"].double ?? .nan) }
      #expect(costs == Self.published.split(separator: " ").map(String.init))
      let table = try await workspace.succeed("history", "\(model)@1", "--every", "100").output
      // The last iteration comes behind them.
      #expect(table.split(separator: "\n").dropFirst().dropLast().map { String($0.suffix(8)) } == costs)
    }
  }

  private static func percent(_ value: JSON) -> String { String(format: "%.2f", (value.double ?? .nan) * 100) }

  /// The scores of every example by its class and its position in the HDF5 file.
  private func scores(_ path: String) async throws -> [Int: JSON] {
    let document = try await workspace.succeed("score", "cats", path, "--json").json
    var scores: [Int: JSON] = [:]
    for result in document["results"].array {
      let file = (result["path"].string ?? "").split(separator: "/").last ?? ""
      // A picture's file name is the number of its row in the HDF5 file.
      let row = try #require(result["index"].integer ?? Int(file.prefix(while: \.isNumber)))
      #expect(scores.updateValue(result["scores"], forKey: row) == nil)
    }
    return scores
  }

  @Test("a network of four layers is trained from PNG, evaluated, promoted, rolled back, and scores both forms equally")
  func fourLayers() async throws {
    let arguments = [
      "--data", trainingFolder, "--validation", testFolder, "--hidden", "20,7,5", "--learning-rate", "0.0075", "--init",
      "scaled", "--seed", "1", "--json",
    ]
    func train(_ iterations: Int) async throws -> JSON {
      let command = try workspace.start(["train", "cats", "--iterations", "\(iterations)"] + arguments)
      let result = try await command.result(timeout: 900)
      try #require(result.status == 0, "\(result.errors)")
      return try result.json
    }
    let first = try await train(300)
    let second = try await train(100)
    #expect(first["parameters"].integer == 12288 * 20 + 20 + 20 * 7 + 7 + 7 * 5 + 5 + 5 + 1)
    #expect((first["cost"]["final"].double ?? 9) < (second["cost"]["final"].double ?? 0))
    try await workspace.succeed("promote", "cats@1")
    try await workspace.succeed("promote", "cats@2", "--reason", "newer")
    let inService = try await workspace.succeed("evaluate", "cats", "--data", test, "--json").json
    #expect(inService["version"].integer == 2)
    try await workspace.succeed("rollback", "cats", "--reason", "worse")
    let back = try await workspace.succeed("evaluate", "cats", "--data", test, "--json").json
    #expect(back["version"].integer == 1)
    #expect(back["accuracy"] == first["accuracy"]["validation"])
    let fromFolder = try await workspace.succeed("evaluate", "cats", "--data", testFolder, "--json").json
    #expect(fromFolder["confusion"] == back["confusion"])
    try await workspace.succeed("verify")

    for (file, folder, count) in [(test, testFolder, 50), (training, trainingFolder, 209)] {
      let rows = try await scores(file)
      #expect(Set(rows.keys) == Set(0..<count))
      #expect(try await scores(folder) == rows)
    }
  }

  @Test("Ctrl-C in the middle registers nothing")
  func interrupt() async throws {
    let command = try workspace.start(
      ["train", "cats", "--data", training, "--hidden", "20,7,5", "--iterations", "100000"])
    try await Task.sleep(for: .seconds(3))
    command.send(SIGINT)
    let result = try await command.result(timeout: 30)
    #expect(result.status == 130)
    #expect(result.errors.contains("nothing was registered"), "\(result.errors)")
    #expect(try await workspace.versions(of: "cats") == [])
  }
}

@Suite("MNIST, by command line", .enabled(if: RealData.isUsable, RealData.comment))
struct RealDataMNISTTests {
  let workspace: Workspace
  private let test = RealData.path("mnist/t10k-images-idx3-ubyte.gz")

  init() throws { workspace = try Workspace() }

  @Test("10,000 digits are scored from IDX.gz as well as they are evaluated")
  func score() async throws {
    try await workspace.succeed(
      "train", "mnist", "--data", RealData.path("mnist/train-images-idx3-ubyte.gz"), "--validation", test,
      "--learning-rate", "0.5", "--iterations", "10", "--promote", timeout: 600)
    let evaluation = try await workspace.succeed("evaluate", "mnist", "--data", test, "--json").json
    #expect((evaluation["accuracy"].double ?? 0) > 0.7)
    let result = try await workspace.succeed("score", "mnist", test, "--format", "ndjson", "--batch-size", "100")
    var counts: [String: Int] = [:]
    for (index, line) in result.output.split(separator: "\n").enumerated() {
      let json = try JSON(String(line))
      #expect(json["index"].integer == index)
      counts[json["label"].string ?? "", default: 0] += 1
    }
    #expect(counts.values.reduce(0, +) == 10_000)
    let predicted = evaluation["labels"].array.enumerated().map { column, label in
      (label.string ?? "", evaluation["confusion"].array.reduce(0) { $0 + ($1[column].integer ?? 0) })
    }
    for (label, count) in predicted { #expect(counts[label, default: 0] == count) }
  }
}
