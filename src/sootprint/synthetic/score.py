"""Findings of an investigation against the truth of a synthetic city."""

from __future__ import annotations

from collections.abc import Iterable
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
        source_id or ``background``, pollutant, value_ugm3), ``true_faults`` (fault, count),
        ``true_notice``, ``true_promise``, ``true_calm`` (time_start of the hours of the calm episode) and
        ``true_calm_errors`` (see `Truth`).
    """
    from sootprint.synthetic.calm import calm_errors
    from sootprint.synthetic.promise import promise_table, promised_cut

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
        "true_promise": promise_table(promised_cut(city)),
        "true_calm": city.regime.loc[city.regime["calm_episode"], ["time_start"]].reset_index(drop=True),
        "true_calm_errors": calm_errors(city.calm, city.truth),
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
    usable &= usable["time"].isin(served)
    tables = []
    for (episode_id, pollutant), part in attribution_episodes.groupby(["episode_id", "pollutant"], sort=True):
        mask = usable.sel(pollutant=pollutant) & _within(str(episode_id), episodes, usable["time"])
        groups = _members(attribution_sources, str(pollutant))
        true = _true_means(city.truth_contributions.sel(pollutant=pollutant), mask, groups)
        in_group = (part["component"] == "group") & part["source_id"].isin(list(groups))
        scored = part.loc[in_group | part["component"].isin(["background", "source"])]
        tables.append(scored.assign(true_ugm3=_pick(true, scored)))
    names = {"contribution_ugm3": "inferred_ugm3", "q05_ugm3": "inferred_q05_ugm3"}
    names |= {"q95_ugm3": "inferred_q95_ugm3"}
    wanted = [column for column in schema.columns("scorecard_episodes") if column != "holds"]
    made = pd.concat(tables, ignore_index=True) if tables else attribution_episodes.assign(true_ugm3=0.0)
    table = made.rename(columns=names)[wanted]
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


def _true_means(truth: xr.Dataset, mask: xr.DataArray, groups: dict[str, list[str]]) -> pd.DataFrame:
    """True mean contribution [µg m⁻³] over the chosen readings; row a post and ``all``, column a component.

    Columns are pairs of component and its name, empty for the background. A post without a chosen reading
    has zeros.
    """
    order = ("time", "station")
    chosen = mask.transpose(*order).values.astype(float)
    own, base = truth["contribution"].transpose(*order, "source").values, truth["background"].values
    sums = np.column_stack([chosen.T @ base, np.einsum("tp,tps->ps", chosen, own)])
    sums = np.vstack([sums, sums.sum(axis=0)])
    readings = np.append(chosen.sum(axis=0), chosen.sum())[:, None]
    means = np.divide(sums, readings, out=np.zeros_like(sums), where=readings > 0)
    sources = [("source", str(name)) for name in truth["source"].values]
    made = pd.DataFrame(
        means,
        index=[*truth["station"].values.astype(str), "all"],
        columns=pd.MultiIndex.from_tuples([("background", ""), *sources]),
    )
    for name, members in groups.items():
        _check_known(members, truth["source"].values.astype(str).tolist(), "source")
        made["group", name] = made[[("source", member) for member in members]].sum(axis=1)
    return made


def _pick(means: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    """Element of `_true_means` of each row of ``attribution_episodes``."""
    component, name = rows["component"].astype(str), rows["source_id"].astype(object)
    name = name.mask(component == "background", "")
    _check_known(rows["station_id"], means.index.tolist(), "post")
    _check_known(name[component == "source"], means["source"].columns.tolist(), "source")
    row = means.index.get_indexer(rows["station_id"].astype(str))
    column = means.columns.get_indexer(pd.MultiIndex.from_arrays([component, name]))
    return means.to_numpy()[row, column]


def _check_known(names: Iterable[str], known: list[str], kind: str) -> None:
    absent = sorted(set(map(str, names)) - set(known))
    if absent:
        raise InputError(
            f"the synthetic city has no {kind} {', '.join(absent)}",
            rule="a scorecard compares an investigation with its own city",
            cure="score the case against the seed that made it",
        )


def cut_scorecard(truth: Truth, checks: pd.DataFrame, promises: pd.DataFrame) -> pd.DataFrame:
    """Table ``scorecard_cuts``: what the checks of promised cuts found against the cut that was made.

    Parameters
    ----------
    truth : Truth
        With its promise; without one the table is empty.
    checks, promises : DataFrame
        Tables ``promised_cut_checks`` and ``promised_cuts``.
    """
    if truth.promise.empty or checks.empty:
        return schema.empty("scorecard_cuts")
    made = truth.promise.iloc[0]
    own = promises.loc[
        (promises["facility_ids"] == made["facility_id"]) & (promises["pollutant"] == made["pollutant"])
    ]
    rows = checks.loc[checks["cut_id"].isin(own["cut_id"])]
    true = float(made["true_cut"])
    low = rows["cut_low"].astype(float).fillna(-np.inf)
    high = rows["cut_high"].astype(float).fillna(np.inf)
    names = ["cut_id", "method", "promised_cut", "cut", "cut_low", "cut_high", "verdict"]
    return schema.check(
        rows[names].assign(true_cut=true, holds=(low <= true) & (true <= high)), "scorecard_cuts"
    )
