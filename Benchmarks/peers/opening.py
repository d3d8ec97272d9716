"""Measures opening a model file beside a copy of its bytes and other runtimes, and writes the table of Benchmarks/RESULTS.md;
Benchmarks/opening makes what it needs and runs it.

The file is in the page cache. The sides take turns on the same core, after the scores of what they opened were compared.
"""

import argparse
import datetime
import os
import platform
import shutil
import sys

import numpy as np
import onnxruntime
import safetensors

from harness import BENCHMARKS, Series, Side, machine, measure, number, swift_version, table
from runtimes.model import read_layers
from runtimes.onnx_graph import onnx_graph

OURS, PACKED, COPY = "nnscore, opened", "nnscore, opened and packed for scoring", "a copy of the bytes, pages of 2 MB"
SAFETENSORS, RUNTIME = "safetensors for Python", "ONNX Runtime, a session"
# Which process, what line, and what it does to the bytes.
WORK = {
    COPY: ("ours", "copy-large", "mapped, copied into new memory"),
    "a copy of the bytes, pages of 4 kB": ("ours", "copy", "the same"),
    OURS: ("ours", "open", "mapped, checksum compared, each tensor copied"),
    PACKED: ("ours", "pack", "the same, and laid out for the kernels"),
    SAFETENSORS: ("peers", "safetensors", "each tensor copied; no checksum"),
    RUNTIME: ("peers", "session", "parsed, copied, laid out for its kernels; no checksum"),
}
# How far a probability may be from nnscore's: sums of up to 4096 products in another order.
TOLERANCE = 1e-5


class Benchmark:
    def __init__(self, options):
        self.options = options
        self.folder = BENCHMARKS / ".build/opening"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.model, self.network = self.folder / "model.safetensors", self.folder / "network.onnx"
        self.series = {name: Series() for name in WORK}

    def run(self):
        # One core for all, the last: the system's own work tends to the first.
        core = {max(os.sched_getaffinity(0))}
        commands = {
            "ours": [str(BENCHMARKS / ".build/release/OpeningBenchmark")],
            "peers": [sys.executable, str(BENCHMARKS / "peers/opening_side.py")]}
        sides = {name: Side(command, self.folder, cores=core) for name, command in commands.items()}
        sides["ours"]("draw", self.model)
        self.network.write_bytes(onnx_graph(read_layers(self.model), "batch", True).SerializeToString())
        files = {name: self.network if name == RUNTIME else self.model for name in WORK}
        ours, theirs = (np.array(sides[side]("score", file)["scores"]) for side, file in (("ours", self.model), ("peers", self.network)))
        if np.abs(ours - theirs).max() > TOLERANCE or np.ptp(ours) < 100 * TOLERANCE:
            sys.exit(f"the scores differ: {ours}, {theirs}")
        names = list(WORK)
        # The first round is not counted: it brings the files and the programs into memory.
        for turn in range(self.options.rounds + 1):
            for name in names[turn % len(names):] + names[:turn % len(names)]:
                side, command, _ = WORK[name]
                answer = sides[side](command, files[name])
                if turn > 0:
                    self.series[name].add(answer)
        for side in sides.values():
            side.close()

    def text(self, load):
        size = self.model.stat().st_size
        ours = self.series[OURS].median()
        rows = [["side", "what it does", "ms", "GB/s", "of nnscore's time, opened"]]
        for name, (_, _, what) in WORK.items():
            series = self.series[name]
            rows.append([
                name, what, series.text(), number(size / series.median() / 1e9), f"**{series.median() / ours:.2f} ×**"])
        date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")
        return (
            f"{date}; {machine()}, Linux {platform.release()}; {swift_version()}; Python {platform.python_version()}, safetensors "
            f"{safetensors.__version__}, numpy {np.__version__}, ONNX Runtime {onnxruntime.__version__}. Load average {load:.1f} before, "
            f"{os.getloadavg()[0]:.1f} after. A file of {size / 1e6:.1f} MB; medians of {self.options.rounds} rounds, with least and "
            f"most.\n\n{table(rows)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    measure("opening", parser, Benchmark)


main()
