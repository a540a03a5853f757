"""Step on directions: what the wind says of where the load came from, before any dispersion model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from sootprint.case.config import Settings
from sootprint.case.flow.law import USE_SUSPECT, without_suspect_h2s
from sootprint.case.steps import Context, Evidence, Step
from sootprint.core import schema

DIRECTIONAL = (
    "wind_rose", "pollution_rose", "polar_plot", "direction_hour", "directional_sectors", "percentile_rose",
    "time_variation", "polar_statistic", "polar_annulus", "polar_clusters", "polar_cluster_shares", "trends",
    "smooth_trends", "triangulation", "triangulation_regions", "triangulation_bearings",
)  # fmt: skip
"""Tables that the step makes."""

LEADING = 2
"""Pollutants with the largest multiples of a norm: those that the costly methods are run for."""

LEAST_HOURS_OVER = 24
"""Hours over a norm from which its level is the threshold of the conditional probability."""

TREND_MONTHS = 24
"""Months with enough hours from which a trend is told from a season."""


def direction_steps(settings: Settings, evidence: list[Evidence]) -> list[Step]:
    """The step ``directions``."""
    return [
        Step(
            "directions",
            "Ask the wind",
            _directions,
            needs=("observations", "h2s_quality", "weather", "stations", "exceedances"),
            settings=("place.zone", "engine.calm_m_s", "seed", USE_SUSPECT),
            rooms=("core", "monitors", "attribution/directional", "case/flow"),
        )
    ]


def _directions(context: Context) -> dict[str, Any]:
    from sootprint.attribution import directional as d

    settings = context.settings
    observations, weather = without_suspect_h2s(context), context.table("weather")
    if observations.empty or weather["wind_speed"].notna().sum() == 0:
        return {name: schema.empty(name) for name in DIRECTIONAL}
    calm, seed = settings.engine.calm_m_s, settings.seed
    joined = d.join_hourly(observations, weather, zone=settings.place.zone, calm_speed=calm)
    exceedances = context.table("exceedances")
    thresholds = norm_thresholds(exceedances)
    names = leading_pollutants(exceedances, joined)
    leading = joined.loc[joined["pollutant"].isin(names)]
    first = leading.loc[leading["pollutant"].isin(names[:1])]
    context.progress("roses")
    levels = {pair: level for pair, (level, _norm) in thresholds.items()}
    made = {
        "wind_rose": d.wind_rose(weather, calm_speed=calm),
        "pollution_rose": d.pollution_rose(joined, thresholds=levels, calm_speed=calm, seed=seed),
        "direction_hour": d.direction_hour(joined, calm_speed=calm),
        "directional_sectors": d.directional_sectors(
            joined, options=d.SectorOptions(calm_speed=calm, seed=seed)
        ),
        "percentile_rose": d.percentile_rose(leading, sectors=16, calm_speed=calm, seed=seed),
    }
    context.progress("polar plots")
    clusters = d.polar_clusters(leading)
    made |= {
        "polar_plot": d.polar_plot(joined),
        "polar_statistic": _exceedance_surfaces(leading, thresholds),
        "polar_annulus": d.polar_annulus(first, zone=settings.place.zone, calm_speed=calm),
        "polar_clusters": clusters,
        "polar_cluster_shares": d.cluster_shares(leading, clusters),
    }
    context.progress("days, weeks and years")
    trend = d.TrendOptions(minimum_months=TREND_MONTHS, seed=seed)
    made |= {
        "time_variation": d.time_variation(joined, seed=seed),
        "trends": d.theil_sen_trend(joined, options=trend),
        "smooth_trends": d.smooth_trend(joined, options=trend),
    }
    context.progress("back-triangulation")
    made |= _origins(leading, context.table("stations"), calm, seed)
    return {name: schema.check(made[name], name) for name in DIRECTIONAL}


def leading_pollutants(exceedances: pd.DataFrame, joined: pd.DataFrame) -> list[str]:
    """Pollutants with hours, the largest multiple of a norm first, then by name; at most `LEADING`."""
    ratio = exceedances.dropna(subset=["ratio"]).groupby("pollutant")["ratio"].max()
    worst = {str(name): float(value) for name, value in ratio.items()}
    known = sorted(set(joined.loc[joined["reason"] == "served", "pollutant"].astype(str)))
    return sorted(known, key=lambda name: (-worst.get(name, -1.0), name))[:LEADING]


def norm_thresholds(exceedances: pd.DataFrame) -> dict[tuple[str, str], tuple[float, str]]:
    """Level and identifier of the norm for the conditional probability of each post and pollutant.

    It is the lowest limit or guideline in force that hours (or shorter readings) are set against and that
    at least `LEAST_HOURS_OVER` of them exceeded; a pair without one is not in the result.
    """
    rows = exceedances.loc[
        exceedances["kind"].isin(["limit", "guideline"])
        & (exceedances["in_force"] != "no")
        & (exceedances["averaging_s"] <= 3600.0)
        & (exceedances["n_exceedances"] * exceedances["averaging_s"] / 3600.0 >= LEAST_HOURS_OVER)
    ].sort_values(["limit_ugm3", "norm_id"], ascending=[False, False], kind="stable")
    return {
        (str(row.station_id), str(row.pollutant)): (float(row.limit_ugm3), str(row.norm_id))
        for row in rows.itertuples(index=False)
    }


def _exceedance_surfaces(
    joined: pd.DataFrame, thresholds: dict[tuple[str, str], tuple[float, str]]
) -> pd.DataFrame:
    """Conditional probability over the wind: of the norm, or of the tenth of hours with most."""
    from sootprint.attribution import directional as d

    def surfaces() -> Iterator[pd.DataFrame]:
        for (post, pollutant), group in joined.groupby(["station_id", "pollutant"], sort=True):
            level, norm = thresholds.get((str(post), str(pollutant)), (None, None))
            options = d.PolarOptions(statistic="cpf", threshold=level, fine=51)
            yield d.polar_statistic(group, options=options).assign(norm_id=norm)

    made = [table for table in surfaces() if len(table)]
    return (
        schema.check(pd.concat(made, ignore_index=True), "polar_statistic")
        if made
        else (schema.empty("polar_statistic"))
    )


def _origins(joined: pd.DataFrame, stations: pd.DataFrame, calm: float, seed: int) -> dict[str, pd.DataFrame]:
    """Tables of the back-triangulation; empty with under two posts that have a place and wind."""
    from sootprint.attribution import directional as d

    placed = stations.dropna(subset=["lon", "lat"])["station_id"].astype(str)
    rows = joined.loc[(joined["reason"] == "served") & joined["station_id"].isin(placed)]
    if rows["station_id"].nunique() < 2:
        names = ("triangulation", "triangulation_regions", "triangulation_bearings")
        return {name: schema.empty(name) for name in names}
    options = d.TriangulationOptions(bearing=d.BearingOptions(calm_speed=calm, seed=seed))
    found = d.triangulate(rows, stations, options=options)
    return {
        "triangulation": found.cells,
        "triangulation_regions": found.regions,
        "triangulation_bearings": found.bearings,
    }
