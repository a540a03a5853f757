"""The declared inventory, stack monitoring and promised cuts."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sootprint.report.blocks import Block, Cell, Column, Heading, Items, Paragraph, Table, Tone
from sootprint.report.chapters.law_common import marks_text
from sootprint.report.view import (
    View,
    count_cell,
    first_rows,
    foreign_cell,
    make_table,
    number_cell,
    share_cell,
)

SEVERITIES = ("error", "warning", "info")
SHOWN = 300
"""Rows of a long table that the page holds."""

VERDICT_TONES: dict[str, Tone] = {
    "smaller than promised": "over",
    "no cut visible": "over",
    "consistent with the promised cut": "within",
    "larger than promised": "within",
}


def blocks(view: View) -> list[Block]:
    """Blocks on the audit, stack monitoring and promised cuts."""
    return [*_audit(view), *_monitoring(view), *_promises(view)]


def _audit(view: View) -> list[Block]:
    _ = view.gettext
    table = view.table("audit_findings")
    if table.empty:
        return []
    order = table.assign(rank=table["severity"].map(SEVERITIES.index)).sort_values(
        ["rank", "code", "facility_id", "source_id", "pollutant"], kind="stable"
    )
    return [
        Heading(_("Audit of the declared inventory")),
        Paragraph(
            _(
                "Each finding is a question to whoever declared: the numbers do not fit each other, a law "
                "of nature or what was measured at the stack. It is resolved by the document named, and it "
                "is no breach in itself."
            )
        ),
        _audit_rules(view, order),
        _audit_list(view, order),
    ]


def _audit_rules(view: View, table: pd.DataFrame) -> Table:
    _ = view.gettext
    rows = []
    for (rank, code), part in table.groupby(["rank", "code"], sort=True):
        rows.append(
            [
                Cell(view.word(SEVERITIES[int(rank)]), float(rank), "over" if rank == 0 else ""),
                Cell(view.text(code), code=True),
                count_cell(view, len(part)),
                foreign_cell(view, part["rule"].iloc[0]),
                foreign_cell(view, part["document"].iloc[0]),
                Cell(marks_text(view, part["mark"])),
            ]
        )
    return make_table(
        _("Findings of the audit by rule"),
        [
            Column(_("Severity"), width=0.9),
            Column(_("Code"), width=1.5),
            Column(_("findings"), "right", 0.7),
            Column(_("Rule"), width=3),
            Column(_("document that would resolve it"), width=2.2),
            Column(_("mark of the rule"), width=1.1),
        ],
        rows,
    )


def _audit_list(view: View, table: pd.DataFrame) -> Table:
    _ = view.gettext
    kept, remark = first_rows(view, table, SHOWN)
    rows = [
        [
            Cell(view.text(row.code), code=True),
            Cell(_what(view, row)),
            Cell(view.text(row.pollutant).replace("|", ", ")),
            Cell(f"{view.number(row.value, digits=3)} {_unit(view, row.unit)}".strip()),
            foreign_cell(view, row.expected_text),
            Cell(_place(view, row)),
        ]
        for row in kept.itertuples(index=False)
    ]
    return make_table(
        _("Findings of the audit one by one"),
        [
            Column(_("Code"), width=1.5),
            Column(_("Source"), width=1.4),
            Column(_("Pollutant"), width=0.9),
            Column(_("value"), "right", 1.2),
            Column(_("expected"), width=3),
            Column(_("file, row"), width=1.5),
        ],
        rows,
        note=remark,
        paper_rows=25,
    )


def _what(view: View, row: Any) -> str:
    return view.text(row.source_id) if pd.notna(row.source_id) else view.text(row.facility_id)


def _unit(view: View, unit: Any) -> str:
    text = view.text(unit)
    return "" if text in {"–", "1"} else text


def _place(view: View, row: Any) -> str:
    if pd.isna(row.file):
        return "–"
    return f"{view.text(row.file)}, {int(row.row)}" if pd.notna(row.row) else view.text(row.file)


def _monitoring(view: View) -> list[Block]:
    """Stack monitoring by source, beside the declared rates."""
    _ = view.gettext
    mass = view.table("stack_mass")
    if mass.empty:
        return []
    made: list[Block] = [Heading(_("Stack monitoring beside what was declared")), _masses(view, mass)]
    names = view.table("stack_names")
    if len(names):
        made.append(_names(view, names))
    return made


def _masses(view: View, mass: pd.DataFrame) -> Table:
    _ = view.gettext
    years = mass[mass["scale"] == "year"]
    declared = _declared(view.table("emissions"))
    rows = []
    for row in years.sort_values(["source_name", "pollutant", "period_start"]).itertuples(index=False):
        rate = declared.get((str(row.source_id), str(row.pollutant)))
        rows.append(
            [
                Cell(view.text(row.source_id) if pd.notna(row.source_id) else view.text(row.source_name)),
                Cell(view.text(row.pollutant)),
                Cell(f"{_day(row.period_start)} – {_day(row.period_end - pd.Timedelta(days=1))}"),
                share_cell(view, row.capture),
                number_cell(view, row.mean_rate_g_s),
                number_cell(view, rate),
                number_cell(view, row.mean_rate_g_s / rate if rate else None),
                number_cell(view, row.measured_t, digits=3),
                share_cell(view, row.flat_share),
            ]
        )
    return make_table(
        _("Measured at the stack and declared"),
        [
            Column(_("Source"), width=1.8),
            Column(_("Pollutant"), width=0.9),
            Column(_("Period"), width=1.6),
            Column(_("hours with a rate"), "right", 0.9),
            Column(_("measured mean, g s⁻¹"), "right", 1.0),
            Column(_("declared mean, g s⁻¹"), "right", 1.0),
            Column(_("measured / declared"), "right", 0.9),
            Column(_("measured mass, t"), "right", 1.0),
            Column(_("standing values"), "right", 0.9),
        ],
        rows,
        note=_(
            "The declared mean is the declared yearly total over the hours of the year, or the declared "
            "rate where no total is given, which is a maximum. The mass is that of the hours with a rate: "
            "what was not measured is not in it, and a missing value is not compliance."
        ),
        paper_rows=30,
    )


def _declared(emissions: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Declared mean rate by source and pollutant [g s⁻¹]."""
    from sootprint.core.constants import SECONDS_PER_YEAR

    made: dict[tuple[str, str], float] = {}
    for row in emissions.itertuples(index=False):
        rate = row.annual_t * 1e6 / SECONDS_PER_YEAR if pd.notna(row.annual_t) else row.rate_g_s
        if pd.notna(rate):
            made.setdefault((str(row.source_id), str(row.pollutant)), float(rate))
    return made


