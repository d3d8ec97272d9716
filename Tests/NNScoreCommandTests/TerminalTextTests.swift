// Only a debug build lets tests see what is internal.
#if DEBUG
  import Inference
  import Testing
  import Training

  @testable import NNScoreCommand

  @Suite("Text in columns, numbers, bars and curves")
  struct TerminalTextTests {
    @Test("columns line up, numbers to the right, two spaces apart, without spaces at the end")
    func table() {
      var table = Table([("NAME", .left), ("COUNT", .right), ("NOTE", .left)])
      table.add(["a", "1", "x"])
      table.add(["longer", "1,000", ""])
      #expect(table.text() == "NAME    COUNT  NOTE\na           1  x\nlonger  1,000\n")
    }

    @Test("words are cut at their end and names in their middle, the longest first; numbers never")
    func cutTable() {
      var table = Table([("NAME", .left), ("NOTE", .prose)])
      table.add(["name", "a note that is far too long"])
      let lines = table.text(width: 24).split(separator: "\n")
      #expect(lines.allSatisfy { $0.count <= 24 })
      #expect(lines[1].hasPrefix("name  a note that is fa"))

      var names = Table([("MODEL", .name), ("N", .right), ("ACTOR", .name), ("WHAT", .prose)])
      names.add(["a-model-of-a-long-name@12", "1234567890", "me@here", "one two three four five six seven"])
      for (width, limit) in [(100, 90), (80, 80), (60, 60), (54, 54)] {
        let cut = names.text(width: width).split(separator: "\n")
        #expect(cut.allSatisfy { $0.count <= limit } && cut.count == 2, "\(cut)")
        #expect(cut[1].contains("@12  1234567890  me@here  one"), "\(cut)")
      }
      // Nothing is cut where there is no terminal.
      #expect(names.text().contains("a-model-of-a-long-name@12") && names.text().contains("six seven"))
    }

    @Test("a last column of words that would get next to nothing stands below its row, and its title below the others")
    func proseBelow() {
      var table = Table([("VERSION", .left), ("COST", .right), ("NOTE", .prose)])
      table.add(["1 serving", "0.123456", "a note that is far too long for so few columns"])
      table.add(["2", "0.1", ""])
      let lines = table.text(width: 30).split(separator: "\n")
      #expect(lines.count == 5 && lines.allSatisfy { $0.count <= 30 }, "\(lines)")
      #expect(lines[0] == "VERSION        COST" && lines[1] == "           NOTE" && lines[4] == "2               0.1")
      #expect(lines[2] == "1 serving  0.123456" && lines[3].hasPrefix("           a note that is far"))
      // With room for them they stand where they belong, and short ones are not cut at all.
      #expect(table.text(width: 60).split(separator: "\n").count == 3)
      var short = Table([("VERSION", .left), ("NOTE", .prose)])
      short.add(["1", "brief"])
      #expect(short.text(width: 14) == "VERSION  NOTE\n1        brief\n")
      // One column too few for a short note is reason enough.
      var brief = Table([("V", .left), ("COST", .right), ("NOTE", .prose)])
      brief.add(["1", "0.12345678901234", "a phrase"])
      #expect(brief.text(width: 28) == "V              COST\n   NOTE\n1  0.12345678901234\n   a phrase\n")
    }

    @Test("sentences go on in a further line, indented; those that fit, and all without a terminal, stay as they are")
    func sentences() {
      let text = "one two three four five\n  six seven eight nine ten\n"
      #expect(FieldList.sentences(text, width: .max) == text && FieldList.sentences(text, width: 30) == text)
      #expect(
        FieldList.sentences(text, width: 16)
          == "one two three\n  four five\n  six seven\n    eight nine\n    ten\n")
    }

    @Test(
      "characters take the columns that terminals give them",
      arguments: [
        ("￥１Ａ", 6), ("한국어", 6), ("ｱ", 1), ("🚀", 2), ("👩‍👩‍👧", 2), ("❤️", 2), ("🇫🇷", 2), ("a\u{200b}b", 2),
        ("a\u{ad}b", 3), ("𠮷", 2), ("﹏", 2), ("é", 1), ("Ω→…", 3),
      ])
    func columns(text: String, width: Int) {
      #expect(Table.width(of: text) == width)
    }

    @Test("what turns the direction of a line, or ends it, is written out")
    func directions() {
      #expect(Format.visible("a\u{202e}b\u{2067}c\u{2028}d") == "a\\u{202e}b\\u{2067}c\\u{2028}d")
      #expect(Format.visible("👩‍👩‍👧 שלום é") == "👩‍👩‍👧 שלום é")
    }

    @Test("a wide character takes two columns")
    func wideCharacters() {
      #expect(Table.width(of: "abc") == 3)
      #expect(Table.width(of: "猫") == 2)
      #expect(Table.width(of: "e\u{301}") == 1)
      var table = Table([("L", .left), ("N", .right)])
      table.add(["猫", "1"])
      table.add(["cat", "2"])
      #expect(table.text() == "L    N\n猫   1\ncat  2\n")
    }

    @Test("a text is cut with one character that says so, and left alone where it fits", arguments: [2, 3, 5, 8, 40])
    func cut(width: Int) {
      let text = "猫 and dog"
      let cut = Table.cut(text, to: width)
      #expect(Table.width(of: cut) <= width)
      #expect((cut == text) == (Table.width(of: text) <= width))
    }

    @Test(
      "durations read well from milliseconds to hours",
      arguments: [
        (0, "0 ms"), (0.0421, "42 ms"), (1.25, "1.2 s"), (42.4, "42 s"), (61, "1 min 01 s"), (3723, "1 h 02 min"),
        (-1, "-"), (.nan, "-"), (.infinity, "-"), (1e300, "277777 h 46 min"),
      ] as [(Double, String)])
    func duration(seconds: Double, text: String) {
      #expect(Format.duration(seconds) == text)
    }

    @Test(
      "latencies have three digits from nanoseconds to seconds, and never a thousand of a unit",
      arguments: [
        (2.87e-7, "287 ns"), (1e-9, "1.00 ns"), (9.994e-7, "999 ns"), (9.996e-7, "1.00 µs"), (1.4912e-5, "14.9 µs"),
        (9.996e-6, "10.0 µs"), (9.994e-3, "9.99 ms"), (0.09996, "100 ms"), (1.25, "1.25 s"), (61, "61.0 s"),
        (5000, "5000 s"),
      ] as [(Double, String)])
    func latency(seconds: Double, text: String) {
      #expect(Format.latency(seconds) == text)
    }

    @Test(
      "billions a second have three digits, zeros at the end among them",
      arguments: [(9.19e10, "91.9"), (3e10, "30.0"), (5.4e8, "0.54"), (2.224e11, "222"), (1.2345e13, "12345")])
    func billions(perSecond: Double, text: String) {
      #expect(Format.giga(perSecond) == text)
    }

    @Test("rates are whole from ten on", arguments: [(3.14159, "3.1"), (10, "10"), (81_634.5, "81,635")])
    func rates(perSecond: Double, text: String) {
      #expect(Format.rate(perSecond) == text)
    }

    @Test("a quantile is the nearest rank: the median's lower neighbour, the slowest of fewer than a hundred")
    func quantiles() {
      func quantile(_ share: Double, _ count: Int) -> Double {
        ScoringClock.quantile(share, ofSorted: (1...count).map(Double.init))
      }
      #expect(quantile(0.5, 1) == 1 && quantile(0.5, 2) == 1 && quantile(0.5, 3) == 2 && quantile(0.5, 10) == 5)
      #expect(quantile(0.99, 1) == 1 && quantile(0.99, 99) == 99 && quantile(0.99, 100) == 99)
      #expect(quantile(0.99, 101) == 100 && quantile(0.99, 1000) == 990)
      #expect(ScoringClock.quantile(0.5, ofSorted: []).isNaN)
    }

    @Test("numbers have their thousands set apart, and the right noun")
    func counts() {
      #expect(Format.count(0) == "0")
      #expect(Format.count(999) == "999")
      #expect(Format.count(1_000) == "1,000")
      #expect(Format.count(-1_234_567) == "-1,234,567")
      #expect(Format.count(Int.min) == "-9,223,372,036,854,775,808")
      #expect(Format.count(1, "image") == "1 image")
      #expect(Format.count(2_000, "image") == "2,000 images")
    }

    @Test("costs have six digits, very small and very large ones an exponent; what is not there is a dash")
    func costs() {
      #expect(Format.cost(0.6931471805) == "0.693147")
      #expect(Format.cost(0) == "0.000000")
      #expect(Format.cost(0.00001234) == "1.234e-05")
      #expect(Format.cost(9_999_999) == "9999999.000000")
      #expect(Format.cost(1e7) == "1.000e+07")
      #expect(Format.cost(-1e30) == "-1.000e+30")
      #expect(Format.cost(.infinity) == "inf")
      #expect(Format.cost(nil) == "-")
      #expect(Format.percent(0.990431) == "99.04 %")
      #expect(Format.percent(nil) == "-")
      #expect(Format.bytes(1023) == "1023 B")
      #expect(Format.bytes(1536) == "1.5 KiB")
      #expect(Format.bytes(Int.max) == "8388608 TiB")
    }

    private func bar(_ done: Int, _ total: Int?, seconds: Double = 2, width: Int = 79, utf8: Bool = true) -> String {
      ProgressBar.line(
        title: "training", unit: "it", done: done, total: total, seconds: seconds, detail: "cost 0.123456",
        width: width,
        utf8: utf8)
    }

    @Test("a bar shows share, count, rate, time left and cost")
    func progress() {
      let line = bar(500, 2000)
      #expect(line.hasPrefix("training  █"))
      for part in ["25 %", "500/2,000", "250 it/s", "ETA 6.0 s", "cost 0.123456", "░"] {
        #expect(line.contains(part), "\(line)")
      }
      #expect(Self.isASCII(bar(500, 2000, utf8: false)))
      #expect(!bar(2000, 2000).contains("░"))
      #expect(bar(0, 2000, seconds: 0).contains("ETA -"))
      #expect(!bar(1234, nil).contains("ETA"))
      #expect(bar(1234, nil).contains("1,234"))
    }

    @Test("a bar never takes more columns than there are", arguments: [0, 1, 10, 30, 50, 60, 79, 200])
    func progressWidth(width: Int) {
      for line in [bar(1, 3, width: width), bar(999_999_999, 1_000_000_000, width: width), bar(5, nil, width: width)] {
        #expect(Table.width(of: line) <= max(width, 0) || width <= 1, "\(line)")
      }
      // More done than there is, and nothing to do at all, are no reason to crash.
      _ = bar(7, 3, width: width)
      _ = bar(0, 0, width: width)
    }

    @Test("a falling curve begins at the top left and ends at the bottom right", arguments: [true, false])
    func plot(braille: Bool) {
      let costs = (0..<500).map { 1 / (1 + Double($0) / 50) }
      let lines = CostPlot(width: 60, height: 12, braille: braille).text(costs).split(
        separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.count == 13)
      #expect(lines.allSatisfy { $0.count <= 60 })
      #expect(lines[0].hasPrefix("1.000000 "))
      #expect(lines[9].hasPrefix(Format.cost(costs.last) + " "))
      #expect(lines[11].hasSuffix("iteration 499"))
      #expect(lines[0].count < 25)
      #expect(lines[9].count > 50)
      #expect(Self.isASCII(lines.joined()) != braille)
    }

    @Test("curves of one value, of one cost, of none, and with NaN in them are drawn or refused, never crash")
    func oddPlots() {
      let plot = CostPlot(width: 40, height: 8, braille: true)
      // On the line of its cost, which is the first.
      #expect(plot.text([1, 1, 1, 1]).split(separator: "\n")[0].hasPrefix("1.000000 ┤⠉⠉⠉"))
      #expect(plot.text([0, 0]).contains("0.000000"))
      #expect(plot.text([1]).contains("at least two"))
      #expect(plot.text([]).contains("at least two"))
      #expect(plot.text([.nan, .infinity, .nan]).contains("at least two"))
      #expect(plot.text([3, .nan, 1, .infinity, 2]).contains("3.000000"))
      #expect(plot.text([1e308, -1e308]).isEmpty == false)
      for cost in [Double.greatestFiniteMagnitude, -.greatestFiniteMagnitude, -1.1e308, 1e308] {
        #expect(plot.text([cost, cost]).split(separator: "\n")[0].contains("⠉⠉⠉"))
      }
      #expect(plot.text([.leastNonzeroMagnitude, 0]).isEmpty == false)
      #expect(CostPlot(width: 1, height: 1, braille: false).text([2, 1]).isEmpty == false)
    }

    @Test("two curves share their axes, the second one dashed, and a shorter one ends where it ends")
    func twoPlots() throws {
      let long = CostPlot.Curve(name: "a@1", costs: (0..<100).map { 1 - Double($0) / 200 })
      let short = CostPlot.Curve(name: "a@2", costs: [Double](repeating: 2, count: 50))
      for braille in [true, false] {
        let text = CostPlot(width: 50, height: 12, braille: braille).text(long, over: short)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines[0].hasPrefix("2.000000 ") && lines[9].hasPrefix("0.505000 "), "\(text)")
        #expect(lines[11].hasSuffix("iteration 99"))
        #expect(lines[12].contains("a@1") && lines[12].contains("a@2") && lines.count == 14)
        // The short one runs along the top, to the middle, or to where its last dash ends.
        #expect((27...31).contains(lines[0].count), "\(text)")
        #expect(lines[9].count > 48, "\(text)")
        #expect(Self.isASCII(text) != braille)
        #expect(lines[0].dropFirst(11).contains(braille ? " " : "ooo"), "\(text)")
      }
      let plot = CostPlot(width: 40, height: 8, braille: false)
      #expect(plot.text(long, over: long).contains("##"))
      let none = CostPlot.Curve(name: "a@3", costs: [])
      #expect(plot.text(long, over: none).contains("*") && plot.text(none, over: none).contains("at least two"))
    }

    @Test("a curve of every tenth cost ends at the iteration of its last one")
    func thinnedPlot() {
      let plot = CostPlot(width: 60, height: 8, braille: false)
      #expect(plot.text([3, 2, 1], step: 10).hasSuffix("iteration 20\n"))
      #expect(plot.text([3, 2, 1]).hasSuffix("iteration 2\n"))
    }

    @Test("a value that does not fit stands below its name, broken between words, and all of it is there")
    func fields() {
      let digest = "sha256:" + String(repeating: "0123456789abcdef", count: 4)
      let list = FieldList([
        ("version", "cats@1"), ("digest", digest), ("", digest), ("accuracy.validation", "99.00 %"),
        ("note", "one two three four five six seven eight nine ten eleven twelve thirteen"),
      ])
      let wide = list.text().split(separator: "\n")
      #expect(wide.count == 5)
      #expect(wide[0] == "version              cats@1")
      #expect(wide[1].hasPrefix("digest               sha256:") && wide[2].hasSuffix(digest))
      let lines = list.text(width: 80).split(separator: "\n")
      #expect(lines.prefix(4) == ["version              cats@1", "digest", "  \(digest)", "  \(digest)"])
      for width in [20, 40, 80] {
        let text = list.text(width: width)
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= max(width, 28) }, "\(text)")
        #expect(text.filter { !$0.isWhitespace } == list.text().filter { !$0.isWhitespace })
      }
      #expect(FieldList.lines("a longword b", width: 4) == ["a", "long", "word", "b"])
    }

    @Test("a confusion matrix of ten classes and 60,000 examples fits 80 columns")
    func matrix() throws {
      let text = EvaluationReport(name: "digits@1", labels: Self.digits, evaluation: try evaluation(60_000)).text(
        width: 80)
      #expect(text.contains("ACTUAL     0     1"), "\(text)")
      #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(text)")
    }

    @Test("a matrix too wide for the terminal gives way to a line for each class")
    func wideMatrix() throws {
      let names = Self.digits.map { "a class with a long name \($0)" }
      let report = EvaluationReport(name: "digits@1", labels: names, evaluation: try evaluation(1_000))
      let lines = report.text(width: 80).split(separator: "\n")
      #expect(lines.allSatisfy { $0.count <= 80 }, "\(lines)")
      try #require(lines.count == 3 + 1 + 10 + 1 + 1)
      // Every tenth example is taken for the class after its own.
      #expect(lines[4].hasPrefix("a class ") && lines[4].contains(" name 0 "))
      #expect(lines[4].contains(" 100    90.00 %  90.00 %  90.00 %  10 × a class"))
      #expect(lines[14].hasPrefix("macro average") && lines[14].hasSuffix(" 1,000    90.00 %  90.00 %  90.00 %"))
      #expect(report.text().contains("A row for each actual class"))
      #expect(report.text().split(separator: "\n").count == 3 + 12 + 1 + 11)
    }

    private static let digits = (0..<10).map { "\($0)" }

    /// Ten classes of as many examples each, one in ten of which is taken for the class that follows.
    private func evaluation(_ count: Int) throws -> Evaluation {
      var scores: [Float] = []
      for index in 0..<count {
        let predicted = index / 10 % 10 == 0 ? (index + 1) % 10 : index % 10
        scores += (0..<10).map { $0 == predicted ? 0.91 : 0.01 }
      }
      return try Evaluation(scores: scores, outputs: 10, labels: (0..<count).map { $0 % 10 }, classCount: 10)
    }

    @Test("the rate of scoring is never said to be nothing")
    func rate() {
      #expect(ScoreCommand.rate(5, seconds: 0.05) == nil)
      #expect(ScoreCommand.rate(1, seconds: 4) == "0.25 images/s")
      #expect(ScoreCommand.rate(1, seconds: 30) == "0.033 images/s")
      #expect(ScoreCommand.rate(40, seconds: 8) == "5 images/s")
      #expect(ScoreCommand.rate(20_000, seconds: 4) == "5,000 images/s")
    }

    @Test("a history of any length is shown in about twenty lines", arguments: [1, 2, 19, 20, 21, 99, 2500, 1_000_000])
    func steps(count: Int) {
      let step = HistoryCommand.roundStep(count)
      #expect((1...20).contains((count + step - 1) / step))
    }

    @Test("what would move a cursor is written out, everything else left as it is")
    func visible() {
      #expect(Format.visible("naïve 数字 e\u{301} 👩‍👩‍👧") == "naïve 数字 e\u{301} 👩‍👩‍👧")
      #expect(Format.visible("\u{1b}[31mred\r\n") == "\\x1b[31mred\\x0d\\x0a")
      #expect(Format.visible("two\nlines\t", keepingLines: true) == "two\nlines\\x09")
    }

    @Test("CSV fields are quoted where they must be, and only there")
    func csv() {
      #expect(ScoreWriter.csv("plain") == "plain")
      #expect(ScoreWriter.csv("a,b") == "\"a,b\"")
      #expect(ScoreWriter.csv("say \"hi\"") == "\"say \"\"hi\"\"\"")
      #expect(ScoreWriter.csv("two\nlines") == "\"two\nlines\"")
      #expect(ScoreWriter.csv("") == "")
    }

    private static func isASCII(_ text: String) -> Bool { text.utf8.allSatisfy { $0 < 128 } }
  }
#endif
