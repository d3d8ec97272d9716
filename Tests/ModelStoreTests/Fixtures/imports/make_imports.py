"""Writes *.safetensors beside this script: state dicts of PyTorch networks as `nnscore import` meets them; and expected.json: what each
answers, in float64, with a bound on what arithmetic in float32 may differ by. (pip install torch numpy safetensors)

The values of a file, exactly as they are in it, are the network. NumPy computes its answers in float64, PyTorch must agree in float64.

The bound. With u = 2^-24, a sum of n products and a bias in float32, in whatever order, fused or not, errs by at most
(n + 1) u / (1 - (n + 1) u) times the sum of the magnitudes of its terms (Higham, Accuracy and Stability of Numerical Algorithms,
section 3.1). Weights of float64 are rounded to float32 once, and folding scale, mean and deviation into the first layer rounds each
weight and the bias once more, scale / deviation and mean / deviation in float64, which is less than one u: n + 4 covers all. An error e of a layer's inputs adds |W| e. relu,
leaky relu and tanh do not enlarge an error; sigmoid makes it at most a quarter; the probabilities of a softmax whose inputs err by
at most E change by a factor between exp(-2E) and exp(2E). Each activation rounds its result once more, and leaky relu its slope: 2.01 u
covers that, also for those that are not the nearest.
"""
import json
import pathlib

import numpy
import torch
from safetensors.torch import load_file, save_file

here = pathlib.Path(__file__).parent
u = 2.0**-24
activations = {
    "linear": (lambda z: z, lambda z, e: e),
    "relu": (lambda z: numpy.maximum(z, 0), lambda z, e: e),
    "leakyRelu": (lambda z: numpy.where(z > 0, z, 0.01 * z), lambda z, e: e),
    "tanh": (numpy.tanh, lambda z, e: e),
    "sigmoid": (lambda z: 1 / (1 + numpy.exp(-z)), lambda z, e: e / 4),
    "softmax": (
        lambda z: numpy.exp(z - z.max(-1, keepdims=True)) / numpy.exp(z - z.max(-1, keepdims=True)).sum(-1, keepdims=True),
        lambda z, e: activations["softmax"][0](z) * numpy.expm1(2 * e.max(-1, keepdims=True)),
    ),
}
modules = {
    "relu": torch.nn.ReLU(), "leakyRelu": torch.nn.LeakyReLU(), "tanh": torch.nn.Tanh(), "sigmoid": torch.nn.Sigmoid(),
    "softmax": torch.nn.Softmax(-1),
}


def answers(layers, names, x, magnitude):
    """Scores and bounds of rows x [count, inputs], whose products have the magnitudes of x as it is computed."""
    error = numpy.zeros_like(x)
    for index, ((weight, bias), name) in enumerate(zip(layers, names)):
        n = weight.shape[1]
        terms = (magnitude if index == 0 else numpy.abs(x) + error) @ numpy.abs(weight.T) + numpy.abs(bias)
        z = x @ weight.T + bias
        error = error @ numpy.abs(weight.T) + (n + 4) * u / (1 - (n + 4) * u) * terms
        function, grow = activations[name]
        x, error = function(z), grow(z, error)
        error = error + 2.01 * u * (numpy.abs(x) + error)
    return x, error


class Named(torch.nn.Module):
    """Layers with names of their own, as people write modules."""

    def __init__(self, widths, names):
        super().__init__()
        for name, inputs, outputs in zip(names, widths, widths[1:]):
            setattr(self, name, torch.nn.Linear(inputs, outputs))


def sequential(widths, names, bias=True):
    steps = []
    for inputs, outputs, name in zip(widths, widths[1:], names):
        steps += [torch.nn.Linear(inputs, outputs, bias=bias)] + ([modules[name]] if name in modules else [])
    return torch.nn.Sequential(*steps)


cases = []


