// The one file of this module that calls libhdf5, in child processes: `hdf5_worker.h` says why.
import CHDF5Worker
import Images

/// An HDF5 file. Nothing of it stays open between two calls; any thread may make them.
struct HDF5File: Sendable {
  let path: String

  /// Whether the root group holds something of that name.
  func holds(_ name: String) throws(DatasetError) -> Bool {
    try describe(name)[chdf5_status_word] != UInt64(chdf5_absent)
  }

  /// The names in the root group, as many as fit in four kilobytes.
  func names() throws(DatasetError) -> [String] {
    var answer = [UInt8](repeating: 0, count: 4096)
    try check(unsafe chdf5_names(path, &answer, answer.count), "its list of names")
    return answer.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  /// A dataset of the root group.
  func dataset(_ name: String) throws(DatasetError) -> HDF5Dataset {
    let words = try describe(name)
    switch Int(words[chdf5_status_word]) {
    case chdf5_absent:
      throw DatasetError(
        code: .layout,
        message: "\(path): has no dataset \(name); it has \(quoted(try names())). "
          + "Expected train_set_x, train_set_y (or test_set_x, test_set_y) and list_classes.")
    case chdf5_linked_elsewhere:
      throw DatasetError(
        code: .layout, message: "\(path): \(name) is a link to elsewhere, expected a dataset in the file itself.")
    case chdf5_present:
      return try HDF5Dataset(file: self, name: name, description: words)
    default:
      throw DatasetError(code: .layout, message: "\(path): \(name) is damaged or is not a dataset.")
    }
  }

  private func describe(_ name: String) throws(DatasetError) -> [UInt64] {
    var words = [UInt64](repeating: 0, count: chdf5_description_words)
    try check(unsafe chdf5_describe(path, name, &words), name)
    return words
  }

  /// Turns what a child process answered into an error.
  fileprivate func check(_ status: Int32, _ what: String) throws(DatasetError) {
    switch Int(status) {
    case 0:
      return
    case Int(chdf5_no_process):
      throw DatasetError(
        code: .unreadable, message: "\(path): no process or memory for reading it. Free some and try again.")
    case Int(chdf5_not_installed):
      throw DatasetError(
        code: .unreadable,
        message: "\(path): HDF5 files are read by libhdf5 1.10, 1.12 or 1.14, none of which was found. Install one: "
          + "apt-get install libhdf5-dev, or what your system calls it.")
    default:
      let reason = Int(status) == Int(chdf5_crashed) ? "libhdf5 crashed on" : "libhdf5 cannot read"
      throw DatasetError(
        code: .corrupt,
        message: "\(path): the HDF5 file was cut short or damaged: \(reason) \(what). Copy or download it again.")
    }
  }
}

/// A dataset of an HDF5 file: its type and extents, and reading it whole or row by row.
struct HDF5Dataset: Sendable {
  /// The type of the values.
  enum Element: Sendable, Equatable {
    case integer(bytes: Int, isSigned: Bool)
    case float(bytes: Int)
    /// `bytes` 0 for variable length.
    case string(bytes: Int)
    case other

    var description: String {
      switch self {
      case .integer(let bytes, let isSigned): "\(isSigned ? "" : "u")int\(bytes.multipliedReportingOverflow(by: 8).0)"
      case .float(let bytes): "float\(bytes.multipliedReportingOverflow(by: 8).0)"
      case .string: "strings"
      case .other: "values of another type"
      }
    }
  }

  /// The longest string that is read, in bytes.
  static let longestString = chdf5_string_slot - 1

  let name: String
  let extents: [Int]
  let element: Element
  private let file: HDF5File
  private let layout: Int
  private let chunkBytes: UInt64
  private let storedBytes: UInt64

  /// As in messages: `int64 [209×64×64×3]`.
  var description: String { "\(element.description) [\(IDXFile.text(extents))]" }

