"""Laws of the random walk that makes the truth of the calm days."""

import math

import numba
import numpy as np
import pandas as pd
import pytest

from sootprint.synthetic import calm_air, calm_release, calm_vertical, calm_walk
from sootprint.synthetic.calm_air import (
    COLUMNS,
    LENGTH,
    LENGTH_ABOVE,
    LID,
    SIGMA_ABOVE,
    SIGMA_MEANDER,
    SIGMA_V,
    SIGMA_W,
)

AMPLITUDES = (0.12, 0.1, -0.1, 0.09, 0.12)


def still_row(lid=100.0, *, sigma=0.09, length=6.0, sigma_v=0.18, meander=0.16):
    row = np.zeros(COLUMNS)
    row[LID], row[SIGMA_W], row[LENGTH] = lid, sigma, length
    row[SIGMA_ABOVE], row[LENGTH_ABOVE], row[SIGMA_V], row[SIGMA_MEANDER] = 0.02, 0.3, sigma_v, meander
    return row


def still_air(hours, rows=None):
    table = np.tile(still_row(), (hours * 12, 1)) if rows is None else rows
    return calm_air.CalmAir(
        table, 0, table[:, LID].reshape(-1, 12).mean(axis=1), np.zeros(len(table), complex)
    )


def stack(height, hours, *, sigma_y=20.0):
    levels = np.full(hours, float(height))
    thick = np.full(hours, 5.0)
    return calm_release.Release(
        levels, levels, np.zeros(hours), thick, thick, np.full(hours, sigma_y), np.zeros((1, 2)), 0
    )


@numba.njit(cache=True)
def heights(rows, n, step_s, langevin, start, seed):
    made = np.empty(n)
    for i in range(n):
        state = calm_vertical.following(calm_vertical.seeded(seed, i, 1, 1))
        z = start * calm_vertical.uniform(state) if start > 0.0 else -start
        state, omega, _ = calm_vertical.normals(state)
        for row in rows:
            if langevin:
                state, z, omega, _ = calm_vertical.langevin(state, z, omega, step_s, 0.0, row, 0.04)
            else:
                state, z, _ = calm_vertical.diffuse(state, z, step_s, 0.0, row, 0.04)
        made[i] = z
    return made


def layers_are_full(made, top, edges):
    found = np.histogram(made, edges)[0]
    expected = len(made) * np.diff(edges) / top
    assert np.abs((found - expected) / np.sqrt(expected)).max() < 4.0


@pytest.mark.parametrize(
    ("lid", "sigma", "length"), [(35.0, 0.09, 2.1), (120.0, 0.09, 7.2), (400.0, 0.45, 60.0)]
)
def test_what_is_well_mixed_stays_so_by_diffusion(lid, sigma, length):
    rows = np.tile(still_row(lid, sigma=sigma, length=length), (60, 1))
    top = calm_vertical.CEILING_M
    made = heights(rows, 60_000, 240.0, False, top, 3)
    layers_are_full(made, top, np.linspace(0.0, 1.5 * lid, 11))


def test_what_is_well_mixed_stays_so_by_the_langevin_equation():
    rows = np.tile(still_row(400.0, sigma=0.45, length=60.0), (40, 1))
    top = calm_vertical.CEILING_M
    made = heights(rows, 20_000, 20.0, True, top, 5)
    layers_are_full(made, top, np.linspace(0.0, 600.0, 11))


def test_what_is_well_mixed_stays_so_while_the_lid_collapses():
    rows = [still_row(lid, sigma=0.09 + lid / 1200.0, length=0.1 * lid) for lid in np.geomspace(400, 60, 40)]
    top = calm_vertical.CEILING_M
    made = heights(np.array(rows), 60_000, 240.0, False, top, 7)
    layers_are_full(made, top, np.linspace(0.0, 600.0, 11))


def test_without_its_drift_the_walk_piles_up_where_it_is_slow():
    @numba.njit
    def mutant(row, n):
        made = np.empty(n)
        for i in range(n):
            state = calm_vertical.following(calm_vertical.seeded(9, i, 1, 1))
            z = 600.0 * calm_vertical.uniform(state)
            for _ in range(2000):
                s, _, mixing, _ = calm_air.turbulence_at(z, 400.0, 0.45, 60.0, 0.02, 0.3)
                state = calm_vertical.following(state)
                noise = math.sqrt(12.0) * (calm_vertical.uniform(state) - 0.5)
                z = abs(z + math.sqrt(2.0 * s * mixing * 10.0) * noise)
            made[i] = z
        return made

    found = np.histogram(mutant(still_row(), 4000), np.linspace(0.0, 400.0, 5))[0]
    assert found[0] > 2 * found[2]


