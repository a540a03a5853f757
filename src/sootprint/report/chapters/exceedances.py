"""Was the air over a norm: every comparison with its data capture and the mark of its norm."""

from __future__ import annotations

from sootprint.report.blocks import Block, Cell, Chapter, Column, Paragraph, Table, Tone
from sootprint.report.view import (
    View,
    count_cell,
    foreign_cell,
    make_table,
    number_cell,
    share_cell,
    time_cell,
)

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
        blocks.append(_comparisons(view))
        reasons = _reasons(view)
        blocks += [reasons] if reasons else []
    for key in view.figure_keys("time_series"):
        pollutant = key.split(":")[1] if ":" in key else ""
        blocks += view.figure(
            key,
            _("Readings over time and the norms: %(pollutant)s.") % {"pollutant": view.pollutant(pollutant)},
            _("Line chart of the readings of each post with horizontal lines at the norms"),
        )
    return Chapter("norms", _("Was the air over a norm?"), blocks)


def _comparisons(view: View) -> Table:
    _ = view.gettext
    table = view.table("exceedances").sort_values(
        ["pollutant", "norm_id", "ratio", "station_id"],
        ascending=[True, True, False, True],
        na_position="last",
    )
    rows = []
    for row in table.itertuples(index=False):
        rows.append(
            [
                Cell(view.station(row.station_id)),
                Cell(view.text(row.pollutant)),
                Cell(f"{view.norm(row.norm_id)}, {view.averaging(row.averaging_s)}"),
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
            Column(_("Post"), width=1.7),
            Column(_("Pollutant"), width=0.9),
            Column(_("Norm"), width=1.8),
            Column(_("limit"), "right", 0.8),
            Column(_("value compared"), "right", 0.9),
            Column(_("times the norm"), "right", 0.8),
            Column(_("exceedances (allowed)"), "right", 1.1),
            Column(_("maximum"), "right", 0.9),
            Column(_("time of the maximum"), width=1.25),
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
    )


def _count_text(view: View, row: object) -> Cell:
    allowed = getattr(row, "allowed_exceedances")  # noqa: B009
    number = getattr(row, "n_exceedances")  # noqa: B009
    shown = count_cell(view, number)
    limit = count_cell(view, allowed)
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
            Cell(", ".join(view.station(item) for item in sorted(part["station_id"].unique()))),
            foreign_cell(view, reason),
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
    )
