"""Directional evidence: from where, at which wind speeds and at which hours the load came."""

from __future__ import annotations

import pandas as pd

from sootprint.report.blocks import Block, Cell, Chapter, Column, Heading, Items, Paragraph, Table
from sootprint.report.chapters.wind_patterns import (
    calm_blocks,
    cluster_blocks,
    cycle_blocks,
    level_blocks,
    origin_blocks,
    trend_blocks,
)
from sootprint.report.sentences import sector_statement
from sootprint.report.view import (
    View,
    count_cell,
    interval_cell,
    make_table,
    number_cell,
    share_cell,
)

STATEMENTS_SHOWN = 6
"""Number of sector statements that are printed; the table holds all sectors."""


def chapter(view: View) -> Chapter:
    """Chapter of the directional evidence."""
    _ = view.gettext
    blocks: list[Block] = []
    sectors = view.table("directional_sectors")
    if len(sectors):
        first = supported_sectors(sectors).head(STATEMENTS_SHOWN)
        if len(first):
            blocks.append(Items([sector_statement(view, row) for row in first.itertuples(index=False)]))
            blocks.append(
                Paragraph(
                    _(
                        "Each of these supports a source in that sector, or a valley that leads the wind "
                        "from there. In light wind the direction is uncertain."
                    )
                )
            )
        else:
            blocks.append(Paragraph(_("At no post does the evidence support a sector.")))
        blocks.append(_sectors(view))
    blocks += [*_winds(view), *_hours(view), *_origins(view)]
    if blocks:
        blocks.insert(
            0,
            Paragraph(
                _(
                    "A direction is where the wind came from. It points to all sources that lie that "
                    "way, near and "
                    "far: it is support for a sector, not proof of a plant. In calm air there is no "
                    "direction."
                )
            ),
        )
    return Chapter("directions", _("From where it came"), blocks)


def supported_sectors(sectors: pd.DataFrame) -> pd.DataFrame:
    """Sectors with a direction whose whole interval of dose per hour is over 1, the largest first."""
    kept = sectors[sectors["sector_from_deg"].notna() & (sectors["enrichment_q05"] > 1.0)]
    return kept.sort_values(["enrichment", "station_id", "pollutant"], ascending=[False, True, True])


def _sectors(view: View) -> Table:
    _ = view.gettext
    sectors = view.table("directional_sectors")
    table = sectors.assign(undirected=sectors["sector_from_deg"].isna()).sort_values(
        ["undirected", "enrichment_q05", "station_id", "pollutant"], ascending=[True, False, True, True]
    )
    rows = [
        [
            Cell(view.post(row.station_id)),
            Cell(view.text(row.pollutant)),
            Cell(_sector_text(view, row.sector_label, row.sector_from_deg, row.sector_to_deg)),
            count_cell(view, row.hours),
            share_cell(view, row.hours_share),
            share_cell(view, row.dose_share),
            interval_cell(view, row.enrichment, row.enrichment_q05, row.enrichment_q95),
            number_cell(view, row.speed_median),
            Cell(f"{int(row.peak_hour_local):02d}:00", float(row.peak_hour_local))
            if row.peak_hour_local == row.peak_hour_local
            else Cell("–"),
        ]
        for row in table.astype({"peak_hour_local": "float64"}).itertuples(index=False)
    ]
    return make_table(
        _("Sectors of the wind at each post"),
        [
            Column(_("Post"), width=1.0),
            Column(_("Pollutant"), width=0.9),
            Column(_("Wind from"), width=1.4),
            Column(_("hours"), "right", 0.7),
            Column(_("share of hours"), "right", 0.9),
            Column(_("share of dose"), "right", 0.9),
            Column(_("dose per hour against the mean (90 % interval)"), "right", 1.5),
            Column(_("median wind of loaded hours, m/s"), "right", 1.1),
            Column(_("hour of the largest mean"), "right", 1.0),
        ],
        rows,
        note=_(
            "Dose is the sum of concentration over hours. A value over 1 in the interval column means "
            "that these "
            "hours were dirtier than the mean hour; the interval is from a block bootstrap."
        ),
        paper_rows=24,
    )


