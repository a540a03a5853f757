"""Settings of a weather file, as ``case.toml`` states them under ``[files."NAME"]``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from sootprint.core.errors import ConfigError

LAYOUTS = ("table", "cd144", "isd_lite", "aermod_sfc", "aermod_pfl")
"""Layouts of weather files that are known."""


@dataclass(frozen=True)
class WeatherOptions:
    """Settings that overrule what a reader would take for granted.

    Attributes
    ----------
    layout : str, optional
        ``table``, ``cd144``, ``isd_lite``, ``aermod_sfc`` or ``aermod_pfl``; by default from name and
        content.
    columns : dict
        Our column name (or ``time``, ``date``, ``hour``) to the heading of the file.
    units : dict
        Our column name to its unit in the file.
    zone : str, optional
        IANA zone of the file's clocks, where it differs from the case's.
    standard_time : bool, optional
        Whether the clocks ignore summer time; by default true for AERMOD files and false for tables.
    stamp : {"beginning", "ending"}, optional
        Which end of the interval a stamp marks.
    duration_s : float, optional
        Length of the interval [s].
    time_format : str, optional
        ``strptime`` format of the stamps.
    missing : list of str
        Texts that stand for a missing value, beside the usual ones.
    station_id : str, optional
        Station of all rows.
    sheet : str, optional
        Sheet of a workbook, by default the first one that has a wind or temperature column.
    header_row : int, optional
        Row number of the headings, the first line being 1.
    measurement_height : float, optional
        Height of the anemometer [m]; of a profile the level to use.
    """

    layout: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    zone: str | None = None
    standard_time: bool | None = None
    stamp: str | None = None
    duration_s: float | None = None
    time_format: str | None = None
    missing: tuple[str, ...] = ()
    station_id: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    measurement_height: float | None = None


def weather_options(options: Mapping[str, Any] | None, *, where: str) -> WeatherOptions:
    """Checked settings of a dict.

    Raises
    ------
    ConfigError
        If a key is not known or a value cannot be right.
    """
    given = dict(options or {})
    known = [item.name for item in fields(WeatherOptions)]
    if "format" in given:
        given.setdefault("layout", given.pop("format"))
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ConfigError(
            f"{', '.join(unknown)}: no such setting of a weather file",
            where=where,
            cure=f"one of: {', '.join(known)}",
        )
    rules = {
        "layout": (lambda value: value in LAYOUTS, f"one of: {', '.join(LAYOUTS)}"),
        "columns": (_is_text_map, "a table of our column names and the file's headings"),
        "units": (_is_text_map, "a table of our column names and units"),
        "zone": (_is_text, "an IANA zone"),
        "standard_time": (lambda value: isinstance(value, bool), "true or false"),
        "stamp": (lambda value: value in ("beginning", "ending"), "beginning or ending"),
        "duration_s": (lambda value: _is_number(value) and 0 < value <= 86400, "seconds, up to 86400"),
        "time_format": (_is_text, "a strptime format such as %d.%m.%Y %H:%M"),
        "missing": (lambda value: isinstance(value, list | tuple), "a list of texts"),
        "station_id": (_is_text, "a text"),
        "sheet": (_is_text, "the name of a sheet"),
        "header_row": (lambda value: isinstance(value, int) and value >= 1, "a row number from 1"),
        "measurement_height": (lambda value: _is_number(value) and 0 < value <= 500, "metres, up to 500"),
    }
    for key, value in given.items():
        test, cure = rules[key]
        if not test(value):
            raise ConfigError(f"{key} = {value!r} cannot be right", where=where, cure=cure)
    if "missing" in given:
        given["missing"] = tuple(str(text) for text in given["missing"])
    return WeatherOptions(**given)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text_map(value: object) -> bool:
    return isinstance(value, Mapping) and all(_is_text(key) and _is_text(text) for key, text in value.items())
