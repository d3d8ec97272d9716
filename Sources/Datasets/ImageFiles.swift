/// The picture files below a folder, at any depth, depth first, each folder in the order of its names' bytes.
///
/// Folders are listed as the walk comes to them. Links to folders are followed, but each folder is listed once: links to links can lead to
/// it in more ways than can be walked.
struct ImageFiles {
  /// Endings, in lower case, of pictures that are read.
  static let readable: Set<String> = ["png", "jpg", "jpeg", "jfif"]
  /// Endings of pictures that are not read: they are picked all the same, to be errors rather than silently left out.
  static let unreadable: Set<String> = ["gif", "webp", "bmp", "tif", "tiff", "heic", "heif", "avif"]

  private static let pictures = readable.union(unreadable)

  private var open: [(folder: Directory, next: Int)]
  private var seen: Set<Directory.Identity>

  /// A walk that begins in a folder.
  init(folder: String) throws(DatasetError) {
    let first = try Directory(path: folder)
    open = [(first, 0)]
    seen = [first.identity]
  }

  /// The path of the next picture; nil at the end.
  ///
  /// - Throws: Where a folder cannot be listed; the walk can go on behind it.
  mutating func next() throws(DatasetError) -> String? {
    while let (folder, index) = open.last {
      if index == folder.count {
        open.removeLast()
        continue
      }
      open[open.count - 1].next += 1
      let entry = folder[index]
      if entry.isFolder {
        let inner = try Directory(path: entry.path)
        if seen.insert(inner.identity).inserted { open.append((inner, 0)) }
      } else if Self.hasEnding(entry.path, in: Self.pictures) {
        return entry.path
      }
    }
    return nil
  }

  /// Whether a path's last component ends in a dot and one of the endings, in either case.
  static func hasEnding(_ path: String, in endings: Set<String>) -> Bool {
    // On bytes: a folder can have a million names.
    let name = path.utf8.suffix(6)
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return false }
    return endings.contains(String(decoding: name[name.index(after: dot)...], as: UTF8.self).lowercased())
  }
}
