"""Means over an episode as they are predicted without its readings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sootprint.attribution.diagnostics.cells import served_hours
from sootprint.attribution.diagnostics.inputs import Inputs
from sootprint.attribution.diagnostics.predictive import Fitted
from sootprint.attribution.inverse import Attribution, Options
from sootprint.attribution.inverse.hours import background_factor, effective_response

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
    episode narrow them: see `sootprint.attribution.inverse.hours`; and ``unexplained_share`` of the mean for
    what no source explains.

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
    observed: dict[str, float] = {}
    predicted: dict[str, Array] = {}
    draws, count = model.rates.shape
    shared = {light: rng.standard_normal((3, draws, count)) for light in (False, True)}
    common = rng.standard_normal((draws,))
    light, within = ~inputs.windy()[hours.hour], inside[hours.hour]
    stacks = _stacks(result, hours.sources)
    sums, total = np.zeros(draws), 0
    for place, station_id in enumerate(hours.stations):
        here = hours.station == place
        mask = here & within
        number = int(mask.sum())
        if number == 0:
            continue
        mean = np.zeros(draws)
        for air, numbers in shared.items():
            own, all_such = mask & (light == air), here & (light == air)
            if not own.any():
                continue
            size = int(own.sum())
            response = effective_response(
                hours.response[own].mean(axis=0), hours.response[all_such].mean(axis=0), size, air, stacks,
                numbers, rng,
            )  # fmt: skip
            mean += (model.rates * response).sum(axis=1) * size / number
        base = model.base.at(hours.hour[mask] + 0.5, hours.station[mask]).mean(axis=1)
        mean += base * background_factor(number, common, rng)
        sums += mean * number
        total += number
        observed[station_id] = float(hours.value[mask].mean())
        predicted[station_id] = _unexplained(mean, inputs.options, rng)
    if observed:
        observed["all"] = float(hours.value[within].mean())
        predicted["all"] = _unexplained(sums / total, inputs.options, rng)
    return observed, predicted


def _unexplained(mean: Array, options: Options, rng: np.random.Generator) -> Array:
    return mean * (1.0 + options.unexplained_share * rng.standard_normal(len(mean)))


def _stacks(result: Attribution, sources: list[str]) -> NDArray[np.bool_]:
    named = result.diagnostics["classes"].set_index("source_id")["class"]
    return np.asarray(named.reindex(sources) == "stack")
