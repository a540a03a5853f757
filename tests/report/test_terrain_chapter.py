"""Wind over the terrain in the chapter of the contributions and in the limits."""

import made_up_results as factory
import numpy as np
import pandas as pd
import pytest

from sootprint.core import schema
from sootprint.report.blocks import Heading, Paragraph
from sootprint.report.chapters import contributions, limits
from sootprint.report.figures import terrain_wind_figure
from sootprint.report.view import View

HOURS = pd.date_range("2024-11-05", periods=4, freq="h")


def tables():
    sites = {
        "time_start": HOURS, "site_id": "AIRPORT", "height_m": 10.0,
        "eastward_wind": 1.0, "northward_wind": 0.0,
        "modelled_eastward_wind": 1.3, "modelled_northward_wind": 0.4,
    }  # fmt: skip
    hours = {
        "time_start": HOURS, "anisotropy": 1.0, "pool_depth": [np.nan, 100.0, 100.0, np.nan],
        "situations": "neutral 1.00", "beyond": False, "missing_sites": None,
    }  # fmt: skip
    lon, lat = np.meshgrid(82.5 + 0.01 * np.arange(12), 49.9 + 0.01 * np.arange(9))
    ground = {
        "lon": lon.ravel(), "lat": lat.ravel(), "ground_m": 280.0 + 1000.0 * (lon.ravel() - 82.5),
        "eastward_wind": -0.6, "northward_wind": 0.1, "height_m": 10.0, "hours": 2, "largest_wind": 0.8,
    }  # fmt: skip
    made = {"terrain_wind_sites": sites, "terrain_wind_hours": hours, "terrain_wind_map": ground}
    return {name: schema.coerce(pd.DataFrame(columns), name) for name, columns in made.items()}


def results(more):
    whole = factory.full_results()
    engine = {**whole.engine, "engine": "particles"}
    return factory.full_results(tables={**whole.tables, **more}, engine=engine)


@pytest.mark.parametrize(
    ("language", "title", "off"),
    [
        ("en", "Wind over the terrain", "0.50"),
        ("ru", "Ветер над рельефом", "0,50"),
        ("kk", "Жер бедері", "0,50"),
    ],
)
def test_the_chapter_says_where_the_wind_is_from_and_how_far_it_is_off(language, title, off):
    blocks = contributions.chapter(View(results(tables()), language)).blocks
    [place] = [n for n, item in enumerate(blocks) if isinstance(item, Heading) and title in item.text]
    text = blocks[place + 1]
    assert isinstance(text, Paragraph)
    assert off in text.text
    assert "2" in text.text


def test_level_ground_says_nothing_of_terrain():
    blocks = contributions.chapter(View(results({}), "en")).blocks
    assert not [item for item in blocks if isinstance(item, Heading) and "terrain" in item.text]


def test_the_limits_know_whether_the_wind_follows_the_ground():
    def words(more):
        chapter = limits.chapter(View(results(more), "en"))
        return str([item.plain() if hasattr(item, "plain") else item for item in chapter.blocks])

    assert "It knows no forces" in words(tables())
    assert "the same over the whole area" in words({})


def test_the_arrows_point_where_the_wind_blows():
    whole = factory.full_results()
    figure = terrain_wind_figure(
        tables()["terrain_wind_map"], whole.tables["stations"], whole.tables["sources"], crs="EPSG:32644"
    )
    axes = figure.axes[0]
    [arrows] = [item for item in axes.collections if hasattr(item, "U")]
    assert (arrows.U < 0.0).all()
    assert np.allclose(arrows.V, 0.1)
    assert terrain_wind_figure(
        tables()["terrain_wind_map"].head(0), whole.tables["stations"], whole.tables["sources"]
    )
