"""Surfaces over the wind vector: all posts, exceedances, clusters; and the annulus of hours."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.colors import BoundaryNorm, ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from matplotlib.projections.polar import PolarAxes

from sootprint.report.figures import style
from sootprint.report.figures.style import SEQUENTIAL, Translate, identity
from sootprint.report.figures.wind_style import LETTERS, disc, large, speed_note, surface

COLUMNS = 3
"""Panels beside each other in the figure of all posts."""

POSTS_SHOWN = 9
"""Panels of the figure of all posts at most."""


@large
def polar_posts_figure(
    polar_plot: pd.DataFrame,
    *,
    pollutant: str | None = None,
    posts: list[str] | None = None,
    tr: Translate = identity,
) -> Figure:
    """Mean concentration over the wind at every post, in one scale of colours.

    Parameters
    ----------
    polar_plot : DataFrame
        Table of that name.
    pollutant : str, optional
        Pollutant; by default the first in alphabetical order.
    posts : list of str, optional
        Posts in the order of the panels, the first `POSTS_SHOWN` are drawn; by default all by name.
    tr : callable
        Translation of the labels.
    """
    title = tr("Concentration by wind speed and direction")
    filled = polar_plot.loc[polar_plot["value_ugm3"].notna()]
    if pollutant is None and len(filled):
        pollutant = str(filled["pollutant"].min())
    filled = filled.loc[filled["pollutant"] == pollutant]
    known = set(filled["station_id"])
    shown = [post for post in (posts or sorted(known)) if post in known][:POSTS_SHOWN]
    if not shown or pollutant is None:
        return style.empty_figure(title, tr("too few hours with both wind and readings"))
    width = min(COLUMNS, len(shown))
    height = -(-len(shown) // width)
    figure = style.new_figure(2.45 * height + 1.0)
    panels = np.atleast_1d(figure.subplots(height, width)).ravel()
    scale = Normalize(0.0, float(filled.loc[filled["station_id"].isin(shown), "value_ugm3"].max()))
    image = None
    for axes, post in zip(panels, shown, strict=False):
        grid, top = surface(style.pick(polar_plot, post, pollutant), "value_ugm3")
        image = disc(axes, grid, top, tr, cmap=SEQUENTIAL, norm=scale)
        axes.set_title(style.shorten(post, 18), loc="center")
    for axes in panels[len(shown) :]:
        axes.set_axis_off()
    assert image is not None
    figure.colorbar(image, ax=list(panels), shrink=0.8, pad=0.02).set_label(
        style.concentration_label(pollutant, tr)
    )
    style.headline(figure, f"{title}: {style.pollutant_label(pollutant)}")
    speed_note(figure, tr)
    return figure


@large
def exceedance_polar_figure(
    polar_statistic: pd.DataFrame,
    *,
    station_id: str | None = None,
    pollutant: str | None = None,
    tr: Translate = identity,
) -> Figure:
    """Share of hours over a level, by wind speed (from the middle) and direction it comes from.

    Parameters
    ----------
    polar_statistic : DataFrame
        Table of that name; rows of statistic ``cpf``.
    station_id, pollutant : str, optional
        Post and pollutant; by default the first in alphabetical order.
    tr : callable
        Translation of the labels.
    """
    rows = style.pick(polar_statistic.loc[polar_statistic["statistic"] == "cpf"], station_id, pollutant)
    title = tr("Probability of high hours by wind")
    if rows["value"].notna().sum() == 0:
        return style.empty_figure(title, tr("too few hours with both wind and readings"))
    station, pollutant = str(rows["station_id"].iloc[0]), str(rows["pollutant"].iloc[0])
    figure = style.new_figure(4.6, width=5.4)
    axes = figure.add_subplot()
    grid, top = surface(rows, "value")
    image = disc(axes, 100.0 * grid, top, tr, cmap=SEQUENTIAL, norm=Normalize(0.0, 100.0 * np.nanmax(grid)))
    level = float(rows["threshold_ugm3"].iloc[0])
    figure.colorbar(image, ax=axes, shrink=0.8, pad=0.02).set_label(
        f"{tr('share of hours over')} {level:.0f} {tr('µg m⁻³')} [%]"
    )
    style.headline(figure, f"{title}: {station}, {style.pollutant_label(pollutant)}")
    speed_note(figure, tr)
    return figure


@large
def cluster_figure(
    polar_clusters: pd.DataFrame,
    polar_cluster_shares: pd.DataFrame,
    *,
    station_id: str | None = None,
    pollutant: str | None = None,
    tr: Translate = identity,
) -> Figure:
    """Parts of the wind with like concentrations, and what each brings.

    Parameters
    ----------
    polar_clusters, polar_cluster_shares : DataFrame
        Tables of those names.
    station_id, pollutant : str, optional
        Post and pollutant; by default the first in alphabetical order.
    tr : callable
        Translation of the labels.
    """
    rows = style.pick(polar_clusters, station_id, pollutant)
    title = tr("Clusters of the wind")
    if rows.empty:
        return style.empty_figure(title, tr("too few hours with both wind and readings"))
    station, pollutant = str(rows["station_id"].iloc[0]), str(rows["pollutant"].iloc[0])
    shares = style.pick(polar_cluster_shares, station, pollutant)
    number = int(rows["cluster"].max())
    colours = [style.PALETTE[k % len(style.PALETTE)] for k in range(number)]
    axis = np.unique(np.concatenate([rows["u"], rows["v"], -rows["u"], -rows["v"]]).round(9))
    grid = np.full((len(axis), len(axis)), np.nan)
    places = [np.searchsorted(axis, rows[name].to_numpy(float).round(9)) for name in ("v", "u")]
    grid[places[0], places[1]] = rows["cluster"].to_numpy(float)
    figure = style.new_figure(4.2)
    axes = figure.add_subplot()
    disc(
        axes, grid, float(axis[-1]), tr, cmap=ListedColormap(colours),
        norm=BoundaryNorm(np.arange(number + 1) + 0.5, number),
    )  # fmt: skip
    handles = []
    for row in shares.itertuples(index=False):
        known = pd.notna(row.cluster)
        name = str(int(row.cluster)) if known else tr("no direction")
        colour = colours[int(row.cluster) - 1] if known else "white"
        dose = "–" if pd.isna(row.dose_share) else f"{100 * row.dose_share:.0f} %"
        words = f"{name}: {100 * row.hours_share:.0f} % → {dose}"
        handles.append(Patch(fc=colour, ec=style.MUTED, lw=0.6, label=words))
    figure.legend(
        handles=handles,
        loc="outside right center",
        title=f"{tr('cluster')}: {tr('of hours')} →\n{tr('of the dose')}",
        alignment="left",
    )
    style.headline(figure, f"{title}: {station}, {style.pollutant_label(pollutant)}")
    speed_note(figure, tr)
    return figure


@large
def annulus_figure(
    polar_annulus: pd.DataFrame,
    *,
    station_id: str | None = None,
    pollutant: str | None = None,
    tr: Translate = identity,
) -> Figure:
    """Smoothed mean by direction around a ring and hour of the local day, 0 h inside and 23 h outside.

    Parameters
    ----------
    polar_annulus : DataFrame
        Table of that name with period ``hour``.
    station_id, pollutant : str, optional
        Post and pollutant; by default the first in alphabetical order.
    tr : callable
        Translation of the labels.
    """
    rows = style.pick(polar_annulus.loc[polar_annulus["period"] == "hour"], station_id, pollutant)
    title = tr("Concentration by hour and wind direction")
    if rows["value_ugm3"].notna().sum() == 0:
        return style.empty_figure(title, tr("no hours with both wind and readings"))
    from sootprint.report.figures.directions import compass

    station, pollutant = str(rows["station_id"].iloc[0]), str(rows["pollutant"].iloc[0])
    table = rows.pivot_table(index="time_value", columns="direction_deg", values="value_ugm3", dropna=False)
    figure = style.new_figure(4.6, width=5.4)
    axes = figure.add_subplot(projection="polar")
    assert isinstance(axes, PolarAxes)
    values = np.ma.masked_invalid(table.to_numpy(float))
    axes.grid(visible=False)
    image = axes.pcolormesh(
        np.deg2rad(table.columns.to_numpy(float)), table.index.to_numpy(float), values,
        cmap=colormaps[SEQUENTIAL], shading="nearest", rasterized=True,
        norm=Normalize(0.0, float(values.max())),
    )  # fmt: skip
    compass(axes, tr)
    axes.grid(visible=True, color="white", lw=0.5)
    axes.set_rorigin(-12.0)
    axes.set_rlim(0, 23)
    axes.set_rgrids([0, 6, 12, 18, 23], ["0", "6", "12", "18", "23"], angle=22.5)
    for label in axes.get_yticklabels():
        label.set(color="white", fontsize=LETTERS - 2, path_effects=[withStroke(linewidth=2, foreground="k")])
    figure.colorbar(image, ax=axes, shrink=0.8, pad=0.1).set_label(style.concentration_label(pollutant, tr))
    style.headline(figure, f"{title}: {station}, {style.pollutant_label(pollutant)}")
    figure.supxlabel(f"{tr('rings')}: {tr('hour of the local day')}", fontsize=LETTERS, color=style.MUTED)
    return figure
