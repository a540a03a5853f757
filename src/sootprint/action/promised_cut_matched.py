"""Whether a promised cut is visible at the posts without a dispersion model: downwind less elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.action.promised_cut_additive import judged
from sootprint.action.promised_cut_blocks import block_indices, chosen_block, kurtosis, widening
from sootprint.action.promised_cut_options import NO_ANSWER, CutOptions
from sootprint.action.promised_cut_stack import Answer, Hours, counts
from sootprint.core.timeaxis import to_local

Array = NDArray[np.float64]

CONTROL_FROM_DEG = 60.0
"""Angle between the wind and the line from the plant from which a post is a control [degrees]."""

SPEED_EDGES_M_S = (1.5, 3.0)
"""Edges of the classes of wind speed [m s⁻¹]."""

STABLE = ("E", "F")
DAY_H = (8, 20)
"""Local hours of the day, where no stability class is known [h]."""

FEWEST_IN_CELL = 4
"""Reference hours that a cell must have; hours of the window without such a cell are not used."""


@dataclass(frozen=True)
class Excess:
    """Concentration downwind of the plant over that elsewhere, hour by hour.

    Attributes
    ----------
    hours : DatetimeIndex
        Beginnings, UTC.
    value : array, shape (hour,)
        Excess [µg m⁻³]; NaN where no post is downwind or none is a control.
    cell : array of int, shape (hour,)
        Weather class of the hour; −1 where the weather is not known.
    """

    hours: pd.DatetimeIndex
    value: Array
    cell: NDArray[np.int64]


def downwind_excess(
    observations: pd.DataFrame,
    weather: pd.DataFrame,
    stations: pd.DataFrame,
    place: tuple[float, float],
    pollutant: str,
    parts: Hours,
    hours: pd.DatetimeIndex,
    *,
    zone: str,
    options: CutOptions,
) -> Excess:
    """Hourly mean of the posts downwind of a plant less that of the posts that are not.

    A post is downwind where the wind comes from the plant within ``options.sector_deg``, a control where
    the angle is at least 60°. Each post is taken over its own median of the reference hours in which it
    is a control, so that lasting differences between posts drop out. Calm hours have no downwind side.

    Parameters
    ----------
    observations, weather, stations : DataFrame
        Tables of those names; ``weather`` hourly and of one station.
    place : tuple of float
        Longitude and latitude of the plant [degrees].
    parts : Hours
        Of ``hours``; see `promised_cut_stack.split_hours`.
    hours : DatetimeIndex
        Beginnings of the hours, UTC.
    """
    from pyproj import Geod

    from sootprint.monitors import means

    posts = stations.dropna(subset=["lon", "lat"]).drop_duplicates("station_id")
    mine = observations[observations["pollutant"] == pollutant]
    table = means(mine, 3600.0, zone=zone)
    wide = table.pivot_table(index="time_start", columns="station_id", values="value_ugm3", aggfunc="first")
    reading = wide.reindex(index=hours, columns=posts["station_id"]).to_numpy(float)
    count = len(posts)
    to_plant, _, _ = Geod(ellps="WGS84").inv(
        posts["lon"].to_numpy(float), posts["lat"].to_numpy(float), [place[0]] * count, [place[1]] * count
    )
    air = weather.drop_duplicates("time_start").set_index("time_start").reindex(hours)
    speed = air["wind_speed"].to_numpy(float)
    wind_from = np.where(speed > options.calm_m_s, air["wind_from_direction"].to_numpy(float), np.nan)
    angle = np.abs((wind_from[:, None] - np.asarray(to_plant)[None, :] + 180.0) % 360.0 - 180.0)
    downwind, control = angle <= options.sector_deg, angle >= CONTROL_FROM_DEG
    known = np.isfinite(reading)
    level = np.array(
        [_median(reading[parts.reference & control[:, one] & known[:, one], one]) for one in range(count)]
    )
    over = reading - level[None, :]
    value = _mean(over, downwind & np.isfinite(over)) - _mean(over, control & np.isfinite(over))
    return Excess(hours, value, _cells(air, wind_from, speed, hours, zone))


def _median(values: Array) -> float:
    return float(np.median(values)) if len(values) else float("nan")


def _mean(values: Array, chosen: NDArray[np.bool_]) -> Array:
    number = chosen.sum(axis=1)
    total = np.where(chosen, values, 0.0).sum(axis=1)
    return np.divide(total, number, out=np.full(len(values), np.nan), where=number > 0)


def _cells(
    air: pd.DataFrame, wind_from: Array, speed: Array, hours: pd.DatetimeIndex, zone: str
) -> NDArray[np.int64]:
    """Class of wind sector of 30°, speed and stability (day or night where no class is known)."""
    local = to_local(pd.Series(hours), zone).dt.hour.to_numpy()
    night = (local < DAY_H[0]) | (local >= DAY_H[1])
    named = air["stability_class"] if "stability_class" in air else pd.Series(pd.NA, index=air.index)
    stable = np.where(named.notna(), named.isin(STABLE), night)
    known = np.isfinite(wind_from) & np.isfinite(speed)
    sector = (np.where(known, wind_from, 0.0) // 30.0).astype(np.int64) % 12
    class_ = np.digitize(np.where(known, speed, 0.0), SPEED_EDGES_M_S).astype(np.int64)
    return np.where(known, (sector * 3 + class_) * 2 + stable.astype(np.int64), -1)


def matched_check(
    given: Excess,
    parts: Hours,
    promised: float,
    *,
    options: CutOptions,
    rng: np.random.Generator,
) -> Answer:
    """Cut that the excess downwind shows, against reference hours of like weather.

    It is a difference in differences: the first is between posts, downwind less elsewhere, which takes out
    what rises over the whole city; the second is between the window and reference hours of the same wind
    sector, speed class and stability. W is the sum of the excess over the window, V the sum of the reference
    means of the same cells. Their errors are drawn as moving blocks of the residuals of the reference, each
    in units of the spread of its cell; interval and power are those of `promised_cut_additive.judged`.

    Valid where the plant is the only thing in its direction that changed: another source on the same line,
    or a wind measured too far from the plant, is taken for it.
    """
    usable = np.isfinite(given.value) & (given.cell >= 0)
    size = int(max(given.cell.max(), 0)) + 1
    reference = parts.reference & usable
    number = np.bincount(given.cell[reference], minlength=size)
    full = np.append(number >= FEWEST_IN_CELL, False)[given.cell]
    window = parts.window & usable & full
    reference &= full
    answer = Answer(counts(parts, window, reference, np.zeros_like(window), given.hours))
    unmatched = int((parts.window & usable & ~full).sum())
    if unmatched:
        answer.remarks.append(f"{unmatched} h of the window have no reference hours of like weather")
    if not window.any() or answer.values["reference_used_h"] < options.minimum_reference_h / 2:
        answer.remarks.append(
            f"{answer.values['window_used_h']} h of the window and {answer.values['reference_used_h']} of "
            "the reference have a post downwind, one elsewhere and known wind"
        )
        answer.values["verdict"] = NO_ANSWER
        return answer
    answer.remarks.append("hours without a post downwind of the plant say nothing and are not used")
    cell = given.cell[reference]
    count = np.bincount(cell, minlength=size).astype(float)
    mean = np.divide(
        np.bincount(cell, weights=given.value[reference], minlength=size), count, out=np.zeros(size),
        where=count > 0,
    )  # fmt: skip
    residual = given.value[reference] - mean[cell]
    spread = _spread(residual, cell, count)
    scaled = residual / spread[cell]
    wanted = np.bincount(given.cell[window], minlength=size).astype(float)
    block = chosen_block(scaled, int(window.sum()))
    n = len(scaled)
    above = (
        scaled[block_indices(n, int(window.sum()), block, options.draws, rng)] @ spread[given.cell[window]]
    )
    weight = wanted[cell] / count[cell] * spread[cell]
    below = scaled[block_indices(n, n, block, options.draws, rng)] @ weight
    unbiased, wide = widening(
        n / block, options.level, fitted=len(np.unique(cell)) / n, tails=kurtosis(above - below)
    )
    answer.values |= judged(
        float(given.value[window].sum()), float((wanted * mean).sum()), lambda cut: above, below,
        unbiased, wide, promised, options,
    )  # fmt: skip
    answer.values |= {
        "matched_on": "wind sector, speed class and stability; posts downwind less posts elsewhere",
        "block_h": float(block),
        "blocks": n / block,
        "draws": options.draws,
    }
    return answer


def _spread(residual: Array, cell: NDArray[np.int64], count: Array) -> Array:
    """Standard deviation of each cell, drawn halfway to that of all where the cell has few hours."""
    size = len(count)
    square = np.bincount(cell, weights=residual**2, minlength=size)
    overall = float(np.mean(residual**2))
    shrunk = (square + FEWEST_IN_CELL * overall) / (count + FEWEST_IN_CELL)
    return np.sqrt(np.maximum(shrunk, 1e-12 * max(overall, 1e-300)))
