"""Figures of a run: which are drawn, for which posts, under which key and file name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from sootprint.report.drawing_identifiability import decidable_drawings, factor_drawings
from sootprint.report.drawing_unknown import unknown_drawings
from sootprint.report.languages import translator
from sootprint.report.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAIRS_DRAWN = 2
"""Pairs of post and pollutant whose directions are drawn: see `direction_pairs`."""

POLLUTANTS_DRAWN = 2
"""Pollutants that are drawn: those with the largest multiple of a norm."""

POSTS_DRAWN = 4
"""Posts whose readings are drawn for a pollutant: those with the largest multiple of a norm."""

EPISODES_DRAWN = 1
"""Episodes whose contributions are drawn: those of the first pollutant with the largest observed mean."""

FILLED_CELLS = 0.25
"""Share of filled cells from which the figure by hour and direction says something [1]."""

DIRECTION_FIGURES = {
    "pollution_rose": ("pollution_rose",),
    "percentile_rose": ("percentile_rose",),
    "polar_plot": ("polar_plot",),
    "exceedance_polar": ("polar_statistic",),
    "cluster": ("polar_clusters", "polar_cluster_shares"),
    "direction_hour": ("direction_hour",),
    "annulus": ("polar_annulus",),
    "time_variation": ("time_variation",),
    "trend": ("smooth_trends", "trends"),
}
"""Figures of a pair's directions and cycles, in their order, and the tables that each is drawn from."""

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
    yield from _law(results, language)
    yield from _directions(results, language)
    yield from factor_drawings(results, language)
    yield from decidable_drawings(results, language, leading_pollutants(results))
    yield from _answers(results, language)
    yield from unknown_drawings(results, language)
    yield from _terrain(results, language)


def _terrain(results: Results, language: str) -> Iterator[tuple[str, Drawing]]:
    from sootprint.report import figures

    if results.has("terrain_wind_map"):
        yield (
            "terrain_wind",
            partial(
                figures.terrain_wind_figure,
                results.table("terrain_wind_map"),
                results.table("stations"),
                results.table("sources"),
                crs=results.case.get("crs"),
                tr=translator(language),
            ),
        )


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
                directional_sectors=_map_sectors(results),
                tr=tr,
            ),
        )
    if not results.has("observations"):
        return
    yield (
        "coverage",
        partial(figures.coverage_figure, table("observations"), filled("findings"), zone=zone, tr=tr),
    )
    readings = table("observations")
    for pollutant in leading_pollutants(results):
        posts = [post for post, item in leading_pairs(results) if item == pollutant][:POSTS_DRAWN]
        yield (
            f"time_series:{pollutant}",
            partial(
                figures.time_series_figure,
                readings[readings["station_id"].isin(posts) & (readings["pollutant"] == pollutant)],
                _norms(results, language),
                table("episodes"),
                zone=zone,
                pollutant=pollutant,
                tr=tr,
            ),
        )
    first = next(iter(leading_pollutants(results)), None)
    if results.has("stagnation"):
        yield (
            "stagnation",
            partial(
                figures.stagnation_figure,
                table("observations"),
                table("stagnation"),
                pollutant=first,
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
                pollutant=first,
                tr=tr,
            ),
        )


def _law(results: Results, language: str) -> Iterator[tuple[str, Drawing]]:
    from sootprint.report import figures

    table, tr = results.table, translator(language)
    if results.has("nmu_days"):
        yield (
            "nmu_calendar",
            partial(
                figures.nmu_calendar_figure,
                table("nmu_days"),
                table("daily_indices"),
                zone=results.case["zone"],
                tr=tr,
            ),
        )
    leading = leading_substance(results)
    if leading is not None:
        yield f"permit_map:{leading}", partial(figures.legal_field_figure, results, leading, language, tr=tr)


def leading_substance(results: Results) -> str | None:
    """Substance or group with the largest calculated part of its limit; None without a calculation."""
    points = results.table("ond86_points")
    worst = points.loc[points["point_id"].astype(str).str.startswith("worst:")]
    if worst.empty or "ond86_field" not in results.fields:
        return None
    single = worst.loc[worst["concentration_mg_m3"].notna()]
    first = (single if len(single) else worst).sort_values("ratio", ascending=False, kind="stable").iloc[0]
    return str(first["substance_or_group"])


def _directions(results: Results, language: str) -> Iterator[tuple[str, Drawing]]:
    from sootprint.report import figures

    table, tr = results.table, translator(language)
    for station in sorted(table("wind_rose")["station_id"].unique()):
        yield (
            f"wind_rose:{station}",
            partial(figures.wind_rose_figure, table("wind_rose"), station_id=station, tr=tr),
        )
    pairs = direction_pairs(results)
    worst = leading_pairs(results)
    for pollutant in leading_pollutants(results):
        known = set(table("polar_plot").loc[table("polar_plot")["value_ugm3"].notna(), "station_id"])
        posts = [post for post, item in worst if item == pollutant and post in known]
        if len(posts) > 1:
            draw = partial(figures.polar_posts_figure, table("polar_plot"), pollutant=pollutant, posts=posts)
            yield f"polar_posts:{pollutant}", partial(draw, tr=tr)
    for key, names in DIRECTION_FIGURES.items():
        draw = getattr(figures, f"{key}_figure")
        for station, pollutant in pairs:
            first = _own(table(names[0]), station, pollutant)
            # the picture by hour and direction is either of cells or, where these are too few, smoothed
            cells = _says_something(_own(table("direction_hour"), station, pollutant))
            if first.empty or (key == "direction_hour" and not cells) or (key == "annulus" and cells):
                continue
            tables = [table(name) for name in names]
            yield (
                f"{key}:{station}:{pollutant}",
                partial(draw, *tables, station_id=station, pollutant=pollutant, tr=tr),
            )
    regions = table("triangulation_regions")
    for pollutant in [item for item in leading_pollutants(results) if item in set(regions["pollutant"])]:
        tables = [regions, *(table(n) for n in ("triangulation_bearings", "stations", "sources"))]
        yield (
            f"triangulation:{pollutant}",
            partial(figures.triangulation_figure, *tables, pollutant=pollutant, tr=tr),
        )


