"""Declared against inferred rates of all subjects, over the period and month by month."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sootprint.attribution.evidence.alternatives import Rivals
from sootprint.attribution.evidence.claims import Claims
from sootprint.attribution.evidence.episodes import CONTRIBUTES
from sootprint.attribution.evidence.free import FreePrior
from sootprint.attribution.evidence.propositions import UNRESOLVED
from sootprint.attribution.evidence.rates import (
    FAINT,
    NO_DECLARATION,
    RateEvidence,
    rate_evidence,
    sum_kernel,
)
from sootprint.attribution.evidence.subjects import Subject, subjects_of
from sootprint.core.timeaxis import to_local

if TYPE_CHECKING:
    import xarray as xr

    from sootprint.attribution.evidence.field import Array
    from sootprint.attribution.inverse import Attribution, Options

Row = dict[str, Any]

PERIOD, ONE_MONTH, OWN_FIT = "one rate for the period", "the period lies in this month", "fit of the month"
"""Where the rate of a row comes from."""

LEAST_HOURS = 100
"""Hours with wind that a month needs for a fit of its own [h]; in fewer the answer is nearly the prior."""


def rate_rows(
    attribution: Attribution,
    claims_of: Callable[[str, list[str]], Claims],
    *,
    month: str,
    fit: str,
    tolerance: float,
    decidable: float,
) -> list[Row]:
    """Rows of all subjects of all pollutants of one attribution.

    Parameters
    ----------
    attribution : Attribution
        Result of `inverse.attribute`.
    claims_of : callable
        Gives the claims for a pollutant and its sources.
    month : str
        ``all``, or the local month as ``2024-11``.
    fit : str
        Where the rates come from.
    tolerance : float
        Tolerance of the licence and of its monitoring [1].
    decidable : float
        Averaging kernel from which something is decided [1].
    """
    rows: list[Row] = []
    draws = attribution.draws
    used = attribution.diagnostics["readings"].set_index("pollutant")["used"].to_dict()
    for pollutant in map(str, draws["pollutant"].to_numpy()):
        own = draws.sel(pollutant=pollutant)
        centred = own["emission"].transpose("draw", "source").to_numpy().astype(float)
        present = np.isfinite(centred).all(axis=0)
        names = [str(name) for name in draws["source"].to_numpy()[present]]
        centred = centred[:, present]
        blind = own["emission_blind"].transpose("draw", "source").to_numpy().astype(float)[:, present]
        prior = (float(own["blind_centre"]), float(draws["blind_spread"]))
        claims = claims_of(pollutant, names)
        rivals = Rivals({name: blind[:, place] for place, name in enumerate(names)})
        head = {"pollutant": pollutant, "month": month, "fit": fit, "readings_used": int(used[pollutant])}
        for subject in subjects_of(attribution, pollutant, names):
            rows.append(
                head
                | _row(subject, names, centred, blind, prior, claims, tolerance, decidable)
                | _alternative(subject, names, blind, claims, rivals)
            )
    return rows


def _row(
    subject: Subject,
    names: list[str],
    centred: Array,
    blind: Array,
    prior: tuple[float, float],
    claims: Claims,
    tolerance: float,
    decidable: float,
) -> Row:
    members = subject.members
    one, other = centred[:, members].sum(axis=1), blind[:, members].sum(axis=1)
    free = FreePrior(*prior, count=len(members))
    kernel = sum_kernel(other, free)
    low, high = np.quantile(one, (0.05, 0.95))
    row: Row = {
        "subject_kind": subject.kind,
        "subject_id": subject.name,
        "group_id": subject.group_id,
        "members": ", ".join(names[member] for member in members),
        "inferred_g_s": one.mean(),
        "inferred_q05_g_s": low,
        "inferred_q95_g_s": high,
        "averaging_kernel": kernel,
        "tolerance": tolerance,
        "verdict": "not decidable",
        "reason": NO_DECLARATION,
    } | _load(one, subject, claims)
    if not claims.of(subject):
        return row
    declared = float(claims.declared[members].sum())
    permitted = _sum(claims.permitted, subject)
    made = rate_evidence(
        one,
        other,
        declared,
        declared_spread=claims.spread_of(subject),
        prior=free,
        kernel=kernel,
        alone=subject.alone,
        tolerance=tolerance,
        permitted_g_s=None if np.isnan(permitted) else permitted,
        decidable=decidable,
    )
    return row | {"declared_g_s": declared} | _numbers(made)


def _sum(values: Array, subject: Subject) -> float:
    """Sum over the sources of a subject; NaN where one of them states none."""
    return float(values[subject.members].sum())


def _load(draws: Array, subject: Subject, claims: Claims) -> Row:
    """Load factor and the question of the permit, apart from everything else.

    The load factor is the mean rate over the largest stated one: permitted, else declared while working.
    """
    permitted, maximum = _sum(claims.permitted, subject), _sum(claims.maximum, subject)
    basis, largest = ("permitted", permitted) if permitted > 0.0 else ("declared", maximum)
    if not largest > 0.0:
        return {}
    low, middle, high = np.quantile(draws / largest, (0.05, 0.5, 0.95))
    made: Row = {"maximum_g_s": largest, "maximum_basis": basis}
    made |= {"load_factor": middle, "load_q05": low, "load_q95": high}
    if permitted > 0.0:
        made |= {
            "permitted_g_s": permitted,
            "probability_over_permit": float((draws > permitted).mean()),
        }
    return made


def _numbers(made: RateEvidence) -> Row:
    row: Row = {
        "ratio": made.centred.ratio,
        "ratio_q05": made.centred.low,
        "ratio_q95": made.centred.high,
        "blind_ratio": made.blind.ratio,
        "blind_ratio_q05": made.blind.low,
        "blind_ratio_q95": made.blind.high,
        "probability_over": made.centred.probability_over,
        "verdict": made.verdict,
        "reason": made.reason or None,
        "factor": made.factor,
        "overturn_g_s": made.overturn_g_s,
    }
    for name, item in (("free", made.free), ("none", made.none)):
        if item is not None:
            row |= {
                f"log10_declared_{name}": item.log10,
                f"bound_declared_{name}": item.bound,
                f"words_declared_{name}": item.words,
            }
    if made.alone is not None:
        row |= {
            "log10_density_ratio": made.alone.log10_density_ratio,
            "deviance": made.alone.deviance,
            "deviance_bound": made.alone.bound,
        }
    return row


def _alternative(subject: Subject, names: list[str], blind: Array, claims: Claims, rivals: Rivals) -> Row:
    """Other source whose rate at its upper end leaves least to this one, without help from declared rates."""
    own = blind[:, subject.members].sum(axis=1)
    found = rivals.strongest(own, frozenset(names[member] for member in subject.members))
    if found is None:
        return {}
    row: Row = {"alternative": found.name, "alternative_correlation": found.correlation}
    if claims.of(subject):
        row["ratio_q05_if_alternative"] = found.low / float(claims.declared[subject.members].sum())
    return row


def withhold_faint(row: Row, whole: Row) -> None:
    """Take the outcome back where the readings of the pollutant itself cannot carry it.

    The pollutants of a source share a part of their uncertainty, so that a rate can be narrowed by another
    pollutant's readings alone. "Above" asks that the lower end of the contribution over the whole period is
    over `CONTRIBUTES` of the observed mean, "below" that what the declared rate would give is, and
    "consistent" that one of them could be.

    Parameters
    ----------
    row : dict
        Row of ``evidence_rates``; changed in place.
    whole : dict
        Row of ``evidence_episodes`` of the same subject over the whole period.
    """
    asked = {
        "above declared": [whole["share_q05"]],
        "below declared": [whole.get("share_as_declared_q05", np.nan)],
        "consistent with declared": [whole["share_q95"], whole.get("share_as_declared_q05", np.nan)],
    }.get(row["verdict"])
    if asked is None or any(share > CONTRIBUTES for share in asked):
        return
    row |= {"verdict": "not decidable", "reason": FAINT, "factor": np.nan}
    for name in ("free", "none"):
        row |= {
            f"log10_declared_{name}": np.nan,
            f"bound_declared_{name}": "unresolved",
            f"words_declared_{name}": UNRESOLVED,
        }


def local_months(times: pd.DatetimeIndex, zone: str) -> list[tuple[str, pd.Timestamp, pd.Timestamp]]:
    """Local months of hours: name, first hour and end of the last hour [UTC]."""
    months = to_local(pd.Series(times), zone).dt.strftime("%Y-%m").to_numpy()
    made = []
    for name in dict.fromkeys(months.tolist()):
        own = times[months == name]
        made.append((str(name), pd.Timestamp(own[0]), pd.Timestamp(own[-1]) + pd.Timedelta(hours=1)))
    return made


def month_fit(
    operator: xr.Dataset,
    observations: pd.DataFrame,
    rates: pd.DataFrame,
    span: tuple[pd.Timestamp, pd.Timestamp],
    *,
    sources: pd.DataFrame,
    zone: str,
    weather: pd.DataFrame | None,
    options: Options,
    seed: int,
) -> Attribution | None:
    """Attribution of one month by itself; None where too few of its hours were served with wind.

    The rates of the model are constant over what it is given, so that a month has a rate of its own only
    in a fit of its own.
    """
    from sootprint.attribution import inverse
    from sootprint.attribution.inverse.light_wind import windy_hours
    from sootprint.core import schema

    start, end = span
    times = pd.DatetimeIndex(operator["time"].to_numpy()).as_unit("us")
    own = operator.isel(time=np.flatnonzero((times >= start) & (times < end)))
    served = np.isfinite(own["H"].transpose("time", "receptor", "source").to_numpy()).any(axis=(1, 2))
    windy = windy_hours(own, weather, options)
    if windy is not None:
        served &= windy
    inside = (observations["time_start"] >= start) & (observations["time_start"] < end)
    if int(served.sum()) < LEAST_HOURS or not inside.any():
        return None
    return inverse.attribute(
        own,
        observations[inside],
        rates,
        schema.empty("episodes"),
        sources=sources,
        zone=zone,
        weather=weather,
        options=options,
        seed=seed,
    )
