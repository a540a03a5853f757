"""One hourly weather series from whatever was read: one station, whole hours, means by stated rules."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sootprint.core.errors import InputError
from sootprint.core.schema import check

MAXIMUM_HOURS = 200 * 8784
"""Longest series that is laid out hour by hour [h]; a longer span means a wrong date."""

_MEANS = (
    "wind_speed",
    "measurement_height",
    "air_temperature",
    "pressure",
    "humidity",
    "cloud",
    "radiation",
    "mixing_height",
    "friction_velocity",
    "sensible_heat_flux",
    "convective_velocity",
    "roughness_length",
)


def main_station(weather: pd.DataFrame) -> str:
    """Station with the most hours of known wind speed; of equals the first in the alphabet.

    Raises
    ------
    InputError
        If the table is empty.
    """
    if weather.empty:
        raise InputError("the weather table is empty", cure="add a weather file to the case")
    known = weather.loc[weather["wind_speed"].notna()]
    pairs = pd.DataFrame({"station_id": known["station_id"], "hour": known["time_start"].dt.floor("h")})
    hours = pairs.drop_duplicates()["station_id"].value_counts().to_dict()
    return str(min(sorted(weather["station_id"].unique()), key=lambda name: -hours.get(name, 0)))


def hourly_weather(weather: pd.DataFrame, station_id: str | None = None) -> pd.DataFrame:
    """Hourly table ``weather`` of one station, every hour present between its first and its last.

    Stations are never averaged with each other: the wind of one mast stays a wind that blew. Records are
    put into the hour in which they begin; a record longer than an hour stands in its first hour only, and
    the others stay missing. Within an hour: scalar mean of the speed, direction of the mean wind vector
    (missing if it is zero or no record has a direction), sum of precipitation, mean of 1/L, the most
    frequent class (of equals the more stable), plain means of the rest, and the count in ``samples``,
    0 for an hour without record.

    Parameters
    ----------
    weather : DataFrame
        Table ``weather``, any stations and durations.
    station_id : str, optional
        Station to take, by default `main_station`.

    Raises
    ------
    InputError
        If the station has no rows, or the table spans more than 200 years.
    """
    station = main_station(weather) if station_id is None else station_id
    rows = weather.loc[weather["station_id"] == station].sort_values("time_start", kind="stable")
    if rows.empty:
        names = ", ".join(sorted(weather["station_id"].astype(str).unique())[:10])
        raise InputError(f"no weather of station {station!r}", cure=f"one of: {names}")
    hour = rows["time_start"].dt.floor("h")
    span = int((hour.iloc[-1] - hour.iloc[0]) / pd.Timedelta(hours=1)) + 1
    if span > MAXIMUM_HOURS:
        raise InputError(f"the weather spans {span} hours", rule="at most 200 years", cure="check the dates")
    axis = pd.date_range(hour.iloc[0], periods=span, freq="h", unit="us")
    groups = rows.groupby(hour)
    made = groups[list(_MEANS)].mean().reindex(axis)
    made["precipitation"] = groups["precipitation"].sum(min_count=1).reindex(axis)
    made["wind_from_direction"] = _vector_direction(rows, hour).reindex(axis)
    with np.errstate(divide="ignore"):
        made["obukhov_length"] = 1.0 / (1.0 / rows["obukhov_length"]).groupby(hour).mean().reindex(axis)
    made.loc[np.isinf(made["obukhov_length"]), "obukhov_length"] = np.nan
    made["stability_class"] = _most_frequent_class(rows, hour).reindex(axis)
    made["samples"] = groups.size().reindex(axis, fill_value=0)
    made["source_file"] = groups["source_file"].first().reindex(axis, fill_value="")
    made["source_row"] = groups["source_row"].first().reindex(axis, fill_value=0)
    made["station_id"], made["duration_s"], made["time_start"] = station, 3600.0, axis
    return check(made.reset_index(drop=True), "weather")


def _vector_direction(rows: pd.DataFrame, hour: pd.Series) -> pd.Series:
    angle = np.radians(rows["wind_from_direction"])
    east = (rows["wind_speed"] * np.sin(angle)).groupby(hour).mean()
    north = (rows["wind_speed"] * np.cos(angle)).groupby(hour).mean()
    direction = np.degrees(np.arctan2(east, north)) % 360.0
    count = rows.groupby(hour).size()
    single = rows["wind_from_direction"].groupby(hour).first()
    length = np.hypot(east, north)
    # A lone record keeps its own direction to the last digit, and the direction that came with a calm.
    return direction.where(length > 1e-9).where(count > 1, single)


def _most_frequent_class(rows: pd.DataFrame, hour: pd.Series) -> pd.Series:
    known = rows["stability_class"].notna()
    if not known.any():
        return pd.Series(pd.NA, index=pd.DatetimeIndex([], dtype="datetime64[us]"), dtype="string")
    counts = pd.crosstab(hour[known], rows.loc[known, "stability_class"].astype(str))
    ordered = counts[sorted(counts.columns, reverse=True)]
    return ordered.idxmax(axis=1).astype("string")
