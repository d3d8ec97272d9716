import Inference

/// What `bench` found, for people and for programs.
struct BenchReport {
  let packed: PackedModel
  var ceilings = Ceilings()
  var rates: [ScoringRate] = []

  init(_ packed: PackedModel) { self.packed = packed }

  /// What the network computes in.
  var precision: ModelParameters.Precision { packed.model.precision }

  /// The weights of all layers, without the biases.
  var weights: Int {
    let architecture = packed.model.architecture
    return architecture.layers.indices.reduce(0) {
      $0 + architecture.inputs(ofLayer: $1) * architecture.layers[$1].outputs
    }
  }

  /// The bytes of the weights that scoring one image reads.
  var weightBytes: Int {
    (weights - exactWeights - packed.compactWeights) * precision.bytesPerWeight
      + exactWeights * packed.exactWeightBytes + packed.compactBytes
  }

  /// The weights of a first layer that is summed in whole numbers.
  private var exactWeights: Int {
    packed.sumsBytesExactly ? packed.model.architecture.inputs * packed.model.architecture.layers[0].outputs : 0
  }

  /// A multiplication and an addition for each weight and image.
  private func operationsPerSecond(_ rate: ScoringRate) -> Double { 2 * Double(weights) * rate.imagesPerSecond }

  /// The time of one image on one core at most, if nothing but its operations took time. A first layer that is summed in whole numbers
  /// takes three products of bytes for each weight, or one of floats where that is quicker.
  private var secondsAtPeak: Double {
    let first = exactWeights
    let floats = 2 * Double(first) / ceilings.operationsPerSecond
    return 2 * Double(weights - first) / ceilings.operationsPerSecond
      + (first > 0 ? min(floats, 3 * 2 * Double(first) / ceilings.byteOperationsPerSecond) : 0)
  }

  /// The share of what as many cores as there are threads, but no more than this process may use, can do at most.
  private func peakShare(_ rate: ScoringRate) -> Double {
    rate.imagesPerSecond * secondsAtPeak / Double(min(rate.threads, Machine.cores))
  }

  /// The most images a second, one a call, that reading the weights for each leaves.
  private var imagesReadPerSecond: Double { ceilings.bytesPerSecond / Double(weightBytes) }

  /// The lines, at most `width` columns wide.
  func text(width: Int) -> String {
    let identity = packed.model.identity
    var fields = [
      ("model", "\(identity.name)@\(identity.number), \(Format.count(weights, "weight")) in \(precision.name)"),
      ("machine", [Machine.processor, Format.count(Machine.cores, "core")].compactMap { $0 }.joined(separator: ", ")),
    ]
    if ceilings.operationsPerSecond > 0 {
      let bytes = packed.sumsBytesExactly ? ", \(Format.giga(ceilings.byteOperationsPerSecond)) GOP/s of bytes," : ""
      let peak = "\(Format.giga(ceilings.operationsPerSecond)) \(precision.unit)\(bytes) of one core"
      fields.append(("peak", "\(peak) by \(packed.instructionSet.name), measured now"))
    }
    #if DEBUG
      fields.append(("build", "debug; a release build is many times as fast, and so are its limits"))
    #endif
    if let reading = reading(Format.giga(ceilings.bytesPerSecond)) { fields.append(("reading", reading)) }
    var table = Table([
      ("BATCH", .right), ("THREADS", .right), ("IMAGES/S", .right), ("MEDIAN", .right), ("P99", .right),
      ("CALLS", .right), (precision.unit, .right), ("OF PEAK", .right),
    ])
    for rate in rates {
      table.add([
        "\(rate.batch)", "\(rate.threads)", Format.rate(rate.imagesPerSecond), Format.latency(rate.median),
        Format.latency(rate.p99), Format.count(rate.calls), Format.giga(operationsPerSecond(rate)),
        Format.percent(peakShare(rate), digits: 1),
      ])
    }
    return FieldList(fields).text(width: width) + (rates.isEmpty ? "" : "\n" + table.text(width: width))
  }

