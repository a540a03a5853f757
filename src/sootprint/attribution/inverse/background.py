"""Background: non-negative, smooth in time and shared by the posts, with an offset a post."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


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
    pieces = max(1, int(np.ceil((last - first) / spacing)))
    knots = np.linspace(first, max(last, first + 1e-9), pieces + 1)
    width = knots[1] - knots[0]
    return np.clip(1.0 - np.abs(middle[:, None] - knots[None, :]) / width, 0.0, None)


def background_columns(middle: Array, station: NDArray[np.int64], stations: int, hats: Array) -> Array:
    """Columns of the shared smooth part, then of the offsets of the posts: (m, B + R) array."""
    offsets = (station[:, None] == np.arange(stations)[None, :]).astype(float)
    return np.hstack([hats, offsets])


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
