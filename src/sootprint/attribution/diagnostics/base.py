"""Background that goes with each draw of the rates: drawn given what the sources leave of the readings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sootprint.attribution.diagnostics.cells import Cells

Array = NDArray[np.float64]

SWEEPS = 15
"""Sweeps of the Gibbs sampler a draw; its coefficients start at the conditional mean."""

OFFSET_PART = 1.0 / 3.0
"""Scale of a post's offset over the scale of the shared background [1]."""

STEP_PART = 0.5
"""Spread of a step between knots over that scale [1]."""


@dataclass(frozen=True)
class Base:
    """Draws of the background's coefficients.

    Attributes
    ----------
    knots : (B,) array
        Knots of the shared piecewise-linear part [h].
    shared : (draw, B) array
        Its values [µg m⁻³].
    offset : (draw, R) array
        Offsets of the posts; of a post without readings from the prior [µg m⁻³].
    """

    knots: Array
    shared: Array
    offset: Array

    def at(self, middle: Array, station: NDArray[np.int64]) -> Array:
        """Background at times [h] and posts, (draw, m) array [µg m⁻³]."""
        return self.shared @ hats(middle, self.knots).T + self.offset[:, station]


def hats(middle: Array, knots: Array) -> Array:
    """Piecewise-linear functions of the knots, (m, B) array; they sum to one at every time."""
    if len(knots) == 1:
        return np.ones((len(middle), 1))
    width = knots[1] - knots[0]
    return np.clip(1.0 - np.abs(middle[:, None] - knots[None, :]) / width, 0.0, None)


def draw_base(
    cells: Cells,
    rates: Array,
    variance: Array,
    stations: int,
    hours: int,
    knot_hours: float,
    rng: np.random.Generator,
) -> Base:
    """Background given each draw of the rates.

    Given the rates the readings less the contributions are linear in the coefficients β ≥ 0, with a normal
    prior of the scale s (the 25th percentile of the readings) about zero and steps between knots of s/2:
    the model's own background. β_j given the others is a normal of variance 1/A_jj cut at zero, with
    A = XᵀV⁻¹X + P, and is drawn in turn (Geweke 1991, *Efficient simulation from the multivariate normal
    subject to linear constraints*). Errors are taken as independent between cells.

    Parameters
    ----------
    cells : Cells
        Cells that the rates were inferred from.
    rates : (draw, K) array
        Apparent rates [g s⁻¹].
    variance : (m,) array
        Variance of the error of each cell [(µg m⁻³)²].
    stations, hours : int
        Posts and hours of the operator.
    knot_hours : float
        Largest distance of the knots [h].
    rng : Generator
        Randomness.
    """
    from scipy.special import ndtr, ndtri

    pieces = max(1, int(np.ceil(hours / knot_hours)))
    knots = np.linspace(0.0, float(hours), pieces + 1)
    design = np.hstack([hats(cells.middle, knots), np.eye(stations)[cells.station]])
    scale = max(float(np.quantile(cells.value, 0.25)), 0.02 * float(np.sqrt(np.mean(cells.value**2))))
    precision = _prior(len(knots), stations, scale)
    weighted = design / variance[:, None]
    precision += weighted.T @ design
    linear = weighted.T @ cells.value - (rates @ cells.response.T) @ weighted
    beta = np.clip(np.linalg.solve(precision, linear.T).T, 0.0, None)
    diagonal = np.diag(precision)
    spread = 1.0 / np.sqrt(diagonal)
    for _ in range(SWEEPS):
        for place in range(len(diagonal)):
            pull = linear[:, place] - beta @ precision[:, place] + beta[:, place] * diagonal[place]
            mean = pull / diagonal[place]
            # Upper tail of the normal, so that a mean far below zero keeps its digits.
            tail = ndtr(mean / spread[place])
            uniform = rng.random(len(beta))
            far = mean / spread[place] < -30.0
            drawn = mean - spread[place] * ndtri(np.where(far, 0.5, uniform * tail))
            exponential = -np.log(uniform) / np.maximum(-mean, spread[place]) * spread[place] ** 2
            beta[:, place] = np.where(far, exponential, np.maximum(drawn, 0.0))
    return Base(knots, beta[:, : len(knots)], beta[:, len(knots) :])


def _prior(knots: int, stations: int, scale: float) -> Array:
    made = np.diag(np.r_[np.ones(knots), np.full(stations, OFFSET_PART**-2)]) / scale**2
    if knots > 1:
        step = np.diff(np.eye(knots), axis=0)
        made[:knots, :knots] += step.T @ step / (STEP_PART * scale) ** 2
    return np.asarray(made, float)
