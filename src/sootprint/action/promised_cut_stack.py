"""Whether a promised cut is visible at the stack: emission in the window against a matched reference."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.action.promised_cut_blocks import block_indices, chosen_block, widening
from sootprint.action.promised_cut_options import NO_ANSWER, CutOptions, verdict_of
from sootprint.core.timeaxis import to_local

Array = NDArray[np.float64]

HOUR = pd.Timedelta(hours=1)
DAY_H = 24.0

FEWEST_IN_CELL = 4
"""Reference hours that each matching cell of the window must have."""

MATCHINGS = ("hour of day and weekend", "hour of day", "nothing")
"""What hours are matched on, the finest first."""

DAY_MATCHINGS = ("weekend", "nothing")
"""What days are matched on, the finest first."""

FLAT_SHARE = 0.5
"""Share of a day's readings in runs of equal values from which the day is not used [1]."""


@dataclass(frozen=True)
class Hours:
    """Hours of a series by their part in the check: window, reference, left out."""

    window: NDArray[np.bool_]
    reference: NDArray[np.bool_]
    excluded: NDArray[np.bool_]


@dataclass
class Answer:
    """What one method found: columns of ``promised_cut_checks`` but for the promise's own."""

    values: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def hourly_rate(
    readings: pd.DataFrame, source_ids: list[str], pollutant: str, hours: pd.DatetimeIndex, coverage: float
) -> tuple[Array, list[str], list[str]]:
    """Summed rate of the sources in each hour [g s⁻¹]; missing where any of them lacks readings.

    Readings without a rate, flagged, or longer than an hour are not usable. A source without any usable
    reading is not in the sum and is returned as missing.

    Returns
    -------
    tuple of array, list of str, list of str
        Rate (hour,), sources in it, sources without data.
    """
    usable = (
        (readings["pollutant"] == pollutant)
        & readings["rate_g_s"].notna()
        & (readings["flag"] == "valid")
        & (readings["duration_s"] > 0)
        & (readings["duration_s"] <= 3600.0)
    )
    mine = readings[usable]
    middle = mine["time_start"] + pd.to_timedelta(mine["duration_s"] / 2.0, unit="s")
    place = hours.get_indexer(pd.DatetimeIndex(middle.dt.floor("h")).as_unit(hours.unit))
    inside = place >= 0
    total, found, missing = np.zeros(len(hours)), [], []
    for source_id in source_ids:
        own = inside & (mine["source_id"] == source_id).fillna(False).to_numpy(bool)
        if not own.any():
            missing.append(source_id)
            continue
        found.append(source_id)
        weight = mine["duration_s"].to_numpy(float)[own]
        value = mine["rate_g_s"].to_numpy(float)[own]
        covered = np.bincount(place[own], weights=weight, minlength=len(hours))
        mass = np.bincount(place[own], weights=weight * value, minlength=len(hours))
        with np.errstate(invalid="ignore", divide="ignore"):
            total += np.where(covered >= coverage * 3600.0, mass / covered, np.nan)
    return (total if found else np.full(len(hours), np.nan)), found, missing


def daily_rate(
    table: pd.DataFrame, source_ids: list[str], pollutant: str, days: pd.DatetimeIndex, coverage: float
) -> tuple[Array, list[str], list[str]]:
    """Summed mean rate of the sources in each local day [g s⁻¹] of table ``stack_days``; see `hourly_rate`.

    For files that state the day of a reading and not its time. A day of a source is usable where its rates
    cover enough of it and under half of its readings stand still.
    """
    mine = table[
        (table["pollutant"] == pollutant) & table["mean_rate_g_s"].notna() & (table["hours_rate"] > 0)
    ]
    mine = mine[mine["n_flat"].astype(float) < FLAT_SHARE * mine["n_valid"].astype(float)]
    place = days.get_indexer(pd.DatetimeIndex(mine["day"]).as_unit(days.unit))
    total, found, missing = np.zeros(len(days)), [], []
    for source_id in source_ids:
        own = (place >= 0) & (mine["source_id"] == source_id).fillna(False).to_numpy(bool)
        if not own.any():
            missing.append(source_id)
            continue
        found.append(source_id)
        weight, value = mine["hours_rate"].to_numpy(float)[own], mine["mean_rate_g_s"].to_numpy(float)[own]
        covered = np.bincount(place[own], weights=weight, minlength=len(days))
        mass = np.bincount(place[own], weights=weight * value, minlength=len(days))
        with np.errstate(invalid="ignore", divide="ignore"):
            total += np.where(covered >= coverage * DAY_H, mass / covered, np.nan)
    return (total if found else np.full(len(days), np.nan)), found, missing


