"""Ranking of inspections: who first, why, when, where, and what to expect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.action.visits import Visit, compass, plan_visit
from sootprint.core import schema
from sootprint.core.geo import utm_crs

if TYPE_CHECKING:
    import xarray as xr

    from sootprint.attribution.inverse import Attribution

Array = NDArray[np.float64]

SEVERITY_WEIGHT = {"error": 0.5, "quarantine": 0.5, "warning": 0.25, "info": 0.0}
"""Suspicion that one finding about a source's own data adds [1]."""

DISPERSION_FACTOR = 2.0
"""Factor that half of hourly plume values keep to; Chang and Hanna 2004, doi:10.1007/s00703-003-0070-7."""


@dataclass(frozen=True)
class RankOptions:
    """Settings of the ranking.

    Attributes
    ----------
    contribution_weight, inconsistency_weight, suspicion_weight : float
        Largest value of each part of the score [1].
    excess : float
        Factor over the declared rate that counts as inconsistent [1].
    window_share : float
        Share of what the posts see of a source that the time window holds [1].
    uncontrollable : bool
        Whether sources that cannot be given an order (stoves, traffic) are ranked too.
    """

    contribution_weight: float = 0.5
    inconsistency_weight: float = 1.0
    suspicion_weight: float = 0.25
    excess: float = 1.3
    window_share: float = 0.6
    uncontrollable: bool = False


def rank_inspections(
    attribution: Attribution,
    emissions: pd.DataFrame,
    sources: pd.DataFrame,
    episodes: pd.DataFrame,
    norms: pd.DataFrame,
    findings: pd.DataFrame,
    weather: pd.DataFrame,
    *,
    operator: xr.Dataset,
    zone: str,
    crs: str | None = None,
    options: RankOptions | None = None,
) -> pd.DataFrame:
    """Table ``inspections``: one row a source, with the pollutant that puts it highest.

    score = w_c (c / L) / max(c / L) + w_i max(0, (p − p₀) / (1 − p₀)) + w_s (1 − Π (1 − s))

    - c is the source's largest mean modelled contribution to a post in an episode [µg m⁻³], L the limit
      that marks the episode, and the largest of c / L over the ranked sources is the measure; 0 without an
      episode.
    - p is the posterior probability that the emission is over ``excess`` times the declared rate, p₀ the
      same before any reading: a source that no post sees gets 0, not its prior suspicion.
    - s is the weight of each finding about the source, its plant or its emission rows.

    Sources that are not ``controllable`` are left out by default: an inspector has no order to give them;
    their contributions stand in ``attribution_episodes``. A missing mark counts as controllable.

    Parameters
    ----------
    attribution : Attribution
        Result of `sootprint.attribution.attribute`.
    emissions, sources, episodes, norms, findings, weather : DataFrame
        Tables of those names; ``emissions`` are the mean rates that the attribution was given.
    operator : Dataset
        ``H(time, receptor, source)`` [s m⁻³] of the attribution.
    zone : str
        IANA zone in which windows are told.
    crs : str, optional
        Projected CRS; by default the UTM zone of the sources.
    options : RankOptions, optional
        Settings.
    """
    options = options or RankOptions()
    crs = crs or utm_crs(float(sources["lon"].mean()), float(sources["lat"].mean()))
    table = sources.set_index(sources["source_id"].astype(str))
    rated = _scores(attribution, table, episodes, findings, emissions, options)
    rated = rated.sort_values(["score", "source_id"], ascending=[False, True])
    rated = rated.drop_duplicates("source_id").reset_index(drop=True)
    times = pd.DatetimeIndex(operator["time"].to_numpy()).as_unit("us")
    labels = dict(zip(norms["norm_id"], norms["label"], strict=True))
    rows = []
    for rank, item in enumerate(rated.to_dict("records"), 1):
        hours = _episode_hours(times, episodes, str(item["pollutant"]))
        visit = plan_visit(
            table.loc[[item["source_id"]]].reset_index(drop=True),
            operator,
            weather,
            hours,
            zone=zone,
            crs=crs,
            share=options.window_share,
        )
        right, wrong = expected(item, visit)
        rows.append(
            {
                **{key: item[key] for key in item if key in schema.columns("inspections")},
                "rank": rank,
                "reason": reason(item, labels, options),
                "window_local": visit.window_local,
                "sample_lon": visit.lon,
                "sample_lat": visit.lat,
                "expected_if_right": right,
                "expected_if_wrong": wrong,
            }
        )
    return schema.check(pd.DataFrame(rows), "inspections")


