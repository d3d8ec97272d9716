import ArgumentParser
import Inference
import ModelStore
import Training

/// `nnscore bench REF`
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure how fast a version scores on this machine, and how near that is to the limit.",
    usage: """
      nnscore bench REF [OPTIONS]
      nnscore bench --model FILE [OPTIONS]
      """,
    discussion: """
      Random rows, the same each time, are scored again and again from memory: for the first half of the time of a batch size in \
      one go, which gives the images a second, for the second half with the clock read after each call, which gives the median and \
      the 99th percentile of the latency (with fewer than a hundred calls the slowest one; nothing is left out).

      An image takes two operations a weight. The peak is what one core does of independent products in registers, added up, by the \
      instructions that score (the processor's best, or those that $NNSCORE_ISA names: portable, avx2, avx512, neon), measured in the \
      same run, before and after; times the threads, as far as there are cores. Where a first layer sums bytes in whole numbers, its \
      share is that of three products of bytes for each weight, or one of floats where that is quicker; the peak of those is shown too. A single image cannot come near it where \
      all weights must be read for it: then the bandwidth of the cache that they are in is measured, and shown, too.

      Ctrl-C ends it with what was measured so far, with exit code 130.

      EXAMPLES
        nnscore bench cats@3
        nnscore bench cats --batch 1,256 --threads 1,2 --seconds 1
        nnscore bench --model cats.safetensors --batch 64 --json
      """)

  @Argument(
    help: ArgumentHelp("The version (unless --model is given).", valueName: "ref"), transform: Reference.init)
  var reference: Reference?
  @Option(
    help: ArgumentHelp("Measure a model file, without any store.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var model: String?
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Images in a call, 1 to 65536; several with commas (default: 1,16,256,1024).", valueName: "n"))
  var batch: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Threads of the scorer, 1 to 1024; several with commas (default: 1).", valueName: "n"))
  var threads: [String] = []
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How long each of them is measured; at least ten calls are.", valueName: "s"))
  var seconds = 0.5
  @OptionGroup var store: StoreOptions
  @OptionGroup var json: JSONOption

  func validate() throws {
    if (reference == nil) == (model == nil) {
      throw usageError("expected either a version such as cats or cats@2, or --model FILE")
    }
    _ = try batches
    _ = try threadCounts
    guard seconds > 0, seconds <= 3600 else {
      throw usageError("--seconds is \(seconds); expected more than 0, up to 3600")
    }
  }

  private var batches: [Int] {
    get throws { try batch.isEmpty ? [1, 16, 256, 1024] : numbers(batch, "--batch", 1...65_536, such: "1,16,256") }
  }

  private var threadCounts: [Int] {
    get throws { try threads.isEmpty ? [1] : numbers(threads, "--threads", 1...1024, such: "1,2") }
  }

  /// The numbers of an option that may be given several times, each with commas.
  private func numbers(
    _ texts: [String], _ option: String, _ range: ClosedRange<Int>, such example: String
  ) throws -> [Int] {
    try texts.flatMap { text in
      try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
        guard let number = Int(part), range.contains(number) else {
          throw usageError(
            "\(option) is \"\(text)\"; expected whole numbers from \(range.lowerBound) to \(range.upperBound), such as \(example)"
          )
        }
        return number
      }
    }
  }

  func run() throws {
    // Before any work, and as what it is: a variable of the environment, not the data.
    _ = try InstructionSet.selected()
    let interrupted = Cancellation()
    let interrupts = Terminal.onInterrupt { interrupted.cancel() }
    defer { withExtendedLifetime(interrupts) {} }
    let source = try model.map(ModelSource.file) ?? .version(reference ?? Reference(""))
    let report = try measure(source.load(store), interrupted)
    try StandardOutput.print(
      json.isOn ? JSONOutput.document(report) : report.text(width: Terminal.resultColumns))
    guard !interrupted.isCancelled else {
      throw Failure(.interrupted, code: "interrupted", "interrupted: what comes after these results was not measured")
    }
  }

  private func measure(_ packed: PackedModel, _ interrupted: Cancellation) throws -> BenchReport {
    let (batches, threadCounts) = (try batches, try threadCounts)
    let clock = try ScoringClock(packed, largestBatch: batches.max() ?? 1, interrupted: interrupted)
    var report = BenchReport(packed)
    let progress = ProgressBar("measuring", unit: "results")
    defer { progress.finish() }
    func measureCeilings() {
      guard !interrupted.isCancelled else { return }
      report.ceilings.measure(packed, weightBytes: report.weightBytes, seconds: min(seconds, 0.2))
    }
    progress.update(0, of: batches.count * threadCounts.count)
    measureCeilings()
    for threads in threadCounts {
      for batch in batches {
        guard let rate = try clock.rate(batch: batch, threads: threads, seconds: seconds) else { return report }
        report.rates.append(rate)
        progress.update(report.rates.count, of: batches.count * threadCounts.count)
      }
    }
    measureCeilings()
    return report
  }
}
