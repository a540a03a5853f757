"""Fields of ECMWF NetCDF files at one place, as time series.

Names of variables and dimensions are those of the Climate Data Store, the older ones (``time``, ``level``)
and those since 2024 (``valid_time``, ``pressure_level``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

Method = Literal["nearest", "bilinear"]

DIMENSIONS = {
    "valid_time": "time",
    "time": "time",
    "latitude": "latitude",
    "lat": "latitude",
    "longitude": "longitude",
    "lon": "longitude",
    "pressure_level": "level",
    "isobaricInhPa": "level",
    "level": "level",
    "expver": "expver",
    "number": "number",
}
"""Our name of each dimension that a file may have."""

UNITS = {
    "u10": ("m s**-1",),
    "v10": ("m s**-1",),
    "t2m": ("K",),
    "d2m": ("K",),
    "sp": ("Pa",),
    "tcc": ("(0 - 1)", "1", "0 - 1"),
    "ssrd": ("J m**-2",),
    "sshf": ("J m**-2",),
    "tp": ("m",),
    "blh": ("m",),
    "zust": ("m s**-1",),
    "ishf": ("W m**-2",),
    "fsr": ("m",),
    "fal": ("(0 - 1)", "1", "0 - 1"),
    "z": ("m**2 s**-2",),
    "u": ("m s**-1",),
    "v": ("m s**-1",),
    "t": ("K",),
    "q": ("kg kg**-1",),
    "r": ("%",),
}
"""Unit of each variable that is read, as ECMWF writes it."""

HALF_SPACING = 0.125
"""Farthest place from the only point of a file [degree]: half the 0.25° of ERA5's grid."""


@dataclass(frozen=True)
class PointSeries:
    """Variables at one place.

    Attributes
    ----------
    values : DataFrame
        A time (UTC, index ``time``) or a time and pressure level [Pa] (``time``, ``level``) a row, a variable
        a column, in the file's own units.
    longitude, latitude : float
        Place that the values stand for [degree]: the grid point, or the place asked for if interpolated.
    preliminary : int
        Times for which only the preliminary release (ERA5T) has values.
    """

    values: pd.DataFrame
    longitude: float
    latitude: float
    preliminary: int


def point_series(
    path: Path, name: str, *, longitude: float, latitude: float, method: Method, levels: bool
) -> PointSeries:
    """Variables of one NetCDF file at one place.

    Raises
    ------
    InputError
        If the file is no NetCDF that the installed libraries read, lacks a dimension, has a variable in
        another unit, or does not cover the place.
    """
    import xarray as xr

    with _parsing(path, name):
        opened = xr.open_dataset(path, decode_timedelta=False)
    with opened:
        dataset = _named(opened, name, levels)
        east, north = _distances(dataset, longitude, latitude)
        place = f"{longitude:g}°E {latitude:g}°N"
        columns = _weights(east, method, name, place)
        rows = _weights(north, method, name, place)
        with _parsing(path, name):
            near = dataset.isel(
                longitude=[index for index, _ in columns], latitude=[index for index, _ in rows]
            ).load()
    shares = xr.DataArray(
        np.outer([share for _, share in rows], [share for _, share in columns]),
        dims=("latitude", "longitude"),
    )
    # A weight of 0 takes no missing value along, since points with it are not among the neighbours.
    total = (near * shares).sum(("latitude", "longitude"), skipna=False)
    nearest = method == "nearest"
    at_east = longitude + (east[columns[0][0]] if nearest else 0.0)
    at_north = latitude + (north[rows[0][0]] if nearest else 0.0)
    return _table(total, name, float(at_east), float(at_north))


