"""An attribution against the truth of its twin: which intervals hold, how far off, who is accused falsely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import xarray as xr

SIGNAL_EDGES = (0.01, 0.05, 0.2)
"""Ends of the classes of signal: largest share of a source in the mean of a post [1]."""

CALM_EDGES = (0.1, 0.3)
"""Ends of the classes of cities: share of hours with a reported wind below 1 m s⁻¹ [1]."""

INNOCENT_SHARE, ACCUSED_SHARE = 0.02, 0.10
"""A source truly below the first share of an episode is falsely accused where its 5 % end is over the second."""

PLAINLY_WRONG = 2.0
"""Factor between true and declared rate from which a declaration counts as plainly wrong [1]."""


def score_rates(
    truth: Mapping[str, Any], emission: xr.DataArray, attribution_sources: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Inferred mean rates of one twin beside the true ones, a row a source and pollutant that was inferred.

    Parameters
    ----------
    truth : mapping
        Of `sootprint.synthetic.twin.investigation`.
    emission : DataArray
        Posterior draws (draw, source, pollutant) [g s⁻¹].
    attribution_sources : DataFrame, optional
        Table of that name: tells what belongs to a group.

    Returns
    -------
    DataFrame
        ``seed, source_id, pollutant, kind, listed, calm_share, signal, true_g_s, declared_g_s, q05, q25,
        median, q75, q95`` [g s⁻¹], ``log_ratio`` (ln of median over truth), ``holds_50, holds_90, wrong,
        grouped``. ``signal`` is the largest share of the source in the true mean of a post [1].
    """
    marks = emission.quantile([0.05, 0.25, 0.5, 0.75, 0.95], "draw").to_numpy()
    names = emission["source"].values.astype(str), emission["pollutant"].values.astype(str)
    order = [name for name in emission.dims if name != "draw"]
    index = pd.MultiIndex.from_product(
        names if order == ["source", "pollutant"] else names[::-1], names=order
    )
    table = pd.DataFrame(
        marks.reshape(5, -1).T, index=index, columns=["q05", "q25", "median", "q75", "q95"]
    ).dropna()
    table = table.reset_index().rename(columns={"source": "source_id"})
    made = table.merge(truth["rates"], how="left", on=["source_id", "pollutant"], validate="one_to_one")
    parts = truth["contributions"].query("episode_id == 'all' and station_id != 'all'")
    share = parts["true_ugm3"] / parts["total_ugm3"]
    signal = share.groupby([parts["source_id"], parts["pollutant"]]).max().rename("signal").reset_index()
    made = made.merge(signal, how="left", on=["source_id", "pollutant"])
    true = made["true_g_s"]
    grouped = np.zeros(len(made), bool)
    if attribution_sources is not None:
        groups = attribution_sources.set_index(["source_id", "pollutant"])["group_id"].notna()
        keys = pd.MultiIndex.from_frame(made[["source_id", "pollutant"]])
        grouped = groups.reindex(keys, fill_value=False).to_numpy(bool)
    return made.assign(
        seed=truth["seed"],
        calm_share=truth["city"]["calm_share"],
        log_ratio=np.log(made["median"] / true),
        holds_50=(true >= made["q25"]) & (true <= made["q75"]),
        holds_90=(true >= made["q05"]) & (true <= made["q95"]),
        wrong=np.abs(np.log(true / made["declared_g_s"])) > np.log(PLAINLY_WRONG),
        grouped=grouped,
    )


