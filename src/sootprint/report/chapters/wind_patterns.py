"""Parts of the directional chapter: calm, clusters, cycles, trends and back-triangulation in words."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sootprint.report.blocks import Block, Cell, Column, Items, Paragraph, Table
from sootprint.report.view import View, count_cell, interval_cell, make_table, number_cell

Pairs = list[tuple[str, str]]

SLOPE_SHOWN = 12
"""Trends that are printed; the table in the package holds all."""


def drawn_pairs(view: View) -> Pairs:
    """Pairs of post and pollutant whose directions are drawn, in the order of their figures."""
    keys = view.figure_keys("time_variation") or view.figure_keys("pollution_rose")
    made = []
    for key in keys:
        station, _colon, pollutant = key.partition(":")[2].rpartition(":")
        made.append((station, pollutant))
    return made


def calm_blocks(view: View) -> list[Block]:
    """What the calm hours hold, for no direction can be stated of them."""
    _ = view.gettext
    sectors = view.table("directional_sectors")
    calm = sectors[sectors["sector_label"] == "calm"]
    pairs = drawn_pairs(view)
    entries = [
        _("%(station)s, %(pollutant)s: calm air was %(hours)s of the hours and held %(dose)s of the dose.")
        % {
            "station": view.station(row.station_id),
            "pollutant": view.text(row.pollutant),
            "hours": view.percent(row.hours_share),
            "dose": view.percent(row.dose_share),
        }
        for row in calm.itertuples(index=False)
        if (str(row.station_id), str(row.pollutant)) in pairs
    ]
    if not entries:
        return []
    hidden = _(
        "No direction can be stated for calm hours. Roses and sectors leave them out, and in polar maps they "
        "stand in the middle, if at all; whatever came in them, from stoves next door as much as from a "
        "stack, is hidden from this chapter."
    )
    return [Items(entries), Paragraph(hidden)]


def level_blocks(view: View) -> list[Block]:
    """Which level the hours over it are counted against."""
    _ = view.gettext
    table = view.table("polar_statistic")
    norms = []
    for station, pollutant in drawn_pairs(view):
        rows = _own(table[table["statistic"] == "cpf"], station, pollutant).head(1)
        if len(rows) and pd.notna(rows["norm_id"].iloc[0]):
            norms.append(view.norm(rows["norm_id"].iloc[0]))
    if table.empty:
        return []
    least = _(
        "High hours are those over the lowest norm for hours that at least 24 of them passed; where there is "
        "none, the tenth of hours with the highest readings."
    )
    named = _("Norms here: %(norms)s.") % {"norms": "; ".join(dict.fromkeys(norms))} if norms else ""
    return [Paragraph(f"{least} {named}".strip())]


def cluster_blocks(view: View) -> list[Block]:
    """The cluster that brings most for its hours, at each post that is drawn."""
    _ = view.gettext
    table = view.table("polar_cluster_shares")
    entries = []
    for station, pollutant in drawn_pairs(view):
        rows = _own(table, station, pollutant).dropna(subset=["cluster", "dose_share"])
        if rows.empty:
            continue
        first = rows.sort_values(["mean_ugm3", "cluster"], ascending=[False, True]).iloc[0]
        entries.append(
            _(
                "%(station)s, %(pollutant)s: cluster %(cluster)s (median wind %(speed)s m/s, mean direction "
                "%(direction)s°) has the highest mean, %(mean)s; its hours are %(hours)s of all and hold "
                "%(dose)s of the dose."
            )
            % {
                "station": view.station(station),
                "pollutant": view.text(pollutant),
                "cluster": view.count(first["cluster"]),
                "speed": view.number(first["speed_median"]),
                "direction": view.count(round(float(first["direction_deg"]))),
                "mean": view.number(first["mean_ugm3"], view.ugm3, digits=3),
                "hours": view.percent(first["hours_share"]),
                "dose": view.percent(first["dose_share"]),
            }
        )
    if not entries:
        return []
    caution = _("A cluster is a part of the picture, not a source: how many there are is a choice.")
    return [Items(entries), Paragraph(caution)]


def cycle_blocks(view: View) -> list[Block]:
    """Hours and months of the largest and smallest mean, with their intervals."""
    _ = view.gettext
    table = view.table("time_variation")
    entries = []
    for station, pollutant in drawn_pairs(view):
        rows = _own(table, station, pollutant).dropna(subset=["mean_ugm3"])
        hours = rows[rows["cycle"] == "hour"].sort_values(["mean_ugm3", "class_number"])
        if hours.empty:
            continue
        low, high = hours.iloc[0], hours.iloc[-1]
        entries.append(
            _(
                "%(station)s, %(pollutant)s: the mean is largest at %(high)s, %(high_mean)s, and smallest at "
                "%(low)s, %(low_mean)s (local hours, with 90 %% intervals where there are enough weeks)."
            )
            % {
                "station": view.station(station),
                "pollutant": view.text(pollutant),
                "high": f"{int(high['class_number']):02d}:00",
                "high_mean": _with_interval(view, high),
                "low": f"{int(low['class_number']):02d}:00",
                "low_mean": _with_interval(view, low),
            }
        )
    if not entries:
        return []
    caution = _(
        "A cycle of the day is that of emissions and of the air together: a morning peak may be a shift that "
        "begins or an inversion that breaks."
    )
    return [Items(entries), Paragraph(caution)]


def _with_interval(view: View, row: pd.Series) -> str:
    if pd.isna(row["mean_lower"]):
        return view.number(row["mean_ugm3"], view.ugm3, digits=3)
    return view.interval(row["mean_ugm3"], row["mean_lower"], row["mean_upper"], view.ugm3)


def trend_blocks(view: View) -> list[Block]:
    """Slopes over the years, or why there are none."""
    _ = view.gettext
    table = view.table("trends")
    if table.empty:
        if view.table("time_variation").empty:
            return []
        return [Paragraph(_("No trend is stated: no post has two years of months with enough hours."))]
    shown = table.sort_values(["station_id", "pollutant"])
    rows = [
        [
            Cell(view.post(row.station_id)),
            Cell(view.text(row.pollutant)),
            count_cell(view, row.months),
            interval_cell(view, row.slope_ugm3_per_year, row.slope_lower, row.slope_upper),
            number_cell(view, row.slope_percent_per_year),
        ]
        for row in shown.itertuples(index=False)
    ]
    made: Table = make_table(
        _("Trends of the monthly means (Theil–Sen)"),
        [
            Column(_("Post")),
            Column(_("Pollutant")),
            Column(_("months"), "right", 0.7),
            Column(_("change a year (95 % interval), µg m⁻³"), "right", 1.6),
            Column(_("change a year, per cent of the first value"), "right", 1.2),
        ],
        rows,
        note=_(
            "The interval is a block bootstrap of months. A trend of the readings is not yet one of "
            "emissions: weather differs from year to year."
        ),
        paper_rows=SLOPE_SHOWN,
    )
    return [made]


def origin_blocks(view: View) -> list[Block]:
    """Where the bearings of several posts may meet, how sure, and what they assume."""
    _ = view.gettext
    bearings, regions = view.table("triangulation_bearings"), view.table("triangulation_regions")
    if bearings.empty:
        if view.table("directional_sectors").empty:
            return []
        return [
            Paragraph(_("Back-triangulation asks for two posts with a place: bearings of one cannot cross."))
        ]
    blocks: list[Block] = []
    entries = []
    for pollutant in sorted(bearings["pollutant"].unique()):
        own = regions[regions["pollutant"] == pollutant].sort_values("level")
        posts = bearings[(bearings["pollutant"] == pollutant)]
        given = {
            "pollutant": view.text(pollutant),
            "used": view.count(int(posts["used"].sum())),
            "posts": view.count(len(posts)),
        }
        if own.empty:
            entries.append(
                _(
                    "%(pollutant)s: at %(used)s of %(posts)s posts a direction stands out beyond chance; two "
                    "are needed for a crossing."
                )
                % given
            )
            continue
        wide: Any = own.iloc[-1]
        given |= {
            "level": view.whole_percent(float(wide["level"])),
            "area": view.number(wide["area_km2"]),
            "none": view.percent(wide["no_common_origin"]),
        }
        words = _(
            "%(pollutant)s: at %(used)s of %(posts)s posts a direction stands out beyond chance. If these "
            "have one origin, the region of %(level)s has %(area)s km²; the probability that they have none "
            "in common is %(none)s."
        )
        if bool(wide["reaches_edge"]):
            words = _(
                "%(pollutant)s: at %(used)s of %(posts)s posts a direction stands out beyond chance. If "
                "these have one origin, the region of %(level)s has at least %(area)s km² and reaches the "
                "edge of the map; the probability that they have none in common is %(none)s."
            )
        entries.append(words % given)
    blocks.append(Items(entries))
    blocks.append(
        Paragraph(
            _(
                "Bearings are taken as straight lines. In a valley, or with several sources, they are not: "
                "the region is then where straight lines would meet, and supports no plant by itself. On "
                "made-up towns with one source, regions of 90 %% held it in 84 to 95 %% of the cases."
            )
            % {}
        )
    )
    return blocks


def _own(table: pd.DataFrame, station: str, pollutant: str) -> pd.DataFrame:
    return table[(table["station_id"] == station) & (table["pollutant"] == pollutant)]
