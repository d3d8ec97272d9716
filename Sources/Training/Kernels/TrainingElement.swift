package import Inference

/// A number type that training computes in: `Float` or `Double`.
///
/// m counts examples, n outputs, k inputs; `nntraining.h` says what each function computes, in which order, and how examples lie
/// in panels. Shapes are checked here, so that no caller can make a kernel read or write outside its regions.
package protocol TrainingElement: KernelElement {
  /// The examples of a panel.
  static func lanes(_ kernels: Kernels) -> Int
  /// c = bias + w·b over m examples: n units c, w [n, k] with strides, b [panels of k], bias [n] or nil for zeros.
  static func product(
    _ kernels: Kernels, examples m: Int, _ w: Matrix<Self>, _ b: Region<Self>, bias: Region<Self>?, into c: Panels<Self>
  )
  /// The same where b is 0 in all but some columns: b has panels of these, w all columns, side by side.
  static func product(
    _ kernels: Kernels, examples m: Int, _ w: Matrix<Self>, _ b: Region<Self>, of columns: UsedColumns,
    bias: Region<Self>, into c: Panels<Self>)
  /// The same for panels of n units, with b as bytes [m, k], which few units take from ``ArrangedRows/columns(_:)`` if they are given.
  static func product(
    _ kernels: Kernels, _ w: Matrix<Self>, _ b: Matrix<UInt8>, arrangedColumns: Region<UInt8>?, bias: Region<Self>,
    into c: Region<Self>, scratch: Region<Self>)
  /// Panels of k units from bytes [m, k].
  static func panels(_ kernels: Kernels, _ bytes: Matrix<UInt8>, into panels: Region<Self>)
  /// Rows of units [n, m] from panels.
  static func rows(_ kernels: Kernels, _ panels: Panels<Self>, into rows: Matrix<Self>)
  /// Rows of examples [m, n] from panels.
  static func examples(_ kernels: Kernels, _ panels: Region<Self>, into examples: Matrix<Self>)
  /// Panels from rows of examples [m, n].
  static func panels(_ kernels: Kernels, _ examples: Matrix<Self>, into panels: Region<Self>)
  /// gradient [n, columns] (+)= delta [n, m] · a, the columns being those from `first` of k.
  static func weightGradient(
    _ kernels: Kernels, delta: Matrix<Self>, _ a: Region<Self>, columns: Range<Int>, into gradient: Matrix<Self>,
    begins: Bool, scratch: Region<Self>)
  /// The same with a as bytes [m, k], which few outputs take from ``ArrangedRows/lines`` if they are given and `columns` begin at a
  /// multiple of 64; and a gradient whose rows may lie apart.
  static func weightGradient(
    _ kernels: Kernels, delta: Matrix<Self>, _ a: Matrix<UInt8>, arrangedLines: Region<UInt8>?, columns: Range<Int>,
    into gradient: Matrix<Self>, begins: Bool, scratch: Region<Self>)
  /// gradient [n] (+)= the sums of the rows of delta [n, m].
  static func biasGradient(_ kernels: Kernels, delta: Matrix<Self>, into gradient: Region<Self>, begins: Bool)
  /// delta = delta · activation′, from a = activation(z).
  static func activationGradient(
    _ kernels: Kernels, _ activation: Activation, _ a: Region<Self>, delta: Region<Self>)
  /// losses [m] of weighted sums and targets, both [m, n].
  static func losses(
    _ kernels: Kernels, _ loss: Loss, _ z: Matrix<Self>, targets: Matrix<Self>, into losses: Region<Double>)
  /// delta [m, n] = (a − targets)·factors, the gradient by the weighted sums.
  static func outputDelta(
    _ kernels: Kernels, _ loss: Loss, _ a: Matrix<Self>, targets: Matrix<Self>, factors: Region<Self>,
    into delta: Matrix<Self>)
  /// to = from·scale where a unit is kept, else 0; the same units, from a multiple of 4 on, m examples that begin with number `first`.
  static func dropout(
    _ kernels: Kernels, _ stream: RandomStream, first: Int, examples m: Int, keep: Double, _ from: Panels<Self>,
    into to: Panels<Self>)
  /// Folds x = v·scale[c] − offset[c] into a first layer: weight [n, k], bias [n].
  static func fold(
    _ kernels: Kernels, _ weight: Matrix<Self>, bias: Region<Self>, scale: [Double], offset: [Double],
    into folded: Matrix<Self>, bias foldedBias: Region<Self>)
  /// Folds the scale into some columns of weight [n, k], n at most ``narrowOutputs``, which become rows of `folded` [k, n].
  static func foldTurned(
    _ kernels: Kernels, _ weight: Matrix<Self>, columns: Range<Int>, scale: [Double], into folded: Matrix<Self>)
  /// Folds the input format into the biases alone.
  static func foldBias(
    _ kernels: Kernels, _ weight: Matrix<Self>, bias: Region<Self>, scale: [Double], offset: [Double],
    into foldedBias: Region<Self>)
  /// Turns some columns of the gradient of folded weights into those of the weights, in place.
  static func unfold(
    _ kernels: Kernels, _ gradient: Matrix<Self>, columns: Range<Int>, biasGradient: Region<Self>, scale: [Double],
    offset: [Double])
  /// The same for all columns, of which only some have been computed and lie side by side at the beginning of each row: the others' was 0.
  ///
  /// - Parameter memory: as much as a row, and ``UsedColumns/slack``.
  static func unfold(
    _ kernels: Kernels, _ gradient: Matrix<Self>, of columns: UsedColumns, biasGradient: Region<Self>, scale: [Double],
    offset: [Double], memory: Region<Self>)
  /// x *= factor.
  static func scale(_ kernels: Kernels, _ x: Region<Self>, by factor: Self)
  /// to += factor·x.
  static func add(_ kernels: Kernels, _ x: Region<Self>, times factor: Self, to: Region<Self>)
  /// Σ x².
  static func squareSum(_ kernels: Kernels, _ x: Region<Self>) -> Double
  /// One step of an optimiser over some parameters.
  static func step(
    _ kernels: Kernels, _ step: OptimizerStep<Self>, gradient: Region<Self>, first: Region<Self>, second: Region<Self>,
    parameters: Region<Self>)
}

