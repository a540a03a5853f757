"""What was measured when: data coverage as a calendar."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sootprint.core.timeaxis import to_local
from sootprint.report.figures import style
from sootprint.report.figures.style import SEQUENTIAL, Translate, identity

MAXIMUM_ROWS = 40


@style.styled
def coverage_figure(
    observations: pd.DataFrame,
    findings: pd.DataFrame | None = None,
    *,
    zone: str,
    tr: Translate = identity,
) -> Figure:
    """Share of the time with valid readings by post, pollutant and month, or day where under 63 days.

    Parameters
    ----------
    observations : DataFrame
        Table of that name.
    findings : DataFrame, optional
        Table of that name; its rows in quarantine are counted in the figure.
    zone : str
        IANA zone of the months and days.
    tr : callable
        Translation of the labels.
    """
    title = tr("Data coverage")
    held = 0 if findings is None else int((findings["severity"] == "quarantine").sum())
    note = "" if findings is None else f" · {tr('rows in quarantine')}: {held}"
    if observations.empty:
        return style.empty_figure(title, tr("no readings") + note)
    share, monthly = coverage_share(observations, zone)
    shown = share.iloc[:MAXIMUM_ROWS]
    figure = style.new_figure(1.35 + min(0.26 * len(shown), max(3.6, 0.15 * len(shown))))
    axes = figure.add_subplot()
    image = axes.imshow(
        100 * shown.to_numpy(float), aspect="auto", cmap=SEQUENTIAL, vmin=0, vmax=100, interpolation="nearest"
    )
    names = [f"{post} {style.pollutant_label(pollutant)}" for post, pollutant in shown.index]
    axes.set_yticks(range(len(shown)), [style.shorten(name) for name in names])
    step = max(1, int(np.ceil(shown.shape[1] / 12)))
    form = "%m.%y" if monthly else "%d.%m"
    places = range(0, shown.shape[1], step)
    axes.set_xticks(places, [shown.columns[place].strftime(form) for place in places])
    axes.tick_params(length=0)
    if shown.shape[1] <= 13:
        for row, column in np.ndindex(*shown.shape):
            percent = 100 * shown.iloc[row, column]
            axes.text(
                column,
                row,
                f"{percent:.0f}",
                ha="center",
                va="center",
                color="white" if percent < 60 else "black",
            )
    more = f" · {tr('not drawn')}: {len(share) - len(shown)}" if len(share) > len(shown) else ""
    axes.set_xlabel((tr("month") if monthly else tr("day")) + note + more)
    figure.colorbar(image, ax=axes, pad=0.02, ticks=[0, 50, 100]).set_label(f"{tr('valid')} [%]")
    style.headline(figure, title)
    return figure


def coverage_share(observations: pd.DataFrame, zone: str) -> tuple[pd.DataFrame, bool]:
    """Share of time with valid readings, a row a post and pollutant, a column a local month or day.

    The period runs from the first to the last whole local day with any row; the second value says
    whether columns are months.
    """
    rows = observations.assign(local=to_local(observations["time_start"], zone))
    days = pd.date_range(rows["local"].min().floor("D"), rows["local"].max().floor("D"), freq="D")
    monthly = len(days) > 62
    bins = days.to_period("M").to_timestamp() if monthly else days
    possible = pd.Series(86400.0, index=bins).groupby(level=0).sum()
    good = rows["flag"].isin(["valid", "below_detection"])
    key = rows["local"].dt.to_period("M").dt.to_timestamp() if monthly else rows["local"].dt.floor("D")
    seconds = rows.assign(seconds=rows["duration_s"].where(good, 0.0), key=key)
    table = seconds.pivot_table(
        values="seconds", index=["station_id", "pollutant"], columns="key", aggfunc="sum", fill_value=0.0
    ).reindex(columns=possible.index, fill_value=0.0)
    return (table / possible).clip(upper=1.0).sort_index(), monthly
