"""Joint fit of all pollutants: error scales, robust weights and the posterior draws."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sootprint.attribution.inverse.background import (
    background_columns,
    background_precision,
    background_scale,
)
from sootprint.attribution.inverse.bootstrap import BlockSums
from sootprint.attribution.inverse.errors import ErrorScales
from sootprint.attribution.inverse.likelihood import (
    Blocks,
    censored_means,
    fit_scales,
    information,
    make_blocks,
    robust_weights,
)
from sootprint.attribution.inverse.options import Options
from sootprint.attribution.inverse.priors import Prior
from sootprint.attribution.inverse.problem import Problem, make_cells
from sootprint.attribution.inverse.sampler import Draws, Posterior, sample
from sootprint.attribution.inverse.start import first_rates

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Array = NDArray[np.float64]

ROUNDS = 4
"""Rounds of error scales, weights and rates; the rates move by under a tenth of their spread after these."""

EARLY_BLOCKS = 80
"""Blocks that stand for all in all rounds but the last, about."""

PAIR_COSINE = 0.4
"""Cosine of two columns from which the sampler tries their exchange."""


@dataclass
class Part:
    """One pollutant in the fit.

    Attributes
    ----------
    problem, blocks : Problem, Blocks
        Readings, and their cells in blocks; None without readings.
    columns : (K_p,) int array
        Place of the pollutant's sources among all sources.
    classes : (K_p,) int array
        Their classes.
    hourly_background : (n, B + R) sparse array
        Background columns per reading.
    prior : (B + R, B + R) array
        Prior precision of the background.
    unit : float
        Root mean square of the readings [µg m⁻³].
    scales, weights, values : ErrorScales, arrays
        Error scales, robust weights and values of the cells.
    light : (hours,) bool array
        Hours of too light a wind for rates to be inferred from; None without weather.
    precision, linear : arrays
        Gram matrix and vector of the last round, background prior included.
    cached : list of BlockSums
        Sums of each block of the last round.
    """

    problem: Problem
    columns: NDArray[np.int64]
    classes: NDArray[np.int64]
    blocks: Blocks | None = None
    hourly_background: csr_array | None = None
    prior: Array | None = None
    unit: float = 1.0
    scales: ErrorScales | None = None
    weights: Array | None = None
    values: Array | None = None
    light: NDArray[np.bool_] | None = None
    precision: Array | None = None
    linear: Array | None = None
    cached: list[BlockSums] = field(default_factory=list)

    @property
    def background_size(self) -> int:
        """Number of the background's coefficients."""
        return 0 if self.prior is None else len(self.prior)


def prepare(
    problem: Problem, columns: NDArray[np.int64], classes: NDArray[np.int64], hours: int, options: Options
) -> Part:
    """Cells, background and starting values of one pollutant."""
    part = Part(problem, columns, classes[columns])
    if len(problem.value) == 0:
        return part
    cells = make_cells(problem, options.cell_hours, options.block_hours)
    stations = len(problem.stations)
    background = background_columns(
        cells.middle, cells.station, stations, 0.0, float(hours), options.knot_hours
    )
    part.blocks = make_blocks(cells, background, part.classes, options)
    part.hourly_background = _hourly_background(problem, hours, options)
    part.unit = float(np.sqrt(np.mean(problem.value**2))) or 1.0
    part.prior = background_precision(
        background.shape[1] - stations, stations, background_scale(problem.value)
    )
    part.weights = np.ones(len(cells.size))
    part.values = cells.mean(problem.value)
    return part


def to_report(part: Part, complete: Problem, light: NDArray[np.bool_] | None, options: Options) -> Part:
    """A fitted part with all served readings, those of hours that rates are not inferred from too."""
    hourly = None if part.prior is None else _hourly_background(complete, len(complete.activity), options)
    return replace(
        part, problem=complete, blocks=None, hourly_background=hourly, weights=None, values=None, light=light
    )


def _hourly_background(problem: Problem, hours: int, options: Options) -> csr_array:
    middle = problem.hour.astype(np.float64) + 0.5
    stations = len(problem.stations)
    return background_columns(middle, problem.station, stations, 0.0, float(hours), options.knot_hours)


def refine(part: Part, theta: Array, options: Options, *, last: bool) -> None:
    """One round at given rates and background: imputed values, error scales, weights, Gram matrix."""
    blocks = part.blocks
    if blocks is None or part.weights is None or part.prior is None:
        return
    sources = blocks.sources
    rates = theta[:sources]
    part.values = blocks.cells.mean(imputed_values(part, theta, options))
    residual = part.values - blocks.modelled(theta)
    part.scales = fit_scales(blocks, residual, rates, part.weights, part.unit, part.scales)
    part.weights = robust_weights(blocks, residual, rates, part.scales)
    rows = None if last else blocks.spread_evenly(EARLY_BLOCKS)
    part.precision, part.linear, part.cached = information(
        blocks, part.values, rates, part.scales, part.weights, rows
    )
    part.precision[sources:, sources:] += part.prior


