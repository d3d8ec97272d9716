/// What was in service before what: the stack of a model's versions that its ledger entries make.
///
/// A promote puts a version on top, a retire puts nothing there. A rollback takes away everything above the version it names; one
/// that does not lie below the top is put there instead. What lies below the top is what the next rollback goes back to.
struct ServiceHistory {
  /// Numbers of versions, the one in service last; nil where nothing was in service.
  private(set) var stack: [Int?] = []

  init(_ entries: [LedgerEntry]) {
    for entry in entries { apply(entry.kind, version: entry.version) }
  }

  var serving: Int? { stack.last ?? nil }

  /// What was in service before, of the versions that are still there; nil if nothing was.
  func previous(isThere: (Int) throws -> Bool) rethrows -> Int? {
    let below = stack.dropLast().reversed().lazy.compactMap { $0 }
    return try below.first { try isThere($0) }
  }

  private mutating func apply(_ kind: LedgerEntry.Kind, version: Int?) {
    guard kind == .rollback, let index = stack.dropLast().lastIndex(of: version) else {
      stack.append(version)
      return
    }
    stack.removeSubrange((index + 1)...)
  }
}
