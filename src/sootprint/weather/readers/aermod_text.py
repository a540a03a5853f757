"""Lines of AERMOD's surface (``.sfc``) and profile (``.pfl``) files: fields, header, stamps.

Both are blank-separated, with two-digit years and hours 1 to 24 that end the interval, in local standard
time. Format: EPA-454/B-24-007, AERMOD user's guide, appendix C.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sootprint.core.errors import InputError
from sootprint.core.findings import Finding
from sootprint.core.raw import read_text
from sootprint.weather.readers.codes import finding

SFC_HEADER = re.compile(r"^\s*[\d.]+\s*[NS]\s+[\d.]+\s*[EW]\s+UA_ID", re.IGNORECASE)
"""First line of a surface file."""

_SFC = (
    "year month day julian hour sensible_heat_flux friction_velocity convective_velocity gradient convective "
    "mechanical obukhov_length roughness_length bowen albedo wind_speed wind_from_direction "
    "measurement_height air_temperature temperature_height precipitation_code precipitation humidity "
    "pressure cloud"
)
SFC_FIELDS = _SFC.split()

_PFL = "year month day hour height top wind_from_direction wind_speed temperature_c sigma_theta sigma_w"
PFL_FIELDS = _PFL.split()

PIVOT_YEAR = 50
"""Two-digit years from here on are of the 20th century, as in AERMOD (ISTRT_CENT = 19, window 50)."""


@dataclass(frozen=True)
class SurfaceHeader:
    """Facts of the first line of a surface file.

    Attributes
    ----------
    latitude, longitude : float
        Place [degree], north and east positive; NaN where the file has no header.
    upper_air_id, surface_id, onsite_id : str
        Stations; empty where none.
    version : str
        Version of the processor that made the file; AERMOD refuses a file without one.
    options : tuple of str
        Words after the version: ``ADJ_U*``, ``CCVR_Sub``, ``TEMP_Sub``, ``BULKRN``, ...
    """

    latitude: float = np.nan
    longitude: float = np.nan
    upper_air_id: str = ""
    surface_id: str = ""
    onsite_id: str = ""
    version: str = ""
    options: tuple[str, ...] = ()


def parse_header(line: str) -> SurfaceHeader:
    """Facts of a header line; an empty header where the line is none."""
    if not SFC_HEADER.match(line):
        return SurfaceHeader()
    number = r"([\d.]+)\s*([NSEW])"
    (south, south_sign), (east, east_sign) = re.findall(number, line.upper())[:2]

    def station(key: str) -> str:
        match = re.search(rf"{key}:[ \t]*(\S*)", line)
        return match[1] if match and not match[1].endswith(":") else ""

    version = re.search(r"VERSION:\s*(\S+)\s*(.*)$", line)
    return SurfaceHeader(
        float(south) * (-1.0 if south_sign == "S" else 1.0),
        float(east) * (-1.0 if east_sign == "W" else 1.0),
        station("UA_ID"),
        station("SF_ID"),
        station("OS_ID"),
        version[1] if version else "",
        tuple(version[2].split()) if version else (),
    )


def number_rows(path: Path, name: str, fields: list[str]) -> tuple[pd.DataFrame, str, list[Finding]]:
    """Numbers of the first fields of each line, the header line, and what is faulty.

    The table has besides the fields ``source_row``, the line's number, and ``rest``, the words after the
    fields. A line that is short or holds no number becomes a finding.
    """
    text, _ = read_text(path, name=name)
    lines = text.splitlines()
    header = lines[0] if lines and SFC_HEADER.match(lines[0]) else ""
    rows, numbers, rest, found = [], [], [], []
    for number, line in enumerate(lines, start=1):
        cells = line.split()
        if (number == 1 and header) or not cells or cells[0].startswith("\x1a"):
            continue
        try:
            values = [float(cell) for cell in cells[: len(fields)]]
        except ValueError:
            code = "WX-NOT-A-NUMBER"
            found.append(finding(code, "weather", value=line.strip(), file=name, row=number))
            continue
        if len(cells) < len(fields):
            found.append(finding("WX-SHORT-ROW", "weather", value=line.strip(), file=name, row=number))
            continue
        rows.append(values)
        numbers.append(number)
        rest.append(" ".join(cells[len(fields) :]))
    if not rows:
        raise InputError(
            "no line has the fields of the format",
            where=name,
            rule=f"{len(fields)} blank-separated numbers a line",
            cure="state layout of the file in case.toml",
        )
    table = pd.DataFrame(rows, columns=fields)
    return table.assign(source_row=numbers, rest=rest), header, found


def local_stamps(table: pd.DataFrame) -> pd.Series:
    """Local ends of the hours; NaT where no such date exists."""
    year = table["year"]
    full = year.where(year >= 100, year + np.where(year >= PIVOT_YEAR, 1900.0, 2000.0))
    parts = pd.DataFrame({"year": full, "month": table["month"], "day": table["day"]})
    whole = (parts.where(np.isfinite(parts), -1) % 1 == 0).all(axis=1) & full.between(1850, 2200)
    day = pd.to_datetime(parts.where(whole), errors="coerce").astype("datetime64[us]")
    hour = table["hour"].where(table["hour"].between(1, 24) & (table["hour"] % 1 == 0))
    return (day + pd.to_timedelta(hour, unit="h")).astype("datetime64[us]")
