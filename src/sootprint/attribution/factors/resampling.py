"""Bootstrap of a factorisation: what random samples alone leave open.

References
----------
.. [1] Paatero, P., Eberly, S., Brown, S. G., Norris, G. A. (2014). Methods for estimating uncertainty in
   factor analytic solutions. Atmos. Meas. Tech. 7, 781–797. doi:10.5194/amt-7-781-2014.
.. [2] Politis, D. N. and Romano, J. P. (1992). A circular block-resampling procedure for stationary data. In:
   Exploring the Limits of Bootstrap, Wiley, 263–270.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.factors.matching import correlations
from sootprint.attribution.factors.pmf import Factorisation, solve
from sootprint.core.errors import ConfigError

Array = NDArray[np.float64]

LEAST_CORRELATION = 0.6
"""Correlation of contributions under which a bootstrap factor belongs to no base factor [1]; ref. 1."""


@dataclass(frozen=True)
class Bootstrap:
    """Result of `bootstrap`.

    Attributes
    ----------
    profiles : (runs, k, m) array
        Profiles in the order of the base solution; NaN where no factor of the run was like it.
    mapping : DataFrame
        Runs in which a bootstrap factor was like each base factor: base a row, boot a column, ``unmapped``.
    block : int
        Length of a block of samples.
    seed : int
        Start of the random numbers.
    """

    profiles: Array
    mapping: pd.DataFrame
    block: int
    seed: int

    def intervals(self, level: float = 0.9) -> tuple[Array, Array]:
        """Lower and upper ends of the profiles; shape (k, m) each."""
        tail = 0.5 * (1.0 - level)
        low, high = np.nanquantile(self.profiles, [tail, 1.0 - tail], axis=0)
        return low, high

    def matched(self) -> Array:
        """Share of the runs in which each base factor was found again [1]."""
        found = np.isfinite(self.profiles).all(axis=2)
        return np.asarray(found.mean(axis=0))


def block_length(series: Array) -> int:
    """Samples until the autocorrelation of the mean standardised series falls under 1/e, at least 1."""
    centred = series - np.nanmean(series, axis=0)
    scale = np.nanstd(series, axis=0)
    mean = np.nanmean(np.divide(centred, scale, out=np.zeros_like(centred), where=scale > 0), axis=1)
    size = float(mean @ mean)
    for lag in range(1, max(2, len(mean) // 4)):
        if size == 0.0 or float(mean[:-lag] @ mean[lag:]) / size < np.exp(-1.0):
            return lag
    return max(2, len(mean) // 4)


def bootstrap(
    base: Factorisation, *, runs: int = 100, block: int | None = None, seed: int | None = None
) -> Bootstrap:
    """Profiles of ``runs`` factorisations of resampled blocks of samples, from the base solution; refs. 1, 2.

    Blocks are circular and of the length that `block_length` gives, unless stated. Each run starts from the
    base profiles; its factors are mapped to the base by the correlation of the contributions to the same
    samples, at least 0.6.

    Raises
    ------
    ConfigError
        If there are no runs or the block is longer than the data.
    """
    values = np.where(base.matrix.known, base.matrix.values, 0.0)
    precision = base.matrix.precision()
    count = len(values)
    length = block or block_length(base.contributions)
    if runs < 1 or not 1 <= length <= count:
        raise ConfigError(f"{runs} runs of blocks of {length} in {count} samples", cure="correct both")
    start = base.options.seed if seed is None else seed
    seeds = np.random.SeedSequence([start, 1]).generate_state(runs)

    def one(state: np.uint32) -> tuple[Array, NDArray[np.int64]]:
        rng = np.random.default_rng(int(state))
        begins = rng.integers(0, count, -(-count // length))
        rows = ((begins[:, None] + np.arange(length)) % count).ravel()[:count]
        g, f, _, _ = solve(
            values[rows], precision[rows], base.contributions[rows], base.profiles, base.options
        )
        mean = g.mean(axis=0)
        scaled = f * mean[:, None]
        alike = correlations(base.contributions[rows].T, g.T)
        return scaled, _mapped(alike)

    with ThreadPoolExecutor(max(1, base.options.threads)) as pool:
        made = list(pool.map(one, seeds))
    factors = base.factors
    profiles = np.full((runs, factors, len(base.matrix.species)), np.nan)
    counts = np.zeros((factors, factors + 1), dtype=int)
    for number, (scaled, home) in enumerate(made):
        for boot, factor in enumerate(home):
            if factor >= 0:
                counts[factor, boot] += 1
                profiles[number, factor] = scaled[boot]
        for factor in np.setdiff1d(np.arange(factors), home):
            counts[factor, factors] += 1
    names = [f"boot {number + 1}" for number in range(factors)]
    mapping = pd.DataFrame(counts, columns=[*names, "unmapped"])
    mapping.insert(0, "factor", np.arange(1, factors + 1))
    return Bootstrap(profiles, mapping, length, start)


def _mapped(alike: Array) -> NDArray[np.int64]:
    """Base factor of each bootstrap factor, −1 where none correlates enough; one each."""
    home = np.full(alike.shape[1], -1, dtype=np.int64)
    taken = np.zeros(alike.shape[0], bool)
    for flat in np.argsort(-alike, axis=None, kind="stable"):
        factor, boot = np.unravel_index(flat, alike.shape)
        if alike[factor, boot] < LEAST_CORRELATION:
            break
        if home[boot] < 0 and not taken[factor]:
            home[boot] = factor
            taken[factor] = True
    return home
