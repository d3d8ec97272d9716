internal import CKernels
package import Inference

extension Double: TrainingElement {
  private static func functions(_ kernels: Kernels) -> UnsafePointer<nnk_f64_training> {
    // A build of everything has them.
    unsafe kernels.table.pointee.f64_training
  }

  package static func lanes(_ kernels: Kernels) -> Int { unsafe functions(kernels).pointee.lanes }

  package static func product(
    _ kernels: Kernels, examples m: Int, _ w: Matrix<Double>, _ b: Region<Double>, bias: Region<Double>?,
    into c: Panels<Double>
  ) {
    let lanes = lanes(kernels)
    Shapes.require(b, examples: m, units: w.columns, lanes: lanes)
    Shapes.require(c, examples: m, units: w.rows, lanes: lanes)
    if let bias { precondition(bias.count == w.rows) }
    unsafe functions(kernels).pointee.product(
      Shapes.panels(m, lanes: lanes), w.rows, w.columns, w.region.base, w.rowStride, w.columnStride, b.base, bias?.base,
      c.base(lanes: lanes), c.units)
  }

  package static func product(
    _ kernels: Kernels, examples m: Int, _ w: Matrix<Double>, _ b: Region<Double>, of columns: UsedColumns,
    bias: Region<Double>, into c: Panels<Double>
  ) {
    let lanes = lanes(kernels)
    Shapes.requireContiguous(w)
    Shapes.require(b, examples: m, units: columns.count, lanes: lanes)
    Shapes.require(c, examples: m, units: w.rows, lanes: lanes)
    precondition(w.columns == columns.all && bias.count == w.rows)
    unsafe columns.withColumns {
      unsafe functions(kernels).pointee.product_of(
        Shapes.panels(m, lanes: lanes), w.rows, $0, w.region.base, w.columns, b.base, bias.base, c.base(lanes: lanes),
        c.units)
    }
  }

  package static func product(
    _ kernels: Kernels, _ w: Matrix<Double>, _ b: Matrix<UInt8>, arrangedColumns: Region<UInt8>?, bias: Region<Double>,
    into c: Region<Double>, scratch: Region<Double>
  ) {
    Shapes.requireContiguous(b)
    Shapes.require(c, examples: b.rows, units: w.rows, lanes: lanes(kernels))
    precondition(b.columns == w.columns && bias.count == w.rows && scratch.count >= trainingScratchCount)
    Shapes.require(columns: arrangedColumns, of: b)
    unsafe functions(kernels).pointee.product_u8(
      b.rows, w.rows, w.columns, w.region.base, w.rowStride, w.columnStride, b.region.base, arrangedColumns?.base,
      bias.base, c.base, scratch.base)
  }

  package static func panels(_ kernels: Kernels, _ bytes: Matrix<UInt8>, into panels: Region<Double>) {
    Shapes.requireContiguous(bytes)
    Shapes.require(panels, examples: bytes.rows, units: bytes.columns, lanes: lanes(kernels))
    unsafe functions(kernels).pointee.panels_u8(bytes.rows, bytes.columns, bytes.region.base, panels.base)
  }

  package static func rows(_ kernels: Kernels, _ panels: Panels<Double>, into rows: Matrix<Double>) {
    let lanes = lanes(kernels)
    Shapes.requireRowMajor(rows)
    Shapes.require(panels, examples: rows.columns, units: rows.rows, lanes: lanes)
    unsafe functions(kernels).pointee.rows(
      rows.rows, rows.columns, panels.base(lanes: lanes), panels.units, rows.region.base, rows.rowStride)
  }

  package static func examples(_ kernels: Kernels, _ panels: Region<Double>, into examples: Matrix<Double>) {
    Shapes.requireContiguous(examples)
    Shapes.require(panels, examples: examples.rows, units: examples.columns, lanes: lanes(kernels))
    unsafe functions(kernels).pointee.examples(
      examples.columns, examples.rows, panels.base, examples.region.base)
  }

  package static func panels(_ kernels: Kernels, _ examples: Matrix<Double>, into panels: Region<Double>) {
    Shapes.requireContiguous(examples)
    Shapes.require(panels, examples: examples.rows, units: examples.columns, lanes: lanes(kernels))
    unsafe functions(kernels).pointee.panels(
      examples.columns, examples.rows, examples.region.base, panels.base)
  }

