"""Classes of wind speed and direction, and statistics of the hours in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sootprint.attribution.directional.polar import PolarOptions

Array = NDArray[np.float64]


@dataclass(frozen=True)
class WindClasses:
    """Hours sorted into classes of speed and direction.

    Attributes
    ----------
    cell : ndarray of int, shape (hour,)
        Class of each hour: number of the speed class times the sectors, plus that of the sector.
    hours : ndarray of int, shape (class,)
        Hours of each class.
    speed, direction : ndarray, shape (class,)
        Place of each class [m s⁻¹] and [degrees].
    """

    cell: NDArray[np.int64]
    hours: NDArray[np.int64]
    speed: Array
    direction: Array

    @property
    def points(self) -> Array:
        """Wind vectors (u, v) of the classes [m s⁻¹], pointing to where the wind comes from."""
        angle = np.deg2rad(self.direction)
        return np.column_stack([self.speed * np.sin(angle), self.speed * np.cos(angle)]) + 0.0


def wind_classes(speed: Array, direction: Array, top: float, options: PolarOptions) -> WindClasses:
    """Classes of hours.

    A class of speed is open below and closed above, the slowest closed on both sides; it stands at its
    place between zero and the largest speed ``top``, the slowest at 0 and the fastest at ``top``.
    """
    step = options.step_for(direction)
    sectors = round(360.0 / step)
    turned = np.ceil(direction / step - 0.5).astype(int)
    if options.zero_direction == "first":
        turned = np.where(turned == 0, 1, turned)
    number = turned % sectors
    bins = options.speed_bins
    klass = np.clip(np.ceil(speed * bins / top).astype(int) - 1, 0, bins - 1)
    cell = klass * sectors + number
    every = np.arange(bins * sectors)
    return WindClasses(
        cell.astype(np.int64),
        np.bincount(cell, minlength=bins * sectors).astype(np.int64),
        np.asarray((every // sectors) * top / (bins - 1), dtype=float),
        np.asarray((every % sectors) * step, dtype=float),
    )


def class_statistic(classes: WindClasses, value: Array, options: PolarOptions) -> Array:
    """Statistic of the hours of each class; missing where a class has none.

    ``mean``, ``median``, ``percentile``, ``maximum`` and ``standard_deviation`` are those of the class;
    ``weighted_mean`` is the class sum over all hours, so that the classes add up to the mean;
    ``frequency`` counts the hours; ``cpf`` is the share of the class's hours over the threshold or the
    percentile of all hours (Ashbaugh, Malm and Sadeh 1985, doi:10.1016/0004-6981(85)90256-2), or between
    two percentiles, over the lower one and up to the upper one (Uria-Tellaetxe and Carslaw 2014,
    doi:10.1016/j.envsoft.2014.05.006, equation 2).
    """
    hours = classes.hours.astype(float)
    count = len(hours)

    def total(weights: Array) -> Array:
        return np.bincount(classes.cell, weights=weights, minlength=count).astype(float)

    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total(value) / hours
        match options.statistic:
            case "mean":
                return mean
            case "weighted_mean":
                return mean * hours / len(value)
            case "frequency":
                return np.where(hours > 0, hours, np.nan)
            case "median":
                return class_quantile(classes, value, 50.0)
            case "percentile":
                return class_quantile(classes, value, options.percentile)
            case "maximum":
                return class_quantile(classes, value, 100.0)
            case "standard_deviation":
                square = total((value - np.nan_to_num(mean)[classes.cell]) ** 2)
                return np.sqrt(square / np.where(hours > 1, hours - 1.0, np.nan))
            case _:
                return total(_within(value, options).astype(float)) / hours


def _within(value: Array, options: PolarOptions) -> NDArray[np.bool_]:
    within = value > lower_bound(value, options)
    if options.upper_percentile is not None:
        within &= value <= float(np.percentile(value, options.upper_percentile))
    return np.asarray(within)


def lower_bound(value: Array, options: PolarOptions) -> float:
    """Value over which an hour counts in a conditional probability."""
    if options.threshold is not None:
        return options.threshold
    return float(np.percentile(value, options.percentile)) if len(value) else float("nan")


def class_quantile(classes: WindClasses, value: Array, percentile: float) -> Array:
    """Percentile of each class, linear between order statistics (type 7 of Hyndman and Fan 1996)."""
    order = np.lexsort((value, classes.cell))
    ordered = value[order]
    first = np.concatenate([[0], np.cumsum(classes.hours)[:-1]])
    place = np.maximum(classes.hours - 1, 0) * percentile / 100.0
    low = np.floor(place).astype(int)
    held = classes.hours > 0
    made = np.full(len(held), np.nan)
    below = ordered[(first + low)[held]]
    above = ordered[(first + np.minimum(low + 1, np.maximum(classes.hours - 1, 0)))[held]]
    made[held] = below + (place - low)[held] * (above - below)
    return made
