"""Measures `nnscore score` beside Pillow with ONNX Runtime and writes the table of Benchmarks/RESULTS.md; Benchmarks/pipeline makes what
it needs and runs it.

Whole commands take turns: each is started, scores a folder of pictures and ends. Before that their scores are compared.
"""

import argparse
import csv
import datetime
import os
import platform
import shutil
import subprocess
import sys
import time

import numpy as np
import onnxruntime
import PIL
from PIL import features

from harness import BENCHMARKS, Series, machine, measure, number, swift_version, table
from pictures import COUNT, LARGE, SMALL, make_pictures
from runtimes.model import read_layers
from runtimes.onnx_graph import onnx_graph

NNSCORE = BENCHMARKS.parent / ".build/release/nnscore"
OURS = "nnscore score"
PEERS = {"Pillow": ("plain", 1), "Pillow, draft": ("draft", 1), "Pillow, 2 threads": ("plain", 2), "Pillow, draft, 2 threads": ("draft", 2)}
# What is to be beaten: one thread of Python, as the pictures are read in a loop.
COUNTED = ("Pillow", "Pillow, draft")
WORK = {
    "jpeg": (f"JPEG of {LARGE} pixels", tuple(PEERS), 4), "png": (f"PNG of {SMALL} pixels", ("Pillow", "Pillow, 2 threads"), 6)}
# The command with one picture, as often, to be done within so many milliseconds.
STARTS, START_WITHIN = 40, 20
# How far a score of the same pixels may be from nnscore's: sums of 12288 products in another order.
TOLERANCE = 1e-5


