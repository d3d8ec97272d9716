// The one file of this module that calls zlib.
import CZlib
import Images

/// A file read from its beginning to its end, unpacked where it is a gzip stream.
@safe
final class ByteStream {
  /// The size of the file itself, packed or not.
  let fileBytes: Int
  /// Whether the file is a gzip stream.
  let isGzip: Bool
  let path: String
  /// How many bytes have been read so far, unpacked.
  private(set) var position = 0
  private let handle: gzFile

  /// Opens a regular file.
  init(path: String) throws(DatasetError) {
    self.path = path
    let beginning: [UInt8]
    do {
      fileBytes = try FileBytes.size(path: path)
      beginning = try FileBytes.prefix(path: path, count: FileKind.prefixLength)
    } catch {
      throw DatasetError(error, path: path)
    }
    isGzip = FileKind.recognise(beginning) == .gzip
    guard let handle = unsafe gzopen(path, "rbe") else {
      throw DatasetError(code: .unreadable, message: "\(path): cannot be opened.")
    }
    unsafe self.handle = handle
    unsafe _ = gzbuffer(handle, 128 << 10)
  }

  deinit { unsafe _ = gzclose(handle) }

  /// The most bytes that can still come: exactly what is left of a plain file; for gzip, deflate's best ratio of 1032
  /// (RFC 1951: 258 bytes for two bits).
  var mostBytesLeft: Int {
    isGzip ? fileBytes.multipliedReportingOverflow(by: 1032).partialValue : fileBytes - position
  }

  /// Up to `count` bytes; fewer only at the end of the stream.
  func read(upTo count: Int) throws(DatasetError) -> [UInt8] {
    // zlib counts in 32 bits.
    let piece = min(count, 1 << 30)
    var status: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: piece) { buffer, initializedCount in
      status = unsafe gzread(handle, buffer.baseAddress, UInt32(piece))
      initializedCount = max(0, Int(status))
    }
    position += bytes.count
    if status < 0 || (isGzip && bytes.count < piece) { try checkError() }
    return bytes
  }

  private func checkError() throws(DatasetError) {
    var number: Int32 = 0
    let text = unsafe gzerror(handle, &number).map { unsafe String(cString: $0) } ?? ""
    if number == Z_OK || number == Z_STREAM_END { return }
    let problem =
      number == Z_BUF_ERROR
      ? "the gzip stream ends too early: it was cut short" : "the gzip stream is damaged (\(text))"
    throw DatasetError(
      code: .corrupt, message: "\(path): \(problem), after \(position) unpacked bytes. Copy or download it again.")
  }
}

extension DatasetError {
  /// What could not be read, with the file's name.
  init(_ error: FileReadError, path: String) {
    switch error {
    case .notFound:
      self.init(code: .notFound, message: FileBytes.notFoundMessage(path: path, expected: "file or folder"))
    case .notAFile(let what):
      self.init(code: .unreadable, message: "\(path): is \(what), expected a file.")
    case .tooLarge(let bytes):
      self.init(code: .tooLarge, message: "\(path): the file has \(bytes) bytes.")
    case .system(let reason):
      self.init(code: .unreadable, message: "\(path): cannot be read: \(reason).")
    }
  }
}