def _scores(
    attribution: Attribution,
    table: pd.DataFrame,
    episodes: pd.DataFrame,
    findings: pd.DataFrame,
    emissions: pd.DataFrame,
    options: RankOptions,
) -> pd.DataFrame:
    limits = episodes.set_index("episode_id")[["limit_ugm3", "norm_id"]]
    contributions = attribution.episodes[
        (attribution.episodes["component"] == "source")
        & (attribution.episodes["station_id"] != "all")
        & attribution.episodes["episode_id"].isin(limits.index)
    ].copy()
    limit = contributions["episode_id"].map(limits["limit_ugm3"])
    contributions["limit_ugm3"] = limit.astype(float)  # of no rows the map has the type of its key
    contributions["over"] = contributions["contribution_ugm3"] / contributions["limit_ugm3"]
    rows = []
    for item in attribution.sources.to_dict("records"):
        source_id, pollutant = str(item["source_id"]), str(item["pollutant"])
        controllable = table.loc[source_id, "controllable"]
        if not options.uncontrollable and controllable is not pd.NA and not controllable:
            continue
        mine = contributions[
            (contributions["source_id"] == source_id) & (contributions["pollutant"] == pollutant)
        ]
        worst = mine.loc[mine["over"].idxmax()].to_dict() if len(mine) else {}
        over = float(worst.get("over", 0.0))
        support, before = excess_support(attribution, source_id, pollutant, options.excess)
        codes, suspicion = suspicion_of(findings, source_id, str(item["facility_id"]), emissions)
        parts = {
            "contribution_part": options.contribution_weight * over,
            "inconsistency_part": options.inconsistency_weight
            * max(0.0, (support - before) / (1.0 - before)),
            "suspicion_part": options.suspicion_weight * suspicion,
        }
        rows.append(
            {
                **item,
                **parts,
                "support": support,
                "contribution_ugm3": worst.get("contribution_ugm3", np.nan),
                "contribution_q05_ugm3": worst.get("q05_ugm3", np.nan),
                "contribution_q95_ugm3": worst.get("q95_ugm3", np.nan),
                "episode_id": worst.get("episode_id"),
                "station_id": worst.get("station_id"),
                "limit_ugm3": worst.get("limit_ugm3", np.nan),
                "norm_id": None if not worst else limits.loc[worst["episode_id"], "norm_id"],
                "codes": codes,
            }
        )
    made = pd.DataFrame(rows, columns=None if rows else ["source_id", "score"])
    if rows:
        largest = made["contribution_part"].max() / max(options.contribution_weight, 1e-300)
        made["contribution_part"] /= largest if largest > 0 else 1.0
        made["score"] = made[["contribution_part", "inconsistency_part", "suspicion_part"]].sum(axis=1)
    return made


def excess_support(
    attribution: Attribution, source_id: str, pollutant: str, excess: float
) -> tuple[float, float]:
    """Probability that the emission is over ``excess`` × declared, after and before the readings."""
    row = attribution.sources[
        (attribution.sources["source_id"] == source_id) & (attribution.sources["pollutant"] == pollutant)
    ].iloc[0]
    declared = float(row["declared_g_s"])
    if not declared > 0:
        return 0.0, 0.0
    draws = attribution.draws["emission"].sel(source=source_id, pollutant=pollutant).to_numpy()
    prior = attribution.diagnostics["prior"]
    mine = prior[(prior["source_id"] == source_id) & (prior["pollutant"] == pollutant)].iloc[0]
    return float((draws > excess * declared).mean()), float(mine[f"over_{excess:g}"])