  package static func weightGradient(
    _ kernels: Kernels, delta: Matrix<Double>, _ a: Region<Double>, columns: Range<Int>, into gradient: Matrix<Double>,
    begins: Bool, scratch: Region<Double>
  ) {
    Shapes.requireGradient(
      delta: delta, inputs: gradient.columns, columns: columns, gradient: gradient, scratch: scratch)
    Shapes.requireContiguous(gradient)
    Shapes.require(a, examples: delta.columns, units: gradient.columns, lanes: lanes(kernels))
    unsafe functions(kernels).pointee.weight_gradient(
      delta.columns, delta.rows, gradient.columns, columns.lowerBound, columns.count, delta.region.base,
      delta.rowStride,
      a.base, gradient.region.base, begins, scratch.base)
  }

  package static func weightGradient(
    _ kernels: Kernels, delta: Matrix<Double>, _ a: Matrix<UInt8>, arrangedLines: Region<UInt8>?, columns: Range<Int>,
    into gradient: Matrix<Double>, begins: Bool, scratch: Region<Double>
  ) {
    Shapes.requireGradient(delta: delta, inputs: a.columns, columns: columns, gradient: gradient, scratch: scratch)
    Shapes.requireContiguous(a)
    precondition(a.rows == delta.columns)
    Shapes.require(lines: arrangedLines, of: a, first: columns.lowerBound)
    unsafe functions(kernels).pointee.weight_gradient_u8(
      delta.columns, delta.rows, a.columns, columns.lowerBound, columns.count, delta.region.base, delta.rowStride,
      a.region.base, arrangedLines?.base, gradient.region.base, gradient.rowStride, begins, scratch.base)
  }

  package static func biasGradient(
    _ kernels: Kernels, delta: Matrix<Double>, into gradient: Region<Double>, begins: Bool
  ) {
    Shapes.requireRowMajor(delta)
    precondition(gradient.count == delta.rows)
    unsafe functions(kernels).pointee.bias_gradient(
      delta.columns, delta.rows, delta.region.base, delta.rowStride, gradient.base, begins)
  }

  package static func activationGradient(
    _ kernels: Kernels, _ activation: Activation, _ a: Region<Double>, delta: Region<Double>
  ) {
    precondition(a.count == delta.count)
    unsafe functions(kernels).pointee.activation_gradient(
      nnk_activation(UInt32(activation.rawValue)), a.count, a.base, delta.base)
  }

  package static func losses(
    _ kernels: Kernels, _ loss: Loss, _ z: Matrix<Double>, targets: Matrix<Double>, into losses: Region<Double>
  ) {
    Shapes.requireContiguous(z)
    Shapes.requireContiguous(targets)
    precondition(targets.rows == z.rows && targets.columns == z.columns && losses.count >= z.rows)
    unsafe functions(kernels).pointee.losses(
      nnk_loss(loss.rawValue), z.rows, z.columns, z.region.base, targets.region.base, losses.base)
  }

  package static func outputDelta(
    _ kernels: Kernels, _ loss: Loss, _ a: Matrix<Double>, targets: Matrix<Double>, factors: Region<Double>,
    into delta: Matrix<Double>
  ) {
    Shapes.requireContiguous(a)
    Shapes.requireContiguous(targets)
    Shapes.requireContiguous(delta)
    precondition(targets.rows == a.rows && targets.columns == a.columns)
    precondition(delta.rows == a.rows && delta.columns == a.columns)
    precondition(factors.count >= a.rows)
    unsafe functions(kernels).pointee.output_delta(
      nnk_loss(loss.rawValue), a.rows, a.columns, a.region.base, targets.region.base, factors.base, delta.region.base)
  }

  package static func dropout(
    _ kernels: Kernels, _ stream: RandomStream, first: Int, examples m: Int, keep: Double, _ from: Panels<Double>,
    into to: Panels<Double>
  ) {
    let lanes = lanes(kernels)
    let units = from.chosen
    precondition(first >= 0 && keep > 0 && keep <= 1 && units.lowerBound % 4 == 0)
    precondition(to.chosen == units && to.units == from.units)
    Shapes.require(from, examples: m, units: units.count, lanes: lanes)
    Shapes.require(to, examples: m, units: units.count, lanes: lanes)
    unsafe functions(kernels).pointee.dropout(
      nnk_random(key: stream.key, stream: stream.stream, step: stream.step), first, m, units.lowerBound, units.count,
      from.units, UInt32(clamping: Int(keep * 0x1p32)), Double(1 / keep), from.base(lanes: lanes), to.base(lanes: lanes)
    )
  }

