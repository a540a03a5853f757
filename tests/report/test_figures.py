"""Figures: something to see, nothing over anything else, the same bytes each time, words when empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from sootprint.core import schema
from sootprint.report import figures as f
from sootprint.report.figures.coverage import coverage_share
from sootprint.report.figures.place import map_figure
from sootprint.report.figures.series import with_gaps
from sootprint.report.figures.style import pollutant_label, shorten, spread_labels

ZONE = "Asia/Almaty"
HOURS = 240
START = pd.Timestamp("2024-11-01")
VERDICTS = ["above declared", "consistent with declared", "below declared", "not decidable"]
SOURCES = [f"PLANT{number}-000{number}" for number in range(6)]


def filed(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(source_file="made.csv", source_row=np.arange(2, len(table) + 2))


def hours() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Observations of two posts, weather and stagnation."""
    rng = np.random.default_rng(1)
    time = START + pd.to_timedelta(np.arange(HOURS), unit="h")
    speed = np.abs(rng.normal(1.5, 1.0, HOURS))
    posts = [
        pd.DataFrame(
            {
                "station_id": post,
                "pollutant": "SO2",
                "time_start": time,
                "duration_s": 3600.0,
                "value_ugm3": rng.lognormal(4, 0.6, HOURS) / (0.5 + speed),
                "flag": "valid",
            }
        )
        for post in ("P1", "P2")
    ]
    observations = pd.concat(posts, ignore_index=True).drop(index=range(30, 60))
    weather = pd.DataFrame(
        {
            "station_id": "W",
            "time_start": time,
            "duration_s": 3600.0,
            "wind_speed": speed,
            "wind_from_direction": rng.uniform(0, 360, HOURS),
        }
    )
    stagnation = pd.DataFrame(
        {
            "time_start": time,
            "wind_speed": speed,
            "calm": speed < 0.5,
            "hours_since_ventilated": np.arange(HOURS) % 60,
            "stagnant": np.arange(HOURS) % 60 > 30,
        }
    )
    return (
        schema.check(filed(observations), "observations"),
        schema.check(filed(weather), "weather"),
        schema.check(stagnation, "stagnation"),
    )


def norms() -> pd.DataFrame:
    limits = {"KZ day": (50.0, 86400.0), "WHO day": (40.0, 86400.0), "EU hour": (350.0, 3600.0)}
    rows = [
        {
            "norm_id": name,
            "jurisdiction": name.split()[0],
            "pollutant": "SO2",
            "label": name,
            "averaging_s": seconds,
            "limit_ugm3": limit,
            "kind": "limit",
            "form": "maximum",
            "legal_source": "made",
            "mark": "unverified",
            "rule_mark": "unverified",
        }
        for name, (limit, seconds) in limits.items()
    ]
    return schema.check(pd.DataFrame(rows), "norms")


def episodes() -> pd.DataFrame:
    table = pd.DataFrame({"pollutant": ["SO2"], "time_start": [START + pd.Timedelta(days=2)]})
    return table.assign(time_end=START + pd.Timedelta(days=3))


def places() -> tuple[pd.DataFrame, pd.DataFrame]:
    stations = pd.DataFrame(
        {"station_id": ["P1", "P2", "P3"], "lon": [82.60, 82.62, np.nan], "lat": [49.95, 49.96, np.nan]}
    )
    lon, lat = 82.58 + 0.012 * np.arange(6), 49.93 + 0.008 * np.arange(6)
    sources = pd.DataFrame({"source_id": SOURCES, "lon": lon, "lat": lat})
    sources["facility_id"] = [name.split("-")[0] for name in SOURCES]
    sources["kind"] = ["point"] * 4 + ["area", "line"]
    square = "POLYGON((82.60 49.94,82.62 49.94,82.62 49.95,82.60 49.95,82.60 49.94))"
    sources["geometry_wkt"] = ["", "", "", "", square, "LINESTRING(82.58 49.95,82.64 49.96)"]
    return schema.coerce(stations, "stations"), schema.check(filed(sources), "sources")


def attribution() -> pd.DataFrame:
    rate = 10.0 ** np.linspace(-1, 2, 6)
    return schema.check(
        pd.DataFrame(
            {
                "source_id": SOURCES,
                "pollutant": "SO2",
                "declared_g_s": rate,
                "inferred_g_s": 2 * rate,
                "inferred_q05_g_s": np.where(np.arange(6) == 3, 0.0, rate),
                "inferred_q95_g_s": 4 * rate,
                "blind_g_s": 2 * rate,
                "blind_q05_g_s": 0.5 * rate,
                "blind_q95_g_s": 6 * rate,
                "verdict": [VERDICTS[number % 4] for number in range(6)],
            }
        ),
        "attribution_sources",
    )


