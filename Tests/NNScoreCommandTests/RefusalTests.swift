import Foundation
import Testing

@Suite("What the other commands refuse")
struct RefusalTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// Expects that a command ends with a code, nothing on standard output, and one line with these words.
  private func refuse(
    _ status: Int32, _ words: [String], _ arguments: [String], environment: [String: String] = [:],
    input: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let result = try await workspace.start(arguments, environment: environment, input: input).result(timeout: 30)
    let command = "\(arguments.joined(separator: " ")): \(result.errors)"
    #expect(result.status == status && !result.wasKilled, "\(command)", sourceLocation: sourceLocation)
    #expect(result.output == "", "\(command)", sourceLocation: sourceLocation)
    if status != 64 {
      #expect(result.errors.split(separator: "\n").count == 1, "\(command)", sourceLocation: sourceLocation)
      #expect(result.errors.hasPrefix("nnscore: "), "\(command)", sourceLocation: sourceLocation)
    }
    for word in words {
      #expect(result.errors.contains(word), "\(word) is missing in: \(command)", sourceLocation: sourceLocation)
    }
  }

  /// Every command that reads a store, with arguments that would do.
  private static let readers = [
    ["models"], ["versions", "tiny"], ["show", "tiny@1"], ["history", "tiny@1"], ["promote", "tiny@1"],
    ["rollback", "tiny"], ["ledger", "tiny"], ["verify"], ["verify", "tiny@1"],
    ["export", "tiny@1", "out.safetensors"],
    ["evaluate", "tiny@1", "--data", Examples.test], ["score", "tiny@1", Examples.sample],
    ["bench", "tiny@1"],
  ]

  @Test("a store that is not there is named by every command, and none makes it")
  func missingStore() async throws {
    for command in Self.readers {
      try await refuse(66, ["no store at \(workspace.store)", "--store"], command)
    }
    #expect(!FileManager.default.fileExists(atPath: workspace.store))
  }

  @Test("files that are no stores are left as they are")
  func notAStore() async throws {
    let text = try workspace.file("text.sqlite", text: "just a note\n")
    try await refuse(65, [text, "just a note", "expected an SQLite database"], ["models", "--store", text])
    let set = try workspace.classFolders()
    try await refuse(65, [text], ["train", "tiny", "--data", set, "--iterations", "1", "--store", text])
    #expect(try String(contentsOfFile: text, encoding: .utf8) == "just a note\n")
    let folder = try workspace.makeFolder("folder.sqlite")
    try await refuse(65, [folder, "is a folder"], ["models", "--store", folder])
    try await refuse(65, ["/dev/null", "not a regular file"], ["models", "--store", "/dev/null"])
    // A header of SQLite and then nothing that belongs to it.
    let broken = try workspace.file("broken.sqlite", Data("SQLite format 3\0".utf8) + Data(repeating: 7, count: 9000))
    try await refuse(65, [broken], ["models", "--store", broken])
  }

  @Test("a database of another program, and a store newer than the program", .enabled(if: Python.isThere, "no Python"))
  func otherDatabases() async throws {
    try await workspace.trainTiny()
    let script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()"
    _ = try await workspace.python(script, workspace.path("notes.sqlite"), "CREATE TABLE notes (text TEXT)")
    let notes = workspace.path("notes.sqlite")
    try await refuse(65, [notes], ["models", "--store", notes])
    let set = workspace.path("set")
    try await refuse(65, [notes], ["train", "tiny", "--data", set, "--iterations", "1", "--store", notes])

    _ = try await workspace.python(script, workspace.store, "PRAGMA user_version = 999")
    for command in Self.readers {
      try await refuse(65, [workspace.store, "999", "later"], command)
    }
  }

  @Test("unknown models, versions, aliases and digests, each with what there is")
  func unknownVersions() async throws {
    try await workspace.trainTiny()
    for command in [["show"], ["history"], ["promote"], ["export"], ["verify"], ["score"], ["evaluate"], ["bench"]] {
      let rest =
        switch command[0] {
        case "export": ["out.safetensors"]
        case "score": [Examples.sample]
        case "evaluate": ["--data", Examples.test]
        default: [String]()
        }
      try await refuse(66, ["\"nope\"", "tiny"], command + ["nope"] + rest)
      try await refuse(66, ["version 9", "1"], command + ["tiny@9"] + rest)
      try await refuse(66, ["alias", "champion"], command + ["tiny@champion"] + rest)
      try await refuse(66, ["deadbeef"], command + ["tiny@sha256:deadbeef"] + rest)
      // Version 1 is there but not in service.
      if command[0] != "promote" { try await refuse(66, ["tiny", "service"], command + ["tiny"] + rest) }
      for reference in ["", "@1", "tiny@", "tiny@0", "tiny@-1", "tiny@1.5", "tiny@sha256:xyz1", "a b"] {
        try await refuse(64, [], command + [reference] + rest)
      }
    }
    for command in ["versions", "ledger", "rollback"] {
      try await refuse(66, ["\"nope\"", "tiny"], [command, "nope"])
    }
    try await refuse(66, ["tiny"], ["rollback", "tiny"])
    try await refuse(66, ["tiny"], ["rollback", "tiny", "--to", "9"])
    #expect(!FileManager.default.fileExists(atPath: workspace.path("out.safetensors")))
  }

  @Test("rollback ends where the history ends, and changes nothing then")
  func rollbackPastTheBeginning() async throws {
    try await workspace.trainTiny("--promote")
    try await workspace.trainTiny("--promote")
    try await workspace.succeed("rollback", "tiny")
    try await refuse(66, ["tiny"], ["rollback", "tiny"])
    #expect(try await workspace.succeed("show", "tiny", "--json").json["version"].integer == 1)
    #expect(try await workspace.succeed("ledger", "tiny", "--json").json["entries"].array.count == 5)
  }

  @Test(
    "a store that may not be written is read, and not changed",
    // The superuser may write everything.
    .enabled(if: getuid() != 0, "runs as the superuser, whom no permission stops"))
  func readOnlyFolder() async throws {
    try await workspace.trainTiny("--promote")
    let folder = try workspace.makeFolder("locked")
    let store = folder + "/store.sqlite"
    try FileManager.default.copyItem(atPath: workspace.store, toPath: store)
    try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: store)
    try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder)
    try await workspace.succeed("show", "tiny", "--store", store)
    try await refuse(73, [store], ["promote", "tiny@1", "--store", store])
    try await refuse(
      73, [folder],
      ["train", "tiny", "--data", workspace.path("set"), "--iterations", "1", "--store", folder + "/new.sqlite"])
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
  }

  @Test("a store cannot be made where a file is in the way")
  func storeBelowAFile() async throws {
    let file = try workspace.file("file", text: "x")
    let set = try workspace.classFolders()
    try await refuse(
      73, ["file"], ["train", "tiny", "--data", set, "--iterations", "1", "--store", file + "/store.sqlite"])
  }

  @Test("export does not replace a file unless told to, and needs a folder")
  func exportTargets() async throws {
    try await workspace.trainTiny()
    let file = try workspace.file("mine.safetensors", text: "precious")
    try await refuse(73, [file, "exists already", "--force"], ["export", "tiny@1", file])
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "precious")
    try await workspace.succeed("export", "tiny@1", file, "--force")
    try await workspace.succeed("score", "--model", file, Examples.sample)
    let nowhere = workspace.path("nowhere/m.safetensors")
    try await refuse(73, [nowhere, "no folder"], ["export", "tiny@1", nowhere])
    try await refuse(73, ["is a folder"], ["export", "tiny@1", workspace.folder.path, "--force"])
    let left = try FileManager.default.contentsOfDirectory(atPath: workspace.folder.path)
    #expect(left.filter { $0.contains("partial") } == [])
  }

  @Test("a model file with any byte flipped is refused")
  func damagedModelFile() async throws {
    try await workspace.trainTiny()
    try await workspace.succeed("export", "tiny@1", "m.safetensors")
    let bytes = try Data(contentsOf: workspace.folder.appendingPathComponent("m.safetensors"))
    for position in [0, 7, 8, 40, bytes.count / 2, bytes.count - 1] {
      var damaged = bytes
      damaged[position] ^= 1
      try workspace.file("damaged.safetensors", damaged)
      try await refuse(65, ["damaged.safetensors"], ["score", "--model", "damaged.safetensors", Examples.sample])
    }
    try workspace.file("damaged.safetensors", bytes.dropLast())
    try await refuse(65, ["damaged.safetensors"], ["score", "--model", "damaged.safetensors", Examples.sample])
    try await refuse(66, ["none.safetensors"], ["score", "--model", "none.safetensors", Examples.sample])
    try await refuse(65, ["3-1.png"], ["score", "--model", Examples.sample, Examples.sample])
  }

  @Test("paths that are not there or no pictures are one error line each, and exit code 1")
  func badPaths() async throws {
    try await workspace.trainTiny()
    let web = try workspace.file("page.png", text: "<!DOCTYPE html><html></html>")
    let gif = try workspace.file("moving.gif", Array("GIF89a".utf8) + [1, 0, 1, 0, 0, 0, 0])
    let lfs = try workspace.lfsPointer("pointer.h5")
    let empty = try workspace.file("nothing.png", [])
    let hollow = try workspace.makeFolder("hollow")
    for (path, words) in [
      ("nowhere.png", ["no such file"]), (web, ["PNG or JPEG"]), (gif, ["GIF"]),
      (lfs, ["Git LFS pointer", "git lfs pull"]), (empty, ["empty"]), (hollow, ["no .png, .jpg, .jpeg or .jfif"]),
      ("/dev/null", []),
    ] {
      let result = try await workspace.run("score", "tiny@1", path, Examples.sample)
      #expect(result.status == 1, "\(path): \(result.errors)")
      let lines = result.errors.split(separator: "\n")
      #expect(lines.count == 2, "\(result.errors)")
      #expect(lines.first?.hasPrefix("nnscore: \(path): ") == true, "\(result.errors)")
      for word in words { #expect(result.errors.contains(word), "\(word) is missing in: \(result.errors)") }
      #expect(lines.last?.hasPrefix("1 scored, 1 failed") == true)
      #expect(result.output.split(separator: "\n").count == 2)
    }
  }

  @Test("a file whose name is not UTF-8 is said to be that, wherever the name comes from")
  func otherEncodings() async throws {
    try await workspace.trainTiny("--promote")
    for arguments in ["score tiny \"$name\" set/a/0.png", "score tiny - set/a/0.png", "score tiny strange set/a/0.png"]
    {
      let result = try await workspace.shell(
        """
        mkdir -p strange; name=$(printf 'strange/caf\\351.png'); cp set/b/0.png "$name"
        printf '%s\\n' "$name" | "$0" \(arguments)
        """)
      #expect(result.status == 1, "\(arguments): \(result.errors)")
      let lines = result.errors.split(separator: "\n")
      #expect(lines.count == 2 && lines[1].hasPrefix("1 scored, 1 failed"), "\(result.errors)")
      #expect(lines[0].hasPrefix("nnscore: strange/caf\u{FFFD}.png: no such file"), "\(result.errors)")
      #expect(lines[0].contains("not to be UTF-8: rename it"), "\(result.errors)")
    }
    let trained = try await workspace.shell("cp strange/* set/b/; exec \"$0\" train tiny --data set --iterations 1")
    #expect(trained.status == 65)
    #expect(trained.errors.contains("1 of 7") && trained.errors.contains("not to be UTF-8"), "\(trained.errors)")
  }

  @Test("pictures of kinds that are not read are errors in a folder too, not left out")
  func unreadableKinds() async throws {
    try await workspace.trainTiny("--promote")
    let gif = try workspace.file("set/a/moving.gif", Array("GIF89a".utf8) + [1, 0, 1, 0, 0, 0, 0])
    try FileManager.default.copyItem(
      atPath: workspace.path("set/a/0.png"), toPath: workspace.path("set/a/camera.JFIF"))
    let result = try await workspace.run("score", "tiny", workspace.path("set"))
    #expect(result.status == 1)
    #expect(result.errors.contains("nnscore: \(gif): is a GIF picture"), "\(result.errors)")
    #expect(result.errors.contains("7 scored, 1 failed"), "\(result.errors)")
  }

  @Test("wrong usage of score and evaluate")
  func usage() async throws {
    try await workspace.trainTiny("--promote")
    for arguments in [
      [], ["tiny"], ["tiny", Examples.sample, "--format", "xml"], ["tiny", Examples.sample, "--batch-size", "0"],
      ["tiny", Examples.sample, "--batch-size", "-1"], ["tiny", Examples.sample, "--threads", "0"],
      ["tiny", Examples.sample, "--json", "--format", "csv"], ["--model", "m.safetensors"],
      ["tiny", Examples.sample, "--nonsense"],
    ] {
      try await refuse(64, ["Usage: nnscore score"], ["score"] + arguments)
    }
    for arguments in [
      [], ["tiny"], ["--data", Examples.test], ["tiny", "--model", "m.safetensors", "--data", Examples.test],
    ] {
      try await refuse(64, ["Usage: nnscore evaluate"], ["evaluate"] + arguments)
    }
    try await refuse(64, ["--every is 0"], ["history", "tiny", "--every", "0"])
    try await refuse(64, ["--every is -3"], ["history", "tiny", "--every", "-3"])
    try await refuse(64, ["--plot", "--json"], ["history", "tiny", "--plot", "--json"])
    let dash = ["export", "tiny", "-"]
    try await refuse(64, ["standard output", "name a file", "Usage: nnscore export"], dash)
    try await refuse(64, ["standard output"], dash + ["--json"])
    #expect(!FileManager.default.fileExists(atPath: workspace.path("-")))
    // Found wrong only as the command runs.
    try await refuse(
      64, ["Error: there is no document \"nope\"", "Usage: nnscore schema [<name>]", "See 'nnscore schema --help'"],
      ["schema", "nope"])
    try await refuse(64, ["Usage: nnscore"], ["frobnicate"])
  }

  @Test("an empty list on standard input is an error, not an empty success")
  func emptyList() async throws {
    try await workspace.trainTiny("--promote")
    for input in ["", "\n\n"] {
      try await refuse(66, ["standard input", "empty", "one path a line"], ["score", "tiny", "-"], input: input)
    }
  }

  @Test("evaluate refuses sets of other classes and sizes")
  func evaluateOtherSets() async throws {
    try await workspace.trainTiny("--promote")
    try await refuse(65, [Examples.test, "\"0\""], ["evaluate", "tiny", "--data", Examples.test])
    try await refuse(66, ["nowhere"], ["evaluate", "tiny", "--data", "nowhere"])
  }

  @Test("an instruction set that is none")
  func instructionSet() async throws {
    try await workspace.trainTiny("--promote")
    for command in [
      ["score", "tiny", Examples.sample], ["evaluate", "tiny", "--data", workspace.path("set")],
      ["train", "tiny", "--data", workspace.path("set")],
    ] {
      try await refuse(
        64, ["NNSCORE_ISA is \"mmx\"", "portable"], command, environment: ["NNSCORE_ISA": "mmx"])
    }
  }
}

