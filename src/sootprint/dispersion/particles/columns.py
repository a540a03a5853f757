"""Hours of the particle engine: wind, turbulence, time scales, temperature and meander on heights.

`columns` makes them from a table ``boundary_layer`` or ``weather``; `interpolate` parts the hours so that air
changes smoothly between them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import InputError
from sootprint.dispersion.engines.arrays import Floats, Integers
from sootprint.dispersion.engines.mast import Mast, mast_readings
from sootprint.dispersion.hours import ordered
from sootprint.dispersion.particles.column_options import ColumnOptions, column_options
from sootprint.dispersion.particles.scales import ACTED, REASONS, SERVED, Scales, surface_scales
from sootprint.dispersion.particles.turbulence import (
    REFERENCE_HEIGHT,
    Profiles,
    Rules,
    fill_profiles,
    meander,
)

__all__ = [
    "ACTED",
    "REASONS",
    "ColumnOptions",
    "Columns",
    "acted_hours",
    "columns",
    "heights_to",
    "interpolate",
    "reason_hours",
]

HOUR = np.timedelta64(3_600_000_000, "us")


class Columns(NamedTuple):
    """Air over the ground in consecutive stretches of time; NaN where a stretch is not served.

    Attributes
    ----------
    time : array of datetime64[us] (hour,)
        Beginning of the hour, or of its part.
    z : array (level,)
        Heights above ground [m], from 0.
    wind_x, wind_y : array (hour, level)
        Mean wind towards grid east and north [m s⁻¹].
    sigma_w, sigma_v : array (hour, level)
        Turbulence [m s⁻¹].
    time_w, time_v : array (hour, level)
        Lagrangian time scales [s].
    meander_sigma, meander_decay, meander_turn : array (hour,)
        Standard deviation [m s⁻¹], decay p and turn q [s⁻¹] of the meander of each horizontal component.
    gradient, potential : array (hour, level)
        Potential temperature gradient [K m⁻¹] and potential temperature [K].
    temperature : array (hour,)
        Air temperature at the height of the thermometer [K].
    lid : array (hour,)
        Mixing height [m].
    stable : array of int64 (hour,)
        1 where L > 0.
    reason : array of int64 (hour,)
        Index of `REASONS`; 0 where the hour is served.
    friction, convective, length : array (hour,)
        u*, w* [m s⁻¹], L [m] that the profiles were made of.
    acted : array of bool (hour, `ACTED`)
        Which floors, bounds and assumptions acted.
    """

    time: NDArray[np.datetime64]
    z: Floats
    wind_x: Floats
    wind_y: Floats
    sigma_w: Floats
    sigma_v: Floats
    time_w: Floats
    time_v: Floats
    meander_sigma: Floats
    meander_decay: Floats
    meander_turn: Floats
    gradient: Floats
    potential: Floats
    temperature: Floats
    lid: Floats
    stable: Integers
    reason: Integers
    friction: Floats
    convective: Floats
    length: Floats
    acted: NDArray[np.bool_]


def heights_to(top_m: float) -> Floats:
    """Heights [m] of the columns: fine under 30 m for a lid of 20 m, wider above, the last the top.

    Raises
    ------
    InputError
        If the top is under 50 m.
    """
    if not top_m >= 50.0:
        raise InputError(f"the air ends at {top_m} m", rule="50 m or more", cure="raise top_m")
    low = [0.0, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 16.0, 20.0, 25.0]
    grid = np.concatenate(
        [
            low,
            np.arange(30.0, 100.0, 10.0),
            np.arange(100.0, 200.0, 20.0),
            np.arange(200.0, 1000.0, 50.0),
            np.arange(1000.0, max(top_m, 1000.0) + 100.0, 100.0),
        ]
    )
    below = grid[grid < top_m - 1.0]
    return np.append(below, top_m)


def columns(
    weather: pd.DataFrame,
    *,
    profiles: pd.DataFrame | None = None,
    convergence: float = 0.0,
    land_use: str = "urban",
    place: tuple[float, float] | None = None,
    options: ColumnOptions | Mapping[str, Any] | None = None,
    top_m: float = 2000.0,
) -> Columns:
    """Columns of every hour of a table, calm ones too.

    Parameters
    ----------
    weather : DataFrame
        Table ``boundary_layer``, or table ``weather`` as `sootprint.weather.derive` gives it; a row an hour.
    profiles : DataFrame, optional
        Table ``profiles``: what a mast measured.
    convergence : float
        Angle from true to grid north [rad], clockwise.
    land_use : {"urban", "rural"}
        For roughness, albedo and Bowen ratio where none is stated.
    place : (longitude, latitude), optional
        Place [degrees]. Without it the heat flux of a calm day needs measured radiation or to be stated.
    options : ColumnOptions or mapping, optional
        Floors, bounds and assumptions.
    top_m : float
        Height of the top [m].

    Raises
    ------
    InputError
        If the table is empty, an hour occurs twice, or a mast has a height twice.
    ConfigError
        If an option or the land use is not known.
    """
    settings = column_options(options)
    table, z = ordered(weather), heights_to(top_m)
    times = table["time_start"].to_numpy("datetime64[us]")
    shift = -math.degrees(convergence)
    mast = _mast_arrays(times, profiles, shift)
    with np.errstate(invalid="ignore"):
        scales = surface_scales(
            table,
            settings,
            land_use=land_use,
            place=place,
            directed=np.asarray(np.isfinite(mast[2]).any(axis=1)),
        )
    made = _profiles(scales, z, mast, shift, settings)
    return _columns(times, z, scales, made, settings)


def _mast_arrays(times: NDArray[np.datetime64], profiles: pd.DataFrame | None, shift: float) -> Mast:
    """What a mast measured, directions on the grid; without wind it has none."""
    height, speed, direction, temperature, sigma_v, sigma_w = mast_readings(times, profiles)
    direction = np.where(speed > 0.0, np.mod(direction + shift, 360.0), np.nan)
    return height, speed, direction, temperature, sigma_v, sigma_w


def _profiles(scales: Scales, z: Floats, mast: Mast, shift: float, options: ColumnOptions) -> Profiles:
    hours, shape = len(scales.speed), (len(scales.speed), z.size)
    lines = [np.full(shape, np.nan) for _ in range(8)]
    flags = [np.zeros(hours, dtype=np.int64) for _ in range(3)]
    made = Profiles._make([*lines, np.full(hours, np.nan), *flags])
    surface = np.stack(
        [
            scales.friction,
            scales.convective,
            scales.length,
            scales.roughness,
            scales.convective_height,
            scales.mechanical_height,
            scales.gradient_above,
            scales.speed,
            np.mod(scales.direction + shift, 360.0),
            scales.height,
            scales.temperature,
            scales.temperature_height,
            scales.least_gradient,
        ],
        axis=1,
    )
    rules = Rules(
        options.kolmogorov_constant,
        options.buoyancy_time,
        options.longest_time,
        options.shortest_lateral_time,
        options.longest_lateral_time,
        options.least_sigma_w,
        options.least_sigma_v,
        options.inversion_depth,
        int(options.measured_sigma_v == "split"),
    )
    served = (scales.reason == SERVED).astype(np.int64)
    fill_profiles(z, served, surface, mast, rules, made)
    return made


def _columns(
    times: NDArray[np.datetime64], z: Floats, scales: Scales, made: Profiles, options: ColumnOptions
) -> Columns:
    served = scales.reason == SERVED
    angle = np.deg2rad(made.direction)
    # Air without a direction, for want of wind or of a vane, has no mean wind.
    blind = np.isnan(angle) & served[:, None]
    east = np.where(blind | (made.speed == 0.0), 0.0, -made.speed * np.sin(angle))
    north = np.where(blind | (made.speed == 0.0), 0.0, -made.speed * np.cos(angle))
    light, decay, turn = _meander(z, scales, made, blind[:, 0], options)
    scales.mark("least sigma_w in the layer", made.low == 1)
    scales.mark("least sigma_w aloft", made.aloft == 1)
    scales.mark("least sigma_v", made.lateral == 1)
    scales.mark("meander", served & (light > 0.0))
    stable = scales.length > 0.0
    deepest = np.fmax(scales.convective_height, scales.mechanical_height)
    lid = np.where(stable, scales.mechanical_height, deepest)

    def kept(values: Floats) -> Floats:
        return np.where(served, values, np.nan)

    return Columns(
        time=times,
        z=z,
        wind_x=east,
        wind_y=north,
        sigma_w=made.sigma_w,
        sigma_v=made.sigma_v,
        time_w=made.time_w,
        time_v=made.time_v,
        meander_sigma=kept(light),
        meander_decay=kept(decay),
        meander_turn=kept(turn),
        gradient=made.gradient,
        potential=made.potential,
        temperature=kept(scales.temperature),
        lid=kept(lid),
        stable=(stable & served).astype(np.int64),
        reason=scales.reason,
        friction=kept(scales.friction),
        convective=kept(scales.convective),
        length=kept(scales.length),
        acted=scales.acted,
    )


def _meander(
    z: Floats, scales: Scales, made: Profiles, blind: NDArray[np.bool_], options: ColumnOptions
) -> tuple[Floats, Floats, Floats]:
    """σ [m s⁻¹], decay and turn [s⁻¹] of the meander; an undirected wind U adds U²/2 to each component."""
    upper = int(np.searchsorted(z, REFERENCE_HEIGHT))
    share = (REFERENCE_HEIGHT - z[upper - 1]) / (z[upper] - z[upper - 1])
    speed, lateral = (
        (1.0 - share) * values[:, upper - 1] + share * values[:, upper]
        for values in (made.speed, made.sigma_v)
    )
    decay, turn = meander(speed)
    with np.errstate(invalid="ignore"):
        variance = np.maximum(options.low_wind_sigma_v**2 - lateral**2, 0.0)
        variance = np.where(speed < options.meander_below, variance, 0.0)
        measured = np.isfinite(made.measured_variance)
        rest = np.maximum(made.measured_variance - lateral**2, 0.0)
        variance = np.where(measured, rest if options.measured_sigma_v == "split" else 0.0, variance)
        variance = variance + np.where(blind, 0.5 * speed**2, 0.0)
    return np.sqrt(variance), decay, turn


def reason_hours(made: Columns) -> dict[str, int]:
    """Number of hours by reason; all words of `REASONS`."""
    return {word: int((made.reason == code).sum()) for code, word in enumerate(REASONS)}


def acted_hours(made: Columns) -> dict[str, int]:
    """Number of served hours in which each floor, bound or assumption acted; all words of `ACTED`."""
    return {word: int(made.acted[:, number].sum()) for number, word in enumerate(ACTED)}


_LINEAR = ("wind_x", "wind_y", "meander_sigma", "gradient", "potential", "temperature")
_LOGARITHMIC = (
    "sigma_w",
    "sigma_v",
    "time_w",
    "time_v",
    "meander_decay",
    "meander_turn",
    "lid",
    "friction",
)
_KEPT = ("stable", "reason", "convective", "length", "acted")


def interpolate(made: Columns, segments: int) -> Columns:
    """Columns of parts of the hours, interpolated between the middles of the hours.

    Wind vector, meander and temperature are interpolated linearly, turbulence, time scales and the lid in
    their logarithms: a lid that rises from 60 to 300 m passes 134 m on its way. Towards an hour that is not
    served or not there, an hour stays as it is. The mean of an hour's parts is not exactly the hour. u* goes
    with the turbulence; w*, L and stability are those of the hour itself.

    Parameters
    ----------
    made : Columns
        Columns an hour apart; not parts of hours.
    segments : int
        Parts of an hour; 1 gives the columns as they are.

    Raises
    ------
    InputError
        If ``segments`` is under 1.
    """
    if segments < 1:
        raise InputError(f"{segments} parts of an hour", rule="1 or more")
    if segments == 1:
        return made
    count = len(made.time)
    hour = np.repeat(np.arange(count), segments)
    part = np.tile(np.arange(segments), count)
    middle = (part + 0.5) / segments - 0.5
    other = np.clip(hour + np.where(middle < 0.0, -1, 1), 0, count - 1)
    near = np.abs(made.time[other] - made.time[hour]) == HOUR
    known = near & (made.reason[other] == SERVED)
    other = np.where(known, other, hour)
    weight = np.where(known, np.abs(middle), 0.0)
    fields: dict[str, Any] = {name: getattr(made, name)[hour] for name in _KEPT}
    for name in (*_LINEAR, *_LOGARITHMIC):
        values = getattr(made, name)
        share = weight[:, None] if values.ndim == 2 else weight
        if name in _LOGARITHMIC:
            with np.errstate(divide="ignore"):
                logs = np.log(values)
            between = np.exp((1.0 - share) * logs[hour] + share * logs[other])
        else:
            between = (1.0 - share) * values[hour] + share * values[other]
        # What is held stays the same to the last bit.
        fields[name] = np.where(share == 0.0, values[hour], between)
    start = (part * (3_600_000_000 / segments)).round().astype("timedelta64[us]")
    return Columns(time=made.time[hour] + start, z=made.z, **fields)
