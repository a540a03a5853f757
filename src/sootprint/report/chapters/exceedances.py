"""Was the air over a norm: every comparison with its data capture and the marks of its norm."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sootprint.report.blocks import Block, Cell, Chapter, Column, Heading, Paragraph, Table, Tone
from sootprint.report.chapters.law_common import mark_cell, suspect_h2s_note
from sootprint.report.compared import (
    counted,
    kind_word,
    limit_cell,
    norm_name,
    value_cell,
    verdict_text,
    years_cell,
)
from sootprint.report.sentences import said
from sootprint.report.view import View, count_cell, make_table, number_cell, share_cell

ORDER = {"exceeded": 0, "not exceeded": 1, "not assessable": 2}
TONES: dict[str, Tone] = {"exceeded": "over", "not exceeded": "within", "not assessable": "unknown"}

MEANS = ("mean", "quarterly_mean", "rolling_months")
"""Forms that count no interval over the limit."""


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
                    "Each row compares one post in one calendar year, or the part of it that the readings "
                    "cover, with one norm in the form in which the norm is written; a norm over several "
                    "years takes the years before too. A comparison with too few data is not decided: it "
                    "says “not assessable”."
                )
            )
        )
        blocks += [*suspect_h2s_note(view), *_limits(view, table), *_apart(view, table)]
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


def _limits(view: View, table: pd.DataFrame) -> list[Block]:
    """Limits and guidelines that were in force."""
    _ = view.gettext
    own = table[counted(table)]
    if own.empty:
        return [Paragraph(_("No limit or guideline that was in force could be compared."))]
    return [
        _by_norm(view, own, _("Limits and guidelines: number of comparisons by verdict"), paper_rows=60),
        _comparisons(view, own, _("Comparisons with limits and guidelines"), paper_rows=20, note=_note(view)),
    ]


def _apart(view: View, table: pd.DataFrame) -> list[Block]:
    """Targets, thresholds and norms that were not in force."""
    _ = view.gettext
    own = table[~counted(table)]
    if own.empty:
        return []
    return [
        Heading(_("Targets, thresholds and norms not in force")),
        Paragraph(
            _(
                "A target is not a limit, a threshold of information or alert asks for a warning, and a norm "
                "before its first or after its last day bound nobody. They are compared in the same way, and "
                "the answer on the first page and the map do not count them as exceeded norms."
            )
        ),
        _by_norm(
            view, own, _("Targets, thresholds and norms not in force, by verdict"), paper_rows=40, kinds=True
        ),
        _comparisons(
            view, own, _("Comparisons with targets, thresholds and norms not in force"), paper_rows=12
        ),
    ]


def _by_norm(view: View, table: pd.DataFrame, caption: str, *, paper_rows: int, kinds: bool = False) -> Table:
    _ = view.gettext
    groups = [part for _key, part in table.groupby(["pollutant", "norm_id"], sort=True)]
    groups.sort(key=lambda part: part["verdict"].map(ORDER).min())
    rows = []
    for part in groups:
        counts = part["verdict"].value_counts()
        decided = part[part["verdict"] != "not assessable"].sort_values(
            ["ratio", "station_id"], ascending=[False, True]
        )
        first = next(part.itertuples(index=False))
        over = int(counts.get("exceeded", 0))
        made = [
            Cell(norm_name(view, first)),
            limit_cell(view, first),
            count_cell(view, over, tone="over" if over and not _never_in_force(part) else ""),
            count_cell(view, counts.get("not exceeded", 0)),
            count_cell(view, counts.get("not assessable", 0)),
            number_cell(view, decided["ratio"].iloc[0] if len(decided) else None),
            Cell(view.post(decided["station_id"].iloc[0]) if len(decided) else "–"),
            mark_cell(view, first.mark),
            mark_cell(view, first.rule_mark),
        ]
        rows.append([made[0], Cell(_kind_text(view, part)), *made[1:]] if kinds else made)
    columns = [
        Column(_("Norm"), width=2.8),
        Column(_("limit"), "right", 1.3),
        Column(_("exceeded"), "right", 0.9),
        Column(_("not exceeded"), "right", 0.9),
        Column(_("not assessable"), "right", 0.9),
        Column(_("times the norm, largest"), "right", 0.9),
        Column(_("at the post"), width=0.9),
        Column(_("mark of its value"), width=1.1),
        Column(_("mark of its rules"), width=1.1),
    ]
    if kinds:
        columns = [Column(_("Norm"), width=2.4), Column(_("kind"), width=1.2), *columns[1:]]
    return make_table(caption, columns, rows, paper_rows=paper_rows)


def _kind_text(view: View, part: pd.DataFrame) -> str:
    """What the number of a norm is in its law, and whether it was in force."""
    _ = view.gettext
    kind, remark = kind_word(part["kind"].iloc[0], _), _("not in force")
    return f"{kind}, {remark}" if _never_in_force(part) else kind


def _never_in_force(part: pd.DataFrame) -> bool:
    return bool(part["in_force"].isin(["no"]).all())


def _tone(row: Any) -> Tone:
    """Tone of a verdict; to be over a norm that was not in force is no alarm."""
    return "" if row.verdict == "exceeded" and row.in_force == "no" else TONES[row.verdict]


def _comparisons(view: View, table: pd.DataFrame, caption: str, *, paper_rows: int, note: str = "") -> Table:
    _ = view.gettext
    ordered = table.assign(order=table["verdict"].map(ORDER)).sort_values(
        ["order", "ratio", "pollutant", "norm_id", "station_id", "period_end"],
        ascending=[True, False, True, True, True, True],
        na_position="last",
    )
    rows = [
        [
            Cell(view.post(row.station_id)),
            Cell(norm_name(view, row)),
            years_cell(view, row),
            value_cell(view, row),
            limit_cell(view, row),
            number_cell(view, row.ratio, tone=_tone(row)),
            _count_text(view, row),
            _capture(view, row),
            Cell(verdict_text(view, row), row.verdict, _tone(row)),
            mark_cell(view, row.mark),
            mark_cell(view, row.rule_mark),
        ]
        for row in ordered.itertuples(index=False)
    ]
    return make_table(
        caption,
        [
            Column(_("Post"), width=0.8),
            Column(_("Norm"), width=2.1),
            Column(_("years: used of needed"), width=0.95),
            Column(_("value compared"), "right", 1.15),
            Column(_("limit"), "right", 1.15),
            Column(_("times the norm"), "right", 0.75),
            Column(_("exceedances (allowed)"), "right", 1.0),
            Column(_("data capture (worst part)"), "right", 1.0),
            Column(_("verdict"), width=1.15),
            Column(_("mark of its value"), width=1.1),
            Column(_("mark of its rules"), width=1.1),
        ],
        rows,
        note=note,
        paper_rows=paper_rows,
    )


def _note(view: View) -> str:
    """What the columns of the comparisons hold."""
    _ = view.gettext
    return _(
        "Value and limit stand in the unit in which the norm is stated, the value rounded where the "
        "norm rounds. The value is a mean, a percentile, a maximum or a number of days, as the norm "
        "asks; it is a statistic of readings and has no model uncertainty. Readings carry the "
        "instrument's own, which the files do not state. The largest readings, their times and the "
        "statistic of each year are in tables/exceedances.csv of the package ro-crate.zip."
    )


def _count_text(view: View, row: Any) -> Cell:
    if str(row.form) in MEANS:
        return Cell("–")
    shown = count_cell(view, row.n_exceedances)
    limit = count_cell(view, row.allowed_exceedances)
    return Cell(f"{shown.text} ({limit.text})" if limit.sort is not None else shown.text, shown.sort)


def _capture(view: View, row: Any) -> Cell:
    """Share of valid intervals, with the smallest share of a part where that is less."""
    whole, least = share_cell(view, row.data_capture), share_cell(view, row.worst_capture)
    if least.sort is None or least.text == whole.text:
        return whole
    return Cell(f"{whole.text} ({least.text})", whole.sort)


def _reasons(view: View) -> Table | None:
    _ = view.gettext
    table = view.table("exceedances")
    noted = table[table["reason"].fillna("").str.strip() != ""]
    if noted.empty:
        return None
    rows = []
    for (_pollutant, _norm, reason), part in noted.groupby(["pollutant", "norm_id", "reason"], sort=True):
        posts = sorted(part["station_id"].unique())
        rows.append(
            [
                Cell(norm_name(view, next(part.itertuples(index=False)))),
                Cell(", ".join(view.post(item) for item in posts)),
                said(view, reason),
            ]
        )
    return make_table(
        _("What limits these comparisons"),
        [
            Column(_("Norm"), width=2),
            Column(_("Posts"), width=2.2),
            Column(_("Reason"), width=3),
        ],
        rows,
        paper_rows=16,
    )
