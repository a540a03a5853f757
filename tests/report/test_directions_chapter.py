"""Chapter of directions: what is drawn, what is said of calm, years and crossings, in every language."""

from __future__ import annotations

import re
from functools import cache

import made_up_results as factory
import numpy as np
import pandas as pd
import pytest

from sootprint.attribution import directional as d
from sootprint.core.geo import unproject
from sootprint.report import Results
from sootprint.report.blocks import Figure, Items, Paragraph, Table
from sootprint.report.chapters import directions
from sootprint.report.drawing import draw_figures
from sootprint.report.view import View

PLACES = {"P1": (-3000.0, 0.0), "P2": (2000.0, -2500.0)}
PREFIXES = (
    "polar_posts", "pollution_rose", "percentile_rose", "polar_plot", "exceedance_polar", "cluster",
    "time_variation", "trend", "triangulation",
)  # fmt: skip


def joined(days: int) -> pd.DataFrame:
    """Hours of two posts that see one source at the middle."""
    rng = np.random.default_rng(2)
    count = 24 * days
    time = pd.Timestamp("2023-01-01") + pd.to_timedelta(np.arange(count), unit="h")
    speed, way = rng.weibull(2, count) * 3, rng.uniform(0, 360, count)
    parts = []
    for post, (x, y) in PLACES.items():
        off = (way - np.rad2deg(np.arctan2(-x, -y)) + 180.0) % 360.0 - 180.0
        value = rng.lognormal(2.5, 0.4, count) + 90.0 * np.exp(-0.5 * (off / 15.0) ** 2)
        parts.append(
            pd.DataFrame(
                {
                    "station_id": post,
                    "pollutant": "SO2",
                    "time_start": time,
                    "hour_local": time.hour,
                    "day_local": time.floor("D"),
                    "value_ugm3": value,
                    "wind_station_id": "W",
                    "wind_speed": speed,
                    "wind_from_direction": np.where(speed < 0.3, np.nan, way),
                    "reason": "served",
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


@cache
def results(days: int = 740) -> Results:
    hours = joined(days)
    crs = "+proj=aeqd +lat_0=49.95 +lon_0=82.6 +datum=WGS84 +units=m"
    lon, lat = unproject(*(np.array([place[k] for place in PLACES.values()]) for k in (0, 1)), crs)
    stations = factory.full_results().table("stations").head(2)
    stations = stations.assign(station_id=list(PLACES), lon=lon, lat=lat)
    quick = {"speed_bins": 12, "coarse": 31, "fine": 31, "basis": 60}
    clusters = d.polar_clusters(hours, clusters=3, options=d.PolarOptions(**quick))
    trend = d.TrendOptions(minimum_months=24, draws=50)
    crossing = d.triangulate(hours, stations, options=d.TriangulationOptions(cells=60))
    surface = d.polar_statistic(hours, options=d.PolarOptions(statistic="cpf", **quick))
    tables = {
        "stations": stations,
        "directional_sectors": d.directional_sectors(hours, options=d.SectorOptions(draws=100)),
        "pollution_rose": d.pollution_rose(hours, draws=50),
        "percentile_rose": d.percentile_rose(hours, draws=20),
        "polar_plot": d.polar_plot(hours, options=d.PolarOptions(**quick)),
        "polar_statistic": surface.assign(norm_id="KZ-SO2-single"),
        "polar_clusters": clusters,
        "polar_cluster_shares": d.cluster_shares(hours, clusters),
        "time_variation": d.time_variation(hours, draws=50),
        "trends": d.theil_sen_trend(hours, options=trend),
        "smooth_trends": d.smooth_trend(hours, options=trend),
        "triangulation_regions": crossing.regions,
        "triangulation_bearings": crossing.bearings,
        "exceedances": factory.full_results().table("exceedances"),
        "norms": factory.full_results().table("norms"),
    }
    return Results(case=factory.full_results().case, tables=tables)


def words(view: View) -> str:
    told: list[str] = []
    for block in directions.chapter(view).blocks:
        if isinstance(block, Paragraph):
            told.append(block.text)
        elif isinstance(block, Items):
            told += block.entries
        elif isinstance(block, Table | Figure):
            told.append(block.caption)
    return "\n".join(told)


def test_every_method_is_drawn_and_stands_in_the_chapter(tmp_path):
    drawn = draw_figures(results(), tmp_path)
    shown = {
        block.file
        for block in directions.chapter(View(results(), "en", drawn)).blocks
        if isinstance(block, Figure)
    }
    for prefix in PREFIXES:
        keys = [key for key in drawn if key.split(":")[0] == prefix]
        assert keys, prefix
        assert {drawn[key] for key in keys} <= shown
        assert all((tmp_path / drawn[key]).stat().st_size > 5000 for key in keys)


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_words_of_calm_years_and_crossings(language):
    keys = {f"{prefix}:P1:SO2": "x.svg" for prefix in PREFIXES}
    text = words(View(results(), language, keys))
    assert not re.search(r"%\(|%%", text)
    if language != "en":
        assert not re.search(r"\b(the|wind|hours|posts)\b", text)
        return
    assert "calm air was" in text
    assert "hidden from this chapter" in text
    assert "at 2 of 2 posts a direction stands out" in text
    assert "Theil–Sen" in text
    assert "largest at" in text
    for word in ("guilty", "culprit", "proves"):
        assert word not in text


def test_short_data_and_one_post_are_said(tmp_path):
    full = results()
    kept = {
        name: table
        for name, table in full.tables.items()
        if name not in ("trends", "smooth_trends", "triangulation_regions", "triangulation_bearings")
    }
    text = words(View(Results(case=full.case, tables=kept), "en"))
    assert "No trend is stated" in text
    assert "bearings of one cannot cross" in text


def test_posts_without_a_crossing_are_counted():
    full = results()
    lone = full.tables["triangulation_bearings"].assign(used=[True, False])
    tables = {**full.tables, "triangulation_bearings": lone}
    tables["triangulation_regions"] = full.tables["triangulation_regions"].iloc[:0]
    assert "at 1 of 2 posts" in words(View(Results(case=full.case, tables=tables), "en"))
