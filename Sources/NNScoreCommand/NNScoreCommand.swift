// NNScoreCommand
