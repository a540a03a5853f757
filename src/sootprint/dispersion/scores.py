"""Scores of modelled against observed concentrations, and of one model against another.

Observed values are never weighted and never normalised here: a caller that compares concentration over
emission divides both before.

References
----------
.. [1] Chang, J. C. and Hanna, S. R. (2004). Air quality model performance evaluation. Meteorology and
   Atmospheric Physics 87, 167-196, doi:10.1007/s00703-003-0070-7.
.. [2] Cox, W. M. and Tikvart, J. A. (1990). A statistical procedure for determining the best performing
   air quality simulation model. Atmospheric Environment 24A, 2387-2395,
   doi:10.1016/0960-1686(90)90331-G.
.. [3] Efron, B. and Tibshirani, R. J. (1993). An introduction to the bootstrap. Chapman and Hall,
   doi:10.1201/9780429246593.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sootprint.core.errors import InputError

Floats = NDArray[np.float64]

STATISTICS = ("fb", "nmse", "mg", "vg", "fac2", "r", "rhc_ratio")
"""Names of the performance statistics, in the order in which tables show them."""


@dataclass(frozen=True)
class Scores:
    """Performance statistics of paired concentrations; NaN where a statistic is not defined.

    Attributes
    ----------
    pairs : int
        Pairs scored.
    fb : float
        Fractional bias [1]; above zero the model is too low.
    nmse : float
        Normalised mean square error [1].
    mg, vg : float
        Geometric mean bias and geometric variance [1]; ``mg`` above one: the model is too low.
    fac2 : float
        Fraction of pairs whose modelled value is within a factor of two of the observed one [1].
    r : float
        Pearson correlation [1].
    rhc_ratio : float
        Robust highest concentration, modelled over observed [1].
    pairs_log : int
        Pairs in ``mg`` and ``vg``.
    raised : int
        Values, modelled or observed, that were raised to ``log_floor`` in ``mg`` and ``vg``.
    pairs_factor : int
        Pairs in ``fac2``.
    """

    pairs: int
    fb: float
    nmse: float
    mg: float
    vg: float
    fac2: float
    r: float
    rhc_ratio: float
    pairs_log: int
    raised: int
    pairs_factor: int

    def as_dict(self) -> dict[str, float | int]:
        """Statistics by name."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


@dataclass(frozen=True)
class Agreement:
    """Agreement of one model with another on the same hours, places and sources.

    Attributes
    ----------
    pairs : int
        Pairs compared.
    slope, intercept : float
        Least-squares line of the model over the reference [1, unit of the values].
    slope_through_zero : float
        Least-squares slope of a line through the origin [1].
    r_squared : float
        Squared Pearson correlation [1].
    maximum_ratio : float
        Largest value of the model over the largest of the reference [1].
    largest_difference : float
        Largest absolute difference over the largest value of the reference [1].
    """

    pairs: int
    slope: float
    intercept: float
    slope_through_zero: float
    r_squared: float
    maximum_ratio: float
    largest_difference: float


def fractional_bias(observed: ArrayLike, modelled: ArrayLike) -> float:
    """Fractional bias FB = 2 (Ō − P̄) / (Ō + P̄) [1], in −2 to 2, above zero for a model that is too low [1]_.

    Modelled half of observed everywhere gives 2/3.
    """
    mean_observed = float(np.asarray(observed, float).mean())
    mean_modelled = float(np.asarray(modelled, float).mean())
    return _ratio(2.0 * (mean_observed - mean_modelled), mean_observed + mean_modelled)


def normalised_mean_square_error(observed: ArrayLike, modelled: ArrayLike) -> float:
    """NMSE = mean((O − P)²) / (Ō P̄) [1]; modelled half of a constant observed gives 0.5 [1]_."""
    o, p = np.asarray(observed, float), np.asarray(modelled, float)
    return _ratio(float(np.mean((o - p) ** 2)), float(o.mean() * p.mean()))


def geometric_mean_bias(observed: ArrayLike, modelled: ArrayLike, *, floor: float = 0.0) -> float:
    """MG = exp(mean(ln O) − mean(ln P)) [1] [1]_.

    Values below ``floor`` are raised to it; with ``floor`` zero, pairs without two values above zero are
    left out. Modelled half of observed everywhere gives 2.
    """
    logs = _log_ratio(observed, modelled, floor)
    return float(np.exp(logs.mean())) if logs.size else float("nan")


