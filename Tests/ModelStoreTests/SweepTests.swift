import Foundation
import GRDB
import Inference
import Testing

@testable import ModelStore

/// Searches for hyperparameters.
@Suite struct SweepTests {
  static let sweep = Sweep(
    name: "rates", model: "cats", createdAt: Timestamp(millisecondsSince1970: 1_795_000_000_123),
    description: "{\"rate\": [0.1, 0.01], \"ünï\": null}",
    trials: [
      Trial(number: 1, hyperparameters: "{\"rate\":0.1}"), Trial(number: 2, hyperparameters: "{\"rate\":0.01}"),
    ])

  @Test("A sweep is read as it was written, and goes on trial by trial after the store was opened again")
  func roundTrip() throws {
    let scratch = try Scratch()
    try ModelStore(path: scratch.store, mode: .create).createSweep(Self.sweep)
    let store = try ModelStore(path: scratch.store, mode: .readWrite)
    #expect(try store.sweep(named: "rates") == Self.sweep)
    var expected = Self.sweep
    for status in Trial.Status.allCases {
      expected.trials[1] = Trial(
        number: 2, hyperparameters: "{\"rate\":0.01}", status: status, rung: 2, iterations: 300, score: -0.5,
        metrics: "{\"f1\":0.25}", version: 4, message: "läuft")
      try store.record(expected.trials[1], in: "rates")
      #expect(try store.sweep(named: "rates") == expected)
    }
    // What there was of a trial can be taken back, and one that was not planned can come.
    expected.trials[1] = Trial(number: 2, hyperparameters: "{}")
    expected.trials.append(Trial(number: 9, hyperparameters: "{\"rate\":1}", status: .failed, message: "NaN"))
    for trial in expected.trials { try store.record(trial, in: "rates") }
    #expect(try store.sweep(named: "rates") == expected)
    try store.createSweep(Sweep(name: "empty", model: "dogs", description: "[]"))
    #expect(try store.sweeps().map(\.name) == ["empty", "rates"])
    let statistics = try store.statistics()
    #expect(statistics.sweepCount == 2 && statistics.trialCount == 3 && statistics.sweepBytes > 40)
    #expect(try store.verify().findings == [])
    try store.removeSweep(named: "rates")
    #expect(try store.sweeps().map(\.name) == ["empty"] && store.statistics().trialCount == 0)
    #expect(try store.verify().findings == [])
  }

