"""Chapters of the answers: largest concentrations, and the sources that lead there."""

from __future__ import annotations

import pandas as pd

from sootprint.report.blocks import Block, Cell, Chapter, Column, KeyNumbers, Paragraph
from sootprint.report.permit.model import Permit
from sootprint.report.permit.words import limit_text, paper_table, ratio_cell, substance
from sootprint.report.view import View

LEADING = 3
"""Sources that the tables of contributions show of each place."""

LEAST_RATIO = 0.001
"""Contribution in parts of the limit under which the document leaves a row to the files."""

SQUARE_METRES_A_HECTARE = 1e4


def answers(view: View, permit: Permit) -> Chapter:
    """Largest value of each substance and group, with its place and wind."""
    _ = view.gettext
    points = permit.points.merge(permit.places, on="point_id", how="left", suffixes=("", "_place"))
    worst = points.loc[points["kind"] == "worst"].sort_values("ratio", ascending=False, kind="stable")
    if worst.empty:
        return Chapter(
            "answers",
            _("Largest concentrations"),
            (Paragraph(_("No substance of the inventory has a limit: no field was calculated.")),),
        )
    over = worst.loc[worst["ratio_with_background"] > 1.0]
    first = worst.iloc[0]
    blocks: list[Block] = [
        KeyNumbers(
            [
                (
                    view.number(first["ratio_with_background"], digits=3),
                    _("parts of the limit, largest"),
                    substance(view, permit, first["substance_or_group"]),
                ),
                (
                    f"{view.count(len(over))} / {view.count(len(worst))}",
                    _("substances and groups over 1 limit on the grid"),
                    "",
                ),
                (
                    view.count(permit.sources["source_id"].nunique()),
                    _("sources calculated"),
                    _("%(count)s rows of source and pollutant") % {"count": view.count(len(permit.sources))},
                ),
            ]
        ),
        _points_table(
            view, permit, worst, _("Largest value on the grid, with the wind that gives it"), named=False
        ),
    ]
    zone = points.loc[points["kind"] == "zone"]
    if len(zone):
        blocks.append(
            _points_table(
                view,
                permit,
                zone,
                _("Largest value on the edge of the sanitary protection zone"),
                named=False,
            )
        )
    if len(permit.zone):
        blocks.append(_zone_table(view, permit))
    homes = points.loc[points["kind"] == "receptor"]
    if len(homes):
        blocks.append(
            _points_table(view, permit, homes, _("Largest value at the given receptors"), named=True)
        )
    return Chapter("answers", _("Largest concentrations"), blocks)


def _zone_table(view: View, permit: Permit) -> Block:
    _ = view.gettext
    rows = [
        [
            Cell(substance(view, permit, row["substance_or_group"])),
            ratio_cell(view, row["largest_on_edge"]),
            ratio_cell(view, row["largest_outside"]),
            Cell(view.number(row["outside_area_m2"] / SQUARE_METRES_A_HECTARE, digits=3)),
            Cell(view.count(row["farthest_m"])),
            Cell(_("yes") if row["cut_by_grid"] else _("no")),
        ]
        for row in permit.zone.sort_values("largest_outside", ascending=False, kind="stable").to_dict(
            "records"
        )
    ]
    columns = [
        Column(_("substance or group"), width=2.0),
        Column(_("largest on the edge"), "right"),
        Column(_("largest outside"), "right"),
        Column(_("area outside over 1 limit, ha"), "right", 1.2),
        Column(_("farthest from the zone, m"), "right", 1.2),
        Column(_("goes on beyond the grid"), width=1.1),
    ]
    return paper_table(
        view,
        _("The contour of 1 limit against the sanitary protection zone, with background"),
        columns,
        rows,
        shown=60,
        file="zone.csv",
    )


