"""Prior of a rate that no declaration enters, of one source or of a sum, and what the readings say alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

SIMULATED = 50_000
"""Draws that the prior of a sum is made from."""

SEED = 20_261_122
"""Start of those draws: a prior is the same in every run."""

TAIL = 0.005
"""Probability beyond which the density of a sum is continued by its known curvature [1]."""


@dataclass(frozen=True)
class FreePrior:
    """Prior of ln of the sum of ``count`` independent rates, ln x ~ N(``centre``, ``spread``²) each.

    Of one rate it is that normal; of a sum it has no closed form. Its density is then smoothed from draws
    and, beyond `TAIL`, continued with the curvature that it has in the limit: ``n / σ²`` of the lower tail,
    where all n rates are small together, and ``1 / σ²`` of the upper one, where a single rate is the sum
    (Gao, Xu and Ye 2009, *Asymptotic behavior of tail density for sum of correlated lognormal variables*,
    doi:10.1155/2009/630857).
    """

    centre: float
    spread: float
    count: int = 1

    def logs(self) -> Array:
        """Draws of ln of the sum [ln g s⁻¹], in order."""
        return _simulated(self.spread, self.count) + self.centre

    def variance(self) -> float:
        """Variance of ln of the sum [1]."""
        return self.spread**2 if self.count == 1 else float(_simulated(self.spread, self.count).var())

    def log_density(self, logs: ArrayLike) -> Array:
        """ln of the density of ln of the sum."""
        from scipy.stats import norm

        values = np.asarray(logs, float) - self.centre
        if self.count == 1:
            return np.asarray(norm.logpdf(values, 0.0, self.spread))
        grid, density = _smoothed(self.spread, self.count)
        made = np.interp(values, grid, density)
        for end, inner, curvature in ((0, 1, self.count), (-1, -2, 1)):
            slope = (density[end] - density[inner]) / (grid[end] - grid[inner])
            beyond = values < grid[0] if end == 0 else values > grid[-1]
            step = values - grid[end]
            tail = density[end] + slope * step - 0.5 * curvature / self.spread**2 * step**2
            made = np.where(beyond, tail, made)
        return np.asarray(made, float)

    def share_below(self, log: float) -> float:
        """Prior probability of a sum under exp(``log``); of a sum at least one draw's worth."""
        from scipy.stats import norm

        if self.count == 1:
            return float(norm.cdf(log, self.centre, self.spread))
        below = float((_simulated(self.spread, self.count) < log - self.centre).mean())
        return max(below, 1.0 / SIMULATED)


@cache
def _simulated(spread: float, count: int) -> Array:
    noise = np.random.default_rng(SEED).standard_normal((SIMULATED, count))
    made: Array = np.sort(np.log(np.exp(spread * noise).sum(axis=1)))
    return made


@cache
def _smoothed(spread: float, count: int) -> tuple[Array, Array]:
    """Grid and ln of the density between the tails."""
    from scipy.stats import gaussian_kde

    own = _simulated(spread, count)
    low, high = np.quantile(own, (TAIL, 1.0 - TAIL))
    grid = np.linspace(float(low), float(high), 60)
    return grid, np.log(gaussian_kde(own[::10])(grid))


@dataclass(frozen=True)
class DataAlone:
    """What the readings say of a declared rate without any prior on it.

    Attributes
    ----------
    log10_density_ratio : float
        Logarithm (base 10) of posterior over prior density at the declared rate under the free prior: the
        Bayes factor of exactly the declared rate against the free proposition [1].
    deviance : float
        ``2 ln(L_max / L(declared))`` of the integrated likelihood, to be set against χ² with one degree of
        freedom (3.84 at 95 %).
    bound : str
        ``exact``, or ``bound`` where the declared rate lies outside the draws: the ratio is then at most, the
        deviance at least what is given.
    """

    log10_density_ratio: float
    deviance: float
    bound: str


def data_alone(free_draws_g_s: ArrayLike, declared_g_s: float, prior: FreePrior) -> DataAlone:
    """Integrated likelihood of the rate, from posterior draws under the free prior.

    Posterior over prior is the likelihood with everything else integrated out; at one point, over its mean
    under the prior, it is the Savage–Dickey ratio (Dickey 1971, doi:10.1214/aoms/1177693507). For a normal
    problem it is the profile likelihood up to a constant (Berger, Liseo and Wolpert 1999,
    doi:10.1214/ss/1009211804). The density of the draws is smoothed (Scott's rule), which widens it by a
    few per cent.

    Parameters
    ----------
    free_draws_g_s : (draw,) array_like
        Posterior draws under the free prior [g s⁻¹].
    declared_g_s : float
        Declared rate [g s⁻¹].
    prior : FreePrior
        That prior.
    """
    from scipy.stats import gaussian_kde

    logs = np.log(np.asarray(free_draws_g_s, float))
    low, high = np.quantile(logs, (0.005, 0.995))
    at = float(np.log(declared_g_s))
    inside = bool(low <= at <= high)
    density = gaussian_kde(logs)
    grid = np.linspace(low, high, 101)
    likelihood = np.log(density(grid)) - prior.log_density(grid)
    nearest = min(max(at, float(low)), float(high))
    here = float(np.log(density([nearest])[0]) - prior.log_density([nearest])[0])
    return DataAlone(
        log10_density_ratio=here / np.log(10.0),
        deviance=2.0 * max(float(likelihood.max()) - here, 0.0),
        bound="exact" if inside else "bound",
    )
