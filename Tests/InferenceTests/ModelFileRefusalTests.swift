import Foundation
import Testing

@testable import Inference

/// One broken rule a case, the checksum put right: the code and the place that the message names.
@Suite("What a model file must not be")
struct ModelFileRefusalTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let code: InferenceError.Code
    /// What the message must contain, each.
    let parts: [String]
    let edit: @Sendable (inout EditedModelFile) -> Void

    init(
      _ name: String, _ code: InferenceError.Code = .invalidModelFile, says parts: String...,
      edit: @escaping @Sendable (inout EditedModelFile) -> Void
    ) {
      self.name = name
      self.code = code
      self.parts = parts
      self.edit = edit
    }

    /// A part of the header replaced by another.
    init(_ name: String, _ part: String, _ replacement: String, says parts: String...) {
      self.name = name
      self.code = .invalidModelFile
      self.parts = parts
      edit = { $0.replace(part, replacement) }
    }

    /// A part of the header replaced by another, which breaks a rule that is not the file's own.
    init(_ name: String, _ code: InferenceError.Code, _ part: String, _ replacement: String, says parts: String...) {
      self.name = name
      self.code = code
      self.parts = parts
      edit = { $0.replace(part, replacement) }
    }

    var testDescription: String { name }
  }

  // The model is 4-3-2; its tensors lie at 0…48, 48…60, 60…84 and 84…92.
  static let safetensors: [Case] = {
    var cases: [Case] = []
    cases.append(
      Case("a header length over the cap", says: "byte 0", "100000001", "100000000") { $0.statedLength = 100_000_001 })
    cases.append(Case("a header length of 2^64 - 1", says: "byte 0", "18446744073709551615") { $0.statedLength = .max })
    cases.append(
      Case("a header length past the end", says: "byte 0", "past the end", "cut off") { $0.statedLength = 5_000 })
    cases.append(Case("a header length of 0", says: "byte 8") { $0.statedLength = 0 })
    cases.append(Case("not an object", .notAModelFile, says: "byte 8", "123") { $0.header = "[]" + $0.header })
    cases.append(Case("not JSON", says: "byte 9", "found byte 33") { $0.replace("{\"__m", "{!\"__m") })
    cases.append(Case("a comma too many", #"[3,4],"#, "[3,4],,", says: "byte"))
    cases.append(Case("a comma at the end", "[84,92]}}", "[84,92]},}", says: "wanted '\"'"))
    cases.append(Case("an object without its end", "[84,92]}}", "[84,92]}", says: "wanted '}'"))
    cases.append(Case("bytes after the object", "[84,92]}}", "[84,92]}}{}", says: "left over after the JSON"))
    cases.append(Case("a comment", "{\"__m", "{/**/\"__m", says: "byte 9"))
    cases.append(Case("deep nesting", says: "byte 9") { $0.header = "{" + String(repeating: "[", count: 100_000) })
    cases.append(
      Case("deep nesting of objects", says: "wanted '\"'") {
        $0.replace("\"dtype\":\"F32\",\"shape\":[3,4]", "\"dtype\":" + String(repeating: "{\"a\":", count: 50_000))
      })
    cases.append(
      Case(
        "a tensor that is no object", "{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[48,60]}", "7",
        says: "wanted '{'"))
    cases.append(
      Case("a tensor twice", "\"layers.1.bias\"", "\"layers.0.bias\"", says: "\"layers.0.bias\" stands twice"))
    cases.append(
      Case(
        "a tensor twice by escapes", "\"layers.1.bias\"", "\"layers.0\\u002ebias\"",
        says: "\"layers.0.bias\" stands twice"))
    cases.append(
      Case(
        "__metadata__ twice", "\"layers.1.bias\":", "\"__metadata__\":{},\"layers.1.bias\":",
        says: "\"__metadata__\" stands twice"))
    cases.append(
      Case("a key of a tensor twice", "\"shape\":[3],", "\"shape\":[3],\"shape\":[3],", says: "\"shape\" stands twice"))
    cases.append(
      Case(
        "a key of a tensor that is unknown", "\"shape\":[3],", "\"shape\":[3],\"order\":\"C\",",
        says: "\"order\" is not known"))
    cases.append(Case("a tensor without a shape", "\"shape\":[3],", "", says: "\"shape\" is missing"))
    cases.append(
      Case(
        "an entry of __metadata__ that is no string", "\"nnscore.version\":\"7\"", "\"nnscore.version\":7",
        says: "wanted '\"'"))
    cases.append(
      Case(
        "an entry of __metadata__ twice", "\"nnscore.name\"", "\"nnscore.name\":\"a\",\"nnscore.name\"",
        says: "\"nnscore.name\" stands twice"))
    cases.append(
      Case(
        "an unknown type", "\"dtype\":\"F32\",\"shape\":[3],", "\"dtype\":\"F33\",\"shape\":[3],",
        says: "\"F33\" is unknown"))
    cases.append(
      Case(
        "a known type that is no weight's", "\"dtype\":\"F32\",\"shape\":[3],", "\"dtype\":\"I32\",\"shape\":[3],",
        says: "layers.0.bias is I32", "F32 [3]"))
    cases.append(
      Case(
        "a shape that does not fit the bytes", "\"shape\":[3,4]", "\"shape\":[3,5]", says: "\"layers.0.weight\"",
        "span 48 bytes", "need 60"))
    cases.append(
      Case(
        "a shape whose product overflows", "\"shape\":[3,4]", "\"shape\":[4294967296,4294967296]",
        says: "\"layers.0.weight\"", "more elements than memory"))
    cases.append(
      Case(
        "a number over 64 bits", "\"shape\":[3,4]", "\"shape\":[3,99999999999999999999]", says: "too large for 64 bits")
    )
    cases.append(
      Case("a number of 2^63", "\"shape\":[3,4]", "\"shape\":[3,9223372036854775808]", says: "too large for 64 bits"))
    cases.append(
      Case("a number of a million digits", says: "too large for 64 bits") {
        $0.replace("\"shape\":[3,4]", "\"shape\":[3,1" + String(repeating: "0", count: 1_000_000) + "]")
      })
    cases.append(Case("a negative number", "\"shape\":[3,4]", "\"shape\":[-3,4]", says: "non-negative"))
    cases.append(Case("a fraction", "\"shape\":[3,4]", "\"shape\":[3.0,4]", says: "wanted ']'"))
    cases.append(Case("an exponent", "\"shape\":[3,4]", "\"shape\":[3e0,4]", says: "wanted ']'"))
    cases.append(Case("a leading zero", "\"shape\":[3,4]", "\"shape\":[03,4]", says: "leading zero"))
    cases.append(
      Case("nine dimensions", "\"shape\":[3,4]", "\"shape\":[3,4,1,1,1,1,1,1,1]", says: "more than 8 dimensions"))
    cases.append(
      Case(
        "offsets that overlap", "\"data_offsets\":[48,60]", "\"data_offsets\":[44,56]",
        says: "\"layers.0.bias\" overlaps"
      ))
    cases.append(
      Case("offsets that leave a hole", says: "\"layers.1.weight\"", "belong to no tensor") {
        $0.replace("[60,84]", "[64,88]")
        $0.replace("[84,92]", "[88,96]")
        $0.data += [0, 0, 0, 0]
      })
    cases.append(
      Case("data that begins with a hole", says: "before tensor \"layers.0.weight\" belong to no tensor") {
        $0.replace("[0,48]", "[4,52]")
        $0.replace("[48,60]", "[52,64]")
        $0.replace("[60,84]", "[64,88]")
        $0.replace("[84,92]", "[88,96]")
        $0.data += [0, 0, 0, 0]
      })
    cases.append(Case("offsets past the end", "[84,92]", "[92,100]", says: "\"layers.1.bias\"", "within the 92 bytes"))
    cases.append(Case("offsets backwards", "[84,92]", "[92,84]", says: "\"layers.1.bias\"", "do not lie within"))
    cases.append(
      Case("offsets near 2^63", "[84,92]", "[9223372036854775800,9223372036854775807]", says: "do not lie within"))
    cases.append(Case("one offset", "[84,92]", "[84]", says: "\"layers.1.bias\""))
    cases.append(Case("three offsets", "[84,92]", "[84,92,92]", says: "more than two numbers"))
    cases.append(Case("bytes left over", says: "3 bytes are left over", "from byte") { $0.data += [0, 0, 0] })
    cases.append(
      Case("too many tensors", says: "more than 5122 tensors") { file in
        let tensors = (0..<5124).map { ",\"t\($0)\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[92,92]}" }
          .joined()
        file.replace("[84,92]}}", "[84,92]}" + tensors + "}")
      })
    cases.append(
      Case("too much metadata", says: "more than 1024 entries") { file in
        file.replace("\"nnscore.name\"", (0..<1025).map { "\"k\($0)\":\"\"," }.joined() + "\"nnscore.name\"")
      })
    cases.append(Case("a string without its end", says: "without its end") { $0.header = "{\"__metadata__" })
    cases.append(Case("a control character in a string", "\"cats\"", "\"ca\u{1}ts\"", says: "control character"))
    cases.append(Case("an unknown escape", "\"cats\"", "\"ca\\xts\"", says: "unknown escape"))
    cases.append(Case("half of a surrogate pair", "\"cats\"", "\"\\ud83d\"", says: "surrogate"))
    cases.append(Case("the other half of a surrogate pair", "\"cats\"", "\"\\udc31\"", says: "surrogate"))
    cases.append(Case("a surrogate pair of two first halves", "\"cats\"", "\"\\ud83d\\ud83d\"", says: "surrogate"))
    cases.append(Case("an escape cut short", "\"cats\"", "\"\\u00g0\"", says: "four hexadecimal digits"))
    return cases
  }()

  static let model: [Case] = {
    var cases: [Case] = []
    cases.append(Case("no metadata", "\"__metadata__\"", "\"__metadat__\"", says: "byte"))
    cases.append(
      Case("no format", "\"nnscore.format\":\"1\",", "", says: "not a model of nnscore", "\"nnscore.format\""))
    cases.append(
      Case(
        "a newer format", .unsupportedModelFile, "\"nnscore.format\":\"1\"", "\"nnscore.format\":\"4\"",
        says: "format \"4\"", "newer"))
    cases.append(
      Case(
        "a format written otherwise", .unsupportedModelFile, "\"nnscore.format\":\"1\"", "\"nnscore.format\":\"1.0\"",
        says: "1.0"))
    cases.append(
      Case(
        "an unknown key of nnscore", "\"nnscore.name\"", "\"nnscore.colour\":\"red\",\"nnscore.name\"",
        says: "\"nnscore.colour\" is not known"))
    cases.append(
      Case("a wrong checksum", .damagedModelFile, says: "checksum", "damaged") {
        $0.fixesChecksum = false; $0.data[0] ^= 1
      })
    cases.append(Case("a checksum of another kind", "\"xxh64:", "\"crc32:", says: "nnscore.checksum", "xxh64:"))
    cases.append(
      Case("a checksum in capitals", says: "lower-case") { file in
        file.fixesChecksum = false
        let start = file.header.range(of: "xxh64:")?.upperBound ?? file.header.startIndex
        file.header.replaceSubrange(start..<file.header.index(start, offsetBy: 16), with: "0123456789ABCDEF")
      })
    cases.append(
      Case("a checksum cut short", says: "nnscore.checksum") { file in
        file.fixesChecksum = false
        let start = file.header.range(of: "xxh64:")?.upperBound ?? file.header.startIndex
        file.header.removeSubrange(start..<file.header.index(start, offsetBy: 16))
      })
    cases.append(
      Case("a checksum written with escapes", says: "nnscore.checksum") { file in
        file.fixesChecksum = false
        let start = file.header.range(of: "xxh64:")?.upperBound ?? file.header.startIndex
        file.header.replaceSubrange(
          file.header.index(start, offsetBy: 15)..<file.header.index(start, offsetBy: 16), with: "\\u0030")
      })
    cases.append(Case("a tensor missing", "\"layers.1.bias\"", "\"layers.1.bios\"", says: "layers.1.bias is missing"))
    cases.append(
      Case(
        "a tensor too many", "[84,92]}}",
        "[84,92]},\"extra\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[92,92]}}",
        says: "\"extra\" belongs to no layer"))
    cases.append(
      Case("a weight transposed", "\"shape\":[3,4]", "\"shape\":[4,3]", says: "layers.0.weight is F32 [4, 3]", "[3, 4]")
    )
    cases.append(
      Case("a bias with two dimensions", "\"shape\":[3]", "\"shape\":[3,1]", says: "layers.0.bias is F32 [3, 1]"))
    cases.append(
      Case("layers that do not chain", "{\\\"outputs\\\":3,", "{\\\"outputs\\\":2,", says: "layers.0.weight", "[2, 4]"))
    cases.append(
      Case(
        "an architecture that is no JSON", "{\\\"inputs\\\":4", "(\\\"inputs\\\":4",
        says: "nnscore.architecture, byte 0"))
    cases.append(
      Case("an architecture without layers", .invalidArchitecture, says: "0 layers") { file in
        file.header = file.header.replacing(/"layers\\":\[.*?\]/, with: "\"layers\\\":[]")
      })
    cases.append(
      Case(
        "an unknown activation", "\\\"relu\\\"", "\\\"reul\\\"", says: "nnscore.architecture",
        "unknown activation \"reul\""))
    cases.append(
      Case(
        "a softmax before the end", .invalidArchitecture, "\\\"relu\\\"", "\\\"softmax\\\"", says: "layer 0 is softmax")
    )
    cases.append(
      Case(
        "a width of 0", .invalidArchitecture, "{\\\"outputs\\\":3,", "{\\\"outputs\\\":0,",
        says: "layer 0 has 0 outputs"))
    cases.append(
      Case(
        "a width over the cap", .invalidArchitecture, "{\\\"outputs\\\":3,", "{\\\"outputs\\\":16777217,",
        says: "layer 0", "16777217"))
    cases.append(
      Case("too many layers", says: "more than 1024 layers") { file in
        let layer = "{\\\"outputs\\\":1,\\\"activation\\\":\\\"relu\\\"},"
        file.replace("[{\\\"outputs\\\":3,", "[" + String(repeating: layer, count: 1100) + "{\\\"outputs\\\":3,")
      })
    cases.append(
      Case(
        "an unknown key of the architecture", "{\\\"inputs\\\":4", "{\\\"bias\\\":1,\\\"inputs\\\":4",
        says: "\"bias\" is not known"))
    cases.append(
      Case(
        "bytes after the architecture", "\\\"softmax\\\"}]}", "\\\"softmax\\\"}]} x", says: "nnscore.architecture",
        "left over"))
    cases.append(
      Case(
        "another number of inputs", .invalidInputFormat, "\\\"width\\\":4", "\\\"width\\\":5", says: "1 × 5 × 1 = 5",
        "takes 4"))
    cases.append(
      Case("a picture without height", .invalidInputFormat, "\\\"height\\\":1", "\\\"height\\\":0", says: "0 × 4 × 1"))
    cases.append(
      Case(
        "a picture whose size overflows", .invalidInputFormat, "\\\"height\\\":1", "\\\"height\\\":9223372036854775807",
        says: "at most"))
    cases.append(
      Case(
        "too many channels", .invalidInputFormat, "\\\"channels\\\":1", "\\\"channels\\\":65537", says: "65537 channels"
      ))
    cases.append(
      Case("an unknown element type", "\\\"uint8\\\"", "\\\"int8\\\"", says: "nnscore.input", "unknown", "int8"))
    cases.append(Case("an unknown fit", "\\\"stretch\\\"", "\\\"squeeze\\\"", says: "nnscore.input", "squeeze"))
    cases.append(Case("an unknown filter", "\\\"bilinear\\\"", "\\\"lanczos\\\"", says: "nnscore.input", "lanczos"))
    cases.append(Case("a background over 255", "[255,255,255]", "[255,256,255]", says: "nnscore.input", "over 255"))
    cases.append(
      Case("a background of two values", .invalidInputFormat, "[255,255,255]", "[255,255]", says: "2 values"))
    cases.append(
      Case("a scale of 0", .invalidInputFormat, "\\\"0x1.010101010101p-8\\\"", "\\\"0x0p+0\\\"", says: "scale"))
    cases.append(
      Case("a negative scale", .invalidInputFormat, "\\\"0x1.010101010101p-8\\\"", "\\\"-0x1p+0\\\"", says: "scale"))
    cases.append(
      Case("a scale in decimal", "\\\"0x1.010101010101p-8\\\"", "\\\"0.5\\\"", says: "nnscore.input", "hexadecimal"))
    cases.append(
      Case("a scale that would be rounded", "0x1.010101010101p-8", "0x1.00000000000001p-8", says: "not an exact"))
    cases.append(Case("a scale out of range", "0x1.010101010101p-8", "0x1p+1024", says: "not an exact"))
    cases.append(
      Case(
        "a mean that is not there", "\\\"mean\\\":[\\\"0x0p+0\\\"]", "\\\"mean\\\":[]",
        says: "one value for each channel"
      ))
    cases.append(
      Case(
        "a mean too many", .invalidInputFormat, "\\\"mean\\\":[\\\"0x0p+0\\\"]",
        "\\\"mean\\\":[\\\"0x0p+0\\\",\\\"0x0p+0\\\"]", says: "2 means"))
    cases.append(
      Case("a deviation of 0", .invalidInputFormat, "[\\\"0x1p+0\\\"]", "[\\\"0x0p+0\\\"]", says: "standard deviation"))
    cases.append(
      Case(
        "a deviation too small to divide by", .invalidInputFormat, "[\\\"0x1p+0\\\"]", "[\\\"0x1p-1074\\\"]",
        says: "channel 0"))
    cases.append(Case("a label too few", .invalidLabels, ",\\\"class 1\\\"", "", says: "1 labels for 2 outputs"))
    cases.append(
      Case("a label too many", .invalidLabels, ",\\\"class 1\\\"", ",\\\"class 1\\\",\\\"class 2\\\"", says: "3 labels")
    )
    cases.append(
      Case("a label twice", .invalidLabels, "\\\"class 1\\\"", "\\\"class 0\\\"", says: "\"class 0\" stands twice"))
    cases.append(Case("an empty label", .invalidLabels, "\\\"class 1\\\"", "\\\"\\\"", says: "empty"))
    cases.append(
      Case("labels that are no array", "[\\\"class 0\\\",\\\"class 1\\\"]", "{}", says: "nnscore.labels, byte 0"))
    cases.append(Case("a label that is no string", "\\\"class 1\\\"", "1", says: "nnscore.labels"))
    cases.append(
      Case(
        "a version that is no number", "\"nnscore.version\":\"7\"", "\"nnscore.version\":\"seven\"",
        says: "nnscore.version, byte 0"))
    cases.append(
      Case("a negative version", "\"nnscore.version\":\"7\"", "\"nnscore.version\":\"-7\"", says: "nnscore.version"))
    cases.append(
      Case(
        "a version with something after it", "\"nnscore.version\":\"7\"", "\"nnscore.version\":\"7th\"",
        says: "nnscore.version", "left over"))
    cases.append(
      Case("a name that is too long", .invalidIdentity, says: "1025 bytes") {
        $0.replace("\"cats\"", "\"" + String(repeating: "c", count: 1025) + "\"")
      })
    return cases
  }()

  static func refusal(_ bytes: [UInt8]) -> InferenceError? {
    do {
      _ = try Example.read(bytes, name: "file.safetensors")
      return nil
    } catch {
      return error
    }
  }

  @Test("is refused with a code and the place", arguments: safetensors + model)
  func refused(_ broken: Case) throws {
    var file = EditedModelFile(try Example.model())
    broken.edit(&file)
    Self.expect(broken, in: file)
  }

  /// Expects that a file is refused as a case says.
  static func expect(_ broken: Case, in file: EditedModelFile) {
    let error = refusal(file.bytes)
    #expect(error?.code == broken.code, "\(error?.message ?? "accepted")")
    for part in broken.parts { #expect(error?.message.contains(part) == true, "\(error?.message ?? "accepted")") }
  }

  @Test("each missing key of the metadata is named")
  func missingKeys() throws {
    for key in ["format", "architecture", "input", "labels", "name", "version", "digest", "checksum"] {
      var file = EditedModelFile(try Example.model())
      file.replace("\"nnscore.\(key)\":", "\"other.\(key)\":")
      #expect(Self.refusal(file.bytes)?.message.contains("no \"nnscore.\(key)\"") == true)
    }
  }

  @Test(
    "bytes that are not UTF-8 are refused in every string",
    arguments: [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xc3]] as [[UInt8]])
  func notUTF8(_ wrong: [UInt8]) throws {
    let file = EditedModelFile(try Example.model())
    for marker in ["cats", "class 0", "layers.1.bias", "nnscore.name", "F32"] {
      var header = Array(file.header.utf8)
      let start = try #require(file.header.utf8.firstRange(of: Array(marker.utf8)))
      let offset = file.header.utf8.distance(from: file.header.utf8.startIndex, to: start.lowerBound)
      header.replaceSubrange(offset + 1..<offset + 2, with: wrong)
      let error = Self.refusal(file.bytes(header: header))
      #expect(error?.code == .invalidModelFile)
      #expect(error?.message.contains("UTF-8") == true, "\(marker): \(error?.message ?? "accepted")")
    }
  }

  @Test("what JSON allows is accepted: white space, other keys of metadata, escapes, tensors in any order")
  func accepted() throws {
    let model = try Example.model()
    var file = EditedModelFile(model)
    file.replace(
      "\"nnscore.name\":\"cats\"", " \n\t\"note\" : \"made\\u0020by \\\"hand\\\"\" , \"nnscore.name\":\"\\u0063ats\"")
    let weight = "\"layers.1.weight\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[60,84]}"
    file.replace("," + weight, "")
    file.replace("\"layers.0.weight\"", weight + ",\r\n\"layers.0.weight\"")
    #expect(try Example.read(file.bytes) == model)
  }
}
