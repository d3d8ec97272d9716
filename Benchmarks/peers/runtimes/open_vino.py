"""OpenVINO's infer request on memory shared with it, one thread, one stream."""

import numpy as np
import openvino

from runtimes.model import BEFORE, INSIDE, versions
from runtimes.onnx_graph import onnx_graph

VERSIONS = versions("openvino")
SETTINGS = {
    "INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32",
    "ENABLE_CPU_PINNING": False,
}
INFER, ASYNC = "infer", "start_async and wait"


class Runtime:
    VARIANTS = tuple(f"{input}; {run}" for input in (INSIDE, BEFORE) for run in (INFER, ASYNC))

    def __init__(self, layers, rows):
        self.layers, self.rows = layers, rows
        self.core = openvino.Core()

    def prepare(self, variant, batch):
        inside, infers = variant.startswith(INSIDE), variant.endswith(INFER)
        rows = self.rows[:batch]
        given = rows if inside else rows.astype(np.float32)
        scores = np.empty((batch, len(self.layers[-1].bias)), np.float32)
        model = self.core.read_model(onnx_graph(self.layers, batch, inside).SerializeToString())
        request = self.core.compile_model(model, "CPU", SETTINGS).create_infer_request()
        request.set_input_tensor(openvino.Tensor(given, shared_memory=True))
        request.set_output_tensor(openvino.Tensor(scores, shared_memory=True))

        def call():
            if not inside:
                np.copyto(given, rows)
            if infers:
                request.infer(share_outputs=True)
            else:
                request.start_async()
                request.wait()

        return call, lambda: scores
