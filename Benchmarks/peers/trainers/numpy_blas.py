"""NumPy on OpenBLAS: every product, sum and update in place, in memory that is made once."""

import numpy as np

from trainers.task import SCALE, versions

VERSIONS = versions("numpy")
BY_OUTPUT, BY_INPUT = "weights [outputs, inputs]", "weights [inputs, outputs]"
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
# Parameters that go through all of an update before the next ones do, so that they stay in the cache.
BLOCK = 1 << 15


class Trainer:
    VARIANTS = tuple(f"{held}; {layout}" for held in ("bytes", "floats") for layout in (BY_INPUT, BY_OUTPUT))

    def __init__(self, task, variant):
        self.task = task
        self.by_input = variant.endswith(BY_INPUT)
        self.holds_floats = variant.startswith("floats")
        self.source = task.floats() if self.holds_floats else task.rows
        most, total = task.examples, sum(weight.size + bias.size for weight, bias in task.layers)
        self.parameters, self.gradients = np.empty(total, np.float32), np.empty(total, np.float32)
        self.first, self.second = np.zeros(total, np.float32), np.zeros(total, np.float32)
        self.scratch = np.empty(BLOCK, np.float32)
        self.layers, place = [], 0
        for weight, bias in task.layers:
            shape = weight.T.shape if self.by_input else weight.shape
            parts = [
                (flat[place:place + weight.size].reshape(shape), flat[place + weight.size:place + weight.size + bias.size])
                for flat in (self.parameters, self.gradients)]
            place += weight.size + bias.size
            parts[0][0][...] = weight.T if self.by_input else weight
            parts[0][1][...] = bias
            self.layers.append((*parts[0], *parts[1]))
        self.bytes = np.empty((most, task.widths[0]), np.uint8)
        self.input = np.empty((most, task.widths[0]), np.float32)
        self.values = [np.empty((most, width), np.float32) for width in task.widths[1:]]
        self.deltas = [np.empty((most, width), np.float32) for width in task.widths[1:]]
        self.masks = [np.empty((most, width), bool) for width in task.widths[1:]]
        self.numbers = np.arange(most)
        self.targets = task.labels[:, None].astype(np.float32)
        self.steps, self.noted = 0, []

    def step(self, indices):
        rows, labels = self.gather(indices)
        self.noted.append(self.backward(rows, labels))
        self.steps += 1
        self.update()

    def gather(self, indices):
        if indices is None:
            if self.holds_floats:
                return self.source, self.task.labels
            np.multiply(self.source, SCALE, out=self.input)
            return self.input, self.task.labels
        rows, count = self.input[:len(indices)], len(indices)
        if self.holds_floats:
            np.take(self.source, indices, axis=0, out=rows, mode="clip")
        else:
            np.take(self.source, indices, axis=0, out=self.bytes[:count], mode="clip")
            np.multiply(self.bytes[:count], SCALE, out=rows)
        return rows, self.task.labels[indices]

    def forward(self, rows, values):
        for index, (weight, bias, _, _) in enumerate(self.layers):
            np.matmul(rows, weight if self.by_input else weight.T, out=values[index])
            rows = values[index]
            rows += bias
            if index < len(self.layers) - 1:
                np.maximum(rows, 0, out=rows)
        return rows

    def backward(self, rows, labels):
        """All gradients; returns the cost."""
        count = len(rows)
        values = [value[:count] for value in self.values]
        outputs = self.forward(rows, values)
        delta = self.deltas[-1][:count]
        if outputs.shape[1] == 1:
            targets = self.targets
            cost = float((np.logaddexp(0, outputs) - targets * outputs).mean())
            np.negative(outputs, out=delta)
            np.exp(delta, out=delta)
            delta += 1
            np.reciprocal(delta, out=delta)
            delta -= targets
        else:
            numbers = self.numbers[:count]
            np.subtract(outputs, outputs.max(axis=1, keepdims=True), out=outputs)
            right = outputs[numbers, labels]
            np.exp(outputs, out=delta)
            sums = delta.sum(axis=1, keepdims=True)
            cost = float((np.log(sums[:, 0]) - right).mean())
            delta /= sums
            delta[numbers, labels] -= 1
        delta *= np.float32(1 / count)
        for index in reversed(range(len(self.layers))):
            weight, _, weight_gradient, bias_gradient = self.layers[index]
            below = values[index - 1] if index else rows
            np.matmul(*((below.T, delta) if self.by_input else (delta.T, below)), out=weight_gradient)
            np.sum(delta, axis=0, out=bias_gradient)
            if index:
                previous, mask = self.deltas[index - 1][:count], self.masks[index - 1][:count]
                np.matmul(delta, weight.T if self.by_input else weight, out=previous)
                np.greater(below, 0, out=mask)
                np.multiply(previous, mask, out=previous)
                delta = previous
        return cost

    def update(self):
        rate = self.task.rate
        for start in range(0, len(self.parameters), BLOCK):
            part = slice(start, start + BLOCK)
            parameters, gradients = self.parameters[part], self.gradients[part]
            if not self.task.adam:
                gradients *= np.float32(rate)
                parameters -= gradients
                continue
            first, second, scratch = self.first[part], self.second[part], self.scratch[:len(parameters)]
            first *= np.float32(BETA1)
            np.multiply(gradients, np.float32(1 - BETA1), out=scratch)
            first += scratch
            second *= np.float32(BETA2)
            gradients *= gradients
            gradients *= np.float32(1 - BETA2)
            second += gradients
            np.sqrt(second, out=scratch)
            scratch *= np.float32((1 - BETA2 ** self.steps) ** -0.5)
            scratch += np.float32(EPSILON)
            np.divide(first, scratch, out=scratch)
            scratch *= np.float32(rate / (1 - BETA1 ** self.steps))
            parameters -= scratch

    def finish(self):
        pass

    def costs(self):
        return self.noted

    def accuracy(self, rows, labels):
        floats = rows * SCALE
        outputs = self.forward(floats, [np.empty((len(rows), width), np.float32) for width in self.task.widths[1:]])
        return float((outputs.argmax(axis=1) == labels).mean())
