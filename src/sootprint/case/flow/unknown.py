"""Step ``unknown``: sources that nobody declared, from the posts together or from one post alone."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sootprint.case.config import Settings
from sootprint.case.flow.dispersing import INLET_HEIGHT_M, disperse, prior_rates
from sootprint.case.flow.law import USE_SUSPECT, without_suspect_h2s
from sootprint.case.flow.layers import is_layered, layer_files
from sootprint.case.flow.reading import case_crs
from sootprint.case.flow.terrain import TERRAIN_INPUTS
from sootprint.case.steps import Context, Evidence, Step
from sootprint.core import schema
from sootprint.core.findings import Finding, findings_table

TABLES = (
    *("unknown_areas", "unknown_posts", "unknown_candidates", "unknown_hours", "unknown_search"),
    "unknown_directions",
)
"""Tables of the step."""

LEAST_POSTS = 3
"""Posts from which places are looked for where there is no inventory: fewer give directions only."""

MOST_POSTS = 4
"""Posts whose directions are searched where there is no inventory: those with the largest mean."""


def unknown_steps(settings: Settings, evidence: list[Evidence]) -> list[Step]:
    """The step ``unknown``; none where the settings leave it out."""
    if not settings.unknown.search:
        return []
    layered = layer_files(settings, evidence)
    return [
        Step(
            "unknown",
            "Look for sources that nobody declared",
            _unknown,
            needs=(
                *("operator", "observations", "h2s_quality", "stations", "sources", "emissions"),
                *("weather", "meteorology"),
                *TERRAIN_INPUTS,
            ),
            settings=(
                "place",
                "engine",
                "unknown",
                "seed",
                USE_SUSPECT,
                *(f"files:{name}" for name in layered),
            ),
            rooms=("core", "sources", "weather", "dispersion", "attribution/unknown", "case/flow"),
            evidence=layered,
        )
    ]


def _unknown(context: Context) -> dict[str, Any]:
    made: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    findings: list[Finding] = []
    observations = without_suspect_h2s(context)
    stations = context.table("stations").dropna(subset=["lon", "lat"])
    air = context.table("meteorology")
    usable = observations.loc[observations["flag"].isin(["valid", "below_detection"])]
    wanted = [name for name in context.settings.unknown.pollutants if (usable["pollutant"] == name).any()]
    inventory = context.has("operator") and len(context.table("sources")) > 0
    if len(stations) and len(air) and air["wind_speed"].notna().any():
        for pollutant in wanted:
            posts = _posts(usable, stations, pollutant)
            if posts.empty:
                continue
            if inventory or len(posts) >= LEAST_POSTS:
                context.progress(f"places: {pollutant}")
                _places(context, observations, posts, pollutant, inventory, made)
            if not inventory:
                context.progress(f"directions: {pollutant}")
                _directions(context, observations, posts.head(MOST_POSTS), pollutant, made, findings)
    return {
        **{
            name: schema.check(pd.concat(parts, ignore_index=True), name) if parts else schema.empty(name)
            for name, parts in made.items()
        },
        "unknown_findings": findings_table(findings),
    }


def _posts(usable: pd.DataFrame, stations: pd.DataFrame, pollutant: str) -> pd.DataFrame:
    """Posts with coordinates and readings of a pollutant, the largest mean first."""
    mean = usable.loc[usable["pollutant"] == pollutant].groupby("station_id")["value_ugm3"].mean()
    ranked = stations.assign(mean=stations["station_id"].map(mean).astype(float)).dropna(subset=["mean"])
    return ranked.sort_values(["mean", "station_id"], ascending=[False, True]).drop(columns="mean")


def _receptors(stations: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "receptor_id": stations["station_id"].astype(str),
            "lon": stations["lon"],
            "lat": stations["lat"],
            "height_m": stations["inlet_height_m"].fillna(INLET_HEIGHT_M),
        }
    )


def _places(
    context: Context,
    observations: pd.DataFrame,
    posts: pd.DataFrame,
    pollutant: str,
    inventory: bool,
    made: dict[str, list[pd.DataFrame]],
) -> None:
    """Areas from all posts together, beside the declared sources."""
    from sootprint.attribution import unknown

    settings = context.settings
    crs = case_crs(settings)
    grid = unknown.candidate_grid(
        posts, spacing_m=settings.unknown.spacing_m, reach_m=settings.unknown.reach_m, crs=crs
    )
    rates = schema.empty("rates")
    declared = activity = None
    receptors = context.table("stations").dropna(subset=["lon", "lat"])
    if inventory:
        declared = context.dataset("operator").load()
        rates = prior_rates(context.table("emissions"), context.table("sources"), None)
        activity = _activity(declared, rates, pollutant, settings.place.zone)
    found = unknown.find_unknown(
        declared,
        disperse(context, grid, _receptors(receptors)),
        observations,
        rates,
        pollutant,
        grid=grid,
        stations=receptors,
        sources=context.table("sources"),
        activity=activity,
        weather=context.table("meteorology"),
        reading_factor=settings.unknown.reading_factor,
        crs=crs,
        options=unknown.Options(**settings.unknown.options),
        seed=settings.seed,
    )
    for name in ("areas", "posts", "candidates", "hours", "search"):
        made[f"unknown_{name}"].append(getattr(found, name))


def _activity(operator: Any, rates: pd.DataFrame, pollutant: str, zone: str) -> pd.DataFrame:
    """Factor of each hour of the sources that declare a time profile."""
    from sootprint import sources as room

    times = pd.DatetimeIndex(operator["time"].to_numpy())
    own = rates.loc[(rates["pollutant"] == pollutant) & rates["time_profile"].fillna("").ne("")]
    return pd.DataFrame(
        {
            str(name): room.time_profile_factors(profile, times, zone)
            for name, profile in zip(own["source_id"], own["time_profile"], strict=True)
        },
        index=times,
    )


def _directions(
    context: Context,
    observations: pd.DataFrame,
    posts: pd.DataFrame,
    pollutant: str,
    made: dict[str, list[pd.DataFrame]],
    findings: list[Finding],
) -> None:
    """Sector and implied emission at each post, for each possible state of the air."""
    from sootprint import weather as room
    from sootprint.attribution import unknown

    settings = context.settings
    place = settings.place
    layered = is_layered(settings)
    if layered or place.lon is None or place.lat is None:
        airs = {unknown.OBSERVED: context.table("meteorology")}
    else:
        table = context.table("weather")
        station = settings.engine.weather_station or room.main_station(table)
        hourly = room.hourly_weather(table, station).drop(columns="samples", errors="ignore")
        airs = unknown.air_states(hourly, lon=place.lon, lat=place.lat, land_use=place.land_use)
    if len(airs) > 1:
        findings.append(
            Finding(
                "UNKNOWN-AIR-ASSUMED", "info", "weather",
                "the implied emission is spread over assumed skies, mixing heights and temperatures",
                "add cloud or radiation, a mixing height and the air temperature to the weather",
                value=", ".join(airs),
            )
        )  # fmt: skip
    for post in posts["station_id"].astype(str):
        one = posts.loc[posts["station_id"].astype(str) == post]
        grid = unknown.ring_grid(one, distances_m=settings.unknown.distances_m, crs=case_crs(settings))
        operators = {name: disperse(context, grid, _receptors(one), air).load() for name, air in airs.items()}
        found = unknown.find_direction(
            operators,
            observations,
            pollutant,
            grid=grid,
            weather=next(iter(airs.values())) if not layered else None,
            reading_factor=settings.unknown.reading_factor,
            options=unknown.direction_options(settings.unknown.direction_options),
            seed=settings.seed,
        )
        made["unknown_directions"].append(found.directions)
        made["unknown_hours"].append(found.hours)
