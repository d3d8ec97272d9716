/// The one text of a value: JSON with keys in a fixed order and no white space, so that equal values have equal bytes.
///
/// It stands in model files and in the store, and a version's digest is taken over it.
enum CanonicalText {
  /// A JSON string literal: `"`, `\` and control characters escaped, everything else as it is.
  static func quoted(_ text: String) -> String {
    var result: [UInt8] = [UInt8(ascii: "\"")]
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        result.append(UInt8(ascii: "\\"))
        result.append(byte)
      case 0..<0x20:
        result.append(contentsOf: (byte < 0x10 ? "\\u000" : "\\u00").utf8)
        result.append(contentsOf: String(byte, radix: 16).utf8)
      default: result.append(byte)
      }
    }
    result.append(UInt8(ascii: "\""))
    return String(decoding: result, as: UTF8.self)
  }

  /// A JSON array of texts that are JSON already.
  static func array(_ elements: [String]) -> String {
    var result = "["
    for index in elements.indices {
      if index > 0 { result += "," }
      result += elements[index]
    }
    return result + "]"
  }

  /// Reads the members of an object in any order; each key of `keys` exactly once, each of `optional` at most once, and no other.
  ///
  /// - Parameter read: what reads a value, given the key's index in `keys` and then `optional`.
  static func members(
    of scanner: inout JSONScanner, keys: [StaticString], optional: [StaticString] = [],
    _ read: (inout JSONScanner, Int) throws(InferenceError) -> Void
  ) throws(InferenceError) {
    let known = keys + optional
    var seen = [Bool](repeating: false, count: known.count)
    try scanner.object { (scanner: inout JSONScanner, key: [UInt8]) throws(InferenceError) in
      guard let index = known.firstIndex(where: { $0.bytes == key }) else {
        throw scanner.refuse("the key \"\(String(decoding: key, as: UTF8.self))\" is not known here")
      }
      guard !seen[index] else { throw scanner.refuse("the key \"\(known[index])\" stands twice") }
      seen[index] = true
      try read(&scanner, index)
    }
    for index in keys.indices where !seen[index] {
      throw scanner.refuse("the key \"\(keys[index])\" is missing")
    }
  }

  /// Reads a string that must be one of some names.
  static func named<Value>(
    _ scanner: inout JSONScanner, _ what: StaticString, among values: [Value], _ name: (Value) -> StaticString
  ) throws(InferenceError) -> Value {
    let text = try scanner.string()
    for value in values where name(value).bytes == text { return value }
    throw scanner.refuse("unknown \(what) \"\(String(decoding: text, as: UTF8.self))\"")
  }
}

extension Architecture {
  /// The canonical text, for example `{"inputs":4,"layers":[{"outputs":2,"activation":"softmax"}]}`.
  public var canonicalText: String {
    let layers = layers.map { "{\"outputs\":\($0.outputs),\"activation\":\"\($0.activation.name)\"}" }
    return "{\"inputs\":\(inputs),\"layers\":\(CanonicalText.array(layers))}"
  }

  /// Reads a canonical text (white space and the order of keys may differ).
  ///
  /// - Parameters:
  ///   - canonicalText: the text's UTF-8 bytes.
  ///   - name: what the text is, for errors.
  /// - Throws: ``InferenceError``: malformed text with its byte, or an architecture that is not valid.
  public init(canonicalText: [UInt8], name: String = "architecture") throws(InferenceError) {
    var scanner = JSONScanner(canonicalText, name: name)
    var inputs = 0
    var layers: [Layer] = []
    try CanonicalText.members(of: &scanner, keys: ["inputs", "layers"]) {
      (scanner: inout JSONScanner, key: Int) throws(InferenceError) in
      if key == 0 {
        inputs = try scanner.integer()
        return
      }
      try scanner.array { (scanner: inout JSONScanner) throws(InferenceError) in
        guard layers.count < Architecture.maximumDepth else {
          throw scanner.refuse("more than \(Architecture.maximumDepth) layers")
        }
        var outputs = 0
        var activation = Activation.linear
        try CanonicalText.members(of: &scanner, keys: ["outputs", "activation"]) {
          (scanner: inout JSONScanner, key: Int) throws(InferenceError) in
          if key == 0 {
            outputs = try scanner.integer()
          } else {
            activation = try CanonicalText.named(&scanner, "activation", among: Activation.allCases) { $0.name }
          }
        }
        layers.append(Layer(outputs: outputs, activation: activation))
      }
    }
    try scanner.end()
    do throws(InferenceError) {
      try self.init(inputs: inputs, layers: layers)
    } catch {
      throw error.of(name)
    }
  }
}

extension InputFormat {
  private static let keys: [StaticString] = [
    "type", "height", "width", "channels", "fit", "filter", "background", "scale", "mean", "standard_deviation",
  ]

