"""Performance tests of receptor models against a reference, after CEN/TS 17458:2020.

The specification is sold, and its text was not at hand. What stands here was put together from public
sources: its published scope and terms, and the papers on which it rests [1, 2, 3]. That a contribution is
held to a standard uncertainty of 50 % is stated in the abstract of ref. 2. The factor 2 in RMSE_u and the
limits of the distances were written from knowledge of refs. 1 and 3 and are unverified against the
specification: `UNVERIFIED` names them.

References
----------
.. [1] Belis, C. A. et al. (2015). A new methodology to assess the performance and uncertainty of source
   apportionment models in intercomparison exercises. Atmos. Environ. 119, 35–44.
   doi:10.1016/j.atmosenv.2015.08.002.
.. [2] Belis, C. A. et al. (2015). A new methodology to assess the performance and uncertainty of source
   apportionment models II: the results of two European intercomparison exercises. Atmos. Environ. 123,
   240–250. doi:10.1016/j.atmosenv.2015.10.068.
.. [3] Belis, C. A. et al. (2020). Evaluation of receptor and chemical transport models for PM10 source
   apportionment. Atmos. Environ. X 5, 100053. doi:10.1016/j.aeaoa.2019.100053.
.. [4] ISO 13528:2022, Statistical methods for use in proficiency testing: z and zeta scores with their
   limits 2 and 3.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sootprint.core import schema
from sootprint.core.errors import InputError

STANDARD_UNCERTAINTY = 0.5
"""Standard uncertainty of a source contribution that the quality objective allows, as a share; ref. 2."""
LIMITS = {
    "z_score": (2.0, 3.0),
    "zeta_score": (2.0, 3.0),
    "rmse_u": (np.nan, 1.0),
    "correlation_distance": (np.nan, 0.4),
    "identity_distance": (np.nan, 1.0),
    "weighted_difference": (np.nan, 2.0),
}
"""Absolute value from which a result is questionable, and beyond which it is not accepted [1]."""
UNVERIFIED = ("rmse_u", "correlation_distance", "identity_distance", "weighted_difference")
"""Tests whose formula or limit was not read in the specification or in an open text."""


def contribution_tests(
    candidate: pd.DataFrame,
    reference: pd.DataFrame,
    *,
    candidate_uncertainty: pd.Series | None = None,
    reference_uncertainty: pd.DataFrame | None = None,
    standard_uncertainty: float = STANDARD_UNCERTAINTY,
) -> pd.DataFrame:
    """Tests of source contributions against a reference: a table ``factor_tests``; refs. 1, 2, 3.

    With the means x of the candidate and X of the reference over their common samples:
    z = (x − X) / (p X) with p the standard uncertainty that is allowed;
    ζ = (x − X) / √(u²(x) + u²(X)), whether the stated uncertainties are coherent with the difference;
    RMSE_u = √mean (x_i − X_i)² / (2 √mean u_i²), the series within twice the uncertainty of the reference;
    correlation distance 1 − r of the series. For a mean of 1.3 where 1.0 is known, z = 0.3 / 0.5 = 0.6.

    Parameters
    ----------
    candidate, reference : DataFrame
        Contributions [one unit], a sample a row and a source a column; samples and sources that only one
        of them has are not tested. NaN is missing.
    candidate_uncertainty : Series, optional
        Standard uncertainty of the candidate's mean, by source. ζ is not computed without it.
    reference_uncertainty : DataFrame, optional
        Standard uncertainty of every reference value; ``standard_uncertainty`` of the value where absent.
        The uncertainty of the reference's mean is the mean of these: errors of a reference are common.
    standard_uncertainty : float
        p, as a share of the reference.

    Raises
    ------
    InputError
        If no source or sample is common, or the allowed uncertainty is not above zero.
    """
    if not standard_uncertainty > 0.0:
        raise InputError(f"a standard uncertainty of {standard_uncertainty:g}", rule="it is above zero")
    sources, samples = _common(candidate, reference)
    rows: list[dict[str, Any]] = []
    for source in sources:
        x = candidate.loc[samples, source].to_numpy(float)
        known = reference.loc[samples, source].to_numpy(float)
        u = (
            standard_uncertainty * np.abs(known)
            if reference_uncertainty is None
            else reference_uncertainty.loc[samples, source].to_numpy(float)
        )
        both = np.isfinite(x) & np.isfinite(known) & np.isfinite(u)
        x, known, u = x[both], known[both], u[both]
        made = _row(source, "contribution", len(x))
        if len(x) == 0:
            rows += [made(test, np.nan, "no common sample") for test in list(LIMITS)[:4]]
            continue
        difference = float(x.mean() - known.mean())
        rows.append(made("z_score", _ratio(difference, standard_uncertainty * float(known.mean()))))
        own = np.nan if candidate_uncertainty is None else float(candidate_uncertainty.get(source, np.nan))
        reason = "" if np.isfinite(own) else "no uncertainty of the candidate"
        rows.append(made("zeta_score", _ratio(difference, float(np.hypot(own, u.mean()))), reason))
        spread = 2.0 * float(np.sqrt((u**2).mean()))
        rows.append(made("rmse_u", _ratio(float(np.sqrt(((x - known) ** 2).mean())), spread)))
        rows.append(made("correlation_distance", _distance(x, known)))
    return schema.check(pd.DataFrame(rows), "factor_tests")


def profile_tests(
    candidate: pd.DataFrame,
    reference: pd.DataFrame,
    *,
    candidate_uncertainty: pd.DataFrame | None = None,
    reference_uncertainty: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Tests of chemical profiles against a reference: a table ``factor_tests``; ref. 1.

    Over the m common species, each profile divided by its sum over them: the correlation distance 1 − r; the
    standardised identity distance (√2 / m) Σ |a − b| / (a + b), in which every species counts alike; and the
    weighted difference (1 / m) Σ |a − b| / √(u²(a) + u²(b)). For a = (0.75, 0.25) and b = (0.25, 0.75) the
    second is √2 / 2 · (0.5 + 0.5) = 0.707. A species that both have at zero does not enter.

    Parameters
    ----------
    candidate, reference : DataFrame
        Profiles, a species a row and a source a column, [any unit, one a source].
    candidate_uncertainty, reference_uncertainty : DataFrame, optional
        Standard uncertainties in the unit of the profiles; the weighted difference needs both.

    Raises
    ------
    InputError
        If no source or species is common.
    """
    sources, species = _common(candidate, reference)
    rows: list[dict[str, Any]] = []
    for source in sources:
        a = candidate.loc[species, source].to_numpy(float)
        b = reference.loc[species, source].to_numpy(float)
        used = np.isfinite(a) & np.isfinite(b) & (a >= 0.0) & (b >= 0.0) & (a + b > 0.0)
        made = _row(source, "profile", int(used.sum()))
        sums = a[used].sum(), b[used].sum()
        if used.sum() < 3 or not (sums[0] > 0.0 and sums[1] > 0.0):
            reason = "fewer than three common species"
            rows += [made(test, np.nan, reason) for test in list(LIMITS)[3:]]
            continue
        one, other = a[used] / sums[0], b[used] / sums[1]
        rows.append(made("correlation_distance", _distance(one, other)))
        rows.append(made("identity_distance", identity_distance(one, other)))
        if candidate_uncertainty is None or reference_uncertainty is None:
            rows.append(made("weighted_difference", np.nan, "uncertainties of both are needed"))
            continue
        u = candidate_uncertainty.loc[species, source].to_numpy(float)[used] / sums[0]
        v = reference_uncertainty.loc[species, source].to_numpy(float)[used] / sums[1]
        size = np.hypot(u, v)
        some = np.isfinite(size) & (size > 0.0)
        value = float((np.abs(one - other)[some] / size[some]).mean()) if some.any() else np.nan
        rows.append(made("weighted_difference", value))
    return schema.check(pd.DataFrame(rows), "factor_tests")


