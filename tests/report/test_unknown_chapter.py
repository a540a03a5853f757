"""Chapter and figures of the sources that nobody declared."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sootprint.core import schema
from sootprint.report.blocks import Items, Paragraph, Table
from sootprint.report.chapters import unknown
from sootprint.report.drawing_unknown import unknown_drawings
from sootprint.report.results import Results
from sootprint.report.view import View


def _row(name: str, /, **values: object) -> pd.DataFrame:
    """One row of a table: stated values, else a plain one of the column's type."""
    plain = {"string": "x", "float": 1.0, "int": 1, "bool": True, "datetime": pd.Timestamp("2024-11-05")}
    made = {}
    for item in schema.schema(name).itertuples():
        first = str(item.allowed).split("|")[0]
        least = float(item.minimum) if item.minimum and float(item.minimum) > 1.0 else None
        made[item.column] = values.get(item.column, first or least or plain[str(item.type)])
    return schema.check(pd.DataFrame([made]), name)


def _candidates() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    lon, lat = (
        item.ravel() for item in np.meshgrid(82.52 + 0.02 * np.arange(12), 49.88 + 0.0135 * np.arange(10))
    )
    return schema.check(
        pd.DataFrame(
            {
                "pollutant": "SO2",
                "source_id": [f"grid/low/{i}" for i in range(len(lon))],
                "release": "low",
                "lon": lon,
                "lat": lat,
                "probability": 0.01,
                "seen_g_s": np.where(
                    rng.random(len(lon)) < 0.1, np.nan, 10 ** rng.uniform(0.5, 3.2, len(lon))
                ),
            }
        ),
        "unknown_candidates",
    )


def _results(**tables: pd.DataFrame) -> Results:
    stations = _row("stations", station_id="P1", name="Post", lon=82.6, lat=49.95)
    sources = _row("sources", source_id="A/1", lon=82.64, lat=49.98, name="Stack")
    case = {
        "title": "t",
        "place": "p",
        "zone": "UTC",
        "period": (pd.Timestamp("2024-11-01"), pd.Timestamp("2024-12-01")),
        "pollutants": ["SO2"],
    }
    return Results(case=case, tables={"stations": stations, "sources": sources, **tables})


def _searched(stated: bool) -> Results:
    area = {"area_id": "SO2-U1", "pollutant": "SO2", "lon": 82.65, "lat": 49.93, "radius_m": 1200.0}
    return _results(
        unknown_search=_row("unknown_search", pollutant="SO2"),
        unknown_areas=_row(
            "unknown_areas",
            **area,
            probability=0.96 if stated else 0.4,
            stated=stated,
            like_source_id="A/1",
            like=0.3,
        ),
        unknown_posts=_row("unknown_posts", area_id="SO2-U1", station_id="P1", sector_label="ESE–SE"),
        unknown_candidates=_candidates(),
        unknown_hours=_row("unknown_hours", area_id="SO2-U1", station_id="P1"),
    )


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
@pytest.mark.parametrize("stated", [True, False])
def test_the_chapter_says_whether_an_area_is_supported(language: str, stated: bool) -> None:
    made = unknown.chapter(View(_searched(stated), language))
    lead = next(block for block in made.blocks if isinstance(block, Paragraph))
    if language == "en":
        assert lead.text.startswith("There is support" if stated else "The readings give no sufficient")
    assert sum(isinstance(block, Table) for block in made.blocks) == 3


def test_the_chapter_of_one_post_leaves_the_distance_open() -> None:
    row = {"station_id": "P1", "pollutant": "SO2", "rank": 1, "sector_label": "SE", "stated": True}
    table = pd.concat(
        [
            _row("unknown_directions", **row, release="low", distance_m=500.0, emission_g_s=5.0),
            _row("unknown_directions", **row, release="tall", distance_m=2000.0, emission_q95_g_s=80.0),
        ],
        ignore_index=True,
    )
    made = unknown.chapter(View(_results(unknown_directions=table)))
    said = next(block for block in made.blocks if isinstance(block, Items)).entries[0]
    assert "SE" in said
    assert "80 g s⁻¹" in said
    assert "stays undecided" in said


def test_without_a_search_there_is_no_chapter() -> None:
    assert not unknown.chapter(View(_results())).blocks


def test_figures_are_drawn(tmp_path) -> None:
    from sootprint.report.figures import save

    for key, draw in unknown_drawings(_searched(True), "en"):
        path = save(draw(), tmp_path / f"{key.split(':')[0]}.png")
        assert path.stat().st_size > 10_000
