"""Compiled parts of the factorisation: alternating non-negative least squares with robust weights.

The objective is Huber's function of the scaled residual z = (x − g f) / σ: z² within α and 2 α |z| − α²
beyond, whose iterated weights min(1, α / |z|) are those of the robust mode of Paatero (1997),
doi:10.1016/S0169-7439(96)00044-5. Each half step lowers it: the weighted squares are a majorant.
"""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True, nogil=True, error_model="numpy")
def reweigh(contributions, profiles, values, precision, alpha, weights):
    """Write the weights [1/σ², robust] of the present residuals and give Huber's objective.

    ``precision`` is 1/σ², 0 for a missing value; shapes (n, k), (k, m), (n, m), (n, m), ``weights`` (n, m).
    """
    rows, columns = values.shape
    factors = profiles.shape[0]
    total = 0.0
    for i in range(rows):
        for j in range(columns):
            if precision[i, j] == 0.0:
                weights[i, j] = 0.0
                continue
            residual = values[i, j]
            for p in range(factors):
                residual -= contributions[i, p] * profiles[p, j]
            scaled = abs(residual) * np.sqrt(precision[i, j])
            if scaled <= alpha:
                weights[i, j] = precision[i, j]
                total += scaled * scaled
            else:
                weights[i, j] = precision[i, j] * alpha / scaled
                total += alpha * (2.0 * scaled - alpha)
    return total


@numba.njit(cache=True, nogil=True, error_model="numpy")
def quality(contributions, profiles, values, precision, alpha):
    """Q(true) = Σ z² and Q(robust) = Σ min(z², α |z|)."""
    rows, columns = values.shape
    factors = profiles.shape[0]
    true, robust = 0.0, 0.0
    for i in range(rows):
        for j in range(columns):
            residual = values[i, j]
            for p in range(factors):
                residual -= contributions[i, p] * profiles[p, j]
            scaled = abs(residual) * np.sqrt(precision[i, j])
            true += scaled * scaled
            robust += scaled * min(scaled, alpha)
    return true, robust


@numba.njit(cache=True, nogil=True, error_model="numpy")
def improve_rows(rows_made, start, basis, values, weights, hold, pull, aim, fixed, low, sweeps, gram, right):
    """Weighted non-negative least squares of every row on the rows of ``basis``, by coordinate descent.

    Minimises Σ_j w_ij (x_ij − Σ_p r_ip b_pj)² + Σ_p pull_p (r_ip − aim_ip)², and hold_p (Σ_i r_ip − n)² over
    all rows, over r_ip ≥ low, from ``start``. Coordinates with ``fixed`` keep their start.

    Shapes: rows_made, start, aim (n, k); basis (k, m); values, weights (n, m); hold, pull (k,);
    fixed (n, k); gram (k, k) and right (k,) are room to work in.
    """
    rows, columns = values.shape
    factors = basis.shape[0]
    sums = np.zeros(factors)
    for i in range(rows):
        for p in range(factors):
            rows_made[i, p] = start[i, p] if fixed[i, p] else max(start[i, p], low)
            sums[p] += rows_made[i, p]
    for i in range(rows):
        for p in range(factors):
            total = 0.0
            for j in range(columns):
                total += weights[i, j] * values[i, j] * basis[p, j]
            right[p] = total + pull[p] * aim[i, p]
            for q in range(p + 1):
                total = 0.0
                for j in range(columns):
                    total += weights[i, j] * basis[p, j] * basis[q, j]
                gram[p, q] = total
                gram[q, p] = total
            gram[p, p] += pull[p] + hold[p]
        for _ in range(sweeps):
            for p in range(factors):
                if fixed[i, p] or gram[p, p] <= 0.0:
                    continue
                total = right[p] + hold[p] * (rows + rows_made[i, p] - sums[p])
                for q in range(factors):
                    total -= gram[p, q] * rows_made[i, q]
                new = max(rows_made[i, p] + total / gram[p, p], low)
                sums[p] += new - rows_made[i, p]
                rows_made[i, p] = new


