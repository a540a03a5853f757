"""Background with the enterprise's own part removed."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sootprint.core.errors import InputError

OWN_SHARE = 0.4
"""Share of the enterprise's largest concentration that is taken off the background; unverified."""

LEAST_SHARE = 0.2
"""Share of the background that always stays; unverified."""


def background_without_own(background: ArrayLike, own: ArrayLike) -> NDArray[np.float64]:
    """Background c′ф that an enterprise must count with, its own part removed [as given].

    c′ф = cф (1 − 0.4 c / cф) where c ≤ 2 cф, else 0.2 cф; both give 0.2 cф at c = 2 cф. Unverified (from
    section 7 of OND-86).

    Parameters
    ----------
    background : array_like
        Background cф: the level that not more than 5 % of the observations exceed.
    own : array_like
        Largest concentration c of the enterprise at the place of the background.

    Raises
    ------
    InputError
        If one of them is negative.

    Examples
    --------
    >>> float(background_without_own(0.1, 0.05)), float(background_without_own(0.1, 0.5))
    (0.08, 0.020000000000000004)
    """
    whole, part = np.asarray(background, dtype=float), np.asarray(own, dtype=float)
    if np.any(whole < 0.0) or np.any(part < 0.0):
        raise InputError("a negative concentration", rule="background and own part are zero or more")
    return np.where(part <= 2.0 * whole, whole - OWN_SHARE * part, LEAST_SHARE * whole)
