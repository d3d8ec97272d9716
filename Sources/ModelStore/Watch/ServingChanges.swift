public import Inference

/// What ``ServingChanges`` reports.
public enum ServingUpdate: Sendable {
  /// This version is in service now: verified in full and ready to score with.
  case serving(Model)
  /// Nothing of the model is in service any more.
  case retired
  /// What should be in service could not be loaded or failed its checks, or the store could not be read. What was reported before
  /// is still good; the next change is reported as ever.
  case failed(StoreError)
}

/// The versions of a model that are in service, one after the other, as promotes and rollbacks of any process make them so.
///
/// The first element is what is in service when iteration begins, if anything is. From then on each change is reported within the
/// interval of looking and the time to load the model. Of several changes within one interval only the last is. The sequence ends
/// when its task is cancelled, and never by an error.
///
/// Looking costs one `PRAGMA data_version`, which SQLite answers from the file's header; the ledger is read only when somebody
/// committed, and a model is loaded only when another version is in service.
public struct ServingChanges: AsyncSequence, Sendable {
  /// What is reported.
  public typealias Element = ServingUpdate
  /// Errors are elements; the sequence itself does not throw.
  public typealias Failure = Never

  let path: String
  let model: String
  let interval: Duration

  /// Begins to look.
  public func makeAsyncIterator() -> Iterator {
    Iterator(observer: ServingObserver(path: path, model: model), interval: interval)
  }

  /// Looks until there is something to report.
  public struct Iterator: AsyncIteratorProtocol {
    let observer: ServingObserver
    let interval: Duration

    /// Waits for the next change; nil once the task is cancelled.
    public mutating func next() async -> ServingUpdate? {
      while !Task.isCancelled {
        if let update = await observer.look() { return update }
        try? await Task.sleep(for: interval)
      }
      return nil
    }
  }
}

extension ModelStore {
  /// The versions of a model that are in service, as they change by whatever process.
  ///
  /// The model need not exist yet. A connection of its own does the looking, so that changes by this handle are seen as well.
  ///
  /// - Parameters:
  ///   - model: the model's name.
  ///   - interval: how often to look: from a millisecond to a day.
  /// - Throws: ``StoreError/Code/invalidName`` for a name that no model can have.
  public func changes(
    of model: String, every interval: Duration = .milliseconds(250)
  ) throws(StoreError) -> ServingChanges {
    try Reference.validate(modelName: model)
    return ServingChanges(path: path, model: model, interval: min(max(interval, .milliseconds(1)), .seconds(86_400)))
  }
}
