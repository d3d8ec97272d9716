/// What was in service before what: the stack of a model's versions that its ledger entries make.
///
/// A promote puts a version on top. A rollback takes away everything above the version it names; one that does not lie below the top
/// is put there instead. What lies below the top is what the next rollback goes back to.
struct ServiceHistory {
  /// Numbers of versions, the one in service last.
  private(set) var stack: [Int] = []

  var serving: Int? { stack.last }

  /// What was in service before, or nil.
  var previous: Int? { stack.dropLast().last }

  mutating func apply(_ kind: LedgerEntry.Kind, version: Int) {
    switch kind {
    case .promote: stack.append(version)
    case .rollback:
      if let index = stack.dropLast().lastIndex(of: version) {
        stack.removeSubrange((index + 1)...)
      } else {
        stack.append(version)
      }
    }
  }
}
