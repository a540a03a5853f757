"""Figures of the sources that nobody declared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from sootprint.report.languages import translator
from sootprint.report.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def unknown_drawings(results: Results, language: str) -> Iterator[tuple[str, Callable[[], Figure]]]:
    """Map of each searched pollutant, and the directions of each post."""
    from sootprint.report.figures.unknown import unknown_direction_figure, unknown_map_figure

    table, tr = results.table, translator(language)
    candidates, directions = table("unknown_candidates"), table("unknown_directions")
    for pollutant in sorted(candidates["pollutant"].unique()):
        yield (
            f"unknown_map:{pollutant}",
            partial(
                unknown_map_figure,
                candidates,
                table("unknown_areas"),
                table("stations"),
                table("sources"),
                pollutant=str(pollutant),
                crs=results.case.get("crs"),
                tr=tr,
            ),
        )
    pairs = directions[["station_id", "pollutant"]].drop_duplicates().sort_values(["station_id", "pollutant"])
    for station, pollutant in pairs.itertuples(index=False, name=None):
        yield (
            f"unknown_direction:{station}:{pollutant}",
            partial(
                unknown_direction_figure, directions, station_id=str(station), pollutant=str(pollutant), tr=tr
            ),
        )
