import Images

/// A folder with one sub-folder of pictures per class.
extension LabelledPictures {
  private static let splitNames: Set<String> = ["train", "training", "test", "testing", "val", "valid", "validation"]

  /// Lists the pictures of each class.
  init(classFolders path: String) throws(DatasetError) {
    var (classNames, files, labels): ([String], [String], [Int]) = ([], [], [])
    let root = try Directory(path: path)
    let folders = (0..<root.count).filter { root[$0].isFolder }
    try Self.checkRoot(root, folders: folders)
    for index in folders {
      var walk = try ImageFiles(folder: root[index].path)
      let before = files.count
      while let file = try walk.next() {
        files.append(file)
        labels.append(classNames.count)
      }
      if files.count == before {
        throw DatasetError(
          code: .empty,
          message: "\(root[index].path): no .png, .jpg, .jpeg or .jfif files in this class folder. "
            + "Add pictures or remove it.")
      }
      classNames.append(root.name(at: index))
    }
    self.init(path: path, names: classNames, files: files, targets: .classes(labels))
  }

  private static func checkRoot(_ root: Directory, folders: [Int]) throws(DatasetError) {
    let expectation = "expected one sub-folder of PNG or JPEG pictures per class, such as cat/ and non-cat/"
    let loose = (0..<root.count).lazy.filter { !root[$0].isFolder }.map { root[$0].path }
    if let picture = loose.first(where: { ImageFiles.hasEnding($0, in: ImageFiles.readable) }) {
      throw DatasetError(
        code: .layout,
        message: "\(root.path): holds pictures directly (such as \(picture)), \(expectation). "
          + "Move each into a folder named after its class, or say what each has in a \(LabelManifest.fileName) beside them."
      )
    }
    if folders.isEmpty {
      let what = root.count == 0 ? "is an empty folder" : "has no sub-folders"
      throw DatasetError(
        code: root.count == 0 ? .empty : .layout,
        message: "\(root.path): \(what), \(expectation), or IDX files.")
    }
    let names = folders.map { root.name(at: $0).lowercased() }
    if names.allSatisfy(splitNames.contains) {
      throw DatasetError(
        code: .layout,
        message: "\(root.path): its folders \(quoted(names)) are parts of a dataset, not classes. "
          + "Give the path of one part, such as \(root[folders[0]].path).")
    }
  }
}
