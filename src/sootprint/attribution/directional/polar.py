"""Bivariate polar plot: smoothed mean concentration over wind speed and direction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.directional.joining import served
from sootprint.attribution.directional.roses import _stack
from sootprint.attribution.directional.spline import fit_spline

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PolarOptions:
    """Settings of `polar_plot`.

    Attributes
    ----------
    speed_bins : int
        Classes of wind speed from zero to the largest speed.
    direction_step : float
        Width of a class of direction [degrees].
    few_hours_weights : tuple of float
        Weights of classes with 1, 2, 3, … hours; more hours weigh 1.
    basis : int
        Basis functions of the spline.
    coarse, fine : int
        Grid points a side where the spline is evaluated and where it is given; between them the squared
        surface is bilinear.
    mask_distance : float
        Grid points farther than this from any class with hours are missing, in sides of the grid.
    minimum_bins : int
        Classes with hours under which no surface is made.
    """

    speed_bins: int = 30
    direction_step: float = 10.0
    few_hours_weights: tuple[float, ...] = (0.25, 0.5, 0.75)
    basis: int = 100
    coarse: int = 51
    fine: int = 101
    mask_distance: float = 0.05
    minimum_bins: int = 40


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
    """
    options = options or PolarOptions()
    tables = []
    for (station, pollutant), group in served(joined).groupby(["station_id", "pollutant"], sort=True):
        u, v, value = polar_surface(
            group["wind_speed"].to_numpy(float),
            group["wind_from_direction"].to_numpy(float),
            group["value_ugm3"].to_numpy(float),
            options,
        )
        tables.append(
            pd.DataFrame(
                {
                    "station_id": station,
                    "pollutant": pollutant,
                    "u": u.ravel(),
                    "v": v.ravel(),
                    "value_ugm3": value.ravel(),
                }
            )
        )
    return _stack(tables, "polar_plot")


def polar_surface(
    speed: Array, direction: Array, value: Array, options: PolarOptions
) -> tuple[Array, Array, Array]:
    """Grid u, v [m s⁻¹] and smoothed mean; each of shape (fine, fine), v along the first axis.

    A class of speed stands at its place between zero and the largest speed, the slowest at 0 and the
    fastest at the largest; negative class means keep their sign under the root.
    """
    known = np.isfinite(speed) & np.isfinite(direction) & np.isfinite(value)
    speed, direction, value = speed[known], direction[known], value[known]
    top = float(speed.max()) if len(speed) and speed.max() > 0 else 1.0
    axis = np.linspace(-top, top, options.fine)
    u, v = np.meshgrid(axis, axis)
    points, mean, hours = _class_means(speed, direction, value, top, options)
    if len(np.unique(points, axis=0)) < options.minimum_bins:
        return u, v, np.full(u.shape, np.nan)
    steps = np.array([*options.few_hours_weights, 1.0])
    weights = steps[np.minimum(hours, len(steps)).astype(int) - 1]
    spline = fit_spline(points, np.sign(mean) * np.sqrt(np.abs(mean)), weights, basis=options.basis)
    surface = _evaluate(spline, top, options)
    surface[_far(u, v, points, top, options.mask_distance)] = np.nan
    return u, v, surface


def _class_means(
    speed: Array, direction: Array, value: Array, top: float, options: PolarOptions
) -> tuple[Array, Array, Array]:
    """Wind vectors, means and hours of the classes that hold hours."""
    sectors = round(360.0 / options.direction_step)
    number = np.ceil(direction / options.direction_step - 0.5).astype(int) % sectors
    klass = np.ceil(speed * options.speed_bins / top).astype(int) - 1
    cell = np.clip(klass, 0, options.speed_bins - 1) * sectors + number
    hours = np.bincount(cell, minlength=options.speed_bins * sectors)
    total = np.bincount(cell, weights=value, minlength=options.speed_bins * sectors)
    held = np.flatnonzero(hours)
    place = (held // sectors) * top / (options.speed_bins - 1)
    angle = np.deg2rad((held % sectors) * options.direction_step)
    points = np.column_stack([place * np.sin(angle), place * np.cos(angle)]) + 0.0
    return points, total[held] / hours[held], hours[held].astype(float)


def _evaluate(spline: object, top: float, options: PolarOptions) -> Array:
    """Squared spline on the coarse grid, bilinear on the fine one."""
    from scipy.interpolate import RegularGridInterpolator

    coarse = np.linspace(-top, top, options.coarse)
    u, v = np.meshgrid(coarse, coarse)
    assert callable(spline)
    root = np.asarray(spline(np.column_stack([u.ravel(), v.ravel()])), dtype=float)
    squared = (root**2).reshape(u.shape)
    fine = np.linspace(-top, top, options.fine)
    grid = np.stack(np.meshgrid(fine, fine, indexing="ij"), axis=-1)
    return np.asarray(RegularGridInterpolator((coarse, coarse), squared)(grid))


def _far(u: Array, v: Array, points: Array, top: float, distance: float) -> NDArray[np.bool_]:
    """Grid points with no class with hours within the distance, in sides of the grid."""
    from scipy.spatial import KDTree

    nearest, _ = KDTree(points / (2.0 * top)).query(np.column_stack([u.ravel(), v.ravel()]) / (2.0 * top))
    return np.asarray(nearest > distance).reshape(u.shape)
