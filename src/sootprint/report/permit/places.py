"""Places of a permit calculation: the grid, the sanitary protection zone, receptors and worst places."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.core.geo import project, unproject

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

GRID_NODES = 151
"""Nodes along a side of the grid that is made where none is stated, about."""

GRID_REACH = 4.0
"""Half size of that grid in parts of the largest xm: from there on s₁ is under 0.4 and falls."""

ROUND_STEPS_M = (
    5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 75.0, 100.0, 150.0, 200.0, 250.0, 300.0, 400.0, 500.0,
    750.0, 1000.0, 1500.0, 2000.0, 3000.0, 5000.0,
)  # fmt: skip
"""Steps of that grid [m]."""

MOST_NODES = 1_000_000
"""Nodes of a grid that are not exceeded."""

ZONE_POINTS = 240
"""Points on the edge of the sanitary protection zone."""


def grid_axes(
    table: pd.DataFrame, grid: tuple[float, ...] | None, zone_wkt: str | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Axes of the grid [m]: as stated, or about the sources and the zone with round steps.

    Parameters
    ----------
    table : DataFrame
        Table ``ond86_sources``.
    grid : tuple of float, optional
        ``(size, step)`` or ``(x0, y0, x1, y1, step)`` [m].
    zone_wkt : str, optional
        Zone in the same CRS, which the grid then covers.

    Raises
    ------
    InputError
        If the grid has no node or over `MOST_NODES`.
    """
    x, y = table["x_m"].to_numpy(float), table["y_m"].to_numpy(float)
    if grid is not None and len(grid) == 5:
        x0, y0, x1, y1, step = grid
    else:
        middle = 0.5 * (x.min() + x.max()), 0.5 * (y.min() + y.max())
        if grid is not None:
            half, step = 0.5 * grid[0] if grid[0] > 0.0 else math.nan, grid[1]
        else:
            spread = 0.5 * max(float(np.ptp(x)), float(np.ptp(y)))
            half = spread + GRID_REACH * float(table["xm_m"].max())
            if zone_wkt is not None:
                from shapely import from_wkt

                west, south, east, north = from_wkt(zone_wkt).bounds
                edges = (middle[0] - west, east - middle[0], middle[1] - south, north - middle[1])
                half = max(half, 1.1 * max(edges))
            step = next(
                (one for one in ROUND_STEPS_M if one >= 2.0 * half / (GRID_NODES - 1)), ROUND_STEPS_M[-1]
            )
        if step > 0.0 and math.isfinite(half):
            # Nodes at round coordinates: the same place has the same node whatever the sources are.
            x0, x1 = (
                math.floor((middle[0] - half) / step) * step,
                math.ceil((middle[0] + half) / step) * step,
            )
            y0, y1 = (
                math.floor((middle[1] - half) / step) * step,
                math.ceil((middle[1] + half) / step) * step,
            )
        else:
            x0 = y0 = x1 = y1 = math.nan
    numbers = (x0, y0, x1, y1, step)
    if not (all(math.isfinite(one) for one in numbers) and step > 0.0 and x1 > x0 and y1 > y0):
        raise InputError(
            "the grid has no node",
            where="--grid",
            rule="SIZE,STEP or X0,Y0,X1,Y1,STEP in metres, the step above zero and the corners in order",
            cure="for example --grid 6000,100",
        )
    columns, rows = (math.floor(width / step + 1e-9) + 1 for width in (x1 - x0, y1 - y0))
    if columns * rows > MOST_NODES:
        raise InputError(
            f"the grid has {columns:,} × {rows:,} nodes",
            where="--grid",
            rule=f"at most {MOST_NODES:,}",
            cure="a longer step or a smaller size",
        )
    first = np.array([x0, y0], dtype=np.float64)
    return first[0] + step * np.arange(columns), first[1] + step * np.arange(rows)


def zone_shape(zone: tuple[str, str] | float | None, table: pd.DataFrame, crs: str) -> tuple[str | None, str]:
    """Sanitary protection zone as WKT in a projected CRS, and what was given.

    Parameters
    ----------
    zone : (WKT in WGS84, text) or float, optional
        Polygon and the name of its file, or the width around the sources [m].

    Raises
    ------
    InputError
        If the geometry is no polygon, or the width is not above zero.
    """
    import shapely

    if zone is None:
        return None, ""
    if isinstance(zone, tuple):
        text, name = zone
        shape = shapely.from_wkt(text)
        if shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty or not shape.is_valid:
            raise InputError(
                f"the zone is {shape.geom_type}", where=name, rule="a valid polygon in longitude and latitude"
            )
        made = shapely.transform(
            shape, lambda corners: np.column_stack(project(corners[:, 0], corners[:, 1], crs))
        )
        return str(shapely.to_wkt(made, rounding_precision=2)), name
    if not (math.isfinite(zone) and zone > 0.0):
        raise InputError(f"a zone of {zone:g} m", where="--zone", rule="a width above zero")
    first = table.drop_duplicates("source_id")
    parts = [
        shapely.from_wkt(row.geometry_wkt) if pd.notna(row.geometry_wkt) else shapely.Point(row.x_m, row.y_m)
        for row in first.itertuples(index=False)
    ]
    made = shapely.union_all(parts).convex_hull.buffer(zone, quad_segs=16)
    return str(shapely.to_wkt(made, rounding_precision=2)), f"{zone:g} m"


