public import Images

/// Examples with their classes, in memory: what training and evaluation work on.
public struct LabelledSet: Sendable, Equatable {
  /// The shape of every example.
  public let shape: ImageShape
  /// `count × height × width × channels` bytes, row-major, one example a row.
  public let pixels: [UInt8]
  /// For each example, its class as an index in ``classNames``.
  public let labels: [Int]
  /// The classes by name; each once.
  public let classNames: [String]
  /// `sha256:` and 64 hexadecimal digits over shape, class names, labels and pixels.
  ///
  /// The hashed bytes (numbers are unsigned, 64 bits, little-endian): `nnscore labelled set 1` and a line feed; height,
  /// width, channels, number of examples, number of classes; each class name as its length and its UTF-8, in the order
  /// of these bytes; each example's class as an index in that order; all pixels. The same examples in the same order have
  /// the same fingerprint, whatever file they came from and however the classes were numbered.
  public let fingerprint: String
  /// The path of each example, where each is a file of its own.
  public let names: [String]?

  /// The number of examples.
  public var count: Int { labels.count }

  /// A set from its parts.
  ///
  /// - Throws: ``DatasetError/Code/invalidArgument`` where the parts do not fit together.
  public init(
    shape: ImageShape, pixels: [UInt8], labels: [Int], classNames: [String], names: [String]? = nil
  ) throws(DatasetError) {
    func refuse(_ problem: String) -> DatasetError {
      DatasetError(code: .invalidArgument, message: "labelled set: \(problem).")
    }
    guard let features = shape.valueCount else { throw refuse("a shape of \(shape) has no values") }
    let (expected, overflow) = labels.count.multipliedReportingOverflow(by: features)
    guard !overflow, pixels.count == expected else {
      throw refuse("\(labels.count) examples of \(shape) need \(features) bytes each, found \(pixels.count) in all")
    }
    guard Set(classNames).count == classNames.count else { throw refuse("a class name appears twice in \(classNames)") }
    if let row = labels.firstIndex(where: { !classNames.indices.contains($0) }) {
      throw refuse("example \(row) has label \(labels[row]), expected 0 to \(classNames.count - 1)")
    }
    if let names, names.count != labels.count {
      throw refuse("\(labels.count) examples were expected to have that many names, found \(names.count)")
    }
    self.shape = shape
    self.pixels = pixels
    self.labels = labels
    self.classNames = classNames
    self.names = names
    fingerprint = Fingerprint.of(shape: shape, classNames: classNames, labels: labels, pixels: pixels)
  }

  /// The same examples with their classes numbered as in another list, such as the labels of a model.
  ///
  /// The fingerprint stays that of the content as it was loaded.
  ///
  /// - Parameter classNames: Every class of this set, in any order, and possibly more.
  /// - Throws: ``DatasetError/Code/unknownClass`` naming the classes that are not in the list;
  ///   ``DatasetError/Code/invalidArgument`` where a name is in the list twice.
  public func relabelled(to classNames: [String]) throws(DatasetError) -> LabelledSet {
    if classNames == self.classNames { return self }
    guard Set(classNames).count == classNames.count else {
      throw DatasetError(
        code: .invalidArgument, message: "labelled set: a class name appears twice in \(classNames).")
    }
    let unknown = self.classNames.filter { !classNames.contains($0) }
    guard unknown.isEmpty else {
      throw DatasetError(
        code: .unknownClass,
        message: "labelled set: it has the \(unknown.count == 1 ? "class" : "classes") \(quoted(unknown)), "
          + "expected only \(quoted(classNames)). Rename the class, or train a model with it.")
    }
    let target = self.classNames.map { classNames.firstIndex(of: $0) ?? 0 }
    return LabelledSet(relabelling: self, labels: labels.map { target[$0] }, classNames: classNames)
  }

  private init(relabelling other: LabelledSet, labels: [Int], classNames: [String]) {
    shape = other.shape
    pixels = other.pixels
    self.labels = labels
    self.classNames = classNames
    fingerprint = other.fingerprint
    names = other.names
  }
}

/// Names for a message: `"cat", "dog"`, at most ten.
func quoted(_ names: [String]) -> String {
  names.prefix(10).map { "\"\($0)\"" }.joined(separator: ", ") + (names.count > 10 ? ", …" : "")
}
