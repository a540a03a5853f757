"""Settings of a file of observations or complaints, as written in ``case.toml`` under ``[files."NAME"]``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sootprint.core.errors import ConfigError
from sootprint.core.pollutants import find_pollutant
from sootprint.core.timeaxis import zone_info

LAYOUTS = ("long", "wide", "stations", "openaq", "airkaz", "kazhydromet")


SETTINGS: dict[str, tuple[str, str]] = {
    "layout": ("word", f"arrangement of the table: {', '.join(LAYOUTS)}"),
    "columns": ("words", "heading in the file of each of our names"),
    "units": ("word or words", "one unit, or one a heading or pollutant"),
    "temperature_c": ("number", "reference temperature [°C] of mixing ratios"),
    "stamp": ("word", "end of the interval that a stamp marks"),
    "duration_s": ("number", "length of the interval [s]"),
    "zone": ("word", "IANA zone of the stamps"),
    "day_first": ("yes or no", "whether 01.02.2024 is the first of February"),
    "station_id": ("word", "post, where the file does not name it"),
    "lon": ("number", "longitude of that post [degrees]"),
    "lat": ("number", "latitude of that post [degrees]"),
    "sheet": ("word", "sheet of a workbook"),
    "header_row": ("whole number", "row of the headings, the first line being 1"),
    "decimal": ("word", "decimal sign: . or ,"),
    "detection_limits": ("numbers", "detection limit by pollutant [µg m⁻³]"),
    "zero_means_missing": ("yes or no", "whether an exact zero stands for no reading"),
    "missing_values": ("list of numbers", "numbers that stand for no reading"),
    "allow_outside": ("yes or no", "whether posts outside the bounds are used"),
    "bounds": ("list of numbers", "west, south, east, north [degrees]"),
    "exclude_organisations": ("list of words", "posts or organisations to leave out"),
}
"""Kind and meaning of each setting."""


@dataclass(frozen=True)
class Options:
    """Settings of one file; None means not stated, to be guessed and shown, or refused."""

    layout: str | None = None
    columns: dict[str, str] | None = None
    units: str | dict[str, str] | None = None
    temperature_c: float | None = None
    stamp: Literal["beginning", "ending"] | None = None
    duration_s: float | None = None
    zone: str | None = None
    day_first: bool | None = None
    station_id: str | None = None
    lon: float | None = None
    lat: float | None = None
    sheet: str | None = None
    header_row: int | None = None
    decimal: str | None = None
    detection_limits: dict[str, float] | None = None
    zero_means_missing: bool | None = None
    missing_values: list[float] | None = None
    allow_outside: bool | None = None
    bounds: list[float] | None = None
    exclude_organisations: list[str] | None = None

    def unit_of(self, heading: str, pollutant: str) -> str | None:
        """Stated unit of a column or pollutant."""
        if self.units is None or isinstance(self.units, str):
            return self.units
        return self.units.get(heading, self.units.get(pollutant))


def parse_options(options: Mapping[str, Any] | None, *, file: str) -> Options:
    """Settings of a plain mapping.

    Raises
    ------
    ConfigError
        If a key is unknown or a value is of the wrong kind or outside its limits.
    """
    stated = {key: value for key, value in (options or {}).items() if value is not None}
    where = f'[files."{file}"]'
    for key, value in stated.items():
        if key not in SETTINGS:
            raise ConfigError(
                f"setting {key!r} is not known", where=where, cure=f"one of: {', '.join(sorted(SETTINGS))}"
            )
        kind, meaning = SETTINGS[key]
        if not _fits(value, kind):
            raise ConfigError(
                f"setting {key} = {value!r} is no {kind}", where=where, rule=f"{key}: {meaning}"
            )
    made = Options(**stated)
    _check(made, where)
    return made


def _fits(value: object, kind: str) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if kind == "word":
        return isinstance(value, str)
    if kind == "number":
        return number
    if kind == "whole number":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "yes or no":
        return isinstance(value, bool)
    if kind == "word or words" and isinstance(value, str):
        return True
    if kind in {"words", "word or words"}:
        return isinstance(value, Mapping) and all(_fits(item, "word") for item in value.values())
    if kind == "numbers":
        return isinstance(value, Mapping) and all(_fits(item, "number") for item in value.values())
    single = "number" if kind == "list of numbers" else "word"
    return isinstance(value, list | tuple) and all(_fits(item, single) for item in value)


def _check(options: Options, where: str) -> None:
    def refuse(what: str, cure: str) -> None:
        raise ConfigError(what, where=where, cure=cure)

    if options.layout is not None and options.layout not in LAYOUTS:
        refuse(f"layout {options.layout!r} is not known", f"one of: {', '.join(LAYOUTS)}")
    if options.stamp not in (None, "beginning", "ending"):
        refuse(f"stamp {options.stamp!r} is not known", "beginning or ending")
    if options.decimal not in (None, ".", ","):
        refuse(f"decimal {options.decimal!r} is not known", 'decimal = "." or decimal = ","')
    if options.duration_s is not None and not 0 < options.duration_s <= 31_622_400:
        refuse(f"duration_s = {options.duration_s} is no interval", "between 1 s and a year")
    if options.temperature_c is not None and not -90 <= options.temperature_c <= 60:
        refuse(f"temperature_c = {options.temperature_c} is no air temperature in °C", "for example 20 or 25")
    if options.header_row is not None and options.header_row < 1:
        refuse(f"header_row = {options.header_row}", "the first line is 1")
    if (options.lon is None) != (options.lat is None):
        refuse("lon and lat belong together", "state both or none")
    if options.lon is not None and not (abs(options.lon) <= 180 and abs(options.lat or 0.0) <= 90):
        refuse(f"lon = {options.lon}, lat = {options.lat} is no place", "degrees, WGS84")
    if options.zone is not None:
        zone_info(options.zone)
    for name, limit in (options.detection_limits or {}).items():
        if find_pollutant(name) != name:
            refuse(f"detection_limits: {name!r} is no pollutant", "identifiers such as SO2 or PM2.5")
        if not 0 <= limit <= 1_000_000:
            refuse(f"detection_limits.{name} = {limit} is no limit", "µg/m³, from 0")
    if options.bounds is not None:
        box = list(options.bounds)
        if len(box) != 4 or not (-180 <= box[0] < box[2] <= 180 and -90 <= box[1] < box[3] <= 90):
            refuse(f"bounds = {box} is no box", "bounds = [west, south, east, north] in degrees")
