"""Basis of a terrain: linearity, hours, files, nested grids."""

import numpy as np
import pandas as pd
import pytest

from sootprint.core.errors import InputError
from sootprint.weather import (
    FirstGuessOptions,
    Situation,
    SlopeFlow,
    TerrainGrid,
    WindBasis,
    WindSite,
    blocked_situation,
    make_basis,
    wind_at,
)
from sootprint.weather.terrain_wind import FirstGuess, basis_hash, divergence
from sootprint.weather.terrain_wind.basis import situation_adjuster
from sootprint.weather.terrain_wind.patterns import first_guess

LEVELS = np.array([0.0, 4.0, 10.0, 20.0, 35.0, 60.0, 100.0, 160.0, 260.0, 420.0, 700.0])
OPTIONS = FirstGuessOptions(nodes_m=(10.0, 60.0, 300.0))
SITES = (
    WindSite("town", 250.0, -800.0, highest_m=60.0),
    WindSite("ridge", 1900.0, 1500.0, highest_m=60.0),
    WindSite("column", 500.0, -600.0, kind="profile", lowest_m=50.0, highest_m=2000.0),
)
SITUATIONS = (
    Situation("neutral"),
    blocked_situation(0.7, obukhov_length=60.0),
    blocked_situation(0.5, obukhov_length=20.0, pool_depth_m=20.0),
    blocked_situation(0.5, obukhov_length=20.0, pool_depth_m=60.0),
)


def valley(cell=200.0, *, half=2400.0, levels=LEVELS):
    middle = np.arange(-half + 0.5 * cell, half, cell)
    x, y = np.meshgrid(middle, middle)
    ground = 300.0 + 250.0 * (1.0 - np.exp(-(((x + 0.3 * y) / 1100.0) ** 2))) + 40.0 * np.sin(y / 500.0)
    return TerrainGrid(-half, -half, cell, ground, levels)


@pytest.fixture(scope="module")
def basis():
    return make_basis(valley(), SITES, SITUATIONS, options=OPTIONS)


def hour(n):
    return pd.Timestamp("2026-01-10") + pd.Timedelta(hours=n)


def readings(*rows):
    names = ["time_start", "site_id", "height_m", "wind_speed", "wind_from_direction"]
    return pd.DataFrame([(hour(n), *rest) for n, *rest in rows], columns=names)


def one_hour(n=0, speed=1.0):
    return [
        (n, "town", 10.0, 0.8 * speed, 120.0),
        (n, "ridge", 10.0, 3.0 * speed, 250.0),
        (n, "column", 60.0, 2.0 * speed, 230.0),
        (n, "column", 300.0, 6.0 * speed, 260.0),
    ]


STILL = [
    (0, name, height, 0.0, np.nan) for name, height in (("town", 10.0), ("ridge", 10.0), ("column", 90.0))
]


def air(count=1, **columns):
    base = {"obukhov_length": np.inf, "froude": np.inf, "pool_depth_m": np.nan, "sensible_heat_flux": 0.0}
    return pd.DataFrame({"time_start": [hour(n) for n in range(count)], **base, **columns})


def test_sum_of_the_basis_is_the_direct_solution(basis):
    rng = np.random.default_rng(1)
    space = basis.space
    for s in range(len(SITUATIONS)):
        mine = [n for n, pattern in enumerate(space.patterns) if pattern.situation == s]
        weights = np.zeros(len(space.patterns))
        weights[mine] = rng.normal(size=len(mine))
        guesses = [first_guess(space, basis.grid, space.patterns[n]) for n in mine]
        whole = FirstGuess(
            *(
                sum(weights[n] * part for n, part in zip(mine, parts, strict=True))
                for parts in zip(*guesses, strict=True)
            )
        )
        direct = situation_adjuster(space, basis.grid, s).adjust(whole)
        fields = basis.fields(weights)
        scale = max(np.abs(direct.u).max(), np.abs(direct.v).max())
        assert np.abs(fields.u[0] - direct.u).max() < 1e-5 * scale
        assert np.abs(fields.v[0] - direct.v).max() < 1e-5 * scale
        assert np.abs(fields.w[0] - direct.w).max() < 1e-5 * scale


def test_every_hour_is_free_of_divergence(basis):
    rows = [row for n in range(4) for row in one_hour(n, speed=1.0 + n)]
    table = air(
        4,
        obukhov_length=[np.inf, 50.0, 20.0, -30.0],
        froude=[np.inf, 0.8, 0.4, np.inf],
        pool_depth_m=[np.nan, 10.0, 35.0, np.nan],
        sensible_heat_flux=[0.0, -20.0, -30.0, 150.0],
    )
    made = basis.hours(readings(*rows), table)
    fields = basis.fields(made.weights)
    speed = np.abs(fields.u).max()
    assert np.abs(divergence(fields, basis.grid)).max() < min(1e-4, 1e-5 * speed / basis.grid.cell_m)
    assert basis.divergence.max() < 1e-7
    assert not fields.w[:, 0].any()
    assert fields.u.dtype == np.float32
    nz, ny, nx = basis.grid.shape
    assert fields.u.shape == (4, nz, ny, nx + 1)
    assert fields.v.shape == (4, nz, ny + 1, nx)
    assert fields.w.shape == (4, nz + 1, ny, nx)


