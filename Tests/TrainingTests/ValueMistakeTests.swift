import Testing

@testable import Training

@Suite("Labels that were told wrong, and quantities that are off")
struct ValueMistakeTests {
  private func places(_ values: [Float], _ targets: TrainingTargets) -> [[Int]] {
    ValueMistake.all(values, targets).map { [$0.index, $0.column] }
  }

  @Test("of labels those on the wrong side of a half, the furthest first, an answer that is NaN before all")
  func labels() {
    let targets = TrainingTargets.labels([1, 0, 1, 0, 1, 0], count: 2)
    #expect(places([0.9, 0.1, 0.7, 0.2, 0.6, 0.5], targets).isEmpty)
    #expect(
      places([0.5, 0.875, 0.125, 0.625, 0.375, 0.375], targets) == [[0, 1], [1, 0], [1, 1], [2, 0], [0, 0]])
    #expect(places([.nan, 0.9, 0.6, 0.1, 0.6, 0.1], targets) == [[0, 0], [0, 1]])
    // What is not above a half is taken not to be there, as the evaluation has it.
    #expect(places([0.9, .nan, 0.9, 0.1, 0.9, 0.1], targets).isEmpty)
    #expect(
      ValueMistake.all([0.25, 0], .labels([1, 0], count: 2))
        == [ValueMistake(index: 0, column: 0, target: 1, answer: 0.25)])
  }

  @Test("of quantities all, by their error in standard deviations")
  func quantities() {
    // Deviations of 1 and 100.
    let targets = TrainingTargets.quantities([0, 0, 2, 200, 0, 0, 2, 200], count: 2)
    #expect(
      places([0.5, 30, 2, 250, 0, 0, 2.4, 195], targets)
        == [[0, 0], [1, 1], [3, 0], [0, 1], [3, 1], [1, 0], [2, 0], [2, 1]])
    #expect(places([-.infinity, 0, 2, .nan, 0, 0, 2, 200], targets).prefix(2) == [[1, 1], [0, 0]])
    // Where all are the same, by the error itself.
    #expect(places([3, 1, 9], .quantities([3, 3, 3], count: 1)) == [[2, 0], [1, 0], [0, 0]])
  }
}
