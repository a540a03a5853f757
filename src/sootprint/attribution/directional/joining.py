"""Hourly readings beside the hour's wind: what every directional method starts from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sootprint.core.errors import InputError
from sootprint.core.timeaxis import to_local

HOUR_S = 3600.0

CALM_SPEED = 0.5
"""Speed under which a direction means nothing [m s⁻¹]; the starting speed of a good vane, WMO-No. 8."""

JOINED_COLUMNS = (
    "station_id",
    "pollutant",
    "time_start",
    "hour_local",
    "day_local",
    "value_ugm3",
    "wind_station_id",
    "wind_speed",
    "wind_from_direction",
    "reason",
)
"""Columns of the joined table; ``reason`` says why an hour cannot serve, ``served`` if it can."""


def hourly_wind(weather: pd.DataFrame) -> pd.DataFrame:
    """Hourly wind of each weather station.

    The speed is the scalar mean of the hour's records; the direction is that of their vector mean, which
    is missing where the vectors cancel. Records longer than an hour say nothing about an hour and are
    left out.

    Parameters
    ----------
    weather : DataFrame
        Table ``weather``.

    Returns
    -------
    DataFrame
        ``station_id, time_start`` (hour, UTC), ``wind_speed`` [m s⁻¹], ``wind_from_direction`` [degrees].
    """
    rows = weather.loc[weather["wind_speed"].notna() & (weather["duration_s"] <= HOUR_S)]
    speed = rows["wind_speed"].to_numpy(float)
    angle = np.deg2rad(rows["wind_from_direction"].to_numpy(float))
    # a still record of a direction-less hour must not hide the direction of the other records
    parts = pd.DataFrame(
        {
            "station_id": rows["station_id"].astype(str).to_numpy(),
            "time_start": rows["time_start"].dt.floor("h").to_numpy(),
            "wind_speed": speed,
            "east": speed * np.sin(angle),
            "north": speed * np.cos(angle),
            "single": rows["wind_from_direction"].to_numpy(float),
        }
    )
    grouped = parts.groupby(["station_id", "time_start"], sort=True)
    made = grouped[["wind_speed", "east", "north"]].mean()
    made["single"] = grouped["single"].first()
    made["count"] = grouped.size()
    length = np.hypot(made["east"], made["north"])
    vector = np.rad2deg(np.arctan2(made["east"], made["north"])) % 360.0
    made["wind_from_direction"] = vector.where(length > 1e-9)
    # one record: its own number, not one that went through sine and arctangent
    made["wind_from_direction"] = made["wind_from_direction"].mask(made["count"] == 1, made["single"])
    return made.reset_index()[["station_id", "time_start", "wind_speed", "wind_from_direction"]]


def join_hourly(
    observations: pd.DataFrame,
    weather: pd.DataFrame,
    *,
    zone: str,
    wind_station: Mapping[str, str] | None = None,
    minimum_coverage: float = 0.5,
    calm_speed: float = CALM_SPEED,
) -> pd.DataFrame:
    """Hourly readings of each post beside the wind of the hour.

    Readings up to an hour are averaged to hours, weighted by their duration. A reading below detection
    without a value counts as half its detection limit. The wind is the post's own where it has one, else
    that of ``wind_station``, else that of the weather station with most hours; the column
    ``wind_station_id`` says which.

    Parameters
    ----------
    observations, weather : DataFrame
        Tables of those names.
    zone : str
        IANA zone of the local hour and day.
    wind_station : mapping of str to str, optional
        Weather station of each post.
    minimum_coverage : float
        Share of the hour that its readings must cover [1].
    calm_speed : float
        Speed under which an hour serves without a direction, as calm [m s⁻¹].

    Returns
    -------
    DataFrame
        `JOINED_COLUMNS`, a row a post, pollutant and hour. ``reason`` is ``served``, ``missing reading``,
        ``low coverage``, ``longer than an hour`` or ``missing wind``; only served hours are used, the
        others are there to be counted. A served calm hour may lack a direction.

    Raises
    ------
    InputError
        If there is no wind at all or ``wind_station`` names an unknown station.
    """
    wind = hourly_wind(weather)
    if wind.empty:
        raise InputError("no wind in the weather table", cure="add a file with wind speed and direction")
    readings = _hourly_readings(observations, minimum_coverage)
    chosen = _choose_wind(readings["station_id"].unique().tolist(), wind, dict(wind_station or {}))
    readings["wind_station_id"] = readings["station_id"].map(chosen)
    made = readings.merge(
        wind.rename(columns={"station_id": "wind_station_id"}),
        on=["wind_station_id", "time_start"],
        how="left",
    )
    local = to_local(made["time_start"], zone)
    made["hour_local"] = local.dt.hour
    made["day_local"] = local.dt.floor("D")
    no_wind = made["wind_speed"].isna() | (
        made["wind_from_direction"].isna() & (made["wind_speed"] >= calm_speed)
    )
    made.loc[(made["reason"] == "served") & no_wind, "reason"] = "missing wind"
    made = made.sort_values(["station_id", "pollutant", "time_start"], kind="stable")
    return made.reset_index(drop=True)[list(JOINED_COLUMNS)]


def _hourly_readings(observations: pd.DataFrame, minimum_coverage: float) -> pd.DataFrame:
    """Hourly mean of each post and pollutant, with the reason of hours that cannot serve."""
    value = observations["value_ugm3"].astype(float)
    below = (observations["flag"] == "below_detection") & value.isna()
    value = value.mask(below, 0.5 * observations["detection_limit_ugm3"].astype(float))
    usable = observations["flag"].isin(["valid", "below_detection"]) & value.notna()
    duration = observations["duration_s"].astype(float)
    weight = duration.where(usable, 0.0).clip(upper=HOUR_S)
    rows = pd.DataFrame(
        {
            "station_id": observations["station_id"].astype(str),
            "pollutant": observations["pollutant"].astype(str),
            "time_start": observations["time_start"].dt.floor("h"),
            "weight": weight,
            "weighted": (value * weight).where(usable, 0.0),
            "long": duration > HOUR_S,
        }
    )
    made = (
        rows.groupby(["station_id", "pollutant", "time_start"], sort=True)
        .agg(weight=("weight", "sum"), weighted=("weighted", "sum"), long=("long", "any"))
        .reset_index()
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        made["value_ugm3"] = (made["weighted"] / made["weight"]).where(made["weight"] > 0)
    made["reason"] = np.select(
        [made["long"], made["weight"] <= 0, made["weight"] < minimum_coverage * HOUR_S],
        ["longer than an hour", "missing reading", "low coverage"],
        "served",
    )
    return made.drop(columns=["weight", "weighted", "long"])


def _choose_wind(posts: list[str], wind: pd.DataFrame, stated: dict[str, str]) -> dict[str, str]:
    """Weather station of each post."""
    known = wind["station_id"].value_counts().sort_index()
    for post, station in stated.items():
        if station not in known.index:
            raise InputError(
                f"post {post} is to take its wind from {station!r}, which has none",
                cure=f"one of: {', '.join(known.index)}",
            )
    most = str(known.idxmax())
    return {post: stated.get(post, post if post in known.index else most) for post in posts}


def served(joined: pd.DataFrame) -> pd.DataFrame:
    """Hours of a joined table that have both a reading and a wind."""
    return joined.loc[joined["reason"] == "served"]


def with_reading(joined: pd.DataFrame) -> pd.DataFrame:
    """Hours of a joined table that have a reading, with or without a wind."""
    return joined.loc[joined["reason"].isin(["served", "missing wind"])]


def without_direction(speed: np.ndarray, direction: np.ndarray, calm_speed: float) -> np.ndarray:
    """Hours that count as calm: slower than ``calm_speed`` [m s⁻¹], or without any direction."""
    return (speed < calm_speed) | ~np.isfinite(direction)
