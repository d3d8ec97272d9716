"""The runtimes beside which scoring is measured: a module each, with VERSIONS and a class Runtime.

Runtime(layers, rows) takes a network (runtimes.model) and rows of bytes [count, features]; VARIANTS are the ways in which it is
tried; prepare(variant, batch) returns a function that scores the first `batch` rows, and one that returns the scores of the last
call, [batch, outputs]. Each runs on the calling thread alone.
"""
