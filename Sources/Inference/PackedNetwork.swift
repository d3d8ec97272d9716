import CKernels

/// The layers of a network in the layout of forward propagation. What they compute stands in `nnkernels.h`.
@safe
struct PackedNetwork: @unchecked Sendable {
  private let network: nnk_network
  private let inputs: Int
  private let outputs: Int
  /// What the network points into.
  private let floatLayers: FloatLayers?
  private let int8Layers: Int8Layers?
  /// Whether rows of bytes are summed in whole numbers, so that the same rows as floats have other bits.
  var isWhole: Bool { floatLayers?.isWhole ?? false }
  /// Whether rows of floats can be scored.
  var takesFloats: Bool { floatLayers?.takesFloats ?? true }
  /// The bytes of a weight that is a whole number.
  var wholeWeightBytes: Int { unsafe network.kernels.pointee.whole_weight }
  /// The weights of compact layers, and the bytes of them that one row reads.
  var compactWeights: Int { floatLayers?.compactWeights ?? 0 }
  var compactBytes: Int { floatLayers?.compactBytes ?? 0 }
  /// The bytes of memory that a scorer needs.
  let workspaceBytes: Int

  /// Packs a model's weights, scale and offset of its input format folded into the first layer.
  ///
  /// - Parameters:
  ///   - keepsFloats: whether rows of floats can be scored even where those of bytes are summed in whole numbers, for which the first
  ///     layer is packed twice.
  ///   - compacts: false to keep all weights of later layers as they are, as builds before compact layers did.
  /// - Throws: ``InferenceError/Code/outOfMemory``.
  init(_ model: Model, _ kernels: Kernels, keepsFloats: Bool, compacts: Bool = true) throws(InferenceError) {
    let environment = nnk_environment_begin()
    defer { nnk_environment_end(environment) }
    let architecture = model.architecture
    inputs = architecture.inputs
    outputs = architecture.outputs
    switch model.modelParameters {
    case .float32(let parameters):
      let layers = try FloatLayers(
        parameters, architecture, model.inputFormat, kernels, keepsFloats: keepsFloats, compacts: compacts)
      unsafe network = nnk_network(
        kernels: kernels.table, depth: layers.table.count, layers: layers.table.base, int8_layers: nil)
      floatLayers = layers
      int8Layers = nil
    case .int8(let parameters):
      let layers = try Int8Layers(parameters, architecture, kernels)
      unsafe network = nnk_network(
        kernels: kernels.table, depth: layers.table.count, layers: nil, int8_layers: layers.table.base)
      floatLayers = nil
      int8Layers = layers
    }
    workspaceBytes = unsafe withUnsafePointer(to: network) { unsafe nnk_network_workspace($0) }
  }

  /// Scores `count` rows of bytes, on the threads of a team if there is one.
  func score(
    _ rows: Region<UInt8>, count: Int, into scores: Region<Float>, workspace: Region<UInt8>, team: Team?
  ) {
    require(rows.count, count: count, scores: scores, workspace: workspace)
    unsafe withUnsafePointer(to: network) { network in
      if let team {
        unsafe nnk_team_score(team.pointer, network, count, rows.base, nil, scores.base, workspace.base)
      } else {
        unsafe nnk_score(network, count, rows.base, nil, scores.base, workspace.base)
      }
    }
  }

  /// Scores `count` rows of floats, on the threads of a team if there is one.
  func score(
    _ rows: Region<Float>, count: Int, into scores: Region<Float>, workspace: Region<UInt8>, team: Team?
  ) {
    require(rows.count, count: count, scores: scores, workspace: workspace)
    precondition(takesFloats)
    unsafe withUnsafePointer(to: network) { network in
      if let team {
        unsafe nnk_team_score(team.pointer, network, count, nil, rows.base, scores.base, workspace.base)
      } else {
        unsafe nnk_score(network, count, nil, rows.base, scores.base, workspace.base)
      }
    }
  }

  private func require(_ elements: Int, count: Int, scores: Region<Float>, workspace: Region<UInt8>) {
    precondition(count >= 0 && elements == count * inputs && scores.count == count * outputs)
    precondition(workspace.count >= workspaceBytes)
  }
}
