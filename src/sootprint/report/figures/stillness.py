"""Still air and what it did: wind, hours since ventilation, concentration."""

from __future__ import annotations

import textwrap
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, NullFormatter

from sootprint.core.timeaxis import to_local
from sootprint.report.figures import style
from sootprint.report.figures.series import date_axis, valid_readings, with_gaps
from sootprint.report.figures.style import BLUE, INK, MUTED, ORANGE, PURPLE, SKY, Translate, identity

SPEED_EDGES = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, np.inf)
HOURS_EDGES = (0.0, 1.0, 6.0, 12.0, 24.0, 48.0, 96.0, np.inf)


@style.styled
def weather_figure(
    weather: pd.DataFrame,
    stagnation: pd.DataFrame,
    observations: pd.DataFrame,
    *,
    zone: str,
    pollutant: str | None = None,
    tr: Translate = identity,
) -> Figure:
    """Wind speed, hours since ventilation and concentration on one time axis, stagnant hours shaded.

    Parameters
    ----------
    weather, stagnation, observations : DataFrame
        Tables of those names; the concentration is the mean over the posts of an hour.
    zone : str
        IANA zone of the time axis.
    pollutant : str, optional
        Pollutant; by default the first in alphabetical order.
    tr : callable
        Translation of the labels.
    """
    title = tr("Weather and concentration")
    if stagnation.empty or stagnation["wind_speed"].notna().sum() == 0:
        return style.empty_figure(title, tr("no wind data"))
    hours = stagnation.sort_values("time_start", kind="stable")
    local = to_local(hours["time_start"], zone)
    mixing = weather.loc[weather["mixing_height"].notna()].sort_values("time_start", kind="stable")
    count = 4 if len(mixing) else 3
    figure = style.new_figure(0.8 + 1.25 * count)
    panels = figure.subplots(count, 1, sharex=True)
    step = pd.Timedelta(hours=1)
    for axes in panels:
        _shade_hours(axes, local, hours["stagnant"].fillna(False).to_numpy(bool), ORANGE)
        axes.grid(axis="y")
        axes.margins(x=0.01)
    panels[0].plot(*with_gaps(local, hours["wind_speed"], step), color=BLUE, lw=0.7)
    calm = hours["calm"].fillna(False).to_numpy(bool)
    panels[0].plot(local[calm], hours.loc[calm, "wind_speed"], ls="", marker=".", ms=3, color=PURPLE)
    panels[0].set_title(tr("wind speed") + f" [{tr('m s⁻¹')}]")
    panels[1].plot(*with_gaps(local, hours["hours_since_ventilated"], step), color=INK, lw=0.9)
    panels[1].set_title(tr("time since the wind last reached 3 m/s") + f" [{tr('h')}]")
    if len(mixing):
        first = mixing.loc[mixing["station_id"] == mixing["station_id"].iloc[0]]
        times = to_local(first["time_start"], zone)
        panels[2].plot(*with_gaps(times, first["mixing_height"], step), color=INK, lw=0.8)
        panels[2].set_title(tr("mixing height") + f" [{tr('m')}]")
    _concentration(panels[-1], observations, zone, pollutant, tr)
    for axes in panels:
        axes.set_ylim(bottom=0)
    date_axis(panels[-1], tr)
    handles = [
        Patch(color=ORANGE, alpha=0.3, lw=0, label=tr("stagnant hours")),
        Line2D([], [], ls="", marker=".", color=PURPLE, label=tr("calm hours")),
    ]
    figure.legend(handles=handles, loc="outside upper right", ncols=2)
    return figure


def _shade_hours(axes: Axes, local: pd.Series, marked: np.ndarray, colour: str) -> None:
    """Shading of runs of marked hours."""
    times = local.to_numpy("datetime64[us]")
    hour = np.timedelta64(1, "h")
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]]).astype(int)))
    for first, after in zip(edges[::2], edges[1::2], strict=True):
        axes.axvspan(times[first], times[after - 1] + hour, color=colour, alpha=0.25, lw=0)


