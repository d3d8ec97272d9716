internal import CKernels
internal import Inference

/// Changes the pictures of a step as ``Augmentation`` asks for: each by random numbers of its own, which the seed, the epoch and the
/// example's number in the set fix.
struct Augmenter: Sendable {
  let augmentation: Augmentation
  let height: Int
  let width: Int
  let channels: Int
  let seed: UInt64

  init(_ augmentation: Augmentation, inputFormat: InputFormat, seed: UInt64) {
    self.augmentation = augmentation
    height = inputFormat.height
    width = inputFormat.width
    channels = inputFormat.channels
    self.seed = seed
  }

  /// Changes one picture.
  ///
  /// - Parameters:
  ///   - example: its number in the set.
  ///   - epoch: from 0.
  ///   - from: [height, width, channels].
  ///   - to: the same, other memory.
  func change(example: Int, epoch: Int, _ from: Region<UInt8>, into to: Region<UInt8>) {
    precondition(from.count == height * width * channels && to.count == from.count)
    unsafe nnk_augment(height, width, channels, change(example: example, epoch: epoch), from.base, to.base)
  }

  private func change(example: Int, epoch: Int) -> nnk_change {
    let first = words(example: example, epoch: epoch, block: 0)
    let second = words(example: example, epoch: epoch, block: 1)
    let angle = Self.symmetric(second.0) * augmentation.rotation * .pi / 180
    return nnk_change(
      mirrored: augmentation.flip && first.0 & 1 == 1,
      sine: augmentation.rotation > 0 ? Trigonometry.sineSeries(angle) : 0, cosine: Trigonometry.cosineSeries(angle),
      right: shift(first.1), down: shift(first.2),
      brightness: Int32((Self.symmetric(second.1) * augmentation.brightness * 255).rounded()))
  }

  private func words(example: Int, epoch: Int, block: UInt32) -> (UInt32, UInt32, UInt32, UInt32) {
    let random = nnk_random(key: seed, stream: RandomStream.augmentation, step: UInt32(truncatingIfNeeded: epoch))
    var words: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
    unsafe withUnsafeMutableBytes(of: &words) { bytes in
      if let base = unsafe bytes.bindMemory(to: UInt32.self).baseAddress {
        unsafe nnk_random_words(random, UInt32(truncatingIfNeeded: example), block, base)
      }
    }
    return words
  }

  /// Uniform from -1 to below 1.
  private static func symmetric(_ word: UInt32) -> Double { Double(word) * 0x1p-31 - 1 }

  /// Uniform among the whole numbers from -shift to shift.
  private func shift(_ word: UInt32) -> Int32 {
    let span = UInt64(2 * augmentation.shift + 1)
    return Int32(truncatingIfNeeded: Int((UInt64(word) * span) >> 32) - augmentation.shift)
  }
}
