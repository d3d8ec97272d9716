import Testing

@testable import ModelStore

/// Filters and orders as trees, and what is said about mistakes in them.
@Suite struct FilterParserTests {
  private static let a = FilterExpression.test(.metric("a.x"), .compare(.greater, .integer(1)))
  private static let b = FilterExpression.test(.metric("b.x"), .exists)
  private static let c = FilterExpression.test(.tag("c"), .compare(.equal, .text("v")))

  @Test(
    "or binds less than and, that less than not, and that less than a comparison",
    arguments: [
      ("a.x > 1 or b.x exists and tag.c = 'v'", .any([a, .all([b, c])])),
      ("a.x > 1 and b.x exists or tag.c = 'v'", .any([.all([a, b]), c])),
      ("(a.x > 1 or b.x exists) and tag.c = 'v'", .all([.any([a, b]), c])),
      ("not a.x > 1 and b.x exists", .all([.not(a), b])),
      ("not (a.x > 1 and b.x exists)", .not(.all([a, b]))),
      ("not not a.x > 1", .not(.not(a))),
      ("a.x > 1 AND b.x Exists aNd tag.c='v'", .all([a, b, c])),
      ("\n ( ( a.x>1 ) )\t", a),
    ] as [(String, FilterExpression)])
  func precedence(text: String, expected: FilterExpression) throws {
    #expect(try VersionFilter(text).expression == expected)
    #expect(try VersionFilter(text).description == text)
  }

  @Test(
    "Fields, operators and values are read as the documentation has them",
    arguments: [
      ("number = 3", .fixed(.number), .compare(.equal, .integer(3))),
      ("version != -3", .fixed(.number), .compare(.notEqual, .integer(-3))),
      ("cost.final <= 1.5e-3", .fixed(.finalCost), .compare(.lessOrEqual, .real(0.0015))),
      ("cost.validation < +2", .metric("cost.validation"), .compare(.less, .integer(2))),
      ("metric.f1-macro_2 >= 9223372036854775808", .metric("f1-macro_2"), .compare(.greaterOrEqual, .real(0x1p63))),
      ("metric.\"5 fold\" missing", .metric("5 fold"), .missing),
      ("created > 2026-01-01", .fixed(.created), .compare(.greater, .date(moment("2026-01-01T00:00:00.000Z")))),
      ("created > 2026-01-01T12:00Z", .fixed(.created), .compare(.greater, .date(moment("2026-01-01T12:00:00.000Z")))),
      (
        "created > '2026-01-01T12:00:30'", .fixed(.created),
        .compare(.greater, .date(moment("2026-01-01T12:00:30.000Z")))
      ),
      ("serving", .fixed(.serving), .compare(.equal, .boolean(true))),
      ("serving != TRUE", .fixed(.serving), .compare(.notEqual, .boolean(true))),
      ("alias in (\"champion\", 'x')", .fixed(.alias), .among([.text("champion"), .text("x")], negated: false)),
      ("number not in (1,2)", .fixed(.number), .among([.integer(1), .integer(2)], negated: true)),
      ("note like \"100\\\\% _\"", .fixed(.note), .like("100\\% _", negated: false)),
      ("note not like '%\\u{e9}\\n\\t\\'\\\"%'", .fixed(.note), .like("%é\n\t'\"%", negated: true)),
      ("hp.learning_rate > 0.1", .hyperparameter(["learning_rate"]), .compare(.greater, .real(0.1))),
      ("hyperparameter.a.b = true", .hyperparameter(["a", "b"]), .compare(.equal, .boolean(true))),
      ("hp.a.'b.c' exists", .hyperparameter(["a", "b.c"]), .exists),
      ("tag.'a \"b\"' exists", .tag("a \"b\""), .exists),
      ("seed = 18446744073709551615", .fixed(.seed), .compare(.equal, .seed(.max))),
      ("dataset.training.count > 1", .fixed(.trainingCount), .compare(.greater, .integer(1))),
    ] as [(String, FilterField, FilterCondition)])
  func tests(text: String, field: FilterField, condition: FilterCondition) throws {
    #expect(try VersionFilter(text).expression == .test(field, condition))
  }

