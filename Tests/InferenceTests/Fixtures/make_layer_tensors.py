"""Writes the layers-*.safetensors beside this script with the reference package (pip install numpy safetensors).

Element i of tensor t is ((i * 37 + t * 11) % 101 - 50) / 64, exact in every type.
"""
import pathlib
import numpy
from safetensors.numpy import save_file

here = pathlib.Path(__file__).parent


def tensor(t, shape, dtype):
    i = numpy.arange(int(numpy.prod(shape)))
    return (((i * 37 + t * 11) % 101 - 50) / 64).reshape(shape).astype(dtype)


def layers(dtype):
    names = [("layers.0.weight", (3, 4)), ("layers.0.bias", (3,)), ("layers.1.weight", (2, 3)), ("layers.1.bias", (2,))]
    return {name: tensor(t, shape, dtype) for t, (name, shape) in enumerate(names)}


save_file(layers("float32"), here / "layers-f32.safetensors")
save_file(layers("float64"), here / "layers-f64.safetensors", metadata={"made-by": "NumPy"})
mixed = layers("float64")
mixed["layers.1.weight"] = mixed["layers.1.weight"].astype("float32")
save_file(mixed, here / "layers-mixed.safetensors")

bad = layers("float32")
bad["layers.1.weight"] = bad["layers.1.weight"].astype("float16")
save_file(bad, here / "layers-f16.safetensors")
bad = layers("float32")
bad["optimizer.step"] = tensor(9, (1,), "float32")
save_file(bad, here / "layers-extra.safetensors")
bad = layers("float32")
del bad["layers.1.bias"]
bad["layers.1.scale"] = tensor(9, (2,), "float32")
save_file(bad, here / "layers-missing.safetensors")
bad = layers("float32")
bad["layers.1.weight"] = tensor(2, (2, 5), "float32")
save_file(bad, here / "layers-unchained.safetensors")
bad = layers("float32")
bad["layers.1.bias"] = tensor(3, (3,), "float32")
save_file(bad, here / "layers-bias.safetensors")
bad = layers("float32")
bad["layers.0.weight"] = tensor(0, (3, 4, 1), "float32")
save_file(bad, here / "layers-rank.safetensors")
