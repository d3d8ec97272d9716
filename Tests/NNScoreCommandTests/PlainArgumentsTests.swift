import ArgumentParser
import Testing

@testable import NNScoreCommand

/// The short cut past the argument parser gives what the parser gives, or nothing.
struct PlainArgumentsTests {
  @Test(
    "plain arguments of score mean what the argument parser says they mean",
    arguments: [
      "score cats a.png", "score cats@2 a.png b.jpg", "score cats - --json", "score --json cats a.png",
      "score cats --format csv a.png", "score --model cats.safetensors a.png --threads 2",
      "score cats a.png --batch-size 7",
      "score --store s.sqlite cats a --batch-size 65536 --threads 1024 --json --format json",
      "score help a.png",
      "score cats a.png --json --format json", "score cats score", "score --threads +3 cats a.png",
    ])
  func sameMeaning(line: String) throws {
    let words = line.split(separator: " ").map(String.init)
    let parsed = try #require(try NNScore.parseAsRoot(words) as? ScoreCommand)
    let plain = try #require(ScoreCommand(plain: words))
    #expect(plain.arguments == parsed.arguments)
    #expect(plain.model == parsed.model)
    #expect(plain.format == parsed.format)
    #expect(plain.batchSize == parsed.batchSize)
    #expect(plain.threads.number == parsed.threads.number)
    #expect(plain.store.store == parsed.store.store)
    #expect(plain.json.isOn == parsed.json.isOn)
  }

  @Test(
    "what is not plain, or wrong, is left to the argument parser",
    arguments: [
      "", "score", "score cats", "scores cats a.png", "score cats a.png --help", "score -h", "score --version",
      "help score",
      "score cats a.png --format", "score cats a.png --format xml", "score cats a.png --threads 0",
      "score cats a.png --threads x",
      "score cats a.png --threads -1", "score cats a.png --batch-size 0", "score cats -- a.png",
      "score cats --format=csv a.png",
      "score cats -x a.png", "score --model m", "score cats a.png --json --format csv",
      "score cats a.png --json --json",
      "score cats a.png --threads 1 --threads 2", "versions cats", "score cats a.png --unknown",
      "score cats a.png ---completion",
    ])
  func leftToTheParser(line: String) {
    #expect(ScoreCommand(plain: line.split(separator: " ").map(String.init)) == nil)
  }

  @Test("an empty word is left to the argument parser")
  func emptyWord() {
    #expect(ScoreCommand(plain: ["score", "cats", ""]) == nil)
    #expect(ScoreCommand(plain: ["score", "cats", "a.png", "--store", ""]) == nil)
  }
}
