"""Rounds of rates, error scales and weights, then draws: what areas and directions are both made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sootprint.attribution.unknown.cells import Cells
from sootprint.attribution.unknown.options import Options
from sootprint.attribution.unknown.sampler import gibbs
from sootprint.attribution.unknown.whitening import (
    CENTRE,
    Frame,
    Gram,
    Scales,
    contributions,
    fit_scales,
    make_frame,
    make_gram,
    robust_weights,
)

Array = NDArray[np.float64]
Places = NDArray[np.int64]

ROUNDS = 2
"""Rounds of rates and error scales before the first draws."""

WIDE_DEVIATION = 2.0
"""Standard deviation of the normal prior of a relative rate while error scales are found [1]."""

TINY = 1e-12
"""Least diagonal of the Gram matrix in parts of its largest: a candidate that no post ever sees [1]."""


@dataclass(frozen=True)
class Fit:
    """Draws and what they rest on.

    Attributes
    ----------
    frame : Frame
        Cells and columns.
    gram : Gram
        Gram matrix of the last round.
    scales : Scales
        Error scales of the last round.
    spread : pair of arrays
        Contributions of low sources and of stacks that the errors are in proportion to [µg m⁻³].
    weights : (m,) array
        Robust weights [1].
    rates : (C, D, K) array
        Draws of relative declared rates by chain [1].
    emission : (C, D, J) array
        Draws of unlisted emissions [g s⁻¹]; mostly zero.
    scale : float
        Unit of the prior's scales [g s⁻¹].
    log_odds : float
        Prior ln odds of a candidate.
    """

    frame: Frame
    gram: Gram
    scales: Scales
    spread: tuple[Array, Array]
    weights: Array
    rates: Array
    emission: Array
    scale: float
    log_odds: float

    def flat(self) -> tuple[Array, Array]:
        """Draws of all chains together: (D, K) and (D, J) arrays."""
        return (
            self.rates.reshape(self.rates.shape[0] * self.rates.shape[1], self.rates.shape[2]),
            self.emission.reshape(-1, self.emission.shape[2]),
        )


def fit(
    cells: Cells,
    classes: Places,
    grid_classes: Places,
    options: Options,
    rng: np.random.Generator,
    *,
    start: Array | None = None,
    scale: float | None = None,
    known: Scales | None = None,
) -> Fit:
    """Error scales by rounds, then draws; candidates that the first draws support enter the errors.

    Parameters
    ----------
    cells : Cells
        Cells.
    classes, grid_classes : int arrays
        0 for low, 1 for stacks.
    options : Options
        Settings.
    rng : Generator
        Source of chance; each chain gets a child of its own.
    start : (K,) array, optional
        Relative rates to start from, as those of an attribution [1]; by default the declared ones.
    scale : float, optional
        Unit of the prior's scales [g s⁻¹]; by default from the readings.
    known : Scales, optional
        Error scales that were found for the same readings; they are taken as they are, in one round.
    """
    frame = make_frame(cells, classes, grid_classes, options)
    candidates = cells.candidate.shape[1]
    rates = np.ones(cells.declared.shape[1]) if start is None else start
    emission = np.zeros(candidates)
    scales = Scales.of(CENTRE, frame.unit)
    weights = np.ones(len(cells.value))
    spread = contributions(frame, rates, emission)
    scale = scale or options.scale_g_s or _scale_of_readings(cells)
    log_odds = -float(np.log(max(candidates / options.expected_sources - 1.0, 1e-6)))
    fitted: Scales | None = None
    for _ in range(1 if known else ROUNDS):
        gram = make_gram(frame, spread, rates, scales, weights)
        if gram.sources:
            rates = _point(gram)
        else:
            emission = _free_emission(gram)
        spread, residual = contributions(frame, rates, emission), _residual(frame, gram, rates, emission)
        fitted = known or fit_scales(frame, residual, spread, weights, fitted)
        scales, weights = fitted, robust_weights(frame, residual, spread, fitted)
    chains = rng.spawn(2 * options.chains)
    gram = make_gram(frame, spread, rates, scales, weights)
    first = _draws(gram, options, scale, log_odds, chains[: options.chains])
    rates, emission = _means(first, gram.sources)
    if emission.any() and known is None:
        spread, residual = contributions(frame, rates, emission), _residual(frame, gram, rates, emission)
        scales = known or fit_scales(frame, residual, spread, weights, scales)
        weights = robust_weights(frame, residual, spread, scales)
        gram = make_gram(frame, spread, rates, scales, weights)
        first = _draws(gram, options, scale, log_odds, chains[options.chains :])
    made = first
    return Fit(
        frame=frame,
        gram=gram,
        scales=scales,
        spread=spread,
        weights=weights,
        rates=made[:, :, : gram.sources],
        emission=made[:, :, gram.sources :],
        scale=scale,
        log_odds=log_odds,
    )


def _scale_of_readings(cells: Cells) -> float:
    """Rate that, from the median candidate, gives the mean reading over a quarter of all readings [g s⁻¹]."""
    over = max(float(cells.value.mean() - np.quantile(cells.value, 0.25)), 1e-9)
    seen = cells.candidate.mean(axis=0)
    return over / float(np.median(seen[seen > 0])) if (seen > 0).any() else 1.0


def _point(gram: Gram) -> Array:
    """Most probable non-negative relative rates of the declared sources under a wide normal prior."""
    from scipy.optimize import nnls

    count = gram.sources
    if count == 0:
        return np.zeros(0)
    precision = np.eye(count) / WIDE_DEVIATION**2
    factor = np.linalg.cholesky(gram.matrix[:count, :count] + precision)
    target = np.linalg.solve(factor, gram.linear[:count] + np.diag(precision))
    made: Array = nnls(factor.T, target)[0]
    return made


def _free_emission(gram: Gram) -> Array:
    """Most probable non-negative emissions where nothing is declared, for the scale of the errors."""
    from scipy.optimize import nnls

    size = np.sqrt(np.maximum(np.diag(gram.matrix), 0.0))
    seen = np.flatnonzero(size > TINY * size.max())
    scaled = gram.matrix[np.ix_(seen, seen)] / np.outer(size[seen], size[seen])
    factor = np.linalg.cholesky(scaled + 1e-6 * np.eye(len(seen)))
    made = np.zeros(len(size))
    made[seen] = nnls(factor.T, np.linalg.solve(factor, gram.linear[seen] / size[seen]))[0] / size[seen]
    return made


def _residual(frame: Frame, gram: Gram, rates: Array, emission: Array) -> Array:
    cells = frame.cells
    nuisance = gram.fitted_nuisance(np.concatenate([rates, emission]))
    made: Array = cells.value - cells.declared @ rates - cells.candidate @ emission - nuisance
    return made


def _means(draws: Array, sources: int) -> tuple[Array, Array]:
    """Mean relative rates, and mean emissions of candidates that emit in more than a tenth of the draws."""
    flat = draws.reshape(-1, draws.shape[2])
    emission = flat[:, sources:]
    supported = (emission > 0).mean(axis=0)
    near = supported > 0.1 * max(float((emission > 0).any(axis=1).mean()), 1e-9)
    return flat[:, :sources].mean(axis=0), np.where(near & (supported > 0.02), emission.mean(axis=0), 0.0)


def _draws(
    gram: Gram, options: Options, scale: float, log_odds: float, chains: list[np.random.Generator]
) -> Array:
    matrix = options.temper * gram.matrix
    diagonal = np.diag(matrix).copy()
    matrix[np.diag_indices(len(matrix))] = np.maximum(diagonal, TINY * diagonal.max())
    linear = options.temper * gram.linear
    scales = scale * np.asarray(options.scales)
    given = (gram.sources, options.declared_spread, scales, log_odds, options.sweeps, options.warmup)
    return np.stack([gibbs(matrix, linear, *given, chain) for chain in chains])
