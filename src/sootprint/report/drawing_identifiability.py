"""Figures of what came together at a post, and of what the readings could decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from sootprint.report.languages import translator
from sootprint.report.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def decidable_drawings(
    results: Results, language: str, pollutants: list[str]
) -> Iterator[tuple[str, Callable[[], Figure]]]:
    """Keys and drawings of the chapter on what the readings could decide; the first pollutant has all."""
    from sootprint.report import figures

    table, tr, rules = results.table, translator(language), results.rules
    known = set(table("identifiability_sources")["pollutant"])
    for number, pollutant in enumerate(item for item in pollutants if item in known):
        sources, pairs = table("identifiability_sources"), table("identifiability_pairs")
        yield (
            f"visibility:{pollutant}",
            partial(figures.visibility_figure, table("visibility_summary"), pollutant=pollutant, tr=tr),
        )
        if number > 0:
            continue
        yield (
            f"kernel:{pollutant}",
            partial(figures.kernel_figure, sources, limit=rules.get("decidable"), pollutant=pollutant, tr=tr),
        )
        if (pairs["pollutant"] == pollutant).any():
            yield (
                f"likeness:{pollutant}",
                partial(figures.likeness_figure, pairs, limits=rules or None, pollutant=pollutant, tr=tr),
            )
        if (table("next_posts")["pollutant"] == pollutant).any():
            yield (
                f"next_posts:{pollutant}",
                partial(
                    figures.next_posts_figure,
                    table("next_posts"),
                    table("stations"),
                    table("sources"),
                    crs=results.case.get("crs"),
                    pollutant=pollutant,
                    tr=tr,
                ),
            )


def factor_drawings(results: Results, language: str) -> Iterator[tuple[str, Callable[[], Figure]]]:
    """Keys and drawings of the chapter on factors, one a post."""
    from sootprint.report import figures

    table, tr = results.table("factor_profiles"), translator(language)
    for station in table["station_id"].dropna().unique():
        yield (
            f"factor_profiles:{station}",
            partial(figures.factor_profiles_figure, table, station_id=str(station), tr=tr),
        )
