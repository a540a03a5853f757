"""Buoyant lines over hours and receptors: laws of the driver, and the hourly results of reference decks."""

import numpy as np
import pandas as pd
import pytest

from sootprint.core.errors import InputError
from sootprint.dispersion.decks import read_deck
from sootprint.dispersion.engines.atmosphere import weather_arrays
from sootprint.dispersion.engines.buoyant_lines import (
    BuoyantLines,
    MeasuredWind,
    among_lines,
    forward_buoyant_lines,
    measured_wind,
)
from sootprint.dispersion.engines.scene import (
    AIR_TEMPERATURE,
    COUNT_OF_SCALES,
    MIXING_HEIGHT,
    OBUKHOV_LENGTH,
    ROUGHNESS_LENGTH,
    STABLE,
    URBAN_STABLE,
    Receivers,
    Weather,
)
from sootprint.weather.readers.aermod_layers import read_pfl, read_sfc


def weather(*lengths, urban=0.0):
    """Hours of some Obukhov lengths; NaN makes an hour that is not served."""
    count = len(lengths)
    scales = np.zeros((count, 2, COUNT_OF_SCALES))
    scales[:, :, OBUKHOV_LENGTH] = np.array(lengths)[:, None]
    scales[:, :, STABLE] = np.array(lengths)[:, None] > 0.0
    scales[:, :, ROUGHNESS_LENGTH], scales[:, :, MIXING_HEIGHT] = 0.1, 900.0
    scales[:, :, AIR_TEMPERATURE] = 288.0
    scales[:, 1, URBAN_STABLE] = urban
    blank = {name: np.zeros((count, 2, 1, 1)) for name in Weather._fields}
    blank["direction"] = np.zeros((count, 1))
    return Weather(**(blank | {"served": np.isfinite(lengths).astype(np.int64), "scales": scales}))


def wind(count, direction=270.0, speed=3.0):
    return MeasuredWind(np.full(count, speed), np.full(count, 10.0), np.full(count, direction))


def lines(ends, groups=None, **changed):
    ends = np.asarray(ends, dtype=float)
    count = len(ends)
    group = np.zeros(count, dtype=np.int64) if groups is None else np.asarray(groups)
    size = group.max() + 1
    values = {
        "group": group,
        "first_x": ends[:, 0].copy(),
        "first_y": ends[:, 1].copy(),
        "last_x": ends[:, 2].copy(),
        "last_y": ends[:, 3].copy(),
        "elevation": np.zeros(count),
        "height": np.full(count, 20.0),
        "flat": np.ones(count, dtype=np.int64),
        "decay": np.zeros(count),
        "building_length": np.full(size, 600.0),
        "building_height": np.full(size, 20.0),
        "building_width": np.full(size, 40.0),
        "line_width": np.full(size, 3.0),
        "separation": np.full(size, 40.0),
        "buoyancy": np.full((1, size), 400.0),
        "place": np.zeros(size, dtype=np.int64),
        "city_roughness": np.ones(size),
    }
    return BuoyantLines(**(values | changed))


def receivers(*places):
    x, y = np.asarray(places, dtype=float).T.copy()
    none = np.zeros(len(x))
    return Receivers(x.copy(), y.copy(), none, none, none)


TWO = [(0.0, 0.0, 600.0, 0.0), (0.0, 80.0, 600.0, 80.0)]
AROUND = receivers((917.0, 40.0), (2500.0, -300.0), (300.0, 900.0), (-500.0, 60.0), (300.0, 40.0))


def test_hours_without_weather_have_no_value_and_threads_change_nothing():
    hours = weather(-8.0, np.nan, 30.0, -500.0)
    one = forward_buoyant_lines(hours, wind(4), AROUND, lines(TWO))
    two = forward_buoyant_lines(hours, wind(4), AROUND, lines(TWO), threads=3)
    assert np.isnan(one[1]).all()
    assert np.isfinite(one[[0, 2, 3]]).all()
    assert one.tobytes() == two.tobytes()
    assert (one[[0, 2, 3], 0] > 0.0).all()
    assert (one[[0, 2, 3], 3] == 0.0).all()


def test_turning_the_scene_with_the_wind_changes_nothing():
    turn = np.deg2rad(-35.0)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    ends = (np.reshape(TWO, (-1, 2)) @ matrix).reshape(-1, 4)
    places = np.stack([AROUND.x, AROUND.y], axis=1) @ matrix
    hours = weather(-8.0, 30.0, -500.0)
    for direction in (270.0, 250.0, 188.0, 10.0, 100.0):
        one = forward_buoyant_lines(hours, wind(3, direction), AROUND, lines(TWO))
        other = forward_buoyant_lines(hours, wind(3, direction + 35.0), receivers(*places), lines(ends))
        np.testing.assert_allclose(other, one, rtol=1e-9, atol=1e-30)


