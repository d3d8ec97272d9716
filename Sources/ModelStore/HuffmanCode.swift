/// A prefix code as deflate has it: canonical, told by the length of each symbol's code (RFC 1951, 3.2.2).
struct HuffmanCode {
  /// The length in bits of each symbol's code; 0 for a symbol without one.
  private(set) var lengths: [UInt8]
  /// The code of each symbol, its first bit lowest.
  private(set) var codes: [UInt16]

  /// The code of given lengths.
  init(lengths: [UInt8]) {
    self.lengths = lengths
    codes = [UInt16](repeating: 0, count: lengths.count)
    var counts = [Int](repeating: 0, count: 16)
    for length in lengths where length > 0 { counts[Int(length)] += 1 }
    var next = [UInt16](repeating: 0, count: 16)
    var code = 0
    for length in 1..<16 {
      next[length] = UInt16(truncatingIfNeeded: code)
      code = (code + counts[length]) << 1
    }
    for (symbol, length) in lengths.enumerated() where length > 0 {
      var bits = next[Int(length)]
      next[Int(length)] &+= 1
      // Deflate writes codes with their highest bit first into bytes that are filled from the lowest.
      for _ in 0..<length {
        codes[symbol] = codes[symbol] << 1 | bits & 1
        bits >>= 1
      }
    }
  }

  /// A code that is shortest, or nearly, for symbols that occur so often, no code longer than `longest` bits.
  ///
  /// At least two symbols get a code: zlib refuses codes of one.
  init(frequencies: [Int], longest: Int) {
    var frequencies = frequencies
    for symbol in frequencies.indices where frequencies.count(where: { $0 > 0 }) < 2 {
      frequencies[symbol] = max(frequencies[symbol], 1)
    }
    let symbols = frequencies.indices.filter { frequencies[$0] > 0 }.sorted { frequencies[$0] < frequencies[$1] }
    var counts = Self.lengthCounts(symbols.map { frequencies[$0] }, longest: longest)
    var lengths = [UInt8](repeating: 0, count: frequencies.count)
    var length = longest
    for symbol in symbols {
      while counts[length] == 0 { length -= 1 }
      counts[length] -= 1
      lengths[symbol] = UInt8(length)
    }
    self.init(lengths: lengths)
  }

  /// How many codes of each length a shortest code has for ascending frequencies.
  private static func lengthCounts(_ frequencies: [Int], longest: Int) -> [Int] {
    // Leaves first, then inner nodes, both in the order of their weights: the two lightest are always at the two fronts.
    let leaves = frequencies.count
    var weights = frequencies
    var parents = [Int](repeating: 0, count: 2 * leaves - 1)
    var (leaf, inner) = (0, leaves)
    func takeLightest() -> Int {
      if leaf < leaves, inner >= weights.count || weights[leaf] <= weights[inner] {
        leaf += 1
        return leaf - 1
      }
      inner += 1
      return inner - 1
    }
    while weights.count < 2 * leaves - 1 {
      let (one, two) = (takeLightest(), takeLightest())
      parents[one] = weights.count
      parents[two] = weights.count
      weights.append(weights[one] + weights[two])
    }
    var depths = [Int](repeating: 0, count: 2 * leaves - 1)
    var counts = [Int](repeating: 0, count: longest + 1)
    for node in stride(from: 2 * leaves - 3, through: 0, by: -1) {
      depths[node] = depths[parents[node]] + 1
      if node < leaves { counts[min(depths[node], longest)] += 1 }
    }
    // Codes that were cut to the longest length take more room than there is (Kraft's sum is above 1). A leaf pushed down one
    // level from a shorter length makes room for one of the longest beside it.
    var room = counts.enumerated().reduce(0) { $0 + ($1.offset > 0 ? $1.element << (longest - $1.offset) : 0) }
    while room > 1 << longest {
      counts[longest] -= 1
      if let length = (1..<longest).last(where: { counts[$0] > 0 }) {
        counts[length] -= 1
        counts[length + 1] += 2
      }
      room -= 1
    }
    return counts
  }
}
