"""The MLflow side of Benchmarks/store: tracking and registry in one SQLite file, artifacts in a local folder.

Does one piece of work for each line on standard input, and answers with a line of JSON that says how long the work itself took.
"""

import json
import logging
import os
import sys
import time

os.environ.update(MLFLOW_DISABLE_TELEMETRY="true", DO_NOT_TRACK="true", GIT_PYTHON_REFRESH="quiet")

import numpy as np
from mlflow.entities import Metric, Param
from mlflow.tracking import MlflowClient

logging.disable(logging.WARNING)
NAME = "cats"
SHAPES = [(512, 784), (512,), (256, 512), (256,), (10, 256), (10,)]


class Peer:
    def __init__(self):
        self.random = np.random.default_rng(1)
        self.client = None

    def open(self, path):
        self.folder = os.path.dirname(path)

        def work():
            uri = f"sqlite:///{path}"
            self.client = MlflowClient(tracking_uri=uri, registry_uri=uri)
            # The schema is made at first use, of either.
            self.client.search_experiments(max_results=1)
            self.client.search_registered_models(max_results=1)

        return timed(work)

    def prepare(self):
        artifacts = os.path.join(self.folder, "artifacts")
        self.experiment = self.client.create_experiment("benchmark", artifact_location=f"file://{artifacts}")
        self.client.create_registered_model(NAME)
        return {"seconds": 0}

    def register(self):
        weights = np.concatenate(
            [self.random.normal(0, (2 / shape[-1]) ** 0.5, shape).astype(np.float32).ravel() for shape in SHAPES])
        costs = self.random.random(100)
        file = os.path.join(self.folder, "weights.npy")

        def work():
            run = self.client.create_run(self.experiment)
            now = int(time.time() * 1000)
            self.client.log_batch(
                run.info.run_id,
                metrics=[Metric("cost", float(cost), now, step) for step, cost in enumerate(costs)]
                + [Metric(key, 0.98, now, 0) for key in ("accuracy.training", "accuracy.validation", "cost.training")],
                params=[Param("learning_rate", "0.1"), Param("iterations", "100")])
            np.save(file, weights)
            self.client.log_artifact(run.info.run_id, file)
            self.client.set_terminated(run.info.run_id)
            self.client.create_model_version(
                NAME, source=f"{run.info.artifact_uri}/weights.npy", run_id=run.info.run_id, await_creation_for=0)

        return timed(work)

    def promote(self, number):
        return timed(lambda: self.client.set_registered_model_alias(NAME, "champion", number))

    def load(self):
        checksum = 0.0

        def work():
            nonlocal checksum
            version = self.client.get_model_version_by_alias(NAME, "champion")
            flat = np.load(version.source.removeprefix("file://"))
            tensors, start = [], 0
            for shape in SHAPES:
                size = int(np.prod(shape))
                tensors.append(flat[start:start + size].reshape(shape))
                start += size
            checksum = float(tensors[-1][0])

        return timed(work) | {"checksum": checksum}

    def list(self, _):
        found = []

        def work():
            found.extend(self.client.search_model_versions(f"name='{NAME}'", max_results=10_000))

        return timed(work) | {"count": len(found)}

    def size(self):
        total = sum(
            os.stat(os.path.join(folder, name)).st_size
            for folder, _, names in os.walk(self.folder) for name in names if name != "weights.npy" or "artifacts" in folder)
        return {"bytes": total, "raw": 4 * sum(int(np.prod(shape)) for shape in SHAPES)}


def timed(work):
    began = time.perf_counter()
    work()
    return {"seconds": time.perf_counter() - began}


peer = Peer()
# What others print must not get among the answers.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
for line in sys.stdin:
    command, *arguments = line.split()
    print(json.dumps(getattr(peer, command)(*arguments)), file=answers, flush=True)
