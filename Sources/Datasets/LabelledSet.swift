public import Images

/// Examples with their classes, labels or quantities, in memory: what training and evaluation work on.
public struct LabelledSet: Sendable, Equatable {
  /// What the examples of a set are labelled with.
  public enum Kind: String, Sendable, Equatable, CaseIterable {
    /// Each is of one class.
    case classes
    /// Each has any of several independent labels.
    case labels
    /// Each has a number for each of several quantities.
    case quantities
  }

  /// What each example is labelled with.
  public enum Targets: Sendable, Equatable {
    /// The class of each example as an index in ``LabelledSet/classNames``; shape [count].
    case classes([Int])
    /// 1 for each label that an example has, else 0; shape [count, names], row-major.
    case labels([Float])
    /// The quantities of each example, finite; shape [count, names], row-major.
    case quantities([Float])

    /// What these are.
    public var kind: Kind {
      switch self {
      case .classes: .classes
      case .labels: .labels
      case .quantities: .quantities
      }
    }

    /// The labels or quantities of an example; 0 for a class.
    func columns(_ names: Int) -> Int { kind == .classes ? 0 : names }

    /// The number of examples.
    func count(_ names: Int) -> Int {
      switch self {
      case .classes(let labels): labels.count
      case .labels(let values), .quantities(let values): names > 0 ? values.count / names : 0
      }
    }
  }

  /// The shape of every example.
  public let shape: ImageShape
  /// `count × height × width × channels` bytes, row-major, one example a row.
  public let pixels: [UInt8]
  /// What each example is labelled with.
  public let targets: Targets
  /// The classes, labels or quantities by name; each once.
  public let classNames: [String]
  /// `sha256:` and 64 hexadecimal digits over shape, names, targets and pixels.
  ///
  /// The hashed bytes of classes (numbers are unsigned, 64 bits, little-endian): `nnscore labelled set 1` and a line feed; height,
  /// width, channels, number of examples, number of classes; each class name as its length and its UTF-8, in the order
  /// of these bytes; each example's class as an index in that order; all pixels. Of labels and quantities the first line is
  /// `nnscore labelled set 2 labels` or `quantities`, and in place of the class stand the example's values in the order of the names,
  /// as 32-bit floats, little-endian. The same examples in the same order have the same fingerprint, whatever file they came from
  /// and however the names were ordered.
  public let fingerprint: String
  /// The path of each example, where each is a file of its own.
  public let names: [String]?

  /// The number of examples.
  public var count: Int { targets.count(classNames.count) }

  /// For each example, its class as an index in ``classNames``; empty for labels and quantities.
  public var labels: [Int] {
    guard case .classes(let labels) = targets else { return [] }
    return labels
  }

  /// A set of classes from its parts.
  ///
  /// - Throws: ``DatasetError/Code/invalidArgument`` where the parts do not fit together.
  public init(
    shape: ImageShape, pixels: [UInt8], labels: [Int], classNames: [String], names: [String]? = nil
  ) throws(DatasetError) {
    try self.init(shape: shape, pixels: pixels, targets: .classes(labels), classNames: classNames, names: names)
  }

  /// A set from its parts.
  ///
  /// - Parameters:
  ///   - shape: that of every example.
  ///   - pixels: [count, height × width × channels].
  ///   - targets: what each example is labelled with.
  ///   - classNames: the classes, labels or quantities by name.
  ///   - names: the path of each example.
  /// - Throws: ``DatasetError/Code/invalidArgument`` where the parts do not fit together.
  public init(
    shape: ImageShape, pixels: [UInt8], targets: Targets, classNames: [String], names: [String]? = nil
  ) throws(DatasetError) {
    func refuse(_ problem: String) -> DatasetError {
      DatasetError(code: .invalidArgument, message: "labelled set: \(problem).")
    }
    let count = targets.count(classNames.count)
    guard let features = shape.valueCount else { throw refuse("a shape of \(shape) has no values") }
    let (expected, overflow) = count.multipliedReportingOverflow(by: features)
    guard !overflow, pixels.count == expected else {
      throw refuse("\(count) examples of \(shape) need \(features) bytes each, found \(pixels.count) in all")
    }
    guard Set(classNames).count == classNames.count else { throw refuse("a class name appears twice in \(classNames)") }
    if let problem = targets.problem(classNames) { throw refuse(problem) }
    if let names, names.count != count {
      throw refuse("\(count) examples were expected to have that many names, found \(names.count)")
    }
    self.shape = shape
    self.pixels = pixels
    self.targets = targets
    self.classNames = classNames
    self.names = names
    fingerprint = Fingerprint.of(shape: shape, classNames: classNames, targets: targets, pixels: pixels)
  }

