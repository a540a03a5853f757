"""Attribution of what was measured to declared sources, with calibrated intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.inverse.declared import (
    blind_prior,
    declared_prior,
    declared_rates,
    engine_differences,
    one_basis,
    profile_activity,
)
from sootprint.attribution.inverse.fit import draw, fit, prepare, to_report
from sootprint.attribution.inverse.light_wind import windy_hours
from sootprint.attribution.inverse.options import Options
from sootprint.attribution.inverse.problem import build_problem, within_hours

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
        ``bootstrap`` (non-negative estimates and their block bootstrap),
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
        ``minimum_wind_m_s``, or ``minimum_wind_particles_m_s`` where the particles made them;
        contributions are given for all served hours.
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
    from threadpoolctl import threadpool_limits

    # the matrices of a day are small: threads of the linear algebra would only wait for each other
    with threadpool_limits(1):
        return _attribute(
            operator, observations, emissions, episodes, sources, zone, activity, weather, options, seed
        )


def _attribute(
    operator: xr.Dataset,
    observations: pd.DataFrame,
    emissions: pd.DataFrame,
    episodes: pd.DataFrame,
    sources: pd.DataFrame,
    zone: str,
    activity: pd.DataFrame | None,
    weather: pd.DataFrame | None,
    options: Options | None,
    seed: int,
) -> Attribution:
    from sootprint.attribution.inverse import summary

    options = options or Options()
    emissions = one_basis(emissions)
    declared = declared_rates(emissions, sources)
    names = list(declared.index)
    pollutants = list(declared.columns)
    engines = engine_differences(operator, names)
    prior = declared_prior(declared, emissions, sources, options, engines)
    windy = windy_hours(operator, weather, options)
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
        "bootstrap": summary.bootstrap_table(parts, posterior, names, options, seed),
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
