import CKernels

/// Layers of floats in the layout of forward propagation. The sums' order stands in `nnkernels.h`, when a first layer over bytes is
/// summed in whole numbers, and which layers are compact.
@safe
struct FloatLayers: @unchecked Sendable {
  let table: Region<nnk_layer>
  /// What the table points into: the packed weights and biases of each layer.
  private let memory: [Buffer?]
  /// Whether rows of bytes are summed in whole numbers, and not as the floats that they are.
  let isWhole: Bool
  /// Whether rows of floats can be scored as well.
  let takesFloats: Bool
  /// The weights of compact layers, and the bytes of them that one row reads.
  let compactWeights: Int
  let compactBytes: Int

  /// Packs a model's weights, scale and offset of its input format folded into the first layer.
  ///
  /// - Parameters:
  ///   - keepsFloats: whether a first layer that is summed in whole numbers is packed for rows of floats as well.
  ///   - compacts: whether there may be compact layers.
  /// - Throws: ``InferenceError/Code/outOfMemory``.
  init(
    _ parameters: Parameters, _ architecture: Architecture, _ inputFormat: InputFormat, _ kernels: Kernels,
    keepsFloats: Bool, compacts: Bool
  ) throws(InferenceError) {
    // Properties are set last: Embedded Swift would not free those that were set where an initializer throws.
    let table = unsafe try Region<nnk_layer>(allocating: architecture.layers.count)
    var memory: [Buffer?] = []
    let whole = try WholeNumbers(architecture, inputFormat)
    var packsFloats = whole == nil || keepsFloats
    var (compactWeights, compactBytes) = (0, 0)
    for index in architecture.layers.indices {
      let inputs = architecture.inputs(ofLayer: index)
      let outputs = architecture.layers[index].outputs
      let count = unsafe kernels.table.pointee.forward_width(outputs) * inputs
      let bias = try Region<Float>(allocating: outputs)
      let layer = parameters.layers[index]
      var panels: Region<Float>?
      var compact: CompactWeights?
      try layer.weight.span.withRegion { (region: Region<Float>) throws(InferenceError) in
        let weight = Matrix(region, rows: outputs, columns: inputs)
        if index > 0 || packsFloats { panels = try Region(allocating: count, isZeroed: false) }
        if index == 0 {
          try Self.packFirst(weight, layer.bias, inputFormat, kernels, into: panels, whole, bias)
          if let whole, !whole.isComplete, !packsFloats {
            packsFloats = true
            panels = try Region(allocating: count, isZeroed: false)
            try Self.packFirst(weight, layer.bias, inputFormat, kernels, into: panels, nil, bias)
          }
        } else if let panels {
          bias.copy(from: layer.bias)
          Self.pack(weight, first: 0, outputs: outputs, kernels, into: panels)
          if compacts { compact = try CompactWeights(weight, kernels, rounding: panels) }
        }
      }
      unsafe table[index] = nnk_layer(
        inputs: inputs, outputs: outputs, panels: panels?.base, bias: bias.base,
        activation: architecture.layers[index].activation.kernelValue, whole: nil, unit: nil,
        compact: UnsafePointer(compact?.packed?.base), compact_unit: UnsafePointer(compact?.unit.base))
      if let compact {
        compactWeights += outputs * inputs
        compactBytes += 4 * outputs * inputs - compact.weights
      }
      memory.append(panels?.owner)
      memory.append(compact?.packed?.owner)
      memory.append(compact?.unit.owner)
      memory.append(bias.owner)
    }
    if let whole, whole.isComplete {
      unsafe table[0].whole = UnsafeRawPointer(whole.packed.base)
      unsafe table[0].unit = UnsafePointer(whole.unit.base)
      memory.append(whole.packed.owner)
      memory.append(whole.unit.owner)
    }
    isWhole = whole?.isComplete ?? false
    takesFloats = packsFloats
    self.compactWeights = compactWeights
    self.compactBytes = compactBytes
    unsafe self.table = table
    self.memory = memory
  }

  /// Strip by strip: what is folded is packed while it is in the cache, and never stands in memory as a whole.
  private static func packFirst(
    _ weight: Matrix<Float>, _ biases: [Float], _ format: InputFormat, _ kernels: Kernels,
    into panels: Region<Float>?, _ whole: WholeNumbers?, _ bias: Region<Float>
  ) throws(InferenceError) {
    bias.copy(from: biases)
    let strip = Int(NNK_FORWARD_STRIP)
    let most = min(2 * strip - 1, weight.rows)
    let folded = Matrix(
      try Region<Float>(allocating: most * weight.columns, isZeroed: false), rows: most, columns: weight.columns)
    let (scale, offset) = (format.foldedScale, format.foldedOffset)
    var start = 0
    while start < weight.rows {
      let left = weight.rows - start
      let count = left <= most ? left : strip
      let part = bias.part(from: start, count: count)
      Float.fold(
        weight: weight.rows(start..<start + count), bias: part, scale: scale, offset: offset,
        intoWeight: folded.rows(0..<count), bias: part)
      if let panels { pack(folded.rows(0..<count), first: start, outputs: weight.rows, kernels, into: panels) }
      whole?.pack(folded.rows(0..<count), bias: part, first: start, outputs: weight.rows, kernels)
      start += count
    }
  }