def _own(rows: pd.DataFrame, station: str, pollutant: str) -> pd.DataFrame:
    return rows[(rows["station_id"] == station) & (rows["pollutant"] == pollutant)]


def _answers(results: Results, language: str) -> Iterator[tuple[str, Drawing]]:
    from sootprint.report import figures

    table, tr = results.table, translator(language)
    known = set(table("attribution_sources")["pollutant"])
    told = leading_pollutants(results)
    for pollutant in [item for item in told if item in known]:
        yield (
            f"attribution:{pollutant}",
            partial(figures.attribution_figure, table("attribution_sources"), pollutant=pollutant, tr=tr),
        )
    episodes = [
        (pollutant, episode)
        for pollutant, episode in leading_episodes(table("attribution_episodes"))
        if pollutant in (told if episode == "all" else told[:1])
    ]
    for pollutant, episode in sorted(episodes, key=lambda pair: told.index(pair[0])):
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
    yield from _evidence(results, language)
    if results.has("inspections"):
        yield "ranking", partial(figures.ranking_figure, table("inspections"), tr=tr)
    if results.has("scenarios"):
        yield "scenario", partial(figures.scenario_figure, scenarios_drawn(results, language), tr=tr)
    scored = [item for item in told if item in set(table("scorecard")["pollutant"])]
    if results.has("scorecard"):
        yield (
            "scorecard",
            partial(
                figures.scorecard_figure,
                table("scorecard"),
                pollutant=scored[0] if scored else None,
                tr=tr,
            ),
        )


def _says_something(rows: pd.DataFrame) -> bool:
    from sootprint.report.figures.directions import MINIMUM_HOURS

    return len(rows) > 0 and bool((rows["hours"] >= MINIMUM_HOURS).mean() >= FILLED_CELLS)


def _map_sectors(results: Results) -> pd.DataFrame | None:
    """Supported sector of each post for the first pollutant: one wedge a post can still be read."""
    from sootprint.report.chapters.directions import supported_sectors

    if not results.has("directional_sectors"):
        return None
    sectors = supported_sectors(results.table("directional_sectors"))
    first = leading_pollutants(results)[:1]
    return sectors[sectors["pollutant"].isin(first)].drop_duplicates("station_id")


def _norms(results: Results, language: str) -> pd.DataFrame:
    """Norms with their labels in a language."""
    from sootprint.report.words import norm_text

    norms, tr = results.table("norms"), translator(language)
    return norms.assign(label=[norm_text(str(label), tr) for label in norms["label"]])


def scenarios_drawn(results: Results, language: str = "en") -> pd.DataFrame:
    """Scenarios of the norm whose hours over the limit change most, post by post."""
    table = results.table("scenarios")
    single = table[table["station_id"] != "all"]
    table = single if len(single) else table
    gain = table["exceedances_base"].astype(float) - table["exceedances"]
    most = table.assign(gain=gain).groupby("norm_id", sort=True)["gain"].sum()
    labels = dict(_norms(results, language)[["norm_id", "label"]].itertuples(index=False, name=None))
    kept = table[table["norm_id"] == most.idxmax()]
    return kept.assign(norm_id=kept["norm_id"].map(lambda name: labels.get(name, name)))


def leading_pollutants(results: Results) -> list[str]:
    """Pollutants that are drawn, the one with the largest multiple of a norm first."""
    return list(dict.fromkeys(pollutant for _station, pollutant in leading_pairs(results)))[:POLLUTANTS_DRAWN]


def direction_pairs(results: Results) -> list[tuple[str, str]]:
    """Pairs whose directions are drawn: the largest multiple of a norm, the best supported sector, others."""
    from sootprint.report.chapters.directions import supported_sectors

    pairs = leading_pairs(results)
    sectors = supported_sectors(results.table("directional_sectors")).head(1)
    best = [(str(row.station_id), str(row.pollutant)) for row in sectors.itertuples(index=False)]
    known = results.table("pollution_rose")[["station_id", "pollutant"]].drop_duplicates()
    have = set(known.itertuples(index=False, name=None))
    return [pair for pair in dict.fromkeys([*pairs[:1], *best, *pairs]) if pair in have][:PAIRS_DRAWN]


def _evidence(results: Results, language: str) -> Iterator[tuple[str, Drawing]]:
    from sootprint.report import figures
    from sootprint.report.chapters.evidence import told_pollutants, told_rates
    from sootprint.report.view import View

    if not results.has("evidence_rates"):
        return
    view = View(results, language)
    for pollutant in told_pollutants(view):
        yield (
            f"evidence_ratio:{pollutant}",
            partial(
                figures.evidence_ratio_figure,
                told_rates(view, pollutant),
                pollutant=pollutant,
                tr=translator(language),
            ),
        )


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
