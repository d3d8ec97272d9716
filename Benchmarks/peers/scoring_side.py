"""The peers' side of Benchmarks/scoring: one runtime, named by the argument, that answers lines as ScoringBenchmark does.

A line that this runtime cannot follow is answered with the reason.
"""

import importlib
import os
import time

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", JAX_PLATFORMS="cpu")

import numpy as np

from answering import answer_commands
from runtimes.model import read_layers

MODULES = {
    "ONNX Runtime": "runtimes.onnx_runtime", "ONNX Runtime int8": "runtimes.onnx_runtime_int8", "OpenVINO": "runtimes.open_vino",
    "NumPy": "runtimes.numpy_blas", "PyTorch": "runtimes.pytorch", "JAX": "runtimes.jax_xla", "LiteRT": "runtimes.lite_rt",
}


class Peer:
    def __init__(self, name):
        self.module = importlib.import_module(MODULES[name])

    def open(self, model, rows):
        layers = read_layers(model)
        rows = np.fromfile(rows, np.uint8).reshape(-1, layers[0].weight.shape[1])
        self.runtime = self.module.Runtime(layers, rows)
        self.prepared = {}
        return {"variants": list(self.module.Runtime.VARIANTS), "versions": self.module.VERSIONS}

    def call(self, batch, variant):
        key = int(batch), int(variant)
        if key not in self.prepared:
            self.prepared[key] = self.runtime.prepare(self.module.Runtime.VARIANTS[key[1]], key[0])
        return self.prepared[key]

    def score(self, batch, variant, path):
        call, scores = self.call(batch, variant)
        call()
        np.ascontiguousarray(scores(), dtype=np.float32).tofile(path)
        return {}

    def time(self, batch, seconds, variant):
        call, _ = self.call(batch, variant)
        call()
        # The clock is read once a slice, and a slice takes a millisecond or more.
        count, elapsed, slice = 0, 0.0, 1
        while elapsed < float(seconds):
            turns = range(slice)
            began = time.perf_counter()
            for _ in turns:
                call()
            duration = time.perf_counter() - began
            count += slice
            elapsed += duration
            if duration < 1e-3:
                slice *= 2
        return {"seconds": elapsed, "images": count * int(batch)}


answer_commands(Peer)
