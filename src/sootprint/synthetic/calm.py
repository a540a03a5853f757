"""Calm days of a synthetic city: where they lie, their truth by walkers, and the seam to the puffs.

Every pair of an hour of release r and an hour of reading t belongs to exactly one of the two: to the walkers
where t is not before the episode and r not after it, else to the puffs. Smoke that was made before the
episode is thus carried into it by walkers, from `AGE_LIMIT_H` hours before it on, and smoke that was made in
it is followed after its end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from sootprint.core import schema
from sootprint.core.errors import ConfigError
from sootprint.synthetic import layout
from sootprint.synthetic.air import STEPS_PER_HOUR, Air, report
from sootprint.synthetic.calm_air import CALM, CalmAir, make_calm_air
from sootprint.synthetic.calm_release import LEAST_WIND_M_S, release
from sootprint.synthetic.calm_walk import AGE_LIMIT_H, walk
from sootprint.weather import solar_elevation

Array = NDArray[np.float64]

USUAL_DAYS = 4
"""Calm days of a city that is long enough [d]."""

EDGE_D = 4
"""Days at both ends of the period that the episode leaves [d]."""

WALKERS_PER_HOUR = 120
"""Walkers of each source in an hour of release."""

CLEAREST_CLOUD = 0.4
"""Cloud that nights of strong cooling have at most [1]."""


@dataclass(frozen=True)
class Calm:
    """Calm episode of a city.

    Attributes
    ----------
    start, end : Timestamp
        First hour, and first hour after it, UTC.
    operator : DataArray
        Unit operator of the walkers [s m⁻³]: time, lag, station, source; from the beginning of the episode to
        the end of the memory after it.
    error : DataArray
        Standard error of its sum over lags by sampling [s m⁻³]: time, station, source.
    mean_error : DataArray
        Standard error of its mean over posts and hours of the episode [s m⁻³]: source.
    fate : DataFrame
        A row a source: released mass and its ends [g per g s⁻¹], see `calm_walk.WalkResult`.
    air : CalmAir
        Air that the walkers saw.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    operator: xr.DataArray
    error: xr.DataArray
    mean_error: xr.DataArray
    fate: pd.DataFrame
    air: CalmAir

    def covers(self, time: pd.DatetimeIndex) -> NDArray[np.bool_]:
        """Whether hours are in the episode."""
        return np.asarray((time >= self.start) & (time < self.end))


def calm_days_of(days: int, asked: int | None) -> int:
    """Length of the episode of a city [d]; 0 for none.

    Parameters
    ----------
    days : int
        Length of the period [d].
    asked : int, optional
        Days asked for; None for `USUAL_DAYS` in a period that leaves `EDGE_D` days at both ends, else none.

    Raises
    ------
    ConfigError
        If more is asked for than the period holds, or less than none.
    """
    room = days - 2 * EDGE_D
    if asked is None:
        return USUAL_DAYS if room >= USUAL_DAYS else 0
    if asked < 0 or (asked and asked > room):
        raise ConfigError(
            f"{asked} calm days do not fit into {days} days",
            rule=f"calm days leave {EDGE_D} days at both ends",
            cure="ask for fewer, or for a longer city",
        )
    return asked


