import Testing

@testable import Inference
@testable import Training

@Suite("What threads share in a network")
struct NetworkPhaseTests {
  private func plan(_ widths: Int..., chunk: Int = 128) -> [NetworkPhase] {
    NetworkPhase.plan(zip(widths, widths.dropFirst()).map { ($0, $1) }, chunk: chunk)
  }

  @Test("Narrow networks go through in one phase, by examples")
  func narrow() {
    #expect(plan(12288, 20, 7, 5, 1) == [.examples(forward: 0..<4, backward: 1...3)])
    #expect(plan(12288, 1) == [.examples(forward: 0..<1, backward: nil)])
    #expect(plan(2, 3, 2) == [.examples(forward: 0..<2, backward: 1...1)])
  }

  @Test("Wide layers go through by units, and the gradient by those of the layer below where both are wide")
  func wide() {
    #expect(
      plan(784, 512, 256, 10) == [
        .inputs, .forward(layer: 0), .forward(layer: 1), .examples(forward: 2..<3, backward: 2...2),
        .backward(layer: 1),
      ])
    #expect(
      plan(784, 512, 10) == [.inputs, .forward(layer: 0), .examples(forward: 1..<2, backward: 1...1)])
    #expect(
      plan(784, 512, 512, 512, 10) == [
        .inputs, .forward(layer: 0), .forward(layer: 1), .forward(layer: 2),
        .examples(forward: 3..<4, backward: 3...3), .backward(layer: 2), .backward(layer: 1),
      ])
  }

  @Test("Wide layers above and below narrow ones")
  func mixed() {
    #expect(
      plan(784, 20, 1000, 10) == [
        .examples(forward: 0..<1, backward: nil), .forward(layer: 1), .examples(forward: 2..<3, backward: 1...2),
      ])
    #expect(
      plan(784, 512, 256, 20, 300, 300, 4) == [
        .inputs, .forward(layer: 0), .forward(layer: 1), .examples(forward: 2..<4, backward: nil), .forward(layer: 4),
        .examples(forward: 5..<6, backward: 2...5), .backward(layer: 1),
      ])
  }

  @Test("Rows of many bytes are not kept as numbers")
  func manyInputs() {
    #expect(
      plan(100_000, 512, 256, 10) == [
        .examples(forward: 0..<1, backward: nil), .forward(layer: 1), .examples(forward: 2..<3, backward: 1...2),
      ])
  }

  @Test("Each layer goes forward and backward once, in order")
  func complete() {
    var random = RandomNumbers(seed: 5)
    for _ in 0..<500 {
      let widths = (0..<2 + random.below(6)).map { _ in [1, 10, 48, 49, 300, 2000, 40000][random.below(7)] }
      let phases = NetworkPhase.plan(zip(widths, widths.dropFirst()).map { ($0, $1) }, chunk: 256)
      var forward: [Int] = []
      var backward: [Int] = []
      for phase in phases {
        switch phase {
        case .inputs: #expect(forward.isEmpty)
        case .forward(let layer): forward.append(layer)
        case .backward(let layer): backward.append(layer)
        case .examples(let some, let others):
          forward += some
          if let others { backward += others.reversed() }
        }
        #expect(backward.isEmpty || forward.count == widths.count - 1, "\(widths): \(phases)")
      }
      #expect(forward == [Int](0..<widths.count - 1), "\(widths): \(phases)")
      #expect(backward == (1..<widths.count - 1).reversed(), "\(widths): \(phases)")
    }
  }

  /// - Parameters:
  ///   - ground: whether most pixels are 0 in all examples.
  ///   - arranges: whether the pixels are put in the orders of a narrow first layer before.
  private func gradients(
    _ widths: [Int], examples m: Int, ground: Bool, arranges: Bool = false, threads: Int, phases: [NetworkPhase]?
  ) throws -> [Double] {
    let architecture = try Architecture(
      inputs: widths[0], hidden: [Int](widths.dropFirst().dropLast()), activation: .leakyRelu,
      classCount: widths.last ?? 0)
    let network = Network<Float>(
      architecture, loss: .softmax,
      inputFormat: try InputFormat(
        height: 1, width: widths[0], channels: 1, mean: ground && m == 17 ? [0.3] : []), batch: m,
      dropout: architecture.layers.dropLast().map { $0.outputs % 2 == 0 ? 0.25 : 0 }, kernels: try Kernels.selected(),
      threads: threads, phases: phases)
    var random = RandomNumbers(seed: UInt64(m))
    for index in 0..<network.parameters.count { network.parameters[index] = Float(0.05 * random.normal()) }
    network.parametersChanged()
    let batch = Batch<Float>(capacity: m, outputs: architecture.outputs)
    for row in 0..<m {
      batch.setTarget(of: row, class: random.below(architecture.outputs), smoothing: 0)
      batch.factors[row] = 1 / Float(m)
    }
    let pixels = Region<UInt8>(count: m * widths[0])
    // Pictures of a few of the columns each, in runs of many lengths.
    let isGround = (0..<widths[0]).map { _ in random.below(3) > 0 }
    pixels.copy(
      from: random.bytes(pixels.count).enumerated().map { place, value in
        ground && isGround[place % widths[0] / 7] ? 0 : value
      })
    let stream = RandomStream(key: 3, stream: 0, step: 9)
    let rows = Matrix(pixels, rows: m, columns: widths[0])
    network.computeGradients(rows, arranged: arranges ? try ArrangedRows(rows) : nil, batch, random: stream)
    network.completeGradients(l2: 0)
    #expect((network.batchColumns?.columns != nil) == (ground && network.batchColumns != nil))
    let result = batch.losses.array + batch.scores.array.map { Double($0) }
    return result + network.gradients.array.map { Double($0) }
  }

  @Test(
    "Whatever the phases and the columns left out, losses, scores and gradients have the bits of one phase by examples",
    arguments: [
      [256, 64, 10], [256, 64, 256, 10], [256, 20, 900, 10], [330, 50, 330, 20, 900, 60, 4], [256, 64, 300],
      [256, 64, 256, 64, 256, 3],
    ])
  func sameBits(_ widths: [Int]) throws {
    let last = widths.count - 2
    let byExamples: [NetworkPhase] = [.examples(forward: 0..<last + 1, backward: 1...last)]
    let planned = NetworkPhase.plan(zip(widths, widths.dropFirst()).map { ($0, $1) }, chunk: 256)
    #expect(planned != byExamples)
    for (examples, ground) in [(1, false), (17, false), (301, false), (1, true), (17, true), (301, true)] {
      let expected = try gradients(widths, examples: examples, ground: ground, threads: 1, phases: byExamples)
      #expect(expected.allSatisfy(\.isFinite) && expected.contains { $0 != 0 })
      for threads in [1, 2, 8] {
        for phases in [planned, byExamples] {
          #expect(
            try gradients(widths, examples: examples, ground: ground, threads: threads, phases: phases) == expected)
        }
      }
    }
  }

  @Test(
    "Whether pixels are arranged before or not, losses, scores and gradients have the same bits",
    arguments: [[300, 20, 7, 2], [64, 1, 2], [1, 48, 3], [130, 24, 900, 10], [256, 64, 10]])
  func arrangedPixels(_ widths: [Int]) throws {
    for examples in [1, 15, 16, 17, 209, 256, 300, 513] {
      let expected = try gradients(widths, examples: examples, ground: false, threads: 1, phases: nil)
      for threads in [1, 2, 8] {
        let found = try gradients(
          widths, examples: examples, ground: false, arranges: true, threads: threads, phases: nil)
        #expect(found == expected, "\(examples) examples, \(threads) threads")
      }
    }
  }

  /// Parameters after steps over batches that use some columns, all, others, none, and all again.
  private func parameters<Element: TestedElement>(
    _ type: Element.Type, clipNorm: Double?, threads: Int, phases: [NetworkPhase]
  ) throws -> [Element] {
    let width = 300
    let network = Network<Element>(
      try Architecture(inputs: width, hidden: [60], activation: .tanh, classCount: 4), loss: .softmax,
      inputFormat: try InputFormat(height: 1, width: width, channels: 1), batch: 300, dropout: [],
      kernels: try Kernels.selected(), threads: threads, phases: phases)
    var random = RandomNumbers(seed: 8)
    for index in 0..<network.parameters.count { network.parameters[index] = Element(0.05 * random.normal()) }
    network.parametersChanged()
    let count = network.parameters.count
    let (first, second) = (Region<Element>(count: count), Region<Element>(count: count))
    let batch = Batch<Element>(capacity: 300, outputs: 4)
    for (m, used) in [(40, 50..<200), (64, 0..<300), (300, 120..<290), (5, 0..<0), (1, 299..<300), (300, 0..<300)] {
      for row in 0..<m {
        batch.setTarget(of: row, class: random.below(4), smoothing: 0)
        batch.factors[row] = 1 / Element(m)
      }
      let pixels = Region<UInt8>(count: m * width)
      pixels.copy(from: random.bytes(m * width).enumerated().map { used.contains($0 % width) ? max($1, 1) : 0 })
      network.computeGradients(Matrix(pixels, rows: m, columns: width), batch)
      if let batchColumns = network.batchColumns { #expect((batchColumns.columns == nil) == (used.count == width)) }
      network.update(
        Update(
          step: .adam(rate: 0.01, rest1: 0.1, decay2: 0.999, rest2: 0.001, correction: 1.5, epsilon: 1e-8),
          first: first, second: second, l2: 0.01, clipNorm: clipNorm))
    }
    return network.parameters.array
  }

  private func changingColumns<Element: TestedElement>(_ type: Element.Type, clipNorm: Double?) throws {
    let planned = NetworkPhase.plan([(300, 60), (60, 4)], chunk: 256)
    #expect(planned.contains(.inputs))
    let expected = try parameters(
      type, clipNorm: clipNorm, threads: 1, phases: [.examples(forward: 0..<2, backward: 1...1)])
    #expect(expected.allSatisfy { $0.isFinite })
    for threads in [1, 2, 8] {
      let found = try parameters(type, clipNorm: clipNorm, threads: threads, phases: planned)
      #expect(firstDifference(found, expected) == nil, "\(type), \(threads) threads")
    }
  }

  @Test(
    "Steps over batches that leave out different columns have the bits of steps that leave out none",
    arguments: [nil, 0.01])
  func changingColumns(clipNorm: Double?) throws {
    try changingColumns(Float.self, clipNorm: clipNorm)
    try changingColumns(Double.self, clipNorm: clipNorm)
  }
}
