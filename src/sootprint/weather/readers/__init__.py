"""One reader a file format; `read_weather` picks the one that fits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from sootprint.core.errors import InputError
from sootprint.core.findings import ReadResult
from sootprint.core.raw import read_text
from sootprint.core.timeaxis import zone_info
from sootprint.weather.readers import aermod, aermod_text, cd144, isd_lite, table
from sootprint.weather.readers.draft import utc_moment
from sootprint.weather.readers.options import weather_options

READERS = {
    "aermod_pfl": aermod.read_pfl,
    "aermod_sfc": aermod.read_sfc,
    "cd144": cd144.read,
    "isd_lite": isd_lite.read,
    "table": table.read,
}
"""Reader of each layout."""


def read_weather(
    path: str | Path,
    *,
    name: str | None = None,
    zone: str,
    options: Mapping[str, Any] | None = None,
    now: datetime | pd.Timestamp | None = None,
) -> ReadResult:
    """Weather of one file, with what is wrong in it and what was taken for granted.

    Parameters
    ----------
    path : str or Path
        CSV, Excel or Parquet table; ISD-Lite; CD-144 cards; AERMOD ``.sfc`` or ``.pfl``.
    name : str, optional
        Name to use in findings, by default the file's own.
    zone : str
        IANA zone of the case, used where neither the file nor the options name one.
    options : dict, optional
        Keys of `sootprint.weather.readers.options.WeatherOptions`.
    now : datetime, optional
        Rows after this moment (UTC) are from the future; without it none is.

    Returns
    -------
    ReadResult
        Table ``weather``; findings with the codes of ``weather/readers/codes.py``; guesses.

    Raises
    ------
    InputError
        If the file cannot be read at all.
    ConfigError
        If an option or the zone cannot be right.
    """
    path = Path(path)
    name = name or path.name
    settings = weather_options(options, where=f'[files."{name}"]')
    zone_info(settings.zone or zone)
    layout = settings.layout or guess_layout(path, name)
    return READERS[layout](path, name, zone=zone, options=settings, now=utc_moment(now))


def guess_layout(path: Path, name: str) -> str:
    """Layout by the file's name, then by its first lines."""
    if not path.is_file():
        raise InputError(f"no file {path}", cure="check the path")
    suffix = Path(name.removesuffix(".gz")).suffix.lower()
    by_name = {".sfc": "aermod_sfc", ".pfl": "aermod_pfl"}
    if suffix in by_name:
        return by_name[suffix]
    if suffix in {".xlsx", ".xls", ".xlsb", ".xlsm", ".ods", ".parquet", ".pq"}:
        return "table"
    text, _ = read_text(path, name=name)
    if aermod_text.SFC_HEADER.match(text[:200]):
        return "aermod_sfc"
    if cd144.looks_like(text[:2000]):
        return "cd144"
    return "isd_lite" if isd_lite.looks_like(text[:2000]) else "table"
