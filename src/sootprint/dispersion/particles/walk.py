"""The walk of a batch of particles through segments of time, forward or backward, and what is counted on it.

Particles of a batch start at one moment, so that they share their age and with it the step: 2⁻⁵ of a tick at
first, a whole tick from the age of 22 ticks on (`RAMP`). The step depends on nothing else; a step that depends
on the place is itself a bias. A segment is walked by one particle after the other, its state in registers and
the segment's table in the cache.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.kernels.compile import compiled, inlined
from sootprint.dispersion.kernels.langevin import (
    cell_foot,
    cell_of,
    draw,
    eight_bytes,
    four_bytes,
)
from sootprint.dispersion.particles.arrays import Air, Rules, Singles, Targets, Terrain, Words
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
    fill_ramp,
    height_at,
    stretched_at,
)

RAMP = (5, 4, 4, 3, 3, 3, *(2,) * 6, *(1,) * 10)
"""Halvings of the step in each tick of a particle's youth: a step of a twentieth of its age or less."""

STATE = 14
(X, Y, S, OMEGA, U, V, WANDER_U, WANDER_V, LAST_X, LAST_Y, TURN_COS, TURN_SIN, PUSH_X, PUSH_Y) = range(STATE)
"""Columns of the state: place [m], stretched height [s], normalised velocities [1], last drift [m s⁻¹], and the
error of the mean wind that the particle lives in: cos δ - 1, sin δ of a turn δ, and a push [m s⁻¹]."""

LEFT, DEPOSITED, OLD = range(3)
"""Where the mass of a walk ended: beyond the edge, on the ground (or decayed by it), too old."""


class Pace(NamedTuple):
    """What one step of a batch shares, beside its length.

    Attributes
    ----------
    sign : int
        1 forward, -1 backward.
    fall : float
        Settling velocity [m s⁻¹].
    absorbed : float
        Part of the weight that a touch of the ground takes [1].
    wander, wander_loss, wander_kick, wander_cos, wander_sin : float
        σ of the meander [m s⁻¹], and the numbers of its exact step [1].
    """

    sign: int
    fall: float
    absorbed: float
    wander: float
    wander_loss: float
    wander_kick: float
    wander_cos: float
    wander_sin: float


LEAST_SPEED = 0.1
"""Speed [m s⁻¹] that the spacing of samples is laid out for at least."""


@inlined
def reflected(s: Any, omega: Any, top: Any) -> Any:
    """Stretched height and velocity after a drift, mirrored at the ground and the top; 1 for the ground."""
    hit = 0
    if s < 0.0:
        s, omega, hit = -s, -omega, 1
    if s > top:
        s, omega = top + top - s, -omega
    return s, omega, hit