def episode_day(rng: np.random.Generator, stagnant: NDArray[np.bool_], calm_days: int) -> int:
    """First day of the episode, counted from the beginning of the period.

    The run of whole local days with most hours of stagnation; drawn among equals.

    Parameters
    ----------
    rng : numpy.random.Generator
    stagnant : bool (hour)
        Whether each hour of the period is stagnant.
    calm_days : int
        Length [d].
    """
    by_day = stagnant[: len(stagnant) // 24 * 24].reshape(-1, 24).sum(axis=1)
    first = np.arange(EDGE_D, len(by_day) - EDGE_D - calm_days + 1)
    hours = np.array([by_day[day : day + calm_days].sum() for day in first])
    return int(rng.choice(first[hours == hours.max()]))


def make_calm(
    rng: np.random.Generator,
    air: Air,
    true_sources: pd.DataFrame,
    stations: pd.DataFrame,
    calm_days: int,
    *,
    spin_up_h: int,
    rise_error: float,
    walkers_per_hour: int = WALKERS_PER_HOUR,
) -> Calm:
    """Calm episode of a city.

    Parameters
    ----------
    rng : numpy.random.Generator
    air : Air
        Air of the period without the episode.
    true_sources, stations : DataFrame
        Tables ``sources`` and ``stations``.
    calm_days : int
        Length [d].
    spin_up_h : int
        Hours of spin-up of ``air`` [h].
    rise_error : float
        Spread of ln of the error of a stack's plume rise [1].
    walkers_per_hour : int
        Walkers of each source in an hour of release.
    """
    time = pd.DatetimeIndex(air.regime["time_start"])
    day = episode_day(rng, air.regime["stagnant"].to_numpy(bool), calm_days)
    begin = spin_up_h + 24 * day
    end = begin + 24 * calm_days
    all_hours = pd.date_range(time[0] - pd.Timedelta(hours=spin_up_h), periods=len(air.speed), freq="h")
    middle = all_hours + pd.Timedelta(minutes=30)
    sun = np.sin(np.radians(solar_elevation(middle, layout.CENTRE_LON, layout.CENTRE_LAT)))
    solar = middle + pd.Timedelta(hours=layout.CENTRE_LON / 15.0)
    solar_hour = np.asarray(solar.hour + solar.minute / 60.0, float)
    first, last = begin - AGE_LIMIT_H, end + AGE_LIMIT_H
    made = make_calm_air(rng, air, sun, solar_hour, first=first, begin=begin, end=end, last=last)
    x, y = layout.plane(stations["lon"].to_numpy(float), stations["lat"].to_numpy(float))
    calm = made.rows[:, CALM].reshape(-1, STEPS_PER_HOUR).mean(axis=1)
    operators, errors, mean_errors, fates = [], [], [], []
    for _, source in true_sources.iterrows():
        top = min(max(float(source["height_m"]), 10.0), 300.0) / 10.0
        wind = (1.0 - calm) * air.speed[first:last] * top ** air.profile_exponent[first:last]
        start = release(
            source,
            made.lid,
            wind + calm * LEAST_WIND_M_S,
            air.temperature_k[first:last],
            rise_factor=float(np.exp(rise_error * rng.standard_normal())),
        )
        result = walk(
            start,
            np.column_stack([x, y]),
            made,
            seed=int(rng.integers(2**31)),
            walkers_per_hour=walkers_per_hour,
            release_hours=end - first,
            first_seen_hour=begin - first,
        )
        members = result.members
        operators.append(result.operator)
        errors.append(members.std(axis=0, ddof=1) / np.sqrt(len(members)))
        means = members[:, : end - begin].mean(axis=(1, 2))
        mean_errors.append(means.std(ddof=1) / np.sqrt(len(members)))
        fates.append({"source_id": source["source_id"], "released": 3600.0 * (end - first)} | result.fate)
    places = {
        "station": stations["station_id"].astype(str).tolist(),
        "source": true_sources["source_id"].astype(str).tolist(),
    }
    hours = all_hours[begin:last]
    return Calm(
        all_hours[begin],
        all_hours[end],
        xr.DataArray(
            np.stack(operators, axis=-1),
            dims=("time", "lag", "station", "source"),
            coords={"time": hours, "lag": np.arange(AGE_LIMIT_H + 1), **places},
        ),
        xr.DataArray(
            np.stack(errors, axis=-1), dims=("time", "station", "source"), coords={"time": hours, **places}
        ),
        xr.DataArray(np.array(mean_errors), dims="source", coords={"source": places["source"]}),
        pd.DataFrame(fates),
        made,
    )


def without_walkers_share(unit: xr.DataArray, calm: Calm) -> xr.DataArray:
    """Unit operator of the puffs less what the walkers carry: time, lag, station, source [s m⁻³].

    Zero where the hour of reading is not before the episode and the hour of release before its end.
    """
    time = unit["time"]
    released = time - unit["lag"] * np.timedelta64(1, "h")
    taken = (time >= np.datetime64(calm.start)) & (released < np.datetime64(calm.end))
    return unit.where(~taken, 0.0).transpose(*unit.dims)


def calm_weather(rng: np.random.Generator, air: Air, calm: Calm) -> Air:
    """Air with the tables of the period as they are with the episode: wind, lid, cloud and regime.

    Temperature, pressure and humidity stay those of the November. The mast reports the wind at its own place
    as in `air.report`, mostly calms.
    """
    time = pd.DatetimeIndex(air.true_weather["time_start"])
    inside = calm.covers(time)
    skip = calm.operator.sizes["time"] - AGE_LIMIT_H
    at_mast = calm.air.mast.reshape(-1, STEPS_PER_HOUR)[AGE_LIMIT_H : AGE_LIMIT_H + skip]
    mean = at_mast.mean(axis=1)
    lid = calm.air.lid[AGE_LIMIT_H : AGE_LIMIT_H + skip]
    true = air.true_weather.copy()
    true.loc[inside, "wind_speed"] = np.abs(at_mast).mean(axis=1)
    true.loc[inside, "wind_from_direction"] = np.degrees(np.arctan2(-mean.real, -mean.imag)) % 360.0
    true.loc[inside, "mixing_height"] = lid
    true.loc[inside, "cloud"] = np.minimum(true.loc[inside, "cloud"], CLEAREST_CLOUD)
    regime = air.regime.copy()
    regime.loc[inside, "stagnant"] = True
    regime.loc[inside, "mixing_height"] = lid
    regime["calm_episode"] = inside
    told = report(rng, true.loc[inside].reset_index(drop=True), missing=0.0).set_index("time_start")
    weather = air.weather.copy()
    rows = calm.covers(pd.DatetimeIndex(weather["time_start"]))
    for column in ("wind_speed", "wind_from_direction", "cloud"):
        weather.loc[rows, column] = told.loc[weather.loc[rows, "time_start"], column].to_numpy()
    return replace(
        air,
        true_weather=schema.check(true, "weather"),
        weather=schema.check(weather, "weather"),
        regime=regime,
    )


def splice_complaints(before: pd.DataFrame, after: pd.DataFrame, calm: Calm) -> pd.DataFrame:
    """Table ``complaints``: ``before`` outside the episode and its memory, ``after`` inside."""
    end = calm.end + pd.Timedelta(hours=AGE_LIMIT_H)

    def touched(table: pd.DataFrame) -> pd.Series:
        return (table["time_start"] >= calm.start) & (table["time_start"] < end)

    table = pd.concat([before.loc[~touched(before)], after.loc[touched(after)]])
    table = table.sort_values(["time_start", "lon", "lat"], ignore_index=True)
    table["complaint_id"] = [f"C-{k + 1:04d}" for k in range(len(table))]
    table["source_row"] = np.arange(len(table)) + 2
    return schema.check(table, "complaints")


def calm_errors(calm: Calm | None, emission: xr.DataArray) -> pd.DataFrame:
    """Error of the true mean contributions over posts and hours of the episode by sampling.

    Parameters
    ----------
    calm : Calm, optional
        Without one the table is empty.
    emission : DataArray
        True emission [g s⁻¹]: source, pollutant, time.

    Returns
    -------
    DataFrame
        ``source_id``, ``pollutant``, ``standard_error_ugm3`` [µg m⁻³]. The members' spread of the mean unit
        operator times the mean rate of the episode.
    """
    names = ["source_id", "pollutant", "standard_error_ugm3"]
    if calm is None:
        return pd.DataFrame(columns=names)
    inside = calm.covers(pd.DatetimeIndex(emission["time"].to_numpy()))
    rate = emission.isel(time=inside).mean("time").sel(source=calm.mean_error["source"])
    table = (rate * calm.mean_error * 1e6).to_series().rename(names[2]).reset_index()
    return table.rename(columns={"source": "source_id"})[names]
