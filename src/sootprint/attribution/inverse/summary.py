"""Tables and datasets that a posterior is reported in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.inverse.bootstrap import block_bootstrap
from sootprint.attribution.inverse.convergence import effective_size, split_r_hat
from sootprint.attribution.inverse.fit import Part, gram_cosines
from sootprint.attribution.inverse.options import Options
from sootprint.attribution.inverse.priors import Prior
from sootprint.attribution.inverse.sampler import Draws
from sootprint.core import schema

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]

ENDS = (0.05, 0.95)
"""Ends of the 90 % interval."""

EXCESS_FACTORS = (1.0, 1.3, 1.5, 2.0, 3.0)
"""Factors over the declared rate whose prior probability is reported."""

Groups = dict[str, dict[str, list[int]]]
"""By pollutant and group: places of the member sources."""


def apparent(draws: Draws) -> Array:
    """Apparent rates and background of all chains: (draw, pollutant, J) array."""
    return draws.theta.reshape(-1, *draws.theta.shape[2:])


def emissions_of(draws: Draws) -> Array:
    """Emission draws: (draw, pollutant, source) array [g s⁻¹]; the lasting bias is taken out."""
    bias = draws.bias.reshape(-1, draws.bias.shape[-1])
    return apparent(draws)[:, :, : bias.shape[1]] * np.exp(-bias)[:, None, :]


def find_groups(parts: list[Part], blind: Draws, names: list[str], options: Options) -> Groups:
    """Groups of sources that the data cannot tell apart.

    Two sources are joined when the posterior correlation of their apparent rates, without help from the
    declared ones, is below ``group_correlation``, or the cosine of their columns, on the scale of the
    errors, is above ``group_cosine``.
    """
    made: Groups = {}
    for number, part in enumerate(parts):
        pollutant = part.problem.pollutant
        made[pollutant] = {}
        if part.precision is None:
            continue
        count = len(part.columns)
        correlation = np.corrcoef(apparent(blind)[:, number, part.columns], rowvar=False).reshape(
            count, count
        )
        cosine = gram_cosines(part.precision[:count, :count])
        joined = (correlation < options.group_correlation) | (cosine > options.group_cosine)
        label = np.arange(count)
        for one, two in zip(*np.where(np.triu(joined, 1)), strict=True):
            label[label == label[two]] = label[one]
        for value in np.unique(label):
            members = part.columns[label == value]
            if len(members) > 1:
                made[pollutant][f"G{len(made[pollutant]) + 1}-{pollutant}"] = [int(m) for m in members]
    return made


def group_correlation(draws: Draws, number: int, members: list[int]) -> float:
    """Strongest negative posterior correlation of apparent rates within a group."""
    matrix = np.asarray(np.corrcoef(apparent(draws)[:, number, members], rowvar=False))
    return float(matrix[np.triu_indices(len(members), 1)].min())


def group_cosine(part: Part, members: list[int]) -> float:
    """Largest cosine of the columns of two members of a group, on the scale of the errors."""
    if part.precision is None:
        return np.nan
    places = np.flatnonzero(np.isin(part.columns, members))
    matrix = gram_cosines(part.precision[np.ix_(places, places)])
    return float(matrix[np.triu_indices(len(members), 1)].max())


def averaging_kernel(blind_log: Array, prior: Prior) -> Array:
    """Share of the answer that comes from the data: 1 − var(ln x | y) / var(ln x), (pollutant, source).

    On the scale of ln x, where prior and posterior are closest to normal (Rodgers 2000,
    doi:10.1142/3171, for the linear case), and for the declared-blind prior: whether data can decide on a
    declared rate must not depend on that rate. Zero where the posterior is the wider one, which Monte
    Carlo noise can make.
    """
    return np.maximum(0.0, 1.0 - blind_log.var(axis=0) / prior.variance())


def verdict(ratio_low: float, ratio_high: float, kernel: float, decidable: float, declared: float) -> str:
    """Outcome for a declared rate from the 90 % interval of inferred / declared."""
    if kernel < decidable or not declared > 0:
        return "not decidable"
    if ratio_low > 1.0:
        return "above declared"
    if ratio_high < 1.0:
        return "below declared"
    return "consistent with declared"


def sources_table(
    declared: pd.DataFrame,
    posterior: Draws,
    blind: Draws,
    prior: Prior,
    free_prior: Prior,
    groups: Groups,
    sources: pd.DataFrame,
    options: Options,
) -> pd.DataFrame:
    """Table ``attribution_sources``; of a member of a group alone nothing is decided."""
    inferred, free = emissions_of(posterior), emissions_of(blind)
    kernel = averaging_kernel(np.log(np.where(prior.present[None], free, 1.0)), free_prior)
    facility = dict(zip(sources["source_id"].astype(str), sources["facility_id"], strict=True))
    rows = []
    for number, pollutant in enumerate(declared.columns):
        member_of = {m: name for name, members in groups[pollutant].items() for m in members}
        for place, source_id in enumerate(declared.index):
            if not prior.present[number, place]:
                continue
            x, b = inferred[:, number, place], free[:, number, place]
            low, high = np.quantile(x, ENDS)
            rate = float(declared.iloc[place, number])
            over = 1.0 / rate if rate > 0 else np.nan
            group = member_of.get(place)
            ak = float(kernel[number, place])
            rows.append(
                {
                    "source_id": source_id,
                    "facility_id": facility[source_id],
                    "pollutant": pollutant,
                    "declared_g_s": rate,
                    "inferred_g_s": x.mean(),
                    "inferred_q05_g_s": low,
                    "inferred_q95_g_s": high,
                    "ratio": x.mean() * over,
                    "ratio_q05": low * over,
                    "ratio_q95": high * over,
                    "blind_g_s": b.mean(),
                    "blind_q05_g_s": np.quantile(b, ENDS[0]),
                    "blind_q95_g_s": np.quantile(b, ENDS[1]),
                    "probability_over_declared": float((x > rate).mean()),
                    "averaging_kernel": ak,
                    "group_id": group,
                    "group_correlation": None
                    if group is None
                    else group_correlation(blind, number, groups[pollutant][group]),
                    "verdict": verdict(low * over, high * over, ak, options.decidable, rate)
                    if group is None
                    else "not decidable",
                }
            )
    return schema.check(pd.DataFrame(rows), "attribution_sources")


def groups_table(
    parts: list[Part], posterior: Draws, blind: Draws, declared: pd.DataFrame, groups: Groups
) -> pd.DataFrame:
    """Sums of the members of each group, and the two numbers that make it one.

    Declared sum, inferred sum and its 90 % interval [g s⁻¹]; strongest negative correlation and largest
    cosine of a pair, as `find_groups` compares them.
    """
    inferred = emissions_of(posterior)
    rows = []
    for number, pollutant in enumerate(declared.columns):
        for name, members in groups[pollutant].items():
            total = inferred[:, number, members].sum(axis=1)
            rows.append(
                {
                    "group_id": name,
                    "pollutant": pollutant,
                    "members": ", ".join(declared.index[m] for m in members),
                    "declared_g_s": float(declared.iloc[members, number].sum()),
                    "inferred_g_s": total.mean(),
                    "inferred_q05_g_s": np.quantile(total, ENDS[0]),
                    "inferred_q95_g_s": np.quantile(total, ENDS[1]),
                    "correlation": group_correlation(blind, number, members),
                    "cosine": group_cosine(parts[number], members),
                }
            )
    columns = ["group_id", "pollutant", "members", "declared_g_s", "inferred_g_s"]
    columns += ["inferred_q05_g_s", "inferred_q95_g_s", "correlation", "cosine"]
    return pd.DataFrame(rows, columns=columns)


def errors_table(parts: list[Part]) -> pd.DataFrame:
    """Fitted error scales, a row a pollutant; missing where nothing could be compared."""
    rows = []
    for part in parts:
        row: dict[str, object] = {"pollutant": part.problem.pollutant}
        if part.scales is not None and part.weights is not None:
            row |= {
                "additive_ugm3": part.scales.additive,
                "smooth_ugm3": part.scales.smooth,
                "relative_low": part.scales.relative[0],
                "relative_stack": part.scales.relative[1],
                "dispersion_low": part.scales.dispersion[0],
                "dispersion_stack": part.scales.dispersion[1],
                "cells": len(part.weights),
                "downweighted_share": float((part.weights < 0.5).mean()),
            }
        rows.append(row)
    return pd.DataFrame(rows)


def chains_table(posterior: Draws, names: list[str], pollutants: list[str], prior: Prior) -> pd.DataFrame:
    """Split R̂ and effective sample size of ln of each apparent rate."""
    rows = []
    for number, pollutant in enumerate(pollutants):
        for place, source_id in enumerate(names):
            if prior.present[number, place]:
                values = np.log(posterior.theta[:, :, number, place])
                rows.append(
                    {
                        "source_id": source_id,
                        "pollutant": pollutant,
                        "r_hat": split_r_hat(values),
                        "effective_size": effective_size(values),
                    }
                )
    return pd.DataFrame(rows)


def bootstrap_table(
    parts: list[Part], posterior: Draws, names: list[str], options: Options, seed: int
) -> pd.DataFrame:
    """Block bootstrap of the non-negative estimate beside the posterior, both of apparent rates [g s⁻¹]."""
    columns = ["source_id", "pollutant", "estimate_g_s", "bootstrap_q05_g_s", "bootstrap_q95_g_s"]
    columns += ["posterior_q05_g_s", "posterior_q95_g_s"]
    rows: list[tuple[object, ...]] = []
    for number, part in enumerate(parts):
        if options.replicates == 0 or part.prior is None or not part.cached:
            continue
        rng = np.random.default_rng([seed, number])
        count = len(part.columns)
        best, made = block_bootstrap(part.cached, part.prior, count, options.replicates, rng)
        ends = np.quantile(made, ENDS, axis=0)
        wide = np.quantile(apparent(posterior)[:, number, part.columns], ENDS, axis=0)
        rows += [
            (names[column], part.problem.pollutant, best[place], *ends[:, place], *wide[:, place])
            for place, column in enumerate(part.columns)
        ]
    return pd.DataFrame(rows, columns=columns)


def classes_table(names: list[str], prior: Prior) -> pd.DataFrame:
    """Class of each source: ``low`` or ``stack``."""
    words = [("low", "stack")[number] for number in prior.classes]
    return pd.DataFrame({"source_id": names, "class": words})


def prior_table(names: list[str], pollutants: list[str], prior: Prior) -> pd.DataFrame:
    """Spread of ln(true / declared) before the readings, and the chance of factors over declared."""
    spread = np.sqrt(prior.variance())
    over = {factor: prior.exceedance(factor) for factor in EXCESS_FACTORS}
    rows = [
        {"source_id": source_id, "pollutant": pollutant, "spread": spread[number, place]}
        | {f"over_{factor:g}": over[factor][number, place] for factor in EXCESS_FACTORS}
        for number, pollutant in enumerate(pollutants)
        for place, source_id in enumerate(names)
        if prior.present[number, place]
    ]
    return pd.DataFrame(rows)


def draws_dataset(
    posterior: Draws,
    names: list[str],
    pollutants: list[str],
    prior: Prior,
    operator: xr.Dataset,
    factors: list[pd.DataFrame],
    blind: Draws,
    free_prior: Prior,
) -> xr.Dataset:
    """Draws and activity as `Attribution.draws` states."""
    import xarray as xr

    emission, free = (
        np.where(prior.present[None], emissions_of(item), np.nan) for item in (posterior, blind)
    )
    times = pd.DatetimeIndex(operator["time"].to_numpy())
    activity = np.full((len(times), len(names), len(pollutants)), np.nan)
    for number, table in enumerate(factors):
        at = pd.DatetimeIndex(table.index).as_unit("us").get_indexer(times.as_unit("us"))
        for place in np.flatnonzero(prior.present[number]):
            has = names[place] in table
            activity[:, place, number] = table[names[place]].to_numpy(float)[at] if has else 1.0
    return xr.Dataset(
        {
            "emission": (
                ("draw", "source", "pollutant"),
                emission.transpose(0, 2, 1),
                {"units": "g s-1", "long_name": "posterior draws of the mean emission"},
            ),
            "emission_blind": (
                ("draw", "source", "pollutant"),
                free.transpose(0, 2, 1),
                {"units": "g s-1", "long_name": "the same with a prior that no declared rate enters"},
            ),
            "blind_centre": (
                "pollutant",
                free_prior.centre[:, 0],
                {"units": "1", "long_name": "centre of ln(rate / g s-1) of that prior"},
            ),
            "blind_spread": (
                (),
                float(np.sqrt(free_prior.variance().max())),
                {"units": "1", "long_name": "spread of ln(rate) of that prior"},
            ),
            "dispersion_bias": (
                ("draw", "source"),
                np.exp(posterior.bias.reshape(-1, len(names))),
                {"units": "1", "long_name": "lasting factor between modelled and actual dilution"},
            ),
            "activity": (
                ("time", "source", "pollutant"),
                activity,
                {"units": "1", "long_name": "factor on the mean rate"},
            ),
        },
        coords={
            "draw": np.arange(emission.shape[0]),
            "source": names,
            "pollutant": pollutants,
            "time": times,
        },
    )


def episodes_table(
    parts: list[Part],
    posterior: Draws,
    operator: xr.Dataset,
    episodes: pd.DataFrame,
    groups: Groups,
    names: list[str],
    options: Options,
    seed: int,
) -> pd.DataFrame:
    """Table ``attribution_episodes``: each episode of a pollutant, and ``all`` for the whole period."""
    from sootprint.attribution.inverse.contributions import UsualResponse, episode_rows

    times = pd.DatetimeIndex(operator["time"].to_numpy()).as_unit("us")
    rows: list[dict[str, object]] = []
    for number, part in enumerate(parts):
        pollutant = part.problem.pollutant
        periods = {"all": np.ones(len(times), bool)}
        for item in episodes[episodes["pollutant"] == pollutant].itertuples():
            periods[str(item.episode_id)] = (times >= item.time_start) & (times < item.time_end)
        theta = apparent(posterior)[:, number]
        usual = UsualResponse(part)
        for order, (episode_id, hours) in enumerate(periods.items()):
            generator = np.random.default_rng([seed, number, order])
            made = episode_rows(usual, theta, hours, groups[pollutant], names, options, generator)
            rows += [{"episode_id": episode_id, "pollutant": pollutant, **row} for row in made]
    return schema.check(pd.DataFrame(rows), "attribution_episodes")