@cache
def walker(precision: str = "single") -> Callable[..., int]:
    """Compiled walk in single or double precision; see `walk_batch` for its arguments."""
    real = {"single": np.float32, "double": np.float64}[precision]
    one, half = real(1.0), real(0.5)
    eight_mean, eight_scale = real(1020.0), real(1.0 / math.sqrt(43690.0))
    four_mean, four_scale = real(510.0), real(1.0 / math.sqrt(21845.0))
    # Cubics of the two sums whose variance is 1 and whose excess kurtosis is 0: a variance of the noise below 1
    # would cool the particles.
    eight_first, eight_third = real(0.97846779), real(0.00750834)
    four_first, four_third = real(0.94903328), real(0.01864238)

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

    @compiled
    def step_all(
        state: Any,
        weight: Any,
        words: Words,
        table: Singles,
        ramp_table: Singles,
        young: bool,
        top: Any,
        step: Any,
        pace: Pace,
        terrain: Terrain,
        hour: int,
        repeats: int,
    ) -> None:
        """A number of steps of every particle; those that are gone move on unseen."""
        half_step, direction, fall = half * step, real(pace.sign), real(pace.fall)
        falls, sticks, wanders = pace.fall > 0.0, pace.absorbed > 0.0, pace.wander > 0.0
        kept, wander = one - real(pace.absorbed), half * real(pace.wander)
        loss_m, kick_m = real(pace.wander_loss), real(pace.wander_kick)
        cos_m, sin_m = real(pace.wander_cos), real(pace.wander_sin)
        over_land = terrain.faces.shape[0] > 0
        for _ in range(repeats):
            for i in range(weight.size):
                s, omega = state[i, S], state[i, OMEGA]
                a, b, c, count = words[i, 0], words[i, 1], words[i, 2], words[i, 3]
                cell = cell_of(np.float32(s))
                omega += half_step * real(table[cell, FORCE])
                rise, wind_x, wind_y = real(0.0), real(0.0), real(0.0)
                if falls:
                    rise = -direction * fall / real(table[cell, SIGMA_W])
                if over_land:
                    pitch = real(table[cell, SIGMA_W])
                    z = real(table[cell, HEIGHT]) + (s - real(cell_foot(cell))) * pitch
                    ahead_x = state[i, X] + half_step * state[i, LAST_X]
                    ahead_y = state[i, Y] + half_step * state[i, LAST_Y]
                    wind_x, wind_y, lift = wind_over_terrain(terrain, hour, ahead_x, ahead_y, z)
                    rise += direction * lift / pitch
                s += half_step * (omega + rise)
                s, omega, touched = reflected(s, omega, top)
                word_1, a, b, c, count = draw(a, b, c, count)
                word_2, a, b, c, count = draw(a, b, c, count)
                word_3, a, b, c, count = draw(a, b, c, count)
                word_4, a, b, c, count = draw(a, b, c, count)
                cell = cell_of(np.float32(s))
                if young:
                    decay_w, kick_w = real(ramp_table[cell, 0]), real(ramp_table[cell, 1])
                    decay_v, kick_v = real(ramp_table[cell, 2]), real(ramp_table[cell, 3])
                else:
                    decay_w, kick_w = real(table[cell, DECAY_W]), real(table[cell, KICK_W])
                    decay_v, kick_v = real(table[cell, DECAY_V]), real(table[cell, KICK_V])
                omega = decay_w * omega + kick_w * from_eight(word_1, word_2)
                next_u = decay_v * state[i, U] + kick_v * from_four(word_3)
                next_v = decay_v * state[i, V] + kick_v * from_four(word_4)
                if not over_land:
                    wind_x, wind_y = real(table[cell, WIND_X]), real(table[cell, WIND_Y])
                sigma = half * real(table[cell, SIGMA_V])
                lean, bend = state[i, TURN_COS], state[i, TURN_SIN]
                drift_x = wind_x + lean * wind_x - bend * wind_y + state[i, PUSH_X]
                drift_y = wind_y + lean * wind_y + bend * wind_x + state[i, PUSH_Y]
                drift_x += sigma * (state[i, U] + next_u)
                drift_y += sigma * (state[i, V] + next_v)
                state[i, U], state[i, V] = next_u, next_v
                if wanders:
                    word_3, a, b, c, count = draw(a, b, c, count)
                    word_4, a, b, c, count = draw(a, b, c, count)
                    mu, mv = state[i, WANDER_U], state[i, WANDER_V]
                    next_u = loss_m * (cos_m * mu - sin_m * mv) + kick_m * from_four(word_3)
                    next_v = loss_m * (sin_m * mu + cos_m * mv) + kick_m * from_four(word_4)
                    drift_x += wander * (mu + next_u)
                    drift_y += wander * (mv + next_v)
                    state[i, WANDER_U], state[i, WANDER_V] = next_u, next_v
                drift_x *= direction
                drift_y *= direction
                state[i, X] += step * drift_x
                state[i, Y] += step * drift_y
                state[i, LAST_X], state[i, LAST_Y] = drift_x, drift_y
                s += half_step * (omega + rise)
                s, omega, touched_again = reflected(s, omega, top)
                if sticks:
                    for _touch in range(touched + touched_again):
                        weight[i] *= kept
                state[i, S] = s
                state[i, OMEGA] = omega + half_step * real(table[cell_of(np.float32(s)), FORCE])
                words[i, 0], words[i, 1], words[i, 2], words[i, 3] = a, b, c, count

    def walk_batch(
        state: Any,
        weight: Any,
        words: Words,
        tick: int,
        air: Air,
        terrain: Terrain,
        targets: Targets,
        distant: Targets,
        rules: Rules,
        absorb: Floats,
        counts: Singles,
        total: Singles,
        sums: Floats,
        squares: Floats,
        fate: Floats,
        ramp_table: Singles,
    ) -> int:
        """Walk of a batch; returns the number of particle steps.

        Parameters
        ----------
        state : real (particle, STATE)
            Place and velocities at the start; in place of the stretched height the height [m].
        weight : real (particle)
            0 for a particle that is gone.
        words : uint32 (particle, 4)
            State of each particle's random numbers.
        tick : int
            Moment of the start, ticks from the beginning of the first segment.
        distant : Targets
            The same in coarser blobs, for kernels from ``rules.distant_from`` on.
        absorb : float64 (segment)
            Part of the weight that a touch of the ground takes [1].
        counts, total : float32 (particle, target)
            Room, zero at the start.
        sums, squares : float64 (lag, target)
            Sums over particles of the count of each and of its square are added [s m⁻³].
        fate : float64 (3)
            Weight by its end is added.
        ramp_table : float32 (cell, 4)
            Room.
        """
        particles = weight.size
        west, east = real(rules.west), real(rules.east)
        south, north = real(rules.south), real(rules.north)
        segments = air.tops.size
        ticks_all = segments * rules.ticks_per_segment
        first = tick if rules.sign > 0 else tick - 1
        if first < 0 or first >= ticks_all:
            return 0
        segment = first // rules.ticks_per_segment
        for i in range(particles):
            state[i, S] = real(stretched_at(air.tables[segment], float(state[i, S])))
        age, steps = 0, 0
        waited, spread, spread_z = 0, 0.0, 0.0
        start_hour = air.hours[segment]
        hour = start_hour
        next_thin = rules.thin_age
        while age < rules.oldest:
            table = air.tables[segment]
            top = real(air.tops[segment])
            hour = air.hours[segment]
            level = 0
            youth = len(RAMP)
            if age < youth:
                level = RAMP[age]
            if rules.sign > 0:
                ticks = (segment + 1) * rules.ticks_per_segment - tick
            else:
                ticks = tick - segment * rules.ticks_per_segment
            ticks = min(ticks, rules.oldest - age)
            if level > 0:
                run = 1
                while run < ticks and age + run < youth and RAMP[age + run] == level:
                    run += 1
                ticks = run
            parts = 1 << level
            step = rules.step_s / parts
            if level > 0:
                fill_ramp(table, step, ramp_table)
            sigma_m, decay_m, turn_m = air.meander[segment]
            pace = Pace(
                rules.sign,
                rules.fall,
                absorb[segment],
                sigma_m,
                math.exp(-decay_m * step),
                math.sqrt(-math.expm1(-2.0 * decay_m * step)),
                math.cos(turn_m * step),
                math.sin(rules.sign * turn_m * step),
            )
            bulk_v, bulk_tv, bulk_w, bulk_tw, bulk_speed = air.bulk[segment]
            bulk_v = math.hypot(bulk_v, sigma_m)
            lasted = ticks * rules.step_s
            elapsed = age * rules.step_s + 0.5 * lasted
            growth = bulk_v * lasted / math.sqrt(1.0 + 0.5 * elapsed / bulk_tv)
            growth_z = bulk_w * lasted / math.sqrt(1.0 + 0.5 * elapsed / bulk_tw)
            deepest = 0.29 * air.lids[segment]
            kernel = min(rules.width * (spread + 0.5 * growth), rules.widest)
            kernel_z = rules.width_z * min(spread_z + 0.5 * growth_z, deepest)
            spread, spread_z = spread + growth, min(spread_z + growth_z, deepest)
            stride = 1
            if level == 0:
                speed = max(math.hypot(bulk_speed, bulk_v), LEAST_SPEED)
                stride = min(max(int(0.7 * kernel / (speed * rules.step_s)), 1), 16)
            before = mass_of(weight)
            gone = 0.0
            done = 0
            while done < ticks:
                if level > 0:
                    pieces, run, repeats = parts, 1, 1
                else:
                    pieces, run = 1, min(max(stride - waited, 1), ticks - done)
                    repeats = run
                done += run
                waited += run
                for part in range(pieces):
                    step_all(
                        state,
                        weight,
                        words,
                        table,
                        ramp_table,
                        level > 0,
                        top,
                        real(step),
                        pace,
                        terrain,
                        hour,
                        repeats,
                    )
                    if level > 0 or waited >= stride:
                        share = step if level > 0 else waited * rules.step_s
                        if rules.decay > 0.0:
                            now = (age + done) * rules.step_s - (pieces - 1 - part) * step
                            share *= math.exp(-rules.decay * now)
                        seen = distant if kernel >= rules.distant_from else targets
                        count_all(state, weight, share, table, kernel, kernel_z, hour, seen, counts)
                        waited = 0
                for i in range(particles):
                    x, y = state[i, X], state[i, Y]
                    if x < west or x > east or y < south or y > north:
                        gone += weight[i]
                        weight[i] = real(0.0)
            steps += parts * ticks * particles
            fate[LEFT] += gone
            left = mass_of(weight)
            fate[DEPOSITED] += before - gone - left
            age += ticks
            tick += rules.sign * ticks
            if left <= 0.0:
                break
            if next_thin > 0 and age >= next_thin:
                thin(weight, words)
                while next_thin <= age:
                    next_thin *= 2
            first = tick if rules.sign > 0 else tick - 1
            if first < 0 or first >= ticks_all:
                break
            following = first // rules.ticks_per_segment
            if following != segment:
                remap(air.tables[segment], air.tables[following], air.tops[following], state, weight)
                segment = following
                if air.hours[segment] != hour and rules.keep_lags == 1:
                    settle(counts, total, sums, squares, abs(hour - start_hour))
        fate[OLD] += mass_of(weight)
        settle(counts, total, sums, squares, abs(hour - start_hour) if rules.keep_lags == 1 else 0)
        return steps

    return compiled(walk_batch)


