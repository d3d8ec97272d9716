/// Makes a dictionary of each version's metrics. Most versions of a model have metrics of the same names: for those the one before is
/// copied and given new values, so that no name is read or hashed again.
struct MetricsReader {
  /// The names that the version before had, in the order of its rows, and where they are in `last`.
  private var names: [String] = []
  private var places: [Dictionary<String, Double>.Index] = []
  private var last: [String: Double] = [:]
  /// The names of the version whose rows are being read, once one of them was not as the version before had it.
  private var newNames: [String]?
  private var values: [Double] = []

  /// Takes a row of the current version.
  mutating func add(_ row: StatementRow, name: Int, value: Int) throws(StoreError) {
    let index = values.count
    values.append(try row.real(value))
    if newNames == nil, index < names.count, row.holds(names[index], name) { return }
    let text = try row.text(name)
    if newNames == nil { newNames = Array(names.prefix(index)) }
    newNames?.append(text)
  }

  /// The metrics of the version whose rows were taken; the next row is another version's.
  mutating func finish() -> [String: Double] {
    if newNames != nil || values.count != names.count {
      names = newNames ?? Array(names.prefix(values.count))
      last = Dictionary(zip(names, values), uniquingKeysWith: { _, value in value })
      places = names.compactMap { last.index(forKey: $0) }
    } else {
      for (place, value) in zip(places, values) { last.values[place] = value }
    }
    newNames = nil
    values.removeAll(keepingCapacity: true)
    return last
  }
}
