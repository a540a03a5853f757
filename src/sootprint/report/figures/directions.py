"""Roses, polar plot, and hours by direction."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.projections.polar import PolarAxes
from matplotlib.ticker import MaxNLocator

from sootprint.report.figures import style
from sootprint.report.figures.style import BLUE, INK, RED, SEQUENTIAL, Translate, identity
from sootprint.report.figures.wind_style import disc, large, speed_note, surface

MINIMUM_HOURS = 5
"""Hours under which a cell of the figure by hour and direction is left grey."""

POINTS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")


@style.styled
def wind_rose_figure(
    wind_rose: pd.DataFrame, *, station_id: str | None = None, tr: Translate = identity
) -> Figure:
    """Share of hours by direction and class of speed, calm hours in words.

    Parameters
    ----------
    wind_rose : DataFrame
        Table of that name.
    station_id : str, optional
        Weather station; by default the first in alphabetical order.
    tr : callable
        Translation of the labels.
    """
    rows = style.pick(wind_rose, station_id, None)
    title = tr("Wind rose")
    blown = rows.loc[rows["sector_deg"].notna()]
    total = int(rows["hours"].sum())
    if total == 0:
        return style.empty_figure(title, tr("no wind data"))
    figure = style.new_figure(3.6, width=5.4)
    axes = figure.add_subplot(projection="polar")
    assert isinstance(axes, PolarAxes)
    filled = blown.loc[blown["hours"] > 0]
    classes = filled.drop_duplicates("speed_class").sort_values("speed_from", kind="stable")
    colours = colormaps[SEQUENTIAL](np.linspace(0.95, 0.0, len(classes)))
    base = np.zeros(blown["sector_deg"].nunique())
    for name, colour in zip(classes["speed_class"], colours, strict=True):
        part = blown.loc[blown["speed_class"] == name].sort_values("sector_deg", kind="stable")
        share = part["share"].to_numpy(float)
        theta = np.deg2rad(part["sector_deg"].to_numpy(float))
        axes.bar(
            theta, share, 1.8 * np.pi / len(theta), bottom=base, color=colour, ec="white", lw=0.3, label=name
        )
        base = base + share
    compass(axes, tr)
    percent_rings(axes, float(base.max()))
    calm = float(rows.loc[rows["sector_deg"].isna(), "share"].sum())
    figure.legend(loc="outside right center", title=f"{tr('wind speed')}\n[{tr('m s⁻¹')}]", reverse=True)
    style.headline(figure, f"{title}: {rows['station_id'].iloc[0]}")
    axes.set_xlabel(f"{tr('calm')}: {100 * calm:.1f} % · {tr('hours')}: {total}", labelpad=10)
    return figure


def compass(axes: PolarAxes, tr: Translate) -> None:
    """North up, clockwise, eight points of the compass."""
    axes.set_theta_zero_location("N")
    axes.set_theta_direction(-1)
    axes.set_thetagrids(np.arange(0, 360, 45), [tr(name) for name in POINTS])
    axes.grid(color=style.FAINT, lw=0.6)
    axes.set_axisbelow(True)
    axes.spines["polar"].set_color(style.FAINT)


def percent_rings(axes: PolarAxes, top: float) -> None:
    """Four or fewer rings labelled in per cent, at the angle with the shortest bars."""
    step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 1.0) if top <= 4.2 * s or s == 1.0)
    rings = np.arange(step, top + step, step)[:5]
    axes.set_ylim(0, max(top * 1.02, rings[0]))
    axes.set_rgrids(rings, [f"{100 * ring:g} %" for ring in rings], angle=_quiet_angle(axes))


def _quiet_angle(axes: PolarAxes) -> float:
    """Angle [degrees] between compass labels where the bars are shortest."""
    angles = np.arange(22.5, 360, 45)
    bars = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    if not bars:
        return 22.5
    theta = np.rad2deg([bar.get_x() + bar.get_width() / 2 for bar in bars]) % 360
    height = np.array([bar.get_y() + bar.get_height() for bar in bars])
    near = [np.where(np.abs((theta - angle + 180) % 360 - 180) < 25, height, 0.0).max() for angle in angles]
    return float(angles[int(np.argmin(near))])


@large
def pollution_rose_figure(
    pollution_rose: pd.DataFrame,
    *,
    station_id: str | None = None,
    pollutant: str | None = None,
    tr: Translate = identity,
) -> Figure:
    """Mean concentration by direction, and the conditional probability function with 90 % intervals.

    The dashed circle of the right-hand rose is what every sector would show without any influence of
    direction: the share of all hours that is over the threshold.

    Parameters
    ----------
    pollution_rose : DataFrame
        Table of that name.
    station_id, pollutant : str, optional
        Post and pollutant; by default the first in alphabetical order.
    tr : callable
        Translation of the labels.
    """
    rows = style.pick(pollution_rose, station_id, pollutant)
    title = tr("Pollution rose")
    if rows["hours"].sum() == 0:
        return style.empty_figure(title, tr("no hours with both wind and readings"))
    station, pollutant = str(rows["station_id"].iloc[0]), str(rows["pollutant"].iloc[0])
    blown = rows.loc[rows["sector_deg"].notna()].sort_values("sector_deg", kind="stable")
    calm = rows.loc[rows["sector_deg"].isna()]
    still = int(calm["hours"].sum())
    theta = np.deg2rad(blown["sector_deg"].to_numpy(float))
    width = 1.8 * np.pi / len(theta)
    threshold = float(rows["threshold_ugm3"].iloc[0])
    words = textwrap.fill(f"{tr('share of hours over')} {threshold:.0f} {tr('µg m⁻³')}", 34)
    figure = style.new_figure(4.1 + 0.35 * words.count("\n"))
    left, right = figure.subplots(1, 2, subplot_kw={"projection": "polar"})
    mean = blown["mean_ugm3"].to_numpy(float)
    left.bar(theta, np.nan_to_num(mean), width, color=BLUE, ec="white", lw=0.3)
    compass(left, tr)
    left.set_ylim(0, 1.02 * max(float(np.nanmax(mean, initial=0.0)), 1e-9))
    left.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10], prune="lower"))
    left.set_rlabel_position(_quiet_angle(left))
    left.set_title(f"{tr('mean')} [{tr('µg m⁻³')}]", pad=16, loc="center")
    without = f"{tr('calm')}: 0 {tr('h')}"
    left.set_xlabel(
        f"{tr('calm')}: {float(calm['mean_ugm3'].iloc[0]):.0f} {tr('µg m⁻³')}, {still} {tr('h')}"
        if still
        else without
    )
    cpf = blown["cpf"].to_numpy(float)
    low, high = blown["cpf_q05"].to_numpy(float), blown["cpf_q95"].to_numpy(float)
    right.bar(theta, np.nan_to_num(cpf), width, color=style.SKY, ec="white", lw=0.3)
    right.errorbar(
        theta,
        cpf,
        yerr=np.vstack([np.maximum(cpf - low, 0), np.maximum(high - cpf, 0)]),
        fmt="none",
        ecolor=INK,
        elinewidth=0.9,
        capsize=1.5,
    )
    base = float((rows["cpf"] * rows["hours"].astype(float)).sum() / float(rows["hours"].sum()))
    around = np.linspace(0, 2 * np.pi, 181)
    right.plot(around, np.full(181, base), color=RED, ls="--", lw=1.0)
    compass(right, tr)
    percent_rings(right, float(np.nanmax(np.append(high, base))))
    right.set_title(words, pad=16, loc="center")
    note = f"{tr('calm')}: {100 * float(calm['cpf'].iloc[0]):.0f} %" if still else without
    right.set_xlabel(f"{note} · {tr('all hours (dashed)')}: {100 * base:.0f} %")
    style.headline(figure, f"{title}: {station}, {style.pollutant_label(pollutant)}")
    return figure


@large
def polar_plot_figure(
    polar_plot: pd.DataFrame,
    *,
    station_id: str | None = None,
    pollutant: str | None = None,
    tr: Translate = identity,
) -> Figure:
    """Smoothed mean concentration by wind speed (from the middle) and direction it comes from.

    Parameters
    ----------
    polar_plot : DataFrame
        Table of that name.
    station_id, pollutant : str, optional
        Post and pollutant; by default the first in alphabetical order.
    tr : callable
        Translation of the labels.
    """
    rows = style.pick(polar_plot, station_id, pollutant)
    title = tr("Concentration by wind speed and direction")
    if rows["value_ugm3"].notna().sum() == 0:
        return style.empty_figure(title, tr("too few hours with both wind and readings"))
    station, pollutant = str(rows["station_id"].iloc[0]), str(rows["pollutant"].iloc[0])
    grid, top = surface(rows, "value_ugm3")
    figure = style.new_figure(4.6, width=5.4)
    axes = figure.add_subplot()
    image = disc(axes, grid, top, tr, cmap=SEQUENTIAL)
    bar = figure.colorbar(image, ax=axes, shrink=0.8, pad=0.02)
    bar.set_label(style.concentration_label(pollutant, tr))
    style.headline(figure, f"{title}: {station}, {style.pollutant_label(pollutant)}")
    speed_note(figure, tr)
    return figure


@large
def direction_hour_figure(
    direction_hour: pd.DataFrame,
    *,
    station_id: str | None = None,
    pollutant: str | None = None,
    tr: Translate = identity,
) -> Figure:
    """Mean concentration by hour of the local day and direction; calm hours in a column of their own.

    Parameters
    ----------
    direction_hour : DataFrame
        Table of that name; cells with under 5 hours are grey.
    station_id, pollutant : str, optional
        Post and pollutant; by default the first in alphabetical order.
    tr : callable
        Translation of the labels.
    """
    rows = style.pick(direction_hour, station_id, pollutant)
    title = tr("Concentration by hour and wind direction")
    if rows["hours"].sum() == 0:
        return style.empty_figure(title, tr("no hours with both wind and readings"))
    station, pollutant = str(rows["station_id"].iloc[0]), str(rows["pollutant"].iloc[0])
    known = rows.assign(mean_ugm3=rows["mean_ugm3"].where(rows["hours"] >= MINIMUM_HOURS))
    blown = known.dropna(subset=["sector_deg"]).sort_values(["sector_deg", "hour_local"], kind="stable")
    cells = blown["mean_ugm3"].to_numpy(float).reshape(-1, 24)
    calm = known.loc[known["sector_deg"].isna()].set_index("hour_local")["mean_ugm3"].reindex(range(24))
    scale = Normalize(0.0, float(np.nanmax(known["mean_ugm3"].to_numpy(float), initial=1.0)))
    figure = style.new_figure(3.9)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[len(cells), 1.4])
    image = upper.imshow(
        cells,
        origin="lower",
        aspect="auto",
        cmap=SEQUENTIAL,
        norm=scale,
        interpolation="nearest",
    )
    lower.imshow(
        calm.to_numpy(float)[None, :], aspect="auto", cmap=SEQUENTIAL, norm=scale, interpolation="nearest"
    )
    for axes in (upper, lower):
        axes.set_facecolor("#eef0f2")
    count = len(cells)
    upper.set_yticks(np.arange(0, count, count / 8), [tr(name) for name in POINTS])
    upper.set_ylabel(tr("wind from"))
    lower.set_yticks([0], [tr("calm")])
    lower.set_xticks(range(0, 24, 3), [f"{hour:02d}" for hour in range(0, 24, 3)])
    lower.set_xlabel(tr("hour of the local day") + f" · {tr('grey: under 5 hours')}")
    figure.colorbar(image, ax=[upper, lower], pad=0.02).set_label(
        f"{tr('mean')} {style.concentration_label(pollutant, tr)}"
    )
    style.headline(figure, f"{title}: {station}, {style.pollutant_label(pollutant)}")
    return figure
