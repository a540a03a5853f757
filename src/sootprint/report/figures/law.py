"""Adverse weather, the largest concentrations of each day, and the calculated field, in parts of limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from sootprint.core.timeaxis import to_local
from sootprint.report.figures import style
from sootprint.report.figures.series import date_axis
from sootprint.report.figures.style import (
    BLUE,
    FAINT,
    INK,
    ORANGE,
    PALETTE,
    RED,
    SKY,
    YELLOW,
    Translate,
    identity,
)

if TYPE_CHECKING:
    from sootprint.report.results import Results

REGIME_COLOURS = {
    "none": FAINT,
    "without_degree": SKY,
    "I": YELLOW,
    "II": ORANGE,
    "III": RED,
    "unknown": "white",
}
"""Colour of each regime; the legend names them, and the table of the chapter lists the days."""

DRAWN = 4
"""Pollutants that have a colour of their own in the bars; the others share one."""


@style.styled
def nmu_calendar_figure(
    days: pd.DataFrame,
    maxima: pd.DataFrame | None = None,
    *,
    zone: str,
    tr: Translate = identity,
) -> Figure:
    """Regime of each day and night above, largest single concentration over its limit of each day below.

    Parameters
    ----------
    days : DataFrame
        Table ``nmu_days``.
    maxima : DataFrame, optional
        Table ``daily_indices``; the bar of a day is its largest ratio, coloured by pollutant.
    zone : str
        IANA zone of the days.
    tr : callable
        Translation of the labels.
    """
    title = tr("Adverse weather and the largest concentrations")
    if days.empty:
        return style.empty_figure(title, tr("no wind data"))
    drawn = maxima is not None and len(maxima) > 0
    figure = style.new_figure(4.2 if drawn else 2.0)
    panels = figure.subplots(
        2 if drawn else 1, 1, sharex=True, squeeze=False, height_ratios=[1, 2.4][: 1 + drawn]
    )
    strip = panels[0, 0]
    _regimes(strip, days, tr)
    if maxima is not None and drawn:
        _bars(panels[1, 0], maxima, zone, tr)
    date_axis(panels[-1, 0], tr)
    style.headline(figure, title)
    return figure


def _regimes(axes: Axes, days: pd.DataFrame, tr: Translate) -> None:
    begins = pd.to_datetime(days["day_local"])
    for row, (period, label) in enumerate((("day", tr("daytime")), ("night", tr("night")))):
        own = (days["period"] == period).to_numpy(bool)
        for regime, colour in REGIMES_IN_ORDER:
            chosen = own & (days["regime"] == regime).to_numpy(bool)
            if chosen.any():
                axes.bar(
                    begins[chosen], 0.86, 1.0, 1 - row - 0.43, align="edge", color=colour,
                    hatch="////" if regime == "unknown" else None, ec=FAINT, lw=0.3,
                )  # fmt: skip
        axes.text(-0.008, 0.75 - 0.5 * row, label, transform=axes.transAxes, ha="right", va="center")
    axes.set_ylim(-0.5, 1.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    names = {"none": tr("no regime"), "without_degree": tr("without degree"), "unknown": tr("unknown")}
    found = [item for item in REGIMES_IN_ORDER if (days["regime"] == item[0]).any()]
    handles = [
        Patch(fc=colour, ec="#8c929a", lw=0.4, hatch="////" if regime == "unknown" else None,
              label=names.get(regime, regime))
        for regime, colour in found
    ]  # fmt: skip
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=6, handlelength=1.0)


REGIMES_IN_ORDER = tuple(REGIME_COLOURS.items())
"""Regimes with their colours, the harmless first."""


def _bars(axes: Axes, maxima: pd.DataFrame, zone: str, tr: Translate) -> None:
    largest = maxima.sort_values("maximum_ratio", ascending=False, kind="stable").drop_duplicates("day_start")
    local = to_local(largest["day_start"], zone).dt.normalize()
    often = [str(name) for name in largest["pollutant"].value_counts().index[:DRAWN]]
    for name, colour in zip([*often, ""], (BLUE, *PALETTE[1 : DRAWN + 1]), strict=False):
        chosen = largest["pollutant"].isin([name]) if name else ~largest["pollutant"].isin(often)
        if chosen.any():
            label = style.pollutant_label(name) if name else tr("other pollutants")
            axes.bar(
                local[chosen], largest.loc[chosen, "maximum_ratio"], 0.86, align="edge", color=colour,
                label=label,
            )  # fmt: skip
    axes.axhline(1.0, color=INK, lw=1.0, ls="--")
    top = float(np.nanmax(largest["maximum_ratio"].to_numpy(float)))
    axes.set_ylim(0.0, max(1.3, 1.18 * top))
    axes.set_ylabel(tr("times the single limit"))
    axes.legend(loc="upper left", ncols=DRAWN + 1, handlelength=1.0)


def legal_field_figure(
    results: Results, substance: str, language: str, *, tr: Translate = identity
) -> Figure:
    """Map of the calculated field of a substance or group in parts of its single limit.

    Parameters
    ----------
    results : Results
        With the field ``ond86_field``, the tables ``ond86_points`` and ``ond86_sources``, and the record
        ``permit`` of the calculation.
    substance : str
        Substance or group of the field.
    language : str
        Language of the numbers.
    tr : callable
        Translation of the labels.
    """
    from sootprint.report.permit.maps import MapField, permit_map

    field = results.fields["ond86_field"].sel(substance_or_group=substance)
    points = results.table("ond86_points")
    worst = points.loc[points["point_id"] == f"worst:{substance}"].iloc[0]
    sources = results.table("ond86_sources").sort_values("cm_over_mpc", ascending=False, kind="stable")
    head = tr("Largest single concentration in parts of the limit")
    return permit_map(
        MapField(
            x=field["x"].to_numpy(),
            y=field["y"].to_numpy(),
            ratio=field["ratio"].transpose("y", "x").to_numpy(),
            worst_x=float(worst["x_m"]),
            worst_y=float(worst["y_m"]),
            worst=float(worst["ratio"]),
            wind_from=float(worst["wind_from_direction"]),
            wind_speed=float(worst["wind_speed"]),
        ),
        sources.drop_duplicates("source_id").assign(label=lambda table: table["source_id"]),
        title=f"{head}: {style.pollutant_label(substance)}",
        language=language,
        tr=tr,
        zone_wkt=results.permit.get("zone_wkt"),
    )
