// Takes a network that PyTorch trained into a store, as the DocC article of ModelStore on versions shows it.

// snippet.show
import Inference
import ModelStore

func importDigits(_ file: String, into store: ModelStore) throws -> VersionRecord {
  // The state dict of nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)), saved by safetensors.
  let imported = try ImportedFile(contentsOfFile: file)
  for note in imported.notes { print(note) }
  let network = ImportedFile.Network(
    activations: [.relu, .softmax], inputFormat: try InputFormat(height: 28, width: 28, channels: 1))
  return try store.register(imported.draft(model: "digits", network: network))
}
// snippet.hide

if CommandLine.arguments.count == 3 {
  let store = try ModelStore(path: CommandLine.arguments[2], mode: .create)
  print(try importDigits(CommandLine.arguments[1], into: store).digest)
}
