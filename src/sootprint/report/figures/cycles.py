"""Percentiles by direction, the cycles of day, week and year, and trends over years."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.dates import ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.projections.polar import PolarAxes
from matplotlib.ticker import MaxNLocator

from sootprint.report.figures import style
from sootprint.report.figures.directions import compass
from sootprint.report.figures.style import BLUE, INK, RED, SEQUENTIAL, Translate, identity
from sootprint.report.figures.wind_style import LETTERS, large

LEAST_HOURS = 12
"""Hours of a sector under which its percentiles are not drawn."""

WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


@large
def percentile_rose_figure(
    percentile_rose: pd.DataFrame,
    *,
    station_id: str | None = None,
    pollutant: str | None = None,
    tr: Translate = identity,
) -> Figure:
    """Percentiles of the concentration by direction as nested outlines, the mean as a line.

    Parameters
    ----------
    percentile_rose : DataFrame
        Table of that name; sectors with under 12 hours are left out.
    station_id, pollutant : str, optional
        Post and pollutant; by default the first in alphabetical order.
    tr : callable
        Translation of the labels.
    """
    rows = style.pick(percentile_rose, station_id, pollutant)
    title = tr("Percentile rose")
    blown = rows.loc[rows["sector_deg"].notna() & (rows["hours"] >= LEAST_HOURS)]
    if blown.empty:
        return style.empty_figure(title, tr("too few hours with both wind and readings"))
    station, pollutant = str(rows["station_id"].iloc[0]), str(rows["pollutant"].iloc[0])
    figure = style.new_figure(4.6, width=5.8)
    axes = figure.add_subplot(projection="polar")
    assert isinstance(axes, PolarAxes)
    percentiles = blown.loc[(blown["statistic"] == "percentile") & (blown["percentile"] > 0.0)]
    levels = sorted(percentiles["percentile"].unique(), reverse=True)
    width = 2 * np.pi / max(rows["sector_deg"].nunique(), 1)
    for level, shade in zip(levels, np.linspace(0.95, 0.05, len(levels)), strict=True):
        part = percentiles.loc[percentiles["percentile"] == level]
        axes.bar(
            np.deg2rad(part["sector_deg"].to_numpy(float)), part["value_ugm3"].to_numpy(float), width,
            color=colormaps[SEQUENTIAL](shade), ec="white", lw=0.3, label=f"{level:g} %",
        )  # fmt: skip
    mean = blown.loc[blown["statistic"] == "mean"]
    theta, value = np.deg2rad(mean["sector_deg"].to_numpy(float)), mean["value_ugm3"].to_numpy(float)
    spread = np.vstack([value - mean["value_q05"], mean["value_q95"] - value])
    axes.errorbar(
        theta, value, yerr=np.clip(spread, 0, None), fmt="o", ms=3.5, color=RED, elinewidth=1.2, mec="white",
        mew=0.4, label=f"{tr('mean')}, 90 %",
    )  # fmt: skip
    compass(axes, tr)
    # the highest percentiles of one sector must not press all others to the middle
    axes.set_ylim(0, 1.04 * float(percentiles["value_ugm3"].max()))
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10], prune="lower"))
    axes.set_rlabel_position(22.5)
    axes.tick_params(axis="y", labelsize=LETTERS - 1.5)
    figure.legend(loc="outside right center", title=style.concentration_label(pollutant, tr))
    style.headline(figure, f"{title}: {station}, {style.pollutant_label(pollutant)}")
    calm = rows.loc[rows["sector_deg"].isna() & (rows["statistic"] == "mean")]
    if len(calm) and int(calm["hours"].iloc[0]):
        still = f"{float(calm['value_ugm3'].iloc[0]):.0f} {tr('µg m⁻³')}, {int(calm['hours'].iloc[0])}"
        axes.set_xlabel(f"{tr('calm')}: {tr('mean')} {still} {tr('h')}", labelpad=8)
    return figure


@large
def time_variation_figure(
    time_variation: pd.DataFrame,
    *,
    station_id: str | None = None,
    pollutant: str | None = None,
    tr: Translate = identity,
) -> Figure:
    """Mean by hour of the day, day of the week and month, each with its interval.

    Parameters
    ----------
    time_variation : DataFrame
        Table of that name; classes without hours are left out.
    station_id, pollutant : str, optional
        Post and pollutant; by default the first in alphabetical order.
    tr : callable
        Translation of the labels.
    """
    rows = style.pick(time_variation, station_id, pollutant)
    title = tr("Hours, weekdays and months")
    if rows["hours"].sum() == 0:
        return style.empty_figure(title, tr("no readings"))
    station, pollutant = str(rows["station_id"].iloc[0]), str(rows["pollutant"].iloc[0])
    figure = style.new_figure(4.6)
    parts = figure.subplot_mosaic([["hour", "hour"], ["weekday", "month"]])
    for cycle, axes in parts.items():
        part = rows.loc[(rows["cycle"] == cycle) & rows["mean_ugm3"].notna()]
        _cycle(axes, part)
    parts["hour"].set_xticks(range(0, 24, 3), [f"{hour:02d}" for hour in range(0, 24, 3)])
    parts["hour"].set_xlabel(tr("hour of the local day"))
    parts["weekday"].set_xticks(range(7), [tr(name) for name in WEEKDAYS])
    parts["month"].set_xticks(range(1, 13, 2))
    parts["month"].set_xlabel(tr("month"))
    top = float(rows.loc[rows["cycle"].isin(list(parts)), ["mean_ugm3", "mean_upper"]].max().max())
    for axes in parts.values():
        axes.set_ylim(0, 1.05 * top)
        axes.grid(axis="y")
    figure.supylabel(style.concentration_label(pollutant, tr), fontsize=LETTERS)
    known = rows["mean_lower"].notna().any()
    level = f"{100 * float(rows['level'].iloc[0]):.0f} %"
    note = f"{level} {tr('interval')}" if known else tr("too few weeks for an interval")
    style.headline(figure, f"{title}: {station}, {style.pollutant_label(pollutant)} ({note})")
    return figure


def _cycle(axes: Axes, part: pd.DataFrame) -> None:
    x, mean = part["class_number"].to_numpy(float), part["mean_ugm3"].to_numpy(float)
    low, high = part["mean_lower"].to_numpy(float), part["mean_upper"].to_numpy(float)
    spread = np.vstack([np.clip(mean - low, 0, None), np.clip(high - mean, 0, None)])
    axes.errorbar(x, mean, yerr=spread, fmt="o-", ms=3.5, color=BLUE, ecolor=INK, elinewidth=1.0, capsize=2)


@large
def trend_figure(
    smooth_trends: pd.DataFrame,
    trends: pd.DataFrame,
    *,
    station_id: str | None = None,
    pollutant: str | None = None,
    tr: Translate = identity,
) -> Figure:
    """Monthly means, the smooth curve with its interval and the Theil–Sen line.

    Parameters
    ----------
    smooth_trends, trends : DataFrame
        Tables of those names.
    station_id, pollutant : str, optional
        Post and pollutant; by default the first in alphabetical order.
    tr : callable
        Translation of the labels.
    """
    rows = style.pick(smooth_trends, station_id, pollutant)
    title = tr("Trend over the years")
    if rows.empty:
        return style.empty_figure(title, tr("too few months"))
    station, pollutant = str(rows["station_id"].iloc[0]), str(rows["pollutant"].iloc[0])
    line = style.pick(trends, station, pollutant)
    figure = style.new_figure(3.6)
    axes = figure.add_subplot()
    month = rows["month"].to_numpy()
    axes.plot(month, rows["mean_ugm3"], "o", ms=4, color=style.GREY, label=tr("monthly mean"))
    axes.plot(month, rows["smooth_ugm3"], color=BLUE, lw=2, label=tr("smooth curve"))
    axes.fill_between(month, rows["smooth_lower"], rows["smooth_upper"], color=BLUE, alpha=0.2, lw=0)
    if len(line):
        first = line.iloc[0]
        years = (rows["month"] - first["first_month"]) / pd.Timedelta(days=365.25)
        axes.plot(
            month, first["start_ugm3"] + years * first["slope_ugm3_per_year"], color=RED, ls="--", lw=1.6,
            label="Theil–Sen",
        )  # fmt: skip
    axes.xaxis.set_major_formatter(ConciseDateFormatter(axes.xaxis.get_major_locator()))
    axes.set_ylabel(style.concentration_label(pollutant, tr))
    axes.set_ylim(bottom=min(0.0, float(rows["smooth_lower"].min())))
    axes.grid(axis="y")
    axes.legend(loc="best", ncols=3)
    style.headline(figure, f"{title}: {station}, {style.pollutant_label(pollutant)}")
    return figure
