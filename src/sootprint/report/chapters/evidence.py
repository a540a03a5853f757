"""What can be said of each plant, how sure, what else could explain it, and what would overturn it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sootprint.report.blocks import Block, Cell, Chapter, Column, Heading, Items, Note, Paragraph, Tone
from sootprint.report.chapters.common import leading_pollutants
from sootprint.report.chapters.evidence_words import (
    alternative_text,
    outcome_text,
    overturn_text,
    subject_text,
    support_text,
)
from sootprint.report.view import (
    View,
    count_cell,
    interval_cell,
    make_table,
    number_cell,
    share_cell,
)

POLLUTANTS = 2
"""Pollutants that are told in the document; the package holds all."""

SMALL = 0.005
"""Probability under which a norm is not listed for a subject [1]: nothing to be told apart from none."""


def chapter(view: View) -> Chapter:
    """Chapter of the evidence; empty where nothing was attributed to sources."""
    _ = view.gettext
    title = _("What is the evidence on each plant?")
    if view.table("evidence_rates").empty:
        return Chapter("evidence", title, ())
    blocks = [
        *_questions(view),
        *_declared(view),
        *_permit(view),
        *_contributions(view),
        *_norms(view),
        *_months(view),
        *_origin(view),
    ]
    return Chapter("evidence", title, blocks)


def told_pollutants(view: View) -> list[str]:
    """Pollutants of the tables and figures: the largest multiples of a norm first."""
    known = set(view.table("evidence_rates")["pollutant"])
    return [name for name in leading_pollutants(view) if name in known][:POLLUTANTS]


def told(table: pd.DataFrame) -> pd.DataFrame:
    """Rows that are told: plants, groups, and sources of which the plant or group does not speak.

    A source of a plant with several is told where its declared rate is found inconsistent by itself.
    """
    if "members" in table:
        large = table.loc[table["subject_kind"] != "source", "members"].fillna("")
        inside = {name.strip() for text in large for name in str(text).split(",")}
        found = table.get("verdict", pd.Series("", index=table.index)).isin(
            ["above declared", "below declared"]
        )
        return table[(table["subject_kind"] != "source") | ~table["subject_id"].isin(inside) | found]
    return table


def told_rates(view: View, pollutant: str) -> pd.DataFrame:
    """Rates of the whole period that are told of a pollutant: what is decided first, then by ratio."""
    table = view.table("evidence_rates")
    own = told(table[(table["pollutant"] == pollutant) & (table["month"] == "all")])
    rank = own["verdict"].map({"above declared": 0, "below declared": 1, "consistent with declared": 2})
    ordered = own.assign(rank=rank.fillna(3).astype(int))
    return ordered.sort_values(["rank", "ratio", "subject_id"], ascending=[True, False, True])


def _questions(view: View) -> list[Block]:
    _ = view.gettext
    return [
        Paragraph(_("Four questions are asked of each plant and answered apart; one answer is no other:")),
        Items(
            [
                _("Is the declared emission consistent with what was measured?"),
                _("Was the permitted rate exceeded?"),
                _("How much of what was measured does the model give to the plant?"),
                _("Would the norm have held without that part?"),
            ]
        ),
        Note(
            _(
                "Support compares two propositions: it says how much better one of them explains the "
                "readings than the other. It is no probability that either of them is true, and it rests on "
                "this model. Where sources cannot be told apart, nothing is said of one of them alone: the "
                "statement is on their group."
            )
        ),
    ]


def _declared(view: View) -> list[Block]:
    _ = view.gettext
    blocks: list[Block] = [
        Heading(_("Declared emissions")),
        Paragraph(
            _(
                "“Above” and “below” are said only where the interval with the declared rate as prior and "
                "the interval without it both say so. “At least” is a one-sided 95 % bound, the weaker of "
                "the two. Agreement with the declaration is no confirmation of it."
            )
        ),
    ]
    for pollutant in told_pollutants(view):
        rows = told_rates(view, pollutant)
        blocks += view.figure(
            f"evidence_ratio:{pollutant}",
            _(
                "Inferred over declared emission with 90 %% intervals: %(pollutant)s. The line is the "
                "declared rate."
            )
            % {"pollutant": view.pollutant(pollutant)},
            _(
                "Chart with a row for each plant or group: a dot and a bar against a line at the declared "
                "rate"
            ),
        )
        blocks.append(
            make_table(
                _("Consistency of the declared emission, its support and its rivals: %(pollutant)s")
                % {"pollutant": view.pollutant(pollutant)},
                [
                    Column(_("Who"), width=1.9),
                    Column(_("inferred / declared (90 % interval)"), "right", 1.2),
                    Column(_("outcome"), width=1.5),
                    Column(_("“as declared” against “freely within capacity”"), width=1.6),
                    Column(_("“as declared” against “did not contribute”"), width=1.6),
                    Column(_("strongest rival among the sources"), width=1.3),
                    Column(_("would overturn or decide it"), width=1.7),
                ],
                [_declared_row(view, row) for row in rows.itertuples(index=False)],
                note=_(
                    "The number is the logarithm (base 10) of the Bayes factor of the first proposition "
                    "against the second; the words are those of the ENFSI guideline of 2015, whose text "
                    "was not at hand (mark: unverified). The rival is the source whose emission, at its "
                    "upper end, leaves least to this one."
                ),
                paper_rows=16,
            )
        )
    return blocks


def _declared_row(view: View, row: Any) -> list[Cell]:
    tone: Tone = "over" if row.verdict == "above declared" else ""
    tied = pd.notna(row.group_id)
    rival = view.source_name(row.alternative) if pd.notna(row.alternative) and not tied else "–"
    return [
        Cell(subject_text(view, row)),
        interval_cell(view, row.ratio, row.ratio_q05, row.ratio_q95),
        Cell(outcome_text(view, row), row.verdict, tone),
        Cell("–") if tied else support_text(view, row, "free"),
        Cell("–") if tied else support_text(view, row, "none"),
        Cell(rival),
        Cell(overturn_text(view, row)),
    ]


def _permit(view: View) -> list[Block]:
    _ = view.gettext
    table = view.table("evidence_rates")
    whole = told(table[table["month"] == "all"])
    known = whole[whole["probability_over_permit"].notna()]
    blocks: list[Block] = [Heading(_("Permitted rates"))]
    if known.empty:
        blocks.append(
            Paragraph(
                _(
                    "No permitted rate is among the files, so whether one was exceeded is not answered. A "
                    "contribution to an exceeded norm is not a breach of a permit, and a permit that was "
                    "kept is no absence of a contribution."
                )
            )
        )
        return blocks
    rows = []
    for row in known.sort_values(["pollutant", "subject_id"]).itertuples(index=False):
        tied = pd.notna(row.group_id)
        rows.append(
            [
                Cell(subject_text(view, row)),
                Cell(view.text(row.pollutant)),
                number_cell(view, row.permitted_g_s),
                interval_cell(view, row.inferred_g_s, row.inferred_q05_g_s, row.inferred_q95_g_s),
                interval_cell(view, row.load_factor, row.load_q05, row.load_q95),
                Cell(view.word("not decidable")) if tied else share_cell(view, row.probability_over_permit),
            ]
        )
    blocks.append(
        make_table(
            _("Mean emission against the permitted rate, g s⁻¹"),
            [
                Column(_("Who"), width=2.2),
                Column(_("Pollutant"), width=0.8),
                Column(_("permitted"), "right", 0.9),
                Column(_("inferred"), "right", 1.4),
                Column(_("load factor"), "right", 1.3),
                Column(_("probability that the mean was over it"), "right", 1.2),
            ],
            rows,
            note=_(
                "A permitted rate is a largest one. A mean over it says that it was exceeded at times; a "
                "mean under it does not say that it never was."
            ),
            paper_rows=20,
        )
    )
    return blocks


def _contributions(view: View) -> list[Block]:
    _ = view.gettext
    table = view.table("evidence_episodes")
    names = told_pollutants(view)
    own = table[table["pollutant"].isin(names) & (table["conclusion"] == "contributes")]
    own = own[own["subject_kind"].isin(["facility", "group"]) | _single(view, own)]
    blocks: list[Block] = [
        Heading(_("Contributions to the episodes")),
        Paragraph(
            _(
                "Listed is whose modelled contribution has its lower end over 2 % of the observed mean; "
                "of the others these data do not decide it. An episode has no emission rate of its own: "
                "its contribution rests on the rate of the whole period and on the dispersion of its "
                "hours, which in light wind is known badly."
            )
        ),
    ]
    if own.empty:
        blocks.append(Paragraph(_("Of no plant or group is that so.")))
        return blocks
    order = {"all": ""}
    ranked = own.assign(place=own["episode_id"].map(lambda name: order.get(name, name)))
    ranked = ranked.sort_values(
        ["pollutant", "place", "share", "subject_id"], ascending=[True, True, False, True]
    )
    rows = []
    for row in ranked.itertuples(index=False):
        when = _("the whole period") if row.episode_id == "all" else view.text(row.episode_id)
        rows.append(
            [
                Cell(f"{view.text(row.pollutant)}, {when}"),
                Cell(subject_text(view, row)),
                share_cell(view, row.share, row.share_q05, row.share_q95),
                Cell(alternative_text(view, row.alternative)),
                share_cell(view, row.alternative_share_q95),
                Cell(
                    _("still over 2 %") if row.survives else _("no longer over 2 %"),
                    "" if row.survives else "1",
                    "" if row.survives else "unknown",
                ),
                share_cell(view, row.probability_held),
            ]
        )
    blocks.append(
        make_table(
            _(
                "Modelled contributions, their strongest alternative, and the norm of the episode without "
                "them"
            ),
            [
                Column(_("Episode"), width=1.2),
                Column(_("Who"), width=2.0),
                Column(_("share of the observed (90 % interval)"), "right", 1.4),
                Column(_("strongest alternative explanation"), width=1.6),
                Column(_("it could carry up to"), "right", 0.9),
                Column(_("contribution, if so"), width=1.0),
                Column(_("the norm would have held without it"), "right", 1.1),
            ],
            rows,
            note=_(
                "The alternative is what leaves least to the plant where it is itself at its upper end. "
                "The last column is the probability, under this model, that no interval of the episode "
                "would have been over the norm at any post; several plants can each be necessary, or none "
                "alone."
            ),
            paper_rows=24,
        )
    )
    return blocks


def _single(view: View, table: pd.DataFrame) -> pd.Series:
    """Sources that are their plant's only one and in no group."""
    rates = told(view.table("evidence_rates"))
    alone = set(rates.loc[rates["subject_kind"] == "source", "subject_id"])
    return (table["subject_kind"] == "source") & table["subject_id"].isin(alone)


