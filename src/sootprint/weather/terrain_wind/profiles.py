"""Shape of the wind with height, and the pieces of height in which it is given.

References
----------
.. [1] Holtslag, A. A. M. & De Bruin, H. A. R. (1988). Applied modeling of the nighttime surface energy
   balance over land. J. Appl. Meteorol. 27, 689–704 (stable).
   doi:10.1175/1520-0450(1988)027<0689:AMOTNS>2.0.CO;2.
.. [2] Paulson, C. A. (1970). The mathematical representation of wind speed and temperature profiles in the
   unstable atmospheric surface layer. J. Appl. Meteorol. 9, 857–861.
   doi:10.1175/1520-0450(1970)009<0857:TMROWS>2.0.CO;2 (unstable).
.. [3] Dyer, A. J. (1974). A review of flux-profile relationships. Boundary-Layer Meteorol. 7, 363–372.
   doi:10.1007/BF00240838 (the 16 in φ = (1 − 16 z/L)^−1/4).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sootprint.core.errors import InputError

Floats = NDArray[np.float64]

ROUGHNESS_LAYER = 6.0
"""Multiple of the roughness length below which the wind falls linearly to zero: there the logarithm has no
meaning."""


def stability_correction(height_over_length: ArrayLike) -> Floats:
    r"""ψ of the wind profile [1]; −4.39 at z/L = 1, 0 at 0.

    .. math:: ψ = -[0.7ζ + 0.75(ζ - 14.29)e^{-0.35ζ} + 10.71] \quad ζ > 0

    after [1]_, and after [2]_ with [3]_ where ζ < 0.
    """
    ratio = np.asarray(height_over_length, float)
    stable = np.maximum(ratio, 0.0)
    x = np.sqrt(np.sqrt(1.0 - 16.0 * np.minimum(ratio, 0.0)))
    unstable = 2.0 * np.log(0.5 * (1.0 + x)) + np.log(0.5 * (1.0 + x * x)) - 2.0 * np.arctan(x) + 0.5 * np.pi
    quotient = 5.0 / 0.35
    held = -(0.7 * stable + 0.75 * (stable - quotient) * np.exp(-0.35 * stable) + 0.75 * quotient)
    return np.where(ratio > 0.0, held, unstable)


def wind_shape(height: ArrayLike, *, obukhov_length: ArrayLike, roughness: float, top: ArrayLike) -> Floats:
    r"""Wind speed over u*/κ [1]: the similarity profile up to ``top``, constant above it.

    .. math:: \ln\frac{z}{z_0} - ψ\!\left(\frac{z}{L}\right) + ψ\!\left(\frac{z_0}{L}\right)

    Parameters
    ----------
    height : array_like
        Height above ground [m].
    obukhov_length : array_like
        L [m]; negative when unstable, infinite when neutral.
    roughness : float
        Roughness length z₀ [m]; below 6 z₀ the wind falls linearly to zero.
    top : array_like
        Height to which the similarity is taken [m].
    """
    lowest = ROUGHNESS_LAYER * roughness
    height = np.asarray(height, float)
    held = np.maximum(np.minimum(height, top), lowest)
    inverse = 1.0 / np.asarray(obukhov_length, float)
    shape = (
        np.log(held / roughness)
        - stability_correction(held * inverse)
        + stability_correction(roughness * inverse)
    )
    return np.asarray(shape * np.minimum(height / lowest, 1.0))


def hats(height: ArrayLike, nodes: ArrayLike) -> Floats:
    """Share of each node in a height, shape (nodes, heights): linear in ln z between nodes, constant beyond.

    The shares of a height sum to 1.
    """
    marks = np.log(np.asarray(nodes, float))
    place = np.log(np.maximum(np.asarray(height, float), 1e-6))
    return np.stack([np.interp(place, marks, unit) for unit in np.eye(marks.size)])


def check_nodes(nodes: ArrayLike) -> Floats:
    """Checked heights of the nodes [m].

    Raises
    ------
    InputError
        If they are not positive and rising.
    """
    heights = np.asarray(nodes, float)
    if heights.ndim != 1 or heights.size < 1 or heights[0] <= 0.0 or not (np.diff(heights) > 0.0).all():
        raise InputError(f"nodes {heights.tolist()}", rule="heights above ground [m], positive and rising")
    return heights
