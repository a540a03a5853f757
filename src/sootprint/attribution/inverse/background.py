"""Background: non-negative, smooth in time and shared by the posts, with an offset a post."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Array = NDArray[np.float64]


def knots(first: float, last: float, spacing: float) -> Array:
    """Knots of the piecewise-linear background [h]; closer than asked so that a whole number fits."""
    pieces = max(1, int(np.ceil((last - first) / spacing)))
    return np.linspace(first, max(last, first + 1e-9), pieces + 1)


def hat_functions(middle: Array, first: float, last: float, spacing: float) -> Array:
    """Piecewise-linear functions that sum to one at every time.

    Parameters
    ----------
    middle : (m,) array
        Times [h].
    first, last : float
        Ends of the period [h].
    spacing : float
        Distance of the knots [h]; made a little smaller so that a whole number fits.

    Returns
    -------
    (m, B) array
        Values in [0, 1].
    """
    places = knots(first, last, spacing)
    width = places[1] - places[0]
    return np.clip(1.0 - np.abs(middle[:, None] - places[None, :]) / width, 0.0, None)


def background_columns(
    middle: Array, station: NDArray[np.int64], stations: int, first: float, last: float, spacing: float
) -> csr_array:
    """Columns of the shared smooth part, then of the offsets of the posts: sparse (m, B + R).

    Times lie between the ends; the smooth part is that of `hat_functions`.
    """
    from scipy.sparse import csr_array

    places = knots(first, last, spacing)
    step = (middle - places[0]) / (places[1] - places[0])
    left = np.clip(np.floor(step).astype(np.int64), 0, len(places) - 2)
    above = step - left
    columns = np.column_stack([left, left + 1, len(places) + station])
    values = np.column_stack([1.0 - above, above, np.ones(len(middle))])
    starts = np.arange(0, 3 * len(middle) + 1, 3)
    shape = (len(middle), len(places) + stations)
    return csr_array((values.ravel(), columns.ravel(), starts), shape=shape)


def background_precision(hats: int, stations: int, scale: float) -> Array:
    """Prior precision of the background's coefficients [(µg m⁻³)⁻²].

    Each coefficient has a half-normal prior of the given scale; offsets of posts a third of it; steps
    between knots are normal with half of it (a first-order random walk).
    """
    size = hats + stations
    made = np.zeros((size, size))
    made[np.arange(hats), np.arange(hats)] = 1.0 / scale**2
    made[np.arange(hats, size), np.arange(hats, size)] = 9.0 / scale**2
    if hats > 1:
        step = np.diff(np.eye(hats), axis=0)
        made[:hats, :hats] += step.T @ step * 4.0 / scale**2
    return made


def background_scale(values: Array) -> float:
    """Scale of the background [µg m⁻³]: the 25th percentile of the readings, at least 2 % of their spread.

    A quarter of all readings lies below it whatever the sources did, so that a background much over it
    is not supported by the readings themselves.
    """
    spread = float(np.sqrt(np.mean(values**2)))
    return max(float(np.quantile(values, 0.25)), 0.02 * spread)
