"""NumPy on OpenBLAS, each product and sum in place."""

import numpy as np

from runtimes.model import versions

VERSIONS = versions("numpy")
BY_OUTPUT, BY_INPUT = "weights [outputs, inputs]", "weights [inputs, outputs]"


class Runtime:
    VARIANTS = (BY_OUTPUT, BY_INPUT)

    def __init__(self, layers, rows):
        self.layers, self.rows = layers, rows

    def prepare(self, variant, batch):
        rows = self.rows[:batch]
        floats = np.empty(rows.shape, np.float32)
        weights = [layer.weight.T for layer in self.layers]
        if variant == BY_INPUT:
            weights = [np.ascontiguousarray(weight) for weight in weights]
        steps = [
            (weight, layer.bias, layer.activation, np.empty((batch, len(layer.bias)), np.float32))
            for weight, layer in zip(weights, self.layers)]

        def call():
            np.copyto(floats, rows)
            values = floats
            for weight, bias, activation, target in steps:
                np.matmul(values, weight, out=target)
                np.add(target, bias, out=target)
                values = target
                if activation == "relu":
                    np.maximum(values, 0, out=values)
                elif activation == "sigmoid":
                    np.negative(values, out=values)
                    np.exp(values, out=values)
                    np.add(values, 1, out=values)
                    np.reciprocal(values, out=values)
                else:
                    np.subtract(values, values.max(axis=1, keepdims=True), out=values)
                    np.exp(values, out=values)
                    np.divide(values, values.sum(axis=1, keepdims=True), out=values)

        return call, lambda: steps[-1][-1]
