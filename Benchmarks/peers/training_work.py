"""What Benchmarks/training trains, what is to be reached, and the data that all sides read."""

import dataclasses
import json

import numpy as np

from trainers.task import read_idx

THREADS = (1, 2)
# Two threads beside one.
LEAST_SCALING = 1.8


@dataclasses.dataclass(frozen=True, eq=False)
class Work:
    title: str
    widths: tuple
    count: int  # examples
    batch: int  # of a step; None for all
    optimizer: str
    rate: float
    least: float  # how many times as fast as the best peer
    turn: int  # steps between two readings of the clock
    measure_every: int  # epochs
    is_mnist: bool = False  # or drawn examples

    @property
    def name(self):
        return "-".join(map(str, self.widths))

    @property
    def examples(self):
        return self.batch or self.count

    @property
    def parameters(self):
        return sum((inputs + 1) * outputs for inputs, outputs in zip(self.widths, self.widths[1:]))

    @property
    def operations(self):
        """Of a step: multiplications and additions of the matrix products. Each weight has one pair an example in the forward
        product, one in its gradient and, behind the first layer, one in what goes back through it."""
        weights = [inputs * outputs for inputs, outputs in zip(self.widths, self.widths[1:])]
        return 2 * self.examples * (3 * sum(weights) - weights[0])


CATS, DIGITS = (12288, 20, 7, 5, 1), (784, 512, 256, 10)
MNIST_BY_ADAM = Work("MNIST, batch 128, Adam", DIGITS, 60_000, 128, "adam", 0.001, 1.2, 469, 1, True)
WORKS = (
    Work("all 209 examples, gradient descent", CATS, 209, None, "gradient-descent", 0.0075, 2.2, 100, 25),
    Work("MNIST, batch 128, gradient descent", DIGITS, 60_000, 128, "gradient-descent", 0.05, 1.2, 469, 1, True),
    MNIST_BY_ADAM,
    Work("drawn, batch 128, gradient descent", DIGITS, 60_000, 128, "gradient-descent", 0.05, 1.2, 469, 1),
    Work("drawn, batch 128, Adam", DIGITS, 60_000, 128, "adam", 0.001, 1.2, 469, 1),
)


def examples_of(work, data, folder):
    """Files of rows of bytes and of labels."""
    rows, names = (folder / f"{work.name}-{'mnist' if work.is_mnist else 'drawn'}.{what}" for what in ("rows", "labels"))
    if names.exists():  # of an earlier work
        return rows, names
    if work.is_mnist:
        pixels, labels = read_idx(data / "mnist", "train")
        pixels.tofile(rows)
        labels.astype(np.uint8).tofile(names)
    else:
        draw_examples(work, rows, names)
    return rows, names


def draw_examples(work, rows, names):
    """Rows of bytes in which the class shows, and labels of which some are wrong, so that there is always something to learn."""
    random = np.random.default_rng(1)
    features, classes = work.widths[0], max(work.widths[-1], 2)
    labels = random.integers(0, classes, work.count, dtype=np.uint8)
    shown = np.where(random.random(work.count) < 0.2, random.integers(0, classes, work.count, dtype=np.uint8), labels)
    patterns = random.random((classes, features), np.float32)
    with open(rows, "wb") as file:
        for first in range(0, work.count, 4096):
            some = shown[first:first + 4096]
            values = random.random((len(some), features), np.float32) * 0.7 + 0.3 * patterns[some]
            # Half of the pixels are black, but others in each example.
            values[values < 0.5] = 0
            file.write((255 * values).astype(np.uint8).tobytes())
    labels.tofile(names)


def draw_start(widths, seed, path, deviation=lambda inputs: (2 / inputs) ** 0.5):
    """Each layer's weight [outputs, inputs], normal, and its bias of zeros, in 32 bits; also as a list of pairs."""
    random = np.random.default_rng(seed)
    layers = []
    with open(path, "wb") as file:
        for inputs, outputs in zip(widths, widths[1:]):
            weight = (random.standard_normal((outputs, inputs)) * deviation(inputs)).astype(np.float32)
            layers.append((weight, np.zeros(outputs, np.float32)))
            file.write(weight.tobytes() + layers[-1][1].tobytes())
    return layers


def write_work(path, work, start, seed, rows=None, labels=None, order=None):
    """The file that all sides read."""
    path.write_text(json.dumps({
        "widths": work.widths, "batch": work.batch, "optimizer": work.optimizer, "rate": work.rate, "measureEvery": work.measure_every,
        "seed": seed, "start": str(start), "rows": rows and str(rows), "labels": labels and str(labels), "order": order and str(order)}))
