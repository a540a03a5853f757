"""Where the smoke of the calm days begins: heights of plumes in stratified air, places of other sources."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.constants import GRAVITY
from sootprint.synthetic import layout

Array = NDArray[np.float64]

BUOYANCY_FREQUENCY = 0.025
"""Of the stable air above the lid [s⁻¹]: potential temperature rises by 1.7 K in 100 m."""

LEAST_WIND_M_S = 0.2
"""Wind that bends a plume over in the calmest hour, by the meander alone [m s⁻¹]."""

STREET_GRID_M = 200.0
"""Standard deviation of the smoke of one chimney of a district or one piece of a street [m]."""


@dataclass(frozen=True)
class Release:
    """Where walkers of one source begin.

    Attributes
    ----------
    low, high : float64 (hour)
        Height of the part under the lid and of the part that went through it [m].
    aloft : float64 (hour)
        Share of the second part [1].
    sigma_low, sigma_high : float64 (hour)
        Vertical standard deviation of both [m].
    sigma_y : float64 (hour)
        Horizontal standard deviation [m].
    path : float64 (point, 2)
        A place; or the corners of a line; or two opposite corners of a rectangle [m].
    kind : int
        0 a stack, 1 a line, 2 an area.
    """

    low: Array
    high: Array
    aloft: Array
    sigma_low: Array
    sigma_high: Array
    sigma_y: Array
    path: Array
    kind: int


def stable_rise(flux: float, wind: Array, frequency: float) -> Array:
    """Final rise of a plume in stable air [m], shape of ``wind``.

    The smaller of 2.6 (F/(u N²))^⅓, bent over, and 5 F^¼ N^(−¾), in calm air: Briggs 1984 (in Randerson,
    DOE/TIC-27601). At F = 100 m⁴ s⁻³, u = 1 m s⁻¹ and N = 0.02 s⁻¹ they are 163.8 and 297.3 m.

    Parameters
    ----------
    flux : float
        Buoyancy flux F [m⁴ s⁻³].
    wind : float64
        u [m s⁻¹], greater than 0.
    frequency : float
        N [s⁻¹].
    """
    bent = 2.6 * np.cbrt(flux / (wind * frequency**2))
    return np.minimum(bent, 5.0 * flux**0.25 * frequency**-0.75)


def neutral_rise(flux: float, wind: Array) -> Array:
    """Final rise of a plume in neutral air [m]: 21.425 F^¾ / u under 55 m⁴ s⁻³, 38.71 F^⅗ / u above.

    Briggs 1971 (Proc. 2nd Int. Clean Air Congress). At F = 100 m⁴ s⁻³ and u = 5 m s⁻¹ it is 122.7 m.
    """
    return np.asarray((21.425 * flux**0.75 if flux < 55.0 else 38.71 * flux**0.6) / wind)


def release(
    source: pd.Series, lid: Array, wind: Array, temperature: Array, *, rise_factor: float = 1.0
) -> Release:
    """Where walkers of one source begin in every hour.

    A stack above the lid rises in stable air. One under it sends the share 1.5 − (lid − stack)/Δh, between 0
    and 1, through the lid, and the rest levels off under it: Weil & Brower 1984,
    doi:10.1080/00022470.1984.10465816. A plume is 0.15 Δh thick and Δh/3.5 wide after its rise (standard
    deviations).

    Parameters
    ----------
    source : Series
        Row of the table ``sources``.
    lid, wind, temperature : float64 (hour)
        Lid [m], wind at stack height [m s⁻¹], air temperature [K].
    rise_factor : float
        Error of the rise [1].
    """
    if source["kind"] != "point":
        return _spread_release(source, len(lid))
    stack, radius = float(source["height_m"]), 0.5 * float(source["diameter_m"])
    hot = float(source["exit_temperature_k"])
    excess = np.maximum(hot - temperature, 0.0).mean() / hot
    flux = GRAVITY * float(source["exit_velocity_m_s"]) * radius**2 * float(excess)
    bending = np.maximum(wind, LEAST_WIND_M_S)
    stable = rise_factor * stable_rise(flux, bending, BUOYANCY_FREQUENCY)
    free = rise_factor * neutral_rise(flux, bending)
    room = lid - stack
    through = np.clip(1.5 - room / stable, 0.0, 1.0)
    level = np.where(through > 0.0, (0.62 + 0.38 * through) * room, np.minimum(free, 0.85 * room))
    low = stack + np.maximum(np.minimum(level, 0.85 * room), 0.0)
    high = np.maximum(stack + stable, 1.2 * lid)
    x, y = layout.plane(np.array([source["lon"]]), np.array([source["lat"]]))
    width = 10.0 + np.where(through > 0.5, stable, low - stack) / 3.5
    return Release(
        low,
        high,
        through,
        5.0 + 0.15 * (low - stack),
        5.0 + 0.15 * stable,
        width,
        np.column_stack([x, y]),
        0,
    )


def _spread_release(source: pd.Series, hours: int) -> Release:
    import shapely

    lonlat = shapely.get_coordinates(shapely.from_wkt(source["geometry_wkt"]))
    x, y = layout.plane(lonlat[:, 0], lonlat[:, 1])
    path = np.column_stack([x, y])
    kind = 1
    if source["kind"] == "area":
        path, kind = np.array([path.min(axis=0), path.max(axis=0)]), 2
    height = np.full(hours, float(source["height_m"]))
    thick = np.full(hours, math.hypot(3.0, float(source["vertical_extent_m"]) / 2.15))
    width = np.full(hours, STREET_GRID_M)
    return Release(height, height, np.zeros(hours), thick, thick, width, path, kind)
