"""Called by Scripts/update-docs: [--check] NNSCORE."""
import json
import pathlib
import re
import subprocess
import sys

check, nnscore = sys.argv[1] == "--check", sys.argv[2]


def snippet(name):
    source = pathlib.Path(f"Snippets/{name}.swift").read_text()
    shown = source.split("// snippet.show\n")[1].split("// snippet.hide\n")[0]
    return shown.strip() + "\n"


def with_snippets(path):
    pattern = re.compile(r"(<!-- snippet: (\w+) -->\n```swift\n).*?(```\n)", re.S)
    return pattern.sub(lambda m: m[1] + snippet(m[2]) + m[3], pathlib.Path(path).read_text())


def help_of(*command):
    run = subprocess.run(
        [nnscore, "help", *command], capture_output=True, text=True, check=True,
        env={"COLUMNS": "100", "LANG": "C.UTF-8"},
    )
    return run.stdout.rstrip() + "\n"


def reference():
    dump = subprocess.run([nnscore, "--experimental-dump-help"], capture_output=True, text=True, check=True)
    commands = [c["commandName"] for c in json.loads(dump.stdout)["command"]["subcommands"]]
    parts = [
        "# The nnscore command\n\nWritten by `Scripts/update-docs` from `nnscore --help`; a test holds them equal.\n",
        f"## nnscore\n\n```text\n{help_of()}```\n",
    ]
    parts += [f"## {c}\n\n```text\n{help_of(c)}```\n" for c in commands if c != "help"]
    return "\n".join(parts)


differ = []
pages = ["README.md", *map(str, sorted(pathlib.Path("Sources").glob("*/*.docc/*.md")))]
for path, text in [*((page, with_snippets(page)) for page in pages), ("Documentation/nnscore.md", reference())]:
    file = pathlib.Path(path)
    if file.exists() and file.read_text() == text:
        continue
    differ.append(path)
    if not check:
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
if check and differ:
    sys.exit(f"{' and '.join(differ)}: not what the code says; run Scripts/update-docs and commit the result")
