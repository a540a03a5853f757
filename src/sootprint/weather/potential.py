"""Potential of pollution and self-cleaning of the air from weather: zones of PZA, MPA, poor ventilation.

The classes and conditions are data: ``potential_classes.csv`` and ``potential_conditions.csv``, each row with
its source and mark. None of the sources was read; all marks are ``unverified``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import ConfigError, InputError
from sootprint.core.schema import check
from sootprint.core.timeaxis import to_local
from sootprint.weather.hourly import hourly_weather

MORNING_H, AFTERNOON_H = (6, 9), (13, 17)
"""Local hours of the morning and the afternoon of the rule of ventilation, the last excluded [h]; ours."""

LEAST_HOURS = 18
"""Smallest number of known hours of a day on which fog, rain or still air are judged [h]; ours."""

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


@dataclass(frozen=True)
class PotentialClass:
    """Class of an index from 1 (the most favourable), in words, with its mark."""

    index: str
    number: int
    level: str
    mark: str


@cache
def _classes() -> pd.DataFrame:
    table = _read("potential_classes")
    table["class"] = table["class"].astype(int)
    table["above"] = pd.to_numeric(table["above"].replace("", None)).astype(float)
    return table


@cache
def _conditions() -> pd.DataFrame:
    table = _read("potential_conditions")
    table["value"] = table["value"].astype(float)
    return table


def _read(name: str) -> pd.DataFrame:
    with (resources.files("sootprint.weather") / f"{name}.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype=str, keep_default_na=False)


def potential_rules() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Classes and conditions that come with the package."""
    return _classes().copy(), _conditions().copy()


def potential_class(index: str, value: float) -> PotentialClass:
    """Class of a value; a value on a border belongs to the lower class.

    Parameters
    ----------
    index : {"PZA", "MPA"}
        Climatic potential of pollution (Bezuglaya): zones 1 to 5; meteorological potential (Selegey and
        Yurchenko): 1 to 4. PZA is read from a map or a climate table, we do not work it out.
    value : float
        Value of the index [1]; infinity is allowed.

    Raises
    ------
    ConfigError
        If the index has no classes.
    InputError
        If the value is negative or not a number.
    """
    rows = _classes().loc[_classes()["index"] == index]
    if rows.empty:
        raise ConfigError(f"no classes of {index!r}", cure="one of: PZA, MPA")
    if not value >= 0:
        raise InputError(f"{index} of {value}", rule="zero or more")
    row = rows.loc[rows["above"].isna() | (value > rows["above"])].iloc[-1]
    return PotentialClass(index, int(row["class"]), str(row["level"]), str(row["mark"]))


def meteorological_potential(still: float, fog: float, precipitation: float, strong_wind: float) -> float:
    r"""Meteorological potential of the atmosphere :math:`MPA = (P_{sl} + P_t)/(P_o + P_v)` [1].

    Shares [%] of wind of 0–1 m/s, of fog, of precipitation of 0.5 mm and more, and of wind of 6 m/s and more.
    Under 1 self-cleaning prevails, over 1 accumulation. 40 % and 10 % against 15 % and 10 %: MPA = 2.0.
    Infinite where nothing cleans the air; NaN where all shares are zero or one is unknown.

    Notes
    -----
    Selegey and Yurchenko, as cited in reviews; the source was not read.

    Raises
    ------
    InputError
        If a share is outside 0 to 100 %.
    """
    shares = (still, fog, precipitation, strong_wind)
    if any(math.isfinite(share) and not 0.0 <= share <= 100.0 for share in shares):
        raise InputError(f"shares of {shares}", rule="a share is 0 to 100 %")
    if not all(map(math.isfinite, shares)):
        return math.nan
    above, under = still + fog, precipitation + strong_wind
    if under == 0.0:
        return math.inf if above > 0.0 else math.nan
    return above / under


def self_cleaning(mpa: float) -> float:
    """Coefficient of self-cleaning K′ = 1/MPA [1]; infinite for MPA = 0, zero where MPA is infinite."""
    if math.isnan(mpa):
        return math.nan
    return math.inf if mpa == 0.0 else 1.0 / mpa


