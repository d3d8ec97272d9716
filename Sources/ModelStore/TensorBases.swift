import GRDB
import Inference

/// The tensors of a version's parent, which its own may be kept as differences from: training goes on from them, so the leading
/// bits stay the same.
struct TensorBases {
  /// The longest chain that is written. A model is loaded through the whole chain of each tensor, so this bounds what loading
  /// costs: at most five tensors are decoded where one is wanted. A child of a tensor at this depth is a difference from the one
  /// at the chain's other end.
  static let maximumDepth = 4
  /// Tensors of fewer bytes are kept as they are: finding the base would take longer than reading what is saved.
  static let minimumSize = 1024

  /// SHA-256 of the parent's tensors by their name.
  private var tensors: [String: StoredVersion.Tensor] = [:]

  /// The tensors of a parent; none if there is no parent, or not in this store.
  init(parent: Model.Identity?, in database: Database) throws {
    guard let parent else { return }
    let rows = try Row.fetchAll(
      database,
      sql: """
        SELECT tensors.name, dtype, shape, sha256
        FROM tensors JOIN versions ON versions.id = tensors.version JOIN models ON models.id = versions.model
        WHERE models.name = ? AND number = ? AND digest = ?
        """, arguments: [parent.name, parent.number, Digest.withoutPrefix(parent.digest)])
    for row in rows {
      let name = try row.text(0)
      tensors[name] = StoredVersion.Tensor(
        name: name, dtype: try row.text(1), shape: try row.text(2), sha256: try row.text(3))
    }
  }

  /// What a tensor may be a difference from: the parent's tensor of the same name, type and shape. Nil if there is none, or if it
  /// is damaged: nothing new is built upon that.
  func load(_ tensor: StoredVersion.Tensor, in database: Database) throws -> BlobStorage.Base? {
    guard let parent = tensors[tensor.name], parent.dtype == tensor.dtype, parent.shape == tensor.shape else {
      return nil
    }
    do {
      guard var header = try BlobStorage.header(parent.sha256, in: database), header.rawSize >= Self.minimumSize else {
        return nil
      }
      if header.depth >= Self.maximumDepth, let first = try BlobStorage.chain(to: header, in: database).first {
        header = first
      }
      let bytes = try BlobStorage.load(header.sha256, rawSize: header.rawSize, in: database)
      return BlobStorage.Base(sha256: header.sha256, elementSize: header.elementSize, depth: header.depth, bytes: bytes)
    } catch let error as StoreError where error.code == .damaged {
      return nil
    }
  }
}

extension BlobStorage {
  /// A blob that another can be kept as a difference from.
  struct Base {
    let sha256: String
    let elementSize: Int
    /// How many differences it stands upon itself.
    let depth: Int
    let bytes: [UInt8]
  }
}

extension BlobStorage.Source {
  /// Some of the bytes encoded as their difference from the base, or nil if there is none that fits.
  func difference(_ part: Span<UInt8>, at range: Range<Int>) throws(PlaneCodec.Damage) -> [UInt8]? {
    guard let base, base.bytes.count == bytes.count, base.elementSize == elementSize, base.sha256 != sha256 else {
      return nil
    }
    var difference = Array(base.bytes[range])
    var target = difference.mutableSpan
    for index in part.indices { target[index] ^= part[index] }
    return try PlaneCodec.encode(target.span, elementSize: elementSize)
  }
}