def _day(day: Any) -> str:
    return f"{pd.Timestamp(day):%Y-%m-%d}"


def _names(view: View, names: pd.DataFrame) -> Table:
    _ = view.gettext
    rows = [
        [
            Cell(view.text(row.organization)),
            Cell(view.text(row.source_name)),
            Cell(view.text(row.source_id)),
            Cell(view.word(row.match), None, "unknown" if row.match in {"ambiguous", "unmatched"} else ""),
            count_cell(view, row.n_rows),
            count_cell(view, row.n_quarantined),
            share_cell(view, row.over_limit_share),
            share_cell(view, row.ratio_missing_share),
        ]
        for row in names.head(SHOWN).itertuples(index=False)
    ]
    return make_table(
        _("Names of the stack monitoring and their sources"),
        [
            Column(_("organisation"), width=1.8),
            Column(_("name in the file"), width=2.0),
            Column(_("Source"), width=1.2),
            Column(_("match"), width=0.9),
            Column(_("Rows"), "right", 0.8),
            Column(_("rows in quarantine"), "right", 0.8),
            Column(_("over the limit, of rows with a ratio"), "right", 1.0),
            Column(_("rows without a ratio"), "right", 0.9),
        ],
        rows,
        note=_("A row without a ratio to its limit says nothing about the limit: it is not compliance."),
        paper_rows=20,
    )


