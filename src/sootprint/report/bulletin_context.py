"""Chapters of the bulletin around the indices: weather, posts, sources of the rules."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from sootprint.report.blocks import Block, Cell, Chapter, Column, Facts, Items, Paragraph
from sootprint.report.bulletin_words import (
    LEAST_CAPTURE,
    PLACES_ON_PAPER,
    cleaning_words,
    kind_words,
    missing_words,
    remark_texts,
)
from sootprint.report.view import View, count_cell, make_table, share_cell


def weather_chapters(view: View) -> list[Chapter]:
    """Weather of the period; no chapter where the case has no wind."""
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
        shown = ["∞" if math.isinf(value) else view.number(value) for value in (row.mpa, row.self_cleaning)]
        facts.append((name, f"{'; '.join(shown)}: {level} ({view.word('unverified')})"))
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


def posts_chapter(view: View) -> Chapter:
    """Posts with the share of their data."""
    _ = view.gettext
    table, stations = view.table("index_pollutants"), view.table("stations")
    posts = table.loc[table["scope"] == "post"]
    known = stations.set_index("station_id")
    kinds = kind_words(_)
    named = bool(known["district"].notna().any())
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
                *([Cell(view.text(district))] if named else []),
                Cell(view.text(kind)),
                Cell(", ".join(own["pollutant"])),
                count_cell(view, n),
                count_cell(view, possible),
                share_cell(view, capture, tone="unknown" if capture < LEAST_CAPTURE else ""),
            ]
        )
    columns = [
        Column(_("post"), width=2.2),
        *([Column(_("district"), width=1.2)] if named else []),
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
    return Chapter("posts", _("Posts"), [made])


def sources_chapter(view: View, exponents: str, rules: str) -> Chapter:
    """Sources of the limits and rules, how they were checked, and remarks on the substances."""
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
        (_("Exponents of IZA: set %(name)s"), "iza_exponents", ("set", exponents), exponents),
        (_("Gradation"), "gradation", None, ""),
        (_("Index that decides the level"), "gradation_periods", None, ""),
        (_("High pollution: rules %(name)s"), "high_pollution", ("rule_set", rules), rules),
        (_("Parameter P"), "parameter_p", None, ""),
    ]
    for text, name, chosen, value in tables:
        table = rule_table(name)
        table = table.loc[table[chosen[0]] == chosen[1]] if chosen else table
        source = "; ".join(dict.fromkeys(table["source"]))
        label = text % {"name": value} if "%(name)s" in text else text
        entries.append(f"{label}: {source}; {_marks(view, table['mark'])}")
    remarks = remark_texts(view, own["remarks"])
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
