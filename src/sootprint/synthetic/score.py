"""Findings of an investigation against the truth of a synthetic city."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.synthetic.truth import Truth

if TYPE_CHECKING:
    from sootprint.synthetic.city import City


def truth_tables(city: City) -> dict[str, pd.DataFrame]:
    """Truth of a city as tables that can be kept as Parquet.

    Returns
    -------
    dict of str to DataFrame
        ``true_rates`` (the ``rate_table``), ``true_sources``, ``true_weather``, ``true_emissions``
        (source_id, pollutant, time_start, rate_g_s), ``true_contributions`` (time_start, station_id,
        source_id or ``background``, pollutant, value_ugm3), ``true_faults`` (fault, count) and
        ``true_notice``.
    """
    emissions = city.truth.to_series().rename("rate_g_s").reset_index()
    parts = city.truth_contributions["contribution"].to_series().rename("value_ugm3").reset_index()
    base = city.truth_contributions["background"].to_series().rename("value_ugm3").reset_index()
    names = {"time": "time_start", "station": "station_id", "source": "source_id"}
    parts = pd.concat(
        [
            parts.rename(columns=names),
            base.rename(columns=names).assign(station_id="all", source_id="background"),
        ],
        ignore_index=True,
    )
    return {
        "true_rates": city.rate_table.copy(),
        "true_sources": city.true_sources.copy(),
        "true_weather": city.true_weather.copy(),
        "true_emissions": emissions.rename(columns=names),
        "true_contributions": parts,
        "true_faults": pd.DataFrame({"fault": list(city.faults), "count": list(city.faults.values())}),
        "true_notice": pd.DataFrame({"notice": [city.notice]}),
    }


def scorecard(
    city: City | Truth, attribution_sources: pd.DataFrame, inspections: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Table ``scorecard``: true, declared and inferred mean rate of each source and pollutant.

    Parameters
    ----------
    city : City or Truth
    attribution_sources : DataFrame
        Table ``attribution_sources``.
    inspections : DataFrame, optional
        Table ``inspections``, for the rank.

    Raises
    ------
    InputError
        If the attribution names a source or pollutant that the city does not have.
    """
    columns = ["source_id", "pollutant", "inferred_g_s", "inferred_q05_g_s", "inferred_q95_g_s"]
    truth = city.rate_table[["source_id", "pollutant", "true_g_s", "declared_g_s", "wrongly_declared"]]
    table = truth.merge(attribution_sources[columns], on=["source_id", "pollutant"], how="right")
    if table["true_g_s"].isna().any():
        first = table.loc[table["true_g_s"].isna()].iloc[0]
        raise InputError(
            f"the synthetic city has no truth for {first['source_id']}, {first['pollutant']}",
            rule="a scorecard compares an investigation with its own city",
            cure="score the case against the seed that made it",
        )
    table["holds"] = _holds(table["true_g_s"], table["inferred_q05_g_s"], table["inferred_q95_g_s"])
    table["rank"] = pd.NA
    if inspections is not None and len(inspections):
        best = inspections.groupby(["source_id", "pollutant"])["rank"].min()
        keys = pd.MultiIndex.from_frame(table[["source_id", "pollutant"]])
        table["rank"] = best.reindex(keys).to_numpy()
    table = table.sort_values(["pollutant", "source_id"], kind="stable", ignore_index=True)
    return schema.check(table[schema.columns("scorecard")], "scorecard")