  @Test("A sweep that is there already, or is not there, is refused by name")
  func names() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    try store.createSweep(Self.sweep)
    var other = Self.sweep
    other.description = "{}"
    let twice = storeError { try store.createSweep(other) }
    #expect(twice?.code == .sweepExists && twice?.message.contains("there is a sweep rates already") == true)
    #expect(try store.sweep(named: "rates") == Self.sweep)
    for body in [
      { _ = try store.sweep(named: "rate") }, { try store.removeSweep(named: "rate") },
      { try store.record(Trial(number: 1, hyperparameters: "{}"), in: "rate") },
    ] as [() throws -> Void] {
      let error = storeError(body)
      #expect(error?.code == .noSuchSweep)
      #expect(error?.message == "the store has no sweep \"rate\"; did you mean rates? There are rates")
    }
    #expect(storeError { _ = try store.sweep(named: "a b") }?.code == .invalidName)
  }

  static let refused: [(Trial, String)] = [
    (Trial(number: 0, hyperparameters: "{}"), "has a trial 0; trials count from 1"),
    (
      Trial(number: 3, hyperparameters: "[]"),
      "the hyperparameters of trial 3 of the sweep rates: expected a JSON object"
    ),
    (Trial(number: 3, hyperparameters: "{} "), "expected a JSON object without white space around it"),
    (Trial(number: 3, hyperparameters: ""), "expected JSON, found nothing"),
    (Trial(number: 3, hyperparameters: "{}", metrics: "x"), "the metrics of trial 3 of the sweep rates: expected JSON"),
    (Trial(number: 3, hyperparameters: "{}", rung: -1), "its rung is -1; expected 0 to 281474976710656"),
    (Trial(number: 3, hyperparameters: "{}", iterations: -1), "its iterations is -1; expected 0 to 281474976710656"),
    (Trial(number: 3, hyperparameters: "{}", score: .nan), "its score is nan, not a finite number"),
    (Trial(number: 3, hyperparameters: "{}", score: .infinity), "its score is inf"),
    (Trial(number: 3, hyperparameters: "{}", version: 0), "its version is 0; expected 1 to 281474976710656"),
    (Trial(number: 3, hyperparameters: "{}", message: "a\0b"), "contains a NUL character"),
  ]

  @Test("A trial that does not fit is refused, alone and with its sweep", arguments: refused)
  func refusals(trial: Trial, problem: String) throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    var sweep = Self.sweep
    sweep.trials.append(trial)
    let whole = storeError { try store.createSweep(sweep) }
    #expect(whole?.code == .invalidDraft && whole?.message.contains(problem) == true, "\(whole?.message ?? "")")
    #expect(try store.sweeps().isEmpty)
    try store.createSweep(Self.sweep)
    let error = storeError { try store.record(trial, in: "rates") }
    #expect(error?.code == .invalidDraft && error?.message.contains(problem) == true, "\(error?.message ?? "")")
    #expect(try store.sweep(named: "rates") == Self.sweep)
  }

  @Test("A sweep with two trials of one number, or without a description, is refused")
  func sweeps() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    var sweep = Self.sweep
    sweep.trials[1].number = 1
    #expect(storeError { try store.createSweep(sweep) }?.message.contains("two trials 1") == true)
    sweep = Self.sweep
    sweep.description = ""
    #expect(storeError { try store.createSweep(sweep) }?.code == .invalidDraft)
    sweep = Self.sweep
    sweep.model = "a b"
    #expect(storeError { try store.createSweep(sweep) }?.code == .invalidName)
    #expect(try store.sweeps().isEmpty)
  }

  @Test("Versions that came from a sweep are found by it, the last of each trial, none that was deleted")
  func versions() throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    for (seed, trial) in [(1, 1), (2, 2), (3, 2), (4, 3)] {
      var draft = try makeDraft(seed: UInt64(seed))
      draft.lineage.sweep = Lineage.Sweep(name: "rates", trial: trial)
      try store.register(draft)
    }
    try store.register(makeDraft(seed: 5))
    try store.delete(Reference("cats@4"))
    #expect(try store.versions(ofSweep: "rates").mapValues(\.number) == [1: 1, 2: 3])
    #expect(try store.versions(ofSweep: "rates")[1] == store.version(Reference("cats@1")).identity)
    #expect(try store.versions(ofSweep: "other").isEmpty)
  }

  @Test("What a sweep searches never changes; its trials go with it")
  func triggers() throws {
    let scratch = try Scratch()
    try ModelStore(path: scratch.store, mode: .create).createSweep(Self.sweep)
    for column in ["name", "model", "created_at", "description"] {
      let message = try ImmutabilityTests.refusal("UPDATE sweeps SET \(column) = 'x'", on: scratch.store)
      #expect(message == "nnscore: rows of sweeps never change")
    }
    let replaced = try ImmutabilityTests.refusal(
      "INSERT OR REPLACE INTO sweeps SELECT * FROM sweeps", on: scratch.store)
    #expect(replaced == "nnscore: this row of sweeps exists already")
    for (sql, reason) in [
      ("UPDATE trials SET status = 'lost'", "CHECK"), ("UPDATE trials SET number = 0", "CHECK"),
      ("UPDATE trials SET sweep = 'other'", "FOREIGN KEY"), ("UPDATE trials SET score = 'x'", "cannot store TEXT"),
    ] {
      #expect(try ImmutabilityTests.refusal(sql, on: scratch.store)?.contains(reason) == true, "\(sql)")
    }
  }

  @Test(
    "A damaged row is an error that names what is wrong with it, and a finding",
    arguments: [
      (
        "UPDATE trials SET status = 'lost' WHERE number = 2", "trial 2 of the sweep rates is \"lost\"; expected planned"
      ),
      ("UPDATE sweeps SET created_at = '2026-02-30T00:00:00.000Z'", "created_at"),
    ])
  func damage(change: String, problem: String) throws {
    let scratch = try Scratch()
    let store = try ModelStore(path: scratch.store, mode: .create)
    try store.createSweep(Self.sweep)
    try tamper(scratch.store, "PRAGMA ignore_check_constraints = ON; \(change)")
    let error = storeError { _ = try store.sweep(named: "rates") }
    #expect(error?.code == .damaged && error?.message.contains(problem) == true, "\(error?.message ?? "")")
    #expect(try store.verify().findings.contains { $0.subject == "sweeps" && $0.problem.contains(problem) })
  }

  @Test("Many record their trials at once, and none is lost")
  func concurrency() async throws {
    let scratch = try Scratch(inMemory: true)
    let path = scratch.store
    var sweep = Self.sweep
    sweep.trials = []
    try ModelStore(path: path, mode: .create).createSweep(sweep)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 0..<4 {
        group.addTask {
          let store = try ModelStore(path: path, mode: .readWrite)
          for index in 0..<10 {
            let number = 4 * index + worker + 1
            for status in [Trial.Status.planned, .running, .finished] {
              try store.record(Trial(number: number, hyperparameters: "{}", status: status), in: "rates")
            }
          }
        }
      }
      try await group.waitForAll()
    }
    let trials = try ModelStore(path: path).sweep(named: "rates").trials
    #expect(trials.map(\.number) == Array(1...40) && trials.allSatisfy { $0.status == .finished })
  }
}
