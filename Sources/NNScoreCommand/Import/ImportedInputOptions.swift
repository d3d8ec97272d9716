public import ArgumentParser
import Images
import Inference
public import ModelStore

/// What rows an imported network takes, where its file does not say it.
struct ImportedInputOptions: ParsableArguments {
  @OptionGroup var pictures: InputOptions
  @Flag(help: "A row is no picture, but so many numbers (32-bit floats) as the first layer has inputs.")
  var features = false
  @Option(
    help: ArgumentHelp(
      "How the first layer takes a picture's values: chw or hwc.",
      discussion: "chw: one channel after the other, as PyTorch flattens pictures; hwc: pixel by pixel.",
      valueName: "order"))
  var inputOrder: ImportedFile.InputOrder?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The factor of each value (default: 1/255 for pictures, 1 for numbers).", valueName: "factor"))
  var scale: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Subtracted after scaling: one number, or one for each channel (default: 0).", valueName: "m,…"))
  var mean: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("What that is divided by: one number, or one for each channel (default: 1).", valueName: "s,…"))
  var deviation: String?

  /// Whether nothing was said of the input.
  var isDefault: Bool {
    pictures.given.isEmpty && !features && inputOrder == nil && scale == nil && mean == nil && deviation == nil
  }

  /// Checks what can be checked without the file.
  func validate() throws {
    if features, !pictures.given.isEmpty || inputOrder != nil {
      throw ValidationError("--features says that rows are no pictures; leave out --size, --grey, … and --input-order")
    }
    _ = try rule()
    _ = try scaleValue()
    _ = try Self.numbers(mean, "--mean")
    _ = try Self.numbers(deviation, "--deviation")
  }

  /// Other programs decode in full unless they are told otherwise.
  private func rule() throws -> ImageRule? {
    do {
      return try pictures.rule(jpeg: .full)
    } catch {
      throw error.usageError
    }
  }

  /// The input format of a network with so many inputs.
  func format(inputs: Int) throws -> InputFormat {
    let means = try Self.numbers(mean, "--mean")
    let deviations = try Self.numbers(deviation, "--deviation")
    do {
      guard let rule = try rule() else {
        guard features else { throw ValidationError(Self.unsaid(inputs)) }
        // A channel each, so that each can have a mean of its own, as long as that is possible.
        let channels = inputs <= InputFormat.maximumChannels ? inputs : 1
        return try InputFormat(
          elementType: .float32, height: 1, width: inputs / channels, channels: channels, scale: scaleValue() ?? 1,
          mean: Self.each(means, channels), standardDeviation: Self.each(deviations, channels))
      }
      let made = rule.height * rule.width * rule.channels
      guard made == inputs else {
        let hint = rule.height * rule.width == inputs ? "; with --grey it would fit" : ""
        throw ValidationError(
          "a picture of \(rule.height) × \(rule.width) × \(rule.channels) makes \(made) inputs, but the first layer takes "
            + "\(inputs)\(hint)")
      }
      if rule.channels > 1, inputOrder == nil {
        throw ValidationError(
          "pictures of \(rule.channels) channels need --input-order: chw if they were flattened channel by channel, as PyTorch "
            + "does it, or hwc")
      }
      return try InputFormat(
        rule, scale: scaleValue() ?? 1.0 / 255, mean: Self.each(means, rule.channels),
        standardDeviation: Self.each(deviations, rule.channels))
    } catch let error as InferenceError {
      throw ValidationError(error.message)
    }
  }

  /// What to give for a network whose input nothing was said of.
  private static func unsaid(_ inputs: Int) -> String {
    func side(_ area: Int) -> Int? {
      let root = Int(Double(area).squareRoot())
      return root * root == area ? root : nil
    }
    var hint = ""
    if let side = side(inputs) {
      hint = "; \(inputs) = \(side) × \(side) may be --size \(side) --grey"
    } else if inputs % 3 == 0, let side = side(inputs / 3) {
      hint = "; \(inputs) = 3 × \(side) × \(side) may be --size \(side) --input-order chw"
    }
    return
      "the file does not say what its \(inputs) inputs are: give --size for pictures, or --features for numbers\(hint)"
  }

  /// One value for all channels stands for each.
  private static func each(_ values: [Double], _ channels: Int) -> [Double] {
    values.count == 1 ? [Double](repeating: values[0], count: channels) : values
  }

  private func scaleValue() throws -> Double? {
    try scale.map { text in
      let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
      guard (1...2).contains(parts.count), let first = parts[0], let last = parts[parts.count - 1] else {
        throw ValidationError("--scale is \"\(text)\"; expected a number such as 0.5, or a fraction such as 1/255")
      }
      return parts.count == 1 ? first : first / last
    }
  }

  private static func numbers(_ text: String?, _ option: String) throws -> [Double] {
    guard let text else { return [] }
    return try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let value = Double(part) else {
        throw ValidationError("\(option) is \"\(text)\"; expected numbers such as 0.485,0.456,0.406")
      }
      return value
    }
  }
}

extension ImportedFile.InputOrder: ExpressibleByArgument {}
