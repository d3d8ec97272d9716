import BenchmarkSide
import Foundation
import Inference

/// nnscore's side of `Benchmarks/opening`; `peers/opening_side.py` is the others'.
@main
struct OpeningBenchmark: BenchmarkSide {
  /// What a line is answered with; each command sets its own.
  struct Answer: Encodable {
    var seconds: Double?
    var scores: [Float]?
  }

  static func main() throws {
    var side = OpeningBenchmark()
    try side.answerLines()
  }

  mutating func run(_ line: Line) throws -> Answer {
    let path = try line.argument(0)
    switch line.name {
    case "draw":
      let architecture = try Architecture(
        inputs: 4096,
        layers: [
          Architecture.Layer(outputs: 4096, activation: .relu), Architecture.Layer(outputs: 2000, activation: .relu),
          Architecture.Layer(outputs: 10, activation: .softmax),
        ])
      var random = SplitMix(seed: 1)
      let model = try Model(
        architecture: architecture, parameters: Parameters(drawnFor: architecture, by: &random),
        inputFormat: InputFormat(height: 64, width: 64, channels: 1), labels: (0..<10).map { String($0) },
        identity: Model.Identity(name: "benchmark", number: 0, digest: ""))
      try Data(ModelFile.encode(model)).write(to: URL(fileURLWithPath: path))
      return Answer()
    case "open":
      return try seconds { try Model(contentsOfFile: path) }
    case "pack":
      return try seconds { try PackedModel(Model(contentsOfFile: path)) }
    case "score":
      var scorer = try Scorer(Model(contentsOfFile: path))
      return Answer(scores: try scorer.scores(of: (0..<4096).map { UInt8($0 % 251) }))
    case "copy":
      return Answer(seconds: try copy(path, largePages: false))
    case "copy-large":
      return Answer(seconds: try copy(path, largePages: true))
    default:
      throw Misuse(command: line.name)
    }
  }

  /// How long it takes until the result is there; that it goes again is not counted.
  private func seconds<Result>(_ body: () throws -> Result) throws -> Answer {
    let clock = ContinuousClock()
    let start = clock.now
    let result = try body()
    let duration = clock.now - start
    return withExtendedLifetime(result) { Answer(seconds: duration / .seconds(1)) }
  }

  /// The seconds that mapping a file and copying its bytes into new memory takes, of small pages or of large ones.
  private func copy(_ path: String, largePages: Bool) throws -> Double {
    let page = 2 << 20
    let clock = ContinuousClock()
    let start = clock.now
    let file = unsafe open(path, O_RDONLY)
    guard file >= 0 else { throw CocoaError(.fileReadNoSuchFile) }
    defer { close(file) }
    var info = stat()
    guard unsafe fstat(file, &info) == 0 else { throw CocoaError(.fileReadUnknown) }
    let count = Int(info.st_size)
    guard let source = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, file, 0), unsafe source != MAP_FAILED else {
      throw CocoaError(.fileReadUnknown)
    }
    defer { unsafe munmap(source, count) }
    let target = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: page)
    defer { unsafe target.deallocate() }
    // 14 and 15 are Linux's MADV_HUGEPAGE and MADV_NOHUGEPAGE.
    guard unsafe madvise(target, count / page * page, largePages ? 14 : 15) == 0 else {
      throw CocoaError(.featureUnsupported)
    }
    unsafe memcpy(target, source, count)
    return (clock.now - start) / .seconds(1)
  }
}
