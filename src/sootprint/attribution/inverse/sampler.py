"""Sampler of the joint posterior: non-negative rates, lasting dispersion bias, background.

Coordinate-wise slice sampling (Neal 2003, doi:10.1214/aos/1056562461) on the logarithm of the apparent
rates, exact slices of truncated normals for the background, and moves along the directions in which the
posterior is long: a source's bias with its apparent rates, a class's bias with all of its rates, and the
exchange between two sources that look alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from sootprint.attribution.inverse.priors import Prior

Array = NDArray[np.float64]

THREADS = 2
"""Chains that run at a time; each has its own random numbers, so their number changes nothing."""

STEPS = 50
"""Largest number of widenings of a slice: more would mean a posterior without an end."""


@dataclass(frozen=True)
class Posterior:
    """Quadratic likelihoods of P pollutants and the priors that bind them.

    With apparent rate z = x exp(η), x the emission and η the lasting dispersion bias of a source:
    ln L = Σ_p (q_pᵀ θ_p − ½ θ_pᵀ Q_p θ_p), θ_p = (z_p, background); ln x_kp = centre + δ_k + ε_kp as
    `priors.Prior` states; η_k ~ N(g_class, bias_source²), g ~ N(bias_mean, bias_class²). The sampler walks
    over z and the sums s_k = δ_k + η_k, and parts them exactly when a draw is kept.

    Attributes
    ----------
    precision, linear : (P, J, J), (P, J) arrays
        Q and q, padded with zeros beyond the size of a pollutant; background prior included.
    sizes : (P,) array
        Length of θ_p; the K sources come first.
    prior : Prior
        Prior of the emissions.
    bias_mean : (2,) array
        Prior means of the levels g of the classes.
    bias_class, bias_source : float, (K,) array
        Spreads of the bias: of a class, and of each source within it.
    pairs : (L, 3) int array
        Pollutant and two sources whose exchange is tried.
    """

    precision: Array
    linear: Array
    sizes: NDArray[np.int64]
    prior: Prior
    bias_mean: Array
    bias_class: float
    bias_source: Array
    pairs: NDArray[np.int64]


@dataclass(frozen=True)
class Draws:
    """Draws of all chains, chain by chain.

    Attributes
    ----------
    theta : (chains, n, P, J) array
        Apparent rates [g s⁻¹], then coefficients of the background [µg m⁻³].
    bias : (chains, n, K) array
        Lasting dispersion bias η [1].
    """

    theta: Array
    bias: Array


def sample(posterior: Posterior, *, chains: int, warmup: int, sweeps: int, keep: int, seed: int) -> Draws:
    """Draws from the posterior, ``keep`` a chain; the same seed gives the same draws."""
    from concurrent.futures import ThreadPoolExecutor

    prior = posterior.prior

    def run(chain: int) -> tuple[Array, Array]:
        child = np.random.SeedSequence([seed, chain]).generate_state(1)[0]
        made: tuple[Array, Array] = _run(
            posterior.precision,
            posterior.linear,
            posterior.sizes,
            prior.present,
            prior.centre,
            prior.own.narrow,
            prior.own.wide,
            (prior.own.wide_share, prior.own.cases),
            prior.shared.narrow,
            prior.shared.wide,
            (prior.shared.wide_share, prior.shared.cases),
            prior.classes,
            posterior.bias_mean,
            posterior.bias_class,
            posterior.bias_source,
            posterior.pairs,
            warmup,
            sweeps,
            keep,
            np.random.default_rng(child),
        )
        return made

    with ThreadPoolExecutor(min(chains, THREADS)) as pool:
        thetas, biases = zip(*pool.map(run, range(chains)), strict=True)
    return Draws(np.stack(thetas), np.stack(biases))


@numba.njit(cache=True)
def _log_density(shift, quadratic, linear, count, pull, spread_precision):
    """Log density of a joint shift of logarithms: Σ (b_i e^s − ½ a_i e^{2s}) − ½ c (s − pull)²."""
    if shift > 300.0:
        return -np.inf
    growth = np.exp(shift)
    total = -0.5 * spread_precision * (shift - pull) ** 2
    for item in range(count):
        total += linear[item] * growth - 0.5 * quadratic[item] * growth * growth
    return total


@numba.njit(cache=True)
def _slice_shift(quadratic, linear, count, pull, spread_precision, generator):
    """Slice draw of a shift, now at zero, with stepping out."""
    level = _log_density(0.0, quadratic, linear, count, pull, spread_precision)
    level -= generator.standard_exponential()
    width = 1.0
    low = -width * generator.random()
    high = low + width
    for _ in range(STEPS):
        if _log_density(low, quadratic, linear, count, pull, spread_precision) <= level:
            break
        low -= width
    for _ in range(STEPS):
        if _log_density(high, quadratic, linear, count, pull, spread_precision) <= level:
            break
        high += width
    while True:
        shift = low + (high - low) * generator.random()
        if _log_density(shift, quadratic, linear, count, pull, spread_precision) >= level:
            return shift
        if shift < 0.0:
            low = shift
        else:
            high = shift
        if high - low < 1e-12:
            return 0.0


@numba.njit(cache=True)
def _move(theta, product, precision, pollutant, size, index, value):
    """Set one coordinate and keep the product Q θ up to date."""
    step = value - theta[pollutant, index]
    theta[pollutant, index] = value
    for row in range(size):
        product[pollutant, row] += precision[pollutant, row, index] * step


@numba.njit(cache=True)
def _rates(theta, product, spread, offset, precision, linear, sizes, present, centre, generator):
    """One sweep over the apparent rates."""
    quadratic, slope = np.empty(1), np.empty(1)
    for pollutant in range(present.shape[0]):
        for source in range(present.shape[1]):
            if not present[pollutant, source]:
                continue
            now = theta[pollutant, source]
            own = precision[pollutant, source, source]
            quadratic[0] = own * now * now
            slope[0] = (linear[pollutant, source] - product[pollutant, source] + own * now) * now
            pull = centre[pollutant, source] + offset[source] - np.log(now)
            held = spread[pollutant, source] ** -2
            shift = _slice_shift(quadratic, slope, 1, pull, held, generator)
            _move(theta, product, precision, pollutant, sizes[pollutant], source, now * np.exp(shift))


@numba.njit(cache=True)
def _background(theta, product, precision, linear, sizes, sources, generator):
    """One sweep of exact slice draws of the truncated normals of the background."""
    for pollutant in range(len(sizes)):
        for index in range(sources, sizes[pollutant]):
            own = precision[pollutant, index, index]
            now = theta[pollutant, index]
            middle = now + (linear[pollutant, index] - product[pollutant, index]) / own
            reach = np.sqrt((now - middle) ** 2 + 2.0 * generator.standard_exponential() / own)
            low = max(0.0, middle - reach)
            value = low + (middle + reach - low) * generator.random()
            _move(theta, product, precision, pollutant, sizes[pollutant], index, value)


@numba.njit(cache=True)
def _shift_together(
    theta, product, offset, members, precision, linear, sizes, present, pull, held, generator
):
    """Move the offsets of some sources and their apparent rates by one common shift."""
    pollutants = present.shape[0]
    quadratic, slope = np.zeros(pollutants), np.zeros(pollutants)
    for pollutant in range(pollutants):
        for one in members:
            if not present[pollutant, one]:
                continue
            now = theta[pollutant, one]
            inner = 0.0
            for two in members:
                if present[pollutant, two]:
                    inner += precision[pollutant, one, two] * theta[pollutant, two]
            quadratic[pollutant] += now * inner
            slope[pollutant] += now * (linear[pollutant, one] - product[pollutant, one] + inner)
    shift = _slice_shift(quadratic, slope, pollutants, pull, held, generator)
    growth = np.exp(shift)
    for one in members:
        offset[one] += shift
        for pollutant in range(pollutants):
            if present[pollutant, one]:
                value = theta[pollutant, one] * growth
                _move(theta, product, precision, pollutant, sizes[pollutant], one, value)
    return shift


@numba.njit(cache=True)
def _offsets(
    theta, offset, level, spread, wide, present, centre, classes, class_mean, class_spread, generator
):
    """Exact normal draws of the sources' offsets s = δ + η and of the classes' levels."""
    for source in range(len(offset)):
        held = wide[source] ** -2
        total = level[classes[source]] * held
        for pollutant in range(present.shape[0]):
            if present[pollutant, source]:
                weight = spread[pollutant, source] ** -2
                held += weight
                total += weight * (np.log(theta[pollutant, source]) - centre[pollutant, source])
        offset[source] = total / held + generator.standard_normal() / np.sqrt(held)
    for number in range(len(level)):
        held = class_spread**-2
        total = class_mean[number] * held
        for source in range(len(offset)):
            if classes[source] == number:
                held += wide[source] ** -2
                total += offset[source] * wide[source] ** -2
        level[number] = total / held + generator.standard_normal() / np.sqrt(held)


@numba.njit(cache=True)
def _pick(off, narrow, wide, wide_share, generator):
    """Draw which of two normals a value comes from: its spread."""
    odds = np.log(wide_share / wide) - 0.5 * (off / wide) ** 2
    odds -= np.log((1.0 - wide_share) / narrow) - 0.5 * (off / narrow) ** 2
    return wide if generator.random() < 1.0 / (1.0 + np.exp(-odds)) else narrow


@numba.njit(cache=True)
def _choose_spreads(
    theta, offset, level, spread, shared, present, centre, classes, own, whole, shares, generator
):
    """Draw for each rate and each source whether it is as stated or plainly wrong.

    ``own`` and ``whole`` hold the narrow spreads and the wide ones; ``whole`` includes the spread of the
    dispersion bias. ``shares`` holds the weights of the wide ones, of ``own`` and of ``whole``.

    Returns
    -------
    (2, 2) int array
        Wide and narrow draws, of ``own`` and of ``whole``.
    """
    count = np.zeros((2, 2), np.int64)
    for source in range(len(offset)):
        for pollutant in range(present.shape[0]):
            if present[pollutant, source]:
                narrow, wide = own[0][pollutant, source], own[1][pollutant, source]
                off = np.log(theta[pollutant, source]) - offset[source] - centre[pollutant, source]
                spread[pollutant, source] = _pick(off, narrow, wide, shares[0], generator)
                if wide > narrow:
                    count[0, 0 if spread[pollutant, source] == wide else 1] += 1
        narrow, wide = whole[0][source], whole[1][source]
        shared[source] = _pick(offset[source] - level[classes[source]], narrow, wide, shares[1], generator)
        if wide > narrow:
            count[1, 0 if shared[source] == wide else 1] += 1
    return count


@numba.njit(cache=True)
def _part(offset, level, shared, classes, source_spread, generator):
    """Dispersion biases η given the offsets s = δ + η: exact normal draws."""
    bias = np.empty(len(offset))
    for source in range(len(offset)):
        here = level[classes[source]]
        share = (source_spread[source] / shared[source]) ** 2
        spread = source_spread[source] * np.sqrt(max(0.0, 1.0 - share))
        bias[source] = here + share * (offset[source] - here) + spread * generator.standard_normal()
    return bias


@numba.njit(cache=True)
def _exchange(theta, product, spread, offset, pair, precision, linear, sizes, centre, generator):
    """Slice move that gives one source what it takes from another, at equal effect on the readings."""
    pollutant, one, two = pair[0], pair[1], pair[2]
    own, other = precision[pollutant, one, one], precision[pollutant, two, two]
    if own <= 0.0 or other <= 0.0:
        return
    rate = np.sqrt(own / other)
    slope = linear[pollutant, one] - product[pollutant, one]
    slope -= rate * (linear[pollutant, two] - product[pollutant, two])
    bend = own - 2.0 * rate * precision[pollutant, one, two] + rate * rate * other
    z_one, z_two = theta[pollutant, one], theta[pollutant, two]
    c_one, c_two = centre[pollutant, one] + offset[one], centre[pollutant, two] + offset[two]
    h_one, h_two = spread[pollutant, one] ** -2, spread[pollutant, two] ** -2
    low, high = -z_one, z_two / rate
    level = -np.inf
    step = 0.0
    for trial in range(200):
        if trial > 0:
            step = low + (high - low) * generator.random()
        if z_one + step <= 0.0 or z_two - rate * step <= 0.0:
            value = -np.inf
        else:
            log_one, log_two = np.log(z_one + step), np.log(z_two - rate * step)
            value = slope * step - 0.5 * bend * step * step - log_one - log_two
            value -= 0.5 * (h_one * (log_one - c_one) ** 2 + h_two * (log_two - c_two) ** 2)
        if trial == 0:
            level = value - generator.standard_exponential()
        elif value >= level:
            _move(theta, product, precision, pollutant, sizes[pollutant], one, z_one + step)
            _move(theta, product, precision, pollutant, sizes[pollutant], two, z_two - rate * step)
            return
        elif step < 0.0:
            low = step
        else:
            high = step


@numba.njit(cache=True)
def _start(precision, sizes, present, centre, own_narrow, offset, generator):
    """Starting point drawn about the prior."""
    theta = np.zeros((len(sizes), precision.shape[1]))
    sources = len(offset)
    for pollutant in range(len(sizes)):
        for index in range(sizes[pollutant]):
            if index >= sources:
                theta[pollutant, index] = precision[pollutant, index, index] ** -0.5 * generator.random()
            elif present[pollutant, index]:
                off = offset[index] + own_narrow[pollutant, index] * generator.standard_normal()
                theta[pollutant, index] = np.exp(centre[pollutant, index] + off)
    return theta


@numba.njit(cache=True)
def _shift_all(
    theta, product, offset, level, shared, classes, class_mean, class_spread, quadratics, generator
):
    """Joint shifts of each source with its rates, then of each class with all of its sources."""
    precision, linear, sizes, present = quadratics
    one = np.empty(1, np.int64)
    for source in range(len(offset)):
        one[0] = source
        pull, held = level[classes[source]] - offset[source], shared[source] ** -2
        _shift_together(theta, product, offset, one, precision, linear, sizes, present, pull, held, generator)
    for number in range(len(level)):
        members = np.flatnonzero(classes == number)
        if len(members) > 0:
            pull, held = class_mean[number] - level[number], class_spread**-2
            level[number] += _shift_together(
                theta, product, offset, members, precision, linear, sizes, present, pull, held, generator
            )


@numba.njit(cache=True, nogil=True)
def _run(
    precision, linear, sizes, present, centre, own_narrow, own_wide, own_share, shared_narrow, shared_wide,
    shared_share, classes, class_mean, class_spread, source_spread, pairs, warmup, sweeps, keep, generator,
):  # fmt: skip
    sources = present.shape[1]
    whole = (
        np.sqrt(shared_narrow**2 + source_spread**2),
        np.sqrt(shared_wide**2 + source_spread**2),
    )
    own = (own_narrow, own_wide)
    shares = np.array([own_share[0], shared_share[0]])
    cases = np.array([own_share[1], shared_share[1]])
    means = shares.copy()
    level = class_mean + class_spread * generator.standard_normal(len(class_mean))
    offset = level[classes] + whole[0] * generator.standard_normal(sources)
    spread, shared = own_narrow.copy(), whole[0].copy()
    theta = _start(precision, sizes, present, centre, own_narrow, offset, generator)
    product = np.zeros(theta.shape)
    kept_theta = np.empty((keep, theta.shape[0], theta.shape[1]))
    kept_bias = np.empty((keep, sources))
    saved = 0
    for sweep in range(warmup + sweeps):
        if sweep % 100 == 0:
            for pollutant in range(len(sizes)):
                product[pollutant] = precision[pollutant] @ theta[pollutant]
        _rates(theta, product, spread, offset, precision, linear, sizes, present, centre, generator)
        _background(theta, product, precision, linear, sizes, sources, generator)
        count = _choose_spreads(
            theta, offset, level, spread, shared, present, centre, classes, own, whole, shares, generator
        )
        for kind in range(2):
            wide = means[kind] * cases[kind] + count[kind, 0]
            narrow = (1.0 - means[kind]) * cases[kind] + count[kind, 1]
            shares[kind] = min(max(generator.beta(wide, narrow), 1e-6), 1.0 - 1e-6)
        _offsets(
            theta,
            offset,
            level,
            spread,
            shared,
            present,
            centre,
            classes,
            class_mean,
            class_spread,
            generator,
        )
        quadratics = (precision, linear, sizes, present)
        _shift_all(
            theta, product, offset, level, shared, classes, class_mean, class_spread, quadratics, generator
        )
        for row in range(len(pairs)):
            _exchange(theta, product, spread, offset, pairs[row], precision, linear, sizes, centre, generator)
        done = sweep - warmup + 1
        if done > 0 and done * keep // sweeps > saved:
            kept_theta[saved] = theta
            kept_bias[saved] = _part(offset, level, shared, classes, source_spread, generator)
            saved += 1
    return kept_theta, kept_bias
