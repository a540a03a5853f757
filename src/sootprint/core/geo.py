"""Plane coordinates: WGS84 at the boundary, metres of the case's projected CRS inside."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from sootprint.core.errors import ConfigError


def utm_crs(lon: float, lat: float) -> str:
    """EPSG code of the UTM zone of a place, as ``EPSG:32644``."""
    zone = int((lon + 180.0) // 6.0) % 60 + 1
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


@cache
def _transformer(source: str, target: str) -> Transformer:
    try:
        return Transformer.from_crs(CRS.from_user_input(source), CRS.from_user_input(target), always_xy=True)
    except CRSError as error:
        raise ConfigError(
            f"coordinate system {source!r} or {target!r} is not known", cure="an EPSG code"
        ) from error


def project(lon: ArrayLike, lat: ArrayLike, crs: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Easting and northing [m] of WGS84 points [degrees] in a projected CRS."""
    x, y = _transformer("EPSG:4326", crs).transform(np.asarray(lon, float), np.asarray(lat, float))
    return np.asarray(x, float), np.asarray(y, float)


def unproject(x: ArrayLike, y: ArrayLike, crs: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """WGS84 longitude and latitude [degrees] of points [m] in a projected CRS."""
    lon, lat = _transformer(crs, "EPSG:4326").transform(np.asarray(x, float), np.asarray(y, float))
    return np.asarray(lon, float), np.asarray(lat, float)