def geometric_variance(observed: ArrayLike, modelled: ArrayLike, *, floor: float = 0.0) -> float:
    """VG = exp(mean((ln O − ln P)²)) [1], floor as in `geometric_mean_bias` [1]_.

    Modelled half of observed everywhere gives exp(ln² 2) = 1.617.
    """
    logs = _log_ratio(observed, modelled, floor)
    return float(np.exp(np.mean(logs**2))) if logs.size else float("nan")


def factor_of_two(observed: ArrayLike, modelled: ArrayLike, *, floor: float = 0.0) -> float:
    """FAC2: fraction of pairs with 0.5 O ≤ P ≤ 2 O [1] [1]_.

    Pairs with both values at or below ``floor`` say nothing and are left out where ``floor`` is above
    zero; with ``floor`` zero every pair counts, and a pair with an observed zero is never within.
    """
    o, p = np.asarray(observed, float), np.asarray(modelled, float)
    if floor > 0.0:
        counted = (o > floor) | (p > floor)
        o, p = o[counted], p[counted]
    if not o.size:
        return float("nan")
    return float(np.mean((o > 0.0) & (p >= 0.5 * o) & (p <= 2.0 * o)))


def correlation(observed: ArrayLike, modelled: ArrayLike) -> float:
    """Pearson correlation R [1]; NaN where one of the two does not vary."""
    o, p = np.asarray(observed, float), np.asarray(modelled, float)
    if o.size < 2:
        return float("nan")
    o, p = o - o.mean(), p - p.mean()
    return _ratio(float(o @ p), float(np.sqrt((o @ o) * (p @ p))))


def robust_highest_concentration(values: ArrayLike, *, top: int = 26) -> float:
    """Robust highest concentration of a sample, in its own unit [2]_.

    RHC = X_N + (X̄ − X_N) ln((3N − 1) / 2), X_N the N-th largest value and X̄ the mean of the N − 1 larger
    ones: an exponential tail fitted to the top. NaN with fewer than ``top`` values. With N = 3 and the
    values 1, 2, 4, 6 it is 2 + 3 ln 4 = 6.159.

    Raises
    ------
    InputError
        If ``top`` is below two.
    """
    if top < 2:
        raise InputError(f"{top} top values make no tail", rule="at least two", cure="26, as in the paper")
    array = np.asarray(values, float)
    if array.size < top:
        return float("nan")
    largest = np.sort(array)[::-1][:top]
    bottom = largest[-1]
    return float(bottom + (largest[:-1].mean() - bottom) * np.log((3.0 * top - 1.0) / 2.0))


def performance(
    observed: ArrayLike,
    modelled: ArrayLike,
    *,
    log_floor: float = 0.0,
    factor_floor: float = 0.0,
    top: int = 26,
) -> Scores:
    """All performance statistics of paired concentrations.

    Parameters
    ----------
    observed, modelled : array_like, shape (pairs,)
        Concentrations, or concentrations over emission, in one unit.
    log_floor : float
        Smallest value in the logarithms of MG and VG [unit of the values]; see `geometric_mean_bias`.
    factor_floor : float
        Pairs with both values at or below it are left out of FAC2 [unit of the values].
    top : int
        Number of values that make the robust highest concentration.

    Raises
    ------
    InputError
        If the arrays differ in length, are empty, or hold a value that is negative or not finite.
    """
    o, p = _pairs(observed, modelled)
    values = dict(zip(STATISTICS, _statistics(o, p, log_floor, factor_floor, top), strict=True))
    return Scores(
        pairs=o.size,
        **values,
        pairs_log=_log_ratio(o, p, log_floor).size,
        raised=int(np.sum(o < log_floor) + np.sum(p < log_floor)) if log_floor > 0.0 else 0,
        pairs_factor=int(np.sum((o > factor_floor) | (p > factor_floor))) if factor_floor > 0.0 else o.size,
    )


