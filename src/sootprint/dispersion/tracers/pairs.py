"""What the tracer experiments share: the run of a deck, files, halves, and the table of pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from sootprint.core import schema
from sootprint.core.errors import InputError

DeckRunner = Callable[[Path], pd.DataFrame]
"""Run of a deck: ``yymmddhh``, ``x``, ``y`` [m] and ``concentration_ugm3``, a row an hour and receptor.

An hour that the engine does not serve has NaN.
"""

STABLE, UNSTABLE = "stable", "unstable"
FIT, SCORED, WHOLE = "fit", "scored", "whole"
REFERENCE = "AERMOD 24142"


def file_of(folder: Path, name: str) -> Path:
    """Path of a file of an experiment.

    Raises
    ------
    InputError
        If it is not there.
    """
    path = folder / name
    if not path.is_file():
        raise InputError(
            f"no file {name} in {folder}",
            rule="a tracer experiment is read from its folder",
            cure="--data DIR with the folders prairie_grass, idaho_falls and kincaid_sf6",
        )
    return path


def pairs_table(frames: Iterable[pd.DataFrame], *, experiment: str, model: str, inputs: str) -> pd.DataFrame:
    """Table ``tracer_pairs`` of one run of one experiment; a pair without a modelled value is left out.

    How many were left out is ``attrs["left_out"]``.
    """
    made = pd.concat(list(frames), ignore_index=True)
    missing = made["modelled"].isna()
    table = made[~missing].assign(experiment=experiment, model=model, inputs=inputs)
    checked = schema.check(table, "tracer_pairs")
    checked.attrs["left_out"] = int(missing.sum())
    return checked


def stability(obukhov_length_m: pd.Series) -> pd.Series:
    """``unstable`` where the Obukhov length is negative, else ``stable``."""
    return (obukhov_length_m < 0.0).map({True: UNSTABLE, False: STABLE})
