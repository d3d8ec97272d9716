// swift-format-ignore-file: AlwaysUseLowerCamelCase

// nnscore_scorer: scoring.
import CKernels
import Synchronization

/// What `nnscore_scorer` points to.
final class LibraryScorer {
  private var scorer: Scorer
  private let isInUse = Atomic(false)
  private let inputs: Int
  private let outputs: Int
  private let elementType: InputFormat.ElementType

  init(_ scorer: consuming Scorer) {
    inputs = scorer.packed.model.architecture.inputs
    outputs = scorer.packed.model.architecture.outputs
    elementType = scorer.packed.model.inputFormat.elementType
    self.scorer = scorer
  }

  /// Scores rows of bytes or of floats; the other is nil.
  func score(
    _ type: InputFormat.ElementType, _ rows: UnsafeRawPointer?, _ count: Int, _ scores: UnsafeMutablePointer<Float>?,
    _ capacity: Int
  ) throws(LibraryError) {
    guard type == elementType else { throw wrongElementType(type) }
    guard count != 0 else { return }
    let (elements, tooManyElements) = count.multipliedReportingOverflow(by: inputs)
    let (needed, tooManyScores) = count.multipliedReportingOverflow(by: outputs)
    guard count > 0, !tooManyElements, !tooManyScores, max(elements, needed) <= Int.max / MemoryLayout<Float>.size
    else {
      throw LibraryError(
        Int(NNSCORE_INVALID_ARGUMENT), "\(UInt(bitPattern: count)) rows are more than any memory holds")
    }
    // A capacity that is negative here is one above the largest Int.
    guard capacity < 0 || capacity >= needed else {
      throw LibraryError(
        Int(NNSCORE_OUTPUT_TOO_SMALL),
        "there is room for \(capacity) scores; \(count) rows of \(outputs) outputs need \(needed)")
    }
    guard let rows = unsafe rows else { throw .null("rows") }
    guard let scores = unsafe scores else { throw .null("scores") }
    guard unsafe isAligned(UnsafeRawPointer(scores), for: .float32), unsafe isAligned(rows, for: type) else {
      throw LibraryError(
        Int(NNSCORE_INVALID_ARGUMENT), "rows or scores do not begin at a multiple of 4 bytes, as floats must")
    }
    guard isInUse.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else {
      throw LibraryError(
        Int(NNSCORE_SCORER_IN_USE), "another call is using this scorer; make one for each thread")
    }
    defer { isInUse.store(false, ordering: .releasing) }
    var output = unsafe MutableSpan(_unsafeStart: scores, count: needed)
    switch type {
    case .uint8:
      let rows = unsafe rows.assumingMemoryBound(to: UInt8.self)
      scorer.score(unsafe Span(_unsafeStart: rows, count: elements), count: count, into: &output)
    case .float32:
      let rows = unsafe rows.assumingMemoryBound(to: Float.self)
      scorer.score(unsafe Span(_unsafeStart: rows, count: elements), count: count, into: &output)
    }
  }

  private func isAligned(_ pointer: UnsafeRawPointer, for type: InputFormat.ElementType) -> Bool {
    type == .uint8 || UInt(bitPattern: pointer) % UInt(MemoryLayout<Float>.alignment) == 0
  }

  private func wrongElementType(_ type: InputFormat.ElementType) -> LibraryError {
    LibraryError(
      Int(NNSCORE_WRONG_ELEMENT_TYPE),
      "the rows are \(type.name); this model takes \(elementType.name): call nnscore_score_\(elementType.name)")
  }
}

/// Makes a scorer.
@c @implementation
public func nnscore_scorer_make(
  _ model: OpaquePointer?, _ threads: Int, _ scorer: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<nnscore_error>?
) -> nnscore_status {
  unsafe status(in: error) { () throws(LibraryError) in
    guard let scorer = unsafe scorer else { throw .null("scorer") }
    unsafe scorer.pointee = nil
    guard let model = unsafe model else { throw .null("model") }
    let packed = unsafe LibraryModel.of(model).packed
    let made = try inference { () throws(InferenceError) in
      // A size_t that no Int holds is too many, not too few.
      LibraryScorer(try Scorer(packed, threads: threads < 0 ? Int.max : max(threads, 1)))
    }
    unsafe scorer.pointee = OpaquePointer(Unmanaged.passRetained(made).toOpaque())
  }
}

/// Frees a scorer.
@c @implementation
public func nnscore_scorer_free(_ scorer: OpaquePointer?) {
  guard let scorer = unsafe scorer else { return }
  unsafe Unmanaged<LibraryScorer>.fromOpaque(UnsafeRawPointer(scorer)).release()
}

/// Scores rows of bytes.
@c @implementation
public func nnscore_score_uint8(
  _ scorer: OpaquePointer?, _ rows: UnsafePointer<UInt8>?, _ count: Int, _ scores: UnsafeMutablePointer<Float>?,
  _ capacity: Int, _ error: UnsafeMutablePointer<nnscore_error>?
) -> nnscore_status {
  unsafe score(scorer, .uint8, UnsafeRawPointer(rows), count, scores, capacity, error)
}

/// Scores rows of floats.
@c @implementation
public func nnscore_score_float32(
  _ scorer: OpaquePointer?, _ rows: UnsafePointer<Float>?, _ count: Int, _ scores: UnsafeMutablePointer<Float>?,
  _ capacity: Int, _ error: UnsafeMutablePointer<nnscore_error>?
) -> nnscore_status {
  unsafe score(scorer, .float32, UnsafeRawPointer(rows), count, scores, capacity, error)
}

private func score(
  _ scorer: OpaquePointer?, _ type: InputFormat.ElementType, _ rows: UnsafeRawPointer?, _ count: Int,
  _ scores: UnsafeMutablePointer<Float>?, _ capacity: Int, _ error: UnsafeMutablePointer<nnscore_error>?
) -> nnscore_status {
  guard let pointer = unsafe scorer else { return unsafe fail(.null("scorer"), error) }
  let handle = unsafe Unmanaged<LibraryScorer>.fromOpaque(UnsafeRawPointer(pointer))
  return unsafe handle._withUnsafeGuaranteedRef { scorer in
    do throws(LibraryError) {
      try unsafe scorer.score(type, rows, count, scores, capacity)
      return unsafe succeed(error)
    } catch let failure {
      return unsafe fail(failure, error)
    }
  }
}
