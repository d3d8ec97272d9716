"""Runs of 50 steps in float64 by PyTorch, for PyTorchAgreementTests.swift.

Run: python3 pytorch_runs.py > pytorch_runs.json   (made with PyTorch 2.13; any version gives it up to rounding)

How hyperparameters map:
  gradient-descent, momentum, nesterov   torch.optim.SGD(momentum, nesterov)
  rmsprop                                torch.optim.RMSprop(alpha=beta2)
  adam, adamw                            torch.optim.Adam, AdamW with two groups of parameters: only weights decay
  step, exponential                      StepLR(every, factor), ExponentialLR(factor), stepped after each epoch
  cosine                                 CosineAnnealingLR(T_max=steps, eta_min=factor·rate), stepped after each iteration
  warmup of w                            LinearLR(1/w, 1, w - 1), stepped after each iteration, beside the scheduler of the shape;
                                         for cosine before it (SequentialLR), T_max then being steps - w
  l2                                     l2/2·Σ w² of the weights, added to the loss
  label_smoothing, class_weights         cross_entropy(label_smoothing), cross_entropy(weight); written out where both are given,
                                         which PyTorch combines otherwise, and for one sigmoid output
  clip_norm                              written out: clip_grad_norm_ divides by the norm + 1e-6
The order of mini-batches and the masks of dropout are drawn here by generators of their own.
"""
import json
import math

import torch
from torch.nn import functional
from torch.optim import lr_scheduler

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
STEPS = 50
M64 = (1 << 64) - 1


# --- Random numbers ---------------------------------------------------------------------------------------------------------

class SplitMix64:
    def __init__(self, state):
        self.state = state

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & M64
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & M64
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & M64
        return z ^ (z >> 31)


class Xoshiro256:
    """xoshiro256**, filled by SplitMix64."""

    def __init__(self, seed):
        mixer = SplitMix64(seed)
        self.s = [mixer.next() for _ in range(4)]

    def next(self):
        def rotate(x, k):
            return ((x << k) | (x >> (64 - k))) & M64

        s = self.s
        result = (rotate((s[1] * 5) & M64, 7) * 9) & M64
        shifted = (s[1] << 17) & M64
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = rotate(s[3], 45)
        return result

    def below(self, bound):
        """Lemire's method."""
        while True:
            product = self.next() * bound
            if product & M64 >= (1 << 64) % bound:
                return product >> 64


def epoch_order(count, seed, epoch):
    random = Xoshiro256((SplitMix64(seed).next() + epoch) & M64)
    order = list(range(count))
    for i in range(count - 1, 0, -1):
        j = random.below(i + 1)
        order[i], order[j] = order[j], order[i]
    return order


def philox(counter, key):
    """Philox4x32-10."""
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        c = [(b >> 32) ^ c[1] ^ k[0], b & 0xFFFFFFFF, (a >> 32) ^ c[3] ^ k[1], a & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


# The known answers of Random123.
assert philox([0] * 4, [0] * 2) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
assert philox([0xFFFFFFFF] * 4, [0xFFFFFFFF] * 2) == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]
assert philox([0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344], [0xA4093822, 0x299F31D0]) == [
    0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]


