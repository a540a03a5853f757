"""Stability class and mixing height where the weather does not state them, and what had to be assumed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import ConfigError
from sootprint.core.findings import Finding, findings_table
from sootprint.core.schema import check
from sootprint.weather.readers.codes import DERIVED, finding
from sootprint.weather.solar import solar_elevation
from sootprint.weather.stability import CLASSES, golder_class, srdt_class, stability_class
from sootprint.weather.surface_layer import (
    ROUGHNESS_LENGTH,
    WIND_EXPONENT,
    dew_point_deficit,
    land_use_key,
    mixing_height_nozaki1973,
    wind_at_height,
)


@dataclass(frozen=True)
class DeriveOptions:
    """Settings of `derive`, the keys of its ``options``.

    Attributes
    ----------
    stability : {"auto", "golder1972", "srdt", "turner"}
        ``auto`` takes, hour by hour, the first that its input allows, in this order.
    mixing_height : {"nozaki1973", "none"}
        Formula for missing mixing heights.
    cloud_when_missing : float or None
        Cloud fraction that Turner's method takes for hours without cloud; None leaves them without class.
    measurement_height : float
        Height of the anemometer where the weather states none [m]; WMO-No. 8 asks for 10 m.
    roughness_length : float or None
        Roughness where the weather states none [m]; None takes the one of the land use.
    dew_point_deficit_k : float or None
        Dew-point deficit for hours without humidity or temperature [K]; None leaves them without height.
    """

    stability: str = "auto"
    mixing_height: str = "nozaki1973"
    cloud_when_missing: float | None = 0.5
    measurement_height: float = 10.0
    roughness_length: float | None = None
    dew_point_deficit_k: float | None = None

    def __post_init__(self) -> None:
        if self.stability not in {"auto", "golder1972", "srdt", "turner"}:
            raise ConfigError(
                f"stability method {self.stability!r} is not known", cure="auto, golder1972, srdt or turner"
            )
        if self.mixing_height not in {"nozaki1973", "none"}:
            raise ConfigError(
                f"mixing height method {self.mixing_height!r} is not known", cure="nozaki1973 or none"
            )
        if self.cloud_when_missing is not None and not 0 <= self.cloud_when_missing <= 1:
            raise ConfigError(f"cloud_when_missing {self.cloud_when_missing}", rule="a fraction from 0 to 1")
        if not self.measurement_height > 0:
            raise ConfigError(f"measurement_height {self.measurement_height} m", rule="over 0")
        if self.roughness_length is not None and not self.roughness_length > 0:
            raise ConfigError(f"roughness_length {self.roughness_length} m", rule="over 0")


def derive_options(options: dict[str, Any] | None) -> DeriveOptions:
    """Options from a dict.

    Raises
    ------
    ConfigError
        If a key is not known or a value cannot be right.
    """
    names = [item.name for item in fields(DeriveOptions)]
    unknown = sorted(set(options or {}) - set(names))
    if unknown:
        raise ConfigError(
            f"weather option {', '.join(unknown)} is not known", cure=f"one of: {', '.join(names)}"
        )
    try:
        return DeriveOptions(**(options or {}))
    except TypeError as error:
        raise ConfigError(f"weather options are of a wrong type: {error}") from error


def derive(
    weather: pd.DataFrame,
    *,
    lon: float,
    lat: float,
    land_use: str = "urban",
    options: dict[str, Any] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Weather with ``stability_class``, ``mixing_height``, ``measurement_height`` and ``roughness_length``.

    Stated values are kept; wind is never filled. The sun is taken at the middle of each interval, and the
    night lasts from one hour before sunset to one hour after sunrise (EPA-454/R-99-005, table 6-6).

    Parameters
    ----------
    weather : DataFrame
        Table ``weather``.
    lon, lat : float
        Place [degrees].
    land_use : {"urban", "rural"}
        Decides roughness and wind profile where they are not stated.
    options : dict, optional
        Keys of `DeriveOptions`.

    Returns
    -------
    weather : DataFrame
        Table ``weather``; hours whose class or height cannot be had keep them missing.
    findings : DataFrame
        Table ``findings``: one row for each kind of estimate or gap, with its count and its method.

    Raises
    ------
    ConfigError
        If an option or the land use is not known, or the place is not on Earth.
    """
    settings = derive_options(options)
    land_use_key(land_use)
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ConfigError(f"place {lon}, {lat}", rule="longitude and latitude in degrees")
    made = check(weather, "weather")
    found: list[Finding] = []
    _fill_mast(made, land_use, settings, found)
    method = _fill_class(made, lon, lat, land_use, settings, found)
    _fill_mixing_height(made, lat, settings, found)
    for name in DERIVED:
        count = int((method == name).sum())
        if count:
            found.append(finding(f"WX-CLASS-{name.upper()}", "stability_class", value=f"{count} hours"))
    _report_gaps(made, found)
    return check(made, "weather"), findings_table(found)


