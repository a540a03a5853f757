"""The calculation of the permit: the legal method, its largest values, its zones and its limits."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sootprint.report.blocks import Block, Cell, Column, Facts, Heading, Paragraph, Table
from sootprint.report.chapters.law_common import mark_cell
from sootprint.report.view import View, first_rows, make_table, number_cell, share_cell

SHOWN = 400
"""Rows of a long table that the page holds."""


def blocks(view: View) -> list[Block]:
    """Blocks on the calculation of the permit."""
    _ = view.gettext
    table = view.table("ond86_sources")
    if table.empty:
        return []
    method = _method(view, table["method"].iloc[0])
    made: list[Block] = [
        Heading(_("The legal calculation of the declared sources")),
        Paragraph(
            _(
                "By %(method)s: the largest concentration of 20 to 30 minutes that the declared sources "
                "would cause if all worked at their declared rate in the worst wind. It is what a permit is "
                "judged by. It is no concentration of any day, it knows no calm, and it does not say who "
                "contributed to the smog."
            )
            % {"method": method}
        ),
    ]
    if view.results.permit:
        made.append(Facts(_facts(view)))
    if len(view.table("ond86_points")):
        made.append(_substances(view))
        for key in view.figure_keys("permit_map"):
            substance = key.split(":", 1)[1] if ":" in key else ""
            made += view.figure(
                key,
                _(
                    "The calculated field of %(substance)s in parts of the single limit, with the outline "
                    "of the sanitary zones as set for this case."
                )
                % {"substance": _substance(view, substance)},
                _("Map of contours around the stacks with the place of the largest concentration"),
            )
        made.append(_zones(view))
    made.append(_sources(view, table))
    return made


def _method(view: View, name: Any) -> str:
    _ = view.gettext
    return {"ond86": _("OND-86 (RND 211.2.01.01-97)"), "mrr2017": _("MRR-2017")}[str(name)]


def _substance(view: View, name: Any) -> str:
    """Substance, or the members of a summation group with a space around their sign."""
    return view.text(name).replace("+", " + ")


def _facts(view: View) -> list[tuple[str, str]]:
    _ = view.gettext
    permit = view.results.permit
    origin = {
        "stated": _("as set for the case"),
        "assumed": view.word("assumed"),
        "weather": _("exceeded in 5 % of the hours of the weather of this case"),
    }
    unverified = view.word("unverified")
    made = [
        (_("Text"), _method(view, permit["method"])),
        (
            _("Sources calculated"),
            _("%(sources)s; not calculated: %(left)s (assumed rates, or no height)")
            % {"sources": view.count(permit["sources"]), "left": view.count(permit["sources_left_out"])},
        ),
        (_("Kinds of rates"), ", ".join(view.word(basis) for basis in permit["bases"])),
        (
            _("Air temperature"),
            f"{view.number(permit['ambient_c'], '°C')} ({origin[str(permit['ambient_mark'])]})",
        ),
        (
            _("Coefficient A of the region, η of the relief"),
            f"{view.number(permit['region_coefficient'], digits=3)}, "
            f"{view.number(permit['relief'])} ({unverified})",
        ),
        (
            _("Largest wind of the search"),
            f"{view.number(permit['top_wind_m_s'])} {_('m s⁻¹')} ({origin[str(permit['top_wind_mark'])]})",
        ),
        (
            _("Width of the sanitary zone"),
            f"{view.number(permit['zone_m'], digits=3)} {_('m')} "
            + _("around every calculated source (as set for the case; the rule behind it is unverified)"),
        ),
    ]
    if permit.get("step_m"):
        made.append(
            (
                _("Grid"),
                _("%(nodes)s places, %(step)s m apart; background not added")
                % {"nodes": view.count(permit["nodes"]), "step": view.number(permit["step_m"], digits=3)},
            )
        )
    return made


def _substances(view: View) -> Table:
    _ = view.gettext
    points = view.table("ond86_points")
    worst = points.loc[points["point_id"].str.startswith("worst:")]
    zone = view.table("permit_zone").set_index("substance_or_group")
    marks = view.table("ond86_sources").drop_duplicates("pollutant").set_index("pollutant")["mpc_mark"]
    rows = []
    for row in worst.sort_values("ratio", ascending=False, kind="stable").itertuples(index=False):
        name = str(row.substance_or_group)
        own = zone.loc[name] if name in zone.index else None
        rows.append(
            [
                Cell(_substance(view, name)),
                number_cell(view, row.concentration_mg_m3, digits=3),
                _ratio(view, row.ratio),
                number_cell(view, row.wind_from_direction, digits=3),
                number_cell(view, row.wind_speed),
                _ratio(view, None if own is None else own["largest_on_edge"]),
                _ratio(view, None if own is None else own["largest_outside"]),
                number_cell(view, None if own is None else own["outside_area_m2"] / 1e6),
                mark_cell(view, marks.get(name, "unverified")),
            ]
        )
    return make_table(
        _("Largest calculated concentration of each substance and group"),
        [
            Column(_("substance or group"), width=1.6),
            Column(_("largest, mg m⁻³"), "right", 0.9),
            Column(_("parts of the limit"), "right", 0.8),
            Column(_("wind from, °"), "right", 0.8),
            Column(_("wind, m/s"), "right", 0.7),
            Column(_("on the edge of the zones"), "right", 0.9),
            Column(_("outside the zones"), "right", 0.9),
            Column(_("area over the limit outside, km²"), "right", 1.0),
            Column(_("mark of the limit"), width=1.1),
        ],
        rows,
        note=_(
            "A group is the sum of the parts of its substances, which act together; the list of groups is "
            "unverified. Above 1 the calculated concentration is over the single limit."
        ),
    )


def _ratio(view: View, value: Any) -> Cell:
    over = value is not None and pd.notna(value) and float(value) > 1.0
    return number_cell(view, value, tone="over" if over else "")


def _zones(view: View) -> Table:
    """Of each plant the substance with the largest part of its limit on the edge of the plant's zone."""
    _ = view.gettext
    points = view.table("ond86_points")
    edge = points.loc[points["point_id"].str.startswith("zone:") & points["concentration_mg_m3"].notna()]
    edge = edge.assign(plant=edge["point_id"].str.split(":").str[1])
    first = edge.sort_values("ratio", ascending=False, kind="stable").drop_duplicates("plant")
    parts = view.table("ond86_contributions")
    names = view.table("facilities").set_index("facility_id")["name"].to_dict()
    rows = []
    for row in first.itertuples(index=False):
        here = parts.loc[
            (parts["point_id"] == row.point_id) & (parts["substance_or_group"] == row.substance_or_group)
        ]
        own = here.loc[here["facility_id"] == row.plant, "share"].sum()
        leading = here.sort_values("share", ascending=False, kind="stable").head(1)
        rows.append(
            [
                Cell(view.text(names.get(row.plant, row.plant))),
                Cell(_substance(view, row.substance_or_group)),
                _ratio(view, row.ratio),
                share_cell(view, own),
                Cell(view.text(leading["source_id"].iloc[0]) if len(leading) else "–"),
                share_cell(view, leading["share"].iloc[0] if len(leading) else None),
                number_cell(view, row.wind_from_direction, digits=3),
                number_cell(view, row.wind_speed),
            ]
        )
    return make_table(
        _("Worst place on the edge of each plant's sanitary zone"),
        [
            Column(_("plant"), width=2.4),
            Column(_("Pollutant"), width=0.9),
            Column(_("parts of the limit"), "right", 0.8),
            Column(_("part of the plant itself"), "right", 0.9),
            Column(_("largest source there"), width=1.2),
            Column(_("its part"), "right", 0.7),
            Column(_("wind from, °"), "right", 0.8),
            Column(_("wind, m/s"), "right", 0.7),
        ],
        rows,
        note=_(
            "Parts of the calculated sum in that one wind: they follow from the declared rates and are no "
            "answer to who contributed."
        ),
    )


