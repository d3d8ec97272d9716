"""Gradient descent in float64 by NumPy, written from the textbook formulas, for NumPyAgreementTests.swift.

Run: python3 numpy_runs.py > numpy_runs.json   (made with NumPy 2; any version gives it up to rounding)
"""
import json

import numpy as np

STEPS = 100


def forward_hidden(name, z):
    if name == "relu":
        return np.maximum(z, 0.0)
    if name == "leakyRelu":
        return np.where(z > 0, z, 0.01 * z)
    if name == "tanh":
        return np.tanh(z)
    if name == "sigmoid":
        return 1.0 / (1.0 + np.exp(-z))
    return z


def derivative(name, z):
    if name == "relu":
        return (z > 0).astype(np.float64)
    if name == "leakyRelu":
        return np.where(z > 0, 1.0, 0.01)
    if name == "tanh":
        return 1.0 - np.tanh(z) ** 2
    if name == "sigmoid":
        s = 1.0 / (1.0 + np.exp(-z))
        return s * (1.0 - s)
    return np.ones_like(z)


def run(name, seed, count, channels, area, hidden, activation, classes, rate, mean, deviation):
    random = np.random.default_rng(seed)
    features = area * channels
    pixels = random.integers(0, 256, size=(count, features), dtype=np.uint8)
    labels = random.integers(0, classes, size=count)
    labels[:classes] = np.arange(classes)
    outputs = 1 if classes == 2 else classes
    widths = [features] + hidden + [outputs]
    weights = [random.normal(0, 1 / np.sqrt(k), size=(n, k)) for k, n in zip(widths, widths[1:])]
    biases = [random.normal(0, 0.1, size=n) for n in widths[1:]]
    start = [{"weight": w.ravel().tolist(), "bias": b.tolist()} for w, b in zip(weights, biases)]

    x = pixels.astype(np.float64) / 255.0
    x = (x - np.tile(mean, area)) / np.tile(deviation, area)
    x = x.T
    y = labels[None, :].astype(np.float64) if outputs == 1 else np.eye(classes)[labels].T
    costs = []
    for _ in range(STEPS):
        inputs, sums = [x], []
        for index, (w, b) in enumerate(zip(weights, biases)):
            z = w @ inputs[-1] + b[:, None]
            sums.append(z)
            if index < len(weights) - 1:
                inputs.append(forward_hidden(activation, z))
        z = sums[-1]
        if outputs == 1:
            a = 1.0 / (1.0 + np.exp(-z))
            costs.append(float(-np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))))
        else:
            e = np.exp(z - z.max(axis=0))
            a = e / e.sum(axis=0)
            costs.append(float(-np.mean(np.log((a * y).sum(axis=0)))))
        dz = (a - y) / count
        for index in reversed(range(len(weights))):
            dw, db = dz @ inputs[index].T, dz.sum(axis=1)
            if index > 0:
                dz = (weights[index].T @ dz) * derivative(activation, sums[index - 1])
            weights[index] = weights[index] - rate * dw
            biases[index] = biases[index] - rate * db
    return {
        "name": name, "pixels": pixels.ravel().tolist(), "labels": labels.tolist(), "classes": classes,
        "channels": channels, "area": area, "mean": mean, "deviation": deviation, "hidden": hidden,
        "activation": activation, "rate": rate, "steps": STEPS, "start": start, "costs": costs,
        "end": [{"weight": w.ravel().tolist(), "bias": b.tolist()} for w, b in zip(weights, biases)],
    }


plain = ([0.0], [1.0])
colour = ([0.45, 0.5, 0.4], [0.2, 0.25, 0.3])
runs = [
    run("logistic regression", 1, 40, 1, 25, [], "relu", 2, 0.1, *plain),
    run("one hidden layer of tanh", 2, 30, 3, 9, [6], "tanh", 2, 0.2, *colour),
    run("three layers of relu", 3, 30, 3, 12, [10, 7], "relu", 2, 0.075, *colour),
    run("softmax over leaky relu", 4, 50, 1, 36, [9], "leakyRelu", 5, 0.1, *plain),
    run("four layers of sigmoid", 5, 30, 1, 20, [8, 6, 5], "sigmoid", 3, 0.5, [0.5], [0.29]),
    # More examples than a block of the kernels' sums.
    run("softmax regression", 6, 600, 1, 6, [], "linear", 3, 0.3, *plain),
]
print(json.dumps(runs, separators=(",", ":")))
