"""A model file of nnscore as the runtimes take it."""

import dataclasses
import importlib.metadata
import json

import numpy as np
from safetensors import safe_open

# Where bytes become floats: within what the runtime runs, or by NumPy before it.
INSIDE, BEFORE = "bytes in", "floats in, converted by NumPy"


@dataclasses.dataclass(frozen=True)
class Layer:
    weight: np.ndarray  # [outputs, inputs]
    bias: np.ndarray  # [outputs]
    activation: str


def read_layers(path):
    """The layers, for rows of bytes as they are: the input's scale is in the first weight, so that no runtime has to multiply."""
    with safe_open(path, "np") as file:
        metadata = file.metadata()
        activations = [layer["activation"] for layer in json.loads(metadata["nnscore.architecture"])["layers"]]
        scale = float.fromhex(json.loads(metadata["nnscore.input"])["scale"])
        layers = [
            Layer(file.get_tensor(f"layers.{index}.weight"), file.get_tensor(f"layers.{index}.bias"), activation)
            for index, activation in enumerate(activations)]
    first = layers[0]
    folded = (first.weight.astype(np.float64) * scale).astype(np.float32)
    return [dataclasses.replace(first, weight=folded), *layers[1:]]


def versions(*packages):
    return {package: importlib.metadata.version(package) for package in packages}