  /// Packs some rows of a weight of `outputs` rows: from a multiple of `NNK_FORWARD_STRIP`, to the end or with as many
  /// behind them.
  private static func pack(
    _ rows: Matrix<Float>, first: Int, outputs: Int, _ kernels: Kernels, into panels: Region<Float>
  ) {
    Kernels.requireContiguous(rows)
    let left = outputs - first - rows.rows
    precondition(first % Int(NNK_FORWARD_STRIP) == 0 && (left == 0 || left >= Int(NNK_FORWARD_STRIP)))
    precondition(unsafe panels.count == kernels.table.pointee.forward_width(outputs) * rows.columns)
    unsafe kernels.table.pointee.forward_pack(
      outputs, rows.columns, first, rows.rows, rows.region.base, panels.base)
  }
}

/// The weights of a compact layer in 24 bits, for single rows, and the unit of each output.
private struct CompactWeights {
  /// Of so many weights; nil where the instruction set does without, or the outputs are too few for its registers.
  let weights: Int
  let packed: Region<UInt32>?
  let unit: Region<Float>

  /// Rounds a layer's packed weights, and packs them again; nil for a layer that is not compact, which stays as it is.
  ///
  /// - Throws: ``InferenceError/Code/outOfMemory``.
  init?(_ weight: Matrix<Float>, _ kernels: Kernels, rounding panels: Region<Float>) throws(InferenceError) {
    Kernels.requireContiguous(weight)
    let (outputs, inputs) = (weight.rows, weight.columns)
    let count = outputs * inputs
    guard count >= Int(NNK_COMPACT_LEAST), outputs >= Int(NNK_COMPACT_OUTPUTS) else { return nil }
    precondition(panels.count >= count)
    let unit = try Region<Float>(allocating: outputs)
    guard unsafe nnk_compact_units(kernels.table, outputs, inputs, weight.region.base, unit.base) else { return nil }
    let weights = unsafe kernels.table.pointee.compact_outputs(outputs) * inputs
    let packed: Region<UInt32>? = weights > 0 ? try Region(allocating: weights / 4 * 3, isZeroed: false) : nil
    unsafe kernels.table.pointee.forward_compact(outputs, inputs, unit.base, panels.base, packed?.base)
    self.weights = weights
    self.packed = packed
    self.unit = unit
  }
}

/// The weights of a first layer over bytes as whole numbers, row by row.
private final class WholeNumbers {
  let packed: Region<UInt8>
  let unit: Region<Double>
  /// What is packed in one go.
  private static let rowsAtOnce = 16
  /// Whether all rows were fit for it so far.
  private(set) var isComplete = true

  /// Memory for a model of bytes whose first layer has the inputs for it; nil for any other.
  ///
  /// - Throws: ``InferenceError/Code/outOfMemory``.
  convenience init?(_ architecture: Architecture, _ inputFormat: InputFormat) throws(InferenceError) {
    let (inputs, outputs) = (architecture.inputs, architecture.layers[0].outputs)
    guard inputFormat.elementType == .uint8, (Int(NNK_WHOLE_LEAST)...Int(NNK_WHOLE_MOST)).contains(inputs) else {
      return nil
    }
    self.init(
      packed: try Region<UInt8>(allocating: nnk_whole_bytes(outputs, inputs), isZeroed: false),
      unit: try Region<Double>(allocating: outputs))
  }

  private init(packed: Region<UInt8>, unit: Region<Double>) {
    self.packed = packed
    self.unit = unit
  }

  /// Packs the rows of some outputs, unless one before was not fit.
  func pack(_ rows: Matrix<Float>, bias: Region<Float>, first: Int, outputs: Int, _ kernels: Kernels) {
    Kernels.requireContiguous(rows)
    precondition(bias.count == rows.rows)
    precondition(first % Self.rowsAtOnce == 0 && first + rows.rows <= outputs && outputs == unit.count)
    let inputs = rows.columns
    var start = 0
    while start < rows.rows && isComplete {
      let count = min(Self.rowsAtOnce, rows.rows - start)
      for row in 0..<count where isComplete {
        isComplete = unsafe kernels.table.pointee.whole_unit(
          inputs, rows.region.base + (start + row) * inputs, bias[start + row], 1,
          unit.base + first + start + row)
      }
      guard isComplete else { return }
      unsafe kernels.table.pointee.whole_pack(
        kernels.table, outputs, inputs, first + start, count, rows.region.base + start * inputs,
        unit.base + first + start, packed.base)
      start += count
    }
  }
}

extension Activation {
  /// What the kernels call it.
  var kernelValue: nnk_activation { nnk_activation(UInt32(rawValue)) }
}