  /// What bounds a single image where computing is not it.
  private func reading(_ gigabytesPerSecond: String) -> String? {
    guard ceilings.bytesPerSecond > 0, imagesReadPerSecond * secondsAtPeak < 1,
      let one = rates.first(where: { $0.batch == 1 && $0.threads == 1 })
    else { return nil }
    return "\(Format.bytes(weightBytes)) of weights at \(gigabytesPerSecond) GB/s: at most "
      + "\(Format.rate(imagesReadPerSecond)) images/s one by one (\(Format.percent(one.imagesPerSecond / imagesReadPerSecond, digits: 1)))"
  }
}

extension BenchReport: Encodable {
  private struct MachineDocument: Encodable {
    let processor: String?
    let cores: Int

    enum CodingKeys: String, CodingKey {
      case processor, cores
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(processor, forKey: .processor)
      try container.encode(cores, forKey: .cores)
    }
  }

  private struct WeightsDocument: Encodable {
    let count: Int
    let bytes: Int
    let bytesPerSecond: Double?
    let imagesPerSecond: Double?

    enum CodingKeys: String, CodingKey {
      case count, bytes
      case bytesPerSecond = "bytes_per_second"
      case imagesPerSecond = "images_per_second"
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(count, forKey: .count)
      try container.encode(bytes, forKey: .bytes)
      try container.encode(bytesPerSecond, forKey: .bytesPerSecond)
      try container.encode(imagesPerSecond, forKey: .imagesPerSecond)
    }
  }

  private struct LatencyDocument: Encodable {
    let median: Double
    let p99: Double
  }

  private struct RateDocument: Encodable {
    let batch: Int
    let threads: Int
    let imagesPerSecond: Double
    let calls: Int
    let latency: LatencyDocument
    let operationsPerSecond: Double
    let peakShare: JSONNumber

    enum CodingKeys: String, CodingKey {
      case batch, threads, calls
      case imagesPerSecond = "images_per_second"
      case latency = "latency_seconds"
      case operationsPerSecond = "operations_per_second"
      case peakShare = "peak_share"
    }
  }

  enum CodingKeys: String, CodingKey {
    case model, version, digest, machine, precision, weights, results
    case instructionSet = "instruction_set"
    case peak = "peak_operations_per_second"
    case bytePeak = "peak_byte_operations_per_second"
  }

  func encode(to encoder: any Encoder) throws {
    let identity = packed.model.identity
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(identity.name, forKey: .model)
    try container.encode(identity.number, forKey: .version)
    try container.encode(identity.digest, forKey: .digest)
    try container.encode(MachineDocument(processor: Machine.processor, cores: Machine.cores), forKey: .machine)
    try container.encode("\(packed.instructionSet.name)", forKey: .instructionSet)
    try container.encode("\(precision.name)", forKey: .precision)
    try container.encode(ceilings.operationsPerSecond, forKey: .peak)
    try container.encode(packed.sumsBytesExactly ? ceilings.byteOperationsPerSecond : nil, forKey: .bytePeak)
    let isRead = ceilings.bytesPerSecond > 0
    try container.encode(
      WeightsDocument(
        count: weights, bytes: weightBytes, bytesPerSecond: isRead ? ceilings.bytesPerSecond : nil,
        imagesPerSecond: isRead ? imagesReadPerSecond : nil), forKey: .weights)
    try container.encode(
      rates.map {
        RateDocument(
          batch: $0.batch, threads: $0.threads, imagesPerSecond: $0.imagesPerSecond, calls: $0.calls,
          latency: LatencyDocument(median: $0.median, p99: $0.p99), operationsPerSecond: operationsPerSecond($0),
          peakShare: JSONNumber(peakShare($0)))
      }, forKey: .results)
  }
}
