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
}
