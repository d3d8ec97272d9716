package import CKernels

/// The kernels of one instruction set: the only place where Swift calls C.
///
/// Shapes are checked here, so that no caller can make a kernel read or write outside its regions.
@safe
package struct Kernels: @unchecked Sendable {
  package let table: UnsafePointer<nnk_kernels>
  /// The instruction set.
  package let instructionSet: InstructionSet

  /// The kernels of an instruction set, or nil if this processor or this build lacks it.
  package init?(_ instructionSet: InstructionSet) {
    guard let table = unsafe nnk_kernels_for(nnk_isa(UInt32(instructionSet.rawValue))) else { return nil }
    unsafe self.table = table
    self.instructionSet = instructionSet
  }

  /// The kernels that ``InstructionSet/selected()`` chooses.
  package static func selected() throws(InferenceError) -> Kernels {
    try supporting(InstructionSet.selected())
  }

  /// The kernels of an instruction set that must be there.
  package static func supporting(_ instructionSet: InstructionSet) throws(InferenceError) -> Kernels {
    try instructionSet.requireSupport()
    guard let kernels = Kernels(instructionSet) else {
      throw InferenceError(.unsupportedInstructionSet, "this processor or this build has no \(instructionSet.name)")
    }
    return kernels
  }

  /// The length of a block of k: sums of blocks are added in order.
  package static var blockLength: Int { Int(NNK_BLOCK) }

  /// The natural logarithm by the kernels' own fixed sequence of operations: the same bits on every machine.
  package static func naturalLogarithm(_ x: Double) -> Double { nnk_log(x) }

  static var best: InstructionSet {
    InstructionSet(rawValue: UInt8(nnk_best_isa().rawValue)) ?? .portable
  }

  /// The system's text for an errno value.
  static func errorText(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 128)
    unsafe nnk_error_text(code, &buffer, buffer.count)
    var text: [UInt8] = []
    for character in buffer {
      if character == 0 { break }
      text.append(UInt8(bitPattern: character))
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes of an environment variable, or nil if it is not set.
  static func environment(_ name: StaticString) -> [UInt8]? {
    guard let text = unsafe nnk_environment(name.utf8Start) else { return nil }
    var bytes: [UInt8] = []
    var index = 0
    while unsafe text[index] != 0 {
      bytes.append(UInt8(bitPattern: unsafe text[index]))
      index += 1
    }
    return bytes
  }
}

/// A number type that there are kernels for: `Float` and `Double`.
///
/// m counts examples, n outputs, k inputs; the order of operations behind every result stands in `nnkernels.h`.
package protocol KernelElement: BinaryFloatingPoint, BitwiseCopyable, Sendable {
  /// The elements that n outputs of k inputs need when packed.
  static func packedCount(_ kernels: Kernels, outputs n: Int, inputs k: Int) -> Int
  /// Packs b, shape [n, k], into panels of ``packedCount(_:outputs:inputs:)`` elements.
  static func pack(_ kernels: Kernels, _ b: Matrix<Self>, into panels: Region<Self>)
  /// Packs bytes.
  static func pack(_ kernels: Kernels, _ b: Matrix<UInt8>, into panels: Region<Self>)
  /// c = a·bᵀ + bias: c [m, n], a [m, k], b [n, k] packed, bias [n] or nil for zeros.
  static func product(
    _ kernels: Kernels, _ a: Matrix<Self>, panels: Region<Self>, bias: Region<Self>?, into c: Matrix<Self>)
  /// The same with a as bytes.
  static func product(
    _ kernels: Kernels, _ a: Matrix<UInt8>, panels: Region<Self>, bias: Region<Self>?, into c: Matrix<Self>)
  /// c += a·bᵀ. Fed with k in pieces, in order, each but the last a multiple of ``Kernels/blockLength``, it gives the bits of
  /// the whole product.
  static func accumulate(_ kernels: Kernels, _ a: Matrix<Self>, panels: Region<Self>, into c: Matrix<Self>)
  /// z = activation(z) in place.
  static func activate(_ kernels: Kernels, _ activation: Activation, _ z: Matrix<Self>)
  /// The sum of the cross-entropy losses of m examples, from weighted sums z [m, n]; n = 1: sigmoid, else softmax.
  /// Labels must be in 0..<max(n, 2).
  static func crossEntropy(_ kernels: Kernels, _ z: Matrix<Self>, labels: Region<Int32>) -> Double
  /// Folds x = v·scale[c] − offset[c] into a first layer: weight [n, k], bias [n].
  static func fold(
    weight: Matrix<Self>, bias: Region<Self>, scale: [Double], offset: [Double],
    intoWeight: Matrix<Self>, bias foldedBias: Region<Self>)
}

extension Kernels {
  static func requireRowMajor<Element>(_ matrix: Matrix<Element>) {
    precondition(matrix.columnStride == 1 || matrix.columns <= 1)
  }

  static func requireContiguous<Element>(_ matrix: Matrix<Element>) {
    requireRowMajor(matrix)
    precondition(matrix.rowStride == matrix.columns || matrix.rows <= 1)
  }

  /// A label indexes a row of outputs, so each is checked.
  static func require(labels: Region<Int32>, rows: Int, outputs: Int) {
    precondition(labels.count == rows)
    let classes = Int32(clamping: max(outputs, 2))
    for index in 0..<rows { precondition(labels[index] >= 0 && labels[index] < classes) }
  }

  func requireProduct<A, Element: KernelElement>(
    _ a: Matrix<A>, panels: Region<Element>, bias: Region<Element>?, c: Matrix<Element>
  ) {
    Self.requireRowMajor(c)
    precondition(a.rows == c.rows)
    precondition(panels.count >= Element.packedCount(self, outputs: c.columns, inputs: a.columns))
    if let bias { precondition(bias.count == c.columns) }
  }
}