def contributions() -> pd.DataFrame:
    kinds = ["source", "source", "group", "background", "unexplained", "observed"]
    value = np.array([40.0, 20.0, 10.0, 5.0, -3.0, 72.0])
    return schema.check(
        pd.DataFrame(
            {
                "episode_id": "SO2-001",
                "pollutant": "SO2",
                "station_id": "all",
                "component": kinds,
                "source_id": [*SOURCES[:2], "PLANT2-0002 + PLANT3-0003", None, None, None],
                "contribution_ugm3": value,
                "q05_ugm3": value - 8,
                "q95_ugm3": value + 9,
                "share": value / 72,
                "hours_served": 20,
                "hours_total": 24,
            }
        ),
        "attribution_episodes",
    )


def inspections() -> pd.DataFrame:
    part = np.linspace(1, 0.1, 6)
    table = pd.DataFrame({"rank": range(1, 7), "source_id": SOURCES, "pollutant": "SO2", "score": 3 * part})
    for name in ("contribution_part", "inconsistency_part", "suspicion_part"):
        table[name] = part
    table = table.assign(ratio=2.0, ratio_q05=1.2, ratio_q95=3.1)
    words = dict.fromkeys(["reason", "window_local", "expected_if_right", "expected_if_wrong"], "made")
    return schema.check(table.assign(**words), "inspections")


def scenarios() -> pd.DataFrame:
    table = pd.DataFrame({"scenario_id": "half", "source_id": SOURCES, "factor": 0.5, "pollutant": "SO2"})
    return schema.check(
        table.assign(
            station_id="P1",
            norm_id="EU hour",
            hours_considered=200,
            exceedances_base=40,
            exceedances=30.0,
            exceedances_q05=22.0,
            exceedances_q95=36.0,
            mean_change_ugm3=-4.0,
            mean_change_q05_ugm3=-7.0,
            mean_change_q95_ugm3=-1.0,
        ),
        "scenarios",
    )


def scorecard() -> pd.DataFrame:
    table = attribution()[
        ["source_id", "pollutant", "declared_g_s", "inferred_g_s", "inferred_q05_g_s", "inferred_q95_g_s"]
    ]
    holds = np.arange(6) != 2
    wrong = np.arange(6) < 2
    return schema.check(
        table.assign(
            true_g_s=table["inferred_g_s"] * 1.3, holds=holds, wrongly_declared=wrong, rank=range(1, 7)
        ),
        "scorecard",
    )


def directions() -> dict[str, pd.DataFrame]:
    from sootprint.attribution import directional

    observations, weather, _ = hours()
    joined = directional.join_hourly(observations, weather, zone=ZONE)
    return {
        "wind_rose": directional.wind_rose(weather),
        "pollution_rose": directional.pollution_rose(joined, draws=50),
        "polar_plot": directional.polar_plot(joined),
        "direction_hour": directional.direction_hour(joined),
        "sectors": directional.directional_sectors(joined, options=directional.SectorOptions(draws=200)),
    }


def empty(name: str) -> pd.DataFrame:
    return schema.empty(name)


@pytest.fixture(scope="module")
def drawn() -> dict[str, Callable[..., Figure]]:
    observations, weather, stagnation = hours()
    stations, sources = places()
    made = directions()
    over = schema.coerce(pd.DataFrame({"station_id": ["P1"], "verdict": ["exceeded"]}), "exceedances")
    return {
        "map": lambda **k: map_figure(
            stations,
            sources,
            over,
            contributions(),
            wind_rose=made["wind_rose"],
            attribution_sources=attribution(),
            directional_sectors=made["sectors"],
            **k,
        ),
        "time_series": lambda **k: f.time_series_figure(observations, norms(), episodes(), zone=ZONE, **k),
        "weather": lambda **k: f.weather_figure(weather, stagnation, observations, zone=ZONE, **k),
        "stagnation": lambda **k: f.stagnation_figure(observations, stagnation, **k),
        "wind_rose": lambda **k: f.wind_rose_figure(made["wind_rose"], **k),
        "pollution_rose": lambda **k: f.pollution_rose_figure(made["pollution_rose"], **k),
        "polar_plot": lambda **k: f.polar_plot_figure(made["polar_plot"], **k),
        "direction_hour": lambda **k: f.direction_hour_figure(made["direction_hour"], **k),
        "attribution": lambda **k: f.attribution_figure(attribution(), **k),
        "contributions": lambda **k: f.episode_contributions_figure(contributions(), **k),
        "ranking": lambda **k: f.ranking_figure(inspections(), **k),
        "scenario": lambda **k: f.scenario_figure(scenarios(), **k),
        "coverage": lambda **k: f.coverage_figure(observations, zone=ZONE, **k),
        "scorecard": lambda **k: f.scorecard_figure(scorecard(), **k),
    }


NAMES = [
    "map", "time_series", "weather", "stagnation", "wind_rose", "pollution_rose", "polar_plot",
    "direction_hour", "attribution", "contributions", "ranking", "scenario", "coverage", "scorecard",
]  # fmt: skip


def texts(figure: Figure) -> Iterator[Text]:
    """Text that is drawn: without the labels of ticks that lie outside their axis."""
    hidden = set()
    for axes in figure.findobj(Axes):
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            slack = 1e-6 * (high - low)
            ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            for tick in ticks:
                if not low - slack <= tick.get_loc() <= high + slack or not axes.axison:
                    hidden |= {tick.label1, tick.label2}
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip() and text not in hidden:
            yield text


