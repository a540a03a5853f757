"""Laws of the mass-consistent adjustment."""

import numpy as np
import pytest

from sootprint.core.errors import InputError, SootprintError
from sootprint.weather.terrain_wind import Adjuster, FirstGuess, TerrainGrid, WindFields, divergence, wind_at
from sootprint.weather.terrain_wind.adjustment import relative_vertical

LEVELS = np.array([0.0, 4.0, 10.0, 20.0, 40.0, 80.0, 150.0, 260.0, 420.0, 700.0, 1100.0])


def rough_ground(rows, columns, *, height, seed):
    """Hills of many sizes."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :columns]
    ground = np.zeros((rows, columns))
    for _ in range(30):
        row, column, width = rng.uniform(0, rows), rng.uniform(0, columns), rng.uniform(1.5, 8.0)
        ground += rng.normal() * width * np.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * width**2))
    return height * (ground - ground.min()) / np.ptp(ground)


def guess(grid, east=1.0, north=0.0, shape=None):
    nz, ny, nx = grid.shape
    shape = np.ones(nz) if shape is None else shape
    return FirstGuess(
        east * shape[:, None, None] * np.ones((nz, ny, nx + 1)),
        north * shape[:, None, None] * np.ones((nz, ny + 1, nx)),
        np.zeros((nz + 1, ny, nx)),
    )


def in_space(grid, made):
    """Vertical wind in space of a wind relative to the ground."""
    still = FirstGuess(made.u, made.v, np.zeros_like(made.w))
    return made.w - relative_vertical(grid, still)


def stored(wind):
    return WindFields(*(np.asarray(part[None], np.float32) for part in wind[:3]))


@pytest.mark.parametrize("anisotropy", [2.0, 1.0, 0.1])
def test_uniform_flow_over_flat_ground_is_untouched(anisotropy):
    grid = TerrainGrid(0.0, 0.0, 150.0, np.full((11, 14), 280.0), LEVELS)
    first = guess(grid, 3.0, -1.5, shape=np.log1p(grid.middles))
    made = Adjuster(grid, anisotropy=anisotropy).adjust(first)
    assert made.iterations == 0
    assert np.array_equal(made.u, first.u)
    assert np.array_equal(made.v, first.v)
    assert np.abs(made.w).max() < 1e-11


def test_air_at_rest_stays_at_rest():
    grid = TerrainGrid(0.0, 0.0, 200.0, rough_ground(16, 16, height=400.0, seed=1), LEVELS)
    made = Adjuster(grid).adjust(guess(grid, 0.0, 0.0))
    assert not any(part.any() for part in made[:3])


@pytest.mark.parametrize("anisotropy", [1.0, 0.5])
def test_hill_is_passed_as_in_potential_flow(anisotropy):
    """Linear theory: h = H (1 + r²/a²)^−3/2 has φ = U H a² x / R³, R² = (a + z)² + r².

    With another anisotropy z, and H in φ, are over αh/αv.
    """
    wide, height, speed = 1000.0, 20.0, 5.0
    errors, crests = [], []
    for cells, layers in ((48, 20), (80, 32)):
        cell = 10.0 * wide / cells
        levels = 6.0 * wide * anisotropy * np.linspace(0.0, 1.0, layers + 1) ** 1.5
        middle = cell * (np.arange(cells) + 0.5) - 5.0 * wide
        x, y = np.meshgrid(middle, middle)
        ground = height * (1.0 + (x**2 + y**2) / wide**2) ** -1.5
        grid = TerrainGrid(-5.0 * wide, -5.0 * wide, cell, ground, levels)
        made = Adjuster(grid, anisotropy=anisotropy).adjust(guess(grid, speed))
        place_x, place_y, place_z = np.meshgrid(
            np.array([-1500.0, -500.0, 0.0, 800.0]), np.array([0.0, 600.0]), np.array([100.0, 600.0])
        )
        # In the middle of cells, where the interpolation is exact, and of layers.
        i = np.floor((place_x.ravel() + 5 * wide) / cell).astype(int)
        j = np.floor((place_y.ravel() + 5 * wide) / cell).astype(int)
        k = np.searchsorted(grid.levels, place_z.ravel()) - 1
        px, py, pz = grid.x[i], grid.y[j], grid.middles[k]
        stretched = wide + pz / anisotropy
        radius = np.sqrt(stretched**2 + px**2 + py**2)
        strength = speed * height / anisotropy * wide**2
        found = wind_at(stored(made), grid, px, py, pz)
        expected_u = strength * (1.0 / radius**3 - 3.0 * px**2 / radius**5)
        expected_v = -3.0 * strength * px * py / radius**5
        scale = speed * height / (anisotropy * wide)
        errors.append(
            np.abs(np.stack([found.u[0] - speed - expected_u, found.v[0] - expected_v])).max() / scale
        )
        # Above the crest, at the face east of which it lies half a cell to the south.
        radius = np.hypot(wide + grid.middles[0] / anisotropy, 0.5 * cell)
        crests.append(made.u[0, cells // 2, cells // 2] - speed - strength / radius**3)
    assert np.abs(crests[1]) < 0.03 * scale
    assert np.abs(crests[1]) < 0.6 * np.abs(crests[0])
    assert errors[1] < 0.04
    assert errors[1] < errors[0]


def test_mirrored_ground_mirrors_the_wind():
    ground = rough_ground(15, 18, height=500.0, seed=2)
    east = TerrainGrid(0.0, 0.0, 200.0, ground, LEVELS)
    west = TerrainGrid(0.0, 0.0, 200.0, ground[:, ::-1], LEVELS)
    turned = TerrainGrid(0.0, 0.0, 200.0, ground.T, LEVELS)
    shape = np.log1p(east.middles / 0.5)
    plain = Adjuster(east, anisotropy=0.4).adjust(guess(east, 2.0, 0.7, shape))
    mirrored = Adjuster(west, anisotropy=0.4).adjust(guess(west, -2.0, 0.7, shape))
    exchanged = Adjuster(turned, anisotropy=0.4).adjust(guess(turned, 0.7, 2.0, shape))
    near = {"rtol": 0.0, "atol": 2e-5}
    np.testing.assert_allclose(mirrored.u, -plain.u[:, :, ::-1], **near)
    np.testing.assert_allclose(mirrored.v, plain.v[:, :, ::-1], **near)
    np.testing.assert_allclose(mirrored.w, plain.w[:, :, ::-1], **near)
    np.testing.assert_allclose(exchanged.u, plain.v.transpose(0, 2, 1), **near)
    np.testing.assert_allclose(exchanged.w, plain.w.transpose(0, 2, 1), **near)


@pytest.mark.parametrize("anisotropy", [3.0, 1.0, 0.3, 0.05])
def test_rough_ground_leaves_no_divergence(anisotropy):
    grid = TerrainGrid(0.0, 0.0, 100.0, rough_ground(30, 27, height=700.0, seed=3), LEVELS)
    assert np.abs(grid.face_slopes()[0]).max() > 0.5
    speed = 6.0
    made = Adjuster(grid, anisotropy=anisotropy).adjust(guess(grid, speed * 0.8, speed * 0.6))
    bar = 1e-5 * speed / grid.cell_m
    assert made.divergence < bar
    assert np.abs(divergence(stored(made), grid)).max() < bar < 1e-4
    assert not made.w[0].any()


def test_the_wind_at_the_ground_does_not_enter_it():
    """The adjustment stops the air that the first guess drives into a slope: what is left follows it."""
    grid = TerrainGrid(0.0, 0.0, 100.0, np.tile(30.0 * np.arange(24.0), (20, 1)), LEVELS)
    made = Adjuster(grid).adjust(guess(grid, 2.0))
    found = wind_at(stored(made), grid, [1200.0], [1000.0], [0.0])
    assert found.relative_w[0, 0] == 0.0
    assert found.w[0, 0] == pytest.approx(0.3 * found.u[0, 0])


def test_adjusted_wind_is_not_adjusted_further():
    """A wind that is free of divergence is its own nearest: the adjustment is a projection."""
    grid = TerrainGrid(0.0, 0.0, 200.0, rough_ground(14, 13, height=300.0, seed=4), LEVELS)
    first = guess(grid, 2.0, 1.0)
    adjuster = Adjuster(grid, anisotropy=0.5)
    made = adjuster.adjust(first, tolerance=1e-11)
    again = adjuster.adjust(FirstGuess(made.u, made.v, in_space(grid, made)), tolerance=1e-9)
    assert np.abs(again.u - made.u).max() < 1e-7
    assert np.abs(again.v - made.v).max() < 1e-7


def test_operator_and_preconditioner_are_symmetric_and_positive():
    from concurrent.futures import ThreadPoolExecutor

    from sootprint.weather.terrain_wind import kernels

    grid = TerrainGrid(0.0, 0.0, 120.0, rough_ground(13, 10, height=500.0, seed=5), LEVELS)
    rng = np.random.default_rng(5)
    give = 10.0 ** rng.uniform(-2.0, 0.0, grid.shape)
    for part in (None, give):
        adjuster = Adjuster(grid, anisotropy=0.3, give=part, threads=1)
        finest = adjuster._levels[0]
        a, b = rng.normal(size=(2, *finest.right.shape))
        made, sums = [], np.zeros(a.shape[0])
        for one in (a, b):
            out = np.empty_like(one)
            kernels.apply(one, finest.operator, out, sums, 0, one.shape[0])
            made.append(out)
        assert np.vdot(b, made[0]) == pytest.approx(np.vdot(a, made[1]), rel=1e-10)
        assert np.vdot(a, made[0]) > 0.0
        cycled = []
        with ThreadPoolExecutor(1) as pool:
            for one in (a, b):
                finest.right[:] = one
                adjuster._cycle(pool, 0)
                cycled.append(finest.potential.copy())
        assert np.vdot(b, cycled[0]) == pytest.approx(np.vdot(a, cycled[1]), rel=1e-8)
        assert np.vdot(a, cycled[0]) > 0.0


def test_threads_do_not_change_a_byte():
    grid = TerrainGrid(0.0, 0.0, 200.0, rough_ground(40, 35, height=500.0, seed=6), LEVELS)
    first = guess(grid, 2.0, -1.0)
    one, three = (Adjuster(grid, anisotropy=0.5, threads=n).adjust(first) for n in (1, 3))
    for a, b in zip(one[:3], three[:3], strict=True):
        assert a.tobytes() == b.tobytes()


def test_faults_are_named():
    grid = TerrainGrid(0.0, 0.0, 200.0, rough_ground(8, 8, height=500.0, seed=7), LEVELS)
    with pytest.raises(InputError, match="anisotropy"):
        Adjuster(grid, anisotropy=0.0)
    with pytest.raises(InputError, match="shape"):
        Adjuster(grid).adjust(FirstGuess(np.zeros(3), np.zeros(3), np.zeros(3)))
    broken = guess(grid)
    broken.u[0, 0, 0] = np.nan
    with pytest.raises(InputError, match="not finite"):
        Adjuster(grid).adjust(broken)
    with pytest.raises(SootprintError, match="after 1 iterations"):
        Adjuster(grid, anisotropy=0.05).adjust(guess(grid), most_iterations=1)
    ground = np.zeros((4, 4))
    ground[2, 1] = np.nan
    with pytest.raises(InputError, match="row 2, column 1"):
        TerrainGrid(0.0, 0.0, 200.0, ground, LEVELS)
    with pytest.raises(InputError, match="levels"):
        TerrainGrid(0.0, 0.0, 200.0, np.zeros((4, 4)), [5.0, 10.0, 20.0])
    with pytest.raises(InputError, match="outside the grid"):
        wind_at(stored(Adjuster(grid).adjust(guess(grid))), grid, [-1.0], [0.0], [1.0])
