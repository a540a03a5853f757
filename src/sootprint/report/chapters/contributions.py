"""Who contributed: modelled contributions with their interval and what stays unexplained."""

from __future__ import annotations

import pandas as pd

from sootprint.report.blocks import (
    Block,
    Cell,
    Chapter,
    Column,
    Facts,
    Heading,
    Note,
    Paragraph,
    Table,
)
from sootprint.report.view import View, count_cell, interval_cell, make_table, number_cell, share_cell

SMALLEST_SHARE = 0.05
"""Share of the observed mean from which a source is listed in the table of the episodes [1]."""

ORDER = {"observed": 0, "source": 1, "group": 1, "background": 2, "unexplained": 3}


def chapter(view: View) -> Chapter:
    """Chapter of the contributions."""
    _ = view.gettext
    blocks: list[Block] = []
    if not view.results.sources_known:
        blocks.append(
            Note(
                _(
                    "No inventory of sources was given. This document names sectors of the wind and "
                    "hours, not "
                    "plants: a contribution of a named source cannot be modelled without the source's place, "
                    "height and emission."
                )
            )
        )
    blocks += _engine(view)
    if view.results.sources_known:
        blocks.append(
            Paragraph(
                _(
                    "A modelled contribution is what the model gives a source of the measured concentration, "
                    "from its place, the weather and the readings. It is given with a 90 % interval. It "
                    "does not "
                    "say that a permit was broken."
                )
            )
        )
        blocks += _whole_period(view)
        blocks += _by_episode(view)
        blocks += _groups(view)
        blocks += _diagnostics(view)
    return Chapter("contributions", _("Who contributed"), blocks)


def _engine(view: View) -> list[Block]:
    _ = view.gettext
    blocks: list[Block] = []
    if view.results.engine:
        blocks.append(Heading(_("Dispersion engine")))
        blocks.append(
            Facts(
                [(view.text(name), view.text(value)) for name, value in sorted(view.results.engine.items())]
            )
        )
    hours = view.table("operator_hours")
    if len(hours):
        counts = hours["reason"].value_counts()
        rows = [
            [Cell(view.word(reason)), count_cell(view, count), share_cell(view, count / len(hours))]
            for reason, count in sorted(
                counts.items(), key=lambda item: (item[0] != "served", -item[1], item[0])
            )
        ]
        blocks.append(
            make_table(
                _("Hours that the engine served, and why it did not serve the others"),
                [Column(_("Reason"), width=3), Column(_("Hours"), "right"), Column(_("Share"), "right")],
                rows,
                note=_(
                    "An hour that is not served is left out of the contributions and is never taken as "
                    "zero. Where "
                    "many hours are calm, the contributions speak for the other hours only."
                ),
            )
        )
    return blocks


def _ordered(part: pd.DataFrame) -> pd.DataFrame:
    rank = part["component"].map(ORDER)
    return part.assign(rank=rank).sort_values(
        ["rank", "contribution_ugm3", "source_id"], ascending=[True, False, True]
    )


def _component(view: View, row: object) -> Cell:
    component, source = str(getattr(row, "component")), getattr(row, "source_id")  # noqa: B009
    if component == "source":
        return Cell(view.source_name(source))
    if component == "group":
        return Cell(f"{view.word('group')} {view.group(source)}")
    return Cell(view.word(component), tone="strong")


def _contribution_row(view: View, row: object) -> list[Cell]:
    get = lambda name: getattr(row, name)  # noqa: E731
    served = f"{view.count(get('hours_served'))} / {view.count(get('hours_total'))}"
    return [
        _component(view, row),
        interval_cell(view, get("contribution_ugm3"), get("q05_ugm3"), get("q95_ugm3")),
        share_cell(view, get("share"), get("share_q05"), get("share_q95")),
        Cell(served, float(get("hours_served"))),
    ]


def _contribution_columns(view: View) -> list[Column]:
    _ = view.gettext
    return [
        Column(_("What"), width=3),
        Column(_("modelled contribution, µg m⁻³ (90 % interval)"), "right", 1.8),
        Column(_("share of the observed (90 % interval)"), "right", 1.6),
        Column(_("hours served / all"), "right", 1.1),
    ]


