"""Posterior predictive checks: readings that the fitted model would give against those that were read.

Gelman, Meng & Stern 1996, *Posterior predictive assessment of model fitness via realized discrepancies*,
Statistica Sinica 6, 733–760.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.diagnostics.base import Base, draw_base
from sootprint.attribution.diagnostics.cells import Cells, Hours, apparent_rates, cells_of, served_hours
from sootprint.attribution.diagnostics.inputs import Inputs
from sootprint.attribution.diagnostics.options import CheckOptions
from sootprint.attribution.diagnostics.replicas import Errors, fitted_errors, replicate
from sootprint.attribution.diagnostics.rows import Row, coverage_row, row
from sootprint.attribution.inverse import Attribution
from sootprint.core.timeaxis import to_local

Array = NDArray[np.float64]

SECTORS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
SPEEDS = (0.0, 2.0, 3.0, 5.0, 8.0)
"""Lower ends of the classes of wind speed [m s⁻¹]."""

CENSORED_SHARE = 0.1
"""Share of cells with a reading below detection from which statistics of a post are not judged."""


@dataclass(frozen=True)
class Fitted:
    """What an attribution says of one pollutant, ready to predict readings.

    Attributes
    ----------
    hours : Hours
        Served readings of all hours.
    cells : Cells
        Cells of the hours that rates were inferred from.
    rates : (draw, K) array
        Apparent rates [g s⁻¹].
    base : Base
        Background of each draw.
    errors : Errors
        Error scales.
    """

    hours: Hours
    cells: Cells
    rates: Array
    base: Base
    errors: Errors


def fitted(
    inputs: Inputs, result: Attribution, pollutant: str, options: CheckOptions, rng: np.random.Generator
) -> Fitted | None:
    """Rates, background and errors of one pollutant; None where it had no reading to compare."""
    hours = served_hours(inputs, result, pollutant)
    errors = fitted_errors(result, pollutant, hours.sources, inputs.options)
    used = hours.part(inputs.windy()[hours.hour])
    if errors is None or len(used.value) == 0:
        return None
    cells = cells_of(used, inputs.options.cell_hours)
    rates = apparent_rates(result, pollutant, hours.sources, options.replicates)
    base = draw_base(
        cells,
        rates,
        errors.variance(cells, rates.mean(axis=0)),
        len(hours.stations),
        len(inputs.times),
        inputs.options.knot_hours,
        rng,
    )
    return Fitted(hours, cells, rates, base, errors)


def predictive_rows(
    inputs: Inputs, model: Fitted, options: CheckOptions, rng: np.random.Generator
) -> list[Row]:
    """Coverage by post, wind sector, wind speed and hour of day, and p-values of statistics of each post."""
    cells, pollutant = model.cells, model.hours.pollutant
    held = np.zeros(len(cells.value), bool)
    posts = np.unique(cells.station)
    rows: list[Row] = []
    tail = options.family_risk / (2.0 * len(posts))
    for place in posts:
        mask = cells.station == place
        own = cells.part(mask)
        made = replicate(own, model.rates, model.base.at(own.middle, own.station), model.errors, rng)
        held[mask] = within(own, made, options.level)
        rows += statistic_rows(model.hours.stations[place], pollutant, own, made, tail)
    kinds = {"station": np.array(model.hours.stations)[cells.station], **_classes(inputs, cells)}
    day = cells.number * inputs.options.cell_hours // 24
    for kind, label in kinds.items():
        subjects = [name for name in dict.fromkeys(sorted(label)) if name]
        for subject in subjects:
            mask = label == subject
            rows.append(
                coverage_row(
                    "predicted readings", kind, str(subject), pollutant, held[mask],
                    len(np.unique(day[mask])), level=options.level,
                    risk=options.family_risk / len(subjects), least_days=options.least_days,
                )
            )  # fmt: skip
    return rows


def within(cells: Cells, made: Array, level: float) -> NDArray[np.bool_]:
    """Whether the central interval of the replicates holds each reading, (m,) array.

    A cell with a reading below detection is an upper bound: held where the interval begins below it.
    """
    low, high = np.quantile(made, (0.5 - level / 2.0, 0.5 + level / 2.0), axis=0)
    return np.asarray((cells.value >= low) & ((cells.value <= high) | cells.censored))


def statistic_rows(station_id: str, pollutant: str, cells: Cells, made: Array, tail: float) -> list[Row]:
    """Posterior predictive p-values Pr(T(y_rep) ≥ T(y)) of mean, 95th percentile and persistence.

    (1 + number of replicates that reach the observed) / (1 + replicates), so that it is never zero; judged
    no finer than the replicates resolve.
    """
    judged = float(cells.censored.mean()) <= CENSORED_SHARE
    tail = max(tail, 1.5 / (len(made) + 1.0))
    rows = []
    for name, statistic in _STATISTICS.items():
        observed = float(statistic(cells.value[None], cells.number)[0])
        values = statistic(made, cells.number)
        if not np.isfinite(observed):
            continue
        share = (1.0 + float((values >= observed).sum())) / (len(values) + 1.0)
        low, high = np.quantile(values, (0.05, 0.95))
        words = f"observed {observed:.3g}; replicated {low:.3g} to {high:.3g}"
        if not judged:
            words += "; not judged: readings below detection"
        rows.append(
            row(
                name, "station", station_id, pollutant, share, words, low=tail, high=1.0 - tail, judged=judged
            )
        )
    return rows


def _mean(values: Array, number: NDArray[np.int64]) -> Array:
    return np.asarray(values.mean(axis=1))


def _high(values: Array, number: NDArray[np.int64]) -> Array:
    return np.asarray(np.quantile(values, 0.95, axis=1))


def persistence(values: Array, number: NDArray[np.int64]) -> Array:
    """Correlation of each cell with the next one, of rows of cells; missing with under ten such pairs."""
    first = np.flatnonzero(np.diff(number) == 1)
    if len(first) < 10:
        return np.full(len(values), np.nan)
    one, two = values[:, first], values[:, first + 1]
    one = one - one.mean(axis=1, keepdims=True)
    two = two - two.mean(axis=1, keepdims=True)
    scale = np.sqrt((one**2).sum(axis=1) * (two**2).sum(axis=1))
    return np.asarray((one * two).sum(axis=1) / np.where(scale > 0, scale, np.nan))


_STATISTICS: dict[str, Callable[[Array, NDArray[np.int64]], Array]] = {
    "mean of readings": _mean,
    "95th percentile of readings": _high,
    "persistence of readings": persistence,
}


def _classes(inputs: Inputs, cells: Cells) -> dict[str, NDArray[np.str_]]:
    """Wind sector, wind speed and hour of day of each cell; empty where the wind is not known."""
    hours = inputs.options.cell_hours
    wind, times = inputs.wind(), inputs.times
    speed = wind["wind_speed"].to_numpy(float)
    angle = np.radians(wind["wind_from_direction"].to_numpy(float))
    of = np.arange(len(times)) // hours
    parts = pd.DataFrame({"east": speed * np.sin(angle), "north": speed * np.cos(angle), "speed": speed})
    mean = parts.groupby(of).mean().reindex(cells.number)
    heading = np.degrees(np.arctan2(mean["east"], mean["north"])).to_numpy(float)
    known = np.isfinite(heading)
    sector = np.where(known, heading, 0.0) % 360.0
    names = np.array(SECTORS)[np.round(sector / 45.0).astype(int) % 8]
    pace = mean["speed"].to_numpy(float)
    rank = np.searchsorted(SPEEDS, np.where(np.isfinite(pace), pace, 0.0), side="right") - 1
    ends = [f"{low:g}–{high:g}" for low, high in pairwise(SPEEDS)] + [f"{SPEEDS[-1]:g}–"]
    begin = times[np.minimum(cells.number * hours, len(times) - 1)]
    clock = to_local(pd.Series(begin), inputs.zone).dt.hour.to_numpy()
    return {
        "wind sector": np.where(known, names, ""),
        "wind speed": np.where(np.isfinite(pace), np.array(ends)[rank], ""),
        "hour": np.array([f"{hour:02d}–{(hour + hours) % 24:02d}" for hour in clock]),
    }
