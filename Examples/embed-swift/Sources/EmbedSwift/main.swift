// Scores one digit: prints the label, then the bits of each score.
import Foundation
import Inference

guard CommandLine.arguments.count == 3 else { fatal("usage: EmbedSwift MODEL.safetensors PIXELS") }
do {
  let model = try Model(contentsOfFile: CommandLine.arguments[1])
  let pixels = try Data(contentsOf: URL(fileURLWithPath: CommandLine.arguments[2]))
  var scorer = try Scorer(model)
  let scores = try scorer.scores(of: [UInt8](pixels))
  print("\(model.identity.name)@\(model.identity.number) says \(model.labels[model.predictedLabel(of: scores)])")
  print(scores.map { String(format: "%08x", $0.bitPattern) }.joined(separator: " "))
} catch {
  fatal("\(error)")
}

func fatal(_ message: String) -> Never {
  FileHandle.standardError.write(Data("embed-swift: \(message)\n".utf8))
  exit(1)
}
