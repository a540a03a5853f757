"""Simulation-based calibration: truths from the prior, readings from the model, ranks among its draws.

Talts et al. 2018, arXiv:1804.06788, algorithm 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.diagnostics.cells import MICROGRAMS
from sootprint.attribution.diagnostics.inputs import Inputs
from sootprint.attribution.diagnostics.ranks import rank_of
from sootprint.attribution.diagnostics.replicas import lognormal_factor, persistent_noise
from sootprint.attribution.inverse import Attribution
from sootprint.core.errors import InputError

Array = NDArray[np.float64]

THIN = 20
"""Sweeps of the sampler a truth from the prior."""

LEAST_KEPT = 50
"""Truths a chain of the sampler at least, of which those that are asked for are chosen."""


@dataclass(frozen=True)
class ErrorLaw:
    """Errors that readings are simulated with; those of cells, as the model has them.

    The other parts are the model's own: the lasting error of a source at one post, its correlation between
    posts and the e-folding time are those of the options of the attribution.

    Attributes
    ----------
    additive, smooth : float
        Independent, and correlated in time, over the mean of the readings without errors [1].
    relative, dispersion : tuple of float
        Relative errors of low sources, and of stacks: independent, and correlated in time and between
        posts [1].
    background : float
        Mean background over the mean of the readings without errors [1].
    form : str
        ``lognormal``: the errors of a contribution are factors of mean one, as the model is stated;
        ``normal``: they are normal, as its likelihood has them, and may make a reading negative.
    """

    additive: float = 0.05
    smooth: float = 0.1
    relative: tuple[float, float] = (0.2, 0.3)
    dispersion: tuple[float, float] = (0.3, 0.5)
    background: float = 0.2
    form: Literal["lognormal", "normal"] = "lognormal"


def prior_draws(inputs: Inputs, count: int) -> Attribution:
    """At least ``count`` draws before any reading: an attribution without readings."""
    chains = inputs.options.chains
    kept = max(-(-count // chains), LEAST_KEPT)
    options = replace(inputs.options, draws=kept * chains, sweeps=THIN * kept, warmup=500)
    empty = replace(
        inputs, observations=inputs.observations.iloc[:0], episodes=inputs.episodes.iloc[:0], options=options
    )
    return empty.attribute()


def simulate(
    inputs: Inputs,
    rates: Array,
    bias: Array,
    activity: Array,
    pollutants: list[str],
    sources: list[str],
    law: ErrorLaw,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Readings of every post and hour that the operator serves, as table ``observations``.

    ``y = Σ_k x_k e^η_k a_k H_k (1 + ε) + b + smooth + additive``: multiplicative lasting bias η shared by the
    pollutants, errors ε of each cell, source and post (independent; correlated in time and between posts;
    lasting at the post), a smooth non-negative background with an offset a post.

    Parameters
    ----------
    inputs : Inputs
        Operator, sources and options.
    rates : (K, P) array
        Emissions [g s⁻¹]; missing where a source does not emit a pollutant.
    bias : (K,) array
        Lasting factor of each source [1].
    activity : (T, K, P) array
        Factor on the mean rate [1].
    pollutants, sources : list of str
        Along the axes.
    law : ErrorLaw
        Errors.
    rng : Generator
        Randomness.
    """
    operator = inputs.operator["H"].transpose("time", "receptor", "source").sel(source=sources)
    response, stations = operator.to_numpy(), [str(name) for name in operator["receptor"].to_numpy()]
    stack = _is_stack(inputs, sources)
    tables = []
    for number, pollutant in enumerate(pollutants):
        rate = np.nan_to_num(rates[:, number] * bias)
        clean = response * np.nan_to_num(activity[:, None, :, number]) * rate * MICROGRAMS
        level = float(np.nanmean(clean.sum(axis=2)))
        value = _with_errors(clean, level, stack, inputs, law, rng)
        value += _background(clean.shape[:2], law.background * level, inputs.options.knot_hours, rng)
        for place, station_id in enumerate(stations):
            tables.append(
                pd.DataFrame(
                    {
                        "station_id": station_id,
                        "pollutant": pollutant,
                        "time_start": inputs.times,
                        "duration_s": 3600.0,
                        "value_ugm3": value[:, place],
                        "flag": "valid",
                        "detection_limit_ugm3": np.nan,
                    }
                )
            )
    made = pd.concat(tables, ignore_index=True)
    return made[made["value_ugm3"].notna()].reset_index(drop=True)


def _is_stack(inputs: Inputs, sources: list[str]) -> NDArray[np.int64]:
    table = inputs.sources.set_index(inputs.sources["source_id"].astype(str)).loc[sources]
    height = table["height_m"].astype(float).fillna(0.0).to_numpy()
    point = (table["kind"] == "point").to_numpy(bool)
    return (point & (height >= inputs.options.stack_height)).astype(np.int64)


