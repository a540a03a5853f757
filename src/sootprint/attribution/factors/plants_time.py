"""Evidence by time: does a factor come and go as the plume of a source does at the post?

References
----------
.. [1] Spearman, C. (1904). The proof and measurement of association between two things. Am. J. Psychol. 15,
   72–101. doi:10.2307/1412159.
.. [2] Künsch, H. R. (1989). The jackknife and the bootstrap for general stationary observations. Ann. Stat.
   17, 1217–1241. doi:10.1214/aos/1176347265.
.. [3] Westfall, P. H. and Young, S. S. (1993). Resampling-based multiple testing. Wiley (largest statistic
   over all groups).
.. [4] Lawson, C. L. and Hanson, R. J. (1974). Solving least squares problems. Prentice-Hall (non-negative
   least squares). doi:10.1137/1.9781611971217.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.factors.matching import correlations
from sootprint.attribution.factors.resampling import block_length
from sootprint.core.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]

ALIKE = 0.9
"""Correlation of two columns from which sources are one group."""
YEAR_HOURS = 8766.0


@dataclass(frozen=True)
class TimeEvidence:
    """Factors set against groups of sources; arrays (k, J), intervals (2, k, J) of the 5 % and 95 % points.

    Attributes
    ----------
    rank, log : (k, J) arrays
        Correlations of ranks and of ln(1 + value / mean).
    rank_interval, log_interval, share_interval : (2, k, J) arrays
        Ends of 90 % block bootstrap intervals.
    p_value : (k, J) array
        Of the rank correlation, for all groups and factors together.
    share : (k, J) array
        Part of a factor's mean in the non-negative regression on all groups and a constant.
    constant : (k,) array
        Part of the constant.
    """

    rank: Array
    log: Array
    rank_interval: Array
    log_interval: Array
    p_value: Array
    share: Array
    share_interval: Array
    constant: Array


def sample_response(
    operator: xr.Dataset,
    station: str,
    times: pd.DatetimeIndex,
    sample_hours: float,
    activity: pd.DataFrame | None,
    minimum_served: float,
) -> tuple[list[str], Array]:
    """Sources, and the mean of activity × H over each sample [s m⁻³]; shape (n, K).

    NaN where less than ``minimum_served`` of a sample's hours are served by the engine at this post.

    Raises
    ------
    InputError
        If the post is not in the operator or the activity lacks one of its hours.
    """
    posts = [str(name) for name in operator["receptor"].to_numpy()]
    if station not in posts:
        raise InputError(f"no receptor {station!r} in the operator", cure=f"one of: {', '.join(posts[:8])}")
    names = [str(name) for name in operator["source"].to_numpy()]
    block = operator["H"].transpose("time", "receptor", "source")[:, posts.index(station)].to_numpy()
    hours = pd.DatetimeIndex(operator["time"].to_numpy()).as_unit("us")
    response = np.array(block, dtype=float)
    if activity is not None:
        at = pd.DatetimeIndex(activity.index).as_unit("us").get_indexer(hours)
        if (at < 0).any():
            raise InputError(
                f"no activity for {int((at < 0).sum())} hours of the operator, first {hours[at < 0][0]}",
                cure="give a factor for every hour, 1 where nothing is known",
            )
        for column, name in enumerate(names):
            if name in activity:
                response[:, column] *= activity[name].to_numpy(float)[at]
    served = np.isfinite(response).all(axis=1)
    first = hours.searchsorted(times.as_unit("us").floor("h"))
    last = hours.searchsorted(times.as_unit("us") + pd.Timedelta(hours=sample_hours))
    sums = np.vstack([np.zeros(len(names)), np.cumsum(np.where(served[:, None], response, 0.0), axis=0)])
    counts = np.concatenate([[0], np.cumsum(served)])
    known = counts[last] - counts[first]
    made = np.full((len(times), len(names)), np.nan)
    enough = known >= max(1.0, minimum_served * sample_hours)
    made[enough] = (sums[last] - sums[first])[enough] / known[enough, None]
    # A running sum leaves rounding where nothing arrived.
    made[made < 1e-12 * np.nanmax(made, initial=0.0)] = 0.0
    return names, made


def collinear_groups(response: Array, alike: float = ALIKE) -> list[list[int]]:
    """Columns joined wherever the correlation of two, of values or of ranks, is at least ``alike``."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    near = np.maximum(
        correlations(response.T, response.T), correlations(_ranks(response).T, _ranks(response).T)
    )
    _, label = connected_components(csr_array(near >= alike), directed=False)
    return [np.flatnonzero(label == number).tolist() for number in dict.fromkeys(label)]


