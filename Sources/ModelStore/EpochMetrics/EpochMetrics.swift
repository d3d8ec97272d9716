/// Numbers that were measured after epochs of training: one column a metric, one row a measurement.
public struct EpochMetrics: Sendable, Equatable {
  /// The epoch after which each row was measured, from 1, ascending.
  public var epochs: [Int]
  /// What was measured, such as `accuracy.training`, `cost.validation`, `f1.validation.cat`; each name once.
  public var names: [String]
  /// The numbers, `[epochs.count, names.count]`, row-major; NaN where a metric is not defined.
  public var values: [Double]

  /// The most metrics.
  public static let maximumNameCount = 1 << 16
  /// The longest name of a metric, in bytes of UTF-8.
  public static let maximumNameBytes = 1024
  /// The most numbers, those of the epochs among them.
  public static let maximumValueCount = 1 << 26
  /// The last epoch that there can be: the store keeps them as 64-bit floats, which have all whole numbers up to this one.
  public static let maximumEpoch = 1 << 53

  /// Numbers by epoch and name. Checked when a version is registered with them.
  ///
  /// - Parameters:
  ///   - epochs: the epoch of each row, from 1, ascending.
  ///   - names: the name of each column.
  ///   - values: `[epochs.count, names.count]`, row-major.
  public init(epochs: [Int], names: [String], values: [Double]) {
    self.epochs = epochs
    self.names = names
    self.values = values
  }

  /// The numbers of one metric, one for each of ``epochs``; nil if it was not measured.
  public func values(of name: String) -> [Double]? {
    guard let column = names.firstIndex(of: name), hasFittingCounts else { return nil }
    return epochs.indices.map { values[$0 * names.count + column] }
  }

  /// Equal epochs, names and numbers, NaN like NaN: a metric that is not defined is as it was.
  public static func == (left: Self, right: Self) -> Bool {
    left.epochs == right.epochs && left.names == right.names
      && left.values.elementsEqual(right.values) { $0 == $1 || ($0.isNaN && $1.isNaN) }
  }

  private var hasFittingCounts: Bool {
    let (count, overflow) = epochs.count.multipliedReportingOverflow(by: names.count)
    return !overflow && count == values.count
  }

  /// What is wrong with them; nil if the store can hold them.
  var problem: String? {
    let limits = Self.problem(ofNames: names) ?? Self.problem(ofCount: epochs.count, names: names.count)
    if let limits { return limits }
    guard hasFittingCounts else {
      return "\(epochs.count) epochs of \(names.count) metrics are \(epochs.count * names.count) values, found "
        + "\(values.count)"
    }
    var previous = 0
    for (row, epoch) in epochs.enumerated() {
      guard (1...Self.maximumEpoch).contains(epoch) else {
        return "row \(row) is of the epoch \(epoch); expected 1 to \(Self.maximumEpoch)"
      }
      guard epoch > previous else {
        return "row \(row) is of the epoch \(epoch), after one of the epoch \(previous); epochs must ascend"
      }
      previous = epoch
    }
    return nil
  }

  /// What is wrong with the names of the columns.
  static func problem(ofNames names: [String]) -> String? {
    guard (1...maximumNameCount).contains(names.count) else {
      return "there are \(names.count) metrics; expected 1 to \(maximumNameCount)"
    }
    var seen: Set<String> = []
    for (column, name) in names.enumerated() {
      guard (1...maximumNameBytes).contains(name.utf8.count), !name.utf8.contains(0) else {
        return
          "the name of column \(column) has \(name.utf8.count) bytes; expected 1 to \(maximumNameBytes), no NUL among them"
      }
      guard seen.insert(name).inserted else { return "the name \"\(name)\" stands twice; rename one column" }
    }
    return nil
  }

  /// What is wrong with so many rows of so many metrics.
  static func problem(ofCount count: Int, names: Int) -> String? {
    guard (1...maximumValueCount / (names + 1)).contains(count) else {
      return "there are \(count) rows of \(names) metrics; expected 1 to \(maximumValueCount / (names + 1))"
    }
    return nil
  }

  /// The numbers as the store keeps them: rows of the epoch and its values.
  var rows: [Double] {
    epochs.indices.flatMap { row in [Double(epochs[row])] + values[row * names.count..<(row + 1) * names.count] }
  }

  /// Takes apart what ``rows`` put together, `[count, names.count + 1]`.
  ///
  /// - Throws: ``StoreError/Code/damaged`` for epochs that are no whole numbers, or do not ascend.
  init(rows: [Double], names: [String]) throws(StoreError) {
    let width = names.count + 1
    var (epochs, values): ([Int], [Double]) = ([], [])
    epochs.reserveCapacity(rows.count / width)
    values.reserveCapacity(rows.count / width * names.count)
    for start in stride(from: 0, through: rows.count - width, by: width) {
      guard let epoch = Int(exactly: rows[start]) else {
        throw StoreError(.damaged, "row \(start / width) is of the epoch \(rows[start]), which is no whole number")
      }
      epochs.append(epoch)
      values += rows[start + 1..<start + width]
    }
    self.init(epochs: epochs, names: names, values: values)
    if let problem { throw StoreError(.damaged, problem) }
  }
}
