"""How tensors differ, by NumPy in float64, for ComparisonTests.swift.

Run: python3 tensor_changes.py > tensor_changes.json   (made with NumPy 2.4.6; any version gives it up to rounding)
"""
import json

import numpy as np


def change(name, shape, first, second):
    a, b = (np.asarray(x, dtype=np.float32).reshape(shape) for x in (first, second))
    x, y = a.astype(np.float64), b.astype(np.float64)
    difference = y - x
    norm, other = np.linalg.norm(x), np.linalg.norm(y)
    place = np.unravel_index(np.argmax(np.abs(difference)), shape)
    return {
        "name": name, "shape": shape, "first": x.ravel().tolist(), "second": y.ravel().tolist(),
        "differenceNorm": float(np.linalg.norm(difference)),
        "relativeNorm": float(np.linalg.norm(difference) / norm) if norm > 0 else None,
        "cosine": float(np.vdot(x, y) / (norm * other)) if norm > 0 and other > 0 else None,
        "changed": int(np.count_nonzero(difference)),
        "index": [int(i) for i in place], "largest": float(difference[place]),
    }


random = np.random.default_rng(8)


def normal(count, scale=1.0):
    return random.normal(0, scale, count)


weight, bias = normal(35), normal(5)
nudged = weight.astype(np.float32) * (1 + normal(35, 1e-3))
sparse = bias.copy()
sparse[3] -= 0.5
print(json.dumps([
    change("independent weights", [7, 5], weight, normal(35)),
    change("a little more training", [7, 5], weight, nudged),
    change("one bias changed", [5], bias, sparse),
    change("from zeros", [5], np.zeros(5), bias),
    change("turned round", [2, 3], normal(6), -1e-3 * normal(6)),
    change("to zeros", [2, 3], normal(6), np.zeros(6)),
    change("large and small", [1, 6], [1e30, 1, -1e-30, 3e38, 0, 1e-45], [1e30, 2, 1e-30, -3e38, 1e-3, 0]),
], separators=(",", ":")))
