"""Chapter of what was assumed: assumptions, unverified values, faults of the inventory."""

from __future__ import annotations

from sootprint.report.blocks import Block, Cell, Chapter, Column, Heading, Items
from sootprint.report.permit.maths import exact_text
from sootprint.report.permit.model import Permit
from sootprint.report.permit.words import note_text, paper_table
from sootprint.report.view import View


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
        paper_table(
            view,
            _("Values that nobody has checked in the legal text"),
            columns,
            rows,
            shown=300,
            file="sources.csv",
        )
    )
    notes = permit.sources.loc[permit.sources["note"].notna(), ["source_id", "note"]].drop_duplicates()
    if len(notes):
        grouped = notes.groupby("note", sort=True)["source_id"].agg(
            lambda part: ", ".join(dict.fromkeys(part))
        )
        blocks.append(
            paper_table(
                view,
                _("What was taken for sources whose data do not state it"),
                [Column(_("remark"), width=1.4), Column(_("sources"), width=2.0)],
                [[Cell(note_text(view, note)), Cell(view.text(names))] for note, names in grouped.items()],
                shown=100,
                file="sources.csv",
            )
        )
    if len(permit.guesses):
        blocks.append(_guesses_table(view, permit))
    if len(permit.findings):
        blocks.append(_findings_table(view, permit))
    return Chapter("assumed", _("What was taken for granted"), blocks)


def _assumptions(view: View, permit: Permit) -> list[str]:
    _ = view.gettext
    made = [
        _("The emissions are those of the inventory. Whether they are true is not asked here."),
        _(
            "Each emission is the largest rate, and all sources are taken to emit it at the same time; "
            "the text of the method asks for that."
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
                "The distance xm of these sources is shorter than the step of the grid, whose nodes may "
                "miss their largest value; it stands in the table of sources: %(names)s."
            )
            % {"names": ", ".join(view.source_name(name) for name in near)}
        )
    if permit.settings.ambient_c is None:
        made.append(
            _(
                "No air temperature was stated; %(value)s °C was assumed. State the mean daily maximum "
                "of the warmest month: the result depends on it."
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
                    f"{_('limit (MPC)')}: {view.pollutant(name)}",
                    f"{exact_text(row['mpc_mg_m3'], view.language)} {_('mg/m³')}",
                    str(row["mark"]),
                    view.text(row["note"]),
                )
            )
    factors = permit.sources.loc[permit.sources["settling_mark"] != "verified"]
    for (name, factor, mark), _rows in factors.groupby(["pollutant", "settling", "settling_mark"], sort=True):
        made.append(
            (
                f"F: {view.pollutant(name)}",
                view.number(factor),
                str(mark),
                "OND-86, clause 2.5",
            )
        )
    used_sources = permit.inventory["source_id"].isin(permit.sources["source_id"])
    used_rates = permit.emissions["source_id"].isin(permit.sources["source_id"])
    for subject, table in (
        (_("sources of the inventory"), permit.inventory.loc[used_sources]),
        (_("emissions of the inventory"), permit.emissions.loc[used_rates]),
    ):
        counts = table.loc[table["mark"] != "verified", "mark"].value_counts().sort_index()
        for mark, count in counts.items():
            made.append((subject, view.count(count), str(mark), view.text(permit.inputs[0].name)))
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


def _guesses_table(view: View, permit: Permit) -> Block:
    """What the reader of the inventory took for granted, and why."""
    _ = view.gettext
    foreign = view.language != "en"
    rows = [
        [Cell(view.text(row[name]), foreign=foreign) for name in ("subject", "taken", "because")]
        for row in permit.guesses.to_dict("records")
    ]
    columns = [Column(_("Subject")), Column(_("Taken")), Column(_("Because"), width=2.0)]
    return paper_table(
        view, _("What was taken for granted in reading the inventory"), columns, rows, shown=40
    )


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
    return paper_table(
        view,
        _("Faults and remarks on the inventory; rows in quarantine were not calculated"),
        columns,
        rows,
        shown=60,
        file="findings.csv",
    )