def episode_scorecard(
    city: City | Truth,
    attribution_episodes: pd.DataFrame,
    episodes: pd.DataFrame,
    operator_hours: pd.DataFrame,
    observations: pd.DataFrame,
    attribution_sources: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Table ``scorecard_episodes``: true and inferred contributions over the same readings.

    The truth is averaged over exactly those post-hours that the attribution rests on: hours of the episode
    that the engine served and in which the post gave a usable reading (``valid`` or
    ``below_detection``). The row ``all`` weighs every such reading alike. Hours that the engine cannot
    serve are in neither side of the comparison: what they held is no part of this score.

    Parameters
    ----------
    city : City or Truth
    attribution_episodes, episodes, operator_hours, observations : DataFrame
        Tables of those names, as the investigation made and read them.
    attribution_sources : DataFrame, optional
        Table ``attribution_sources``; names the members of groups. Without it groups are not scored.

    Raises
    ------
    InputError
        If an episode is not in ``episodes`` or a source not in the city.
    """
    served = pd.DatetimeIndex(operator_hours.loc[operator_hours["reason"] == "served", "time_start"])
    usable = _usable(city, observations)
    rows = []
    for (episode_id, pollutant), part in attribution_episodes.groupby(["episode_id", "pollutant"], sort=True):
        mask = usable.sel(pollutant=pollutant) & usable["time"].isin(served)
        mask = mask & _within(str(episode_id), episodes, usable["time"])
        truth = city.truth_contributions.sel(pollutant=pollutant)
        weight = mask / mask.sum()
        over_all = (truth["contribution"] * weight).sum(["time", "station"])
        base_all = float((truth["background"] * weight).sum())
        own = mask / mask.sum("time").where(mask.any("time"))
        by_post = (truth["contribution"] * own).sum("time")
        base_by_post = (truth["background"] * own).sum("time")
        groups = _members(attribution_sources, str(pollutant))
        for item in part.itertuples():
            if item.component == "background":
                value = (
                    base_all if item.station_id == "all" else float(base_by_post.sel(station=item.station_id))
                )
            elif item.component in ("source", "group"):
                names = (
                    [item.source_id] if item.component == "source" else groups.get(str(item.source_id), [])
                )
                if not names:
                    continue
                chosen = over_all if item.station_id == "all" else by_post.sel(station=item.station_id)
                value = float(_of_sources(chosen, names))
            else:
                continue
            rows.append(
                {
                    "episode_id": episode_id,
                    "pollutant": pollutant,
                    "station_id": item.station_id,
                    "component": item.component,
                    "source_id": item.source_id,
                    "true_ugm3": value,
                    "inferred_ugm3": item.contribution_ugm3,
                    "inferred_q05_ugm3": item.q05_ugm3,
                    "inferred_q95_ugm3": item.q95_ugm3,
                    "hours_served": item.hours_served,
                }
            )
    table = pd.DataFrame(rows, columns=[c for c in schema.columns("scorecard_episodes") if c != "holds"])
    table["holds"] = _holds(table["true_ugm3"], table["inferred_q05_ugm3"], table["inferred_q95_ugm3"])
    return schema.check(table[schema.columns("scorecard_episodes")], "scorecard_episodes")


def _holds(true: pd.Series, low: pd.Series, high: pd.Series) -> np.ndarray:
    return (true.to_numpy(float) >= low.to_numpy(float)) & (true.to_numpy(float) <= high.to_numpy(float))


def _usable(city: City | Truth, observations: pd.DataFrame) -> xr.DataArray:
    """Whether a post gave a usable hourly reading: time, station, pollutant."""
    parts = city.truth_contributions
    measured = (observations["flag"] == "valid") & observations["value_ugm3"].notna()
    censored = (observations["flag"] == "below_detection") & (
        observations["value_ugm3"].notna() | observations["detection_limit_ugm3"].notna()
    )
    rows = observations.loc[(measured | censored) & (observations["duration_s"] == 3600)]
    made = xr.zeros_like(parts["contribution"].isel(source=0, drop=True), dtype=bool)
    place = [
        pd.Index(parts[name].values).get_indexer(rows[column])
        for name, column in (("time", "time_start"), ("station", "station_id"), ("pollutant", "pollutant"))
    ]
    known = np.all([at >= 0 for at in place], axis=0)
    made.values[place[0][known], place[1][known], place[2][known]] = True
    return made


def _within(episode_id: str, episodes: pd.DataFrame, time: xr.DataArray) -> xr.DataArray:
    if episode_id == "all":
        return xr.ones_like(time, dtype=bool)
    found = episodes.loc[episodes["episode_id"] == episode_id]
    if found.empty:
        raise InputError(
            f"episode {episode_id!r} is not among the episodes",
            cure="give the table episodes of the same run",
        )
    row = found.iloc[0]
    return (time >= np.datetime64(row["time_start"])) & (time < np.datetime64(row["time_end"]))


def _members(attribution_sources: pd.DataFrame | None, pollutant: str) -> dict[str, list[str]]:
    if attribution_sources is None:
        return {}
    rows = attribution_sources.loc[attribution_sources["pollutant"] == pollutant].dropna(subset=["group_id"])
    return {str(name): part["source_id"].astype(str).tolist() for name, part in rows.groupby("group_id")}


def _of_sources(values: xr.DataArray, names: list[str]) -> xr.DataArray:
    absent = sorted(set(names) - set(values["source"].values.tolist()))
    if absent:
        raise InputError(
            f"the synthetic city has no source {', '.join(absent)}",
            rule="a scorecard compares an investigation with its own city",
            cure="score the case against the seed that made it",
        )
    return values.sel(source=names).sum()