def add(name, module, names, dtype, order=None, picture=None, scale=1.0, mean=(0.0,), deviation=(1.0,), prefix="", metadata=None):
    """Saves a module's state dict, and what the network answers to a few rows."""
    path = here / f"{name}.safetensors"
    state = {prefix + key: value.detach().to(dtype).contiguous() for key, value in module.state_dict().items()}
    save_file(state, path, metadata=metadata)
    values = {key: value.to(torch.float64).numpy() for key, value in load_file(path).items()}
    stems = [prefix + stem for stem in (order or dict.fromkeys(key.rsplit(".", 1)[0] for key in module.state_dict()))]
    layers = [(values[stem + ".weight"], values.get(stem + ".bias", numpy.zeros(1))) for stem in stems]
    inputs = layers[0][0].shape[1]
    generator = numpy.random.default_rng(len(name))
    if picture:
        height, width, channels = picture
        rows = generator.integers(0, 256, (5, height, width, channels))
        rows[0], rows[1] = 0, 255
        m, s = numpy.array(mean), numpy.array(deviation)
        x = ((rows * scale - m) / s).transpose(0, 3, 1, 2).reshape(5, -1)
        magnitude = (rows * scale / s + numpy.abs(m) / s).transpose(0, 3, 1, 2).reshape(5, -1)
        rows = rows.reshape(5, -1)
    else:
        rows = generator.normal(0, 1, (5, inputs)).astype("float32").astype("float64")
        rows[0] = 0
        x, magnitude = rows, numpy.abs(rows)
    scores, bounds = answers(layers, names, x, magnitude)
    # PyTorch itself, in float64, from the same values.
    y = torch.from_numpy(x)
    for (weight, bias), activation in zip(layers, names):
        y = torch.nn.functional.linear(y, torch.from_numpy(weight), torch.from_numpy(numpy.broadcast_to(bias, weight.shape[:1]).copy()))
        y = modules.get(activation, torch.nn.Identity())(y)
    assert numpy.allclose(y.numpy(), scores, rtol=1e-13, atol=1e-15), name
    cases.append({
        "file": path.name, "layers": stems, "activations": names, "type": str(dtype).removeprefix("torch."), "picture": picture,
        "scale": scale, "mean": list(mean), "deviation": list(deviation), "rows": rows.tolist(), "scores": scores.tolist(),
        "bounds": bounds.tolist(),
    })


torch.manual_seed(3)
deep = ["relu", "tanh", "softmax"]
for dtype in [torch.float32, torch.float64, torch.float16, torch.bfloat16]:
    torch.set_default_dtype(torch.float64 if dtype == torch.float64 else torch.float32)
    add(f"sequential-{str(dtype).removeprefix('torch.')}", sequential([20, 12, 7, 5], deep), deep, dtype, metadata={"format": "pt"})
torch.set_default_dtype(torch.float32)
# More than ten steps, whose names sort otherwise as texts; and a slope below zero.
many = ["leakyRelu"] * 6 + ["sigmoid"]
add("sequential-deep", sequential([9, 8, 8, 8, 8, 8, 8, 1], many), many, torch.float32)
add("sequential-nobias", sequential([6, 4, 3], ["relu", "linear"], bias=False), ["relu", "linear"], torch.float32)
add("module-named", Named([10, 6, 6, 4], ["fc1", "fc2", "fc3"]), deep, torch.float32, prefix="net.")
add("module-untold", Named([10, 6, 6, 4], ["hidden1", "hidden2", "head"]), deep, torch.float32)
# A picture of three channels, flattened channel by channel and normalised as torchvision does it.
imagenet = {"scale": 1 / 255, "mean": (0.485, 0.456, 0.406), "deviation": (0.229, 0.224, 0.225)}
flat = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(60, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1), torch.nn.Sigmoid())
add("picture-chw", flat, ["relu", "sigmoid"], torch.float32, picture=(4, 5, 3), **imagenet)
(here / "expected.json").write_text(json.dumps({"torch": torch.__version__, "numpy": numpy.__version__, "cases": cases}) + "\n")
