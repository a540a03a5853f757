"""Likelihood with correlated multiplicative errors, on blocks of cells.

The error of a cell is the sum of instrument noise, independent relative error, an error of each source's
modelled contribution that is correlated in time and between posts (dispersion), and a smooth additive one
of each post (what neither sources nor background explain). Treated as independent noise they make
intervals several times too narrow; here they enter the covariance of the cells of a block:

``V = diag((s_a² + (s_r m)²) h/n) + s_c² Σ_k z_k² h_k h_kᵀ ∘ κ ∘ ρ + s_b² κ ∘ δ``

m modelled contribution [µg m⁻³], h_k response, κ = exp(−|Δt| / T), ρ correlation between posts, δ one for
the same post, n readings of a cell of h hours. See Ganesan et al. 2014, doi:10.5194/acp-14-3855-2014, for
the sampling of error scales with the rest; here they are set at their most probable values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sootprint.attribution.inverse.options import Options
from sootprint.attribution.inverse.problem import Cells

Array = NDArray[np.float64]

PRIOR_CENTRE = np.log([0.1, 0.5, 0.6, 0.1])
"""Prior centres of ln of the four scales; the additive and smooth ones in units of the root mean square."""

PRIOR_SPREAD = np.array([1.0, 0.7, 0.5, 1.0])
"""Prior spreads of ln of the four scales."""

FIT_BLOCKS = 40
"""Largest number of blocks from which the error scales are found."""


@dataclass(frozen=True)
class ErrorScales:
    """Standard deviations of the errors of a cell.

    Attributes
    ----------
    additive : float
        Independent, additive [µg m⁻³].
    relative : float
        Independent, relative to the modelled contribution [1].
    dispersion : float
        Correlated, relative to each source's contribution [1].
    smooth : float
        Correlated, additive [µg m⁻³].
    """

    additive: float
    relative: float
    dispersion: float
    smooth: float


@dataclass(frozen=True)
class Blocks:
    """Cells, their columns (sources then background) and which cells form a block."""

    cells: Cells
    columns: Array
    members: list[NDArray[np.int64]]
    options: Options

    @property
    def sources(self) -> int:
        """Number of columns that are sources."""
        return self.cells.response.shape[1]


def make_blocks(cells: Cells, background: Array, options: Options) -> Blocks:
    """Blocks in the order of time."""
    members = [np.flatnonzero(cells.block == number) for number in np.unique(cells.block)]
    return Blocks(cells, np.hstack([cells.response, background]), members, options)


def covariance(blocks: Blocks, members: NDArray[np.int64], rates: Array, scales: ErrorScales) -> Array:
    """Covariance of the errors of the cells of one block [(µg m⁻³)²]."""
    cells, options = blocks.cells, blocks.options
    part = cells.response[members] * rates
    apart = np.abs(cells.middle[members][:, None] - cells.middle[members][None, :])
    kernel = np.exp(-apart / options.error_hours)
    same = cells.station[members][:, None] == cells.station[members][None, :]
    shared = np.where(same, 1.0, options.error_shared)
    made = scales.dispersion**2 * (part @ part.T) * kernel * shared
    made += scales.smooth**2 * kernel * same
    own = scales.additive**2 + (scales.relative * part.sum(axis=1)) ** 2
    made[np.diag_indices(len(members))] += own * options.cell_hours / cells.size[members]
    return made


def log_likelihood(
    blocks: Blocks, residual: Array, rates: Array, scales: ErrorScales, weights: Array, every: int
) -> float:
    """Gaussian log likelihood of residuals over every n-th block; robust weights divide the variance."""
    total = 0.0
    for members in blocks.members[::every]:
        root = np.sqrt(weights[members])
        factor = np.linalg.cholesky(covariance(blocks, members, rates, scales))
        white = np.linalg.solve(factor, residual[members] * root)
        total -= 0.5 * float(white @ white) + float(np.log(np.diag(factor)).sum())
    return total


def fit_scales(
    blocks: Blocks, residual: Array, rates: Array, weights: Array, unit: float, start: ErrorScales | None
) -> ErrorScales:
    """Most probable error scales for given residuals [µg m⁻³] and apparent rates [g s⁻¹]."""
    from scipy.optimize import minimize

    every = max(1, len(blocks.members) // FIT_BLOCKS)

    def scales(logs: Array) -> ErrorScales:
        a, r, c, b = np.exp(logs)
        return ErrorScales(a * unit, r, c, b * unit)

    def cost(logs: Array) -> float:
        prior = 0.5 * float((((logs - PRIOR_CENTRE) / PRIOR_SPREAD) ** 2).sum())
        return prior - log_likelihood(blocks, residual, rates, scales(logs), weights, every)

    first = PRIOR_CENTRE
    if start is not None:
        first = np.log([start.additive / unit, start.relative, start.dispersion, start.smooth / unit])
    found = minimize(cost, first, method="Nelder-Mead", options={"maxfev": 60, "xatol": 0.05, "fatol": 0.1})
    return scales(found.x)


def information(
    blocks: Blocks, values: Array, rates: Array, scales: ErrorScales, weights: Array
) -> tuple[Array, Array]:
    """Precision AᵀV⁻¹A and vector AᵀV⁻¹y of the columns, summed over blocks.

    Returns
    -------
    precision : (J, J) array
    linear : (J,) array
    """
    size = blocks.columns.shape[1]
    precision, linear = np.zeros((size, size)), np.zeros(size)
    for members in blocks.members:
        root = np.sqrt(weights[members])
        factor = np.linalg.cholesky(covariance(blocks, members, rates, scales))
        joined = np.column_stack([blocks.columns[members], values[members]]) * root[:, None]
        white = np.linalg.solve(factor, joined)
        precision += white[:, :-1].T @ white[:, :-1]
        linear += white[:, :-1].T @ white[:, -1]
    return precision, linear


def robust_weights(blocks: Blocks, residual: Array, rates: Array, scales: ErrorScales) -> Array:
    """Weights of a Student t with ν degrees of freedom: (ν + 1) / (ν + r² / σ²), at most 1.

    Lange, Little and Taylor 1989, doi:10.1080/01621459.1989.10478852.
    """
    cells, options = blocks.cells, blocks.options
    part = cells.response * rates
    own = scales.additive**2 + (scales.relative * part.sum(axis=1)) ** 2
    variance = own * options.cell_hours / cells.size + scales.smooth**2
    variance += scales.dispersion**2 * (part**2).sum(axis=1)
    nu = options.student_nu
    return np.minimum(1.0, (nu + 1.0) / (nu + residual**2 / variance))


def censored_means(limit: Array, modelled: Array, spread: Array) -> Array:
    """Mean of a normal value that is known to be below a limit [µg m⁻³].

    ``E[y | y < L] = m − σ φ(α) / Φ(α)``, α = (L − m) / σ: Tobin 1958, doi:10.2307/1907382.
    """
    from scipy.stats import norm

    alpha = (limit - modelled) / spread
    return modelled - spread * np.exp(norm.logpdf(alpha) - norm.logcdf(alpha))
