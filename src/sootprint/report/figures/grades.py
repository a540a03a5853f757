"""Days of a month or year by substance, coloured by the grade of the largest single concentration."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from sootprint.core.pollutants import pollutant_table
from sootprint.core.timeaxis import to_local
from sootprint.norms.indices import GRADES, grade
from sootprint.norms.indices_rules import chosen_rules
from sootprint.report.figures import style
from sootprint.report.figures.style import Translate, identity

COLOURS = ("#dfe6ee", "#f2c14e", "#d95f02", "#5e1f6b")
"""Colours of the grades I to IV: told apart in grey and with any colour vision."""

MAXIMUM_ROWS = 14


@style.styled
def grades_figure(daily: pd.DataFrame, *, zone: str, tr: Translate = identity) -> Figure:
    """Grade of the daily standard index of each substance; a day without a concentration stays white.

    Parameters
    ----------
    daily : DataFrame
        Table ``daily_indices``.
    zone : str
        IANA zone of the days.
    tr : callable
        Translation of the labels.
    """
    title = tr("Largest single concentration of each day, by grade")
    known = daily.loc[daily["maximum_ratio"] >= 0]
    if known.empty:
        return style.empty_figure(title, tr("no readings"))
    rows = known.assign(
        local=to_local(known["day_start"], zone).dt.normalize(),
        grade=[grade("SI", value).grade for value in known["maximum_ratio"]],
    )
    order = list(pollutant_table().index)
    worst = rows.groupby("pollutant")["maximum_ratio"].max()
    names = sorted(worst.index, key=lambda name: (-worst[name], order.index(name)))[:MAXIMUM_ROWS]
    days = pd.date_range(rows["local"].min(), rows["local"].max(), freq="D")
    table = rows.pivot_table(index="pollutant", columns="local", values="grade", aggfunc="max")
    table = table.reindex(index=names, columns=days)
    figure = style.new_figure(1.35 + 0.27 * len(names))
    axes = figure.add_subplot()
    axes.pcolormesh(
        np.arange(len(days) + 1),
        np.arange(len(names) + 1),
        np.ma.masked_invalid(table.to_numpy(float)),
        cmap=ListedColormap(COLOURS),
        vmin=0.5,
        vmax=4.5,
        edgecolors="white",
        linewidth=0.8 if len(days) <= 62 else 0.0,
    )
    axes.set_ylim(len(names), 0)
    axes.set_yticks(np.arange(len(names)) + 0.5, [style.pollutant_label(name) for name in names])
    _day_axis(axes, days)
    axes.tick_params(length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    rules = chosen_rules("gradation", "index", "SI")
    words = {"low": tr("low"), "elevated": tr("elevated"), "high": tr("high"), "very high": tr("very high")}
    handles = [
        Patch(fc=COLOURS[int(row.grade) - 1], label=f"{GRADES[int(row.grade) - 1]} {words[str(row.level)]}")
        for row in rules.itertuples(index=False)
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=4, handlelength=1.2)
    style.headline(figure, title)
    return figure


def _day_axis(axes: style.Axes, days: pd.DatetimeIndex) -> None:
    if len(days) <= 62:
        places = [number for number, day in enumerate(days) if number % 2 == 0 or len(days) <= 16]
        axes.set_xticks([place + 0.5 for place in places], [f"{days[place].day}" for place in places])
        return
    firsts = [number for number, day in enumerate(days) if day.day == 1]
    axes.set_xticks(firsts, [days[number].strftime("%m.%y") for number in firsts])
