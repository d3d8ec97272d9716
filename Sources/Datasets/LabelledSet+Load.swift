public import Images

extension LabelledSet {
  /// Reads a labelled set; what kind it is follows from what is at the path, not from its name.
  ///
  /// - A folder with one sub-folder per class (`cat/`, `non-cat/`): the PNG and JPEG files below each, at any depth.
  ///   Classes and files are in the order of their names' bytes; what begins with a dot is ignored. Without a rule, all
  ///   pictures must have one size, which becomes the shape, RGB unless all are grey, alpha over white.
  /// - A CSV file, or a folder with one named `labels.csv`: a header `file,NAME,NAME,…` and a line for each picture with its path from
  ///   the folder of the CSV file, and a number for each name. Where all are 0 or 1 these are labels, else quantities, unless `kind`
  ///   says which. Pictures that are not named are left out.
  /// - An IDX file of images (`…-images-idx3-ubyte`, with channels `idx4`), gzip or not, with the labels beside it under
  ///   the corresponding name (`…-labels-idx1-ubyte`), or a folder that holds such files, where those named `train-…`
  ///   are taken. Classes are named "0", "1", … up to the largest label.
  /// - An HDF5 file as in the deep-learning course: `train_set_x` or `test_set_x` (unsigned bytes, examples × height ×
  ///   width × channels), `train_set_y` or `test_set_y` (integers), `list_classes` (strings). Where the second is examples × k of
  ///   whole numbers it holds k labels, 0 or 1; of floats (k may be left out then) quantities. `list_classes` names them; without it
  ///   they are "0", "1", ….
  ///
  /// - Parameters:
  ///   - path: A file or folder.
  ///   - rule: The shape that examples are brought to, and how; nil to take them as they are.
  ///   - kind: What the examples must be labelled with; nil to take what there is.
  ///   - limits: What a picture may cost.
  ///   - availableMemory: How many bytes the set may need; nil for what the machine has available now.
  ///   - progress: Called with the numbers of examples done and in all; from any thread, one call at a time.
  /// - Throws: Any code of ``DatasetError`` but `unknownClass`. Nothing is half-loaded: one bad picture is an error, which
  ///   names the bad files.
  public static func load(
    path: String, rule: ImageRule? = nil, kind: Kind? = nil, limits: ImageLimits = .standard,
    availableMemory: Int? = nil,
    progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil
  ) throws(DatasetError) -> LabelledSet {
    let memory = MemoryBudget(bytes: availableMemory ?? MemoryBudget.available())
    switch try LabelledSource(path: path, kind: kind) {
    case .folder(let folder):
      return try folder.load(rule: rule, limits: limits, memory: memory, progress: progress)
    case .rows(let reader):
      return try rows(reader, rule: rule, kind: kind, memory: memory, progress: progress)
    }
  }

  /// All rows of an IDX or HDF5 file with their labels.
  private static func rows(
    _ reader: RowReader, rule: ImageRule?, kind: Kind?, memory: MemoryBudget, progress: (@Sendable (Int, Int) -> Void)?
  ) throws(DatasetError) -> LabelledSet {
    let shape = rule?.shape ?? reader.shape
    try memory.check(examples: reader.count, shape: shape, path: reader.path)
    let (targets, classNames) = try reader.targets(
      kind: kind, memory: MemoryBudget(bytes: memory.bytes - reader.count * (shape.valueCount ?? 0)))
    var pixels = [UInt8]()
    // Gzip may hold less than its header says: a quarter of a gigabyte is the most that is reserved on its word.
    pixels.reserveCapacity(min(reader.count * (shape.valueCount ?? 0), 1 << 28))
    while true {
      let chunk = try reader.next(upTo: reader.rowsPerChunk)
      if chunk.isEmpty { break }
      if let rule, rule.shape != reader.shape {
        for row in reader.split(chunk) { pixels.append(contentsOf: rule.apply(to: row)) }
      } else {
        pixels.append(contentsOf: chunk)
      }
      progress?(reader.position, reader.count)
    }
    return try LabelledSet(shape: shape, pixels: pixels, targets: targets, classNames: classNames)
  }
}
