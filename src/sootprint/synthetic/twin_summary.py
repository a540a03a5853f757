"""Scores of many twins in one table: all together, by strength of signal, kind of source and calm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.synthetic.twin_score import ACCUSED_SHARE, CALM_EDGES, INNOCENT_SHARE, SIGNAL_EDGES

Scores = Sequence[Mapping[str, pd.DataFrame]]

BARS = {
    "coverage_50": (0.45, 0.55),
    "coverage_90": (0.86, 0.94),
    "false_accusation_rate": (0.0, 0.01),
}
"""Ends between which a number of `metrics` has to lie."""

SHARE_EDGES = (INNOCENT_SHARE, ACCUSED_SHARE, 0.3)
"""Ends of the classes of true shares of an episode [1]."""

Class = tuple[str, NDArray[np.bool_]]


def episode_rows(contributions: pd.DataFrame) -> pd.DataFrame:
    """Rows of sources in episodes, meaned over the readings of all posts."""
    chosen = contributions["station_id"].eq("all") & contributions["episode_id"].ne("all")
    return contributions.loc[chosen & contributions["kind"].ne("background")].reset_index(drop=True)


def rank_correlations(contributions: pd.DataFrame) -> pd.Series:
    """Spearman's correlation of inferred and true contributions over the sources of each episode.

    Indexed by seed, pollutant and episode; missing for fewer than three sources, or where all are alike.
    """
    rows = episode_rows(contributions)
    keys = ["seed", "pollutant", "episode_id"]
    ranks = rows.groupby(keys)[["true_ugm3", "inferred_ugm3"]].rank()
    centred = ranks - ranks.groupby([rows[key] for key in keys]).transform("mean")
    products = pd.DataFrame(
        {
            "both": centred["true_ugm3"] * centred["inferred_ugm3"],
            "true": centred["true_ugm3"] ** 2,
            "inferred": centred["inferred_ugm3"] ** 2,
            "count": 1.0,
        }
    )
    sums = products.groupby([rows[key] for key in keys]).sum()
    scale = np.sqrt(sums["true"] * sums["inferred"])
    return (sums["both"] / scale.where((scale > 0) & (sums["count"] > 2))).rename("rank_correlation")


def _share(part: pd.Series | NDArray[np.bool_]) -> float:
    return float(np.mean(part)) if len(part) else float("nan")


def metrics(scores: Scores) -> dict[str, float]:
    """Numbers of the validation over all cities of ``scores``, each of `twin_score.score_twin`.

    ``coverage_50, coverage_90`` and ``median_abs_log_ratio`` are of mean rates; of contributions to
    episodes ``contribution_coverage_50`` (missing without quartiles) and ``contribution_coverage_90`` of
    those that are spoken of, ``rank_correlation`` (median over episodes), ``false_accusation_rate`` (share of
    the innocent sources of episodes that are accused) and ``false_among_accused`` (share of the accused
    that are innocent).
    """
    rates = pd.concat([item["rates"] for item in scores], ignore_index=True)
    parts = pd.concat([item["contributions"] for item in scores], ignore_index=True)
    own = episode_rows(parts)
    spoken = own[own["spoken_of"]]
    innocent, accused = own["innocent"].to_numpy(bool), own["accused"].to_numpy(bool)
    return {
        "coverage_50": _share(rates["holds_50"]),
        "coverage_90": _share(rates["holds_90"]),
        "median_abs_log_ratio": float(rates["log_ratio"].abs().median()),
        "contribution_coverage_50": _share(spoken["holds_50"]) if "holds_50" in own else float("nan"),
        "contribution_coverage_90": _share(spoken["holds_90"]),
        "rank_correlation": float(rank_correlations(parts).median()),
        "false_accusation_rate": _share(accused[innocent]),
        "false_among_accused": _share(innocent[accused]),
    }


def resampled(scores: Scores, rng: np.random.Generator, draws: int = 500) -> dict[str, tuple[float, float]]:
    """5 and 95 % ends of `metrics` over sets of cities drawn with replacement.

    Sources and episodes of one city share its weather and its mast: the city is the independent unit
    (Efron 1979, doi:10.1214/aos/1176344552). Only rates of counts are resampled, that is coverages and false
    accusations.
    """
    sums = np.array([_counts(item) for item in scores])
    picked = rng.integers(0, len(scores), (draws, len(scores)))
    totals = sums[picked].sum(axis=1)
    made = {}
    for place, name in enumerate(COUNTED):
        part = totals[:, 2 * place + 1] > 0
        if part.any():
            rate = totals[part, 2 * place] / totals[part, 2 * place + 1]
            made[name] = (float(np.quantile(rate, 0.05)), float(np.quantile(rate, 0.95)))
    return made


COUNTED = ("coverage_50", "coverage_90", "contribution_coverage_90", "false_accusation_rate")
"""Metrics that are a count over a count."""


def _counts(item: Mapping[str, pd.DataFrame]) -> list[float]:
    rates, own = item["rates"], episode_rows(item["contributions"])
    innocent, spoken = own["innocent"].to_numpy(bool), own["spoken_of"].to_numpy(bool)
    return [
        float(rates["holds_50"].sum()),
        len(rates),
        float(rates["holds_90"].sum()),
        len(rates),
        float((spoken & own["holds_90"].to_numpy(bool)).sum()),
        float(spoken.sum()),
        float((innocent & own["accused"].to_numpy(bool)).sum()),
        float(innocent.sum()),
    ]


def _between(values: pd.Series, edges: tuple[float, ...], word: str) -> Iterator[Class]:
    ends = (0.0, *edges, np.inf)
    number = values.to_numpy(float)
    for low, high in pairwise(ends):
        if not np.isfinite(high):
            name = f"{word} from {100 * low:g} %"
        elif low == 0.0:
            name = f"{word} under {100 * high:g} %"
        else:
            name = f"{word} {100 * low:g} to {100 * high:g} %"
        yield name, (number >= low) & (number < high)


def _common(table: pd.DataFrame) -> Iterator[Class]:
    for kind in ("low", "stack"):
        yield f"kind {kind}", table["kind"].eq(kind).to_numpy(bool)
    yield from _between(table["calm_share"], CALM_EDGES, "calm hours")


def _rate_classes(rates: pd.DataFrame) -> Iterator[Class]:
    yield "all", np.ones(len(rates), bool)
    yield from _between(rates["signal"], SIGNAL_EDGES, "signal")
    yield from _common(rates)
    wrong, grouped = rates["wrong"].to_numpy(bool), rates["grouped"].to_numpy(bool)
    yield "declared within a factor of 2", ~wrong
    yield "declared falsely", wrong & rates["listed"].eq("full").to_numpy(bool)
    yield "listed without a rate", rates["listed"].eq("blank").to_numpy(bool)
    yield "in no group", ~grouped
    yield "in a group", grouped


def _contribution_classes(own: pd.DataFrame) -> Iterator[Class]:
    spoken = own["spoken_of"].to_numpy(bool)
    yield "all, however small", np.ones(len(own), bool)
    yield "from 1 %, true or inferred", spoken
    for name, mask in (*_between(own["true_share"], SHARE_EDGES, "true share"), *_common(own)):
        yield f"from 1 %, {name}", mask & spoken


def summary_table(scores: Scores) -> pd.DataFrame:
    """Rates and contributions apart, a row a class.

    Returns
    -------
    DataFrame
        ``what`` (rate, rate of a group, contribution), ``of`` (class), ``n``, ``coverage_50_percent``,
        ``coverage_90_percent``, ``median_abs_log_ratio`` (of rates), ``innocent`` (sources truly below 2 % of
        an episode) and ``accused`` (those of them with a lower bound above 10 % of it).
    """
    rates = pd.concat([item["rates"] for item in scores], ignore_index=True)
    own = episode_rows(pd.concat([item["contributions"] for item in scores], ignore_index=True))
    rows: list[dict[str, object]] = []
    for name, mask in _rate_classes(rates):
        part = rates[mask]
        rows.append(
            {
                "what": "rate",
                "of": name,
                "n": len(part),
                "coverage_50_percent": round(100.0 * _share(part["holds_50"]), 1),
                "coverage_90_percent": round(100.0 * _share(part["holds_90"]), 1),
                "median_abs_log_ratio": round(float(part["log_ratio"].abs().median()), 2),
            }
        )
    groups = pd.concat([item["groups"] for item in scores], ignore_index=True)
    rows.append(
        {
            "what": "rate of a group",
            "of": "all",
            "n": len(groups),
            "coverage_50_percent": round(100.0 * _share(groups["holds_50"].astype(bool)), 1),
            "coverage_90_percent": round(100.0 * _share(groups["holds_90"].astype(bool)), 1),
            "median_abs_log_ratio": round(float(groups["log_ratio"].astype(float).abs().median()), 2),
        }
    )
    for name, mask in _contribution_classes(own):
        part = own[mask]
        half = _share(part["holds_50"]) if "holds_50" in part else float("nan")
        innocent, accused = part["innocent"].to_numpy(bool), part["accused"].to_numpy(bool)
        rows.append(
            {
                "what": "contribution",
                "of": name,
                "n": len(part),
                "coverage_50_percent": round(100.0 * half, 1),
                "coverage_90_percent": round(100.0 * _share(part["holds_90"]), 1),
                "innocent": int(innocent.sum()),
                "accused": int((innocent & accused).sum()),
            }
        )
    return pd.DataFrame(rows).astype({"innocent": "Int64", "accused": "Int64"})