def split_hours(
    hours: pd.DatetimeIndex,
    start: pd.Timestamp,
    end: pd.Timestamp,
    options: CutOptions,
    excluded: pd.DataFrame | None = None,
    *,
    ends: pd.DatetimeIndex | None = None,
) -> Hours:
    """Window, reference before and after it, and hours left out of the reference.

    Hours, or steps that end at ``ends``, belong to a part that holds them wholly. ``excluded`` has the
    columns time_start and time_end (UTC), maintenance and other promised cuts; what touches it is left out.
    """
    gap, reach = options.gap_h * HOUR, pd.Timedelta(days=options.reference_days)
    close = hours + HOUR if ends is None else ends
    window = np.asarray((hours >= start) & (close <= end))
    before = (hours >= start - gap - reach) & (close <= start - gap)
    after = (hours >= end + gap) & (close <= end + gap + reach)
    wanted = np.asarray(before | after)
    out = np.zeros(len(hours), bool)
    for row in () if excluded is None else excluded.itertuples():
        out |= np.asarray((hours < row.time_end) & (close > row.time_start))
    return Hours(window, wanted & ~out, wanted & out)


def stack_check(
    rate: Array,
    hours: pd.DatetimeIndex,
    parts: Hours,
    promised: float,
    *,
    zone: str,
    options: CutOptions,
    rng: np.random.Generator,
    step_h: float = 1.0,
) -> Answer:
    r"""Cut that the stack monitors show, with its interval and its power.

    The ratio is :math:`R = \sum_w x_t / \sum_w m_{c(t)}`: emission of the window over what the reference
    emits in like hours, m_c being the mean of the reference hours of the cell c (hour of day and weekend;
    coarser where a cell would have under four hours). It is not matched on load: a cut by lower load is a
    cut. Its error is that of a stretch of the reference: residuals x / m, drawn in moving blocks, make
    pseudo-windows and pseudo-references and so draws of ln R*, and the interval of the true ratio is R over
    their quantiles, widened for the finite number of blocks. The power for a cut c is the share of draws with
    ln R* + ln (1 − c) under the critical value that an uncut emission falls short of in 5 % of cases.

    Valid where window and reference differ in nothing but the cut that is not matched: a season, a change of
    feed or a repair in either is taken for the cut or hides it.

    Parameters
    ----------
    rate : array, shape (hour,)
        Rate [g s⁻¹], NaN where it is not known.
    hours : DatetimeIndex
        Beginnings of the hours, UTC.
    parts : Hours
        See `split_hours`.
    promised : float
        Promised cut [1].
    step_h : float
        Length of a step [h]: 24 for a series of daily means, whose ``hours`` are its local midnights.
    """
    known = np.isfinite(rate)
    standstill = _standstill(rate, parts.reference & known, options, step_h)
    reference = parts.reference & known & ~standstill
    window = parts.window & known
    answer = Answer(counts(parts, window, reference, standstill, hours, step_h))
    if (why := too_few(answer.values, options)) is not None:
        answer.remarks.append(why)
        answer.values["verdict"] = NO_ANSWER
        return answer
    label, cells = _cells(hours, window, reference, zone, step_h)
    size = int(cells.max()) + 1
    count = np.bincount(cells[reference], minlength=size).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(cells[reference], weights=rate[reference], minlength=size) / count
    expected = mean[cells]
    if not expected[window].sum() > 0:
        answer.remarks.append("the reference emits nothing")
        answer.values["verdict"] = NO_ANSWER
        return answer
    ratio = rate[window].sum() / expected[window].sum()
    residual = np.divide(
        rate[reference], expected[reference], out=np.ones(reference.sum()), where=expected[reference] > 0
    )
    wanted = np.bincount(cells[window], minlength=size).astype(float)
    first = expected[window] / expected[window].sum()
    cell = cells[reference]
    second = expected[reference] * wanted[cell] / count[cell] / expected[window].sum()
    block = chosen_block(residual, int(window.sum()))
    draws = _log_ratios(residual, first, second, block, options.draws, rng)
    fitted = len(np.unique(cell)) / len(residual)
    unbiased, wide = widening(len(residual) / block, options.level, fitted=fitted)
    answer.values |= _judged(ratio, draws, unbiased, wide, promised, options)
    usable_all = parts.window & np.isfinite(expected)
    filled = np.where(known, rate, expected)[usable_all].sum() / expected[usable_all].sum()
    steady = _steadiness(residual, hours[reference], hours[parts.window][0])
    answer.values |= {
        "cut_if_gaps_uncut": 1.0 - filled,
        "after_over_before": steady,
        "matched_on": label,
        "block_h": float(block) * step_h,
        "blocks": len(residual) / block,
        "draws": options.draws,
    }
    return answer


