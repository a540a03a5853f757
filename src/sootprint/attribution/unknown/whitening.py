"""Errors of the cells, and the Gram matrix of what is asked once the nuisances are not known.

The covariance of the cells of one block is

``V = diag((σ_a² + Σ_k r_k² z_k² c_k²) h/n + u) + (Σ_k d_k² z_k² c_k c_kᵀ) ∘ κ ∘ ρ + s² κ ∘ δ``

with c_k modelled contributions, z_k the relative rates found so far, r_k and d_k independent and correlated
relative errors (one pair for low sources, one for stacks), κ = exp(−|Δt| / T), ρ one at a post and
``error_shared`` between posts, δ one at the same post, n readings of a cell of h hours and u what readings
below detection add. Nuisances are a smooth background, offsets of posts and lasting errors of a source at a
post; all have normal priors and are eliminated by the Schur complement. Scales are found at their most
probable values; compare Ganesan et al. 2014, doi:10.5194/acp-14-3855-2014, who sample them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sootprint.attribution.unknown.cells import Cells
from sootprint.attribution.unknown.options import Options

Array = NDArray[np.float64]
Places = NDArray[np.int64]

CENTRE = np.log([0.1, 0.1, 0.5, 2.0, 0.4, 1.5])
"""Prior centres of ln of σ_a and s, in units of the root mean square, of r and d of low sources and stacks
[1]: a plume's hour is off by a factor of two, and a high one by more."""

SPREAD = 1.0
"""Prior standard deviation of ln of each scale [1]."""

FIT_BLOCKS = 30
"""Largest number of blocks from which the error scales are found."""

LASTING_SHARE = 0.02
"""Share of a post's mean reading from which a source's lasting error there is counted [1]."""

LARGEST_LASTING = 400
"""Largest number of lasting errors; the largest contributions come first."""


@dataclass(frozen=True)
class Scales:
    """Standard deviations: additive and smooth [µg m⁻³], independent and correlated relative [1] pairs."""

    additive: float
    smooth: float
    relative: Array
    dispersion: Array

    @classmethod
    def of(cls, logs: Array, unit: float) -> Scales:
        """Scales from their logarithms in the order of `CENTRE`."""
        value = np.exp(logs)
        return cls(value[0] * unit, value[1] * unit, value[2:4], value[4:6])

    def logs(self, unit: float) -> Array:
        """Inverse of `of`."""
        first = [self.additive / unit, self.smooth / unit]
        return np.log(np.concatenate([first, self.relative, self.dispersion]))


@dataclass(frozen=True)
class Frame:
    """Columns beside the contributions, the same in all rounds.

    Attributes
    ----------
    cells : Cells
        Cells.
    classes, grid_classes : int arrays
        0 for low, 1 for stacks, of declared sources and of candidates.
    background : (m, B) array
        Hat functions of time, then offsets of posts.
    precision : (B, B) array
        Their prior precision [(µg m⁻³)⁻²].
    unit : float
        Root mean square reading [µg m⁻³].
    options : Options
        Settings.
    """

    cells: Cells
    classes: Places
    grid_classes: Places
    background: Array
    precision: Array
    unit: float
    options: Options


def make_frame(cells: Cells, classes: Places, grid_classes: Places, options: Options) -> Frame:
    """Frame of a set of cells."""
    first, last = float(cells.middle.min()), float(cells.middle.max())
    pieces = max(1, int(np.ceil((last - first) / options.knot_hours)))
    knots = np.linspace(first, max(last, first + 1.0), pieces + 1)
    hats = np.clip(1.0 - np.abs(cells.middle[:, None] - knots[None, :]) / (knots[1] - knots[0]), 0.0, None)
    posts = len(cells.posts)
    offsets = (cells.post[:, None] == np.arange(posts)[None, :]).astype(float)
    unit = float(np.sqrt(np.mean(cells.value**2)))
    scale = max(float(np.quantile(cells.value, 0.25)), 0.02 * unit)
    precision = np.zeros((hats.shape[1] + posts,) * 2)
    step = np.diff(np.eye(hats.shape[1]), axis=0)
    count = hats.shape[1]
    # A quarter of all readings lies below the scale whatever the sources did; steps between knots half of it.
    precision[:count, :count] = np.eye(count) / (2.0 * scale) ** 2 + step.T @ step * 4.0 / scale**2
    precision[count:, count:] = np.eye(posts) * 9.0 / scale**2
    return Frame(cells, classes, grid_classes, np.hstack([hats, offsets]), precision, unit, options)


def covariance(frame: Frame, part: slice, spread: tuple[Array, Array], scales: Scales) -> Array:
    """Covariance of the cells of one block; ``spread`` holds contributions of low sources and of stacks."""
    cells, options = frame.cells, frame.options
    middle, post = cells.middle[part], cells.post[part]
    kernel = np.exp(-np.abs(middle[:, None] - middle[None, :]) / options.error_hours)
    same = post[:, None] == post[None, :]
    shared = kernel * np.where(same, 1.0, options.error_shared)
    made = scales.smooth**2 * kernel * same
    own = np.full(len(post), scales.additive**2)
    for value, relative, dispersion in zip(spread, scales.relative, scales.dispersion, strict=True):
        block = value[part]
        if block.shape[1]:
            made += dispersion**2 * (block @ block.T) * shared
            own += relative**2 * (block**2).sum(axis=1)
    made[np.diag_indices(len(post))] += own * options.cell_hours / cells.size[part] + cells.unsure[part]
    return made


