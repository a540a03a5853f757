"""Map of posts, stacks and other sources in local metres, without any network."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Wedge
from matplotlib.patheffects import withStroke
from matplotlib.projections.polar import PolarAxes
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from sootprint.core.geo import project, utm_crs
from sootprint.report.compared import counted
from sootprint.report.figures import style
from sootprint.report.figures.style import (
    BLUE,
    GREY,
    INK,
    MUTED,
    ORANGE,
    PURPLE,
    SKY,
    VERDICT_COLOURS,
    Translate,
    identity,
)

Array = NDArray[np.float64]
SMALLEST_KM = 2.0
"""Least width of the map [km]."""

LONGEST_LABEL = 20
"""Longest name of a post that labels it [characters]; a longer one gives way to the post's identifier."""


@style.styled
def map_figure(
    stations: pd.DataFrame,
    sources: pd.DataFrame,
    exceedances: pd.DataFrame | None = None,
    attribution_episodes: pd.DataFrame | None = None,
    complaints: pd.DataFrame | None = None,
    *,
    crs: str | None = None,
    wind_rose: pd.DataFrame | None = None,
    attribution_sources: pd.DataFrame | None = None,
    directional_sectors: pd.DataFrame | None = None,
    tr: Translate = identity,
) -> Figure:
    """Posts, stacks, area and line sources on a grid of kilometres, with scale bar and north arrow.

    Posts and plants are labelled; a label that finds no free place is left out and counted. Posts without
    coordinates are named below the map.

    Parameters
    ----------
    stations, sources : DataFrame
        Tables of those names; ``sources`` may be empty.
    exceedances : DataFrame, optional
        Table of that name: posts are filled where a limit or guideline in force was exceeded.
    attribution_episodes : DataFrame, optional
        Table of that name: the area of a stack's sign grows with its largest modelled contribution.
    complaints : DataFrame, optional
        Table of that name: places to 100 m, for nobody's door is to be found on the map.
    crs : str, optional
        Projected CRS; by default the UTM zone of the first point.
    wind_rose : DataFrame, optional
        Table of that name, drawn as a small rose beside the map.
    attribution_sources : DataFrame, optional
        Table of that name: stacks take the colour of their verdict.
    directional_sectors : DataFrame, optional
        Table of that name: sectors are drawn as wedges from their posts.
    tr : callable
        Translation of the labels.
    """
    title = tr("Map of posts and sources")
    placed = stations.loc[stations["lon"].notna() & stations["lat"].notna()]
    if placed.empty and sources.empty:
        return style.empty_figure(title, tr("no coordinates of posts or sources"))
    first = (placed if len(placed) else sources).iloc[0]
    crs = crs or utm_crs(float(first["lon"]), float(first["lat"]))
    figure = style.new_figure(5.2)
    axes, side = figure.subplots(1, 2, width_ratios=[3.1, 1.0])
    px, py = project(placed["lon"], placed["lat"], crs)
    sx, sy = project(sources["lon"], sources["lat"], crs)
    shapes = _shapes(sources, crs)
    window = _window(
        np.concatenate([px, sx, *(s[:, 0] for _, s in shapes)]),
        np.concatenate([py, sy, *(s[:, 1] for _, s in shapes)]),
    )
    _frame(axes, window, tr)
    _draw_shapes(axes, shapes)
    if directional_sectors is not None:
        _draw_wedges(axes, placed, px, py, directional_sectors, 0.42 * (window[1] - window[0]))
    if complaints is not None:
        _draw_complaints(axes, complaints, crs)
    point = (sources["kind"] == "point").to_numpy(bool)
    colours = _source_colours(sources, attribution_sources)
    sizes = _source_sizes(sources, attribution_episodes)
    axes.scatter(
        sx[point], sy[point], marker="^", s=sizes[point], c=[colours[i] for i in np.flatnonzero(point)],
        ec="white", lw=0.6, zorder=4,
    )  # fmt: skip
    over = _posts_over(placed, exceedances)
    axes.scatter(px, py, marker="o", s=42, c=np.where(over, ORANGE, "white"), ec=INK, lw=1.5, zorder=5)
    side.set_axis_off()
    handles = _legend(sources, attribution_sources, attribution_episodes, tr)
    handles += _more_legend(bool(over.any()), complaints, directional_sectors, tr)
    side.legend(handles=handles, loc="upper left", bbox_to_anchor=(-0.1, 1.0), handlelength=1.2)
    if wind_rose is not None and wind_rose["hours"].sum() > 0:
        _small_rose(side, wind_rose, tr)
    style.headline(figure, title)
    names, lx, ly, weights = _label_points(placed, px, py, sources, sx, sy)
    obstacles = np.column_stack([np.concatenate([px, sx[point]]), np.concatenate([py, sy[point]])])
    left_out = place_labels(figure, axes, names, lx, ly, weights, obstacles)
    _notes(axes, stations, left_out, tr)
    return figure