def performance_intervals(
    observed: ArrayLike,
    modelled: ArrayLike,
    rng: np.random.Generator,
    *,
    blocks: ArrayLike | None = None,
    draws: int = 1000,
    level: float = 0.95,
    log_floor: float = 0.0,
    factor_floor: float = 0.0,
    top: int = 26,
) -> dict[str, tuple[float, float]]:
    """Percentile bootstrap intervals of the performance statistics [3]_.

    Parameters
    ----------
    observed, modelled : array_like, shape (pairs,)
        As in `performance`.
    rng : Generator
        Source of the draws: the same generator state gives the same intervals.
    blocks : array_like, shape (pairs,), optional
        Run or hour of each pair: whole blocks are drawn, since the arcs of one hour share their weather.
        Without it single pairs are drawn.
    draws : int
        Bootstrap samples.
    level : float
        Probability within the interval [1].
    log_floor, factor_floor, top
        As in `performance`.

    Returns
    -------
    dict of str to (float, float)
        Lower and upper end by name of the statistic; draws in which it is not defined are left out.
    """
    o, p = _pairs(observed, modelled)
    labels = np.arange(o.size) if blocks is None else np.unique(np.asarray(blocks), return_inverse=True)[1]
    if labels.size != o.size:
        raise InputError(f"{labels.size} block labels for {o.size} pairs", rule="one label a pair")
    order = np.argsort(labels, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
    samples = np.empty((draws, len(STATISTICS)))
    for draw in range(draws):
        chosen = np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))])
        samples[draw] = _statistics(o[chosen], p[chosen], log_floor, factor_floor, top)
    tail = 0.5 * (1.0 - level)
    made = {}
    for column, name in enumerate(STATISTICS):
        known = samples[np.isfinite(samples[:, column]), column]
        ends = np.quantile(known, [tail, 1.0 - tail]) if known.size else np.full(2, np.nan)
        made[name] = (float(ends[0]), float(ends[1]))
    return made


def agreement(reference: ArrayLike, model: ArrayLike) -> Agreement:
    """Best-fit line, R² and ratio of the maxima of one model against another.

    Parameters
    ----------
    reference, model : array_like, shape (pairs,)
        Values of both models in one unit, paired in time and space.

    Raises
    ------
    InputError
        If the arrays differ in length, are empty, or hold a value that is negative or not finite.
    """
    x, y = _pairs(reference, model)
    dx, dy = x - x.mean(), y - y.mean()
    slope = _ratio(float(dx @ dy), float(dx @ dx))
    return Agreement(
        pairs=x.size,
        slope=slope,
        intercept=float(y.mean() - slope * x.mean()),
        slope_through_zero=_ratio(float(x @ y), float(x @ x)),
        r_squared=correlation(x, y) ** 2,
        maximum_ratio=_ratio(float(y.max()), float(x.max())),
        largest_difference=_ratio(float(np.abs(y - x).max()), float(x.max())),
    )


def _statistics(o: Floats, p: Floats, log_floor: float, factor_floor: float, top: int) -> tuple[float, ...]:
    return (
        fractional_bias(o, p),
        normalised_mean_square_error(o, p),
        geometric_mean_bias(o, p, floor=log_floor),
        geometric_variance(o, p, floor=log_floor),
        factor_of_two(o, p, floor=factor_floor),
        correlation(o, p),
        _ratio(robust_highest_concentration(p, top=top), robust_highest_concentration(o, top=top)),
    )


def _log_ratio(observed: ArrayLike, modelled: ArrayLike, floor: float) -> Floats:
    o, p = np.asarray(observed, float), np.asarray(modelled, float)
    if floor > 0.0:
        o, p = np.maximum(o, floor), np.maximum(p, floor)
    else:
        known = (o > 0.0) & (p > 0.0)
        o, p = o[known], p[known]
    return np.log(o) - np.log(p)


def _pairs(observed: ArrayLike, modelled: ArrayLike) -> tuple[Floats, Floats]:
    o, p = np.asarray(observed, float).ravel(), np.asarray(modelled, float).ravel()
    if o.size != p.size or not o.size:
        raise InputError(
            f"{o.size} observed and {p.size} modelled values", rule="as many of each, at least one"
        )
    for name, values in (("first", o), ("second", p)):
        bad = ~(np.isfinite(values) & (values >= 0.0))
        if bad.any():
            raise InputError(
                f"{int(bad.sum())} values of the {name} array are negative or not finite",
                where=f"first at index {int(bad.argmax())}",
                rule="scores are of pairs that both have a value",
                cure="leave pairs without a value out beforehand, and count them",
            )
    return o, p


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0.0 and np.isfinite(below) else float("nan")
