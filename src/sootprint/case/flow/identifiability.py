"""Step ``identifiability``: what the readings could decide, before any share is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.case.flow.dispersing import INLET_HEIGHT_M, USABLE, disperse, prior_rates
from sootprint.case.flow.law import without_suspect_h2s
from sootprint.case.flow.reading import case_crs
from sootprint.case.steps import Context, Step
from sootprint.core import geo, schema

if TYPE_CHECKING:
    import xarray as xr

    from sootprint.attribution.identifiability import Identifiability, Network
    from sootprint.attribution.inverse import Options as FitOptions

NEEDS = (
    *("operator", "observations", "h2s_quality", "stations", "sources", "emissions"),
    *("meteorology", "episodes"),
)
SETTINGS = ("place", "engine", "attribution")
ROOMS = ("core", "sources", "dispersion", "attribution/identifiability", "attribution/inverse", "case/flow")

TABLES = (
    "identifiability_sources",
    "identifiability_pairs",
    "identifiability_groups",
    "visibility_summary",
    "next_posts",
    "deciding_observations",
)

GRID = 7
"""Candidate posts along each side of the grid."""

GRID_MARGIN = 0.05
"""Share of the extent of posts and sources that the grid reaches beyond them [1]."""

LEAST_EXTENT_M = 2000.0
"""Side of the smallest grid [m]."""

CANDIDATE_HOURS = 480
"""Hours for which candidate posts are tried; of a longer period evenly spaced days stand for all."""

POSTS_NAMED = 3
"""Posts that are chosen one after the other for each pollutant."""


def identifiability_steps(layered: tuple[str, ...]) -> list[Step]:
    """The step ``identifiability``; ``layered`` names the weather files that a layered engine reads."""
    return [
        Step(
            "identifiability",
            "Ask what the readings could decide",
            _identifiability,
            needs=NEEDS,
            settings=(*SETTINGS, *(f"files:{name}" for name in layered)),
            rooms=(*ROOMS, "weather") if layered else ROOMS,
            evidence=layered,
        )
    ]


def _identifiability(context: Context) -> dict[str, Any]:
    from sootprint.attribution import identifiability as room

    nets = networks(context)
    if not nets:
        return {name: schema.empty(name) for name in TABLES} | {"identifiability_rules": {}}
    options = room_options(context)
    air = context.table("meteorology")
    wind = air.drop_duplicates("time_start").set_index("time_start")["wind_from_direction"]
    found: dict[str, Identifiability] = {}
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    for pollutant, net in nets.items():
        context.progress(pollutant)
        found[pollutant] = room.averaging_kernel(net, options=options)
        seen = room.visibility(net)
        episodes = context.table("episodes")
        zone = context.settings.place.zone
        parts["visibility_summary"].append(seen.summary(zone=zone, episodes=episodes, wind_from=wind))
        parts["identifiability_sources"].append(found[pollutant].sources_table())
        parts["identifiability_pairs"].append(found[pollutant].pairs_table())
        parts["identifiability_groups"].append(found[pollutant].groups_table())
    context.progress("next post")
    places = candidate_places(context)
    grid, repeat = candidate_operator(context, places, nets)
    for item in found.values():
        net = candidates(context, item.network, grid)
        posts, deciding = _more_posts(item, net, found, places, repeat, outlets_of(context))
        parts["next_posts"].append(posts)
        parts["deciding_observations"].append(deciding)
    made: dict[str, Any] = {
        name: schema.check(pd.concat(tables, ignore_index=True), name) for name, tables in parts.items()
    }
    return made | {"identifiability_rules": rules_of(options, _least_wind(context), grid, repeat)}


def _least_wind(context: Context) -> float:
    """Wind [m s⁻¹] from which on some hour of the case tells of rates."""
    from sootprint.attribution.inverse.light_wind import least_wind

    return float(least_wind(context.dataset("operator"), fit_options(context)).min(initial=np.inf))


def rules_of(options: Any, least: float, grid: xr.Dataset, repeat: float) -> dict[str, float]:
    """Settings by which it was judged what is decidable, for whoever reads the tables."""
    return {
        "decidable": options.decidable,
        "group_correlation": options.group_correlation,
        "group_cosine": options.group_cosine,
        "prior_spread": options.spread,
        "minimum_wind_m_s": least,
        "candidate_hours": int(grid.sizes["time"]),
        "candidate_repeat": round(repeat, 3),
    }


def _more_posts(
    found: Identifiability,
    grid: Network,
    every: dict[str, Identifiability],
    places: pd.DataFrame,
    repeat: float,
    outlets: set[str],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables ``next_posts`` and ``deciding_observations`` of one pollutant."""
    from sootprint.attribution import identifiability as room

    information = room.post_information(grid, repeat=repeat)
    posts = room.next_monitor(
        found,
        grid,
        count=POSTS_NAMED,
        places=places.rename(columns={"receptor_id": "station_id"}),
        information=information,
    )
    others = [item for name, item in every.items() if name != found.network.pollutant]
    deciding = room.what_would_decide(
        found, posts=grid, information=information, others=others, outlets=outlets
    )
    return posts, deciding


