"""True air of a synthetic November in a basin, and what an airport mast reports of it.

Spells of wind along the valley alternate with spells of stagnation: calm nights under a low lid, a lid that
grows from mid-morning, and weak wandering air by day. All numbers are assumptions of the scene, chosen to
be plausible for a basin at 50° N; no measurement is behind them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core import schema
from sootprint.core.constants import (
    GAS_CONSTANT_DRY_AIR,
    GRAVITY,
    HEAT_CAPACITY_DRY_AIR,
    KELVIN_OFFSET,
    VON_KARMAN,
)
from sootprint.synthetic.puffs import WIND_STEP_S, PuffAir
from sootprint.weather import solar_elevation

Array = NDArray[np.float64]

STATION = "UKK"
STEPS_PER_HOUR = 3600 // WIND_STEP_S
ROUGHNESS_M = 0.8
PRESSURE_PA = 98_500.0
VALLEY_DIRECTIONS = (312.0, 128.0, 278.0, 75.0)
VALLEY_WEIGHTS = (0.45, 0.35, 0.12, 0.08)
DRAINAGE_DIRECTION = 118.0


@dataclass(frozen=True)
class Air:
    """True air and its report.

    Attributes
    ----------
    puff_air : PuffAir
        Five-minute air, spin-up included.
    stability : int64 (hour)
        −1 unstable, 0 neutral, 1 stable, spin-up included.
    true_weather, weather : DataFrame
        Tables ``weather`` of the period: what the air did, and what the mast reports of it.
    regime : DataFrame
        ``time_start``, ``stagnant``, ``mixing_height``, ``calm_episode`` of each hour of the period.
    speed : float64 (hour)
        True mean speed at 10 m, spin-up included [m s⁻¹].
    profile_exponent : float64 (hour)
        Exponent of the wind profile, spin-up included [1].
    temperature_k : float64 (hour)
        True air temperature, spin-up included [K].
    mixing_height : float64 (hour)
        True lid, spin-up included [m].
    """

    puff_air: PuffAir
    stability: NDArray[np.int64]
    true_weather: pd.DataFrame
    weather: pd.DataFrame
    regime: pd.DataFrame
    speed: Array
    profile_exponent: Array
    temperature_k: Array
    mixing_height: Array


def autoregressive(rng: np.random.Generator, n: int, correlation: float) -> Array:
    """First-order autoregressive series of unit variance, shape (n,)."""
    noise = rng.standard_normal(n)
    made = np.empty(n)
    made[0] = noise[0]
    for k in range(1, n):
        made[k] = correlation * made[k - 1] + math.sqrt(1.0 - correlation**2) * noise[k]
    return made


def stagnation_spells(rng: np.random.Generator, hours: int) -> NDArray[np.bool_]:
    """Whether each hour belongs to a spell of stagnation, shape (hours,).

    Ventilated spells of 2–4.5 days and stagnation of 2.5–5 days alternate; the first is ventilated.
    """
    made = np.zeros(hours, dtype=bool)
    at, stagnant = 0, False
    while at < hours:
        length = int(24 * (rng.uniform(2.5, 5.0) if stagnant else rng.uniform(2.0, 4.5)))
        made[at : at + length] = stagnant
        at, stagnant = at + length, not stagnant
    return made


def _speed(rng: np.random.Generator, stagnant: NDArray[np.bool_], day: Array) -> Array:
    windy = 3.9 * (0.9 + 0.25 * day)
    still = 0.40 + 0.8 * day
    median = np.where(stagnant, still, windy)
    smooth = np.exp(pd.Series(np.log(median)).ewm(span=3).mean().to_numpy())
    spread = np.where(stagnant, 0.42, 0.30)
    return np.asarray(smooth * np.exp(spread * autoregressive(rng, len(day), 0.85)))


def _direction(rng: np.random.Generator, stagnant: NDArray[np.bool_], day: Array) -> Array:
    n = len(day)
    anchor = np.empty(n)
    current = float(rng.choice(VALLEY_DIRECTIONS, p=VALLEY_WEIGHTS))
    for k in range(n):
        if rng.random() < 1.0 / 16.0:
            current = float(rng.choice(VALLEY_DIRECTIONS, p=VALLEY_WEIGHTS))
        anchor[k] = current
    night_drift = DRAINAGE_DIRECTION + 60.0 * autoregressive(rng, n, 0.9)
    wandering = 80.0 * np.cumsum(rng.standard_normal(n)) / math.sqrt(24.0)
    made = np.where(stagnant, np.where(day > 0.05, night_drift + wandering, night_drift), anchor)
    made = made + np.where(stagnant, 0.0, 16.0) * autoregressive(rng, n, 0.85)
    unit = pd.Series(np.exp(1j * np.radians(made)))
    smooth = unit.to_numpy().copy()
    for k in range(1, n):
        smooth[k] = 0.45 * smooth[k - 1] + 0.55 * smooth[k]
    return np.degrees(np.angle(smooth)) % 360.0


def _mixing_height(
    rng: np.random.Generator, stagnant: NDArray[np.bool_], solar_hour: Array, day_number: NDArray[np.int64]
) -> Array:
    """Lid [m]: low at night in stagnation, growing from mid-morning, collapsing at dusk."""
    n = len(stagnant)
    n_days = int(day_number.max()) + 2
    night = rng.uniform(80.0, 200.0, n_days)
    top = rng.uniform(260.0, 560.0, n_days)
    start = rng.uniform(9.2, 11.2, n_days)
    windy = 650.0 * np.exp(0.22 * autoregressive(rng, n, 0.95))
    low = np.where(solar_hour < 12.0, night[day_number], night[day_number + 1])
    growth = np.clip((solar_hour - start[day_number]) / 3.0, 0.0, 1.0)
    decay = np.clip((solar_hour - 15.6) / 2.0, 0.0, 1.0)
    still = low + (np.maximum(top[day_number], low + 100.0) - low) * growth * (1.0 - decay)
    made = np.where(stagnant, still, windy * np.where((solar_hour > 9) & (solar_hour < 16), 1.1, 0.85))
    return np.exp(pd.Series(np.log(made)).ewm(span=2).mean().to_numpy())


def _temperature(
    rng: np.random.Generator, stagnant: NDArray[np.bool_], solar_hour: Array, days: Array
) -> Array:
    season = -1.5 - 0.28 * days
    swing = np.where(stagnant, 5.5, 2.5) * np.cos(2.0 * np.pi * (solar_hour - 14.0) / 24.0)
    cold = pd.Series(np.where(stagnant, -3.5, 2.0)).ewm(span=18).mean().to_numpy()
    return KELVIN_OFFSET + season + swing + cold + 2.0 * autoregressive(rng, len(days), 0.98)


def turbulence(
    speed: Array,
    stability: NDArray[np.int64],
    stagnant: NDArray[np.bool_],
    mixing: Array,
    sun: Array,
    cloud: Array,
) -> tuple[Array, Array, Array]:
    """σ_v, σ_w [m s⁻¹] and the exponent of the wind profile [1] of every hour.

    σ_w² = (1.25 u*)² + (0.6 w*)², σ_v² = (1.8 u*)² + (0.6 w*)² + σ_v0²: neutral values of Panofsky &
    Dutton 1984, w* scaling of Caughey 1982. The floors (0.10 and 0.18 m s⁻¹) stand for what a rough city
    stirs in calm air.
    """
    friction_factor = np.select(
        [stability > 0, stability < 0], [0.09, 0.17], VON_KARMAN / math.log(10.0 / ROUGHNESS_M)
    )
    friction = friction_factor * speed
    heat = np.where(stability < 0, 90.0 * np.maximum(sun, 0.0) * (1.0 - 0.6 * cloud), 0.0)
    density = PRESSURE_PA / (GAS_CONSTANT_DRY_AIR * 268.0)
    convective = np.cbrt(GRAVITY / 268.0 * heat / (density * HEAT_CAPACITY_DRY_AIR) * mixing)
    sigma_w = np.sqrt((1.25 * friction) ** 2 + (0.6 * convective) ** 2 + 0.10**2)
    sigma_v = np.sqrt((1.8 * friction) ** 2 + (0.6 * convective) ** 2 + 0.18**2)
    exponent = np.select([stagnant, stability > 0, stability < 0], [0.15, 0.35, 0.16], 0.25)
    return sigma_v, sigma_w, exponent


def five_minute_wind(rng: np.random.Generator, speed: Array, direction: Array) -> tuple[Array, Array]:
    """Five-minute wind: hourly wind interpolated, a direction that trembles, and the meander of light wind.

    The meander is a complex Ornstein–Uhlenbeck process with the autocorrelation e^(−pτ) cos qτ of
    Anfossi et al. 2005 (Boundary-Layer Meteorology 114, 179–203), with the scales of Oettl et al. 2005
    (Atmospheric Environment 39, 1739–1748): m = 8.5/(U+1)², T* = 200 m + 350 s, q = 2π/T*, p = q/m.
    """
    n = len(speed) * STEPS_PER_HOUR
    at = (np.arange(n) + 0.5) / STEPS_PER_HOUR - 0.5
    vector = -speed * np.exp(1j * (np.pi / 2.0 - np.radians(direction)))
    wind = np.interp(at, np.arange(len(speed)), vector.real) + 1j * np.interp(
        at, np.arange(len(speed)), vector.imag
    )
    tremble = np.radians(7.0) * autoregressive(rng, n, 0.8)
    wind = wind * np.exp(1j * tremble)
    noise = rng.standard_normal((n, 2)) @ np.array([1.0, 1j])
    meander = np.zeros(n, dtype=complex)
    for k in range(1, n):
        u = abs(wind[k])
        m = 8.5 / (u + 1.0) ** 2
        q = 2.0 * math.pi / (200.0 * m + 350.0)
        p = q / m
        sigma = 0.28 * max(1.0 - u / 2.5, 0.0)
        decay = math.exp(-p * WIND_STEP_S)
        meander[k] = meander[k - 1] * decay * np.exp(1j * q * WIND_STEP_S)
        meander[k] += sigma * math.sqrt(1.0 - decay**2) * noise[k]
    wind = wind + meander
    return wind.real, wind.imag


def make_air(
    rng: np.random.Generator, start_utc: pd.Timestamp, days: int, spin_up_h: int, *, lon: float, lat: float
) -> Air:
    """Air of a period and of the hours before it.

    Parameters
    ----------
    rng : numpy.random.Generator
    start_utc : Timestamp
        First hour of the period, UTC without a zone.
    days : int
        Length of the period [d].
    spin_up_h : int
        Hours before the period, for puffs to be there when it begins.
    lon, lat : float
        Place [degrees].
    """
    hours = days * 24 + spin_up_h
    time = pd.date_range(start_utc - pd.Timedelta(hours=spin_up_h), periods=hours, freq="h")
    sun = np.sin(np.radians(solar_elevation(time + pd.Timedelta(minutes=30), lon, lat)))
    solar = time + pd.Timedelta(hours=lon / 15.0)
    solar_hour = np.asarray(solar.hour + solar.minute / 60.0, float) + 0.5
    day_number = np.asarray((solar.normalize() - solar[0].normalize()).days, dtype=np.int64)
    day = np.maximum(sun, 0.0) / max(float(sun.max()), 0.1)
    stagnant = stagnation_spells(rng, hours)
    speed = _speed(rng, stagnant, day)
    direction = _direction(rng, stagnant, day)
    mixing = _mixing_height(rng, stagnant, solar_hour, day_number)
    temperature = _temperature(rng, stagnant, solar_hour, np.arange(hours) / 24.0)
    cloud_state = np.where(stagnant, 0.3, 0.75) + 0.2 * autoregressive(rng, hours, 0.9)
    cloud = np.clip(cloud_state, 0.0, 1.0)
    convective = (sun > 0.14) & (cloud < 0.9) & (speed < 4.5)
    stable = (sun < 0.05) & (speed < 3.0)
    stability = np.where(stable, 1, np.where(convective, -1, 0)).astype(np.int64)
    sigma_v, sigma_w, exponent = turbulence(speed, stability, stagnant, mixing, sun, cloud)
    east, north = five_minute_wind(rng, speed, direction)
    rows = np.zeros((hours * STEPS_PER_HOUR, 9))
    rows[:, 0], rows[:, 1] = east, north
    fine = (np.arange(len(rows)) + 0.5) / STEPS_PER_HOUR - 0.5
    rows[:, 2] = np.interp(fine, np.arange(hours), mixing)
    rows[:, 3] = np.repeat(sigma_v, STEPS_PER_HOUR)
    rows[:, 4] = np.repeat(sigma_w, STEPS_PER_HOUR)
    rows[:, 5] = np.repeat(exponent, STEPS_PER_HOUR)
    rows[:, 6] = np.repeat(np.radians(np.where(stability > 0, 10.0, 5.0)), STEPS_PER_HOUR)
    rows[:, 7] = 0.03
    rows[:, 8] = np.repeat(stability >= 0, STEPS_PER_HOUR)
    hourly_east = east.reshape(hours, -1).mean(axis=1)
    hourly_north = north.reshape(hours, -1).mean(axis=1)
    hourly_speed = np.hypot(east, north).reshape(hours, -1).mean(axis=1)
    true = pd.DataFrame(
        {
            "station_id": "TRUE-AIR",
            "time_start": time,
            "duration_s": 3600.0,
            "wind_speed": hourly_speed,
            "wind_from_direction": np.degrees(np.arctan2(-hourly_east, -hourly_north)) % 360.0,
            "measurement_height": 10.0,
            "air_temperature": temperature,
            "pressure": PRESSURE_PA,
            "humidity": np.clip(
                np.where(stagnant, 0.88, 0.7) + 0.06 * autoregressive(rng, hours, 0.9), 0.3, 1.0
            ),
            "cloud": cloud,
            "mixing_height": mixing,
            "source_file": "synthetic",
            "source_row": np.arange(hours) + 2,
        }
    )
    true = true.iloc[spin_up_h:].reset_index(drop=True)
    true["source_row"] = np.arange(len(true)) + 2
    regime = pd.DataFrame(
        {
            "time_start": true["time_start"],
            "stagnant": stagnant[spin_up_h:],
            "mixing_height": mixing[spin_up_h:],
            "calm_episode": False,
        }
    )
    return Air(
        puff_air=PuffAir(rows),
        stability=stability,
        true_weather=schema.check(true, "weather"),
        weather=report(rng, true),
        regime=regime,
        speed=hourly_speed,
        profile_exponent=exponent,
        temperature_k=temperature,
        mixing_height=mixing,
    )


def report(rng: np.random.Generator, true: pd.DataFrame, *, missing: float = 0.015) -> pd.DataFrame:
    """Table ``weather`` as a mast some kilometres away reports the true air.

    Speed with 10 % and 0.15 m s⁻¹ of error, to 0.1 m s⁻¹, and 0 below the 0.4 m s⁻¹ at which the
    anemometer starts; direction with 10° (more in light wind), to 10°, missing in a calm; temperature to
    0.1 K; cloud in eighths; no mixing height; the share ``missing`` of the hours is missing.
    """
    n = len(true)
    speed = true["wind_speed"].to_numpy(float) * np.exp(0.10 * rng.standard_normal(n))
    speed = np.round(np.abs(speed + 0.15 * rng.standard_normal(n)), 1)
    calm = speed < 0.4
    error = np.hypot(10.0, 12.0 / np.maximum(speed, 0.4)) * rng.standard_normal(n)
    direction = np.round((true["wind_from_direction"].to_numpy(float) + error) / 10.0) * 10.0 % 360.0
    made = true.copy()
    made["station_id"] = STATION
    made["wind_speed"] = np.where(calm, 0.0, speed)
    made["wind_from_direction"] = np.where(calm, np.nan, direction)
    celsius = true["air_temperature"] - KELVIN_OFFSET + 0.3 * rng.standard_normal(n)
    made["air_temperature"] = KELVIN_OFFSET + np.round(celsius, 1)
    made["pressure"] = np.round(PRESSURE_PA + 400.0 * autoregressive(rng, n, 0.99), -1)
    made["humidity"] = np.round(true["humidity"].to_numpy(float), 2)
    made["cloud"] = (
        np.round(np.clip(true["cloud"].to_numpy(float) + 0.08 * rng.standard_normal(n), 0, 1) * 8) / 8
    )
    made["mixing_height"] = np.nan
    made = made.loc[rng.random(n) >= missing].reset_index(drop=True)
    made["source_row"] = np.arange(len(made)) + 2
    return schema.check(made, "weather")
