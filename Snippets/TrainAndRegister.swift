// Train on labelled pictures, register the result, put it into service, go back.
// snippet.show
import Datasets
import Images
import Inference
import ModelStore
import Training

func trainAndServe(pictures: String, storeFile: String) throws {
  let set = try LabelledSet.load(path: pictures)  // cat/*.png, non-cat/*.png
  let format = try InputFormat(height: set.shape.height, width: set.shape.width, channels: set.shape.channels)
  let data = try TrainingData(
    pixels: set.pixels, features: format.features, labels: set.labels, classCount: set.classNames.count)
  let result = try Trainer(
    Hyperparameters(hidden: [20, 7, 5], learningRate: 0.0075, iterations: 2500), inputFormat: format, data: data
  ).run()

  let store = try ModelStore(path: storeFile, mode: .create)
  let version = try store.register(
    VersionDraft(
      model: "cats", architecture: result.architecture, parameters: result.parameters, inputFormat: format,
      labels: set.classNames, hyperparameters: result.hyperparameters, costs: result.costs,
      metrics: ["accuracy.training": result.trainingAccuracy]))
  try store.promote(Reference(model: "cats", .number(version.number)), reason: "first try")
  let serving = try store.model(Reference("cats"))  // digests verified
  print("\(serving.identity.name)@\(serving.identity.number) is in service")
  if version.number > 1 { try store.rollback("cats", reason: "worse than before") }
}
// snippet.hide

if CommandLine.arguments.count > 2 {
  try trainAndServe(pictures: CommandLine.arguments[1], storeFile: CommandLine.arguments[2])
}