def test_vertical_spread_after_taylor_in_homogeneous_turbulence():
    sigma, length, lid = 0.2, 5.0, 1400.0
    row = still_row(lid, sigma=sigma, length=length)
    middle = 700.0
    mixing = calm_air.turbulence_at(middle, lid, sigma, length, 0.02, 0.3)[2]
    time = mixing / sigma
    for steps in (1, 3, 30):
        made = heights(np.tile(row, (steps, 1)), 20_000, 20.0, True, -middle, 11)
        t = 20.0 * steps
        variance = 2.0 * sigma**2 * time * (t - time * (1.0 - math.exp(-t / time)))
        assert made.mean() == pytest.approx(middle, abs=4.0 * math.sqrt(variance / len(made)))
        assert made.var() == pytest.approx(variance, rel=0.06)
    long = heights(np.tile(row, (30, 1)), 20_000, 20.0, False, -middle, 12)
    assert long.var() == pytest.approx(2.0 * sigma * mixing * 600.0, rel=0.04)


def test_cloud_grows_after_taylor():
    life = calm_walk.ageing()
    t = np.cumsum(life.step)
    assert t[-1] == calm_walk.AGE_LIMIT_H * 3600.0
    big = calm_walk.TIME_V_S
    k = int(np.searchsorted(t, 3600.0))
    exact = 2.0 * big * (t[k] - big * (1.0 - math.exp(-t[k] / big)))
    assert life.small[: k + 1].sum() == pytest.approx(exact, rel=0.002)
    p, q = calm_air.meander_scales()
    assert 2.0 * math.pi / q == pytest.approx(1530.6, abs=0.1)
    pole = complex(p, q)
    exact = 2.0 * (t[k] / pole - (1.0 - np.exp(-pole * t[k])) / pole**2).real
    assert life.meander[: k + 1].sum() == pytest.approx(exact, rel=0.01)
    assert life.meander[-1] / life.step[-1] == pytest.approx(2.0 * p / (p * p + q * q), rel=1e-6)


def test_basin_flow_is_free_of_divergence():
    rng, largest = np.random.default_rng(1), 0.0
    for _ in range(200):
        x, y = rng.uniform(-14_000, 22_000), rng.uniform(-10_000, 11_000)
        z, lid = rng.uniform(1.0, 140.0), 100.0
        if abs(z - lid) < 1.0:
            continue

        def flow(dx=0.0, dy=0.0, dz=0.0, place=(x, y, z), lid=lid):
            return calm_air.basin_flow(place[0] + dx, place[1] + dy, place[2] + dz, *AMPLITUDES, lid)

        parts = (
            (flow(dx=5.0)[0] - flow(dx=-5.0)[0]) / 10.0,
            (flow(dy=5.0)[1] - flow(dy=-5.0)[1]) / 10.0,
            (flow(dz=0.01)[2] - flow(dz=-0.01)[2]) / 0.02,
        )
        assert abs(sum(parts)) < 1e-8
        largest = max(largest, *map(abs, parts))
    assert 1e-5 < largest < 1e-3


def test_basin_flow_rests_at_the_rim_and_lifts_nothing_through_ground_and_lid():
    east, north = calm_air.AXIS_EAST, calm_air.AXIS_NORTH
    x = calm_air.CENTRE_X_M + calm_air.HALF_LENGTH_M * east
    y = calm_air.CENTRE_Y_M + calm_air.HALF_LENGTH_M * north
    assert np.allclose(calm_air.basin_flow(x, y, 10.0, *AMPLITUDES, 100.0), 0.0)
    for z in (0.0, 100.0):
        assert calm_air.basin_flow(3000.0, 2000.0, z, *AMPLITUDES, 100.0)[2] == 0.0
    middle = calm_air.basin_flow(
        calm_air.CENTRE_X_M, calm_air.CENTRE_Y_M, 30.0, 0.0, 0.0, 0.0, 0.0, 0.12, 100.0
    )
    assert 0.0 < middle[2] < 0.002


