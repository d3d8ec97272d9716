import CKernels

/// The layers of a network in the layout of forward propagation. The sums' order stands in `nnkernels.h`.
@safe
struct ForwardLayers: @unchecked Sendable {
  private let kernels: Kernels
  private let inputs: Int
  private let outputs: Int
  /// What the table points into: the packed weights and biases of each layer.
  private let memory: [Region<Float>]
  private let table: Region<nnk_layer>
  /// The elements of memory that a scorer needs.
  let workspaceCount: Int

  /// Packs a model's weights, scale and offset of its input format folded into the first layer.
  init(_ model: Model, _ kernels: Kernels) {
    let architecture = model.architecture
    self.kernels = kernels
    inputs = architecture.inputs
    outputs = architecture.outputs
    let depth = architecture.layers.count
    unsafe table = Region(count: depth)
    var memory: [Region<Float>] = []
    var widest = 0
    for index in 0..<depth {
      let inputs = architecture.inputs(ofLayer: index)
      let outputs = architecture.layers[index].outputs
      let width = unsafe kernels.table.pointee.forward_width(outputs)
      let panels = Region<Float>(count: width * inputs)
      let bias = Region<Float>(count: outputs)
      let parameters = model.parameters.layers[index]
      bias.copy(from: parameters.bias)
      parameters.weight.span.withRegion { region in
        let weight = Matrix(region, rows: outputs, columns: inputs)
        if index == 0 {
          Self.packFirst(weight, bias, model.inputFormat, kernels, into: panels)
        } else {
          Self.pack(weight, first: 0, outputs: outputs, kernels, into: panels)
        }
      }
      unsafe table[index] = nnk_layer(
        inputs: inputs, outputs: outputs, panels: panels.base, bias: bias.base,
        activation: nnk_activation(UInt32(architecture.layers[index].activation.rawValue)))
      memory += [panels, bias]
      if index + 1 < depth { widest = max(widest, outputs) }
    }
    self.memory = memory
    workspaceCount = nnk_forward_workspace(widest)
  }

  /// Strip by strip: what is folded is packed while it is in the cache, and never stands in memory as a whole.
  private static func packFirst(
    _ weight: Matrix<Float>, _ bias: Region<Float>, _ format: InputFormat, _ kernels: Kernels,
    into panels: Region<Float>
  ) {
    let strip = Int(NNK_FORWARD_STRIP)
    let most = min(2 * strip - 1, weight.rows)
    let folded = Matrix(Region<Float>(count: most * weight.columns), rows: most, columns: weight.columns)
    let (scale, offset) = (format.foldedScale, format.foldedOffset)
    var start = 0
    while start < weight.rows {
      let left = weight.rows - start
      let count = left <= most ? left : strip
      let part = bias.part(from: start, count: count)
      Float.fold(
        weight: weight.rows(start..<start + count), bias: part, scale: scale, offset: offset,
        intoWeight: folded.rows(0..<count), bias: part)
      pack(folded.rows(0..<count), first: start, outputs: weight.rows, kernels, into: panels)
      start += count
    }
  }

  /// Packs some rows of a weight of `outputs` rows: from a multiple of `NNK_FORWARD_STRIP`, to the end or with as many
  /// behind them.
  private static func pack(
    _ rows: Matrix<Float>, first: Int, outputs: Int, _ kernels: Kernels, into panels: Region<Float>
  ) {
    Kernels.requireContiguous(rows)
    let left = outputs - first - rows.rows
    precondition(first % Int(NNK_FORWARD_STRIP) == 0 && (left == 0 || left >= Int(NNK_FORWARD_STRIP)))
    precondition(unsafe panels.count == kernels.table.pointee.forward_width(outputs) * rows.columns)
    unsafe kernels.table.pointee.forward_pack(
      outputs, rows.columns, first, rows.rows, rows.region.base, panels.base)
  }

  /// Scores `count` rows of bytes, on the threads of a team if there is one.
  func score(
    _ rows: Region<UInt8>, count: Int, into scores: Region<Float>, workspace: Region<Float>, team: Team?
  ) {
    require(rows.count, count: count, scores: scores, workspace: workspace)
    if let team {
      unsafe nnk_team_forward(
        team.pointer, kernels.table, table.count, table.base, count, rows.base, nil, scores.base, workspace.base)
    } else {
      unsafe nnk_forward(
        kernels.table, table.count, table.base, count, rows.base, nil, scores.base, workspace.base)
    }
  }

  /// Scores `count` rows of floats, on the threads of a team if there is one.
  func score(
    _ rows: Region<Float>, count: Int, into scores: Region<Float>, workspace: Region<Float>, team: Team?
  ) {
    require(rows.count, count: count, scores: scores, workspace: workspace)
    if let team {
      unsafe nnk_team_forward(
        team.pointer, kernels.table, table.count, table.base, count, nil, rows.base, scores.base, workspace.base)
    } else {
      unsafe nnk_forward(
        kernels.table, table.count, table.base, count, nil, rows.base, scores.base, workspace.base)
    }
  }

  private func require(_ elements: Int, count: Int, scores: Region<Float>, workspace: Region<Float>) {
    precondition(count >= 0 && elements == count * inputs && scores.count == count * outputs)
    precondition(workspace.count >= workspaceCount)
  }
}