def _notes(axes: Axes, stations: pd.DataFrame, left_out: int, tr: Translate) -> None:
    notes = []
    lost = stations.loc[stations["lon"].isna() | stations["lat"].isna(), "station_id"].astype(str).tolist()
    if lost:
        notes.append(f"{tr('without coordinates')}: {style.shorten(', '.join(lost), 40)}")
    if left_out:
        notes.append(f"{tr('labels left out')}: {left_out}")
    if notes:
        axes.set_xlabel(f"{tr('easting')} [{tr('km')}]\n{' · '.join(notes)}")


def _posts_over(placed: pd.DataFrame, exceedances: pd.DataFrame | None) -> NDArray[np.bool_]:
    """Posts where a limit or guideline in force was exceeded."""
    if exceedances is None:
        return np.zeros(len(placed), dtype=bool)
    over = exceedances.loc[(exceedances["verdict"] == "exceeded") & counted(exceedances), "station_id"]
    return placed["station_id"].isin(over).to_numpy(bool)


def _source_sizes(sources: pd.DataFrame, episodes: pd.DataFrame | None) -> Array:
    """Area of each source's sign [pt²]: 40 and up to 220 for the largest modelled contribution."""
    sizes = np.full(len(sources), 46.0)
    if episodes is None or episodes.empty:
        return sizes
    own = episodes.loc[episodes["component"] == "source"]
    largest = own.groupby("source_id")["contribution_ugm3"].max().clip(lower=0.0)
    if len(largest) and largest.max() > 0:
        sizes = 40.0 + 180.0 * sources["source_id"].map(largest / largest.max()).fillna(0.0).to_numpy(float)
    return sizes


def _draw_complaints(axes: Axes, complaints: pd.DataFrame, crs: str) -> None:
    known = complaints.dropna(subset=["lon", "lat"])
    x, y = project(known["lon"], known["lat"], crs)
    x, y = np.round(x, -2), np.round(y, -2)
    axes.scatter(x, y, marker="x", s=18, c=MUTED, lw=1.0, zorder=3)


def _window(x: Array, y: Array) -> tuple[float, float, float, float]:
    """Square window around all points [m], with a margin."""
    half = max(float(np.ptp(x)), float(np.ptp(y)), 1000.0 * SMALLEST_KM) * 0.5 * 1.16
    cx, cy = 0.5 * float(x.min() + x.max()), 0.5 * float(y.min() + y.max())
    return cx - half, cx + half, cy - half, cy + half


def _frame(axes: Axes, window: tuple[float, float, float, float], tr: Translate) -> None:
    axes.set_xlim(window[0], window[1])
    axes.set_ylim(window[2], window[3])
    axes.set_aspect("equal")
    span = window[1] - window[0]
    step = next(s for s in (200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 1e9) if span / s <= 7)
    for axis, low, high, name in (
        (axes.xaxis, *window[:2], tr("easting")),
        (axes.yaxis, *window[2:], tr("northing")),
    ):
        ticks = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
        axis.set_ticks(ticks, [f"{tick / 1000:g}" for tick in ticks])
        axis.set_label_text(f"{name} [{tr('km')}]" + ("\n " if axis is axes.xaxis else ""))
    axes.grid()
    axes.set_axisbelow(True)
    bar = step if step <= 0.3 * span else step / 2
    x0, y0 = window[0] + 0.04 * span, window[2] + 0.04 * span
    axes.plot([x0, x0 + bar], [y0, y0], color=INK, lw=3, solid_capstyle="butt", zorder=6)
    axes.text(
        x0 + bar / 2, y0 + 0.015 * span, f"{bar / 1000:g} {tr('km')}", ha="center", va="bottom", zorder=6
    )
    axes.annotate(
        tr("N"), (0.955, 0.87), (0.955, 0.97), xycoords="axes fraction",
        ha="center", va="center", fontweight="bold",
        arrowprops={"arrowstyle": "<|-", "color": INK, "lw": 1.2},
    )  # fmt: skip


