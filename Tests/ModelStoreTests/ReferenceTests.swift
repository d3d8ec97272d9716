import ModelStore
import Testing

@Suite struct ReferenceTests {
  @Test(
    "A reference is read, and written as it was read",
    arguments: [
      ("cats", Reference.Selector.serving), ("cats@3", .number(3)), ("cats@latest", .latest),
      ("cats@champion", .alias("champion")), ("cats@sha256:1f0c", .digestPrefix("1f0c")),
      ("c", .serving), ("0.a_b-C@9223372036854775807", .number(.max)), ("cats@latest2", .alias("latest2")),
    ])
  func reads(text: String, selector: Reference.Selector) throws {
    let reference = try Reference(text)
    #expect(reference.selector == selector)
    #expect(reference.description == text)
    #expect(try Reference(model: reference.model, selector) == reference)
  }

  @Test("Digits of a digest may be upper-case")
  func upperCase() throws {
    #expect(try Reference("cats@sha256:1F0C").selector == .digestPrefix("1f0c"))
  }

  @Test(
    "What is no reference is refused with the reason",
    arguments: [
      ("", "empty"), ("@3", "name is missing"), ("cats@", "nothing stands after"), ("cats@0", "\"0\""),
      ("cats@-1", "\"-1\""), ("cats@03", "\"03\""), ("cats@3x", "\"3x\""),
      ("cats@99999999999999999999", "version number"), ("cats@sha256:", "4 to 64"), ("cats@sha256:12g4", "0-9 and a-f"),
      ("cats@sha256:123", "not 3"), ("cats@a@b", "neither"), ("cats@ö", "neither"),
    ])
  func refuses(text: String, reason: String) {
    let error = storeError { _ = try Reference(text) }
    #expect(error?.code == .invalidReference)
    #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
  }

  @Test("A digest prefix of 65 digits is too long")
  func tooLong() {
    let error = storeError { _ = try Reference("cats@sha256:" + String(repeating: "0", count: 65)) }
    #expect(error?.code == .invalidReference)
  }

  @Test(
    "What cannot be a model's name is refused",
    arguments: [
      ".cats", "-cats", "_cats", "cats and dogs", "kätzchen", "cats/dogs", "cats\n", "cats'--",
      String(repeating: "c", count: 129),
    ])
  func names(name: String) {
    #expect(storeError { _ = try Reference(name) }?.code == .invalidName)
    #expect(storeError { try Reference.validate(modelName: name) }?.code == .invalidName)
  }
}
