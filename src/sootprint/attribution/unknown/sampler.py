"""Gibbs sampler of declared rates and of unlisted emissions that are zero nearly everywhere.

The likelihood is ``ln p(y | x, s) = t (qᵀθ − ½ θᵀQθ)``, θ = (x, s), t the power of `Options.temper`. Declared
sources: ln x_k ~ N(0, w²) about the declared rate. Candidates: a spike at zero and an exponential slab,
s_j ~ (1 − π) δ₀ + π Σ_n Exp(τ_n) / N (spike and slab: Mitchell and Beauchamp 1988,
doi:10.1080/01621459.1988.10478694; for unknown emitters Yee 2012, doi:10.1155/2012/519634, samples their
number, Hirst et al. 2013, arXiv:1211.1409, place them freely). Scales τ_n a factor apart make the slab heavy
in its tail: a single one would forbid a large emission. The slab is integrated out when a candidate is
switched on or off, with c = t (q_j − Σ_i≠j Q_ji θ_i), Q = t Q_jj and, for each scale, b = c − 1/τ:

``m_j = ∫ p(s) exp(cs − ½Qs²) ds = (1/τ) √(2π/Q) exp(b²/2Q) Φ(b/√Q)``

Beside switching one candidate at a time, each emission is moved: its place is drawn anew among all that are
off, with probability in proportion to m_j, so that neighbours that fit alike are all visited.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]

if TYPE_CHECKING:

    def _compiled(function: Any) -> Any: ...

else:
    _compiled = njit(cache=True, nogil=True, error_model="numpy")


@_compiled
def log_slab(linear: float, precision: float, scale: float) -> float:
    """ln of the marginal likelihood m_j of a candidate that emits, against one that does not.

    Parameters
    ----------
    linear : float
        c [(g s⁻¹)⁻¹].
    precision : float
        Q [(g s⁻¹)⁻²], greater than zero.
    scale : float
        τ, the mean of the exponential slab [g s⁻¹].
    """
    shifted = (linear - 1.0 / scale) / math.sqrt(precision)
    front = 0.5 * math.log(2.0 * math.pi / precision) - math.log(scale)
    if shifted > -6.0:
        return front + 0.5 * shifted * shifted + math.log(0.5 * math.erfc(-shifted / math.sqrt(2.0)))
    inverse = 1.0 / (shifted * shifted)
    series = 1.0 - inverse * (1.0 - 3.0 * inverse * (1.0 - 5.0 * inverse))
    return front - math.log(-shifted * math.sqrt(2.0 * math.pi)) + math.log(series)


@_compiled
def positive_normal(rng: np.random.Generator, mean: float, deviation: float) -> float:
    """Draw of a normal value given that it is positive: Robert 1995, doi:10.1007/BF00143942."""
    low = -mean / deviation
    if low < 0.5:
        while True:
            value = rng.standard_normal()
            if value > low:
                return mean + deviation * value
    rate = 0.5 * (low + math.sqrt(low * low + 4.0))
    while True:
        value = low - math.log(1.0 - rng.random()) / rate
        if rng.random() <= math.exp(-0.5 * (value - rate) ** 2):
            return mean + deviation * value


@_compiled
def _log_rate(linear: float, precision: float, spread: float, log: float) -> float:
    value = math.exp(log)
    return linear * value - 0.5 * precision * value * value - 0.5 * (log / spread) ** 2


@_compiled
def slice_log_rate(
    rng: np.random.Generator, linear: float, precision: float, spread: float, log: float
) -> float:
    """Draw of ln x_k by slice sampling: Neal 2003, doi:10.1214/aos/1056562461."""
    level = _log_rate(linear, precision, spread, log) + math.log(1.0 - rng.random())
    width = spread
    low = log - width * rng.random()
    high = low + width
    while low > -30.0 and _log_rate(linear, precision, spread, low) > level:
        low -= width
    while high < 30.0 and _log_rate(linear, precision, spread, high) > level:
        high += width
    while True:
        value = low + (high - low) * rng.random()
        if _log_rate(linear, precision, spread, value) > level:
            return value
        if value < log:
            low = value
        else:
            high = value


@_compiled
def _shift(rest: Array, matrix: Array, column: int, change: float) -> None:
    for row in range(len(rest)):
        rest[row] -= matrix[column, row] * change


@_compiled
def log_slabs(linear: float, precision: float, scales: Array) -> float:
    """As `log_slab`, for scales that are equally probable."""
    top = -np.inf
    for number in range(len(scales)):
        top = max(top, log_slab(linear, precision, scales[number]))
    total = 0.0
    for number in range(len(scales)):
        total += math.exp(log_slab(linear, precision, scales[number]) - top)
    return top + math.log(total / len(scales))


@_compiled
def _draw_emission(rng: np.random.Generator, linear: float, precision: float, scales: Array) -> float:
    whole = log_slabs(linear, precision, scales) + math.log(len(scales))
    target, chosen = rng.random(), len(scales) - 1
    for number in range(len(scales)):
        target -= math.exp(log_slab(linear, precision, scales[number]) - whole)
        if target <= 0.0:
            chosen = number
            break
    return positive_normal(rng, (linear - 1.0 / scales[chosen]) / precision, 1.0 / math.sqrt(precision))


@_compiled
def _pick(theta: Array, first: int, number: int) -> int:
    """Place of the n-th candidate that emits."""
    for place in range(first, len(theta)):
        if theta[place] > 0.0:
            if number == 0:
                return place
            number -= 1
    return -1


@_compiled
def _move(
    rng: np.random.Generator,
    rest: Array,
    matrix: Array,
    theta: Array,
    first: int,
    scales: Array,
    chance: Array,
) -> None:
    """New places of emissions, each time of one that is picked at random: only so is the move reversible."""
    active = 0
    for place in range(first, len(theta)):
        active += theta[place] > 0.0
    for _ in range(active):
        old = _pick(theta, first, rng.integers(0, active))
        _shift(rest, matrix, old, -theta[old])
        theta[old] = 0.0
        top = -np.inf
        for place in range(first, len(theta)):
            chance[place] = -np.inf
            if theta[place] == 0.0:
                chance[place] = log_slabs(rest[place], matrix[place, place], scales)
                top = max(top, chance[place])
        total = 0.0
        for place in range(first, len(theta)):
            total += math.exp(chance[place] - top)
        target, new = rng.random() * total, old
        for place in range(first, len(theta)):
            if chance[place] > -np.inf:
                target -= math.exp(chance[place] - top)
                if target <= 0.0:
                    new = place
                    break
        theta[new] = _draw_emission(rng, rest[new], matrix[new, new], scales)
        _shift(rest, matrix, new, theta[new])


@_compiled
def gibbs(
    matrix: Array,
    linear: Array,
    sources: int,
    spread: float,
    scales: Array,
    log_odds: float,
    sweeps: int,
    warmup: int,
    rng: np.random.Generator,
) -> Array:
    """Draws of relative declared rates, then of emissions: (sweeps, K + J) array.

    Parameters
    ----------
    matrix : (K + J, K + J) array
        t Q; its diagonal is positive.
    linear : (K + J,) array
        t q.
    sources : int
        K, the declared sources: the first columns.
    spread : float
        w [1].
    scales : (N,) array
        τ_n [g s⁻¹].
    log_odds : float
        ln(π / (1 − π)).
    sweeps, warmup : int
        Sweeps kept, and before them.
    rng : Generator
        Source of chance.
    """
    size = len(linear)
    theta = np.zeros(size)
    theta[:sources] = 1.0
    rest = linear.copy()
    for column in range(sources):
        _shift(rest, matrix, column, 1.0)
    chance = np.zeros(size)
    kept = np.zeros((sweeps, size))
    for sweep in range(-warmup, sweeps):
        for column in range(sources):
            own = matrix[column, column]
            old = theta[column]
            log = slice_log_rate(rng, rest[column] + own * old, own, spread, math.log(old))
            theta[column] = math.exp(log)
            _shift(rest, matrix, column, theta[column] - old)
        for column in range(sources, size):
            own = matrix[column, column]
            old = theta[column]
            free = rest[column] + own * old
            odds = log_odds + log_slabs(free, own, scales)
            new = 0.0
            if math.log(1.0 / (1e-300 + rng.random()) - 1.0) > -odds:
                new = _draw_emission(rng, free, own, scales)
            if new != old:
                theta[column] = new
                _shift(rest, matrix, column, new - old)
        _move(rng, rest, matrix, theta, sources, scales, chance)
        if sweep >= 0:
            kept[sweep] = theta
    return kept