@Suite("Results that cannot be written")
struct OutputFailureTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  @Test("a full or closed standard output ends every command with 74", arguments: ["> /dev/full", ">&-"])
  func failingOutput(redirection: String) async throws {
    try await workspace.trainTiny("--promote")
    for command in [
      "models", "versions tiny", "show tiny", "history tiny", "history tiny --plot", "ledger tiny --json", "verify",
      "score tiny set", "score tiny set --json", "evaluate tiny --data set", "export tiny m.safetensors --force",
      "promote tiny@1",
    ] {
      let result = try await workspace.shell("exec \"$0\" \(command) \(redirection)")
      #expect(result.status == 74, "\(command): \(result.errors)")
      #expect(result.errors.contains("nnscore: standard output: cannot be written: "), "\(command): \(result.errors)")
      #expect(!result.errors.contains("could not be completed"))
    }
    try await workspace.succeed("verify")
  }

  @Test("a version that was registered but could not be told of is named in the error")
  func registeredAllTheSame() async throws {
    let set = try workspace.classFolders()
    let result = try await workspace.shell("exec \"$0\" train tiny --data \"$1\" --iterations 2 > /dev/full", set)
    #expect(result.status == 74)
    #expect(result.errors.contains("tiny@1 is registered"), "\(result.errors)")
    #expect(try await workspace.versions(of: "tiny") == [1])
    let promoted = try await workspace.shell("exec \"$0\" promote tiny@1 >&-")
    #expect(promoted.status == 74)
    #expect(promoted.errors.contains("version 1 of tiny is in service"), "\(promoted.errors)")
  }

  @Test("a closed standard error takes nothing from the results")
  func closedErrors() async throws {
    try await workspace.trainTiny("--promote")
    let expected = try await workspace.succeed("score", "tiny", "set").output
    let result = try await workspace.shell("exec \"$0\" score tiny set nowhere.png 2>&-")
    #expect(result.status == 1)
    #expect(result.output == expected)
    let all = try await workspace.shell("exec \"$0\" versions tiny <&- 2>&-")
    #expect(all.status == 0)
    try await workspace.succeed("verify")
  }
}
