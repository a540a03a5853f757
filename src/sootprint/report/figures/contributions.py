"""Declared against inferred emissions, contributions to an episode, and the scorecard of a known truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter

from sootprint.report.figures import style
from sootprint.report.figures.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    MUTED,
    ORANGE,
    RED,
    VERDICT_COLOURS,
    Translate,
    identity,
)

MAXIMUM_ROWS = 12

MAXIMUM_BARS = 10

ROW_HEIGHT = 0.24
"""Height of a row [inch]: two figures then fit on a page."""


@style.styled
def attribution_figure(
    attribution_sources: pd.DataFrame, *, pollutant: str | None = None, tr: Translate = identity
) -> Figure:
    """Declared and inferred emission of each source with 90 % intervals on a log axis, and the verdict.

    The thin grey bar is the interval without the declared prior. A bar that leaves the axis on the left
    reaches down to nothing. Sources after the twelfth by inferred rate are counted and not drawn.

    Parameters
    ----------
    attribution_sources : DataFrame
        Table of that name.
    pollutant : str, optional
        Pollutant; by default the first in alphabetical order.
    tr : callable
        Translation of the labels.
    """
    title = tr("Declared and inferred emissions")
    rows, pollutant = _one_pollutant(attribution_sources, pollutant)
    if rows.empty or pollutant is None:
        return style.empty_figure(title, tr("no attribution to sources"))
    rows = rows.sort_values(["inferred_g_s", "source_id"], ascending=[False, True], kind="stable")
    shown = rows.head(MAXIMUM_ROWS)
    figure = style.new_figure(1.5 + ROW_HEIGHT * len(shown))
    axes = figure.add_subplot()
    places = style.row_axis(axes, shown["source_id"].astype(str).tolist())
    floor = log_axis(axes, shown, ["declared_g_s", "inferred_g_s", "inferred_q95_g_s", "blind_q95_g_s"])
    colours = [VERDICT_COLOURS.get(str(verdict), GREY) for verdict in shown["verdict"]]
    blind = shown["blind_g_s"].notna().to_numpy()
    _intervals(
        axes,
        places[blind] + 0.22,
        shown.loc[blind],
        "blind_q05_g_s",
        "blind_q95_g_s",
        floor,
        [GREY] * int(blind.sum()),
        1.2,
    )
    _intervals(axes, places, shown, "inferred_q05_g_s", "inferred_q95_g_s", floor, colours, 3.0)
    axes.scatter(np.maximum(shown["inferred_g_s"], floor), places, s=34, c=colours, zorder=3)
    axes.scatter(shown["declared_g_s"], places, s=46, marker="D", fc="white", ec=INK, lw=1.3, zorder=4)
    for place, verdict, colour in zip(places, shown["verdict"], colours, strict=True):
        axes.annotate(
            tr(str(verdict)), (1.015, place), xycoords=("axes fraction", "data"), va="center",
            color=INK if colour == GREY else colour, annotation_clip=False,
        )  # fmt: skip
    axes.set_xlabel(f"{style.pollutant_label(pollutant)} [{tr('g s⁻¹')}]" + _more(rows, shown, tr))
    handles = [
        Line2D([], [], ls="", marker="D", mfc="white", mec=INK, label=tr("declared")),
        Line2D([], [], color=BLUE, lw=3, marker="o", label=tr("inferred, 90 % interval")),
    ]
    if blind.any():
        handles.append(Line2D([], [], color=GREY, lw=1.2, label=tr("without the declared prior")))
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    style.headline(figure, title)
    return figure


def _one_pollutant(table: pd.DataFrame, pollutant: str | None) -> tuple[pd.DataFrame, str | None]:
    if pollutant is None and len(table):
        pollutant = str(table["pollutant"].min())
    return table.loc[table["pollutant"] == pollutant], pollutant


def _more(rows: pd.DataFrame, shown: pd.DataFrame, tr: Translate) -> str:
    return f" · {tr('not drawn')}: {len(rows) - len(shown)}" if len(rows) > len(shown) else ""


def log_axis(axes: Axes, rows: pd.DataFrame, columns: list[str]) -> float:
    """Log axis that holds all positive values of the columns and no more than five decades; its left end."""
    values = rows[columns].to_numpy(float)
    values = values[np.isfinite(values) & (values > 0)]
    top = float(values.max()) if len(values) else 1.0
    floor = max(float(values.min()) / 3 if len(values) else 0.01, top * 1e-5)
    axes.set_xscale("log")
    axes.set_xlim(floor, top * 1.6)
    axes.xaxis.set_major_locator(LogLocator(numticks=6))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    return floor


def _intervals(
    axes: Axes,
    places: np.ndarray,
    rows: pd.DataFrame,
    low: str,
    high: str,
    floor: float,
    colours: list[str],
    width: float,
) -> None:
    """Interval bars; one that reaches below the axis gets an arrow head at its left end."""
    for place, bottom, top, colour in zip(
        places, rows[low].to_numpy(float), rows[high].to_numpy(float), colours, strict=True
    ):
        if not np.isfinite(bottom) or top <= floor:
            continue
        axes.plot([max(bottom, floor), top], [place, place], color=colour, lw=width, solid_capstyle="butt")
        if bottom < floor:
            axes.plot(floor * 1.04, place, marker="<", color=colour, ms=5, clip_on=False)


@style.styled
def episode_contributions_figure(
    attribution_episodes: pd.DataFrame,
    *,
    episode_id: str | None = None,
    pollutant: str | None = None,
    tr: Translate = identity,
) -> Figure:
    """Modelled contributions to an episode with 90 % intervals, against the observed mean.

    Drawn are the rows of the mean over posts, or of the first post where there is no such row: sources
    and groups by size, then background, then what stays unexplained; the line is the observed mean.

    Parameters
    ----------
    attribution_episodes : DataFrame
        Table of that name.
    episode_id : str, optional
        Episode; by default the one with the largest observed mean.
    pollutant : str, optional
        Pollutant; by default that of the chosen episode.
    tr : callable
        Translation of the labels.
    """
    title = tr("Modelled contributions")
    rows = attribution_episodes
    if pollutant is not None:
        rows = rows.loc[rows["pollutant"] == pollutant]
    observed = rows.loc[rows["component"] == "observed"]
    if episode_id is None and len(observed):
        real = observed.loc[observed["episode_id"] != "all"]
        most = (real if len(real) else observed)["contribution_ugm3"].idxmax()
        episode_id, pollutant = str(rows.loc[most, "episode_id"]), str(rows.loc[most, "pollutant"])
    rows = rows.loc[rows["episode_id"] == episode_id]
    rows, pollutant = _one_pollutant(rows, pollutant)
    if len(rows):
        stations = rows["station_id"]
        rows = rows.loc[stations == ("all" if (stations == "all").any() else stations.min())]
    bars = rows.loc[rows["component"] != "observed"]
    if bars.empty or pollutant is None:
        return style.empty_figure(title, tr("no attribution of an episode"))
    order = bars["component"].map({"source": 0, "group": 0, "background": 1, "unexplained": 2})
    bars = bars.assign(order=order, size=-bars["contribution_ugm3"]).sort_values(
        ["order", "size"], kind="stable"
    )
    sources = bars.loc[bars["order"] == 0]
    kept = pd.concat([sources.head(MAXIMUM_BARS), bars.loc[bars["order"] > 0]])
    figure = style.new_figure(1.5 + ROW_HEIGHT * len(kept))
    axes = figure.add_subplot()
    places = style.row_axis(axes, [_component_name(row, tr) for _, row in kept.iterrows()], limit=34)
    _contribution_bars(axes, places, kept)
    seen = rows.loc[rows["component"] == "observed", "contribution_ugm3"]
    if len(seen):
        axes.axvline(
            float(seen.iloc[0]), color=INK, lw=1.4, label=f"{tr('observed mean')}: {float(seen.iloc[0]):.0f}"
        )
    axes.axvline(0, color=MUTED, lw=0.8)
    served, total = int(kept["hours_served"].max()), int(kept["hours_total"].max())
    axes.set_xlabel(
        style.concentration_label(pollutant, tr)
        + f" · {tr('hours with model and reading')}: {served} / {total}"
        + _more(sources, sources.head(MAXIMUM_BARS), tr)
    )
    figure.legend(loc="outside lower center")
    place_name = (
        tr("mean over posts") if rows["station_id"].iloc[0] == "all" else str(rows["station_id"].iloc[0])
    )
    when = tr("whole period") if episode_id == "all" else str(episode_id)
    style.headline(figure, f"{title}: {when}, {place_name}")
    return figure


def _component_name(row: pd.Series, tr: Translate) -> str:
    kind = str(row["component"])
    if kind == "group":
        return f"{tr('group')}: {row['source_id']}"
    return str(row["source_id"]) if kind == "source" else tr(kind)


def _contribution_bars(axes: Axes, places: np.ndarray, rows: pd.DataFrame) -> None:
    colours = rows["component"].map(
        {"source": BLUE, "group": ORANGE, "background": GREEN, "unexplained": "white"}
    )
    value = rows["contribution_ugm3"].to_numpy(float)
    bars = axes.barh(places, value, height=0.62, color=colours.tolist(), ec="white", lw=0.3)
    for bar, kind in zip(bars, rows["component"], strict=True):
        if kind == "unexplained":
            bar.set(hatch="////", edgecolor=MUTED)
    low, high = rows["q05_ugm3"].to_numpy(float), rows["q95_ugm3"].to_numpy(float)
    known = np.isfinite(low) & np.isfinite(high)
    axes.hlines(places[known], low[known], high[known], color=INK, lw=1.2)
    axes.plot(low[known], places[known], ls="", marker="|", color=INK, ms=7)
    axes.plot(high[known], places[known], ls="", marker="|", color=INK, ms=7)
    for place, row in zip(places, rows.itertuples(), strict=True):
        if pd.notna(row.share):
            end = np.nanmax([row.contribution_ugm3, row.q95_ugm3, 0.0])
            axes.annotate(
                f"{100 * row.share:.0f} %".replace("-", "−"),
                (float(end), place),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
            )
    axes.margins(x=0.12)


@style.styled
def scorecard_figure(
    scorecard: pd.DataFrame, *, pollutant: str | None = None, tr: Translate = identity
) -> Figure:
    """True, declared and inferred emission of each source of a synthetic city.

    Parameters
    ----------
    scorecard : DataFrame
        Table of that name.
    pollutant : str, optional
        Pollutant; by default the first in alphabetical order.
    tr : callable
        Translation of the labels.
    """
    title = tr("Scorecard")
    rows, pollutant = _one_pollutant(scorecard, pollutant)
    if rows.empty or pollutant is None:
        return style.empty_figure(title, tr("no scorecard: the truth is known for synthetic cities only"))
    rows = rows.sort_values(["true_g_s", "source_id"], ascending=[False, True], kind="stable")
    shown = rows.head(MAXIMUM_ROWS)
    figure = style.new_figure(1.9 + ROW_HEIGHT * len(shown))
    axes = figure.add_subplot()
    places = style.row_axis(axes, shown["source_id"].astype(str).tolist())
    floor = log_axis(axes, shown, ["true_g_s", "declared_g_s", "inferred_g_s", "inferred_q95_g_s"])
    holds = shown["holds"].to_numpy(bool)
    colours = [BLUE if held else RED for held in holds]
    _intervals(axes, places, shown, "inferred_q05_g_s", "inferred_q95_g_s", floor, colours, 3.0)
    axes.scatter(np.maximum(shown["inferred_g_s"], floor), places, s=30, c=colours, zorder=3)
    axes.scatter(shown["declared_g_s"], places, s=46, marker="D", fc="white", ec=INK, lw=1.3, zorder=4)
    axes.scatter(shown["true_g_s"], places, s=110, marker="*", c=ORANGE, ec=INK, lw=0.7, zorder=5)
    for place, row in zip(places, shown.itertuples(), strict=True):
        words = [tr("wrongly declared")] if row.wrongly_declared else []
        words += [f"{tr('rank')} {row.rank}"] if pd.notna(row.rank) else []
        axes.annotate(
            ", ".join(words), (1.015, place), xycoords=("axes fraction", "data"), va="center",
            color=RED if row.wrongly_declared else MUTED, annotation_clip=False,
        )  # fmt: skip
    axes.set_xlabel(f"{style.pollutant_label(pollutant)} [{tr('g s⁻¹')}]" + _more(rows, shown, tr))
    handles = [
        Line2D([], [], ls="", marker="*", ms=11, mfc=ORANGE, mec=INK, label=tr("true")),
        Line2D([], [], ls="", marker="D", mfc="white", mec=INK, label=tr("declared")),
        Line2D([], [], color=BLUE, lw=3, marker="o", label=tr("inferred, 90 % interval holds the truth")),
        Line2D([], [], color=RED, lw=3, marker="o", label=tr("does not hold it")),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    held = f"{int(rows['holds'].sum())} / {len(rows)}"
    style.headline(
        figure,
        f"{tr('SYNTHETIC CITY: no real plant, no real reading')}\n"
        f"{title}: {tr('intervals that hold the truth')}: {held}",
    )
    return figure
