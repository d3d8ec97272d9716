import Foundation

/// What a part of a plane says about the whole: whether anything is to be gained from it, and how.
struct PlaneSample {
  private static let pieceCount = 8
  private static let pieceSize = 1024

  /// Pieces from all over the plane, or all of a short one.
  private let bytes: [UInt8]

  init(of plane: Span<UInt8>) {
    guard plane.count > Self.pieceCount * Self.pieceSize else {
      bytes = unsafe plane.withUnsafeBufferPointer { unsafe Array($0) }
      return
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.pieceCount * Self.pieceSize)
    for piece in 0..<Self.pieceCount {
      let start = piece * (plane.count - Self.pieceSize) / (Self.pieceCount - 1)
      unsafe plane.extracting(start..<start + Self.pieceSize).withUnsafeBufferPointer {
        unsafe bytes.append(contentsOf: $0)
      }
    }
    self.bytes = bytes
  }

  /// Bits that a byte takes by how often each value comes (Shannon's entropy).
  var entropy: Double {
    var counts = [Int](repeating: 0, count: 256)
    for byte in bytes { counts[Int(byte)] += 1 }
    return counts.reduce(0) { sum, count in
      let share = Double(count) / Double(max(bytes.count, 1))
      return count > 0 ? sum - share * log2(share) : sum
    }
  }

  /// The share of places where the byte before comes eight times more.
  var runShare: Double { share { word, before in word == UInt64(before) &* 0x0101_0101_0101_0101 } }

  /// The share of places where eight bytes come that came before, and are no run.
  var matchShare: Double {
    var seen = [UInt64](repeating: 0, count: 1 << 12)
    return share { word, _ in
      guard word != (word &>> 8 | word &<< 56) else { return false }
      let slot = Int(truncatingIfNeeded: (word &* 0x9e37_79b9_7f4a_7c15) >> 52)
      defer { seen[slot] = word }
      return seen[slot] == word
    }
  }

  private func share(_ isCounted: (_ word: UInt64, _ before: UInt8) -> Bool) -> Double {
    guard bytes.count > 8 else { return 0 }
    let raw = unsafe bytes.span.bytes
    var found = 0
    for index in 1...bytes.count - 8 {
      let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
      if isCounted(word, bytes[index - 1]) { found += 1 }
    }
    return Double(found) / Double(bytes.count - 8)
  }
}
