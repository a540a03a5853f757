"""Starts of particles: velocities, errors of the wind, random numbers, and the moment of a batch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.langevin import mixed, normal_quantile
from sootprint.dispersion.particles.arrays import Air, Words

LATTICE_ROOT = 1.1347241384015194
"""Root of g⁶ = g + 1; the steps 1/g … 1/g⁵ of an additive lattice fill five dimensions evenly (Roberts 2018,
*The unreasonable effectiveness of quasirandom sequences*)."""
_STRIDE = np.uint32(0x9E3779B9)
_WORDS = 4294967296.0


@compiled
def following(word: np.uint32) -> np.uint32:
    """Word after a word, in a sequence for starts."""
    return mixed(np.uint32(word + _STRIDE))


@compiled
def lattice_normal(word: np.uint32, number: int, axis: int) -> float:
    """Standard normal quantile of a particle's place on one axis of the lattice, shifted by a word."""
    at = word / _WORDS + (number + 1) * LATTICE_ROOT ** -(axis + 1.0)
    share = min(max(at - math.floor(at), 1e-7), 1.0 - 1e-7)
    return normal_quantile(share)


@compiled
def start_of(number: int, stream: int, batch: int, turn: float, push: float) -> Any:
    """Start of one particle of a batch.

    Velocities lie on a lattice of quantiles, shifted at random, so that a batch of any size has nearly the
    moments of the normal distribution.

    Parameters
    ----------
    number : int
        Of the particle in its batch.
    stream, batch : int
        What the random numbers depend on.
    turn, push : float
        Standard deviations of the error of the wind; see `sootprint.dispersion.particles.driver.Request`.

    Returns
    -------
    tuple
        Normalised velocities (5) [1], error of the wind (4: cos δ - 1, sin δ, push [m s⁻¹]), words (4).
    """
    word_1 = following(mixed(np.uint32(np.uint32(stream) ^ mixed(np.uint32(batch + 1)))))
    word_2 = following(word_1)
    word_3 = following(word_2)
    word_4 = following(word_3)
    word_5 = following(word_4)
    speeds = (
        lattice_normal(word_1, number, 0),
        lattice_normal(word_2, number, 1),
        lattice_normal(word_3, number, 2),
        lattice_normal(word_4, number, 3),
        lattice_normal(word_5, number, 4),
    )
    word = mixed(np.uint32(word_5 + np.uint32(number)))
    lean, bend, push_x, push_y = 0.0, 0.0, 0.0, 0.0
    if turn > 0.0 or push > 0.0:
        word = following(word)
        angle = turn * normal_quantile((word + 0.5) / _WORDS)
        lean, bend = math.cos(angle) - 1.0, math.sin(angle)
        word = following(word)
        push_x = push * normal_quantile((word + 0.5) / _WORDS)
        word = following(word)
        push_y = push * normal_quantile((word + 0.5) / _WORDS)
    a = following(word)
    b = following(a)
    c = following(b)
    return speeds, (lean, bend, push_x, push_y), (a, b, c, np.uint32(1))


@compiled
def start_batch(
    state: Any,
    weight: Any,
    words: Words,
    x: Floats,
    y: Floats,
    z: Floats,
    stream: int,
    batch: int,
    turn: float,
    push: float,
) -> None:
    """Places, velocities and random numbers of a batch at its start; see `start_of`.

    Parameters
    ----------
    state : real (particle, STATE)
    weight : real (particle)
    words : uint32 (particle, 4)
    x, y, z : float64 (particle)
        Places [m]; z above ground.
    stream, batch : int
        What the random numbers depend on.
    turn, push : float
        Standard deviations of the error of the wind.
    """
    for i in range(weight.size):
        speeds, wind_error, random = start_of(i, stream, batch, turn, push)
        weight[i] = 1.0
        state[i, 0], state[i, 1], state[i, 2] = x[i], y[i], z[i]
        for axis in range(5):
            state[i, 3 + axis] = speeds[axis]
        state[i, 8:10] = 0.0
        for part in range(4):
            state[i, 10 + part] = wind_error[part]
            words[i, part] = random[part]


@compiled
def ticks_per_hour(air: Air, ticks_per_segment: int) -> int:
    """Ticks of an hour of the air."""
    segments = 1
    while segments < air.hours.size and air.hours[segments] == air.hours[0]:
        segments += 1
    return segments * ticks_per_segment


@compiled
def start_tick(stream: int, batch: int, batches: int, sign: int, hour: int, hour_ticks: int) -> int:
    """Moment at which a batch starts: drawn in its part of the hour.

    Parameters
    ----------
    stream, batch : int
        What the random numbers depend on; batches of later passes count on.
    batches : int
        Parts of the hour.
    sign : int
        1 forward, -1 backward.
    hour : int
        From the beginning of the air.
    hour_ticks : int
        Ticks of an hour.
    """
    jitter = mixed(np.uint32(stream + 7919 * batch))
    moment = (batch % batches + jitter / _WORDS) * (hour_ticks / batches)
    tick = hour * hour_ticks + int(moment)
    return tick + 1 if sign < 0 else tick
