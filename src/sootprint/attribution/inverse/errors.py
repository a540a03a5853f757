"""Errors of a cell, correlated and multiplicative, and how large they are.

The error of a cell is the sum of instrument noise, independent relative error, an error of each source's
modelled contribution that is correlated in time and between posts (dispersion), and a smooth additive one
of each post (what neither sources nor background explain). Treated as independent noise they make
intervals several times too narrow; here they enter the covariance of the cells of a block:

``V = diag(s_a² h/n + v) + Σ_k z_k² h_k h_kᵀ ∘ (r_k² h/n I + d_k² κ ∘ ρ) + s_b² κ ∘ δ``

h_k response of source k, z_k its apparent rate, κ = exp(−|Δt| / T), ρ correlation between posts, δ one for
the same post, n readings of a cell of h hours, v the variance by the sampling of an engine that samples; r_k
and d_k are one pair for low sources and one for stacks.
All are found at their most probable values; compare Ganesan et al. 2014, doi:10.5194/acp-14-3855-2014, who
sample them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sootprint.attribution.inverse.options import Options
from sootprint.core.errors import InputError

Array = NDArray[np.float64]
Places = NDArray[np.int64]

PRIOR_CENTRE = np.log([0.1, 0.1, 0.5, 2.0, 0.4, 1.5])
"""Prior centres of ln of the scales in their order; the first two in units of the root mean square."""

PRIOR_SPREAD = np.ones(6)
"""Prior spreads of ln of the scales."""

FIT_CELLS = 3000
"""Cells from which the error scales are found, about: six numbers need no more."""


@dataclass(frozen=True)
class ErrorScales:
    """Standard deviations of the errors of a cell.

    Attributes
    ----------
    additive, smooth : float
        Independent, and correlated in time, both additive [µg m⁻³].
    relative, dispersion : (2,) arrays
        Independent, and correlated in time and between posts, relative to a source's contribution [1]: of
        low sources, of stacks.
    """

    additive: float
    smooth: float
    relative: Array
    dispersion: Array

    def logs(self, unit: float) -> Array:
        """Logarithms in the order of ``PRIOR_CENTRE``."""
        first = [self.additive / unit, self.smooth / unit]
        return np.log(np.concatenate([first, self.relative, self.dispersion]))


def scales_from_logs(logs: Array, unit: float) -> ErrorScales:
    """Inverse of `ErrorScales.logs`."""
    values = np.exp(logs)
    return ErrorScales(values[0] * unit, values[1] * unit, values[2:4], values[4:6])


@dataclass(frozen=True)
class CellErrors:
    """Covariance of some cells as a sum of terms, each times the square of one scale.

    Attributes
    ----------
    independent : (3, m) array
        Diagonals of the additive, the relative low, and the relative stack term.
    smooth, low, stack : (m, m) arrays
        Matrices of the smooth and of the two dispersion terms.
    sampling : (m,) array
        Variance by the sampling of the engine [(µg m⁻³)²], which is known.
    """

    independent: Array
    smooth: Array
    low: Array
    stack: Array
    sampling: Array

    def matrix(self, scales: ErrorScales) -> Array:
        """Covariance [(µg m⁻³)²]."""
        made = scales.smooth**2 * self.smooth
        made += scales.dispersion[0] ** 2 * self.low
        made += scales.dispersion[1] ** 2 * self.stack
        squares = np.array([scales.additive**2, *scales.relative**2])
        made[np.diag_indices(len(made))] += squares @ self.independent + self.sampling
        return made


def cell_errors(
    part: Array,
    middle: Array,
    station: Places,
    size: Array,
    classes: Places,
    options: Options,
    sampling: Array | None = None,
) -> CellErrors:
    """Terms of the covariance of some cells.

    Parameters
    ----------
    part : (m, K) array
        Modelled contributions at the apparent rates [µg m⁻³].
    middle, station, size : (m,) arrays
        Middle [h], post and number of readings of each cell.
    classes : (K,) int array
        0 for low sources, 1 for stacks.
    options : Options
        Settings of the time and space over which errors go together.
    sampling : (m,) array, optional
        Variance by the sampling of the engine [(µg m⁻³)²].
    """
    kernel = np.exp(-np.abs(middle[:, None] - middle[None, :]) / options.error_hours)
    same = station[:, None] == station[None, :]
    together = np.where(same, kernel, options.error_shared * kernel)
    few = options.cell_hours / size
    terms, diagonals = [], [few]
    for kind in (0, 1):
        own = part[:, classes == kind]
        terms.append((own @ own.T) * together)
        diagonals.append((own**2).sum(axis=1) * few)
    known = np.zeros(len(size)) if sampling is None else sampling
    low, stack = terms
    return CellErrors(np.array(diagonals), np.where(same, kernel, 0.0), low, stack, known)


def most_probable_scales(
    blocks: list[CellErrors], residuals: list[Array], unit: float, start: ErrorScales | None
) -> ErrorScales:
    """Most probable error scales for residuals [µg m⁻³] of some blocks.

    With V = Σ_i θ_i² M_i and a = V⁻¹ r the slope of the cost over ln θ_i is
    ``θ_i² (tr V⁻¹ M_i − aᵀ M_i a)``.
    """
    from scipy.optimize import minimize

    def cost(logs: Array) -> tuple[float, Array]:
        off = (logs - PRIOR_CENTRE) / PRIOR_SPREAD
        value, slope = 0.5 * float(off @ off), off / PRIOR_SPREAD
        scales = scales_from_logs(logs, unit)
        squares = np.exp(2.0 * logs) * np.array([unit**2, unit**2, 1.0, 1.0, 1.0, 1.0])
        for block, residual in zip(blocks, residuals, strict=True):
            inverse, half = inverse_and_half_log_determinant(block.matrix(scales))
            pull = inverse @ residual
            value += half + 0.5 * float(residual @ pull)
            trace = block.independent @ np.diag(inverse) - block.independent @ pull**2
            wide = [
                float((inverse * term).sum() - pull @ term @ pull)
                for term in (block.smooth, block.low, block.stack)
            ]
            terms = np.array([trace[0], wide[0], trace[1], trace[2], wide[1], wide[2]])
            slope = slope + squares * terms
        return value, slope

    first = PRIOR_CENTRE if start is None else start.logs(unit)
    bounds = [
        (centre - 6.0 * spread, centre + 6.0 * spread)
        for centre, spread in zip(PRIOR_CENTRE, PRIOR_SPREAD, strict=True)
    ]
    found = minimize(
        cost, first, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 60, "ftol": 1e-7}
    )
    return scales_from_logs(found.x, unit)


def inverse_and_half_log_determinant(matrix: Array) -> tuple[Array, float]:
    """Inverse and half the logarithm of the determinant of a covariance, by its Cholesky factor.

    Raises
    ------
    InputError
        If the matrix is not positive definite.
    """
    from scipy.linalg.lapack import dpotrf, dpotri

    factor, failed = dpotrf(matrix, lower=1)
    if failed:
        raise InputError(
            "the covariance of the errors of a day is not positive definite",
            where=f"its row {failed}",
            rule="every cell has an error of its own",
            cure="look for readings that are infinite or sources with an infinite response",
        )
    half = float(np.log(np.diag(factor)).sum())
    lower, _ = dpotri(factor, lower=1)
    lower = np.tril(lower)
    return lower + np.tril(lower, -1).T, half
