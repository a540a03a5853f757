"""Chapters of the permit document: what was calculated, the answers, the sources, the limits."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sootprint.report import numbers
from sootprint.report.blocks import (
    Block,
    Cell,
    Chapter,
    Column,
    Facts,
    Heading,
    Items,
    KeyNumbers,
    Note,
    Paragraph,
    Tone,
)
from sootprint.report.permit.maths import exact_text
from sootprint.report.permit.model import Permit
from sootprint.report.permit.workings import branch_text, plain_symbol
from sootprint.report.view import View, make_table

LEADING = 3
"""Sources that the tables of contributions show of each place."""

LEAST_RATIO = 0.001
"""Contribution in parts of the limit under which the document leaves a row to the files."""

SQUARE_METRES_A_HECTARE = 1e4

METHOD_NAMES = {
    "ond86": "OND-86 (RND 211.2.01.01-97)",
    "mrr2017": "MRR-2017",
}


def substance(view: View, name: Any) -> str:
    """Pollutant or summation group by its name."""
    key = view.text(name)
    return view.pollutant(key) if "+" not in key and key != "strong_acids" else key.replace("+", " + ")


def limit_text(view: View, permit: Permit, name: str) -> str:
    """Limit of a pollutant with its mark, or that of a group: 1."""
    _ = view.gettext
    if name not in permit.limits.index:
        return _("sum of ratios: 1")
    row = permit.limits.loc[name]
    text = f"{exact_text(row['mpc_mg_m3'], view.language)} {_('mg/m³')}"
    return text if row["mark"] == "verified" else f"{text} ({view.word(row['mark'])})"


def calculated(view: View, permit: Permit) -> Chapter:
    """What was calculated, from which files, with which settings."""
    _ = view.gettext
    settings = permit.settings
    ambient = f"{exact_text(settings.ambient, view.language)} °C"
    if settings.ambient_c is None:
        ambient = _("%(value)s: ASSUMED, because none was stated") % {"value": ambient}
    entries = [
        (_("method"), method_text(view, permit)),
        *(
            (_file_role(view, item.role), f"{view.text(item.name)}; SHA-256 {item.sha256}")
            for item in permit.inputs
        ),
        (_("kind of emission"), view.word(settings.basis) + _other_basis(view, permit)),
        (_("air temperature %(symbol)s") % {"symbol": plain_symbol("Ta", view.language)}, ambient),
        (
            _("coefficient A of the region"),
            f"{exact_text(settings.region_coefficient, view.language)} ({view.word(settings.region_mark)})",
        ),
        (_("relief coefficient η"), exact_text(settings.relief, view.language)),
        (_("settling coefficient F"), _settling_text(view, permit)),
        (_("highest wind of the search u*"), _top_wind(view, permit)),
        (_("grid"), _grid_text(view, permit)),
        (_("background"), _background_text(view, permit)),
        (
            _("sanitary protection zone"),
            view.text(permit.zone_text) if permit.zone_wkt else _("none was given"),
        ),
        (_("program"), f"Sootprint {permit.version}"),
    ]
    blocks: list[Block] = [
        Note(
            _(
                "This calculation says nothing about calm air: the formula is undefined below 0.5 m/s. "
                "It gives "
                "the largest mean of 20–30 minutes in the worst wind. It is no series in time and does "
                "not say "
                "who contributed to a measured episode."
            )
        ),
        Facts(entries),
    ]
    return Chapter("calculated", _("What was calculated"), blocks)


def method_text(view: View, permit: Permit) -> str:
    """Name of the method with its legal source."""
    _ = view.gettext
    if permit.settings.method == "ond86":
        return _("OND-86, in Kazakhstan RND 211.2.01.01-97")
    return _(
        "MRR-2017, Order 273 of the Ministry of Natural Resources of the Russian Federation of 6 June "
        "2017; "
        "formula numbers are those of OND-86"
    )


def _file_role(view: View, role: str) -> str:
    _ = view.gettext
    return {
        "inventory": _("inventory"),
        "background": _("file of the background"),
        "zone": _("file of the zone"),
        "receptors": _("file of the receptors"),
    }[role]


def _other_basis(view: View, permit: Permit) -> str:
    """Remark on emissions of another kind than the preferred one."""
    _ = view.gettext
    other = permit.sources.loc[permit.sources["basis"] != permit.settings.basis]
    if other.empty:
        return ""
    return " " + _("(of %(count)s rows there was only: %(kinds)s)") % {
        "count": view.count(len(other)),
        "kinds": ", ".join(sorted({view.word(kind) for kind in other["basis"].dropna()})),
    }


def _settling_text(view: View, permit: Permit) -> str:
    _ = view.gettext
    text = _("by kind and cleaning of the pollutant; a value of the inventory goes before it")
    stated = "; ".join(
        f"{name}: {view.number(value)}" for name, value in sorted(permit.settings.settling.items())
    )
    return f"{text}; {stated}" if stated else text


def _top_wind(view: View, permit: Permit) -> str:
    _ = view.gettext
    text = f"{exact_text(permit.settings.top_wind, view.language)} {_('m/s')}"
    if permit.settings.top_wind_m_s is None:
        return _("%(value)s: ASSUMED, because none was stated") % {"value": text}
    return text


def _grid_text(view: View, permit: Permit) -> str:
    _ = view.gettext
    x, y = permit.fields["x"].to_numpy(), permit.fields["y"].to_numpy()
    step = float(x[1] - x[0]) if x.size > 1 else 0.0
    return _("%(columns)s × %(rows)s places, %(step)s m apart, %(crs)s; from x %(x)s, y %(y)s m") % {
        "columns": view.count(x.size),
        "rows": view.count(y.size),
        "step": exact_text(step, view.language),
        "crs": permit.crs,
        "x": view.count(x[0]),
        "y": view.count(y[0]),
    }


def _background_text(view: View, permit: Permit) -> str:
    _ = view.gettext
    if permit.background.empty:
        return _("none was given: contributions of these sources only")
    text = "; ".join(
        f"{view.text(row.pollutant)} {exact_text(row.background_mg_m3, view.language)} {_('mg/m³')}"
        for row in permit.background.itertuples(index=False)
    )
    if (permit.background["rows"] > 1).any():
        text += "; " + _("the largest of the gradations of the wind was taken")
    if permit.settings.own_in_background:
        text += "; " + _("the part of these sources was taken off it (section 7 of OND-86, unverified)")
    return text


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
                    substance(view, first["substance_or_group"]),
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
            Cell(substance(view, row["substance_or_group"])),
            _ratio_cell(view, row["largest_on_edge"]),
            _ratio_cell(view, row["largest_outside"]),
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
    return make_table(
        _("The contour of 1 limit against the sanitary protection zone, with background"), columns, rows
    )


def _points_table(view: View, permit: Permit, table: pd.DataFrame, caption: str, *, named: bool) -> Block:
    _ = view.gettext
    columns = [Column(_("substance or group"), width=2.0), Column(_("limit"), width=1.5)]
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
        ["ratio", "substance_or_group", "point_id"], ascending=[False, True, True], kind="stable"
    )
    for row in order.to_dict("records"):
        cells = [
            Cell(substance(view, row["substance_or_group"])),
            Cell(limit_text(view, permit, str(row["substance_or_group"]))),
        ]
        cells += [Cell(view.text(row["name"]))] if named else []
        cells += [
            _ratio_cell(view, row["ratio"]),
            _ratio_cell(view, row["ratio_with_background"]),
            Cell(view.number(row["concentration_mg_m3"], digits=3)),
            Cell(f"{row['lat']:.5f}, {row['lon']:.5f}"),
            Cell(f"{view.count(row['wind_from_direction'])}°"),
            Cell(view.number(row["wind_speed"], digits=2)),
        ]
        rows.append(cells)
    return make_table(caption, columns, rows, paper_rows=60)


def _ratio_cell(view: View, value: Any) -> Cell:
    tone: Tone = "over" if numbers.is_number(value) and float(value) > 1.0 else ""
    return Cell(view.number(value, digits=3), float(value) if numbers.is_number(value) else None, tone)


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
    for row in permit.sources.to_dict("records"):
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
                _ratio_cell(view, row["cm_over_mpc"]),
            ]
        )
    blocks: list[Block] = [
        make_table(
            _("Largest single concentration of each source alone, its distance and its dangerous wind"),
            columns,
            rows,
            note=_(
                "D of a rectangular mouth is that of the equivalent round one. No limit: the last "
                "column is empty."
            ),
            paper_rows=400,
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
        Column(_("limit"), width=1.5),
        Column(_("M / limit"), "right"),
        Column("Φ", "right", 0.7),
        Column(_("needed"), width=0.8),
        Column(_("mark"), width=1.1),
    ]
    return make_table(
        _("Is a dispersion calculation needed? It is where M / limit is over Φ"),
        columns,
        rows,
        paper_rows=120,
    )


def contributions_chapter(view: View, permit: Permit) -> Chapter:
    """Shares of the leading sources at the worst places, the edge of the zone and the receptors."""
    _ = view.gettext
    table = permit.contributions.merge(permit.places[["point_id", "name", "kind"]], on="point_id", how="left")
    table = table.loc[table["ratio"] >= LEAST_RATIO]
    blocks: list[Block] = [
        Paragraph(
            _(
                "Modelled contributions in the one wind that makes the sum largest at the place; in another "
                "wind other sources lead. They follow from the declared emissions and are no measurement."
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
            blocks.append(_shares_table(view, part, caption, named=kind == "receptor"))
    return Chapter("contributions", _("Contributions at the worst places"), blocks)


def _shares_table(view: View, table: pd.DataFrame, caption: str, *, named: bool) -> Block:
    _ = view.gettext
    keys = ["point_id", "substance_or_group"]
    totals = table.groupby(keys)["ratio"].transform("sum")
    ordered = table.assign(total=totals).sort_values(
        ["total", *keys, "share", "source_id"], ascending=[False, True, True, False, True], kind="stable"
    )
    rows = [
        [
            Cell(substance(view, row["substance_or_group"])),
            *([Cell(view.text(row["name"]))] if named else []),
            Cell(view.source_name(row["source_id"])),
            _ratio_cell(view, row["ratio"]),
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
    return make_table(caption, columns, rows, note=note, paper_rows=90)


def permitted_chapter(view: View, permit: Permit) -> Chapter:
    """Largest emission of each source that keeps the limit."""
    _ = view.gettext
    if permit.permitted.empty:
        return Chapter("permitted", _("Largest permitted emissions"), ())
    rules = {"proportional": _("all sources cut alike"), "least_cut": _("least sum of cuts")}
    rows = [
        [
            Cell(view.source_name(row["source_id"])),
            Cell(view.text(row["pollutant"])),
            Cell(view.number(row["emission_g_s"], digits=3)),
            Cell(view.number(row["background_mg_m3"], digits=2)),
            Cell(view.number(row["single_limit_g_s"], digits=3)),
            Cell(rules.get(str(row["rule"]), "")),
            Cell(view.number(row["factor"], digits=3), tone="over" if _below_one(row["factor"]) else ""),
            Cell(view.number(row["limit_g_s"], digits=3)),
            Cell(view.text(row["note"]), foreign=view.language != "en" and not pd.isna(row["note"])),
        ]
        for row in permit.permitted.to_dict("records")
    ]
    columns = [
        Column(_("Source"), width=2.0),
        Column(_("Pollutant"), width=1.2),
        Column(_("M, g/s"), "right"),
        Column(_("background, mg/m³"), "right"),
        Column(_("if it were alone, g/s"), "right"),
        Column(_("rule"), width=1.2),
        Column(_("part that may stay"), "right"),
        Column(_("among all sources, g/s"), "right"),
        Column(_("remark"), width=1.8),
    ]
    blocks: list[Block] = [
        Paragraph(
            _(
                "The largest emission of a source alone is M (limit − background) / cm; among all "
                "sources the limit "
                "is shared by the rule that the table names. This is arithmetic on the declared data. "
                "It is no "
                "permit and does not say that one was broken."
            )
        ),
        make_table(
            _("Largest emissions that keep the limit of a single concentration"),
            columns,
            rows,
            paper_rows=200,
        ),
    ]
    return Chapter("permitted", _("Largest permitted emissions"), blocks)


def _below_one(value: Any) -> bool:
    return numbers.is_number(value) and float(value) < 1.0


def assumed_chapter(view: View, permit: Permit) -> Chapter:
    """What was assumed, the unverified values, and the faults of the inventory."""
    _ = view.gettext
    blocks: list[Block] = [Items(_assumptions(view, permit)), Heading(_("Unverified values that were used"))]
    rows = [
        [Cell(subject), Cell(value), Cell(view.word(mark)), Cell(note, foreign=view.language != "en")]
        for subject, value, mark, note in unverified_values(view, permit)
    ]
    columns = [
        Column(_("value of"), width=1.6),
        Column(_("value"), "right"),
        Column(_("mark"), width=0.9),
        Column(_("origin"), width=2.6),
    ]
    blocks.append(
        make_table(_("Values that nobody has checked in the legal text"), columns, rows, paper_rows=200)
    )
    notes = permit.sources.loc[permit.sources["note"].notna(), ["source_id", "note"]].drop_duplicates()
    if len(notes):
        grouped = notes.groupby("note", sort=True)["source_id"].agg(
            lambda part: ", ".join(dict.fromkeys(part))
        )
        blocks.append(
            make_table(
                _("What was taken for sources whose data do not state it"),
                [Column(_("remark"), width=1.4), Column(_("sources"), width=2.0)],
                [
                    [Cell(view.text(note), foreign=view.language != "en"), Cell(view.text(names))]
                    for note, names in grouped.items()
                ],
                paper_rows=100,
            )
        )
    if len(permit.findings):
        blocks.append(_findings_table(view, permit))
    return Chapter("assumed", _("What was taken for granted"), blocks)


def _assumptions(view: View, permit: Permit) -> list[str]:
    _ = view.gettext
    made = [
        _("The emissions are those of the inventory. Whether they are true is not asked here."),
        _(
            "Each emission is the largest rate, and all sources are taken to emit it at the same time; "
            "the text of "
            "the method asks for that."
        ),
        _(
            "The ground is level, or as η says; buildings and the accumulation of smoke over hours are "
            "left out."
        ),
        _("An area source is a grid of points and a line source a row of them; unverified."),
    ]
    near = _nearer_than_the_step(permit)
    if near:
        made.append(
            _(
                "The distance xm of these sources is shorter than the step of the grid, whose nodes may miss "
                "their largest value; it stands in the table of sources: %(names)s."
            )
            % {"names": ", ".join(view.source_name(name) for name in near)}
        )
    if permit.settings.ambient_c is None:
        made.append(
            _(
                "No air temperature was stated; %(value)s °C was assumed. State the mean daily maximum "
                "of the "
                "warmest month: the result depends on it."
            )
            % {"value": exact_text(permit.settings.ambient, view.language)}
        )
    without = sorted(set(permit.sources.loc[permit.sources["mpc_mg_m3"].isna(), "pollutant"]))
    if without:
        made.append(
            _("No limit is known of: %(names)s. They are in the table of sources and in no field.")
            % {"names": ", ".join(view.pollutant(name) for name in without)}
        )
    return made


def _nearer_than_the_step(permit: Permit) -> list[str]:
    """Sources with a limit whose xm is under the step of the grid."""
    x = permit.fields["x"].to_numpy()
    step = float(x[1] - x[0]) if x.size > 1 else 0.0
    near = (permit.sources["xm_m"] < step) & permit.sources["cm_over_mpc"].notna()
    return list(dict.fromkeys(permit.sources.loc[near, "source_id"].astype(str)))


def unverified_values(view: View, permit: Permit) -> list[tuple[str, str, str, str]]:
    """Subject, value, mark and origin of every value used that is not verified."""
    _ = view.gettext
    made = []
    if permit.settings.region_mark != "verified":
        made.append(
            (
                _("coefficient A of the region"),
                exact_text(permit.settings.region_coefficient, view.language),
                permit.settings.region_mark,
                "OND-86, clause 2.2",
            )
        )
    used = set(permit.sources["pollutant"])
    for name, row in permit.limits.iterrows():
        if name in used and row["mark"] != "verified":
            made.append(
                (
                    f"{_('limit')}: {view.pollutant(name)}",
                    f"{exact_text(row['mpc_mg_m3'], view.language)} {_('mg/m³')}",
                    str(row["mark"]),
                    view.text(row["note"]),
                )
            )
    factors = permit.sources.loc[permit.sources["settling_mark"] != "verified"]
    for (name, factor, mark), part in factors.groupby(["pollutant", "settling", "settling_mark"], sort=True):
        made.append(
            (
                f"F: {view.pollutant(name)}",
                view.number(factor),
                str(mark),
                f"OND-86, clause 2.5; {len(part)} rows",
            )
        )
    for row in permit.groups.itertuples(index=False):
        if row.mark != "verified":
            made.append(
                (
                    _("summation group"),
                    str(row.members).replace("+", " + "),
                    str(row.mark),
                    view.text(row.note),
                )
            )
    return made


def _findings_table(view: View, permit: Permit) -> Block:
    _ = view.gettext
    rows = [
        [
            Cell(view.word(row["severity"]), tone="unknown" if row["severity"] == "quarantine" else ""),
            Cell(view.text(row["code"]), code=True),
            Cell(view.count(row["row"])),
            Cell(view.text(row["column"])),
            Cell(view.text(row["value"])),
            Cell(view.text(row["rule"]), foreign=view.language != "en"),
        ]
        for row in permit.findings.to_dict("records")
    ]
    columns = [
        Column(_("Severity"), width=1.0),
        Column(_("Code"), width=1.6),
        Column(_("row of the file"), "right", 0.7),
        Column(_("column"), width=1.1),
        Column(_("value"), width=1.1),
        Column(_("Rule"), width=2.4),
    ]
    return make_table(
        _("Faults and remarks on the inventory; rows in quarantine were not calculated"),
        columns,
        rows,
        paper_rows=60,
    )
