/// What a file is by its first bytes, whatever its name says.
///
/// Everything that opens a file from outside asks here first, so that a Git LFS pointer named `.h5` or a web page
/// named `.jpg` is reported as what it is.
public enum FileKind: Sendable, Equatable, CaseIterable {
  /// No bytes at all.
  case empty
  /// A PNG picture.
  case png
  /// A JPEG picture.
  case jpeg
  /// A GIF picture.
  case gif
  /// A WebP picture.
  case webp
  /// A Windows bitmap.
  case bmp
  /// A TIFF picture, of either byte order.
  case tiff
  /// A picture of the HEIF family (HEIC, AVIF).
  case heif
  /// An HDF5 file, with or without a user block.
  case hdf5
  /// An IDX file, the format of MNIST.
  case idx
  /// A NumPy array (`.npy`).
  case numpy
  /// A gzip stream.
  case gzip
  /// A zip archive (also `.npz`).
  case zip
  /// A PDF document.
  case pdf
  /// An SQLite database.
  case sqlite
  /// The few lines that Git LFS leaves in place of a file that was not fetched.
  case gitLFSPointer
  /// A web page.
  case html
  /// Text of some other sort.
  case text
  /// None of the above.
  case unknown

  /// How many bytes from the start of a file are enough for ``recognise(_:)``.
  public static let prefixLength = 4096

  /// Says what a file is.
  ///
  /// - Parameter firstBytes: The first ``prefixLength`` bytes of the file, or all of it where it is shorter.
  public static func recognise(_ firstBytes: [UInt8]) -> FileKind {
    if firstBytes.isEmpty { return .empty }
    for (magic, kind) in signatures where starts(firstBytes, with: magic) { return kind }
    if starts(firstBytes, with: ascii("RIFF")), starts(firstBytes, with: ascii("WEBP"), at: 8) { return .webp }
    if starts(firstBytes, with: ascii("ftyp"), at: 4), isHEIFBrand(firstBytes) { return .heif }
    // An HDF5 file may begin with a user block of 512 bytes or a larger power of two.
    for offset in [512, 1024, 2048] where starts(firstBytes, with: hdf5Signature, at: offset) { return .hdf5 }
    if isIDX(firstBytes) { return .idx }
    // "BM" alone is also how some texts begin: the four reserved bytes of the bitmap header are zero.
    if starts(firstBytes, with: ascii("BM")), starts(firstBytes, with: [0, 0, 0, 0], at: 6) { return .bmp }
    return isText(firstBytes) ? (isHTML(firstBytes) ? .html : .text) : .unknown
  }

  /// What the file is, as a noun for a sentence: "a PNG picture", "a Git LFS pointer, not the file itself".
  public var description: String {
    switch self {
    case .empty: "an empty file"
    case .png: "a PNG picture"
    case .jpeg: "a JPEG picture"
    case .gif: "a GIF picture"
    case .webp: "a WebP picture"
    case .bmp: "a BMP picture"
    case .tiff: "a TIFF picture"
    case .heif: "a HEIF picture (HEIC or AVIF)"
    case .hdf5: "an HDF5 file"
    case .idx: "an IDX file"
    case .numpy: "a NumPy array"
    case .gzip: "a gzip stream"
    case .zip: "a zip archive"
    case .pdf: "a PDF document"
    case .sqlite: "an SQLite database"
    case .gitLFSPointer: "a Git LFS pointer, not the file itself"
    case .html: "a web page (HTML)"
    case .text: "a text file"
    case .unknown: "a file of unknown format"
    }
  }

  /// What to do about such a file where something else was expected, as a sentence; nil where nothing general helps.
  public var remedy: String? {
    switch self {
    case .gitLFSPointer: "Fetch the file itself with `git lfs pull`."
    case .html: "Probably a download that was answered with a page to log in or to confirm; download it again."
    case .gif, .webp, .bmp, .tiff, .heif: "Convert it to PNG or JPEG."
    case .empty: "Copy or download it again."
    case .zip: "Unpack it first."
    default: nil
    }
  }

  /// Whether the file is a picture, of a format that this library reads or of another.
  public var isPicture: Bool {
    switch self {
    case .png, .jpeg, .gif, .webp, .bmp, .tiff, .heif: true
    default: false
    }
  }

  private static let hdf5Signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  private static let signatures: [(magic: [UInt8], kind: FileKind)] = [
    ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], .png),
    ([0xFF, 0xD8, 0xFF], .jpeg),
    (ascii("GIF87a"), .gif),
    (ascii("GIF89a"), .gif),
    ([0x49, 0x49, 0x2A, 0x00], .tiff),
    ([0x4D, 0x4D, 0x00, 0x2A], .tiff),
    (hdf5Signature, .hdf5),
    ([0x93] + ascii("NUMPY"), .numpy),
    ([0x1F, 0x8B], .gzip),
    ([0x50, 0x4B, 0x03, 0x04], .zip),
    ([0x50, 0x4B, 0x05, 0x06], .zip),
    (ascii("%PDF-"), .pdf),
    (ascii("SQLite format 3\0"), .sqlite),
    (ascii("version https://git-lfs.github.com/spec/"), .gitLFSPointer),
  ]

  private static func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }

  private static func starts(_ bytes: [UInt8], with magic: [UInt8], at offset: Int = 0) -> Bool {
    bytes.count >= offset + magic.count && bytes[offset..<(offset + magic.count)].elementsEqual(magic)
  }

  private static func isHEIFBrand(_ bytes: [UInt8]) -> Bool {
    ["heic", "heix", "hevc", "mif1", "msf1", "avif", "avis"].contains { starts(bytes, with: ascii($0), at: 8) }
  }

  /// Two zero bytes, a type code, and one to eight dimensions (http://yann.lecun.com/exdb/mnist/ describes the format).
  private static func isIDX(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 4 && bytes[0] == 0 && bytes[1] == 0 && [0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0E].contains(bytes[2])
      && (1...8).contains(bytes[3])
  }

  private static func isText(_ bytes: [UInt8]) -> Bool {
    if bytes.contains(where: { $0 < 0x20 && ![0x09, 0x0A, 0x0C, 0x0D, 0x1B].contains($0) }) { return false }
    // The prefix may end inside a character, which is four bytes at most.
    for cut in 0...min(3, bytes.count - 1)
    where String(validating: bytes.dropLast(cut), as: UTF8.self) != nil { return true }
    return false
  }

  private static func isHTML(_ bytes: [UInt8]) -> Bool {
    let start = String(decoding: bytes.prefix(512), as: UTF8.self).lowercased()
    return ["<!doctype html", "<html", "<head", "<body"].contains { start.contains($0) }
  }
}

extension FileKind: CustomStringConvertible {}
