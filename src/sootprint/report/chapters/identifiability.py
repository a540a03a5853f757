"""What the readings could decide: who could be seen when, what could be told apart, and what would help."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sootprint.report.blocks import Block, Cell, Chapter, Column, Heading, Items, Note, Paragraph, Table
from sootprint.report.chapters.common import leading_pollutants
from sootprint.report.chapters.identifiability_more import deciding, next_posts
from sootprint.report.view import View, count_cell, make_table, number_cell, share_cell

DRAWN = 2
"""Pollutants of which it is drawn who could be seen when; of the first the rest is shown too."""

FACTOR_QUANTILE = 1.645
"""Standard deviations of a normal distribution that hold 90 % about its centre."""


def chapter(view: View) -> Chapter:
    """Chapter of what the readings could decide; empty where no operator was made."""
    _ = view.gettext
    title = _("What the readings can decide")
    if view.table("identifiability_sources").empty:
        return Chapter("identifiability", title, ())
    blocks = [
        *_summary(view),
        *_seen(view),
        *_decidable(view),
        *_alike(view),
        *next_posts(view),
        *deciding(view, drawn_pollutants(view)[:1]),
    ]
    return Chapter("identifiability", title, blocks)


def drawn_pollutants(view: View) -> list[str]:
    """Pollutants of the figures and of the tables by source: the largest multiples of a norm first."""
    known = set(view.table("identifiability_sources")["pollutant"])
    return [name for name in leading_pollutants(view) if name in known][:DRAWN]


def _summary(view: View) -> list[Block]:
    _ = view.gettext
    table, rules = view.table("identifiability_sources"), view.results.rules
    entries = []
    for pollutant, part in table.groupby("pollutant", sort=True):
        counts = part["reason"].value_counts()
        alone, grouped = int(counts.get("decidable", 0)), int(counts.get("in a group", 0))
        entries.append(
            _(
                "%(pollutant)s: of %(total)s sources %(alone)s could be decided one by one, %(grouped)s only "
                "within a group or not at all, %(rest)s not at all. The readings would settle about "
                "%(degrees)s numbers."
            )
            % {
                "pollutant": view.pollutant(pollutant),
                "total": view.count(len(part)),
                "alone": view.count(alone),
                "grouped": view.count(grouped),
                "rest": view.count(len(part) - alone - grouped),
                "degrees": view.number(part["averaging_kernel"].sum()),
            }
        )
    text = _(
        "Before any share is shown: could these posts, in these winds and hours, tell the sources apart at "
        "all? This rests on the places, the weather, the hours that were measured and the declared rates; of "
        "the readings only their general level is used."
    )
    if "prior_spread" in rules:
        text += " " + _("Each declared rate is taken as uncertain by a factor %(factor)s either way.") % {
            "factor": view.number(float(np.exp(FACTOR_QUANTILE * rules["prior_spread"])), digits=1)
        }
    return [
        Paragraph(text),
        Items(entries),
        Note(
            _(
                "Where this chapter says “not decidable from these data”, a number that the chapter on "
                "contributions gives all the same mostly repeats the declaration: it is no finding about "
                "that source."
            )
        ),
    ]


def _seen(view: View) -> list[Block]:
    _ = view.gettext
    rules = view.results.rules
    text = _(
        "A source would show at a post where its modelled contribution at the declared rate is over three "
        "standard deviations of the noise of an hourly reading; in light wind less is known than that."
    )
    if "minimum_wind_m_s" in rules:
        text += " " + _("Hours with wind under %(wind)s m s⁻¹ are not used to infer emissions.") % {
            "wind": view.number(rules["minimum_wind_m_s"])
        }
    blocks: list[Block] = [Heading(_("Who could be seen when")), Paragraph(text)]
    for pollutant in drawn_pollutants(view):
        blocks += view.figure(
            f"visibility:{pollutant}",
            _(
                "Hours in which each source would show at one post at least, day by day and by the direction "
                "of the wind: %(what)s."
            )
            % {"what": view.pollutant(pollutant)},
            _("Chart with a row for each source: cells of days and wind directions, darker with more hours"),
        )
    return [*blocks, *(_seen_table(view, pollutant) for pollutant in drawn_pollutants(view)[:1])]


def _seen_table(view: View, pollutant: str) -> Table:
    _ = view.gettext
    table = view.table("visibility_summary")
    own = table[(table["pollutant"] == pollutant) & (table["period_kind"] == "all")]
    own = own[own["station_id"] == "any"]
    blind = own[["hours_no_reading", "hours_light_wind", "hours_not_served", "hours_calm"]]
    usable = own["hours"] - blind.sum(axis=1)
    own = own.assign(usable=usable).sort_values(["hours_seen", "source_id"], ascending=[False, True])
    rows = [
        [
            Cell(view.source_name(row.source_id)),
            count_cell(view, row.hours_seen),
            share_cell(view, row.hours_seen / row.usable if row.usable else None),
            count_cell(view, row.hours_told),
            count_cell(view, row.hours_weak),
            count_cell(view, row.hours_upwind),
            count_cell(view, row.hours_idle),
        ]
        for row in own.itertuples(index=False)
    ]
    first = own.iloc[0]
    note = _(
        "%(hours)s hours, of which %(light)s of light wind, %(calm)s calm, %(unserved)s not served by the "
        "engine and %(missing)s without a reading: in these no source could be seen. Told from all others: "
        "the other sources cannot reproduce what it would give in that window of hours."
    ) % {
        "hours": view.count(first["hours"]),
        "light": view.count(first["hours_light_wind"]),
        "calm": view.count(first["hours_calm"]),
        "unserved": view.count(first["hours_not_served"]),
        "missing": view.count(first["hours_no_reading"]),
    }
    return make_table(
        _("Who could be seen, at one post at least: %(pollutant)s")
        % {"pollutant": view.pollutant(pollutant)},
        [
            Column(_("Source"), width=3),
            Column(_("hours in which it would show"), "right"),
            Column(_("share of the usable hours"), "right"),
            Column(_("told from all others, hours"), "right"),
            Column(_("reached but too weak, hours"), "right"),
            Column(_("no post in its wind, hours"), "right"),
            Column(_("not at work, hours"), "right"),
        ],
        rows,
        note=note,
        paper_rows=25,
    )


def reasons(view: View) -> dict[str, str]:
    """Words of the outcome of a source."""
    _ = view.gettext
    return {
        "decidable": _("decidable"),
        "seen too weakly": _("not decidable from these data: seen too weakly"),
        "never seen": _("not decidable from these data: never seen"),
        "in a group": _("only within its group"),
        "no declared rate": _("no declared rate"),
    }


def _decidable(view: View) -> list[Block]:
    _ = view.gettext
    blocks: list[Block] = [Heading(_("What could be decided"))]
    for pollutant in drawn_pollutants(view):
        blocks += view.figure(
            f"kernel:{pollutant}",
            _("How much of the answer on each rate would come from the readings: %(what)s.")
            % {"what": view.pollutant(pollutant)},
            _("Bars of the averaging kernel of each source, with a mark for its contribution"),
        )
    words = reasons(view)
    table = view.table("identifiability_sources")
    order = {name: place for place, name in enumerate(leading_pollutants(view))}
    table = table.assign(order=table["pollutant"].map(order)).sort_values(
        ["order", "averaging_kernel", "source_id"], ascending=[True, False, True]
    )
    rows = [
        [
            Cell(view.source_name(row.source_id)),
            Cell(view.text(row.pollutant)),
            share_cell(view, row.averaging_kernel),
            share_cell(view, row.contribution_kernel),
            Cell(view.text(row.correlated_with)),
            number_cell(view, row.strongest_correlation),
            Cell(words[str(row.reason)], str(row.reason), "" if row.reason == "decidable" else "unknown"),
        ]
        for row in table.itertuples(index=False)
    ]
    note = _(
        "The rest of the answer would come from the declaration. A contribution may be known where the rate "
        "is not, since a lasting error of the dispersion stays between them."
    )
    if "decidable" in view.results.rules:
        note += " " + _("A rate counts as decidable from %(limit)s on, outside a group.") % {
            "limit": view.whole_percent(view.results.rules["decidable"])
        }
    blocks.append(
        make_table(
            _("Share of the answer that would come from the readings"),
            [
                Column(_("Source"), width=2.6),
                Column(_("Pollutant"), width=0.8),
                Column(_("of the rate"), "right", 0.8),
                Column(_("of the contribution"), "right", 1.0),
                Column(_("most easily taken for"), width=1.2),
                Column(_("correlation"), "right", 0.9),
                Column(_("outcome"), width=2.0),
            ],
            rows,
            note=note,
            paper_rows=30,
        )
    )
    return blocks


def _alike(view: View) -> list[Block]:
    _ = view.gettext
    blocks: list[Block] = [Heading(_("Which sources could be taken for each other"))]
    for pollutant in drawn_pollutants(view):
        blocks += view.figure(
            f"likeness:{pollutant}",
            _(
                "Likeness of two sources at these posts (below the diagonal) and correlation of their "
                "contributions (above); groups are framed, pairs that join them have a dot: %(what)s."
            )
            % {"what": view.pollutant(pollutant)},
            _("Square of coloured cells, a row and a column for each source"),
        )
    groups = view.table("identifiability_groups")
    if groups.empty:
        blocks.append(Paragraph(_("No two sources would be taken for each other.")))
    else:
        blocks.append(_groups_table(view, groups))
    extra = _only_in_the_fit(view)
    if extra:
        blocks.append(
            Paragraph(
                _("The fit joined sources that were not foretold to look alike: %(groups)s.")
                % {"groups": extra}
            )
        )
    return blocks


def _groups_table(view: View, groups: pd.DataFrame) -> Table:
    _ = view.gettext
    rules = view.results.rules
    outcomes = {
        "sum decidable": _("the sum is decidable"),
        "not decidable from these data": _("not decidable from these data"),
    }
    rows = [
        [
            Cell(view.text(row.group_id)),
            Cell("; ".join(view.source_name(name) for name in members_of(row))),
            number_cell(view, row.cosine),
            number_cell(view, row.correlation),
            share_cell(view, row.averaging_kernel),
            Cell(outcomes[str(row.outcome)], str(row.outcome)),
            Cell(_in_the_fit(view, row)),
        ]
        for row in groups.sort_values(["pollutant", "group_id"]).itertuples(index=False)
    ]
    note = _(
        "These groups (E) are foretold from posts and winds; those of the chapter on contributions (G) were "
        "found in the fit, by the same rule but with the rates and errors that it found. Where the two "
        "differ the wider one is to be used."
    )
    if "group_cosine" in rules:
        note += " " + _(
            "Two sources are joined at a likeness over %(cosine)s or a correlation under %(correlation)s."
        ) % {
            "cosine": view.number(rules["group_cosine"]),
            "correlation": view.number(rules["group_correlation"]),
        }
    return make_table(
        _("Sources that these posts and winds could not tell apart"),
        [
            Column(_("Group"), width=0.9),
            Column(_("Sources"), width=3.2),
            Column(_("largest likeness"), "right", 0.8),
            Column(_("strongest correlation"), "right", 0.9),
            Column(_("share of the sum from the readings"), "right", 1.0),
            Column(_("outcome"), width=1.2),
            Column(_("in the fit"), width=1.2),
        ],
        rows,
        note=note,
        paper_rows=25,
    )


def members_of(row: Any) -> list[str]:
    """Sources of a group from its row."""
    return [name.strip() for name in str(row.members).split(",")]


def fit_groups(view: View, pollutant: str) -> dict[str, set[str]]:
    """Sources of each group that the fit found for a pollutant, by its identifier."""
    table = view.table("attribution_sources")
    own = table[(table["pollutant"] == pollutant) & table["group_id"].notna()]
    return {str(name): set(part["source_id"].astype(str)) for name, part in own.groupby("group_id")}


def _in_the_fit(view: View, row: Any) -> str:
    _ = view.gettext
    if view.table("attribution_sources").empty:
        return "–"
    members = set(members_of(row))
    for name, found in fit_groups(view, str(row.pollutant)).items():
        if members == found:
            return _("the same: %(group)s") % {"group": name}
        if members < found:
            return _("within the wider %(group)s") % {"group": name}
    parts = [name for name, found in fit_groups(view, str(row.pollutant)).items() if len(found & members) > 1]
    return _("in part: %(groups)s") % {"groups": ", ".join(parts)} if parts else _("not joined")


def _only_in_the_fit(view: View) -> str:
    """Groups of the fit of which no two sources were foretold to be in one group."""
    foretold = view.table("identifiability_groups")
    made = []
    for pollutant in sorted(set(view.table("identifiability_sources")["pollutant"])):
        own = [
            set(members_of(row))
            for row in foretold[foretold["pollutant"] == pollutant].itertuples(index=False)
        ]
        for name, found in sorted(fit_groups(view, pollutant).items()):
            if not any(len(found & members) > 1 for members in own):
                made.append(f"{name} ({', '.join(sorted(found))})")
    return "; ".join(made)
