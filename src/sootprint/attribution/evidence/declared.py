"""A declared rate against the inferred one: factor, lower bound, and the permit's rate apart from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sootprint.core.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class DeclaredRate:
    """Result of `declared_rate`.

    Attributes
    ----------
    verdict : str
        ``consistent with declared``, ``above declared``, ``below declared`` or ``not decidable``.
    ratio, low, high : float
        Median of inferred over declared, and its 90 % interval [1]; each end is a one-sided 95 % bound.
    probability_over : float
        Posterior probability that the rate is over (1 + tolerance) times the declared one [1].
    load_factor : float
        Median of the inferred mean rate over the largest permitted rate [1]; NaN without one.
    probability_over_permit : float
        Posterior probability that the rate is over the permitted one [1]; NaN without one.
    kernel : float
        Share of the answer that comes from the data [1], as given.
    tolerance : float
        Tolerance that was used [1].
    """

    verdict: str
    ratio: float
    low: float
    high: float
    probability_over: float
    load_factor: float
    probability_over_permit: float
    kernel: float
    tolerance: float


def declared_rate(
    draws_g_s: ArrayLike,
    declared_g_s: float,
    *,
    kernel: float,
    tolerance: float = 0.2,
    permitted_g_s: float | None = None,
    decidable: float = 0.5,
) -> DeclaredRate:
    """What posterior draws of a mean rate say of the declared and of the permitted one.

    The permitted rate is a largest one; a mean rate over it says that it was exceeded at times, a mean rate
    under it does not say that it never was.

    Parameters
    ----------
    draws_g_s : (draw,) array_like
        Posterior draws of the mean rate [g s⁻¹].
    declared_g_s : float
        Declared mean rate of the same period [g s⁻¹].
    kernel : float
        Averaging kernel of the rate [1]; under ``decidable`` nothing is decided.
    tolerance : float
        Tolerance of the licence and of its monitoring [1].
    permitted_g_s : float, optional
        Largest permitted rate [g s⁻¹].

    Raises
    ------
    InputError
        If there are no draws, a draw is negative, or the declared rate is not above zero.

    Examples
    --------
    >>> made = declared_rate([2.0, 3.0, 4.0], 1.0, kernel=0.9)
    >>> made.verdict, made.ratio
    ('above declared', 3.0)
    """
    draws = np.asarray(draws_g_s, float)
    if draws.ndim != 1 or not len(draws) or not np.all(draws >= 0.0):
        raise InputError("no draws of a rate", rule="a line of rates of at least 0")
    if not declared_g_s > 0.0:
        raise InputError(f"a declared rate of {declared_g_s:g} g/s", rule="above zero")
    ratio = draws / declared_g_s
    low, middle, high = np.quantile(ratio, (0.05, 0.5, 0.95))
    if not kernel >= decidable:
        verdict = "not decidable"
    elif low > 1.0 + tolerance:
        verdict = "above declared"
    elif high < 1.0 / (1.0 + tolerance):
        verdict = "below declared"
    else:
        verdict = "consistent with declared"
    permitted = permitted_g_s if permitted_g_s is not None and permitted_g_s > 0.0 else np.nan
    return DeclaredRate(
        verdict=verdict,
        ratio=float(middle),
        low=float(low),
        high=float(high),
        probability_over=float((ratio > 1.0 + tolerance).mean()),
        load_factor=float(np.median(draws) / permitted),
        probability_over_permit=float((draws > permitted).mean()) if np.isfinite(permitted) else np.nan,
        kernel=float(kernel),
        tolerance=float(tolerance),
    )
