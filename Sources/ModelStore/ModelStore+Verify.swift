extension ModelStore {
  /// Checks one version, or with nil the whole store: SQLite's own checks, the schema, every blob, every digest, the ledger's chain.
  ///
  /// It goes on after what it finds, so that the report names all of it. Each version is a transaction of its own, so that writers
  /// need not wait for the whole.
  ///
  /// - Throws: ``StoreError`` only if the store cannot be read at all, or the reference names nothing.
  public func verify(_ reference: Reference? = nil) throws(StoreError) -> VerificationReport {
    var verification = Verification(store: self)
    if let reference {
      try verification.checkVersion(id: read { try Self.resolve(reference, in: $0) })
    } else {
      try verification.checkDatabase()
      try verification.checkVersions()
      try verification.checkBlobs()
      try verification.checkLedger()
    }
    return verification.report
  }
}

extension VerificationReport {
  mutating func add(_ subject: String, _ problem: String) {
    findings.append(Finding(subject: subject, problem: problem))
  }
}