@compiled
def mass_of(weight: Any) -> float:
    """Sum of the weights."""
    mass = 0.0
    for i in range(weight.size):
        mass += float(weight[i])
    return mass


@compiled
def count_all(
    state: Any,
    weight: Any,
    share: float,
    table: Singles,
    kernel: float,
    kernel_z: float,
    hour: int,
    targets: Targets,
    counts: Singles,
) -> None:
    """Count every particle; see `count_particle`."""
    for i in range(weight.size):
        if weight[i] > 0.0:
            z = height_at(table, state[i, 2])
            count_particle(
                state[i, 0], state[i, 1], z, share * weight[i], kernel, kernel_z, hour, targets, counts[i]
            )


@compiled
def count_particle(
    x: float,
    y: float,
    z: float,
    share: float,
    kernel: float,
    kernel_z: float,
    hour: int,
    targets: Targets,
    counts: Singles,
) -> None:
    """Add a particle's time [s] times weight to the targets within reach of its kernels [m⁻³].

    Horizontally (2 / π R²)(1 - r²/R²) with R² = 6 (kernel² + σ²), vertically (3 / 4 R)(1 - u²) with
    R² = 5 (kernel_z² + σ_z²), mirrored at the ground: the kernels of Epanechnikov (1969,
    doi:10.1137/1114019) with the variance of kernel and target together.
    """
    column = int(math.floor((x - targets.bin_place[0]) / targets.bin_place[2]))
    row = int(math.floor((y - targets.bin_place[1]) / targets.bin_place[2]))
    if column < 0 or row < 0 or column >= targets.bin_count[0] or row >= targets.bin_count[1]:
        return
    bin_number = row * targets.bin_count[0] + column
    for item in range(targets.bin_start[bin_number], targets.bin_start[bin_number + 1]):
        blob = targets.bin_item[item]
        dx, dy = x - targets.x[blob], y - targets.y[blob]
        target = targets.target[blob]
        wide = targets.across[hour, target]
        reach = 6.0 * (kernel * kernel + targets.sigma[blob] * targets.sigma[blob] + wide * wide)
        gap = dx * dx + dy * dy
        if gap >= reach:
            continue
        across = 2.0 / (math.pi * reach) * (1.0 - gap / reach) * targets.share[blob]
        for layer in range(targets.weight.shape[2]):
            part = targets.weight[hour, target, layer]
            if part <= 0.0:
                continue
            spread = targets.spread[hour, target, layer]
            middle = targets.height[hour, target, layer]
            reach_z = math.sqrt(5.0 * (kernel_z * kernel_z + spread * spread))
            density = 0.0
            above = (z - middle) / reach_z
            if abs(above) < 1.0:
                density += 1.0 - above * above
            below = (z + middle) / reach_z
            if below < 1.0:
                density += 1.0 - below * below
            counts[target] += share * across * part * 0.75 / reach_z * density


