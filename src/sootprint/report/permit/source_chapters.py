"""Chapters of the sources: each alone, and the largest emissions that keep the limits."""

from __future__ import annotations

from typing import Any

from sootprint.report import numbers
from sootprint.report.blocks import Block, Cell, Chapter, Column, Paragraph
from sootprint.report.permit.model import Permit
from sootprint.report.permit.words import (
    branch_text,
    limit_text,
    note_text,
    paper_table,
    plain_symbol,
    ratio_cell,
)
from sootprint.report.permit.workings import printed_rows
from sootprint.report.view import View

SOURCE_ROWS = 300
"""Rows of the table of sources: the leading ones where there are more."""

LIMIT_ROWS = 200
"""Rows of the table of permitted emissions: those with the largest cut where there are more."""


def sources_chapter(view: View, permit: Permit) -> Chapter:
    """cm, xm and um of each source and pollutant, and whether a dispersion calculation is needed."""
    _ = view.gettext
    symbol = {name: plain_symbol(name, view.language) for name in ("cm", "xm", "um", "w0", "Tg")}
    columns = [
        Column(_("Source"), width=2.2),
        Column(_("Pollutant"), width=1.3),
        Column(_("H, m"), "right", 0.7),
        Column(_("D, m"), "right", 0.7),
        Column(f"{symbol['w0']}, {_('m/s')}", "right", 0.8),
        Column(f"{symbol['Tg']}, °C", "right", 0.7),
        Column(_("M, g/s"), "right", 0.9),
        Column("F", "right", 0.5),
        Column(_("formula"), width=1.2),
        Column(f"{symbol['cm']}, {_('mg/m³')}", "right", 1.0),
        Column(f"{symbol['xm']}, {_('m')}", "right", 0.8),
        Column(f"{symbol['um']}, {_('m/s')}", "right", 0.8),
        Column(_("parts of the limit"), "right", 0.9),
    ]
    rows = []
    for row in printed_rows(permit, SOURCE_ROWS).to_dict("records"):
        rows.append(
            [
                Cell(view.source_name(row["source_id"])),
                Cell(view.text(row["pollutant"])),
                *(
                    Cell(view.number(row[name], digits=3))
                    for name in ("height_m", "diameter_m", "velocity_m_s", "temperature_c", "emission_g_s")
                ),
                Cell(view.number(row["settling"], digits=2)),
                Cell(branch_text(view, str(row["branch"]))),
                Cell(view.number(row["cm_mg_m3"], digits=4)),
                Cell(view.number(row["xm_m"], digits=4)),
                Cell(view.number(row["um_m_s"], digits=3)),
                ratio_cell(view, row["cm_over_mpc"]),
            ]
        )
    blocks: list[Block] = [
        paper_table(
            view,
            _("Largest single concentration of each source alone, its distance and its dangerous wind"),
            columns,
            rows,
            note=_(
                "D of a rectangular mouth is that of the equivalent round one. No limit: the last column "
                "is empty."
            ),
            shown=SOURCE_ROWS,
            file="sources.csv",
        )
    ]
    if len(permit.needed):
        blocks.append(_needed_table(view, permit))
    return Chapter("sources", _("Sources, each alone"), blocks)


def _needed_table(view: View, permit: Permit) -> Block:
    _ = view.gettext
    rows = [
        [
            Cell(view.text(row["facility_id"])),
            Cell(view.pollutant(row["pollutant"])),
            Cell(view.number(row["emission_g_s"], digits=3)),
            Cell(view.number(row["mean_height_m"], digits=3)),
            Cell(limit_text(view, permit, str(row["pollutant"]))),
            Cell(view.number(row["demand_m3_s"], digits=3)),
            Cell(view.number(row["threshold"], digits=3)),
            Cell(_("yes") if row["needed"] else _("no"), tone="strong" if row["needed"] else ""),
            Cell(view.word(row["mark"])),
        ]
        for row in permit.needed.to_dict("records")
    ]
    columns = [
        Column(_("plant"), width=1.3),
        Column(_("Pollutant"), width=1.8),
        Column(_("M, g/s"), "right"),
        Column(_("mean height, m"), "right"),
        Column(_("limit (MPC)"), width=1.5),
        Column(_("M / limit"), "right"),
        Column("Φ", "right", 0.7),
        Column(_("needed"), width=0.8),
        Column(_("mark"), width=1.1),
    ]
    return paper_table(
        view,
        _("Is a dispersion calculation needed? It is where M / limit is over Φ"),
        columns,
        rows,
        shown=120,
        file="needed.csv",
    )


def permitted_chapter(view: View, permit: Permit) -> Chapter:
    """Largest emission of each source that keeps the limit."""
    _ = view.gettext
    if permit.permitted.empty:
        return Chapter("permitted", _("Largest permitted emissions"), ())
    table = permit.permitted
    if len(table) > LIMIT_ROWS:
        table = table.sort_values(["factor", "source_id", "pollutant"], kind="stable")
    rules = {"proportional": _("all sources cut alike"), "least_cut": _("least sum of cuts")}
    rows = [
        [
            Cell(view.source_name(row["source_id"])),
            Cell(view.text(row["pollutant"])),
            Cell(view.number(row["emission_g_s"], digits=3)),
            Cell(view.number(row["background_mg_m3"], digits=2)),
            Cell(view.number(row["single_limit_g_s"], digits=3)),
            Cell(view.number(row["factor"], digits=3), tone="over" if _below_one(row["factor"]) else ""),
            Cell(view.number(row["limit_g_s"], digits=3)),
            Cell(note_text(view, row["note"])),
        ]
        for row in table.to_dict("records")
    ]
    columns = [
        Column(_("Source"), width=2.0),
        Column(_("Pollutant"), width=1.2),
        Column(_("M, g/s"), "right"),
        Column(_("background, mg/m³"), "right"),
        Column(_("if it were alone, g/s"), "right"),
        Column(_("part that may stay"), "right"),
        Column(_("among all sources, g/s"), "right"),
        Column(_("remark"), width=1.8),
    ]
    blocks: list[Block] = [
        Paragraph(
            _(
                "The largest emission of a source alone is M (limit − background) / cm; among all "
                "sources the limit is shared by the rule below the table. This is arithmetic on the "
                "declared data. It is no permit and does not say that one was broken."
            )
        ),
        Paragraph(_held_at(view, permit)),
        paper_table(
            view,
            _("Largest emissions that keep the limit of a single concentration"),
            columns,
            rows,
            note=_("Rule: %(rule)s.") % {"rule": rules.get(str(permit.settings.rule), "")},
            shown=LIMIT_ROWS,
            file="limits.csv",
        ),
    ]
    return Chapter("permitted", _("Largest permitted emissions"), blocks)


def _held_at(view: View, permit: Permit) -> str:
    """Places at which the limit is kept."""
    _ = view.gettext
    if permit.zone_wkt is None and not (permit.places["kind"] == "receptor").any():
        return _(
            "Neither a zone nor receptors were given: the limit is kept at the worst nodes of the grid, "
            "which may lie on the ground of the plant."
        )
    return _(
        "The limit is kept at the given receptors and on the edge of the sanitary protection zone. Each "
        "substance is held to its own limit; summation groups are not shared out."
    )


def _below_one(value: Any) -> bool:
    return numbers.is_number(value) and float(value) < 1.0
