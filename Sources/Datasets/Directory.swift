// The one file of this module that calls libc.
import Images

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// One folder's entries that are not hidden, in the order of their names' bytes.
///
/// Names are kept in one array of bytes, so that a folder of a million files takes some tens of megabytes.
struct Directory {
  /// What is at a path, symbolic links followed.
  enum Kind {
    case file
    case folder
    case other
  }

  /// Tells one folder from another, whatever path it was reached by.
  struct Identity: Hashable {
    let device: UInt64
    let inode: UInt64
  }

  private struct Entry {
    let start: Int
    let length: Int
    let isFolder: Bool
  }

  let path: String
  let identity: Identity
  private var names: [UInt8] = []
  private var entries: [Entry] = []

  /// The number of entries.
  var count: Int { entries.count }

  /// The path of an entry and whether it is a folder.
  subscript(index: Int) -> (path: String, isFolder: Bool) {
    let prefix = path.hasSuffix("/") ? path : path + "/"
    return (prefix + name(at: index), entries[index].isFolder)
  }

  /// The name of an entry.
  func name(at index: Int) -> String {
    String(decoding: bytes(entries[index]), as: UTF8.self)
  }

  private func bytes(_ entry: Entry) -> ArraySlice<UInt8> { names[entry.start..<(entry.start + entry.length)] }

  /// Says what is at a path.
  static func kind(of path: String) throws(DatasetError) -> Kind {
    try status(path).kind
  }

  /// Lists a folder.
  init(path: String) throws(DatasetError) {
    self.path = path
    identity = try Self.status(path).identity
    guard let handle = unsafe opendir(path) else { throw Self.failure(path, errno) }
    defer { unsafe _ = closedir(handle) }
    while true {
      errno = 0
      guard let found = unsafe readdir(handle) else {
        if errno != 0 { throw Self.failure(path, errno) }
        break
      }
      // The record may be shorter than `dirent`, so the name is read where it lies.
      guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { break }
      let name = unsafe UnsafeRawPointer(found).advanced(by: offset).assumingMemoryBound(to: UInt8.self)
      if unsafe name[0] == UInt8(ascii: ".") { continue }
      let start = names.count
      unsafe names.append(
        contentsOf: UnsafeBufferPointer(start: name, count: strlen(UnsafePointer<CChar>(OpaquePointer(name)))))
      let isFolder: Bool
      switch unsafe Int(found.pointee.d_type) {
      case Int(DT_DIR): isFolder = true
      case Int(DT_REG): isFolder = false
      default:
        // A link, or a file system that does not say. What is broken counts as a file: reading it tells why.
        let name = String(decoding: names[start...], as: UTF8.self)
        isFolder = (try? Self.status(path + "/" + name).kind) == .folder
      }
      entries.append(Entry(start: start, length: names.count - start, isFolder: isFolder))
    }
    let names = names
    entries.sort {
      names[$0.start..<($0.start + $0.length)].lexicographicallyPrecedes(names[$1.start..<($1.start + $1.length)])
    }
  }

  private static func status(_ path: String) throws(DatasetError) -> (kind: Kind, identity: Identity) {
    var status = stat()
    if path.isEmpty || path.utf8.contains(0) {
      throw DatasetError(code: .notFound, message: "\"\(path)\": no such file or folder.")
    }
    guard unsafe stat(path, &status) == 0 else { throw failure(path, errno) }
    let kind: Kind =
      switch status.st_mode & S_IFMT {
      case S_IFDIR: .folder
      case S_IFREG: .file
      default: .other
      }
    return (kind, Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)))
  }

  private static func failure(_ path: String, _ number: Int32) -> DatasetError {
    number == ENOENT || number == ENOTDIR
      ? DatasetError(.notFound, path: path)
      : DatasetError(code: .unreadable, message: "\(path): cannot be read: \(FileBytes.reason(number)).")
  }
}
