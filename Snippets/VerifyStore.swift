// Check a whole store, and say what is wrong with it.
// snippet.show
import ModelStore

func isSound(_ path: String) throws -> Bool {
  let report = try ModelStore(path: path).verify()
  for finding in report.findings { print(finding.subject, finding.problem) }
  return report.isSound
}
// snippet.hide

if CommandLine.arguments.count > 1 { print(try isSound(CommandLine.arguments[1])) }
