"""Maps of the largest single concentration in parts of its limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from sootprint.report.figures import style
from sootprint.report.figures.place import _frame as map_frame
from sootprint.report.figures.place import place_labels
from sootprint.report.languages import Translate
from sootprint.report.numbers import format_number

Array = NDArray[np.float64]

LEVELS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Contours of the maps, in parts of the limit [1]."""

HALO = [withStroke(linewidth=2.5, foreground="white")]

HEIGHT = 4.3
"""Height of a map [inch]: two stand on a page."""

LEAST_WIDTH_M = 400.0
"""Least width of a map [m]."""

LABELLED = 12
"""Sources up to which each is labelled with its number; of more only the leading ones are."""


@dataclass(frozen=True)
class MapField:
    """Field of one substance or group, as the map shows it.

    Attributes
    ----------
    x, y : ndarray
        Axes of the grid in the projected CRS [m].
    ratio : ndarray (y, x)
        Largest single concentration in parts of the limit.
    worst_x, worst_y : float
        Place of the largest value [m].
    worst : float
        That value.
    wind_from, wind_speed : float
        Wind that gives it [degrees, m s⁻¹].
    convergence : float
        Angle from true to grid north [degrees].
    """

    x: Array
    y: Array
    ratio: Array
    worst_x: float
    worst_y: float
    worst: float
    wind_from: float
    wind_speed: float
    convergence: float = 0.0


@style.styled
def permit_map(
    field: MapField,
    sources: pd.DataFrame,
    *,
    title: str,
    language: str,
    tr: Translate,
    zone_wkt: str | None = None,
    receptors: pd.DataFrame | None = None,
) -> Figure:
    """Contours in parts of the limit, sources, zone and receptors, and the worst place with its wind.

    Parameters
    ----------
    field : MapField
        What is drawn.
    sources : DataFrame
        One row a source: ``label, kind, x_m, y_m, geometry_wkt`` in the CRS of the field, leading ones first.
    title : str
        Headline.
    language : str
        Language of the numbers.
    tr : callable
        Translation of the texts.
    zone_wkt : str, optional
        Outline of the sanitary protection zone in the same CRS.
    receptors : DataFrame, optional
        Columns ``point_id, x_m, y_m``.
    """
    _ = tr
    figure = style.new_figure(HEIGHT)
    axes, side = figure.subplots(1, 2, width_ratios=[3.1, 1.0])
    side.set_axis_off()
    window = _window(field, sources, zone_wkt, receptors)
    handles = _contours(axes, field, language, _)
    _outlines(axes, sources, zone_wkt)
    points = sources.loc[sources["kind"] == "point"]
    axes.scatter(points["x_m"], points["y_m"], marker="^", s=42, c=style.INK, ec="white", lw=0.7, zorder=5)
    handles += _source_handles(sources, zone_wkt, _)
    if receptors is not None and len(receptors):
        axes.scatter(
            receptors["x_m"], receptors["y_m"], marker="o", s=30, c="white", ec=style.INK, lw=1.2, zorder=5
        )
        handles.append(Line2D([], [], ls="", marker="o", mfc="white", mec=style.INK, label=_("receptor")))
    _worst(axes, field, window)
    handles.append(Line2D([], [], ls="", marker="*", ms=12, mfc=style.RED, mec="white", label=_("largest")))
    map_frame(axes, window, _)
    for text in axes.texts:
        text.set_path_effects(HALO)
    side.legend(
        handles=handles, title=_("parts of the limit"), alignment="left", loc="upper left",
        bbox_to_anchor=(-0.12, 1.0), handlelength=1.4,
    )  # fmt: skip
    style.headline(figure, f"{title}\n{_worst_text(field, language, _)}")
    labelled = sources.head(LABELLED)
    names = [str(label) for label in labelled["label"]]
    lx, ly = labelled["x_m"].to_numpy(float), labelled["y_m"].to_numpy(float)
    obstacles = np.column_stack(
        [np.append(sources["x_m"], field.worst_x), np.append(sources["y_m"], field.worst_y)]
    )
    place_labels(figure, axes, names, lx, ly, ["normal"] * len(names), obstacles)
    return figure


def _contours(axes: Axes, field: MapField, language: str, _: Translate) -> list[Line2D | Patch]:
    """Filled levels, their lines and the line of the limit; the signs for the legend."""
    top = max(field.worst, float(np.nanmax(field.ratio)))
    levels = [level for level in LEVELS if level <= top]
    if not levels:
        text = _("nowhere %(level)s or more") % {"level": format_number(LEVELS[0], 1, locale=language)}
        return [Patch(fc="none", ec="none", label=text)]
    bounds = [*levels, max(2.0 * levels[-1], 1.001 * top)]
    colours = level_colours(len(levels))
    axes.contourf(
        field.x, field.y, field.ratio, levels=bounds, colors=colours, norm=BoundaryNorm(bounds, len(levels)),
        zorder=0,
    )  # fmt: skip
    thin = [level for level in levels if level != 1.0]
    if thin:
        axes.contour(field.x, field.y, field.ratio, levels=thin, colors=style.MUTED, linewidths=0.5, zorder=1)
    handles: list[Line2D | Patch] = []
    for level, colour in zip(levels, colours, strict=True):
        text = _("from %(level)s") % {"level": format_number(level, 1, locale=language)}
        handles.append(Patch(fc=colour, ec=style.MUTED, lw=0.5, label=text))
    if 1.0 in levels:
        axes.contour(field.x, field.y, field.ratio, levels=[1.0], colors=style.RED, linewidths=2.0, zorder=3)
        handles.append(Line2D([], [], color=style.RED, lw=2.0, label=_("1 limit")))
    return handles


