"""Measures training beside other frameworks and writes the tables of Benchmarks/RESULTS.md; Benchmarks/training makes what it needs and
runs it.

Three parts: `steps` times steps of the same work in turns, `to-98` whole trainings on MNIST, `accuracy` what nnscore's networks come to.
"""

import argparse
import json
import os
import pathlib
import sys

from harness import BENCHMARKS, write_results
from training_accuracy import Accuracy
from training_steps import Steps
from training_to_98 import To98

PARTS = {"steps": Steps, "to-98": To98, "accuracy": Accuracy}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help="some of " + ", ".join(PARTS) + "; all if none is named")
    parser.add_argument("--quick", action="store_true", help="a short trial, printed only: few rounds and seeds")
    parser.add_argument("--rounds", type=int, help="of steps (5)")
    parser.add_argument("--seeds", type=int, help="of to-98 and accuracy (5)")
    parser.add_argument("--sides", help="peers, some of NumPy, PyTorch, JAX, scikit-learn")
    parser.add_argument("--works", help="of steps, some of 1 to 5 in the order of the table")
    parser.add_argument("--threads", type=int, choices=(1, 2), help="of steps, one number of them alone")
    parser.add_argument(
        "--data", type=pathlib.Path, default=os.environ.get("NNSCORE_TEST_DATA"),
        help="folder with mnist and cats; without it steps leaves out MNIST")
    parser.add_argument("--print", action="store_true", help="print the tables only; RESULTS.md stays")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no part {', '.join(unknown)}")
    options.rounds = options.rounds or (2 if options.quick else 5)
    options.seeds = options.seeds or (1 if options.quick else 5)
    parts = [part for part in PARTS if part in (options.parts or PARTS)]
    if not options.data and parts != ["steps"]:
        parser.error("to-98 and accuracy need --data FOLDER or NNSCORE_TEST_DATA, a folder with mnist and cats")
    folder = BENCHMARKS / ".build/training"
    folder.mkdir(parents=True, exist_ok=True)
    narrowed = options.quick or options.sides or options.works or options.threads or not options.data
    for part in parts:
        print(f"training {part}", file=sys.stderr, flush=True)
        benchmark = PARTS[part](options, folder / part)
        load = os.getloadavg()[0]
        benchmark.run()
        text = benchmark.text(load)
        print(f"{text}\n", flush=True)
        (folder / f"{part}.json").write_text(json.dumps(benchmark.results(), indent=1))
        if not options.print and not narrowed:
            write_results(f"training {part}", text)
    print(f"training: all figures are in {folder}/*.json", file=sys.stderr)


main()
