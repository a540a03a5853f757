"""Evidence by composition: do the ratios of a factor's profile lie where those of a kind of source do?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core import schema
from sootprint.core.pollutants import find_pollutant

Array = NDArray[np.float64]

EDGE = np.log(2.0)
"""Distance of ln(ratio) from its range at which the likeness is exp(−½): ranges are rough to a factor 2."""


@dataclass(frozen=True)
class ProfileEvidence:
    """Likeness of factors to one kind of source.

    Attributes
    ----------
    source_type : str
        Kind.
    similarity, low, high : (k,) arrays
        Likeness and its 90 % interval over the bootstrap; NaN where it cannot be had.
    marker_share : (k,) array
        Mean over the kind's species of the part that the factor makes of each.
    ratios : int
        Ratios that could be compared.
    """

    source_type: str
    similarity: Array
    low: Array
    high: Array
    marker_share: Array
    ratios: int


@cache
def _profiles() -> pd.DataFrame:
    path = resources.files("sootprint.attribution") / "data" / "source_profiles.csv"
    with path.open(encoding="utf-8") as file:
        return schema.check(pd.read_csv(file), "source_profiles")


def source_profiles() -> pd.DataFrame:
    """Kinds of sources and the mass ratios of what they emit: a table ``source_profiles``.

    Ranges are wide and marked unverified: they came from general knowledge of the processes and were not
    read in a source that can be cited. A table of a town's own stack tests takes their place.
    """
    return _profiles().copy()


def ratio_similarity(profiles: Array, species: tuple[str, ...], kind: pd.DataFrame) -> tuple[Array, int]:
    """Likeness of profiles to one kind, in [0, 1], and the ratios compared.

    exp(−½ mean (d / ln 2)²) with d the distance of ln(species / reference) from [ln low, ln high], 0 within.
    A ratio at twice the upper end alone gives exp(−½) = 0.607. A species that the factor lacks gives 0. NaN
    where the reference or all others were not measured or the factor lacks the reference.

    Parameters
    ----------
    profiles : (…, m) array
        Profiles in one mass unit.
    species : tuple of str
        Names of the columns, as in the table of pollutants.
    kind : DataFrame
        Rows of one ``source_type`` of a table ``source_profiles``.
    """
    place = places(species)
    used = [
        row
        for row in kind.itertuples()
        if row.species in place and row.reference_species in place and row.species != row.reference_species
    ]
    if not used:
        return np.full(profiles.shape[:-1], np.nan), 0
    squares = np.zeros(profiles.shape[:-1])
    missing = np.zeros(profiles.shape[:-1], bool)
    for row in used:
        part, base = profiles[..., place[row.species]], profiles[..., place[row.reference_species]]
        missing |= ~(base > 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.log(part / base)
        away = np.maximum(0.0, np.maximum(np.log(row.low) - ratio, ratio - np.log(row.high)))
        squares += (away / EDGE) ** 2
    return np.where(missing, np.nan, np.exp(-0.5 * squares / len(used))), len(used)


def places(species: tuple[str, ...]) -> dict[str, int]:
    """Column of each known pollutant."""
    made: dict[str, int] = {}
    for column, name in enumerate(species):
        made.setdefault(find_pollutant(name) or name, column)
    return made


def profile_evidence(
    profiles: Array, resampled: Array | None, species: tuple[str, ...], table: pd.DataFrame
) -> dict[str, ProfileEvidence]:
    """Likeness of every factor to every kind of the table.

    Parameters
    ----------
    profiles : (k, m) array
        Profiles in one mass unit.
    resampled : (runs, k, m) array, optional
        Profiles of a bootstrap, without which there is no interval.
    """
    place = places(species)
    total = profiles.sum(axis=0)
    shares = np.divide(profiles, total, out=np.zeros_like(profiles), where=total > 0.0)
    made = {}
    for name, kind in table.groupby("source_type", sort=False):
        similarity, ratios = ratio_similarity(profiles, species, kind)
        low = high = np.full(len(profiles), np.nan)
        if resampled is not None and ratios:
            runs, _ = ratio_similarity(resampled, species, kind)
            enough = np.isfinite(runs).mean(axis=0) >= 0.5
            low, high = low.copy(), high.copy()
            if enough.any():
                low[enough], high[enough] = np.nanquantile(runs[:, enough], [0.05, 0.95], axis=0)
        marked = sorted({place[item] for item in kind["species"] if item in place})
        share = shares[:, marked].mean(axis=1) if marked else np.full(len(profiles), np.nan)
        made[str(name)] = ProfileEvidence(str(name), similarity, low, high, share, ratios)
    return made