def _norms(view: View) -> list[Block]:
    _ = view.gettext
    table = view.table("evidence_norms")
    names = told_pollutants(view)
    own = table[table["pollutant"].isin(names) & (table["station_id"] == "all") & table["episode_id"].isna()]
    if own.empty:
        return []
    own = own[own["subject_kind"].isin(["facility", "group"]) | _single(view, own)]
    likely = own[(own["probability_held"] >= SMALL) & own["group_id"].isna()]
    blocks: list[Block] = [Heading(_("Norms without each plant"))]
    rest = sorted(set(own["norm_id"]) - set(likely["norm_id"]))
    rows = [
        [
            Cell(view.norm(row.norm_id)),
            Cell(subject_text(view, row)),
            Cell(f"{view.count(row.exceeded)} ({view.count(row.allowed)})", float(row.exceeded)),
            number_cell(view, row.expected_without),
            share_cell(view, row.probability_held),
            Cell(
                f"{view.count(row.hours_served)} / {view.count(row.hours_measured)}", float(row.hours_served)
            ),
        ]
        for row in likely.sort_values(
            ["norm_id", "probability_held", "subject_id"], ascending=[True, False, True]
        ).itertuples(index=False)
    ]
    if rows:
        blocks.append(
            make_table(
                _("Probability that an exceeded norm would have held at every post over the whole period"),
                [
                    Column(_("Norm"), width=2.2),
                    Column(_("without"), width=2.0),
                    Column(_("intervals over it (allowed at a post)"), "right", 1.1),
                    Column(_("expected without"), "right", 0.9),
                    Column(_("would have held"), "right", 0.9),
                    Column(_("hours served / measured"), "right", 1.0),
                ],
                rows,
                note=_(
                    "What was measured stays as it was and only the modelled contribution is taken off, "
                    "interval by interval. Hours that the engine did not serve stay as measured, so that "
                    "the probability is rather too small. Where few intervals are over what is allowed, "
                    "any of several plants may suffice."
                ),
                paper_rows=20,
            )
        )
    if rest:
        blocks.append(
            Paragraph(
                _("No single plant or group has a probability of %(least)s or more for: %(norms)s.")
                % {
                    "least": view.percent(SMALL),
                    "norms": ", ".join(view.norm(name) for name in rest),
                }
            )
        )
    return blocks