def test_an_hour_of_nothing_is_exactly_nothing(basis):
    calm = readings(
        *((0, site, 10.0 if site != "column" else 100.0, 0.0, np.nan) for site in ("town", "ridge", "column"))
    )
    for pool in (np.nan, 20.0):
        made = basis.hours(calm, air(pool_depth_m=pool, obukhov_length=15.0, froude=0.0))
        assert not any(part.any() for part in basis.fields(made.weights))
    assert made.hours["missing_sites"].isna().all()


def test_a_tenth_of_a_metre_a_second_is_a_wind(basis):
    light = basis.fields(basis.hours(readings(*one_hour(speed=0.1)), air()).weights)
    full = basis.fields(basis.hours(readings(*one_hour(speed=1.0)), air()).weights)
    assert np.abs(light.u).max() > 0.0
    np.testing.assert_allclose(light.u, 0.1 * full.u, atol=1e-6)


def test_pool_is_calm_under_a_wind(basis):
    rows = [(0, "town", 10.0, 0.0, np.nan), *one_hour()[1:]]
    made = basis.hours(readings(*rows), air(pool_depth_m=20.0, obukhov_length=20.0, froude=0.4))
    fields = basis.fields(made.weights)
    town = wind_at(fields, basis.grid, [250.0, 250.0], [-800.0, -800.0], [3.0, 200.0])
    assert np.hypot(town.u, town.v)[0, 0] < 0.1
    assert np.hypot(town.u, town.v)[0, 1] > 2.0


def test_sites_are_matched_by_rounds(basis):
    apart = []
    for rounds in (0, 1, 4):
        table = basis.hours(readings(*one_hour()), air(), match_rounds=rounds).sites
        apart.append(
            np.hypot(
                table["eastward_wind"] - table["modelled_eastward_wind"],
                table["northward_wind"] - table["modelled_northward_wind"],
            ).max()
        )
    assert apart[2] < apart[1] < apart[0]
    assert apart[2] < 0.05


def test_given_winds_are_the_readings(basis):
    table = basis.hours(readings(*one_hour()), air()).sites.set_index(["site_id", "height_m"])
    assert table.loc[("ridge", 10.0), "eastward_wind"] == pytest.approx(3.0 * np.sin(np.radians(70.0)))
    assert table.loc[("ridge", 10.0), "northward_wind"] == pytest.approx(3.0 * np.cos(np.radians(70.0)))
    assert len(table) == 4


def test_modelled_winds_are_those_of_the_field(basis):
    rows = [(0, "ridge", 7.0, 3.0, 250.0), *one_hour()[2:]]
    made = basis.hours(readings(*rows), air())
    assert 7.0 in basis.grid.middles
    found = wind_at(basis.fields(made.weights), basis.grid, [SITES[1].x], [SITES[1].y], [7.0])
    row = made.sites.set_index(["site_id", "height_m"]).loc[("ridge", 7.0)]
    assert row["modelled_eastward_wind"] == pytest.approx(found.u[0, 0], abs=1e-5)
    assert row["modelled_northward_wind"] == pytest.approx(found.v[0, 0], abs=1e-5)


def test_a_missing_site_is_stood_in_for_and_named(basis):
    rows = [*one_hour(0)[1:], *one_hour(1)]
    made = basis.hours(readings(*rows), air(2))
    assert made.hours["missing_sites"].fillna("").tolist() == ["town", ""]
    town = [
        n for n, p in enumerate(basis.space.patterns) if p.source == 0 and p.situation == 0 and p.node == 0
    ]
    ridge = [
        n for n, p in enumerate(basis.space.patterns) if p.source == 1 and p.situation == 0 and p.node == 0
    ]
    # Only the ridge is left near the ground: its wind is taken.
    np.testing.assert_allclose(made.weights[0, town], made.weights[0, ridge])


def test_an_hour_without_wind_is_left_out_and_listed(basis):
    made = basis.hours(readings(*one_hour(1)), air(3))
    assert list(made.time_start) == [hour(1)]
    assert list(made.without_wind) == [hour(0), hour(2)]
    assert len(made.hours) == 1


