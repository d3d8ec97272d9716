"""The peer of Benchmarks/pipeline: one process that scores a folder with Pillow and ONNX Runtime, and prints CSV.

Usage: pipeline_side.py plain|draft THREADS NETWORK FOLDER
`draft` lets libjpeg decode at the smallest of its sizes that is not below the network's. The last line on standard error is how
many seconds the pictures took, without the start.
"""

import pathlib
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime
from PIL import Image

SIDE, BATCH = 64, 32
mode, threads, network, folder = sys.argv[1:]

options = onnxruntime.SessionOptions()
# The pictures take nearly all of the time: more threads that wait for so small a network only take it from them.
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])


def row(file):
    with Image.open(file) as picture:
        if mode == "draft":
            picture.draft("RGB", (SIDE, SIDE))
        picture = picture.convert("RGB")
        if picture.size != (SIDE, SIDE):
            picture = picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
        return np.asarray(picture).reshape(-1)


began = time.perf_counter()
files = sorted(file for file in pathlib.Path(folder).rglob("*") if file.suffix in (".png", ".jpg"))
pool = ThreadPoolExecutor(int(threads)) if int(threads) > 1 else None
rows = np.empty((BATCH, SIDE * SIDE * 3), np.uint8)
for first in range(0, len(files), BATCH):
    batch = files[first:first + BATCH]
    for place, pixels in enumerate(pool.map(row, batch) if pool else map(row, batch)):
        rows[place] = pixels
    scores = session.run(None, {"rows": rows[:len(batch)]})[0]
    print("\n".join(f"{file},{float(score[0])}" for file, score in zip(batch, scores)))
sys.stdout.flush()
print(time.perf_counter() - began, file=sys.stderr)
