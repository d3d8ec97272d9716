import Datasets
import Foundation
import Images
import Testing

/// With the cat pictures and MNIST, which are too large for the repository: the tests need NNSCORE_TEST_DATA, the path of
/// a folder with `cats/` and `mnist/`, and are skipped without it.
@Suite("Real data", .enabled(if: TestData.large != nil, "set NNSCORE_TEST_DATA to the folder with cats/ and mnist/"))
struct RealDataTests {
  private let folder = TestData.large ?? ""

  @Test(
    "the cat pictures from the PNG folders equal those from the HDF5 files, pixel for pixel",
    arguments: [
      ("train", 209), ("test", 50),
    ])
  func cats(part: String, count: Int) throws {
    let stored = try LabelledSet.load(path: "\(folder)/cats/\(part)_catvnoncat.h5")
    let pictures = try LabelledSet.load(path: "\(folder)/cats/images/\(part)")
    #expect(stored.count == count)
    #expect(stored.shape == ImageShape(height: 64, width: 64, channels: 3))
    #expect(stored.classNames == ["non-cat", "cat"])
    #expect(pictures.classNames == ["cat", "non-cat"])
    #expect(pictures.shape == stored.shape)

    // The orders differ: compare as sets of rows with their classes.
    func rows(_ set: LabelledSet) -> [[UInt8]: [String]] {
      let rows = (0..<set.count).map {
        (Array(set.pixels[($0 * 12288)..<(($0 + 1) * 12288)]), [set.classNames[set.labels[$0]]])
      }
      return Dictionary(rows) { ($0 + $1).sorted() }
    }
    #expect(rows(stored) == rows(pictures))
    #expect(try pictures.relabelled(to: stored.classNames).labels.reduce(0, +) == stored.labels.reduce(0, +))
  }

  @Test("MNIST: 60,000 and 10,000 digits of 28×28")
  func mnist() throws {
    let training = try LabelledSet.load(path: "\(folder)/mnist")
    #expect(training.count == 60_000)
    #expect(training.shape == ImageShape(height: 28, width: 28, channels: 1))
    #expect(Array(training.labels.prefix(10)) == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4])
    #expect(training.classNames == (0...9).map(String.init))
    #expect(try LabelledSet.load(path: "\(folder)/mnist/t10k-images-idx3-ubyte.gz").count == 10_000)
  }
}