def time_evidence(
    contributions: Array,
    response: Array,
    times: pd.DatetimeIndex,
    rng: np.random.Generator,
    *,
    covariates: Array | None = None,
    resamples: int = 400,
    permutations: int = 999,
) -> TimeEvidence:
    """Correlations, regression and their uncertainty; refs. 1 to 4.

    Daily and yearly cycles, and the covariates, are regressed out of ranks and logarithms before they are
    correlated: the plumes of all sources, and much else, rise and fall with the hour and the season. The
    chance of a correlation is found by exchanging blocks of the operator's samples, twice as long as the
    series remember.

    Parameters
    ----------
    contributions : (n, k) array
        Of the samples that are used, in time order.
    response : (n, J) array
        Modelled plume of each group.
    times : DatetimeIndex
        Samples [UTC].
    rng : Generator
        Random numbers.
    covariates : (n, c) array, optional
        What else moves factor and plume alike, as wind speed and mixing height.
    """
    count, factors = contributions.shape
    columns = response.shape[1]
    common = _common(times, covariates)
    length = min(2 * max(block_length(contributions), block_length(response)), max(1, count // 8))
    scaled_g, scaled_h = _to_mean(contributions), _to_mean(response)
    ranks = [_without(_ranks(item), common) for item in (contributions, response)]
    logs = [_without(np.log1p(item), common) for item in (scaled_g, scaled_h)]
    shares = _shares(scaled_g, scaled_h)
    made = np.empty((3, resamples, factors, columns))
    for number in range(resamples):
        begins = rng.integers(0, count, -(-count // length))
        rows = ((begins[:, None] + np.arange(length)) % count).ravel()[:count]
        for place, (g, h) in enumerate((ranks, logs)):
            made[place, number] = correlations(g[rows].T, h[rows].T)
        made[2, number] = _shares(scaled_g[rows], scaled_h[rows])[:, :-1]
    ends = np.quantile(made, [0.05, 0.95], axis=1)
    rank = correlations(ranks[0].T, ranks[1].T)
    largest = np.empty((permutations, factors))
    blocks = np.arange(count) // length
    for number in range(permutations):
        order = rng.permutation(blocks[-1] + 1)
        rows = np.argsort(order[blocks], kind="stable")
        rows = np.roll(rows, int(rng.integers(count)))
        largest[number] = correlations(ranks[0].T, ranks[1][rows].T).max(axis=1)
    beyond = (largest[:, :, None] >= rank[None]).sum(axis=0)
    chance = np.minimum(1.0, factors * (1.0 + beyond) / (1.0 + permutations))
    return TimeEvidence(
        rank,
        correlations(logs[0].T, logs[1].T),
        ends[:, 0],
        ends[:, 1],
        chance,
        shares[:, :-1],
        ends[:, 2],
        shares[:, -1],
    )


def _ranks(values: Array) -> Array:
    from scipy.stats import rankdata

    return np.asarray(rankdata(values, axis=0), dtype=float)


def _to_mean(values: Array) -> Array:
    mean = values.mean(axis=0)
    return values / np.where(mean > 0.0, mean, 1.0)


def _common(times: pd.DatetimeIndex, covariates: Array | None) -> Array:
    """Constant, two harmonics of the day, one of the year where half of it is covered, and covariates."""
    hour = (times - times[0]) / pd.Timedelta(hours=1)
    clock = (times.hour + times.minute / 60.0).to_numpy(float) * 2.0 * np.pi / 24.0
    parts = [np.ones(len(times))]
    for order in (1, 2):
        parts += [np.sin(order * clock), np.cos(order * clock)]
    if hour.max() >= 0.5 * YEAR_HOURS:
        season = hour.to_numpy(float) * 2.0 * np.pi / YEAR_HOURS
        parts += [np.sin(season), np.cos(season)]
    made = np.column_stack(parts)
    return made if covariates is None else np.hstack([made, _ranks(covariates)])


def _without(values: Array, common: Array) -> Array:
    fitted = common @ np.linalg.lstsq(common, values, rcond=None)[0]
    left = values - fitted
    # What the cycles explain wholly leaves rounding, which must not correlate.
    small = left.std(axis=0) < 1e-9 * np.maximum(values.std(axis=0), 1e-300)
    left[:, small] = 0.0
    return np.asarray(left)


def _shares(contributions: Array, response: Array) -> Array:
    """Shares of each factor's mean by group and, last, of the constant; shape (k, J + 1)."""
    from scipy.optimize import nnls

    columns = np.column_stack([response, np.ones(len(response))])
    # The triangular factor holds the same least squares in fewer rows.
    left, right = np.linalg.qr(columns)
    mean = np.where(contributions.mean(axis=0) > 0.0, contributions.mean(axis=0), 1.0)
    made = [nnls(right, left.T @ series)[0] for series in contributions.T]
    return np.asarray(np.array(made) * columns.mean(axis=0) / mean[:, None])