  /// The same examples with their classes numbered as in another list, such as the labels of a model.
  ///
  /// The fingerprint stays that of the content as it was loaded.
  ///
  /// Labels and quantities are put in the order of the list, which must name the same ones.
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
    if targets.kind != .classes { return try rearranged(to: classNames) }
    let unknown = self.classNames.filter { !classNames.contains($0) }
    guard unknown.isEmpty else {
      throw DatasetError(
        code: .unknownClass,
        message: "labelled set: it has the \(unknown.count == 1 ? "class" : "classes") \(quoted(unknown)), "
          + "expected only \(quoted(classNames)). Rename the class, or train a model with it.")
    }
    let target = self.classNames.map { classNames.firstIndex(of: $0) ?? 0 }
    return LabelledSet(relabelling: self, targets: .classes(labels.map { target[$0] }), classNames: classNames)
  }

  /// The same labels or quantities in another order.
  private func rearranged(to names: [String]) throws(DatasetError) -> LabelledSet {
    let source = names.compactMap { classNames.firstIndex(of: $0) }
    guard source.count == names.count, names.count == classNames.count else {
      throw DatasetError(
        code: .unknownClass,
        message: "labelled set: it has the \(targets.kind) \(quoted(classNames)), expected \(quoted(names)). "
          + "Give a set with the same ones, in any order.")
    }
    func rearranged(_ values: [Float]) -> [Float] {
      stride(from: 0, to: values.count, by: source.count).flatMap { row in source.map { values[row + $0] } }
    }
    return switch targets {
    case .classes: self
    case .labels(let values):
      LabelledSet(relabelling: self, targets: .labels(rearranged(values)), classNames: names)
    case .quantities(let values):
      LabelledSet(relabelling: self, targets: .quantities(rearranged(values)), classNames: names)
    }
  }

  private init(relabelling other: LabelledSet, targets: Targets, classNames: [String]) {
    shape = other.shape
    pixels = other.pixels
    self.targets = targets
    self.classNames = classNames
    fingerprint = other.fingerprint
    names = other.names
  }
}

extension LabelledSet.Targets {
  /// What is wrong with them; nil if nothing is.
  fileprivate func problem(_ names: [String]) -> String? {
    switch self {
    case .classes(let labels):
      guard let row = labels.firstIndex(where: { !names.indices.contains($0) }) else { return nil }
      return "example \(row) has label \(labels[row]), expected 0 to \(names.count - 1)"
    case .labels(let values): return problem(values, names, expected: "0 or 1") { $0 == 0 || $0 == 1 }
    case .quantities(let values): return problem(values, names, expected: "a finite number") { $0.isFinite }
    }
  }

  private func problem(
    _ values: [Float], _ names: [String], expected: String, _ isRight: (Float) -> Bool
  ) -> String? {
    guard !names.isEmpty, values.count % names.count == 0 else {
      return "\(values.count) values are no whole number of rows of \(names.count)"
    }
    guard let index = values.firstIndex(where: { !isRight($0) }) else { return nil }
    return
      "example \(index / names.count) has \(values[index]) for \"\(names[index % names.count])\", expected \(expected)"
  }
}

/// Names for a message: `"cat", "dog"`, at most ten.
func quoted(_ names: [String]) -> String {
  names.prefix(10).map { "\"\($0)\"" }.joined(separator: ", ") + (names.count > 10 ? ", …" : "")
}
