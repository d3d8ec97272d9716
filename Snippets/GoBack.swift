// Put a version into service, look at what the ledger says, and go back.
// snippet.show
import ModelStore

func tryOut(_ candidate: Reference, in store: ModelStore, isGood: () -> Bool) throws {
  let change = try store.promote(candidate, reason: "canary")
  if isGood() { return }
  let model = candidate.model
  if change.entry.predecessor == nil {
    try store.retire(model, reason: "the first version is worse than none")
  } else {
    try store.rollback(model, reason: "worse than what served before")
  }
  for entry in try store.ledger(of: model) where entry.kind.isService {
    print(entry.sequence, entry.at, entry.actor, entry.kind, entry.version ?? 0, entry.reason)
  }
}

func whatAnswered(_ model: String, at moment: Timestamp, in store: ModelStore) throws -> Int? {
  try store.serving(model, asOf: moment)?.version
}
// snippet.hide

if CommandLine.arguments.count > 2 {
  let store = try ModelStore(path: CommandLine.arguments[1], mode: .readWrite)
  try tryOut(Reference(CommandLine.arguments[2]), in: store) { true }
}