  package static func fold(
    _ kernels: Kernels, _ weight: Matrix<Double>, bias: Region<Double>, scale: [Double], offset: [Double],
    into folded: Matrix<Double>, bias foldedBias: Region<Double>
  ) {
    Shapes.requireFormat(weight, bias: bias, scale, offset)
    Shapes.requireFormat(folded, bias: foldedBias, scale, offset)
    precondition(folded.rows == weight.rows && folded.columns == weight.columns)
    unsafe functions(kernels).pointee.fold(
      weight.rows, weight.columns, scale.count, weight.region.base, bias.base, scale, offset, folded.region.base,
      foldedBias.base)
  }

  package static func foldTurned(
    _ kernels: Kernels, _ weight: Matrix<Double>, columns: Range<Int>, scale: [Double], into folded: Matrix<Double>
  ) {
    Shapes.requireContiguous(weight)
    Shapes.requireContiguous(folded)
    precondition(folded.rows == weight.columns && folded.columns == weight.rows && weight.rows <= narrowOutputs)
    precondition(columns.lowerBound >= 0 && columns.upperBound <= weight.columns && !scale.isEmpty)
    unsafe functions(kernels).pointee.fold_turned(
      weight.rows, weight.columns, columns.lowerBound, columns.count, scale.count, weight.region.base, scale,
      folded.region.base)
  }

  package static func foldBias(
    _ kernels: Kernels, _ weight: Matrix<Double>, bias: Region<Double>, scale: [Double], offset: [Double],
    into foldedBias: Region<Double>
  ) {
    Shapes.requireFormat(weight, bias: bias, scale, offset)
    precondition(foldedBias.count == weight.rows)
    unsafe functions(kernels).pointee.fold(
      weight.rows, weight.columns, scale.count, weight.region.base, bias.base, scale, offset, nil, foldedBias.base)
  }

  package static func unfold(
    _ kernels: Kernels, _ gradient: Matrix<Double>, columns: Range<Int>, biasGradient: Region<Double>, scale: [Double],
    offset: [Double]
  ) {
    Shapes.requireFormat(gradient, bias: biasGradient, scale, offset)
    precondition(columns.lowerBound >= 0 && columns.upperBound <= gradient.columns)
    unsafe functions(kernels).pointee.unfold(
      gradient.rows, gradient.columns, columns.lowerBound, columns.count, scale.count, gradient.region.base,
      biasGradient.base, scale, offset, nil, nil)
  }

  package static func unfold(
    _ kernels: Kernels, _ gradient: Matrix<Double>, of columns: UsedColumns, biasGradient: Region<Double>,
    scale: [Double], offset: [Double], memory: Region<Double>
  ) {
    Shapes.requireFormat(gradient, bias: biasGradient, scale, offset)
    precondition(gradient.columns == columns.all && memory.count >= columns.all + UsedColumns.slack)
    unsafe columns.withColumns {
      unsafe functions(kernels).pointee.unfold(
        gradient.rows, gradient.columns, 0, gradient.columns, scale.count, gradient.region.base, biasGradient.base,
        scale, offset, $0, memory.base)
    }
  }

  package static func scale(_ kernels: Kernels, _ x: Region<Double>, by factor: Double) {
    unsafe functions(kernels).pointee.scale(x.count, factor, x.base)
  }

  package static func add(_ kernels: Kernels, _ x: Region<Double>, times factor: Double, to: Region<Double>) {
    precondition(to.count == x.count)
    unsafe functions(kernels).pointee.add(x.count, factor, x.base, to.base)
  }

  package static func squareSum(_ kernels: Kernels, _ x: Region<Double>) -> Double {
    unsafe functions(kernels).pointee.square_sum(x.count, x.base)
  }

  package static func step(
    _ kernels: Kernels, _ step: OptimizerStep<Double>, gradient: Region<Double>, first: Region<Double>,
    second: Region<Double>,
    parameters: Region<Double>
  ) {
    let count = parameters.count
    precondition(gradient.count == count)
    switch step {
    case .descend(let rate):
      unsafe functions(kernels).pointee.descend(count, rate, gradient.base, parameters.base)
    case .momentum(let rate, let momentum, let isNesterov):
      precondition(first.count == count)
      unsafe functions(kernels).pointee.momentum(
        count, rate, momentum, isNesterov, gradient.base, first.base, parameters.base)
    case .rmsProp(let rate, let decay, let rest, let epsilon):
      precondition(second.count == count)
      unsafe functions(kernels).pointee.rmsprop(
        count, rate, decay, rest, epsilon, gradient.base, second.base, parameters.base)
    case .adam(let rate, let rest1, let decay2, let rest2, let correction, let epsilon):
      precondition(first.count == count && second.count == count)
      unsafe functions(kernels).pointee.adam(
        count, rate, rest1, decay2, rest2, correction, epsilon, gradient.base, first.base, second.base, parameters.base)
    }
  }
}
