import CKernels

extension Double: KernelElement {
  package static func packedCount(_ kernels: Kernels, outputs n: Int, inputs k: Int) -> Int {
    unsafe nnk_f64_packed_count(kernels.table, n, k)
  }

  package static func pack(_ kernels: Kernels, _ b: Matrix<Double>, into panels: Region<Double>) {
    precondition(panels.count >= packedCount(kernels, outputs: b.rows, inputs: b.columns))
    unsafe nnk_f64_pack(kernels.table, b.rows, b.columns, b.region.base, b.rowStride, b.columnStride, panels.base)
  }

  package static func pack(_ kernels: Kernels, _ b: Matrix<UInt8>, into panels: Region<Double>) {
    precondition(panels.count >= packedCount(kernels, outputs: b.rows, inputs: b.columns))
    unsafe nnk_f64_pack_u8(kernels.table, b.rows, b.columns, b.region.base, b.rowStride, b.columnStride, panels.base)
  }

  package static func product(
    _ kernels: Kernels, _ a: Matrix<Double>, panels: Region<Double>, bias: Region<Double>?, into c: Matrix<Double>
  ) {
    kernels.requireProduct(a, panels: panels, bias: bias, c: c)
    unsafe nnk_f64_product(
      kernels.table, a.rows, c.columns, a.columns, a.region.base, a.rowStride, a.columnStride, panels.base, bias?.base,
      c.region.base, c.rowStride)
  }

  package static func product(
    _ kernels: Kernels, _ a: Matrix<UInt8>, panels: Region<Double>, bias: Region<Double>?, into c: Matrix<Double>
  ) {
    kernels.requireProduct(a, panels: panels, bias: bias, c: c)
    unsafe nnk_f64_product_u8(
      kernels.table, a.rows, c.columns, a.columns, a.region.base, a.rowStride, a.columnStride, panels.base, bias?.base,
      c.region.base, c.rowStride)
  }

  package static func accumulate(
    _ kernels: Kernels, _ a: Matrix<Double>, panels: Region<Double>, into c: Matrix<Double>
  ) {
    kernels.requireProduct(a, panels: panels, bias: nil, c: c)
    unsafe nnk_f64_accumulate(
      kernels.table, a.rows, c.columns, a.columns, a.region.base, a.rowStride, a.columnStride, panels.base,
      c.region.base, c.rowStride)
  }

  package static func activate(_ kernels: Kernels, _ activation: Activation, _ z: Matrix<Double>) {
    Kernels.requireRowMajor(z)
    unsafe kernels.table.pointee.f64_activate(
      nnk_activation(UInt32(activation.rawValue)), z.rows, z.columns, z.region.base, z.rowStride)
  }

  package static func crossEntropy(_ kernels: Kernels, _ z: Matrix<Double>, labels: Region<Int32>) -> Double {
    Kernels.requireRowMajor(z)
    Kernels.require(labels: labels, rows: z.rows, outputs: z.columns)
    return unsafe kernels.table.pointee.f64_cross_entropy(
      z.rows, z.columns, z.region.base, z.rowStride, labels.base)
  }

  package static func fold(
    weight: Matrix<Double>, bias: Region<Double>, scale: [Double], offset: [Double],
    intoWeight folded: Matrix<Double>, bias foldedBias: Region<Double>
  ) {
    Kernels.requireContiguous(weight)
    Kernels.requireContiguous(folded)
    precondition(folded.rows == weight.rows && folded.columns == weight.columns)
    precondition(bias.count == weight.rows && foldedBias.count == weight.rows)
    precondition(!scale.isEmpty && scale.count == offset.count)
    unsafe nnk_f64_fold(
      weight.rows, weight.columns, scale.count, weight.region.base, bias.base, scale, offset, folded.region.base,
      foldedBias.base)
  }
}
