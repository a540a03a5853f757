"""Map of the back-triangulation: where the bearings of several posts may meet."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Wedge
from matplotlib.patheffects import withStroke

from sootprint.core.geo import project
from sootprint.report.figures import style
from sootprint.report.figures.style import BLUE, GREY, INK, MUTED, ORANGE, SKY, Translate, identity
from sootprint.report.figures.wind_style import large


@large
def triangulation_figure(
    triangulation_regions: pd.DataFrame,
    triangulation_bearings: pd.DataFrame,
    stations: pd.DataFrame,
    sources: pd.DataFrame,
    *,
    pollutant: str | None = None,
    tr: Translate = identity,
) -> Figure:
    """Posts with the bearings of their worst directions, and the regions where these may meet.

    Parameters
    ----------
    triangulation_regions, triangulation_bearings, stations, sources : DataFrame
        Tables of those names; ``sources`` may be empty.
    pollutant : str, optional
        Pollutant; by default the first in alphabetical order.
    tr : callable
        Translation of the labels.
    """
    title = tr("Where bearings of the posts may meet")
    if pollutant is None and len(triangulation_regions):
        pollutant = str(triangulation_regions["pollutant"].min())
    regions = triangulation_regions.loc[triangulation_regions["pollutant"] == pollutant]
    if regions.empty or pollutant is None:
        return style.empty_figure(title, tr("under two posts point anywhere"))
    bearings = triangulation_bearings.loc[triangulation_bearings["pollutant"] == pollutant]
    posts = bearings.merge(stations[["station_id", "lon", "lat"]], on="station_id").dropna(
        subset=["lon", "lat"]
    )
    middle = posts["lat"].mean(), posts["lon"].mean()
    # bearings are from true north, and so is this projection
    crs = f"+proj=aeqd +lat_0={middle[0]:.6f} +lon_0={middle[1]:.6f} +datum=WGS84 +units=km"
    outlines = {float(row.level): _outline(row.geometry_wkt, crs) for row in regions.itertuples()}
    x, y = project(posts["lon"].to_numpy(float), posts["lat"].to_numpy(float), crs)
    figure = style.new_figure(5.6, width=6.2)
    axes = figure.add_subplot()
    for level, colour in zip(sorted(outlines, reverse=True), (SKY, BLUE), strict=False):
        for ring in outlines[level]:
            axes.fill(*ring.T, fc=colour, ec=BLUE, lw=0.8, alpha=0.75, zorder=2)
    reach = _window(axes, [np.column_stack([x, y]), *outlines[max(outlines)]])
    for row, east, north in zip(posts.itertuples(index=False), x, y, strict=True):
        if row.used:
            start, end = 90.0 - row.bearing_q95_deg, 90.0 - row.bearing_q05_deg
            axes.add_patch(
                Wedge((east, north), reach, start, end, fc=ORANGE, ec="none", alpha=0.16, zorder=1)
            )
            angle = np.deg2rad(row.bearing_deg)
            axes.plot(
                [east, east + reach * np.sin(angle)], [north, north + reach * np.cos(angle)], color=ORANGE,
                lw=1.3, zorder=3,
            )  # fmt: skip
        axes.plot(east, north, "o", ms=8, mfc=ORANGE if row.used else "white", mec=INK, mew=1.2, zorder=5)
        axes.annotate(
            style.shorten(str(row.station_id), 14), (east, north), xytext=(6, 6), textcoords="offset points",
            zorder=6, path_effects=[withStroke(linewidth=2.5, foreground="white")],
        )  # fmt: skip
    stacks = sources.loc[(sources["kind"] == "point") & sources["lon"].notna()] if len(sources) else sources
    if len(stacks):
        sx, sy = project(stacks["lon"].to_numpy(float), stacks["lat"].to_numpy(float), crs)
        axes.plot(sx, sy, "^", ms=7, mfc=GREY, mec="white", mew=0.6, zorder=4)
    axes.set_xlabel(f"{tr('east')} [{tr('km')}]")
    axes.set_ylabel(f"{tr('north')} [{tr('km')}]")
    figure.legend(handles=_legend(regions, bool(len(stacks)), tr), loc="outside lower center", ncols=2)
    style.headline(figure, f"{title}: {style.pollutant_label(pollutant)}")
    return figure


def _outline(wkt: str, crs: str) -> list[np.ndarray]:
    """Outer rings of a region [km]."""
    import shapely

    shape = shapely.from_wkt(wkt)
    parts = list(getattr(shape, "geoms", [shape]))
    corners = [np.asarray(part.exterior.coords, dtype=float) for part in parts]
    return [np.column_stack(project(ring[:, 0], ring[:, 1], crs)) for ring in corners]


def _window(axes: Any, points: list[np.ndarray]) -> float:
    """Square window around all points; the length of its diagonal."""
    every = np.vstack(points)
    low, high = every.min(axis=0), every.max(axis=0)
    half = 0.55 * float((high - low).max())
    middle = 0.5 * (low + high)
    axes.set_xlim(middle[0] - half, middle[0] + half)
    axes.set_ylim(middle[1] - half, middle[1] + half)
    axes.set_aspect("equal")
    axes.grid(visible=True)
    axes.set_axisbelow(True)
    return 2.9 * half


def _legend(regions: pd.DataFrame, stacks: bool, tr: Translate) -> list[Any]:
    from matplotlib.lines import Line2D

    made: list[Any] = [
        Patch(fc=colour, ec=BLUE, alpha=0.75, label=f"{tr('region of')} {100 * level:.0f} %")
        for level, colour in zip(sorted(regions["level"], reverse=True), (SKY, BLUE), strict=False)
    ]
    made += [
        Line2D([], [], color=ORANGE, marker="o", mec=INK, ms=8, label=tr("post with its bearing")),
        Line2D([], [], color="none", marker="o", mfc="white", mec=INK, ms=8, label=tr("post without one")),
    ]
    if stacks:
        made.append(
            Line2D([], [], color="none", marker="^", mfc=GREY, mec=MUTED, ms=8, label=tr("declared stack"))
        )
    return made
