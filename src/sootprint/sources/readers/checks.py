"""What an inventory must be consistent in, whatever form it came in: one small function a rule."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from sootprint.core.errors import ConfigError
from sootprint.core.findings import Finding
from sootprint.core.schema import schema
from sootprint.sources.readers.codes import finding

MAXIMUM_MAGNITUDE = 1e9
"""Magnitude from which a number is an overflow."""

SPARE = {
    "flow_m3_s", "mouth_length_m", "mouth_width_m", "release_count", "concentration_mg_nm3",
    "cleaning_efficiency", "cleaning_efficiency_max", "cleaning_coverage", "settling",
}  # fmt: skip
"""Columns whose faulty cell is left out while its row stays."""

TEST_NAME = re.compile(r"(?<!\w)(тест\w*|test(ing)?)(?!\w)", re.IGNORECASE)
"""A word that marks a test organisation, as ``Тест АСМ``."""


def numbers_in_range(draft: pd.DataFrame, table: str, file: str) -> Iterator[tuple[Finding, int, str]]:
    """Overflows and values outside the schema's range, with the position of the row and the column."""
    definition = schema(table).set_index("column")
    for column, rule in definition[definition["type"] == "float"].iterrows():
        if column not in draft:
            continue
        values = draft[column].to_numpy(float)
        overflow = np.isinf(values) | (np.abs(values) >= MAXIMUM_MAGNITUDE)
        low = float(rule["minimum"]) if rule["minimum"] else -np.inf
        high = float(rule["maximum"]) if rule["maximum"] else np.inf
        outside = (values < low) | (values > high)
        for position in np.flatnonzero(overflow | outside):
            at = int(position)
            code = "SRC-OVERFLOW" if overflow[position] else "SRC-RANGE"
            code = "SRC-CELL-LEFT-OUT" if column in SPARE else code
            yield _at(code, table, draft, at, file, str(column), values[position]), at, str(column)


def _at(
    code: str, about: str, draft: pd.DataFrame, position: int, file: str, column: str = "", value: object = ""
) -> Finding:
    row = draft.iloc[position]
    return finding(
        code,
        about,
        value=value,
        file=file,
        sheet=str(row.get("sheet", "")),
        row=int(row["source_row"]),
        column=column,
    )


def source_remarks(sources: pd.DataFrame, file: str) -> Iterator[Finding]:
    """Remarks on sources that stay in use."""
    for position, row in enumerate(sources.to_dict("records")):
        about = str(row["source_id"])

        def remark(code: str, column: str, value: object = "", *, about: str = about, at: int = position):
            return _at(code, about, sources, at, file, column, value)

        if math.isnan(row["height_m"]):
            yield remark("SRC-NO-HEIGHT", "height_m")
        if row["kind"] == "point" and math.isnan(row["diameter_m"]):
            yield remark("SRC-NO-DIAMETER", "diameter_m")
        velocity = row["exit_velocity_m_s"]
        if row["kind"] == "point" and not math.isnan(velocity) and not 0.1 <= velocity <= 50:
            yield remark("SRC-VELOCITY", "exit_velocity_m_s", f"{velocity:g} m/s")
        no_shape = not isinstance(row["geometry_wkt"], str) or not row["geometry_wkt"]
        if row["kind"] == "area" and no_shape:
            yield remark("SRC-AREA-EXTENT", "geometry_wkt")
        if row["kind"] == "line" and math.isnan(row["width_m"]):
            yield remark("SRC-LINE-WIDTH", "width_m")


def emission_remarks(emissions: pd.DataFrame, sources: pd.DataFrame, file: str) -> Iterator[Finding]:
    """Remarks on emissions that stay in use."""
    hours = dict(zip(sources["source_id"], sources["hours_per_year"], strict=True))
    for position, row in enumerate(emissions.to_dict("records")):
        about = f"{row['source_id']} {row['pollutant']}"
        rate, annual = row["rate_g_s"], row["annual_t"]
        if math.isnan(rate) and math.isnan(annual):
            yield _at("SRC-NO-RATE", about, emissions, position, file, "rate_g_s")
            continue
        if not (rate > 0 or annual > 0):
            yield _at("SRC-ZERO-EMISSION", about, emissions, position, file, "rate_g_s", "0")
        declared = hours.get(row["source_id"], math.nan)
        working = 8760.0 if math.isnan(declared) else declared
        largest = rate * 3600.0 * working / 1e6
        if annual > largest * 1.01:
            value = f"{annual:g} t/yr > {rate:g} g/s in {working:g} h = {largest:.4g} t/yr"
            yield _at("SRC-ANNUAL-OVER-MAXIMUM", about, emissions, position, file, "annual_t", value)


