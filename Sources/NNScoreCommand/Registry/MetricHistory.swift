import ModelStore

/// What was measured after epochs of a version's training, to be listed or drawn.
struct MetricHistory {
  let version: VersionRecord
  let metrics: EpochMetrics

  /// What is listed where no metric is asked for.
  private static let usual = ["cost", "accuracy", "label_accuracy", "rmse", "r2"].flatMap {
    ["\($0).training", "\($0).validation"]
  }

  /// - Throws: ``Failure`` for a version that has none.
  init(_ version: VersionRecord, in store: ModelStore) throws {
    guard let metrics = try store.epochMetrics(of: Reference(model: version.model, .number(version.number))) else {
      throw Failure(
        .noInput, code: "noEpochMetrics",
        "\(version.model)@\(version.number): nothing that was measured after epochs was registered with it; versions that train "
          + "makes have that")
    }
    self.version = version
    self.metrics = metrics
  }

  /// The metrics that were asked for: each by its whole name, or without the set for both (`accuracy`).
  ///
  /// - Throws: ``Failure`` for one that is not there.
  func names(_ asked: [String]) throws -> [String] {
    guard !asked.isEmpty else { return Self.usual.filter(metrics.names.contains) }
    var names: [String] = []
    for name in asked {
      let found = [name, "\(name).training", "\(name).validation"].filter(metrics.names.contains)
      guard !found.isEmpty else {
        throw Failure(
          .noInput, code: "noSuchMetric",
          "\(version.model)@\(version.number) has no metric \(name)\(UnknownName.advice(for: name, among: metrics.names))"
        )
      }
      names += found.filter { !names.contains($0) }
    }
    return names
  }

  /// A table with a row for each `every`th measurement, and the last.
  func table(_ names: [String], every: Int?) -> Table {
    let columns = names.map { metrics.values(of: $0) ?? [] }
    let count = metrics.epochs.count
    let step = every ?? HistoryCommand.roundStep(count)
    var table = Table([("EPOCH", .right)] + names.map { ($0, .right) })
    for row in 0..<count where (row + 1) % step == 0 || row == count - 1 {
      table.add(
        [Format.count(metrics.epochs[row])] + zip(names, columns).map { Self.text($1[row], of: $0) })
    }
    return table
  }

  /// The curves of one or two metrics over the epochs.
  func plot(_ names: [String], width: Int) -> String {
    let plot = CostPlot(width: width, height: 20, braille: Terminal.isUTF8, axis: "epoch", first: metrics.epochs[0])
    let curves = names.map { CostPlot.Curve(name: $0, costs: evenly(metrics.values(of: $0) ?? [])) }
    let step = Double(last - metrics.epochs[0]) / Double(max(points - 1, 1))
    return curves.count == 2
      ? plot.text(curves[0], over: curves[1], step: step) : plot.text(curves.first?.costs ?? [], step: step)
  }

  private var last: Int { metrics.epochs.last ?? 1 }

  /// The points of a curve: more than a terminal has columns, so that lines between few epochs are straight.
  private var points: Int { last > metrics.epochs[0] ? 1000 : 1 }

  /// Values at epochs that are evenly apart, on straight lines between those that were measured.
  private func evenly(_ values: [Double]) -> [Double] {
    let epochs = metrics.epochs
    guard points > 1 else { return values }
    var row = 0
    return (0..<points).map { point in
      let epoch = Double(epochs[0]) + Double(last - epochs[0]) * Double(point) / Double(points - 1)
      while row < epochs.count - 2, Double(epochs[row + 1]) <= epoch { row += 1 }
      let share = (epoch - Double(epochs[row])) / Double(epochs[row + 1] - epochs[row])
      return share == 0
        ? values[row] : share == 1 ? values[row + 1] : values[row] * (1 - share) + values[row + 1] * share
    }
  }

  private static func text(_ value: Double, of name: String) -> String {
    if value.isNaN { return "-" }
    return Format.metric(name, value)
  }
}

/// One measurement as JSON.
struct EpochDocument: Encodable {
  let epoch: Int
  let metrics: [String: JSONNumber]

  /// The measurements of some metrics; none where there are no metrics.
  static func list(_ metrics: EpochMetrics?, names: [String]?) -> [EpochDocument] {
    guard let metrics else { return [] }
    let columns = metrics.names.enumerated().filter { names?.contains($0.element) ?? true }
    return metrics.epochs.enumerated().map { row, epoch in
      let pairs = columns.map { ($0.element, JSONNumber(metrics.values[row * metrics.names.count + $0.offset])) }
      return EpochDocument(epoch: epoch, metrics: Dictionary(pairs) { first, _ in first })
    }
  }
}
