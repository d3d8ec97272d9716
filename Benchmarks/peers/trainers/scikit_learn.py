"""scikit-learn: MLPClassifier.partial_fit, a call for each step, in 32 bits."""

import warnings

import numpy as np
from sklearn.neural_network import MLPClassifier

from trainers.task import SCALE, versions

VERSIONS = versions("scikit-learn")
BETA2, EPSILON = 0.999, 1e-8
# The last batch of an epoch is smaller than the batch size.
warnings.filterwarnings("ignore")


class Trainer:
    VARIANTS = ("bytes; partial_fit", "floats; partial_fit")

    def __init__(self, task, variant):
        self.task = task
        self.holds_floats = variant.startswith("floats")
        self.source = task.floats() if self.holds_floats else task.rows
        self.input = np.empty((task.examples, task.widths[0]), np.float32)
        self.network = MLPClassifier(
            hidden_layer_sizes=task.widths[1:-1], activation="relu", solver="adam" if task.adam else "sgd", alpha=0,
            batch_size=task.examples, learning_rate_init=task.rate, momentum=0, nesterovs_momentum=False, shuffle=False)
        self.classes = np.arange(max(task.widths[-1], 2))
        self.network.partial_fit(self.source[:task.examples] * np.float32(1), task.labels[:task.examples], classes=self.classes)
        # What that step made is forgotten; the optimiser is made anew with the parameters that are all sides' start.
        self.network.coefs_ = [weight.T.copy() for weight, _ in task.layers]
        self.network.intercepts_ = [bias.copy() for _, bias in task.layers]
        del self.network._optimizer
        self.network.loss_curve_.clear()
        self.steps = 0

    def step(self, indices):
        rows, labels = self.source, self.task.labels
        if indices is not None:
            rows, labels = rows[indices], labels[indices]
        if not self.holds_floats:
            rows = np.multiply(rows, SCALE, out=self.input[:len(rows)])
        if self.task.adam:
            self.set_epsilon()
        self.network.partial_fit(rows, labels)

    def set_epsilon(self):
        """Its Adam adds epsilon to √s in place of √(s / (1 − beta2ᵗ)): this makes it the same."""
        self.steps += 1
        self.network.epsilon = EPSILON * (1 - BETA2 ** self.steps) ** 0.5
        if self.steps > 1:
            self.network._optimizer.epsilon = self.network.epsilon

    def finish(self):
        pass

    def costs(self):
        return [float(cost) for cost in self.network.loss_curve_]

    def accuracy(self, rows, labels):
        return float((self.network.predict(rows * SCALE) == labels).mean())
