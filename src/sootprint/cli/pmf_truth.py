"""Factorisation of two public sets of receptor data: quality, agreement of the starts, and time."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sootprint.core.errors import InputError

if TYPE_CHECKING:
    from sootprint.attribution.factors import Factorisation, FactorMatrix

SETS = ("BatonRouge", "StLouis")
FACTORS = 6
STARTS = 20
METRICS = ("q_true", "q_robust", "q_spread", "share_matched", "seconds")


def read_receptor_set(folder: Path, name: str) -> FactorMatrix:
    """Values and uncertainties of ``Dataset-NAME-con.csv`` and ``-unc.csv``, all columns [unit of the file].

    The total stays in: its uncertainty in the file is many times its value, so that it steers nothing.

    Raises
    ------
    InputError
        If a file is not there.
    """
    from sootprint.attribution.factors import factor_matrix

    tables = []
    for kind in ("con", "unc"):
        path = folder / f"Dataset-{name}-{kind}.csv"
        if not path.is_file():
            raise InputError(f"no file {path.name}", where=str(folder), cure="--data the folder that has it")
        table = pd.read_csv(path, index_col=0)
        tables.append(table.set_axis(pd.to_datetime(table.index, format="%m/%d/%Y %H:%M"), axis=0))
    return factor_matrix(tables[0], tables[1], unit="unit of the file")


def pmf(data: Path, *, quick: bool = False) -> pd.DataFrame:
    """A row a set and method: Q(true), Q(robust), spread and agreement of the starts, seconds.

    ``data`` holds ``receptor_models`` or is that folder. ESAT stands beside where Python can import it.
    ``quick`` takes five starts. ``attrs["metrics"]`` has ours by set.

    Raises
    ------
    InputError
        If a file is not there.
    """
    from sootprint.attribution.factors import FactorOptions, factorise

    folder = data if (data / f"Dataset-{SETS[0]}-con.csv").is_file() else data / "receptor_models"
    options = FactorOptions(factors=FACTORS, starts=5 if quick else STARTS)
    rows, metrics = [], {}
    for name in SETS:
        matrix = read_receptor_set(folder, name)
        factorise(matrix, FactorOptions(factors=FACTORS, starts=1, longest=2))
        begin = time.perf_counter()
        solution = factorise(matrix, options)
        seconds = time.perf_counter() - begin
        starts = solution.starts
        row = {
            "set": name,
            "method": "ours",
            "samples": len(matrix.values),
            "species": len(matrix.species),
            "factors": FACTORS,
            "starts": len(starts),
            "q_true": solution.q_true,
            "q_robust": solution.q_robust,
            "q_expected": solution.q_expected,
            "q_spread": float(starts["q_robust"].max() / starts["q_robust"].min() - 1.0),
            "share_matched": float(starts["matched"].mean()),
            "seconds": seconds,
        }
        rows.append(row)
        metrics[name] = {
            key: row[key] for key in ("q_true", "q_robust", "q_spread", "share_matched", "seconds")
        }
        rows += _esat(name, matrix, solution, options.starts)
    made = pd.DataFrame(rows)
    made.attrs["metrics"] = metrics
    made.attrs["notes"] = [
        "`q_spread`: largest over least Q(robust) of the starts less 1. `share_matched`: mean over the "
        "starts of the share of factors whose profiles correlate by 0.95 or more with those of the best.",
        "All columns of the files are fitted, the total too. Q(robust) of both methods is one function: "
        "Σ min(z², 4 |z|). Seconds are wall time with two threads, compilation apart.",
    ]
    if "ESAT" not in set(made["method"].str.split().str[0]):
        made.attrs["notes"].append(
            "ESAT is not installed beside Sootprint; `benchmarks/factors.py --peer-python PATH` sets it "
            "beside ours from an environment of its own; the page on factors has its table."
        )
    return made


def _esat(name: str, matrix: FactorMatrix, ours: Factorisation, models: int) -> list[dict[str, object]]:
    """Row of ESAT's best of ``models``, where it can be imported."""
    from importlib.util import find_spec

    if find_spec("esat") is None:
        return []
    from dataclasses import replace

    from esat.model.batch_sa import BatchSA

    from sootprint.attribution.factors import kernels, match_factors

    begin = time.perf_counter()
    batch = BatchSA(
        V=matrix.values,
        U=matrix.uncertainties,
        factors=FACTORS,
        models=models,
        method="ls-nmf",
        seed=42,
        cores=2,
        verbose=False,
    )
    batch.train()
    seconds = time.perf_counter() - begin
    solutions = []
    for model in batch.results:
        g, f = (np.ascontiguousarray(item, dtype=float) for item in (model.W, model.H))
        true, robust = kernels.quality(g, f, matrix.values, matrix.precision(), ours.options.alpha)
        mean = g.mean(axis=0)
        solutions.append(
            replace(ours, contributions=g / mean, profiles=f * mean[:, None], q_true=true, q_robust=robust)
        )
    robust = [item.q_robust for item in solutions]
    best = solutions[int(np.argmin(robust))]
    shares = [(match_factors(best, item).profile_correlation >= 0.95).mean() for item in solutions]
    return [
        {
            "set": name,
            "method": "ESAT ls-nmf",
            "samples": len(matrix.values),
            "species": len(matrix.species),
            "factors": FACTORS,
            "starts": models,
            "q_true": best.q_true,
            "q_robust": best.q_robust,
            "q_expected": ours.q_expected,
            "q_spread": max(robust) / min(robust) - 1.0,
            "share_matched": float(np.mean(shares)),
            "seconds": seconds,
        }
    ]
