"""What would end it: hours over the limit when a source is scaled."""

from __future__ import annotations

from sootprint.report.blocks import Block, Cell, Chapter, Column, Paragraph
from sootprint.report.view import View, count_cell, interval_cell, make_table, share_cell


def chapter(view: View) -> Chapter:
    """Chapter of the scenarios."""
    _ = view.gettext
    title = _("What would end it")
    table = view.table("scenarios")
    if table.empty:
        return Chapter("scenarios", title, ())
    rows = []
    gain = table["exceedances_base"].astype(float) - table["exceedances"]
    keys = ["gain", "pollutant", "source_id", "factor", "station_id", "norm_id"]
    ordered = table.assign(gain=gain).sort_values(keys, ascending=[False, *[True] * 5])
    for row in ordered.itertuples(index=False):
        rows.append(
            [
                Cell(view.source_name(row.source_id)),
                share_cell(view, row.factor),
                Cell(view.text(row.pollutant)),
                Cell(view.post(row.station_id)),
                Cell(view.norm(row.norm_id)),
                count_cell(view, row.hours_considered),
                count_cell(view, row.exceedances_base),
                interval_cell(view, row.exceedances, row.exceedances_q05, row.exceedances_q95),
                interval_cell(view, row.mean_change_ugm3, row.mean_change_q05_ugm3, row.mean_change_q95_ugm3),
            ]
        )
    blocks: list[Block] = [
        Paragraph(
            _(
                "Each row asks what the model gives if one source had emitted the stated share of its "
                "rate and all "
                "else had stayed as it was. It counts only hours with a reading and a modelled dispersion."
            )
        ),
        make_table(
            _("Scenarios, with 90 % intervals"),
            [
                Column(_("Source"), width=2.2),
                Column(_("emission left"), "right", 0.8),
                Column(_("Pollutant"), width=0.8),
                Column(_("Post"), width=0.9),
                Column(_("Norm"), width=1.5),
                Column(_("hours considered"), "right", 0.9),
                Column(_("hours over the limit, observed"), "right", 1.0),
                Column(_("hours over the limit, scenario"), "right", 1.4),
                Column(_("change of the mean, µg m⁻³"), "right", 1.5),
            ],
            rows,
            paper_rows=20,
        ),
        *view.figure(
            "scenario",
            _(
                "Hours over the limit now and under each scenario, with 90 % intervals, for the norm "
                "whose hours change most."
            ),
            _("Chart of the hours over the limit for each scenario with interval bars"),
        ),
    ]
    return Chapter("scenarios", title, blocks)
