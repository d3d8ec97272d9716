"""Measures the store beside MLflow and writes the table of Benchmarks/RESULTS.md; Benchmarks/store makes what it needs and runs it.

Each side is a process that does a piece of work for each line it is sent and says how long the work took; the sides take turns, so
that both meet the same disk and the same neighbours.
"""

import argparse
import datetime
import importlib.metadata
import mmap
import os
import pathlib
import platform
import shutil
import sqlite3
import statistics
import struct
import subprocess
import sys

from harness import BENCHMARKS, Series, Side, machine, swift_version, table, write_results

MILLISECONDS = 1e3


class CountedSide(Side):
    """A side of which is counted what it forces to the disk meanwhile."""

    def __init__(self, command, folder):
        self.folder = folder
        counts = folder / "syncs"
        if not counts.exists():
            counts.write_bytes(bytes(16))
        with open(counts, "r+b") as file:
            self.counts = mmap.mmap(file.fileno(), 16)
        environment = os.environ | {"LD_PRELOAD": str(BENCHMARKS / ".build/count_syncs.so"), "SYNC_COUNTS": str(counts)}
        super().__init__(command, folder, environment)

    def __call__(self, *words):
        before = struct.unpack("QQ", self.counts[:])
        answer = super().__call__(*words)
        after = struct.unpack("QQ", self.counts[:])
        return answer | {"syncs": after[0] - before[0], "sync_seconds": (after[1] - before[1]) * 1e-9}


def files_size(folder):
    return sum(file.stat().st_size for file in folder.rglob("*.sqlite*") if file.is_file())


