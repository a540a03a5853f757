"""Positive matrix factorisation: x = Σ_p g_p f_p + e with g, f ≥ 0, each residual weighed by its uncertainty.

References
----------
.. [1] Paatero, P. and Tapper, U. (1994). Positive matrix factorization: a non-negative factor model with
   optimal utilization of error estimates of data values. Environmetrics 5, 111–126.
   doi:10.1002/env.3170050203.
.. [2] Paatero, P. (1997). Least squares formulation of robust non-negative factor analysis. Chemometrics and
   Intelligent Laboratory Systems 37, 23–35. doi:10.1016/S0169-7439(96)00044-5.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.factors import kernels
from sootprint.attribution.factors.matrix import FactorMatrix
from sootprint.core.errors import ConfigError

Array = NDArray[np.float64]

MATCHED = 0.95
"""Correlation of profiles from which factors of two starts count as the same [1]."""


@dataclass(frozen=True)
class FactorOptions:
    """Settings of `factorise`.

    Attributes
    ----------
    factors : int
        Number of factors.
    starts : int
        Random starts; the one with the least objective is the solution.
    robust : bool
        Whether residuals beyond ``alpha`` uncertainties weigh less; ref. 2.
    alpha : float
        Scaled residual from which a value counts as an outlier [1].
    lowest_contribution : float
        Least contribution, as a share of the mean: 0, or slightly negative as some programs allow.
    tolerance, patience : float, int
        A start has converged when the objective fell by less than this share in so many rounds.
    longest : int
        Most rounds of a start.
    sweeps : int
        Coordinate sweeps of each half round.
    seed : int
        Start of the random numbers.
    threads : int
        Starts worked at once; the result does not depend on it.
    """

    factors: int = 5
    starts: int = 20
    robust: bool = True
    alpha: float = 4.0
    lowest_contribution: float = 0.0
    tolerance: float = 1e-7
    patience: int = 20
    longest: int = 20_000
    sweeps: int = 2
    seed: int = 1
    threads: int = 2


@dataclass(frozen=True)
class Factorisation:
    """Solution of a factorisation.

    Attributes
    ----------
    contributions : (n, k) array
        g, of mean 1 for each factor [1].
    profiles : (k, m) array
        f, the mean concentration that a factor gives to each species [unit of the matrix].
    matrix : FactorMatrix
        What was fitted.
    q_true, q_robust : float
        Σ z² and Σ min(z², α |z|) of the scaled residuals z.
    q_expected : float
        Known values less k (n + m): what q_true is near where the uncertainties are right.
    starts : DataFrame
        A row a start: seed, q_true, q_robust, rounds, converged, matched (share of its factors that are
        those of the solution), chosen.
    options : FactorOptions
        Settings.
    """

    contributions: Array
    profiles: Array
    matrix: FactorMatrix
    q_true: float
    q_robust: float
    q_expected: float
    starts: pd.DataFrame
    options: FactorOptions = field(default_factory=FactorOptions)

    @property
    def factors(self) -> int:
        """Number of factors."""
        return len(self.profiles)

    def modelled(self) -> Array:
        """Σ g f; shape (n, m)."""
        return np.asarray(self.contributions @ self.profiles)

    def scaled_residuals(self) -> Array:
        """(x − Σ g f) / σ; shape (n, m), NaN where the value is missing."""
        return np.asarray((self.matrix.values - self.modelled()) / self.matrix.uncertainties)

    def shares(self) -> Array:
        """Share of each species' modelled mean that a factor makes; shape (k, m)."""
        total = self.profiles.sum(axis=0)
        return np.divide(self.profiles, total, out=np.zeros_like(self.profiles), where=total > 0)

    def table(self) -> pd.DataFrame:
        """Profiles: factor, species, profile, share; a row each."""
        count, width = self.profiles.shape
        return pd.DataFrame(
            {
                "factor": np.repeat(np.arange(1, count + 1), width),
                "species": list(self.matrix.species) * count,
                "profile": self.profiles.ravel(),
                "share": self.shares().ravel(),
            }
        )


