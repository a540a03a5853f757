"""Bivariate polar plot: a smoothed statistic over wind speed and direction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.directional.joining import served
from sootprint.attribution.directional.polar_classes import (
    WindClasses,
    class_statistic,
    lower_bound,
    wind_classes,
)
from sootprint.attribution.directional.roses import _stack
from sootprint.attribution.directional.spline import fit_spline
from sootprint.attribution.directional.wind_kernels import paired_statistic, wind_regression
from sootprint.core.errors import InputError

Array = NDArray[np.float64]

Statistic = Literal[
    "mean",
    "weighted_mean",
    "median",
    "percentile",
    "maximum",
    "standard_deviation",
    "frequency",
    "cpf",
    "nwr",
    "correlation",
    "slope",
    "intercept",
    "spearman",
    "robust_slope",
    "quantile_slope",
]

PAIRED = ("correlation", "slope", "intercept", "spearman", "robust_slope", "quantile_slope")
"""Statistics of two pollutants."""

OTHER_NAMES: dict[str, Statistic] = {
    "r": "correlation",
    "pearson": "correlation",
    "max": "maximum",
    "stdev": "standard_deviation",
}
"""Names that the program openair gives to some of the statistics."""

UNITS = {"frequency": "h", "cpf": "1"} | {name: "1" for name in PAIRED if name != "intercept"}
"""Unit of a statistic where it is not that of the concentration."""


@dataclass(frozen=True)
class PolarOptions:
    """Settings of `polar_plot`.

    Attributes
    ----------
    statistic : str
        What is smoothed: see `class_statistic`, `wind_regression` and `paired_statistic`; the names of
        `OTHER_NAMES` are understood, too.
    percentile, upper_percentile : float, optional
        Percentile of ``percentile``; bound or bounds of ``cpf``.
    threshold : float, optional
        Bound of ``cpf`` in the unit of the readings, in place of a percentile.
    quantile : float
        Quantile of ``quantile_slope``, from 0 to 1.
    speed_bins : int
        Classes of wind speed from zero to the largest speed.
    direction_step : float, optional
        Width of a class of direction [degrees]; none: 10 where all directions are whole tens, else 5, or
        2 for wind regression.
    zero_direction : "north" or "first"
        Class of a direction that rounds to 0°: that of 360°, or the first one east of it. The reference
        program does the second where the readings come as a tibble (see `PolarOptions.openair`).
    radial_zero : "still" or "slowest"
        Speed at the origin: zero, or the slowest speed, which is taken off all.
    few_hours_weights : tuple of float
        Weights of classes with 1, 2, 3, … hours; more hours weigh 1.
    root : bool, optional
        Whether the square root is smoothed and squared again; none: unless the statistic may be negative.
    basis : int
        Basis functions of the spline.
    coarse, fine : int
        Grid points a side where the spline is evaluated and where it is given; between them the surface is
        bilinear.
    mask_distance : float
        Grid points farther than this from any class with hours are missing, in sides of the grid.
    minimum_bins : int
        Classes with hours under which no surface is made.
    speed_spread, direction_spread : float
        Spreads of the kernels [m s⁻¹], [degrees].
    wrap : "both_sides" or "one_side"
        Angles of the direction kernel, see `direction_kernel`.
    kernel_cut, minimum_hours : float, int
        See `paired_statistic`.
    """

    statistic: Statistic = "mean"
    percentile: float = 90.0
    upper_percentile: float | None = None
    threshold: float | None = None
    quantile: float = 0.5
    speed_bins: int = 30
    direction_step: float | None = 10.0
    zero_direction: Literal["north", "first"] = "north"
    radial_zero: Literal["still", "slowest"] = "still"
    few_hours_weights: tuple[float, ...] = (0.25, 0.5, 0.75)
    root: bool | None = None
    basis: int = 100
    coarse: int = 51
    fine: int = 101
    mask_distance: float = 0.05
    minimum_bins: int = 40
    speed_spread: float = 1.5
    direction_spread: float = 5.0
    wrap: Literal["both_sides", "one_side"] = "both_sides"
    kernel_cut: float = 0.001
    minimum_hours: int = 100

    def __post_init__(self) -> None:
        name = OTHER_NAMES.get(self.statistic.lower(), self.statistic)
        if name not in get_args(Statistic):
            raise InputError(f"statistic {name!r}", cure=f"one of: {', '.join(get_args(Statistic))}")
        object.__setattr__(self, "statistic", name)
        if not 0.0 < self.quantile < 1.0:
            raise InputError(f"quantile {self.quantile:g}", rule="between 0 and 1", cure="0.5, the median")
        low, high = self.percentile, self.upper_percentile
        if not 0.0 <= low <= 100.0 or (high is not None and not low < high <= 100.0):
            raise InputError(
                f"percentiles {low:g} and {high}", rule="from 0 to 100, the upper one over the lower one"
            )

    @classmethod
    def openair(cls, statistic: Statistic = "mean", **changes: Any) -> PolarOptions:
        """Settings that repeat the reference program (version 2.18) hour for hour.

        Three of them are faults that a direction near north suffers from and that the default settings do
        not have: a direction stated as 0° counts with the first class east of north, an hour west of north
        does not weigh at a place east of it, and the origin is the slowest wind, not calm.
        """
        settings: dict[str, Any] = {
            "direction_step": None,
            "zero_direction": "first",
            "radial_zero": "slowest",
            "wrap": "one_side",
            "fine": 201,
        }
        if statistic == "nwr":
            settings |= {"speed_bins": 40, "basis": 200}
        return cls(statistic=statistic, **settings | changes)

    def step_for(self, direction: Array) -> float:
        """Width of a class of direction [degrees]."""
        if self.direction_step is not None:
            return self.direction_step
        if np.all(direction % 10.0 == 0.0):
            return 10.0
        return 2.0 if self.statistic == "nwr" else 5.0

    @property
    def smooths_root(self) -> bool:
        """Whether the square root is smoothed."""
        return self.statistic not in PAIRED if self.root is None else self.root


def polar_plot(joined: pd.DataFrame, *, options: PolarOptions | None = None) -> pd.DataFrame:
    """Smoothed mean concentration by wind speed and direction, as a surface over the wind vector.

    The hours are sorted into classes of speed and direction; the square root of each class mean is
    smoothed by a thin-plate regression spline (`fit_spline`) and squared again. The method is that of
    Carslaw, Beevers, Ropkins and Bell 2006 (Atmos. Environ. 40, 5424–5434,
    doi:10.1016/j.atmosenv.2006.05.013) as the reference implementation defines it. Classes of light wind
    are many small ones near the origin: there the direction is uncertain, which the surface hides.

    Parameters
    ----------
    joined : DataFrame
        Result of `join_hourly`.
    options : PolarOptions, optional
        Settings.

    Returns
    -------
    DataFrame
        Table ``polar_plot``: ``fine``² rows a post and pollutant; the value is missing far from data, and
        everywhere if too few classes hold hours.

    Raises
    ------
    InputError
        If the statistic is not a concentration of one pollutant: `polar_statistic` has a table for all.
    """
    options = options or PolarOptions()
    if options.statistic in UNITS or options.statistic in PAIRED:
        raise InputError(f"a polar plot of {options.statistic}", cure="polar_statistic")
    made = polar_statistic(joined, options=options)
    return _stack(
        [made.rename(columns={"value": "value_ugm3"})[["station_id", "pollutant", "u", "v", "value_ugm3"]]]
        if len(made)
        else [],
        "polar_plot",
    )


def polar_statistic(
    joined: pd.DataFrame, *, options: PolarOptions | None = None, second: str | None = None
) -> pd.DataFrame:
    """Smoothed statistic by wind speed and direction.

    Parameters
    ----------
    joined : DataFrame
        Result of `join_hourly`.
    options : PolarOptions, optional
        Settings; ``statistic`` says what is smoothed.
    second : str, optional
        Second pollutant of a statistic of two: the one that the others are set against.

    Returns
    -------
    DataFrame
        Table ``polar_statistic``: ``fine``² rows a post and pollutant.

    Raises
    ------
    InputError
        If a statistic of two pollutants has no second one, or another has one.
    """
    options = options or PolarOptions()
    if (options.statistic in PAIRED) != (second is not None):
        raise InputError(
            f"statistic {options.statistic} with second pollutant {second}",
            rule=f"{', '.join(PAIRED)} are of two pollutants, the others of one",
        )
    rows = served(joined)
    tables = []
    for (station, pollutant), group in rows.groupby(["station_id", "pollutant"], sort=True):
        if pollutant == second:
            continue
        other = None
        if second is not None:
            partner = rows.loc[(rows["station_id"] == station) & (rows["pollutant"] == second)]
            other = group["time_start"].map(partner.set_index("time_start")["value_ugm3"]).to_numpy(float)
        u, v, value = polar_surface(
            group["wind_speed"].to_numpy(float),
            group["wind_from_direction"].to_numpy(float),
            group["value_ugm3"].to_numpy(float),
            options,
            second=other,
        )
        tables.append(
            pd.DataFrame(
                {
                    "station_id": station,
                    "pollutant": pollutant,
                    "second_pollutant": second,
                    "statistic": options.statistic,
                    "threshold_ugm3": _threshold(group, options),
                    "unit": UNITS.get(options.statistic, "µg m⁻³"),
                    "u": u.ravel(),
                    "v": v.ravel(),
                    "value": value.ravel(),
                }
            )
        )
    return _stack(tables, "polar_statistic")


def _threshold(group: pd.DataFrame, options: PolarOptions) -> float:
    """Lower bound of a conditional probability; missing for other statistics."""
    if options.statistic != "cpf":
        return float("nan")
    held = group["wind_from_direction"].notna() & group["value_ugm3"].notna()
    return lower_bound(group.loc[held, "value_ugm3"].to_numpy(float), options)


def polar_surface(
    speed: Array, direction: Array, value: Array, options: PolarOptions, *, second: Array | None = None
) -> tuple[Array, Array, Array]:
    """Grid u, v [m s⁻¹] and smoothed statistic; each of shape (fine, fine), v along the first axis.

    Negative class values keep their sign under the root. A surface of a probability or a correlation
    that the smoother carries past its bounds is set to the bound.
    """
    known = np.isfinite(speed) & np.isfinite(direction) & np.isfinite(value)
    if second is not None:
        known &= np.isfinite(second)
        second = second[known]
    speed, direction, value = speed[known], direction[known], value[known]
    if options.radial_zero == "slowest" and len(speed):
        speed = speed - speed.min()
    top = float(speed.max()) if len(speed) and speed.max() > 0 else 1.0
    axis = np.linspace(-top, top, options.fine)
    u, v = np.meshgrid(axis, axis)
    if not len(speed):
        return u, v, np.full(u.shape, np.nan)
    options = replace(options, direction_step=options.step_for(direction))
    classes = wind_classes(speed, direction, top, options)
    statistic = _statistic(classes, speed, direction, value, second, options)
    used = np.isfinite(statistic)
    points = classes.points
    if len(np.unique(points[used], axis=0)) < options.minimum_bins:
        return u, v, np.full(u.shape, np.nan)
    steps = np.array([1.0, *options.few_hours_weights, 1.0])
    weights = steps[np.minimum(classes.hours, len(steps) - 1)]
    wanted = np.sign(statistic) * np.sqrt(np.abs(statistic)) if options.smooths_root else statistic
    spline = fit_spline(points[used], wanted[used], weights[used], basis=options.basis)
    surface = _evaluate(spline, top, options)
    surface[_far(u, v, points[classes.hours > 0], top, options.mask_distance)] = np.nan
    if options.statistic == "cpf":
        surface = np.minimum(surface, 1.0)
    elif options.statistic in ("correlation", "spearman"):
        surface = np.clip(surface, -1.0, 1.0)
    return u, v, surface


def _statistic(
    classes: WindClasses,
    speed: Array,
    direction: Array,
    value: Array,
    second: Array | None,
    options: PolarOptions,
) -> Array:
    """Statistic at every class; kernels also say something of classes without hours of their own."""
    if options.statistic not in ("nwr", *PAIRED):
        return class_statistic(classes, value, options)
    shape = (options.speed_bins, -1)
    speeds = classes.speed.reshape(shape)[:, 0]
    # north as 360°: the one-sided angles of the reference program depend on it
    directions = classes.direction.reshape(shape)[0]
    directions = np.where(directions == 0.0, 360.0, directions)
    if options.statistic == "nwr":
        return wind_regression(speed, direction, value, speeds, directions, options).ravel()
    if second is None:
        raise InputError(f"{options.statistic} of one pollutant", cure="give the second one")
    return paired_statistic(speed, direction, value, second, speeds, directions, options).ravel()


def _evaluate(spline: object, top: float, options: PolarOptions) -> Array:
    """Spline on the coarse grid, squared where its root was smoothed, bilinear on the fine one."""
    from scipy.interpolate import RegularGridInterpolator

    coarse = np.linspace(-top, top, options.coarse)
    u, v = np.meshgrid(coarse, coarse)
    assert callable(spline)
    made = np.asarray(spline(np.column_stack([u.ravel(), v.ravel()])), dtype=float)
    surface = (made**2 if options.smooths_root else made).reshape(u.shape)
    fine = np.linspace(-top, top, options.fine)
    grid = np.stack(np.meshgrid(fine, fine, indexing="ij"), axis=-1)
    return np.asarray(RegularGridInterpolator((coarse, coarse), surface)(grid))


def _far(u: Array, v: Array, points: Array, top: float, distance: float) -> NDArray[np.bool_]:
    """Grid points with no class with hours within the distance, in sides of the grid."""
    from scipy.spatial import KDTree

    nearest, _ = KDTree(points / (2.0 * top)).query(np.column_stack([u.ravel(), v.ravel()]) / (2.0 * top))
    return np.asarray(nearest > distance).reshape(u.shape)
