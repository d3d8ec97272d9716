extension ModelStore {
  /// What a version descends from, and what descends from it, of whatever models.
  ///
  /// A parent that is not there ends the line of ancestors, and ``LineageTree/Member/parentState`` of the oldest one says why.
  /// Versions that were deleted are members until they are purged.
  ///
  /// - Throws: ``StoreError``: the reference names nothing, or ``StoreError/Code/damaged`` for versions that descend from
  ///   themselves.
  public func lineage(of reference: Reference) throws(StoreError) -> LineageTree {
    try read { database in
      var reader = LineageReader()
      return try reader.tree(of: Self.resolve(reference, in: database), in: database)
    }
  }
}
