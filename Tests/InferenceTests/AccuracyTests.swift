import CKernels
import Foundation
import Testing

@testable import Inference

/// The error bounds that Activation.swift and math.inc.h state.
@Suite("Accuracy of exp, log, tanh, sigmoid, softmax and cost")
struct AccuracyTests {
  /// |found - (high + low)| in units in the last place of high.
  static func ulps(_ found: Double, high: Double, low: Double) -> Double {
    ((found - high) - low).magnitude / high.ulp
  }

  static func activated<Number: TestedNumber>(_ activation: Activation, _ z: [Number], columns: Int) -> [Number] {
    let region = KernelProductTests.region(z, shift: 0)
    Number.activate(testedKernels[0], activation, Matrix(region, rows: z.count / columns, columns: columns))
    return region.array
  }

  /// (name, x, high, low) of Fixtures/elementary.txt, made by mpmath.
  static func fixture() throws -> [(name: String, x: Double, high: Double, low: Double)] {
    try Fixture.lines("elementary.txt").map { line in
      let words = line.split(separator: " ")
      let numbers = try words.dropFirst().map { try #require(Double(String($0))) }
      return (String(words[0]), numbers[0], numbers[1], numbers[2])
    }
  }

  @Test(
    "Double functions keep to their bounds against mpmath, subnormal results and ±1e4 included",
    arguments: [("exp", 0.9), ("log", 0.8), ("tanh", 2.5), ("sigmoid", 1.6)])
  func doubles(name: String, bound: Double) throws {
    var worst = 0.0
    for entry in try Self.fixture() where entry.name == name {
      let found: Double
      switch name {
      case "exp": found = nnk_exp(entry.x)
      case "log": found = nnk_log(entry.x)
      case "tanh": found = Self.activated(.tanh, [entry.x], columns: 1)[0]
      default: found = Self.activated(.sigmoid, [entry.x], columns: 1)[0]
      }
      // The low part of a subnormal number has no bits left, so its exact value is known to half a unit only.
      let slack = entry.high.isSubnormal ? 0.5 : 0
      let error = Self.ulps(found, high: entry.high, low: entry.low) - slack
      worst = max(worst, error)
      #expect(error <= bound, "\(name)(\(entry.x)) is \(found), off by \(error) ulp")
    }
    print("accuracy: \(name) (Double) within \(worst) ulp of mpmath")
    #expect(worst > 0)
  }

  @Test("softmax and cost of Double rows 1,400 apart keep to their bounds against mpmath")
  func doubleSoftmax() throws {
    var row: [(x: Double, high: Double, low: Double)] = []
    var (worst, worstCost) = (0.0, 0.0)
    for entry in try Self.fixture() {
      if entry.name.hasPrefix("softmax") {
        row.append((entry.x, entry.high, entry.low))
      } else if entry.name.hasPrefix("cost") {
        let z = row.map(\.x)
        for (found, exact) in zip(Self.activated(.softmax, z, columns: z.count), row) {
          let error = Self.ulps(found, high: exact.high, low: exact.low) - (exact.high.isSubnormal ? 0.5 : 0)
          worst = max(worst, error)
          #expect(error <= 3 + Double(z.count) / 8, "softmax of \(z.count) is off by \(error) ulp")
        }
        let label = try #require(Int32(entry.name.dropFirst(4)))
        let cost = Double.crossEntropy(
          testedKernels[0], Matrix(KernelProductTests.region(z, shift: 0), rows: 1, columns: z.count),
          labels: KernelProductTests.region([label], shift: 0))
        let error = Self.ulps(cost, high: entry.high, low: entry.low)
        worstCost = max(worstCost, error)
        #expect(error <= 4 + Double(z.count) / 8, "the cost of \(z.count) is off by \(error) ulp")
        row = []
      }
    }
    print("accuracy: softmax (Double) within \(worst) ulp, cost within \(worstCost) ulp of mpmath")
    #expect(worst > 0 && worstCost > 0)
  }

  /// About 130,000 floats that visit every exponent, both signs, both infinities and NaN, and the places where results saturate.
  private static func sweep() -> [Float] {
    var result = stride(from: UInt64(0), through: 0xffff_ffff, by: 65_521).map { Float(bitPattern: UInt32($0)) }
    result += stride(from: Float(-110), through: 110, by: 0.0037)
    result += [0, -0.0, .infinity, -.infinity, .nan, 1e4, -1e4, .leastNonzeroMagnitude, -.leastNonzeroMagnitude]
    return result
  }

  @Test("Float tanh and sigmoid are within 0.5001 ulp of the system's double functions over the whole range")
  func floats() {
    let z = Self.sweep()
    func sigmoid(_ x: Double) -> Double {
      let e = Foundation.exp(-x.magnitude)
      return (x < 0 ? e : 1) / (1 + e)
    }
    let functions: [(Activation, (Double) -> Double)] = [(.tanh, { Foundation.tanh($0) }), (.sigmoid, sigmoid)]
    for (activation, exact) in functions {
      var worst = 0.0
      for (x, found) in zip(z, Self.activated(activation, z, columns: 1)) {
        if x.isNaN {
          #expect(found.bitPattern == 0x7fc0_0000)
          continue
        }
        let expected = exact(Double(x))
        // The unit in the last place of the float nearest to the exact value; subnormal floats have one unit for all.
        let error = (Double(found) - expected).magnitude / Double(Float(expected).ulp)
        worst = max(worst, error)
        if error > 0.5001 { Issue.record("\(activation)(\(x)) is \(found), off by \(error) ulp") }
        if found.sign != Float(expected).sign { Issue.record("\(activation)(\(x)) has the wrong sign") }
      }
      print("accuracy: \(activation) (Float) within \(worst) ulp of the system's double function")
    }
  }

  @Test("Float softmax is within 0.5001 ulp of a double computation, at ±1e4 too, and sums to 1")
  func floatSoftmax() {
    var random = RandomNumbers(seed: 5)
    for columns in [2, 3, 10, 100] {
      for spread in [0.01, 1, 50, 100, 1e4] {
        let z = (0..<columns).map { _ in Float(random.unit() * spread) }
        let largest = Double(z.max() ?? 0)
        let terms = z.map { Foundation.exp(Double($0) - largest) }
        let sum = terms.reduce(0, +)
        let found = Self.activated(.softmax, z, columns: columns)
        for (value, term) in zip(found, terms) {
          let error = (Double(value) - term / sum).magnitude / Double(Float(term / sum).ulp)
          #expect(error <= 0.5001)
        }
        #expect((found.reduce(0) { $0 + Double($1) } - 1).magnitude < 1e-6)
      }
    }
  }

  @Test("edges: zeros keep their sign, saturation is exact, logarithms of 0 and below are −∞ and NaN")
  func edges() {
    let tanh = Self.activated(.tanh, [0.0, -0.0, 1e4, -1e4, .infinity, -.infinity, .leastNonzeroMagnitude], columns: 1)
    #expect(tanh == [0, 0, 1, -1, 1, -1, .leastNonzeroMagnitude])
    #expect(tanh[1].sign == .minus)
    let sigmoid = Self.activated(.sigmoid, [0.0, -0.0, 1e4, -1e4, .infinity, -.infinity], columns: 1)
    #expect(sigmoid == [0.5, 0.5, 1, 0, 1, 0])
    #expect(nnk_exp(-.infinity) == 0 && nnk_exp(.infinity) == .infinity && nnk_exp(.nan).isNaN && nnk_exp(0) == 1)
    #expect(nnk_exp(709.7827128933841) == .infinity && nnk_exp(-745.14) == 0)
    #expect(nnk_log(0) == -.infinity && nnk_log(-1).isNaN && nnk_log(.nan).isNaN && nnk_log(1) == 0)
    #expect(nnk_log(.infinity) == .infinity)
  }
}