def _fill_mast(made: pd.DataFrame, land_use: str, settings: DeriveOptions, found: list[Finding]) -> None:
    absent = made["measurement_height"].isna() | ~(made["measurement_height"] > 0)
    if absent.any():
        made.loc[absent, "measurement_height"] = settings.measurement_height
        found.append(
            finding(
                "WX-HEIGHT-ASSUMED",
                "measurement_height",
                value=f"{settings.measurement_height:g} m in {int(absent.sum())} hours",
            )
        )
    absent = made["roughness_length"].isna() | ~(made["roughness_length"] > 0)
    if absent.any():
        roughness = settings.roughness_length or ROUGHNESS_LENGTH[land_use]
        made.loc[absent, "roughness_length"] = roughness
        found.append(
            finding(
                "WX-ROUGHNESS-ASSUMED",
                "roughness_length",
                value=f"{roughness:g} m ({land_use}) in {int(absent.sum())} hours",
            )
        )


def _sun(made: pd.DataFrame, lon: float, lat: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    middle = made["time_start"] + pd.to_timedelta(made["duration_s"] / 2.0, unit="s")
    hour = pd.Timedelta(hours=1)
    night = (solar_elevation(middle - hour, lon, lat) <= 0) | (solar_elevation(middle + hour, lon, lat) <= 0)
    return solar_elevation(middle, lon, lat), night


def _fill_class(
    made: pd.DataFrame,
    lon: float,
    lat: float,
    land_use: str,
    settings: DeriveOptions,
    found: list[Finding],
) -> NDArray[np.str_]:
    elevation, night = _sun(made, lon, lat)
    speed = made["wind_speed"].to_numpy(float)
    height = made["measurement_height"].to_numpy(float)
    cloud = made["cloud"].to_numpy(float)
    no_cloud = np.isnan(cloud)
    if settings.cloud_when_missing is not None:
        cloud = np.where(no_cloud, settings.cloud_when_missing, cloud)
    # The exponent depends on the class that is looked for: the class at the mast's own wind gives it.
    first = stability_class(speed, elevation, night=night, cloud=cloud)
    exponent = np.array([WIND_EXPONENT[land_use].get(name, np.nan) for name in first.tolist()])
    at_10m = wind_at_height(speed, height, 10.0, exponent)
    turner = stability_class(at_10m, elevation, night=night, cloud=cloud)
    by_method = {
        "golder1972": np.where(
            np.isfinite(speed),
            golder_class(made["obukhov_length"], made["roughness_length"]),
            "",
        ),
        "srdt": srdt_class(at_10m, made["radiation"], night),
        "turner": turner,
    }
    stated = made["stability_class"].fillna("").to_numpy(str)
    names = list(by_method) if settings.stability == "auto" else [settings.stability]
    chosen, method = stated.copy(), np.where(stated != "", "stated", "").astype("<U12")
    for name in names:
        take = (chosen == "") & (by_method[name] != "")
        chosen = np.where(take, by_method[name], chosen)
        method = np.where(take, name, method)
    made["stability_class"] = pd.array(np.where(chosen == "", None, chosen), dtype="string")
    assumed = (method == "turner") & no_cloud
    if assumed.any():
        found.append(
            finding(
                "WX-CLOUD-ASSUMED",
                "cloud",
                value=f"{settings.cloud_when_missing:g} in {int(assumed.sum())} hours",
            )
        )
    return method


def _fill_mixing_height(
    made: pd.DataFrame, lat: float, settings: DeriveOptions, found: list[Finding]
) -> None:
    absent = made["mixing_height"].isna().to_numpy()
    if settings.mixing_height == "none" or not absent.any():
        return
    number = made["stability_class"].map({name: i + 1.0 for i, name in enumerate(CLASSES)}).to_numpy(float)
    deficit = dew_point_deficit(made["air_temperature"], made["humidity"])
    no_deficit = np.isnan(deficit)
    if settings.dew_point_deficit_k is not None:
        deficit = np.where(no_deficit, settings.dew_point_deficit_k, deficit)
    height = mixing_height_nozaki1973(
        number,
        deficit,
        made["wind_speed"].to_numpy(float),
        made["measurement_height"].to_numpy(float),
        made["roughness_length"].to_numpy(float),
        lat,
    )
    usable = absent & np.isfinite(height) & (height > 0) & (height <= 10_000)
    made.loc[usable, "mixing_height"] = height[usable]
    if usable.any():
        value = f"{int(usable.sum())} hours, median {np.median(height[usable]):.0f} m"
        found.append(finding("WX-MIXING-ESTIMATED", "mixing_height", value=value))
    taken = usable & no_deficit & (number != 6)
    if taken.any():
        value = f"{settings.dew_point_deficit_k:g} K in {int(taken.sum())} hours"
        found.append(finding("WX-DEW-POINT-ASSUMED", "humidity", value=value))


def _report_gaps(made: pd.DataFrame, found: list[Finding]) -> None:
    total = len(made)
    for code, column in (
        ("WX-NO-WIND", "wind_speed"),
        ("WX-NO-CLASS", "stability_class"),
        ("WX-NO-MIXING", "mixing_height"),
    ):
        count = int(made[column].isna().sum())
        if count:
            found.append(finding(code, column, value=f"{count} of {total} hours"))
