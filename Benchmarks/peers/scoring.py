"""Measures scoring beside other runtimes and writes the tables of Benchmarks/RESULTS.md; Benchmarks/scoring makes what it needs and
runs it.

Each side is a process that scores the same rows by the same weights again and again, for as long as a line says. The sides take
turns, on the same core, after their scores were compared.
"""

import argparse
import os
import shutil
import statistics
import sys

import numpy as np

from harness import BENCHMARKS, Series, Side, write_results
from networks import FP32, INT8, NETWORKS, TWO_THREADS, arithmetic, cores
from scoring_tables import Tables

# How far a probability may be from nnscore's: sums of up to 12288 products in another order.
TOLERANCE = 1e-5
OURS = "nnscore"
PEERS = {
    "ONNX Runtime": FP32, "OpenVINO": FP32, "PyTorch": FP32, "JAX": FP32, "LiteRT": FP32, "NumPy": FP32, "ONNX Runtime int8": INT8,
}
# nnscore's own sides, and what they are started with: the kind of arithmetic and the threads.
OWN = {OURS: FP32, "nnscore int8": INT8, "nnscore, 2 threads": TWO_THREADS}
ROWS = 1024
CALIBRATION_TURNS = 3


class Cell:
    """What one side does with one network and batch: the variant that was chosen, and what it measured."""

    def __init__(self, variant, name):
        self.variant, self.name, self.series = variant, name, Series()


class Benchmark:
    def __init__(self, options):
        self.options = options
        self.folder = BENCHMARKS / ".build/scoring"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.cells = {}  # (network, batch, side) -> Cell
        self.kinds = {side: kind for side, kind in (OWN | PEERS).items() if side in OWN or options.wants_side(side)}
        self.versions, self.notes, self.ceilings = {}, [], {}

    def side(self, name):
        # One core for all, the last: the system's own work tends to the first. Threads that are made all the same gain nothing.
        among = sorted(os.sched_getaffinity(0), reverse=True)
        among = set(among[:cores(OWN.get(name, FP32))])
        # What would override the kernels that OpenBLAS finds for this processor.
        overrides = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
        environment = {key: value for key, value in os.environ.items() if key not in overrides}
        environment |= {
            "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
            "TORCHINDUCTOR_CACHE_DIR": str(self.folder / "inductor")}
        command = [sys.executable, str(BENCHMARKS / "peers/scoring_side.py"), name]
        if name in OWN:
            kind = OWN[name]
            command = [str(BENCHMARKS / ".build/release/ScoringBenchmark"), arithmetic(kind), str(cores(kind))]
        with open(self.folder / "log", "a") as log:
            return Side(command, self.folder, environment, among, log)

    def run(self):
        for index, network in enumerate(self.options.networks):
            print(f"scoring: {network.name}", file=sys.stderr, flush=True)
            self.measure_ceilings()
            model, rows = self.folder / f"{index}.safetensors", self.folder / f"{index}.rows"
            ours = self.side(OURS)
            layers = ",".join(f"{outputs}:{activation}" for outputs, activation in network.layers)
            ours("draw", model, index + 1, "x".join(map(str, network.shape)), layers)
            drawn_rows(network.inputs, index + 1).tofile(rows)
            ours.close()
            self.measure(network, model, rows)
        self.measure_ceilings()

    def measure_ceilings(self):
        """The best of all times: the core is the same in all of them."""
        sizes = sorted(set().union(*(network.read_sizes() for network in self.options.networks)))
        side = self.side(OURS)
        found = side("ceilings", 0.2, ",".join(map(str, sizes)))["ceilings"]
        side.close()
        best = self.ceilings or {"reads": dict.fromkeys(sizes, 0)}
        for kind in (FP32, INT8):
            best[kind] = max(best.get(kind, 0), found[kind])
        best["reads"] = {size: max(best["reads"][size], read) for size, read in zip(sizes, found["reads"])}
        best["int8Instructions"] = found["int8Instructions"]
        self.ceilings = best

    def measure(self, network, model, rows):
        sides, variants = {}, {}
        for name, kind in self.kinds.items():
            if kind not in network.kinds:
                continue
            side = self.side(name)
            answer = side("open", model, rows)
            if "error" in answer:
                self.note(f"{name} does not run here: {answer['error']}.")
                side.close()
                continue
            sides[name], variants[name] = side, answer["variants"]
            self.versions |= answer["versions"]
        expected, usable = self.compare(network, sides, variants)
        self.choose(network, sides, variants, usable)
        for turn in range(self.options.rounds):
            names = list(sides)
            # Another begins in each round.
            names = names[turn % len(names):] + names[:turn % len(names)]
            for batch in network.batches:
                for name in names:
                    cell = self.cells.get((network, batch, name))
                    if cell:
                        cell.series.add(self.time(sides[name], batch, self.options.seconds, cell.variant))
        for name, side in sides.items():
            # What was timed still computes the same, from rows that it has not overwritten.
            for batch in network.batches:
                if cell := self.cells.get((network, batch, name)):
                    found = self.scores(side, batch, cell.variant)[1]
                    self.difference(network, name, cell.name, found, expected)
            side.close()

    def time(self, side, batch, seconds, variant):
        answer = side("time", batch, seconds, variant)
        return answer | {"rate": answer["images"] / answer["seconds"]}

    def scores(self, side, batch, variant):
        """The answer, and the scores of the first rows, [batch, outputs], or None if the side cannot make them."""
        path = self.folder / "scores"
        answer = side("score", batch, variant, path)
        return answer, None if "error" in answer else np.fromfile(path, np.float32).reshape(batch, -1)

    def compare(self, network, sides, variants):
        """nnscore's scores, and which variants of which side give the same."""
        _, expected = self.scores(sides[OURS], ROWS, 0)
        if expected.std(axis=0).max() < 100 * TOLERANCE:
            sys.exit(f"{network.name}: the scores of all rows are nearly the same, so that to compare them says nothing")
        usable, furthest = {}, {}
        for name, side in sides.items():
            kind = self.kinds[name]
            for variant, title in enumerate(variants[name]):
                for batch in network.batches:
                    answer, found = self.scores(side, batch, variant)
                    if found is None:
                        self.note(f"{name}, {title}, is left out: {answer['error']}.")
                        continue
                    difference = self.difference(network, name, title, found, expected)
                    others = 1 - np.mean(classes(found) == classes(expected[:batch]))
                    furthest[kind] = max(furthest.get(kind, (0, 0)), (difference, others))
                    usable.setdefault((name, batch), []).append(variant)
        for kind, (difference, others) in furthest.items():
            more = f", and {100 * others:.1f} % of the classes are others" if kind == INT8 else f" (allowed: {TOLERANCE:g})"
            self.note(
                f"{network.name}, {kind}: the largest difference of a probability from nnscore's fp32 is {difference:.1g}{more}.")
        return expected, usable

    def difference(self, network, name, title, found, expected):
        """The largest from nnscore's scores; whoever computes something else ends the run."""
        batch = len(found)
        difference = float(np.abs(found - expected[:batch]).max())
        kind = self.kinds[name]
        if name in OWN and kind != INT8 and difference != 0:
            sys.exit(f"{network.name}: {name}'s scores of a batch of {batch} have other bits than those of {ROWS}")
        if kind == FP32 and not difference <= TOLERANCE:
            sys.exit(f"{network.name}: {name}, {title}, is {difference:.2g} from nnscore's scores of {batch} rows")
        return difference

    def choose(self, network, sides, variants, usable):
        """Each side's fastest variant for each batch."""
        for (name, batch), among in usable.items():
            rates = {
                variant: statistics.median(
                    self.time(sides[name], batch, self.options.seconds / 4, variant)["rate"] for _ in range(CALIBRATION_TURNS))
                for variant in among} if len(among) > 1 else {among[0]: 0}
            best = max(rates, key=rates.get)
            self.cells[network, batch, name] = Cell(best, variants[name][best])

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)