def _points_table(view: View, permit: Permit, table: pd.DataFrame, caption: str, *, named: bool) -> Block:
    _ = view.gettext
    columns = [Column(_("substance or group"), width=2.0), Column(_("limit (MPC)"), width=1.5)]
    columns += [Column(_("receptor"), width=1.4)] if named else []
    columns += [
        Column(_("parts of the limit"), "right"),
        Column(_("with background"), "right"),
        Column(_("mg/m³"), "right"),
        Column(_("latitude, longitude"), width=1.6),
        Column(_("wind from"), "right", 0.8),
        Column(_("wind, m/s"), "right", 0.8),
    ]
    rows = []
    order = table.sort_values(
        (["point_id"] if named else []) + ["ratio", "substance_or_group"],
        ascending=([True] if named else []) + [False, True],
        kind="stable",
    )
    for row in order.to_dict("records"):
        cells = [
            Cell(substance(view, permit, row["substance_or_group"])),
            Cell(limit_text(view, permit, str(row["substance_or_group"]))),
        ]
        cells += [Cell(view.text(row["name"]))] if named else []
        cells += [
            ratio_cell(view, row["ratio"]),
            ratio_cell(view, row["ratio_with_background"]),
            Cell(view.number(row["concentration_mg_m3"], digits=3)),
            Cell(f"{row['lat']:.5f}, {row['lon']:.5f}"),
            Cell(f"{view.count(row['wind_from_direction'])}°"),
            Cell(view.number(row["wind_speed"], digits=2)),
        ]
        rows.append(cells)
    return paper_table(view, caption, columns, rows, shown=60, file="maxima.csv")


def contributions_chapter(view: View, permit: Permit) -> Chapter:
    """Shares of the leading sources at the worst places, the edge of the zone and the receptors."""
    _ = view.gettext
    table = permit.contributions.merge(permit.places[["point_id", "name", "kind"]], on="point_id", how="left")
    table = table.loc[table["ratio"] >= LEAST_RATIO]
    blocks: list[Block] = [
        Paragraph(
            _(
                "Modelled contributions in the one wind that makes the sum largest at the place; in "
                "another wind other sources lead. They follow from the declared emissions and are no "
                "measurement."
            )
        )
    ]
    captions = {
        "worst": _("Leading sources at the worst places of the grid"),
        "zone": _("Leading sources at the worst places of the zone's edge"),
        "receptor": _("Leading sources at the given receptors"),
    }
    for kind, caption in captions.items():
        part = table.loc[table["kind"] == kind]
        if len(part):
            blocks.append(_shares_table(view, permit, part, caption, named=kind == "receptor"))
    return Chapter("contributions", _("Contributions at the worst places"), blocks)


def _shares_table(view: View, permit: Permit, table: pd.DataFrame, caption: str, *, named: bool) -> Block:
    _ = view.gettext
    keys = ["point_id", "substance_or_group"]
    totals = table.groupby(keys)["ratio"].transform("sum")
    ordered = table.assign(total=totals).sort_values(
        ["total", *keys, "share", "source_id"], ascending=[False, True, True, False, True], kind="stable"
    )
    rows = [
        [
            Cell(substance(view, permit, row["substance_or_group"])),
            *([Cell(view.text(row["name"]))] if named else []),
            Cell(view.source_name(row["source_id"])),
            ratio_cell(view, row["ratio"]),
            Cell(view.percent(row["share"])),
            Cell(f"{view.count(row['wind_from_direction'])}°"),
            Cell(view.number(row["wind_speed"], digits=2)),
        ]
        for row in ordered.groupby(keys, sort=False).head(LEADING).to_dict("records")
    ]
    columns = [
        Column(_("substance or group"), width=1.9),
        *([Column(_("receptor"), width=1.4)] if named else []),
        Column(_("Source"), width=2.2),
        Column(_("parts of the limit"), "right"),
        Column(_("share"), "right", 0.8),
        Column(_("wind from"), "right", 0.8),
        Column(_("wind, m/s"), "right", 0.8),
    ]
    note = _("At most %(count)s sources of each place; contributions.csv has all of them.") % {
        "count": view.count(LEADING)
    }
    return paper_table(view, caption, columns, rows, shown=90, file="contributions.csv", note=note)