@pytest.mark.parametrize("name", NAMES)
def test_text_is_large_enough_inside_and_not_over_other_text(drawn, name) -> None:
    figure = drawn[name]()
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    page = figure.bbox
    boxes = []
    for text in texts(figure):
        box = text.get_window_extent(renderer)
        if box.width == 0 or not page.overlaps(box):
            continue
        assert text.get_fontsize() >= 9, text.get_text()
        assert box.x0 >= page.x0 - 1, f"{text.get_text()!r} leaves the page"
        assert box.x1 <= page.x1 + 1, f"{text.get_text()!r} leaves the page"
        boxes.append((text.get_text(), box.padded(-1.5)))
    assert len(boxes) > 4
    for at, (one, first) in enumerate(boxes):
        for other, second in boxes[at + 1 :]:
            assert not (first.overlaps(second) and one != other), f"{one!r} over {other!r}"


@pytest.mark.parametrize("name", NAMES)
def test_every_label_goes_through_the_translation(drawn, name) -> None:
    known: set[str] = set()

    def translate(text: str) -> str:
        known.add(text)
        return f"ә{text}"

    figure = drawn[name](tr=translate)
    assert known
    title = "".join(text.get_text() for text in texts(figure))
    assert "ә" in title


@pytest.mark.slow
@pytest.mark.parametrize("name", ["map", "attribution", "polar_plot"])
def test_same_tables_give_the_same_bytes(drawn, name, tmp_path) -> None:
    one = f.save(drawn[name](), tmp_path / "one.svg").read_bytes()
    two = f.save(drawn[name](), tmp_path / "two.svg").read_bytes()
    assert one == two
    assert b"<dc:date>" not in one
    assert b"<text" not in one


def test_saving_as_something_else_is_refused(drawn, tmp_path) -> None:
    with pytest.raises(ValueError, match="not 'gif'"):
        f.save(drawn["ranking"](), tmp_path / "ranking.gif")


def test_settings_of_matplotlib_stay_as_they_were(drawn) -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    drawn["ranking"]()
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize(
    "draw",
    [
        lambda: f.map_figure(empty("stations"), empty("sources")),
        lambda: f.time_series_figure(empty("observations"), norms(), empty("episodes"), zone=ZONE),
        lambda: f.weather_figure(empty("weather"), empty("stagnation"), empty("observations"), zone=ZONE),
        lambda: f.stagnation_figure(empty("observations"), empty("stagnation")),
        lambda: f.wind_rose_figure(empty("wind_rose")),
        lambda: f.pollution_rose_figure(empty("pollution_rose")),
        lambda: f.polar_plot_figure(empty("polar_plot")),
        lambda: f.direction_hour_figure(empty("direction_hour")),
        lambda: f.attribution_figure(empty("attribution_sources")),
        lambda: f.episode_contributions_figure(empty("attribution_episodes")),
        lambda: f.ranking_figure(empty("inspections")),
        lambda: f.scenario_figure(empty("scenarios")),
        lambda: f.coverage_figure(empty("observations"), empty("findings"), zone=ZONE),
        lambda: f.scorecard_figure(empty("scorecard")),
    ],
)
def test_nothing_to_show_is_said(draw) -> None:
    said = " ".join(text.get_text() for text in texts(draw()))
    assert "no " in said or "too few" in said


def test_synthetic_is_written_in_the_scorecard(drawn) -> None:
    assert any("SYNTHETIC CITY" in text.get_text() for text in texts(drawn["scorecard"]()))


def test_posts_without_coordinates_are_named(drawn) -> None:
    assert any("without coordinates: P3" in text.get_text() for text in texts(drawn["map"]()))


def test_line_does_not_bridge_a_gap() -> None:
    time = pd.Series(START + pd.to_timedelta([0, 1, 5, 6], unit="h"))
    stamps, values = with_gaps(time, pd.Series([1.0, 2.0, 3.0, 4.0]), pd.Timedelta(hours=1))
    assert len(stamps) == 5
    assert np.isnan(values[2])
    assert values[[0, 1, 3, 4]].tolist() == [1, 2, 3, 4]


def test_coverage_is_the_share_of_the_day() -> None:
    observations, _, _ = hours()
    rows = observations.loc[observations["station_id"] == "P1"]
    share, monthly = coverage_share(rows, "UTC")
    assert not monthly
    # hours 30 to 59 are missing: 18 of the second day and 12 of the third
    assert share.iloc[0].tolist()[:4] == [1.0, 0.25, 0.5, 1.0]


def test_labels_keep_their_distance_and_order() -> None:
    moved = spread_labels([0.1, 0.11, 0.9, 0.12], 0.1, 0.0, 1.0)
    order = np.sort(moved)
    assert np.diff(order).min() >= 0.1 - 1e-6
    assert np.argsort(moved).tolist() == [0, 1, 3, 2]


def test_words_of_labels() -> None:
    assert pollutant_label("SO2") == "SO₂"
    assert pollutant_label("PM2.5") == "PM2.5"
    assert shorten("abcdef", 4) == "abc…"
