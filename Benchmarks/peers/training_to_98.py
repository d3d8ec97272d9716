"""MNIST from its files to 98 % of the test set, whole trainings in turns."""

import shutil
import sys

from harness import Series, table
from training_sides import OURS, PEERS, about, asked, side
from training_work import MNIST_BY_ADAM as WORK, draw_start, write_work

TARGET, MOST_EPOCHS, THREADS, LEAST = 0.98, 20, 2, 1.5
# What each peer trains with: bytes, and nothing that is compiled for longer than it takes; the fastest of each by `steps` or not far from it.
VARIANTS = {"NumPy": 0, "PyTorch": 0, "JAX": 0, "scikit-learn": 0}


class To98:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.mnist = options.data.resolve() / "mnist"
        self.names = [OURS, *(name for name in PEERS if not options.sides or name in options.sides.split(","))]
        self.series = {name: Series() for name in self.names}
        self.versions = {}

    def run(self):
        for seed in range(1, self.options.seeds + 1):
            start, order, path = self.folder / "start", self.folder / "order", self.folder / "work.json"
            draw_start(WORK.widths, seed, start)
            ours = side(OURS, THREADS, self.folder)
            asked(OURS, ours, "order", WORK.count, WORK.batch, seed, MOST_EPOCHS, order)
            ours.close()
            write_work(path, WORK, start, seed, order=order)
            first = seed % len(self.names)
            for name in self.names[first:] + self.names[:first]:
                print(f"training to-98: {name}, seed {seed}", file=sys.stderr, flush=True)
                process = side(name, THREADS, self.folder)
                if name != OURS:
                    self.versions |= asked(name, process, "about")["versions"]
                answer = asked(name, process, "reach", path, VARIANTS.get(name, 0), self.mnist, TARGET, MOST_EPOCHS)
                process.close()
                if max(answer["accuracies"]) < TARGET:
                    sys.exit(f"{name}, seed {seed}: {answer['accuracies']} after {MOST_EPOCHS} epochs, which is below {TARGET}")
                epochs = len(answer["accuracies"])
                training = answer["seconds"] - answer["loading"]
                self.series[name].add(answer | {"epochs": epochs, "epoch": training / epochs})

    def text(self, load):
        ours = self.series[OURS].median()
        rows = [["side", "seconds to 98 %", "beside nnscore", "reading the files, s", "epochs", "seconds an epoch, with the measurement"]]
        for name in self.names:
            series = self.series[name]
            epochs = ", ".join(map(str, series.values("epochs")))
            rows.append([
                name, series.text(factor=1), f"{series.median() / ours:.2f} ×", series.text("loading", 1), epochs, series.text("epoch", 1)])
        how = (
            f"{self.options.seeds} seeds, of each the start and the order of the examples the same on all sides; {WORK.name}, {WORK.title}, "
            f"learning rate {WORK.rate:g}, {THREADS} threads. Median (least – most).")
        parts = [about(self.versions, load, how), table(rows)]
        peers = {name: self.series[name].median() for name in self.names if name != OURS}
        if peers:
            best = min(peers, key=peers.get)
            ratio = peers[best] / ours
            epochs = self.series[best].median("epoch") / self.series[OURS].median("epoch")
            parts.append(
                f"nnscore beside {best}, the best peer: **{ratio:.2f} ×**; to reach: ≥ {LEAST} ×; reached: "
                f"{'yes' if ratio >= LEAST else '**no**'}. An epoch alone, which is the same work on all sides: "
                f"{epochs:.2f} ×.")
        return "\n\n".join(parts)

    def results(self):
        return {name: series.answers for name, series in self.series.items()}