def _log_ratios(
    residual: Array, first: Array, second: Array, block: int, draws: int, rng: np.random.Generator
) -> Array:
    above = residual[block_indices(len(residual), len(first), block, draws, rng)] @ first
    below = residual[block_indices(len(residual), len(second), block, draws, rng)] @ second
    # A pseudo-window of nothing but zeros is a draw of its own: an emission that stands still by chance.
    with np.errstate(divide="ignore"):
        return np.log(above) - np.log(below)


def _judged(
    ratio: float, draws: Array, unbiased: float, wide: float, promised: float, options: CutOptions
) -> dict[str, Any]:
    low, high = wide * np.quantile(draws, [options.tail, 1.0 - options.tail])
    own = unbiased * draws

    def power(cut: float) -> float:
        with np.errstate(divide="ignore"):
            return float(np.mean(own + np.log(1.0 - cut) < low)) if cut < 1.0 else 1.0

    detectable = 1.0 - float(np.exp(low - np.quantile(own, options.power)))
    # exp(−∞) is 0: then the interval has no upper bound for the ratio.
    cut_low = 1.0 - ratio / np.exp(low) if np.isfinite(low) else np.nan
    cut_high = 1.0 - ratio / np.exp(high)
    return {
        "cut": 1.0 - ratio,
        "cut_low": cut_low,
        "cut_high": cut_high,
        "power_promised": power(promised),
        "detectable_cut": detectable if np.isfinite(low) and detectable > 0 else np.nan,
        "verdict": verdict_of(cut_low, cut_high, promised, power(promised), options.power, measured=True),
    }


def _cells(
    hours: pd.DatetimeIndex,
    window: NDArray[np.bool_],
    reference: NDArray[np.bool_],
    zone: str,
    step_h: float,
) -> tuple[str, NDArray[np.int64]]:
    local = to_local(pd.Series(hours), zone)
    hour = local.dt.hour.to_numpy(np.int64)
    weekend = (local.dt.day_of_week >= 5).to_numpy(np.int64)
    nothing = np.zeros_like(hour)
    tried = (
        zip(MATCHINGS, (hour + 24 * weekend, hour, nothing), strict=True)
        if step_h < DAY_H
        else zip(DAY_MATCHINGS, (weekend, nothing), strict=True)
    )
    for label, cells in tried:
        count = np.bincount(cells[reference], minlength=48)
        if (count[np.unique(cells[window])] >= FEWEST_IN_CELL).all():
            return label, cells
    return "nothing", nothing


def _standstill(
    rate: Array, candidates: NDArray[np.bool_], options: CutOptions, step_h: float
) -> NDArray[np.bool_]:
    made = np.zeros(len(rate), bool)
    if not candidates.any():
        return made
    low = candidates & (rate < options.standstill_share * np.median(rate[candidates]))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], low.astype(int), [0]])))
    for begin, end in edges.reshape(-1, 2):
        if (end - begin) * step_h >= options.standstill_h:
            made[begin:end] = True
    return made


def counts(
    parts: Hours,
    window: NDArray[np.bool_],
    reference: NDArray[np.bool_],
    standstill: NDArray[np.bool_],
    hours: pd.DatetimeIndex,
    step_h: float = 1.0,
) -> dict[str, Any]:
    """Hours of window and reference that were asked for, used, missing and left out."""
    asked = parts.reference | parts.excluded
    used = hours[reference]
    numbers = {
        "window_h": parts.window.sum(),
        "window_used_h": window.sum(),
        "window_missing_h": parts.window.sum() - window.sum(),
        "reference_h": asked.sum(),
        "reference_used_h": reference.sum(),
        "reference_excluded_h": parts.excluded.sum() + standstill.sum(),
    }
    return {
        **{name: int(number * step_h) for name, number in numbers.items()},
        "reference_start": used.min() if len(used) else pd.NaT,
        "reference_end": used.max() + step_h * HOUR if len(used) else pd.NaT,
        "draws": 0,
    }


def too_few(values: dict[str, Any], options: CutOptions) -> str | None:
    """Why the data do not suffice for an answer; None where they do."""
    if values["window_used_h"] < options.window_coverage * max(values["window_h"], 1):
        return (
            f"usable data in {values['window_used_h']} of {values['window_h']} h of the window: "
            "missing data are not compliance"
        )
    if values["reference_used_h"] < options.minimum_reference_h:
        return (
            f"{values['reference_used_h']} usable reference hours, "
            f"{options.minimum_reference_h} are asked for"
        )
    return None


def _steadiness(residual: Array, times: pd.DatetimeIndex, start: pd.Timestamp) -> float:
    after = np.asarray(times > start)
    if after.all() or not after.any() or not residual[~after].mean() > 0:
        return float("nan")
    return float(residual[after].mean() / residual[~after].mean())
