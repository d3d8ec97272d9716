internal import Inference

/// An optimiser at work: its memory, and its rule with the numbers of an iteration.
struct OptimizerState<Element: TrainingElement>: Sendable {
  let optimizer: Optimizer
  /// The first moments (or velocities), as long as the parameters; empty where the optimiser has none.
  let first: Region<Element>
  /// The second moments.
  let second: Region<Element>

  init(_ optimizer: Optimizer, parameters: Int) {
    self.optimizer = optimizer
    first = Region(count: optimizer.moments.first ? parameters : 0)
    second = Region(count: optimizer.moments.second ? parameters : 0)
  }

  /// The update of an iteration.
  ///
  /// - Parameters:
  ///   - rate: the learning rate.
  ///   - iteration: from 0.
  func update(rate: Double, iteration: Int, l2: Double, clipNorm: Double?) -> Update<Element> {
    var update = Update(step: step(rate: rate, iteration: iteration), first: first, second: second)
    update.l2 = l2
    update.clipNorm = clipNorm
    if case .adamW(_, _, _, let weightDecay) = optimizer { update.weightFactor = 1 - rate * weightDecay }
    return update
  }

  private func step(rate: Double, iteration: Int) -> OptimizerStep<Element> {
    switch optimizer {
    case .gradientDescent: return .descend(rate: Element(rate))
    case .momentum(let momentum):
      return .momentum(rate: Element(rate), momentum: Element(momentum), isNesterov: false)
    case .nesterov(let momentum):
      return .momentum(rate: Element(rate), momentum: Element(momentum), isNesterov: true)
    case .rmsProp(let beta2, let epsilon):
      return .rmsProp(
        rate: Element(rate), decay: Element(beta2), rest: Element(1 - beta2), epsilon: Element(epsilon))
    case .adam(let beta1, let beta2, let epsilon), .adamW(let beta1, let beta2, let epsilon, _):
      let steps = iteration + 1
      return .adam(
        rate: Element(rate / (1 - Schedule.power(beta1, steps))), rest1: Element(1 - beta1), decay2: Element(beta2),
        rest2: Element(1 - beta2), correction: Element(1 / (1 - Schedule.power(beta2, steps)).squareRoot()),
        epsilon: Element(epsilon))
    }
  }
}
