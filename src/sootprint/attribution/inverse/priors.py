"""Prior of the emissions: the declared rate, which may be a little off or plainly wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Mixture:
    """Two zero-mean normals of a logarithm.

    Attributes
    ----------
    narrow, wide : arrays
        Their spreads [1].
    wide_share : float
        Mean weight of the wide one [1].
    cases : float
        Cases that this mean counts for [1]: the weight has the prior Beta(share × cases, (1 − share) × cases)
        and is found with the rest, for how often declarations are wrong differs from city to city.
    """

    narrow: Array
    wide: Array
    wide_share: float
    cases: float

    def variance(self) -> Array:
        """Variance of the mixture."""
        return (1.0 - self.wide_share) * self.narrow**2 + self.wide_share * self.wide**2


@dataclass(frozen=True)
class Prior:
    """Prior of ln x_kp = centre_kp + δ_k + ε_kp on the axes pollutant and source.

    δ_k is how far a source is off in all that it declares (its load, its hours), ε_kp how far it is off in
    one pollutant; each a mixture of "as stated" and "plainly wrong".

    Attributes
    ----------
    present : (P, K) bool array
        Whether a source emits the pollutant.
    centre : (P, K) array
        ln of the declared rate [g s⁻¹].
    shared : Mixture of (K,) arrays
        Spread of δ.
    own : Mixture of (P, K) arrays
        Spread of ε.
    classes : (K,) int array
        Class of each source, within which dispersion biases are alike.
    engines : (K,) array
        |ln| of one engine's response to a source over another's, where an operator is of two engines [1]: it
        widens the lasting bias.
    """

    present: NDArray[np.bool_]
    centre: Array
    shared: Mixture
    own: Mixture
    classes: NDArray[np.int64]
    engines: Array

    def variance(self) -> Array:
        """Variance of ln x, (P, K) array."""
        return self.shared.variance()[None, :] + self.own.variance()

    def exceedance(self, factor: float) -> Array:
        """Prior probability that x is over ``factor`` times the centre, (P, K) array."""
        from scipy.stats import norm

        total = np.zeros(self.centre.shape)
        for shared, weight in _parts(self.shared):
            for own, share in _parts(self.own):
                spread = np.sqrt(shared[None, :] ** 2 + own**2)
                total += weight * share * norm.sf(np.log(factor) / spread)
        return total


def _parts(mixture: Mixture) -> list[tuple[Array, float]]:
    return [(mixture.narrow, 1.0 - mixture.wide_share), (mixture.wide, mixture.wide_share)]