def suspicion_of(
    findings: pd.DataFrame, source_id: str, facility_id: str, emissions: pd.DataFrame
) -> tuple[list[str], float]:
    """Codes of the findings about a source's own data, and 1 − Π (1 − weight) over the distinct ones.

    A finding is about a source when its object is the source or its plant, or when its file and row are
    those of one of its emission rows. Several findings of one code count once.
    """
    about = findings["object"].isin([source_id, facility_id])
    if {"source_file", "source_row"} <= set(emissions.columns):
        own = emissions[emissions["source_id"] == source_id]
        places = set(zip(own["source_file"].astype(str), own["source_row"], strict=True))
        about |= pd.Series(
            [place in places for place in zip(findings["file"].astype(str), findings["row"], strict=True)],
            index=findings.index,
            dtype=bool,
        )
    mine = findings[about].drop_duplicates("code")
    innocent = np.prod([1.0 - SEVERITY_WEIGHT[severity] for severity in mine["severity"]])
    heavy = mine[mine["severity"] != "info"]
    return heavy["code"].astype(str).tolist(), float(1.0 - innocent)


def _episode_hours(times: pd.DatetimeIndex, episodes: pd.DataFrame, pollutant: str) -> NDArray[np.bool_]:
    inside = np.zeros(len(times), bool)
    for item in episodes[episodes["pollutant"] == pollutant].itertuples():
        inside |= np.asarray((times >= item.time_start) & (times < item.time_end))
    return inside


def reason(item: dict, labels: dict[str, str], options: RankOptions) -> str:
    """Why a source stands where it stands, in words with numbers."""
    pollutant = item["pollutant"]
    said = []
    if np.isfinite(item["contribution_ugm3"]):
        said.append(
            f"modelled contribution up to {item['contribution_ugm3']:.0f} µg/m³ {pollutant} "
            f"(90 %: {item['contribution_q05_ugm3']:.0f}–{item['contribution_q95_ugm3']:.0f}) as a mean of "
            f"episode {item['episode_id']} at post {item['station_id']}, limit {item['limit_ugm3']:.0f} "
            f"({labels.get(item['norm_id'], item['norm_id'])})"
        )
    if item["declared_g_s"] > 0:
        said.append(
            f"readings fit {item['ratio']:.1f} times the declared rate "
            f"(90 %: {item['ratio_q05']:.1f}–{item['ratio_q95']:.1f}); support of {item['support']:.0%} for "
            f"more than {options.excess:g} times; verdict: {item['verdict']}"
        )
    else:
        said.append(f"no {pollutant} rate is declared; inferred {item['inferred_g_s']:.2g} g/s")
    if isinstance(item["group_id"], str):
        said.append(
            f"cannot be told apart from the other sources of {item['group_id']}: inspect them together"
        )
    if item["codes"]:
        said.append(f"faults in its own data: {', '.join(item['codes'])}")
    return "; ".join(said)


def expected(item: dict, visit: Visit) -> tuple[str, str]:
    """What a sample shows above the upwind value if the inferred rate holds, and if the declared one does."""
    if not np.isfinite(visit.response):
        text = "the engine places no point for this wind; sample upwind and downwind of the fence"
        return text, text
    wind = f"wind {visit.wind_speed:.1f} m/s from {compass(visit.wind_from)}"
    place = f"at {_kilometres(visit.distance)} downwind, {wind}"
    low = visit.response * item["inferred_q05_g_s"]
    high = visit.response * item["inferred_q95_g_s"]
    right = (
        f"{item['pollutant']} about {visit.response * item['inferred_g_s']:.3g} µg/m³ over the upwind value "
        f"({low:.3g}–{high:.3g} from the rate alone) {place}"
    )
    value = visit.response * item["declared_g_s"]
    wrong = (
        f"{item['pollutant']} about {value:.3g} µg/m³ over the upwind value if it emits as declared, "
        f"within {value / DISPERSION_FACTOR:.3g}–{value * DISPERSION_FACTOR:.3g} in half of the hours {place}"
    )
    return right, wrong


def _kilometres(metres: float) -> str:
    return f"{metres / 1000.0:.1f} km" if metres >= 1000.0 else f"{metres:.0f} m"
