"""Wind over the ground in light hours."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from sootprint.core.geo import project, utm_crs
from sootprint.report.figures import style
from sootprint.report.figures.style import BLUE, INK, ORANGE, Translate, identity

ARROWS = 18
"""Arrows along the longer side."""
ROUND_SPEEDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Speeds [m s⁻¹] of which the largest that the map has is the key of its arrows."""


@style.styled
def terrain_wind_figure(
    wind: pd.DataFrame,
    stations: pd.DataFrame,
    sources: pd.DataFrame,
    *,
    crs: str | None = None,
    tr: Translate = identity,
) -> Figure:
    """Mean wind of the lightest hours over the height of the ground, with posts and stacks.

    Parameters
    ----------
    wind : DataFrame
        Table ``terrain_wind_map``: a regular grid.
    stations, sources : DataFrame
        Tables of those names.
    crs : str, optional
        Projected CRS; by default the UTM zone of the first cell.
    tr : callable
        Translation of the labels.
    """
    title = tr("Wind over the terrain in the lightest hours")
    if wind.empty:
        return style.empty_figure(title, tr("no wind over terrain"))
    first = wind.iloc[0]
    crs = crs or utm_crs(float(first["lon"]), float(first["lat"]))
    x, y = _kilometres(wind, crs)
    across = int(np.argmax(np.diff(x) < 0.0)) + 1 if (np.diff(x) < 0.0).any() else len(x)
    shape = (len(x) // across, across)
    grid_x, grid_y = x.reshape(shape), y.reshape(shape)
    ground = wind["ground_m"].to_numpy(float).reshape(shape)
    figure = style.new_figure(5.2)
    axes = figure.add_subplot()
    shown = axes.contourf(grid_x, grid_y, ground, levels=12, cmap="Greys", alpha=0.55)
    bar = figure.colorbar(shown, ax=axes, pad=0.02, shrink=0.8)
    bar.set_label(f"{tr('height of the ground')} [{tr('m')}]")
    every = max(1, -(-max(shape) // ARROWS))
    part = (slice(every // 2, None, every), slice(every // 2, None, every))
    east, north = (
        wind[name].to_numpy(float).reshape(shape)[part] for name in ("eastward_wind", "northward_wind")
    )
    speed = np.hypot(east, north)
    strong = max(float(np.quantile(speed, 0.95)), 1e-3)
    arrows = axes.quiver(
        grid_x[part], grid_y[part], east, north, color=BLUE, pivot="mid", width=0.0035,
        scale=strong * ARROWS * 1.1, scale_units="width", zorder=3,
    )  # fmt: skip
    key = max((value for value in ROUND_SPEEDS if value <= strong), default=ROUND_SPEEDS[0])
    axes.quiverkey(arrows, 0.88, 1.03, key, f"{key:g} {tr('m s⁻¹')}", labelpos="E", coordinates="axes")
    stacks = sources.loc[sources["kind"] == "point"].dropna(subset=["lon", "lat"])
    axes.scatter(
        *_kilometres(stacks, crs), marker="^", s=34, c=ORANGE, ec="white", lw=0.6, zorder=4, label=tr("stack")
    )
    placed = stations.dropna(subset=["lon", "lat"])
    axes.scatter(
        *_kilometres(placed, crs), marker="o", s=34, c="white", ec=INK, lw=1.3, zorder=5, label=tr("post")
    )
    axes.set_aspect("equal")
    axes.set_xlim(grid_x.min(), grid_x.max())
    axes.set_ylim(grid_y.min(), grid_y.max())
    axes.set_xlabel(f"{tr('easting')} [{tr('km')}]")
    axes.set_ylabel(f"{tr('northing')} [{tr('km')}]")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:.0f}"))
    figure.legend(loc="outside lower center", ncols=2)
    style.headline(figure, title)
    return figure


def _kilometres(table: pd.DataFrame, crs: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, y = project(table["lon"].to_numpy(float), table["lat"].to_numpy(float), crs)
    return x / 1000.0, y / 1000.0