def _with_errors(
    clean: Array,
    level: float,
    stack: NDArray[np.int64],
    inputs: Inputs,
    law: ErrorLaw,
    rng: np.random.Generator,
) -> Array:
    """Contributions (hour, post, source) with the errors of their cells, summed; and additive errors."""
    options = inputs.options
    hours, posts, count = clean.shape
    cells = -(-hours // options.cell_hours)
    of = np.arange(hours) // options.cell_hours
    middle = (np.arange(cells) + 0.5) * options.cell_hours
    lasting = np.array([options.lasting_low, options.lasting_stack])[stack]
    relative, dispersion = (np.array(item)[stack] for item in (law.relative, law.dispersion))
    common = persistent_noise(middle, (1, count), options.error_hours, rng)
    apart = persistent_noise(middle, (posts, count), options.error_hours, rng)
    shared = np.sqrt(options.error_shared) * common + np.sqrt(1.0 - options.error_shared) * apart
    noises = (
        (rng.standard_normal((cells, posts, count)), relative),
        (shared, dispersion),
        (rng.standard_normal((1, posts, count)), lasting),
    )
    if law.form == "normal":
        factor = np.ones((cells, posts, count))
        for noise, spread in noises:
            factor = factor + spread * noise
    elif law.form == "lognormal":
        factor = np.prod(
            [np.broadcast_to(lognormal_factor(*item), (cells, posts, count)) for item in noises], axis=0
        )
    else:
        raise InputError(f"errors of the form {law.form!r}", cure="lognormal or normal")
    additive = law.smooth * level * persistent_noise(middle, (posts,), options.error_hours, rng)
    additive += law.additive * level * rng.standard_normal((cells, posts))
    return np.asarray((clean * factor[of]).sum(axis=2) + additive[of], float)


def _background(shape: tuple[int, int], level: float, knot_hours: float, rng: np.random.Generator) -> Array:
    """Smooth background: knots that go up and down by a third, and half-normal offsets of posts."""
    hours, posts = shape
    knots = np.linspace(0.0, float(hours), max(1, int(np.ceil(hours / knot_hours))) + 1)
    values = level * np.exp(0.3 * rng.standard_normal(len(knots)))
    smooth = np.interp(np.arange(hours) + 0.5, knots, values)
    return smooth[:, None] + np.abs(rng.standard_normal(posts)) * level / 3.0


def calibrate(
    inputs: Inputs,
    *,
    law: ErrorLaw | None = None,
    simulations: int = 120,
    draws: int = 99,
    processes: int = 2,
    seed: int = 0,
    progress: Callable[[str], None] = lambda text: None,
) -> pd.DataFrame:
    """Ranks of true emissions, lasting biases and apparent rates among posterior draws.

    Parameters
    ----------
    inputs : Inputs
        Network, declared rates and options; its readings are not used.
    law : ErrorLaw, optional
        Errors of the simulated readings.
    simulations : int
        Truths that are drawn.
    draws : int
        Draws that each truth is ranked among, spaced evenly over the posterior's.
    processes : int
        Processes that work side by side.
    seed : int
        Seed: the same inputs and seed give the same ranks.
    progress : callable
        Gets a line now and then.

    Returns
    -------
    DataFrame
        ``simulation, source_id, pollutant, quantity, rank``; quantity is ``emission``, ``apparent
        rate`` (emission × bias) or ``lasting bias`` (once a source).
    """
    law = law or ErrorLaw()
    prior = prior_draws(replace(inputs, seed=seed), simulations).draws
    rng = np.random.default_rng([seed, 7])
    order = rng.permutation(prior.sizes["draw"])[:simulations]
    tasks = [
        _Task(
            inputs,
            prior["emission"].transpose("draw", "source", "pollutant").to_numpy()[place],
            prior["dispersion_bias"].transpose("draw", "source").to_numpy()[place],
            prior["activity"].transpose("time", "source", "pollutant").to_numpy(),
            [str(name) for name in prior["pollutant"].to_numpy()],
            [str(name) for name in prior["source"].to_numpy()],
            law,
            draws,
            number,
            seed,
        )
        for number, place in enumerate(order)
    ]
    rows: list[dict[str, object]] = []
    for number, made in enumerate(_run(tasks, processes), 1):
        rows += made
        if number % 10 == 0 or number == len(tasks):
            progress(f"{number} of {len(tasks)} simulations")
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class _Task:
    inputs: Inputs
    rates: Array
    bias: Array
    activity: Array
    pollutants: list[str]
    sources: list[str]
    law: ErrorLaw
    draws: int
    number: int
    seed: int


def _run(tasks: list[_Task], processes: int) -> Iterator[list[dict[str, object]]]:
    if processes <= 1:
        yield from map(_one, tasks)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # A process that is begun afresh shares no threads with this one; a fork could hold a lock for ever.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_one, tasks)


def _one(task: _Task) -> list[dict[str, object]]:
    """Ranks of one simulation."""
    rng = np.random.default_rng([task.seed, 11, task.number])
    readings = simulate(
        task.inputs, task.rates, task.bias, task.activity, task.pollutants, task.sources, task.law, rng
    )
    given = replace(
        task.inputs,
        observations=readings,
        episodes=task.inputs.episodes.iloc[:0],
        seed=int(rng.integers(2**31)),
    )
    made = given.attribute().draws
    emission = made["emission"].sel(source=task.sources, pollutant=task.pollutants)
    values = emission.transpose("draw", "source", "pollutant").to_numpy()
    bias = made["dispersion_bias"].sel(source=task.sources).transpose("draw", "source").to_numpy()
    chosen = np.linspace(0, len(values) - 1, task.draws).round().astype(int)
    values, bias = values[chosen], bias[chosen]
    rows: list[dict[str, object]] = []

    def add(source_id: str, pollutant: str | None, quantity: str, truth: float, sample: Array) -> None:
        about = {"simulation": task.number, "source_id": source_id, "pollutant": pollutant}
        rows.append({**about, "quantity": quantity, "rank": rank_of(truth, sample)})

    for k, source_id in enumerate(task.sources):
        add(source_id, None, "lasting bias", float(task.bias[k]), bias[:, k])
        for p, pollutant in enumerate(task.pollutants):
            if np.isfinite(task.rates[k, p]):
                truth = float(task.rates[k, p])
                add(source_id, pollutant, "emission", truth, values[:, k, p])
                apparent = truth * float(task.bias[k])
                add(source_id, pollutant, "apparent rate", apparent, values[:, k, p] * bias[:, k])
    return rows
