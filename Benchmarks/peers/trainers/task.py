"""What a peer trains, and in which order it takes the examples."""

import gzip
import importlib.metadata
import json

import numpy as np

SCALE = np.float32(1 / 255)


class Task:
    def __init__(self, path):
        work = json.loads(open(path).read())
        self.widths, self.batch, self.rate = work["widths"], work["batch"], work["rate"]
        self.adam = work["optimizer"] == "adam"
        self.seed, self.given = work["seed"], work["order"]
        values = np.fromfile(work["start"], np.float32)
        self.layers, place = [], 0
        for inputs, outputs in zip(self.widths, self.widths[1:]):
            weight = values[place:place + inputs * outputs].reshape(outputs, inputs)
            place += inputs * outputs
            self.layers.append((weight, values[place:place + outputs]))
            place += outputs
        if work["rows"]:
            self.rows = np.fromfile(work["rows"], np.uint8).reshape(-1, self.widths[0])
            self.labels = np.fromfile(work["labels"], np.uint8).astype(np.int64)

    def load(self, folder):
        """Reads MNIST in place of drawn examples; returns the test set."""
        self.rows, self.labels = read_idx(folder, "train")
        return read_idx(folder, "t10k")

    @property
    def is_whole(self):
        return self.batch is None

    @property
    def examples(self):
        """The most of a step."""
        return self.batch or len(self.rows)

    def floats(self):
        return self.rows * SCALE

    def order(self):
        """The examples of each step, without end; None for all of them."""
        count = len(self.rows)
        if self.is_whole:
            while True:
                yield None
        given = np.fromfile(self.given, np.int32).reshape(-1, count).astype(np.int64) if self.given else ()
        random = np.random.default_rng(self.seed)
        epoch = 0
        while True:
            order = given[epoch] if epoch < len(given) else random.permutation(count)
            epoch += 1
            for first in range(0, count, self.batch):
                yield order[first:first + self.batch]


def read_idx(folder, name):
    with gzip.open(f"{folder}/{name}-images-idx3-ubyte.gz") as file:
        rows = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784)
    with gzip.open(f"{folder}/{name}-labels-idx1-ubyte.gz") as file:
        return rows, np.frombuffer(file.read(), np.uint8, offset=8).astype(np.int64)


def versions(*packages):
    return {package: importlib.metadata.version(package) for package in packages}