@compiled
def settle(counts: Singles, total: Singles, sums: Floats, squares: Floats, lag: int) -> None:
    """Sums over particles of what each has counted since the last settling, put to a lag."""
    place = min(lag, sums.shape[0] - 1)
    for i in range(counts.shape[0]):
        for target in range(counts.shape[1]):
            value = float(counts[i, target])
            if value != 0.0:
                sums[place, target] += value
                squares[place, target] += value * value
                total[i, target] += value
                counts[i, target] = 0.0


@compiled
def remap(before: Singles, after: Singles, top: float, state: Any, weight: Any) -> None:
    """Stretched heights in the table of the next segment; heights and normalised velocities stay."""
    for i in range(weight.size):
        if weight[i] > 0.0:
            height = height_at(before, float(state[i, 2]))
            state[i, 2] = min(stretched_at(after, height), top)


@compiled
def thin(weight: Any, words: Words) -> None:
    """Every particle goes on with half the chance and twice the weight."""
    for i in range(weight.size):
        if weight[i] > 0.0:
            word, a, b, c, count = draw(words[i, 0], words[i, 1], words[i, 2], words[i, 3])
            words[i, 0], words[i, 1], words[i, 2], words[i, 3] = a, b, c, count
            if word & np.uint32(0x80000000):
                weight[i] = weight[i] + weight[i]
            else:
                weight[i] = weight[i] - weight[i]
