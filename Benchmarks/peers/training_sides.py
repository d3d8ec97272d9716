"""The processes that train: nnscore's and the peers', with as many threads and cores as they may have."""

import datetime
import os
import platform
import sys

from harness import BENCHMARKS, Side, machine, swift_version

OURS = "nnscore"
PEERS = ("NumPy", "PyTorch", "JAX", "scikit-learn")


def side(name, threads, folder, core=0):
    # The last cores, or those before the last `core`: the system's own work tends to the first.
    among = set(sorted(os.sched_getaffinity(0), reverse=True)[core : core + threads])
    # What would override the kernels that OpenBLAS finds for this processor.
    overrides = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "NNSCORE_ISA")
    environment = {key: value for key, value in os.environ.items() if key not in overrides}
    environment |= {key: str(threads) for key in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    environment |= {"TORCHINDUCTOR_CACHE_DIR": str(BENCHMARKS / ".build/inductor")}
    command = [sys.executable, str(BENCHMARKS / "peers/training_side.py"), name]
    if name == OURS:
        command = [str(BENCHMARKS / ".build/release/TrainingBenchmark"), str(threads)]
    with open(folder / "log", "a") as log:
        return Side(command, folder, environment, among, log)


def asked(name, side, *words):
    """The answer; whoever cannot follow ends the run."""
    answer = side(*words)
    if "error" in answer:
        sys.exit(f"{name}: {answer['error']}")
    return answer


def about(versions, load, how):
    date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")
    versions = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    return (
        f"{date}; {machine()}, Linux {platform.release()}; {swift_version()}; Python {platform.python_version()}; {versions}. "
        f"Load average {load:.1f} before, {os.getloadavg()[0]:.1f} after. {how}")
