import Crypto
import Foundation

/// Decodes blobs and checks their digests on several threads, while the one that has the database reads on.
///
/// A digest is over bytes one after the other, so each blob is hashed by one thread at a time; what it takes to have the next bytes
/// decoded in time, the others do. Nobody waits for a thread that the system has not started: the reader does all that others do not.
@safe final class BlobDecoder: @unchecked Sendable {
  /// Stored bytes of one link of a chain, and what they become part of.
  struct Step {
    let bytes: Data
    let elementSize: Int
    let range: Range<Int>
    let combination: PlaneCodec.Combination
    /// The link and the chunk in it, for messages.
    let sha256: String
    let position: Int
  }

  /// A chunk that does not decode.
  struct Damage: Error {
    let sha256: String
    let position: Int
    let problem: String
    /// Whether there was no memory to decode it, so that nothing is known about it.
    var isOutOfMemory = false
  }

  /// Steps that lead to final bytes, which no other piece needs.
  private struct Piece {
    let blob: Int
    let index: Int
    let steps: [Step]

    var storedSize: Int { steps.reduce(0) { $0 + $1.bytes.count } }
  }

  private struct Blob {
    /// The ends of the pieces that were added.
    var ends: [Int] = []
    var isDecoded: [Bool] = []
    /// How many pieces are in the hash.
    var hashed = 0
    var isBeingHashed = false
    var hash = SHA256()
    /// The damage of the first piece that has any, whichever was decoded first, so that it is the same each time.
    var damage: Damage?
    var damagedPiece = Int.max

    var canBeHashed: Bool { !isBeingHashed && hashed < isDecoded.count && isDecoded[hashed] && damage == nil }
  }

  private enum Task {
    case hash(blob: Int, index: Int, hash: SHA256)
    case decode(Piece)
  }

  /// Below this many bytes a second thread costs more than it brings.
  private static let leastBytesForHelpers = 1 << 18
  /// No more stored bytes than this wait to be decoded, but for one piece: the reader decodes some itself before it reads on.
  private static let mostBytesWaiting = 1 << 23
  /// How many threads help. More than three have nothing to do: hashing takes as long as all else.
  private static let helperCount = min(ProcessInfo.processInfo.activeProcessorCount - 1, 3)

  /// Each byte is written by the one that decodes its piece, and then read by the one that hashes it.
  private let targets: [UnsafeMutableRawBufferPointer]

  // All below is guarded by the condition.
  private let condition = NSCondition()
  private var blobs: [Blob]
  private var pieces: [Piece] = []
  private var bytesWaiting = 0
  private var isClosed = false
  private var busy = 0

  /// - Parameters:
  ///   - targets: where the bytes of each blob go; they stay until ``finish()`` has returned.
  ///   - hasHelpers: whether other threads help where there is enough to do.
  init(targets: [UnsafeMutableRawBufferPointer], hasHelpers: Bool) {
    unsafe self.targets = targets
    blobs = unsafe [Blob](repeating: Blob(), count: targets.count)
    let total = unsafe targets.reduce(0) { $0 + $1.count }
    guard hasHelpers, total >= Self.leastBytesForHelpers else { return }
    for _ in 0..<Self.helperCount {
      DispatchQueue.global(qos: .userInitiated).async { self.work(untilClosed: true) }
    }
  }

  /// Hands over the next piece of a blob: steps that fill the bytes from where the piece before ended up to `end`.
  func add(_ steps: [Step], upTo end: Int, of blob: Int) {
    condition.lock()
    pieces.append(Piece(blob: blob, index: blobs[blob].ends.count, steps: steps))
    blobs[blob].ends.append(end)
    blobs[blob].isDecoded.append(false)
    bytesWaiting += steps.reduce(0) { $0 + $1.bytes.count }
    condition.signal()
    condition.unlock()
    while guarded({ bytesWaiting > Self.mostBytesWaiting }) { work(untilClosed: false, most: 1) }
  }

  /// Does what is left, and waits until nobody works on the targets any more.
  ///
  /// - Returns: for each blob the digest of all bytes that were added, or what is wrong with them.
  func finish() -> [Result<String, Damage>] {
    condition.lock()
    isClosed = true
    condition.broadcast()
    condition.unlock()
    work(untilClosed: true)
    condition.lock()
    defer { condition.unlock() }
    while busy > 0 { condition.wait() }
    return blobs.map { blob in
      blob.damage.map { .failure($0) } ?? .success(Hexadecimal.text(of: blob.hash.finalize()))
    }
  }

  /// Gives up what was not begun, and waits until nobody works on the targets any more.
  func cancel() {
    condition.lock()
    pieces.removeAll()
    bytesWaiting = 0
    for index in blobs.indices { blobs[index].damage = Damage(sha256: "", position: 0, problem: "given up") }
    condition.unlock()
    _ = finish()
  }

  /// Does one thing after the other while there is something to do, and with `untilClosed` waits for more to come.
  private func work(untilClosed: Bool, most: Int = .max) {
    condition.lock()
    defer { condition.unlock() }
    var done = 0
    while done < most {
      guard let task = nextTask() else {
        // While another thread decodes, there may be something to hash afterwards.
        guard untilClosed, !isClosed || busy > 0 else { break }
        condition.wait()
        continue
      }
      busy += 1
      condition.unlock()
      perform(task)
      condition.lock()
      busy -= 1
      done += 1
      condition.broadcast()
    }
  }

  private func nextTask() -> Task? {
    if let blob = blobs.firstIndex(where: \.canBeHashed) {
      blobs[blob].isBeingHashed = true
      return .hash(blob: blob, index: blobs[blob].hashed, hash: blobs[blob].hash)
    }
    guard !pieces.isEmpty else { return nil }
    let piece = pieces.removeFirst()
    bytesWaiting -= piece.storedSize
    return .decode(piece)
  }

  private func perform(_ task: Task) {
    switch task {
    case .hash(let blob, let index, var hash):
      let (start, end) = guarded { (index == 0 ? 0 : blobs[blob].ends[index - 1], blobs[blob].ends[index]) }
      unsafe hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: targets[blob][start..<end]))
      guarded {
        blobs[blob].hash = hash
        blobs[blob].hashed += 1
        blobs[blob].isBeingHashed = false
      }
    case .decode(let piece):
      var damage: Damage?
      for step in piece.steps {
        do {
          let bytes = unsafe UnsafeMutableRawBufferPointer(rebasing: targets[piece.blob][step.range])
          var output = unsafe bytes.bindMemory(to: UInt8.self).mutableSpan
          try PlaneCodec.decode(
            step.bytes.span, elementSize: step.elementSize, into: &output, at: 0..<step.range.count,
            as: step.combination)
        } catch {
          damage = Damage(
            sha256: step.sha256, position: step.position, problem: error.problem, isOutOfMemory: error.isOutOfMemory)
          break
        }
      }
      guarded {
        blobs[piece.blob].isDecoded[piece.index] = true
        if let damage, piece.index < blobs[piece.blob].damagedPiece {
          (blobs[piece.blob].damage, blobs[piece.blob].damagedPiece) = (damage, piece.index)
        }
      }
    }
  }

  private func guarded<Result>(_ body: () -> Result) -> Result {
    condition.lock()
    defer { condition.unlock() }
    return body()
  }
}
