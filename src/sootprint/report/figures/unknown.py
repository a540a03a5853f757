"""Where an unlisted source would be seen, where one is supported, and what a direction implies."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.patheffects import withStroke
from matplotlib.projections.polar import PolarAxes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sootprint.core.geo import project, utm_crs
from sootprint.report.figures import style
from sootprint.report.figures.style import BLUE, GREY, INK, ORANGE, RED, SEQUENTIAL, Translate, identity

RELEASE_COLOURS = {"low": BLUE, "tall": ORANGE}


@style.styled
def unknown_map_figure(
    candidates: pd.DataFrame,
    areas: pd.DataFrame,
    stations: pd.DataFrame,
    sources: pd.DataFrame,
    *,
    pollutant: str,
    crs: str | None = None,
    tr: Translate = identity,
) -> Figure:
    """Emission from which a low source would be stated, cell by cell, and the areas that were found.

    Parameters
    ----------
    candidates, areas : DataFrame
        Tables ``unknown_candidates`` and ``unknown_areas``.
    stations, sources : DataFrame
        Tables of those names.
    pollutant : str
        Pollutant that is drawn.
    crs : str, optional
        Projected CRS; by default the UTM zone of the first candidate.
    tr : callable
        Translation of the labels.
    """
    low = candidates.loc[(candidates["pollutant"] == pollutant) & (candidates["release"] == "low")]
    title = f"{tr('Sources that nobody declared')}: {style.pollutant_label(pollutant)}"
    if low.empty:
        return style.empty_figure(title, tr("nothing was searched"))
    first = low.iloc[0]
    crs = crs or utm_crs(float(first["lon"]), float(first["lat"]))
    x, y = (item / 1000.0 for item in project(low["lon"], low["lat"], crs))
    figure = style.new_figure(5.4)
    axes = figure.add_subplot()
    apart = np.hypot(x - x[0], y - y[0])
    half = 0.5 * float(apart[apart > 1e-3].min())
    seen = low["seen_g_s"].to_numpy(float)
    known = np.isfinite(seen)
    shown = axes.scatter(
        x[known], y[known], c=seen[known], marker="s", s=_side(axes, half, x, y), cmap=f"{SEQUENTIAL}_r",
        norm=LogNorm(*_decades(seen[known])), lw=0, zorder=1,
    )  # fmt: skip
    bar = figure.colorbar(shown, ax=axes, pad=0.02, shrink=0.8)
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:g}"))
    bar.set_label(f"{tr('emission that would be stated')} [{tr('g s⁻¹')}]")
    sx, sy = (item / 1000.0 for item in project(sources["lon"], sources["lat"], crs))
    inside = (np.abs(sx - x.mean()) <= np.ptp(x) / 2 + half) & (np.abs(sy - y.mean()) <= np.ptp(y) / 2 + half)
    axes.scatter(
        sx[inside],
        sy[inside],
        marker="^",
        s=30,
        c=GREY,
        ec="white",
        lw=0.5,
        zorder=3,
        label=tr("declared source"),
    )
    placed = stations.dropna(subset=["lon", "lat"])
    px, py = (item / 1000.0 for item in project(placed["lon"], placed["lat"], crs))
    axes.scatter(px, py, marker="o", s=36, c="white", ec=INK, lw=1.4, zorder=4, label=tr("post"))
    _areas(axes, areas.loc[areas["pollutant"] == pollutant], crs, tr)
    axes.set_aspect("equal")
    axes.set_xlim(x.min() - half, x.max() + half)
    axes.set_ylim(y.min() - half, y.max() + half)
    axes.set_xlabel(f"{tr('easting')} [{tr('km')}]")
    axes.set_ylabel(f"{tr('northing')} [{tr('km')}]")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:.0f}"))
    figure.legend(loc="outside lower center", ncols=4)
    style.headline(figure, title)
    return figure


def _side(axes: Axes, half: float, x: np.ndarray, y: np.ndarray) -> float:
    """Area of a cell's sign [pt²], so that neighbours touch."""
    span = max(float(np.ptp(x)), float(np.ptp(y))) + 2 * half
    return float((1.02 * 2 * half / span * 0.62 * style.WIDTH * 72) ** 2)


