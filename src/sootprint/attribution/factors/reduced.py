"""Fit over the profiles alone: contributions follow from them, and the curvature is that of both.

Alternating fits creep along the valleys in which factors turn into one another, which are those that a
displacement explores. Here the contributions are the exact fit to given profiles (variable projection), and
the profiles move by Newton steps with the curvature of that reduced objective, non-negative by projection.

References
----------
.. [1] Golub, G. H. and Pereyra, V. (1973). The differentiation of pseudo-inverses and nonlinear least squares
   problems whose variables separate. SIAM J. Numer. Anal. 10, 413–432. doi:10.1137/0710036.
.. [2] Bertsekas, D. P. (1982). Projected Newton methods for optimization problems with simple constraints.
   SIAM J. Control Optim. 20, 221–246. doi:10.1137/0320018.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from sootprint.attribution.factors import kernels

Array = NDArray[np.float64]

STEPS = 60
"""Most Newton steps of a fit."""
TOLERANCE = 1e-3
"""Standard deviations by which a contribution may miss its best value."""
LEFT = 4e-3
"""Error of the objective that a mean beside 1 may leave."""
RENEWALS = 8
"""Most times that a fit takes the curvature anew where it stands."""
DAMPING = 1e-9
"""Least share of its diagonal added to the curvature: the scales of the factors leave it singular."""


@numba.njit(cache=True, nogil=True, error_model="numpy")
def fit_rows(rows_made, profiles, values, precision, alpha, low, held, multiplier, tolerance):
    """Write the robust non-negative fit of every row to given profiles and a multiplier; give Σ_i g_i,held.

    Minimises Σ_j ρ((x_ij − Σ_p g_ip f_pj) / σ_ij) − 2 λ g_i,held over g_i ≥ low by repeated weights and
    coordinate descent, until no coordinate moves by more than ``tolerance`` of its standard deviation.
    ``held`` is −1 where no factor is held. Shapes (n, k), (k, m), (n, m), (n, m).
    """
    rows, columns = values.shape
    factors = profiles.shape[0]
    gram, right = np.empty((factors, factors)), np.empty(factors)
    weight, before = np.empty(columns), np.empty(factors)
    room, answer = np.empty((factors, factors)), np.empty(factors)
    total = 0.0
    for i in range(rows):
        for _ in range(200):
            for j in range(columns):
                if precision[i, j] == 0.0:
                    weight[j] = 0.0
                    continue
                residual = values[i, j]
                for p in range(factors):
                    residual -= rows_made[i, p] * profiles[p, j]
                scaled = abs(residual) * np.sqrt(precision[i, j])
                weight[j] = precision[i, j] * (1.0 if scaled <= alpha else alpha / scaled)
            for p in range(factors):
                before[p] = rows_made[i, p]
                part = 0.0
                for j in range(columns):
                    part += weight[j] * values[i, j] * profiles[p, j]
                right[p] = part
                for q in range(p + 1):
                    part = 0.0
                    for j in range(columns):
                        part += weight[j] * profiles[p, j] * profiles[q, j]
                    gram[p, q] = part
                    gram[q, p] = part
            if held >= 0:
                right[held] += multiplier
            sweeps = 0 if _at_once(rows_made[i], gram, right, low, room, answer) else 500
            for _ in range(sweeps):
                largest = 0.0
                for p in range(factors):
                    if gram[p, p] <= 0.0:
                        continue
                    part = right[p]
                    for q in range(factors):
                        part -= gram[p, q] * rows_made[i, q]
                    new = max(rows_made[i, p] + part / gram[p, p], low)
                    largest = max(largest, abs(new - rows_made[i, p]) * np.sqrt(gram[p, p]))
                    rows_made[i, p] = new
                if largest < 0.3 * tolerance:
                    break
            moved = 0.0
            for p in range(factors):
                moved = max(moved, abs(rows_made[i, p] - before[p]) * np.sqrt(gram[p, p]))
            if moved < tolerance:
                break
        if held >= 0:
            total += rows_made[i, held]
    return total


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _at_once(row, gram, right, low, room, answer):
    """Solve for the coordinates off their bound by Cholesky; False, and no change, where one passes it."""
    factors = len(row)
    for p in range(factors):
        pull = right[p]
        for q in range(factors):
            pull -= gram[p, q] * row[q]
        # A coordinate at its bound stays out of the system while its pull is inward.
        out = gram[p, p] <= 0.0 or (row[p] <= low and pull <= 0.0)
        answer[p] = row[p] if out else np.nan
    for p in range(factors):
        out = not np.isnan(answer[p])
        for q in range(factors):
            other = not np.isnan(answer[q])
            room[p, q] = (1.0 if p == q else 0.0) if out or other else gram[p, q]
    for p in range(factors):
        for q in range(p):
            part = room[p, q]
            for r in range(q):
                part -= room[p, r] * room[q, r]
            room[p, q] = part / room[q, q]
        part = room[p, p]
        for r in range(p):
            part -= room[p, r] ** 2
        if part <= 1e-14 * max(gram[p, p], 1e-300):
            return False
        room[p, p] = np.sqrt(part)
    return _substitute(row, gram, right, low, room, answer)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _substitute(row, gram, right, low, root, answer):
    factors = len(row)
    made = np.empty(factors)
    for p in range(factors):
        if np.isnan(answer[p]):
            part = right[p]
            for q in range(factors):
                if not np.isnan(answer[q]):
                    part -= gram[p, q] * answer[q]
        else:
            part = answer[p]
        for r in range(p):
            part -= root[p, r] * made[r]
        made[p] = part / root[p, p]
    for back in range(factors):
        p = factors - 1 - back
        part = made[p]
        for r in range(p + 1, factors):
            part -= root[r, p] * made[r]
        made[p] = part / root[p, p]
        if made[p] < low:
            return False
    row[:] = made
    return True


@dataclass(frozen=True)
class Reduced:
    """Objective of the profiles with the curvature at a base.

    Attributes
    ----------
    values, precision : (n, m) arrays
        What is fitted.
    alpha, low : float
        Robust limit and least contribution.
    curvature : (k·m, k·m) array
        Half the second derivatives by the profiles at the base, contributions following, weights kept.
    border : (k, k·m) array
        Change of the sum of each factor's contributions by the profiles, contributions following, negative.
    slope : (k,) array
        Change of the sum of each factor's contributions by its multiplier.
    """

    values: Array
    precision: Array
    alpha: float
    low: float
    curvature: Array
    border: Array
    slope: Array

    def contributions(
        self, profiles: Array, start: Array, held: int, multiplier: float
    ) -> tuple[Array, float]:
        """Best contributions, of mean 1 for the held factor, and the multiplier λ that makes it so.

        The sum rises with λ: the secant is kept between ends that enclose it. λ is NaN where none was found.
        """
        made = np.array(start)
        rows = len(made)
        arguments = (profiles, self.values, self.precision, self.alpha, self.low, held)
        total = fit_rows(made, *arguments, multiplier, TOLERANCE)
        if held < 0:
            return made, 0.0
        if not profiles[held].any():
            made[:, held] = 1.0
            return made, 0.0
        slope, low, high = max(float(self.slope[held]), 1e-12), -np.inf, np.inf
        for _ in range(60):
            off = total - rows
            if abs(off) < np.sqrt(LEFT * slope):
                return made, multiplier
            low, high = (multiplier, high) if off < 0.0 else (low, multiplier)
            following = multiplier - off / slope
            if not low < following < high:
                following = 0.5 * (low + high)
            after = fit_rows(made, *arguments, following, TOLERANCE)
            if (after - total) * (following - multiplier) > 0.0:
                slope = (after - total) / (following - multiplier)
            multiplier, total = following, after
        return made, float("nan")

    def objective(
        self, contributions: Array, profiles: Array, held: int, multiplier: float
    ) -> tuple[float, Array]:
        """Objective and half its slope by the profiles; shape (k, m).

        Less 2 λ (Σ_i g_i,held − n), which leaves of a sum that is slightly off only its square.
        """
        if not np.isfinite(multiplier):
            return float("inf"), np.zeros(profiles.shape)
        weights = np.empty_like(self.values)
        total = kernels.reweigh(contributions, profiles, self.values, self.precision, self.alpha, weights)
        if held >= 0:
            total -= 2.0 * multiplier * (contributions[:, held].sum() - len(contributions))
        return float(total), contributions.T @ (weights * (contributions @ profiles - self.values))

    def fit(
        self, profiles: Array, contributions: Array, *, held: int, fixed: NDArray[np.bool_], enough: float
    ) -> tuple[Array, Array, float]:
        """Profiles, contributions and objective of the nearest minimum; refs. 1 and 2.

        Ends when a step promises less than ``enough``. Fixed entries keep their start.
        """
        f = np.array(profiles)
        here, renewed = self, 0
        g, multiplier = here.contributions(f, contributions, held, 0.0)
        now, slope = here.objective(g, f, held, multiplier)
        if not np.isfinite(now):
            return f, g, now
        metric = here._metric(held)
        for _ in range(STEPS):
            step = _step(metric, f, slope, fixed)
            promised = -float((slope * step).sum())
            if promised < enough and renewed:
                break
            size, before = 1.0, now
            while promised >= enough and size > 0.003:
                tried = np.maximum(f + size * step, 0.0)
                made, following = here.contributions(tried, g, held, multiplier)
                then, downhill = here.objective(made, tried, held, following)
                if then < now:
                    f, g, now, slope, multiplier = tried, made, then, downhill, following
                    break
                size *= 0.25
            if before - now < max(enough, 0.3 * promised):
                if renewed == RENEWALS or (renewed and before - now < enough):
                    break
                here = reduced(self.values, self.precision, g, f, self.alpha, self.low)
                metric, renewed = here._metric(held), renewed + 1
        return f, g, now

    def foretold(self, contributions: Array, profiles: Array, p: int, j: int, rise: float) -> float:
        """Displacement of an entry at which the curvature foretells a rise; NaN where it foretells none."""
        _, slope = self.objective(contributions, profiles, -1, 0.0)
        metric = self._metric(p)
        one = p * profiles.shape[1] + j
        free = profiles.ravel() > 0.0
        free[one] = False
        chosen = np.flatnonzero(free)
        others = metric[np.ix_(chosen, chosen)]
        follow = cho_solve(_factor(others), metric[chosen, one])
        bend = float(metric[one, one] - metric[one, chosen] @ follow)
        lean = max(0.0, float(slope[p, j]))
        if not bend > 0.0:
            return float("nan")
        return float((-lean + np.sqrt(lean**2 + bend * rise)) / bend)

    def _metric(self, held: int) -> Array:
        if held < 0 or not self.slope[held] > 0.0:
            return self.curvature
        return self.curvature + np.outer(self.border[held], self.border[held]) / self.slope[held]


def reduced(
    values: Array, precision: Array, contributions: Array, profiles: Array, alpha: float, low: float
) -> Reduced:
    """Reduced objective with its curvature at a solution; ref. 1.

    With A_i the curvature of row i by its contributions, B_i that by contributions and profiles and D that
    by the profiles, the curvature with following contributions is D − Σ B_iᵀ A_i⁻¹ B_i. Contributions at
    their lower bound do not follow.
    """
    rows, columns = values.shape
    factors = len(profiles)
    weights = np.empty_like(values)
    kernels.reweigh(contributions, profiles, values, precision, alpha, weights)
    residual = weights * (values - contributions @ profiles)
    size = np.einsum("aj,ij->ia", profiles**2, weights)
    free = (contributions > low) & (size > 1e-200)
    both = free[:, :, None] & free[:, None, :]
    own = np.where(both, np.einsum("aj,ij,bj->iab", profiles, weights, profiles, optimize=True), 0.0)
    at = np.arange(factors)
    own[:, at, at] = np.where(free, own[:, at, at] * (1.0 + 1e-10), 1.0)
    cross = np.einsum("ij,ib,aj->iabj", weights, contributions, profiles, optimize=True)
    cross[:, at, at, :] -= residual[:, None, :]
    cross *= free[:, :, None, None]
    root = np.linalg.cholesky(own)
    flat = np.linalg.solve(root, cross.reshape(rows, factors, factors * columns))
    units = np.linalg.solve(root, np.eye(factors)[None] * free[:, :, None])
    along = flat.reshape(rows * factors, -1)
    curvature = -along.T @ along
    direct = np.einsum("ij,ib,ic->bjc", weights, contributions, contributions, optimize=True)
    for column in range(columns):
        place = at * columns + column
        curvature[np.ix_(place, place)] += direct[:, column, :]
    return Reduced(
        values,
        precision,
        alpha,
        low,
        curvature,
        np.einsum("iap,iaq->pq", units, flat, optimize=True),
        np.einsum("iap,iap->p", units, units),
    )


def _step(metric: Array, profiles: Array, slope: Array, fixed: NDArray[np.bool_]) -> Array:
    """Newton step that keeps the profiles at zero or above: entries that would pass it stop there."""
    f, downhill = profiles.ravel(), slope.ravel()
    free = ~fixed.ravel() & ((f > 0.0) | (downhill < 0.0))
    step = np.zeros(len(f))
    for _ in range(20):
        chosen = np.flatnonzero(free)
        if len(chosen) == 0:
            break
        stopped = np.flatnonzero(step * ~free)
        right = -downhill[chosen] - metric[np.ix_(chosen, stopped)] @ step[stopped]
        step[chosen] = cho_solve(_factor(metric[np.ix_(chosen, chosen)]), right)
        below = free & (f + step < 0.0)
        if not below.any():
            break
        step[below] = -f[below]
        free &= ~below
    return np.maximum(step, -f).reshape(profiles.shape)


def _factor(part: Array) -> tuple[Array, bool]:
    """Cholesky factor, damped until it is positive."""
    from scipy.linalg import LinAlgError

    size = np.maximum(np.abs(np.diag(part)), 1e-300)
    damping = DAMPING
    while True:
        try:
            made: tuple[Array, bool] = cho_factor(part + np.diag(damping * size), lower=True)
            return made
        except LinAlgError:
            damping *= 10.0
