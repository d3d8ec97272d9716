// A libFuzzer target for what decodes pictures, compiled into one module with Images by Scripts/fuzz.
/// Small enough for thousands of pictures a second.
private let limits = ImageLimits(maximumFileBytes: 1 << 20, maximumPixels: 1 << 16)

/// Decodes bytes as a picture: as they are; with the checksums of PNG chunks put right; and as the filtered rows of a PNG file of a shape
/// that the first bytes give, so that the fuzzer gets past what it cannot guess.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPicture(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let start = unsafe start else { return 0 }
  let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  decode(bytes)
  switch FileKind.recognise(bytes) {
  case .png: decode(withChecksums(bytes))
  case .jpeg: break
  default: decode(rows: bytes)
  }
  return 0
}

/// What is decoded must have the shape that the header says and fit every rule; what is not must say why.
private func decode(_ bytes: [UInt8]) {
  let decoder = ImageDecoder(limits: limits)
  let image: DecodedImage
  do {
    image = try decoder.decode(bytes, name: "fuzz")
  } catch {
    guard error.message.hasPrefix("fuzz: "), error.code != .invalidRule else { fatalError("\(error)") }
    return
  }
  guard image.pixels.count == image.height * image.width * image.channels else { fatalError("\(image.shape)") }
  guard let shape = try? decoder.shape(of: bytes, name: "fuzz"), shape == image.shape else {
    fatalError("the header says another shape than \(image.shape)")
  }
  comparePlain(bytes)
  for (index, fit) in ImageRule.Fit.allCases.enumerated() {
    apply(fit, ImageRule.Filter.allCases[index], to: image, of: bytes)
  }
}

/// What is read without libpng must be what libpng reads.
private func comparePlain(_ bytes: [UInt8]) {
  guard FileKind.recognise(bytes) == .png, let structure = try? PNGStructure(bytes, name: "fuzz"),
    let plain = PlainPNG.decode(bytes, structure: structure)
  else { return }
  guard let image = try? LibPNG.decode(bytes, structure: structure, name: "fuzz"), image == plain else {
    fatalError("libpng reads another picture")
  }
}

/// Brings a picture to a shape of another aspect ratio, a JPEG file also at a part of its size.
private func apply(_ fit: ImageRule.Fit, _ filter: ImageRule.Filter, to image: DecodedImage, of bytes: [UInt8]) {
  do {
    let rule = try ImageRule(
      height: 5, width: 7, channels: image.width % 2 == 0 ? 1 : 3, fit: fit, filter: filter, jpeg: .scaled)
    guard rule.apply(to: image).count == rule.shape.valueCount else { fatalError("\(rule) gives another shape") }
    guard FileKind.recognise(bytes) == .jpeg else { return }
    // Where the whole picture can be decoded, damage may still show at a part of its size.
    guard
      let scaled = try? LibTurboJPEG.decode(
        bytes, limits: limits, name: "fuzz", divisor: rule.divisor(height:width:))
    else { return }
    guard rule.apply(to: scaled).count == rule.shape.valueCount else { fatalError("\(rule) gives another shape") }
  } catch {
    fatalError("\(error)")
  }
}

/// The same file with the checksum behind each chunk that of its type and data.
private func withChecksums(_ bytes: [UInt8]) -> [UInt8] {
  var result = bytes
  var offset = 8
  while bytes.count - offset >= 12 {
    let length = Int(bytes.bigEndian32(at: offset))
    guard length <= bytes.count - offset - 12 else { break }
    let end = offset + 8 + length
    result.replaceSubrange(end..<end + 4, with: PNGFile.checksum(of: bytes[offset + 4..<end]))
    offset = end + 4
  }
  return result
}

/// A PNG file of rows that are filtered as the bytes say.
private func decode(rows bytes: [UInt8]) {
  guard bytes.count > 3 else { return }
  let (channels, width) = (1 + Int(bytes[0] % 4), 1 + Int(bytes[1] % 100))
  let height = min((bytes.count - 3) / (1 + width * channels), 100)
  guard height > 0 else { return }
  var rows = Array(bytes[3..<3 + height * (1 + width * channels)])
  // One of the filters that there are, but in a row here and there.
  for row in 0..<height where row % 16 != 15 { rows[row * (1 + width * channels)] %= 5 }
  var file = PNGFile(width: width, height: height, channels: channels, samples: [])
  file.pieces = bytes[2] % 2 == 0 ? [] : [1, Int(bytes[2])]
  let made = file.bytes(filtered: rows)
  decode(made)
  // As many rows and no other filter than there is: such a file is whole.
  let isSound = stride(from: 0, to: rows.count, by: 1 + width * channels).allSatisfy { rows[$0] < 5 }
  guard let structure = try? PNGStructure(made, name: "fuzz"),
    (PlainPNG.decode(made, structure: structure) != nil) == isSound
  else { fatalError("a PNG file of \(height)×\(width)×\(channels) is taken for \(isSound ? "damaged" : "whole")") }
}