def identity_distance(one: np.ndarray, other: np.ndarray) -> float:
    """Standardised identity distance (√2 / m) Σ |a − b| / (a + b) of two profiles ≥ 0 with a + b > 0 [1].

    0 for equal profiles, √2 for profiles without a common species; ref. 1.
    """
    return float(np.sqrt(2.0) * np.mean(np.abs(one - other) / (one + other)))


def assign_sources(candidate: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """Candidate with its factors named after the reference sources whose series they follow best.

    Pairs with the largest sum of correlations; a factor without a partner keeps its name. With a reference
    that names no source for certain, the caller's own names are the better choice.

    Raises
    ------
    InputError
        If no sample is common.
    """
    from scipy.optimize import linear_sum_assignment

    from sootprint.attribution.factors.matching import correlations

    samples = candidate.index.intersection(reference.index)
    if len(samples) < 3:
        raise InputError(f"{len(samples)} common samples", rule="at least three are needed")
    alike = correlations(candidate.loc[samples].to_numpy(float).T, reference.loc[samples].to_numpy(float).T)
    rows, columns = linear_sum_assignment(-alike)
    names = list(candidate.columns)
    for row, column in zip(rows, columns, strict=True):
        names[row] = reference.columns[column]
    return candidate.set_axis(names, axis=1)


def _common(candidate: pd.DataFrame, reference: pd.DataFrame) -> tuple[list[Any], pd.Index]:
    sources = [name for name in reference.columns if name in set(candidate.columns)]
    rows = candidate.index.intersection(reference.index)
    if not sources or len(rows) == 0:
        raise InputError(
            "candidate and reference have no source or no row in common",
            rule="columns are sources and rows are samples or species, named alike",
            cure="assign_sources names factors after reference sources",
        )
    return sources, rows


def _row(source: Any, quantity: str, count: int) -> Any:
    def made(test: str, value: float, reason: str = "") -> dict[str, Any]:
        warning, limit = LIMITS[test]
        size = abs(value)
        if not np.isfinite(value):
            result, reason = "not computed", reason or "the statistic has no scale: a zero or constant series"
        elif size > limit:
            result = "not accepted"
        else:
            result = "questionable" if size > warning else "accepted"
        return {
            "source": str(source),
            "test": test,
            "quantity": quantity,
            "value": value if np.isfinite(value) else np.nan,
            "warning_limit": warning,
            "limit": limit,
            "count": count,
            "result": result,
            "reason": reason or None,
        }

    return made


def _ratio(value: float, scale: float) -> float:
    return value / scale if scale > 0.0 else np.nan


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    if len(one) < 3 or one.std() == 0.0 or other.std() == 0.0:
        return float("nan")
    return float(1.0 - np.corrcoef(one, other)[0, 1])