def fit_options(context: Context) -> FitOptions:
    """Settings of the fit, as the case states them."""
    from sootprint.attribution import inverse

    return inverse.Options(**context.settings.attribution.options)


def room_options(context: Context) -> Any:
    """Settings of the analysis: groups and what is decidable are those of the fit."""
    from sootprint.attribution import identifiability as room

    fit = fit_options(context)
    return room.Options(
        decidable=fit.decidable, group_correlation=fit.group_correlation, group_cosine=fit.group_cosine
    )


def networks(context: Context) -> dict[str, Network]:
    """What each measured pollutant could be inferred from, by pollutant; empty without hours or rates.

    A pollutant without any reading above zero has no level by which errors could be judged, and is left out.
    """
    from sootprint.attribution.inverse.light_wind import windy_hours

    operator = context.dataset("operator").load()
    observations = without_suspect_h2s(context)
    hourly = observations[
        (observations["duration_s"] == 3600)
        & observations["flag"].isin(USABLE)
        & observations["value_ugm3"].notna()
        & observations["station_id"].isin([str(name) for name in operator["receptor"].to_numpy()])
    ]
    rates = prior_rates(context.table("emissions"), context.table("sources"), None)
    rates = rates[rates["pollutant"].isin(hourly["pollutant"]) & rates["rate_g_s"].notna()]
    if operator.sizes["time"] == 0 or rates.empty:
        return {}
    windy = windy_hours(operator, context.table("meteorology"), fit_options(context))
    light = np.zeros(operator.sizes["time"], bool) if windy is None else ~windy
    return {
        str(pollutant): _network(context, operator, own, rates, light)
        for pollutant, own in hourly.groupby("pollutant", sort=True)
        if (rates["pollutant"] == pollutant).any() and (own["value_ugm3"] > 0).any()
    }


def _network(
    context: Context,
    operator: xr.Dataset,
    readings: pd.DataFrame,
    rates: pd.DataFrame,
    light: NDArray[np.bool_],
) -> Network:
    """Network of one pollutant at the posts that measure it."""
    from sootprint.attribution import identifiability as room

    pollutant = str(readings["pollutant"].iloc[0])
    posts = [
        name for name in map(str, operator["receptor"].to_numpy()) if name in set(readings["station_id"])
    ]
    own = operator.sel(receptor=posts)
    limit = readings["detection_limit_ugm3"].astype(float).max()
    return room.make_network(
        own,
        wide_rates(rates),
        pollutant,
        activity=activity_of(context, own, rates, pollutant),
        readings=measured_hours(own, readings),
        light=light,
        stacks=stacks_of(context),
        error=room.expected_errors(readings["value_ugm3"].to_numpy(float), limit, fit_options(context)),
    )


def wide_rates(rates: pd.DataFrame) -> pd.DataFrame:
    """Rates that may all be plainly wrong, whatever uncertainty they state: column ``spread`` [1]."""
    from sootprint.attribution import identifiability as room

    stated = np.sqrt(np.log1p(rates["relative_uncertainty"].to_numpy(float, na_value=0.0) ** 2))
    made = rates[["source_id", "pollutant", "rate_g_s"]]
    return made.assign(spread=np.maximum(stated, room.Options().spread))


def activity_of(context: Context, operator: xr.Dataset, rates: pd.DataFrame, pollutant: str) -> pd.DataFrame:
    """Factors on the mean rate from the named time profiles, a row an hour and a column a source."""
    from sootprint.sources import time_profile_factors

    times = pd.DatetimeIndex(operator["time"].to_numpy())
    rows = rates[(rates["pollutant"] == pollutant) & rates["time_profile"].fillna("").ne("")]
    zone = context.settings.place.zone
    made = {
        str(row.source_id): np.asarray(time_profile_factors(str(row.time_profile), times, zone), float)
        for row in rows.itertuples(index=False)
    }
    return pd.DataFrame(made, index=times)