def _shapes(sources: pd.DataFrame, crs: str) -> list[tuple[str, Array]]:
    """Outlines [m] of area and volume sources and courses of line sources."""
    from shapely import from_wkt, get_coordinates, get_parts

    made: list[tuple[str, Array]] = []
    rows = sources.loc[sources["geometry_wkt"].notna() & (sources["geometry_wkt"] != "")]
    for kind, text in zip(rows["kind"], rows["geometry_wkt"], strict=True):
        for part in get_parts([from_wkt(text)]):
            corners = get_coordinates(part.exterior if part.geom_type == "Polygon" else part)
            made.append((str(kind), np.column_stack(project(corners[:, 0], corners[:, 1], crs))))
    return made


def _draw_shapes(axes: Axes, shapes: list[tuple[str, Array]]) -> None:
    for kind, corners in shapes:
        if kind == "line":
            axes.plot(corners[:, 0], corners[:, 1], color=PURPLE, lw=2.0, zorder=2)
        elif len(corners) > 2:
            axes.fill(corners[:, 0], corners[:, 1], fc=ORANGE, ec=ORANGE, alpha=0.25, lw=1.0, zorder=1)


def _draw_wedges(
    axes: Axes, placed: pd.DataFrame, px: Array, py: Array, sectors: pd.DataFrame, radius: float
) -> None:
    """Wedges of the sectors from which the pollution comes."""
    where = {str(post): (x, y) for post, x, y in zip(placed["station_id"], px, py, strict=True)}
    for row in sectors.dropna(subset=["sector_from_deg"]).itertuples():
        if str(row.station_id) in where:
            start, end = 90.0 - float(row.sector_to_deg), 90.0 - float(row.sector_from_deg)
            axes.add_patch(
                Wedge(where[str(row.station_id)], radius, start, end, fc=SKY, ec=BLUE, alpha=0.3, lw=0.8)
            )


def _source_colours(sources: pd.DataFrame, attribution: pd.DataFrame | None) -> list[str]:
    if attribution is None or attribution.empty:
        return [BLUE] * len(sources)
    order = attribution["verdict"].map(list(VERDICT_COLOURS).index)
    worst = attribution.assign(order=order).sort_values("order", kind="stable")
    verdicts = worst.drop_duplicates("source_id").set_index("source_id")["verdict"]
    return [VERDICT_COLOURS[str(verdicts.get(source, "not decidable"))] for source in sources["source_id"]]


def _legend(
    sources: pd.DataFrame,
    attribution: pd.DataFrame | None,
    episodes: pd.DataFrame | None,
    tr: Translate,
) -> list[Line2D | Patch]:
    """Signs of posts and sources."""
    made: list[Line2D | Patch] = [Line2D([], [], ls="", marker="o", mfc="white", mec=INK, label=tr("post"))]
    kinds = set(sources["kind"])
    sized = episodes is not None and bool((episodes["component"] == "source").any())
    coloured = attribution is not None and len(attribution) > 0
    if "point" in kinds:
        text = tr("stack; larger: more\nmodelled contribution") if sized else tr("stack")
        face = "none" if coloured else BLUE
        made.append(Line2D([], [], ls="", marker="^", ms=9, mfc=face, mec=BLUE, label=text))
    if "point" in kinds and attribution is not None:
        found = [verdict for verdict in VERDICT_COLOURS if (attribution["verdict"] == verdict).any()]
        made += [
            Line2D([], [], ls="", marker="^", color=VERDICT_COLOURS[item], label=tr(item)) for item in found
        ]
    if kinds & {"area", "volume"}:
        made.append(Patch(fc=ORANGE, alpha=0.4, label=tr("area source")))
    if "line" in kinds:
        made.append(Line2D([], [], color=PURPLE, lw=2, label=tr("line source")))
    return made


