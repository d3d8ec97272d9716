"""Runs of 50 steps in float64 by PyTorch with several sigmoid outputs and with linear ones, for TargetAgreementTests.swift.

Run: python3 pytorch_targets.py > pytorch_targets.json   (made with PyTorch 2.13; any version gives it up to rounding)

Labels: binary_cross_entropy_with_logits, added up over the labels of an example and averaged over the examples. Quantities: mse_loss.
Label smoothing makes a label y into y·(1 - s) + s/2. All else as in pytorch_runs.py.
"""
import json
import math

import torch
from torch.nn import functional

from pytorch_runs import STEPS, epoch_order, make_optimizer


def make_problem(seed, count, area, hidden, activation, task, outputs):
    random = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 256, (count, area), generator=random)
    if task == "multilabel":
        targets = torch.randint(0, 2, (count, outputs), generator=random).to(torch.float64)
    else:
        # As they are in 32 bits, which is what a set holds.
        targets = (2 * torch.randn(count, outputs, generator=random) + 1).to(torch.float32).to(torch.float64)
    widths = [area] + hidden + [outputs]
    start = [
        {"weight": (torch.randn(n * k, generator=random) / math.sqrt(k)).tolist(),
         "bias": (0.1 * torch.randn(n, generator=random)).tolist()} for k, n in zip(widths, widths[1:])]
    return {"task": task, "outputs": outputs, "area": area, "hidden": hidden, "activation": activation,
            "pixels": pixels.flatten().tolist(), "targets": targets.flatten().tolist(), "start": start}


PROBLEMS = {
    "labels by relu": make_problem(3, 29, 8, [6, 5], "relu", "multilabel", 4),
    "one label": make_problem(4, 17, 5, [], "relu", "multilabel", 1),
    "quantities by tanh": make_problem(5, 27, 7, [5], "tanh", "regression", 3),
    "one quantity": make_problem(6, 19, 6, [], "relu", "regression", 1),
}
KINDS = {
    "gradient descent": {"learning_rate": 0.05},
    "momentum in batches": {"optimizer": "momentum", "momentum": 0.9, "learning_rate": 0.02, "batch_size": 6, "iterations": STEPS},
    "adam and l2": {"optimizer": "adam", "learning_rate": 0.02, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "l2": 0.02},
}


def run(name, kind, **changes):
    problem = PROBLEMS[name]
    h = {"hidden": problem["hidden"], "activation": problem["activation"], "seed": 7, "precision": "float64",
         "initialization": None, "iterations": STEPS, **changes}
    x = torch.tensor(problem["pixels"]).reshape(-1, problem["area"]).to(torch.float64) / 255
    y = torch.tensor(problem["targets"]).reshape(-1, problem["outputs"])
    weights = [torch.tensor(p["weight"]).reshape(len(p["bias"]), -1).requires_grad_() for p in problem["start"]]
    biases = [torch.tensor(p["bias"]).requires_grad_() for p in problem["start"]]
    optimizer = make_optimizer(h, weights, biases)
    count, smoothing = len(y), h.get("label_smoothing", 0.0)
    size = h.get("batch_size", count)
    steps_per_epoch = -(-count // size)
    costs = []
    for step in range(STEPS):
        epoch, place = divmod(step, steps_per_epoch)
        order = list(range(count)) if size >= count else epoch_order(count, h["seed"], epoch)
        chosen = torch.tensor(order[place * size:(place + 1) * size])
        a = x[chosen]
        for layer, (w, b) in enumerate(zip(weights, biases)):
            z = a @ w.T + b
            if layer < len(weights) - 1:
                a = torch.relu(z) if h["activation"] == "relu" else torch.tanh(z)
        if problem["task"] == "multilabel":
            target = (1 - smoothing) * y[chosen] + smoothing / 2
            cost = functional.binary_cross_entropy_with_logits(z, target, reduction="sum") / len(chosen)
        else:
            cost = functional.mse_loss(z, y[chosen])
        if "l2" in h:
            cost = cost + h["l2"] / 2 * sum((w * w).sum() for w in weights)
        costs.append(cost.item())
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
    return {"name": f"{kind}, {name}", "problem": name, "hyperparameters": h, "costs": costs,
            "end": [{"weight": w.flatten().tolist(), "bias": b.tolist()} for w, b in zip(weights, biases)]}


runs = [run(name, kind, **changes) for name in PROBLEMS for kind, changes in KINDS.items()]
runs += [run(name, "label smoothing", learning_rate=0.1, label_smoothing=0.2) for name in list(PROBLEMS)[:2]]
print(json.dumps({"problems": PROBLEMS, "runs": runs}, separators=(",", ":")))