def stacks_of(context: Context) -> set[str]:
    """Sources of the class of stacks, as the fit divides them."""
    sources, least = context.table("sources"), fit_options(context).stack_height
    high = (sources["kind"] == "point") & (sources["height_m"].astype(float) >= least)
    return set(sources.loc[high, "source_id"].astype(str))


def outlets_of(context: Context) -> set[str]:
    """Sources with one stack, in which can be measured."""
    sources = context.table("sources")
    return set(sources.loc[sources["kind"] == "point", "source_id"].astype(str))


def measured_hours(operator: xr.Dataset, readings: pd.DataFrame) -> xr.DataArray:
    """Whether a post has a usable hourly reading, bool on ``time, receptor``."""
    import xarray as xr

    times = pd.DatetimeIndex(operator["time"].to_numpy()).as_unit("us")
    hour = times.get_indexer(pd.DatetimeIndex(readings["time_start"]).as_unit("us"))
    post = pd.Index([str(name) for name in operator["receptor"].to_numpy()]).get_indexer(
        readings["station_id"].astype(str)
    )
    made = np.zeros((len(times), operator.sizes["receptor"]), bool)
    kept = (hour >= 0) & (post >= 0)
    made[hour[kept], post[kept]] = True
    coords = {name: operator[name] for name in ("time", "receptor")}
    return xr.DataArray(made, dims=("time", "receptor"), coords=coords)


def candidate_places(context: Context, *, side: int = GRID) -> pd.DataFrame:
    """Middles of a square grid over posts and sources: ``receptor_id, lon, lat, height_m``.

    Squares are named as on a chess board, letters from west to east and numbers from south to north.
    """
    places = pd.concat([context.table(name)[["lon", "lat"]] for name in ("stations", "sources")]).dropna()
    crs = case_crs(context.settings)
    x, y = geo.project(places["lon"], places["lat"], crs)
    half = max((0.5 + GRID_MARGIN) * max(np.ptp(x), np.ptp(y)), 0.5 * LEAST_EXTENT_M)
    offset = half * ((2.0 * np.arange(side) + 1.0) / side - 1.0)
    east, north = np.meshgrid(0.5 * (x.min() + x.max()) + offset, 0.5 * (y.min() + y.max()) + offset)
    lon, lat = geo.unproject(east.ravel(), north.ravel(), crs)
    names = [f"{chr(65 + column)}{row + 1}" for row in range(side) for column in range(side)]
    return pd.DataFrame({"receptor_id": names, "lon": lon, "lat": lat, "height_m": INLET_HEIGHT_M})


def candidate_operator(
    context: Context, places: pd.DataFrame, nets: dict[str, Network]
) -> tuple[xr.Dataset, float]:
    """Operator at candidate places in the hours that a fit can use, and how many times as many there are.

    Of more than `CANDIDATE_HOURS` hours evenly spaced whole days are taken.
    """
    net = next(iter(nets.values()))
    emitting = sorted({name for item in nets.values() for name in item.sources})
    sources = context.table("sources")
    sources = sources[sources["source_id"].isin(emitting)]
    usable = net.times[~net.light & ~net.calm]
    days = usable.floor("D").unique()
    wanted = max(1, round(len(days) * min(1.0, CANDIDATE_HOURS / max(len(usable), 1))))
    kept = days[np.unique(np.linspace(0, len(days) - 1, wanted).round().astype(int))] if len(days) else days
    air = context.table("meteorology")
    hours = usable[usable.floor("D").isin(kept)]
    air = air[pd.DatetimeIndex(air["time_start"]).as_unit("us").isin(hours)]
    made = disperse(context, sources, places, air.reset_index(drop=True))
    return made, len(usable) / max(len(hours), 1)


def candidates(context: Context, net: Network, grid: xr.Dataset) -> Network:
    """Network of one pollutant at candidate places: a reading in every hour, errors as at the posts."""
    from sootprint.attribution import identifiability as room

    rates = prior_rates(context.table("emissions"), context.table("sources"), None)
    own = rates[(rates["pollutant"] == net.pollutant) & rates["rate_g_s"].notna()]
    return room.make_network(
        grid,
        wide_rates(own),
        net.pollutant,
        activity=activity_of(context, grid, own, net.pollutant),
        stacks=stacks_of(context),
        error=net.error,
    )
