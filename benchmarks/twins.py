"""Twins kept on disk for the development of the inverse model.

``python benchmarks/twins.py dump DIR --first 1000000 --cities 30`` makes them,
``python benchmarks/twins.py score DIR`` runs the attribution on them and prints its scores,
``python benchmarks/twins.py describe DIR`` prints how far declarations and engine are off. Seeds 0 to 199
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


def describe(paths: list[Path]) -> str:
    import numpy as np
    import pandas as pd

    rates, parts = [], []
    for path in paths:
        with path.open("rb") as file:
            twin = pickle.load(file)
        truth, response = twin["truth"], twin["given"]["operator"]["H"].mean("time")
        modelled = response.to_series().rename("response").reset_index()
        modelled = modelled.rename(columns={"receptor": "station_id", "source": "source_id"})
        table = truth["contributions"].query("episode_id == 'all'").merge(truth["rates"])
        parts.append(table.merge(modelled, on=["station_id", "source_id"]))
        rates.append(truth["rates"].query("listed != 'hidden'"))
    marks = [0.05, 0.25, 0.5, 0.75, 0.95]
    known, found = pd.concat(rates), pd.concat(parts)
    factor = known["true_g_s"] / known["declared_g_s"]
    wrong = (np.abs(np.log(factor)) > np.log(2.0)).mean()
    lines = [
        f"{len(paths)} cities, {len(known)} rates; true over declared at {marks}: "
        f"{factor.quantile(marks).round(2).tolist()}; over a factor of 2 apart: {100 * wrong:.1f} %"
    ]
    found = found[found["true_ugm3"] > 0.01 * found["total_ugm3"]]
    ratio = found["true_ugm3"] / (found["response"] * found["true_g_s"] * 1e6)
    for kind, part in ratio.groupby(found["kind"]):
        lines.append(
            f"{kind}: true over modelled mean contribution, {len(part)} from 1 % of the mean of a post: "
            f"{part.quantile(marks).round(2).tolist()}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["dump", "score", "describe"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--first", type=int, default=FIRST_FREE)
    parser.add_argument("--cities", type=int, default=30)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    if given.first < FIRST_FREE:
        parser.error(f"seeds under {FIRST_FREE} are kept for the validation")
    if given.action == "describe":
        print(describe(sorted(given.folder.glob("*.pkl"))[: given.cities]))
        return
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
