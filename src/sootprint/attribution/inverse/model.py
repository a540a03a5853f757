"""Attribution of what was measured to declared sources, with calibrated intervals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.inverse.fit import draw, fit, prepare, to_report
from sootprint.attribution.inverse.options import Options
from sootprint.attribution.inverse.priors import Mixture, Prior
from sootprint.attribution.inverse.problem import build_problem, within_hours
from sootprint.core.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Attribution:
    """Result of `attribute`.

    Attributes
    ----------
    sources : DataFrame
        Table ``attribution_sources``.
    episodes : DataFrame
        Table ``attribution_episodes``. Rows of component ``group`` are sums of the ``source`` rows of their
        members: the two are never added.
    draws : Dataset
        ``emission(draw, source, pollutant)`` [g s⁻¹], missing where nothing is declared;
        ``emission_blind``, the same with the declared-blind prior, ln x ~ N(``blind_centre(pollutant)``,
        ``blind_spread``²);
        ``dispersion_bias(draw, source)`` [1], by which modelled and actual dilution differ for good;
        ``activity(time, source, pollutant)`` [1]. The modelled contribution of an hour is
        ``emission × dispersion_bias × activity × H × 10⁶`` [µg m⁻³].
    diagnostics : dict of str to DataFrame
        ``readings`` (how many were used, and why not the others), ``errors`` (fitted error scales),
        ``chains`` (split R̂ and effective size a rate), ``prior`` (spreads of
        ln of the true over the declared rate), ``classes`` (low or stack), ``groups`` (sums of
        what cannot be told apart).
    """

    sources: pd.DataFrame
    episodes: pd.DataFrame
    draws: xr.Dataset
    diagnostics: dict[str, pd.DataFrame]


def attribute(
    operator: xr.Dataset,
    observations: pd.DataFrame,
    emissions: pd.DataFrame,
    episodes: pd.DataFrame,
    *,
    sources: pd.DataFrame,
    zone: str,
    activity: pd.DataFrame | None = None,
    weather: pd.DataFrame | None = None,
    options: Options | None = None,
    seed: int = 0,
) -> Attribution:
    """Posterior of emissions, contributions, background and what stays unexplained.

    The model of hour t, post r and pollutant s is
    ``y = b + Σ_k x_ks a_kt H_krt exp(η_k + ε_krt) + e``: x ≥ 0 with a prior about the declared rate that
    allows it to be plainly wrong, η a lasting dispersion bias that no number of hours averages out, ε a
    dispersion error correlated in time and between posts, b ≥ 0 a smooth background, e an additive error
    with a heavy tail. All pollutants share η: see `likelihood` and `sampler`.

    Parameters
    ----------
    operator : Dataset
        ``H(time, receptor, source)`` [s m⁻³]; receptors are stations; missing in hours not served.
    observations : DataFrame
        Table ``observations`` with hourly readings, or ``means`` with rows of 3600 s.
    emissions : DataFrame
        Mean declared rates: ``source_id, pollutant, rate_g_s, relative_uncertainty, time_profile``; of
        several bases the first of ``declared, permitted, measured, assumed`` is tested. A rate of zero or
        none is given the declared-blind prior.
    episodes : DataFrame
        Table ``episodes``.
    sources : DataFrame
        Table ``sources``: plant, kind and height.
    zone : str
        IANA zone in which time profiles run.
    activity : DataFrame, optional
        Factor on the mean rate, indexed by UTC hour, a column a source; by default from ``time_profile``.
    weather : DataFrame, optional
        Table ``weather`` of the operator: emissions are then inferred from the hours with at least
        ``minimum_wind_m_s``; contributions are given for all served hours.
    options : Options, optional
        Settings.
    seed : int
        Seed of the sampler; the same inputs and seed give the same result.

    Returns
    -------
    Attribution

    Raises
    ------
    InputError
        If a rate is declared twice, is negative, or belongs to a source that the operator lacks.
    """
    from sootprint.attribution.inverse import summary

    options = options or Options()
    emissions = one_basis(emissions)
    declared = _declared_rates(emissions, sources)
    names = list(declared.index)
    pollutants = list(declared.columns)
    prior = _prior(declared, emissions, sources, options)
    windy = windy_hours(operator, weather, options.minimum_wind_m_s)
    parts, completes, factors = [], [], []
    for pollutant in pollutants:
        columns = np.flatnonzero(declared[pollutant].notna().to_numpy())
        own = [names[column] for column in columns]
        table = activity
        if table is None:
            table = profile_activity(operator, emissions, pollutant, own, zone)
        factors.append(table)
        complete = build_problem(operator, observations, own, pollutant, table)
        problem = complete if windy is None else within_hours(complete, windy)
        places, hours = columns.astype(np.int64), operator.sizes["time"]
        parts.append(prepare(problem, places, prior.classes, hours, options))
        completes.append(complete)
    fit(parts, prior, options, seed)
    posterior = draw(parts, prior, options, seed)
    free_prior = blind_prior(declared, prior, options)
    blind = draw(parts, free_prior, options, seed + 1)
    groups = summary.find_groups(parts, blind, names, options)
    table = summary.sources_table(declared, posterior, blind, prior, free_prior, groups, sources, options)
    light = None if windy is None else ~windy
    reported = [to_report(part, item, light, options) for part, item in zip(parts, completes, strict=True)]
    rows = summary.episodes_table(reported, posterior, operator, episodes, groups, names, options, seed)
    diagnostics = {
        "readings": pd.DataFrame(
            [{"pollutant": part.problem.pollutant, **part.problem.counts} for part in parts]
        ),
        "errors": summary.errors_table(parts),
        "chains": summary.chains_table(posterior, names, pollutants, prior),
        "classes": summary.classes_table(names, prior),
        "prior": summary.prior_table(names, pollutants, prior),
        "groups": summary.groups_table(parts, posterior, blind, declared, groups),
    }
    return Attribution(
        sources=table,
        episodes=rows,
        draws=summary.draws_dataset(
            posterior, names, pollutants, prior, operator, factors, blind, free_prior
        ),
        diagnostics=diagnostics,
    )


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


def windy_hours(
    operator: xr.Dataset, weather: pd.DataFrame | None, minimum: float
) -> NDArray[np.bool_] | None:
    """Hours of the operator with at least a wind speed, (time,) array; None without weather."""
    if weather is None:
        return None
    table = weather.assign(time_start=pd.to_datetime(weather["time_start"]).astype("datetime64[us]"))
    times = pd.DatetimeIndex(operator["time"].to_numpy()).as_unit("us")
    speed = table.drop_duplicates("time_start").set_index("time_start")["wind_speed"].reindex(times)
    return np.asarray(speed.to_numpy(float) >= minimum)


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


def _declared_rates(emissions: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
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


def _prior(declared: pd.DataFrame, emissions: pd.DataFrame, sources: pd.DataFrame, options: Options) -> Prior:
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
        shared=Mixture(shared, np.maximum(options.wrong_spread, shared), options.wrong_share),
        own=Mixture(
            np.where(zero, options.blind_spread, rest),
            np.where(zero, options.blind_spread, np.maximum(options.wrong_own_spread, rest)),
            options.wrong_own_share,
        ),
        classes=stack.astype(np.int64),
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
    return replace(
        prior, centre=centre, shared=Mixture(shared, shared.copy(), 0.5), own=Mixture(own, own.copy(), 0.5)
    )