def zone_places(zone_wkt: str | None) -> pd.DataFrame:
    """Points evenly along the edge of the zone: ``point_id, x_m, y_m``."""
    import shapely

    columns = ["point_id", "x_m", "y_m"]
    if zone_wkt is None:
        return pd.DataFrame({"point_id": [], "x_m": [], "y_m": []}, columns=columns)
    edge = shapely.from_wkt(zone_wkt).boundary
    at = shapely.get_coordinates(
        edge.interpolate((np.arange(ZONE_POINTS) + 0.5) / ZONE_POINTS, normalized=True)
    )
    names = [f"zone:{number}" for number in range(1, len(at) + 1)]
    return pd.DataFrame({"point_id": names, "x_m": at[:, 0], "y_m": at[:, 1]})


def worst_places(fields: xr.Dataset) -> pd.DataFrame:
    """Node with the largest ratio of each substance and group: ``point_id, substance_or_group, x_m, y_m``.

    Substances without a limit, and those that arrive nowhere, have none.
    """
    rows = []
    for name in fields["substance_or_group"].to_numpy():
        ratio = fields["ratio"].sel(substance_or_group=name).to_numpy()
        if not np.isfinite(ratio).any() or np.nanmax(ratio) <= 0.0:
            continue
        row, column = np.unravel_index(int(np.nanargmax(ratio)), ratio.shape)
        rows.append(
            {
                "point_id": f"worst:{name}",
                "substance_or_group": str(name),
                "x_m": float(fields["x"][column]),
                "y_m": float(fields["y"][row]),
            }
        )
    return pd.DataFrame(rows, columns=["point_id", "substance_or_group", "x_m", "y_m"])


def receptor_places(receptors: pd.DataFrame | None, crs: str) -> pd.DataFrame:
    """Given receptors in a projected CRS: ``point_id, name, x_m, y_m``."""
    if receptors is None or receptors.empty:
        return pd.DataFrame({"point_id": [], "name": [], "x_m": [], "y_m": []})
    x, y = project(receptors["lon"], receptors["lat"], crs)
    return pd.DataFrame(
        {
            "point_id": [f"receptor:{name}" for name in receptors["point_id"].astype(str)],
            "name": receptors["name"].astype(str).to_numpy(object),
            "x_m": x,
            "y_m": y,
        }
    )


def described(parts: Sequence[tuple[str, pd.DataFrame]], crs: str) -> pd.DataFrame:
    """Table ``permit_places`` of parts with their kinds."""
    made = []
    for kind, part in parts:
        rows = part.drop_duplicates("point_id")
        made.append(
            pd.DataFrame(
                {
                    "point_id": rows["point_id"].astype(str).to_numpy(object),
                    "name": (rows["name"] if "name" in rows else rows["point_id"]).to_numpy(object),
                    "kind": kind,
                    "x_m": rows["x_m"].to_numpy(float),
                    "y_m": rows["y_m"].to_numpy(float),
                }
            )
        )
    table = pd.concat(made, ignore_index=True)
    lon, lat = unproject(table["x_m"], table["y_m"], crs)
    return schema.check(table.assign(lon=lon, lat=lat), "permit_places")


def zone_table(fields: xr.Dataset, zone_wkt: str | None, points: pd.DataFrame) -> pd.DataFrame:
    """Table ``permit_zone``: where the ratio reaches 1 against the sanitary protection zone.

    Parameters
    ----------
    fields : Dataset
        Of `sootprint.dispersion.ond86.field`; the ratio with background where there is one.
    zone_wkt : str, optional
        Zone in the CRS of the field.
    points : DataFrame
        Table ``ond86_points`` with the worst places of the edge.
    """
    import shapely

    from sootprint.dispersion.ond86 import compare_zone

    if zone_wkt is None:
        return schema.empty("permit_zone")
    shape = shapely.from_wkt(zone_wkt)
    edge = points.loc[points["point_id"].str.startswith("zone:")].set_index("substance_or_group")
    rows = []
    for name in fields["substance_or_group"].to_numpy():
        values = fields["ratio_with_background"].sel(substance_or_group=name)
        if not np.isfinite(values).any():
            continue
        found = compare_zone(values, shape)
        rows.append(
            {
                "substance_or_group": str(name),
                "largest_on_edge": float(edge["ratio_with_background"].get(name, np.nan)),
                "largest_outside": found.largest_outside,
                "outside_area_m2": found.outside_area_m2,
                "farthest_m": found.farthest_m,
                "cut_by_grid": found.cut_by_grid,
            }
        )
    return schema.check(pd.DataFrame(rows), "permit_zone") if rows else schema.empty("permit_zone")
