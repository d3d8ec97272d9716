// The one file of this module that calls libhdf5.
import CHDF5
import Images
import Synchronization

/// An HDF5 file, open for reading. The library is not made for several threads, so every call is behind one lock.
final class HDF5File: Sendable {
  let path: String
  private let identifier: hid_t

  private static let mutex = Mutex(())

  /// Runs calls of libhdf5, none of which prints.
  fileprivate static func locked<Result: Sendable>(_ body: () -> Result) -> Result {
    mutex.withLock { _ in
      chdf5_prepare_thread()
      return body()
    }
  }

  /// Opens a file that is known to begin as HDF5 does.
  init(path: String) throws(DatasetError) {
    self.path = path
    identifier = Self.locked { unsafe chdf5_open_read_only(path) }
    if identifier < 0 {
      throw DatasetError(
        code: .corrupt,
        message: "\(path): begins as an HDF5 file but cannot be opened as one: it was cut short or damaged. "
          + "Copy or download it again.")
    }
  }

  deinit { Self.locked { _ = H5Fclose(identifier) } }

  /// Whether the root group holds a dataset or group of that name, in the file itself.
  func holds(_ name: String) throws(DatasetError) -> Bool {
    let found = Self.locked { unsafe chdf5_has_hard_link(identifier, name) }
    if found < 0 {
      throw DatasetError(
        code: .layout,
        message: "\(path): \(name) is damaged or is a link to elsewhere, expected a dataset in the file itself.")
    }
    return found == 1
  }

  /// The names in the root group, at most twenty.
  var names: [String] {
    Self.locked {
      let count = min(20, max(0, chdf5_root_count(identifier)))
      return (0..<UInt64(count)).compactMap { index in
        var buffer = [CChar](repeating: 0, count: 256)
        let length = unsafe chdf5_root_name(identifier, index, &buffer, buffer.count)
        return length < 0
          ? nil : String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      }
    }
  }

  /// A dataset of the root group.
  func dataset(_ name: String) throws(DatasetError) -> HDF5Dataset {
    guard try holds(name) else {
      throw DatasetError(
        code: .layout,
        message: "\(path): has no dataset \(name); it has \(quoted(names)). "
          + "Expected train_set_x, train_set_y (or test_set_x, test_set_y) and list_classes.")
    }
    let dataset = Self.locked { unsafe chdf5_open_dataset(identifier, name) }
    guard dataset >= 0 else {
      throw DatasetError(code: .layout, message: "\(path): \(name) is damaged or is not a dataset.")
    }
    return try HDF5Dataset(file: self, name: name, identifier: dataset)
  }
}

/// A dataset of an HDF5 file: its type and extents, and reading it whole or row by row.
final class HDF5Dataset: Sendable {
  /// The type of the values.
  enum Element: Sendable, Equatable {
    case integer(bytes: Int, isSigned: Bool)
    case float(bytes: Int)
    /// `bytes` 0 for variable length.
    case string(bytes: Int)
    case other

    var description: String {
      switch self {
      case .integer(let bytes, let isSigned): "\(isSigned ? "" : "u")int\(8 * bytes)"
      case .float(let bytes): "float\(8 * bytes)"
      case .string: "strings"
      case .other: "values of another type"
      }
    }
  }

  let name: String
  let extents: [Int]
  let element: Element
  private let file: HDF5File
  private let identifier: hid_t

  /// As in messages: `int64 [209×64×64×3]`.
  var description: String { "\(element.description) [\(IDXFile.text(extents))]" }

  fileprivate init(file: HDF5File, name: String, identifier: hid_t) throws(DatasetError) {
    self.file = file
    self.name = name
    self.identifier = identifier
    let (element, extents) = HDF5File.locked { (Self.element(of: identifier), Self.extents(of: identifier)) }
    self.element = element
    self.extents = extents ?? []
    if extents == nil {
      throw DatasetError(code: .layout, message: "\(file.path): \(name) has no dimensions, expected an array.")
    }
  }

  deinit { HDF5File.locked { _ = H5Dclose(identifier) } }

  private static func element(of dataset: hid_t) -> Element {
    let type = H5Dget_type(dataset)
    if type < 0 { return .other }
    defer { H5Tclose(type) }
    let size = H5Tget_size(type)
    switch H5Tget_class(type) {
    case H5T_INTEGER: return .integer(bytes: size, isSigned: H5Tget_sign(type) != H5T_SGN_NONE)
    case H5T_FLOAT: return .float(bytes: size)
    case H5T_STRING: return .string(bytes: H5Tis_variable_str(type) > 0 ? 0 : size)
    default: return .other
    }
  }