  /// Written only where it is not ``JPEGDecoding/full``, which formats without it mean.
  private static let optionalKeys: [StaticString] = ["jpeg"]

  /// The canonical text. `scale`, `mean` and `standard_deviation` are hexadecimal floating-point strings, which are exact.
  public var canonicalText: String {
    func numbers(_ values: [Double]) -> String {
      CanonicalText.array(values.map { "\"" + HexadecimalFloat.text(of: $0) + "\"" })
    }
    let decoding = jpeg == .full ? "" : "\"jpeg\":\"\(jpeg.name)\","
    return "{\"type\":\"\(elementType.name)\",\"height\":\(height),\"width\":\(width),\"channels\":\(channels),"
      + "\"fit\":\"\(fit.name)\",\"filter\":\"\(filter.name)\",\(decoding)"
      + "\"background\":\(CanonicalText.array(background.map { "\($0)" })),"
      + "\"scale\":\"\(HexadecimalFloat.text(of: scale))\","
      + "\"mean\":\(numbers(mean)),\"standard_deviation\":\(numbers(standardDeviation))}"
  }

  /// Reads a canonical text (white space and the order of keys may differ).
  ///
  /// - Parameters:
  ///   - canonicalText: the text's UTF-8 bytes.
  ///   - name: what the text is, for errors.
  /// - Throws: ``InferenceError``: malformed text with its byte, or an input format that is not valid.
  public init(canonicalText: [UInt8], name: String = "input format") throws(InferenceError) {
    var scanner = JSONScanner(canonicalText, name: name)
    var elementType = ElementType.uint8
    var sides = [0, 0, 0]
    var fit = Fit.stretch
    var filter = Filter.bilinear
    var jpeg = JPEGDecoding.full
    var background: [UInt8] = []
    var scale = 0.0
    var mean: [Double] = []
    var deviation: [Double] = []
    try CanonicalText.members(of: &scanner, keys: Self.keys, optional: Self.optionalKeys) {
      (scanner: inout JSONScanner, key: Int) throws(InferenceError) in
      switch key {
      case 0: elementType = try CanonicalText.named(&scanner, "type", among: ElementType.allCases) { $0.name }
      case 1...3: sides[key - 1] = try scanner.integer()
      case 4: fit = try CanonicalText.named(&scanner, "fit", among: Fit.allCases) { $0.name }
      case 5: filter = try CanonicalText.named(&scanner, "filter", among: Filter.allCases) { $0.name }
      case 6:
        try scanner.array { (scanner: inout JSONScanner) throws(InferenceError) in
          guard let value = UInt8(exactly: try scanner.integer()) else {
            throw scanner.refuse("a background value over 255")
          }
          background.append(value)
        }
      case 7: scale = try Self.number(&scanner)
      case 8: try scanner.array { (s: inout JSONScanner) throws(InferenceError) in mean.append(try Self.number(&s)) }
      case 10: jpeg = try CanonicalText.named(&scanner, "decoding of JPEG pictures", among: [.scaled]) { $0.name }
      default:
        try scanner.array { (s: inout JSONScanner) throws(InferenceError) in deviation.append(try Self.number(&s)) }
      }
    }
    try scanner.end()
    // Empty lists mean "none given" to the initialiser, but a file must say one value for each channel.
    guard !mean.isEmpty, !deviation.isEmpty else {
      throw scanner.refuse("mean and standard_deviation need one value for each channel")
    }
    do throws(InferenceError) {
      try self.init(
        elementType: elementType, height: sides[0], width: sides[1], channels: sides[2], fit: fit, filter: filter,
        jpeg: jpeg, background: background, scale: scale, mean: mean, standardDeviation: deviation)
    } catch {
      throw error.of(name)
    }
  }

  private static func number(_ scanner: inout JSONScanner) throws(InferenceError) -> Double {
    let text = try scanner.string()
    guard let value = HexadecimalFloat.value(of: text) else {
      throw scanner.refuse(
        "\"\(String(decoding: text, as: UTF8.self))\" is not an exact hexadecimal number such as \"0x1.8p+1\"")
    }
    return value
  }
}

extension Model {
  /// The canonical text of labels: a JSON array of strings.
  public static func canonicalText(ofLabels labels: [String]) -> String {
    CanonicalText.array(labels.map(CanonicalText.quoted))
  }

  /// Reads the canonical text of labels.
  ///
  /// - Throws: ``InferenceError`` with the byte of what is malformed.
  public static func labels(canonicalText: [UInt8], name: String = "labels") throws(InferenceError) -> [String] {
    var scanner = JSONScanner(canonicalText, name: name)
    var labels: [String] = []
    try scanner.array { (scanner: inout JSONScanner) throws(InferenceError) in
      labels.append(String(decoding: try scanner.string(), as: UTF8.self))
    }
    try scanner.end()
    return labels
  }
}
