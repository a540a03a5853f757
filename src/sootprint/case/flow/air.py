"""Steps on what was measured: weather, norms, episodes."""

from __future__ import annotations

from typing import Any

import numpy as np

from sootprint.case.config import Settings
from sootprint.case.flow.reading import scope_utc
from sootprint.case.steps import Context, Evidence, Step
from sootprint.core import schema


def air_steps(settings: Settings, evidence: list[Evidence]) -> list[Step]:
    """Steps ``weather``, ``norms`` and ``episodes``."""
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