def _decades(values: np.ndarray) -> tuple[float, float]:
    """Range of colours: from the smallest value over three decades."""
    low = float(10 ** np.floor(np.log10(values.min()))) if len(values) else 1.0
    return low, low * 1000.0


def _areas(axes: Axes, areas: pd.DataFrame, crs: str, tr: Translate) -> None:
    labels = set()
    for row in areas.itertuples(index=False):
        (ax,), (ay,) = project([row.lon], [row.lat], crs)
        stated = bool(row.stated)
        name = tr("area stated") if stated else tr("area not decided")
        axes.add_patch(
            Circle(
                (ax / 1000, ay / 1000), float(row.radius_m) / 1000, fc="none", ec=RED,
                lw=2.0 if stated else 1.2, ls="-" if stated else ":", zorder=5,
                label=None if name in labels else name,
            )
        )  # fmt: skip
        labels.add(name)
        axes.annotate(
            f"{str(row.area_id).split('-')[-1]}  {float(row.probability):.2f}", (ax / 1000, ay / 1000),
            ha="center", va="center", color=RED, fontweight="bold", zorder=6,
            path_effects=[withStroke(linewidth=2.5, foreground="white")],
        )  # fmt: skip


@style.styled
def unknown_direction_figure(
    directions: pd.DataFrame, *, station_id: str, pollutant: str, tr: Translate = identity
) -> Figure:
    """Sectors of one post, and the emission that each distance and release would imply.

    Parameters
    ----------
    directions : DataFrame
        Table ``unknown_directions``.
    station_id, pollutant : str
        Post and pollutant that are drawn.
    tr : callable
        Translation of the labels.
    """
    rows = directions.loc[(directions["station_id"] == station_id) & (directions["pollutant"] == pollutant)]
    title = f"{tr('What the directions imply')}: {style.pollutant_label(pollutant)}, {station_id}"
    if rows.empty:
        return style.empty_figure(title, tr("nothing was searched"))
    figure = style.new_figure(3.6)
    grid = figure.add_gridspec(1, 2, width_ratios=[1.0, 1.6])
    dial = figure.add_subplot(grid[0], projection="polar")
    assert isinstance(dial, PolarAxes)
    dial.set_theta_zero_location("N")
    dial.set_theta_direction(-1)
    best = rows.loc[rows["correlation"] == rows["correlation"].max()]
    for row in best.itertuples(index=False):
        width = (float(row.sector_to_deg) - float(row.sector_from_deg)) % 360.0 or 360.0
        dial.bar(
            np.deg2rad(float(row.sector_from_deg) + width / 2),
            float(row.contribution_ugm3),
            np.deg2rad(width),
            fc=RED if row.stated else "none", ec=RED, alpha=0.75 if row.stated else 1.0,
            ls="-" if row.stated else ":",
        )  # fmt: skip
    dial.set_thetagrids([0, 90, 180, 270], [tr(name) for name in ("N", "E", "S", "W")])
    dial.set_rlabel_position(20)
    dial.yaxis.set_major_locator(MaxNLocator(3))
    dial.set_title(f"{tr('sectors')} [{tr('µg m⁻³')}]", fontsize=9, fontweight="normal", loc="center")
    axes = figure.add_subplot(grid[1])
    first = rows.loc[rows["rank"] == 1]
    for number, (release, part) in enumerate(first.groupby("release", sort=True)):
        part = part.sort_values("distance_m")
        at = part["distance_m"].to_numpy(float) / 1000.0 * (1.0 + 0.06 * (2 * number - 1))
        middle = part["emission_g_s"].to_numpy(float)
        bars = np.abs(part[["emission_q05_g_s", "emission_q95_g_s"]].to_numpy(float).T - middle)
        colour = RELEASE_COLOURS.get(str(release), GREY)
        axes.errorbar(
            at,
            middle,
            bars,
            fmt="o",
            color=colour,
            capsize=3,
            label=tr("low release") if release == "low" else tr("tall release"),
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    ticks = sorted(first["distance_m"].unique() / 1000.0)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:g}"))
    axes.set_xlabel(f"{tr('distance, if it were so')} [{tr('km')}]")
    axes.set_ylabel(f"{tr('emission implied')} [{tr('g s⁻¹')}]")
    axes.grid(axis="y")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    style.headline(figure, title)
    return figure
