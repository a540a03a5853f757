"""Whether a promised cut is visible at the posts, with the dispersion operator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.action.promised_cut_additive import judged
from sootprint.action.promised_cut_blocks import (
    FEWEST_BLOCKS,
    WINDOW_BLOCKS,
    block_indices,
    block_length,
    kurtosis,
    widening,
)
from sootprint.action.promised_cut_options import NO_ANSWER, CutOptions
from sootprint.action.promised_cut_stack import Answer, Hours, counts, too_few
from sootprint.core.timeaxis import to_local

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]

MICROGRAMS = 1e6
"""Micrograms in a gram."""

ROUNDS = 4
"""Rounds of the weighted fit; its weights settle in three."""

DAY_H = 24

CHUNK = 100
"""Draws that are made at once; bounds the memory."""


@dataclass(frozen=True)
class Signals:
    """Readings and modelled parts on one grid (hour, post) [µg m⁻³]; NaN where unknown or unserved."""

    hours: pd.DatetimeIndex
    reading: Array
    target: Array
    others: Array


@dataclass(frozen=True)
class _Fit:
    window: float
    reference: float
    scale: Array
    additive: float
    relative: float
    residual: Array
    parameters: int
    rows: Array


def signals(
    observations: pd.DataFrame,
    operator: xr.Dataset,
    rates: pd.DataFrame,
    source_ids: list[str],
    pollutant: str,
    *,
    zone: str,
) -> Signals:
    """Hourly readings and the modelled parts of the named sources and of all others, at each post.

    The part of a source is q f(t) H(t) with the rate q of ``rates`` [g s⁻¹] and its time profile f.
    """
    from sootprint.monitors import means
    from sootprint.sources import time_profile_factors

    hours = pd.DatetimeIndex(operator["time"].to_numpy()).as_unit("us")
    posts = [str(name) for name in operator["receptor"].to_numpy()]
    names = [str(name) for name in operator["source"].to_numpy()]
    response = operator["H"].transpose("time", "receptor", "source").to_numpy() * MICROGRAMS
    own = rates[rates["pollutant"] == pollutant].drop_duplicates("source_id").set_index("source_id")
    target, others = np.zeros(response.shape[:2]), np.zeros(response.shape[:2])
    for number, name in enumerate(names):
        if name not in own.index or not float(own.loc[name, "rate_g_s"]) > 0:
            continue
        profile = own.loc[name, "time_profile"] if "time_profile" in own else None
        factor = time_profile_factors(None if pd.isna(profile) else str(profile), hours, zone)
        part = float(own.loc[name, "rate_g_s"]) * factor[:, None] * response[:, :, number]
        if name in source_ids:
            target += part
        else:
            others += part
    mine = observations[observations["pollutant"] == pollutant]
    table = means(mine, 3600.0, zone=zone)
    wide = table.pivot_table(index="time_start", columns="station_id", values="value_ugm3", aggfunc="first")
    reading = wide.reindex(index=hours, columns=posts).to_numpy(float)
    return Signals(hours, reading, target, others)


def operator_check(
    given: Signals,
    parts: Hours,
    promised: float,
    *,
    zone: str,
    options: CutOptions,
    rng: np.random.Generator,
) -> Answer:
    r"""Cut that the posts show: the fitted scale of the plant's modelled part in the window and outside it.

    .. math:: c_{tp} = a_p + d_{day(t)} + h(hour) + \gamma O_{tp}
              + \beta_r S_{tp} [t \in ref] + \beta_w S_{tp} [t \in win] + e_{tp}

    with the plant's modelled part S, that of the other sources O, a level a of each post and d of each local
    day, and two harmonics h of the hour. The levels of the days take up the build-up of a smog from day to
    day, which would else pass for or hide a cut. Errors have the variance σ² + (ρ M)², M being the modelled
    sum: dispersion errs by a factor, the rest by an amount; both are found from the residuals, and the fit
    is weighted by them. The cut is 1 − β_w / β_r. A lasting error of dispersion is in both and drops out.

    Draws of the errors of β take whole days of standardised residuals of all posts, in blocks of days, so
    that hours, posts and days of one weather stay together and their distribution, with its heavy tail, is
    the data's own.

    Parameters
    ----------
    given : Signals
        See `signals`.
    parts : Hours
        See `promised_cut_stack.split_hours`; of the hours of ``given``.
    """
    cells = np.isfinite(given.reading) & np.isfinite(given.target) & np.isfinite(given.others)
    window = parts.window & cells.any(axis=1)
    reference = parts.reference & cells.any(axis=1)
    answer = Answer(counts(parts, window, reference, np.zeros_like(window), given.hours))
    if (why := too_few(answer.values, options)) is not None:
        answer.remarks.append(f"{why} (hours with a reading that the engine serves)")
        answer.values["verdict"] = NO_ANSWER
        return answer
    used = cells & (window | reference)[:, None]
    seen = given.target * used
    if not (np.nansum(seen[window]) > 0 and np.nansum(seen[reference]) > 0):
        answer.remarks.append("the engine brings nothing of the plant to the posts")
        answer.values["verdict"] = NO_ANSWER
        return answer
    day = _days(given.hours, zone)
    fit = _fit(given, used, window, day, zone)
    donors, block, days = _donor_days(given, used, window, day, fit, options, rng)
    reference_draws, window_draws = _draws(given, used, window, day, zone, fit, donors)
    unbiased, wide = widening(
        days / block,
        options.level,
        fitted=fit.parameters / int(used.sum()),
        tails=kurtosis(window_draws(0.0) - reference_draws),
    )
    answer.values |= judged(
        fit.window, fit.reference, window_draws, reference_draws, unbiased, wide, promised, options
    )
    answer.values |= {
        "matched_on": "modelled parts; level of the post and of the day; hour of day",
        "block_h": float(block * DAY_H),
        "blocks": days / block,
        "draws": options.draws,
    }
    return answer


def _days(hours: pd.DatetimeIndex, zone: str) -> NDArray[np.int64]:
    dates = to_local(pd.Series(hours), zone).dt.floor("D")
    return ((dates - dates.min()).dt.days).to_numpy(np.int64)


def _design(
    given: Signals, used: NDArray[np.bool_], window: NDArray[np.bool_], day: NDArray[np.int64], zone: str
) -> tuple[Array, int]:
    """Columns of the fit, the last two being those of the window and of the reference."""
    hour, post = np.nonzero(used)
    _, days = np.unique(day[hour], return_inverse=True)
    local = to_local(pd.Series(given.hours), zone).dt.hour.to_numpy(float)[hour]
    columns = [np.eye(days.max() + 1)[days]]
    names, posts = np.unique(post, return_inverse=True)
    columns += [np.eye(len(names))[posts][:, 1:]]
    angle = 2.0 * np.pi * local / DAY_H
    columns += [np.stack([np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)], axis=1)]
    if np.any(given.others[used] > 0):
        columns += [given.others[used][:, None]]
    inside = window[hour]
    part = given.target[used]
    columns += [np.stack([part * inside, part * ~inside], axis=1)]
    made = np.concatenate(columns, axis=1)
    return made, made.shape[1]


def _fit(
    given: Signals, used: NDArray[np.bool_], window: NDArray[np.bool_], day: NDArray[np.int64], zone: str
) -> _Fit:
    from scipy.optimize import nnls

    design, parameters = _design(given, used, window, day, zone)
    reading = given.reading[used]
    inside = window[np.nonzero(used)[0]]
    variance = np.full(len(reading), float(np.var(reading)))
    for _ in range(ROUNDS):
        beta, _rows = _weighted(design, reading, variance)
        residual = reading - design @ beta
        scale = np.where(inside, beta[-2], beta[-1])
        modelled = np.maximum(scale, 0.0) * given.target[used] + given.others[used]
        # Weighted as squares of squares, so that the few largest residuals do not decide alone.
        weight = 1.0 / variance
        terms = np.stack([np.ones(len(modelled)), modelled**2], axis=1) * weight[:, None]
        found, _ = nnls(terms, residual**2 * weight)
        variance = np.maximum(found[0], 1e-6 * float(np.var(reading))) + found[1] * modelled**2
    beta, rows = _weighted(design, reading, variance)
    residual = reading - design @ beta
    return _Fit(
        window=float(beta[-2]),
        reference=float(beta[-1]),
        scale=np.sqrt(variance),
        additive=max(float(found[0]), 1e-6 * float(np.var(reading))),
        relative=float(found[1]),
        residual=residual / np.sqrt(variance),
        parameters=parameters,
        rows=rows,
    )


def _weighted(design: Array, reading: Array, variance: Array) -> tuple[Array, Array]:
    """Coefficients of the weighted fit, and what each reading adds to the last two of them.

    Columns are scaled to length one before the normal equations are solved, which the few tens of
    coefficients of very unlike units need.
    """
    root = 1.0 / np.sqrt(variance)
    weighted = design * root[:, None]
    length = np.sqrt((weighted**2).sum(axis=0))
    weighted /= length
    inverse = np.linalg.pinv(weighted.T @ weighted, hermitian=True)
    beta = (inverse @ (weighted.T @ (reading * root))) / length
    rows = (inverse[-2:] @ weighted.T) * root[None, :] / length[-2:, None]
    return beta, rows


def _donor_days(
    given: Signals,
    used: NDArray[np.bool_],
    window: NDArray[np.bool_],
    day: NDArray[np.int64],
    fit: _Fit,
    options: CutOptions,
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], int, int]:
    """Day that each day takes its residuals from (draw, day), block length [d], and number of days."""
    hour = np.nonzero(used)[0]
    days, place = np.unique(day[hour], return_inverse=True)
    sums = np.bincount(hour, weights=fit.residual, minlength=len(given.hours))
    count = np.bincount(hour, minlength=len(given.hours))
    length_h = block_length(sums[count > 0] / count[count > 0])
    in_window = len(np.unique(day[window]))
    wanted = max(length_h / DAY_H, min(float(in_window), len(days) / WINDOW_BLOCKS))
    block = int(max(1, min(np.ceil(wanted), len(days) // FEWEST_BLOCKS)))
    return block_indices(len(days), len(days), block, options.draws, rng), block, int(place.max()) + 1


def _draws(
    given: Signals,
    used: NDArray[np.bool_],
    window: NDArray[np.bool_],
    day: NDArray[np.int64],
    zone: str,
    fit: _Fit,
    donors: NDArray[np.int64],
) -> tuple[Array, Callable[[float], Array]]:
    """Draws of the errors of the two scales: that of the reference, and that of the window for a cut."""
    hour, post = np.nonzero(used)
    _, place = np.unique(day[hour], return_inverse=True)
    local = to_local(pd.Series(given.hours), zone).dt.hour.to_numpy(np.int64)[hour]
    pool = np.full((place.max() + 1, DAY_H, used.shape[1]), np.nan)
    pool[place, local, post] = fit.residual
    _fill_from_near_days(pool)
    inside = window[hour]
    row_w, row_r = fit.rows
    target, others = given.target[used], given.others[used]
    weights = np.stack([row_w * fit.scale * ~inside, row_r * fit.scale], axis=1)
    fixed = np.empty((len(donors), 2))
    stored = np.empty((len(donors), int(inside.sum())))
    for first in range(0, len(donors), CHUNK):
        mine = pool[donors[first : first + CHUNK][:, place], local[None, :], post[None, :]]
        fixed[first : first + CHUNK] = mine @ weights
        stored[first : first + CHUNK] = mine[:, inside]

    def window_draws(cut: float) -> Array:
        modelled = max(fit.reference, 0.0) * (1.0 - cut) * target[inside] + others[inside]
        scale = np.sqrt(fit.additive + fit.relative * modelled**2)
        return fixed[:, 0] + stored @ (row_w[inside] * scale)

    return fixed[:, 1], window_draws


def _fill_from_near_days(pool: Array) -> None:
    """Residuals of the same post and hour of the nearest day, in the cells that a donor day lacks.

    A post and hour that no day has gets 0: no reading is ever compared there.
    """
    days = np.arange(len(pool))
    for hour in range(pool.shape[1]):
        for post in range(pool.shape[2]):
            known = np.flatnonzero(np.isfinite(pool[:, hour, post]))
            if not len(known):
                pool[:, hour, post] = 0.0
                continue
            nearest = known[np.abs(days[:, None] - known[None, :]).argmin(axis=1)]
            pool[:, hour, post] = pool[nearest, hour, post]
