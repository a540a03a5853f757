"""What to do: whom to inspect first, what a measure would change."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from sootprint.report.figures import style
from sootprint.report.figures.style import BLUE, GREY, INK, RED, Translate, identity

PARTS = (
    ("contribution_part", BLUE, "contribution to episodes"),
    ("inconsistency_part", RED, "support for a rate over the declared one"),
    ("suspicion_part", GREY, "faults in the source's own data"),
)
MAXIMUM_ROWS = 15
SCENARIO_ROWS = 12


@style.styled
def ranking_figure(inspections: pd.DataFrame, *, tr: Translate = identity) -> Figure:
    """Inspection score of each source, stacked by its three parts.

    Parameters
    ----------
    inspections : DataFrame
        Table of that name; rows after the fifteenth rank are counted and not drawn.
    tr : callable
        Translation of the labels.
    """
    title = tr("Order of inspection")
    if inspections.empty:
        return style.empty_figure(title, tr("no ranking: no sources to inspect"))
    rows = inspections.sort_values("rank", kind="stable")
    shown = rows.head(MAXIMUM_ROWS)
    figure = style.new_figure(1.6 + 0.25 * len(shown))
    axes = figure.add_subplot()
    names = [
        f"{row.rank}. {style.shorten(str(row.source_id), 18)} {style.pollutant_label(str(row.pollutant))}"
        for row in shown.itertuples()
    ]
    places = style.row_axis(axes, names)
    base = np.zeros(len(shown))
    for column, colour, label in PARTS:
        part = shown[column].to_numpy(float)
        axes.barh(places, part, left=base, height=0.62, color=colour, ec="white", lw=0.4, label=tr(label))
        base = base + part
    for place, row, end in zip(places, shown.itertuples(), base, strict=True):
        text = f"{row.score:.2f}"
        if pd.notna(row.ratio):
            text += f"  ×{row.ratio:.1f}"
            if pd.notna(row.ratio_q05) and pd.notna(row.ratio_q95):
                text += f" [{row.ratio_q05:.1f}, {row.ratio_q95:.1f}]"
        axes.annotate(text, (float(end), place), xytext=(5, 0), textcoords="offset points", va="center")
    axes.set_xlim(0, max(float(base.max()) * 1.42, 1e-6))
    more = f" · {tr('not drawn')}: {len(rows) - len(shown)}" if len(rows) > len(shown) else ""
    axes.set_xlabel(tr("score; × inferred / declared with 90 % interval") + more)
    figure.legend(loc="outside lower center", ncols=2)
    style.headline(figure, title)
    return figure


@style.styled
def scenario_figure(scenarios: pd.DataFrame, *, tr: Translate = identity) -> Figure:
    """Hours over a norm as observed and under each scenario, with 90 % intervals.

    Parameters
    ----------
    scenarios : DataFrame
        Table of that name; the 12 rows with the largest change are drawn and the others counted.
    tr : callable
        Translation of the labels.
    """
    title = tr("Hours over the norm under a measure")
    if scenarios.empty:
        return style.empty_figure(title, tr("no scenario"))
    change = scenarios["exceedances_base"].astype(float) - scenarios["exceedances"]
    keys = ["change", "scenario_id", "station_id"]
    rows = scenarios.assign(change=change).sort_values(keys, ascending=[False, True, True], kind="stable")
    shown = rows.head(SCENARIO_ROWS)
    figure = style.new_figure(1.5 + 0.28 * len(shown))
    axes = figure.add_subplot()
    names = [
        f"{style.shorten(str(row.source_id), 16)} ×{row.factor:g}, {row.station_id}"
        for row in shown.itertuples()
    ]
    places = style.row_axis(axes, names)
    base = shown["exceedances_base"].to_numpy(float)
    value = shown["exceedances"].to_numpy(float)
    low, high = shown["exceedances_q05"].to_numpy(float), shown["exceedances_q95"].to_numpy(float)
    axes.hlines(places, value, base, color=style.FAINT, lw=5)
    axes.hlines(places, low, high, color=BLUE, lw=2)
    axes.scatter(base, places, s=42, marker="D", fc="white", ec=INK, lw=1.3, zorder=3)
    axes.scatter(value, places, s=34, c=BLUE, zorder=4)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.set_xlim(left=0, right=max(float(np.nanmax(np.append(base, high))) * 1.08, 1.0))
    for place, row in zip(places, shown.itertuples(), strict=True):
        text = (
            f"{row.mean_change_ugm3:+.1f} [{row.mean_change_q05_ugm3:+.1f}, {row.mean_change_q95_ugm3:+.1f}]"
        )
        axes.annotate(
            text.replace("-", "−"),
            (1.015, place),
            xycoords=("axes fraction", "data"),
            va="center",
            annotation_clip=False,
        )
    axes.annotate(
        f"{tr('mean')} [{tr('µg m⁻³')}]",
        (1.015, -0.75),
        xycoords=("axes fraction", "data"),
        color=style.MUTED,
        annotation_clip=False,
    )
    more = f" · {tr('not drawn')}: {len(rows) - len(shown)}" if len(rows) > len(shown) else ""
    norms = ", ".join(sorted(shown["norm_id"].unique()))
    axes.set_xlabel(f"{tr('hours over')} {style.shorten(norms, 40)} [{tr('h')}]" + more)
    handles = [
        Line2D([], [], ls="", marker="D", mfc="white", mec=INK, label=tr("observed")),
        Line2D([], [], color=BLUE, lw=2, marker="o", label=tr("under the measure, 90 % interval")),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    style.headline(figure, title)
    return figure