@contextmanager
def _parsing(path: Path, name: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        # A damaged header makes the parsers of NetCDF raise anything at all.
        with path.open("rb") as file:
            hdf5 = file.read(4) == b"\x89HDF"
        # scipy reads NetCDF 3 alone; NetCDF 4 begins with the mark of HDF5.
        cure = "install h5netcdf, or export as NetCDF 3" if hdf5 else "download the file again as NetCDF"
        raise InputError(f"the file cannot be read: {str(error)[:200]}", where=name, cure=cure) from error


def _named(dataset: xr.Dataset, name: str, levels: bool) -> xr.Dataset:
    present = {*map(str, dataset.dims), *map(str, dataset.coords)}
    renamed: dict[str, str] = {}
    for theirs, ours in DIMENSIONS.items():
        if theirs in present and ours not in renamed.values():
            renamed[theirs] = ours
    # With both, time is the start of the forecast.
    drop = [old for old in ("time",) if "valid_time" in renamed and old in dataset.variables]
    dataset = dataset.drop_vars(drop).rename({a: b for a, b in renamed.items() if a != b})
    for needed in ("time", "latitude", "longitude", *(["level"] if levels else [])):
        if needed not in dataset.coords:
            raise InputError(
                f"no coordinate {needed}",
                where=name,
                rule=f"one of: {_theirs(needed)}",
                cure="download again",
            )
        if needed not in dataset.dims:
            dataset = dataset.expand_dims(needed)
    wanted = [variable for variable in UNITS if variable in dataset.data_vars]
    for variable in wanted:
        unit = str(dataset[variable].attrs.get("units", UNITS[variable][0]))
        if unit not in UNITS[variable]:
            raise InputError(
                f"{variable} is in {unit!r}", where=name, rule=f"ECMWF's unit is {UNITS[variable][0]}",
                cure="use the file as the Climate Data Store gives it",
            )  # fmt: skip
    if not wanted:
        raise InputError("no variable of ERA5", where=name, rule=f"some of: {', '.join(UNITS)}")
    return dataset[wanted]


def _theirs(ours: str) -> str:
    return ", ".join(theirs for theirs, name in DIMENSIONS.items() if name == ours)


def _distances(
    dataset: xr.Dataset, longitude: float, latitude: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Degrees from the place to each grid line, so that the seam of the longitudes lies opposite to it."""
    east = (dataset["longitude"].to_numpy().astype(float) - longitude + 180.0) % 360.0 - 180.0
    return east, dataset["latitude"].to_numpy().astype(float) - latitude


def _table(dataset: xr.Dataset, name: str, longitude: float, latitude: float) -> PointSeries:
    if "number" in dataset.dims:
        if dataset.sizes["number"] > 1:
            raise InputError("an ensemble", where=name, cure="download one member, or the reanalysis itself")
        dataset = dataset.isel(number=0)
    preliminary = 0
    if "expver" in dataset.dims:
        dataset, preliminary = _merged_releases(dataset)
    elif "expver" in dataset.coords and dataset["expver"].dims == ("time",):
        release = dataset["expver"].astype(str).str.strip()
        preliminary = int((release == "0005").sum())
    table = dataset.reset_coords(drop=True).to_dataframe()
    if "level" in table.index.names:
        table = table.reorder_levels(["time", "level"])
        # Pressure levels are named in hPa.
        levels = table.index.get_level_values("level").astype(float) * 100.0
        times = table.index.get_level_values("time")
        table.index = pd.MultiIndex.from_arrays([times, levels], names=["time", "level"])
    if table.index.has_duplicates:
        raise InputError("a time occurs twice", where=name, cure="give each period once")
    return PointSeries(table.astype(float).sort_index(), longitude, latitude, preliminary)


def _merged_releases(dataset: xr.Dataset) -> tuple[xr.Dataset, int]:
    """Final release where it has values, else the preliminary one."""
    dataset = dataset.sortby("expver")
    first = dataset.isel(expver=0, drop=True)
    merged = first
    for number in range(1, dataset.sizes["expver"]):
        merged = merged.fillna(dataset.isel(expver=number, drop=True))
    known = next(iter(first.data_vars))
    gap = first[known].isnull() & merged[known].notnull()  # noqa: PD003, PD004
    dims = [dim for dim in gap.dims if dim != "time"]
    return merged, int(gap.any(dims).sum())


def _weights(distance: NDArray[np.float64], method: Method, name: str, place: str) -> list[tuple[int, float]]:
    """Index and weight of the grid lines that a place lies between [degree of distance in]."""
    order = np.argsort(distance, kind="stable")
    line = distance[order]
    spacing = float(np.median(np.diff(line))) if len(line) > 1 else 2.0 * HALF_SPACING
    slack = 1e-6 * spacing
    outside = InputError(
        f"the place {place} is outside the grid",
        where=name,
        rule="nearest: within half a grid step of a point; bilinear: between points",
        cure="download a larger area",
    )
    if method == "nearest":
        index = int(np.argmin(np.abs(distance)))
        if abs(distance[index]) > 0.5 * spacing + slack:
            raise outside
        return [(index, 1.0)]
    if method != "bilinear":
        raise InputError(f"method {method!r}", rule="nearest or bilinear", cure="state one of both")
    upper = int(np.searchsorted(line, 0.0))
    if upper < len(line) and line[upper] <= slack:
        return [(int(order[upper]), 1.0)]
    if upper == 0 or upper == len(line) or line[upper] - line[upper - 1] > 1.5 * spacing:
        raise outside
    share = -line[upper - 1] / (line[upper] - line[upper - 1])
    return [(int(order[upper - 1]), float(1.0 - share)), (int(order[upper]), float(share))]
