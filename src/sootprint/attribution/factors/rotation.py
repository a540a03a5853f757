"""Rotations of a factorisation: other solutions that fit nearly as well.

References
----------
.. [1] Paatero, P., Hopke, P. K., Song, X.-H., Ramadan, Z. (2002). Understanding and controlling rotations in
   factor analytic models. Chemometrics and Intelligent Laboratory Systems 60, 253–264.
   doi:10.1016/S0169-7439(01)00200-3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.factors import kernels
from sootprint.attribution.factors.matching import correlations
from sootprint.attribution.factors.pmf import Factorisation, solve
from sootprint.core.errors import ConfigError

Array = NDArray[np.float64]

TURN = 0.5
"""Sum of a row of the rotation beside its diagonal [1]."""
TRIALS = 12
"""Halvings of the logarithm of the pull."""


@dataclass(frozen=True)
class Rotations:
    """Result of `rotate`.

    Attributes
    ----------
    table : DataFrame
        A row a direction and allowed rise: direction (−1, 1), allowed_rise and rise as shares of the
        objective, pull, q_true, q_robust, least_contribution_correlation and least_profile_correlation
        with the base.
    solutions : list of Factorisation
        One a row.
    """

    table: pd.DataFrame
    solutions: list[Factorisation]


def rotate(base: Factorisation, allowed_rises: Sequence[float] = (0.005, 0.01, 0.05)) -> Rotations:
    """How far the base can be turned for a given loss of fit, in both directions; ref. 1.

    Both sides are drawn to G T and T⁻¹ F, where T has ± `TURN` / (k − 1) beside its diagonal of ones: the
    direction 1 makes profiles more extreme and contributions more alike, −1 the reverse (Fpeak of PMF2). The
    pull grows until the objective of the data alone has risen by the allowed share. Aims below zero are cut
    there. A base whose factors stay themselves (correlations near 1) is stiff; one that turns freely is one
    of many.

    Raises
    ------
    ConfigError
        If an allowed rise is not above zero.
    """
    if any(not rise > 0.0 for rise in allowed_rises):
        raise ConfigError(f"allowed rises {list(allowed_rises)}", rule="each is above zero")
    values, precision = np.where(base.matrix.known, base.matrix.values, 0.0), base.matrix.precision()
    alpha = base.options.alpha if base.options.robust else np.inf
    room = np.empty(values.shape)
    floor = kernels.reweigh(base.contributions, base.profiles, values, precision, alpha, room)
    options = replace(base.options, tolerance=1e-6)
    rows, solutions = [], []
    for direction in (-1.0, 1.0):
        aims = _aims(base, direction)
        for allowed in allowed_rises:
            low, high, kept = -14.0, 2.0, None
            for _ in range(TRIALS):
                middle = 0.5 * (low + high)
                pull = _strengths(base, precision, 10.0**middle)
                g, f, _, _ = solve(
                    values, precision, base.contributions, base.profiles, options, pull=pull, aims=aims
                )
                rise = kernels.reweigh(g, f, values, precision, alpha, room) / floor - 1.0
                if rise <= allowed:
                    low, kept = middle, (10.0**middle, rise, g, f)
                else:
                    high = middle
            if kept is not None:
                made = _turned(base, values, precision, kept[2], kept[3])
                solutions.append(made)
                rows.append(_row(base, made, direction, allowed, kept[0], kept[1]))
    return Rotations(pd.DataFrame(rows), solutions)


def _aims(base: Factorisation, direction: float) -> tuple[Array, Array]:
    count = base.factors
    turn = np.eye(count) + direction * TURN / max(1, count - 1) * (1.0 - np.eye(count))
    return (
        np.maximum(base.contributions @ turn, base.options.lowest_contribution),
        np.maximum(np.linalg.solve(turn, base.profiles), 0.0),
    )


def _strengths(base: Factorisation, precision: Array, share: float) -> tuple[float, float]:
    """Pulls on both sides as a share of the mean curvature of the objective in each."""
    rows, columns = precision.shape
    ahead = float(np.einsum("ij,pj->p", precision, base.profiles**2).mean()) / rows
    behind = float(np.einsum("ij,ip->p", precision, base.contributions**2).mean()) / columns
    return share * ahead, share * behind


def _turned(base: Factorisation, values: Array, precision: Array, g: Array, f: Array) -> Factorisation:
    q_true, q_robust = kernels.quality(g, f, values, precision, base.options.alpha)
    mean = np.where(g.mean(axis=0) > 0, g.mean(axis=0), 1.0)
    return replace(
        base,
        contributions=g / mean,
        profiles=f * mean[:, None],
        q_true=q_true,
        q_robust=q_robust,
        starts=pd.DataFrame(),
    )


def _row(
    base: Factorisation, made: Factorisation, direction: float, allowed: float, pull: float, rise: float
) -> dict[str, float]:
    return {
        "direction": direction,
        "allowed_rise": allowed,
        "rise": rise,
        "pull": pull,
        "q_true": made.q_true,
        "q_robust": made.q_robust,
        "least_contribution_correlation": float(
            np.diag(correlations(base.contributions.T, made.contributions.T)).min()
        ),
        "least_profile_correlation": float(np.diag(correlations(base.profiles, made.profiles)).min()),
    }