def imputed_values(part: Part, theta: Array, options: Options) -> Array:
    """Readings [µg m⁻³], those below the detection limit replaced by their expected values."""
    problem, blocks = part.problem, part.blocks
    below = np.flatnonzero(problem.censored)
    if blocks is None or part.hourly_background is None or part.scales is None or not len(below):
        return problem.value
    sources, scales = blocks.sources, part.scales
    rates = theta[:sources]
    response = problem.response(below)
    modelled = response @ rates + part.hourly_background[below] @ theta[sources:]
    relative = (response * rates) ** 2 @ scales.relative[part.classes] ** 2
    own = (scales.additive**2 + relative) * options.cell_hours
    values = problem.value.copy()
    values[below] = censored_means(values[below], modelled, np.sqrt(own + scales.smooth**2))
    return values


def joint_posterior(parts: list[Part], prior: Prior, options: Options) -> Posterior:
    """Posterior of all pollutants, padded to one size; the sources come first."""
    sources = prior.present.shape[1]
    width = sources + max(part.background_size for part in parts)
    precision = np.zeros((len(parts), width, width))
    linear = np.zeros((len(parts), width))
    sizes = np.full(len(parts), sources, np.int64)
    pairs: list[tuple[int, int, int]] = []
    for number, part in enumerate(parts):
        if part.precision is None:
            continue
        sizes[number] += part.background_size
        place = np.concatenate([part.columns, sources + np.arange(part.background_size)])
        precision[number][np.ix_(place, place)] = part.precision
        linear[number, place] = part.linear
        cosine = gram_cosines(part.precision[: len(part.columns), : len(part.columns)])
        for one, two in zip(*np.where(np.triu(cosine, 1) > PAIR_COSINE), strict=True):
            pairs.append((number, int(part.columns[one]), int(part.columns[two])))
    return Posterior(
        precision=precision,
        linear=linear,
        sizes=sizes,
        prior=prior,
        bias_mean=np.array([options.bias_mean_low, options.bias_mean_stack]),
        bias_class=options.bias_class,
        bias_source=np.hypot(np.array([options.bias_low, options.bias_stack])[prior.classes], prior.engines),
        pairs=np.array(pairs, np.int64).reshape(-1, 3),
    )


def gram_cosines(precision: Array) -> Array:
    """Cosines of columns from their Gram matrix; zero for a column that is never seen."""
    length = np.sqrt(np.diag(precision))
    safe = np.where(length > 0, length, 1.0)
    return np.where((length[:, None] > 0) & (length[None, :] > 0), precision / np.outer(safe, safe), 0.0)


def fit(parts: list[Part], prior: Prior, options: Options, seed: int) -> None:
    """Error scales, weights and Gram matrices of all pollutants, found in turn with the rates."""
    sources = prior.present.shape[1]
    start = np.where(prior.present, np.exp(np.where(prior.present, prior.centre, 0.0)), 0.0)
    thetas = []
    for number, part in enumerate(parts):
        declared = start[number, part.columns]
        if part.blocks is None:
            thetas.append(declared)
            continue
        problem = part.problem
        halved = np.where(problem.censored, 0.5 * problem.value, problem.value)
        values = part.blocks.cells.mean(halved)
        thetas.append(first_rates(part.blocks, values, declared, background_scale(problem.value)))
    for turn in range(ROUNDS):
        for part, theta in zip(parts, thetas, strict=True):
            refine(part, theta, options, last=turn == ROUNDS - 1)
        if turn < ROUNDS - 1:
            draws = sample(
                joint_posterior(parts, prior, options),
                chains=1, warmup=200, sweeps=400, keep=200, seed=seed + 1 + turn,
            )  # fmt: skip
            mean = draws.theta[0].mean(axis=0)
            for number, part in enumerate(parts):
                size = part.background_size
                thetas[number] = np.concatenate(
                    [mean[number, part.columns], mean[number, sources : sources + size]]
                )


def draw(parts: list[Part], prior: Prior, options: Options, seed: int) -> Draws:
    """Posterior draws at the fitted error scales."""
    return sample(
        joint_posterior(parts, prior, options),
        chains=options.chains,
        warmup=options.warmup,
        sweeps=options.sweeps,
        keep=options.draws // options.chains,
        seed=seed,
    )
