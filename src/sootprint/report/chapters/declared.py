"""Is each declared emission consistent with what was measured."""

from __future__ import annotations

from sootprint.report.blocks import Block, Cell, Chapter, Column, Items, Paragraph
from sootprint.report.view import View, interval_cell, make_table, number_cell, share_cell


def chapter(view: View) -> Chapter:
    """Chapter of the declared emissions."""
    _ = view.gettext
    title = _("Is each declared emission consistent with what was measured?")
    table = view.table("attribution_sources")
    if table.empty:
        return Chapter("declared", title, ())
    questions = [
        _("Contribution: how much of the measured concentration the model gives to the source."),
        _("Consistency: whether the declared rate lies within what the readings support."),
        _("Legal breach: whether a permit or a norm was broken. This document does not answer that."),
    ]
    moved = view.table("attribution_sensitivity")
    moved = moved[moved["flips"].fillna(False).astype(bool)]
    flipped = set(zip(moved["source_id"], moved["pollutant"], strict=True))
    rows = []
    for row in table.sort_values(
        ["probability_over_declared", "pollutant", "source_id"], ascending=[False, True, True]
    ).itertuples(index=False):
        mark = " *" if (row.source_id, row.pollutant) in flipped else ""
        outcome = view.word(row.verdict) + mark
        rows.append(
            [
                Cell(view.source_name(row.source_id)),
                Cell(view.text(row.pollutant)),
                number_cell(view, row.declared_g_s),
                interval_cell(view, row.inferred_g_s, row.inferred_q05_g_s, row.inferred_q95_g_s),
                interval_cell(view, row.blind_g_s, row.blind_q05_g_s, row.blind_q95_g_s),
                interval_cell(view, row.ratio, row.ratio_q05, row.ratio_q95),
                share_cell(view, row.probability_over_declared),
                share_cell(view, row.averaging_kernel),
                Cell(outcome, row.verdict, "over" if row.verdict == "above declared" else ""),
            ]
        )
    blocks: list[Block] = [
        Paragraph(_("Three questions are kept apart:")),
        Items(questions),
        make_table(
            _("Declared and inferred rates; g s⁻¹, mean of the period, 90 % intervals"),
            [
                Column(_("Source"), width=2.2),
                Column(_("Pollutant"), width=0.8),
                Column(_("declared"), "right", 0.8),
                Column(_("inferred"), "right", 1.4),
                Column(_("inferred without the declared rate"), "right", 1.4),
                Column(_("inferred / declared"), "right", 1.4),
                Column(_("probability of more than declared"), "right", 1.1),
                Column(_("share of the answer from data"), "right", 1.0),
                Column(_("outcome"), width=1.4),
            ],
            rows,
            note=_(
                "Where the share from data is small, the inferred rate repeats what was declared or "
                "assumed, and "
                "agreement with the declaration is no confirmation of it."
            ),
            paper_rows=25,
        ),
    ]
    if flipped:
        remark = _("* This outcome becomes another one in a check: see the chapter on the checks.")
        blocks.append(Paragraph(remark))
    return Chapter("declared", title, blocks)