def _months(view: View) -> list[Block]:
    """Rates of each month where the period has several."""
    _ = view.gettext
    table = view.table("evidence_rates")
    months = table[table["month"] != "all"]
    if (months["fit"] == "the period lies in this month").all():
        one = sorted(set(months["month"]))
        if not one:
            return []
        text = _("The readings lie in one month, %(month)s: the rates above are those of the month.")
        return [Paragraph(text % {"month": one[0]})]
    own = told(months[months["pollutant"].isin(told_pollutants(view))])
    rows = [
        [
            Cell(subject_text(view, row)),
            Cell(view.text(row.pollutant)),
            Cell(view.text(row.month)),
            number_cell(view, row.declared_g_s),
            interval_cell(view, row.inferred_g_s, row.inferred_q05_g_s, row.inferred_q95_g_s),
            interval_cell(view, row.ratio, row.ratio_q05, row.ratio_q95),
            interval_cell(view, row.load_factor, row.load_q05, row.load_q95),
            Cell(outcome_text(view, row), row.verdict),
            count_cell(view, row.readings_used),
        ]
        for row in own.sort_values(["subject_id", "pollutant", "month"]).itertuples(index=False)
    ]
    return [
        Heading(_("Month by month")),
        make_table(
            _("Declared and inferred emission of each month, g s⁻¹"),
            [
                Column(_("Who"), width=1.8),
                Column(_("Pollutant"), width=0.7),
                Column(_("month"), width=0.7),
                Column(_("declared"), "right", 0.8),
                Column(_("inferred"), "right", 1.3),
                Column(_("inferred / declared"), "right", 1.3),
                Column(_("load factor"), "right", 1.2),
                Column(_("outcome"), width=1.2),
                Column(_("readings"), "right", 0.7),
            ],
            rows,
            note=_(
                "Each month is fitted by itself, for the rates of the model do not change within what it is "
                "given. The load factor is the mean over the largest stated rate."
            ),
            paper_rows=24,
        ),
    ]


def _origin(view: View) -> list[Block]:
    _ = view.gettext
    table = view.table("evidence_statements")
    if table.empty:
        return []
    first = table.iloc[0]
    return [
        Heading(_("Where each statement comes from")),
        Paragraph(
            _(
                "These tables rest on %(count)s statements. Each has an identifier over its content, its "
                "inputs and its code, and is in the table evidence_statements of the package; the line of "
                "the step “evidence” in the ledger holds the hash of that table. Inputs %(inputs)s, code "
                "%(code)s, engine %(engine)s, version %(version)s. “sootprint evidence” prints them with "
                "that line, “sootprint verify” compares every byte."
            )
            % {
                "count": view.count(len(table)),
                "inputs": str(first["inputs_sha256"])[:16],
                "code": str(first["code_sha256"])[:16],
                "engine": view.text(first["engine"]),
                "version": view.text(first["version"]),
            }
        ),
    ]