@numba.njit(cache=True, nogil=True, error_model="numpy")
def minimise(
    values,
    precision,
    contributions,
    profiles,
    alpha,
    low,
    hold,
    pull,
    contributions_aim,
    profiles_aim,
    fixed,
    longest,
    tolerance,
    patience,
    sweeps,
):
    """Alternate both halves with extrapolation until the objective stands still; changed in place.

    Extrapolation and its restarts follow Ang and Gillis (2019), doi:10.1162/neco_a_01157: a step beyond the
    last change, taken back wherever the objective would rise, so that it never rises.

    Returns
    -------
    tuple
        Objective with the pull, number of rounds, and whether it stood still.
    """
    rows, columns = values.shape
    factors = profiles.shape[0]
    weights = np.empty((rows, columns))
    turned = np.ascontiguousarray(values.T)
    gram, right = np.empty((factors, factors)), np.empty(factors)
    ahead, ahead_profiles = contributions.copy(), profiles.copy()
    last, last_profiles = contributions.copy(), profiles.copy()
    none, free = np.zeros((rows, factors), dtype=np.bool_), np.zeros(factors)
    fixed_turned = np.ascontiguousarray(fixed.T)
    aim_turned = np.ascontiguousarray(profiles_aim.T)
    step, largest = 0.5, 1.0
    objective = reweigh(contributions, profiles, values, precision, alpha, weights)
    objective += _pulled(contributions, contributions_aim, pull[0])
    objective += _pulled(profiles.T, aim_turned, pull[1]) + _held(contributions, hold)
    quiet, taken = 0, 0
    for turn in range(longest):
        taken = turn + 1
        last[:] = contributions
        last_profiles[:] = profiles
        improve_rows(
            contributions, ahead, ahead_profiles, values, weights, hold, pull[0], contributions_aim, none,
            low, sweeps, gram, right,
        )  # fmt: skip
        ahead[:] = np.maximum(contributions + step * (contributions - last), low)
        profiles_turned = np.ascontiguousarray(profiles.T)
        improve_rows(
            profiles_turned, np.ascontiguousarray(ahead_profiles.T), np.ascontiguousarray(ahead.T), turned,
            np.ascontiguousarray(weights.T), free, pull[1], aim_turned, fixed_turned, 0.0, sweeps, gram,
            right,
        )  # fmt: skip
        profiles[:] = profiles_turned.T
        for p in range(factors):
            for j in range(columns):
                if fixed[p, j]:
                    ahead_profiles[p, j] = profiles[p, j]
                else:
                    further = profiles[p, j] + step * (profiles[p, j] - last_profiles[p, j])
                    ahead_profiles[p, j] = max(further, 0.0)
        new = reweigh(contributions, profiles, values, precision, alpha, weights)
        new += _pulled(contributions, contributions_aim, pull[0])
        new += _pulled(profiles.T, aim_turned, pull[1]) + _held(contributions, hold)
        if new > objective:
            contributions[:] = last
            profiles[:] = last_profiles
            ahead[:] = last
            ahead_profiles[:] = last_profiles
            largest = step
            step /= 1.5
            reweigh(contributions, profiles, values, precision, alpha, weights)
            if step < 1e-6:
                break
            continue
        quiet = quiet + 1 if objective - new < tolerance * new else 0
        objective = new
        largest = min(1.0, 1.01 * largest)
        step = min(largest, 1.05 * step)
        if quiet >= patience:
            return objective, taken, True
    return objective, taken, False


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _pulled(present, aim, pull):
    total = 0.0
    for i in range(present.shape[0]):
        for p in range(present.shape[1]):
            if pull[p] > 0.0:
                total += pull[p] * (present[i, p] - aim[i, p]) ** 2
    return total


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _held(contributions, hold):
    total = 0.0
    for p in range(contributions.shape[1]):
        if hold[p] > 0.0:
            total += hold[p] * (contributions[:, p].sum() - contributions.shape[0]) ** 2
    return total