class Benchmark:
    def __init__(self, options):
        self.options = options
        self.root = pathlib.Path(options.folder or BENCHMARKS / ".build/store").resolve()
        shutil.rmtree(self.root, ignore_errors=True)
        self.rows = []
        self.notes = []

    def side(self, name, which):
        folder = self.root / name
        folder.mkdir(parents=True, exist_ok=True)
        ours = [str(BENCHMARKS / ".build/release/StoreBenchmark")]
        peer = [sys.executable, str(BENCHMARKS / "peers/store_mlflow.py")]
        return CountedSide(ours if which == "ours" else peer, folder)

    def row(self, name, ours, peer, target, ratio=None, met=None):
        self.rows.append([name, ours, peer, ratio or "", target, "yes" if met else "**no**"])

    def timed_row(self, name, ours, peer, least):
        ratio = peer.median() / ours.median()
        self.row(name, ours.text(), peer.text(), f"≥ {least} × faster", f"**{ratio:.1f} ×**", ratio >= least)

    def run(self):
        self.open()
        self.lifetimes()
        self.many_versions()
        self.trained()

    def open(self):
        """A fresh store, as the first thing that a new process does; its imports are not counted."""
        ours, peer = Series(), Series()
        for turn in range(self.options.opens):
            for which, series in (("ours", ours), ("peer", peer)):
                side = self.side(f"open-{which}-{turn}", which)
                series.add(side("open", side.folder / "store.sqlite"))
                side.close()
        ratio = peer.median() / ours.median()
        self.row(
            "open a fresh store", ours.text(), peer.text(), "≤ 20 ms", f"**{ratio:.0f} ×**", ours.median() <= 0.020)
        again = Series()
        for turn in range(self.options.opens):
            side = self.side(f"open-ours-{turn}", "ours")
            again.add(side("open", side.folder / "store.sqlite"))
            side.close()
        self.notes.append(f"Opening an existing store, first in a process: {again.text()} ms.")

    def lifetimes(self):
        """Register, promote, load and list, in turns, in one store each."""
        ours, peer = self.side("ours", "ours"), self.side("peer", "peer")
        for side in (ours, peer):
            side("open", side.folder / "store.sqlite")
        peer("prepare")
        empty = files_size(ours.folder), peer("size")["bytes"]
        series = {}

        def measure(name, our_words, peer_words):
            ours_series, peer_series = series.setdefault(name, (Series(), Series()))
            ours_series.add(ours(*our_words))
            peer_series.add(peer(*peer_words))

        for _ in range(3):  # warm up: nothing of this is counted
            ours("register")
            peer("register")
        count = 3
        while count < 200:
            if count < 3 + self.options.registers:
                measure("register", ["register"], ["register"])
            else:
                ours("register")
                peer("register")
            count += 1
        size = (files_size(ours.folder) - empty[0]) / count, (peer("size")["bytes"] - empty[1]) / count
        raw = peer("size")["raw"]
        self.peer_bytes = size[1] / raw
        self.notes.append(
            f"Weights as drawn before training (normal, He): {size[0] / raw:.3f} × raw a version, everything counted.")
        for turn in range(self.options.rounds):
            words = ["promote", turn % 2 + 1]
            if turn < 2:
                ours(*words)
                peer(*words)
                continue
            measure("promote", words, words)
        for turn in range(self.options.rounds):
            if turn == 0:
                ours("load")
                peer("load")
            measure("load", ["load"], ["load"])
        for turn in range(self.options.rounds):
            if turn == 0:
                ours("list", "cats")
                peer("list", "cats")
            measure("list", ["list", "cats"], ["list", "cats"])
        assert all(answer["count"] == 200 for side in series["list"] for answer in side.answers)
        self.timed_row("register a version, durable", *series["register"], 5)
        self.timed_row("promote, the version verified first", *series["promote"], 5)
        self.timed_row("load what serves, ready to score; ours verified", *series["load"], 2)
        self.timed_row("list 200 versions", *series["list"], 20)
        for name in ("register", "promote"):
            for side, who in zip(series[name], ("nnscore", "MLflow")):
                syncs, seconds = side.median("syncs"), side.median("sync_seconds")
                self.notes.append(
                    f"{name} by {who}: {syncs:g} calls of fsync or fdatasync, which take {seconds * MILLISECONDS:.2f} ms of "
                    f"{side.median() * MILLISECONDS:.2f} ms ({100 * seconds / side.median():.0f} %).")
        self.verify(ours)
        ours.close()
        peer.close()

    def verify(self, ours):
        """The 200 versions of before, verified on all cores, beside what inflate and SHA-256 of the same bytes take alone."""
        verified, limits = Series(), Series()
        for _ in range(self.options.opens):
            verified.add(ours("verify"))
            limits.add(ours("limits", ours.folder / "store.sqlite"))
        size = verified.median("bytes")
        limit = limits.median("inflate") + limits.median("hash")
        speeds = [size / seconds / 1e9 for seconds in (verified.median(), limits.median("inflate"), limits.median("hash"), limit)]
        share = limit / verified.median()
        self.row(
            f"verify a store of {size / 1e9:.2f} GB of weights, {limits.median('cores'):g} cores",
            f"{verified.text()}: {speeds[0]:.2f} GB/s", "–", "near the limit of SHA-256 and inflate",
            f"{100 * share:.0f} % of the limit", share >= 0.7)
        self.notes.append(
            f"Limit of verify: inflating the store's own streams {speeds[1]:.2f} GB/s, SHA-256 {speeds[2]:.2f} GB/s, one after the "
            f"other {speeds[3]:.2f} GB/s, on {limits.median('cores'):g} cores, by the libraries that verify uses.")

    def many_versions(self):
        # The versions are written where syncing costs nothing, then moved to the disk that all else is measured on.
        memory = pathlib.Path("/dev/shm")
        folder = self.root / "many"
        folder.mkdir(parents=True)
        target = folder / "store.sqlite"
        source = memory / f"nnscore-benchmark-{os.getpid()}.sqlite" if memory.is_dir() else target
        side = self.side("many", "ours")
        side("open", source)
        side("fill", 10_000)
        if source != target:
            side.close()
            shutil.move(source, target)
            side = self.side("many", "ours")
            side("open", target)
        series = Series()
        for _ in range(self.options.opens):
            series.add(side("list", "small"))
        side.close()
        assert series.median("count") == 10_000
        self.row("list 10,000 versions", series.text(), "–", "≤ 50 ms", None, series.median() <= 0.050)

    def trained(self):
        data = self.options.data
        folder = pathlib.Path(data) / "mnist" if data else None
        name = "MNIST"
        if folder is None or not folder.is_dir():
            folder, name = BENCHMARKS.parent / "Examples/digits", "Examples/digits"
        images = next(folder.glob("train-images-idx3-ubyte*"))
        side = self.side("trained", "ours")
        side("open", side.folder / "store.sqlite")

        def train(seed, parent):
            before = files_size(side.folder)
            answer = side("train", seed, images, parent)
            return answer | {"growth": (files_size(side.folder) - before) / answer["raw"]}

        first = [train(seed, 0) for seed in range(1, 4)]
        children = [train(10 + parent["number"], int(parent["number"])) for parent in first]
        side.close()
        for label, answers, most in (("independent weights", first, 0.87), ("a fine-tuned child", children, 0.70)):
            growth = statistics.median(answer["growth"] for answer in answers)
            spread = f"{min(a['growth'] for a in answers):.3f} – {max(a['growth'] for a in answers):.3f}"
            self.row(
                f"bytes a version, {label}", f"{growth:.3f} × raw ({spread})", f"{self.peer_bytes:.3f} × raw",
                f"≤ {most} × raw", f"{self.peer_bytes / growth:.2f} × fewer", growth <= most)
        self.notes.append(
            f"Trained on {name}, [{'784' if name == 'MNIST' else '64'}, 512, 256, 10]: 100 steps of gradient descent over "
            f"{first[0]['examples']:.0f} examples from three seeds (accuracy {first[0]['accuracy']:.3f}); each child goes on from one "
            f"of them for 20 steps at a tenth of the rate on other examples (accuracy {children[0]['accuracy']:.3f}). "
            "The growth of the whole file is counted.")

    def text(self):
        head = ["", "nnscore, ms", "MLflow, ms", "ratio", "to reach", "reached"]
        date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")
        versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("mlflow", "numpy", "sqlalchemy"))
        device = subprocess.run(
            ["df", "--output=fstype", str(self.root)], capture_output=True, text=True).stdout.split()[-1]
        load = f"{self.load[0]:.1f} before, {os.getloadavg()[0]:.1f} after"
        about = (
            f"{date}; {machine()}, {device}, Linux {platform.release()}; SQLite {sqlite3.sqlite_version}, {swift_version()}; Python "
            f"{platform.python_version()}, {versions}. Load average {load}. Times are "
            f"medians, with least and most; opens and verify {self.options.opens} times, register {self.options.registers}, the others "
            f"{self.options.rounds}.")
        return "\n\n".join([about, table([head, *self.rows]), "\n".join(f"- {note}" for note in self.notes)])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", help="where the stores are made (default: Benchmarks/.build/store)")
    parser.add_argument("--data", default=os.environ.get("NNSCORE_TEST_DATA"), help="a folder with mnist/ in it")
    parser.add_argument("--opens", type=int, default=7)
    parser.add_argument("--registers", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--print", action="store_true", help="print the table only; RESULTS.md stays")
    benchmark = Benchmark(parser.parse_args())
    benchmark.load = os.getloadavg()
    benchmark.run()
    text = benchmark.text()
    print(text)
    shutil.rmtree(benchmark.root)
    if not benchmark.options.print:
        write_results("store", text)


main()
