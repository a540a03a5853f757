"""Was the air over a norm: every comparison with its data capture and the mark of its norm."""

from __future__ import annotations

from typing import Any

from sootprint.report.blocks import Block, Cell, Chapter, Column, Paragraph, Table, Tone
from sootprint.report.chapters.law_common import suspect_h2s_note
from sootprint.report.sentences import said
from sootprint.report.view import (
    View,
    count_cell,
    make_table,
    number_cell,
    share_cell,
    time_cell,
)

ORDER = {"exceeded": 0, "not exceeded": 1, "not assessable": 2}
TONES: dict[str, Tone] = {"exceeded": "over", "not exceeded": "within", "not assessable": "unknown"}


def chapter(view: View) -> Chapter:
    """Chapter of the norms."""
    _ = view.gettext
    table = view.table("exceedances")
    blocks: list[Block] = []
    if table.empty:
        blocks.append(Paragraph(_("No reading could be compared with a norm.")))
    else:
        blocks.append(
            Paragraph(
                _(
                    "Each row compares one post with one norm in the form in which the norm is written. "
                    "A comparison with too few data is not decided: it says “not assessable”."
                )
            )
        )
        blocks += [*suspect_h2s_note(view), _by_norm(view), _comparisons(view)]
        reasons = _reasons(view)
        blocks += [reasons] if reasons else []
    if view.figure_keys("time_series"):
        blocks.append(
            Paragraph(
                _(
                    "Drawn are the pollutants and posts with the largest multiples of a norm; the package "
                    "ro-crate.zip holds all readings."
                )
            )
        )
    for key in view.figure_keys("time_series"):
        pollutant = key.split(":")[1] if ":" in key else ""
        blocks += view.figure(
            key,
            _("Readings over time and the norms: %(pollutant)s.") % {"pollutant": view.pollutant(pollutant)},
            _("Line chart of the readings of each post with horizontal lines at the norms"),
        )
    return Chapter("norms", _("Was the air over a norm?"), blocks)


def _by_norm(view: View) -> Table:
    _ = view.gettext
    rows = []
    for (pollutant, norm), part in view.table("exceedances").groupby(["pollutant", "norm_id"], sort=True):
        counts = part["verdict"].value_counts()
        decided = part[part["verdict"] != "not assessable"].sort_values(
            ["ratio", "station_id"], ascending=[False, True]
        )
        over = int(counts.get("exceeded", 0))
        rows.append(
            [
                Cell(view.text(pollutant)),
                Cell(view.norm(norm)),
                number_cell(view, part["limit_ugm3"].iloc[0], digits=3),
                count_cell(view, over, tone="over" if over else ""),
                count_cell(view, counts.get("not exceeded", 0)),
                count_cell(view, counts.get("not assessable", 0)),
                number_cell(view, decided["ratio"].iloc[0] if len(decided) else None),
                Cell(view.post(decided["station_id"].iloc[0]) if len(decided) else "–"),
                Cell(view.word(part["mark"].iloc[0])),
            ]
        )
    return make_table(
        _("Norm by norm: number of posts by verdict"),
        [
            Column(_("Pollutant"), width=0.9),
            Column(_("Norm"), width=3),
            Column(_("limit, µg m⁻³"), "right", 0.9),
            Column(_("exceeded"), "right", 0.9),
            Column(_("not exceeded"), "right", 0.9),
            Column(_("not assessable"), "right", 0.9),
            Column(_("times the norm, largest"), "right", 0.9),
            Column(_("at the post"), width=0.9),
            Column(_("mark of the norm"), width=1.1),
        ],
        rows,
        paper_rows=80,
    )


def _comparisons(view: View) -> Table:
    _ = view.gettext
    table = view.table("exceedances")
    table = table.assign(order=table["verdict"].map(ORDER)).sort_values(
        ["order", "ratio", "pollutant", "norm_id", "station_id"],
        ascending=[True, False, True, True, True],
        na_position="last",
    )
    rows = []
    for row in table.itertuples(index=False):
        rows.append(
            [
                Cell(view.post(row.station_id)),
                Cell(view.text(row.pollutant)),
                Cell(view.norm(row.norm_id)),
                number_cell(view, row.limit_ugm3, digits=3),
                number_cell(view, row.statistic_ugm3, digits=3),
                number_cell(view, row.ratio, tone=TONES[row.verdict]),
                _count_text(view, row),
                number_cell(view, row.maximum_ugm3, digits=3),
                time_cell(view, row.maximum_time),
                share_cell(view, row.data_capture),
                Cell(view.word(row.verdict), row.verdict, TONES[row.verdict]),
                Cell(view.word(row.mark), row.mark),
            ]
        )
    return make_table(
        _("Comparisons with norms; concentrations in µg m⁻³"),
        [
            Column(_("Post"), width=1.0),
            Column(_("Pollutant"), width=0.9),
            Column(_("Norm"), width=2.1),
            Column(_("limit"), "right", 0.8),
            Column(_("value compared"), "right", 0.9),
            Column(_("times the norm"), "right", 0.8),
            Column(_("exceedances (allowed)"), "right", 1.1),
            Column(_("maximum"), "right", 0.9),
            Column(_("time of the maximum"), width=1.75),
            Column(_("data capture"), "right", 0.9),
            Column(_("verdict"), width=1.2),
            Column(_("mark of the norm"), width=1.1),
        ],
        rows,
        note=_(
            "The value compared is a mean, a percentile or a maximum, as the norm asks; it is a statistic of "
            "readings and has no model uncertainty. Readings carry the instrument's own, which the files "
            "do not "
            "state."
        ),
        paper_rows=20,
    )


def _count_text(view: View, row: Any) -> Cell:
    shown = count_cell(view, row.n_exceedances)
    limit = count_cell(view, row.allowed_exceedances)
    return Cell(f"{shown.text} ({limit.text})" if limit.sort is not None else shown.text, shown.sort)


def _reasons(view: View) -> Table | None:
    _ = view.gettext
    table = view.table("exceedances")
    noted = table[table["reason"].fillna("").str.strip() != ""]
    if noted.empty:
        return None
    groups = noted.groupby(["pollutant", "norm_id", "reason"], sort=True)
    rows = [
        [
            Cell(view.text(pollutant)),
            Cell(view.norm(norm)),
            Cell(", ".join(view.post(item) for item in sorted(part["station_id"].unique()))),
            said(view, reason),
        ]
        for (pollutant, norm, reason), part in groups
    ]
    return make_table(
        _("What limits these comparisons"),
        [
            Column(_("Pollutant"), width=0.8),
            Column(_("Norm"), width=1.6),
            Column(_("Posts"), width=2.4),
            Column(_("Reason"), width=3),
        ],
        rows,
        paper_rows=16,
    )
