"""Where everything stands in the synthetic city: posts, plants, stacks, stoves, streets.

The tables are in ``synthetic/data``. Heights and annual totals that are published for the real city are
marked ``secondary``; everything else is invented and marked ``assumed``. No row describes a real plant's
conduct.
"""

from __future__ import annotations

import math
from functools import cache
from importlib import resources

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core import schema
from sootprint.core.constants import SECONDS_PER_YEAR
from sootprint.core.geo import project
from sootprint.synthetic.puffs import Emitter

CRS = "EPSG:32644"
CENTRE_LON, CENTRE_LAT = 82.62, 49.95
ZONE = "Asia/Almaty"
HEATING_SEASON_S = 4800 * 3600.0
POLLUTANTS = ("SO2", "NO2", "PM2.5", "CO")


@cache
def _read(name: str) -> pd.DataFrame:
    path = resources.files("sootprint.synthetic") / "data" / f"{name}.csv"
    with path.open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype={"source_number": str})


def stations() -> pd.DataFrame:
    """Table ``stations``: eight posts at assumed places; every name and operator says synthetic."""
    table = _read("stations").copy()
    table["name"] = "Synthetic post near " + table["name"] + " (position assumed)"
    table["operator"] = "synthetic data, no real network"
    return schema.check(table, "stations")


def facilities() -> pd.DataFrame:
    """Table ``facilities``."""
    return schema.check(_read("facilities").copy(), "facilities")


def sources() -> pd.DataFrame:
    """Table ``sources`` with the parameters that the truth uses: 14 stacks, 5 districts, 4 roads."""
    stacks = _read("stacks").drop(columns="note").assign(kind="point")
    spread = _read("spread").drop(columns="time_profile").copy()
    middles = [_middle(text) for text in spread["geometry_wkt"]]
    spread["lon"], spread["lat"] = [m[0] for m in middles], [m[1] for m in middles]
    table = pd.concat([stacks, spread], ignore_index=True)
    table["base_elevation_m"] = 285.0
    table["controllable"] = table["kind"].eq("point")
    table["source_file"] = "synthetic"
    table["source_row"] = np.arange(len(table)) + 2
    return schema.check(table, "sources")


def base_emissions() -> pd.DataFrame:
    """Declared mean rate of the period [g s⁻¹] by source (index) and pollutant (columns).

    The annual total spread over 365 days; for stoves over the heating season of 4,800 h. The winter load of
    the heat and power plants is left at their annual mean, as their declaration states no season.
    """
    totals = _read("annual_totals").set_index("source_id")
    seconds = np.where(totals.index.str.startswith("STOVES"), HEATING_SEASON_S, SECONDS_PER_YEAR)
    return totals[list(POLLUTANTS)].mul(1e6 / seconds, axis=0)


def marks() -> pd.Series:
    """Mark of the annual totals by source."""
    return _read("annual_totals").set_index("source_id")["mark"]


def time_profiles() -> pd.Series:
    """Name of the declared time profile by source; empty for constant emission."""
    table = sources()[["source_id"]].merge(_read("spread")[["source_id", "time_profile"]], how="left")
    return table.set_index("source_id")["time_profile"].fillna("")


def plane(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> tuple[np.ndarray, np.ndarray]:
    """Eastward and northward distance from the middle of the city [m]."""
    x0, y0 = project(CENTRE_LON, CENTRE_LAT, CRS)
    x, y = project(lon, lat, CRS)
    return x - x0, y - y0


def _middle(text: str) -> tuple[float, float]:
    import shapely

    shape = shapely.from_wkt(text)
    point = shape.centroid if shape.geom_type == "Polygon" else shape.interpolate(0.5, normalized=True)
    return round(float(point.x), 6), round(float(point.y), 6)


def emitters(source: pd.Series, heights: NDArray[np.float64]) -> list[Emitter]:
    """Emitters of one row of `sources`: one for a stack, 3 × 3 for a district, one every 1.2 km of road.

    Parameters
    ----------
    source : Series
        Row of the table ``sources``.
    heights : float64 (hour)
        Release height with plume rise [m].
    """
    import shapely

    if source["kind"] == "point":
        x, y = plane(np.array([source["lon"]]), np.array([source["lat"]]))
        return [Emitter(float(x[0]), float(y[0]), heights, 10.0, 10.0, 1.0)]
    sigma_z = math.hypot(3.0, source["vertical_extent_m"] / 2.15)
    shape = shapely.from_wkt(source["geometry_wkt"])
    lonlat = shapely.get_coordinates(shape)
    x, y = plane(lonlat[:, 0], lonlat[:, 1])
    if source["kind"] == "area":
        n = 3
        dx, dy = (x.max() - x.min()) / n, (y.max() - y.min()) / n
        places = [(x.min() + (i + 0.5) * dx, y.min() + (j + 0.5) * dy) for i in range(n) for j in range(n)]
        sigma_y = 0.5 * (dx + dy) / math.sqrt(12.0)
    else:
        line = shapely.LineString(np.column_stack([x, y]))
        n = max(round(line.length / 1200.0), 2)
        points = [line.interpolate((k + 0.5) / n, normalized=True) for k in range(n)]
        places = [(point.x, point.y) for point in points]
        sigma_y = line.length / n / math.sqrt(12.0)
    share = 1.0 / len(places)
    return [Emitter(float(a), float(b), heights, sigma_y, sigma_z, share) for a, b in places]