def _promises(view: View) -> list[Block]:
    _ = view.gettext
    table = view.table("promised_cut_checks")
    if table.empty:
        return []
    promises = view.table("promised_cuts").set_index("cut_id")
    sentences = [
        _promise_sentence(view, str(cut), part, promises) for cut, part in table.groupby("cut_id", sort=True)
    ]
    rows = [
        [
            Cell(view.text(row.cut_id)),
            Cell(view.word(row.method)),
            share_cell(view, row.promised_cut),
            Cell(cut_text(view, row), None if pd.isna(row.cut) else float(row.cut)),
            share_cell(view, row.power_promised),
            share_cell(view, row.detectable_cut),
            Cell(f"{view.count(row.window_used_h)} / {view.count(row.window_h)}"),
            count_cell(view, row.reference_used_h),
            Cell(view.word(row.verdict), None, VERDICT_TONES.get(str(row.verdict), "unknown")),
        ]
        for row in table.itertuples(index=False)
    ]
    remarks = [
        f"{view.text(row.cut_id)}, {view.word(row.method)}: {view.text(row.remarks)}"
        for row in table.loc[table["remarks"].fillna("") != ""].itertuples(index=False)
    ]
    made: list[Block] = [
        Heading(_("Promised cuts")),
        Items(sentences),
        make_table(
            _("Whether a promised cut is visible, with its interval and its power"),
            [
                Column(_("promise"), width=0.8),
                Column(_("data"), width=1.2),
                Column(_("promised"), "right", 0.8),
                Column(_("found (interval)"), "right", 1.5),
                Column(_("power for the promised cut"), "right", 0.9),
                Column(_("smallest cut that could be seen"), "right", 1.0),
                Column(_("hours of the window used / all"), "right", 1.1),
                Column(_("hours of the reference"), "right", 0.9),
                Column(_("outcome"), width=1.6),
            ],
            rows,
            note=_(
                "The interval is that of the check, and the power is the probability that a cut of the "
                "promised size would have been seen. What the check compares is emission with and without "
                "the promise in like hours; a repair or another feed in either is taken for the cut or "
                "hides it."
            ),
        ),
    ]
    return [*made, Items(remarks, foreign=view.language != "en")] if remarks else made


def cut_text(view: View, row: Any) -> str:
    """Cut with its interval; an end without a bound is left out."""
    if pd.notna(row.cut_low) and pd.notna(row.cut_high):
        return view.share(row.cut, row.cut_low, row.cut_high)
    ends = [
        f"{sign} {view.percent(end)}"
        for sign, end in (("≥", row.cut_low), ("≤", row.cut_high))
        if pd.notna(end)
    ]
    return f"{view.percent(row.cut)} ({', '.join(ends)})" if ends else view.percent(row.cut)


def _promise_sentence(view: View, cut: str, rows: pd.DataFrame, promises: pd.DataFrame) -> str:
    _ = view.gettext
    promise = promises.loc[cut]
    named = [promise["facility_ids"], promise["source_ids"]]
    outcomes = "; ".join(f"{view.word(row.method)}: {view.word(row.verdict)}" for row in rows.itertuples())
    return _(
        "%(promise)s: %(who)s, %(pollutant)s, a cut of %(cut)s from %(start)s to %(end)s. %(outcomes)s."
    ) % {
        "promise": view.text(cut),
        "who": ", ".join(view.text(item) for item in named if pd.notna(item) and item) or _("all plants"),
        "pollutant": view.text(rows["pollutant"].iloc[0]),
        "cut": view.percent(promise["promised_cut"]),
        "start": view.local(promise["time_start"]),
        "end": view.local(promise["time_end"]),
        "outcomes": outcomes,
    }
