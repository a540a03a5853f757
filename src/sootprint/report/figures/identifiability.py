"""What the readings could decide: who could be seen when, kernels, likeness of sources, the next post."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, ListedColormap
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from sootprint.core.geo import project, utm_crs
from sootprint.report.figures import style
from sootprint.report.figures.style import (
    BLUE,
    FAINT,
    GREY,
    INK,
    MUTED,
    ORANGE,
    SKY,
    Translate,
    identity,
)

Array = NDArray[np.float64]

MAXIMUM_ROWS = 24
"""Sources that are drawn; the others are counted."""

ROW_HEIGHT = 0.2
"""Height of a row [inch]."""

DAYS_LABELLED = 6
"""Days that are labelled on the axis, about."""

BLIND = ("hours_no_reading", "hours_light_wind", "hours_not_served", "hours_calm")
"""Hours in which no source could be seen, whatever it emitted."""


@style.styled
def visibility_figure(summary: pd.DataFrame, *, pollutant: str, tr: Translate = identity) -> Figure:
    """Hours of each day, and share of the usable hours of each wind sector, in which a source would show.

    Days and sectors without a usable hour are grey. Sources are ordered by the hours in which they show.

    Parameters
    ----------
    summary : DataFrame
        Table ``visibility_summary``.
    pollutant : str
        Pollutant.
    tr : callable
        Translation of the labels.
    """
    title = f"{tr('Who could be seen when')}: {style.pollutant_label(pollutant)}"
    own = summary[(summary["pollutant"] == pollutant) & (summary["station_id"] == "any")]
    whole = own[own["period_kind"] == "all"].sort_values(
        ["hours_seen", "source_id"], ascending=[False, True], kind="stable"
    )
    if whole.empty:
        return style.empty_figure(title, tr("no source that emits it"))
    names = whole["source_id"].astype(str).tolist()[:MAXIMUM_ROWS]
    figure = style.new_figure(2.0 + ROW_HEIGHT * len(names))
    left, right = figure.subplots(1, 2, width_ratios=[3.0, 1.5])
    days, hours = _grid(own, "day", names)
    # a day is counted in hours, a sector in shares: sectors differ in length
    image = _heat(left, days * hours, names, 24.0)
    figure.colorbar(image, ax=left, location="bottom", shrink=0.7, label=tr("hours of the day"))
    _day_axis(left, own)
    sectors, _ = _grid(own, "sector", names)
    image = _heat(right, 100.0 * sectors, [""] * len(names), 100.0)
    figure.colorbar(image, ax=right, location="bottom", shrink=0.9, label=tr("% of usable hours"))
    labels = own.loc[own["period_kind"] == "sector", "period"].drop_duplicates().tolist()
    right.set_xticks(range(0, len(labels), 2), [tr(label) for label in labels[::2]], rotation=90)
    right.set_title(tr("wind from"), fontweight="normal")
    left.set_title(tr("local day"), fontweight="normal")
    more = f" · {tr('not drawn')}: {len(whole) - len(names)}" if len(whole) > len(names) else ""
    handles = [
        Patch(fc="white", ec=MUTED, label=tr("would not show")),
        Patch(fc=FAINT, label=tr("no usable hour") + more),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    style.headline(figure, title)
    return figure


def _grid(own: pd.DataFrame, kind: str, names: list[str]) -> tuple[Array, Array]:
    """Share of the usable hours in which each source shows, and those hours, (K, P); nan where none is."""
    rows = own[own["period_kind"] == kind]
    order = rows["period"].drop_duplicates().tolist()
    usable = rows["hours"].astype(float) - rows[list(BLIND)].astype(float).sum(axis=1)
    table = rows.assign(usable=usable, seen=rows["hours_seen"].astype(float))
    wide = {
        column: table.pivot_table(index="source_id", columns="period", values=column, observed=False).loc[
            names, order
        ]
        for column in ("usable", "seen")
    }
    hours = wide["usable"].to_numpy(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(hours > 0, wide["seen"].to_numpy(float) / hours, np.nan), hours


def _heat(axes: Axes, values: Array, names: list[str], largest: float) -> AxesImage:
    """Cells in colour; white for zero and grey where nothing could be seen."""
    axes.set_facecolor(FAINT)
    shade = np.vstack([[1.0, 1.0, 1.0, 1.0], _sequential()(np.linspace(1.0, 0.0, 255))])
    top = max(float(np.nanmax(np.append(values, 0.0))), 1e-9)
    image = axes.imshow(
        np.ma.masked_invalid(values), aspect="auto", cmap=ListedColormap(shade), vmin=0.0,
        vmax=min(top, largest), interpolation="nearest",
    )  # fmt: skip
    axes.set_yticks(range(len(names)), [style.shorten(name, 16) for name in names])
    axes.tick_params(length=0)
    axes.set_yticks(np.arange(len(names) + 1) - 0.5, minor=True)
    axes.grid(axis="y", which="minor", color=FAINT, lw=0.5)
    axes.tick_params(which="minor", length=0)
    return image


def _sequential() -> Colormap:
    from matplotlib import colormaps

    return colormaps[style.SEQUENTIAL]


def _day_axis(axes: Axes, own: pd.DataFrame) -> None:
    days = own.loc[own["period_kind"] == "day", "period"].drop_duplicates().tolist()
    step = max(1, round(len(days) / DAYS_LABELLED))
    axes.set_xticks(range(0, len(days), step), [day[5:] for day in days[::step]])


@style.styled
def kernel_figure(
    table: pd.DataFrame, *, pollutant: str, limit: float | None = None, tr: Translate = identity
) -> Figure:
    """Averaging kernel of each source's rate, and of its contribution, with the limit of what is decidable.

    Parameters
    ----------
    table : DataFrame
        Table ``identifiability_sources``.
    pollutant : str
        Pollutant.
    limit : float, optional
        Kernel from which a source is decidable [1].
    tr : callable
        Translation of the labels.
    """
    title = (
        f"{tr('Share of the answer that would come from the readings')}: {style.pollutant_label(pollutant)}"
    )
    rows = table[table["pollutant"] == pollutant].sort_values(
        ["averaging_kernel", "source_id"], ascending=[False, True], kind="stable"
    )
    if rows.empty:
        return style.empty_figure(title, tr("no source that emits it"))
    shown = rows.head(MAXIMUM_ROWS)
    figure = style.new_figure(1.5 + ROW_HEIGHT * len(shown))
    axes = figure.add_subplot()
    places = style.row_axis(axes, shown["source_id"].astype(str).tolist())
    kinds = {"decidable": BLUE, "in a group": ORANGE}
    colours = [kinds.get(str(reason), GREY) for reason in shown["reason"]]
    axes.barh(places, shown["averaging_kernel"], height=0.62, color=colours)
    axes.scatter(shown["contribution_kernel"], places, marker="D", s=18, fc="white", ec=INK, lw=1.0, zorder=3)
    if limit is not None:
        axes.axvline(limit, color=INK, lw=1.0, ls="--")
    axes.set_xlim(0.0, 1.02)
    more = f" · {tr('not drawn')}: {len(rows) - len(shown)}" if len(rows) > len(shown) else ""
    axes.set_xlabel(tr("averaging kernel: 0 the declaration alone, 1 the readings alone") + more)
    handles = [
        Patch(fc=BLUE, label=tr("rate, decidable")),
        Patch(fc=ORANGE, label=tr("rate, only within a group")),
        Patch(fc=GREY, label=tr("rate, not decidable")),
        Line2D([], [], ls="", marker="D", mfc="white", mec=INK, ms=4.5, label=tr("contribution")),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    style.headline(figure, title)
    return figure


@style.styled
def likeness_figure(
    pairs: pd.DataFrame,
    *,
    pollutant: str,
    limits: Mapping[str, float] | None = None,
    tr: Translate = identity,
) -> Figure:
    """Cosines of the columns of two sources below the diagonal, correlations of their contributions above.

    Members of a group stand together and are framed; pairs that join them are marked with a dot.

    Parameters
    ----------
    pairs : DataFrame
        Table ``identifiability_pairs``.
    pollutant : str
        Pollutant.
    limits : mapping, optional
        ``group_cosine`` and ``group_correlation``, by which two sources are joined [1].
    tr : callable
        Translation of the labels.
    """
    title = f"{tr('Which sources look alike')}: {style.pollutant_label(pollutant)}"
    rows = pairs[pairs["pollutant"] == pollutant]
    if rows.empty:
        return style.empty_figure(title, tr("fewer than two sources emit it"))
    names, frames = _in_groups(rows)
    left_out = max(0, len(names) - MAXIMUM_ROWS)
    names = names[:MAXIMUM_ROWS]
    place = {name: number for number, name in enumerate(names)}
    matrix = np.full((len(names), len(names)), np.nan)
    dots = []
    for row in rows.itertuples(index=False):
        if row.source_id not in place or row.other_id not in place:
            continue
        low, high = sorted((place[row.source_id], place[row.other_id]))
        matrix[high, low], matrix[low, high] = row.cosine, row.correlation
        dots += [(low, high)] if limits and row.cosine > limits["group_cosine"] else []
        dots += [(high, low)] if limits and row.correlation < limits["group_correlation"] else []
    figure = style.new_figure(1.9 + 0.2 * len(names))
    axes = figure.add_subplot()
    axes.set_facecolor(FAINT)
    image = axes.imshow(np.ma.masked_invalid(matrix), cmap="PuOr_r", vmin=-1.0, vmax=1.0)
    for x, y in dots:
        axes.plot(x, y, ".", color=INK, ms=3.5)
    for first, count in frames:
        if first + count <= len(names):
            axes.add_patch(
                Rectangle((first - 0.5, first - 0.5), count, count, fc="none", ec=INK, lw=1.4, zorder=4)
            )
    labels = [style.shorten(name, 16) for name in names]
    axes.set_yticks(range(len(names)), labels)
    axes.set_xticks(range(len(names)), labels, rotation=90)
    axes.tick_params(length=0)
    figure.colorbar(image, ax=axes, shrink=0.6, label=tr("below: cosine · above: correlation"))
    if left_out:
        axes.set_xlabel(f"{tr('not drawn')}: {left_out}")
    style.headline(figure, title)
    return figure


def _in_groups(rows: pd.DataFrame) -> tuple[list[str], list[tuple[int, int]]]:
    """Sources with the members of groups first and together; first place and size of each group."""
    names = list(dict.fromkeys([*rows["source_id"], *rows["other_id"]]))
    order: list[str] = []
    frames = []
    grouped = rows.dropna(subset=["group_id"])
    for _group, part in grouped.groupby("group_id", sort=True):
        members = [name for name in names if name in {*part["source_id"], *part["other_id"]}]
        frames.append((len(order), len(members)))
        order += members
    return [*order, *(name for name in names if name not in order)], frames


@style.styled
def next_posts_figure(
    table: pd.DataFrame,
    stations: pd.DataFrame,
    sources: pd.DataFrame,
    *,
    pollutant: str,
    crs: str | None = None,
    tr: Translate = identity,
) -> Figure:
    """Expected gain of information of a post in each square of a grid, with the best ones numbered.

    Parameters
    ----------
    table : DataFrame
        Table ``next_posts`` with coordinates.
    stations, sources : DataFrame
        Tables of those names.
    pollutant : str
        Pollutant.
    crs : str, optional
        Projected CRS; by default the UTM zone of the first place.
    tr : callable
        Translation of the labels.
    """
    title = f"{tr('Where one more post would tell most')}: {style.pollutant_label(pollutant)}"
    rows = table[(table["pollutant"] == pollutant) & (table["kind"] == "post") & table["lon"].notna()]
    if rows.empty:
        return style.empty_figure(title, tr("no candidate places"))
    crs = crs or utm_crs(float(rows["lon"].iloc[0]), float(rows["lat"].iloc[0]))
    x, y = project(rows["lon"], rows["lat"], crs)
    middle = np.array([0.5 * (x.min() + x.max()), 0.5 * (y.min() + y.max())])
    side = _side(x) / 1e3
    x, y = (x - middle[0]) / 1e3, (y - middle[1]) / 1e3
    figure = style.new_figure(5.6)
    axes = figure.add_subplot()
    gain = rows["gain_alone_nat"].to_numpy(float)
    shade = _sequential().reversed()
    top = max(float(gain.max()), 1e-9)
    for here_x, here_y, value in zip(x, y, gain, strict=True):
        corner = (here_x - side / 2, here_y - side / 2)
        axes.add_patch(Rectangle(corner, side, side, fc=shade(0.85 * value / top), ec="white", lw=0.5))
    for here_x, here_y, name, rank, value in zip(x, y, rows["station_id"], rows["rank"], gain, strict=True):
        dark = value > 0.5 * top
        axes.text(
            here_x - 0.46 * side, here_y + 0.44 * side, name, va="top", color="white" if dark else INK,
        )  # fmt: skip
        if pd.notna(rank):
            corner = (here_x - side / 2, here_y - side / 2)
            axes.add_patch(Rectangle(corner, side, side, fc="none", ec=ORANGE, lw=2.4, zorder=5))
            axes.text(
                here_x, here_y, str(int(rank)), ha="center", va="center", fontsize=13, fontweight="bold",
                color=INK, zorder=6, bbox={"fc": "white", "ec": ORANGE, "boxstyle": "circle,pad=0.2"},
            )  # fmt: skip
    _signs(axes, stations, sources, crs, middle, tr)
    reach = max(float(np.abs(x).max()), float(np.abs(y).max())) + 0.55 * side
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    axes.set_xlabel(f"{tr('easting')} [{tr('km')}]")
    axes.set_ylabel(f"{tr('northing')} [{tr('km')}]")
    _gain_bar(figure, axes, top, tr)
    figure.legend(loc="outside lower center", ncols=3)
    style.headline(figure, title)
    return figure


def _side(x: Array) -> float:
    """Side of the squares: the least distance of two columns [m]."""
    apart = [b - a for a, b in pairwise(sorted(set(np.round(x, 0).tolist()))) if b - a > 1.0]
    return float(max(apart)) if apart else 1000.0


def _signs(
    axes: Axes, stations: pd.DataFrame, sources: pd.DataFrame, crs: str, middle: Array, tr: Translate
) -> None:
    """Posts, stacks and the middles of other sources."""
    point = sources[(sources["kind"] == "point") & sources["lon"].notna()]
    other = sources[(sources["kind"] != "point") & sources["lon"].notna()]
    kinds = [
        (stations.dropna(subset=["lon", "lat"]), "o", "white", 44, tr("post")),
        (point, "^", SKY, 40, tr("stack")),
        (other, "s", GREY, 18, tr("other source")),
    ]
    for table, marker, colour, size, label in kinds:
        if len(table):
            x, y = project(table["lon"], table["lat"], crs)
            axes.scatter(
                (x - middle[0]) / 1e3, (y - middle[1]) / 1e3, marker=marker, s=size, c=colour, ec=INK,
                lw=1.0, zorder=4, label=label,
            )  # fmt: skip


def _gain_bar(figure: Figure, axes: Axes, top: float, tr: Translate) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    shade = ListedColormap(_sequential().reversed()(np.linspace(0.0, 0.85, 256)))
    scale = ScalarMappable(Normalize(0.0, top), shade)
    figure.colorbar(scale, ax=axes, shrink=0.7, label=f"{tr('expected gain of information')} [nat]")