def test_slope_winds_need_a_heat_flux(basis):
    calm = readings(
        *((0, name, 10.0, 0.0, np.nan) for name in ("town", "ridge")), (0, "column", 100.0, 0.0, np.nan)
    )
    night = basis.fields(basis.hours(calm, air(sensible_heat_flux=-30.0)).weights)
    eight = basis.fields(basis.hours(calm, air(sensible_heat_flux=-240.0)).weights)
    assert 0.1 < np.abs(night.u).max() < 5.0
    np.testing.assert_allclose(eight.u, 2.0 * night.u, rtol=1e-5, atol=1e-6)


def test_saved_basis_comes_back(basis, tmp_path):
    path = tmp_path / "basis.npz"
    basis.save(path)
    back = WindBasis.load(path, inputs_hash=basis_hash(valley(), SITES, SITUATIONS, options=OPTIONS))
    assert back.space.patterns == basis.space.patterns
    assert (back.space.sites, back.space.situations, back.space.options) == (SITES, SITUATIONS, OPTIONS)
    first, second = (one.hours(readings(*one_hour()), air()).weights for one in (basis, back))
    assert first.tobytes() == second.tobytes()
    for a, b in zip(basis.fields(first), back.fields(second), strict=True):
        assert a.tobytes() == b.tobytes()
    with pytest.raises(InputError, match="other inputs"):
        WindBasis.load(path, inputs_hash=basis_hash(valley(), SITES[:2], SITUATIONS, options=OPTIONS))
    (tmp_path / "other.npz").write_bytes(b"nothing")
    with pytest.raises(InputError, match="not a saved wind basis"):
        WindBasis.load(tmp_path / "other.npz")


def test_threads_do_not_change_a_byte(basis):
    weights = np.random.default_rng(3).normal(size=(3, len(basis.space.patterns)))
    one, three = basis.fields(weights, threads=1), basis.fields(weights, threads=3)
    for a, b in zip(one, three, strict=True):
        assert a.tobytes() == b.tobytes()


def test_finer_grid_takes_up_the_wind_of_the_coarser():
    options = FirstGuessOptions(nodes_m=(10.0, 300.0), slope_flow=SlopeFlow())
    outer = make_basis(valley(), SITES, SITUATIONS[:1], options=options)
    fine = valley(cell=100.0, half=1200.0)
    inner = make_basis(fine, SITES, SITUATIONS[:1], options=options, outer=outer)
    made = outer.hours(readings(*one_hour()), air(sensible_heat_flux=-20.0))
    x, y = np.meshgrid(np.linspace(-900.0, 900.0, 7), np.linspace(-900.0, 900.0, 7))
    for height in (30.0, 300.0):
        coarse, finer = (
            wind_at(one.fields(made.weights), one.grid, x.ravel(), y.ravel(), np.full(x.size, height))
            for one in (outer, inner)
        )
        apart = np.hypot(coarse.u - finer.u, coarse.v - finer.v)
        assert np.sqrt((apart**2).mean()) < 0.12 * np.hypot(coarse.u, coarse.v).mean()
    fields = inner.fields(made.weights)
    assert np.abs(divergence(fields, fine)).max() < 1e-5 * np.abs(fields.u).max() / fine.cell_m
    table = inner.hours(readings(*one_hour()), air()).sites.set_index("site_id")
    assert np.isnan(table.loc["ridge", "modelled_eastward_wind"])
    with pytest.raises(InputError, match="other sites"):
        make_basis(fine, SITES[:2], SITUATIONS[:1], options=options, outer=outer)
    with pytest.raises(InputError, match="not inside"):
        make_basis(valley(half=3000.0), SITES, SITUATIONS[:1], options=options, outer=outer)


@pytest.mark.parametrize(
    ("rows", "state", "message"),
    [
        ([], {}, "no hour has a wind"),
        ([(0, "nowhere", 10.0, 1.0, 90.0)], {}, "nowhere"),
        ([(0, "town", 10.0, 1.0, np.nan)], {}, "a direction where it is above 0"),
        ([(0, "town", 10.0, -1.0, 90.0)], {}, "0 or more"),
        ([(0, "town", 0.0, 1.0, 90.0)], {}, "above 0"),
        ([(0, "town", 10.0, 1.0, 90.0)] * 2, {}, "two readings"),
        (one_hour(), {"obukhov_length": np.nan}, "Obukhov"),
        (one_hour(), {"pool_depth_m": 90.0}, "deepest pool"),
        (one_hour(), {"froude": -1.0}, "Froude"),
    ],
)
def test_faults_are_named(basis, rows, state, message):
    with pytest.raises(InputError, match=message):
        basis.hours(readings(*rows), air(**state))


def test_faulty_weights_are_named(basis):
    with pytest.raises(InputError, match="in a row"):
        basis.fields([[1.0, 2.0]])
    with pytest.raises(InputError, match="not finite"):
        basis.fields(np.full((1, len(basis.space.patterns)), np.nan))
