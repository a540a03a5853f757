"""Weather tables as datasets by the CF conventions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import InputError
from sootprint.core.schema import check, schema

if TYPE_CHECKING:
    import xarray as xr

CONVENTIONS = "CF-1.11"

STANDARD_NAMES = {
    "air_temperature": "air_temperature",
    "albedo": "surface_albedo",
    "cloud": "cloud_area_fraction",
    "humidity": "relative_humidity",
    "precipitation": "lwe_thickness_of_precipitation_amount",
    "pressure": "surface_air_pressure",
    "roughness_length": "surface_roughness_length",
    "sensible_heat_flux": "surface_upward_sensible_heat_flux",
    "sigma_theta_deg": "wind_from_direction",
    "sigma_w": "upward_air_velocity",
    "wind_from_direction": "wind_from_direction",
    "wind_speed": "wind_speed",
}
"""Standard name of each column that the CF table has one for; the others carry ``long_name`` and units."""

CELL_METHODS = {
    "precipitation": "time: sum",
    "sigma_theta_deg": "time: standard_deviation",
    "sigma_w": "time: standard_deviation",
    "albedo": "time: point",
    "roughness_length": "time: point",
    "bowen_ratio": "time: point",
    "measurement_height": "time: point",
    "temperature_height": "time: point",
    "precipitation_code": "time: point",
}
"""Methods of columns that are no mean over the interval."""

TABLES = ("boundary_layer", "profiles")


def to_dataset(
    table: pd.DataFrame,
    *,
    longitude: float | None = None,
    latitude: float | None = None,
    point: tuple[str, ...] = (),
    attributes: dict[str, Any] | None = None,
) -> xr.Dataset:
    """CF dataset of a table ``boundary_layer`` or ``profiles``.

    Parameters
    ----------
    table : DataFrame
        One of the two tables, told apart by the column ``height_m``.
    longitude, latitude : float, optional
        Place [degree], as scalar coordinates.
    point : tuple of str
        Columns that hold the state at one moment and no mean over the interval, such as those of ERA5.
    attributes : dict, optional
        Further global attributes.

    Returns
    -------
    Dataset
        ``boundary_layer``: variables over ``time``; profiles: over ``time`` and ``height`` [m], missing
        where an hour lacks a level. Each variable has ``units``, ``long_name``, ``cell_methods`` and, where
        CF has one, ``standard_name``; ``time`` has bounds; ``reason`` is a flag variable.

    Raises
    ------
    InputError
        If a time, or a level of a time, occurs twice, or ``point`` names no column.
    """
    import xarray as xr

    name = "profiles" if "height_m" in table else "boundary_layer"
    made = check(table, name)
    axes = ["time_start", "height_m"] if name == "profiles" else ["time_start"]
    if made.duplicated(axes).any():
        raise InputError(f"a row of {' and '.join(axes)} occurs twice", cure="keep one row of each")
    rules = schema(name).set_index("column")
    strangers = sorted(set(point) - set(rules.index))
    if strangers:
        raise InputError(f"no column {', '.join(strangers)}", cure=f"some of: {', '.join(rules.index)}")
    dims = ("time", "height") if name == "profiles" else ("time",)
    wide = made.set_index(axes)
    begins = pd.DatetimeIndex(made["time_start"].drop_duplicates()).sort_values()
    index: pd.Index = begins
    heights = None
    if name == "profiles":
        heights = np.sort(made["height_m"].unique())
        index = pd.MultiIndex.from_product([begins, heights], names=axes)
    wide = wide.reindex(index)
    shape = (len(begins),) if heights is None else (len(begins), len(heights))
    variables: dict[str, Any] = {}
    for column, rule in rules.iterrows():
        if column in {*axes, "duration_s", "top"}:
            continue
        values, flags = _values(wide[column], str(rule["type"]), str(rule["allowed"]))
        variables[str(column)] = (
            dims, values.reshape(shape), _attributes(str(column), rule, point) | flags
        )  # fmt: skip
    length = made.drop_duplicates("time_start").set_index("time_start")["duration_s"].reindex(begins)
    bounds, coordinates = _axes(begins, length.to_numpy(), heights, longitude, latitude)
    variables["time_bounds"] = bounds
    facts = {
        "Conventions": CONVENTIONS,
        "featureType": "timeSeriesProfile" if len(dims) > 1 else "timeSeries",
    }
    dataset = xr.Dataset(variables, coordinates, facts | (attributes or {}))
    for axis in ("time", "time_bounds"):
        dataset[axis].encoding["units"] = "seconds since 1970-01-01"
    return dataset


def _axes(
    begins: pd.DatetimeIndex,
    length: NDArray[np.float64],
    heights: NDArray[np.float64] | None,
    longitude: float | None,
    latitude: float | None,
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Bounds of the times, and the coordinates."""
    ends = begins + pd.to_timedelta(length, unit="s")
    bounds = np.stack([begins.to_numpy(), ends.to_numpy()], axis=1).astype("datetime64[us]")
    what = {"standard_name": "time", "long_name": "beginning of the interval, UTC", "bounds": "time_bounds"}
    coordinates: dict[str, Any] = {"time": ("time", begins.to_numpy().astype("datetime64[us]"), what)}
    if heights is not None:
        what = {"standard_name": "height", "units": "m", "positive": "up", "long_name": "above ground"}
        coordinates["height"] = ("height", heights, what)
    for axis, value, unit in (
        ("longitude", longitude, "degrees_east"),
        ("latitude", latitude, "degrees_north"),
    ):
        if value is not None:
            coordinates[axis] = ((), float(value), {"standard_name": axis, "units": unit})
    return (("time", "bounds"), bounds), coordinates


def _values(values: pd.Series, kind: str, allowed: str) -> tuple[np.ndarray, dict[str, Any]]:
    if kind in {"float", "int"}:
        return values.to_numpy(dtype=float, na_value=np.nan), {}
    if allowed:
        words = allowed.split("|")
        number = {word: place for place, word in enumerate(words)}
        # -1 where a level or an hour is absent.
        codes = values.map(number).fillna(-1).to_numpy(dtype=np.int8)
        meanings = " ".join(word.replace(" ", "_") for word in words)
        flags = {"flag_values": np.arange(len(words), dtype=np.int8), "flag_meanings": meanings}
        return codes, flags
    return values.fillna("").to_numpy(dtype=str), {}


def _attributes(column: str, rule: pd.Series, point: tuple[str, ...]) -> dict[str, Any]:
    made = {"long_name": str(rule["description"])}
    if column in STANDARD_NAMES:
        made["standard_name"] = STANDARD_NAMES[column]
    if rule["type"] in {"float", "int"}:
        made["units"] = str(rule["unit"])
        made["cell_methods"] = "time: point" if column in point else CELL_METHODS.get(column, "time: mean")
    return made