  fileprivate init(file: HDF5File, name: String, description words: [UInt64]) throws(DatasetError) {
    let bytes = Int(clamping: words[chdf5_element_bytes_word])
    element =
      switch Int(clamping: words[chdf5_element_word]) {
      case chdf5_signed: .integer(bytes: bytes, isSigned: true)
      case chdf5_unsigned: .integer(bytes: bytes, isSigned: false)
      case chdf5_float: .float(bytes: bytes)
      case chdf5_string: .string(bytes: bytes)
      default: .other
      }
    let rank = min(32, Int(clamping: words[chdf5_rank_word]))
    extents = words[chdf5_extents_word...].prefix(rank).map { Int(clamping: $0) }
    self.file = file
    self.name = name
    layout = Int(clamping: words[chdf5_layout_word])
    chunkBytes = words[chdf5_chunk_bytes_word]
    storedBytes = words[chdf5_stored_bytes_word]
    if rank == 0 {
      throw DatasetError(code: .layout, message: "\(file.path): \(name) has no dimensions, expected an array.")
    }
  }

  /// An error about this dataset: what was expected, and what it is.
  func refuse(expected: String) -> DatasetError {
    DatasetError(code: .layout, message: "\(file.path): \(name) is \(description), expected \(expected).")
  }

  /// Refuses values that are not in the file: other files' bytes, or space that was promised and never written.
  ///
  /// - Parameter valueBytes: The size of all values in memory.
  func checkStorage(valueBytes: Int) throws(DatasetError) {
    if layout == chdf5_elsewhere {
      throw DatasetError(
        code: .layout,
        message: "\(file.path): the values of \(name) lie in other files, expected them in the file itself.")
    }
    // Deflate packs at most 1032 bytes into one.
    let needed = layout == chdf5_packed ? valueBytes / 1032 : valueBytes
    guard storedBytes >= needed, let fileBytes = try? FileBytes.size(path: file.path), fileBytes >= needed else {
      throw DatasetError(
        code: .corrupt,
        message: "\(file.path): \(name) has \(valueBytes) bytes of values, but the file holds \(storedBytes) for them: "
          + "it was cut short or damaged. Copy or download it again.")
    }
    if chunkBytes > 1 << 30 { throw refuse(expected: "chunks of at most 1 GiB, found \(chunkBytes) bytes") }
  }

  /// The bytes of `count` rows from `first` on, of a dataset of unsigned bytes.
  func bytes(first: Int, count: Int, bytesPerRow: Int) throws(DatasetError) -> [UInt8] {
    var answer = [UInt8](repeating: 0, count: count * bytesPerRow)
    try file.check(
      unsafe chdf5_rows(file.path, name, UInt64(first), UInt64(count), &answer, answer.count),
      "\(name) from row \(first) on")
    return answer
  }

  /// All values of a small dataset of integers.
  func integers(count: Int) throws(DatasetError) -> [Int] {
    var answer = [Int64](repeating: 0, count: count)
    try file.check(unsafe chdf5_integers(file.path, name, &answer, count), name)
    return answer.map { Int($0) }
  }

  /// All values of a small dataset of floats.
  func doubles(count: Int) throws(DatasetError) -> [Double] {
    var answer = [Double](repeating: 0, count: count)
    try file.check(unsafe chdf5_doubles(file.path, name, &answer, count), name)
    return answer
  }

  /// The bytes of one value of a dataset of numbers.
  var bytesPerValue: Int {
    switch element {
    case .integer(let bytes, _), .float(let bytes): bytes
    default: 0
    }
  }

  /// All values of a small dataset of strings, of fixed or variable length, in UTF-8.
  func strings(count: Int) throws(DatasetError) -> [String] {
    var answer = [UInt8](repeating: 0, count: count * chdf5_string_slot)
    try file.check(unsafe chdf5_strings(file.path, name, &answer, count), name)
    let strings = (0..<count).compactMap { index in
      let slot = answer[(index * chdf5_string_slot)..<((index + 1) * chdf5_string_slot)]
      return String(validating: slot.prefix { $0 != 0 }, as: UTF8.self)
    }
    if strings.count != count { throw refuse(expected: "text in UTF-8") }
    return strings
  }
}
