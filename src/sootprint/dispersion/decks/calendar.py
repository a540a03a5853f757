"""Hours of a run in local standard time, and where they stand in tables of factors.

An hour is named by its end: hour 1 is from 0 to 1 o'clock, hour 24 from 23 to 24 o'clock of the same date.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.dispersion.decks.deck import Variation, WeatherInput

WINTER = (12, 1, 2)
SATURDAY, SUNDAY = 6, 7
HOURS_A_DAY = 24


class Hours(NamedTuple):
    """Hours of a run, arrays of shape (hour,).

    ``year``, ``month``, ``day``, ``hour`` 1 to 24; ``weekday`` 1 for Monday to 7 for Sunday;
    ``wind_speed`` [m s⁻¹], ``wind_from_direction`` [degree], ``obukhov_length`` [m], NaN where missing.
    """

    year: NDArray[np.intp]
    month: NDArray[np.intp]
    day: NDArray[np.intp]
    hour: NDArray[np.intp]
    weekday: NDArray[np.intp]
    wind_speed: NDArray[np.float64]
    wind_from_direction: NDArray[np.float64]
    obukhov_length: NDArray[np.float64]

    def stamps(self) -> NDArray[np.int64]:
        """Stamps of ten digits, year month day hour: 1988030124."""
        return stamp(self.year, self.month, self.day, self.hour)

    def part(self, rows: slice) -> Hours:
        """Some of the hours."""
        return Hours(**{name: column[rows] for name, column in self._asdict().items()})


def stamp(
    year: NDArray[np.intp], month: NDArray[np.intp], day: NDArray[np.intp], hour: NDArray[np.intp]
) -> NDArray[np.int64]:
    """Numbers of ten digits, year month day hour."""
    return (((np.asarray(year, dtype=np.int64) * 100 + month) * 100) + day) * 100 + hour


def hours_of(boundary_layer: pd.DataFrame, *, rotation_deg: float = 0.0) -> Hours:
    """Hours of a table ``boundary_layer`` whose ``time_start`` is local standard time.

    ``rotation_deg`` is taken off every wind direction [degree].
    """
    start = pd.DatetimeIndex(boundary_layer["time_start"])

    def floats(name: str) -> NDArray[np.float64]:
        return boundary_layer[name].to_numpy(dtype=float, na_value=np.nan)

    return Hours(
        start.year.to_numpy(dtype=np.intp),
        start.month.to_numpy(dtype=np.intp),
        start.day.to_numpy(dtype=np.intp),
        start.hour.to_numpy(dtype=np.intp) + 1,
        start.day_of_week.to_numpy(dtype=np.intp) + 1,
        floats("wind_speed"),
        np.mod(floats("wind_from_direction") - rotation_deg, 360.0),
        floats("obukhov_length"),
    )


def hours_in_run(hours: Hours, weather: WeatherInput) -> NDArray[np.bool_]:
    """Hours between start and end of a run, and on its days."""
    stamps = hours.stamps()
    inside = np.ones(len(stamps), dtype=bool)
    for limit, is_start in ((weather.start, True), (weather.end, False)):
        if limit is not None:
            number = stamp(*(np.array([part]) for part in limit))[0]
            inside &= stamps >= number if is_start else stamps <= number
    if weather.days:
        dates = pd.to_datetime(pd.DataFrame({"year": hours.year, "month": hours.month, "day": hours.day}))
        julian = dates.dt.day_of_year.to_numpy()
        wanted = [
            (0, int(j)) in weather.days or (int(m), int(d)) in weather.days
            for j, m, d in zip(julian, hours.month, hours.day, strict=True)
        ]
        inside &= np.array(wanted, dtype=bool)
    return inside


def season(month: NDArray[np.intp]) -> NDArray[np.intp]:
    """Season of each month: 0 winter (December to February), 1 spring, 2 summer, 3 autumn."""
    return (month % 12) // 3


def speed_class(wind_speed: NDArray[np.float64], limits: Sequence[float]) -> NDArray[np.intp]:
    """Class of wind speed, 0 to 5: a speed equal to an upper limit belongs to its class; NaN to 0."""
    return np.searchsorted(np.asarray(limits), np.nan_to_num(wind_speed), side="left").astype(np.intp)


def table_rows(kind: str, hours: Hours, limits: Sequence[float]) -> NDArray[np.intp]:
    """Row of each hour in a table of values.

    Parameters
    ----------
    kind : str
        ``ANNUAL``, ``SEASON``, ``MONTH``, ``HROFDY``, ``WSPEED``; with hours inside of ``SEASHR``; with
        hours inside and kinds of day (weekday, Saturday, Sunday) outside of ``HRDOW``, ``SHRDOW``,
        ``MHRDOW``; with seven days from Monday on of ``HRDOW7``, ``SHRDOW7``, ``MHRDOW7``.
    hours : Hours
        The hours.
    limits : sequence of float
        Upper limits of classes of wind speed [m s⁻¹].
    """
    clock = hours.hour - 1
    if kind == "ANNUAL":
        return np.zeros(len(clock), dtype=np.intp)
    if kind == "WSPEED":
        return speed_class(hours.wind_speed, limits)
    simple = {"SEASON": season(hours.month), "MONTH": hours.month - 1, "HROFDY": clock}
    if kind in simple:
        return simple[kind]
    kinds_of_day = np.where(hours.weekday < SATURDAY, 0, hours.weekday - SATURDAY + 1)
    day = hours.weekday - 1 if kind.endswith("7") else kinds_of_day
    outer = {"SEASHR": 0 * clock, "HRDOW": day, "SHRDOW": 4 * day, "MHRDOW": 12 * day}[kind.rstrip("7")]
    inner = {"S": season(hours.month), "M": hours.month - 1, "H": 0 * clock}[kind[0]]
    return clock + HOURS_A_DAY * (inner + outer)


def factors(variation: Variation, hours: Hours, limits: Sequence[float]) -> NDArray[np.float64]:
    """Value of a table for each hour, shape (hour,)."""
    return variation.values[table_rows(variation.kind, hours, limits)]
