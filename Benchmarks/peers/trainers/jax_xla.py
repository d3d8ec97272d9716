"""JAX: a whole step compiled by XLA, its parameters donated, and examples gathered within it or by NumPy."""

import os

if os.environ["OMP_NUM_THREADS"] == "1":
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false --xla_force_host_platform_device_count=1"

import jax
import jax.numpy as jnp
import numpy as np

from trainers.task import versions

VERSIONS = versions("jax", "jaxlib")
WITHIN, BEFORE = "gathered by XLA", "gathered by NumPy"
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


class Trainer:
    VARIANTS = tuple(f"{held}; {how}" for held in ("bytes", "floats") for how in (WITHIN, BEFORE))

    def __init__(self, task, variant):
        held, how = variant.split("; ")
        self.task = task
        self.within = how == WITHIN
        source = task.floats() if held == "floats" else task.rows
        # All examples of a step stay where they are.
        self.source = jax.device_put(source) if self.within or task.is_whole else source
        self.labels = jax.device_put(task.labels.astype(np.int32)) if self.within or task.is_whole else task.labels.astype(np.int32)
        self.parameters = [(jnp.array(weight.T), jnp.array(bias)) for weight, bias in task.layers]
        zeros = lambda: jax.tree.map(jnp.zeros_like, self.parameters)
        self.state = (zeros(), zeros(), jnp.zeros((), jnp.float32)) if task.adam else ()
        self.run = jax.jit(self.made(task.adam, task.rate, task.widths[-1] == 1), donate_argnums=(0, 1))
        self.predict = jax.jit(lambda parameters, rows: forward(parameters, rows).argmax(axis=1))
        self.noted = []

    def made(self, adam, rate, is_binary):
        def cost(parameters, rows, labels):
            outputs = forward(parameters, rows)
            if is_binary:
                return jnp.mean(jnp.logaddexp(0, outputs[:, 0]) - labels * outputs[:, 0])
            return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(outputs), labels[:, None], axis=1))

        def step(parameters, state, rows, labels, indices):
            if indices is not None:
                rows, labels = jnp.take(rows, indices, axis=0, mode="clip"), jnp.take(labels, indices, mode="clip")
            value, gradients = jax.value_and_grad(cost)(parameters, rows, labels)
            if not adam:
                return jax.tree.map(lambda p, g: p - rate * g, parameters, gradients), state, value
            first, second, count = state
            count = count + 1
            first = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, first, gradients)
            second = jax.tree.map(lambda s, g: BETA2 * s + (1 - BETA2) * g * g, second, gradients)
            rate1, rate2 = rate / (1 - BETA1 ** count), 1 / (1 - BETA2 ** count)
            parameters = jax.tree.map(
                lambda p, m, s: p - rate1 * m / (jnp.sqrt(s * rate2) + EPSILON), parameters, first, second)
            return parameters, (first, second, count), value

        return step

    def step(self, indices):
        rows, labels = self.source, self.labels
        if indices is None:
            pass
        elif self.within:
            indices = indices.astype(np.int32)
        else:
            rows, labels, indices = rows[indices], labels[indices], None
        self.parameters, self.state, cost = self.run(self.parameters, self.state, rows, labels, indices)
        self.noted.append(cost)

    def finish(self):
        jax.block_until_ready((self.parameters, self.noted[-1:]))

    def costs(self):
        return [float(cost) for cost in self.noted]

    def accuracy(self, rows, labels):
        return float((np.asarray(self.predict(self.parameters, rows)) == labels).mean())


def forward(parameters, rows):
    values = rows
    if rows.dtype == jnp.uint8:
        values = rows.astype(jnp.float32) * jnp.float32(1 / 255)
    for weight, bias in parameters[:-1]:
        values = jnp.maximum(values @ weight + bias, 0)
    weight, bias = parameters[-1]
    return values @ weight + bias
