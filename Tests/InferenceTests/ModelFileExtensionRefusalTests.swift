import Testing

@testable import Inference

/// The rules of golden examples and signatures, one broken a case.
@Suite("What a model file of format 2 must not be")
struct ModelFileExtensionRefusalTests {
  typealias Case = ModelFileRefusalTests.Case

  // The layers lie at 0…92, then come golden.outputs at 92…108 and golden.inputs at 108…116.
  private static let outputs = #""golden.outputs":{"dtype":"F32","shape":[2,2],"data_offsets":[92,108]}"#
  private static let inputs = #""golden.inputs":{"dtype":"U8","shape":[2,4],"data_offsets":[108,116]}"#

  private static func key(_ digit: String) -> String { String(repeating: digit, count: 64) }

  static let golden: [Case] = [
    Case("no outputs", says: "the tensor golden.outputs is missing") {
      $0.replace("," + outputs, "")
      $0.replace("[108,116]", "[92,100]")
      $0.data.removeSubrange(92..<108)
    },
    Case("no inputs", says: "the tensor golden.inputs is missing") {
      $0.replace("," + inputs, "")
      $0.data.removeLast(8)
    },
    Case("a third tensor", says: "\"golden.labels\" belongs to no layer") {
      $0.replace(
        outputs, outputs + #","golden.labels":{"dtype":"U8","shape":[2],"data_offsets":[116,118]}"#)
      $0.data += [0, 0]
    },
    Case("no layers", says: "the tensor layers.0.weight is missing") {
      $0.header = $0.header.replacing(/"layers\.\d\.\w+":{.*?},/, with: "")
      $0.replace("[92,108]", "[0,16]")
      $0.replace("[108,116]", "[16,24]")
      $0.data.removeFirst(92)
    },
    Case("outputs of another type", says: "golden.outputs is I32 [2, 2]; the model needs F32 [count, 2]") {
      $0.replace(#""golden.outputs":{"dtype":"F32""#, #""golden.outputs":{"dtype":"I32""#)
    },
    Case("floats where the model takes bytes", says: "golden.inputs is F32 [2, 1]; the model needs U8 [count, 4]") {
      $0.replace(#""dtype":"U8","shape":[2,4]"#, #""dtype":"F32","shape":[2,1]"#)
    },
    Case("signed bytes", says: "golden.inputs is I8 [2, 4]") { $0.replace(#""U8""#, #""I8""#) },
    Case("bytes where the model takes floats", says: "golden.inputs is U8 [2, 4]; the model needs F32 [count, 4]") {
      $0.replace(#"\"type\":\"uint8\""#, #"\"type\":\"float32\""#)
    },
    Case("outputs of one dimension", says: "golden.outputs is F32 [4]") { $0.replace("[2,2]", "[4]") },
    Case("inputs of three dimensions", says: "golden.inputs is U8 [2, 2, 2]") {
      $0.replace(#""U8","shape":[2,4]"#, #""U8","shape":[2,2,2]"#)
    },
    Case("outputs of another width", says: "golden.outputs is F32 [1, 4]") { $0.replace("[2,2]", "[1,4]") },
    Case("inputs of another width", says: "golden.inputs is U8 [4, 2]") {
      $0.replace(#""U8","shape":[2,4]"#, #""U8","shape":[4,2]"#)
    },
    Case("another number of inputs", says: "golden.outputs has 2 examples, golden.inputs has 3") {
      $0.replace(#""U8","shape":[2,4]"#, #""U8","shape":[3,4]"#)
      $0.replace("[108,116]", "[108,120]")
      $0.data += [0, 0, 0, 0]
    },
    Case("no examples", says: "golden.outputs has 0 examples; expected 1 to 1024") {
      $0.replace("\"shape\":[2,2],\"data_offsets\":[92,108]", "\"shape\":[0,2],\"data_offsets\":[92,92]")
      $0.replace("\"shape\":[2,4],\"data_offsets\":[108,116]", "\"shape\":[0,4],\"data_offsets\":[92,92]")
      $0.data.removeLast(24)
    },
    Case("too many examples", says: "golden.outputs has 1025 examples; expected 1 to 1024") {
      $0.replace("\"shape\":[2,2],\"data_offsets\":[92,108]", "\"shape\":[1025,2],\"data_offsets\":[92,8292]")
      $0.replace("\"shape\":[2,4],\"data_offsets\":[108,116]", "\"shape\":[1025,4],\"data_offsets\":[8292,12392]")
      $0.data += [UInt8](repeating: 0, count: 12392 - 116)
    },
    Case("inputs before outputs", says: "golden.inputs does not come after golden.outputs") {
      $0.replace("[92,108]", "[100,116]")
      $0.replace("[108,116]", "[92,100]")
    },
    Case("inputs before a layer", says: "golden.inputs does not come after golden.outputs") {
      $0.replace("[108,116]", "[84,92]")
      $0.replace(#""shape":[2],"data_offsets":[84,92]"#, #""shape":[2],"data_offsets":[92,100]"#)
      $0.replace("[92,108]", "[100,116]")
    },
    Case("outputs before a layer", says: "golden.outputs comes before layers.1.bias in the data") {
      $0.replace("[92,108]", "[84,100]")
      $0.replace("[84,92]", "[100,108]")
    },
    Case("a NaN of other bits", says: "byte", "a NaN in golden.outputs with the bits 0xffc00000", "0x7fc00000") {
      $0.data.replaceSubrange(96..<100, with: [0, 0, 0xc0, 0xff])
    },
    Case("a signalling NaN", says: "a NaN in golden.outputs with the bits 0x7f800001") {
      $0.data.replaceSubrange(92..<96, with: [1, 0, 0x80, 0x7f])
    },
    Case("format 1", says: "the tensor \"golden.outputs\" belongs to no layer") { file in
      file.header = file.header.replacing(/"nnscore\.signatures":".*?\]",/, with: "")
      file.replace("\"nnscore.format\":\"2\"", "\"nnscore.format\":\"1\"")
    },
  ]

  static let signatures: [Case] = [
    Case(
      "format 1", "\"nnscore.format\":\"2\"", "\"nnscore.format\":\"1\"", says: "\"nnscore.signatures\" is not known"),
    Case("twice", says: "\"nnscore.signatures\" stands twice") {
      $0.replace("\"nnscore.signatures\"", "\"nnscore.signatures\":\"[]\",\"nnscore.signatures\"")
    },
    Case("an empty list", says: "nnscore.signatures, byte 2", "no signature") {
      $0.header = $0.header.replacing(/"nnscore\.signatures":".*?\]"/, with: #""nnscore.signatures":"[]""#)
    },
    Case("no list", says: "nnscore.signatures, byte 0", "wanted '['") {
      $0.header = $0.header.replacing(/"nnscore\.signatures":".*?\]"/, with: #""nnscore.signatures":"{}""#)
    },
    Case("not sorted", says: "nnscore.signatures", "must ascend", key("1")) { $0.replace(key("0"), key("2")) },
    Case("a key twice", says: "nnscore.signatures", "no key twice", key("1")) { $0.replace(key("0"), key("1")) },
    Case("a key in capitals", says: "the key of a signature is not 64 lower-case") { $0.replace(key("1"), key("A")) },
    Case("a signature in capitals", says: "the signature of a signature is not 128 lower-case") {
      $0.replace(String(repeating: "5", count: 128), String(repeating: "F", count: 128))
    },
    Case("a key too short", says: "the key of a signature") { $0.replace(key("1"), String(repeating: "1", count: 63)) },
    Case("a signature too long", says: "the signature of a signature") {
      $0.replace(String(repeating: "5", count: 128), String(repeating: "5", count: 129))
    },
    Case("a key that is no hexadecimal", says: "the key of a signature") { $0.replace(key("1"), key("g")) },
    Case("a key that is no string", "\\\"" + key("1") + "\\\"", "1", says: "nnscore.signatures", "wanted '\"'"),
    Case("a member missing", says: "the key \"key\" is missing") {
      $0.replace("\\\"key\\\":\\\"" + key("0") + "\\\",", "")
    },
    Case(
      "a member twice", "{\\\"key\\\":\\\"0", "{\\\"key\\\":\\\"\\\",\\\"key\\\":\\\"0", says: "\"key\" stands twice"),
    Case(
      "an unknown member", "{\\\"key\\\":\\\"0", "{\\\"by\\\":\\\"me\\\",\\\"key\\\":\\\"0", says: "\"by\" is not known"
    ),
    Case("something after the list", "}]\",", "}]x\",", says: "nnscore.signatures", "left over"),
    Case("too many", says: "more than 64 signatures") { file in
      let more = (0..<64).map { number in
        let digits = String(number + 256, radix: 16)
        return "{\\\"key\\\":\\\"" + String(repeating: "2", count: 61) + digits + "\\\",\\\"signature\\\":\\\""
          + String(repeating: "5", count: 128) + "\\\"}"
      }
      file.replace("}]\",\"nnscore.checksum", "}," + more.joined(separator: ",") + "]\",\"nnscore.checksum")
    },
  ]

  @Test("is refused with a code and the place", arguments: golden + signatures)
  func refused(_ broken: Case) throws {
    let model = try Example.extended(
      Example.model(), signatures: [Example.signature("0"), Example.signature("1")])
    var file = EditedModelFile(model)
    broken.edit(&file)
    ModelFileRefusalTests.expect(broken, in: file)
  }

  @Test("format 2 with neither golden examples nor signatures is refused")
  func neither() throws {
    var file = EditedModelFile(try Example.model())
    file.replace("\"nnscore.format\":\"1\"", "\"nnscore.format\":\"2\"")
    #expect(ModelFileRefusalTests.refusal(file.bytes)?.message.contains("this one neither") == true)
  }

  @Test("layers in any order, white space and escapes are accepted before golden examples as without them")
  func accepted() throws {
    let model = try Example.extended(Example.model(), signatures: [Example.signature("0")])
    var file = EditedModelFile(model)
    file.replace("," + Self.inputs, "")
    file.replace("\"layers.0.weight\"", Self.inputs + " ,\n\"layers.0.weight\"")
    file.replace("golden.outputs", "gol\\u0064en.outputs")
    file.replace("[{\\\"key\\\":", " [ {\\\"\\\\u006bey\\\" : ")
    #expect(try Example.read(file.bytes) == model)
  }
}