class Benchmark:
    def __init__(self, options):
        self.options = options
        self.folder = BENCHMARKS / ".build/pipeline"
        self.pictures = BENCHMARKS / ".build/pictures"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.environment = os.environ | {"NNSCORE_STORE": str(self.folder / "store.sqlite")}
        self.series = {}  # (kind, side) -> Series
        self.notes = []

    def run(self):
        what = make_pictures(self.pictures, self.options.data)
        sizes = {kind: np.mean([file.stat().st_size for file in (self.pictures / kind).rglob("*.*")]) for kind in WORK}
        self.notes.append(
            f"The files are made from {what}, {COUNT} of each kind: JPEG files of {sizes['jpeg'] / 1e3:.1f} kB, PNG files of "
            f"{sizes['png'] / 1e3:.1f} kB in the mean.")
        self.nnscore(
            "train", "pictures", "--data", self.pictures / "png", "--size", SMALL, "--hidden", "20,7,5", "--iterations", 100, "--seed", 1,
            "--promote")
        model, network = self.folder / "pictures.safetensors", self.folder / "network.onnx"
        self.nnscore("export", "pictures", model)
        network.write_bytes(onnx_graph(read_layers(model), "batch", True).SerializeToString())
        for kind in WORK:
            self.compare(kind)
        for turn in range(self.options.rounds):
            for kind, (_, peers, _) in WORK.items():
                names = [OURS, *peers]
                names = names[turn % len(names):] + names[:turn % len(names)]
                for name in names:
                    self.series.setdefault((kind, name), Series()).add(self.time(name, kind))
        for _ in range(STARTS):
            self.series.setdefault(("one", OURS), Series()).add(self.time(OURS, "one"))

    def nnscore(self, *words):
        result = subprocess.run(
            [NNSCORE, *map(str, words)], capture_output=True, text=True, env=self.environment)
        if result.returncode != 0:
            sys.exit(f"nnscore {' '.join(map(str, words))}: {result.stderr}")

    def command(self, name, kind):
        if name == OURS:
            return [str(NNSCORE), "score", "pictures", str(self.pictures / kind), "--format", "csv", "--threads", "2"]
        mode, threads = PEERS[name]
        side = BENCHMARKS / "peers/pipeline_side.py"
        return [sys.executable, str(side), mode, str(threads), str(self.folder / "network.onnx"), str(self.pictures / kind)]

    def time(self, name, kind):
        """From the start of the process to its end; for the peers also without what stands before the first picture."""
        with open(self.folder / "scores", "w+") as scores, open(self.folder / "notes", "w+") as notes:
            began = time.perf_counter()
            process = subprocess.Popen(self.command(name, kind), stdout=scores, stderr=notes, env=self.environment)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - began
            # Popen need not wait for it any more.
            process.returncode = os.waitstatus_to_exitcode(status)
            notes.seek(0)
            said = notes.read()
        if process.returncode != 0:
            sys.exit(f"{name}, {kind}: {said}")
        answer = {"seconds": seconds, "rate": COUNT / seconds, "processor": usage.ru_utime + usage.ru_stime}
        if name != OURS:
            answer["pictures"] = COUNT / float(said.split()[-1])
        return answer

    def scores(self, name, kind):
        self.time(name, kind)
        with open(self.folder / "scores", newline="") as file:
            rows = list(csv.reader(file))
        if name == OURS:
            # The last column of scores is that of the second class, the network's one output.
            column = max(index for index, title in enumerate(rows[0]) if title.startswith("score:"))
            return {os.path.basename(row[0]): float(row[column]) for row in rows[1:]}
        return {os.path.basename(path): float(score) for path, score in rows}

    def compare(self, kind):
        """PNG files give all sides the same pixels; JPEG files those of the size at which they are decoded."""
        title, peers, _ = WORK[kind]
        ours = self.scores(OURS, kind)
        if len(ours) != COUNT or np.std(list(ours.values())) < 100 * TOLERANCE:
            sys.exit(f"{title}: {len(ours)} scores that say nothing; expected {COUNT} that differ")
        for name in peers:
            theirs = self.scores(name, kind)
            if theirs.keys() != ours.keys():
                sys.exit(f"{title}: {name} scored other files")
            pairs = np.array([(ours[file], theirs[file]) for file in ours])
            difference = np.abs(pairs[:, 0] - pairs[:, 1])
            if kind == "png" and difference.max() > TOLERANCE:
                sys.exit(f"{title}: {name} is {difference.max():.2g} from nnscore's scores")
            others = np.mean((pairs[:, 0] > 0.5) != (pairs[:, 1] > 0.5))
            if name in COUNTED:
                self.notes.append(
                    f"{title}, {name}: a score differs from nnscore's by {difference.max():.1g} at most, by {difference.mean():.1g} in the "
                    f"mean, and {100 * others:.1f} % of the classes are others.")

    def text(self, load):
        rows = [[
            "pictures", "side", "whole command, images/s", "processor, ms", "without its start, images/s", "ratio",
            "ratio, the peer's start not counted"]]
        met = []
        for kind, (title, peers, least) in WORK.items():
            ours = self.series[kind, OURS]
            rate = ours.median("rate")
            rows.append([title, OURS, ours.text("rate", 1), f"{1e3 * ours.median('processor'):.0f}", "–", "–", "–"])
            for name in peers:
                peer = self.series[kind, name]
                rows.append([
                    title, name, peer.text("rate", 1), f"{1e3 * peer.median('processor'):.0f}", peer.text("pictures", 1),
                    f"**{rate / peer.median('rate'):.2f} ×**", f"{rate / peer.median('pictures'):.2f} ×"])
            best = max((name for name in peers if name in COUNTED), key=lambda name: self.series[kind, name].median("rate"))
            ratio = rate / self.series[kind, best].median("rate")
            met.append(
                f"{title}: {ratio:.2f} × {best}, to reach ≥ {least} ×: " + ("reached" if ratio >= least else "**not reached**"))
        date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")
        about = (
            f"{date}; {machine()}, Linux {platform.release()}; {swift_version()}; Python {platform.python_version()}, Pillow "
            f"{PIL.__version__} with libjpeg-turbo {features.version('libjpeg_turbo')}, ONNX Runtime {onnxruntime.__version__}. Load "
            f"average {load:.1f} before, {os.getloadavg()[0]:.1f} after. Medians of {self.options.rounds} rounds, with least and most.")
        one = self.series["one", OURS]
        start = 1e3 * one.median("seconds")
        met.append(
            f"One picture of {SMALL} pixels, the same command from its start to its end, {STARTS} times: {one.text('seconds')} ms, to reach "
            f"≤ {START_WITHIN} ms: " + ("reached" if start <= START_WITHIN else "**not reached**"))
        notes = [*met, *self.notes]
        return "\n\n".join([about, table(rows), "\n".join(f"- {note}." if not note.endswith(".") else f"- {note}" for note in notes)])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--data", default=os.environ.get("NNSCORE_TEST_DATA"), help="a folder with cats/images; default NNSCORE_TEST_DATA")
    measure("pipeline", parser, Benchmark)


main()
