"""What nnscore's networks come to, trained by the command as a user would."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time

import h5py
import numpy as np

from harness import BENCHMARKS, table
from training_sides import about
from training_work import CATS

NNSCORE = BENCHMARKS.parent / ".build/release/nnscore"
MNIST = "--hidden 512,256 --optimizer adam --learning-rate 0.001 --batch-size 128 --epochs 20 --schedule cosine"
DIGITS = "--hidden 128 --optimizer adam --learning-rate 0.002 --epochs 40 --batch-size 32 --schedule cosine"
# The options and the accuracy that the median of the seeds is to reach.
RUNS = {
    "MNIST": ("mnist", MNIST, 0.983),
    "MNIST, pictures changed at random": ("mnist", f"{MNIST} --shift 2 --rotation 10", 0.988),
    "digits": ("Examples/digits", DIGITS, 0.97),
}
# The course's setting.
RATE, ITERATIONS = 0.0075, 2500
MOST_MEGABYTES = 120


class Accuracy:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.data = options.data.resolve()
        self.runs = {title: [] for title in RUNS}
        self.cats = []

    def run(self):
        for seed in range(1, self.options.seeds + 1):
            for title, (data, words, _) in RUNS.items():
                folder = self.data / data if data == "mnist" else BENCHMARKS.parent / data
                self.runs[title].append(self.train(
                    title, seed, "--data", folder / "train-images-idx3-ubyte.gz", "--validation", folder / "t10k-images-idx3-ubyte.gz",
                    *words.split()))
        self.compare_cats()

    def train(self, title, seed, *words):
        """Trains by the command; its report, with the most memory of the process."""
        print(f"training accuracy: {title}, seed {seed}", file=sys.stderr, flush=True)
        words = [
            NNSCORE, "train", "benchmark", "--seed", seed, "--threads", 2, "--store", self.folder / "store.sqlite", "--json", *words]
        with open(self.folder / "out", "w+") as out, open(self.folder / "err", "w+") as err:
            process = subprocess.Popen([str(word) for word in words], stdout=out, stderr=err)
            peak = 0
            while process.poll() is None:
                peak = max(peak, peak_kilobytes(process.pid))
                time.sleep(0.005)
            out.seek(0)
            err.seek(0)
            if process.returncode != 0:
                sys.exit(f"{' '.join(map(str, words))}: {err.read()}")
            return json.load(out) | {"megabytes": peak * 1024 / 1e6}

    # The course's cats

    def compare_cats(self):
        """nnscore in 32 bits beside NumPy in 64, from the same starts."""
        folder = self.data / "cats"
        sets = [read_cats(folder / f"{part}_catvnoncat.h5", part) for part in ("train", "test")]
        for seed in range(1, self.options.seeds + 1):
            random = np.random.default_rng(seed)
            layers = [
                ((random.standard_normal((outputs, inputs)) / np.sqrt(inputs)).astype(np.float32), np.zeros(outputs, np.float32))
                for inputs, outputs in zip(CATS, CATS[1:])]
            start = self.folder / f"start{seed}.safetensors"
            write_safetensors(start, layers)
            ours = self.train(
                "cats", seed, "--data", folder / "train_catvnoncat.h5", "--validation", folder / "test_catvnoncat.h5",
                "--hidden", ",".join(map(str, CATS[1:-1])), "--learning-rate", RATE, "--iterations", ITERATIONS, "--init-from", start)
            began = time.perf_counter()
            network, cost = descend(*sets[0], layers)
            seconds = time.perf_counter() - began
            self.cats.append({"seed": seed, "nnscore": ours, "numpy": {
                "seconds": seconds, "cost": {"final": cost},
                "accuracy": {part: accuracy(network, *set) for part, set in zip(("training", "validation"), sets)}}})

    # The tables

    def text(self, load):
        how = f"{self.options.seeds} seeds, 2 threads."
        rows = [["data", "options", "test accuracy: median (least – most)", "to reach", "reached", "seconds of training", "most memory, MB"]]
        for title, (_, words, least) in RUNS.items():
            found = sorted(run["accuracy"]["validation"] for run in self.runs[title])
            median = statistics.median(found)
            seconds, megabytes = (
                [statistics.median(values), min(values), max(values)]
                for values in ([run["seconds"] for run in self.runs[title]], [run["megabytes"] for run in self.runs[title]]))
            rows.append([
                title, f"`{words}`", f"{100 * median:.2f} % ({100 * found[0]:.2f} – {100 * found[-1]:.2f})", f"≥ {100 * least:g} %",
                "yes" if median >= least else "**no**", f"{seconds[0]:.1f} ({seconds[1]:.1f} – {seconds[2]:.1f})",
                f"{megabytes[0]:.1f} ({megabytes[1]:.1f} – {megabytes[2]:.1f})"])
        most = max(run["megabytes"] for run in self.runs["MNIST"])
        memory = (
            f"The most memory (VmHWM) of `nnscore train` on MNIST at batch 128: {most:.1f} MB; to reach: < {MOST_MEGABYTES} MB; reached: "
            f"{'yes' if most < MOST_MEGABYTES else '**no**'}.")
        cats = [["seed", *(
            f"{what}, {side}" for what in ("test accuracy", "training accuracy", "cost of the last iteration", "seconds")
            for side in ("nnscore, float32", "NumPy, float64"))]]
        for run in self.cats:
            row = [str(run["seed"])]
            for part in ("validation", "training"):
                row += [f"{100 * run[side]['accuracy'][part]:.2f} %" for side in ("nnscore", "numpy")]
            row += [f"{run[side]['cost']['final']:.6f}" for side in ("nnscore", "numpy")]
            cats.append([*row, *(f"{run[side]['seconds']:.1f}" for side in ("nnscore", "numpy"))])
        about_cats = (
            f"The course's cats, {'-'.join(map(str, CATS))}, all examples at once, learning rate {RATE}, {ITERATIONS} iterations, from the same "
            "start on both sides:")
        return "\n\n".join([about({"numpy": np.__version__}, load, how), table(rows), memory, about_cats, table(cats)])

    def results(self):
        return {"runs": self.runs, "cats": self.cats}


def peak_kilobytes(process):
    try:
        with open(f"/proc/{process}/status") as status:
            return next((int(line.split()[1]) for line in status if line.startswith("VmHWM:")), 0)
    except OSError:
        return 0


def read_cats(path, part):
    with h5py.File(path) as file:
        rows = file[f"{part}_set_x"][...]
        return rows.reshape(len(rows), -1) / 255.0, file[f"{part}_set_y"][...].astype(np.float64)[:, None]


def write_safetensors(path, layers):
    header, data = {}, b""
    for index, (weight, bias) in enumerate(layers):
        for name, values in (("weight", weight), ("bias", bias)):
            header[f"layers.{index}.{name}"] = {
                "dtype": "F32", "shape": values.shape, "data_offsets": [len(data), len(data) + values.nbytes]}
            data += values.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def forward(layers, rows):
    """The activations of all layers, [count, outputs], of the last one before its sigmoid."""
    values = [rows]
    for index, (weight, bias) in enumerate(layers):
        sums = values[-1] @ weight.T + bias
        values.append(np.maximum(sums, 0) if index < len(layers) - 1 else sums)
    return values


def descend(rows, targets, start):
    """The network after all iterations, and the cost of the last one before its update."""
    layers = [(weight.astype(np.float64), bias.astype(np.float64)) for weight, bias in start]
    for _ in range(ITERATIONS):
        values = forward(layers, rows)
        cost = float((np.logaddexp(0, values[-1]) - targets * values[-1]).mean())
        delta = (1 / (1 + np.exp(-values[-1])) - targets) / len(rows)
        for index in reversed(range(len(layers))):
            weight, bias = layers[index]
            gradients = delta.T @ values[index], delta.sum(axis=0)
            if index:
                delta = delta @ weight * (values[index] > 0)
            weight -= RATE * gradients[0]
            bias -= RATE * gradients[1]
    return layers, cost


def accuracy(layers, rows, targets):
    return float(((forward(layers, rows)[-1] > 0) == (targets > 0)).mean())
