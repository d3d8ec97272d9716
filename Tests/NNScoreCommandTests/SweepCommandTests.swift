import Foundation
import Testing

@Suite("nnscore sweep")
struct SweepCommandTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// A grid of two learning rates and two sizes.
  private func grid(_ name: String = "sweep.yaml", keep: String = "1", iterations: Int = 6) throws -> String {
    try workspace.file(
      name,
      text: """
        data: \(Examples.training)
        validation: \(Examples.test)
        iterations: \(iterations)
        search:
          method: grid
          keep: \(keep)
          over:
            learning_rate: [0.01, 0.5]
            hidden: [[], [8]]
        """)
  }

  @Test("a grid is ranked, its best trial becomes a version that says where it came from")
  func wholeGrid() async throws {
    let file = try grid()
    let result = try await workspace.succeed("sweep", "digits", "--config", file, "--json")
    let document = try result.json
    #expect(document["complete"].bool == true)
    let trials = document["trials"].array
    #expect(trials.count == 4)
    let scores = trials.compactMap { $0["score"].double }
    #expect(scores == scores.sorted(by: >) && scores.count == 4)
    #expect(trials.map { $0["rank"].integer } == [1, 2, 3, 4])
    #expect(Set(trials.compactMap { $0["trial"].integer }) == [1, 2, 3, 4])
    #expect(trials.map { $0["version"].integer } == [1, nil, nil, nil])
    #expect(document["importance"].array.map { $0["hyperparameter"].string } == ["learning_rate", "hidden"])
    #expect(result.errors.contains("(4 of 4): learning_rate "), "\(result.errors)")

    let shown = try await workspace.succeed("show", "digits@1", "--json").json
    #expect(shown["lineage"]["sweep"]["name"].string == "digits")
    #expect(shown["lineage"]["sweep"]["trial"].integer == trials[0]["trial"].integer)
    #expect(shown["metrics"]["accuracy.validation"].double == scores[0])
    #expect(shown["hyperparameters"]["learning_rate"] == trials[0]["hyperparameters"]["learning_rate"])
    #expect(shown["note"].string == "trial \(trials[0]["trial"].integer ?? 0) of the sweep digits")

    // The same by hand gives the same bits.
    let rate = trials[0]["hyperparameters"]["learning_rate"].digits ?? ""
    let hidden = trials[0]["hyperparameters"]["hidden"].array.map { $0.digits ?? "" }.joined(separator: ",")
    var arguments = [
      "train", "byhand", "--data", Examples.training, "--validation", Examples.test, "--iterations", "6", "--seed",
      "1", "--learning-rate", rate, "--json",
    ]
    if !hidden.isEmpty { arguments += ["--hidden", hidden] }
    let byHand = try await workspace.start(arguments).result().json
    #expect(byHand["digest"] == shown["digest"])

    let text = try await workspace.succeed("sweep", "show", "digits").output
    for part in ["RANK", "LEARNING_RATE", "digits@1", "Which hyperparameters mattered", "MEAN SCORE"] {
      #expect(text.contains(part), "\(text)")
    }
    #expect(try await workspace.succeed("sweep", "show", "digits", "--json").json == document)
  }

  @Test(
    "what is finished is not trained again, threads change nothing, and another configuration is refused"
  )
  func goingOn() async throws {
    let file = try grid(keep: "all")
    let first = try await workspace.succeed("sweep", "digits", "--config", file, "--threads", "2", "--json").json
    let again = try await workspace.succeed("sweep", "digits", "--config", file, "--json")
    #expect(try again.json == first)
    #expect(again.errors == "")
    #expect(try await workspace.versions(of: "digits").count == 4)
    let other = try await workspace.succeed(
      "sweep", "digits", "--config", file, "--threads", "1", "--as", "b", "--json"
    ).json
    func scores(_ document: JSON) -> [[JSON]] {
      document["trials"].array.map { [$0["trial"], $0["score"], $0["cost"]] }
    }
    #expect(scores(other) == scores(first))

    let changed = try await workspace.run("sweep", "digits", "--config", grid("b.yaml", keep: "all", iterations: 7))
    #expect(changed.status == 73)
    for part in ["iterations is not what", "nnscore sweep delete digits", "--as"] {
      #expect(changed.errors.contains(part), "\(changed.errors)")
    }
    #expect(try await workspace.run("sweep", "others", "--config", file, "--as", "digits").status == 73)
    let list = try await workspace.succeed("sweep", "list", "--json").json["sweeps"].array
    #expect(list.map { $0["sweep"].string } == ["b", "digits"])
    #expect(list.map { $0["versions"].integer } == [4, 4])
    try await workspace.succeed("sweep", "delete", "b")
    #expect(try await workspace.succeed("sweep", "list", "--json").json["sweeps"].array.count == 1)
    #expect(try await workspace.versions(of: "digits").count == 8)
    let gone = try await workspace.run("sweep", "show", "b")
    #expect(gone.status == 66 && gone.errors.contains("no sweep \"b\""))
  }

  /// A sweep of one short trial and so many that take their time that it goes on while other commands look at it.
  private func long() throws -> String {
    try workspace.file(
      "long.yaml",
      text: """
        data: \(Examples.training)
        validation: \(Examples.test)
        search:
          method: grid
          over:
            iterations: [2, \((200..<205).map(String.init).joined(separator: ", "))]
        """)
  }

  @Test("after a kill and after Ctrl-C the same command goes on where it stopped", arguments: [SIGKILL, SIGINT])
  func interrupted(signal: Int32) async throws {
    let file = try long()
    let command = try workspace.start(["sweep", "digits", "--config", file, "--threads", "1"])
    await command.send(signal, onceErrorsHave: "trial 1 (")
    let stopped = try await command.result()
    #expect(stopped.status == (signal == SIGINT ? 130 : SIGKILL), "\(stopped.errors)")
    if signal == SIGINT { #expect(stopped.errors.contains("the same command goes on"), "\(stopped.errors)") }
    let left = try await workspace.succeed("sweep", "show", "digits", "--json").json
    #expect(left["complete"].bool == false)
    #expect(!left["trials"].array.contains { $0["status"].string == "running" })
    let rest = try await workspace.succeed("sweep", "digits", "--config", file, "--threads", "1", timeout: 600)
    #expect(!rest.errors.contains("trial 1 ("), "\(rest.errors)")
    #expect(rest.errors.contains("trial 6 ("), "\(rest.errors)")
    #expect(try await workspace.versions(of: "digits") == [1])
    let whole = try await workspace.succeed(
      "sweep", "digits", "--config", file, "--as", "whole", "--json", timeout: 600
    ).json
    let document = try await workspace.succeed("sweep", "show", "digits", "--json").json
    #expect(whole["trials"].array.map { $0["score"] } == document["trials"].array.map { $0["score"] })
    let digests = try await workspace.succeed("versions", "digits", "--json").json["versions"].array.map {
      $0["digest"]
    }
    #expect(digests.count == 2 && digests[0] == digests[1])
  }

  @Test("a sweep that has the name of one that was removed makes versions of its own; whole numbers may have a point")
  func anew() async throws {
    func file(_ rates: String) throws -> String {
      try workspace.file(
        "\(rates.count).yaml",
        text: """
          data: \(Examples.training)
          validation: \(Examples.test)
          iterations: 4
          search: {method: grid, over: {learning_rate: \(rates)}}
          """)
    }
    let first = try file("[1.0, 0.125]")
    let document = try await workspace.succeed("sweep", "digits", "--config", first, "--json").json
    #expect(document["importance"][0]["values"].array.count == 2)
    #expect(try await workspace.succeed("sweep", "digits", "--config", first).errors == "")
    try await workspace.succeed("sweep", "delete", "digits")
    let again = try await workspace.succeed("sweep", "digits", "--config", file("[0.25, 2.0, 0.5]"), "--json").json
    #expect(again["trials"][0]["version"].integer == 2)
    #expect(try await workspace.versions(of: "digits") == [1, 2])
  }

  @Test("one process at a time runs a sweep, and what a kill leaves keeps nobody out")
  func busy() async throws {
    let file = try grid()
    let lock = workspace.path("store.sqlite-sweep-digits")
    let descriptor = unsafe open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    #expect(descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    let second = try await workspace.run("sweep", "digits", "--config", file)
    #expect(second.status == 75 && second.errors.contains("is being run by another process"), "\(second.errors)")
    close(descriptor)
    #expect(FileManager.default.fileExists(atPath: lock))
    try await workspace.succeed("sweep", "digits", "--config", file)
    #expect(!FileManager.default.fileExists(atPath: lock))
  }

  @Test("a trial that diverges is a failed one; the others go on")
  func diverged() async throws {
    let file = try workspace.file(
      "sweep.yaml",
      text: """
        data: \(Examples.training)
        validation: \(Examples.test)
        iterations: 20
        hidden: 8
        search: {method: grid, over: {learning_rate: [1.0e30, 0.5]}}
        """)
    let trials = try await workspace.succeed("sweep", "digits", "--config", file, "--json").json["trials"].array
    #expect(trials.map { $0["status"].string } == ["finished", "failed"])
    #expect(trials[1]["message"].string?.contains("diverged") == true)
    #expect(trials[1]["rank"] == .null)
    let again = try await workspace.succeed("sweep", "digits", "--config", file)
    #expect(again.errors == "")
  }

  @Test("halving gives most epochs to the best")
  func halving() async throws {
    let file = try workspace.file(
      "sweep.yaml",
      text: """
        data: \(Examples.training)
        validation: \(Examples.test)
        batch_size: 200
        search:
          method: halving
          trials: 4
          eta: 2
          min_epochs: 1
          over:
            learning_rate: {min: 0.001, max: 1, scale: log}
        """)
    let result = try await workspace.succeed("sweep", "digits", "--config", file, "--json")
    let document = try result.json
    let trials = document["trials"].array
    #expect(trials.map { $0["round"].integer } == [3, 2, 1, 1])
    #expect(trials.map { $0["status"].string } == ["finished", "stopped", "stopped", "stopped"])
    // 1,437 digits are eight steps an epoch.
    #expect(trials.map { $0["iterations"].integer } == [32, 16, 8, 8])
    #expect(result.errors.contains("round 3 of 3: 1 trial of 4 epochs"), "\(result.errors)")
    #expect(document["importance"][0]["values"].array.count == 4)
    #expect(try await workspace.versions(of: "digits") == [1])
  }

  @Test("a mistake in the file ends with 65 and names the key, before there is a store")
  func refusals() async throws {
    let file = try workspace.file("s.yaml", text: "data: a\nvalidation: b\nsearch: {method: random, over: {l2: [0]}}\n")
    let result = try await workspace.run("sweep", "digits", "--config", file)
    #expect(result.status == 65)
    #expect(result.errors.contains("s.yaml:3: search.trials: random needs a number of trials"), "\(result.errors)")
    #expect(try await workspace.run("sweep", "digits", "--config", "nowhere.yaml").status == 66)
    #expect(try await workspace.run("sweep", "digits").status == 64)
    #expect(!FileManager.default.fileExists(atPath: workspace.store))
  }

  @Test(
    "the documents are what their schemas say",
    .enabled(if: Python.hasJSONSchema, "no Python with the package jsonschema; set NNSCORE_PYTHON to one"))
  func schemas() async throws {
    var check = SchemaCheck()
    let file = try grid()
    check.add("sweep", try await workspace.succeed("sweep", "digits", "--config", file, "--json").output)
    check.add("sweeps", try await workspace.succeed("sweep", "list", "--json").output)
    check.add("sweep_delete", try await workspace.succeed("sweep", "delete", "digits", "--json").output)
    try await check.run(in: workspace)
  }
}
