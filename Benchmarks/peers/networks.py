"""What Benchmarks/scoring scores with, and what is to be reached: the table of the issue that asks for it."""

import dataclasses

BATCHES = (1, 16, 256, 1024)
FP32, INT8, TWO_THREADS = "fp32", "int8", "fp32, 2 threads"
KINDS = (FP32, INT8, TWO_THREADS)
# What a Zen 4 core does at most, as the stated limits take it.
STATED_OPERATIONS = {FP32: 116e9, INT8: 466e9}


def arithmetic(kind):
    return INT8 if kind == INT8 else FP32


def cores(kind):
    return 2 if kind == TWO_THREADS else 1


@dataclasses.dataclass(frozen=True, eq=False)
class Network:
    shape: tuple  # height, width, channels
    layers: tuple  # (outputs, activation)
    # How many times as fast as the best peer, by kind and batch.
    least: dict
    # Images a second for one image, that the weights can be read at; by kind.
    stated_one: dict
    batches: tuple = BATCHES
    # Seconds that a call with one image may take at most, or nothing.
    call: float = None

    @property
    def inputs(self):
        height, width, channels = self.shape
        return height * width * channels

    @property
    def name(self):
        return "-".join(str(width) for width in (self.inputs, *(outputs for outputs, _ in self.layers)))

    @property
    def layer_weights(self):
        """Of each layer."""
        widths = [self.inputs, *(outputs for outputs, _ in self.layers)]
        return [a * b for a, b in zip(widths, widths[1:])]

    @property
    def weights(self):
        return sum(self.layer_weights)

    @property
    def operations(self):
        """Of one image: a multiplication and an addition a weight."""
        return 2 * self.weights

    @property
    def kinds(self):
        return [kind for kind in KINDS if kind == FP32 or kind in self.least]

    def exact(self, kind):
        """The weights of a first layer of floats that nnscore sums in whole numbers, of three bytes each."""
        return self.layer_weights[0] if kind != INT8 and self.inputs >= 256 else 0

    def weight_bytes(self, kind):
        """Those that one image reads. nnscore has 24 bits for the weights of later layers too, where a layer has 2^20 or
        more, as those of the networks here."""
        if kind == INT8:
            return self.weights
        return 4 * self.weights - self.exact(kind) - sum(count for count in self.layer_weights[1:] if count >= 1 << 20)

    def stated_limit(self, kind, batch):
        if batch == 1:
            return self.stated_one.get(kind)
        return cores(kind) * STATED_OPERATIONS[arithmetic(kind)] / self.operations

    def measured_limit(self, kind, batch, ceilings):
        """Operations, or reading: for one image the weights, for more the rows, which the cache may not hold; whichever takes longer.

        A first layer of floats over 256 bytes or more is one of whole numbers: three products of bytes for each weight, where that is
        quicker than one of floats.
        """
        exact = 2 * self.exact(kind)
        seconds = (self.operations - exact) / ceilings[arithmetic(kind)] + min(exact / ceilings[FP32], 3 * exact / ceilings[INT8])
        seconds /= cores(kind)
        size = self.weight_bytes(kind) if batch == 1 else batch * self.inputs
        read = size / (cores(kind) * ceilings["reads"][size])
        return 1 / max(seconds, read / batch)

    def read_sizes(self):
        """The bytes of which a limit asks how fast they can be read."""
        weights = {self.weight_bytes(kind) for kind in self.kinds}
        return weights | {batch * self.inputs for batch in self.batches if batch > 1}


# Never slower than one thread at any batch, and nearly twice as fast where there is work for two.
SCALING = {1: 1, 16: 1, 256: 1.85, 1024: 1.85}

NETWORKS = (
    Network(
        shape=(64, 64, 3), layers=((20, "relu"), (7, "relu"), (5, "relu"), (1, "sigmoid")),
        least={FP32: {1: 2.5, 16: 2, 256: 2, 1024: 2.5}, INT8: {1: 2.5, 1024: 4}, TWO_THREADS: SCALING},
        stated_one={FP32: 103_000, INT8: 400_000}),
    Network(
        shape=(28, 28, 1), layers=((512, "relu"), (256, "relu"), (10, "softmax")),
        least={FP32: {1: 1.4, 16: 1.05, 256: 1.05, 1024: 1.05}, INT8: {1: 2, 256: 1.15, 1024: 1.15}, TWO_THREADS: SCALING},
        stated_one={FP32: 47_000, INT8: 220_000}),
    Network(
        shape=(28, 28, 1), layers=((2048, "relu"), (2048, "relu"), (10, "softmax")),
        least={FP32: {1: 1.3, 256: 1.1, 1024: 1.1}, TWO_THREADS: SCALING}, stated_one={FP32: 2_200}),
    Network(shape=(8, 8, 1), layers=((64, "relu"), (1, "sigmoid")), least={}, stated_one={}, batches=(1,), call=0.3e-6),
)
