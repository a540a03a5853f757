"""One step of one particle: numbers in, numbers out, in single or double precision, for CPU and device.

The drivers differ in where a particle's numbers lie between its steps: in arrays (`walk`) or with a thread of
its own (`lone`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.kernels.compile import inlined
from sootprint.dispersion.kernels.langevin import (
    cell_foot,
    cell_of,
    draw,
    eight_bytes,
    four_bytes,
)
from sootprint.dispersion.particles.arrays import Rules
from sootprint.dispersion.particles.tables import (
    DECAY_V,
    DECAY_W,
    FORCE,
    HEIGHT,
    KICK_V,
    KICK_W,
    SIGMA_V,
    SIGMA_W,
    WIND_X,
    WIND_Y,
)

STATE = 14
(X, Y, S, OMEGA, U, V, WANDER_U, WANDER_V, LAST_X, LAST_Y, TURN_COS, TURN_SIN, PUSH_X, PUSH_Y) = range(STATE)
"""Columns of the state: place [m], stretched height [s], normalised velocities [1], last drift [m s⁻¹], and
the error of the mean wind that the particle lives in: cos δ - 1, sin δ of a turn δ, and a push [m s⁻¹]."""

PRECISIONS = {"single": np.float32, "double": np.float64}


class Pace(NamedTuple):
    """What the steps of a stretch of a walk share.

    Attributes
    ----------
    step, half_step : real
        Length [s] and half of it.
    direction : real
        1 forward, -1 backward.
    fall : real
        Settling velocity [m s⁻¹].
    kept : real
        Part of the weight that a touch of the ground leaves [1].
    wander : real
        Half of σ of the meander [m s⁻¹].
    wander_loss, wander_kick, wander_cos, wander_sin : real
        Numbers of its exact step [1].
    falls, sticks, wanders, young, over_land : bool
        Whether it settles, is deposited, meanders, takes its decays from the ramp, its wind from the terrain.
    """

    step: Any
    half_step: Any
    direction: Any
    fall: Any
    kept: Any
    wander: Any
    wander_loss: Any
    wander_kick: Any
    wander_cos: Any
    wander_sin: Any
    falls: bool
    sticks: bool
    wanders: bool
    young: bool
    over_land: bool


class Steps(NamedTuple):
    """Inlined functions of one precision.

    Attributes
    ----------
    pace : function
        `Pace` of rules, the absorbed part and the meander of a segment, a step [s], youth, and terrain.
    one : function
        One step; see `stepper`.
    """

    pace: Callable[..., Any]
    one: Callable[..., Any]


@inlined
def reflected(s: Any, omega: Any, top: Any) -> Any:
    """Stretched height and velocity after a drift, mirrored at the ground and the top; 1 for the ground.

    A drift of more than twice the whole height ends at the ground.
    """
    hit = 0
    if s < 0.0:
        s, omega, hit = -s, -omega, 1
    if s > top:
        s, omega = max(top + top - s, top - top), -omega
    return s, omega, hit


@cache
def stepper(precision: str) -> Steps:
    """Functions of single or double precision.

    A step B-A-O-A-B (see `sootprint.dispersion.kernels.langevin`) takes the first ten columns of the state,
    its last four, the weight, the four words of the random numbers, the tables of the segment, the
    stretched height of the top, the pace, the terrain and its hour; it returns the ten columns, the weight
    and the words.
    """
    real: Any = PRECISIONS[precision]
    one, half = real(1.0), real(0.5)
    eight_mean, eight_scale = real(1020.0), real(1.0 / math.sqrt(43690.0))
    four_mean, four_scale = real(510.0), real(1.0 / math.sqrt(21845.0))
    # Cubics of the two sums whose variance is 1 and whose excess kurtosis is 0: a variance of the noise
    # below 1 would cool the particles.
    eight_first, eight_third = real(0.97846779), real(0.00750834)
    four_first, four_third = real(0.94903328), real(0.01864238)

    @inlined
    def paced(
        rules: Rules, absorbed: float, meander: Floats, step: float, young: bool, over_land: bool
    ) -> Pace:
        sigma, decay, turn = meander
        return Pace(
            real(step),
            half * real(step),
            real(rules.sign),
            real(rules.fall),
            one - real(absorbed),
            half * real(sigma),
            real(math.exp(-decay * step)),
            real(math.sqrt(-math.expm1(-2.0 * decay * step))),
            real(math.cos(turn * step)),
            real(math.sin(rules.sign * turn * step)),
            rules.fall > 0.0,
            absorbed != 0.0,
            sigma > 0.0,
            young,
            over_land,
        )

    @inlined
    def from_eight(first: Any, second: Any) -> Any:
        value = (real(eight_bytes(first, second)) - eight_mean) * eight_scale
        return value * (eight_first + eight_third * (value * value))

    @inlined
    def from_four(word: Any) -> Any:
        value = (real(four_bytes(word)) - four_mean) * four_scale
        return value * (four_first + four_third * (value * value))

    @inlined
    def wind_over_terrain(terrain: Any, hour: Any, x: Any, y: Any, z: Any) -> Any:
        column_at = (x - real(terrain.place[0])) / real(terrain.place[2])
        row_at = (y - real(terrain.place[1])) / real(terrain.place[2])
        rows, columns = terrain.faces.shape[2], terrain.faces.shape[3]
        column = min(max(int(column_at), 0), columns - 1)
        row = min(max(int(row_at), 0), rows - 1)
        level = terrain.finder[min(max(int(z), 0), terrain.finder.size - 1)]
        while level < terrain.faces.shape[1] - 1 and z >= terrain.levels[level + 1]:
            level += 1
        faces = terrain.faces[hour, level, row, column]
        east = min(max(column_at - real(column), real(0.0)), one)
        north = min(max(row_at - real(row), real(0.0)), one)
        foot, head = real(terrain.levels[level]), real(terrain.levels[level + 1])
        up = min(max((z - foot) / (head - foot), real(0.0)), one)
        return (
            real(faces[0]) + east * real(faces[1] - faces[0]),
            real(faces[2]) + north * real(faces[3] - faces[2]),
            real(faces[4]) + up * real(faces[5] - faces[4]),
        )

    @inlined
    def one_step(
        moving: Any,
        wind_error: Any,
        weight: Any,
        words: Any,
        table: Any,
        ramp_table: Any,
        top: Any,
        pace: Any,
        terrain: Any,
        hour: Any,
    ) -> Any:
        x, y, s, omega, u, v, wander_u, wander_v, last_x, last_y = moving
        lean, bend, push_x, push_y = wind_error
        a, b, c, count = words
        cell = cell_of(np.float32(s))
        omega += pace.half_step * real(table[cell, FORCE])
        rise, wind_x, wind_y = real(0.0), real(0.0), real(0.0)
        if pace.falls:
            rise = -pace.direction * pace.fall / real(table[cell, SIGMA_W])
        if pace.over_land:
            pitch = real(table[cell, SIGMA_W])
            z = real(table[cell, HEIGHT]) + (s - real(cell_foot(cell))) * pitch
            ahead_x, ahead_y = x + pace.half_step * last_x, y + pace.half_step * last_y
            wind_x, wind_y, lift = wind_over_terrain(terrain, hour, ahead_x, ahead_y, z)
            rise += pace.direction * lift / pitch
        s += pace.half_step * (omega + rise)
        s, omega, touched = reflected(s, omega, top)
        word_1, a, b, c, count = draw(a, b, c, count)
        word_2, a, b, c, count = draw(a, b, c, count)
        word_3, a, b, c, count = draw(a, b, c, count)
        word_4, a, b, c, count = draw(a, b, c, count)
        cell = cell_of(np.float32(s))
        if pace.young:
            decay_w, kick_w = real(ramp_table[cell, 0]), real(ramp_table[cell, 1])
            decay_v, kick_v = real(ramp_table[cell, 2]), real(ramp_table[cell, 3])
        else:
            decay_w, kick_w = real(table[cell, DECAY_W]), real(table[cell, KICK_W])
            decay_v, kick_v = real(table[cell, DECAY_V]), real(table[cell, KICK_V])
        omega = decay_w * omega + kick_w * from_eight(word_1, word_2)
        next_u = decay_v * u + kick_v * from_four(word_3)
        next_v = decay_v * v + kick_v * from_four(word_4)
        if not pace.over_land:
            wind_x, wind_y = real(table[cell, WIND_X]), real(table[cell, WIND_Y])
        sigma = half * real(table[cell, SIGMA_V])
        drift_x = wind_x + lean * wind_x - bend * wind_y + push_x
        drift_y = wind_y + lean * wind_y + bend * wind_x + push_y
        drift_x += sigma * (u + next_u)
        drift_y += sigma * (v + next_v)
        if pace.wanders:
            word_3, a, b, c, count = draw(a, b, c, count)
            word_4, a, b, c, count = draw(a, b, c, count)
            ahead_u = pace.wander_cos * wander_u - pace.wander_sin * wander_v
            ahead_v = pace.wander_sin * wander_u + pace.wander_cos * wander_v
            ahead_u = pace.wander_loss * ahead_u + pace.wander_kick * from_four(word_3)
            ahead_v = pace.wander_loss * ahead_v + pace.wander_kick * from_four(word_4)
            drift_x += pace.wander * (wander_u + ahead_u)
            drift_y += pace.wander * (wander_v + ahead_v)
            wander_u, wander_v = ahead_u, ahead_v
        drift_x *= pace.direction
        drift_y *= pace.direction
        x += pace.step * drift_x
        y += pace.step * drift_y
        s += pace.half_step * (omega + rise)
        s, omega, touched_again = reflected(s, omega, top)
        if pace.sticks:
            for _touch in range(touched + touched_again):
                weight *= pace.kept
        omega += pace.half_step * real(table[cell_of(np.float32(s)), FORCE])
        moved = (x, y, s, omega, next_u, next_v, wander_u, wander_v, drift_x, drift_y)
        return moved, weight, (a, b, c, count)

    return Steps(paced, one_step)
