import CKernels

/// Memory for numbers, aligned to a cache line, freed with its last region.
@safe
package final class Buffer: @unchecked Sendable {
  fileprivate let base: UnsafeMutableRawPointer

  private init(adopting base: UnsafeMutableRawPointer) {
    unsafe self.base = base
  }

  /// Memory for `count` elements of `stride` bytes.
  ///
  /// (No initializer: Embedded Swift would leak the object where one fails.)
  ///
  /// - Throws: ``InferenceError/Code/outOfMemory``.
  fileprivate static func make(count: Int, stride: Int, isZeroed: Bool) throws(InferenceError) -> Buffer {
    let (size, overflow) = max(count, 1).multipliedReportingOverflow(by: stride)
    // What fills several large pages has them: so many small ones would not fit the processor's tables of addresses.
    let isLarge = size >= 2 * Int(NNK_LARGE_PAGE)
    guard !overflow, let bytes = unsafe nnk_allocate(size, isLarge ? Int(NNK_LARGE_PAGE) : 64) else {
      throw InferenceError.outOfMemory(bytes: (size, overflow))
    }
    if isLarge { unsafe nnk_prefer_large_pages(bytes, size) }
    if isZeroed { unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: size) }
    return unsafe Buffer(adopting: bytes)
  }

  deinit { unsafe nnk_free(base) }
}

/// A run of numbers in memory that kernels read and write, and that threads may share as long as they write to disjoint parts.
///
/// Bounds are checked at every use from Swift. Danger: what `withRegion` lends must not outlive its closure.
@safe
package struct Region<Element: BitwiseCopyable>: @unchecked Sendable {
  /// What frees the memory; nil for memory that is lent.
  let owner: Buffer?
  package let base: UnsafeMutablePointer<Element>
  /// The number of elements.
  package let count: Int

  /// New memory for `count` elements. Danger: where it cannot be had, the program ends.
  ///
  /// - Parameter isZeroed: as of ``init(allocating:isZeroed:)``.
  package init(count: Int, isZeroed: Bool = true) {
    do throws(InferenceError) {
      try self.init(allocating: count, isZeroed: isZeroed)
    } catch {
      fatalError("there is no memory for so many numbers")
    }
  }

  /// New memory for `count` elements, of a size that a file or a caller decides.
  ///
  /// - Parameter isZeroed: false where all that is read is written before. Memory that was not used before then costs nothing until it is.
  /// - Throws: ``InferenceError/Code/outOfMemory``.
  package init(allocating count: Int, isZeroed: Bool = true) throws(InferenceError) {
    let buffer = try Buffer.make(count: count, stride: MemoryLayout<Element>.stride, isZeroed: isZeroed)
    owner = buffer
    unsafe base = buffer.base.bindMemory(to: Element.self, capacity: count)
    self.count = count
  }

  fileprivate init(lent base: UnsafeMutablePointer<Element>, count: Int) {
    owner = nil
    unsafe self.base = base
    self.count = count
  }

  /// Lends numbers for reading; see the danger above.
  init(lending base: UnsafePointer<Element>, count: Int) {
    unsafe self.init(lent: UnsafeMutablePointer(mutating: base), count: count)
  }

  /// Lends bytes for reading; see the danger above.
  init(lentBytes base: UnsafeRawPointer, count: Int) where Element == UInt8 {
    owner = nil
    unsafe self.base = UnsafeMutablePointer(mutating: base.assumingMemoryBound(to: UInt8.self))
    self.count = count
  }

  private init(owner: Buffer?, base: UnsafeMutablePointer<Element>, count: Int) {
    self.owner = owner
    unsafe self.base = base
    self.count = count
  }

  /// The element at `index`.
  package subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count)
      return unsafe base[index]
    }
    nonmutating set {
      precondition(index >= 0 && index < count)
      unsafe base[index] = newValue
    }
  }

  /// The part that begins at `start` and has `count` elements.
  package func part(from start: Int, count: Int) -> Region {
    precondition(start >= 0 && count >= 0 && start <= self.count - count)
    return unsafe Region(owner: owner, base: base + start, count: count)
  }

  /// The same memory, lent: copies of this one, which threads would otherwise count one after the other, cost nothing. Danger: it must not
  /// outlive what owns the memory.
  package var lent: Region { unsafe Region(lent: base, count: count) }

  /// Copies from an array of the same length.
  package func copy(from array: [Element]) {
    precondition(array.count == count)
    unsafe array.withUnsafeBufferPointer { source in
      if let from = source.baseAddress { unsafe base.update(from: from, count: count) }
    }
  }

  /// Copies from another region of the same length.
  package func copy(from other: Region) {
    precondition(other.count == count)
    unsafe base.update(from: other.base, count: count)
  }

  /// Lends the elements, for reading, while `body` runs.
  package func withSpan<Result, Failure: Error>(
    _ body: (Span<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(unsafe UnsafeBufferPointer(start: base, count: count).span)
  }

  /// Lends the elements while `body` runs.
  package func withMutableSpan<Result, Failure: Error>(
    _ body: (inout MutableSpan<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var span = unsafe UnsafeMutableBufferPointer(start: base, count: count).mutableSpan
    return try body(&span)
  }

  /// The elements as an array.
  package var array: [Element] {
    unsafe [Element](UnsafeBufferPointer(start: base, count: count))
  }
}

extension Span where Element: BitwiseCopyable {
  /// Lends the span's memory, for reading, while `body` runs.
  package func withRegion<Result, Failure: Error>(
    _ body: (Region<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe withUnsafeBufferPointer { (buffer: UnsafeBufferPointer<Element>) throws(Failure) -> Result in
      // An empty span has no address; nothing is read or written through this one.
      guard let base = buffer.baseAddress else { return try body(Region(count: 0)) }
      return try body(unsafe Region(lent: UnsafeMutablePointer(mutating: base), count: buffer.count))
    }
  }
}

extension ArraySlice where Element: BitwiseCopyable {
  /// Lends the elements, for reading, while `body` runs.
  package func withRegion<Result>(_ body: (Region<Element>) -> Result) -> Result {
    unsafe withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return body(Region(count: 0)) }
      return body(unsafe Region(lent: UnsafeMutablePointer(mutating: base), count: buffer.count))
    }
  }
}