def test_largest_speed_of_a_gyre_is_its_amplitude():
    across = np.linspace(-1.0, 1.0, 2001) * calm_air.HALF_WIDTH_M
    x = calm_air.CENTRE_X_M - across * calm_air.AXIS_NORTH
    y = calm_air.CENTRE_Y_M + across * calm_air.AXIS_EAST
    speed = [
        math.hypot(*calm_air.basin_flow(a, b, 1e9, 0.2, 0.0, 0.0, 0.0, 0.0, 100.0)[:2])
        for a, b in zip(x, y, strict=True)
    ]
    assert max(speed) == pytest.approx(0.2, rel=1e-4)


def test_no_mass_is_lost_and_the_same_seed_gives_the_same_bytes_at_any_number_of_threads():
    air = still_air(12)
    receptors = np.array([[0.0, 0.0], [300.0, 0.0]])
    options = {"walkers_per_hour": 16, "release_hours": 12, "first_seen_hour": 2}
    one = calm_walk.walk(stack(30.0, 12), receptors, air, seed=4, **options)
    assert sum(one.fate.values()) == pytest.approx(12 * 3600.0, rel=1e-12)
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    again = calm_walk.walk(stack(30.0, 12), receptors, air, seed=4, **options)
    numba.set_num_threads(before)
    assert one.operator.tobytes() == again.operator.tobytes()
    assert one.members.tobytes() == again.members.tobytes()
    other = calm_walk.walk(stack(30.0, 12), receptors, air, seed=5, **options)
    assert other.operator.tobytes() != one.operator.tobytes()
    assert np.allclose(one.members.mean(axis=0), one.operator.sum(axis=1))


def test_still_air_holds_what_was_released():
    """Concentration over a grid that covers the whole cloud, times the volume of its layer."""
    hours, cell = 6, 100.0
    side = np.arange(-4000.0, 4000.0 + cell, cell)
    receptors = np.array([(a, b) for a in side for b in side])
    source = stack(30.0, hours)
    made = calm_walk.walk(
        source, receptors, still_air(hours), seed=1, walkers_per_hour=32, release_hours=1, first_seen_hour=0
    )
    column = made.operator[4, 4].sum() * cell**2 * 100.0
    assert column == pytest.approx(3600.0, rel=0.15)


def test_smoke_above_the_lid_is_unseen_until_the_lid_breaks():
    hours = 14
    lids = np.interp(np.arange(hours * 12) / 12.0, [8.0, 11.0], [80.0, 420.0])
    rows = np.array(
        [
            still_row(lid, sigma=0.09 if lid < 90 else 0.4, length=(0.06 if lid < 90 else 0.15) * lid)
            for lid in lids
        ]
    )
    receptors = np.array([[0.0, 0.0], [500.0, 300.0]])
    made = calm_walk.walk(
        stack(260.0, hours),
        receptors,
        still_air(hours, rows),
        seed=2,
        walkers_per_hour=64,
        release_hours=hours,
        first_seen_hour=0,
    )
    at_ground = made.operator.sum(axis=1).mean(axis=1)
    assert at_ground[:8].max() < 1e-3 * at_ground[11:].min()
    night_smoke = made.operator[12, 5:].sum()
    assert night_smoke > 0.3 * made.operator[12].sum()


def test_rise_at_its_printed_numbers():
    one = np.array([1.0])
    assert calm_release.stable_rise(100.0, one, 0.02)[0] == pytest.approx(163.8, abs=0.05)
    assert calm_release.stable_rise(100.0, 1e-6 * one, 0.02)[0] == pytest.approx(297.3, abs=0.05)
    assert calm_release.neutral_rise(100.0, 5.0 * one)[0] == pytest.approx(122.7, abs=0.05)


def test_a_plume_goes_through_a_low_lid_and_stays_under_a_high_one():
    row = pd.Series(
        {
            "kind": "point", "lon": 82.62, "lat": 49.95, "height_m": 100.0, "diameter_m": 3.0,
            "exit_velocity_m_s": 12.0, "exit_temperature_k": 343.0,
        }
    )  # fmt: skip
    lid = np.array([60.0, 130.0, 500.0, 2000.0])
    made = calm_release.release(row, lid, np.full(4, 0.2), np.full(4, 263.0))
    assert made.aloft[0] == 1.0
    assert made.aloft[3] == 0.0
    assert (np.diff(made.aloft) <= 0.0).all()
    assert (made.high >= 1.2 * lid).all()
    assert (made.low[1:] < lid[1:]).all()
