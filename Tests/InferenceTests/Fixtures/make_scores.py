"""Scores of small networks by NumPy in float64 (pip install numpy); parameters and rows follow from a SplitMix64 sequence.

Each line: the network, then the scores of 3 rows of bytes as float.hex. The test makes the same parameters.
"""
import pathlib
import numpy

MASK = (1 << 64) - 1


def units(seed):
    """RandomNumbers.unit() of the tests: from -1 to 1."""
    state = seed
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
        z ^= z >> 31
        yield (z - (1 << 64) if z >> 63 else z) / 2.0**63


def softmax(z):
    e = numpy.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


ACTIVATIONS = {
    "linear": lambda z: z, "relu": lambda z: numpy.maximum(z, 0), "leakyRelu": lambda z: numpy.where(z > 0, z, 0.01 * z),
    "tanh": numpy.tanh, "sigmoid": lambda z: 1 / (1 + numpy.exp(-z)), "softmax": softmax,
}
MEAN, DEVIATION = numpy.array([0.485, 0.456, 0.406]), numpy.array([0.229, 0.224, 0.225])
lines = []
for seed, network in enumerate(
    ["48 20 relu 7 leakyRelu 5 tanh 1 sigmoid", "48 10 softmax", "300 33 tanh 17 sigmoid 6 softmax", "768 1 sigmoid",
     "27 4 linear 9 relu 3 linear"]):
    words = network.split()
    inputs = int(words[0])
    layers = [(int(words[i]), words[i + 1]) for i in range(1, len(words), 2)]
    source = units(1000 + seed)
    rows = numpy.array([[(i * 31 + j * 17 + i * j) % 256 for j in range(inputs)] for i in range(3)], dtype=float)
    a = (rows / 255 - numpy.resize(MEAN, inputs)) / numpy.resize(DEVIATION, inputs)
    width = inputs
    for outputs, activation in layers:
        weight = numpy.array([next(source) / width**0.5 for _ in range(outputs * width)], dtype="float32").reshape(outputs, width)
        bias = numpy.array([next(source) for _ in range(outputs)], dtype="float32")
        a = ACTIVATIONS[activation](a @ weight.astype(float).T + bias.astype(float))
        width = outputs
    lines.append(network + ": " + " ".join(float(v).hex() for v in a.reshape(-1)))
(pathlib.Path(__file__).parent / "scores.txt").write_text("\n".join(lines) + "\n")
