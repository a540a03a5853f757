"""Steps on the wind over terrain: the basis of an elevation model, and the weights of every hour."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.case.config import Settings
from sootprint.case.engine_settings import WindPlace
from sootprint.case.flow.kinds import ELEVATION
from sootprint.case.flow.layers import is_layered, layer_files, layers_of
from sootprint.case.flow.reading import case_crs
from sootprint.case.steps import Context, Evidence, Step
from sootprint.core import schema
from sootprint.core.errors import ConfigError, InputError
from sootprint.core.findings import Finding, findings_table
from sootprint.core.geo import project, unproject

if TYPE_CHECKING:
    import xarray as xr

    from sootprint.dispersion import TerrainWind
    from sootprint.weather import TerrainGrid, WindBasis, WindHours, WindSite

Floats = NDArray[np.float64]

BASIS = "wind_basis"
"""Folder of the basis, and `BASIS_FILE` in it."""
BASIS_FILE = "basis.npz"
SITES, WEIGHTS = "terrain_sites", "wind_weights"
TERRAIN_INPUTS = (BASIS, WEIGHTS)
"""What a step needs whose particles follow the wind over terrain."""
OF_THE_GROUND = (
    *("cell_m", "margin_m", "farthest_void_m", "pool_depths_m", "slope_winds"),
    "wind.pool_depth_m",
)
"""Settings of ``[engine.terrain]`` for which the terrain is solved again."""
ASSUMED, LEFT_OUT = "assumed: the middle of the case", "left out: no place is stated"
"""Places of weather stations that nobody stated."""
LIGHT_SHARE, MAP_HEIGHT_M, MAP_CELLS = 0.25, 10.0, 80
"""Share of the hours on the map, its height above ground [m], and most cells along a side."""
MOST_CELLS = 400
"""Cells along a side: more would not fit the memory of the reference machine."""


def has_terrain(settings: Settings, evidence: list[Evidence]) -> bool:
    """Whether the particles of a case follow the wind over terrain."""
    return (
        settings.engine.terrain.use
        and settings.engine.engine != "plume"
        and any(item.kind == "elevation" for item in evidence)
        and any(item.kind == "sources" for item in evidence)
    )


def terrain_steps(settings: Settings, evidence: list[Evidence]) -> list[Step]:
    """Steps from ``terrain_sites`` to ``terrain_wind``; none without an elevation model or particles."""
    if not has_terrain(settings, evidence):
        return []
    layered = layer_files(settings, evidence)
    return [
        Step(
            "terrain_sites",
            "Place the weather stations",
            _terrain_sites,
            needs=("stations", "weather"),
            settings=("place", "engine.terrain.sites", "engine.weather_station"),
            rooms=("core", "weather", "case/flow"),
        ),
        Step(
            "terrain",
            "Solve the wind over the terrain",
            _terrain,
            needs=("sources", "stations", SITES),
            settings=(
                "place",
                *(f"engine.terrain.{key}" for key in OF_THE_GROUND),
                *(f"unknown.{key}" for key in ("search", "reach_m", "spacing_m")),
            ),
            rooms=("core", "weather", "dispersion", "case/flow"),
            evidence=tuple(item.name for item in evidence if item.kind == "elevation"),
        ),
        Step(
            "terrain_wind",
            "Find the wind of every hour over the terrain",
            _terrain_wind,
            needs=(BASIS, "weather", "meteorology", "sources"),
            settings=("place", "engine", *(f"files:{name}" for name in layered)),
            rooms=("core", "weather", "dispersion", "case/flow"),
            evidence=layered,
        ),
    ]


def terrain_of(context: Context) -> TerrainWind | None:
    """Wind over terrain of a case, where the step needs it and it was made."""
    if not context.has(WEIGHTS):
        return None
    from sootprint import dispersion, weather

    basis = weather.WindBasis.load(context.record(BASIS) / BASIS_FILE)
    made = context.dataset(WEIGHTS).load()
    return dispersion.TerrainWind(basis, pd.DatetimeIndex(made["time"].values), made["weights"].values)


def _terrain_sites(context: Context) -> dict[str, Any]:
    sites, places = _sites(context, case_crs(context.settings))
    return {SITES: {"sites": [asdict(site) for site in sites], "places": places}}


def _terrain(context: Context) -> dict[str, Any]:
    from sootprint import dispersion, weather

    given = context.settings.engine.terrain
    crs = case_crs(context.settings)
    grid, ground = _grid(context, crs)
    record = context.record(SITES)
    sites = [weather.WindSite(**one) for one in record["sites"]]
    places, missing = record["places"], ground["nodes_without_height"]
    depths = given.pool_depths_m or [
        depth for depth in (given.wind.get("pool_depth_m"),) if isinstance(depth, int | float) and depth > 0
    ]
    options = weather.FirstGuessOptions(
        roughness_m=_roughness(context), slope_flow=weather.SlopeFlow() if given.slope_winds else None
    )
    basis = weather.make_basis(
        grid,
        sites,
        weather.default_situations(tuple(float(depth) for depth in depths)),
        options=options,
        progress=lambda done, count: context.progress(f"{done} of {count} solutions"),
    )
    folder = context.folder / BASIS
    folder.mkdir()
    basis.save(folder / BASIS_FILE)
    _, rows, across = grid.shape
    return {
        BASIS: folder,
        "terrain": {
            "crs": crs,
            "west_m": grid.x0,
            "south_m": grid.y0,
            "cell_m": grid.cell_m,
            "cells": [across, rows],
            "levels_m": [float(level) for level in grid.levels],
            "lowest_ground_m": round(float(grid.ground.min()), 1),
            "highest_ground_m": round(float(grid.ground.max()), 1),
            "relief_m": round(dispersion.relief_of(grid), 1),
            "solutions": len(basis.iterations),
            "largest_divergence_s-1": float(f"{basis.divergence.max():.3g}"),
            "sites": places,
            **ground,
        },
        "terrain_findings": findings_table(_findings(places, missing)),
    }


def _findings(places: dict[str, str], missing: int) -> list[Finding]:
    """What was assumed of the ground and of the weather stations, and which were left out."""
    made = [
        Finding(
            "TERRAIN-STATION-ASSUMED", "warning", station,
            "the wind over the terrain needs the place of a weather station",
            f"state lon and lat in [engine.terrain.sites.{station}] of case.toml",
            value="taken to stand in the middle of the case",
        )
        if word == ASSUMED
        else Finding(
            "TERRAIN-STATION-LEFT-OUT", "warning", station,
            "the wind over the terrain needs the place of a weather station",
            f"state lon and lat in [engine.terrain.sites.{station}] of case.toml",
            value="its wind is not in the wind over the terrain",
        )
        for station, word in places.items()
        if word in (ASSUMED, LEFT_OUT)
    ]  # fmt: skip
    if missing:
        made.append(
            Finding(
                "TERRAIN-VOIDS-FILLED", "info", "elevation",
                "every node of the elevation model has a height",
                "give an elevation model without voids there",
                value=f"{missing} nodes filled from the heights around them",
            )
        )  # fmt: skip
    return made


def _roughness(context: Context) -> float:
    from sootprint.weather.surface_layer import ROUGHNESS_LENGTH, land_use_key

    return float(ROUGHNESS_LENGTH[land_use_key(context.settings.place.land_use)])


def _grid(context: Context, crs: str) -> tuple[TerrainGrid, dict[str, Any]]:
    """Grid around all sources, posts and candidates of the unknown, and what the elevation model lacked."""
    from sootprint import weather

    given, unknown = context.settings.engine.terrain, context.settings.unknown
    lon, lat = _corners(context).T
    x, y = project(lon, lat, crs)
    cell = given.cell_m
    margin = max(given.margin_m, unknown.reach_m + unknown.spacing_m if unknown.search else 0.0)
    west, south = (np.floor((value.min() - margin) / cell) * cell for value in (x, y))
    across, rows = (
        int(np.ceil((value.max() + margin - least) / cell)) for value, least in ((x, west), (y, south))
    )
    if max(across, rows) > MOST_CELLS:
        raise ConfigError(
            f"the terrain has {across} × {rows} cells of {cell:g} m",
            where="case.toml, [engine.terrain]",
            rule=f"at most {MOST_CELLS} along a side",
            cure="raise cell_m, or lower margin_m and reach_m of [unknown]",
        )
    east, north = west + across * cell, south + rows * cell
    edge = 2.0 * cell
    model = _elevation(context, crs, cell, (west - edge, south - edge, east + edge, north + edge))
    missing = int(np.isnan(model.to_numpy()).sum())
    if missing:
        model = weather.fill_voids(model, method="linear", farthest_m=given.farthest_void_m)
        model = weather.fill_voids(model, method="nearest", farthest_m=cell)
    try:
        grid = weather.terrain_grid(
            model, west=west, south=south, width_m=across * cell, height_m=rows * cell, cell_m=cell
        )
    except InputError as error:
        raise InputError(
            f"the elevation model does not cover the sources and posts: {error.what}",
            where=", ".join(item.name for item in context.evidence),
            rule=error.rule,
            cure="add the tiles around, or lower margin_m in [engine.terrain] of case.toml",
        ) from error
    return grid, {"nodes_without_height": missing}


def _corners(context: Context) -> Floats:
    """Longitude and latitude of all sources, the corners of areas and lines among them, and posts."""
    import shapely

    placed = [context.table(name).dropna(subset=["lon", "lat"]) for name in ("sources", "stations")]
    shapes = shapely.from_wkt(placed[0]["geometry_wkt"].dropna().to_numpy(object), on_invalid="ignore")
    parts = [table[["lon", "lat"]].to_numpy(float) for table in placed]
    return np.concatenate([*parts, shapely.get_coordinates(shapes)])


def _elevation(
    context: Context, crs: str, cell_m: float, bounds: tuple[float, float, float, float]
) -> xr.DataArray:
    from sootprint import weather

    tiles = [item.path for item in context.evidence if item.path.suffix.lower() == ".hgt"]
    rasters = [item.path for item in context.evidence if item.path.suffix.lower() in ELEVATION[1:]]
    if (tiles and rasters) or len(rasters) > 1 or not (tiles or rasters):
        raise InputError(
            "the elevation model is not of one kind",
            where=", ".join(item.name for item in context.evidence),
            rule="SRTM tiles (.hgt), or one GeoTIFF (.tif)",
            cure="set [engine.terrain] use = false, or make a case with one kind",
        )
    if tiles:
        return weather.read_hgt(tiles, crs=crs, cell_m=0.5 * cell_m, bounds=bounds)
    return weather.read_elevation(rasters[0], crs=crs, cell_m=0.5 * cell_m)


def _sites(context: Context, crs: str) -> tuple[list[WindSite], dict[str, str]]:
    """Weather stations with a place, and where each place comes from.

    The place is that of the settings, else of a post of that name; the main station, where nobody states its
    place, is put in the middle of the case. Others without a place are left out.
    """
    from sootprint import weather

    place, stations = context.settings.place, context.table("stations").set_index("station_id")
    table = context.table("weather").dropna(subset=["wind_speed"])
    main = context.settings.engine.weather_station or weather.main_station(table)
    sites, said = [], {}
    stated = context.settings.engine.terrain.sites
    unknown = sorted(set(stated) - set(table["station_id"]))
    if unknown:
        raise ConfigError(
            f"weather station {unknown[0]!r} of the settings measured no wind",
            where=f"case.toml, [engine.terrain.sites.{unknown[0]}]",
            cure=f"one of: {', '.join(sorted(table['station_id'].unique()))}",
        )
    for name, rows in table.groupby("station_id", sort=True):
        station = str(name)
        range_ = stated.get(station)
        lon, lat = (range_.lon, range_.lat) if range_ else (None, None)
        word = "of the settings"
        if (lon is None or lat is None) and station in stations.index:
            lon, lat = (stations.loc[station, axis] for axis in ("lon", "lat"))
            word = "of the stations"
        if lon is None or lat is None or not np.isfinite([lon, lat]).all():
            if station != main or place.lon is None or place.lat is None:
                said[station] = LEFT_OUT
                continue
            lon, lat, word = place.lon, place.lat, ASSUMED
        x, y = project(np.array([lon]), np.array([lat]), crs)
        height = float(rows["measurement_height"].median())
        range_ = range_ or WindPlace()
        sites.append(
            weather.WindSite(
                station,
                float(x[0]),
                float(y[0]),
                kind=range_.kind,
                lowest_m=range_.lowest_m,
                highest_m=range_.highest_m,
                height_m=10.0 if np.isnan(height) else height,
            )
        )
        said[station] = word
    return sites, said


def _terrain_wind(context: Context) -> dict[str, Any]:
    import xarray as xr

    from sootprint import dispersion, weather
    from sootprint.dispersion.assembly import grid_convergence

    engine, place = context.settings.engine, context.settings.place
    basis = weather.WindBasis.load(context.record(BASIS) / BASIS_FILE)
    hours, profiles = context.table("meteorology"), None
    if is_layered(context.settings):
        hours, profiles, _ = layers_of(context)
    sources = context.table("sources").dropna(subset=["lon", "lat"])
    lon, lat = float(sources["lon"].mean()), float(sources["lat"].mean())
    wind, made = dispersion.terrain_wind(
        basis,
        hours,
        _readings(context, [site.site_id for site in basis.space.sites]),
        convergence=grid_convergence(lon, lat, case_crs(context.settings)),
        land_use=place.land_use,
        place=(lon, lat),
        profiles=profiles,
        column_options=engine.particles.get("columns"),
        options=engine.terrain.wind,
    )
    weights = xr.Dataset(
        {"weights": (("time", "pattern"), wind.weights)}, coords={"time": wind.time_start.to_numpy()}
    )
    return {
        WEIGHTS: weights,
        "terrain_wind_sites": made.sites,
        "terrain_wind_hours": made.hours,
        "terrain_wind_map": _map(basis, made, case_crs(context.settings)),
    }


def _map(basis: WindBasis, made: WindHours, crs: str) -> pd.DataFrame:
    """Mean wind at `MAP_HEIGHT_M` over the ground in the quarter of hours with the lightest wind."""
    from sootprint import weather

    sites = made.sites.assign(speed=np.hypot(made.sites["eastward_wind"], made.sites["northward_wind"]))
    speed = sites.groupby("time_start")["speed"].mean().reindex(made.time_start).to_numpy()
    light = np.flatnonzero(speed <= np.nanquantile(speed, LIGHT_SHARE))
    grid = basis.grid
    fields = basis.fields(made.weights[light].mean(axis=0))
    every = max(1, -(-max(grid.shape[1:]) // MAP_CELLS))
    x, y = (part.ravel() for part in np.meshgrid(grid.x[::every], grid.y[::every]))
    wind = weather.wind_at(fields, grid, x, y, np.full(x.size, MAP_HEIGHT_M))
    lon, lat = unproject(x, y, crs)
    table = pd.DataFrame(
        {
            "lon": lon,
            "lat": lat,
            "ground_m": grid.ground[::every, ::every].ravel(),
            "eastward_wind": np.ravel(wind.u),
            "northward_wind": np.ravel(wind.v),
            "height_m": MAP_HEIGHT_M,
            "hours": len(light),
            "largest_wind": float(np.nanmax(speed[light])),
        }
    )
    return schema.check(table, "terrain_wind_map")


def _readings(context: Context, sites: list[str]) -> pd.DataFrame:
    """Hourly wind of the sites."""
    from sootprint import weather

    table, parts = context.table("weather"), []
    for site in sites:
        hourly = weather.hourly_weather(table, site)
        height = hourly["measurement_height"].fillna(hourly["measurement_height"].median()).fillna(10.0)
        parts.append(hourly.assign(site_id=site, height_m=height))
    joined = pd.concat(parts, ignore_index=True).dropna(subset=["wind_speed"])
    lost = (joined["wind_speed"] > 0.0) & joined["wind_from_direction"].isna()
    kept = joined.loc[~lost, ["time_start", "site_id", "height_m", "wind_speed", "wind_from_direction"]]
    return kept.reset_index(drop=True)
