"""Candidates that cannot be told apart joined to areas: how probable, how strong, and when seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from sootprint.attribution.unknown.fit import Fit
from sootprint.attribution.unknown.options import Options
from sootprint.attribution.unknown.sampler import log_slabs
from sootprint.attribution.unknown.whitening import covariance

Array = NDArray[np.float64]
Places = NDArray[np.int64]

HELD = 0.95
"""Share of an area's probability that its cells hold: cells beyond are left out [1]."""

NEIGHBOUR_SPACINGS = 1.6
"""Neighbours of a square grid, diagonal ones too, in units of its spacing [1]."""


@dataclass(frozen=True)
class Area:
    """An area.

    Attributes
    ----------
    members : int array
        Candidates, the most probable first.
    weight : array
        Probability that each emits, so that they sum to one [1].
    draws : (C, D) array
        Emission of the area in each draw of each chain [g s⁻¹]; zero where it does not emit.
    """

    members: Places
    weight: Array
    draws: Array

    @property
    def probability(self) -> float:
        """Share of the draws in which the area emits."""
        return float((self.draws > 0).mean())


def conditional_gram(fit: Fit) -> Array:
    """Precision of the emissions with the declared rates free, (J, J) array [(g s⁻¹)⁻²].

    ``S = Q_cc − Q_cd (Q_dd + I/w²)⁻¹ Q_dc``
    """
    count = fit.gram.sources
    matrix = fit.gram.matrix
    if count == 0:
        return matrix.copy()
    inner = matrix[:count, :count] + np.eye(count) / fit.frame.options.declared_spread**2
    across = matrix[:count, count:]
    made: Array = matrix[count:, count:] - across.T @ np.linalg.solve(inner, across)
    return made


def correlations(gram: Array) -> Array:
    """Correlations of the candidates' signals; zero for those that no post ever sees."""
    size = np.sqrt(np.maximum(np.diag(gram), 0.0))
    seen = size > 1e-6 * size.max()
    inverse = np.where(seen, 1.0 / np.where(seen, size, 1.0), 0.0)
    made: Array = gram * inverse[:, None] * inverse[None, :]
    return made


def find_areas(
    emission: Array, x: Array, y: Array, reach: float, alike: Array, options: Options
) -> list[Area]:
    """Areas in the order of their probability.

    From the most probable candidate that belongs to none, an area takes in neighbour after neighbour whose
    signal is alike its first, then keeps the fewest of them that hold nearly all of its probability.

    Parameters
    ----------
    emission : (C, D, J) array
        Draws of the emissions [g s⁻¹].
    x, y : (J,) arrays
        Places of the candidates [m].
    reach : float
        Largest distance of two neighbours [m].
    alike : (J, J) array
        Correlations of the signals.
    options : Options
        Settings.
    """
    emits = emission > 0
    single = emits.mean(axis=(0, 1))
    free = np.ones(len(single), bool)
    made: list[Area] = []
    for first in np.argsort(-single, kind="stable"):
        if not free[first] or single[first] <= 0:
            continue
        if _reachable(emits, free, alike[first], options.alike) < options.mentioned:
            continue
        members = _grown(int(first), x, y, reach, free & (alike[first] >= options.alike) & (single > 0))
        members = _fewest(members, emits, single)
        total = emission[:, :, members].sum(axis=2)
        if (total > 0).mean() < options.mentioned:
            continue
        free[members] = False
        made.append(Area(members, single[members] / single[members].sum(), total))
    return sorted(made, key=lambda area: -area.probability)


def _reachable(emits: NDArray[np.bool_], free: NDArray[np.bool_], alike: Array, least: float) -> float:
    """Probability that any candidate emits that could join."""
    return float(emits[:, :, free & (alike >= least)].any(axis=2).mean())


def _grown(first: int, x: Array, y: Array, reach: float, allowed: NDArray[np.bool_]) -> Places:
    inside = np.zeros(len(x), bool)
    inside[first] = True
    edge = [first]
    while edge:
        place = edge.pop()
        near = allowed & ~inside & (np.hypot(x - x[place], y - y[place]) <= reach)
        inside |= near
        edge += np.flatnonzero(near).tolist()
    return np.flatnonzero(inside).astype(np.int64)


