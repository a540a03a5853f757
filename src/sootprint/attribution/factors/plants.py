"""From factor to plant: what time and composition say together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.factors.plants_profile import ProfileEvidence, profile_evidence, source_profiles
from sootprint.attribution.factors.plants_time import (
    TimeEvidence,
    collinear_groups,
    sample_response,
    time_evidence,
)
from sootprint.core import schema
from sootprint.core.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

    from sootprint.attribution.factors.pmf import Factorisation
    from sootprint.attribution.factors.resampling import Bootstrap

__all__ = ["factor_plants", "source_profiles"]

Array = NDArray[np.float64]

CHANCE = 0.05
"""Greatest chance of the rank correlation, over all groups and factors, for support by time."""
LEAST_SHARE = 0.2
"""Least lower end of the share of a factor's mean for support by time."""
LEAST_SEEN = 10
"""Least samples in its plume for a group to be judged."""
LEAST_SAMPLES = 30
"""Least samples with a served operator."""
LEAST_SIMILARITY = 0.5
"""Least lower end of the likeness for support by profile."""
LEAST_MARKER_SHARE = 0.5
"""Least part of a kind's species that the factor makes for support by profile."""


def factor_plants(
    solution: Factorisation,
    operator: xr.Dataset,
    *,
    station: str,
    sample_hours: float = 1.0,
    activity: pd.DataFrame | None = None,
    bootstrap: Bootstrap | None = None,
    source_types: dict[str, str] | None = None,
    profiles: pd.DataFrame | None = None,
    covariates: pd.DataFrame | None = None,
    minimum_served: float = 0.75,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Support of each factor for each source or group of sources: a table ``factor_plants``.

    By time: the factor's contributions are set against activity × H of all sources at the post. Support
    needs a rank correlation that exchanged blocks of the operator reach in under 5 % for any group and
    factor, a lower end above zero, and at least a fifth of the factor's mean (lower end) in the non-negative
    regression on all groups together. By profile: the ratios lie within the ranges of the kind of source
    that is stated for the group, over the bootstrap, and the factor makes half of those species.

    A factor is a statistical pattern. Support says that it comes and goes, and is composed, as that source's
    plume would be; another source at the same bearing, or one that is not in the operator, may do the same.

    Parameters
    ----------
    solution : Factorisation
        Its ``matrix.times`` are the beginnings of the samples [UTC].
    operator : Dataset
        ``H(time, receptor, source)`` [s m⁻³]; hours that are not served are missing.
    station : str
        Receptor where the samples were taken.
    sample_hours : float
        Length of a sample [h].
    activity : DataFrame, optional
        Factor on the mean rate, indexed by UTC hour, a column a source; an absent source has factor 1.
    bootstrap : Bootstrap, optional
        Of the solution; without it no support by profile is given, for the likeness has no interval.
    source_types : dict of str to str, optional
        Kind of each source, as in ``profiles``.
    profiles : DataFrame, optional
        Table ``source_profiles``; by default `source_profiles`.
    covariates : DataFrame, optional
        A row a sample: what moves factor and plume alike, as wind speed; taken out of the correlations.
    minimum_served : float
        Least part of a sample's hours that the operator serves.
    rng : Generator
        Random numbers.

    Raises
    ------
    InputError
        If the samples have no times, the post or a kind is not known, or too few samples are served.
    """
    table = source_profiles() if profiles is None else schema.check(profiles, "source_profiles")
    stated = source_types or {}
    if strange := sorted(set(stated.values()) - set(table["source_type"])):
        raise InputError(f"no kind of source {strange[0]!r}", cure=", ".join(table["source_type"].unique()))
    times = solution.matrix.times
    if not isinstance(times, pd.DatetimeIndex) or not times.is_monotonic_increasing:
        raise InputError(
            "the samples have no times in order",
            rule="the index of the values is their beginnings in UTC, rising",
            cure="pandas.to_datetime and sort_index before factor_matrix",
        )
    names, response = sample_response(operator, station, times, sample_hours, activity, minimum_served)
    used = np.asarray(np.isfinite(response).all(axis=1))
    extra = None
    if covariates is not None:
        if len(covariates) != len(times):
            raise InputError(f"{len(covariates)} rows of covariates", rule=f"one a sample: {len(times)}")
        extra = covariates.to_numpy(float)
        used = used & np.isfinite(extra).all(axis=1)
        extra = extra[used]
    if used.sum() < LEAST_SAMPLES:
        raise InputError(
            f"{int(used.sum())} of {len(used)} samples have a served operator",
            rule=f"at least {LEAST_SAMPLES}",
            cure="run the operator over the hours of the samples",
        )
    response = response[used]
    members = collinear_groups(response)
    grouped = np.column_stack([response[:, item].sum(axis=1) for item in members])
    found = time_evidence(solution.contributions[used], grouped, times[used], rng, covariates=extra)
    resampled = None if bootstrap is None else bootstrap.profiles
    alike = profile_evidence(solution.profiles, resampled, solution.matrix.species, table)
    seen = (grouped > 0.01 * np.maximum(grouped.max(axis=0), 1e-300)).sum(axis=0)
    rows = []
    for p in range(solution.factors):
        for j, item in enumerate(members):
            row = {
                "factor": p + 1,
                "group_id": names[item[0]],
                "members": ",".join(names[column] for column in item),
                "samples": int(used.sum()),
                "seen_samples": int(seen[j]),
            }
            kinds = sorted({stated[names[column]] for column in item if names[column] in stated})
            row |= _by_time(found, p, j, int(seen[j]))
            row |= _by_profile(alike, kinds, p)
            rows.append(row | _joint(row))
    made = pd.DataFrame(rows).drop(columns=["time_reason", "profile_reason"])
    return schema.check(made, "factor_plants")


def _by_time(found: TimeEvidence, p: int, j: int, seen: int) -> dict[str, Any]:
    low, share = found.rank_interval[0, p, j], found.share_interval[0, p, j]
    if seen < LEAST_SEEN:
        reason = f"the post stood in the plume in {seen} samples only"
    elif found.p_value[p, j] > CHANCE or low <= 0.0:
        reason = "the factor does not follow the plume more than chance does"
    elif share < LEAST_SHARE:
        reason = "beside the other sources little of the factor goes with this one"
    else:
        reason = ""
    return {
        "rank_correlation": found.rank[p, j],
        "rank_q05": low,
        "rank_q95": found.rank_interval[1, p, j],
        "log_correlation": found.log[p, j],
        "log_q05": found.log_interval[0, p, j],
        "log_q95": found.log_interval[1, p, j],
        "p_value": found.p_value[p, j],
        "share": found.share[p, j],
        "share_q05": share,
        "share_q95": found.share_interval[1, p, j],
        "constant_share": found.constant[p],
        "time_support": "not decidable" if reason else "consistent with",
        "time_reason": reason,
    }


def _by_profile(alike: dict[str, ProfileEvidence], kinds: list[str], p: int) -> dict[str, Any]:
    """Columns of the stated kind; of the likest kind where none or several are stated."""
    candidates = [alike[kind] for kind in kinds] or list(alike.values())
    best = max(
        candidates, key=lambda item: np.nan_to_num(item.similarity[p] * item.marker_share[p], nan=-1.0)
    )
    low, marker = best.low[p], best.marker_share[p]
    if best.ratios == 0 or not np.isfinite(best.similarity[p]):
        reason = "the species of its kind were not measured or the factor lacks them"
    elif not np.isfinite(low):
        reason = "no bootstrap, so the likeness has no interval"
    elif low < LEAST_SIMILARITY:
        reason = "the profile is not surely like that of its kind"
    elif marker < LEAST_MARKER_SHARE:
        reason = "the factor makes less than half of the species of its kind"
    else:
        reason = ""
    return {
        "source_type": best.source_type,
        "type_stated": bool(kinds),
        "profile_similarity": best.similarity[p],
        "profile_q05": low,
        "profile_q95": best.high[p],
        "marker_share": marker,
        "ratios": best.ratios,
        "profile_support": "not decidable" if reason else "consistent with",
        "profile_reason": reason,
    }


def _joint(row: dict[str, Any]) -> dict[str, str]:
    by_time, by_profile = (row[key] == "consistent with" for key in ("time_support", "profile_support"))
    against = row["type_stated"] and row["profile_q95"] < LEAST_SIMILARITY
    if by_time and against:
        return {"support": "not decidable", "reason": "time and profile disagree"}
    if by_time and by_profile and row["type_stated"]:
        return {"support": "consistent with", "reason": "by time and by profile"}
    if by_time:
        open_ = row["profile_reason"] if row["type_stated"] else "no kind is stated for the source"
        return {"support": "consistent with", "reason": f"by time alone: {open_}"}
    if by_profile and row["type_stated"]:
        return {"support": "not decidable", "reason": f"by profile alone: {row['time_reason']}"}
    return {"support": "not decidable", "reason": row["time_reason"]}
