"""exp, log, tanh and sigmoid at doubles over their whole range, by mpmath (pip install mpmath).

Each line: function, x, and the exact value as a sum of two doubles, high + low, all as float.hex.
"""
import pathlib
import random
import mpmath

mpmath.mp.prec = 1400
random.seed(2)
FUNCTIONS = {
    "exp": mpmath.exp, "log": mpmath.log, "tanh": mpmath.tanh, "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
}


def arguments(name):
    for _ in range(60):
        yield {"exp": random.uniform(-708, 709.7), "log": random.uniform(0, 3)}.get(name, random.uniform(-20, 20))
        yield {"exp": random.uniform(-1, 1), "log": 1 + random.uniform(-0.01, 0.01)}.get(name, random.uniform(-1, 1))
        if name == "log":
            yield 2.0 ** random.uniform(-1070, 1020)
        else:
            yield random.choice([-1, 1]) * 2.0 ** random.uniform(-60, 0)
    yield from {
        "exp": [-745.0, -744.9, -740.5, -720.25, -708.5, 709.78, 0.34657359, -0.34657359],
        "log": [5e-324, 2.0**-1022, 1.7976931348623157e308, 0.7071067811865475, 0.7071067811865476, 1.4142135623730951],
        "tanh": [1e-300, 5e-324, 19.0, 22.5, -1e4, 1e4, 0.17328, 0.5493],
        "sigmoid": [-745.0, -740.5, -710.0, -708.5, -36.7, 36.7, 1e4, 700.0],
    }[name]


lines = []
for name, function in FUNCTIONS.items():
    for x in arguments(name):
        exact = function(mpmath.mpf(x))
        high = float(exact)
        low = float(exact - mpmath.mpf(high))
        lines.append(f"{name} {x.hex()} {high.hex()} {low.hex()}")
# Softmax over rows of doubles far apart: the row, then each output.
for n in (2, 3, 10, 33):
    for spread in (1, 30, 700):
        row = [random.uniform(-spread, spread) for _ in range(n)]
        terms = [mpmath.exp(mpmath.mpf(x)) for x in row]
        for x, term in zip(row, terms):
            exact = term / sum(terms)
            high = float(exact)
            lines.append(f"softmax{n}/{spread} {x.hex()} {high.hex()} {float(exact - mpmath.mpf(high)).hex()}")
        label = random.randrange(n)
        exact = mpmath.log(sum(terms)) - mpmath.mpf(row[label])
        high = float(exact)
        lines.append(f"cost{label} {row[label].hex()} {high.hex()} {float(exact - mpmath.mpf(high)).hex()}")
(pathlib.Path(__file__).parent / "elementary.txt").write_text("\n".join(lines) + "\n")
