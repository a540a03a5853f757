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

Array = NDArray[np.float64]

STEPS = 50
"""Largest number of widenings of a slice: more would mean a posterior without an end."""


@dataclass(frozen=True)
class Posterior:
    """Quadratic likelihoods of P pollutants and the priors that bind them.

    With apparent rate z = x exp(η), x the emission and η the lasting dispersion bias of a source:
    ln L = Σ_p (q_pᵀ θ_p − ½ θ_pᵀ Q_p θ_p), θ_p = (z_p, background); ln x_kp ~ a mixture of two normals
    about ``centre``; η_k ~ N(g_class, bias_source²), g ~ N(0, bias_class²).

    Attributes
    ----------
    precision, linear : (P, J, J), (P, J) arrays
        Q and q, padded with zeros beyond the size of a pollutant; background prior included.
    sizes, present : (P,), (P, K) arrays
        Length of θ_p, and whether a source emits the pollutant; the K sources come first.
    centre, narrow, wide : (P, K) arrays
        Centre and the two spreads of ln x [1].
    wide_share : float
        Weight of the wide part.
    classes : (K,) int array
        Class of each source.
    bias_class, bias_source : float
        Spreads of the bias.
    pairs : (L, 3) int array
        Pollutant and two sources whose exchange is tried.
    """

    precision: Array
    linear: Array
    sizes: NDArray[np.int64]
    present: NDArray[np.bool_]
    centre: Array
    narrow: Array
    wide: Array
    wide_share: float
    classes: NDArray[np.int64]
    bias_class: float
    bias_source: float
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
    thetas, biases = [], []
    for chain in range(chains):
        child = np.random.SeedSequence([seed, chain]).generate_state(1)[0]
        theta, bias = _run(
            posterior.precision,
            posterior.linear,
            posterior.sizes,
            posterior.present,
            posterior.centre,
            posterior.narrow,
            posterior.wide,
            posterior.wide_share,
            posterior.classes,
            posterior.bias_class,
            posterior.bias_source,
            posterior.pairs,
            warmup,
            sweeps,
            keep,
            np.random.default_rng(child),
        )
        thetas.append(theta)
        biases.append(bias)
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
def _rates(theta, product, spread, bias, precision, linear, sizes, present, centre, generator):
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
            pull = centre[pollutant, source] + bias[source] - np.log(now)
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
def _shift_together(theta, product, bias, members, precision, linear, sizes, present, pull, held, generator):
    """Move the bias of some sources and their apparent rates by one common shift."""
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
        bias[one] += shift
        for pollutant in range(pollutants):
            if present[pollutant, one]:
                value = theta[pollutant, one] * growth
                _move(theta, product, precision, pollutant, sizes[pollutant], one, value)
    return shift


@numba.njit(cache=True)
def _biases(theta, bias, level, spread, present, centre, classes, class_spread, source_spread, generator):
    """Exact normal draws of the sources' biases and of the classes' levels."""
    for source in range(len(bias)):
        held = source_spread**-2
        total = level[classes[source]] * held
        for pollutant in range(present.shape[0]):
            if present[pollutant, source]:
                weight = spread[pollutant, source] ** -2
                held += weight
                total += weight * (np.log(theta[pollutant, source]) - centre[pollutant, source])
        bias[source] = total / held + generator.standard_normal() / np.sqrt(held)
    for number in range(len(level)):
        held, total = class_spread**-2, 0.0
        for source in range(len(bias)):
            if classes[source] == number:
                held += source_spread**-2
                total += bias[source] * source_spread**-2
        level[number] = total / held + generator.standard_normal() / np.sqrt(held)


@numba.njit(cache=True)
def _choose_spread(theta, bias, spread, present, centre, narrow, wide, wide_share, generator):
    """Draw which part of the mixture each declared rate comes from."""
    for pollutant in range(present.shape[0]):
        for source in range(present.shape[1]):
            if not present[pollutant, source]:
                continue
            off = np.log(theta[pollutant, source]) - bias[source] - centre[pollutant, source]
            one, two = narrow[pollutant, source], wide[pollutant, source]
            odds = np.log(wide_share / two) - 0.5 * (off / two) ** 2
            odds -= np.log((1.0 - wide_share) / one) - 0.5 * (off / one) ** 2
            chance = 1.0 / (1.0 + np.exp(-odds))
            spread[pollutant, source] = two if generator.random() < chance else one


@numba.njit(cache=True)
def _exchange(theta, product, spread, bias, pair, precision, linear, sizes, centre, generator):
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
    c_one, c_two = centre[pollutant, one] + bias[one], centre[pollutant, two] + bias[two]
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
def _run(
    precision,
    linear,
    sizes,
    present,
    centre,
    narrow,
    wide,
    wide_share,
    classes,
    class_spread,
    source_spread,
    pairs,
    warmup,
    sweeps,
    keep,
    generator,
):
    pollutants, sources = present.shape
    width = precision.shape[1]
    level = class_spread * generator.standard_normal(classes.max() + 1)
    bias = np.empty(sources)
    for source in range(sources):
        bias[source] = level[classes[source]] + source_spread * generator.standard_normal()
    spread = narrow.copy()
    theta = np.zeros((pollutants, width))
    product = np.zeros((pollutants, width))
    for pollutant in range(pollutants):
        for index in range(sizes[pollutant]):
            if index < sources:
                if present[pollutant, index]:
                    off = bias[index] + narrow[pollutant, index] * generator.standard_normal()
                    theta[pollutant, index] = np.exp(centre[pollutant, index] + off)
            else:
                theta[pollutant, index] = precision[pollutant, index, index] ** -0.5 * generator.random()
    kept_theta = np.empty((keep, pollutants, width))
    kept_bias = np.empty((keep, sources))
    one = np.empty(1, np.int64)
    saved = 0
    for sweep in range(warmup + sweeps):
        if sweep % 100 == 0:
            for pollutant in range(pollutants):
                for row in range(width):
                    product[pollutant, row] = (precision[pollutant, row] * theta[pollutant]).sum()
        _rates(theta, product, spread, bias, precision, linear, sizes, present, centre, generator)
        _background(theta, product, precision, linear, sizes, sources, generator)
        _choose_spread(theta, bias, spread, present, centre, narrow, wide, wide_share, generator)
        _biases(theta, bias, level, spread, present, centre, classes, class_spread, source_spread, generator)
        for source in range(sources):
            one[0] = source
            pull, held = level[classes[source]] - bias[source], source_spread**-2
            _shift_together(
                theta, product, bias, one, precision, linear, sizes, present, pull, held, generator
            )
        for number in range(len(level)):
            members = np.flatnonzero(classes == number)
            if len(members) == 0:
                continue
            shift = _shift_together(
                theta,
                product,
                bias,
                members,
                precision,
                linear,
                sizes,
                present,
                -level[number],
                class_spread**-2,
                generator,
            )
            level[number] += shift
        for row in range(len(pairs)):
            _exchange(theta, product, spread, bias, pairs[row], precision, linear, sizes, centre, generator)
        done = sweep - warmup + 1
        if done > 0 and done * keep // sweeps > saved:
            kept_theta[saved] = theta
            kept_bias[saved] = bias
            saved += 1
    return kept_theta, kept_bias
