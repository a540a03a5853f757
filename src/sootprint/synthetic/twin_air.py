"""True air of a random city, and what a mast that stands elsewhere reports of it.

Every city has a climate of its own: how often and how long the air stands, which winds prevail and how
firmly, how low the lid lies at night. The mast has faults of its own: a vane that is not aligned, a valley
that bends the wind on its way, another speed, and a calm in which it says little of the city's air.
All ranges are assumptions, chosen to be plausible for cities between steppe and mountains in the half-year
of heating; no measurement is behind them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core import schema
from sootprint.core.constants import KELVIN_OFFSET
from sootprint.synthetic.air import (
    PRESSURE_PA,
    STEPS_PER_HOUR,
    Air,
    autoregressive,
    five_minute_wind,
    turbulence,
)
from sootprint.synthetic.puffs import PuffAir
from sootprint.weather import solar_elevation

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

MAST = "MAST"
"""Identifier of the mast."""


@dataclass(frozen=True)
class Climate:
    """What the air of one city is like.

    Attributes
    ----------
    still_share : float
        Share of time in spells of standing air [1].
    spell_h : float
        Mean length of such a spell [h].
    directions, weights : (n,) arrays
        Prevailing directions [degrees] and how often each blows [1].
    firmness : float
        Standard deviation of the direction about the prevailing one [degrees].
    windy_m_s, still_m_s : float
        Median speed in wind, and at night in standing air [m s⁻¹].
    drift : float
        Direction of the night's drift [degrees].
    night_lid_m, day_lid_m, windy_lid_m : float
        Median lids [m].
    temperature_c : float
        Mean air temperature [°C].
    """

    still_share: float
    spell_h: float
    directions: Array
    weights: Array
    firmness: float
    windy_m_s: float
    still_m_s: float
    drift: float
    night_lid_m: float
    day_lid_m: float
    windy_lid_m: float
    temperature_c: float


@dataclass(frozen=True)
class Mast:
    """Faults of one mast.

    Attributes
    ----------
    misaligned_deg, bend_deg, bend_at_deg : float
        Lasting error of the direction, amplitude and phase of the part that turns with the wind [degrees].
    speed_factor : float
        Speed at the mast over that of the city [1].
    noise_deg : float
        Standard deviation of the hourly error of the direction in a firm wind [degrees].
    noise_speed : float
        Log-standard deviation of the hourly error of the speed [1].
    own_m_s : float
        Spread of the wind in still hours that the mast has of its own [m s⁻¹].
    threshold_m_s, speed_step, direction_step : float
        Starting speed, and what the report is rounded to [m s⁻¹, m s⁻¹, degrees].
    missing : float
        Share of hours without a report [1].
    """

    misaligned_deg: float
    bend_deg: float
    bend_at_deg: float
    speed_factor: float
    noise_deg: float
    noise_speed: float
    own_m_s: float
    threshold_m_s: float
    speed_step: float
    direction_step: float
    missing: float


def draw_climate(rng: np.random.Generator) -> Climate:
    """Climate of a random city."""
    count = int(rng.integers(2, 6))
    first = rng.uniform(0.0, 360.0)
    others = (first + 180.0 + 40.0 * rng.standard_normal()) % 360.0, *rng.uniform(0.0, 360.0, 3)
    return Climate(
        still_share=float(rng.uniform(0.05, 0.60)),
        spell_h=float(rng.uniform(24.0, 84.0)),
        directions=np.array([first, *others])[:count],
        weights=rng.dirichlet(np.array([3.0, 2.0, 1.0, 1.0, 1.0])[:count]),
        firmness=float(rng.uniform(12.0, 30.0)),
        windy_m_s=float(rng.uniform(2.6, 5.2)),
        still_m_s=float(rng.uniform(0.35, 0.8)),
        drift=float(rng.uniform(0.0, 360.0)),
        night_lid_m=float(rng.uniform(80.0, 220.0)),
        day_lid_m=float(rng.uniform(280.0, 800.0)),
        windy_lid_m=float(rng.uniform(450.0, 1100.0)),
        temperature_c=float(rng.uniform(-15.0, 8.0)),
    )


def draw_mast(rng: np.random.Generator) -> Mast:
    """Mast of a random city: somewhere at its edge or at the airport."""
    return Mast(
        misaligned_deg=float(5.0 * rng.standard_normal()),
        bend_deg=float(abs(7.0 * rng.standard_normal())),
        bend_at_deg=float(rng.uniform(0.0, 360.0)),
        speed_factor=float(np.exp(0.18 * rng.standard_normal())),
        noise_deg=float(rng.uniform(5.0, 13.0)),
        noise_speed=float(rng.uniform(0.08, 0.20)),
        own_m_s=float(rng.uniform(0.2, 0.6)),
        threshold_m_s=float(rng.choice([0.0, 0.3, 0.5])),
        speed_step=float(rng.choice([0.1, 0.5, 1.0], p=[0.6, 0.2, 0.2])),
        direction_step=float(rng.choice([1.0, 10.0, 22.5], p=[0.4, 0.5, 0.1])),
        missing=float(rng.uniform(0.0, 0.04)),
    )


def still_spells(rng: np.random.Generator, climate: Climate, hours: int) -> Flags:
    """Whether each hour belongs to a spell of standing air, (hours,) array.

    Lengths of both kinds of spell are gamma distributed with shape 4; which comes first is drawn.
    """
    made = np.zeros(hours, bool)
    share = climate.still_share
    mean = {True: climate.spell_h, False: climate.spell_h * (1.0 - share) / share}
    still, at = bool(rng.random() < share), 0
    while at < hours:
        length = max(6, int(rng.gamma(4.0, mean[still] / 4.0)))
        made[at : at + length] = still
        at, still = at + length, not still
    return made


def _speed(rng: np.random.Generator, climate: Climate, still: Flags, day: Array) -> Array:
    median = np.where(still, climate.still_m_s + 0.7 * day, climate.windy_m_s * (0.85 + 0.3 * day))
    smooth = np.exp(pd.Series(np.log(median)).ewm(span=4).mean().to_numpy())
    spread = np.where(still, 0.45, 0.38)
    return np.asarray(smooth * np.exp(spread * autoregressive(rng, len(day), 0.88)))


def _direction(rng: np.random.Generator, climate: Climate, still: Flags, day: Array) -> Array:
    n = len(day)
    renew = rng.random(n) < 1.0 / 18.0
    renew[0] = True
    drawn = rng.choice(climate.directions, n, p=climate.weights)
    anchor = drawn[np.maximum.accumulate(np.where(renew, np.arange(n), 0))]
    drift = climate.drift + 60.0 * autoregressive(rng, n, 0.9)
    wandering = 80.0 * np.cumsum(rng.standard_normal(n)) / np.sqrt(24.0)
    firm = anchor + climate.firmness * autoregressive(rng, n, 0.85)
    unit = np.exp(1j * np.radians(np.where(still, drift + wandering * (day > 0.05), firm)))
    for k in range(1, n):
        unit[k] = 0.45 * unit[k - 1] + 0.55 * unit[k]
    return np.degrees(np.angle(unit)) % 360.0


def _lid(rng: np.random.Generator, climate: Climate, still: Flags, solar_hour: Array, day: Array) -> Array:
    """Lid [m]: low at night in standing air, growing from mid-morning to dusk, higher in wind."""
    n = len(still)
    date = np.cumsum(np.r_[0, np.diff(solar_hour) < 0])
    own = np.exp(0.35 * rng.standard_normal((2, date[-1] + 1)))
    start = rng.uniform(8.5, 11.5, date[-1] + 1)[date]
    night = climate.night_lid_m * own[0, date]
    top = np.maximum(climate.day_lid_m * own[1, date], night + 80.0)
    growth = np.clip((solar_hour - start) / 3.0, 0.0, 1.0) * (
        1.0 - np.clip((solar_hour - 15.8) / 2.0, 0.0, 1.0)
    )
    windy = climate.windy_lid_m * np.exp(0.25 * autoregressive(rng, n, 0.95)) * (0.85 + 0.3 * day)
    made = np.where(still, night + (top - night) * growth, windy)
    return np.exp(pd.Series(np.log(made)).ewm(span=2).mean().to_numpy())


def make_twin_air(
    rng: np.random.Generator,
    climate: Climate,
    mast: Mast,
    time: pd.DatetimeIndex,
    spin_up_h: int,
    *,
    lon: float,
    lat: float,
) -> Air:
    """True air of a city and the report of its mast.

    Parameters
    ----------
    rng : numpy.random.Generator
    climate, mast : Climate, Mast
    time : (hour,) DatetimeIndex
        Hours, UTC, spin-up included.
    spin_up_h : int
        Hours before the period.
    lon, lat : float
        Place [degrees].
    """
    hours = len(time)
    sun = np.sin(np.radians(solar_elevation(time + pd.Timedelta(minutes=30), lon, lat)))
    solar = time + pd.Timedelta(hours=lon / 15.0)
    solar_hour = np.asarray(solar.hour + solar.minute / 60.0, float) + 0.5
    day = np.maximum(sun, 0.0) / max(float(sun.max()), 0.1)
    still = still_spells(rng, climate, hours)
    speed = _speed(rng, climate, still, day)
    direction = _direction(rng, climate, still, day)
    lid = _lid(rng, climate, still, solar_hour, day)
    swing = np.where(still, 5.5, 2.5) * np.cos(2.0 * np.pi * (solar_hour - 14.0) / 24.0)
    spell = pd.Series(np.where(still, -3.0, 1.0)).ewm(span=18).mean().to_numpy()
    temperature = (
        KELVIN_OFFSET + climate.temperature_c + swing + spell + 3.0 * autoregressive(rng, hours, 0.98)
    )
    cloud = np.clip(np.where(still, 0.3, 0.65) + 0.25 * autoregressive(rng, hours, 0.9), 0.0, 1.0)
    stability = np.where(
        (sun < 0.05) & (speed < 3.0), 1, np.where((sun > 0.14) & (cloud < 0.9) & (speed < 4.5), -1, 0)
    ).astype(np.int64)
    sigma_v, sigma_w, exponent = turbulence(speed, stability, still, lid, sun, cloud)
    east, north = five_minute_wind(rng, speed, direction)
    rows = np.zeros((hours * STEPS_PER_HOUR, 9))
    rows[:, 0], rows[:, 1] = east, north
    fine = (np.arange(len(rows)) + 0.5) / STEPS_PER_HOUR - 0.5
    rows[:, 2] = np.interp(fine, np.arange(hours), lid)
    rows[:, 3] = np.repeat(sigma_v, STEPS_PER_HOUR)
    rows[:, 4] = np.repeat(sigma_w, STEPS_PER_HOUR)
    rows[:, 5] = np.repeat(exponent, STEPS_PER_HOUR)
    rows[:, 6] = np.repeat(np.radians(np.where(stability > 0, 10.0, 5.0)), STEPS_PER_HOUR)
    rows[:, 7] = 0.03
    rows[:, 8] = np.repeat(stability >= 0, STEPS_PER_HOUR)
    mean = (east + 1j * north).reshape(hours, -1).mean(axis=1)
    mean_speed = np.hypot(east, north).reshape(hours, -1).mean(axis=1)
    true = pd.DataFrame(
        {
            "station_id": "TRUE-AIR",
            "time_start": time,
            "duration_s": 3600.0,
            "wind_speed": mean_speed,
            "wind_from_direction": np.degrees(np.arctan2(-mean.real, -mean.imag)) % 360.0,
            "measurement_height": 10.0,
            "air_temperature": temperature,
            "pressure": PRESSURE_PA,
            "humidity": np.clip(
                np.where(still, 0.85, 0.7) + 0.06 * autoregressive(rng, hours, 0.9), 0.3, 1.0
            ),
            "cloud": cloud,
            "mixing_height": lid,
            "source_file": "synthetic",
        }
    ).iloc[spin_up_h:]
    true = true.assign(source_row=np.arange(len(true)) + 2).reset_index(drop=True)
    regime = pd.DataFrame(
        {"time_start": true["time_start"], "stagnant": still[spin_up_h:], "mixing_height": lid[spin_up_h:]}
    )
    return Air(
        puff_air=PuffAir(rows),
        stability=stability,
        true_weather=schema.check(true, "weather"),
        weather=mast_report(rng, mast, true, still[spin_up_h:]),
        regime=regime,
        speed=mean_speed,
        profile_exponent=exponent,
        temperature_k=temperature,
        mixing_height=lid,
    )


def mast_report(rng: np.random.Generator, mast: Mast, true: pd.DataFrame, still: Flags) -> pd.DataFrame:
    """Table ``weather`` as a mast reports the true air of a city that it does not stand in.

    In standing air a wind of its own is added. The direction has a lasting error, one that turns with the
    wind, and one of each hour (correlated by 0.5); both are rounded. Below the starting speed the report
    is a calm without a direction. Single hours and one stretch of up to 30 hours are missing.
    """
    n = len(true)
    noise = rng.standard_normal((4, n))
    toward = np.exp(1j * np.radians(true["wind_from_direction"].to_numpy(float)))
    own = autoregressive(rng, n, 0.8) + 1j * autoregressive(rng, n, 0.8)
    wind = true["wind_speed"].to_numpy(float) * toward + np.where(still, mast.own_m_s, 0.1) * own
    speed = np.abs(wind) * mast.speed_factor * np.exp(mast.noise_speed * noise[0]) + 0.1 * noise[1]
    speed = np.round(np.abs(speed) / mast.speed_step) * mast.speed_step
    direction = np.degrees(np.angle(wind))
    lasting = mast.misaligned_deg + mast.bend_deg * np.sin(np.radians(direction - mast.bend_at_deg))
    hourly = mast.noise_deg * autoregressive(rng, n, 0.5)
    turned = np.round((direction + lasting + hourly) / mast.direction_step) * mast.direction_step % 360.0
    calm = speed <= mast.threshold_m_s
    celsius = true["air_temperature"] - KELVIN_OFFSET + 0.4 * noise[2]
    cloud = np.round(np.clip(true["cloud"] + 0.1 * noise[3], 0.0, 1.0) * 8.0) / 8.0
    made = true.assign(
        station_id=MAST,
        wind_speed=np.where(calm, 0.0, np.round(speed, 2)),
        wind_from_direction=np.where(calm, np.nan, turned),
        air_temperature=KELVIN_OFFSET + np.round(celsius, 1),
        pressure=np.round(PRESSURE_PA + 400.0 * autoregressive(rng, n, 0.99), -1),
        humidity=np.round(true["humidity"].to_numpy(float), 2),
        cloud=cloud,
        mixing_height=np.nan,
    )
    lost = rng.random(n) < mast.missing
    first = int(rng.integers(0, n))
    lost[first : first + int(rng.integers(0, 31))] = True
    made = made.loc[~lost].reset_index(drop=True)
    return schema.check(made.assign(source_row=np.arange(len(made)) + 2), "weather")