def _sources(view: View, table: pd.DataFrame) -> Table:
    _ = view.gettext
    keys = ["source_id", "pollutant"]
    limits = view.table("ond86_limits").set_index(keys)[["single_limit_g_s", "limit_g_s"]]
    joined = table.merge(limits, left_on=keys, right_index=True, how="left")
    order = joined.sort_values(["cm_over_mpc", *keys], ascending=[False, True, True], na_position="last")
    kept, remark = first_rows(view, order, SHOWN)
    rows = [
        [
            Cell(view.text(row.source_id)),
            Cell(view.text(row.pollutant)),
            number_cell(view, row.emission_g_s, digits=3),
            number_cell(view, row.cm_mg_m3, digits=3),
            number_cell(view, row.xm_m, digits=3),
            number_cell(view, row.um_m_s, digits=3),
            number_cell(view, row.settling),
            _ratio(view, row.cm_over_mpc),
            number_cell(view, row.limit_g_s, digits=3),
            mark_cell(view, row.mpc_mark),
        ]
        for row in kept.itertuples(index=False)
    ]
    return make_table(
        _("Each source alone: cm, xm, um, and the largest rate that keeps the limit"),
        [
            Column(_("Source"), width=1.4),
            Column(_("Pollutant"), width=0.9),
            Column(_("rate, g s⁻¹"), "right", 0.9),
            Column(_("cm, mg m⁻³"), "right", 0.9),
            Column(_("xm, m"), "right", 0.8),
            Column(_("um, m/s"), "right", 0.8),
            Column("F", "right", 0.5),
            Column(_("cm / limit"), "right", 0.8),
            Column(_("largest rate, g s⁻¹"), "right", 1.0),
            Column(_("mark of the limit"), width=1.1),
        ],
        rows,
        note=" ".join(
            filter(
                None,
                [
                    remark,
                    _(
                        "The largest rate is that at which all calculated sources together keep the limit "
                        "on the edge of the zones, every source cut by the same share; no background is "
                        "counted."
                    ),
                ],
            )
        ),
        paper_rows=30,
    )
