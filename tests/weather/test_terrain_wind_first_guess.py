"""First guesses: profiles, shares of sites, slope winds, blocking, pools."""

import numpy as np
import pytest

from sootprint.core.constants import GRAVITY, HEAT_CAPACITY_DRY_AIR
from sootprint.core.errors import InputError
from sootprint.weather.terrain_wind import (
    Adjuster,
    FirstGuess,
    FirstGuessOptions,
    Situation,
    SlopeFlow,
    TerrainGrid,
    WindFields,
    WindSite,
    anisotropy_moussiopoulos1988,
    blocked_situation,
    drainage_speed,
    froude_number,
    upslope_speed,
    wind_at,
)
from sootprint.weather.terrain_wind.patterns import (
    DRAINAGE,
    UPSLOPE,
    Pattern,
    first_guess,
    first_guess_space,
    pool_give,
    share_above_pool,
)
from sootprint.weather.terrain_wind.profiles import hats, stability_correction, wind_shape
from sootprint.weather.terrain_wind.situations import situation_weights
from sootprint.weather.terrain_wind.slope_flow import crest_paths, unit_slope_flow, valley_rise

LEVELS = np.array([0.0, 4.0, 10.0, 20.0, 35.0, 60.0, 100.0, 160.0, 260.0, 420.0, 700.0])
OPTIONS = FirstGuessOptions(nodes_m=(10.0, 50.0, 300.0), slope_flow=None)


def hill_grid(height=400.0, *, cells=25, cell=200.0, wide=700.0):
    middle = cell * (np.arange(cells) + 0.5) - 0.5 * cells * cell
    x, y = np.meshgrid(middle, middle)
    ground = height * np.exp(-(x**2 + y**2) / (2.0 * wide**2))
    return TerrainGrid(-0.5 * cells * cell, -0.5 * cells * cell, cell, ground, LEVELS)


def basin_grid(*, cells=24, cell=150.0, rim=200.0):
    """Basin with a flat floor of 0 m and a rim all around."""
    middle = cell * (np.arange(cells) + 0.5) - 0.5 * cells * cell
    x, y = np.meshgrid(middle, middle)
    out = np.clip((np.hypot(x, y) - 700.0) / 700.0, 0.0, 1.0)
    return TerrainGrid(
        -0.5 * cells * cell, -0.5 * cells * cell, cell, rim * out * out * (3 - 2 * out), LEVELS
    )


def test_stability_correction_has_its_published_values():
    assert stability_correction(0.0) == 0.0
    # 0.7 + 0.75 (1 − 100/7) e^−0.35 + 0.75 · 100/7
    assert stability_correction(1.0) == pytest.approx(-4.3926, abs=2e-4)
    # Paulson (1970): x = (1 + 16)^1/4
    x = 17.0**0.25
    paulson = 2 * np.log((1 + x) / 2) + np.log((1 + x * x) / 2) - 2 * np.arctan(x) + np.pi / 2
    assert stability_correction(-1.0) == pytest.approx(paulson)


def test_neutral_profile_is_a_logarithm():
    shape = wind_shape([0.3, 3.0, 10.0, 500.0], obukhov_length=np.inf, roughness=0.5, top=100.0)
    assert shape[1:] == pytest.approx([np.log(6.0), np.log(20.0), np.log(200.0)])
    assert shape[0] == pytest.approx(0.1 * np.log(6.0))
    stable, unstable = (
        wind_shape(50.0, obukhov_length=length, roughness=0.5, top=100.0) for length in (20.0, -20.0)
    )
    assert stable > np.log(100.0) > unstable


def test_hats_share_a_height():
    shares = hats([1.0, 10.0, 20.0, 1000.0], [10.0, 40.0, 100.0])
    assert shares.sum(axis=0) == pytest.approx(1.0)
    assert shares[:, 0] == pytest.approx([1.0, 0.0, 0.0])
    assert shares[:, 2] == pytest.approx([0.5, 0.5, 0.0])
    assert shares[:, 3] == pytest.approx([0.0, 0.0, 1.0])


