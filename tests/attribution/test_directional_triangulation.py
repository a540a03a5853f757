"""Bearings of posts and where they cross: laws and calibration on made-up towns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from sootprint.attribution import directional as d
from sootprint.attribution.directional.triangulation import (
    TriangulationOptions,
    origin_probability,
    smallest_region,
)
from sootprint.core.errors import InputError
from sootprint.core.geo import unproject

CRS = "+proj=aeqd +lat_0=49.8 +lon_0=73.1 +datum=WGS84 +units=m"


def made_town(
    seed: int, *, posts: int = 3, days: int = 60, emission: float = 400.0
) -> tuple[pd.DataFrame, pd.DataFrame, shapely.Point]:
    """Joined hours and stations of a town with one source at a known place; winds persist and are misread."""
    rng = np.random.default_rng(seed)
    count = 24 * days
    places = rng.uniform(-6000, 6000, (posts, 2))
    source = rng.uniform(-9000, 9000, 2)
    kicks = rng.normal(0, 1.6, (count, 2))
    wind = np.zeros((count, 2))
    for hour in range(1, count):
        wind[hour] = 0.9 * wind[hour - 1] + kicks[hour]
    speed = np.hypot(*wind.T) + 0.2
    way = np.rad2deg(np.arctan2(wind[:, 0], wind[:, 1])) % 360.0
    vane = rng.normal(0, 3.0)
    background = 10 * rng.lognormal(0, 0.4, days).repeat(24)
    time = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(count), unit="h")
    tables = []
    for number, place in enumerate(places):
        east, north = source - place
        distance_km = np.hypot(east, north) / 1000.0
        off = (way + rng.normal(0, 8, count) - np.rad2deg(np.arctan2(east, north)) + 180) % 360 - 180
        width = np.clip(20 - 0.8 * distance_km, 8, 20)
        plume = emission / (distance_km + 1) ** 1.3 / np.maximum(speed, 0.5)
        plume *= np.exp(-0.5 * (off / width) ** 2) * rng.lognormal(0, 0.7, count)
        tables.append(
            pd.DataFrame(
                {
                    "station_id": f"P{number}",
                    "pollutant": "SO2",
                    "time_start": time,
                    "hour_local": time.hour,
                    "day_local": time.floor("D"),
                    "value_ugm3": background * rng.lognormal(0, 0.3, count) + plume,
                    "wind_station_id": "W",
                    "wind_speed": speed,
                    "wind_from_direction": (way + vane + rng.normal(0, 5.0)) % 360.0,
                    "reason": "served",
                }
            )
        )
    lon, lat = unproject(places[:, 0], places[:, 1], CRS)
    stations = pd.DataFrame({"station_id": [f"P{n}" for n in range(posts)], "lon": lon, "lat": lat})
    (source_lon,), (source_lat,) = unproject(source[:1], source[1:], CRS)
    return pd.concat(tables, ignore_index=True), stations, shapely.Point(source_lon, source_lat)


def grid(half: float = 5000.0, cells: int = 101) -> tuple[np.ndarray, np.ndarray]:
    axis = np.linspace(-half, half, cells)
    x, y = np.meshgrid(axis, axis)
    return x.ravel(), y.ravel()


def test_bearings_that_cross_give_the_crossing() -> None:
    x, y = grid()
    posts = np.array([[0.0, -3000.0], [3000.0, 0.0]])
    options = TriangulationOptions(own_error_deg=2.0, shared_error_deg=0.01)
    probability, none = origin_probability(posts, [np.array([0.0]), np.array([315.0])], x, y, options)
    best = int(np.argmax(probability))
    # north of the first post, and north-west of the second
    assert (x[best], y[best]) == (pytest.approx(0.0, abs=100), pytest.approx(3000.0, abs=150))
    assert probability.sum() == pytest.approx(1.0)
    assert none < 0.3


def test_bearings_that_point_apart_have_no_common_origin() -> None:
    x, y = grid()
    posts = np.array([[-2000.0, 0.0], [2000.0, 0.0], [0.0, 2000.0]])
    apart = [np.array([270.0]), np.array([90.0]), np.array([0.0])]
    together = [np.array([90.0]), np.array([270.0]), np.array([180.0])]
    options = TriangulationOptions()
    assert origin_probability(posts, apart, x, y, options)[1] > 0.8
    assert origin_probability(posts, together, x, y, options)[1] < 0.1


def test_turned_posts_and_bearings_turn_the_map() -> None:
    x, y = grid()
    posts = np.array([[-2000.0, -1000.0], [1500.0, -2500.0]])
    draws = [np.array([30.0, 35.0]), np.array([340.0, 350.0])]
    one = origin_probability(posts, draws, x, y, TriangulationOptions())[0].reshape(101, 101)
    turned = np.column_stack([posts[:, 1], -posts[:, 0]])
    two = origin_probability(turned, [draw + 90 for draw in draws], x, y, TriangulationOptions())[0]
    np.testing.assert_allclose(np.rot90(one), two.reshape(101, 101), atol=1e-9)


def test_doubtful_bearings_give_wider_regions() -> None:
    x, y = grid()
    posts = np.array([[0.0, -3000.0], [3000.0, 0.0]])
    areas = [
        smallest_region(
            origin_probability(
                posts, [np.array([0.0]), np.array([315.0])], x, y, TriangulationOptions(own_error_deg=error)
            )[0],
            0.9,
        ).sum()
        for error in (2.0, 5.0, 12.0)
    ]
    assert areas[0] < areas[1] < areas[2]


def test_region_holds_its_probability_and_no_smaller_one_does() -> None:
    probability = np.array([0.1, 0.4, 0.3, 0.2])
    assert smallest_region(probability, 0.6).tolist() == [False, True, True, False]


def test_town_with_one_source() -> None:
    joined, stations, source = made_town(3)
    made = d.triangulate(joined, stations)
    assert made.cells["probability"].sum() == pytest.approx(1.0)
    regions = made.regions.set_index("level")
    assert shapely.from_wkt(regions.loc[0.9, "geometry_wkt"]).buffer(1e-6).contains(source)
    assert regions.loc[0.5, "area_km2"] < regions.loc[0.9, "area_km2"]
    assert made.bearings["used"].all()
    again = d.triangulate(joined, stations)
    pd.testing.assert_frame_equal(made.regions, again.regions)


def test_scaled_concentrations_give_the_same_map() -> None:
    joined, stations, _ = made_town(5)
    one = d.triangulate(joined, stations)
    two = d.triangulate(joined.assign(value_ugm3=1000 * joined["value_ugm3"]), stations)
    np.testing.assert_allclose(one.cells["probability"], two.cells["probability"], atol=1e-12)


def test_posts_without_a_direction_say_nothing() -> None:
    joined, stations, _ = made_town(4, emission=0.0)
    made = d.triangulate(joined, stations)
    assert set(made.bearings["station_id"]) == {"P0", "P1", "P2"}
    assert made.bearings["used"].sum() <= 1
    assert made.cells.empty
    assert made.bearings.loc[~made.bearings["used"], "reason"].str.contains("chance").all()


def test_missing_place_and_single_post_are_refused() -> None:
    joined, stations, _ = made_town(1, days=20)
    with pytest.raises(InputError, match="P2"):
        d.triangulate(joined, stations.iloc[:2])
    with pytest.raises(InputError, match="1 posts"):
        d.triangulate(joined.loc[joined["station_id"] == "P0"], stations)


@pytest.mark.slow
@pytest.mark.parametrize("posts", [2, 4])
def test_regions_hold_the_source_as_often_as_they_say(posts) -> None:
    held: dict[float, list[bool]] = {0.5: [], 0.9: []}
    for seed in range(100):
        joined, stations, source = made_town(seed, posts=posts)
        for row in d.triangulate(joined, stations).regions.itertuples():
            held[row.level].append(shapely.from_wkt(row.geometry_wkt).buffer(1e-6).contains(source))
    print(posts, len(held[0.5]), {level: float(np.mean(inside)) for level, inside in held.items()})
    assert 0.35 < np.mean(held[0.5]) < 0.70
    assert np.mean(held[0.9]) > 0.82
