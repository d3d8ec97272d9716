"""The peers beside which training is measured: a module each, with VERSIONS and a class Trainer.

VARIANTS are the ways in which it is tried: those that begin with "bytes" convert an example's bytes in each step that takes it, those with
"floats" hold all examples as floats of 0 to 1. Trainer(task, variant) begins from the task's parameters; step(indices) takes those
examples, or all for None, and notes the cost; finish() waits until all is done; costs() are those of all steps;
accuracy(rows, labels) is that of rows of bytes.
"""
