"""PyTorch: eager with the optimiser over all tensors at once or fused, and compiled by its inductor."""

import os

import torch
import torch.nn.functional as functional

from trainers.task import versions

VERSIONS = versions("torch")
FOREACH, FUSED, COMPILED = "eager, foreach optimiser", "eager, fused optimiser", "torch.compile, fused optimiser"
torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


class Trainer:
    VARIANTS = tuple(f"{held}; {how}" for held in ("bytes", "floats") for how in (FUSED, FOREACH, COMPILED))

    def __init__(self, task, variant):
        held, how = variant.split("; ")
        self.holds_floats = held == "floats"
        self.source = torch.from_numpy(task.floats() if self.holds_floats else task.rows.copy())
        self.labels = torch.from_numpy(task.labels)
        self.is_binary = task.widths[-1] == 1
        self.targets = self.labels[:, None].to(torch.float32) if self.is_binary else self.labels
        self.layers = [
            (torch.from_numpy(weight.copy()).requires_grad_(), torch.from_numpy(bias.copy()).requires_grad_())
            for weight, bias in task.layers]
        parameters = [tensor for layer in self.layers for tensor in layer]
        kind = torch.optim.Adam if task.adam else torch.optim.SGD
        self.optimizer = kind(parameters, lr=task.rate, **({"foreach": True} if how == FOREACH else {"fused": True}))
        self.cost = torch.compile(self.loss, dynamic=False) if how == COMPILED else self.loss
        self.noted = []
        if not task.is_whole:
            width = task.widths[0]
            self.rows = torch.empty((task.batch, width), dtype=torch.float32 if self.holds_floats else torch.uint8)

    def forward(self, rows):
        values = rows
        if rows.dtype == torch.uint8:
            values = rows.to(torch.float32).mul_(1 / 255) if not torch.compiler.is_compiling() else rows.to(torch.float32) * (1 / 255)
        for weight, bias in self.layers[:-1]:
            values = functional.relu(functional.linear(values, weight, bias))
        return functional.linear(values, *self.layers[-1])

    def loss(self, rows, targets):
        outputs = self.forward(rows)
        if self.is_binary:
            return functional.binary_cross_entropy_with_logits(outputs, targets)
        return functional.cross_entropy(outputs, targets)

    def step(self, indices):
        rows, targets = self.source, self.targets
        if indices is not None:
            chosen = torch.from_numpy(indices)
            rows = torch.index_select(self.source, 0, chosen, out=self.rows[:len(indices)])
            targets = self.targets[chosen]
        self.optimizer.zero_grad(set_to_none=True)
        cost = self.cost(rows, targets)
        cost.backward()
        self.optimizer.step()
        self.noted.append(cost.detach())

    def finish(self):
        pass

    def costs(self):
        return [cost.item() for cost in self.noted]

    def accuracy(self, rows, labels):
        with torch.no_grad():
            outputs = self.forward(torch.from_numpy(rows.copy()))
            return float((outputs.argmax(dim=1) == torch.from_numpy(labels)).to(torch.float32).mean())
