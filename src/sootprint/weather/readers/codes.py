"""Codes of what is found in weather: severity, rule and cure of each."""

from __future__ import annotations

from sootprint.core.findings import Finding, Severity

DERIVED = ("golder1972", "srdt", "turner")
"""Methods by which a stability class is derived."""

CODES: dict[str, tuple[Severity, str, str]] = {
    "WX-FUTURE": (
        "quarantine",
        "a reading is not later than the moment of reading the file",
        "correct the date or the zone of the file",
    ),
    "WX-TIME": (
        "quarantine",
        "every row has a time that exists in the zone of the file",
        "correct the stamp or state zone, stamp and time columns in case.toml",
    ),
    "WX-AMBIGUOUS-TIME": (
        "warning",
        "a local time that occurred twice is taken as the first, its repeat as the second",
        "export the file in UTC",
    ),
    "WX-NOT-A-NUMBER": ("quarantine", "a cell of a number column holds a number", "correct the cell"),
    "WX-OVERFLOW": (
        "quarantine",
        "a value is finite and below 1e6 in magnitude",
        "export the file again: this is an overflow, not a reading",
    ),
    "WX-SPEED": (
        "quarantine",
        "wind speed is from 0 to 113 m/s (113.2 is the largest on record, WMO)",
        "correct the value or the unit of the column",
    ),
    "WX-DIRECTION": (
        "quarantine",
        "wind direction is from 0 to 360 degrees",
        "correct the value; mark a variable or missing direction by an empty cell",
    ),
    "WX-DIRECTION-VARIABLE": (
        "info",
        "a variable direction in light wind has no single direction: it is left missing",
        "nothing to do",
    ),
    "WX-TEMPERATURE": (
        "quarantine",
        "air temperature is from 180 to 340 K",
        "correct the value or the unit of the column",
    ),
    "WX-RANGE": (
        "quarantine",
        "a value lies within the range of its column in the table weather",
        "correct the value or the unit of the column",
    ),
    "WX-DUPLICATE": (
        "quarantine",
        "a station has one row for a time: the first is kept",
        "delete the repeated rows or state which station they belong to",
    ),
    "WX-SHORT-ROW": ("quarantine", "a row has all the fields of the format", "copy the file again"),
    "WX-SEA-LEVEL-PRESSURE": (
        "info",
        "pressure reduced to sea level is not the pressure at the station: it is left out",
        "nothing to do",
    ),
    "WX-UNIT-UNKNOWN": (
        "warning",
        "a column is read only when its unit is stated or its range leaves one choice",
        "state the unit of the column under units in case.toml",
    ),
    "WX-ZERO-DIRECTION": (
        "warning",
        "wind and direction that are both 0 in many rows may stand for a missing reading, not for a calm",
        "ask the operator; list 0 under missing if it stands for missing",
    ),
    "WX-PROFILE-LEVEL": (
        "info",
        "of a profile only the lowest level with wind is used",
        "state another level by measurement_height in case.toml",
    ),
    "WX-PROFILE-TOP": (
        "warning",
        "the highest level of an hour, and no other, is marked as its top: the mark is set anew",
        "correct the top flag: AERMOD reads the levels of an hour up to it",
    ),
    "WX-ERA5-ABSENT": (
        "warning",
        "the file holds the variables that the table is made of: what is absent is missing in it",
        "download the variables too",
    ),
    "WX-ERA5-PACKED": (
        "info",
        "packing rounds fractions beyond 0 or 1 and amounts below 0: they are set on the bound",
        "nothing to do",
    ),
    "WX-ERA5-PRELIMINARY": (
        "warning",
        "the last three months are of a preliminary release (ERA5T) that may still change",
        "download these months again later",
    ),
    "WX-ERA5-UNDERGROUND": (
        "info",
        "pressure levels below the ground are extrapolated by the model: they are left out",
        "nothing to do",
    ),
    "WX-HEIGHT-ASSUMED": (
        "warning",
        "the height of the anemometer is stated",
        "state measurement_height of the weather file in case.toml",
    ),
    "WX-ROUGHNESS-ASSUMED": (
        "info",
        "the roughness is taken from the land use where the weather states none",
        "state roughness_length in the weather options",
    ),
    "WX-CLOUD-ASSUMED": (
        "warning",
        "Turner's method needs cloud: a stated default is taken for hours without it",
        "add a file with cloud, or set cloud_when_missing",
    ),
    "WX-CLASS-GOLDER1972": (
        "info",
        "the stability class is derived from the Obukhov length and the roughness (Golder 1972)",
        "nothing to do",
    ),
    "WX-CLASS-SRDT": (
        "info",
        "the stability class is derived from wind and solar radiation (EPA-454/R-99-005, 6.4.2)",
        "nothing to do",
    ),
    "WX-CLASS-TURNER": (
        "info",
        "the stability class is derived from wind, sun and cloud (Turner 1964)",
        "nothing to do",
    ),
    "WX-MIXING-ESTIMATED": (
        "warning",
        "missing mixing heights are estimated from ground observations (Nozaki 1973): rough, high at night",
        "add a file with mixing heights: AERMOD .sfc, a sounding, or a reanalysis",
    ),
    "WX-DEW-POINT-ASSUMED": (
        "warning",
        "a stated dew-point deficit is taken for hours without humidity or temperature",
        "add humidity and temperature",
    ),
    "WX-NO-WIND": ("warning", "hours without wind are never filled", "add another weather file"),
    "WX-NO-CLASS": (
        "warning",
        "hours without stability class cannot be modelled",
        "add wind, and cloud or radiation",
    ),
    "WX-NO-MIXING": (
        "warning",
        "hours without mixing height cannot be modelled",
        "add humidity and temperature, mixing heights, or set dew_point_deficit_k",
    ),
    "SND-LINE": (
        "quarantine",
        "a line of a sounding has the fields of the format, whole numbers all of them",
        "copy the file again",
    ),
    "SND-ORPHAN": (
        "quarantine",
        "a level follows the header of its sounding",
        "copy the file again: its beginning is lost",
    ),
    "SND-TIME": (
        "quarantine",
        "the header of a sounding holds a date and an hour: without them the whole sounding is kept out",
        "correct the header",
    ),
    "SND-FUTURE": (
        "quarantine",
        "a sounding is not later than the moment of reading the file",
        "correct its date",
    ),
    "SND-WIND-UNIT": (
        "warning",
        "the wind unit is kt or ms: the winds of the sounding are left missing",
        "correct the line with the unit",
    ),
    "SND-RANGE": (
        "quarantine",
        "a value lies within the range of its column in the table soundings",
        "correct the value",
    ),
    "SND-NO-SURFACE": (
        "quarantine",
        "a sounding has a surface level with pressure, from which heights count",
        "get the sounding from another archive",
    ),
    "SND-DUPLICATE": (
        "quarantine",
        "a station has one sounding at a time: the first is kept",
        "delete the repeated sounding",
    ),
    "SND-HEIGHT": (
        "quarantine",
        "the height of a level fits its pressure for a mean temperature from 180 to 330 K",
        "correct height or pressure",
    ),
    "SND-NO-PLACE": (
        "warning",
        "a level has a pressure or a height: without both it is left out",
        "nothing to do, or get the sounding from another archive",
    ),
    "SND-HEIGHT-DERIVED": (
        "info",
        "the height of a level that states none follows from pressure and temperature (hypsometric equation)",
        "nothing to do",
    ),
}


def finding(
    code: str,
    about: str,
    *,
    value: object = "",
    file: str = "",
    sheet: str = "",
    row: int | None = None,
    column: str = "",
) -> Finding:
    """Finding of one of the codes."""
    severity, rule, cure = CODES[code]
    return Finding(code, severity, about, rule, cure, file, sheet, row, column, str(value)[:200])