def _fewest(members: Places, emits: NDArray[np.bool_], single: Array) -> Places:
    ordered = members[np.argsort(-single[members], kind="stable")]
    held = np.logical_or.accumulate(emits[:, :, ordered], axis=2).mean(axis=(0, 1))
    made: Places = ordered[: int(np.searchsorted(held, HELD * held[-1])) + 1]
    return made


def seen_rates(fit: Fit, conditional: Array, alike: Array) -> Array:
    """Emission of each candidate from which its area would be stated [g s⁻¹]; NaN where no post sees it.

    With readings that hold it without a flaw, the candidates that are alike share its odds, so that it is
    stated where ln odds + ln(number alike) + ln m(s) reaches the ln odds of `Options.stated`.
    """
    options = fit.frame.options
    size = options.temper * np.diag(conditional)
    number = np.maximum((alike >= options.alike).sum(axis=1), 1)
    wanted = np.log(options.stated / (1.0 - options.stated)) - fit.log_odds - np.log(number)
    made = np.full(len(size), np.nan)
    scales = fit.scale * np.asarray(options.scales)
    for place in np.flatnonzero(size > 1e-12 * max(float(size.max()), 1e-300)):
        low, high = 0.0, 1e5 * fit.scale
        if log_slabs(size[place] * high, size[place], scales) < wanted[place]:
            continue
        for _ in range(60):
            middle = 0.5 * (low + high)
            enough = log_slabs(size[place] * middle, size[place], scales) >= wanted[place]
            low, high = (low, middle) if enough else (middle, high)
        made[place] = high
    return made


@dataclass(frozen=True)
class Told:
    """What an area explains, cell by cell.

    Attributes
    ----------
    observed, declared, area : (m,) arrays
        Reading, what declared sources and background explain, and what the area adds [µg m⁻³].
    support : (m,) array
        Gain of ln likelihood of each cell, given the cells of its block before it [1].
    """

    observed: Array
    declared: Array
    area: Array
    support: Array


def told_by(fit: Fit, area: Area) -> Told:
    """Cells that speak for an area: with it, and with all else as it was in the draws with it, against none.

    ``Σ_b ½(|w₀|² − |w₁|²)`` with w whitened residuals without and with the area; sums over cells are exact.
    """
    cells, gram = fit.frame.cells, fit.gram
    rates, emission = fit.flat()
    on = area.draws.ravel() > 0
    theta = np.concatenate([rates[on].mean(axis=0), emission[on].mean(axis=0)])
    own = np.zeros(emission.shape[1])
    own[area.members] = emission[on][:, area.members].mean(axis=0)
    other = cells.candidate @ (theta[gram.sources :] - own)
    area_part = cells.candidate @ own
    explained = cells.declared @ theta[: gram.sources] + other + gram.fitted_nuisance(theta)
    root = np.sqrt(fit.weights)
    pair = np.column_stack([cells.value - explained, cells.value - explained - area_part]) * root[:, None]
    for part in cells.blocks():
        factor = np.linalg.cholesky(covariance(fit.frame, part, fit.spread, fit.scales))
        pair[part] = solve_triangular(factor, pair[part], lower=True, check_finite=False)
    support = 0.5 * fit.frame.options.temper * (pair[:, 0] ** 2 - pair[:, 1] ** 2)
    return Told(cells.value, explained, area_part, support)


def split_r_hat(chains: Array) -> float:
    """Split R̂ of (chains, draws): Gelman and Rubin 1992, doi:10.1214/ss/1177011136; 1 where all are equal."""
    half = chains.shape[1] // 2
    parts = np.concatenate([chains[:, :half], chains[:, half : 2 * half]]).astype(float)
    within = parts.var(axis=1, ddof=1).mean()
    if not within > 0:
        return 1.0
    between = parts.mean(axis=1).var(ddof=1)
    return float(np.sqrt((half - 1) / half + between / within))
