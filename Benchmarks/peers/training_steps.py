"""Steps of training, timed in turns."""

import shutil
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from harness import Series, number, ratio, table
from training_sides import OURS, PEERS, about, asked, side
from training_work import LEAST_SCALING, THREADS, WORKS, draw_start, examples_of, write_work

# Steps whose costs are compared with nnscore's, and how far they may be from them: sums in another order, in 32 bits. Adam makes much of
# a little in its first steps, where it divides small gradients by their own size: what is equal in all else is 1 % apart after 30.
CHECKED, TOLERANCE = 10, 1e-3
CALIBRATION_TURNS = 3
# Seconds between two turns: threads of OpenMP and OpenBLAS go on waiting awake for some 200 ms after their side's turn.
PAUSE = 0.4
NONE = "–"


class Steps:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.works = [work for index, work in enumerate(WORKS, 1) if not options.works or str(index) in options.works.split(",")]
        self.left_out = []
        if not options.data:
            self.works = [work for work in self.works if not work.is_mnist]
            self.left_out.append("Steps with MNIST are left out: --data or NNSCORE_TEST_DATA does not say where it is.")
        if not self.works:
            sys.exit("--works names only steps with MNIST, which need --data FOLDER or NNSCORE_TEST_DATA")
        self.threads = [threads for threads in THREADS if options.threads in (None, threads)]
        self.peers = [name for name in PEERS if not options.sides or name in options.sides.split(",")]
        self.cells = {}  # (work, threads, side, variant) -> Series of milliseconds a step
        self.chosen = {}  # (work, threads, side, "bytes" or "floats") -> variant
        self.alone, self.at_once = {}, {}  # work -> Series: nnscore on one thread in the rounds of two; and two of it at once
        self.versions, self.furthest = {}, {}
        self.peak = 0
        self.used = None  # the share of MNIST's pixels that are not 0 in a whole batch

    def run(self):
        for index, work in enumerate(self.works):
            rows, labels = examples_of(work, self.options.data, self.folder)
            if work.is_mnist and self.used is None:
                pixels = np.fromfile(rows, np.uint8)[:work.count // work.batch * work.batch * work.widths[0]]
                batches = pixels.reshape(-1, work.batch, work.widths[0])
                self.used = float((batches.max(axis=1) > 0).mean())
            start, order, path = self.folder / "start", self.folder / "order", self.folder / f"work{index}.json"
            draw_start(work.widths, 1, start)
            self.measure_peak()
            if work.batch:
                ours = side(OURS, 1, self.folder)
                asked(OURS, ours, "order", work.count, work.batch, 1, 1, order)
                ours.close()
            write_work(path, work, start, 1, rows, labels, order if work.batch else None)
            for threads in self.threads:
                print(f"training steps: {work.name}, {work.title}, threads: {threads}", file=sys.stderr, flush=True)
                self.measure(work, path, threads)
            self.measure_peak()

    def measure_peak(self):
        """The best of all times: the core is the same in all of them."""
        ours = side(OURS, 1, self.folder)
        self.peak = max(self.peak, asked(OURS, ours, "ceiling", 0.3)["operations"])
        ours.close()

    def measure(self, work, path, threads):
        sides, variants = {}, {}
        for name in (OURS, *self.peers):
            sides[name] = side(name, threads, self.folder)
            answer = asked(name, sides[name], "open", path)
            variants[name] = answer["variants"]
            self.versions |= answer["versions"]
        turn = max(1, work.turn // (8 if self.options.quick else 1))
        timed = []
        expected = asked(OURS, sides[OURS], "check", 0, CHECKED)["costs"]
        if not expected[-1] < expected[0]:
            sys.exit(f"{work.name}, {work.title}: nnscore's cost did not become less, so that to compare it says nothing")
        for name in sides:
            rates = {}
            for variant, title in enumerate(variants[name]):
                if not self.agrees(work, name, title, sides[name]("check", variant, CHECKED), expected):
                    continue
                short = max(1, turn // 8)
                sides[name]("time", variant, short)
                rates[variant] = statistics.median(
                    asked(name, sides[name], "time", variant, short)["seconds"] for _ in range(CALIBRATION_TURNS))
            for held in ("bytes", "floats"):
                among = [variant for variant in rates if name == OURS and held == "bytes" or variants[name][variant].startswith(held)]
                if among:
                    best = min(among, key=rates.get)
                    self.chosen[work, threads, name, held] = variants[name][best]
                    timed.append((name, best))
        pair = [side(OURS, 1, self.folder, core) for core in range(2)] if threads == 2 else []
        for process in pair:
            asked(OURS, process, "open", path)
            process("time", 0, max(1, turn // 8))
        for round in range(self.options.rounds):
            if pair:
                self.time_pair(work, pair, turn)
            # Another begins in each round.
            first = round % len(timed)
            for name, variant in timed[first:] + timed[:first]:
                time.sleep(PAUSE)
                seconds = asked(name, sides[name], "time", variant, turn)["seconds"]
                key = work, threads, name, variants[name][variant]
                self.cells.setdefault(key, Series()).add({"seconds": seconds / turn})
        for process in (*sides.values(), *pair):
            process.close()

    def time_pair(self, work, pair, turn):
        """What two threads could come to: two trainings that share nothing but the machine, beside one that has it alone."""
        def seconds(process):
            return asked(OURS, process, "time", 0, turn)["seconds"] / turn

        time.sleep(PAUSE)
        self.alone.setdefault(work, Series()).add({"seconds": seconds(pair[0])})
        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(seconds, pair)
        self.at_once.setdefault(work, Series()).add({"seconds": 1 / (1 / first + 1 / second)})

    def agrees(self, work, name, title, answer, expected):
        """Whether a variant runs here; who computes something else ends the run."""
        if "error" in answer:
            note = f"{name}, {title}, is left out: {answer['error']}."
            if note not in self.left_out:
                self.left_out.append(note)
            return False
        difference = max(abs(found - cost) / cost for found, cost in zip(answer["costs"], expected, strict=True))
        if not difference <= TOLERANCE:
            sys.exit(
                f"{work.name}, {work.title}: the costs of {name}, {title}, are up to {difference:.2g} of nnscore's from them in "
                f"{CHECKED} steps")
        self.furthest[work] = max(self.furthest.get(work, 0), difference)
        return True

    # The tables

    def cell(self, work, threads, name, held):
        variant = self.chosen.get((work, threads, name, held))
        return self.cells.get((work, threads, name, variant))

    def best(self, work, threads, held):
        found = [(name, cell) for name in self.peers if (cell := self.cell(work, threads, name, held))]
        return min(found, key=lambda pair: pair[1].median(), default=None)

    def text(self, load):
        how = (
            f"{self.options.rounds} rounds, in each of them {', '.join(sorted({str(work.turn) for work in self.works}))} steps in one go; "
            "milliseconds a step: median (least – most); a ratio is the median of those of the rounds.")
        if self.options.quick:
            how += " A quick trial: an eighth of those steps."
        parts = [about(self.versions, load, how), table(self.compared())]
        if len(self.threads) == len(THREADS):
            parts.append(table(self.scaling()))
        parts += ["Every side, milliseconds a step, and the variant.", table(self.everything())]
        return "\n\n".join([*parts, "\n".join(f"- {note}" for note in self.notes())])

    def compared(self):
        rows = [[
            "network", "step", "threads", "nnscore, ms", "best peer, ms", "ratio", "to reach", "reached",
            "best peer that holds floats, ms", "ratio", "limit, ms", "of the peak"]]
        for work in self.works:
            for threads in self.threads:
                ours = self.cell(work, threads, OURS, "bytes")
                limit = work.operations / (threads * self.peak)
                row = [work.name, work.title, str(threads), ours.text()]
                for held in ("bytes", "floats"):
                    peer = self.best(work, threads, held)
                    times = peer and ratio(peer[1], ours)
                    row += [f"{peer[0]} {peer[1].text()}", f"**{times:.2f} ×**"] if peer else [NONE, NONE]
                    if held == "bytes":
                        row += [f"≥ {work.least} ×", NONE if times is None else "yes" if times >= work.least else "**no**"]
                rows.append([*row, number(1e3 * limit), f"{100 * limit / ours.median():.0f} %"])
        return rows

    def scaling(self):
        rows = [[
            "network", "step", *(f"{name}, 2 threads beside 1" for name in (OURS, *self.peers)), "nnscore is to reach", "reached",
            "two trainings at once beside one"]]
        for work in self.works:
            ratios = []
            for name in (OURS, *self.peers):
                one, two = (self.cell(work, threads, name, "bytes") for threads in (1, 2))
                if name == OURS:
                    one = self.alone[work]
                # Peers have one and two threads in rounds of their own.
                ratios.append(one and two and (ratio(one, two) if name == OURS else one.median() / two.median()))
            reached = "yes" if ratios[0] >= LEAST_SCALING else "**no**"
            texts = [f"{times:.2f} ×" if times else NONE for times in ratios]
            rows.append([work.name, work.title, f"**{texts[0]}**", *texts[1:], f"≥ {LEAST_SCALING} ×", reached,
                         f"{ratio(self.alone[work], self.at_once[work]):.2f} ×"])
        return rows

    def everything(self):
        rows = [["network", "step", "threads", "side", "ms", "of the peak", "variant"]]
        for work in self.works:
            for threads in self.threads:
                cells = [(key[2:], cell) for key, cell in self.cells.items() if key[:2] == (work, threads)]
                cells.sort(key=lambda pair: pair[1].median())
                limit = work.operations / (threads * self.peak)
                rows += [
                    [work.name, work.title, str(threads), name, cell.text(), f"{100 * limit / cell.median():.0f} %", variant]
                    for (name, variant), cell in cells]
        return rows

    def notes(self):
        yield (
            f"The limits: {self.peak / 1e9:.1f} GFLOP/s of independent fused multiply-adds a core, as measured. A step's operations are those of "
            "its matrix products: " + ", ".join(f"{work.operations / 1e6:.0f} million for {work.name}" for work in unique(self.works)) + ".")
        if self.used:
            work = next(work for work in self.works if work.is_mnist)
            first = 4 * work.examples * work.widths[0] * work.widths[1]
            least = (work.operations - first * (1 - self.used)) / self.peak
            yield (
                f"Of MNIST's pixels {100 * (1 - self.used):.0f} % are 0 in a whole batch (as it lies in the file). nnscore leaves them out of the "
                f"first layer, which no peer does, with the same costs; the limits count them. Without them one is {number(1e3 * least)} ms.")
        for work in self.works:
            yield (
                f"{work.name}, {work.title}: over {CHECKED} steps from the same start the costs of all sides are within "
                f"{self.furthest[work]:.1g} of nnscore's (allowed: {TOLERANCE:g}).")
        if self.at_once:
            yield (
                "Two trainings at once: two processes of nnscore, each on one thread and a core of its own, steps a second together beside "
                "those of one that has the machine alone. It is what two cores of this machine have to give; nnscore's one thread is that one.")
        yield from self.left_out

    def results(self):
        return {
            "peak": self.peak, "versions": self.versions,
            "at_once": [
                {"network": work.name, "step": work.title, "alone": self.alone[work].values(), "two": self.at_once[work].values()}
                for work in self.at_once],
            "checked": {work.title: far for work, far in self.furthest.items()},
            "steps": [
                {"network": work.name, "step": work.title, "threads": threads, "side": name, "variant": variant,
                 "operations": work.operations, "seconds": cell.values()}
                for (work, threads, name, variant), cell in self.cells.items()]}


def unique(works):
    return {work.name: work for work in works}.values()
