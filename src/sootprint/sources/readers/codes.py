"""Codes of what is found in inventories: severity, rule and cure of each."""

from __future__ import annotations

from sootprint.core.findings import Finding, Severity

CODES: dict[str, tuple[Severity, str, str]] = {
    "SRC-NOT-A-NUMBER": ("quarantine", "a cell of a number column holds a number", "correct the cell"),
    "SRC-NOT-A-DATE": ("quarantine", "a date is written as 2024-12-31 or 31.12.2024", "correct the cell"),
    "SRC-NOT-A-WORD": ("quarantine", "a cell holds one of the words its column allows", "correct the cell"),
    "SRC-EMPTY-CELL": ("quarantine", "a cell that the table needs is filled", "fill the cell"),
    "SRC-OVERFLOW": (
        "quarantine",
        "a number is finite and below 1e9 in magnitude",
        "export the file again: this is an overflow, not a declared value",
    ),
    "SRC-RANGE": (
        "quarantine",
        "a value lies within the range of its column",
        "correct the value or its unit",
    ),
    "SRC-NO-ID": ("quarantine", "a row names its source", "fill the source number"),
    "SRC-NO-COORDINATES": ("quarantine", "a source has coordinates", "fill both coordinates"),
    "SRC-NO-KIND": ("quarantine", "a source has a kind", "point, area, volume or line"),
    "SRC-DEGREES-MINUTES": (
        "warning",
        "coordinates are decimal degrees; minutes typed after the point move a place by tens of km",
        "look at both places on a map and write the right one in decimal degrees",
    ),
    "SRC-FAR": (
        "warning",
        "a source lies in the area of the case's coordinate system",
        "check whether longitude and latitude are exchanged or mistyped",
    ),
    "SRC-GEOMETRY": (
        "quarantine",
        "a geometry is WKT in longitude and latitude",
        "write POLYGON ((lon lat, ...)) or LINESTRING (lon lat, ...)",
    ),
    "SRC-FUTURE": ("warning", "a validity does not begin in the future", "check valid_from"),
    "SRC-YEAR": ("quarantine", "a validity lies between 1950 and 2100", "correct the year"),
    "SRC-TEST-ORGANISATION": (
        "quarantine",
        "a test organisation is no emitter",
        "leave it out, or rename it if it is a real one",
    ),
    "SRC-DUPLICATE-CONFLICT": (
        "quarantine",
        "a source number has one set of parameters: the first is kept",
        "give the sources different numbers or make the rows agree",
    ),
    "SRC-DUPLICATE-EMISSION": (
        "quarantine",
        "a source declares a pollutant once for a basis and validity: the first is kept",
        "add the rows up, or state their validity",
    ),
    "SRC-UNKNOWN-POLLUTANT": (
        "quarantine",
        "a pollutant is in the table of pollutants",
        "correct the code or the name; a pollutant that is not modelled may stay out",
    ),
    "SRC-CODE-NAME-MISMATCH": (
        "warning",
        "code and name of a pollutant agree: the code is taken",
        "correct the code or the name",
    ),
    "SRC-ORPHAN-EMISSION": (
        "quarantine",
        "an emission belongs to a source that is in use",
        "correct the source first",
    ),
    "SRC-FLOW-MISMATCH": (
        "warning",
        "V1 = π D²/4 · w0 within 10 %",
        "ask the plant which of flow, diameter and velocity is measured",
    ),
    "SRC-VELOCITY-DERIVED": (
        "info",
        "a missing velocity is the flow over the area of the mouth",
        "nothing to do",
    ),
    "SRC-CONCENTRATION-MISMATCH": (
        "warning",
        "mg/Nm³ = g/s · 1000 / (V1 · 273 / (273 + T)) within 20 %",
        "ask the plant which of the two is measured",
    ),
    "SRC-ANNUAL-OVER-MAXIMUM": (
        "warning",
        "t/yr ≤ g/s · 3600 · hours / 1e6: the g/s of an inventory is a maximum",
        "ask the plant for the working hours and the maximum rate",
    ),
    "SRC-ZERO-EMISSION": (
        "warning",
        "a declared source emits something: zero may stand for a missing value",
        "ask the plant",
    ),
    "SRC-NO-RATE": ("warning", "an emission has g/s or t/yr", "fill one of them"),
    "SRC-NO-HEIGHT": ("warning", "a source has a height", "fill height_m: it decides where the plume lands"),
    "SRC-NO-DIAMETER": ("warning", "a stack has a diameter", "fill diameter_m"),
    "SRC-VELOCITY": (
        "warning",
        "gas leaves a stack at 0.1 to 50 m/s",
        "check velocity, flow and diameter",
    ),
    "SRC-AREA-EXTENT": (
        "warning",
        "an area source has an extent",
        "give a second pair of coordinates and a width, or a geometry",
    ),
    "SRC-LINE-WIDTH": ("warning", "a line source has a width", "fill the width"),
    "SRC-RECTANGULAR": (
        "info",
        "a rectangular mouth L × b is taken as the circle of equal area",
        "nothing to do",
    ),
    "SRC-CELL-LEFT-OUT": (
        "warning",
        "a cell that no result rests on lies within the range of its column: it is left out, the row stays",
        "correct the value or its unit",
    ),
    "SRC-CLEANING-SUBSTANCE": (
        "info",
        "a degree of cleaning belongs to a declared substance: one that is not declared is left out",
        "name the substance of the gas cleaning by its code",
    ),
    "SRC-NAME-WHITESPACE": (
        "info",
        "tabs and line breaks within names are read as single blanks",
        "nothing to do",
    ),
    "SRC-TOTAL-ROW": ("info", "totals are not sources and are left out", "nothing to do"),
    "SRC-SECTION-ROW": ("info", "a heading between the rows is no source and is left out", "nothing to do"),
    "SRC-NO-SOURCE": (
        "quarantine",
        "a row of pollutants follows a row that names its source",
        "fill the source number",
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
    return Finding(code, severity, about, rule, cure, file, sheet, row, column, str(value)[:300])
