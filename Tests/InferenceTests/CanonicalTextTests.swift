import Testing

@testable import Inference

@Suite("Canonical texts")
struct CanonicalTextTests {
  @Test("the texts of Schemas/model-file.md are those that are written, to the byte")
  func documented() throws {
    let specification = try Fixture.repositoryText("Schemas/model-file.md")
    let model = try Example.model(layers: [(3, .relu), (2, .softmax)])
    #expect(specification.contains("`\(model.architecture.canonicalText)`"))
    #expect(specification.contains("`\(model.inputFormat.canonicalText)`"))
    #expect(specification.contains("`\(Model.canonicalText(ofLabels: ["non-cat", "cat"]))`"))
  }

  @Test("labels of every character come back as they were")
  func labels() throws {
    var labels = ["\"", "\\", "/", "\u{8}\u{c}\n\r\t\u{0}\u{1f}\u{7f}", "é", "e\u{301}", "\u{10ffff}", "\u{fffd}"]
    for start in stride(from: UInt32(0), to: 0x11_0000, by: 4_099) {
      if let scalar = Unicode.Scalar(start) { labels.append("x" + String(Character(scalar))) }
    }
    let text = Model.canonicalText(ofLabels: labels)
    let read = try Model.labels(canonicalText: Array(text.utf8))
    #expect(read.map { Array($0.utf8) } == labels.map { Array($0.utf8) })
    #expect(Model.canonicalText(ofLabels: ["a\"\\\u{1}\n"]) == #"["a\"\\\u0001\u000a"]"#)
    #expect(try Model.labels(canonicalText: Array(#" [ "\u00e9\ud83d\udc31\/\b" ] "#.utf8)) == ["é🐱/\u{8}"])
  }

  @Test("random architectures come back as they were", arguments: 0..<50 as Range<UInt64>)
  func architectures(seed: UInt64) throws {
    var random = RandomNumbers(seed: seed)
    func width() -> Int { 1 + Int(random.next() % UInt64(Architecture.maximumWidth)) }
    let layers = (0..<1 + Int(random.next() % 9)).map { _ in
      Architecture.Layer(outputs: width(), activation: Activation.allCases[Int(random.next() % 5)])
    }
    let architecture = try Architecture(inputs: width(), layers: layers)
    #expect(try Architecture(canonicalText: Array(architecture.canonicalText.utf8)) == architecture)
  }

  @Test("keys may come in any order and with white space, each exactly once")
  func order() throws {
    let text = #"{ "layers" : [ {"activation":"tanh" , "outputs": 2}], "inputs":3 }"#
    let architecture = try Architecture(canonicalText: Array(text.utf8))
    #expect(architecture.inputs == 3 && architecture.layers == [Architecture.Layer(outputs: 2, activation: .tanh)])
    for wrong in [
      #"{"inputs":3}"#, #"{"layers":[]}"#, #"{"inputs":3,"inputs":3,"layers":[]}"#,
      #"{"inputs":3,"layers":[{"outputs":2}]}"#,
      #"{"inputs":3,"layers":{}}"#, "", "{", "null", #"{"inputs":03,"layers":[]}"#, #"{"inputs":"3","layers":[]}"#,
    ] {
      #expect(throws: InferenceError.self, "\(wrong)") { try Architecture(canonicalText: Array(wrong.utf8)) }
    }
  }

  @Test(
    "how JPEG pictures are decoded stands in an input format only where it is not in full, so that older formats keep their text"
  )
  func jpegDecoding() throws {
    let full = try InputFormat(height: 2, width: 3, channels: 1)
    let scaled = try InputFormat(height: 2, width: 3, channels: 1, jpeg: .scaled)
    #expect(full.jpeg == .full && full != scaled)
    #expect(!full.canonicalText.contains("jpeg"))
    #expect(
      scaled.canonicalText
        == full.canonicalText.replacing("\"background\"", with: "\"jpeg\":\"scaled\",\"background\""))
    for format in [full, scaled] {
      #expect(try InputFormat(canonicalText: Array(format.canonicalText.utf8)) == format)
    }
    let key = "\"jpeg\":\"scaled\","
    for other in ["\"jpeg\":\"full\",", "\"jpeg\":\"\",", "\"jpeg\":1,", key + key, "\"JPEG\":\"scaled\","] {
      let text = scaled.canonicalText.replacing(key, with: other)
      #expect(throws: InferenceError.self, "\(text)") { try InputFormat(canonicalText: Array(text.utf8)) }
    }
    let last = full.canonicalText.dropLast() + ",\"jpeg\":\"scaled\"}"
    #expect(try InputFormat(canonicalText: Array(last.utf8)) == scaled)
  }
}