/// Some units of panels of examples.
package struct Panels<Element: TrainingElement>: Sendable {
  /// [panels, units, lanes].
  package let region: Region<Element>
  /// All units of a panel.
  package let units: Int
  /// Those that are meant.
  package let chosen: Range<Int>

  package init(_ region: Region<Element>, units: Int, chosen: Range<Int>? = nil) {
    self.region = region
    self.units = units
    self.chosen = chosen ?? 0..<units
    precondition(self.chosen.lowerBound >= 0 && self.chosen.upperBound <= units)
  }

  /// The first of them in the first panel.
  func base(lanes: Int) -> UnsafeMutablePointer<Element> { unsafe region.base + chosen.lowerBound * lanes }

  /// Calls `body` with runs of the region that are all of them for m examples.
  func forEachRun(examples m: Int, lanes: Int, _ body: (Region<Element>) -> Void) {
    let panels = Shapes.panels(m, lanes: lanes)
    guard chosen.count < units else { return body(region.part(from: 0, count: panels * units * lanes)) }
    for panel in 0..<panels {
      body(region.part(from: (panel * units + chosen.lowerBound) * lanes, count: chosen.count * lanes))
    }
  }
}

/// What the last layer's outputs are held against.
package enum Loss: UInt32, Sendable {
  /// Cross-entropy of softmax.
  case softmax = 0
  /// Cross-entropy of sigmoids, added up over the outputs.
  case sigmoid = 1
  /// The mean of the squared errors of linear outputs.
  case squares = 2

  /// The loss that goes with the activation of the last layer.
  package init(_ activation: Activation) {
    switch activation {
    case .softmax: self = .softmax
    case .linear: self = .squares
    default: self = .sigmoid
    }
  }
}

/// One of the streams of random numbers that a seed gives: the same bits for the same step, example and unit, in whatever order they
/// are asked for.
package struct RandomStream: Sendable {
  /// The seed.
  package var key: UInt64
  /// What the numbers are for.
  package var stream: UInt32
  /// The iteration.
  package var step: UInt32

  package init(key: UInt64, stream: UInt32, step: UInt32) {
    self.key = key
    self.stream = stream
    self.step = step
  }
}

/// An optimiser's rule with the numbers of one iteration; see `nntraining.h`.
package enum OptimizerStep<Element: TrainingElement>: Sendable {
  case descend(rate: Element)
  case momentum(rate: Element, momentum: Element, isNesterov: Bool)
  case rmsProp(rate: Element, decay: Element, rest: Element, epsilon: Element)
  case adam(rate: Element, rest1: Element, decay2: Element, rest2: Element, correction: Element, epsilon: Element)
}

/// The most outputs of a first layer whose folded weights are turned: NNK_NARROW_OUTPUTS.
package let narrowOutputs = 48
/// The elements of memory that a thread's kernels need for what they pack.
package let trainingScratchCount = 4 * 16 * Kernels.blockLength

/// Checks of shapes.
enum Shapes {
  static func panels(_ m: Int, lanes: Int) -> Int { (m + lanes - 1) / lanes }

  /// Panels of n units must hold m examples.
  static func require<Element>(_ panels: Region<Element>, examples m: Int, units n: Int, lanes: Int) {
    precondition(m >= 0 && n >= 0 && panels.count >= self.panels(m, lanes: lanes) * lanes * n)
  }

  static func require<Element>(_ panels: Panels<Element>, examples m: Int, units n: Int, lanes: Int) {
    require(panels.region, examples: m, units: panels.units, lanes: lanes)
    precondition(panels.chosen.count == n)
  }

  static func requireRowMajor<Element>(_ matrix: Matrix<Element>) {
    precondition(matrix.columnStride == 1 || matrix.columns <= 1)
  }

  static func requireContiguous<Element>(_ matrix: Matrix<Element>) {
    requireRowMajor(matrix)
    precondition(matrix.rowStride == matrix.columns || matrix.rows <= 1)
  }

  static func requireGradient<Element>(
    delta: Matrix<Element>, inputs: Int, columns: Range<Int>, gradient: Matrix<Element>, scratch: Region<Element>
  ) {
    requireRowMajor(delta)
    requireRowMajor(gradient)
    precondition(delta.columns <= Kernels.blockLength && scratch.count >= trainingScratchCount)
    precondition(gradient.rows == delta.rows && gradient.columns == inputs)
    precondition(columns.lowerBound >= 0 && columns.upperBound <= inputs)
  }

  static func requireFormat<Element>(
    _ weight: Matrix<Element>, bias: Region<Element>, _ scale: [Double], _ offset: [Double]
  ) {
    requireContiguous(weight)
    precondition(bias.count == weight.rows && !scale.isEmpty && scale.count == offset.count)
  }
}
