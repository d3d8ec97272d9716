import Foundation
import Testing
import Training

/// Against p-values that `Fixtures/mcnemar.py` made.
@Suite("McNemar's test")
struct McNemarTestTests {
  struct Row: Decodable, Sendable {
    let first: Int
    let second: Int
    let method: String
    let statistic: Double?
    let p: Double
  }

  static let rows: [Row] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/mcnemar.json")
    guard let data = try? Data(contentsOf: file) else { return [] }
    return (try? JSONDecoder().decode([Row].self, from: data)) ?? []
  }()

  @Test("The fixture is there")
  func fixture() { #expect(Self.rows.count == 25) }

  @Test("p-values are SciPy's to 1e-13: exact below 25 discordant examples, else by chi-squared", arguments: rows)
  func values(_ row: Row) throws {
    let test = McNemarTest(onlyFirst: row.first, onlySecond: row.second)
    #expect(test.method.rawValue == row.method)
    #expect(test.statistic == row.statistic)
    #expect(abs(test.pValue - row.p) <= 1e-13 * row.p, "\(test.pValue), SciPy has \(row.p)")
    let turned = McNemarTest(onlyFirst: row.second, onlySecond: row.first)
    #expect(turned.pValue == test.pValue)
  }

  @Test("Any counts give a p-value between 0 and 1")
  func bounds() {
    for (first, second) in [(0, Int.max), (Int.max, Int.max), (1 << 40, 1 << 41), (24, 0), (12, 13)] {
      #expect((0...1).contains(McNemarTest(onlyFirst: first, onlySecond: second).pValue), "\(first), \(second)")
    }
    #expect(McNemarTest(onlyFirst: 0, onlySecond: 0).pValue == 1)
  }
}
