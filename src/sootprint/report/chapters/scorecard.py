"""Scorecard against the known truth of a synthetic city."""

from __future__ import annotations

from sootprint.report.blocks import Block, Cell, Chapter, Column, Paragraph
from sootprint.report.view import View, count_cell, interval_cell, make_table, number_cell


def chapter(view: View) -> Chapter:
    """Chapter of the scorecard; only a synthetic city has one."""
    _ = view.gettext
    title = _("Scorecard: the answer against the known truth")
    table = view.table("scorecard")
    if table.empty:
        return Chapter("scorecard", title, ())
    rows = []
    for row in table.sort_values(
        ["wrongly_declared", "pollutant", "source_id"], ascending=[False, True, True]
    ).itertuples(index=False):
        rows.append(
            [
                Cell(view.source_name(row.source_id)),
                Cell(view.text(row.pollutant)),
                number_cell(view, row.true_g_s),
                number_cell(view, row.declared_g_s),
                interval_cell(view, row.inferred_g_s, row.inferred_q05_g_s, row.inferred_q95_g_s),
                Cell(_("yes") if row.holds else _("no"), float(row.holds), "within" if row.holds else "over"),
                Cell(_("yes") if row.wrongly_declared else _("no"), float(row.wrongly_declared)),
                count_cell(view, row.rank),
            ]
        )
    held = int(table["holds"].sum())
    blocks: list[Block] = [
        Paragraph(
            _(
                "The truth of this city is known because it was made by a program, with other dispersion "
                "than the "
                "method assumes. Of %(all)s 90 %% intervals, %(held)s hold the truth."
            )
            % {"all": view.count(len(table)), "held": view.count(held)}
        ),
        *view.figure(
            "scorecard",
            _("True, declared and inferred rate of each source."),
            _("Chart with a row for each source: true rate, declared rate and the inferred interval"),
        ),
        make_table(
            _("Scorecard; g s⁻¹, mean of the period, 90 % intervals"),
            [
                Column(_("Source"), width=2.4),
                Column(_("Pollutant"), width=0.8),
                Column(_("true"), "right", 0.8),
                Column(_("declared"), "right", 0.8),
                Column(_("inferred"), "right", 1.5),
                Column(_("interval holds the truth"), width=1.0),
                Column(_("declared wrong on purpose"), width=1.1),
                Column(_("rank of inspection"), "right", 0.9),
            ],
            rows,
        ),
    ]
    return Chapter("scorecard", title, blocks)
