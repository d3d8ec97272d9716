import GRDB

extension ModelStore {
  /// Trusts a public key: signatures by it count from then on, those made before too.
  ///
  /// - Parameters:
  ///   - key: the key.
  ///   - label: whose it is; nil leaves that as it is.
  ///   - reason: why, for the ledger.
  ///   - actor: who, for the ledger.
  /// - Returns: the entry, and whether anything changed.
  /// - Throws: ``StoreError/Code/invalidDraft`` for a label with NUL or of more than ``maximumTagBytes``, or why the store cannot
  ///   be written.
  @discardableResult
  public func trust(
    _ key: PublicKey, label: String? = nil, reason: String = "", actor: String = ModelStore.defaultActor
  ) throws(StoreError) -> ServiceChange {
    try Self.validate(text: label ?? "", "the label")
    try Self.validate(text: reason, "the reason")
    try Self.validate(text: actor, "the actor")
    guard (label ?? "").utf8.count <= Self.maximumTagBytes else {
      throw StoreError(.invalidDraft, "the label of the key is longer than \(Self.maximumTagBytes) bytes; shorten it")
    }
    return try write { database in
      let before = try TrustedKey.fetchEntry(key.description, in: database)
      let label = label ?? before?.value
      if let before, before.kind == .trust, before.value ?? "" == label ?? "" {
        return ServiceChange(entry: before, changed: false)
      }
      let entry = try LedgerEntry.append(
        LedgerEntry.Draft(kind: .trust, name: key.description, value: label, reason: reason, actor: actor), in: database
      )
      return ServiceChange(entry: entry, changed: true)
    }
  }

  /// Trusts a public key no more: signatures by it count for nothing from then on. What is in service stays there.
  ///
  /// - Returns: the entry, and whether anything changed.
  /// - Throws: ``StoreError/Code/invalidKey`` for a key that was never trusted, or why the store cannot be written.
  @discardableResult
  public func distrust(
    _ key: PublicKey, reason: String = "", actor: String = ModelStore.defaultActor
  ) throws(StoreError) -> ServiceChange {
    try Self.validate(text: reason, "the reason")
    try Self.validate(text: actor, "the actor")
    return try write { database in
      guard let before = try TrustedKey.fetchEntry(key.description, in: database) else {
        throw StoreError(
          .invalidKey,
          "the store never trusted the key \(key), so there is nothing to take back; nnscore key list shows those that it "
            + "trusts")
      }
      guard before.kind == .trust else { return ServiceChange(entry: before, changed: false) }
      let entry = try LedgerEntry.append(
        LedgerEntry.Draft(
          kind: .distrust, name: key.description, value: before.value, reason: reason, actor: actor), in: database)
      return ServiceChange(entry: entry, changed: true)
    }
  }

  /// The keys that the store trusts now, in the order in which that was said.
  ///
  /// - Throws: ``StoreError/Code/damaged`` if an entry about one does not fit its hash, or why the store cannot be read.
  public func trustedKeys() throws(StoreError) -> [TrustedKey] {
    try read { try TrustedKey.fetch(in: $0) }
  }

  /// Sets or lifts the rule that a version is put into service only with a valid signature by a key that the store trusts then.
  ///
  /// It is the rule for whoever goes through this library. Who can write the file can also lift it; checking signatures against
  /// keys that are kept elsewhere (``verify(_:trustedKeys:threads:progress:)``) finds what was put into a store past it.
  ///
  /// - Returns: the entry, and whether anything changed.
  /// - Throws: ``StoreError`` if the store cannot be written.
  @discardableResult
  public func requireSignature(
    _ isRequired: Bool, reason: String = "", actor: String = ModelStore.defaultActor
  ) throws(StoreError) -> ServiceChange {
    try Self.validate(text: reason, "the reason")
    try Self.validate(text: actor, "the actor")
    let value = isRequired ? SignaturePolicy.on : SignaturePolicy.off
    return try write { database in
      if let before = try SignaturePolicy.fetchEntry(in: database), before.value == value {
        return ServiceChange(entry: before, changed: false)
      }
      let entry = try LedgerEntry.append(
        LedgerEntry.Draft(kind: .policy, name: SignaturePolicy.name, value: value, reason: reason, actor: actor),
        in: database)
      return ServiceChange(entry: entry, changed: true)
    }
  }

  /// Whether a version is put into service only with a valid signature by a key that the store trusts.
  ///
  /// - Throws: ``StoreError/Code/damaged`` if the entry about it does not fit its hash, or why the store cannot be read.
  public func requiresSignature() throws(StoreError) -> Bool {
    try read { try SignaturePolicy.isOn(in: $0) }
  }

  /// The entry of the ledger that last set or lifted that rule; nil if none ever did, and it does not stand.
  ///
  /// - Throws: ``StoreError/Code/damaged`` if the entry does not fit its hash, or why the store cannot be read.
  public func signaturePolicy() throws(StoreError) -> LedgerEntry? {
    try read { try SignaturePolicy.fetchEntry(in: $0) }
  }
}