def mask(seed, layer, step, count, units, rate):
    keep = int((1 - rate) * 2**32)
    key = [seed & 0xFFFFFFFF, seed >> 32]
    return torch.tensor([
        [1 / (1 - rate) if philox([u // 4, e, layer, step], key)[u % 4] < keep else 0.0 for u in range(units)]
        for e in range(count)])


# --- Problems ---------------------------------------------------------------------------------------------------------------

def make_problem(seed, count, area, channels, hidden, activation, classes):
    random = torch.Generator().manual_seed(seed)
    features = area * channels
    pixels = torch.randint(0, 256, (count, features), generator=random)
    labels = torch.randint(0, classes, (count,), generator=random)
    labels[:classes] = torch.arange(classes)
    widths = [features] + hidden + [1 if classes == 2 else classes]
    start = [
        {"weight": (torch.randn(n * k, generator=random) / math.sqrt(k)).tolist(),
         "bias": (0.1 * torch.randn(n, generator=random)).tolist()} for k, n in zip(widths, widths[1:])]
    return {
        "pixels": pixels.flatten().tolist(), "labels": labels.tolist(), "classes": classes, "channels": channels,
        "area": area, "mean": [0.45, 0.55][:channels], "deviation": [0.25, 0.3][:channels], "hidden": hidden,
        "activation": activation, "start": start}


PROBLEMS = {
    "relu and softmax": make_problem(1, 31, 6, 2, [7, 5], "relu", 3),
    "tanh and sigmoid": make_problem(2, 26, 9, 1, [6], "tanh", 2),
}


# --- Runs -------------------------------------------------------------------------------------------------------------------

def make_optimizer(h, weights, biases):
    rate, name = h["learning_rate"], h.get("optimizer", "gradient-descent")
    both = weights + biases
    if name == "rmsprop":
        return torch.optim.RMSprop(both, rate, alpha=h["beta2"], eps=h["epsilon"])
    if name == "adam":
        return torch.optim.Adam(both, rate, betas=(h["beta1"], h["beta2"]), eps=h["epsilon"])
    if name == "adamw":
        groups = [{"params": weights, "weight_decay": h["weight_decay"]}, {"params": biases, "weight_decay": 0.0}]
        return torch.optim.AdamW(groups, rate, betas=(h["beta1"], h["beta2"]), eps=h["epsilon"])
    return torch.optim.SGD(both, rate, momentum=h.get("momentum", 0.0), nesterov=name == "nesterov")


def make_schedulers(h, optimizer):
    """Those stepped after each iteration, and after each epoch."""
    name, warmup = h.get("schedule", "constant"), h.get("warmup", 0)
    linear = lr_scheduler.LinearLR(optimizer, 1 / warmup, 1.0, warmup - 1) if warmup else None
    if name == "step":
        return [linear], [lr_scheduler.StepLR(optimizer, h["schedule_every"], h["schedule_factor"])]
    if name == "exponential":
        return [linear], [lr_scheduler.ExponentialLR(optimizer, h["schedule_factor"])]
    if name == "cosine":
        cosine = lr_scheduler.CosineAnnealingLR(
            optimizer, STEPS - warmup, h["schedule_factor"] * h["learning_rate"])
        return [lr_scheduler.SequentialLR(optimizer, [linear, cosine], [warmup]) if warmup else cosine], []
    return [linear], []


def make_loss(h, labels, classes):
    """Σ of weighted losses over Σ of weights, of weighted sums z and the labels of a step."""
    smoothing, weights = h.get("label_smoothing", 0.0), h.get("class_weights")
    if weights == "balanced":
        weights = [len(labels) / (classes * int((labels == c).sum())) for c in range(classes)]

    def loss(z, y):
        if classes > 2 and not (smoothing and weights):
            weight = torch.tensor(weights) if weights else None
            return functional.cross_entropy(z, y, weight=weight, label_smoothing=smoothing)
        if classes > 2:
            target = (1 - smoothing) * functional.one_hot(y, classes) + smoothing / classes
            each = functional.cross_entropy(z, target, reduction="none")
        else:
            target = (1 - smoothing) * y + smoothing / 2
            each = functional.binary_cross_entropy_with_logits(z[:, 0], target, reduction="none")
        factors = torch.tensor(weights)[y] if weights else torch.ones(len(y))
        return (factors * each).sum() / factors.sum()

    return loss


def run(problem_name, name, **changes):
    problem = PROBLEMS[problem_name]
    h = {"hidden": problem["hidden"], "activation": problem["activation"], "seed": 7, "precision": "float64",
         "initialization": None, "learning_rate": 0.1, **changes}
    if "batch_size" not in h:
        h["iterations"] = STEPS
    count, classes, area = len(problem["labels"]), problem["classes"], problem["area"]
    x = torch.tensor(problem["pixels"]).reshape(count, -1).to(torch.float64) / 255
    x = (x - torch.tensor(problem["mean"]).repeat(area)) / torch.tensor(problem["deviation"]).repeat(area)
    y = torch.tensor(problem["labels"])
    weights = [torch.tensor(p["weight"]).reshape(len(p["bias"]), -1).requires_grad_() for p in problem["start"]]
    biases = [torch.tensor(p["bias"]).requires_grad_() for p in problem["start"]]
    optimizer = make_optimizer(h, weights, biases)
    after_iteration, after_epoch = make_schedulers(h, optimizer)
    loss = make_loss(h, y, classes)
    size = h.get("batch_size", count)
    steps_per_epoch = -(-count // size)
    dropout = h.get("dropout", [])
    costs, rates, clipped = [], [], 0
    for step in range(STEPS):
        epoch, place = divmod(step, steps_per_epoch)
        order = list(range(count)) if size >= count else epoch_order(count, h["seed"], epoch)
        chosen = torch.tensor(order[place * size:(place + 1) * size])
        a = x[chosen]
        for layer, (w, b) in enumerate(zip(weights, biases)):
            z = a @ w.T + b
            if layer == len(weights) - 1:
                break
            a = torch.relu(z) if h["activation"] == "relu" else torch.tanh(z)
            if dropout:
                rate = dropout[layer if len(dropout) > 1 else 0]
                a = a * mask(h["seed"], layer, step, len(chosen), a.shape[1], rate)
        cost = loss(z, y[chosen])
        if "l2" in h:
            cost = cost + h["l2"] / 2 * sum((w * w).sum() for w in weights)
        costs.append(cost.item())
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.zero_grad()
        cost.backward()
        if "clip_norm" in h:
            norm = math.sqrt(sum(float((p.grad * p.grad).sum()) for p in weights + biases))
            if norm > h["clip_norm"]:
                clipped += 1
                for p in weights + biases:
                    p.grad *= h["clip_norm"] / norm
        optimizer.step()
        for scheduler in after_iteration:
            if scheduler:
                scheduler.step()
        if place == steps_per_epoch - 1:
            for scheduler in after_epoch:
                scheduler.step()
    # Some steps are clipped and some are not.
    assert "clip_norm" not in h or 0 < clipped < STEPS, clipped
    result = {"name": f"{name}, {problem_name}", "problem": problem_name, "hyperparameters": h, "costs": costs}
    if "schedule" in h or "warmup" in h:
        result["rates"] = rates
    result["end"] = [{"weight": w.flatten().tolist(), "bias": b.tolist()} for w, b in zip(weights, biases)]
    return result


OPTIMIZERS = [
    {"learning_rate": 0.3},
    {"optimizer": "momentum", "momentum": 0.9},
    {"optimizer": "nesterov", "momentum": 0.8},
    {"optimizer": "rmsprop", "learning_rate": 0.01, "beta2": 0.9, "epsilon": 1e-8},
    {"optimizer": "adam", "learning_rate": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    {"optimizer": "adamw", "learning_rate": 0.02, "beta1": 0.85, "beta2": 0.99, "epsilon": 1e-7, "weight_decay": 0.1},
]
SCHEDULES = [
    {"schedule": "constant"},
    {"schedule": "step", "schedule_factor": 0.5, "schedule_every": 3},
    {"schedule": "exponential", "schedule_factor": 0.9},
    {"schedule": "cosine", "schedule_factor": 0.05},
]
REGULARISERS = {
    "l2": {"l2": 0.02},
    "label smoothing": {"label_smoothing": 0.1},
    "class weights": {"class_weights": "balanced"},
    "clipping": {"clip_norm": 0.2},
    "dropout": {"dropout": [0.3]},
}


def main():
    runs = []
    for index, problem in enumerate(PROBLEMS):
        batches = {"batch_size": 7, "epochs": 10} if index == 0 else {"batch_size": 9, "iterations": STEPS}
        for optimizer in OPTIMIZERS:
            title = optimizer.get("optimizer", "gradient-descent")
            runs.append(run(problem, title, **optimizer))
            runs.append(run(problem, title + " in batches", **optimizer, **batches))
        for schedule in SCHEDULES:
            if schedule["schedule"] != "constant":
                runs.append(run(problem, schedule["schedule"], **schedule, **(batches if index else {})))
            kind = {"optimizer": "momentum", "momentum": 0.9} if index else {}
            runs.append(run(
                problem, schedule["schedule"] + " after a warm-up", **schedule, warmup=8, **kind, **({} if index else batches)))
        for title, regulariser in REGULARISERS.items():
            runs.append(run(problem, title, **regulariser))
        classes = PROBLEMS[problem]["classes"]
        runs.append(run(
            problem, "all of it", **OPTIMIZERS[5], **SCHEDULES[3], warmup=5, **batches, l2=0.01, label_smoothing=0.1,
            class_weights=[0.5, 2.0, 1.25][:classes], clip_norm=0.5, dropout=[0.2, 0.4][:len(PROBLEMS[problem]["hidden"])]))
    print(json.dumps({"problems": PROBLEMS, "runs": runs}, separators=(",", ":")))


if __name__ == "__main__":
    main()
