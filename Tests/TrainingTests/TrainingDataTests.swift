import Testing
import Training

@Suite("Training data")
struct TrainingDataTests {
  private func refused(_ pixels: Int, features: Int, labels: [Int], classes: Int) -> TrainingError? {
    trainingError {
      _ = try TrainingData(
        pixels: [UInt8](repeating: 0, count: pixels), features: features, labels: labels, classCount: classes)
    }
  }

  @Test("A label that names no class is refused with its row", arguments: [-1, 2, Int.max, Int.min])
  func label(_ label: Int) {
    let error = refused(8, features: 2, labels: [0, 1, label, 1], classes: 2)
    #expect(error?.code == .invalidLabels)
    #expect(error?.message == "row 2 has the label \(label); expected 0 to 1")
  }

  @Test("Fewer than two classes, or more than there may be, are refused", arguments: [-1, 0, 1, 4097, Int.max])
  func classes(_ classes: Int) {
    #expect(refused(4, features: 2, labels: [0, 0], classes: classes)?.code == .invalidLabels)
  }

  @Test("An empty set is refused")
  func empty() {
    #expect(refused(0, features: 2, labels: [], classes: 2)?.code == .invalidData)
  }

  @Test("As many labels as rows", arguments: [(7, 2), (10, 2), (8, 3), (8, 0), (8, -1), (8, Int.max)])
  func counts(_ pixels: Int, _ features: Int) {
    let error = refused(pixels, features: features, labels: [0, 1, 0, 1], classes: 2)
    #expect(error?.code == .invalidData)
  }

  @Test("A set of one class can be evaluated, but not trained on")
  func oneClass() throws {
    let data = try TrainingData(pixels: [1, 2, 3], features: 1, labels: [1, 1, 1], classCount: 2)
    #expect(data.count == 3)
  }
}