def degrees_minutes(lat: float, lon: float) -> tuple[float, float] | None:
    """Place that is meant if minutes and seconds were typed after the point; None if they cannot be.

    49.58, 82.38 may be 49°58′, 82°38′ = 49.9667, 82.6333; 49.573852, 82.403296 may be 49°57′38.52″,
    82°40′32.96″. It cannot be if minutes or seconds would be 60 or more.
    """
    made = []
    for value in (lat, lon):
        digits = f"{abs(value):.6f}".split(".")
        minutes, seconds = int(digits[1][:2]), int(digits[1][2:]) / 100.0
        if minutes >= 60 or seconds >= 60:
            return None
        made.append(math.copysign(int(digits[0]) + minutes / 60.0 + seconds / 3600.0, value))
    return made[0], made[1]


def coordinate_remarks(sources: pd.DataFrame, file: str) -> Iterator[Finding]:
    """One remark a plant whose every place could be degrees and minutes typed as decimals."""
    for facility, rows in sources.groupby("facility_id", sort=True):
        places = rows[["lat", "lon"]].drop_duplicates()
        meant = [degrees_minutes(lat, lon) for lat, lon in places.to_numpy(float)]
        whole = (places.to_numpy(float) % 1 == 0).all()
        if whole or any(place is None for place in meant):
            continue
        lat, lon = places.iloc[0]
        other = meant[0]
        if other is None:
            continue
        east = (other[1] - lon) * math.cos(math.radians(lat))
        distance = math.hypot(other[0] - lat, east) * 111.2
        value = (
            f"as decimal degrees {lat:g}, {lon:g}; as degrees and minutes {other[0]:.4f}, {other[1]:.4f}: "
            f"{distance:.0f} km apart ({len(places)} places)"
        )
        row = rows.iloc[0]
        yield finding(
            "SRC-DEGREES-MINUTES",
            str(facility),
            value=value,
            file=file,
            sheet=str(row["sheet"]),
            row=int(row["source_row"]),
            column="lat, lon",
        )


def is_test_name(*names: object) -> bool:
    """Whether one of the names is a test organisation's."""
    return any(isinstance(name, str) and TEST_NAME.search(name) for name in names)


def readable_geometry(wkt: object) -> bool:
    """Whether a text is a WKT polygon or line on the globe, or empty."""
    if not isinstance(wkt, str) or not wkt:
        return True
    import shapely

    try:
        shape = shapely.from_wkt(wkt)
    except (shapely.errors.ShapelyError, ValueError):
        return False
    if shape is None or shape.is_empty or shape.geom_type not in {"Polygon", "LineString"}:
        return False
    west, south, east, north = shape.bounds
    return -180 <= west <= east <= 180 and -90 <= south <= north <= 90


def outside_crs(sources: pd.DataFrame, crs: str | None, file: str) -> Iterator[Finding]:
    """Sources outside the area that the case's CRS is made for: swapped or mistyped coordinates."""
    if crs is None or sources.empty:
        return
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        area = CRS.from_user_input(crs).area_of_use
    except CRSError as error:
        raise ConfigError(f"coordinate system {crs!r} is not known", cure="an EPSG code") from error
    if area is None:
        return
    inside = sources["lon"].between(area.west, area.east) & sources["lat"].between(area.south, area.north)
    for position in np.flatnonzero(~inside.to_numpy(bool)):
        row = sources.iloc[int(position)]
        value = f"{row['lon']:g}, {row['lat']:g} outside {area.name}"
        yield _at("SRC-FAR", str(row["source_id"]), sources, int(position), file, "lon, lat", value)