def contributions(frame: Frame, rates: Array, emission: Array) -> tuple[Array, Array]:
    """Contributions of low sources and of stacks at given rates, candidates that emit included."""
    own = frame.cells.declared * rates
    active = np.flatnonzero(emission > 0)
    grid = frame.cells.candidate[:, active] * emission[active]
    made = []
    for number in (0, 1):
        low = [own[:, frame.classes == number], grid[:, frame.grid_classes[active] == number]]
        made.append(np.hstack(low))
    return made[0], made[1]


def fit_scales(
    frame: Frame, residual: Array, spread: tuple[Array, Array], weights: Array, start: Scales | None
) -> Scales:
    """Most probable error scales for given residuals [µg m⁻³]."""
    from scipy.linalg import solve_triangular
    from scipy.optimize import minimize

    blocks = frame.cells.blocks()
    chosen = blocks[:: max(1, len(blocks) // FIT_BLOCKS)]
    root = np.sqrt(weights)

    def cost(logs: Array) -> float:
        scales = Scales.of(logs, frame.unit)
        total = 0.5 * float((((logs - CENTRE) / SPREAD) ** 2).sum())
        for part in chosen:
            factor = np.linalg.cholesky(covariance(frame, part, spread, scales))
            white = solve_triangular(factor, residual[part] * root[part], lower=True, check_finite=False)
            total += 0.5 * float(white @ white) + float(np.log(np.diag(factor)).sum())
        return total

    first = CENTRE if start is None else start.logs(frame.unit)
    settings = {"maxfev": 150 if start is None else 80, "xatol": 0.05, "fatol": 0.1, "adaptive": True}
    return Scales.of(minimize(cost, first, method="Nelder-Mead", options=settings).x, frame.unit)


def robust_weights(frame: Frame, residual: Array, spread: tuple[Array, Array], scales: Scales) -> Array:
    """Huber's weights min(1, k σ / |r|): Huber 1964, doi:10.1214/aoms/1177703732."""
    cells, options = frame.cells, frame.options
    variance = scales.smooth**2 + cells.unsure + scales.additive**2 * options.cell_hours / cells.size
    for value, relative, dispersion in zip(spread, scales.relative, scales.dispersion, strict=True):
        square = (value**2).sum(axis=1)
        variance = variance + square * (relative**2 * options.cell_hours / cells.size + dispersion**2)
    return np.minimum(1.0, options.outlier * np.sqrt(variance) / np.maximum(np.abs(residual), 1e-300))


def lasting_columns(frame: Frame, rates: Array) -> Array:
    """Columns of the lasting errors of declared sources, one a source and post where it matters [µg m⁻³]."""
    cells, options = frame.cells, frame.options
    value = cells.declared * (rates * np.array([options.lasting_low, options.lasting_stack])[frame.classes])
    made, size = [np.zeros((len(cells.value), 0))], []
    for post in range(len(cells.posts)):
        here = cells.post == post
        if not here.any():
            continue
        mean = (cells.declared[here] * rates).mean(axis=0)
        for source in np.flatnonzero(mean > LASTING_SHARE * abs(float(cells.value[here].mean()))):
            made.append(np.where(here, value[:, source], 0.0)[:, None])
            size.append(mean[source])
    if len(size) > LARGEST_LASTING:
        kept = np.sort(np.argsort(size)[::-1][:LARGEST_LASTING])
        made = [made[0], *(made[1 + int(place)] for place in kept)]
    return np.hstack(made)


@dataclass(frozen=True)
class Gram:
    """Cached Gram blocks under the covariance, summed, with the nuisances eliminated.

    Attributes
    ----------
    sources, candidates : int
        Number of declared sources and of candidates: the columns in this order.
    matrix : (K + J, K + J) array
        Q, the precision of the relative rates and emissions.
    linear : (K + J,) array
        q, so that ln p(y | x) = qᵀx − ½ xᵀQx + constant.
    nuisance : (N, K + J + 1) array
        Most probable nuisances as a linear function: of minus the columns, and of the readings.
    extra : (m, N) array
        Columns of the nuisances.
    """

    sources: int
    candidates: int
    matrix: Array
    linear: Array
    nuisance: Array
    extra: Array

    def fitted_nuisance(self, values: Array) -> Array:
        """Background and lasting errors of each cell for given rates and emissions [µg m⁻³]."""
        made: Array = self.extra @ (self.nuisance[:, -1] - self.nuisance[:, :-1] @ values)
        return made


def make_gram(
    frame: Frame, spread: tuple[Array, Array], rates: Array, scales: Scales, weights: Array
) -> Gram:
    """Gram matrix of declared sources and candidates."""
    from scipy.linalg import cho_factor, cho_solve, solve_triangular

    cells = frame.cells
    lasting = lasting_columns(frame, rates)
    extra = np.hstack([frame.background, lasting])
    asked = cells.declared.shape[1] + cells.candidate.shape[1]
    joined = np.hstack([cells.declared, cells.candidate, cells.value[:, None], extra])
    joined *= np.sqrt(weights)[:, None]
    for part in cells.blocks():
        factor = np.linalg.cholesky(covariance(frame, part, spread, scales))
        joined[part] = solve_triangular(factor, joined[part], lower=True, check_finite=False)
    total = joined.T @ joined
    prior = np.eye(extra.shape[1])
    size = len(frame.precision)
    prior[:size, :size] = frame.precision
    inner = cho_factor(total[asked + 1 :, asked + 1 :] + prior, lower=True)
    across = total[asked + 1 :, : asked + 1]
    solved = cho_solve(inner, across)
    reduced = total[: asked + 1, : asked + 1] - across.T @ solved
    reduced = 0.5 * (reduced + reduced.T)
    return Gram(
        sources=cells.declared.shape[1],
        candidates=cells.candidate.shape[1],
        matrix=reduced[:asked, :asked],
        linear=reduced[:asked, asked],
        nuisance=solved,
        extra=extra,
    )
