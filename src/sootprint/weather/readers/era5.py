"""Reanalysis ERA5 of ECMWF (NetCDF): weather, boundary layer and soundings of one place.

Single levels: u10, v10, t2m, d2m, sp, tcc, ssrd, tp, blh, zust, ishf or sshf, fsr, fal. Pressure levels:
u, v, t, z, and q or r. Fluxes are positive downward in ERA5 and upward in our tables.

References
----------
.. [1] Hersbach, H. et al. (2020), doi:10.1002/qj.3803.
.. [2] ECMWF (2016), IFS documentation CY41R2, part IV, section 7.2: saturation over water,
   e = 611.21 exp(17.502 (T - 273.16)/(T - 32.19)) Pa.
.. [3] Vogelezang, D. H. P. and Holtslag, A. A. M. (1996), doi:10.1007/BF02430331: the height ``blh``.
.. [4] Deardorff, J. W. (1970), doi:10.1175/1520-0469(1970)027<1211:CVATSF>2.0.CO;2: w*.
.. [5] Venkatram, A. (1980), doi:10.1007/BF00122347: mechanical height 2300 u*^1.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sootprint.core.constants import GAS_CONSTANT_DRY_AIR, GRAVITY, HEAT_CAPACITY_DRY_AIR
from sootprint.core.errors import InputError
from sootprint.core.findings import Finding, findings_table
from sootprint.core.schema import check, empty
from sootprint.weather.readers.codes import finding
from sootprint.weather.readers.era5_grid import Method, PointSeries, point_series
from sootprint.weather.readers.ranges import blank_out_of_range
from sootprint.weather.surface_fluxes import air_density, obukhov_length

HOUR = pd.Timedelta(hours=1)
ROUNDING = 1e-3
"""Farthest beyond its bound that packing may put a fraction [1] or an amount of rain [mm]."""


@dataclass(frozen=True)
class Era5:
    """What ERA5 says of one place.

    Attributes
    ----------
    weather, boundary_layer, soundings : DataFrame
        Tables of those names. A row of the first two is the hour that ends at the file's time: means over
        the hour for radiation and rain (and heat flux from ``sshf``), the state at its end for the rest.
        A sounding is at the file's time.
    findings : DataFrame
        Table ``findings``: absent variables, preliminary months, levels below the ground.
    longitude, latitude : float
        Place of the values [degree]: the grid point, or the place itself if interpolated.
    """

    weather: pd.DataFrame
    boundary_layer: pd.DataFrame
    soundings: pd.DataFrame
    findings: pd.DataFrame
    longitude: float
    latitude: float


def read_era5(
    single_levels: str | Path | Sequence[str | Path],
    *,
    longitude: float,
    latitude: float,
    pressure_levels: str | Path | Sequence[str | Path] = (),
    method: Method = "nearest",
    accumulated: Literal["hour", "day"] = "hour",
    station_id: str = "era5",
) -> Era5:
    """Weather, boundary layer and soundings of one place from ERA5 files.

    Parameters
    ----------
    single_levels : path or paths
        NetCDF files with variables at the ground; several hold other variables or other times.
    longitude, latitude : float
        Place [degree], WGS84.
    pressure_levels : path or paths
        NetCDF files with u, v, t, z on pressure levels.
    method : {"nearest", "bilinear"}
        The nearest grid point, or its four neighbours; wind is interpolated by components.
    accumulated : {"hour", "day"}
        Over what ssrd, sshf and tp are summed up: the hour that ends (ERA5), or the day since 0 UTC
        (ERA5-Land).
    station_id : str
        Name of the place in the tables.

    Returns
    -------
    Era5
        In ``boundary_layer``, L follows from zust and the heat flux, w* from [4]. ``blh`` is the height of
        either layer: of the mechanical one in stable hours, of the convective one in unstable hours, whose
        mechanical height is that of [5].

    Raises
    ------
    InputError
        If a file cannot be read, a variable has another unit, or the place is outside the grid.
    """
    if accumulated not in {"hour", "day"}:
        raise InputError(f"accumulated = {accumulated!r}", rule="hour or day", cure="day for ERA5-Land")
    found: list[Finding] = []
    place = {"longitude": longitude, "latitude": latitude, "method": method}
    series, file = _joined(single_levels, found, levels=False, **place)  # type: ignore[arg-type]
    ground = series.values
    absent = [name for name in ("u10", "v10", "t2m", "d2m", "sp", "tcc", "blh", "zust") if name not in ground]
    absent += ["ishf or sshf"] if not {"ishf", "sshf"} & set(ground) else []
    if absent:
        found.append(finding("WX-ERA5-ABSENT", "weather", value=", ".join(absent), file=file))
    ground = ground.reindex(columns=sorted({*ground, *GROUND}))
    hours = _hours(ground, accumulated, found, file)
    hours = hours.assign(source_row=np.arange(len(hours)))
    hours = blank_out_of_range(hours, "weather", file, found)
    weather = _weather(hours, station_id, file)
    soundings = empty("soundings")
    if pressure_levels != ():
        aloft, aloft_file = _joined(pressure_levels, found, levels=True, **place)  # type: ignore[arg-type]
        soundings = _soundings(aloft.values, ground, station_id, aloft_file, found)
    return Era5(
        weather,
        _boundary_layer(hours),
        soundings,
        findings_table(found),
        series.longitude,
        series.latitude,
    )


GROUND = ("u10", "v10", "t2m", "d2m", "sp", "tcc", "ssrd", "sshf", "tp", "blh", "zust", "ishf", "fsr", "fal")
"""Variables of the single levels."""

ALOFT = ("u", "v", "t", "z", "q", "r")
"""Variables of the pressure levels."""


def _joined(
    paths: str | Path | Sequence[str | Path],
    found: list[Finding],
    *,
    levels: bool,
    longitude: float,
    latitude: float,
    method: Method,
) -> tuple[PointSeries, str]:
    """Files side by side and one after the other, and their names."""
    given = [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
    missing = [str(path) for path in given if not path.is_file()]
    if missing or not given:
        raise InputError(f"no file {', '.join(missing)}".strip(), cure="check the path")
    series = [
        point_series(path, path.name, longitude=longitude, latitude=latitude, method=method, levels=levels)
        for path in given
    ]
    if len({(round(one.longitude, 6), round(one.latitude, 6)) for one in series}) > 1:
        raise InputError("files of different grids", cure="download them with one area and grid")
    for one, path in zip(series, given, strict=True):
        if one.preliminary:
            code = "WX-ERA5-PRELIMINARY"
            found.append(finding(code, "weather", value=f"{one.preliminary} hours", file=path.name))
    total = series[0].values
    for one in series[1:]:
        total = total.combine_first(one.values)
    return PointSeries(total, series[0].longitude, series[0].latitude, 0), ", ".join(p.name for p in given)


def _hours(ground: pd.DataFrame, accumulated: str, found: list[Finding], file: str) -> pd.DataFrame:
    """Hourly state in SI, index the end of the hour."""
    rate = {name: _of_the_hour(ground[name], accumulated) for name in ("ssrd", "sshf", "tp")}
    upward = -ground["ishf"]
    speed = np.hypot(ground["u10"], ground["v10"])
    made = pd.DataFrame(
        {
            "wind_speed": speed,
            "wind_from_direction": _direction(ground["u10"], ground["v10"]),
            "air_temperature": ground["t2m"],
            "pressure": ground["sp"],
            "humidity": saturation_pressure(ground["d2m"]) / saturation_pressure(ground["t2m"]),
            "cloud": ground["tcc"],
            "radiation": rate["ssrd"] / 3600.0,
            "precipitation": rate["tp"] * 1000.0,
            "mixing_height": ground["blh"],
            "friction_velocity": ground["zust"],
            "sensible_heat_flux": upward.where(upward.notna(), -rate["sshf"] / 3600.0),
            "roughness_length": ground["fsr"],
            "albedo": ground["fal"],
        },
        index=ground.index,
    )
    for column, low, high in (("cloud", 0.0, 1.0), ("precipitation", 0.0, np.inf), ("albedo", 0.0, 1.0)):
        values = made[column]
        beyond = ((values < low) & (values >= low - ROUNDING)) | (
            (values > high) & (values <= high + ROUNDING)
        )
        if beyond.any():
            value = f"{int(beyond.sum())} hours"
            found.append(finding("WX-ERA5-PACKED", "weather", value=value, file=file, column=column))
            made[column] = values.where(~beyond, values.clip(low, high))
    density = air_density(made["pressure"], made["air_temperature"])
    flux = made["sensible_heat_flux"]
    made["obukhov_length"] = obukhov_length(made["friction_velocity"], flux, made["air_temperature"], density)
    heat = GRAVITY * flux / (density * HEAT_CAPACITY_DRY_AIR * made["air_temperature"])
    made["convective_velocity"] = np.cbrt(heat * made["mixing_height"]).where(flux > 0.0)
    return made


def _of_the_hour(values: pd.Series, accumulated: str) -> pd.Series:
    """Amount of the hour that ends at each time."""
    if accumulated == "hour":
        return values
    times = pd.DatetimeIndex(values.index)
    before = values.reindex(times - HOUR).to_numpy()
    return values - np.where(times.hour == 1, 0.0, before)


def _direction(east: pd.Series, north: pd.Series) -> pd.Series:
    """Direction that the wind is from [degree], missing in a calm, 360 from the north."""
    angle = np.degrees(np.arctan2(-east, -north)) % 360.0
    return angle.where(angle > 0.0, 360.0).where(((east != 0.0) | (north != 0.0)) & angle.notna())


def saturation_pressure(temperature: ArrayLike) -> NDArray[np.float64]:
    """Saturation pressure over water [Pa] of temperature [K], as [2] has it; 273.16 K gives 611.21 Pa."""
    kelvin = np.asarray(temperature, float)
    return 611.21 * np.exp(17.502 * (kelvin - 273.16) / (kelvin - 32.19))


def _weather(hours: pd.DataFrame, station_id: str, file: str) -> pd.DataFrame:
    made = hours.drop(columns="albedo").assign(
        station_id=station_id,
        time_start=pd.DatetimeIndex(hours.index) - HOUR,
        duration_s=3600.0,
        measurement_height=10.0,
        source_file=file,
    )
    return check(made, "weather")


def _boundary_layer(hours: pd.DataFrame) -> pd.DataFrame:
    unstable = hours["obukhov_length"] < 0.0
    depth = hours["mixing_height"]
    rules = {
        "calm": hours["wind_speed"] == 0.0,
        "missing wind": hours["wind_speed"].isna(),
        "missing temperature": hours["air_temperature"].isna(),
        "missing turbulence": hours["obukhov_length"].isna() | depth.isna(),
    }
    made = hours.drop(columns=["mixing_height", "radiation", "source_row"]).assign(
        time_start=pd.DatetimeIndex(hours.index) - HOUR,
        duration_s=3600.0,
        convective_mixing_height=depth.where(unstable),
        mechanical_mixing_height=depth.where(~unstable, 2300.0 * hours["friction_velocity"] ** 1.5),
        measurement_height=10.0,
        temperature_height=2.0,
        reason=np.select(list(rules.values()), list(rules), "served"),
    )
    return check(made, "boundary_layer")


def _soundings(
    aloft: pd.DataFrame, ground: pd.DataFrame, station_id: str, file: str, found: list[Finding]
) -> pd.DataFrame:
    """Levels above the ground, with the ground itself as the lowest."""
    aloft = aloft.reindex(columns=list(ALOFT))
    absent = [name for name in ("u", "v", "t", "z") if aloft[name].isna().all()]
    if absent:
        raise InputError(f"no variable {', '.join(absent)}", where=file, cure="download it too")
    table = aloft.reset_index().rename(columns={"level": "pressure"})
    surface = table["time"].map(ground["sp"])
    below = (table["pressure"] >= surface).to_numpy()
    unknown = surface.isna().to_numpy()
    if below.any():
        value = f"{int(below.sum())} levels"
        found.append(finding("WX-ERA5-UNDERGROUND", "soundings", value=value, file=file))
    height_above_sea = table["z"] / GRAVITY
    lowest = table["time"].map(_ground_altitude(table, surface, table["time"].map(ground["t2m"])))
    vapour = table["q"] * table["pressure"] / (0.621981 + 0.378019 * table["q"])
    vapour = vapour.where(vapour.notna(), table["r"] / 100.0 * saturation_pressure(table["t"]))
    levels = pd.DataFrame(
        {
            "time_start": table["time"],
            "level": "other",
            "pressure": table["pressure"],
            "height": height_above_sea - lowest,
            "air_temperature": table["t"],
            "dew_point_temperature": _dew_point(vapour),
            "wind_speed": np.hypot(table["u"], table["v"]),
            "wind_from_direction": _direction(table["u"], table["v"]),
        }
    ).loc[~below & ~unknown]
    times = ground.loc[ground.index.isin(table["time"]) & ground["sp"].notna()]
    base = pd.DataFrame(
        {
            "time_start": times.index,
            "level": "surface",
            "pressure": times["sp"].to_numpy(),
            "height": 0.0,
            "air_temperature": times["t2m"].to_numpy(),
            "dew_point_temperature": times["d2m"].to_numpy(),
            "wind_speed": np.hypot(times["u10"], times["v10"]).to_numpy(),
            "wind_from_direction": _direction(times["u10"], times["v10"]).to_numpy(),
        }
    )
    made = pd.concat([base, levels]).sort_values(["time_start", "height"], kind="stable")
    made = made.assign(station_id=station_id, source_file=file, source_row=np.arange(len(made)))
    return check(blank_out_of_range(made, "soundings", file, found), "soundings")


def _ground_altitude(table: pd.DataFrame, surface: pd.Series, warm: pd.Series) -> pd.Series:
    """Altitude of the model's ground [m] at each time: the level of the surface pressure.

    Between two levels linear in the logarithm of pressure; below the lowest one hypsometric with the mean
    of its temperature and that at 2 m.
    """
    rows = table.assign(surface=surface, warm=warm).sort_values(["time", "pressure"], kind="stable")
    begins = np.flatnonzero(~rows.duplicated("time"))
    logarithm, altitude = np.log(rows["pressure"].to_numpy()), rows["z"].to_numpy() / GRAVITY
    temperature, at = rows["t"].to_numpy(), np.log(rows["surface"].to_numpy())
    mean = 0.5 * (temperature + rows["warm"].to_numpy())
    made = np.full(len(begins), np.nan)
    for number, (begin, end) in enumerate(zip(begins, np.append(begins[1:], len(rows)), strict=True)):
        low = end - 1
        if at[begin] > logarithm[low]:
            step = GAS_CONSTANT_DRY_AIR * mean[low] / GRAVITY * (at[begin] - logarithm[low])
            made[number] = altitude[low] - step
        elif at[begin] >= logarithm[begin]:
            made[number] = np.interp(at[begin], logarithm[begin:end], altitude[begin:end])
    return pd.Series(made, index=rows["time"].iloc[begins])


def _dew_point(vapour: pd.Series) -> pd.Series:
    """Dew point [K] of vapour pressure [Pa], the inverse of `saturation_pressure`."""
    ratio = np.log(vapour.where(vapour > 0.0) / 611.21)
    return (17.502 * 273.16 - 32.19 * ratio) / (17.502 - ratio)
