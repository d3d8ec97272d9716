"""What the benchmarks share: processes that answer lines, series of what they measured, and the file that the tables go into."""

import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

BENCHMARKS = pathlib.Path(__file__).resolve().parent.parent


class Side:
    """A process that answers a line with a line of JSON."""

    def __init__(self, command, folder, environment=None, cores=None, log=None):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment or os.environ, cwd=folder,
            stderr=log, preexec_fn=(lambda: os.sched_setaffinity(0, cores)) if cores else None)

    def __call__(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{' '.join(self.process.args)} stopped at: {' '.join(map(str, words))}")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Series:
    """The same work several times, by one side."""

    def __init__(self):
        self.answers = []

    def add(self, answer):
        self.answers.append(answer)

    def values(self, key="seconds"):
        return [answer[key] for answer in self.answers]

    def median(self, key="seconds"):
        return statistics.median(self.values(key))

    def text(self, key="seconds", factor=1e3):
        """Median, least and most; of seconds in milliseconds."""
        values = sorted(value * factor for value in self.values(key))
        return f"{number(statistics.median(values))} ({number(values[0])} – {number(values[-1])})"


def ratio(one, other, key="seconds"):
    """How many times the figures of one series are those of another: the median of the rounds' own ratios, as the speed of a core may
    change from one round to the next."""
    return statistics.median(a / b for a, b in zip(one.values(key), other.values(key), strict=True))


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(rows):
    """Rows of text, the first of them the head, in Markdown."""
    return "\n".join("| " + " | ".join(row) + " |" for row in [rows[0], ["---"] * len(rows[0]), *rows[1:]])


def machine():
    model = platform.machine()
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":")[1].strip()
            break
    return f"{model}, {len(os.sched_getaffinity(0))} cores"


def swift_version():
    return subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout.splitlines()[0]


def measure(name, parser, make):
    """Runs a benchmark, prints its text and writes it into RESULTS.md unless told to print alone. `make` makes it of the options."""
    parser.add_argument("--print", action="store_true", help="print the table only; RESULTS.md stays")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    benchmark = make(options)
    benchmark.run()
    text = benchmark.text(load)
    print(text)
    if not options.print:
        write_results(name, text)


def write_results(name, text):
    """Puts the text between the marks of Benchmarks/NAME in RESULTS.md."""
    begin, end = f"<!-- {name}: made by Benchmarks/{name} -->", f"<!-- /{name} -->"
    results = BENCHMARKS / "RESULTS.md"
    whole = results.read_text()
    before, after = whole.split(begin)[0], whole.split(end)[1]
    results.write_text(f"{before}{begin}\n{text}\n{end}{after}")
