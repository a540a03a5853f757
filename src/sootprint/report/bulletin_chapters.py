"""Chapters of the bulletin of one period, from the level of pollution to the sources of its rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from sootprint.core.timeaxis import to_local
from sootprint.report.blocks import Block, Cell, Chapter, Column, Facts, Items, KeyNumbers, Note, Paragraph
from sootprint.report.bulletin_words import (
    GRADE_NUMERALS,
    cleaning_words,
    grade_text,
    index_value,
    kind_words,
    level_words,
    milligrams,
    missing_words,
    period_words,
    remark_words,
)
from sootprint.report.view import View, count_cell, make_table, number_cell, share_cell

INDICES = ("SI", "NP", "IZA5")
PLACES_ON_PAPER = 60


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
        *_weather(view),
        *_posts(view),
        _sources(view, part, indices),
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
        fields = {"period": period, "grade": grade_text(view, decided), "index": decided.index_}
        blocks.append(Paragraph(text % fields, lead=True))
    known = {name: row for name, row in city.items() if row is not None and pd.notna(row.value)}
    blocks.append(
        KeyNumbers(
            [(index_value(view, name, row.value), name, grade_text(view, row)) for name, row in known.items()]
        )
    )
    blocks.append(Items([text for name, row in known.items() for text in _index_sentences(view, name, row)]))
    blocks += view.figure(
        f"grades:{part.label}",
        _("Grade of the largest single concentration of each day, at any post, by substance"),
        _("Rows of substances and columns of days, coloured by grade"),
    )
    remarks = _remarks(view, [row.remarks for row in known.values()])
    if remarks:
        blocks.append(Note(" ".join(remarks)))
    p = view.table("parameter_p")
    if len(p):
        blocks.append(Paragraph(_parameter_p(view, p)))
    return Chapter("level", _("Level of pollution"), blocks)


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
        Column(_("substance"), width=2.4),
        Column(_("mean, mg/m³"), "right"),
        Column(_("times the daily limit"), "right"),
        Column(_("largest single, mg/m³"), "right"),
        Column(_("times the single limit"), "right"),
        Column("NP, %", "right", 0.8),
        Column(_("over the limit"), "right", 0.8),
        Column(_("of these over 5 limits"), "right", 0.8),
        Column(_("of these over 10 limits"), "right", 0.8),
        Column(_("days over the daily limit"), "right", 0.9),
        Column(_("limits"), width=1.2),
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
    words = level_words(_)
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
                share_cell(view, si.data_capture),
            ]
        )
    columns = [
        Column(_("place"), width=2.6),
        Column("SI", "right", 0.7),
        Column(_("substance"), width=0.9),
        Column("NP", "right", 0.8),
        Column(_("substance"), width=0.9),
        Column("IZA5", "right", 0.7),
        Column(_("level"), width=1.3),
        Column(_("data"), "right", 0.7),
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
        Column(_("from"), width=1.3),
        Column(_("to"), width=1.3),
        Column(_("hours"), "right", 0.7),
        Column(_("single concentrations"), "right", 1.1),
        Column(_("largest, in limits"), "right", 0.9),
        Column(_("rule"), width=1.1),
    ]
    rows = [
        [
            Cell(str(row.level), tone="over"),
            Cell(view.station(row.station_id)),
            Cell(view.text(row.pollutant)),
            Cell(view.local(row.time_start), str(row.time_start)),
            Cell(view.local(row.time_end), str(row.time_end)),
            Cell(view.hours(row.hours), float(row.hours)),
            count_cell(view, row.n_readings),
            number_cell(view, row.maximum_ratio),
            Cell(view.text(row.rule), code=True),
        ]
        for row in table.itertuples(index=False)
    ]
    note = _("A case is an unbroken run of single concentrations that meets a rule; a run may meet several.")
    remarks = " ".join(_remarks(view, table["remarks"]))
    made = make_table(_("Cases"), columns, rows, note=f"{note} {remarks}".strip(), paper_rows=PLACES_ON_PAPER)
    return Chapter("high", title, [made])


def _weather(view: View) -> list[Chapter]:
    _ = view.gettext
    table = view.table("air_potential")
    if table.empty or not table["n_hours_wind"].iloc[0]:
        return []
    row = next(table.itertuples(index=False))
    facts = [
        (
            _("hours with a known wind"),
            _("%(known)s of %(all)s")
            % {"known": view.count(row.n_hours_wind), "all": view.count(row.n_hours)},
        ),
        (_("mean wind"), view.number(row.mean_wind, _("m/s"))),
        (_("calm hours"), view.count(row.n_calm_hours)),
        (_("share of hours with a wind of 0–1 m/s"), f"{view.number(row.still_percent)} %"),
    ]
    if pd.notna(row.still_days):
        facts.append((_("days with such a wind in at least half of the hours"), view.count(row.still_days)))
    for name, value in (
        (_("days with fog, inferred from humidity"), row.fog_percent),
        (_("days with 0.5 mm of precipitation and more"), row.precipitation_percent),
    ):
        if pd.notna(value):
            facts.append((name, f"{view.number(value)} %"))
    if pd.notna(row.mpa):
        name = _("meteorological potential of the atmosphere (MPA); self-cleaning K′ = 1/MPA")
        level = cleaning_words(_)[str(row.mpa_level)]
        facts.append(
            (name, f"{view.number(row.mpa)}; {view.number(row.self_cleaning)}: {level} ({_('unverified')})")
        )
    if pd.notna(row.high_potential_days):
        facts.append(
            (
                _("days of high pollution potential by ventilation (unverified)"),
                _("%(known)s of %(all)s")
                % {"known": view.count(row.high_potential_days), "all": view.count(row.n_potential_days)},
            )
        )
    facts += _adverse_days(view)
    blocks: list[Block] = [Facts(facts)]
    if pd.notna(row.missing):
        words = missing_words(_)
        said = ", ".join(words.get(item, item) for item in str(row.missing).split("; "))
        blocks.append(Paragraph(_("The weather of the case does not state: %(what)s.") % {"what": said}))
    return [Chapter("weather", _("Weather"), blocks)]


def _adverse_days(view: View) -> list[tuple[str, str]]:
    _ = view.gettext
    days = view.results.tables.get("nmu_days")
    if days is None or days.empty:
        return []
    adverse = days.loc[~days["regime"].isin(["none", "unknown"]), "day_local"].nunique()
    name = _(
        "days with adverse weather (NMU) by the rules of this program; warnings of the service may differ"
    )
    return [(name, view.count(adverse))]


def _posts(view: View) -> list[Chapter]:
    _ = view.gettext
    table, stations = view.table("index_pollutants"), view.table("stations")
    posts = table.loc[table["scope"] == "post"]
    known = stations.set_index("station_id")
    kinds = kind_words(_)
    rows = []
    for place, own in posts.groupby("place", sort=False):
        post = known.loc[place] if place in known.index else None
        kind = None if post is None or pd.isna(post["kind"]) else kinds[str(post["kind"])]
        district = None if post is None else post["district"]
        n, possible = int(own["n_observations"].sum()), int(own["n_possible"].sum())
        capture = min(1.0, n / possible) if possible else 0.0
        rows.append(
            [
                Cell(view.station(place)),
                Cell(view.text(district)),
                Cell(view.text(kind)),
                Cell(", ".join(own["pollutant"])),
                count_cell(view, n),
                count_cell(view, possible),
                share_cell(view, capture, tone="unknown" if capture < 0.75 else ""),
            ]
        )
    columns = [
        Column(_("post"), width=2.2),
        Column(_("district"), width=1.2),
        Column(_("kind"), width=1.2),
        Column(_("substances"), width=2.2),
        Column(_("single concentrations"), "right", 1.1),
        Column(_("possible"), "right", 0.9),
        Column(_("data"), "right", 0.8),
    ]
    made = make_table(
        _("Posts and their data"),
        columns,
        rows,
        note=_("A share under 75 % is marked: an index of such a post may not stand for the period."),
        paper_rows=PLACES_ON_PAPER,
    )
    return [Chapter("posts", _("Posts"), [made])]


def _remarks(view: View, texts: Iterable[Any]) -> list[str]:
    words = remark_words(view.gettext)
    found = [code for text in texts if pd.notna(text) for code in str(text).split(";")]
    return [words[code] for code in words if code in found]


def _sources(view: View, part: Assessed, indices: pd.DataFrame) -> Chapter:
    from sootprint.norms.indices_rules import rule_table

    _ = view.gettext
    own = view.table("index_pollutants")
    used = set(own["pollutant"])
    norms = view.table("norms")
    norms = norms.loc[norms["pollutant"].isin(used)]
    legal = norms.groupby("legal_source", sort=False)["mark"].agg(
        lambda marks: ", ".join(dict.fromkeys(marks))
    )
    entries = [
        _("Limits: %(source)s; checked: %(marks)s")
        % {"source": source, "marks": _marks(view, marks.split(", "))}
        for source, marks in legal.items()
    ]
    tables = [
        (_("Exponents of IZA: set %(name)s"), "iza_exponents", ("set", part.exponents), part.exponents),
        (_("Gradation"), "gradation", None, ""),
        (_("Index that decides the level"), "gradation_periods", None, ""),
        (_("High pollution: rules %(name)s"), "high_pollution", ("rule_set", part.rules), part.rules),
        (_("Parameter P"), "parameter_p", None, ""),
    ]
    for text, name, chosen, value in tables:
        rules = rule_table(name)
        rules = rules.loc[rules[chosen[0]] == chosen[1]] if chosen else rules
        source = "; ".join(dict.fromkeys(rules["source"]))
        label = text % {"name": value} if "%(name)s" in text else text
        entries.append(f"{label}: {source}; {_marks(view, rules['mark'])}")
    remarks = _remarks(view, own["remarks"])
    blocks: list[Block] = [
        Paragraph(
            _(
                "“Unverified” means that the number was not read in its legal text; “secondary source” that "
                "it was read where another cites it. Such numbers must be checked before a legal use."
            )
        ),
        Items(entries),
    ]
    if remarks:
        blocks += [Paragraph(_("Remarks on the substances and posts:")), Items(remarks)]
    return Chapter("sources", _("Sources and their check"), blocks)


def _marks(view: View, marks: Iterable[str]) -> str:
    return ", ".join(view.word(mark) for mark in dict.fromkeys(marks))
