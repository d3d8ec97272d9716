extension ModelStore {
  /// Checks one version, or with nil the whole store: SQLite's own checks, the schema, every blob, every digest, every golden example, every
  /// signature, the ledger's chain.
  ///
  /// It goes on after what it finds, so that the report names all of it. Each version is a transaction of its own, so that writers
  /// need not wait for the whole.
  ///
  /// - Parameters:
  ///   - reference: the version; nil for the whole store.
  ///   - trustedKeys: with these, each version that is not deleted must have a valid signature by one of them. They are kept outside
  ///     the store, so they also find what was put into it past its own rule.
  /// - Throws: ``StoreError`` only if the store cannot be read at all, or the reference names nothing.
  public func verify(
    _ reference: Reference? = nil, trustedKeys: [PublicKey]? = nil
  ) throws(StoreError) -> VerificationReport {
    var verification = Verification(store: self)
    if let reference {
      let id = try read { try Self.resolve(reference, in: $0) }
      try verification.checkVersion(id: id)
      try verification.checkSignatures(ofVersion: id)
      if let trustedKeys { try verification.checkTrust(in: trustedKeys, ofVersion: id) }
    } else {
      try verification.checkDatabase()
      try verification.checkVersions()
      try verification.checkBlobs()
      try verification.checkLedger()
      if let trustedKeys { try verification.checkTrust(in: trustedKeys) }
    }
    return verification.report
  }
}

extension VerificationReport {
  mutating func add(_ subject: String, _ problem: String, code: StoreError.Code = .damaged) {
    findings.append(Finding(subject: subject, problem: problem, code: code))
  }
}