def _sector_text(view: View, label: object, start: object, end: object) -> str:
    name = view.sector(label)
    numbers = [view.number(value, digits=3) for value in (start, end)]
    return name if "–" in numbers else f"{name} ({numbers[0]}–{numbers[1]}°)"


def _winds(view: View) -> list[Block]:
    """Figures over directions and speeds, with what the calm hours hold."""
    _ = view.gettext
    blocks: list[Block] = list(calm_blocks(view))
    if view.figure_keys("pollution_rose"):
        blocks.append(
            Paragraph(
                _(
                    "Drawn are the post and pollutant with the largest multiple of a norm and those with the "
                    "best supported sector. The package ro-crate.zip holds the tables of all others."
                )
            )
        )
    roses = {
        "wind_rose": (
            _("Wind rose: share of hours by direction and speed."),
            _("Wind rose: bars in each direction, divided by classes of wind speed"),
        ),
        "polar_posts": (
            _("Mean concentration by direction and wind speed at all posts: %(what)s."),
            _("Small polar maps, one a post, in one scale of colours"),
        ),
        "pollution_rose": (
            _("Pollution rose and conditional probability: %(what)s."),
            _("Rose of the mean concentration and of the probability of high readings by direction"),
        ),
        "percentile_rose": (
            _("Percentiles of the concentration by direction, with the mean: %(what)s."),
            _("Rose with nested outlines of percentiles and points of the mean with their intervals"),
        ),
        "polar_plot": (
            _("Mean concentration by direction and wind speed: %(what)s."),
            _("Polar map: angle is the direction the wind came from, radius its speed, colour the mean"),
        ),
        "exceedance_polar": (
            _("Share of hours over a level, by direction and wind speed: %(what)s."),
            _("Polar map: angle is the direction, radius the wind speed, colour the share of high hours"),
        ),
        "cluster": (
            _("Parts of the wind with like concentrations: %(what)s."),
            _("Polar map in patches of one colour, each with its share of hours and of the dose"),
        ),
    }
    return [*blocks, *level_blocks(view), *_drawn(view, roses), *cluster_blocks(view)]


def _hours(view: View) -> list[Block]:
    """Figures over hours, weeks and years."""
    _ = view.gettext
    cycles = {
        "direction_hour": (
            _("Mean concentration by hour of the day and direction: %(what)s."),
            _("Chart with the hour across and the direction upwards, colour the mean concentration"),
        ),
        "annulus": (
            _("Smoothed mean by hour of the day and direction: %(what)s."),
            _("Ring with the direction around it and the hour from inside out, colour the mean"),
        ),
        "time_variation": (
            _("Mean by hour, weekday and month with 90 %% intervals: %(what)s."),
            _("Three line charts of means with bars of their intervals"),
        ),
        "trend": (
            _("Monthly means, smooth curve with its 95 %% interval and Theil–Sen line: %(what)s."),
            _("Points of monthly means over years with a smooth curve and a straight line"),
        ),
    }
    told = [*cycle_blocks(view), *_drawn(view, cycles), *trend_blocks(view)]
    return [Heading(_("Hours, weeks and years")), *told] if told else []


def _origins(view: View) -> list[Block]:
    """Map of the back-triangulation."""
    _ = view.gettext
    maps = {
        "triangulation": (
            _("Where the bearings of the posts may meet: %(what)s. Wedges are 90 %% intervals of bearings."),
            _("Map of posts with lines to where their dirtiest wind comes from and regions where they cross"),
        )
    }
    told = [*origin_blocks(view), *_drawn(view, maps)]
    return [Heading(_("Where bearings cross")), *told] if told else []


def _drawn(view: View, texts: dict[str, tuple[str, str]]) -> list[Block]:
    blocks: list[Block] = []
    for prefix, (caption, alt) in texts.items():
        for key in view.figure_keys(prefix):
            given = {"what": _figure_subject(view, key)}
            blocks += view.figure(key, caption % given if "%(what)s" in caption else caption, alt)
    return blocks


def _figure_subject(view: View, key: str) -> str:
    prefix, _colon, rest = key.partition(":")
    if prefix == "wind_rose":
        return view.station(rest)
    if prefix in ("polar_posts", "triangulation"):
        return view.pollutant(rest)
    station, _colon, pollutant = rest.rpartition(":")
    return f"{view.station(station)}, {view.pollutant(pollutant)}"
