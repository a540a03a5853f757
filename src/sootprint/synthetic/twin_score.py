"""An attribution against the truth of its twin: which intervals hold, how far off, who is accused falsely."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sootprint.core.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

SIGNAL_EDGES = (0.01, 0.05, 0.2)
"""Ends of the classes of signal: largest share of a source in the mean of a post [1]."""

CALM_EDGES = (0.1, 0.3)
"""Ends of the classes of cities: share of hours with a reported wind below 1 m s⁻¹ [1]."""

MARKS = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}
"""Quantiles of the draws that are kept."""

INFERRED = ("contribution_ugm3", "q05_ugm3", "q25_ugm3", "q75_ugm3", "q95_ugm3", "share_q05")
"""Columns of ``attribution_episodes`` that are scored; it may lack the quartiles."""

INNOCENT_SHARE, ACCUSED_SHARE = 0.02, 0.10
"""A source truly below the first share is falsely accused where its 5 % end is over the second."""

SPOKEN_OF = 0.01
"""Share of an episode from which a contribution, true or inferred, is spoken of [1]."""

PLAINLY_WRONG = 2.0
"""Factor between true and declared rate from which a declaration counts as plainly wrong [1]."""


def score_rates(
    truth: Mapping[str, Any], emission: xr.DataArray, attribution_sources: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Inferred mean rates of one twin beside the true ones, a row a source and pollutant that was inferred.

    Parameters
    ----------
    truth : mapping
        Of `sootprint.synthetic.twin_case.investigation`.
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
    values = emission.transpose("draw", "source", "pollutant").to_numpy()
    row, column = np.nonzero(np.isfinite(values).all(axis=0))
    marks = np.quantile(values[:, row, column], list(MARKS.values()), axis=0)
    table = pd.DataFrame(marks.T, columns=list(MARKS)).assign(
        source_id=emission["source"].values.astype(str)[row],
        pollutant=emission["pollutant"].values.astype(str)[column],
    )
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


def score_groups(
    truth: Mapping[str, Any], emission: xr.DataArray, attribution_sources: pd.DataFrame
) -> pd.DataFrame:
    """Sums of the sources that the attribution reports as a group only: a row a group and pollutant.

    ``seed, pollutant, group_id, true_g_s, log_ratio, holds_50, holds_90`` as in `score_rates`.
    """
    true = truth["rates"].set_index(["pollutant", "source_id"])["true_g_s"]
    grouped = attribution_sources.dropna(subset=["group_id"])
    rows = []
    for (pollutant, group_id), part in grouped.groupby(["pollutant", "group_id"]):
        members = part["source_id"].astype(str).tolist()
        sums = emission.sel(pollutant=pollutant, source=members).sum("source", skipna=False).to_numpy()
        total = float(true.loc[[(pollutant, name) for name in members]].sum())
        low, quarter, middle, three, high = np.quantile(sums, list(MARKS.values()))
        rows.append(
            {
                "seed": truth["seed"],
                "pollutant": pollutant,
                "group_id": group_id,
                "true_g_s": total,
                "log_ratio": float(np.log(middle / total)),
                "holds_50": bool(quarter <= total <= three),
                "holds_90": bool(low <= total <= high),
            }
        )
    columns = ["seed", "pollutant", "group_id", "true_g_s", "log_ratio", "holds_50", "holds_90"]
    return pd.DataFrame(rows, columns=columns)


def score_contributions(truth: Mapping[str, Any], attribution_episodes: pd.DataFrame) -> pd.DataFrame:
    """Inferred contributions of sources and background to episodes beside the true ones.

    Parameters
    ----------
    truth : mapping
        Of `sootprint.synthetic.twin_case.investigation`.
    attribution_episodes : DataFrame
        Table of that name.

    Returns
    -------
    DataFrame
        ``seed, episode_id`` (``all`` for the period), ``pollutant, station_id`` (``all`` for the mean over
        readings), ``source_id`` (``background`` among them), ``kind, calm_share, true_ugm3, true_share``
        (of the true mean of everything), ``inferred_ugm3, share_q05, holds_90``, ``holds_50`` where the
        table has quartiles, ``spoken_of`` (truth or estimate reaches `SPOKEN_OF`), ``innocent``, ``accused``.

    Raises
    ------
    InputError
        If the attribution is of another city.
    """
    table = attribution_episodes.loc[attribution_episodes["component"].isin(["source", "background"])].copy()
    table["source_id"] = table["source_id"].astype(object).where(table["component"] == "source", "background")
    keys = ["episode_id", "pollutant", "station_id", "source_id"]
    for name in keys:
        table[name] = table[name].astype(str)
    kept = [*keys, "component", *(name for name in INFERRED if name in table)]
    made = table[kept].merge(truth["contributions"], how="left", on=keys, validate="one_to_one")
    if made["true_ugm3"].isna().any():
        row = made.loc[made["true_ugm3"].isna()].iloc[0]
        raise InputError(
            f"the city has no truth for {', '.join(row[keys])}",
            rule="a score compares an attribution with its own city",
            cure="score it against the city that it was made from",
        )
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
        spoken_of=(share >= SPOKEN_OF) | (made["contribution_ugm3"] / made["total_ugm3"] >= SPOKEN_OF),
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
    attribution_sources: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """``rates``, ``groups`` and ``contributions`` of the functions ``score_*`` of those names."""
    return {
        "rates": score_rates(truth, emission, attribution_sources),
        "groups": score_groups(truth, emission, attribution_sources),
        "contributions": score_contributions(truth, attribution_episodes),
    }
