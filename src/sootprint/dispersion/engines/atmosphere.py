"""Hours of the boundary layer made ready for the kernels: profiles, means, the air over cities."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.engines.layers import HourScales
from sootprint.dispersion.engines.mast import mast_readings
from sootprint.dispersion.engines.scene import (
    ADJUSTED,
    AIR_TEMPERATURE,
    AVERAGE_SIGMA_W,
    AVERAGE_WIND,
    BASE_ELEVATION,
    CONVECTIVE_VELOCITY,
    COUNT_OF_SCALES,
    FRICTION_VELOCITY,
    GRADIENT_ABOVE,
    IMPROVED,
    MECHANICAL_HEIGHT,
    MIXING_HEIGHT,
    OBUKHOV_LENGTH,
    ROUGHNESS_LENGTH,
    STABLE,
    TOP_POTENTIAL_TEMPERATURE,
    URBAN_STABLE,
    City,
    Weather,
)
from sootprint.dispersion.hours import column
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.layers import (
    fill_direction,
    fill_gradient,
    fill_potential_temperature,
    fill_turbulence,
    fill_wind,
    hour_scales,
    known,
    measured_gradients,
)
from sootprint.dispersion.kernels.levels import (
    GRADIENT,
    GRID,
    HEIGHTS,
    POTENTIAL,
    SIGMA_V,
    SIGMA_W,
    WIND,
    at,
    cumulate,
    integral_to,
    level_below,
)
from sootprint.dispersion.kernels.similarity import convective_sigma_v, convective_sigma_w
from sootprint.dispersion.kernels.urban import URBAN_GRADIENT, urban_height, urban_scales

REASONS = (
    "served",
    "calm",
    "missing wind",
    "variable direction",
    "missing temperature",
    "missing stability",
    "missing mixing height",
)
"""Reasons in the order of their codes: words of the table ``operator_hours``."""
SERVED, CALM, NO_WIND, VARIABLE, NO_TEMPERATURE, NO_STABILITY, NO_LID = range(7)

HIGHEST_LID = 4000.0
"""Mixing heights above this [m] are taken as this high."""
LOWEST_LID = 1.0
LEAST_LENGTH = 1.0
"""Least |L| [m]."""
LEAST_CONVECTION = 0.001
"""w* [m s⁻¹] taken for a w* of 0."""
LEAST_ROUGHNESS = 1e-4
LEAST_GRADIENT_ABOVE = 0.005
LEAST_SIGMA_V, LEAST_SIGMA_W = 0.2, 0.02
"""Least turbulence that a measurement is taken for [m s⁻¹]."""

_SURFACE = [
    "friction_velocity",
    "convective_velocity",
    "obukhov_length",
    "roughness_length",
    "convective_mixing_height",
    "mechanical_mixing_height",
    "potential_temperature_gradient",
    "wind_speed",
    "wind_from_direction",
    "measurement_height",
    "air_temperature",
    "temperature_height",
    "cloud",
]


def hour_reasons(table: pd.DataFrame) -> NDArray[np.int64]:
    """Reason code (index of `REASONS`) of each hour of a table ``boundary_layer``.

    A wind without its height counts as missing, a temperature likewise, and turbulence without a roughness.
    """
    get = {name: column(table, name) for name in _SURFACE}
    speed, direction, length = get["wind_speed"], get["wind_from_direction"], get["obukhov_length"]
    unstable = length < 0.0
    convective, mechanical = get["convective_mixing_height"], get["mechanical_mixing_height"]
    rules = [
        (~(mechanical >= 0.0) | (unstable & ~(convective >= 0.0)), NO_LID),
        (
            ~np.isfinite(length)
            | ~(get["friction_velocity"] > 0.0)
            | ~np.isfinite(get["roughness_length"])
            | (unstable & ~(get["convective_velocity"] >= 0.0)),
            NO_STABILITY,
        ),
        (~(get["air_temperature"] > 0.0) | ~(get["temperature_height"] >= 0.0), NO_TEMPERATURE),
        (np.isfinite(speed) & ~np.isfinite(direction), VARIABLE),
        (~(speed >= 0.0) | ~(get["measurement_height"] > 0.0), NO_WIND),
        (speed == 0.0, CALM),
    ]
    reason = np.full(len(table), SERVED, dtype=np.int64)
    for holds, code in rules:
        reason[holds] = code
    return reason


def tower_arrays(times: NDArray[np.datetime64], profiles: pd.DataFrame | None) -> tuple[Floats, ...]:
    """Measured profiles as arrays (time, level): height, speed, direction, temperature, σv, σw; NaN missing.

    Notes
    -----
    As of `sootprint.dispersion.engines.mast.mast_readings`, σv at least 0.2 m s⁻¹, σw at least 0.02 m s⁻¹.
    """
    height, speed, direction, temperature, sigma_v, sigma_w = mast_readings(times, profiles)
    with np.errstate(invalid="ignore"):
        sigma_v = np.where(speed > 0.0, np.maximum(sigma_v, LEAST_SIGMA_V), np.nan)
        nothing = (speed == 0.0) & ((direction == 0.0) | (direction == 360.0))
    direction = np.where(nothing, np.nan, np.where(direction == 0.0, 360.0, direction))
    speed = np.where(nothing, np.nan, speed)
    return height, speed, direction, temperature, sigma_v, np.maximum(sigma_w, LEAST_SIGMA_W)


def weather_arrays(
    table: pd.DataFrame,
    profiles: pd.DataFrame | None,
    *,
    base_elevation: float,
    cities: Sequence[City] = (),
    adjusted_friction_velocity: bool = False,
    bulk_richardson: bool = False,
    direction_shift: float = 0.0,
    improved: bool = False,
) -> tuple[Weather, NDArray[np.int64]]:
    """Profiles of all hours of a table ``boundary_layer`` and the reason code of each.

    Parameters
    ----------
    table : DataFrame
        Table ``boundary_layer``, ordered by time.
    profiles : DataFrame or None
        Table ``profiles``; without it the wind of ``table`` alone is known.
    base_elevation : float
        Elevation of the profiles' foot above the sea [m].
    cities : sequence of City
        Cities whose night air is to be made beside that of the country.
    adjusted_friction_velocity, bulk_richardson : bool
        How u* was made in stable light wind.
    direction_shift : float
        Added to every direction [degrees]: minus the convergence of the grid.
    improved : bool
        Whether the plume is that of physics ``improved`` (`sootprint.dispersion.kernels.near_ground`); above
        a tower, turbulence then returns to similarity in convection.
    """
    reason = hour_reasons(table)
    served = (reason == SERVED).astype(np.int64)
    get = {name: column(table, name) for name in _SURFACE}
    times = table["time_start"].to_numpy("datetime64[us]")
    tower = tower_arrays(times, profiles)
    direction = np.mod(get["wind_from_direction"] + direction_shift, 360.0)
    tower_direction = np.mod(tower[2] + direction_shift, 360.0)
    direction[direction == 0.0] = 360.0
    tower_direction[tower_direction == 0.0] = 360.0
    hours, places, levels = len(table), 1 + len(cities), GRID.size
    made = Weather(
        served=served,
        direction=np.full((hours, levels), np.nan),
        columns=np.full((hours, places, levels, 9), np.nan),
        scales=np.full((hours, places, COUNT_OF_SCALES), np.nan),
    )
    surface = np.stack(
        [
            get["friction_velocity"],
            np.where(get["convective_velocity"] == 0.0, LEAST_CONVECTION, get["convective_velocity"]),
            np.where(
                np.abs(get["obukhov_length"]) < LEAST_LENGTH,
                np.where(get["obukhov_length"] > 0.0, LEAST_LENGTH, -LEAST_LENGTH),
                get["obukhov_length"],
            ),
            np.maximum(get["roughness_length"], LEAST_ROUGHNESS),
            np.clip(get["convective_mixing_height"], LOWEST_LID, HIGHEST_LID),
            np.clip(get["mechanical_mixing_height"], LOWEST_LID, HIGHEST_LID),
            np.fmax(get["potential_temperature_gradient"], LEAST_GRADIENT_ABOVE),
            get["wind_speed"],
            direction,
            get["measurement_height"],
            get["air_temperature"],
            get["temperature_height"],
            10.0 * get["cloud"],
        ],
        axis=1,
    )
    city = np.array([[item.population, item.roughness_length] for item in cities]).reshape(-1, 2)
    _fill_hours(
        made,
        surface,
        tower[0],
        tower[1],
        tower_direction,
        tower[3],
        tower[4],
        tower[5],
        city,
        base_elevation,
        int(adjusted_friction_velocity),
        int(bulk_richardson),
        int(improved),
    )
    return made, reason


@compiled
def _fill_hours(
    out: Weather,
    surface: Floats,
    tower_height: Floats,
    tower_speed: Floats,
    tower_direction: Floats,
    tower_temperature: Floats,
    tower_sigma_v: Floats,
    tower_sigma_w: Floats,
    cities: Floats,
    base_elevation: float,
    adjusted: int,
    bulk: int,
    improved: int,
) -> None:
    room = np.empty((3, tower_height.shape[1] + 1))
    line = np.empty(HEIGHTS.size)
    for time in range(out.served.size):
        if out.served[time] == 0:
            continue
        row = surface[time]
        scales = hour_scales(row, row[12], adjusted, bulk)
        _fill_winds(
            out,
            time,
            scales,
            row[8],
            tower_height[time],
            tower_speed[time],
            tower_direction[time],
            room,
            line,
        )
        _fill_country(
            out,
            time,
            scales,
            row[11],
            base_elevation,
            tower_height[time],
            tower_temperature[time],
            tower_sigma_v[time],
            tower_sigma_w[time],
            improved,
            room,
            line,
        )
        for number in range(cities.shape[0]):
            _fill_city(out, time, 1 + number, scales, row[11], base_elevation, cities[number], line)


@compiled
def _levels_known(heights: Floats) -> int:
    count = 0
    while count < heights.size and not math.isnan(heights[count]):
        count += 1
    return count


@compiled
def _fill_winds(
    out: Weather,
    time: int,
    scales: HourScales,
    direction: float,
    heights: Floats,
    speeds: Floats,
    directions: Floats,
    room: Floats,
    line: Floats,
) -> None:
    levels = _levels_known(heights)
    count = known(heights, speeds, levels, room[0], room[1])
    if count == 0:
        room[0, 0], room[1, 0], count = scales.wind_height, scales.wind_speed, 1
    fill_wind(HEIGHTS, scales, room[0], room[1], count, room[2], line)
    _put(out.columns[time, 0], WIND, line)
    count = known(heights, directions, levels, room[0], room[1])
    if count == 0:
        room[0, 0], room[1, 0], count = scales.wind_height, direction, 1
    fill_direction(HEIGHTS, room[0], room[1], count, out.direction[time])


@compiled
def _fill_country(
    out: Weather,
    time: int,
    scales: HourScales,
    temperature_height: float,
    base_elevation: float,
    heights: Floats,
    temperatures: Floats,
    sigma_v: Floats,
    sigma_w: Floats,
    improved: int,
    room: Floats,
    line: Floats,
) -> None:
    column = out.columns[time, 0]
    levels = _levels_known(heights)
    count = known(heights, temperatures, levels, room[0], room[1])
    count = measured_gradients(room[0], room[1], count, scales.stable, room[2], room[1])
    fill_gradient(HEIGHTS, scales, room[2], room[1], count, line)
    _put(column, GRADIENT, line)
    fill_potential_temperature(
        HEIGHTS, column[:, GRADIENT], scales.air_temperature, temperature_height, base_elevation, line
    )
    _put(column, POTENTIAL, line)
    returns = improved == 1 and scales.stable == 0
    count = known(heights, sigma_v, levels, room[0], room[1])
    fill_turbulence(HEIGHTS, scales, 0, 0.0, room[0], room[1], count, returns, room[2], line)
    _put(column, SIGMA_V, line)
    lid = scales.mixing_height
    total, above = 0.0, 0
    for level in range(levels):
        if heights[level] >= lid and not math.isnan(sigma_w[level]):
            total += sigma_w[level]
            above += 1
    residual = total / above if above > 0 else 0.02 * at(column, WIND, lid)
    count = known(heights, sigma_w, levels, room[0], room[1])
    fill_turbulence(HEIGHTS, scales, 1, residual, room[0], room[1], count, returns, room[2], line)
    _put(column, SIGMA_W, line)
    cumulate(column)
    numbers = out.scales[time, 0]
    numbers[STABLE], numbers[URBAN_STABLE] = float(scales.stable), 0.0
    numbers[FRICTION_VELOCITY], numbers[CONVECTIVE_VELOCITY] = (
        scales.friction_velocity,
        scales.convective_velocity,
    )
    numbers[OBUKHOV_LENGTH], numbers[ROUGHNESS_LENGTH] = scales.obukhov_length, scales.roughness_length
    numbers[MIXING_HEIGHT], numbers[MECHANICAL_HEIGHT] = scales.mixing_height, scales.mechanical_height
    numbers[AIR_TEMPERATURE], numbers[GRADIENT_ABOVE] = scales.air_temperature, scales.gradient_above
    numbers[BASE_ELEVATION], numbers[ADJUSTED] = base_elevation, float(scales.adjusted_friction_velocity)
    numbers[IMPROVED] = float(improved)
    numbers[TOP_POTENTIAL_TEMPERATURE] = at(column, POTENTIAL, lid)
    top = level_below(lid)
    numbers[AVERAGE_WIND] = integral_to(column, WIND, top, lid) / lid
    numbers[AVERAGE_SIGMA_W] = integral_to(column, SIGMA_W, top, lid) / lid


@compiled
def _put(column: Floats, quantity: int, values: Floats) -> None:
    for level in range(values.size):
        column[level, quantity] = values[level]


@compiled
def _fill_city(
    out: Weather,
    time: int,
    place: int,
    scales: HourScales,
    temperature_height: float,
    base_elevation: float,
    city: Floats,
    line: Floats,
) -> None:
    """Air over a city: at night, and in the morning until convection outgrows the urban layer, its own."""
    country, column = out.columns[time, 0], out.columns[time, place]
    numbers = out.scales[time, place]
    column[:] = country
    numbers[:] = out.scales[time, 0]
    height = urban_height(city[0])
    morning = 1 if scales.stable == 0 and scales.convective_height <= height else 0
    if scales.stable == 0 and morning == 0:
        return
    convective, friction, length = urban_scales(
        city[0],
        city[1],
        scales.friction_velocity,
        scales.obukhov_length,
        scales.roughness_length,
        scales.mechanical_height,
        scales.air_temperature,
        morning,
    )
    for level in range(HEIGHTS.size):
        column[level, SIGMA_V] = math.hypot(
            country[level, SIGMA_V], convective_sigma_v(HEIGHTS[level], convective, height)
        )
        column[level, SIGMA_W] = math.hypot(
            country[level, SIGMA_W], convective_sigma_w(HEIGHTS[level], convective, height)
        )
        if HEIGHTS[level] <= height:
            column[level, GRADIENT] = URBAN_GRADIENT
    fill_potential_temperature(
        HEIGHTS, column[:, GRADIENT], scales.air_temperature, temperature_height, base_elevation, line
    )
    _put(column, POTENTIAL, line)
    cumulate(column)
    numbers[URBAN_STABLE] = 1.0
    numbers[FRICTION_VELOCITY], numbers[OBUKHOV_LENGTH] = friction, length
    numbers[MIXING_HEIGHT] = max(height, scales.mechanical_height)
