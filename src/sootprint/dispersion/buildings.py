"""Building dimensions by flow direction, for the downwash of stacks near buildings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.core.geo import project
from sootprint.dispersion.structures import DIRECTIONS, Stack, Tier, structures, wakes


def building_dimensions(stacks: pd.DataFrame, buildings: pd.DataFrame, *, crs: str) -> pd.DataFrame:
    """Dimensions of the building that rules the wake at each stack, for 36 flow directions.

    Parameters
    ----------
    stacks : DataFrame
        Rows of table ``sources``: ``source_id``, ``lon``, ``lat``, ``base_elevation_m``.
    buildings : DataFrame
        Table ``buildings``, a row a roof level.
    crs : str
        Projected coordinate system in metres in which lengths are taken; "along the flow" is along its
        grid north.

    Returns
    -------
    DataFrame
        Table ``building_dimensions``: 36 rows a stack, all zero where no building disturbs the flow. Its
        columns ``height_m``, ``width_m``, ``length_m``, ``along_offset_m``, ``across_offset_m`` are
        AERMOD's BUILDHGT, BUILDWID, BUILDLEN, XBADJ, YBADJ.

    Raises
    ------
    InputError
        If a ground height is missing, an outline is not one polygon, or a roof level is named twice.

    Notes
    -----
    Rules and references: `sootprint.dispersion.structures`. A tower 20 m high, 10 m × 10 m, whose stack
    stands in its middle has L = 10 m, a wake of 35 m, and along offset −5 m in a flow toward north.
    """
    tiers = _tiers(schema.check(buildings, "buildings"), crs)
    candidates = structures(tiers)
    tables = []
    for stack in _stacks(stacks, crs):
        ruling, gep = wakes(stack, candidates)
        tables.append(
            pd.DataFrame(
                {
                    "source_id": stack.name,
                    "flow_direction_deg": 10.0 * np.arange(1, DIRECTIONS + 1),
                    "height_m": [wake.height for wake in ruling],
                    "width_m": [wake.width for wake in ruling],
                    "length_m": [wake.length for wake in ruling],
                    "along_offset_m": [wake.along_offset for wake in ruling],
                    "across_offset_m": [wake.across_offset for wake in ruling],
                    "gep_height_m": gep,
                    "structures": [wake.parts or None for wake in ruling],
                }
            )
        )
    if not tables:
        return schema.empty("building_dimensions")
    return schema.check(pd.concat(tables, ignore_index=True), "building_dimensions")


def _stacks(stacks: pd.DataFrame, crs: str) -> list[Stack]:
    unknown = stacks.loc[stacks["base_elevation_m"].isna(), "source_id"]
    if len(unknown):
        raise InputError(
            f"{len(unknown)} stacks without a ground height, first {unknown.iloc[0]}",
            rule="the height of a wake over a stack counts from the ground of both",
            cure="fill base_elevation_m from a map or an elevation model",
        )
    x, y = project(stacks["lon"], stacks["lat"], crs)
    rows = zip(stacks["source_id"], x, y, stacks["base_elevation_m"], strict=True)
    return [Stack(str(name), float(e), float(n), float(base)) for name, e, n, base in rows]


def _tiers(buildings: pd.DataFrame, crs: str) -> list[Tier]:
    twice = buildings[buildings.duplicated(["building_id", "tier"])]
    if len(twice):
        first = twice.iloc[0]
        raise InputError(
            f"building {first['building_id']} has tier {first['tier']} twice", rule="one row a roof level"
        )
    made = []
    for row in buildings.sort_values(["building_id", "tier"], kind="stable").itertuples():
        name = f"{row.building_id}/{row.tier}"
        lon, lat = _ring(str(row.geometry_wkt), name)
        corners = np.column_stack(project(lon, lat, crs))
        made.append(
            Tier(name, str(row.building_id), float(row.height_m), float(row.base_elevation_m), corners)
        )
    return made


def _ring(text: str, name: str) -> tuple[np.ndarray, np.ndarray]:
    try:
        shape = shapely.from_wkt(text)
    except shapely.GEOSException as error:
        raise InputError(f"outline of {name} cannot be read: {error}", cure="a POLYGON as WKT") from error
    if not isinstance(shape, shapely.Polygon) or shape.is_empty or not shape.is_valid:
        raise InputError(
            f"outline of {name} is not one valid polygon: {shape.geom_type}",
            rule="one closed outline without crossings a roof level",
            cure="a row for each part of a building in several parts",
        )
    ring = np.asarray(shape.exterior.coords)[:-1]
    return ring[:, 0], ring[:, 1]
