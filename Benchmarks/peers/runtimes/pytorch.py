"""PyTorch as it is, as frozen TorchScript, and compiled by its inductor with frozen weights."""

import numpy as np
import torch
import torch.nn.functional as functional

from runtimes.model import BEFORE, INSIDE, versions

VERSIONS = versions("torch")
EAGER, SCRIPT, COMPILED = "eager", "frozen TorchScript", "torch.compile, frozen"
torch.set_num_threads(1)
torch.set_num_interop_threads(1)
torch.set_grad_enabled(False)


class Network(torch.nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.activations = [layer.activation for layer in layers]
        self.linear = torch.nn.ModuleList()
        for layer in layers:
            linear = torch.nn.Linear(layer.weight.shape[1], layer.weight.shape[0])
            linear.weight.copy_(torch.from_numpy(layer.weight))
            linear.bias.copy_(torch.from_numpy(layer.bias))
            self.linear.append(linear)

    def forward(self, rows):
        values = rows.to(torch.float32)
        for linear, activation in zip(self.linear, self.activations):
            values = linear(values)
            if activation == "relu":
                values = functional.relu(values)
            elif activation == "sigmoid":
                values = torch.sigmoid(values)
            else:
                values = torch.softmax(values, 1)
        return values


class Runtime:
    VARIANTS = (*(f"{input}; {how}" for how in (EAGER, SCRIPT) for input in (INSIDE, BEFORE)), f"{INSIDE}; {COMPILED}")

    def __init__(self, layers, rows):
        self.rows = rows
        self.network = Network(layers).eval()
        torch._dynamo.reset()

    def prepare(self, variant, batch):
        input, how = variant.split("; ")
        rows = self.rows[:batch]
        given = rows if input == INSIDE else rows.astype(np.float32)
        tensor = torch.from_numpy(given)
        run = self.made(how, tensor)
        latest = [None]

        def inside():
            latest[0] = run(tensor)

        def converted():
            np.copyto(given, rows)
            latest[0] = run(tensor)

        return (inside if input == INSIDE else converted), lambda: latest[0].numpy()

    def made(self, how, tensor):
        if how == EAGER:
            return self.network
        if how == SCRIPT:
            run = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(self.network, tensor)))
        else:
            torch._inductor.config.freezing = True
            torch._dynamo.config.recompile_limit = 64
            run = torch.compile(self.network, dynamic=False)
        for _ in range(3):  # it optimises while it runs for the first times
            run(tensor)
        return run
