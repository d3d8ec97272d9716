import NNScoreCommand

@main
struct Main {
  static func main() {
    NNScore.run()
  }
}
