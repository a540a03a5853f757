"""Declared rates as priors: one basis a source, time profiles, declared-centred and declared-blind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.inverse.options import Options
from sootprint.attribution.inverse.priors import Mixture, Prior
from sootprint.core.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]

BASES = ("declared", "permitted", "measured", "assumed")
"""Basis of a rate, the one to be tested first."""


def one_basis(emissions: pd.DataFrame) -> pd.DataFrame:
    """One row a source and pollutant: the first basis of ``declared, permitted, measured, assumed``.

    Raises
    ------
    InputError
        If two rows of one basis remain.
    """
    if "basis" in emissions:
        order = emissions["basis"].map({name: place for place, name in enumerate(BASES)})
        best = order == order.groupby([emissions["source_id"], emissions["pollutant"]]).transform("min")
        emissions = emissions[best]
    twice = emissions.duplicated(["source_id", "pollutant"])
    if twice.any():
        row = emissions[twice].iloc[0]
        raise InputError(
            f"two rates of {row['pollutant']} for source {row['source_id']}",
            where="emissions",
            rule="attribution compares one mean rate a source and pollutant",
            cure="give mean rates, one row a source, pollutant and basis",
        )
    return emissions


def profile_activity(
    operator: xr.Dataset, emissions: pd.DataFrame, pollutant: str, names: list[str], zone: str
) -> pd.DataFrame:
    """Factors on the mean rate from the named time profiles, a row an hour and a column a source."""
    times = pd.DatetimeIndex(operator["time"].to_numpy())
    made = pd.DataFrame(1.0, index=times, columns=names)
    if "time_profile" not in emissions:
        return made
    rows = emissions[emissions["pollutant"] == pollutant]
    for source_id, profile in zip(rows["source_id"], rows["time_profile"], strict=True):
        if source_id in made and isinstance(profile, str) and profile:
            from sootprint.sources import time_profile_factors

            made[source_id] = np.asarray(time_profile_factors(profile, times, zone), float)
    return made


def declared_rates(emissions: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """Declared rates [g s⁻¹], a row a source and a column a pollutant; missing where no row exists."""
    rates = emissions["rate_g_s"].astype(float)
    if (rates < 0).any():
        raise InputError("a negative rate", where="emissions, rate_g_s", cure="give rates of at least 0")
    known = set(sources["source_id"].astype(str))
    strange = sorted(set(emissions["source_id"].astype(str)) - known)
    if strange:
        raise InputError(
            f"rates of unknown sources: {', '.join(strange[:5])}", where="emissions", cure="add the sources"
        )
    table = emissions.assign(rate_g_s=rates.fillna(0.0))
    made = table.pivot_table(index="source_id", columns="pollutant", values="rate_g_s", aggfunc="first")
    return made.sort_index().sort_index(axis=1)


def engine_differences(operator: xr.Dataset, names: list[str]) -> Array:
    """|ln| of the difference of two engines of each source, (K,); 0 for an operator of one engine.

    Half of the difference would do if the truth were sure to lie between the two.
    """
    if "engine_difference" not in operator:
        return np.zeros(len(names))
    made = operator["engine_difference"].to_series()
    made.index = made.index.astype(str)
    return np.abs(made.reindex(names).fillna(0.0).to_numpy(float))


def declared_prior(
    declared: pd.DataFrame,
    emissions: pd.DataFrame,
    sources: pd.DataFrame,
    options: Options,
    engines: Array | None = None,
) -> Prior:
    """Prior about the declared rates; rates of zero get the declared-blind one."""
    rates = declared.to_numpy(float).T
    stated = (
        emissions.assign(relative_uncertainty=emissions["relative_uncertainty"].astype(float).fillna(0.0))
        .pivot_table(index="source_id", columns="pollutant", values="relative_uncertainty", aggfunc="first")
        .reindex(index=declared.index, columns=declared.columns)
        .astype(float)
        .fillna(0.0)
        .to_numpy()
        .T
    )
    relative = np.maximum(stated, options.minimum_uncertainty)
    variance = np.log1p(relative**2)
    zero = ~(rates > 0)
    base = blind_centre(rates)
    centre = np.where(zero, base[:, None], np.log(np.where(zero, 1.0, rates)))
    present = np.isfinite(rates)
    shared = np.sqrt(options.shared_uncertainty * np.where(present, variance, np.inf).min(axis=0))
    rest = np.sqrt((1.0 - options.shared_uncertainty) * variance)
    table = sources.set_index(sources["source_id"].astype(str)).loc[declared.index]
    height = table["height_m"].astype(float).fillna(0.0).to_numpy()
    stack = (table["kind"] == "point").to_numpy(bool) & (height >= options.stack_height)
    return Prior(
        present=present,
        centre=centre,
        shared=Mixture(
            shared, np.maximum(options.wrong_spread, shared), options.wrong_share, options.wrong_cases
        ),
        own=Mixture(
            np.where(zero, options.blind_spread, rest),
            np.where(zero, options.blind_spread, np.maximum(options.wrong_own_spread, rest)),
            options.wrong_own_share,
            options.wrong_cases,
        ),
        classes=stack.astype(np.int64),
        engines=np.zeros(len(declared)) if engines is None else engines,
    )


def blind_centre(rates: Array) -> Array:
    """Logarithm of the median positive declared rate of each pollutant (rows); 0 where none is positive."""
    made = np.zeros(len(rates))
    for number, row in enumerate(rates):
        positive = row[np.isfinite(row) & (row > 0)]
        if len(positive):
            made[number] = float(np.log(np.median(positive)))
    return made


def blind_prior(declared: pd.DataFrame, prior: Prior, options: Options) -> Prior:
    """Prior that knows the size of the pollutant's sources but not what any one of them declared.

    ln x has the blind spread about the median declared rate of the pollutant, the same for all sources;
    half of its variance is common to the pollutants of a source.
    """
    centre = np.broadcast_to(blind_centre(declared.to_numpy(float).T)[:, None], prior.centre.shape).copy()
    half = options.blind_spread / np.sqrt(2.0)
    shared, own = np.full(centre.shape[1], half), np.full(centre.shape, half)
    one, other = (Mixture(item, item.copy(), 0.5, 2.0) for item in (shared, own))
    return replace(prior, centre=centre, shared=one, own=other)
