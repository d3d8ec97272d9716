"""Networks quantized and run in 8 bits by NumPy (pip install numpy), as Quantizer and Schemas/model-file.md say it.

Where a range comes from activations, weights and rows are whole multiples of powers of two, so that float32 has no rounding in any order.
Floats are given by their bits. Run: python quantization.py
"""
import json
import pathlib
import numpy

f32 = numpy.float32
ACTIVATIONS = {
    "linear": lambda z: z, "relu": lambda z: numpy.maximum(z, 0), "tanh": numpy.tanh,
    "sigmoid": lambda z: 1 / (1 + numpy.exp(-z)),
}


def bits(values):
    return [int(bits) for bits in numpy.asarray(values, dtype=f32).reshape(-1).view(numpy.uint32)]


def exact(values):
    assert (values.astype(f32) == values).all(), "float32 would round"
    return values


def quantized_weight(weight):
    """[outputs, inputs] in float64, of float32 numbers: whole numbers and the scale of each output."""
    outputs, inputs = weight.shape
    padded = numpy.zeros((outputs, (inputs + 63) // 64 * 64))
    padded[:, :inputs] = weight
    blocks = padded.reshape(outputs, -1, 64)
    scale = numpy.abs(weight).max(axis=1) / 127
    for part in (numpy.maximum(blocks, 0), numpy.maximum(-blocks, 0)):
        fours = part[:, :, 0:32:2] + part[:, :, 1:32:2] + part[:, :, 32::2] + part[:, :, 33::2]
        scale = numpy.maximum(scale, fours.max(axis=(1, 2)) / 126)
    scale = numpy.where(scale > 0, scale, 1).astype(f32)
    whole = numpy.rint(weight / scale.astype(float)[:, None])
    for part in (numpy.maximum(whole, 0), numpy.maximum(-whole, 0)):
        padded[:, :inputs] = part
        fours = padded.reshape(outputs, -1, 64)
        assert (fours[:, :, 0:32:2] + fours[:, :, 1:32:2] + fours[:, :, 32::2] + fours[:, :, 33::2]).max() <= 128
    return whole.astype(int), scale


def encoding(lowest, highest):
    """The scale and the zero point of what lies between."""
    scale = f32((max(highest, 0) - min(lowest, 0)) / 255)
    return scale, int(numpy.rint(-min(lowest, 0) / float(scale)))


def to_bytes(values, scale, zero):
    inverse = f32(1) / scale
    product = (values.astype(f32).astype(float) * float(inverse) + zero).astype(f32)
    return numpy.clip(numpy.rint(product), 0, 255).astype(int)


def example(name, random, kind, inputs, layers, scale, mean, deviation, step):
    channels = len(mean)
    weights, biases, width = [], [], inputs
    for outputs, _ in layers:
        weights.append((random.integers(-16, 17, (outputs, width)) / step).astype(float))
        biases.append((random.integers(-8, 9, outputs) / 8).astype(float))
        width = outputs
    # An outlier and an output without weights.
    weights[0][0, inputs // 2] = 40 / step
    weights[0][-1, :] = 0
    if kind == "uint8":
        calibration, rows = random.integers(0, 256, (40, inputs)), random.integers(0, 256, (6, inputs))
    else:
        calibration, rows = (random.integers(-300, 500, (count, inputs)) / 64 for count in (40, 6))

    factor = numpy.resize([scale / d for d in deviation], inputs)
    offset = numpy.resize([m / d for m, d in zip(mean, deviation)], inputs)
    folded_bias = biases[0].copy()
    for index in range(inputs):
        folded_bias = folded_bias - weights[0][:, index] * offset[index]
    network = [((weights[0] * factor).astype(f32).astype(float), folded_bias.astype(f32).astype(float))]
    network += list(zip(weights[1:], biases[1:]))

    expected, floats, byte_scale, zero = [], calibration.astype(float), f32(1), 0
    if kind == "float32":
        byte_scale, zero = encoding(calibration.min(), calibration.max())
    entering = rows if kind == "uint8" else to_bytes(rows, byte_scale, zero)
    for (weight, bias), (_, activation) in zip(network, layers):
        whole, weight_scale = quantized_weight(weight)
        sums = entering @ whole.T
        factors = (weight_scale * byte_scale).astype(f32).astype(float)
        shifted = (sums - zero * whole.sum(axis=1)).astype(f32).astype(float)
        values = (shifted * factors + bias).astype(f32)
        expected.append({
            "weight": whole.reshape(-1).tolist(), "weightScale": bits(weight_scale), "bias": bits(bias),
            "inputScale": bits(byte_scale)[0], "inputZeroPoint": zero, "bytes": entering.reshape(-1).tolist(),
            "sums": sums.reshape(-1).tolist()})
        answers = ACTIVATIONS[activation](values.astype(float)).astype(f32)
        if len(expected) == len(layers):
            break
        floats = ACTIVATIONS[activation](floats @ weight.T + bias)
        if activation in ("sigmoid", "tanh"):
            byte_scale, zero = encoding(-1 if activation == "tanh" else 0, 1)
        else:
            byte_scale, zero = encoding(exact(floats).min(), floats.max())
        entering = to_bytes(answers, byte_scale, zero)
    return {
        "name": name, "type": kind, "inputs": inputs, "channels": channels, "scale": scale, "mean": mean, "deviation": deviation,
        "outputs": [outputs for outputs, _ in layers], "activations": [activation for _, activation in layers],
        "weights": [weight.reshape(-1).tolist() for weight in weights], "biases": [bias.tolist() for bias in biases],
        "calibration": calibration.reshape(-1).tolist(), "rows": rows.reshape(-1).tolist(), "expected": expected,
        "scores": bits(answers)}


random = numpy.random.default_rng(20)
examples = [
    example("ranges of relu and linear", random, "uint8", 70, [(9, "relu"), (6, "linear"), (3, "linear")],
            2**-8, [0.5, 0.25], [0.25, 0.5], 16),
    example("tanh and sigmoid", random, "uint8", 35, [(8, "tanh"), (7, "sigmoid"), (2, "linear")], 1 / 255, [0.0], [1.0], 32),
    example("rows of floats", random, "float32", 33, [(5, "relu"), (4, "linear")], 0.5, [0.125], [2.0], 16),
]
(pathlib.Path(__file__).parent / "quantization.json").write_text(json.dumps(examples, separators=(",", ":")) + "\n")
