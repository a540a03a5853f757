"""Likelihood with correlated multiplicative errors, on blocks of cells.

The error of a cell is the sum of instrument noise, independent relative error, an error of each source's
modelled contribution that is correlated in time and between posts (dispersion), and a smooth additive one
of each post (what neither sources nor background explain). Treated as independent noise they make
intervals several times too narrow; here they enter the covariance of the cells of a block:

``V = diag(s_a² h/n) + Σ_k z_k² h̃_k h̃_kᵀ ∘ (r_k² h/n I + d_k² κ ∘ ρ + l_k² δ) + s_b² κ ∘ δ``

h̃_k calibrated response of source k (see `reliability`), κ = exp(−|Δt| / T), ρ correlation between posts, δ
one for the same post, n readings of a cell of h hours; r_k and d_k are one pair for low sources and one for
stacks. All but the lasting l_k, which couples the blocks and enters by the Woodbury identity, are found at
their most probable values; compare Ganesan et al. 2014, doi:10.5194/acp-14-3855-2014, who sample them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sootprint.attribution.inverse.options import Options
from sootprint.attribution.inverse.problem import Cells
from sootprint.attribution.inverse.reliability import calibrate

Array = NDArray[np.float64]

PRIOR_CENTRE = np.log([0.1, 0.1, 0.5, 2.0, 0.4, 1.5])
"""Prior centres of ln of the scales in their order; the first two in units of the root mean square."""

PRIOR_SPREAD = np.ones(6)
"""Prior spreads of ln of the scales."""

FIT_BLOCKS = 40
"""Largest number of blocks from which the error scales are found."""

LASTING_SHARE = 0.01
"""Share of a post's mean reading from which a source's lasting error there is counted."""


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
class Blocks:
    """Cells, their columns (calibrated sources, then background) and which cells form a block.

    Attributes
    ----------
    cells : Cells
        Cells.
    response : (m, K) array
        Calibrated response [µg m⁻³ per g s⁻¹].
    columns : (m, J) array
        The same and the background.
    classes : (K,) int array
        0 for low sources, 1 for stacks.
    members : list of int arrays
        Cells of each block, in the order of time.
    options : Options
        Settings.
    """

    cells: Cells
    response: Array
    columns: Array
    classes: NDArray[np.int64]
    members: list[NDArray[np.int64]]
    options: Options

    @property
    def sources(self) -> int:
        """Number of columns that are sources."""
        return self.response.shape[1]


def make_blocks(cells: Cells, background: Array, classes: NDArray[np.int64], options: Options) -> Blocks:
    """Blocks in the order of time, with the response calibrated."""
    members = [np.flatnonzero(cells.block == number) for number in np.unique(cells.block)]
    reliability = np.array([options.reliability_low, options.reliability_stack])[classes]
    response = calibrate(cells.response, cells.size, cells.station, cells.block, reliability)
    return Blocks(cells, response, np.hstack([response, background]), classes, members, options)


def covariance(blocks: Blocks, members: NDArray[np.int64], rates: Array, scales: ErrorScales) -> Array:
    """Covariance of the errors of the cells of one block, lasting ones left out [(µg m⁻³)²]."""
    cells, options = blocks.cells, blocks.options
    part = blocks.response[members] * rates
    apart = np.abs(cells.middle[members][:, None] - cells.middle[members][None, :])
    kernel = np.exp(-apart / options.error_hours)
    same = cells.station[members][:, None] == cells.station[members][None, :]
    spread = part * scales.dispersion[blocks.classes]
    made = (spread @ spread.T) * kernel * np.where(same, 1.0, options.error_shared)
    made += scales.smooth**2 * kernel * same
    own = scales.additive**2 + ((part * scales.relative[blocks.classes]) ** 2).sum(axis=1)
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

    def cost(logs: Array) -> float:
        prior = 0.5 * float((((logs - PRIOR_CENTRE) / PRIOR_SPREAD) ** 2).sum())
        return prior - log_likelihood(blocks, residual, rates, scales_from_logs(logs, unit), weights, every)

    first = PRIOR_CENTRE if start is None else start.logs(unit)
    settings = {"maxfev": 120 if start is None else 60, "xatol": 0.05, "fatol": 0.2, "adaptive": True}
    found = minimize(cost, first, method="Nelder-Mead", options=settings)
    return scales_from_logs(found.x, unit)


def lasting_columns(blocks: Blocks, values: Array, rates: Array) -> Array:
    """Columns of the lasting errors, one a source and post where it matters: (m, L) array [µg m⁻³]."""
    cells, options = blocks.cells, blocks.options
    part = blocks.response * rates
    spread = np.array([options.lasting_low, options.lasting_stack])[blocks.classes]
    made = []
    for station in np.unique(cells.station):
        here = cells.station == station
        level = abs(float(values[here].mean()))
        matters = part[here].mean(axis=0) > LASTING_SHARE * level
        made.append(np.where(here[:, None], (part * spread)[:, matters], 0.0))
    return np.hstack(made)


def information(
    blocks: Blocks, values: Array, rates: Array, scales: ErrorScales, weights: Array
) -> tuple[Array, Array]:
    """Precision AᵀV⁻¹A and vector AᵀV⁻¹y of the columns.

    Sums over blocks, then the lasting errors G by the Woodbury identity:
    ``V⁻¹ = B⁻¹ − B⁻¹G (I + GᵀB⁻¹G)⁻¹ GᵀB⁻¹`` with B the covariance of the blocks.

    Returns
    -------
    precision : (J, J) array
    linear : (J,) array
    """
    size = blocks.columns.shape[1]
    lasting = lasting_columns(blocks, values, rates)
    joined = np.column_stack([blocks.columns, values, lasting]) * np.sqrt(weights)[:, None]
    gram = np.zeros((joined.shape[1], joined.shape[1]))
    for members in blocks.members:
        factor = np.linalg.cholesky(covariance(blocks, members, rates, scales))
        white = np.linalg.solve(factor, joined[members])
        gram += white.T @ white
    across = gram[: size + 1, size + 1 :]
    inner = gram[size + 1 :, size + 1 :] + np.eye(lasting.shape[1])
    reduced = gram[: size + 1, : size + 1] - across @ np.linalg.solve(inner, across.T)
    reduced = 0.5 * (reduced + reduced.T)
    return reduced[:size, :size], reduced[:size, size]


def robust_weights(blocks: Blocks, residual: Array, rates: Array, scales: ErrorScales) -> Array:
    """Huber's weights min(1, k σ / |r|): Huber 1964, doi:10.1214/aoms/1177703732.

    k is large, since hits of a plume make the errors skewed and weights under one bias the slope; only
    what no plume explains, such as a fault of an instrument, should lose weight.
    """
    cells, options = blocks.cells, blocks.options
    part = (blocks.response * rates) ** 2
    own = scales.additive**2 + part @ scales.relative[blocks.classes] ** 2
    variance = own * options.cell_hours / cells.size + scales.smooth**2
    variance += part @ scales.dispersion[blocks.classes] ** 2
    return np.minimum(1.0, options.outlier * np.sqrt(variance) / np.maximum(np.abs(residual), 1e-300))


def censored_means(limit: Array, modelled: Array, spread: Array) -> Array:
    """Mean of a normal value that is known to be below a limit [µg m⁻³].

    ``E[y | y < L] = m − σ φ(α) / Φ(α)``, α = (L − m) / σ: Tobin 1958, doi:10.2307/1907382.
    """
    from scipy.stats import norm

    alpha = (limit - modelled) / spread
    return modelled - spread * np.exp(norm.logpdf(alpha) - norm.logcdf(alpha))
