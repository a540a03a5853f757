"""What would have been measured if a source had emitted more or less."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core import schema
from sootprint.core.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

    from sootprint.attribution.inverse import Attribution

Array = NDArray[np.float64]

MICROGRAMS = 1e6
"""Micrograms in a gram."""

HOUR_S = 3600.0
"""Averaging time of the readings that are compared [s]."""

MAXIMUM_DRAWS = 250
"""Posterior draws that are used: the ends of a 90 % interval then rest on a dozen draws each."""


def scale_source(
    attribution: Attribution,
    operator: xr.Dataset,
    observations: pd.DataFrame,
    norms: pd.DataFrame,
    source_id: str,
    factor: float,
    *,
    seed: int = 0,
) -> pd.DataFrame:
    """Table ``scenarios`` for one source emitting ``factor`` times what it did.

    Each draw takes the source's modelled contribution out of the readings,
    y' = y − (1 − factor) x a H e^{η+ε}, with the emission x, the activity a, the lasting bias η, and the
    error ε of the day, drawn anew with the spread that the attribution found. Chemistry that is not
    linear is not in it.

    Hourly readings are compared with the limits of up to an hour; an hourly mean over a limit for 20 or 30
    minutes means at least one such interval over it, so those counts are lower bounds. Hours that the
    engine did not serve, calm ones above all, are not considered: a cut shows there too, unquantified.

    Parameters
    ----------
    attribution : Attribution
        Result of `sootprint.attribution.attribute`.
    operator : Dataset
        ``H(time, receptor, source)`` [s m⁻³] of the attribution.
    observations : DataFrame
        Table ``observations`` (hourly) or ``means``.
    norms : DataFrame
        Table ``norms``.
    source_id : str
        Source.
    factor : float
        Factor on its emission [1], 0 for closing it.
    seed : int
        Seed of the errors of the days.

    Returns
    -------
    DataFrame
        A row a pollutant, norm and post, and post ``all``: hours over the limit summed, and concentration
        averaged, over posts.

    Raises
    ------
    InputError
        If the source is not in the attribution or the factor is negative.
    """
    draws = attribution.draws
    if source_id not in draws["source"].to_numpy():
        raise InputError(f"source {source_id!r} has no attribution", cure="choose one of its sources")
    if not factor >= 0:
        raise InputError(f"factor {factor!r}", rule="an emission cannot be negative", cure="0 or more")
    rows: list[dict[str, object]] = []
    for order, pollutant in enumerate(str(name) for name in draws["pollutant"].to_numpy()):
        if not np.isfinite(draws["emission"].sel(source=source_id, pollutant=pollutant).to_numpy()[0]):
            continue
        limits = norms[(norms["pollutant"] == pollutant) & (norms["averaging_s"] <= HOUR_S)]
        generator = np.random.default_rng([seed, order])
        rows += _pollutant_rows(
            attribution, operator, observations, limits, source_id, factor, pollutant, generator
        )
    return schema.check(pd.DataFrame(rows), "scenarios") if rows else schema.empty("scenarios")


def scale_top_sources(
    attribution: Attribution,
    operator: xr.Dataset,
    observations: pd.DataFrame,
    norms: pd.DataFrame,
    inspections: pd.DataFrame,
    *,
    factor: float = 0.5,
    count: int = 3,
    seed: int = 0,
) -> pd.DataFrame:
    """Table ``scenarios`` for each of the first ``count`` sources of the ranking; see `scale_source`."""
    tables = [
        scale_source(attribution, operator, observations, norms, str(source_id), factor, seed=seed)
        for source_id in inspections.sort_values("rank")["source_id"].head(count)
    ]
    full = [table for table in tables if len(table)]
    return pd.concat(full, ignore_index=True) if full else schema.empty("scenarios")


def _day_width(attribution: Attribution, source_id: str, pollutant: str) -> float:
    """Spread of ln of the error of a day; 0 where the attribution had no readings to find it from."""
    errors = attribution.diagnostics["errors"].set_index("pollutant")
    kinds = attribution.diagnostics["classes"].set_index("source_id")["class"]
    column = f"dispersion_{kinds[source_id]}"
    relative = float(errors[column].get(pollutant, np.nan)) if column in errors else np.nan
    return float(np.sqrt(np.log1p(relative**2))) if np.isfinite(relative) else 0.0


def _pollutant_rows(
    attribution: Attribution,
    operator: xr.Dataset,
    observations: pd.DataFrame,
    limits: pd.DataFrame,
    source_id: str,
    factor: float,
    pollutant: str,
    generator: np.random.Generator,
) -> list[dict[str, object]]:
    from sootprint.attribution.inverse import hourly_readings

    if limits.empty:
        return []
    chosen = attribution.draws.sel(source=source_id, pollutant=pollutant)
    step = max(1, chosen.sizes["draw"] // MAXIMUM_DRAWS)
    apparent = (chosen["emission"] * chosen["dispersion_bias"]).to_numpy()[::step]
    activity = chosen["activity"].to_numpy()
    width = _day_width(attribution, source_id, pollutant)
    times = pd.DatetimeIndex(operator["time"].to_numpy()).as_unit("us")
    day = (np.arange(len(times)) // 24).astype(np.int64)
    noise = np.exp(width * generator.standard_normal((len(apparent), day.max() + 1)) - 0.5 * width**2)
    readings, _ = hourly_readings(observations, pollutant)
    response = operator["H"].sel(source=source_id).transpose("time", "receptor").to_numpy() * MICROGRAMS
    limit = limits["limit_ugm3"].to_numpy(float)
    posts = []
    for place, station_id in enumerate(str(name) for name in operator["receptor"].to_numpy()):
        mine = readings[readings["station_id"] == station_id]
        at = times.get_indexer(pd.DatetimeIndex(mine["time_start"]).as_unit("us"))
        inside = at >= 0
        hour, value = at[inside], mine["value"].to_numpy(float)[inside]
        unit = response[hour, place] * activity[hour]
        served = np.isfinite(unit)
        hour, value, unit = hour[served], value[served], unit[served]
        if not len(hour):
            continue
        change = (factor - 1.0) * apparent[:, None] * unit[None, :] * noise[:, day[hour]]
        after = np.stack([(value + change > one).sum(axis=1) for one in limit], axis=1)
        base = (value[:, None] > limit[None, :]).sum(axis=0)
        posts.append((station_id, len(hour), base, after, change.sum(axis=1)))
    if not posts:
        return []
    _, hours, bases, afters, changes = zip(*posts, strict=True)
    total = ("all", sum(hours), np.sum(bases, axis=0), np.sum(afters, axis=0), np.sum(changes, axis=0))
    rows = []
    for station_id, considered, base, after, change in [total, *posts]:
        for number, norm_id in enumerate(limits["norm_id"]):
            low, high = np.quantile(after[:, number], (0.05, 0.95))
            mean = change / considered
            rows.append(
                {
                    "scenario_id": f"{source_id} × {factor:g}",
                    "source_id": source_id,
                    "factor": factor,
                    "pollutant": pollutant,
                    "station_id": station_id,
                    "norm_id": norm_id,
                    "hours_considered": considered,
                    "exceedances_base": int(base[number]),
                    "exceedances": after[:, number].mean(),
                    "exceedances_q05": low,
                    "exceedances_q95": high,
                    "mean_change_ugm3": mean.mean(),
                    "mean_change_q05_ugm3": np.quantile(mean, 0.05),
                    "mean_change_q95_ugm3": np.quantile(mean, 0.95),
                }
            )
    return rows