def _more_legend(
    over: bool, complaints: pd.DataFrame | None, sectors: pd.DataFrame | None, tr: Translate
) -> list[Line2D | Patch]:
    """Signs of what was found."""
    made: list[Line2D | Patch] = []
    if over:
        made.append(Line2D([], [], ls="", marker="o", mfc=ORANGE, mec=INK, label=tr("post over a norm")))
    if complaints is not None and complaints["lon"].notna().any():
        made.append(Line2D([], [], ls="", marker="x", color=MUTED, label=tr("complaint")))
    if sectors is not None and sectors["sector_from_deg"].notna().any():
        text = tr("sector with support\nfor a source")
        made.append(Patch(fc=SKY, ec=BLUE, alpha=0.5, label=text))
    return made


def _small_rose(side: Axes, table: pd.DataFrame, tr: Translate) -> None:
    from sootprint.report.figures.directions import compass

    rows = style.pick(table, None, None)
    share = rows.dropna(subset=["sector_deg"]).groupby("sector_deg")["share"].sum()
    inset = side.inset_axes((0.0, 0.0, 0.95, 0.27), projection="polar")
    assert isinstance(inset, PolarAxes)
    inset.bar(
        np.deg2rad(share.index.to_numpy(float)), share.to_numpy(float), 1.8 * np.pi / len(share), color=GREY
    )
    compass(inset, tr)
    inset.set_thetagrids([0, 90, 180, 270], [tr(name) for name in ("N", "E", "S", "W")])
    inset.tick_params(pad=-1)
    inset.set_yticks([])
    calm = float(rows.loc[rows["sector_deg"].isna(), "share"].sum())
    inset.set_title(
        f"{tr('wind from')}\n({tr('calm')} {100 * calm:.0f} %)", fontsize=9, fontweight="normal", loc="center"
    )


def _label_points(
    placed: pd.DataFrame, px: Array, py: Array, sources: pd.DataFrame, sx: Array, sy: Array
) -> tuple[list[str], Array, Array, list[str]]:
    """Texts, places and weights of labels: posts, then plants at the middle of their sources."""
    names = [
        str(row.name_)
        if isinstance(row.name_, str) and 0 < len(row.name_) <= LONGEST_LABEL
        else str(row.station_id)
        for row in placed.rename(columns={"name": "name_"}).itertuples()
    ]
    plants = pd.DataFrame({"plant": sources["facility_id"].astype(str).to_numpy(), "x": sx, "y": sy})
    middle = plants.groupby("plant", sort=True)[["x", "y"]].mean()
    texts = [style.shorten(name, LONGEST_LABEL) for name in [*names, *middle.index]]
    weights = ["normal"] * len(names) + ["bold"] * len(middle)
    return texts, np.concatenate([px, middle["x"]]), np.concatenate([py, middle["y"]]), weights


def place_labels(
    figure: Figure, axes: Axes, names: list[str], x: Array, y: Array, weights: list[str], obstacles: Array
) -> int:
    """Labels set one after the other at the nearest free place around their points; how many found none."""
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    frame = axes.get_window_extent(renderer)
    points = axes.transData.transform(obstacles) if len(obstacles) else np.empty((0, 2))
    taken = [Bbox.from_bounds(px - 5, py - 5, 10, 10) for px, py in points]
    taken += [text.get_window_extent(renderer) for text in axes.texts]
    left_out = 0
    for name, at_x, at_y, weight in zip(names, x, y, weights, strict=True):
        text = axes.annotate(
            name, (at_x, at_y), xytext=(0, 0), textcoords="offset points", ha="center", va="center",
            fontweight=weight, zorder=7, path_effects=[withStroke(linewidth=2.5, foreground="white")],
        )  # fmt: skip
        size = text.get_window_extent(renderer)
        for dx, dy in _offsets(size.width, size.height):
            text.set_position((dx * 72 / figure.dpi, dy * 72 / figure.dpi))
            box = text.get_window_extent(renderer)
            inside = frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
            if inside and not any(box.overlaps(other) for other in taken):
                taken.append(box)
                break
        else:
            text.remove()
            left_out += 1
    return left_out


def _offsets(width: float, height: float) -> list[tuple[float, float]]:
    """Offsets [pixel] around a point, near ones first."""
    made = []
    for reach in (7.0, 14.0, 24.0):
        right, up = width / 2 + reach, height / 2 + reach
        made += [
            (right, 0),
            (-right, 0),
            (0, up),
            (0, -up),
            (right, up),
            (-right, up),
            (right, -up),
            (-right, -up),
        ]
    return made
