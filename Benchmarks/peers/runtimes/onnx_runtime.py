"""ONNX Runtime with inputs and outputs bound once (IOBinding), one thread, no spinning."""

import numpy as np
import onnxruntime

from runtimes.model import BEFORE, INSIDE, versions
from runtimes.onnx_graph import ROWS, SCORES, onnx_graph

VERSIONS = versions("onnxruntime")


def bound_session(model, rows, outputs):
    """A function that scores what is in rows then, and the memory that its scores are in."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    scores = np.empty((len(rows), outputs), np.float32)
    binding = session.io_binding()
    binding.bind_ortvalue_input(ROWS, onnxruntime.OrtValue.ortvalue_from_numpy(rows))
    binding.bind_output(SCORES, "cpu", 0, np.float32, scores.shape, scores.ctypes.data)
    # The session's own function: the method around it only checks that what is bound is bound.
    run, native, options = session._sess.run_with_iobinding, binding._iobinding, None
    return (lambda: run(native, options)), scores, (session, binding, rows)


class Runtime:
    VARIANTS = (INSIDE, BEFORE)

    def __init__(self, layers, rows):
        self.layers, self.rows = layers, rows

    def prepare(self, variant, batch):
        rows = self.rows[:batch]
        inside = variant == INSIDE
        given = rows if inside else rows.astype(np.float32)
        run, scores, _kept = bound_session(onnx_graph(self.layers, batch, inside), given, len(self.layers[-1].bias))

        def converted():
            np.copyto(given, rows)
            run()

        return (run if inside else converted), lambda: scores if _kept else None
