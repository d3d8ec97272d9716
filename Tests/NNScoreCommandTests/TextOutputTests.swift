import Foundation
import Testing

@Suite("Text for people")
struct TextOutputTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// Every command with a result, on a store with two versions of the digits.
  private static let commands = [
    ["models"], ["versions", "digits"], ["show", "digits@1"], ["show", "digits@2"], ["history", "digits"],
    ["history", "digits", "--every", "1"], ["history", "digits", "--plot", "--every", "7"],
    ["history", "digits", "--metrics"], ["history", "digits", "--metric", "accuracy", "--plot"], ["ledger", "digits"],
    ["verify"], ["lineage", "digits@2"], ["diff", "digits@1", "digits@2", "--plot", "--data", Examples.test],
    ["promote", "digits@1"], ["rollback", "digits"], ["evaluate", "digits", "--data", Examples.test],
    ["score", "digits", Examples.samples],
    ["bench", "digits", "--seconds", "0.01", "--threads", "1,2"], ["export", "digits", "m.safetensors"],
    ["train", "digits", "--data", Examples.training, "--iterations", "2"],
  ]

  private func prepare() async throws {
    try await workspace.trainDigits("--note", "first")
    try await workspace.trainDigits("--hidden", "12", "--note", "second")
  }

  @Test("without a terminal there is no colour, no progress, and no line beyond 80 columns but for paths and digests")
  func plainText() async throws {
    try await prepare()
    for command in Self.commands {
      let result = try await workspace.start(command).result()
      #expect(result.status == 0, "\(command): \(result.errors)")
      for text in [result.output, result.errors] {
        #expect(!text.contains("\u{1b}") && !text.contains("\r"), "\(command)")
        for line in text.split(separator: "\n") where !line.contains("/") && !line.contains("sha256:") {
          // The reasons in a ledger and the machine of a version are as long as they are.
          if line.hasPrefix("machine") || command[0] == "ledger" { continue }
          #expect(line.count <= 80, "\(line)")
          #expect(!line.hasSuffix(" "), "\(line)|")
        }
      }
      if command[0] != "score" { #expect(result.errors == "", "\(command)") }
    }
  }

  @Test(
    "on a terminal of 80 columns tables are cut to fit, and progress leaves nothing behind",
    .enabled(if: Python.isThere, "no Python"))
  func terminal() async throws {
    try await prepare()
    let long = String(repeating: "a long story ", count: 12)
    try await workspace.trainDigits("--note", long)
    try await workspace.succeed("promote", "digits@1", "--reason", long)
    let script = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
    for command in ["versions digits", "ledger digits", "show digits@1", "evaluate digits --data \(Examples.test)"] {
      let words = command.split(separator: " ").map { "\"\($0)\"" }.joined(separator: ", ")
      let result = try await workspace.python("import sys\nsys.argv += [\(words)]\n" + script, BuiltCommand.path)
      #expect(result.status == 0, "\(result.errors)")
      if ["versions", "ledger"].contains(command.prefix { $0 != " " }) {
        #expect(result.output.contains("…"), "\(result.output)")
      }
      for line in result.output.replacing("\u{1b}[2K", with: "").split(whereSeparator: \.isNewline) {
        #expect(line.count <= 80, "\(line)")
      }
    }
    let result = try await workspace.python(
      script, BuiltCommand.path, "train", "digits", "--data", Examples.training, "--hidden", "20", "--iterations", "900"
    )
    #expect(result.status == 0)
    #expect(result.output.contains("training  █"))
    #expect(result.output.contains("ETA"))
    #expect(result.output.contains("cost "))
    // What stands before the result is rubbed out.
    let last = result.output.components(separatedBy: "\u{1b}[2K").last ?? ""
    #expect(last.hasPrefix("digits@4  sha256:"), "\(last)")
  }

  /// Runs commands, a JSON list of lists, on a terminal of 80 columns, and prints the lines that are wider or end with a space, by what
  /// Python knows of characters.
  private static let widthCheck = """
    import fcntl, json, os, pty, re, struct, sys, termios, unicodedata
    def columns(text):
        return sum(0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else
                   2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    for command in json.loads(sys.stdin.read()):
        process, terminal = pty.fork()
        if process == 0:
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 25, 80, 0, 0))
            os.environ["TERM"] = "xterm"
            os.execv(sys.argv[1], sys.argv[1:] + command)
        output = b""
        while True:
            try: data = os.read(terminal, 65536)
            except OSError: break
            if not data: break
            output += data
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        text = re.sub("[^\\n]*\\x1b\\[2K", "", output.decode().replace("\\r\\n", "\\n"))
        if status != 0 or not text: print(command, status, text)
        for line in text.split("\\n"):
            if columns(line) > 80 or line != line.rstrip(" "): print(command, columns(line), line)
    """

  @Test(
    "on a terminal of 80 columns nothing is wider, however long names, notes and tags are, and whatever script they are in",
    .enabled(if: Python.isThere, "no Python"))
  func narrowTerminal() async throws {
    let long = String(repeating: "m", count: 60) + "-abc"
    let wide = String(repeating: "猫の写真", count: 16)
    let words = String(repeating: "because of this and that ", count: 8)
    for (name, arguments) in [
      ("cats", ["--note", words, "--promote"]), ("cats", ["--hidden", "12", "--note", wide]),
      (long, ["--hidden", "12", "--promote"]), (long, ["--from", "\(long)@1", "--note", "👋 hello"]),
    ] {
      let train = ["train", name, "--data", Examples.training, "--iterations", "5", "--seed", "1"] + arguments
      #expect(try await workspace.start(train).result().status == 0)
    }
    let key = workspace.path("key")
    try await workspace.succeed("key", "new", key)
    let alias = String(repeating: "a", count: 64)
    let digest = try await workspace.succeed("show", "cats@1", "--json").json["digest"].string ?? ""
    let commands = [
      ["tag", "set", "cats@1", "\(alias)=\(words)", "team=\(wide)"], ["tag", "set", long, "a=b"],
      ["alias", "set", "cats@2", alias, "--protect", "--reason", words], ["alias", "set", "\(long)@2", alias],
      ["promote", "cats@2", "--reason", wide], ["rollback", "cats", "--reason", words], ["promote", "\(long)@2"],
      ["key", "trust", "\(key).pub", "--label", words], ["sign", "\(long)@2", "--key", key],
      ["policy", "--require-signature", "--reason", words], ["policy"], ["policy", "--no-require-signature"],
      ["models"], ["versions", "cats"], ["versions", long, "--where", "number > 1"], ["show", "cats@1"],
      ["show", "\(long)@2"], ["history", long], ["ledger"], ["ledger", "cats"], ["ledger", long],
      ["tag", "list", "cats@1"],
      ["alias", "list", "cats"], ["alias", "list", long], ["serving", "cats"], ["serving", long], ["stats"],
      ["stats", "cats"], ["stats", long], ["stats", "\(long)@2"], ["lineage", "\(long)@2"], ["verify"],
      ["key", "list"],
      ["diff", "cats@1", "\(long)@2", "--plot", "--data", Examples.test], ["evaluate", long, "--data", Examples.test],
      ["export", long, "m.safetensors"], ["verify", "--model", "m.safetensors"],
      ["bench", long, "--seconds", "0.01"],
      ["copy", "\(long)@2", "--to", "other.sqlite"], ["merge", "other.sqlite"], ["backup", "backup.sqlite"],
      ["retire", long], ["alias", "remove", long, alias], ["delete", "\(long)@2", "--reason", words],
      ["versions", long, "--deleted"], ["gc", "--dry-run"], ["undelete", "\(long)@2"],
      ["prune", long, "--keep-last", "0", "--dry-run"], ["versions", "cats", "--where", "digest = '\(digest)'"],
    ]
    let input = String(decoding: try JSONEncoder().encode(commands), as: UTF8.self)
    let result = try await workspace.python(Self.widthCheck, BuiltCommand.path, input: input)
    #expect(result.status == 0 && result.output == "", "\(result.output)\(result.errors)")
    // What a terminal of 80 columns has no room for is there on a wider one or in a pipe.
    let ledger = try await workspace.succeed("ledger").output
    #expect(ledger.contains("\(long)@2 ") && ledger.contains(wide) && ledger.contains("\(alias) (protected)"))
  }

  @Test("train says what was registered, how the cost fell, how often it is right, and the seed")
  func trainReport() async throws {
    let result = try await workspace.succeed(
      "train", "digits", "--data", Examples.training, "--validation", Examples.test, "--iterations", "3", "--seed",
      "42", "--promote")
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[0].hasPrefix("digits@1  sha256:") && lines[0].hasSuffix("in service"))
    #expect(lines[1].hasPrefix("cost      2.302585 → 2."))
    #expect(lines[1].contains(" in 3 iterations, "))
    #expect(
      lines[2].hasPrefix("accuracy  ") && lines[2].contains(" % training, ") && lines[2].hasSuffix(" % validation"))
    #expect(lines[3] == "seed      42")
  }

  @Test("names, notes and reasons from outside cannot send commands to a terminal")
  func controlCharacters() async throws {
    try await workspace.trainDigits("--note", "\u{1b}[31mred")
    try await workspace.succeed("promote", "digits@1", "--reason", "\u{1b}]0;title\u{7}")
    for name in ["\u{1b}[2Jgood.png", "two\nlines.png"] {
      try FileManager.default.copyItem(atPath: Examples.sample, toPath: workspace.path("pictures-\(name)"))
    }
    let bad = try workspace.truncatedPNG("\u{1b}[2Jbad.png")
    for arguments in [
      ["show", "digits@1"], ["versions", "digits"], ["ledger", "digits"], ["score", "digits", bad],
      ["score", "digits", "pictures-\u{1b}[2Jgood.png", "pictures-two\nlines.png"],
      ["evaluate", "digits", "--data", bad],
    ] {
      let result = try await workspace.start(arguments).result()
      #expect(!(result.output + result.errors).contains("\u{1b}"), "\(arguments)")
      if arguments.count == 4 {
        #expect(result.output.split(separator: "\n").count == (arguments[0] == "score" ? 3 : 0))
      }
    }
  }

  @Test("class names cannot send commands to a terminal either")
  func controlCharactersInLabels() async throws {
    let set = try workspace.classFolders(classes: ["a", "\u{1b}[2Jb"])
    try await workspace.trainTiny("--promote")
    for arguments in [
      ["evaluate", "tiny", "--data", set], ["score", "tiny", set], ["score", "tiny", set, "--json"], ["show", "tiny"],
    ] {
      let result = try await workspace.start(arguments).result()
      #expect(result.status == 0, "\(result.errors)")
      #expect(!(result.output + result.errors).contains("\u{1b}"), "\(arguments)")
      if !arguments.contains("--json") { #expect(result.output.contains("\\x1b[2Jb"), "\(arguments)") }
    }
  }

  @Test("versions stand side by side, with the one in service marked")
  func versions() async throws {
    try await prepare()
    let lines = try await workspace.succeed("versions", "digits").output.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[0].split(whereSeparator: { $0 == " " }).first == "VERSION")
    #expect(lines[1].hasPrefix("1 ") && lines[1].hasSuffix("first"))
    #expect(lines[2].hasPrefix("2 serving ") && lines[2].hasSuffix("second"))
  }
}