def test_drainage_is_that_of_its_formula():
    options = SlopeFlow()
    scale = options.air_density * HEAT_CAPACITY_DRY_AIR * options.air_temperature
    equilibrium = (30.0 * GRAVITY * 1000.0 * 0.1 / (scale * 0.08)) ** (1 / 3)
    grown = (1.0 - np.exp(-1000.0 * 0.08 / (0.05 * 100.0))) ** (1 / 3)
    assert drainage_speed(30.0, 1000.0, 100.0, 0.1, options) == pytest.approx(equilibrium * grown)
    assert drainage_speed(30.0, 1000.0, 100.0, 0.1, options) == pytest.approx(1.03, abs=0.005)
    assert drainage_speed(240.0, 1000.0, 100.0, 0.1, options) == pytest.approx(2.05, abs=0.01)
    assert upslope_speed(200.0, 100.0, options) == pytest.approx(1.13, abs=0.005)
    assert drainage_speed(30.0, 0.0, 0.0, 0.0, options) == 0.0
    # Friction eight times less: at most twice the speed.
    light = drainage_speed(30.0, 1000.0, 100.0, 0.1, SlopeFlow(drag=0.01))
    assert 1.5 < light / drainage_speed(30.0, 1000.0, 100.0, 0.1, options) < 2.0


def test_crest_is_found_along_the_slope():
    ground = np.tile(np.array([0.0, 10.0, 20.0, 30.0, 15.0, 0.0]), (4, 1))
    distance, drop = crest_paths(ground, 100.0)
    assert distance[1].tolist() == [300.0, 200.0, 100.0, 0.0, 100.0, 200.0]
    assert drop[1].tolist() == [30.0, 20.0, 10.0, 0.0, 15.0, 30.0]
    assert valley_rise(ground, 100.0)[2].tolist() == [0.0, 10.0, 20.0, 30.0, 15.0, 0.0]


def test_slope_winds_run_down_by_night_and_up_by_day():
    grid = hill_grid()
    slope_x, slope_y = grid.slopes()
    for upslope in (False, True):
        east, north, depth = unit_slope_flow(grid, SlopeFlow(), upslope=upslope)
        along = east * slope_x + north * slope_y
        assert ((along >= 0.0) if upslope else (along <= 0.0)).all()
        assert np.abs(along).max() > 0.0
        assert (depth >= 0.0).all()
        assert depth.max() <= 0.05 * 400.0


def test_drainage_follows_the_ground_and_stops_at_the_pool():
    grid = basin_grid()
    options = FirstGuessOptions(nodes_m=(10.0,), slope_flow=SlopeFlow())
    sites = [WindSite("rim", -1700.0, 0.0), WindSite("floor", 0.0, 0.0)]
    situations = [Situation("open"), Situation("pool", pool_depth_m=60.0)]
    space = first_guess_space(grid, sites, situations, options)
    assert sum(pattern.source == DRAINAGE for pattern in space.patterns) == 2
    assert sum(pattern.source == UPSLOPE for pattern in space.patterns) == 2
    opened = first_guess(space, grid, Pattern(0, DRAINAGE, -1, -1))
    closed = first_guess(space, grid, Pattern(1, DRAINAGE, -1, -1))
    from sootprint.weather.terrain_wind.adjustment import relative_vertical

    assert np.abs(relative_vertical(grid, opened)).max() < 1e-12
    in_pool = share_above_pool(space, grid, 1) == 0.0
    speed = np.abs(closed.u[:, :, 1:]) + np.abs(closed.u[:, :, :-1])
    assert np.abs(opened.u).max() > 0.0
    assert np.abs(closed.u).max() > 0.0
    assert not speed[in_pool].any()


