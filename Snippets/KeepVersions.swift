// Find versions by what was recorded about them, and mark the ones that matter.
// snippet.show
import ModelStore

func markBest(of model: String, in store: ModelStore) throws {
  let versions = try store.versions(of: model)
  let best = versions.max { ($0.metrics["accuracy.validation"] ?? 0) < ($1.metrics["accuracy.validation"] ?? 0) }
  guard let best else { return }
  let reference = try Reference(model: model, .number(best.number))
  try store.setAlias("champion", to: reference, protected: true, force: true, reason: "best on the validation set")
  try store.setTag("team", to: "vision", of: .version(reference))
  // Keep the last ten, whatever is in use, and what a rollback would go back to; the rest is hidden until a gc.
  try store.prune(model, keeping: RetentionRule(last: 10))
}
// snippet.hide

if CommandLine.arguments.count > 2 {
  try markBest(of: CommandLine.arguments[2], in: ModelStore(path: CommandLine.arguments[1], mode: .readWrite))
}
