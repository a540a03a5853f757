"""Means over an episode as they are predicted without its readings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sootprint.attribution.diagnostics.cells import Hours, served_hours
from sootprint.attribution.diagnostics.inputs import Inputs
from sootprint.attribution.diagnostics.predictive import Fitted
from sootprint.attribution.diagnostics.replicas import Errors, lognormal_factor
from sootprint.attribution.inverse import Attribution, Options

Array = NDArray[np.float64]


def episode_means(
    inputs: Inputs,
    model: Fitted,
    result: Attribution,
    inside: NDArray[np.bool_],
    rng: np.random.Generator,
) -> tuple[dict[str, float], dict[str, Array]]:
    """Observed means, and draws of predicted ones, of each post and of all readings (``all``) [µg m⁻³].

    The errors are those that contributions to an episode are reported with, before the readings of the
    episode narrow them: log-normal of mean one for windy hours, equal within a block of hours; in light wind
    far wider, with a chance that the smoke misses; and ``unexplained_share`` of the mean for what no source
    explains.

    Parameters
    ----------
    inputs : Inputs
        Full inputs, with the readings of the episode.
    model : Fitted
        Rates, background and errors from the other readings.
    result : Attribution
        The attribution that ``model`` is from.
    inside : (time,) bool array
        Hours of the episode.
    rng : Generator
        Randomness.
    """
    hours = served_hours(inputs, result, model.hours.pollutant)
    hours = hours.part(inside[hours.hour])
    observed: dict[str, float] = {}
    predicted: dict[str, Array] = {}
    draws, count = model.rates.shape
    noise = rng.standard_normal((3, draws, count))
    light = ~inputs.windy()[hours.hour]
    stack = _stacks(result, hours.sources)
    sums, total = np.zeros(draws), 0
    for place, station_id in enumerate(hours.stations):
        mask = hours.station == place
        if not mask.any():
            continue
        factor = _response(hours, mask, light, noise, stack, model.errors, inputs.options, rng)
        middle = hours.hour[mask] + 0.5
        base = model.base.at(middle, hours.station[mask]).mean(axis=1)
        mean = (model.rates * factor).sum(axis=1) + base
        number = int(mask.sum())
        sums += mean * number
        total += number
        observed[station_id] = float(hours.value[mask].mean())
        predicted[station_id] = _unexplained(mean, inputs.options, rng)
    if observed:
        observed["all"] = float(hours.value.mean())
        predicted["all"] = _unexplained(sums / total, inputs.options, rng)
    return observed, predicted


def _response(
    hours: Hours,
    mask: NDArray[np.bool_],
    light: NDArray[np.bool_],
    shared: Array,
    stack: NDArray[np.int64],
    errors: Errors,
    options: Options,
    rng: np.random.Generator,
) -> Array:
    """Mean response of one post with the errors of its particular hours, (draw, K) array."""
    from scipy.special import ndtri

    own = rng.standard_normal(shared.shape)
    windy = mask & ~light
    block = hours.hour[windy] // options.block_hours
    noise = np.sqrt(options.error_shared) * shared[0] + np.sqrt(1.0 - options.error_shared) * own[0]
    steady = lognormal_factor(noise, errors.dispersion * _block_share(hours.response[windy], block))
    steady = steady * lognormal_factor(rng.standard_normal(noise.shape), errors.lasting)
    wide, apart, shift = (
        np.array(item)[stack] for item in (options.light_shared, options.light_own, options.light_shift)
    )
    missed, missed_here = (
        ndtri(np.array(item))[stack] for item in (options.light_miss_shared, options.light_miss_own)
    )
    hit = (shared[2] > missed) & (own[2] > missed_here)
    calm = np.where(hit, np.exp(shift + wide * shared[1] + apart * own[1]), 0.0)
    made = steady * hours.response[windy].sum(axis=0) + calm * hours.response[mask & light].sum(axis=0)
    return np.asarray(made / int(mask.sum()), float)


def _block_share(response: Array, block: NDArray[np.int64]) -> Array:
    """√(Σ_b c_b²) / Σ_b c_b of each source's summed response c_b of the blocks, (K,) array."""
    if len(block) == 0:
        return np.zeros(response.shape[1])
    _, place = np.unique(block, return_inverse=True)
    sums = np.zeros((place.max() + 1, response.shape[1]))
    np.add.at(sums, place, response)
    total = sums.sum(axis=0)
    return np.asarray(np.sqrt((sums**2).sum(axis=0)) / np.where(total > 0, total, 1.0))


def _unexplained(mean: Array, options: Options, rng: np.random.Generator) -> Array:
    return mean * (1.0 + options.unexplained_share * rng.standard_normal(len(mean)))


def _stacks(result: Attribution, sources: list[str]) -> NDArray[np.int64]:
    named = result.diagnostics["classes"].set_index("source_id")["class"]
    return (named.reindex(sources) == "stack").to_numpy().astype(np.int64)
