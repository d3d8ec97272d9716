import ModelStore

extension DeletedModel {
  /// That no version is left in a list, and what can be done.
  var text: String {
    let name = Format.visible(name)
    return restorableCount > 0
      ? "all versions of \(name) are deleted; `nnscore versions \(name) --deleted` lists those that can be brought back, "
        + "`nnscore undelete \(name)` does it\n"
      : "all versions of \(name) were deleted and removed for good; `nnscore ledger \(name)` says when and by whom\n"
  }
}

extension [DeletedModel] {
  /// Why a store has no models, if these are all that it had.
  var text: String {
    guard !isEmpty else { return "no models yet; `nnscore train NAME --data PATH` makes one\n" }
    let names = filter { $0.restorableCount > 0 }.map { Format.visible($0.name) }
    guard !names.isEmpty else {
      return "no models: all versions were deleted and removed for good; `nnscore train NAME --data PATH` makes new "
        + "ones\n"
    }
    let shown = names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
    return "no models: all versions of \(shown) are deleted; `nnscore versions NAME --deleted` lists those that can be "
      + "brought back, `nnscore undelete NAME` does it\n"
  }
}
