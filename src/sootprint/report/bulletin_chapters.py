"""Chapters of the bulletin of one period, from the level of pollution to the sources of its rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from sootprint.core.timeaxis import to_local
from sootprint.report.blocks import Block, Cell, Chapter, Column, Items, KeyNumbers, Note, Paragraph
from sootprint.report.bulletin_context import posts_chapter, sources_chapter, weather_chapters
from sootprint.report.bulletin_words import (
    GRADE_NUMERALS,
    LEAST_CAPTURE,
    PLACES_ON_PAPER,
    grade_text,
    index_value,
    index_words,
    level_words,
    milligrams,
    period_words,
    remark_texts,
)
from sootprint.report.view import View, count_cell, make_table, number_cell, share_cell

INDICES = ("SI", "NP", "IZA5")


@dataclass(frozen=True)
class Assessed:
    """One assessed period: its kind, its tables by name, and the names of the rule sets that were used."""

    kind: str
    label: str
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    exponents: str = ""
    rules: str = ""


def bulletin_chapters(view: View, part: Assessed) -> list[Chapter]:
    """Chapters of one period; the view holds its tables."""
    _ = view.gettext
    indices = view.table("air_indices").rename(columns={"index": "index_"})
    if indices.empty:
        text = _("There is no reading of this period.")
        return [Chapter("level", _("Level of pollution"), [Paragraph(text, lead=True)])]
    return [
        _level(view, part, indices),
        _substances(view),
        _places(view, indices),
        _high(view),
        *weather_chapters(view),
        posts_chapter(view),
        sources_chapter(view, part.exponents, part.rules),
    ]


def _row(indices: pd.DataFrame, scope: str, place: str, index: str) -> Any:
    chosen = indices.loc[
        (indices["scope"] == scope) & (indices["place"] == place) & (indices["index_"] == index)
    ]
    return next(chosen.itertuples(index=False), None)


def _level(view: View, part: Assessed, indices: pd.DataFrame) -> Chapter:
    _ = view.gettext
    start, end = indices["period_start"].iloc[0], indices["period_end"].iloc[0]
    period = period_words(view, part.kind, start, end)
    city = {name: _row(indices, "city", "city", name) for name in INDICES}
    decided = next((row for row in city.values() if row is not None and row.decides), None)
    blocks: list[Block] = []
    if decided is None:
        text = _("The level of pollution of the air over %(period)s cannot be assessed from these readings.")
        blocks.append(Paragraph(text % {"period": period}, lead=True))
    else:
        text = _("Over %(period)s the level of pollution of the air is assessed as %(grade)s (by %(index)s).")
        name = index_words(_)[decided.index_]
        fields = {"period": period, "grade": grade_text(view, decided), "index": name}
        blocks.append(Paragraph(text % fields, lead=True))
        if decided.data_capture < LEAST_CAPTURE:
            text = _(
                "Only %(share)s of the possible single concentrations are there: the level describes these "
                "readings and not the whole of %(period)s."
            )
            fields = {"share": view.percent(decided.data_capture), "period": period}
            blocks.append(Note(text % fields))
        if decided.mark != "verified":
            text = _("Check of the limits and rules behind this level: %(mark)s; see the last chapter.")
            blocks.append(Paragraph(text % {"mark": view.word(decided.mark)}))
    names = index_words(_)
    known = {name: row for name, row in city.items() if row is not None and pd.notna(row.value)}
    if known:
        numbers = [
            (
                index_value(view, name, row.value),
                names[name],
                f"{grade_text(view, row)} · {view.word(row.mark)}",
            )
            for name, row in known.items()
        ]
        sentences = [text for name, row in known.items() for text in _index_sentences(view, name, row)]
        blocks += [KeyNumbers(numbers), Items(sentences)]
    blocks += view.figure(
        f"grades:{part.label}",
        _("Grade of the largest single concentration of each day, at any post, by substance"),
        _("Rows of substances and columns of days, coloured by grade"),
    )
    remarks = remark_texts(view, [row.remarks for row in known.values()])
    if remarks:
        blocks.append(Note(" ".join(remarks)))
    blocks += _hydrogen_sulphide(view)
    p = view.table("parameter_p")
    if len(p):
        blocks.append(Paragraph(_parameter_p(view, p)))
    return Chapter("level", _("Level of pollution"), blocks)


def _hydrogen_sulphide(view: View) -> list[Block]:
    """Note on posts whose hydrogen sulphide follows sulphur dioxide beyond common weather."""
    _ = view.gettext
    quality = view.results.tables.get("h2s_quality")
    if quality is None:
        return []
    follows = (quality["verdict"] == "covaries") & (quality["period"] == "whole")
    posts = quality.loc[follows, "station_id"].drop_duplicates()
    if posts.empty:
        return []
    text = _(
        "Hydrogen sulphide of these posts follows sulphur dioxide more than common weather explains; the "
        "readings are consistent with a cross-sensitivity of the instrument and are counted here as they "
        "came: %(posts)s."
    )
    return [Note(text % {"posts": ", ".join(view.station(item) for item in posts)})]


def _index_sentences(view: View, name: str, row: Any) -> list[str]:
    _ = view.gettext
    fields = {"value": index_value(view, name, row.value), "grade": grade_text(view, row)}
    if name == "IZA5":
        named = ", ".join(view.pollutant(item) for item in str(row.pollutant).split(";"))
        text = _("IZA5 = %(value)s (%(grade)s), set of exponents %(set)s: %(substances)s.")
        return [text % (fields | {"set": row.exponents, "substances": named})]
    fields |= {"substance": view.pollutant(row.pollutant), "post": view.station(row.station_id)}
    if name == "SI":
        text = _("SI = %(value)s (%(grade)s): %(substance)s, post %(post)s, %(time)s local time.")
        return [text % (fields | {"time": view.local(row.time_start)})]
    if float(row.value) == 0.0:
        return [_("NP = 0 %: no single concentration was over its limit.")]
    return [_("NP = %(value)s (%(grade)s): %(substance)s, post %(post)s.") % fields]


def _parameter_p(view: View, p: pd.DataFrame) -> str:
    _ = view.gettext
    words, top = level_words(_), p.loc[p["p"].idxmax()]
    day = to_local(pd.Series([top["day_start"]]), view.results.case["zone"]).iloc[0].strftime("%Y-%m-%d")
    text = _(
        "Parameter P, the share of single concentrations over 1.5 seasonal means of their post and substance "
        "(unverified): largest on %(day)s, %(value)s (%(level)s); days with a high P (over 0.35): %(high)s "
        "of %(days)s. The seasonal means rest on %(season)s days of readings."
    )
    return text % {
        "day": day,
        "value": view.number(top["p"]),
        "level": words[str(top["level"])],
        "high": view.count((p["group"] == 1).sum()),
        "days": view.count(len(p)),
        "season": view.count(p["season_days"].min()),
    }


def _substances(view: View) -> Chapter:
    _ = view.gettext
    table = view.table("index_pollutants")
    rows = table.loc[table["scope"] == "city"]
    columns = [
        Column(_("substance"), width=2.2),
        Column(_("mean, mg/m³"), "right"),
        Column(_("times the daily limit"), "right"),
        Column(_("largest single, mg/m³"), "right"),
        Column(_("times the single limit"), "right"),
        Column(f"{index_words(_)['NP']}, %", "right", 0.8),
        Column(_("over the limit"), "right", 1.1),
        Column(_("of these over 5 limits"), "right", 0.8),
        Column(_("of these over 10 limits"), "right", 0.8),
        Column(_("days over the daily limit"), "right", 1.0),
        Column(_("check"), width=1.1),
    ]
    made = make_table(
        _("Substances in the air of the city"),
        columns,
        (_substance_cells(view, row) for row in rows.itertuples(index=False)),
        note=_(
            "Mean: of the valid daily means, over the posts. NP: largest share over the single maximum limit "
            "at one post. The counts are of single concentrations at all posts; days are days of posts. The "
            "last column says how the limits were checked."
        ),
        paper_rows=PLACES_ON_PAPER,
    )
    return Chapter("substances", _("Substances"), [made])


def _substance_cells(view: View, row: Any) -> list[Cell]:
    over = bool(row.maximum_ratio > 1)
    return [
        Cell(view.pollutant(row.pollutant)),
        Cell(milligrams(view, row.mean_ugm3)),
        number_cell(view, row.mean_ratio, tone="over" if row.mean_ratio > 1 else ""),
        Cell(milligrams(view, row.maximum_ugm3)),
        number_cell(view, row.maximum_ratio, tone="over" if over else ""),
        number_cell(view, row.np_percent),
        count_cell(view, row.n_over_1),
        count_cell(view, row.n_over_5),
        count_cell(view, row.n_over_10),
        count_cell(view, row.n_days_over),
        Cell(view.word(row.mark), tone="" if row.mark == "verified" else "unknown"),
    ]


def _places(view: View, indices: pd.DataFrame) -> Chapter:
    _ = view.gettext
    words, names = level_words(_), index_words(_)
    rows = []
    for (scope, place), own in indices.groupby(["scope", "place"], sort=False):
        by_index = {row.index_: row for row in own.itertuples(index=False)}
        decided = next((row for row in by_index.values() if row.decides), None)
        kinds = {"city": _("whole city"), "district": _("district"), "post": _("post")}
        name = view.station(place) if scope == "post" else ("" if scope == "city" else view.text(place))
        si, np_row = by_index["SI"], by_index["NP"]
        level = f"{words[str(decided.level)]} ({GRADE_NUMERALS[int(decided.grade) - 1]})" if decided else "–"
        rows.append(
            [
                Cell(f"{kinds[str(scope)]} {name}".strip(), tone="strong" if scope != "post" else ""),
                Cell(index_value(view, "SI", si.value), _number(si.value)),
                Cell(view.text(si.pollutant)),
                Cell(index_value(view, "NP", np_row.value), _number(np_row.value)),
                Cell(view.text(np_row.pollutant) if np_row.value > 0 else "–"),
                Cell(index_value(view, "IZA5", by_index["IZA5"].value), _number(by_index["IZA5"].value)),
                Cell(level),
                share_cell(view, si.data_capture, tone="unknown" if si.data_capture < LEAST_CAPTURE else ""),
                Cell(view.word(decided.mark) if decided else "–", tone="unknown"),
            ]
        )
    columns = [
        Column(_("place"), width=2.6),
        Column(names["SI"], "right", 0.7),
        Column(_("substance"), width=0.9),
        Column(names["NP"], "right", 0.8),
        Column(_("substance"), width=0.9),
        Column(names["IZA5"], "right", 0.7),
        Column(_("level"), width=1.3),
        Column(_("data"), "right", 0.7),
        Column(_("check"), width=1.0),
    ]
    made = make_table(
        _("Indices of the city, its districts and posts"), columns, rows, paper_rows=PLACES_ON_PAPER
    )
    return Chapter("places", _("Districts and posts"), [made])


def _number(value: Any) -> float | None:
    return float(value) if pd.notna(value) else None


def _high(view: View) -> Chapter:
    _ = view.gettext
    table = view.table("high_pollution")
    title = _("High (VZ) and extremely high (EVZ) pollution")
    if table.empty:
        return Chapter("high", title, [Paragraph(_("No case by these rules is in the readings."))])
    columns = [
        Column(_("level"), width=0.7),
        Column(_("post"), width=1.6),
        Column(_("substance"), width=0.9),
        Column(_("start"), width=1.3),
        Column(_("end"), width=1.3),
        Column(_("hours"), "right", 0.7),
        Column(_("single concentrations"), "right", 1.1),
        Column(_("largest, in limits"), "right", 0.9),
        Column(_("rule"), width=1.1),
        Column(_("check"), width=1.0),
    ]
    rows = [
        [
            Cell(index_words(_)[str(row.level)], tone="over"),
            Cell(view.station(row.station_id)),
            Cell(view.text(row.pollutant)),
            Cell(view.local(row.time_start), str(row.time_start)),
            Cell(view.local(row.time_end), str(row.time_end)),
            Cell(view.hours(row.hours), float(row.hours)),
            count_cell(view, row.n_readings),
            number_cell(view, row.maximum_ratio),
            Cell(view.text(row.rule), code=True),
            Cell(view.word(row.mark), tone="unknown" if row.mark != "verified" else ""),
        ]
        for row in table.itertuples(index=False)
    ]
    note = _("A case is an unbroken run of single concentrations that meets a rule; a run may meet several.")
    remarks = " ".join(remark_texts(view, table["remarks"]))
    made = make_table(_("Cases"), columns, rows, note=f"{note} {remarks}".strip(), paper_rows=PLACES_ON_PAPER)
    return Chapter("high", title, [made])