def _whole_period(view: View) -> list[Block]:
    _ = view.gettext
    table = view.table("attribution_episodes")
    whole = table[(table["episode_id"] == "all") & (table["station_id"] == "all")]
    blocks: list[Block] = []
    for pollutant, part in whole.groupby("pollutant", sort=True):
        blocks.append(
            make_table(
                _("Modelled contributions over the whole period, mean over posts: %(pollutant)s")
                % {"pollutant": view.pollutant(pollutant)},
                _contribution_columns(view),
                [_contribution_row(view, row) for row in _ordered(part).itertuples(index=False)],
                note=_(
                    "“Unexplained” is the part of the readings that neither the sources nor the "
                    "background give; "
                    "it may be negative where the model gives too much. The observed mean has no model "
                    "interval."
                ),
            )
        )
    for key in view.figure_keys("episode_contributions"):
        pollutant, _colon, episode = key.partition(":")[2].partition(":")
        if episode == "all":
            blocks += _contribution_figure(view, key, f"{view.pollutant(pollutant)}, {_('the whole period')}")
    for key in view.figure_keys("attribution"):
        blocks += view.figure(
            key,
            _("Emission of each source: declared and inferred with its 90 % interval."),
            _(
                "Chart with a row for each source: a mark at the declared rate and a bar over the "
                "inferred interval"
            ),
        )
    return [Heading(_("The whole period")), *blocks] if blocks else []


def _contribution_figure(view: View, key: str, what: str) -> list[Block]:
    _ = view.gettext
    return view.figure(
        key,
        _("Modelled contributions with 90 %% intervals: %(what)s. The line is the observed mean.")
        % {"what": what},
        _("Bars of the contribution of each source or group, of the background and of the unexplained part"),
    )


def _by_episode(view: View) -> list[Block]:
    _ = view.gettext
    table = view.table("attribution_episodes")
    episodes = table[(table["episode_id"] != "all") & (table["station_id"] == "all")]
    named = episodes["component"].isin(["source", "group"])
    episodes = episodes[~named | (episodes["share"] >= SMALLEST_SHARE)]
    blocks: list[Block] = []
    for key in view.figure_keys("episode_contributions"):
        pollutant, _colon, episode = key.partition(":")[2].partition(":")
        if episode != "all":
            what = f"{view.pollutant(pollutant)}, {view.text(episode)}"
            blocks += _contribution_figure(view, key, what)
    if len(episodes):
        rows = []
        for (episode, pollutant), part in episodes.groupby(["episode_id", "pollutant"], sort=True):
            for row in _ordered(part).itertuples(index=False):
                rows.append(
                    [Cell(view.text(episode)), Cell(view.text(pollutant)), *_contribution_row(view, row)]
                )
        blocks.append(
            make_table(
                _("Modelled contributions in each episode, mean over posts"),
                [
                    Column(_("Episode")),
                    Column(_("Pollutant"), width=0.9),
                    *_contribution_columns(view),
                ],
                rows,
                note=_(
                    "Sources under %(share)s of the observed mean are left out here and are in the package."
                )
                % {"share": view.percent(SMALLEST_SHARE)},
                paper_rows=60,
            )
        )
    return [Heading(_("Episode by episode")), *blocks] if blocks else []


def _groups(view: View) -> list[Block]:
    _ = view.gettext
    table = view.table("attribution_sources")
    grouped = table[table["group_id"].fillna("").str.strip() != ""]
    made = []
    for (pollutant, group), part in grouped.groupby(["pollutant", "group_id"], sort=True):
        if len(part) < 2:
            continue
        made.append(
            [
                Cell(view.text(group)),
                Cell(view.text(pollutant)),
                Cell("; ".join(view.source_name(item) for item in sorted(part["source_id"]))),
                number_cell(view, part["group_correlation"].min()),
            ]
        )
    if not made:
        return []
    table_block: Table = make_table(
        _("Sources that the data cannot tell apart"),
        [
            Column(_("Group")),
            Column(_("Pollutant"), width=0.8),
            Column(_("Sources"), width=4),
            Column(_("posterior correlation"), "right"),
        ],
        made,
        note=_(
            "A correlation near −1 means that the readings fix the sum of these sources and not their "
            "parts: only "
            "the sum may be used."
        ),
    )
    return [table_block]


def _diagnostics(view: View) -> list[Block]:
    _ = view.gettext
    if not view.results.diagnostics:
        return []
    entries = []
    for name, value in sorted(view.results.diagnostics.items()):
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        entries.append(
            (view.text(name).replace("_", " "), view.number(value, digits=3) if number else view.text(value))
        )
    return [Heading(_("How well the model fits")), Facts(entries)]
