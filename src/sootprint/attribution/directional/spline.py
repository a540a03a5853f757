"""Thin-plate regression spline of two coordinates, its penalty chosen by generalised cross-validation.

Symbols (Wood 2003, J. R. Statist. Soc. B 65, 95–114, doi:10.1111/1467-9868.00374): E the matrix of the
radial function η between distinct points, E = U D Uᵀ; U_k, D_k its k eigenvectors and eigenvalues of
largest magnitude; T the polynomials 1, x, y; Z_k a basis of the null space of Tᵀ U_k; δ = U_k Z_k β the
weights of the radial functions; S = Z_kᵀ D_k Z_k the penalty.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sootprint.core.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ThinPlateSpline:
    """Fitted surface f(x) = Σ δ_i η(|x − x_i|) + α₀ + α₁ x + α₂ y.

    Attributes
    ----------
    knots : ndarray, shape (n, 2)
        Distinct data points, shifted by ``centre``.
    centre : ndarray, shape (2,)
        Mean of the distinct data points.
    radial : ndarray, shape (n,)
        Weights δ.
    polynomial : ndarray, shape (3,)
        Weights α.
    penalty : float
        Smoothing parameter λ.
    effective_degrees : float
        Trace of the influence matrix.
    gcv : float
        Generalised cross-validation score at λ.
    """

    knots: Array
    centre: Array
    radial: Array
    polynomial: Array
    penalty: float
    effective_degrees: float
    gcv: float

    def __call__(self, points: Array, *, chunk: int = 4096) -> Array:
        """Surface at points of shape (n, 2)."""
        shifted = np.asarray(points, dtype=float) - self.centre
        made = np.empty(len(shifted))
        for start in range(0, len(shifted), chunk):
            part = shifted[start : start + chunk]
            made[start : start + chunk] = (
                radial_function(part, self.knots) @ self.radial + _polynomials(part) @ self.polynomial
            )
        return made


def radial_function(points: Array, knots: Array) -> Array:
    """Thin-plate radial function η(r) = r² ln r / (8π) between points and knots; shape (point, knot).

    The Green's function of the biharmonic equation in two dimensions, for the penalty
    ∫∫ f_xx² + 2 f_xy² + f_yy² (Wood 2003, equation 4, with m = 2, d = 2). η(1) = 0 and η(0) = 0.
    """
    from scipy.spatial.distance import cdist

    squared = cdist(points, knots, "sqeuclidean")
    with np.errstate(divide="ignore", invalid="ignore"):
        value = squared * np.log(squared) / (16.0 * np.pi)
    value[squared == 0.0] = 0.0
    return value


def _polynomials(points: Array) -> Array:
    return np.column_stack([np.ones(len(points)), points])


def fit_spline(points: Array, values: Array, weights: Array, *, basis: int = 100) -> ThinPlateSpline:
    """Penalised thin-plate regression spline of weighted values.

    Minimises Σ w_i (y_i − f(x_i))² + λ J(f) over the ``basis`` functions of largest eigenvalue, with λ at
    the minimum of n Σ w_i (y_i − f_i)² / (n − tr A)² (Craven and Wahba 1978, doi:10.1007/BF01404567;
    Wood 2004, doi:10.1198/016214504000000980).

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        Coordinates; repeated points are allowed and share one knot.
    values, weights : ndarray, shape (n,)
        Data and their weights over 0.
    basis : int
        Number k of basis functions, the three polynomials among them; at most the distinct points.

    Raises
    ------
    InputError
        If there are under 10 distinct points, all lie on one line, or a number is not finite.
    """
    if not (np.isfinite(points).all() and np.isfinite(values).all() and (weights > 0).all()):
        raise InputError("a surface of numbers that are not finite", rule="points and values are finite")
    distinct, which = np.unique(points, axis=0, return_inverse=True)
    which = which.ravel()
    if len(distinct) < 10 or np.linalg.matrix_rank(distinct - distinct.mean(axis=0)) < 2:
        raise InputError(
            f"{len(distinct)} distinct points", rule="a surface needs 10 points that are not on a line"
        )
    centre = distinct.mean(axis=0)
    knots = distinct - centre
    size = min(basis, len(knots))
    u_k, z_k, design, full, scale = _basis(knots.tobytes(), size)
    coefficients, chosen, degrees, score = _penalised(design[which], values, weights, full)
    return ThinPlateSpline(
        knots,
        centre,
        u_k @ (z_k @ coefficients[3:]),
        coefficients[:3] / scale,
        chosen,
        degrees,
        score,
    )


@lru_cache(maxsize=8)
def _basis(knots: bytes, size: int) -> tuple[Array, Array, Array, Array, Array]:
    """Functions of `fit_spline` at knots of shape (n, 2), given as bytes: surfaces of one post share them.

    Returns
    -------
    u_k, z_k : ndarray
        Eigenvectors of the largest eigenvalues, and the directions among them that are no polynomials.
    design, penalty : ndarray
        All functions at the knots, the three polynomials first, and the penalty of each pair.
    scale : ndarray
        What the polynomials are divided by.
    """
    from scipy import linalg

    places = np.frombuffer(knots, dtype=float).reshape(-1, 2)
    # divide and conquer: several times faster than the default where all vectors are wanted
    eigenvalues, vectors = linalg.eigh(radial_function(places, places), driver="evd")
    largest = np.sort(np.argsort(-np.abs(eigenvalues), kind="stable")[:size])
    u_k, d_k = vectors[:, largest], eigenvalues[largest]
    t = _polynomials(places)
    scale = np.abs(t).max(axis=0)
    z_k = linalg.null_space((t.T @ u_k) / scale[:, None])
    penalty = z_k.T @ (d_k[:, None] * z_k)
    design = np.hstack([t / scale, (u_k * d_k) @ z_k])
    full = np.zeros((design.shape[1], design.shape[1]))
    full[3:, 3:] = 0.5 * (penalty + penalty.T)
    return u_k, z_k, design, full, scale


def _penalised(
    design: Array, values: Array, weights: Array, penalty: Array, free: int = 3
) -> tuple[Array, float, float, float]:
    """Coefficients, λ, tr A and the score at the minimum of the cross-validation score.

    ``free`` is the number of functions that the penalty leaves free.

    With Q R = √W X and R⁻ᵀ S R⁻¹ = V diag(e) Vᵀ the influence matrix has eigenvalues 1/(1 + λ e), so
    that each λ costs a vector operation.
    """
    from scipy import linalg, optimize

    root = np.sqrt(weights)
    q, r = linalg.qr(root[:, None] * design, mode="economic")
    inner = linalg.solve_triangular(r, linalg.solve_triangular(r, penalty, trans="T").T, trans="T")
    spectrum, v = linalg.eigh(0.5 * (inner + inner.T), driver="evd")
    # the eigenvalue of a free function is zero but for rounding
    spectrum[np.argsort(np.abs(spectrum))[:free]] = 0.0
    spectrum = np.maximum(spectrum, 0.0)
    y = root * values
    rotated = v.T @ (q.T @ y)
    outside = float(y @ y - rotated @ rotated)
    n = len(values)

    def score(log_penalty: float) -> float:
        kept = 1.0 / (1.0 + np.exp(log_penalty) * spectrum)
        residual = outside + float((((1.0 - kept) * rotated) ** 2).sum())
        return n * residual / (n - float(kept.sum())) ** 2

    positive = spectrum[spectrum > 0]
    low, high = -np.log(positive.max()) - 12.0, -np.log(positive.min()) + 12.0
    grid = np.linspace(low, high, 400)
    scores = np.array([score(value) for value in grid])
    best = int(np.argmin(scores))
    bounds = (grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)])
    found = optimize.minimize_scalar(score, bounds=bounds, method="bounded", options={"xatol": 1e-10})
    kept = 1.0 / (1.0 + np.exp(found.x) * spectrum)
    coefficients = linalg.solve_triangular(r, v @ (kept * rotated))
    return coefficients, float(np.exp(found.x)), float(kept.sum()), float(found.fun)