def factorise(matrix: FactorMatrix, options: FactorOptions | None = None) -> Factorisation:
    """Best of several starts of a positive matrix factorisation; refs. 1 and 2.

    Minimises Σ ρ((x − Σ g f) / σ) over g, f ≥ 0 with ρ(z) = z², or in robust mode Huber's function whose
    weights beyond α are α / |z|. Alternates exact weighted least squares of either side with extrapolation,
    which takes tens to hundreds of rounds where multiplicative updates take thousands. The solution is one
    of many rotations that fit alike: `displacement` and `rotate` say how many.

    Raises
    ------
    ConfigError
        If an option cannot be right, or there are more factors than samples or species.
    """
    options = options or FactorOptions()
    _check(matrix, options)
    values = np.where(matrix.known, matrix.values, 0.0)
    precision = matrix.precision()
    seeds = np.random.SeedSequence(options.seed).generate_state(options.starts)

    def one(seed: np.uint32) -> tuple[Array, Array, int, bool]:
        contributions, profiles = random_start(matrix, options.factors, np.random.default_rng(int(seed)))
        return (*solve(values, precision, contributions, profiles, options),)

    with ThreadPoolExecutor(max(1, options.threads)) as pool:
        made = list(pool.map(one, seeds))
    alpha = options.alpha
    scores = [kernels.quality(g, f, values, precision, alpha) for g, f, _, _ in made]
    rank = [score[1] if options.robust else score[0] for score in scores]
    best = int(np.argmin(rank))
    known = int(matrix.known.sum())
    solution = Factorisation(
        *_scaled(made[best][0], made[best][1]),
        matrix,
        scores[best][0],
        scores[best][1],
        known - options.factors * sum(matrix.values.shape),
        pd.DataFrame(),
        options,
    )
    rows = []
    for number, (g, f, rounds, converged) in enumerate(made):
        other = replace(solution, contributions=_scaled(g, f)[0], profiles=_scaled(g, f)[1])
        rows.append(
            {
                "start": number + 1,
                "seed": int(seeds[number]),
                "q_true": scores[number][0],
                "q_robust": scores[number][1],
                "rounds": rounds,
                "converged": converged,
                "matched": matched_share(solution, other),
                "chosen": number == best,
            }
        )
    return replace(solution, starts=pd.DataFrame(rows))


def matched_share(one: Factorisation, other: Factorisation) -> float:
    """Share of factors whose profiles correlate by `MATCHED` or more with their partners [1]."""
    from sootprint.attribution.factors.matching import match_factors

    return float((match_factors(one, other).profile_correlation >= MATCHED).mean())


def random_start(matrix: FactorMatrix, factors: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Log-normal contributions of median 1, and profiles about the means of the species."""
    samples, species = matrix.values.shape
    mean = np.nanmean(np.abs(matrix.values), axis=0)
    profiles = rng.lognormal(0.0, 1.0, (factors, species)) * mean / factors
    return rng.lognormal(0.0, 1.0, (samples, factors)), profiles


def solve(
    values: Array,
    precision: Array,
    contributions: Array,
    profiles: Array,
    options: FactorOptions,
    *,
    fixed: NDArray[np.bool_] | None = None,
    hold: float = 0.0,
    pull: tuple[float, float] = (0.0, 0.0),
    aims: tuple[Array, Array] | None = None,
) -> tuple[Array, Array, int, bool]:
    """Local minimum from a start: contributions, profiles, rounds, whether it converged.

    ``fixed`` profile entries keep their start; ``hold`` keeps the mean of each factor's contributions at 1;
    ``pull`` draws both sides to ``aims``.
    """
    g, f = np.array(contributions, dtype=float), np.array(profiles, dtype=float)
    count = f.shape[0]
    toward = aims or (g.copy(), f.copy())
    strengths = np.array([[pull[0]] * count, [pull[1]] * count])
    _, rounds, converged = kernels.minimise(
        values,
        precision,
        g,
        f,
        options.alpha if options.robust else np.inf,
        options.lowest_contribution,
        np.full(count, hold),
        strengths,
        np.ascontiguousarray(toward[0]),
        np.ascontiguousarray(toward[1]),
        np.zeros(f.shape, bool) if fixed is None else np.ascontiguousarray(fixed),
        options.longest,
        options.tolerance,
        options.patience,
        options.sweeps,
    )
    return g, f, int(rounds), bool(converged)


def _scaled(contributions: Array, profiles: Array) -> tuple[Array, Array]:
    """Contributions of mean 1, profiles in the unit of the values, by their sums from large to small."""
    mean = contributions.mean(axis=0)
    safe = np.where(mean > 0, mean, 1.0)
    scaled = profiles * safe[:, None]
    order = np.argsort(-scaled.sum(axis=1), kind="stable")
    return (contributions / safe)[:, order], scaled[order]


def _check(matrix: FactorMatrix, options: FactorOptions) -> None:
    samples, species = matrix.values.shape
    if not 1 <= options.factors <= min(samples, species):
        raise ConfigError(
            f"{options.factors} factors of {samples} samples and {species} species",
            rule="from one factor to the smaller of both",
        )
    if options.starts < 1 or options.alpha <= 0 or options.tolerance <= 0 or options.longest < 1:
        raise ConfigError("starts, alpha, tolerance and longest are above zero", cure="correct the options")
