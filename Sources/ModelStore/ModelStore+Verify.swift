import Foundation

/// How far a verification is.
public struct VerificationProgress: Sendable {
  /// Raw bytes of tensors, costs, numbers by epoch and golden examples that were checked.
  public let bytes: Int
  /// How many there are, as the store says.
  public let totalBytes: Int
}

extension ModelStore {
  /// Checks one version, or with nil the whole store: SQLite's own checks, the schema, every blob, every digest, every golden example, every
  /// signature, the ledger's chain, every checkpoint and sweep.
  ///
  /// It goes on after what it finds, so that the report names all of it, in an order that does not depend on the threads. Each
  /// version is a read transaction of its own, so that writers need not wait for the whole, and what they write meanwhile is seen whole
  /// or not at all. Each thread holds one version in memory, and all together at most 256 MiB of what others are differences from.
  ///
  /// - Parameters:
  ///   - reference: the version; nil for the whole store.
  ///   - trustedKeys: with these, each version that is not deleted must have a valid signature by one of them. They are kept outside
  ///     the store, so they also find what was put into it past its own rule.
  ///   - threads: how many work on a whole store, each with a connection of its own; at most 1024; nil for one a core, fewer for a
  ///     small store.
  ///   - progress: called as the check of a whole store goes on, from any thread, by one at a time. It may use the store.
  /// - Throws: ``StoreError`` only if the store cannot be read at all, or the reference names nothing.
  public func verify(
    _ reference: Reference? = nil, trustedKeys: [PublicKey]? = nil, threads: Int? = nil,
    progress: (@Sendable (VerificationProgress) -> Void)? = nil
  ) throws(StoreError) -> VerificationReport {
    guard let reference else {
      return try verifyAll(trustedKeys: trustedKeys, threads: threads, progress: progress)
    }
    let checks = BlobChecks()
    var verification = Verification(store: self, checks: checks)
    let id = try read { try Self.resolve(reference, in: $0) }
    try verification.checkVersion(id: id)
    try verification.checkSignatures(ofVersion: id)
    if let trustedKeys { try verification.checkTrust(in: trustedKeys, ofVersion: id) }
    return verification.report.completed(by: checks)
  }

  private func verifyAll(
    trustedKeys: [PublicKey]?, threads: Int?, progress: (@Sendable (VerificationProgress) -> Void)?
  ) throws(StoreError) -> VerificationReport {
    var listing = Verification(store: self, checks: BlobChecks())
    let total = try listing.totalBytes()
    let checks = BlobChecks { bytes in
      progress?(VerificationProgress(bytes: bytes, totalBytes: max(total, bytes)))
    }
    // Opening a connection takes as long as checking some 2 MiB.
    let useful = min(ProcessInfo.processInfo.activeProcessorCount, 1 + total >> 21)
    let jobs = VerificationJobs(
      store: self, threads: min(max(1, threads ?? useful), 1024), checks: checks, sparesStore: progress != nil)
    let versions = jobs.parts(of: try listing.versionIDs()).map { VerificationJobs.Job.versions($0) }
    // What cannot be divided comes first, so that nobody waits for it at the end.
    let first = try jobs.run([.ledger, .database] + versions + [.training])
    // What no version refers to: a later one would find it and use it.
    let others = try listing.blobs().filter { !checks.isKnown($0) }
    let second = try jobs.run(jobs.parts(of: others).map { .blobs($0) })

    var report = listing.report
    for part in first.dropFirst() + second + first.prefix(1) { report.add(part) }
    if let trustedKeys {
      var trust = Verification(store: self, checks: checks)
      try trust.inTransaction { verification throws(StoreError) in try verification.checkTrust(in: trustedKeys) }
      report.add(trust.report)
    }
    return report.completed(by: checks)
  }
}

extension VerificationReport {
  /// What errors advise, which to whoever verifies is no news; longer ones first.
  private static let advice = [
    "; run nnscore verify to see what is lost, and restore a backup", "; run nnscore verify, and restore a backup",
    "; run nnscore verify", "; restore a backup", ". Restore a backup, or undo what was changed by other programs",
  ]

  mutating func add(_ subject: String, _ problem: String, code: StoreError.Code = .damaged) {
    var problem = problem
    for advice in Self.advice { problem = problem.replacing(advice, with: "") }
    findings.append(Finding(subject: subject, problem: problem, code: code))
  }

  /// Adds what another part of the work found. Blobs are counted by all together.
  fileprivate mutating func add(_ other: VerificationReport) {
    versions += other.versions
    goldenExamples += other.goldenExamples
    ledgerEntries += other.ledgerEntries
    futureEntries += other.futureEntries
    signatures += other.signatures
    checkpoints += other.checkpoints
    findings += other.findings
  }

  /// The report with the blobs that were checked.
  fileprivate func completed(by checks: BlobChecks) -> VerificationReport {
    var report = self
    (report.blobs, report.bytes) = checks.totals
    return report
  }
}
