"""Inferred over declared rate of each plant, group and source, with what the readings decide."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sootprint.report.figures import style
from sootprint.report.figures.contributions import _intervals, log_axis
from sootprint.report.figures.style import (
    BLUE,
    FAINT,
    GREY,
    INK,
    VERDICT_COLOURS,
    Translate,
    identity,
)

MAXIMUM_ROWS = 14

ROW_HEIGHT = 0.27
"""Height of a row [inch]."""


@style.styled
def evidence_ratio_figure(
    rates: pd.DataFrame, names: dict[str, str] | None = None, *, pollutant: str, tr: Translate = identity
) -> Figure:
    """Inferred over declared rate with 90 % intervals on a log axis; the line at 1 is the declared rate.

    The thin grey bar is the interval with the prior that no declared rate enters. The band beside the line
    is the tolerance. What is not decidable is grey, with its interval.

    Parameters
    ----------
    rates : DataFrame
        Rows of the table ``evidence_rates``, in the order in which they are drawn.
    names : dict of str to str, optional
        Labels of the subjects.
    pollutant : str
        Pollutant of the rows.
    tr : callable
        Translation of the labels.
    """
    title = tr("Inferred over declared emission")
    shown = rates.dropna(subset=["ratio"]).head(MAXIMUM_ROWS)
    if shown.empty:
        return style.empty_figure(title, tr("no attribution to sources"))
    figure = style.new_figure(1.6 + ROW_HEIGHT * len(shown))
    axes = figure.add_subplot()
    labels = [(names or {}).get(str(name), str(name)) for name in shown["subject_id"]]
    places = style.row_axis(axes, labels, limit=30)
    floor = log_axis(
        axes, shown.assign(one=1.0), ["one", "ratio", "ratio_q05", "ratio_q95", "blind_ratio_q95"]
    )
    axes.axvspan(1.0, 1.0 + float(shown["tolerance"].iloc[0]), color=FAINT, lw=0, zorder=0)
    axes.axvline(1.0, color=INK, lw=1.2, zorder=1)
    _intervals(
        axes, places + 0.24, shown, "blind_ratio_q05", "blind_ratio_q95", floor, [GREY] * len(shown), 1.2
    )
    colours = [VERDICT_COLOURS.get(str(verdict), GREY) for verdict in shown["verdict"]]
    _intervals(axes, places, shown, "ratio_q05", "ratio_q95", floor, colours, 3.0)
    axes.scatter(np.maximum(shown["ratio"].to_numpy(float), floor), places, s=34, c=colours, zorder=3)
    for place, row, colour in zip(places, shown.itertuples(index=False), colours, strict=True):
        text = tr(str(row.verdict))
        if np.isfinite(row.factor):
            sign = "≥" if row.verdict == "above declared" else "≤"
            text = f"{text}: {sign} {row.factor:.2g}×"
        axes.annotate(
            text, (1.015, place), xycoords=("axes fraction", "data"), va="center",
            color=INK if colour == GREY else colour, annotation_clip=False,
        )  # fmt: skip
    axes.set_xlabel(f"{style.pollutant_label(pollutant)}: {tr('inferred / declared')}")
    handles = [
        Line2D([], [], color=INK, lw=1.2, label=tr("declared")),
        Patch(fc=FAINT, label=tr("tolerance")),
        Line2D([], [], color=BLUE, lw=3, marker="o", label=tr("inferred, 90 % interval")),
        Line2D([], [], color=GREY, lw=1.2, label=tr("without the declared prior")),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    style.headline(figure, title)
    return figure
