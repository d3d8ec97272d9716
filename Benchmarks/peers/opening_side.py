"""The peers of Benchmarks/opening: a process that answers lines.

`safetensors FILE` loads all tensors, `session FILE` makes an inference session; `score FILE` scores a row by such a session.
"""

import json
import sys
import time

import numpy as np
import onnxruntime
from safetensors.numpy import load_file


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def answer(command, path):
    if command == "score":
        rows = (np.arange(4096) % 251).astype(np.uint8)[None]
        return {"scores": session(path).run(None, {"rows": rows})[0][0].tolist()}
    body = {"safetensors": load_file, "session": session}[command]
    began = time.perf_counter()
    result = body(path)
    seconds = time.perf_counter() - began
    # What it made goes after the clock was read.
    del result
    return {"seconds": seconds}


for line in sys.stdin:
    print(json.dumps(answer(*line.split())), flush=True)
