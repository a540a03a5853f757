"""Twins kept on disk for the development of the inverse model.

``python benchmarks/twins.py dump DIR --first 1000000 --cities 30`` makes them,
``python benchmarks/twins.py score DIR`` runs the attribution on them and prints its scores. Seeds 0 to 199
belong to the validation and are refused.
"""

from __future__ import annotations

import argparse
import pickle
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

FIRST_FREE = 1_000_000
"""First seed that may be looked at."""


def dump(task: tuple[Path, int]) -> str:
    from sootprint.synthetic.twin import make_twin
    from sootprint.synthetic.twin_case import investigation

    folder, seed = task
    given, truth = investigation(make_twin(seed))
    with (folder / f"{seed}.pkl").open("wb") as file:
        pickle.dump({"given": given, "truth": truth}, file)
    return f"{seed} {truth['city']}"


def score(path: Path) -> tuple[str, dict, float]:
    from sootprint.attribution import inverse
    from sootprint.synthetic.twin_score import score_twin

    with path.open("rb") as file:
        twin = pickle.load(file)
    began = time.monotonic()
    result = inverse.attribute(**twin["given"])
    seconds = time.monotonic() - began
    made = score_twin(twin["truth"], result.draws["emission"], result.episodes, result.sources)
    return path.stem, made, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["dump", "score"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--first", type=int, default=FIRST_FREE)
    parser.add_argument("--cities", type=int, default=30)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    if given.first < FIRST_FREE:
        parser.error(f"seeds under {FIRST_FREE} are kept for the validation")
    given.folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(given.processes) as pool:
        if given.action == "dump":
            tasks = [(given.folder, given.first + k) for k in range(given.cities)]
            for line in pool.map(dump, tasks):
                print(line, flush=True)
            return
        from sootprint.synthetic.twin_summary import metrics

        scores = []
        for name, made, seconds in pool.map(score, sorted(given.folder.glob("*.pkl"))[: given.cities]):
            scores.append(made)
            print(name, f"{seconds:.1f} s", {k: round(v, 3) for k, v in metrics([made]).items()}, flush=True)
        print("all", {k: round(v, 3) for k, v in metrics(scores).items()})


if __name__ == "__main__":
    main()
