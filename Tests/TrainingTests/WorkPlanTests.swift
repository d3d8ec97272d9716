import Testing

@testable import Training

/// What threads share of all weights.
@Suite("Work plans")
struct WorkPlanTests {
  private static let networks: [[(inputs: Int, outputs: Int)]] = [
    [(12288, 1)], [(12288, 20), (20, 7), (7, 5), (5, 1)], [(784, 512), (512, 256), (256, 10)], [(1, 1)],
    [(70, 49), (49, 300), (300, 4096)], [(100_000, 48)], [(64, 24)],
  ]

  /// How often each weight of each layer is in a part, with an end behind the last.
  private func coverage(_ plan: WorkPlan, _ layers: [(inputs: Int, outputs: Int)]) -> [[Int]] {
    var found = layers.map { [Int](repeating: 0, count: $0.inputs * $0.outputs) }
    for part in plan.parts {
      for row in part.rows {
        for column in part.columns { found[part.layer][row * layers[part.layer].inputs + column] += 1 }
      }
    }
    return found
  }

  @Test("Each weight has its gradient made once, and is changed once", arguments: [1, 2, 3, 8])
  func coversOnce(threads: Int) {
    for layers in Self.networks {
      let isTurned = layers[0].outputs <= narrowOutputs
      for plan in [
        WorkPlan(gradientsOf: layers, threads: threads),
        WorkPlan(updatesOf: layers, isTurned: isTurned, threads: threads),
      ] {
        let found = coverage(plan, layers)
        #expect(found.allSatisfy { $0.allSatisfy { $0 == 1 } }, "\(layers) by \(threads)")
      }
    }
  }

  @Test("The rows of a wide layer's gradients are those of its units' threads, and of its update's")
  func sharesByRows() {
    let layers = Self.networks[2]
    let gradients = WorkPlan(gradientsOf: layers, threads: 2).parts
    let updates = WorkPlan(updatesOf: layers, isTurned: false, threads: 2).parts
    for (layer, shape) in layers.enumerated().prefix(2) {
      let halves = Set(gradients.filter { $0.layer == layer }.map(\.rows))
      #expect(halves.count == 2)
      for half in halves { #expect(abs(half.count - shape.outputs / 2) <= NetworkPhase.unitGrain) }
    }
    // A thread's parts lie side by side: the first half of all is the first thread's.
    for (parts, most) in [(gradients, 24), (updates, 40)] {
      for part in parts.prefix(parts.count / 2) where part.layer < 2 {
        #expect(part.rows.upperBound <= layers[part.layer].outputs / 2 + most, "\(part)")
      }
    }
  }

  @Test("One thread makes the gradients of a layer at once")
  func isWhole() {
    for layers in Self.networks {
      #expect(WorkPlan(gradientsOf: layers, threads: 1).parts.count == layers.count)
    }
  }
}
