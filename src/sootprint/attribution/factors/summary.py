"""Tables of a factorisation: the solution, its profiles with their errors, contributions and starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sootprint.core import schema
from sootprint.core.errors import InputError

if TYPE_CHECKING:
    from sootprint.attribution.factors.displaced import Displacement
    from sootprint.attribution.factors.pmf import Factorisation
    from sootprint.attribution.factors.resampling import Bootstrap


def report_tables(
    solution: Factorisation, bootstrap: Bootstrap | None = None, displacement: Displacement | None = None
) -> dict[str, pd.DataFrame]:
    """Tables by name: ``factor_solution``, ``factor_profiles``, ``factor_contributions``, ``factor_starts``.

    The spread of Q over the starts and the share of matched factors are always there: a solution that only
    one start found is one of many. An interval that was not computed is missing with its reason.

    Raises
    ------
    InputError
        If the samples have no times, the solution no starts, or an error estimate belongs to another
        solution.
    """
    if not isinstance(solution.matrix.times, pd.DatetimeIndex):
        raise InputError(
            "the samples have no times",
            rule="the index of the values is the beginnings of the samples in UTC",
            cure="pandas.to_datetime before factor_matrix",
        )
    if solution.starts.empty:
        raise InputError("a solution without its starts", cure="report what factorise gave")
    for made in (
        None if bootstrap is None else bootstrap.profiles[0],
        None if displacement is None else displacement.low,
    ):
        if made is not None and made.shape != solution.profiles.shape:
            raise InputError(
                f"errors of shape {made.shape} for profiles of shape {solution.profiles.shape}",
                cure="estimate the errors of this solution",
            )
    return {
        "factor_solution": _solution(solution, displacement),
        "factor_profiles": _profiles(solution, bootstrap, displacement),
        "factor_contributions": _contributions(solution),
        "factor_starts": schema.check(solution.starts, "factor_starts"),
    }


def _solution(solution: Factorisation, displacement: Displacement | None) -> pd.DataFrame:
    starts = solution.starts
    z = solution.scaled_residuals()
    row = {
        "factors": solution.factors,
        "samples": len(solution.contributions),
        "species": len(solution.matrix.species),
        "q_true": solution.q_true,
        "q_robust": solution.q_robust,
        "q_expected": float(solution.q_expected),
        "robust": solution.options.robust,
        "starts": len(starts),
        "converged": int(starts["converged"].sum()),
        "q_spread": float(starts["q_robust"].max() / starts["q_robust"].min() - 1.0),
        "share_matched": float(starts["matched"].mean()),
        "rms_scaled_residual": float(np.sqrt(np.nanmean(z**2))),
        "largest_fall": np.nan if displacement is None else displacement.largest_fall,
        "swaps": pd.NA if displacement is None else len(displacement.swaps),
    }
    return schema.check(pd.DataFrame([row]), "factor_solution")


def _profiles(
    solution: Factorisation, bootstrap: Bootstrap | None, displacement: Displacement | None
) -> pd.DataFrame:
    table = solution.table()
    none = np.full(solution.profiles.shape, np.nan)
    low, high = (none, none) if bootstrap is None else bootstrap.intervals(0.9)
    found = np.full(solution.factors, np.nan) if bootstrap is None else bootstrap.matched()
    table["unit"] = solution.matrix.unit
    table["bootstrap_q05"], table["bootstrap_q95"] = low.ravel(), high.ravel()
    table["displaced_low"] = none.ravel() if displacement is None else displacement.low.ravel()
    ends = none.ravel() if displacement is None else displacement.high.ravel()
    endless = np.isinf(ends)
    table["displaced_high"] = np.where(endless, np.nan, ends)
    table["weak"] = table["species"].isin(solution.matrix.weak)
    table["found_again"] = np.repeat(found, len(solution.matrix.species))
    reasons = [[] if bootstrap is not None else ["no bootstrap"] for _ in range(len(table))]
    for number, words in enumerate(reasons):
        if bootstrap is not None and not np.isfinite(table["bootstrap_q05"].iloc[number]):
            words.append("no bootstrap run found the factor again")
        if displacement is None:
            words.append("no displacement")
        elif endless[number]:
            words.append("no upper end: the fit does not limit it")
        elif not np.isfinite(ends[number]):
            words.append("not displaced")
    table["reason"] = ["; ".join(words) or None for words in reasons]
    return schema.check(table, "factor_profiles")


def _contributions(solution: Factorisation) -> pd.DataFrame:
    count = solution.factors
    table = pd.DataFrame(
        {
            "time_start": np.repeat(solution.matrix.times.as_unit("us"), count),
            "factor": np.tile(np.arange(1, count + 1), len(solution.contributions)),
            "contribution": solution.contributions.ravel(),
        }
    )
    return schema.check(table, "factor_contributions")
