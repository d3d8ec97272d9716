// A consistent copy of a store that is in use, and a version moved to another store.
// snippet.show
import ModelStore

func backUp(_ path: String, to copy: String) throws {
  let report = try ModelStore(path: path).backup(to: copy, replacing: true)  // verified before it gets its name
  print(report.bytes, "bytes")
}

func moveOn(_ reference: Reference, from path: String, to other: String) throws {
  let production = try ModelStore(path: other, mode: .create)
  for version in try ModelStore(path: path).copy([reference], to: production) {
    print(version.source.number, "is", version.target.number, "there")
  }
}

func goBack(to copy: String, at path: String) throws {
  let report = try ModelStore.restore(from: copy, to: path, replacing: true)
  print("what was there is kept as", report.kept ?? "nothing")
}
// snippet.hide

if CommandLine.arguments.count > 2 { try backUp(CommandLine.arguments[1], to: CommandLine.arguments[2]) }
