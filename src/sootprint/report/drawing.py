"""Figures of a run: which are drawn, for which posts, under which key and file name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from sootprint.report.languages import translator
from sootprint.report.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAIRS_DRAWN = 2
"""Pairs of post and pollutant whose directions are drawn: those with the largest multiple of a norm."""

POLLUTANTS_DRAWN = 2
"""Pollutants whose single episodes are drawn: those with the largest multiple of a norm."""

EPISODES_DRAWN = 1
"""Number of episodes of a pollutant whose contributions are drawn: those with the largest observed mean."""

Drawing = Callable[[], "Figure"]


def draw_figures(results: Results, folder: Path, *, language: str = "en", suffix: str = "") -> dict[str, str]:
    """Figures that the tables at hand allow, as SVG files below ``folder``.

    Returns
    -------
    dict of str to str
        File name relative to ``folder`` by key; the key of a figure that is drawn more than once ends in the
        post, the pollutant or both: ``polar_plot:P1:SO2``.
    """
    from sootprint.report import figures

    place = folder / f"figures{suffix}"
    place.mkdir(parents=True, exist_ok=True)
    for old in place.glob("*.svg"):
        old.unlink()
    made: dict[str, str] = {}
    for number, (key, draw) in enumerate(_drawings(results, language), start=1):
        path = place / f"{number:02d}-{key.split(':')[0]}.svg"
        figures.save(draw(), path)
        made[key] = path.relative_to(folder).as_posix()
    return made


def _drawings(results: Results, language: str) -> Iterator[tuple[str, Drawing]]:
    yield from _measured(results, language)
    yield from _directions(results, language)
    yield from _answers(results, language)


def _measured(results: Results, language: str) -> Iterator[tuple[str, Drawing]]:
    from sootprint.report import figures

    table, zone, tr = results.table, results.case["zone"], translator(language)

    def filled(name: str) -> pd.DataFrame | None:
        return table(name) if results.has(name) else None

    if table("stations")["lon"].notna().any():
        yield (
            "map",
            partial(
                figures.map_figure,
                table("stations"),
                table("sources"),
                filled("exceedances"),
                filled("attribution_episodes"),
                filled("complaints"),
                crs=results.case.get("crs"),
                wind_rose=filled("wind_rose"),
                attribution_sources=filled("attribution_sources"),
                directional_sectors=filled("directional_sectors"),
                tr=tr,
            ),
        )
    if not results.has("observations"):
        return
    yield (
        "coverage",
        partial(figures.coverage_figure, table("observations"), filled("findings"), zone=zone, tr=tr),
    )
    for pollutant in sorted(table("observations")["pollutant"].unique()):
        yield (
            f"time_series:{pollutant}",
            partial(
                figures.time_series_figure,
                table("observations"),
                table("norms"),
                table("episodes"),
                zone=zone,
                pollutant=pollutant,
                tr=tr,
            ),
        )
    first = leading_pairs(results)
    pollutant = first[0][1] if first else None
    if results.has("stagnation"):
        yield (
            "stagnation",
            partial(
                figures.stagnation_figure,
                table("observations"),
                table("stagnation"),
                pollutant=pollutant,
                tr=tr,
            ),
        )
    if results.has("weather"):
        yield (
            "weather",
            partial(
                figures.weather_figure,
                table("weather"),
                table("stagnation"),
                table("observations"),
                zone=zone,
                pollutant=pollutant,
                tr=tr,
            ),
        )


def _directions(results: Results, language: str) -> Iterator[tuple[str, Drawing]]:
    from sootprint.report import figures

    table, tr = results.table, translator(language)
    for station in sorted(table("wind_rose")["station_id"].unique()):
        yield (
            f"wind_rose:{station}",
            partial(figures.wind_rose_figure, table("wind_rose"), station_id=station, tr=tr),
        )
    for name in ("pollution_rose", "polar_plot", "direction_hour"):
        draw = getattr(figures, f"{name}_figure")
        known = table(name)[["station_id", "pollutant"]].drop_duplicates()
        pairs = set(known.itertuples(index=False, name=None))
        for station, pollutant in [pair for pair in leading_pairs(results) if pair in pairs][:PAIRS_DRAWN]:
            yield (
                f"{name}:{station}:{pollutant}",
                partial(draw, table(name), station_id=station, pollutant=pollutant, tr=tr),
            )


def _answers(results: Results, language: str) -> Iterator[tuple[str, Drawing]]:
    from sootprint.report import figures

    table, tr = results.table, translator(language)
    for pollutant in sorted(table("attribution_sources")["pollutant"].unique()):
        yield (
            f"attribution:{pollutant}",
            partial(figures.attribution_figure, table("attribution_sources"), pollutant=pollutant, tr=tr),
        )
    told = list(dict.fromkeys(pollutant for _station, pollutant in leading_pairs(results)))[:POLLUTANTS_DRAWN]
    for pollutant, episode in leading_episodes(table("attribution_episodes")):
        if episode != "all" and pollutant not in told:
            continue
        yield (
            f"episode_contributions:{pollutant}:{episode}",
            partial(
                figures.episode_contributions_figure,
                table("attribution_episodes"),
                episode_id=episode,
                pollutant=pollutant,
                tr=tr,
            ),
        )
    for name, key in (("inspections", "ranking"), ("scenarios", "scenario"), ("scorecard", "scorecard")):
        draw = getattr(figures, f"{key}_figure")
        if results.has(name):
            yield key, partial(draw, table(name), tr=tr)


def leading_episodes(contributions: pd.DataFrame) -> list[tuple[str, str]]:
    """Pollutant and episode of the figures: the whole period first, then the largest observed means."""
    observed = contributions[contributions["component"] == "observed"]
    mean = observed.groupby(["pollutant", "episode_id"])["contribution_ugm3"].max()
    made: list[tuple[str, str]] = []
    for pollutant, part in mean.groupby(level="pollutant", sort=True):
        values = {str(episode): float(value) for (_pollutant, episode), value in part.items()}
        named = sorted((name for name in values if name != "all"), key=lambda name: (-values[name], name))
        whole = ["all"] if "all" in values else []
        made += [(str(pollutant), name) for name in [*whole, *named[:EPISODES_DRAWN]]]
    return made


def leading_pairs(results: Results) -> list[tuple[str, str]]:
    """Pairs of post and pollutant from the largest multiple of a norm down, then all others by name."""
    exceedances = results.table("exceedances").dropna(subset=["ratio"])
    worst = exceedances.groupby(["station_id", "pollutant"])["ratio"].max()
    others = results.table("observations")[["station_id", "pollutant"]].drop_duplicates()
    names = {*worst.index, *others.itertuples(index=False, name=None)}
    ratio = {pair: float(value) for pair, value in worst.items()}
    return [
        (str(station), str(pollutant))
        for station, pollutant in sorted(names, key=lambda pair: (-ratio.get(pair, -1.0), pair))
    ]
