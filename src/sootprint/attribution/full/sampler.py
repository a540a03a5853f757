"""Draws of the hierarchical model by the No-U-Turn sampler, on the inputs of the quick one."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.full.options import FullOptions
from sootprint.core.errors import ConfigError

if TYPE_CHECKING:
    import xarray as xr

    from sootprint.attribution.full.priors import RatePrior
    from sootprint.attribution.full.readings import Grid
    from sootprint.attribution.inverse import Options

Array = NDArray[np.float64]


DENSE = ("log_over", "source_off", "class_bias")
"""Unknowns whose posterior correlations the sampler learns: rates hang on biases."""


@dataclass(frozen=True)
class FullPosterior:
    """Result of `sample_full`.

    Attributes
    ----------
    draws : Dataset
        ``emission(draw, source, pollutant)`` [g s⁻¹], missing where nothing is declared;
        ``dispersion_bias(draw, source)`` [1]; ``error_scale(draw, pollutant, scale)`` [µg m⁻³ for
        ``additive`` and ``smooth``, else 1].
    diagnostics : DataFrame
        ``source_id, pollutant, r_hat, effective_size`` of ln of each apparent rate.
    divergences : int
        Draws at which the sampler lost its way; above a few the posterior is not to be trusted.
    seconds : float
        Wall time of the sampler, compilation included [s].
    """

    draws: xr.Dataset
    diagnostics: pd.DataFrame
    divergences: int
    seconds: float


def sample_full(
    operator: xr.Dataset,
    observations: pd.DataFrame,
    emissions: pd.DataFrame,
    *,
    sources: pd.DataFrame,
    zone: str,
    activity: pd.DataFrame | None = None,
    weather: pd.DataFrame | None = None,
    options: Options | None = None,
    full: FullOptions | None = None,
    seed: int = 0,
) -> FullPosterior:
    """Posterior of emissions with error scales, background and lasting errors sampled, not fitted.

    By the No-U-Turn sampler (Hoffman & Gelman 2014, *Journal of Machine Learning Research* 15, 1593–1623);
    see `density` for the model. Meant for small cases: five sources, four posts and three weeks take minutes.

    Parameters
    ----------
    operator, observations, emissions, sources, zone, activity, weather, options
        As for `sootprint.attribution.inverse.attribute`.
    full : FullOptions, optional
        Settings of the sampler.
    seed : int
        The same inputs and seed give the same draws on one machine.

    Returns
    -------
    FullPosterior

    Raises
    ------
    ConfigError
        If NumPyro is not installed, or an option of the model is not offered here.
    InputError
        If a rate is declared twice, belongs to an unknown source, or to one that the operator lacks.
    """
    require_numpyro()
    from sootprint.attribution.inverse import Options

    options, full = options or Options(), full or FullOptions()
    grid, prior, names, pollutants = _prepare(
        operator, observations, emissions, sources, zone, activity, weather, options, full
    )
    start = time.perf_counter()
    made, divergences = _run(grid, prior, options, full, seed)
    seconds = time.perf_counter() - start
    return FullPosterior(
        draws=_dataset(made, prior, names, pollutants, grid, seed),
        diagnostics=_diagnostics(made["log_over"], prior, names, pollutants),
        divergences=divergences,
        seconds=seconds,
    )


def require_numpyro() -> None:
    """Nothing where NumPyro is installed.

    Raises
    ------
    ConfigError
        If it is not.
    """
    if find_spec("numpyro") is None:
        raise ConfigError(
            "the full-data sampler needs NumPyro, which is not installed",
            rule="it is an extra, for checks of small cases",
            cure="pip install 'sootprint[bayes]'",
        )


def _prepare(
    operator: xr.Dataset,
    observations: pd.DataFrame,
    emissions: pd.DataFrame,
    sources: pd.DataFrame,
    zone: str,
    activity: pd.DataFrame | None,
    weather: pd.DataFrame | None,
    options: Options,
    full: FullOptions,
) -> tuple[Grid, RatePrior, list[str], list[str]]:
    """Grid of readings, prior, names of sources and pollutants."""
    from sootprint.attribution.full.priors import rate_prior
    from sootprint.attribution.full.readings import hourly, make_grid
    from sootprint.attribution.inverse.declared import one_basis, profile_activity
    from sootprint.attribution.inverse.light_wind import windy_hours
    from sootprint.core.errors import InputError

    emissions = one_basis(emissions)
    known = set(sources["source_id"].astype(str))
    strange = sorted(set(emissions["source_id"].astype(str)) - known)
    if strange:
        raise InputError(
            f"rates of unknown sources: {', '.join(strange[:5])}", where="emissions", cure="add the sources"
        )
    stated = emissions.assign(
        rate_g_s=emissions["rate_g_s"].astype(float).fillna(0.0),
        relative_uncertainty=emissions["relative_uncertainty"].astype(float).fillna(0.0),
    ).pivot_table(
        index="source_id", columns="pollutant", values=["rate_g_s", "relative_uncertainty"], aggfunc="first"
    )
    declared = stated["rate_g_s"].sort_index().sort_index(axis=1)
    names, pollutants = [str(name) for name in declared.index], [str(name) for name in declared.columns]
    windy = windy_hours(operator, weather, options)
    if windy is None:
        windy = np.ones(operator.sizes["time"], bool)
    readings = []
    for pollutant in pollutants:
        emits = declared[pollutant].notna().to_numpy()
        own = [name for name, place in zip(names, emits, strict=True) if place]
        table = activity
        if table is None:
            table = profile_activity(operator, emissions, pollutant, own, zone)
        readings.append(hourly(operator, observations, pollutant, names, emits, table, windy))
    if not any(len(item.value) for item in readings):
        raise InputError(
            "no reading of a declared pollutant in an hour that the operator serves",
            where="observations",
            cure="give hourly readings at receptors of the operator",
        )
    grid = make_grid(
        readings,
        posts=operator.sizes["receptor"],
        hours=operator.sizes["time"],
        cell_hours=full.cell_hours or options.cell_hours,
        block_hours=options.block_hours,
        knot_hours=options.knot_hours,
    )
    relative = stated["relative_uncertainty"].reindex(index=declared.index, columns=declared.columns)
    prior = rate_prior(declared, relative, sources, options, blind=full.prior == "blind")
    return grid, prior, names, pollutants


def _run(
    grid: Grid, prior: RatePrior, options: Options, full: FullOptions, seed: int
) -> tuple[dict[str, Array], int]:
    """Draws of each site, (chain, draw, …) arrays, and the number of divergences."""
    import jax
    from numpyro.infer import MCMC, NUTS, init_to_uniform

    from sootprint.attribution.full.density import model

    with jax.enable_x64(True):
        kernel = NUTS(
            model,
            dense_mass=[DENSE],
            target_accept_prob=full.acceptance,
            init_strategy=init_to_uniform(radius=1.0),
        )
        chains = MCMC(
            kernel,
            num_warmup=full.warmup,
            num_samples=full.draws,
            num_chains=full.chains,
            chain_method="sequential",
            progress_bar=False,
        )
        chains.run(jax.random.PRNGKey(seed), grid, prior, options, full)
        samples = chains.get_samples(group_by_chain=True)
        kept = ("log_over", "offset", "level", "scale")
        made = {name: np.asarray(samples[name], float) for name in kept}
        divergences = int(np.asarray(chains.get_extra_fields()["diverging"]).sum())
    return made, divergences


def _dataset(
    made: dict[str, Array], prior: RatePrior, names: list[str], pollutants: list[str], grid: Grid, seed: int
) -> xr.Dataset:
    import xarray as xr

    from sootprint.attribution.full.density import SCALE_CENTRE, SCALES
    from sootprint.attribution.full.priors import part_bias

    flat = {name: value.reshape(-1, *value.shape[2:]) for name, value in made.items()}
    bias = part_bias(flat["offset"], flat["level"], prior, np.random.default_rng(seed))
    emission = np.full((len(bias), len(names), len(pollutants)), np.nan)
    logs = prior.centre + flat["log_over"] - bias[:, prior.source]
    emission[:, prior.source, prior.pollutant] = np.exp(logs)
    scale = np.exp(flat["scale"] + SCALE_CENTRE)
    scale[:, :, :2] *= grid.unit[:, None]
    return xr.Dataset(
        {
            "emission": (("draw", "source", "pollutant"), emission, {"units": "g s-1"}),
            "dispersion_bias": (("draw", "source"), np.exp(bias), {"units": "1"}),
            "error_scale": (("draw", "pollutant", "scale"), scale),
        },
        coords={
            "draw": np.arange(len(bias)),
            "source": names,
            "pollutant": pollutants,
            "scale": list(SCALES),
        },
    )


def _diagnostics(values: Array, prior: RatePrior, names: list[str], pollutants: list[str]) -> pd.DataFrame:
    from numpyro.diagnostics import effective_sample_size, split_gelman_rubin

    return pd.DataFrame(
        {
            "source_id": [names[place] for place in prior.source],
            "pollutant": [pollutants[place] for place in prior.pollutant],
            "r_hat": np.asarray(split_gelman_rubin(values), float),
            "effective_size": np.asarray(effective_sample_size(values), float),
        }
    )
