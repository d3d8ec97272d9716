/// The order of layers that another program named, as far as their names tell it.
///
/// Names are paths with dots (`net.0`, `block1.fc2`). Two are in order by the first part in which they differ, and only if it is the
/// same in both but for its numbers: `net.2` comes before `net.10`, and `fc1` before `fc2`; but nothing tells whether `encoder` comes
/// before `head`.
struct LayerOrder {
  private let names: [String]
  private let paths: [[Part]]

  init(_ names: [String]) {
    self.names = names
    paths = names.map { $0.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Part.init) }
  }

  /// A part of a path: words with numbers between them.
  private struct Part: Equatable {
    /// One more than the numbers; the first and the last may be empty.
    var words: [[UInt8]] = [[]]
    /// Decimal digits without leading zeros.
    var numbers: [[UInt8]] = []
    let text: [UInt8]

    init(_ text: some Sequence<UInt8>) {
      self.text = Array(text)
      var isInNumber = false
      for byte in self.text {
        if (0x30...0x39).contains(byte) {
          if !isInNumber { numbers.append([]) }
          isInNumber = true
          if numbers[numbers.count - 1] == [0x30] { numbers[numbers.count - 1] = [] }
          numbers[numbers.count - 1].append(byte)
        } else {
          if isInNumber { words.append([]) }
          isInNumber = false
          words[words.count - 1].append(byte)
        }
      }
      if isInNumber { words.append([]) }
    }

    /// Whether the numbers tell that the other one is not the same.
    func isComparable(to other: Part) -> Bool { words == other.words && numbers != other.numbers }

    /// An order of all parts, in which those that are comparable are neighbours.
    static func precedes(_ a: Part, _ b: Part) -> Bool {
      if a.words != b.words { return a.words.lexicographicallyPrecedes(b.words) { $0.lexicographicallyPrecedes($1) } }
      if a.numbers == b.numbers { return a.text.lexicographicallyPrecedes(b.text) }
      return a.numbers.lexicographicallyPrecedes(b.numbers) {
        $0.count != $1.count ? $0.count < $1.count : $0.lexicographicallyPrecedes($1)
      }
    }
  }

  /// The indices of the names in their order; nil where it cannot be told.
  var indices: [Int]? {
    let sorted = paths.indices.sorted { paths[$0].lexicographicallyPrecedes(paths[$1], by: Part.precedes) }
    return zip(sorted, sorted.dropFirst()).allSatisfy { isTold($0, before: $1) } ? sorted : nil
  }

  /// Whether the names tell that one comes before another.
  private func isTold(_ a: Int, before b: Int) -> Bool {
    let first = zip(paths[a], paths[b]).first { $0 != $1 }
    return first.map { $0.isComparable(to: $1) && Part.precedes($0, $1) } ?? false
  }

  /// The only order in which each layer takes as many inputs as the one before has outputs, and that goes against nothing which
  /// the names do tell; nil if there is none, or more than one, or if it would take long to find out.
  ///
  /// - Parameter shapes: outputs and inputs of each layer.
  func onlyChain(_ shapes: [(outputs: Int, inputs: Int)]) -> [Int]? {
    guard names.count <= 32 else { return nil }
    let before = names.indices.map { b in names.indices.filter { isTold($0, before: b) } }
    var found: [[Int]] = []
    var steps = 0
    func extend(_ chain: [Int]) {
      steps += 1
      guard found.count < 2, steps < 10_000 else { return }
      if chain.count == names.count { found.append(chain) }
      for next in names.indices where !chain.contains(next) && before[next].allSatisfy(chain.contains) {
        guard chain.last.map({ shapes[$0].outputs == shapes[next].inputs }) ?? true else { continue }
        extend(chain + [next])
      }
    }
    extend([])
    return found.count == 1 && steps < 10_000 ? found[0] : nil
  }
}