def score_contributions(truth: Mapping[str, Any], attribution_episodes: pd.DataFrame) -> pd.DataFrame:
    """Inferred contributions of sources and background to episodes beside the true ones.

    Parameters
    ----------
    truth : mapping
        Of `sootprint.synthetic.twin.investigation`.
    attribution_episodes : DataFrame
        Table of that name.

    Returns
    -------
    DataFrame
        ``seed, episode_id`` (``all`` for the period), ``pollutant, station_id`` (``all`` for the mean over
        readings), ``source_id`` (``background`` among them), ``kind, calm_share, true_ugm3, true_share``
        (of the true mean of everything), ``inferred_ugm3, share_q05, holds_90``, ``holds_50`` where the
        table has quartiles, ``innocent``, ``accused``.
    """
    table = attribution_episodes.loc[attribution_episodes["component"].isin(["source", "background"])].copy()
    table["source_id"] = table["source_id"].astype(object).where(table["component"] == "source", "background")
    keys = ["episode_id", "pollutant", "station_id", "source_id"]
    for name in keys:
        table[name] = table[name].astype(str)
    made = table.merge(truth["contributions"], how="left", on=keys, validate="one_to_one")
    if made["true_ugm3"].isna().any():
        row = made.loc[made["true_ugm3"].isna()].iloc[0]
        raise ValueError(f"the twin has no truth for {row[keys].tolist()}")
    kinds = truth["rates"].drop_duplicates("source_id").set_index("source_id")["kind"]
    true = made["true_ugm3"]
    share = true / made["total_ugm3"]
    source = made["component"] == "source"
    result = made[keys].assign(
        seed=truth["seed"],
        kind=made["source_id"].map(kinds).fillna("background"),
        calm_share=truth["city"]["calm_share"],
        true_ugm3=true,
        true_share=share,
        inferred_ugm3=made["contribution_ugm3"],
        share_q05=made["share_q05"],
        holds_90=(true >= made["q05_ugm3"]) & (true <= made["q95_ugm3"]),
        innocent=source & (share < INNOCENT_SHARE),
        accused=source & (made["share_q05"] > ACCUSED_SHARE),
    )
    if "q25_ugm3" in made:
        result["holds_50"] = (true >= made["q25_ugm3"]) & (true <= made["q75_ugm3"])
    return result


def score_twin(
    truth: Mapping[str, Any],
    emission: xr.DataArray,
    attribution_episodes: pd.DataFrame,
    attribution_sources: pd.DataFrame | None = None,
) -> dict[str, pd.DataFrame]:
    """``rates`` of `score_rates` and ``contributions`` of `score_contributions`."""
    return {
        "rates": score_rates(truth, emission, attribution_sources),
        "contributions": score_contributions(truth, attribution_episodes),
    }


def rank_correlations(contributions: pd.DataFrame) -> pd.Series:
    """Spearman's correlation of inferred and true contributions over the sources of each episode.

    Indexed by seed, pollutant and episode; missing where all sources are alike.
    """
    rows = contributions.query("station_id == 'all' and episode_id != 'all' and kind != 'background'")
    keys = ["seed", "pollutant", "episode_id"]
    ranks = rows.groupby(keys)[["true_ugm3", "inferred_ugm3"]].rank()
    ranks[keys] = rows[keys]
    return ranks.groupby(keys).apply(
        lambda part: part["true_ugm3"].corr(part["inferred_ugm3"]) if len(part) > 2 else np.nan,
        include_groups=False,
    )


def metrics(scores: Sequence[Mapping[str, pd.DataFrame]]) -> dict[str, float]:
    """Numbers of the validation, each over all cities of ``scores``.

    ``coverage_50, coverage_90`` and ``median_abs_log_ratio`` are of the mean rates;
    ``contribution_coverage_50`` (missing without quartiles), ``contribution_coverage_90``,
    ``rank_correlation`` (median), ``false_accusation_rate`` (share of the innocent sources of episodes that
    are accused) and ``false_among_accused`` of contributions to episodes, meaned over posts.
    """
    rates = pd.concat([item["rates"] for item in scores])
    parts = pd.concat([item["contributions"] for item in scores])
    parts = parts.query("station_id == 'all' and episode_id != 'all'")
    own = parts[parts["kind"] != "background"]
    innocent, accused = own["innocent"].to_numpy(bool), own["accused"].to_numpy(bool)
    both = float((innocent & accused).sum())
    nan = float("nan")
    return {
        "coverage_50": float(rates["holds_50"].mean()),
        "coverage_90": float(rates["holds_90"].mean()),
        "median_abs_log_ratio": float(rates["log_ratio"].abs().median()),
        "contribution_coverage_50": float(own["holds_50"].mean()) if "holds_50" in own else nan,
        "contribution_coverage_90": float(own["holds_90"].mean()),
        "rank_correlation": float(rank_correlations(parts).median()),
        "false_accusation_rate": both / innocent.sum() if innocent.any() else nan,
        "false_among_accused": both / accused.sum() if accused.any() else nan,
    }
