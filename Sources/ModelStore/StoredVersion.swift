import Inference

/// A version as the tables hold it: texts and digests, nothing decoded but numbers.
struct StoredVersion {
  struct Tensor {
    let name: String
    let dtype: String
    /// A JSON array of the lengths, such as `[2,4]`.
    let shape: String
    let sha256: String

    init(name: String, dtype: String, shape: String, sha256: String) {
      self.name = name
      self.dtype = dtype
      self.shape = shape
      self.sha256 = sha256
    }

    /// A layer's tensor whose bytes have that digest.
    init(_ tensor: LayerTensor, sha256: String) {
      self.init(name: tensor.name, dtype: tensor.dtypeText, shape: tensor.shapeText, sha256: sha256)
    }

    /// Whether name, type and shape are those of a layer's tensor.
    func fits(_ tensor: LayerTensor) -> Bool {
      name == tensor.name && dtype == tensor.dtypeText && shape == tensor.shapeText
    }
  }

  struct Costs {
    let count: Int
    /// Nil for a last cost that is not a number, which SQLite cannot hold.
    let final: Double?
    let sha256: String
  }

  struct Golden {
    let count: Int
    /// The SHA-256 of the rows.
    let inputs: String
    /// The SHA-256 of what the version answers to them.
    let outputs: String
  }

  struct Dataset {
    let role: String
    let fingerprint: String
    let count: Int
    let path: String
    let kind: String
  }

  var id = 0
  var model = ""
  var number = 0
  var digest = ""
  var record = ""
  var createdAt = ""
  var parameterCount = 0
  var architecture = ""
  var note = ""
  var inputFormat = ""
  var labels = ""
  var hyperparameters = ""
  var parent: Model.Identity?
  var seed: String?
  var codeVersion: String?
  var machine: String?
  var durationMilliseconds: Int?
  /// The trial that it was trained in.
  var sweep: Lineage.Sweep?

  var tensors: [Tensor] = []
  var costs: Costs?
  /// Nil for a version of schema version 1.
  var golden: Golden?
  var epochMetrics: StoredEpochMetrics?
  /// In the order of their names' bytes.
  var metrics: [(name: String, value: Double)] = []
  /// In the order of their roles' bytes.
  var datasets: [Dataset] = []

  /// What the version answers with: equal digests give equal answers. `Schemas/store.md` specifies the form.
  var computedDigest: String {
    var form = CanonicalForm("nnscore version 1")
    form.append(architecture)
    form.append(inputFormat)
    form.append(labels)
    for tensor in tensors {
      form.append(tensor.name)
      form.append(tensor.dtype)
      form.append(tensor.shape)
      form.append(tensor.sha256)
    }
    return form.sha256
  }

  /// All else that was said about the version when it was registered. `Schemas/store.md` specifies the form.
  var computedRecord: String {
    // Each form covers what the one before had no rows for, so that older records stay as they are.
    let isOfVersion3 = epochMetrics != nil || sweep != nil
    var form = CanonicalForm(
      isOfVersion3 ? "nnscore record 3" : golden == nil ? "nnscore record 1" : "nnscore record 2")
    form.append(model)
    form.append(number)
    form.append(digest)
    form.append(createdAt)
    form.append(parameterCount)
    form.append(note)
    form.append(hyperparameters)
    form.append(parent.map(\.name))
    form.append(parent.map { String($0.number) })
    form.append(parent.map(\.digest))
    form.append(seed)
    form.append(codeVersion)
    form.append(machine)
    form.append(durationMilliseconds.map { String($0) })
    form.append(costs.map { String($0.count) })
    form.append(costs.map(\.sha256))
    form.append(metrics.count)
    for metric in metrics {
      form.append(metric.name)
      form.append(metric.value)
    }
    form.append(datasets.count)
    for dataset in datasets {
      form.append(dataset.role)
      form.append(dataset.fingerprint)
      form.append(dataset.count)
      form.append(dataset.path)
      form.append(dataset.kind)
    }
    if isOfVersion3 {
      form.append(golden.map { String($0.count) })
      form.append(golden.map(\.inputs))
      form.append(golden.map(\.outputs))
      form.append(epochMetrics.map { String($0.count) })
      form.append(epochMetrics.map(\.names))
      form.append(epochMetrics.map(\.sha256))
      form.append(sweep.map(\.name))
      form.append(sweep.map { String($0.trial) })
    } else if let golden {
      form.append(golden.count)
      form.append(golden.inputs)
      form.append(golden.outputs)
    }
    return form.sha256
  }

  /// What the version computes with, as the type of its first tensor says. Whether the others are those of that precision is for
  /// ``layerTensors(of:)`` to tell.
  var precision: ModelParameters.Precision { tensors.first?.dtype == Int8.dtype ? .int8 : .float32 }

  /// The tensors that the version must have, in the order in which they are stored.
  func layerTensors(of architecture: Architecture) -> [LayerTensor] { LayerTensor.all(of: architecture, precision) }

  static func text(ofShape shape: [Int]) -> String {
    "[" + shape.map { String($0) }.joined(separator: ",") + "]"
  }
}

extension LayerTensor {
  /// The type as the tables hold it.
  var dtypeText: String { "\(dtype)" }
  /// The shape as the tables hold it.
  var shapeText: String { StoredVersion.text(ofShape: shape) }
}
