"""Splines of one coordinate, and of two by their product: thin-plate and cyclic, penalties by GCV.

A basis here is written by its values at as many places as it has functions, so that the penalty of a
product surface is the sum of the curvatures of its cuts along those places (Wood 2006, Biometrics 62,
1025–1036, doi:10.1111/j.1541-0420.2006.00574.x).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sootprint.core.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Basis:
    """Basis of functions of one coordinate.

    Attributes
    ----------
    design : function
        Matrix of shape (point, function) at coordinates.
    penalty : ndarray, shape (function, function)
        Quadratic form ∫ f″² of the coefficients.
    """

    design: Callable[[Array], Array]
    penalty: Array


def thin_plate_basis(coordinates: Array, size: int) -> Basis:
    """Thin-plate regression basis of one coordinate: η(r) = r³/12, the ``size − 2`` largest eigenvectors.

    Wood 2003 (doi:10.1111/1467-9868.00374) with m = 2, d = 1. The coefficients are the values at ``size``
    places evenly spaced over the data.

    Raises
    ------
    InputError
        If there are fewer distinct coordinates than functions, or under three.
    """
    from scipy import linalg

    distinct = np.unique(coordinates)
    if not 3 <= size <= len(distinct):
        raise InputError(
            f"{size} spline functions of {len(distinct)} distinct coordinates",
            rule="at least three functions, and no more than distinct coordinates",
        )
    centre = distinct.mean()

    def radial(x: Array) -> Array:
        return np.asarray(np.abs(x[:, None] - distinct[None, :]) ** 3 / 12.0)

    def polynomials(x: Array) -> Array:
        return np.column_stack([np.ones(len(x)), x - centre])

    eigenvalues, vectors = linalg.eigh(radial(distinct))
    largest = np.sort(np.argsort(-np.abs(eigenvalues), kind="stable")[:size])
    u_k, d_k = vectors[:, largest], eigenvalues[largest]
    z_k = linalg.null_space(polynomials(distinct).T @ u_k)
    weights = u_k @ z_k

    def raw(x: Array) -> Array:
        return np.hstack([polynomials(x), radial(x) @ weights])

    bending = np.zeros((size, size))
    bending[2:, 2:] = z_k.T @ (d_k[:, None] * z_k)
    to_values = np.linalg.inv(raw(np.linspace(distinct[0], distinct[-1], size)))
    penalty = to_values.T @ bending @ to_values
    return Basis(lambda x: raw(np.asarray(x, dtype=float)) @ to_values, 0.5 * (penalty + penalty.T))


def cyclic_basis(period: float, knots: int) -> Basis:
    """Cubic splines on a circle with evenly spaced knots, written by their values there.

    The curvature of a cubic spline is linear between knots, so that ∫ f″² is Σ h/3 (a² + a b + b²) over
    the intervals of width h with curvatures a and b at their ends.
    """
    from scipy.interpolate import CubicSpline

    places = np.linspace(0.0, period, knots + 1)
    values = np.vstack([np.eye(knots), np.eye(knots)[:1]])
    spline = CubicSpline(places, values, axis=0, bc_type="periodic")
    bent = np.asarray(spline(places, 2))
    first, second = bent[:-1], bent[1:]
    cross = first.T @ second
    penalty = (period / knots / 3.0) * (first.T @ first + second.T @ second + 0.5 * (cross + cross.T))
    return Basis(lambda x: np.asarray(spline(np.asarray(x, dtype=float) % period)), penalty)


@dataclass(frozen=True)
class TensorSurface:
    """Fitted surface f(x, y) = Σ c_ij a_i(x) b_j(y); ``penalties`` and ``gcv`` of the fit."""

    first: Basis
    second: Basis
    coefficients: Array
    penalties: tuple[float, float]
    gcv: float

    def grid(self, x: Array, y: Array) -> Array:
        """Surface at every pair of coordinates; shape (x, y)."""
        return np.asarray(self.first.design(x) @ self.coefficients @ self.second.design(y).T)


def fit_tensor(first: Basis, second: Basis, x: Array, y: Array, values: Array) -> TensorSurface:
    """Least squares surface with a curvature penalty along each coordinate.

    Minimises Σ (z − f)² + λ₁ cᵀ(S₁⊗I)c + λ₂ cᵀ(I⊗S₂)c, both penalties at the minimum of
    n Σ (z − f)² / (n − tr A)² (Craven and Wahba 1978, doi:10.1007/BF01404567).

    Raises
    ------
    InputError
        If there are not more values than functions.
    """
    from scipy import linalg, optimize

    sizes = len(first.penalty), len(second.penalty)
    n = len(values)
    if n <= sizes[0] * sizes[1]:
        raise InputError(
            f"{n} cells with data for {sizes[0] * sizes[1]} spline functions",
            rule="more cells than functions",
        )
    design = np.einsum("ni,nj->nij", first.design(x), second.design(y)).reshape(n, -1)
    gram, moment, square = design.T @ design, design.T @ values, float(values @ values)
    one = np.kron(first.penalty / np.linalg.norm(first.penalty, 2), np.eye(sizes[1]))
    two = np.kron(np.eye(sizes[0]), second.penalty / np.linalg.norm(second.penalty, 2))

    def solve(logs: Array) -> tuple[float, Array]:
        factor = linalg.cho_factor(gram + np.exp(logs[0]) * one + np.exp(logs[1]) * two)
        coefficients = linalg.cho_solve(factor, moment)
        freedom = float(np.trace(linalg.cho_solve(factor, gram)))
        residual = square - 2.0 * coefficients @ moment + coefficients @ gram @ coefficients
        return n * float(residual) / (n - freedom) ** 2, coefficients

    steps = np.arange(-6.0, 12.1, 3.0)
    starts = [np.array([a, b]) for a in steps for b in steps]
    start = min(starts, key=lambda logs: solve(logs)[0])
    found = optimize.minimize(
        lambda logs: solve(logs)[0],
        start,
        method="Nelder-Mead",
        bounds=[(-12.0, 18.0)] * 2,
        options={"xatol": 1e-6, "fatol": 1e-14},
    )
    score, coefficients = solve(found.x)
    return TensorSurface(
        first,
        second,
        coefficients.reshape(sizes),
        (float(np.exp(found.x[0])), float(np.exp(found.x[1]))),
        score,
    )
