"""Concentration in time against the norms, with the episodes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sootprint.core.timeaxis import to_local
from sootprint.report.compared import COUNTED_KINDS
from sootprint.report.figures import style
from sootprint.report.figures.style import BLUE, INK, MUTED, ORANGE, RED, Translate, identity

MAXIMUM_PANELS = 10


@style.styled
def time_series_figure(
    observations: pd.DataFrame,
    norms: pd.DataFrame,
    episodes: pd.DataFrame,
    *,
    zone: str,
    pollutant: str | None = None,
    tr: Translate = identity,
) -> Figure:
    """Readings and day means of each post against the norm lines, episodes shaded.

    A day mean is drawn where at least 18 hours are covered. Norms of months and years are left out, since
    neither an hour nor a day can be held against them, and so are targets, thresholds and norms that were not
    in force; posts after the tenth are named and not drawn.

    Parameters
    ----------
    observations, norms, episodes : DataFrame
        Tables of those names.
    zone : str
        IANA zone of the time axis.
    pollutant : str, optional
        Pollutant; by default the first in alphabetical order.
    tr : callable
        Translation of the labels.
    """
    valid = valid_readings(observations, zone)
    title = tr("Concentration against the norms")
    if valid.empty:
        return style.empty_figure(title, tr("no valid readings"))
    pollutant = pollutant or str(valid["pollutant"].min())
    valid = valid.loc[valid["pollutant"] == pollutant]
    if valid.empty:
        return style.empty_figure(title, tr("no valid readings"))
    posts = sorted(valid["station_id"].unique())
    shown = posts[:MAXIMUM_PANELS]
    panel = 2.5 if len(shown) == 1 else min(1.4, 8.0 / len(shown))
    figure = style.new_figure(0.9 + panel * len(shown))
    panels = figure.subplots(len(shown), 1, sharex=True, squeeze=False)[:, 0]
    lines = norms_drawn(norms, valid["local"]).loc[lambda table: table["pollutant"] == pollutant]
    spans = episodes.loc[episodes["pollutant"] == pollutant]
    for axes, post in zip(panels, shown, strict=True):
        rows = valid.loc[valid["station_id"] == post]
        _shade(axes, spans, zone)
        _readings(axes, rows)
        _norm_lines(axes, lines, pollutant, 0.85 * panel, label=len(shown) <= 3 or post == shown[0])
        axes.annotate(
            style.shorten(str(post)),
            (0.0, 1.0),
            xytext=(5, -3),
            xycoords="axes fraction",
            textcoords="offset points",
            va="top",
            fontweight="bold",
            bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.8},
        )
    figure.supylabel(style.concentration_label(pollutant, tr), fontsize=9)
    date_axis(panels[-1], tr)
    handles = [
        Line2D([], [], color=BLUE, lw=0.8, label=tr("reading")),
        Line2D([], [], color=INK, lw=1.6, label=tr("day mean")),
        Line2D([], [], color=RED, lw=1.0, ls="--", label=tr("norm")),
        Patch(color=ORANGE, alpha=0.3, lw=0, label=tr("episode")),
    ]
    figure.legend(handles=handles, loc="outside upper right", ncols=4)
    if len(posts) > len(shown):
        left = ", ".join(posts[len(shown) :])
        figure.text(0.01, 0.002, tr("not drawn") + f": {style.shorten(left, 80)}", color=MUTED)
    return figure


def valid_readings(observations: pd.DataFrame, zone: str) -> pd.DataFrame:
    """Readings that may be drawn, with a column ``local`` of local time."""
    rows = observations.loc[
        observations["flag"].isin(["valid", "below_detection"]) & observations["value_ugm3"].notna()
    ]
    rows = rows.sort_values(["station_id", "pollutant", "time_start"], kind="stable")
    return rows.assign(local=to_local(rows["time_start"], zone))


def norms_drawn(norms: pd.DataFrame, local: pd.Series) -> pd.DataFrame:
    """Limits and guidelines for a day or less that were in force at some of the local times."""
    first, last = f"{local.min():%Y-%m-%d}", f"{local.max():%Y-%m-%d}"
    kept = norms.reindex(columns=["averaging_s", "kind", "valid_from", "valid_to", "season_months"])
    since, until = (kept[name].astype("string") for name in ("valid_from", "valid_to"))
    in_force = (since.fillna("") <= last) & (until.fillna("9999") >= first)
    counted = kept["kind"].isna() | kept["kind"].isin(COUNTED_KINDS)
    short = (kept["averaging_s"] <= 86400) & kept["season_months"].isna()
    return norms.loc[in_force & counted & short]


def with_gaps(time: pd.Series, value: pd.Series, step: pd.Timedelta) -> tuple[np.ndarray, np.ndarray]:
    """Times and values with a missing value put into every gap, so that no line bridges it."""
    stamps, values = time.to_numpy("datetime64[us]"), value.to_numpy(float)
    gaps = np.flatnonzero(np.diff(stamps) > 1.5 * step.to_timedelta64()) + 1
    return np.insert(stamps, gaps, stamps[gaps - 1] + step.to_timedelta64()), np.insert(values, gaps, np.nan)


def date_axis(axes: Axes, tr: Translate) -> None:
    """Short dates in figures only, which read the same in every language; local time."""
    low, high = axes.get_xlim()
    # ticks at round days of a month crowd at its end, so that only long axes have them
    locator = AutoDateLocator(minticks=4, maxticks=8, interval_multiples=high - low > 90)
    formatter = ConciseDateFormatter(
        locator,
        formats=["%Y", "%m.%Y", "%d.%m", "%H:%M", "%H:%M", "%S"],
        zero_formats=["", "%Y", "%d.%m", "%d.%m", "%H:%M", "%H:%M"],
        offset_formats=["", "", "%Y", "%Y", "%d.%m.%Y", "%d.%m.%Y"],
    )
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(formatter)
    axes.set_xlabel(tr("local time"))


def _readings(axes: Axes, rows: pd.DataFrame) -> None:
    step = pd.Timedelta(seconds=float(rows["duration_s"].median()))
    axes.plot(*with_gaps(rows["local"], rows["value_ugm3"], step), color=BLUE, lw=0.7)
    day = rows["local"].dt.floor("D")
    by_day = rows.assign(weighted=rows["value_ugm3"] * rows["duration_s"]).groupby(day)
    covered = by_day["duration_s"].sum()
    mean = (by_day["weighted"].sum() / covered).where(covered >= 18 * 3600)
    mean = mean.asfreq("D")
    axes.step(mean.index.to_numpy(), mean.to_numpy(), where="post", color=INK, lw=1.3)
    axes.set_ylim(bottom=min(0.0, float(rows["value_ugm3"].min())))
    axes.margins(x=0.01)
    axes.grid(axis="y")


def _shade(axes: Axes, episodes: pd.DataFrame, zone: str) -> None:
    for start, end in zip(
        to_local(episodes["time_start"], zone), to_local(episodes["time_end"], zone), strict=True
    ):
        axes.axvspan(start, end, color=ORANGE, alpha=0.3, lw=0)


def _norm_lines(axes: Axes, norms: pd.DataFrame, pollutant: str, height: float, *, label: bool) -> None:
    """Dashed norm lines, labelled beside the panel so that no label covers another."""
    plain = norms["label"].astype(str).str.removeprefix(f"{pollutant} ")
    plain = plain.str.replace(r"^.+? (?=(?:KZ|WHO|EU|US) )", "", regex=True)
    lines = plain.groupby(norms["limit_ugm3"], sort=True).agg(lambda names: ", ".join(dict.fromkeys(names)))
    if lines.empty:
        return
    top = max(axes.get_ylim()[1], 1.08 * float(lines.index.min()))
    inside = lines.loc[lines.index <= top]
    axes.set_ylim(axes.get_ylim()[0], top)
    for limit in inside.index:
        axes.axhline(float(limit), color=RED, lw=0.9, ls="--")
    if not label:
        return
    low, high = axes.get_ylim()
    gap = 0.165 / height
    places = style.spread_labels([(float(v) - low) / (high - low) for v in inside.index], gap, 0.0, 1.0)
    for (limit, name), place in zip(inside.items(), places, strict=True):
        axes.annotate(
            f"{style.shorten(str(name), 24)} {float(str(limit)):.4g}",
            xy=(1.0, (float(str(limit)) - low) / (high - low)),
            xytext=(1.05, place),
            xycoords="axes fraction",
            color=RED,
            va="center",
            arrowprops={
                "arrowstyle": "-",
                "color": RED,
                "lw": 0.6,
                "shrinkA": 1,
                "shrinkB": 0,
                "relpos": (0, 0.5),
            },
            annotation_clip=False,
        )
