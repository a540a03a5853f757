"""Errors and background of the cells of one block, as they are expected before any fit.

``V = diag((s_a² + s_m² (Σ_k c_k)²) / n + Σ_k r_k² c_k² h / n) + Σ_k d_k² c_k c_kᵀ ∘ κ ∘ ρ + s_b² κ ∘ δ``

c_k modelled contribution of source k at its declared rate to a cell, κ = exp(−|Δt| / T), ρ correlation
between posts, δ one for the same post, n readings of a cell of h hours; r_k and d_k are one pair for low
sources and one for stacks. The form is that of the inverse model; the instrument's part in proportion to the
value is added. Compare Ganesan et al. 2014, doi:10.5194/acp-14-3855-2014.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sootprint.attribution.identifiability.options import ErrorModel

Array = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Cells:
    """Means over cells of some hours of one post.

    Attributes
    ----------
    station, size : (m,) int arrays
        Post and number of hours of each cell.
    middle : (m,) array
        Middle of the cell since the first hour of the operator [h].
    response : (m, K) array
        Mean contribution of each source at its declared rate [µg m⁻³].
    """

    station: Places
    size: Places
    middle: Array
    response: Array

    def of_post(self, number: int) -> Cells:
        """Cells of one post, as of a network that has no other."""
        own = self.station == number
        return Cells(self.station[own] - number, self.size[own], self.middle[own], self.response[own])


def error_covariance(cells: Cells, classes: Places, error: ErrorModel) -> Array:
    """Covariance of the errors of the cells of one block at the declared rates, (m, m) [(µg m⁻³)²].

    Where ``error_hours`` is zero, errors of two cells of a post are independent.
    """
    apart = np.abs(cells.middle[:, None] - cells.middle[None, :])
    kernel = np.exp(-apart / error.error_hours) if error.error_hours > 0 else (apart == 0).astype(float)
    same = cells.station[:, None] == cells.station[None, :]
    spread = cells.response * np.array(error.dispersion)[classes]
    made = (spread @ spread.T) * kernel * np.where(same, 1.0, error.error_shared)
    made += error.smooth_ugm3**2 * kernel * same
    own = error.instrument_ugm3**2 / error.cell_hours
    own = own + ((cells.response * np.array(error.relative)[classes]) ** 2).sum(axis=1)
    instrument = error.instrument_relative * cells.response.sum(axis=1)
    made[np.diag_indices(len(made))] += own * error.cell_hours / cells.size + instrument**2 / cells.size
    return np.asarray(made)


def hat_functions(middle: Array, hours: float, spacing: float) -> Array:
    """Piecewise-linear functions that sum to one at every time of a period, (m, B) array in [0, 1].

    Parameters
    ----------
    middle : (m,) array
        Times since the beginning [h].
    hours : float
        Length of the period [h].
    spacing : float
        Distance of the knots [h]; made a little smaller so that a whole number fits.
    """
    pieces = max(1, int(np.ceil(hours / spacing)))
    width = hours / pieces
    knots = width * np.arange(pieces + 1)
    return np.clip(1.0 - np.abs(middle[:, None] - knots[None, :]) / width, 0.0, None)


def background_precision(hats: int, posts: int, scale: float) -> Array:
    """Prior precision of the background, its smooth part and the offsets of the posts [(µg m⁻³)⁻²].

    A scale for each coefficient, a third of it for offsets, half of it for the step between two knots (a
    random walk of the first order).
    """
    made = np.diag(np.concatenate([np.full(hats, 1.0), np.full(posts, 9.0)]))
    step = np.diff(np.eye(hats), axis=0)
    made[:hats, :hats] += 4.0 * step.T @ step
    return np.asarray(made / scale**2)
