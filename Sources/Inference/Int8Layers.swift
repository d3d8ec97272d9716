import CKernels

/// Layers of 8 bits in the layout of forward propagation; `nnkernels.h` says what they compute.
@safe
struct Int8Layers: @unchecked Sendable {
  let table: Region<nnk_int8_layer>
  /// What the table points into.
  private let memory: [Buffer?]

  /// Lays out the parameters of an architecture, which were checked against it.
  ///
  /// - Throws: ``InferenceError/Code/outOfMemory``.
  init(
    _ parameters: QuantizedParameters, _ architecture: Architecture, _ kernels: Kernels
  ) throws(InferenceError) {
    // Properties are set last: Embedded Swift would not free those that were set where an initializer throws.
    let table = unsafe try Region<nnk_int8_layer>(allocating: architecture.layers.count)
    var memory: [Buffer?] = []
    for index in architecture.layers.indices {
      let layer = parameters.layers[index]
      let (inputs, outputs) = (architecture.inputs(ofLayer: index), architecture.layers[index].outputs)
      let panel = unsafe kernels.table.pointee.int8_panel(outputs, inputs)
      let weight = try Region<Int8>(allocating: nnk_int8_packed(outputs, inputs))
      let rowSums = try Region<Int32>(allocating: outputs)
      let offset = try Region<Int32>(allocating: outputs)
      let factor = try Region<Float>(allocating: outputs)
      let bias = try Region<Float>(allocating: outputs)
      bias.copy(from: layer.bias)
      layer.weight.span.withRegion { source in
        precondition(source.count == outputs * inputs)
        unsafe nnk_int8_pack(panel, outputs, inputs, source.base, weight.base)
        for output in 0..<outputs {
          rowSums[output] = Kernels.sum(source.part(from: output * inputs, count: inputs))
          offset[output] = -Int32(layer.inputZeroPoint) * rowSums[output]
          factor[output] = layer.inputScale * layer.weightScale[output]
        }
      }
      unsafe table[index] = nnk_int8_layer(
        inputs: inputs, outputs: outputs, panel: panel, weights: weight.base, row_sums: rowSums.base,
        offset: offset.base, factor: factor.base, bias: bias.base, inverse: 1 / layer.inputScale,
        zero_point: Int32(layer.inputZeroPoint), activation: architecture.layers[index].activation.kernelValue)
      for owner in [weight.owner, rowSums.owner, offset.owner, factor.owner, bias.owner] { memory.append(owner) }
    }
    unsafe self.table = table
    self.memory = memory
  }
}
