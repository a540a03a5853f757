"""Whom to inspect first, when, and what to measure there."""

from __future__ import annotations

from sootprint.report.blocks import Block, Cell, Chapter, Column, Paragraph
from sootprint.report.sentences import inspection_reason, said
from sootprint.report.view import View, interval_cell, make_table, number_cell

PLANS_ON_PAPER = 8
"""Plans of visits that are printed."""

POINT_DECIMALS = 4
"""Decimals of a sampling point's longitude and latitude: about 10 m."""


def chapter(view: View) -> Chapter:
    """Chapter of the inspections."""
    _ = view.gettext
    title = _("Whom to inspect first")
    table = view.table("inspections").sort_values("rank")
    if table.empty:
        return Chapter("inspections", title, ())
    rank, plans = [], []
    for row in table.itertuples(index=False):
        rank.append(
            [
                Cell(view.count(row.rank), float(row.rank)),
                Cell(view.source_name(row.source_id)),
                Cell(view.text(row.pollutant)),
                number_cell(view, row.score),
                number_cell(view, row.contribution_part),
                number_cell(view, row.inconsistency_part),
                number_cell(view, row.suspicion_part),
                interval_cell(
                    view, row.contribution_ugm3, row.contribution_q05_ugm3, row.contribution_q95_ugm3
                ),
                interval_cell(view, row.ratio, row.ratio_q05, row.ratio_q95),
            ]
        )
        plans.append(
            [
                Cell(view.count(row.rank), float(row.rank)),
                Cell(inspection_reason(view, row)),
                said(view, row.window_local),
                Cell(_point(view, row.sample_lat, row.sample_lon)),
                said(view, row.expected_if_right),
                said(view, row.expected_if_wrong),
            ]
        )
    blocks: list[Block] = [
        Paragraph(
            _(
                "The order says where a visit is likely to teach most. It is no statement that a rule "
                "was broken. "
                "Each visit has a result that would speak against the suspicion."
            )
        ),
        make_table(
            _("Order of inspection"),
            [
                Column("№", "right", 0.4),
                Column(_("Source"), width=2.4),
                Column(_("Pollutant"), width=0.8),
                Column(_("score"), "right", 0.7),
                Column(_("part: contribution"), "right", 1.0),
                Column(_("part: inconsistency"), "right", 1.1),
                Column(_("part: faults of its data"), "right", 1.0),
                Column(_("contribution in an episode, µg m⁻³ (90 % interval)"), "right", 1.6),
                Column(_("inferred / declared"), "right", 1.4),
            ],
            rank,
        ),
        *view.figure(
            "ranking",
            _("Parts of the score of each source."),
            _("Bars: one bar a source, divided into contribution, inconsistency and faults of its data"),
        ),
        make_table(
            _("When to go, what to sample, what to expect"),
            [
                Column("№", "right", 0.4),
                Column(_("Why here"), width=2.4),
                Column(_("When"), width=1.3),
                Column(_("Point to sample (latitude, longitude)"), width=1.1),
                Column(_("Expected if the suspicion is right"), width=2),
                Column(_("Expected if it is wrong"), width=2),
            ],
            plans,
            paper_rows=PLANS_ON_PAPER,
        ),
    ]
    return Chapter("inspections", title, blocks)


def _point(view: View, lat: float, lon: float) -> str:
    if lat != lat or lon != lon:
        return "–"
    return f"{lat:.{POINT_DECIMALS}f}, {lon:.{POINT_DECIMALS}f}"