  private static func moment(_ text: String) -> Timestamp { Timestamp(text) ?? .now }

  @Test(
    "A mistake is named with its column",
    arguments: [
      ("", 1, "empty"), ("  ", 3, "empty"),
      ("accuracy.validation >", 22, "found the end"),
      ("accuracy.validation > \"0.9\"", 23, "a number, such as 0.9"),
      ("accuracy.validation 0.9", 21, "expected =, !="),
      ("accuracy.validation > 0.9 tag.team = 'x'", 27, "expected and, or"),
      ("accuracy.validation > 0.9)", 26, "no \"(\" is open"),
      ("(number > 1 or number < 3", 26, "\"(\" in column 1"),
      ("number > 1 and", 15, "expected a field"),
      ("number > 1 and or", 16, "expected a field"),
      ("3 < number", 1, "expected a field"),
      ("tag.team = vision", 12, "text stands in quotes: \"vision\""),
      ("tag.team = 3", 12, "text in quotes"),
      ("accuracy > 1", 1, "metric.accuracy"),
      ("input.depth > 1", 1, "input.height"),
      ("foo.\"x\" > 1", 1, "in quotes follows"),
      ("tag. = 'x'", 5, "a name is expected"),
      ("number == 3", 8, "write ="), ("number <> 3", 8, "write !="), ("number = 3 && serving", 12, "write and"),
      ("!serving", 1, "or not"), ("number = 3 || serving", 12, "write or"),
      ("note = “x”", 8, "straight quotes"),
      ("note = \"x", 8, "does not end"), ("note = \"a\\x\"", 10, "escape"), ("note = \"\\u{d800}\"", 9, "no character"),
      ("note = \"\\u{0}\"", 9, "no character"), ("note = \"a\0\"", 10, "NUL"), ("note = 'a\\", 10, "escape"),
      ("note like \"a\\\\\"", 11, "backslash"), ("number like \"1%\"", 8, "like is for text"),
      ("note like 3", 11, "a pattern in quotes"),
      ("created > 2026-13-01", 11, "no date"), ("created > 5", 11, "a date"), ("created > '5'", 11, "a date"),
      ("number > 5fold", 11, "a number ends"), ("number > 1e999", 10, "too large"),
      ("number > .5", 10, "begins with a digit"),
      ("seed = -1", 8, "a whole number"), ("seed = 18446744073709551616", 8, "a whole number"),
      ("serving > true", 9, "no order"), ("hp.x < false", 6, "no order"), ("serving = 1", 11, "true or false"),
      ("number in 3", 11, "\"(\" after in"), ("number in ()", 12, "a number"), ("number in (1,)", 14, "a number"),
      ("number in (1 2)", 14, "\",\" or \")\""), ("hp.x in (1, 'a')", 13, "one type"),
      ("number not = 3", 12, "in or like after not"), ("not", 4, "expected a field"),
      ("hp.a.b.c.d.e.f.g.h.i = 1", 1, "8 keys"),
      ("ünïcode = 1", 1, "in quotes"), ("note = 'ünï' x", 14, "expected and"),
      ("note = 'e\u{301}' x", 12, "expected and"),
      ("'a\nb\r\nc' = 1", 1, "found 'a b c'"), ("input.'a\nb' = 1", 1, "\"input.'a b'\""), ("\u{b}", 1, "not known"),
      ("number <", 9, "found the end"), ("number !", 8, "write !="), ("a.b ! 3", 5, "write !="),
      ("number = 1; DROP TABLE versions", 11, "\";\" is not known"), ("number = 1 -- x", 12, "expected and"),
    ])
  func mistakes(text: String, column: Int, problem: String) throws {
    let error = storeError { _ = try VersionFilter(text) }
    let message = try #require(error?.message)
    #expect(error?.code == .invalidFilter)
    #expect(message.hasPrefix("the filter, column \(column): "), "\(message)")
    #expect(message.contains(problem), "\(message)")
    let lines = message.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 3 && lines[2] == String(repeating: " ", count: column + 1) + "^", "\(message)")
  }

  @Test("Of a long filter the place of the mistake is shown, within 80 columns")
  func longFilter() throws {
    let text = (1...60).map { "number = \($0)" }.joined(separator: " or ") + " or x = 1\tor number = 3"
    let message = try #require(storeError { _ = try VersionFilter(text) }?.message)
    let lines = message.split(separator: "\n")
    #expect(lines[1].count <= 80 && lines[1].contains("…") && lines[1].hasSuffix("or x = 1 or number = 3"))
    let column = try #require(lines[2].firstIndex(of: "^").map { lines[2].distance(from: lines[2].startIndex, to: $0) })
    #expect(lines[1].dropFirst(column).hasPrefix("x = 1"))
  }

  @Test("Length, depth and the number of comparisons are bounded")
  func limits() throws {
    func code(_ text: String) -> StoreError.Code? {
      do {
        _ = try VersionFilter(text)
        return nil
      } catch { return error.code }
    }
    func nested(_ depth: Int) -> String {
      String(repeating: "(", count: depth) + "number=1" + String(repeating: ")", count: depth)
    }
    #expect(code(nested(64)) == nil && code(nested(65)) == .invalidFilter)
    #expect(code(String(repeating: "not ", count: 64) + "serving") == nil)
    #expect(code(String(repeating: "not ", count: 65) + "serving") == .invalidFilter)
    #expect(code(String(repeating: "(", count: 4096)) == .invalidFilter)
    func joined(_ count: Int) -> String { (0..<count).map { _ in "seed=1" }.joined(separator: " or ") }
    #expect(code(joined(256)) == nil && code(joined(257)) == .invalidFilter)
    func list(_ count: Int) -> String { "seed in (" + (0..<count).map { "\($0)" }.joined(separator: ",") + ")" }
    #expect(code(list(256)) == nil && code(list(257)) == .invalidFilter)
    func long(_ count: Int) -> String { "note='" + String(repeating: "x", count: count - 7) + "'" }
    #expect(code(long(4096)) == nil && code(long(4097)) == .invalidFilter)
  }

  @Test("Orders are fields with directions")
  func orders() throws {
    let sort = try VersionSort(" -accuracy.validation, +number,tag.\"a,b\" ,hp.lr")
    #expect(sort.keys.map(\.isDescending) == [true, false, false, false])
    #expect(
      sort.keys.map(\.field)
        == [.metric("accuracy.validation"), .fixed(.number), .tag("a,b"), .hyperparameter(["lr"])])
  }

  @Test(
    "A mistake in an order is named with its column",
    arguments: [
      ("", 1, "expected a field"), ("-", 2, "expected a field"), ("number,", 8, "expected a field"),
      ("number created", 8, "expected \",\""), ("- -number", 3, "expected a field"), ("accuracy", 1, "metric.accuracy"),
      ("number, alias", 9, "more than one alias"), ("-activation", 2, "more than one"), ("3", 1, "expected a field"),
      (Array(repeating: "number", count: 17).joined(separator: ","), 113, "at most 16"),
    ])
  func wrongOrders(text: String, column: Int, problem: String) throws {
    let error = storeError { _ = try VersionSort(text) }
    #expect(error?.code == .invalidFilter)
    #expect(error?.message.hasPrefix("the sort order, column \(column): ") == true, "\(error?.message ?? "")")
    #expect(error?.message.contains(problem) == true, "\(error?.message ?? "")")
  }
}