def _concentration(
    axes: Axes, observations: pd.DataFrame, zone: str, pollutant: str | None, tr: Translate
) -> None:
    valid = valid_readings(observations, zone)
    if pollutant is None and len(valid):
        pollutant = str(valid["pollutant"].min())
    rows = valid.loc[(valid["pollutant"] == pollutant) & (valid["duration_s"] <= 3600)]
    if rows.empty:
        axes.text(0.5, 0.5, tr("no valid readings"), ha="center", color=MUTED, transform=axes.transAxes)
        return
    mean = rows.groupby(rows["local"].dt.floor("h"))["value_ugm3"].mean()
    axes.plot(*with_gaps(mean.index.to_series(), mean, pd.Timedelta(hours=1)), color=BLUE, lw=0.7)
    axes.set_title(style.concentration_label(str(pollutant), tr) + f", {tr('mean over posts')}")


@style.styled
def stagnation_figure(
    observations: pd.DataFrame,
    stagnation: pd.DataFrame,
    *,
    pollutant: str | None = None,
    tr: Translate = identity,
) -> Figure:
    """Concentration by class of wind speed and by the time since ventilation.

    Boxes hold the middle half of the hours with the median, whiskers reach from the 5th to the 95th
    percentile, dots are means; the concentration of an hour is the mean over the posts.

    Parameters
    ----------
    observations, stagnation : DataFrame
        Tables of those names.
    pollutant : str, optional
        Pollutant; by default the first in alphabetical order.
    tr : callable
        Translation of the labels.
    """
    title = tr("Concentration and still air")
    valid = valid_readings(observations, "UTC")
    if pollutant is None and len(valid):
        pollutant = str(valid["pollutant"].min())
    rows = valid.loc[(valid["pollutant"] == pollutant) & (valid["duration_s"] <= 3600)]
    mean = rows.groupby(rows["time_start"].dt.floor("h"))["value_ugm3"].mean().rename("value")
    table = stagnation.merge(mean, left_on="time_start", right_index=True, how="inner")
    if table.empty or pollutant is None:
        return style.empty_figure(title, tr("no hours with both wind and readings"))
    figure = style.new_figure(3.4)
    left, right = figure.subplots(1, 2, sharey=True)
    _boxes(left, table, "wind_speed", SPEED_EDGES, SKY, tr)
    left.set_xlabel(tr("wind speed") + f" [{tr('m s⁻¹')}]")
    left.set_ylabel(style.concentration_label(pollutant, tr))
    _boxes(right, table, "hours_since_ventilated", HOURS_EDGES, ORANGE, tr)
    since = tr("time since the wind last reached 3 m/s")
    right.set_xlabel(textwrap.fill(f"{since} [{tr('h')}]", 44))
    low, high = table["value"].quantile(0.02), table["value"].quantile(0.98)
    if low > 0 and high > 15 * low:
        left.set_yscale("log")
        left.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        left.yaxis.set_major_formatter("{x:g}")
        left.yaxis.set_minor_formatter(NullFormatter())
    style.headline(figure, title)
    return figure


def _boxes(
    axes: Axes, table: pd.DataFrame, column: str, edges: tuple[float, ...], colour: str, tr: Translate
) -> None:
    value, key = table["value"].to_numpy(float), table[column].to_numpy(float)
    stats, names = [], []
    for low, high in pairwise(edges):
        own = value[(key >= low) & (key < high)]
        if len(own) < 5:
            continue
        p05, q1, middle, q3, p95 = np.percentile(own, [5, 25, 50, 75, 95])
        stats.append(
            {
                "med": middle,
                "q1": q1,
                "q3": q3,
                "whislo": p05,
                "whishi": p95,
                "mean": own.mean(),
                "fliers": [],
            }
        )
        bounds = f"{low:g}–{high:g}" if np.isfinite(high) else f"≥{low:g}"
        names.append(f"{bounds}\nn={len(own)}")
    if not stats:
        axes.text(0.5, 0.5, tr("too few hours"), ha="center", color=MUTED, transform=axes.transAxes)
        return
    axes.bxp(
        stats,
        showmeans=True,
        showfliers=False,
        patch_artist=True,
        widths=0.6,
        boxprops={"facecolor": colour, "edgecolor": MUTED},
        medianprops={"color": INK, "lw": 1.4},
        meanprops={"marker": "o", "ms": 4, "mfc": INK, "mec": INK},
        whiskerprops={"color": MUTED},
        capprops={"color": MUTED},
    )
    axes.set_xticks(range(1, len(names) + 1), names, rotation=0 if len(names) <= 4 else 90)
    axes.grid(axis="y")