def test_numbers_of_stability():
    assert froude_number(1.0, 0.02, 300.0) == pytest.approx(0.1667, abs=1e-4)
    assert froude_number(0.0, 0.02, 300.0) == 0.0
    assert np.isinf(froude_number(2.0, 0.0, 300.0))
    assert anisotropy_moussiopoulos1988([np.inf, 1.0, 0.5]) == pytest.approx([1.0, 0.4724, 0.1199], abs=1e-4)
    assert anisotropy_moussiopoulos1988(0.0) == 0.0


def test_situations_share_an_hour():
    situations = [
        Situation("neutral"),
        Situation("stable", anisotropy=0.25),
        Situation("thin", pool_depth_m=20.0),
        Situation("thick", pool_depth_m=60.0),
    ]
    with np.errstate(divide="ignore"):
        shares, beyond = situation_weights(
            situations, [1.0, 0.5, 0.0, 1.0, 0.5, 0.5], [np.nan, np.nan, np.nan, 20.0, 40.0, 10.0]
        )
    assert shares.sum(axis=1) == pytest.approx(1.0)
    assert shares[1] == pytest.approx([0.5, 0.5, 0.0, 0.0])
    assert shares[2] == pytest.approx([0.0, 1.0, 0.0, 0.0])
    assert beyond.tolist() == [False, False, True, False, False, False]
    assert shares[3] == pytest.approx([0.0, 0.0, 1.0, 0.0])
    assert shares[4] == pytest.approx([0.0, 0.0, 0.5, 0.5])
    assert shares[5] == pytest.approx([0.25, 0.25, 0.5, 0.0])
    with pytest.raises(InputError, match="pool of 80 m"):
        situation_weights(situations, [1.0], [80.0])


def test_sites_share_a_place():
    grid = hill_grid()
    sites = [WindSite("a", -2000.0, 0.0), WindSite("b", 2000.0, 0.0), WindSite("top", 0.0, 0.0)]
    flat, steep = Situation("flat", height_penalty=0.0), Situation("steep", height_penalty=50.0)
    space = first_guess_space(grid, sites, [flat, steep], OPTIONS)
    every = np.ones(3, bool)

    def at(situation, x, y, ground):
        return space.site_shares(situation, np.array([x]), np.array([y]), np.array([ground]), every)[:, 0]

    assert at(0, -2000.0, 0.0, 0.0) == pytest.approx([1.0, 0.0, 0.0], abs=1e-5)
    middle = at(0, 0.0, 2000.0, 0.0)
    assert middle == pytest.approx([0.25, 0.25, 0.5], abs=1e-4)
    # The site on the top counts little in the valley when stable.
    assert at(1, 0.0, 2000.0, 0.0)[2] < 0.03


def test_anemometers_give_way_to_profiles_aloft():
    grid = hill_grid()
    ground = WindSite("mast", -2000.0, 0.0, highest_m=60.0)
    column = WindSite("era", 2000.0, 0.0, kind="profile", lowest_m=100.0, highest_m=3000.0)
    both = first_guess_space(grid, [ground, column], [Situation("neutral")], OPTIONS)
    assert both.above[0].tolist() == [[True, True, False], [False, False, True]]
    alone = first_guess_space(grid, [ground], [Situation("neutral")], OPTIONS)
    assert alone.above[0].tolist() == [[True, True, True]]


