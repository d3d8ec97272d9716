import Inference
import Testing

@testable import Training

@Suite("Random changes of pictures")
struct AugmenterTests {
  private static let (height, width, channels) = (9, 7, 3)

  private static func changed(
    _ augmentation: Augmentation, example: Int = 0, epoch: Int = 0, seed: UInt64 = 1, _ picture: [UInt8]
  ) throws -> [UInt8] {
    let augmenter = Augmenter(
      augmentation, inputFormat: try InputFormat(height: height, width: width, channels: channels), seed: seed)
    let to = Region<UInt8>(count: picture.count)
    picture.span.withRegion { augmenter.change(example: example, epoch: epoch, $0, into: to) }
    return to.array
  }

  private static func picture(_ value: (_ y: Int, _ x: Int, _ c: Int) -> UInt8) -> [UInt8] {
    (0..<height).flatMap { y in (0..<width).flatMap { x in (0..<channels).map { value(y, x, $0) } } }
  }

  private static let random: [UInt8] = {
    var random = RandomNumbers(seed: 4)
    return (0..<height * width * channels).map { _ in UInt8(random.below(256)) }
  }()

  private static func held(_ value: Int, _ count: Int) -> Int { min(max(value, 0), count - 1) }

  @Test("Mirrored or not, each about half the time")
  func flip() throws {
    let mirrored = Self.picture { y, x, c in Self.random[(y * Self.width + Self.width - 1 - x) * Self.channels + c] }
    var count = 0
    for example in 0..<400 {
      let result = try Self.changed(Augmentation(flip: true), example: example, Self.random)
      #expect(result == mirrored || result == Self.random)
      count += result == mirrored ? 1 : 0
    }
    #expect((150...250).contains(count))
  }

  @Test("Moved by whole pixels, edges repeated, every move about as often as the others")
  func shift() throws {
    var seen: [String: Int] = [:]
    for example in 0..<900 {
      let result = try Self.changed(Augmentation(shift: 1), example: example, Self.random)
      let moves = (-1...1).flatMap { down in (-1...1).map { (down, $0) } }.filter { down, right in
        result
          == Self.picture { y, x, c in
            Self.random[
              (Self.held(y - down, Self.height) * Self.width + Self.held(x - right, Self.width)) * Self.channels + c]
          }
      }
      #expect(moves.count == 1)
      if let move = moves.first { seen["\(move)", default: 0] += 1 }
    }
    #expect(seen.count == 9 && seen.values.allSatisfy { (50...160).contains($0) }, "\(seen)")
  }

  @Test("Brighter or darker by the same for all pixels, held within 0 and 255")
  func brightness() throws {
    var shifts: Set<Int> = []
    for example in 0..<100 {
      let result = try Self.changed(Augmentation(brightness: 0.2), example: example, Self.random)
      let shift = zip(result, Self.random).map { Int($0) - Int($1) }.max { abs($0) < abs($1) } ?? 0
      #expect(abs(shift) <= 51)
      #expect(result == Self.random.map { UInt8(clamping: Int($0) + shift) })
      shifts.insert(shift)
    }
    #expect(shifts.count > 20)
  }

  @Test("Turned by up to so many degrees: a ramp stays a ramp of the turned slope")
  func rotation() throws {
    // 10 and 4 a pixel, so that rounding is small beside them.
    let ramp = Self.picture { y, x, _ in UInt8(100 + 10 * x + 4 * y - 50) }
    var angles: [Double] = []
    for example in 0..<200 {
      let result = try Self.changed(Augmentation(rotation: 20), example: example, ramp)
      func at(_ y: Int, _ x: Int) -> Double { Double(result[(y * Self.width + x) * Self.channels]) }
      // Inside, where nothing came in at the edges.
      let across = (at(4, 4) - at(4, 2)) / 2
      let along = (at(5, 3) - at(3, 3)) / 2
      #expect(abs(at(4, 3) - Double(ramp[(4 * Self.width + 3) * Self.channels])) <= 1)
      #expect(abs(across * across + along * along - 116) < 16)
      // across = 10·cos − 4·sin, along = 4·cos + 10·sin.
      angles.append((10 * along - 4 * across) / 116)
    }
    #expect(angles.allSatisfy { abs($0) < 0.42 })
    #expect(angles.contains { $0 > 0.2 } && angles.contains { $0 < -0.2 })
  }

  @Test("A change is fixed by seed, epoch and example")
  func reproducible() throws {
    let all = Augmentation(flip: true, shift: 2, rotation: 10, brightness: 0.1)
    let first = try Self.changed(all, example: 5, epoch: 2, Self.random)
    #expect(try Self.changed(all, example: 5, epoch: 2, Self.random) == first)
    #expect(try Self.changed(all, example: 6, epoch: 2, Self.random) != first)
    #expect(try Self.changed(all, example: 5, epoch: 3, Self.random) != first)
    #expect(try Self.changed(all, example: 5, epoch: 2, seed: 2, Self.random) != first)
  }
}
