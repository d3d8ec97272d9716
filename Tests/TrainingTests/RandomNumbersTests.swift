import Testing
import Training

@Suite("Random numbers")
struct RandomNumbersTests {
  @Test("SplitMix64 gives the published sequence of seed 1234567")
  func splitMix() {
    // From the authors' C program; the same numbers stand in Rosetta Code's "Pseudo-random numbers/Splitmix64".
    var generator = SplitMix64(state: 1_234_567)
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
      16_408_922_859_458_223_821,
    ]
    #expect(expected.map { _ in generator.next() } == expected)
  }

  @Test("xoshiro256** gives the sequence of the authors' program from the state 1, 2, 3, 4")
  func xoshiro() {
    var generator = RandomNumbers(state: (1, 2, 3, 4))
    let expected: [UInt64] = [
      11520, 0, 1_509_978_240, 1_215_971_899_390_074_240, 1_216_172_134_540_287_360, 607_988_272_756_665_600,
      16_172_922_978_634_559_625, 8_476_171_486_693_032_832, 10_595_114_339_597_558_777, 2_904_607_092_377_533_576,
    ]
    #expect(expected.map { _ in generator.next() } == expected)
  }

  @Test("Normals have the moments of the normal distribution and its tails")
  func normals() {
    var generator = RandomNumbers(seed: 42)
    let count = 200_000
    let values = (0..<count).map { _ in generator.normal() }
    let mean = values.reduce(0, +) / Double(count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
    let fourth = values.reduce(0) { $0 + $1 * $1 * $1 * $1 } / Double(count)
    let beyondTwo = Double(values.count { abs($0) > 2 }) / Double(count)
    // Four standard errors each.
    #expect(abs(mean) < 4 * (1 / Double(count)).squareRoot())
    #expect(abs(variance - 1) < 4 * (2 / Double(count)).squareRoot())
    #expect(abs(fourth - 3) < 4 * (96 / Double(count)).squareRoot())
    #expect(abs(beyondTwo - 0.0455) < 4 * (0.0455 * 0.9545 / Double(count)).squareRoot())
  }

  @Test("Uniform numbers stay within their bounds and fill them")
  func uniforms() {
    var generator = RandomNumbers(seed: 7)
    let values = (0..<100_000).map { _ in generator.symmetricUniform() }
    #expect(values.allSatisfy { $0 >= -1 && $0 < 1 })
    #expect(values.contains { $0 < -0.9999 } && values.contains { $0 > 0.9999 })
  }
}