  private static func extents(of dataset: hid_t) -> [Int]? {
    let space = H5Dget_space(dataset)
    if space < 0 { return nil }
    defer { H5Sclose(space) }
    let rank = H5Sget_simple_extent_ndims(space)
    guard rank > 0, rank <= 32 else { return nil }
    var sizes = [hsize_t](repeating: 0, count: Int(rank))
    guard unsafe H5Sget_simple_extent_dims(space, &sizes, nil) == rank else { return nil }
    let extents = sizes.compactMap { Int(exactly: $0) }
    return extents.count == sizes.count ? extents : nil
  }

  /// An error about this dataset: what was expected, and what it is.
  func refuse(expected: String) -> DatasetError {
    DatasetError(code: .layout, message: "\(file.path): \(name) is \(description), expected \(expected).")
  }

  private func damaged(_ what: String) -> DatasetError {
    DatasetError(
      code: .corrupt, message: "\(file.path): \(name) \(what): it was cut short or damaged. Copy or download it again.")
  }

  /// Refuses values that are not in the file: other files' bytes, or space that was promised and never written.
  ///
  /// - Parameter valueBytes: The size of all values in memory.
  func checkStorage(valueBytes: Int) throws(DatasetError) {
    let (layout, chunkBytes, stored) = HDF5File.locked {
      var chunkBytes: UInt64 = 0
      let layout = unsafe chdf5_layout(identifier, &chunkBytes)
      return (Int(layout), chunkBytes, H5Dget_storage_size(identifier))
    }
    // Deflate packs at most 1032 bytes into one.
    let needed = layout == chdf5_packed ? valueBytes / 1032 : valueBytes
    switch layout {
    case chdf5_contiguous, chdf5_compact, chdf5_chunked, chdf5_packed:
      guard stored >= needed, let fileBytes = try? FileBytes.size(path: file.path), fileBytes >= needed else {
        throw damaged("has \(valueBytes) bytes of values, but the file holds \(stored) for them")
      }
      if chunkBytes > 1 << 30 { throw damaged("is in chunks of \(chunkBytes) bytes, expected at most 1 GiB") }
    case chdf5_elsewhere:
      throw DatasetError(
        code: .layout,
        message: "\(file.path): the values of \(name) lie in other files, expected them in the file itself.")
    default:
      throw damaged("says nothing sensible of where its values lie")
    }
  }

  /// The bytes of `count` rows from `first` on, of a dataset of unsigned bytes.
  func bytes(first: Int, count: Int, bytesPerRow: Int) throws(DatasetError) -> [UInt8] {
    let sizes = extents.map { UInt64($0) }
    let bytes = HDF5File.locked {
      unsafe [UInt8](unsafeUninitializedCapacity: count * bytesPerRow) { buffer, initializedCount in
        let status = unsafe chdf5_read_rows(
          identifier, Int32(sizes.count), UInt64(first), UInt64(count), sizes, buffer.baseAddress)
        initializedCount = status < 0 ? 0 : count * bytesPerRow
      }
    }
    guard bytes.count == count * bytesPerRow else { throw damaged("cannot be read at row \(first)") }
    return bytes
  }

  /// All values of a small dataset of integers.
  func integers(count: Int) throws(DatasetError) -> [Int] {
    let values = HDF5File.locked {
      unsafe [Int64](unsafeUninitializedCapacity: count) { buffer, initializedCount in
        let status = unsafe chdf5_read_all(identifier, chdf5_native_int64(), buffer.baseAddress)
        initializedCount = status < 0 ? 0 : count
      }
    }
    guard values.count == count else { throw damaged("cannot be read") }
    return values.map { Int($0) }
  }

  /// All values of a small dataset of strings, of fixed or variable length, in UTF-8.
  func strings(count: Int) throws(DatasetError) -> [String] {
    guard case .string(let bytes) = element else { throw refuse(expected: "strings") }
    let strings: [String?] = HDF5File.locked {
      let stored = H5Dget_type(identifier)
      let type = chdf5_string_type(bytes, stored)
      defer {
        H5Tclose(stored)
        if type >= 0 { H5Tclose(type) }
      }
      guard type >= 0 else { return [] }
      return bytes == 0
        ? variableStrings(count: count, type: type) : fixedStrings(count: count, bytes: bytes, type: type)
    }
    let valid = strings.compactMap(\.self)
    guard valid.count == count else { throw damaged("cannot be read as text in UTF-8") }
    return valid
  }

  private func fixedStrings(count: Int, bytes: Int, type: hid_t) -> [String?] {
    var values = [UInt8](repeating: 0, count: count * bytes)
    guard unsafe chdf5_read_all(identifier, type, &values) >= 0 else { return [] }
    return (0..<count).map { index in
      String(validating: values[(index * bytes)..<((index + 1) * bytes)].prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  private func variableStrings(count: Int, type: hid_t) -> [String?] {
    var values = unsafe [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
    guard unsafe chdf5_read_all(identifier, type, &values) >= 0 else { return [] }
    defer { unsafe _ = chdf5_reclaim(identifier, type, &values) }
    return unsafe values.map { pointer in unsafe pointer.flatMap { unsafe String(validatingCString: $0) } }
  }
}
