"""Error of the modelled contribution in particular hours.

Rates are inferred from many hours; what a source gave a post in one night may differ from the modelled far
more than its mean over the period does: the plume went past, or came where none was expected. Over n hours
with modelled mean c, of a source whose modelled mean over all such hours is c̄, the contribution is
``(1 − p μ) f c + g c̄`` with

``f = 0`` with probability ``m(n) = m₁ / (1 + n / n_m)``, else ``exp(√v z − v/2) / (1 − m)``,
``v(n) = v₁ / (1 + n / n_v) + v_l``,
``g`` log-normal of mean μ and spread 1.3 with probability ``p(n) = p₁ / (1 + n / 200)``, else 0,

z standard normal: over all hours the mean is c̄ again. The numbers, in ``data/hour_errors.csv`` by class of
source and wind, were found on random cities kept for development; ``benchmarks/hour_errors.py`` prints what
they rest on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]

SHARED = 0.65
"""Correlation of the error between two posts [1]: of its size, of a miss and of what was not expected."""

BACKGROUND_SHARED = 0.8
"""Correlation between posts of the error of the background [1]."""

STRAY_SPREAD = 1.3
"""Spread of ln of a contribution where none was expected [1]."""

STRAY_HOURS = 200.0
"""Hours over which such contributions average out [h]."""


@dataclass(frozen=True)
class HourError:
    """Error over some hours of one air and class, as the module states.

    Attributes
    ----------
    miss : float
        Probability m [1].
    variance : float
        v [1].
    stray, stray_mean : float
        Probability p and mean μ [1].
    """

    miss: float
    variance: float
    stray: float
    stray_mean: float


@cache
def hour_error_table() -> pd.DataFrame:
    """Numbers of the error, a row an air and a class."""
    path = resources.files("sootprint.attribution") / "data" / "hour_errors.csv"
    with path.open(encoding="utf-8") as file:
        return pd.read_csv(file).set_index(["air", "class"])


def hour_error(hours: int, air: str, kind: str) -> HourError:
    """Error over a number of hours.

    Parameters
    ----------
    hours : int
        Hours that a contribution is a mean over.
    air : str
        ``windy`` or ``light``; ``any`` for the background.
    kind : str
        ``low``, ``stack`` or ``background``.
    """
    row = hour_error_table().loc[(air, kind)]
    return HourError(
        miss=float(row["miss"] / (1.0 + hours / row["miss_hours"])),
        variance=float(row["variance"] / (1.0 + hours / row["variance_hours"]) + row["lasting"]),
        stray=float(row["stray"] / (1.0 + hours / STRAY_HOURS)),
        stray_mean=float(row["stray_mean"]),
    )


def effective_response(
    mean: Array,
    usual: Array,
    hours: int,
    light: bool,
    stacks: NDArray[np.bool_],
    shared: Array,
    generator: np.random.Generator,
) -> Array:
    """Draws of the mean response of one post over some hours, their error included: (draw, K) array.

    Parameters
    ----------
    mean : (K,) array
        Modelled mean response over the hours [µg m⁻³ per g s⁻¹].
    usual : (K,) array
        The same over all such hours of the post.
    hours : int
        Number of the hours; with 0 the answer is zero.
    light : bool
        Whether these are hours of light wind.
    stacks : (K,) bool array
        Whether a source is a stack; else it is a low one.
    shared : (3, draw, K) array
        Standard normal numbers that all posts have in common: for the size, for the miss, and for smoke
        that was not expected.
    generator : numpy.random.Generator
        Source of the numbers of this post.
    """
    from scipy.special import ndtri

    if hours == 0:
        return np.zeros(shared.shape[1:])
    errors = [hour_error(hours, "light" if light else "windy", kind) for kind in ("low", "stack")]
    table = np.array([[e.miss, e.variance, e.stray, e.stray_mean] for e in errors])
    miss, variance, stray, stray_mean = table[stacks.astype(np.int64)].T
    own = generator.standard_normal(shared.shape)
    size, place, strange = np.sqrt(SHARED) * shared + np.sqrt(1.0 - SHARED) * own
    factor = np.exp(np.sqrt(variance) * size - 0.5 * variance) / (1.0 - miss)
    expected = np.where(place > ndtri(miss), factor, 0.0) * (1.0 - stray * stray_mean)
    came = strange > ndtri(1.0 - stray)
    log = STRAY_SPREAD * generator.standard_normal(size.shape) - 0.5 * STRAY_SPREAD**2
    return expected * mean + np.where(came, stray_mean * np.exp(log), 0.0) * usual


def background_factor(hours: int, shared: Array, generator: np.random.Generator) -> Array:
    """Draws of the factor on the background at one post, of mean one: (draw,) array [1]."""
    variance = hour_error(hours, "any", "background").variance
    own = generator.standard_normal(shared.shape)
    noise = np.sqrt(BACKGROUND_SHARED) * shared + np.sqrt(1.0 - BACKGROUND_SHARED) * own
    return np.asarray(np.exp(np.sqrt(variance) * noise - 0.5 * variance))
