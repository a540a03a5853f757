"""Steps on what was measured: weather, norms, episodes, directions."""

from __future__ import annotations

from typing import Any

import numpy as np

from sootprint.case.config import Settings
from sootprint.case.flow.law import USE_SUSPECT, without_suspect_h2s
from sootprint.case.flow.reading import scope_utc
from sootprint.case.steps import Context, Evidence, Step
from sootprint.core import schema

DIRECTIONAL = ("wind_rose", "pollution_rose", "polar_plot", "direction_hour", "directional_sectors")


def air_steps(settings: Settings, evidence: list[Evidence]) -> list[Step]:
    """Steps ``weather``, ``norms``, ``episodes`` and ``directions``."""
    return [
        Step(
            "weather",
            "Derive the state of the air",
            _weather,
            needs=("weather",),
            settings=("place", "engine.weather_station", "engine.calm_m_s"),
            rooms=("core", "weather", "case/flow"),
        ),
        Step(
            "norms",
            "Compare with the norms",
            _norms,
            needs=("observations",),
            settings=("place.zone", "scope"),
            rooms=("core", "norms", "monitors", "case/flow"),
        ),
        Step(
            "episodes",
            "Find the episodes",
            _episodes,
            needs=("observations", "stagnation", "norms"),
            settings=("place.zone", "episodes", "seed"),
            rooms=("core", "monitors", "case/flow"),
        ),
        Step(
            "directions",
            "Ask the wind",
            _directions,
            needs=("observations", "h2s_quality", "weather"),
            settings=("place.zone", "engine.calm_m_s", "seed", USE_SUSPECT),
            rooms=("core", "monitors", "attribution/directional", "case/flow"),
        ),
    ]


def _weather(context: Context) -> dict[str, Any]:
    from sootprint import weather as room

    place, engine = context.settings.place, context.settings.engine
    table = context.table("weather")
    if table["wind_speed"].notna().sum() == 0 or place.lon is None or place.lat is None:
        empty = {name: schema.empty(name) for name in ("weather", "stagnation", "findings")}
        return {
            "meteorology": empty["weather"],
            "stagnation": empty["stagnation"],
            "weather_findings": empty["findings"],
        }
    station = engine.weather_station or room.main_station(table)
    hourly = room.hourly_weather(table, station)
    derived, findings = room.derive(
        hourly.drop(columns="samples", errors="ignore"), lon=place.lon, lat=place.lat, land_use=place.land_use
    )
    stagnation = room.stagnation(derived, calm_m_s=engine.calm_m_s)
    return {"meteorology": derived, "stagnation": stagnation, "weather_findings": findings}


def _norms(context: Context) -> dict[str, Any]:
    from sootprint import monitors, norms

    settings = context.settings
    observations = context.table("observations")
    table = norms.load(settings.scope.jurisdictions, sorted(observations["pollutant"].unique()))
    first, last = scope_utc(settings)
    period = (first, last) if first is not None and last is not None else None
    exceedances, hours = monitors.assess(observations, table, zone=settings.place.zone, period=period)
    daily = monitors.means(observations, 86400.0, zone=settings.place.zone)
    return {"norms": table, "exceedances": exceedances, "exceedance_hours": hours, "means": daily}


def _episodes(context: Context) -> dict[str, Any]:
    from sootprint.monitors import episodes as room

    settings = context.settings
    given: dict[str, Any] = {"zone": settings.place.zone, "options": settings.episodes}
    tables = [context.table(name) for name in ("observations", "stagnation", "norms")]
    rng = np.random.default_rng([settings.seed, 1])
    return {
        "episodes": room.find_episodes(*tables, **given),
        "stagnation_link": room.stagnation_link(*tables, rng=rng, **given),
    }


def _directions(context: Context) -> dict[str, Any]:
    from sootprint.attribution import directional

    settings = context.settings
    observations, weather = without_suspect_h2s(context), context.table("weather")
    if observations.empty or weather["wind_speed"].notna().sum() == 0:
        return {name: schema.empty(name) for name in DIRECTIONAL}
    calm, seed = settings.engine.calm_m_s, settings.seed
    joined = directional.join_hourly(observations, weather, zone=settings.place.zone, calm_speed=calm)
    sector_options = directional.SectorOptions(calm_speed=calm, seed=seed)
    context.progress("roses")
    made = {
        "wind_rose": directional.wind_rose(weather, calm_speed=calm),
        "pollution_rose": directional.pollution_rose(joined, calm_speed=calm, seed=seed),
        "direction_hour": directional.direction_hour(joined, calm_speed=calm),
        "directional_sectors": directional.directional_sectors(joined, options=sector_options),
    }
    context.progress("polar plots")
    made["polar_plot"] = directional.polar_plot(joined)
    return {name: schema.check(table, name) for name, table in made.items()}
