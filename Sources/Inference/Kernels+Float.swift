import CKernels

extension Float: KernelElement {
  package static func packedCount(_ kernels: Kernels, outputs n: Int, inputs k: Int) -> Int {
    unsafe nnk_f32_packed_count(kernels.table, n, k)
  }

  package static func pack(_ kernels: Kernels, _ b: Matrix<Float>, into panels: Region<Float>) {
    precondition(panels.count >= packedCount(kernels, outputs: b.rows, inputs: b.columns))
    unsafe nnk_f32_pack(kernels.table, b.rows, b.columns, b.region.base, b.rowStride, b.columnStride, panels.base)
  }

  package static func pack(_ kernels: Kernels, _ b: Matrix<UInt8>, into panels: Region<Float>) {
    precondition(panels.count >= packedCount(kernels, outputs: b.rows, inputs: b.columns))
    unsafe nnk_f32_pack_u8(kernels.table, b.rows, b.columns, b.region.base, b.rowStride, b.columnStride, panels.base)
  }

  package static func product(
    _ kernels: Kernels, _ a: Matrix<Float>, panels: Region<Float>, bias: Region<Float>?, into c: Matrix<Float>
  ) {
    kernels.requireProduct(a, panels: panels, bias: bias, c: c)
    unsafe nnk_f32_product(
      kernels.table, a.rows, c.columns, a.columns, a.region.base, a.rowStride, a.columnStride, panels.base, bias?.base,
      c.region.base, c.rowStride)
  }

  package static func product(
    _ kernels: Kernels, _ a: Matrix<UInt8>, panels: Region<Float>, bias: Region<Float>?, into c: Matrix<Float>
  ) {
    kernels.requireProduct(a, panels: panels, bias: bias, c: c)
    unsafe nnk_f32_product_u8(
      kernels.table, a.rows, c.columns, a.columns, a.region.base, a.rowStride, a.columnStride, panels.base, bias?.base,
      c.region.base, c.rowStride)
  }

  package static func accumulate(
    _ kernels: Kernels, _ a: Matrix<Float>, panels: Region<Float>, into c: Matrix<Float>
  ) {
    kernels.requireProduct(a, panels: panels, bias: nil, c: c)
    unsafe nnk_f32_accumulate(
      kernels.table, a.rows, c.columns, a.columns, a.region.base, a.rowStride, a.columnStride, panels.base,
      c.region.base, c.rowStride)
  }

  package static func activate(_ kernels: Kernels, _ activation: Activation, _ z: Matrix<Float>) {
    Kernels.requireRowMajor(z)
    unsafe kernels.table.pointee.f32_activate(
      nnk_activation(UInt32(activation.rawValue)), z.rows, z.columns, z.region.base, z.rowStride)
  }

  package static func crossEntropy(_ kernels: Kernels, _ z: Matrix<Float>, labels: Region<Int32>) -> Double {
    Kernels.requireRowMajor(z)
    Kernels.require(labels: labels, rows: z.rows, outputs: z.columns)
    return unsafe kernels.table.pointee.f32_cross_entropy(
      z.rows, z.columns, z.region.base, z.rowStride, labels.base)
  }

  package static func fold(
    weight: Matrix<Float>, bias: Region<Float>, scale: [Double], offset: [Double],
    intoWeight folded: Matrix<Float>, bias foldedBias: Region<Float>
  ) {
    Kernels.requireContiguous(weight)
    Kernels.requireContiguous(folded)
    precondition(folded.rows == weight.rows && folded.columns == weight.columns)
    precondition(bias.count == weight.rows && foldedBias.count == weight.rows)
    precondition(!scale.isEmpty && scale.count == offset.count)
    unsafe nnk_f32_fold(
      weight.rows, weight.columns, scale.count, weight.region.base, bias.base, scale, offset, folded.region.base,
      foldedBias.base)
  }

  package static func unfoldGradient(
    _ gradient: Matrix<Float>, firstColumn: Int, biasGradient: Region<Float>, scale: [Double], offset: [Double]
  ) {
    Kernels.requireRowMajor(gradient)
    precondition(biasGradient.count == gradient.rows && !scale.isEmpty && scale.count == offset.count)
    unsafe nnk_f32_unfold_gradient(
      gradient.rows, firstColumn, gradient.columns, scale.count, gradient.region.base, gradient.rowStride,
      biasGradient.base, scale, offset)
  }

  package static func outputDelta(
    _ activations: Matrix<Float>, labels: Region<Int32>, factor: Float, into delta: Matrix<Float>
  ) {
    Kernels.requireContiguous(activations)
    Kernels.requireContiguous(delta)
    precondition(delta.rows == activations.rows && delta.columns == activations.columns)
    Kernels.require(labels: labels, rows: activations.rows, outputs: activations.columns)
    unsafe nnk_f32_output_delta(
      activations.rows, activations.columns, activations.region.base, labels.base, factor, delta.region.base)
  }

  package static func activationGradient(_ activation: Activation, _ a: Region<Float>, delta: Region<Float>) {
    precondition(a.count == delta.count)
    unsafe nnk_f32_activation_gradient(
      nnk_activation(UInt32(activation.rawValue)), a.count, a.base, delta.base)
  }

  package static func columnSums(_ a: Matrix<Float>, into sums: Region<Float>) {
    Kernels.requireRowMajor(a)
    precondition(sums.count == a.columns)
    unsafe nnk_f32_column_sums(a.rows, a.columns, a.region.base, a.rowStride, sums.base)
  }

  package static func descend(rate: Float, gradient: Region<Float>, parameters: Region<Float>) {
    precondition(gradient.count == parameters.count)
    unsafe nnk_f32_descend(gradient.count, rate, gradient.base, parameters.base)
  }
}
