"""AERMOD surface (``.sfc``) and profile (``.pfl``) files from the tables ``boundary_layer`` and ``profiles``.

The layout is that of EPA-454/B-24-007, AERMOD user's guide, appendix C; AERMOD reads the numbers in free
format, so that a wider number than the processor's own is still read.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.constants import KELVIN_OFFSET
from sootprint.core.errors import InputError
from sootprint.core.schema import check
from sootprint.core.timeaxis import zone_info
from sootprint.weather.readers.aermod_layers import HOUR_S, require_clock
from sootprint.weather.readers.aermod_text import PIVOT_YEAR, SurfaceHeader

Digits = Literal["processor", "exact"]

LONGEST_OBUKHOV_M = 90_000.0
"""Largest |L| of a file [m], below the code -99999."""

SFC_NUMBERS = (
    ("sensible_heat_flux", 6, 1, -999.0),
    ("friction_velocity", 6, 3, -9.0),
    ("convective_velocity", 6, 3, -9.0),
    ("potential_temperature_gradient", 6, 3, -9.0),
    ("convective_mixing_height", 5, 0, -999.0),
    ("mechanical_mixing_height", 5, 0, -999.0),
    ("obukhov_length", 8, 1, -99999.0),
    ("roughness_length", 7, 4, -9.0),
    ("bowen_ratio", 6, 2, -9.0),
    ("albedo", 6, 2, -9.0),
    ("wind_speed", 7, 2, 999.0),
    ("wind_from_direction", 6, 1, 999.0),
    ("measurement_height", 6, 1, -9.0),
    ("air_temperature", 6, 1, 999.0),
    ("temperature_height", 6, 1, -9.0),
    ("precipitation_code", 5, -1, 9999.0),
    ("precipitation", 6, 2, -9.0),
    ("humidity", 6, 0, 999.0),
    ("pressure", 6, 0, 99999.0),
    ("cloud", 5, -1, 99.0),
)
"""Column, width, decimals (-1: a whole number) and missing code of each number of a surface line."""

PFL_NUMBERS = (
    ("height_m", 7, 1, np.nan),
    ("top", 1, -1, np.nan),
    ("wind_from_direction", 7, 1, 999.0),
    ("wind_speed", 8, 2, 999.0),
    ("air_temperature", 8, 2, -999.0),
    ("sigma_theta_deg", 8, 2, 99.0),
    ("sigma_w", 8, 2, 99.0),
)
"""The same of a profile line."""


def write_sfc(
    table: pd.DataFrame,
    path: str | Path,
    *,
    header: SurfaceHeader,
    zone: str | None = None,
    utc_offset_h: float | None = None,
    digits: Digits = "processor",
) -> None:
    """AERMOD surface file of a table ``boundary_layer``.

    Parameters
    ----------
    table : DataFrame
        Table ``boundary_layer`` of hours. A missing value is written as its code; a calm as speed 0 and
        direction 0. ``reason`` is not written: `read_sfc` finds it again from the values. An L beyond
        ±90 000 m is written as that: neutral, and no code for missing.
    path : str or Path
        File to write.
    header : SurfaceHeader
        Facts of the first line. AERMOD reads ``ADJ_U*`` and the processor's version from it.
    zone, utc_offset_h
        As in `read_sfc`, one of both.
    digits : {"processor", "exact"}
        Decimals of the processor's own files, or as many as give the number back to 1e-11. A number that
        is not 0 and would be rounded to 0 keeps its digits in both, lest a light wind turn into a calm.
        Cloud and precipitation code are whole in both.

    Raises
    ------
    InputError
        If the rows are no hours of local standard time in order, or the header has no place or version.
    """
    made = check(table, "boundary_layer")
    if not (np.isfinite(header.latitude) and np.isfinite(header.longitude) and header.version):
        raise InputError(
            f"header with latitude {header.latitude}, longitude {header.longitude}, version "
            f"{header.version!r}",
            rule="AERMOD refuses a surface file without place and version",
            cure="give all three in header=SurfaceHeader(...)",
        )
    begins = _local_begins(made, zone, utc_offset_h)
    if not begins.is_monotonic_increasing or begins.has_duplicates:
        raise InputError(
            "two rows of one hour, or hours out of order", cure="sort them, or state utc_offset_h"
        )
    calm = (made["wind_speed"] == 0.0).to_numpy()
    values = {column: made[column].to_numpy(float, na_value=np.nan) for column, *_ in SFC_NUMBERS}
    values["wind_from_direction"] = np.where(calm, 0.0, values["wind_from_direction"])
    values["humidity"] = values["humidity"] * 100.0
    values["pressure"] = values["pressure"] / 100.0
    values["cloud"] = values["cloud"] * 10.0
    values["obukhov_length"] = np.clip(values["obukhov_length"], -LONGEST_OBUKHOV_M, LONGEST_OBUKHOV_M)
    cells = [_texts(values[row[0]], row, digits) for row in SFC_NUMBERS]
    source = made["wind_source"].fillna("NAD").tolist()
    given = made["substituted"].fillna("")
    cloud, warm = given.str.contains("cloud").tolist(), given.str.contains("temperature").tolist()
    marks = {(True, True): "Sub_CC-TT", (True, False): "Sub_CC", (False, True): "Sub_TT"}
    dates = zip(*_dates(begins), begins.day_of_year.tolist(), strict=True)
    lines = [_header_line(header)]
    for row, (year, month, day, hour, of_year) in enumerate(dates):
        numbers = " ".join(column[row] for column in cells)
        mark = marks.get((cloud[row], warm[row]), "NoSubs")
        when = f"{year:02d} {month:2d} {day:2d} {of_year:3d} {hour:2d}"
        lines.append(f"{when} {numbers} {source[row]:7s} {mark:9s}")
    _write(path, lines)


def write_pfl(
    table: pd.DataFrame,
    path: str | Path,
    *,
    zone: str | None = None,
    utc_offset_h: float | None = None,
    digits: Digits = "processor",
) -> None:
    """AERMOD profile file of a table ``profiles``.

    Parameters
    ----------
    table : DataFrame
        Table ``profiles``. AERMOD asks for a level in every hour of the surface file.
    path, zone, utc_offset_h, digits
        As in `write_sfc`.

    Raises
    ------
    InputError
        If the rows are no levels of local hours in order of time and height, or a top is not marked where
        an hour ends and only there.
    """
    made = check(table, "profiles")
    begins = _local_begins(made, zone, utc_offset_h)
    key = pd.MultiIndex.from_arrays([begins, made["height_m"]])
    if not key.is_monotonic_increasing or key.has_duplicates:
        raise InputError(
            "two rows of one level, or rows out of order", cure="sort by time_start and height_m"
        )
    if (made["top"] != ~made.duplicated("time_start", keep="last")).any():
        raise InputError(
            "top is not the highest level of its hour", rule="AERMOD reads an hour up to its top"
        )
    values = {column: made[column].to_numpy(float, na_value=np.nan) for column, *_ in PFL_NUMBERS}
    values["air_temperature"] = values["air_temperature"] - KELVIN_OFFSET
    cells = [_texts(values[row[0]], row, digits) for row in PFL_NUMBERS]
    lines = []
    for row, (year, month, day, hour) in enumerate(zip(*_dates(begins), strict=True)):
        numbers = " ".join(column[row] for column in cells)
        lines.append(f"{year:02d} {month:2d} {day:2d} {hour:2d} {numbers}")
    _write(path, lines)


def _local_begins(table: pd.DataFrame, zone: str | None, utc_offset_h: float | None) -> pd.DatetimeIndex:
    require_clock(zone, utc_offset_h)
    if table.empty:
        raise InputError("the table has no rows", cure="give at least one hour")
    if not (table["duration_s"] == HOUR_S).all():
        raise InputError("a row is no hour", rule="AERMOD's files are hourly", cure="average to hours first")
    starts = pd.DatetimeIndex(table["time_start"])
    if (starts.year < 1900 + PIVOT_YEAR).any() or (starts.year > 1999 + PIVOT_YEAR).any():
        raise InputError("a year is outside 1950 to 2049", rule="the file's years have two digits")
    if zone is None:
        shift: pd.TimedeltaIndex | timedelta = timedelta(hours=float(utc_offset_h or 0.0))
    else:
        info = zone_info(zone)
        aware = starts.tz_localize("UTC").tz_convert(info).to_pydatetime()
        offsets = [(moment.utcoffset() or timedelta(0)) - (moment.dst() or timedelta(0)) for moment in aware]
        shift = pd.TimedeltaIndex(offsets)
    local = starts + shift
    if (local != local.floor("h")).any():
        raise InputError("a row does not begin on a full local hour", cure="check zone or utc_offset_h")
    return pd.DatetimeIndex(local)


def _dates(begins: pd.DatetimeIndex) -> tuple[list[int], list[int], list[int], list[int]]:
    """Two-digit year, month, day and hour 1 to 24 of intervals that begin at these local times."""
    years = (begins.year % 100).tolist()
    return years, begins.month.tolist(), begins.day.tolist(), (begins.hour + 1).tolist()


def _texts(values: NDArray[np.float64], layout: tuple[str, int, int, float], digits: Digits) -> list[str]:
    """Right-aligned text of each number."""
    _, width, decimals, missing = layout
    made = []
    for value in values.tolist():
        number = missing if value != value else value
        if decimals < 0:
            made.append(f"{round(number):{width}d}")
            continue
        text = f"{number:.{decimals}f}" + ("." if decimals == 0 else "")
        exact = f"{number:.12g}"
        lost = digits == "exact" and float(text) != float(exact)
        if lost or (number != 0.0 and float(text) == 0.0):
            text = exact
        made.append(f"{text:>{width}}")
    return made


def _header_line(header: SurfaceHeader) -> str:
    north = f"{abs(header.latitude):.3f}{'S' if header.latitude < 0 else 'N'}"
    east = f"{abs(header.longitude):.3f}{'W' if header.longitude < 0 else 'E'}"
    # AERMOD reads the two places from columns 1 to 20 and each station from the nine after its key.
    line = f"{north:>10}{east:>10}".ljust(28)
    line += f"  UA_ID: {header.upper_air_id:8.8s}  SF_ID: {header.surface_id:8.8s}"
    line += f"  OS_ID: {header.onsite_id:8.8s}"
    return f"{line:84s}VERSION: {header.version:>5}  {' '.join(header.options)}".rstrip()


def _write(path: str | Path, lines: list[str]) -> None:
    with Path(path).open("w", encoding="ascii", newline="\n") as file:
        file.write("\n".join(lines) + "\n")


def single_level_profiles(table: pd.DataFrame) -> pd.DataFrame:
    """Table ``profiles`` of the one level of a table ``boundary_layer``, where there is no mast.

    An hour without wind and without height of the anemometer gets the height of the hour before, else of the
    first one known, since AERMOD asks for a level in every hour.

    Raises
    ------
    InputError
        If an hour has wind without a height of its anemometer, or no hour has a height.
    """
    made = check(table, "boundary_layer")
    unplaced = made["wind_speed"].notna() & made["measurement_height"].isna()
    if unplaced.any() or made["measurement_height"].isna().all():
        raise InputError(
            f"{int(unplaced.sum())} hours have wind at no height",
            rule="a level has a height",
            cure="state measurement_height of the weather file",
        )
    return check(
        pd.DataFrame(
            {
                "time_start": made["time_start"],
                "duration_s": made["duration_s"],
                "height_m": made["measurement_height"].ffill().bfill(),
                "top": True,
                "wind_speed": made["wind_speed"],
                "wind_from_direction": made["wind_from_direction"],
                "air_temperature": made["air_temperature"],
            }
        ),
        "profiles",
    )