def level_colours(count: int) -> list[tuple[float, float, float, float]]:
    """Colours of so many levels, from pale to dark; the sequence YlGnBu of ColorBrewer 2."""
    from matplotlib import colormaps

    ramp = colormaps["YlGnBu"]
    return [tuple(ramp(place)) for place in np.linspace(0.06, 0.75, count)]  # type: ignore[misc]


def _outlines(axes: Axes, sources: pd.DataFrame, zone_wkt: str | None) -> None:
    from shapely import from_wkt, get_coordinates, get_parts

    rows = sources.loc[sources["geometry_wkt"].notna() & (sources["geometry_wkt"] != "")]
    for text in rows["geometry_wkt"]:
        for part in get_parts([from_wkt(text)]):
            if part.geom_type == "Polygon":
                corners = get_coordinates(part.exterior)
                axes.fill(corners[:, 0], corners[:, 1], fc=style.ORANGE, ec=style.INK, alpha=0.5, lw=0.8)
            else:
                corners = get_coordinates(part)
                axes.plot(corners[:, 0], corners[:, 1], color=style.PURPLE, lw=2.0, zorder=4)
    if zone_wkt:
        for part in get_parts([from_wkt(zone_wkt)]):
            rings: Sequence = [part.exterior, *part.interiors]
            for ring in rings:
                corners = get_coordinates(ring)
                axes.plot(corners[:, 0], corners[:, 1], color=style.BLUE, lw=1.4, ls=(0, (5, 2)), zorder=4)


def _source_handles(sources: pd.DataFrame, zone_wkt: str | None, _: Translate) -> list[Line2D | Patch]:
    kinds = set(sources["kind"])
    made: list[Line2D | Patch] = []
    if "point" in kinds:
        made.append(Line2D([], [], ls="", marker="^", mfc=style.INK, mec="white", ms=8, label=_("stack")))
    if kinds & {"area", "volume"}:
        made.append(Patch(fc=style.ORANGE, ec=style.INK, alpha=0.5, label=_("area source")))
    if "line" in kinds:
        made.append(Line2D([], [], color=style.PURPLE, lw=2, label=_("line source")))
    if zone_wkt:
        made.append(Line2D([], [], color=style.BLUE, lw=1.4, ls=(0, (5, 2)), label=_("sanitary zone")))
    return made


def _worst(axes: Axes, field: MapField, window: tuple[float, float, float, float]) -> None:
    """Star at the worst place and an arrow that blows to it."""
    axes.scatter(
        [field.worst_x], [field.worst_y], marker="*", s=170, c=style.RED, ec="white", lw=0.9, zorder=8
    )
    if not np.isfinite(field.wind_from):
        return
    angle = np.radians(field.wind_from - field.convergence)
    reach = 0.13 * (window[1] - window[0])
    tail = (field.worst_x + reach * np.sin(angle), field.worst_y + reach * np.cos(angle))
    axes.annotate(
        "", (field.worst_x, field.worst_y), tail,
        arrowprops={"arrowstyle": "-|>", "color": style.RED, "lw": 1.8, "shrinkB": 7.0},
        zorder=7, annotation_clip=True,
    )  # fmt: skip


def _worst_text(field: MapField, language: str, _: Translate) -> str:
    number = format_number(field.worst, 3, locale=language)
    if not np.isfinite(field.wind_from):
        return _("largest: %(ratio)s") % {"ratio": number}
    return _("largest: %(ratio)s, in wind from %(degrees)s° at %(speed)s m/s") % {
        "ratio": number,
        "degrees": f"{field.wind_from:.0f}",
        "speed": format_number(field.wind_speed, 2, locale=language),
    }


def _window(
    field: MapField, sources: pd.DataFrame, zone_wkt: str | None, receptors: pd.DataFrame | None
) -> tuple[float, float, float, float]:
    """Square around everything that is shown: the lowest contour, sources, zone and receptors."""
    from shapely import from_wkt

    shown = field.ratio >= min(LEVELS[0], 0.5 * field.worst)
    xs = [field.x[shown.any(axis=0)], sources["x_m"].to_numpy(float), np.array([field.worst_x])]
    ys = [field.y[shown.any(axis=1)], sources["y_m"].to_numpy(float), np.array([field.worst_y])]
    if receptors is not None:
        xs.append(receptors["x_m"].to_numpy(float))
        ys.append(receptors["y_m"].to_numpy(float))
    if zone_wkt:
        west, south, east, north = from_wkt(zone_wkt).bounds
        xs.append(np.array([west, east]))
        ys.append(np.array([south, north]))
    x, y = np.concatenate(xs), np.concatenate(ys)
    half = 0.55 * max(float(np.ptp(x)), float(np.ptp(y)), LEAST_WIDTH_M)
    middle = 0.5 * float(x.min() + x.max()), 0.5 * float(y.min() + y.max())
    # White beyond the grid would read as clean air.
    return (
        max(middle[0] - half, float(field.x[0])),
        min(middle[0] + half, float(field.x[-1])),
        max(middle[1] - half, float(field.y[0])),
        min(middle[1] + half, float(field.y[-1])),
    )