def air_potential(
    weather: pd.DataFrame,
    *,
    zone: str,
    start: pd.Timestamp,
    end: pd.Timestamp,
    station_id: str | None = None,
    calm_m_s: float = 0.5,
) -> pd.DataFrame:
    """Table ``air_potential``, a row, of one period and weather station.

    Wind counts by hours; fog and precipitation by local days with at least `LEAST_HOURS` known hours, since
    the sources speak of days with them. What the weather does not say stays missing and is named in
    ``missing``; then the potential is missing too. ``high_potential_days`` follows Gross and Stackpole:
    mean ventilation (mixing height times wind) of the afternoon and mixing height of the morning, both in
    weak wind.

    Parameters
    ----------
    weather : DataFrame
        Table ``weather``.
    zone : str
        IANA zone of the days.
    start, end : Timestamp
        Beginning and end [UTC], the end excluded.
    station_id : str, optional
        Station, by default the one with most wind.
    calm_m_s : float
        Wind under which an hour is calm [m s⁻¹].

    Raises
    ------
    InputError
        If the period is empty or the weather has no rows.
    """
    if not start < end:
        raise InputError(f"the period {start} to {end}", rule="it ends after it begins")
    series = hourly_weather(weather, station_id)
    axis = pd.date_range(start, end, freq="h", inclusive="left", unit="us")
    rows = series.set_index("time_start").reindex(axis)
    local = to_local(pd.Series(axis), zone)
    day, hour = local.dt.floor("D").to_numpy(), local.dt.hour.to_numpy()
    speed = rows["wind_speed"].to_numpy(float)
    known = np.isfinite(speed)
    days = _Days(day)
    still = _met("still", {"wind_speed": speed})
    fog = days.any_of(_met("fog", {"humidity": rows["humidity"].to_numpy(float), "wind_speed": speed}))
    rain = days.total(rows["precipitation"].to_numpy(float))
    wet = np.where(np.isfinite(rain), _met("precipitation", {"precipitation": rain}), np.nan)
    potential = _high_potential(days, hour, rows, speed)
    shares = {
        "still": _percent(still),
        "fog": _percent(fog),
        "precipitation": _percent(wet),
        "strong": _percent(_met("strong", {"wind_speed": speed})),
    }
    mpa = meteorological_potential(shares["still"], shares["fog"], shares["precipitation"], shares["strong"])
    found = None if math.isnan(mpa) else potential_class("MPA", mpa)
    still_share = days.mean(still)
    missing = [
        name
        for name, value in (
            ("wind", shares["still"]),
            ("fog", shares["fog"]),
            ("precipitation", shares["precipitation"]),
        )
        if math.isnan(value)
    ]
    missing += ["mixing height"] if np.isnan(potential).all() else []
    made = {
        "period_start": start,
        "period_end": end,
        "n_hours": len(axis),
        "n_hours_wind": int(known.sum()),
        "n_days": days.n,
        "n_calm_hours": int((speed[known] < calm_m_s).sum()),
        "still_percent": shares["still"],
        "strong_wind_percent": shares["strong"],
        "still_days": int((still_share[np.isfinite(still_share)] >= 0.5).sum())
        if np.isfinite(still_share).any()
        else None,
        "fog_percent": shares["fog"],
        "precipitation_percent": shares["precipitation"],
        "mean_wind": float(speed[known].mean()) if known.any() else math.nan,
        "mpa": mpa,
        "self_cleaning": self_cleaning(mpa),
        "mpa_class": found.number if found else None,
        "mpa_level": found.level if found else None,
        "high_potential_days": None if np.isnan(potential).all() else int(np.nansum(potential)),
        "n_potential_days": int(np.isfinite(potential).sum()),
        "mark": found.mark if found else "unverified",
        "missing": "; ".join(missing) or None,
    }
    return check(pd.DataFrame([made]), "air_potential")


class _Days:
    """Hours gathered into local days; a day with fewer than `LEAST_HOURS` known hours is unknown."""

    def __init__(self, day: NDArray[Any]) -> None:
        unique, self.of = np.unique(day, return_inverse=True)
        self.n = len(unique)

    def _sum(self, values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        good = np.isfinite(values)
        total = np.bincount(self.of, weights=np.where(good, values, 0.0), minlength=self.n).astype(float)
        return total, np.bincount(self.of[good], minlength=self.n).astype(np.int64)

    def total(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        total, count = self._sum(values)
        return np.where(count >= LEAST_HOURS, total, np.nan)

    def mean(self, values: NDArray[np.float64], least: int = LEAST_HOURS) -> NDArray[np.float64]:
        total, count = self._sum(values)
        return np.where(count >= least, total / np.maximum(count, 1), np.nan)

    def any_of(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """1 where an hour of the day meets, 0 where none of enough known hours does, else unknown."""
        total, count = self._sum(values)
        return np.where(total > 0, 1.0, np.where(count >= LEAST_HOURS, 0.0, np.nan))


def _met(condition: str, values: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """1 where all rows of a condition hold, 0 where one fails, NaN where that is not known."""
    rows = _conditions().loc[_conditions()["condition"] == condition]
    made: NDArray[np.float64] = np.ones(len(next(iter(values.values()))))
    if any(np.isnan(values[str(name)]).all() for name in rows["quantity"]):
        # Of a quantity that is never stated the other conditions would decide on some days and not on others.
        return np.full(len(made), np.nan)
    for row in rows.itertuples(index=False):
        value = values[str(row.quantity)]
        with np.errstate(invalid="ignore"):
            holds = COMPARISONS[str(row.comparison)](value, row.value).astype(float)
        holds[np.isnan(value)] = np.nan
        # What is known to fail decides, whatever the rest is.
        made = np.where((made == 0.0) | (holds == 0.0), 0.0, made * holds)
    return made


def _high_potential(
    days: _Days, hour: NDArray[np.int64], rows: pd.DataFrame, speed: NDArray[np.float64]
) -> NDArray[np.float64]:
    depth = rows["mixing_height"].to_numpy(float)

    def part(values: NDArray[np.float64], hours: tuple[int, int]) -> NDArray[np.float64]:
        inside = (hour >= hours[0]) & (hour < hours[1])
        return days.mean(np.where(inside, values, np.nan), least=(hours[1] - hours[0]) // 2 + 1)

    return _met(
        "high_potential",
        {
            "ventilation_afternoon": part(depth * speed, AFTERNOON_H),
            "wind_afternoon": part(speed, AFTERNOON_H),
            "mixing_height_morning": part(depth, MORNING_H),
            "wind_morning": part(speed, MORNING_H),
        },
    )


def _percent(values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return 100.0 * float(known.mean()) if len(known) else math.nan
