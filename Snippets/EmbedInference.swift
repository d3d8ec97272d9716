// Score raw pixels in a service: Inference alone, no store, no Foundation.
// snippet.show
import Inference

func scoreOne(pixels: [UInt8], modelFile: String) throws -> String {
  let model = try Model(contentsOfFile: modelFile)  // every byte is checked
  var scorer = try Scorer(model)  // weights packed once; one scorer a thread
  let scores = try scorer.scores(of: pixels)  // one row: height × width × channels
  let label = model.predictedLabel(of: scores)
  let probability = model.labelScores(of: scores)[label]
  return "\(model.labels[label]) \(probability), says \(model.identity.name)@\(model.identity.number)"
}
// snippet.hide

if CommandLine.arguments.count > 1 {
  print(try scoreOne(pixels: [UInt8](repeating: 0, count: 64), modelFile: CommandLine.arguments[1]))
}