extension MutableSpan where Element: BitwiseCopyable {
  /// Lends the span's memory while `body` runs.
  package mutating func withRegion<Result, Failure: Error>(
    _ body: (Region<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe withUnsafeMutableBufferPointer {
      (buffer: UnsafeMutableBufferPointer<Element>) throws(Failure) -> Result in
      guard let base = buffer.baseAddress else { return try body(Region(count: 0)) }
      return try body(unsafe Region(lent: base, count: buffer.count))
    }
  }
}

/// A matrix within a region: element (i, j) stands at `i·rowStride + j·columnStride`.
package struct Matrix<Element: BitwiseCopyable>: Sendable {
  package let region: Region<Element>
  package let rows: Int
  package let columns: Int
  package let rowStride: Int
  package let columnStride: Int

  /// A matrix of shape [rows, columns], row-major unless strides are given.
  package init(_ region: Region<Element>, rows: Int, columns: Int, rowStride: Int? = nil, columnStride: Int = 1) {
    let stride = rowStride ?? columns
    precondition(rows >= 0 && columns >= 0 && stride >= 0 && columnStride >= 0)
    precondition(rows == 0 || columns == 0 || (rows - 1) * stride + (columns - 1) * columnStride < region.count)
    self.region = region
    self.rows = rows
    self.columns = columns
    self.rowStride = stride
    self.columnStride = columnStride
  }

  /// The same elements with rows and columns exchanged.
  package var transposed: Matrix {
    Matrix(region, rows: columns, columns: rows, rowStride: columnStride, columnStride: rowStride)
  }

  /// The same with its memory lent, as by ``Region/lent``.
  package var lent: Matrix {
    Matrix(region.lent, rows: rows, columns: columns, rowStride: rowStride, columnStride: columnStride)
  }

  /// Some rows and columns of this matrix.
  package func block(rows: Range<Int>, columns: Range<Int>) -> Matrix {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= self.rows)
    precondition(columns.lowerBound >= 0 && columns.upperBound <= self.columns)
    if rows.isEmpty || columns.isEmpty {
      return Matrix(region, rows: rows.count, columns: columns.count, rowStride: rowStride, columnStride: columnStride)
    }
    let start = rows.lowerBound * rowStride + columns.lowerBound * columnStride
    return Matrix(
      region.part(from: start, count: region.count - start), rows: rows.count, columns: columns.count,
      rowStride: rowStride, columnStride: columnStride)
  }

  /// Some rows with all their columns.
  package func rows(_ rows: Range<Int>) -> Matrix { block(rows: rows, columns: 0..<columns) }
}

extension Region where Element == UInt8 {
  /// These bytes as numbers of a fixed width, little-endian as on every processor that this package builds for.
  package func numbers<Number: BitwiseCopyable>(_ type: Number.Type) -> [Number] {
    unsafe numbers(type) { unsafe $0.copyMemory(from: base, byteCount: count) }
  }

  /// The same, feeding the bytes to a checksum on the way.
  func numbers<Number: BitwiseCopyable>(_ type: Number.Type, _ checksum: inout Checksum) -> [Number] {
    unsafe numbers(type) { unsafe checksum.update(self, copyingInto: $0) }
  }

  private func numbers<Number: BitwiseCopyable>(
    _ type: Number.Type, copyingInto: (UnsafeMutableRawPointer) -> Void
  ) -> [Number] {
    let (length, remainder) = count.quotientAndRemainder(dividingBy: MemoryLayout<Number>.stride)
    precondition(remainder == 0)
    return unsafe [Number](unsafeUninitializedCapacity: length) { target, filled in
      guard let to = target.baseAddress, length > 0 else { return }
      unsafe nnk_prefer_large_pages(to, count)
      unsafe copyingInto(UnsafeMutableRawPointer(to))
      filled = length
    }
  }
}

extension Array where Element: BitwiseCopyable {
  /// The memory of these numbers: little-endian bytes on every processor that this package builds for.
  package var littleEndianBytes: [UInt8] {
    unsafe withUnsafeBytes { unsafe [UInt8]($0) }
  }
}
