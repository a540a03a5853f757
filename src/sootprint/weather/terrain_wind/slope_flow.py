"""Winds that a slope makes for itself: drainage at night, upslope wind by day.

References
----------
.. [1] Mahrt, L. (1982). Momentum balance of gravity flows. J. Atmos. Sci. 39, 2701–2711.
   doi:10.1175/1520-0469(1982)039<2701:MBOGF>2.0.CO;2.
.. [2] Horst, T. W. & Doran, J. C. (1986). Nocturnal drainage flow on simple slopes. Boundary-Layer Meteorol.
   34, 263–286. doi:10.1007/BF00122382.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from sootprint.core.constants import GRAVITY, HEAT_CAPACITY_DRY_AIR
from sootprint.core.errors import InputError
from sootprint.weather.terrain_wind.grid import TerrainGrid

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SlopeFlow:
    """Parameters of the slope winds.

    Parameters
    ----------
    drag : float
        C_D + k of the drainage [1]: friction of the ground and entrainment at the top. Published models take
        from 0.01 to 0.08, which is a factor of two in the speed.
    upslope_drag : float
        The same of the upslope wind [1].
    depth_share : float
        Depth of the flow over the drop from the crest, or over the rise from the valley [1].
    air_density : float
        [kg m⁻³].
    air_temperature : float
        [K].
    """

    drag: float = 0.08
    upslope_drag: float = 0.4
    depth_share: float = 0.05
    air_density: float = 1.2
    air_temperature: float = 283.0

    def __post_init__(self) -> None:
        values = (self.drag, self.upslope_drag, self.depth_share, self.air_density, self.air_temperature)
        if not all(np.isfinite(value) and value > 0.0 for value in values):
            raise InputError(f"slope flow {values}", rule="positive numbers")


def drainage_speed(
    heat_loss: ArrayLike, distance: ArrayLike, drop: ArrayLike, sine: ArrayLike, options: SlopeFlow
) -> Floats:
    r"""Mean speed of the air that drains down a slope [m s⁻¹].

    .. math::

       S = \left[\frac{Q g x \sin α}{ρ c_p T (C_D+k)}\right]^{1/3} [1 - e^{-x/L_e}]^{1/3}, \quad
       L_e = \frac{0.05 Δz}{C_D + k}

    after [1]_ and [2]_. 30 W/m² lost, 1,000 m from the crest on a slope of sin α = 0.1 with a drop of 100 m,
    and C_D + k = 0.08 give 1.03 m/s.

    Parameters
    ----------
    heat_loss : array_like
        Sensible heat that the air loses to the ground, Q [W m⁻²].
    distance, drop : array_like
        Distance x and drop Δz from the crest [m].
    sine : array_like
        sin α [1].
    """
    distance, drop = np.asarray(distance, float), np.asarray(drop, float)
    forcing = np.asarray(heat_loss, float) * GRAVITY * distance * np.asarray(sine, float)
    scale = options.air_density * HEAT_CAPACITY_DRY_AIR * options.air_temperature
    with np.errstate(divide="ignore", invalid="ignore"):
        lengths = distance * options.drag / (options.depth_share * drop)
    grown = np.where(drop > 0.0, -np.expm1(-lengths), 0.0)
    return np.asarray(np.cbrt(forcing / (scale * options.drag) * grown))


def upslope_speed(heat_gain: ArrayLike, rise: ArrayLike, options: SlopeFlow) -> Floats:
    r"""Mean speed of the air that climbs a heated slope [m s⁻¹]: [Q g Δz/(ρ c_p T · drag)]^⅓.

    200 W/m² and 100 m above the valley give 1.13 m/s with a drag of 0.4.
    """
    scale = options.air_density * HEAT_CAPACITY_DRY_AIR * options.air_temperature * options.upslope_drag
    return np.asarray(np.cbrt(np.asarray(heat_gain, float) * GRAVITY * np.asarray(rise, float) / scale))


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _trace(ground: Floats, order: NDArray[np.int64], cell: float, distance: Floats, end: Floats) -> None:
    """Distance to, and height of, the end of the steepest way, for cells in the order of the way."""
    rows, columns = ground.shape
    for place in order:
        j, i = place // columns, place % columns
        steepest, jj, ii, length = 0.0, -1, -1, 0.0
        for dj in range(-1, 2):
            for di in range(-1, 2):
                if (dj == 0 and di == 0) or not (0 <= j + dj < rows and 0 <= i + di < columns):
                    continue
                run = cell * np.sqrt(float(dj * dj + di * di))
                slope = (ground[j + dj, i + di] - ground[j, i]) / run
                if slope > steepest:
                    steepest, jj, ii, length = slope, j + dj, i + di, run
        if jj < 0:
            distance[j, i], end[j, i] = 0.0, ground[j, i]
        else:
            distance[j, i] = distance[jj, ii] + length
            end[j, i] = end[jj, ii]


def crest_paths(ground: Floats, cell_m: float) -> tuple[Floats, Floats]:
    """Distance along the steepest ascent to its crest and the drop from it [m], each of shape (ny, nx)."""
    distance, end = np.empty_like(ground), np.empty_like(ground)
    order = np.argsort(-ground, axis=None, kind="stable")
    _trace(np.ascontiguousarray(ground), order, cell_m, distance, end)
    return distance, end - ground


def valley_rise(ground: Floats, cell_m: float) -> Floats:
    """Rise above the end of the steepest descent [m], shape (ny, nx)."""
    return crest_paths(-ground, cell_m)[1]


def unit_slope_flow(grid: TerrainGrid, options: SlopeFlow, *, upslope: bool) -> tuple[Floats, Floats, Floats]:
    """Slope wind of 1 W/m²: eastward and northward speed [m s⁻¹] and depth [m], each of shape (ny, nx).

    Speeds go with the third root of the heat flux.
    """
    slope_x, slope_y = grid.slopes()
    steepness = np.hypot(slope_x, slope_y)
    if upslope:
        rise = valley_rise(grid.ground, grid.cell_m)
        speed, depth, sign = upslope_speed(1.0, rise, options), options.depth_share * rise, 1.0
    else:
        distance, drop = crest_paths(grid.ground, grid.cell_m)
        sine = steepness / np.sqrt(1.0 + steepness**2)
        speed = drainage_speed(1.0, distance, drop, sine, options)
        depth, sign = options.depth_share * drop, -1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        toward = np.where(steepness > 0.0, sign * speed / steepness, 0.0)
    return toward * slope_x, toward * slope_y, depth
