"""But for a source: would the norm have held without it?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sootprint.core.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ButFor:
    """Result of `norm_without`.

    Attributes
    ----------
    exceeded : int
        Intervals over the limit as measured.
    probability_none : float
        Probability that no interval would have been over it without the source [1].
    expected : float
        Mean number of intervals over it without the source.
    low, high : float
        90 % interval of that number.
    allowed : int
        Exceedances that the norm allows.
    probability_held : float
        Probability that the norm would have held: not more than ``allowed`` over it [1].
    """

    exceeded: int
    probability_none: float
    expected: float
    low: float
    high: float
    allowed: int
    probability_held: float


def norm_without(
    measured_ugm3: ArrayLike, contribution_ugm3: ArrayLike, limit_ugm3: float, *, allowed: int = 0
) -> ButFor:
    """Measured intervals less a source's contribution, against the limit, draw by draw.

    What was measured stays as it was; only the modelled contribution of the source is taken off, no
    interval going below zero. So errors of everything else do not enter, and the draws of the contribution
    must hold its dispersion error, of the particular hours too.

    Parameters
    ----------
    measured_ugm3 : (interval,) array_like
        Measured means [µg m⁻³]; NaN where missing.
    contribution_ugm3 : (draw, interval) array_like
        Posterior draws of the source's contribution to the same means [µg m⁻³]; NaN where the engine did not
        serve the interval: it then stays as measured.
    limit_ugm3 : float
        Limit of the norm for such means [µg m⁻³].
    allowed : int
        Exceedances that the norm allows in the period.

    Raises
    ------
    InputError
        If the shapes do not fit.

    Examples
    --------
    >>> made = norm_without([600.0, 400.0], [[50.0, 0.0], [150.0, 0.0]], 500.0)
    >>> made.exceeded, made.probability_held
    (1, 0.5)
    """
    measured = np.asarray(measured_ugm3, float)
    parts = np.asarray(contribution_ugm3, float)
    if parts.ndim != 2 or parts.shape[1:] != measured.shape:
        raise InputError(
            f"contributions of shape {parts.shape} for {measured.shape[0]} intervals",
            rule="(draw, interval)",
        )
    left = np.maximum(measured - np.nan_to_num(np.maximum(parts, 0.0)), 0.0)
    over = (left > limit_ugm3).sum(axis=1)
    low, high = np.quantile(over, (0.05, 0.95))
    return ButFor(
        exceeded=int((measured > limit_ugm3).sum()),
        probability_none=float((over == 0).mean()),
        expected=float(over.mean()),
        low=float(low),
        high=float(high),
        allowed=allowed,
        probability_held=float((over <= allowed).mean()),
    )
