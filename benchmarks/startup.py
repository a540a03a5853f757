"""Seconds until ``sootprint --help`` answers, warm: a table of several runs beside an empty Python.

``uv run python benchmarks/startup.py``
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "sootprint --help": [sys.executable, "-m", "sootprint", "--help"],
    "import sootprint": [sys.executable, "-c", "import sootprint"],
}


def seconds(command: list[str], runs: int = 9) -> list[float]:
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    made = []
    for _ in range(runs):
        began = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        made.append(time.perf_counter() - began)
    return made


def main() -> None:
    print(f"{'command':<20} {'least':>8} {'median':>8} {'most':>8}  [s]")
    for name, command in COMMANDS.items():
        made = seconds(command)
        print(f"{name:<20} {min(made):8.3f} {statistics.median(made):8.3f} {max(made):8.3f}")


if __name__ == "__main__":
    main()
