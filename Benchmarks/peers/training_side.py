"""The peers' side of Benchmarks/training: one of them, named by the argument, that answers lines as TrainingBenchmark does.

A line that this peer cannot follow is answered with the reason.
"""

import importlib
import itertools
import os
import time

os.environ.update(JAX_PLATFORMS="cpu")

from answering import answer_commands
from trainers.task import Task

MODULES = {
    "NumPy": "trainers.numpy_blas", "PyTorch": "trainers.pytorch", "JAX": "trainers.jax_xla", "scikit-learn": "trainers.scikit_learn"}


class Peer:
    def __init__(self, name):
        self.module = importlib.import_module(MODULES[name])

    def about(self):
        return {"versions": self.module.VERSIONS}

    def open(self, path):
        self.task = Task(path)
        self.running = {}
        return {"variants": list(self.module.Trainer.VARIANTS), "versions": self.module.VERSIONS}

    def made(self, variant):
        return self.module.Trainer(self.task, self.module.Trainer.VARIANTS[int(variant)])

    def check(self, variant, steps):
        trainer = self.made(variant)
        for indices in itertools.islice(self.task.order(), int(steps)):
            trainer.step(indices)
        trainer.finish()
        return {"costs": trainer.costs()}

    def time(self, variant, steps):
        if variant not in self.running:
            trainer, order = self.made(variant), self.task.order()
            # What compiles does so for the full batch and for the last one of an epoch.
            for indices in itertools.islice(order, 3):
                trainer.step(indices)
                if indices is not None:
                    trainer.step(indices[:len(self.task.rows) % self.task.batch or None])
            trainer.finish()
            self.running[variant] = trainer, order
        trainer, order = self.running[variant]
        steps = itertools.islice(order, int(steps))
        began = time.perf_counter()
        for indices in steps:
            trainer.step(indices)
        trainer.finish()
        return {"seconds": time.perf_counter() - began}

    def reach(self, path, variant, folder, target, epochs):
        """From files to an accuracy on the test set; everything is imported already."""
        self.task = Task(path)
        order = self.task.order()
        began = time.perf_counter()
        rows, labels = self.task.load(folder)
        loading = time.perf_counter() - began
        trainer = self.made(variant)
        accuracies = []
        steps = -(-len(self.task.rows) // self.task.batch)
        while len(accuracies) < int(epochs) and not (accuracies and accuracies[-1] >= float(target)):
            for indices in itertools.islice(order, steps):
                trainer.step(indices)
            accuracies.append(trainer.accuracy(rows, labels))
        return {"seconds": time.perf_counter() - began, "loading": loading, "accuracies": accuracies}


answer_commands(Peer)
