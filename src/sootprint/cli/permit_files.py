"""Files that a permit calculation reads beside the inventory: background, zone, receptors."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path

import pandas as pd

from sootprint.core.errors import InputError

BACKGROUND_COLUMNS = ("background_mg_m3", "background", "cф", "фон")
POLLUTANT_COLUMNS = ("pollutant", "substance", "code", "вещество", "код")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file.

    Raises
    ------
    InputError
        If there is no such file.
    """
    if not path.is_file():
        raise InputError(f"no file {path}", cure="check the path")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_background(path: Path) -> pd.DataFrame:
    """Background of each pollutant: ``pollutant, background_mg_m3, rows``.

    The file has a column ``pollutant`` (name, formula or code) and ``background_mg_m3``; further columns, as
    a gradation of the wind, are allowed. Of several rows of a pollutant the largest value is taken, which is
    the severe reading of gradations; ``rows`` says how many there were.

    Raises
    ------
    InputError
        If a column is missing, a pollutant is not known, or a cell is no number from zero.
    """
    from sootprint.core.pollutants import pollutant_id
    from sootprint.core.raw import read_raw, to_number

    raw = read_raw(path)[0]
    body = raw.with_header()
    names = {str(column).strip().casefold(): column for column in body.columns}
    pollutant = next((names[name] for name in POLLUTANT_COLUMNS if name in names), None)
    value = next((names[name] for name in BACKGROUND_COLUMNS if name in names), None)
    if pollutant is None or value is None:
        raise InputError(
            f"the file has the columns {', '.join(map(str, body.columns))}",
            where=path.name,
            rule="a background file has the columns pollutant and background_mg_m3",
            cure="name the columns so; mg/m³, one row a pollutant",
        )
    numbers = to_number(body[value])
    for row in body.index:
        if not (math.isfinite(numbers[row]) and numbers[row] >= 0.0):
            raise InputError(
                f"background {body.loc[row, value]!r}",
                where=raw.place(int(row), str(value)),
                rule="a number from zero in mg/m³",
                cure="correct the cell",
            )
    found = [
        pollutant_id(str(name), where=raw.place(int(row), str(pollutant)))
        for row, name in body[pollutant].items()
    ]
    table = pd.DataFrame({"pollutant": found, "background_mg_m3": numbers.to_numpy(float)})
    made = table.groupby("pollutant", sort=True)["background_mg_m3"].agg(["max", "size"]).reset_index()
    return made.set_axis(["pollutant", "background_mg_m3", "rows"], axis=1)


def read_receptors(path: Path) -> pd.DataFrame:
    """Receptors: ``point_id, name, lon, lat``; the name may be left out.

    Raises
    ------
    InputError
        If a column is missing, a place is no longitude and latitude, or an identifier stands twice.
    """
    from sootprint.core.raw import read_raw, to_number

    raw = read_raw(path)[0]
    body = raw.with_header()
    body.columns = pd.Index([str(column).strip().casefold() for column in body.columns])
    missing = [name for name in ("point_id", "lon", "lat") if name not in body]
    if missing or body.empty:
        raise InputError(
            f"the file has no {', '.join(missing) or 'row'}",
            where=path.name,
            rule="a file of receptors has the columns point_id, lon and lat (WGS84), and may have name",
            cure="name the columns so",
        )
    lon, lat = to_number(body["lon"]), to_number(body["lat"])
    for row in body.index:
        if not (abs(lon[row]) <= 180.0 and abs(lat[row]) <= 90.0):
            raise InputError(
                f"lon {body.loc[row, 'lon']!r}, lat {body.loc[row, 'lat']!r}",
                where=raw.place(int(row)),
                rule="decimal degrees of WGS84",
                cure="correct the cells",
            )
    twice = body.loc[body["point_id"].duplicated() | (body["point_id"].str.strip() == "")]
    if len(twice):
        raise InputError(
            f"point_id {twice['point_id'].iloc[0]!r}",
            where=raw.place(int(twice.index[0]), "point_id"),
            rule="each receptor has an identifier of its own",
            cure="fill or rename it",
        )
    names = body["name"] if "name" in body else body["point_id"]
    return pd.DataFrame(
        {
            "point_id": body["point_id"].str.strip().to_numpy(object),
            "name": names.where(names != "", body["point_id"]).to_numpy(object),
            "lon": lon.to_numpy(float),
            "lat": lat.to_numpy(float),
        }
    )


def read_zone(text: str) -> tuple[str, str] | float:
    """Sanitary protection zone: a width in metres, or a GeoJSON or WKT file with a polygon in WGS84.

    Returns
    -------
    (WKT, file name) or float

    Raises
    ------
    InputError
        If the file is absent or holds no polygon in longitude and latitude.
    """
    import shapely
    import shapely.geometry
    from shapely.errors import ShapelyError

    try:
        return float(text)
    except ValueError:
        path = Path(text)
    if not path.is_file():
        raise InputError(
            f"no file {path}", where="--zone", cure="a width in metres, or a GeoJSON or WKT file"
        )
    content = path.read_text(encoding="utf-8-sig").strip()
    rule = "a GeoJSON or WKT polygon in longitude and latitude"
    try:
        if content.startswith("{"):
            data = json.loads(content)
            items = [item["geometry"] for item in data["features"]] if "features" in data else [data]
            shape = shapely.union_all([shapely.geometry.shape(item.get("geometry", item)) for item in items])
        else:
            shape = shapely.from_wkt(content)
    except (ValueError, KeyError, AttributeError, TypeError, ShapelyError) as error:
        raise InputError(f"the zone cannot be read: {error}", where=path.name, rule=rule) from error
    west, south, east, north = shape.bounds if not shape.is_empty else (999.0,) * 4
    if shape.geom_type not in ("Polygon", "MultiPolygon") or max(abs(west), abs(east)) > 180.0:
        raise InputError(
            f"the zone is {shape.geom_type}", where=path.name, rule=rule, cure="export it in WGS84"
        )
    if max(abs(south), abs(north)) > 90.0:
        raise InputError("the zone lies off the Earth", where=path.name, rule=rule, cure="export it in WGS84")
    return str(shapely.to_wkt(shape, rounding_precision=8)), path.name
