"""Scores of the tracer experiments: every physics of our engine beside the reference models."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sootprint.core import schema
from sootprint.dispersion.decks.deck import DeckError
from sootprint.dispersion.scores import STATISTICS, performance, performance_intervals
from sootprint.dispersion.tracers import idaho_falls, kincaid, prairie_grass
from sootprint.dispersion.tracers.pairs import STABLE, WHOLE, DeckRunner

ALL = "all"
_KEYS = ["experiment", "inputs", "quantity"]


def tracer_pairs(
    data: Path,
    runners: Mapping[str, DeckRunner],
    *,
    experiments: Sequence[str] = (prairie_grass.FOLDER, idaho_falls.FOLDER, kincaid.FOLDER),
    told: Callable[[str], None] = lambda _: None,
    refused: Callable[[str, DeckError], None] | None = None,
) -> list[pd.DataFrame]:
    """Tables ``tracer_pairs`` of the reference models and of each physics of our engine.

    Parameters
    ----------
    data : Path
        Folder that holds the folders of the experiments.
    runners : mapping of name to DeckRunner
        What to score: a name for the tables and the run of a deck.
    experiments : sequence of str
        Names of the folders.
    told : callable
        Told the name of each run before it begins.
    refused : callable, optional
        Told the name of a run whose deck the engine refuses, and why; without it the refusal is raised.

    Raises
    ------
    InputError
        If a file is missing.
    DeckError
        If the engine refuses a deck and ``refused`` is not given.
    """
    made: list[pd.DataFrame] = []
    for name in experiments:
        folder = data / name
        made += _references(name, folder)
        for model, run in runners.items():
            told(f"{name}: {model}")
            with tempfile.TemporaryDirectory() as work:
                try:
                    made += _runs(name, folder, run, Path(work), model)
                except DeckError as error:
                    if refused is None:
                        raise
                    refused(f"{name}, {model}", error)
    return made


def score_pairs(
    tables: Sequence[pd.DataFrame], rng: np.random.Generator, *, draws: int = 500
) -> pd.DataFrame:
    """Table ``tracer_scores``: statistics and their 95 % intervals by stratum and half.

    Parameters
    ----------
    tables : sequence of DataFrame
        From `tracer_pairs`.
    rng : Generator
        Draws of the bootstrap: runs and hours are drawn whole, the same ones for every model.
    draws : int
        Bootstrap samples.
    """
    pairs = pd.concat(tables, ignore_index=True)
    rows: list[dict[str, Any]] = []
    for keys, group in pairs.groupby(_KEYS, sort=False):
        for stratum, half, part in _parts(group):
            seed = int(rng.integers(2**63))
            for model, own in part.groupby("model", sort=False):
                rows.append(
                    dict(zip(_KEYS, keys, strict=True))
                    | {"stratum": stratum, "half": half, "model": model}
                    | _row(own, np.random.default_rng(seed), draws)
                )
    return schema.check(pd.DataFrame(rows), "tracer_scores")


def _references(name: str, folder: Path) -> list[pd.DataFrame]:
    if name == prairie_grass.FOLDER:
        return [prairie_grass.reference_pairs(folder, turbulence=t) for t in (True, False)]
    if name == idaho_falls.FOLDER:
        return idaho_falls.reference_pairs(folder)
    return [kincaid.reference_pairs(folder)]


def _runs(name: str, folder: Path, run: DeckRunner, work: Path, model: str) -> list[pd.DataFrame]:
    if name == prairie_grass.FOLDER:
        return [prairie_grass.pairs(folder, run, work, model=model, turbulence=t) for t in (True, False)]
    if name == idaho_falls.FOLDER:
        return [idaho_falls.pairs(folder, run, work, model=model)]
    return [kincaid.pairs(folder, run, model=model)]


def _parts(group: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    strata = [ALL, *sorted(group["stratum"].unique(), key=lambda name: (name == STABLE, name))]
    halves = [WHOLE, *sorted(half for half in group["half"].unique() if half != WHOLE)]
    for stratum in strata:
        for half in halves:
            part = group if stratum == ALL else group[group["stratum"] == stratum]
            part = part if half == WHOLE else part[part["half"] == half]
            if len(part):
                yield stratum, half, part


def _row(own: pd.DataFrame, rng: np.random.Generator, draws: int) -> dict[str, Any]:
    observed, modelled = own["observed"].to_numpy(), own["modelled"].to_numpy()
    scores = performance(observed, modelled).as_dict()
    ends = performance_intervals(observed, modelled, rng, blocks=own["block"].to_numpy(str), draws=draws)
    row: dict[str, Any] = {name: scores[name] for name in ("pairs", "pairs_log", *STATISTICS)}
    for name, (low, high) in ends.items():
        row |= {f"{name}_low": low, f"{name}_high": high}
    return row