def test_stable_air_goes_around_a_hill():
    grid = hill_grid()
    site = [WindSite("column", -2400.0, 0.0, kind="profile", highest_m=1000.0)]
    air = {
        "free": Situation("free", anisotropy=0.3),
        "blocked": Situation("blocked", anisotropy=0.3, froude=0.2),
    }
    around, crest, climbing = {}, {}, {}
    for name, situation in air.items():
        space = first_guess_space(grid, site, [situation], OPTIONS)
        parts = [first_guess(space, grid, Pattern(0, 0, node, 0)) for node in range(3)]
        guess = FirstGuess(*(sum(part) for part in zip(*parts, strict=True)))
        made = Adjuster(grid, anisotropy=situation.anisotropy).adjust(guess)
        fields = WindFields(*(part[None].astype(np.float32) for part in made[:3]))
        # On the windward flank the air is turned away from the hill: northward to the north of it.
        flank = wind_at(fields, grid, [-700.0], [500.0], [15.0])
        around[name] = flank.v[0, 0] / flank.u[0, 0]
        climbing[name] = flank.w[0, 0]
        crest[name] = wind_at(fields, grid, [0.0], [0.0], [15.0]).u[0, 0]
    assert around["blocked"] > 1.5 * around["free"] > 0.0
    assert climbing["blocked"] < 0.6 * climbing["free"]
    # Fr = 0.2: the uppermost fifth is passed over, as before.
    assert crest["blocked"] > 0.5 * crest["free"]


def test_pool_keeps_its_own_wind():
    """20 m of cold air on the floor of a basin: at rest under a wind, moving under still air."""
    grid = basin_grid()
    sites = [WindSite("floor", 0.0, 0.0), WindSite("above", 0.0, 200.0, kind="profile", highest_m=2000.0)]
    pool = blocked_situation(0.5, obukhov_length=20.0, pool_depth_m=20.0)
    space = first_guess_space(grid, sites, [pool], OPTIONS)
    assert space.below[0, :, 0].tolist() == [True, True]
    assert space.above[0, 0].tolist() == [False, False, False]
    adjuster = Adjuster(grid, anisotropy=pool.anisotropy, give=pool_give(space, grid, 0))
    in_pool = share_above_pool(space, grid, 0) == 0.0
    high = grid.middles > 100.0
    for moving, counted in (("above", space.above), ("below", space.below)):
        parts = [
            first_guess(space, grid, pattern)
            for pattern in space.patterns
            if pattern.component == 0 and counted[0, pattern.source, pattern.node]
        ]
        made = adjuster.adjust(FirstGuess(*(sum(part) for part in zip(*parts, strict=True))))
        middle = 0.5 * (made.u[:, :, 1:] + made.u[:, :, :-1])
        if moving == "above":
            assert middle[high].mean() > 0.8
            assert np.abs(made.u[:, :, 1:][in_pool]).max() < 0.02 * np.abs(made.u).max()
            assert np.abs(made.w[1:][in_pool]).max() < 0.002
        else:
            assert np.abs(middle[high]).max() < 0.05
            # 1 m/s at 10 m: between the middles of the layers at 7 and 15 m.
            assert middle[1, 12, 12] < 1.0 < middle[2, 12, 12]


def test_faults_are_named():
    grid = hill_grid()
    site = WindSite("a", 0.0, 0.0)
    with pytest.raises(InputError, match="outside the grid"):
        first_guess_space(grid, [WindSite("far", 1e5, 0.0)], [Situation("neutral")], OPTIONS)
    with pytest.raises(InputError, match="0 wind sites"):
        first_guess_space(grid, [], [Situation("neutral")], OPTIONS)
    with pytest.raises(InputError, match="each name once"):
        first_guess_space(grid, [site, site], [Situation("neutral")], OPTIONS)
    with pytest.raises(InputError, match="no site knows the wind above"):
        first_guess_space(
            grid, [WindSite("a", 2400.0, 2400.0)], [Situation("pool", pool_depth_m=30.0)], OPTIONS
        )
    with pytest.raises(InputError, match="below the top of the grid"):
        first_guess_space(grid, [site], [Situation("neutral")], FirstGuessOptions(nodes_m=(10.0, 900.0)))
    with pytest.raises(InputError, match="kind"):
        WindSite("a", 0.0, 0.0, kind="balloon")
    with pytest.raises(InputError, match="pool"):
        Situation("pool", pool_depth_m=-3.0)
    with pytest.raises(InputError, match="positive and rising"):
        FirstGuessOptions(nodes_m=(50.0, 10.0))
    with pytest.raises(InputError, match="slope flow"):
        SlopeFlow(drag=0.0)
