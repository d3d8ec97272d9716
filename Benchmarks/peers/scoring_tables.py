"""The tables of Benchmarks/scoring: nnscore beside the best peer and the limits, and what every side measured."""

import datetime
import os
import platform

from harness import machine, number, ratio, swift_version, table
from networks import FP32, INT8, KINDS, TWO_THREADS

NONE = "–"


class Tables:
    def __init__(self, benchmark, own, load):
        self.benchmark, self.own, self.load = benchmark, own, load
        self.networks = benchmark.options.networks

    def cell(self, network, batch, side):
        cell = self.benchmark.cells.get((network, batch, side))
        return cell if cell and cell.series.answers else None

    def ours(self, network, kind, batch):
        """nnscore's figures of a kind, or None until there is such a scorer."""
        return next((self.cell(network, batch, side) for side, of in self.own.items() if of == kind), None)

    def best(self, network, kind, batch):
        """Who is to be beaten, and its figures; two threads are measured against nnscore's one."""
        if kind == TWO_THREADS:
            return "nnscore, 1 thread", self.ours(network, FP32, batch)
        found = [
            (side, cell) for side, of in self.benchmark.kinds.items()
            if of == kind and side not in self.own and (cell := self.cell(network, batch, side))]
        return max(found, key=lambda pair: pair[1].series.median("rate"), default=(NONE, None))

    def text(self):
        parts = [self.about(), table(self.compared()), "Every side, images a second: median (least – most), and the variant."]
        parts += [table(self.everything()), "\n".join(f"- {note}" for note in self.notes())]
        return "\n\n".join(parts)

    def compared(self):
        rows = [[
            "network", "kind", "batch", "nnscore, images/s", "best peer, images/s", "ratio", "to reach", "reached", "limit, stated",
            "limit, measured", "of the measured"]]
        for network in self.networks:
            for kind in network.kinds:
                rows += [self.row(network, kind, batch) for batch in network.batches]
        return rows

    def row(self, network, kind, batch):
        ours, (name, peer) = self.ours(network, kind, batch), self.best(network, kind, batch)
        least = network.least.get(kind, {}).get(batch)
        limit = network.measured_limit(kind, batch, self.benchmark.ceilings)
        stated = network.stated_limit(kind, batch)
        rate = ours and ours.series.median("rate")
        times = peer and ours and ratio(ours.series, peer.series, "rate")
        target, reached = NONE if least is None else f"≥ {least} ×", None
        if times and least is not None:
            reached = times >= least
        if network.call:
            target = f"≤ {1e6 * network.call:g} µs a call"
            reached = None if rate is None else 1 / rate <= network.call
        figures = ours.series.text("rate", 1) if ours else NONE
        if ours and network.call:
            figures += f": {1e6 / rate:.2f} µs a call"
        return [
            network.name, kind, str(batch), figures, f"{name} {peer.series.text('rate', 1)}" if peer else NONE,
            f"**{times:.2f} ×**" if times else NONE, target, {None: NONE, True: "yes", False: "**no**"}[reached],
            f"{stated:,.0f}" if stated else NONE, f"{limit:,.0f}", f"{100 * rate / limit:.0f} %" if rate else NONE]

    def everything(self):
        rows = [["network", "kind", "batch", "side", "images/s", "variant"]]
        for network in self.networks:
            for kind in KINDS:
                for batch in network.batches:
                    cells = [
                        (side, cell) for side, of in self.benchmark.kinds.items()
                        if of == kind and (cell := self.cell(network, batch, side))]
                    cells.sort(key=lambda pair: -pair[1].series.median("rate"))
                    rows += [
                        [network.name, kind, str(batch), side, cell.series.text("rate", 1), cell.name] for side, cell in cells]
        return rows

    def about(self):
        options = self.benchmark.options
        date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")
        versions = ", ".join(f"{name} {version}" for name, version in sorted(self.benchmark.versions.items()))
        load = f"{self.load:.1f} before, {os.getloadavg()[0]:.1f} after"
        return (
            f"{date}; {machine()}, Linux {platform.release()}; {swift_version()}; Python {platform.python_version()}; {versions}. "
            f"Load average {load}. Medians of {options.rounds} rounds of {options.seconds:g} s for each figure, with least and most; a ratio is the "
            "median of those of the rounds.")

    def notes(self):
        ceilings = self.benchmark.ceilings
        reads = ", ".join(
            f"{size / 1e6:.2f} MB {read / 1e9:.0f} GB/s" for size, read in sorted(ceilings["reads"].items()))
        measured = (
            f"The limits as measured: {ceilings[FP32] / 1e9:.1f} GFLOP/s of independent fused multiply-adds, "
            f"{ceilings[INT8] / 1e9:.0f} GOP/s of bytes by {ceilings['int8Instructions']}; bytes read again and again: {reads}. "
            "The limit is that of computing or of reading, for one image the weights, for more the rows, whichever takes longer.")
        stated = (
            "The limits as stated are those of a Zen 4 core at full clock, with AVX-512 for bytes: 116 GFLOP/s, 466 GOP/s of bytes, "
            "and what its caches deliver.")
        missing = [kind for kind in KINDS if kind not in self.own.values()]
        absent = [f"nnscore has no scorer of this kind yet: {', '.join(missing)}."] if missing else []
        return [measured, stated, *absent, *self.benchmark.notes]