def drawn_rows(inputs, seed):
    """Noise of many brightnesses, so that scores differ; the first row has a 0 and a 255."""
    random = np.random.default_rng(seed)
    rows = (random.random((ROWS, inputs)) * 256 * random.random((ROWS, 1))).astype(np.uint8)
    rows[0, :2] = 0, 255
    return rows


def classes(scores):
    return scores[:, 0] > 0.5 if scores.shape[1] == 1 else scores.argmax(axis=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=0.2, help="for each side, network and batch in a round")
    parser.add_argument("--networks", help="some of: " + ", ".join(network.name for network in NETWORKS))
    parser.add_argument("--sides", help="some of: " + ", ".join(PEERS))
    parser.add_argument("--print", action="store_true", help="print the tables only; RESULTS.md stays")
    options = parser.parse_args()
    names = options.networks.split(",") if options.networks else [network.name for network in NETWORKS]
    if unknown := set(names) - {network.name for network in NETWORKS}:
        parser.error(f"no network {', '.join(unknown)}")
    wanted = options.sides.split(",") if options.sides else list(PEERS)
    if unknown := set(wanted) - set(PEERS):
        parser.error(f"no side {', '.join(unknown)}")
    if (options.networks or options.sides) and not options.print:
        parser.error("the tables of RESULTS.md are of all networks and sides: say --print")
    options.wants_side = lambda side: side in wanted
    options.networks = [network for network in NETWORKS if network.name in names]
    load = os.getloadavg()[0]
    benchmark = Benchmark(options)
    benchmark.run()
    text = Tables(benchmark, OWN, load).text()
    print(text)
    if not options.print:
        write_results("scoring", text)


main()
