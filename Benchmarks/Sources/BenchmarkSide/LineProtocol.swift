import Foundation

/// One side of a benchmark: a process that does one piece of work for each line on standard input.
public protocol BenchmarkSide {
  /// What was measured, written as a JSON object.
  associatedtype Answer: Encodable

  /// Does what a line asks for.
  mutating func run(_ line: Line) throws -> Answer
}

extension BenchmarkSide {
  /// Answers each line on standard input with a line of JSON, until the input ends.
  public mutating func answerLines() throws {
    while let line = readLine() {
      let words = line.split(separator: " ").map(String.init)
      guard let name = words.first else { continue }
      let answer = try run(Line(name: name, arguments: Array(words.dropFirst())))
      print(String(decoding: try JSONEncoder().encode(answer), as: UTF8.self))
      // A pipe is written in blocks otherwise, and the other side waits for the line.
      fflush(nil)
    }
  }
}

/// A line: the command and its arguments.
public struct Line {
  /// The first word.
  public let name: String
  private let arguments: [String]

  init(name: String, arguments: [String]) {
    self.name = name
    self.arguments = arguments
  }

  /// The argument at an index, from 0.
  ///
  /// - Throws: ``Misuse`` if there are fewer.
  public func argument(_ index: Int) throws -> String {
    guard arguments.indices.contains(index) else { throw Misuse(command: name) }
    return arguments[index]
  }

  /// The argument at an index as a number.
  ///
  /// - Throws: ``Misuse`` if there are fewer, or it is none.
  public func number<Number: LosslessStringConvertible>(
    _ index: Int, as type: Number.Type = Int.self
  ) throws -> Number {
    guard let number = Number(try argument(index)) else { throw Misuse(command: name) }
    return number
  }
}

/// The seconds that a body takes, as an answer.
public func timed(_ body: () throws -> Void) rethrows -> [String: Double] {
  let duration = try ContinuousClock().measure(body)
  return ["seconds": duration / .seconds(1)]
}

/// A line that is no command.
public struct Misuse: Error {
  let command: String

  /// Refuses a command.
  public init(command: String) {
    self.command = command
  }
}