def test_groups_do_not_see_each_other():
    far = [(5000.0, 0.0, 5600.0, 0.0)]
    hours = weather(-20.0, 40.0)
    both = forward_buoyant_lines(hours, wind(2), AROUND, lines(TWO + far, [0, 0, 1]))
    alone = forward_buoyant_lines(hours, wind(2), AROUND, lines(TWO))
    np.testing.assert_array_equal(both[:, :, :2], alone)


def test_receptors_among_the_lines_are_told_and_get_nothing():
    inside = among_lines(AROUND, lines(TWO))
    assert inside[:, 0].tolist() == [False, False, False, False, True]
    made = forward_buoyant_lines(weather(-8.0), wind(1), AROUND, lines(TWO))
    assert (made[0, 4] == 0.0).all()


def test_light_wind_counts_as_the_least():
    hours = weather(-8.0)
    light, least = (
        forward_buoyant_lines(hours, wind(1, speed=speed), AROUND, lines(TWO)) for speed in (0.4, 1.0)
    )
    np.testing.assert_array_equal(light, least)


def test_city_is_neutral_at_night():
    place = np.ones(1, dtype=np.int64)
    city = forward_buoyant_lines(weather(20.0, urban=1.0), wind(1), AROUND, lines(TWO, place=place))
    neutral = forward_buoyant_lines(weather(1000.0), wind(1), AROUND, lines(TWO))
    np.testing.assert_array_equal(city, neutral)


def test_ground_is_seen_from_the_foot_of_the_line():
    hill = AROUND._replace(elevation=np.full(5, 160.0))
    made = [
        forward_buoyant_lines(weather(30.0), wind(1), place, lines(TWO, **changed))
        for place, changed in (
            (hill, {"flat": np.zeros(2, dtype=np.int64), "elevation": np.full(2, 160.0)}),
            (AROUND, {}),
            (hill, {"flat": np.zeros(2, dtype=np.int64)}),
        )
    ]
    np.testing.assert_array_equal(made[0], made[1])
    assert made[2][0, 0, 0] > made[1][0, 0, 0]


@pytest.mark.parametrize("ends", [TWO[::-1], [(600.0, 0.0, 0.0, 0.0)]])
def test_lines_out_of_order_are_refused(ends):
    with pytest.raises(InputError):
        forward_buoyant_lines(weather(-8.0), wind(1), AROUND, lines(ends))


def of_deck(deck):
    """Buoyant lines of a deck with one group, and its places."""
    (group,) = deck.buoyant_groups
    sources = [deck.sources[index] for index in group.sources]
    made = lines(
        [source.vertices.ravel() for source in sources],
        height=np.array([source.height_m for source in sources]),
        building_length=np.array([group.building_length_m]),
        building_height=np.array([group.building_height_m]),
        building_width=np.array([group.building_width_m]),
        line_width=np.array([group.line_width_m]),
        separation=np.array([group.separation_m]),
        buoyancy=np.array([[group.buoyancy_m4_s3]]),
    )
    places = deck.receptors
    rates = np.array([source.emission_rate for source in sources])
    return made, Receivers(places.x, places.y, places.elevation, places.hill_height, places.flagpole), rates


@pytest.mark.parametrize(
    ("case", "deck", "expected"),
    [
        ("baldwin45", "aermod-baldwin45.inp", "AERMOD-BALDWIN45_01H.parquet"),
        ("allsrcs", "allsrcs.inp", "ALLSRCS_BLINE_01H.parquet"),
    ],
)
def test_hourly_results_of_the_reference(case, deck, expected, data_dir):
    folder = data_dir / "aermod" / case
    read = read_deck(folder / deck)
    surface = read_sfc(read.weather.surface, utc_offset_h=0).table.reset_index(drop=True)
    profiles = read_pfl(read.weather.profile, utc_offset_h=0).table
    hours, _ = weather_arrays(surface, profiles, base_elevation=read.weather.base_elevation_m)
    made, places, rates = of_deck(read)
    ours = forward_buoyant_lines(hours, measured_wind(surface), places, made) @ rates * 1e6
    table = pd.read_parquet(folder / "expected" / expected)
    theirs = table["concentration_ugm3"].to_numpy().reshape(ours.shape)
    served = np.isfinite(ours)
    assert (theirs[~served] == 0.0).all()
    ours, theirs = ours[served], theirs[served]
    slope = (ours * theirs).sum() / (theirs * theirs).sum()
    assert slope == pytest.approx(1.0, abs=1e-3)
    assert np.corrcoef(ours, theirs)[0, 1] ** 2 > 0.9999
    assert ours.max() == pytest.approx(theirs.max(), rel=1e-4)
    strong = theirs > 0.01 * theirs.max()
    assert np.median(np.abs(ours[strong] / theirs[strong] - 1.0)) < 1e-5
