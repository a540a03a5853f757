"""Who contributed: modelled contributions with their interval and what stays unexplained."""

from __future__ import annotations

from typing import Any

import numpy as np
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
from sootprint.report.chapters.common import leading_pollutants
from sootprint.report.view import View, count_cell, interval_cell, make_table, number_cell, share_cell

SMALLEST_SHARE = 0.01
"""Share of the observed mean from which a source is listed [1]."""

SOURCES_TOLD = 3
"""Sources that are named for each episode: those with the largest modelled contributions."""

SERVED_LEAST = 0.25
"""Share of served hours under which an episode is not attributable with the engine [1]."""

PAPER_EPISODES = 25
"""Episodes that are printed."""

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
            Facts([(view.word(name), view.text(value)) for name, value in view.results.engine.items()])
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
    return blocks + _terrain(view)


def _terrain(view: View) -> list[Block]:
    """Wind over the elevation model, where the particles followed it."""
    _ = view.gettext
    hours, sites = view.table("terrain_wind_hours"), view.table("terrain_wind_sites")
    if hours.empty:
        return []
    off = np.hypot(
        sites["eastward_wind"] - sites["modelled_eastward_wind"],
        sites["northward_wind"] - sites["modelled_northward_wind"],
    )
    text = _(
        "The particles followed the wind over the ground of the elevation model in %(hours)s hours, made "
        "from the wind at %(sites)s places. There the modelled wind is off by %(off)s m/s in the mean. "
        "%(pool)s hours had a cold pool of the stated depth."
    ) % {
        "hours": view.count(len(hours)),
        "sites": view.count(sites["site_id"].nunique()),
        "off": view.number(float(off.mean())),
        "pool": view.count(int((hours["pool_depth"] > 0.0).sum())),
    }
    blocks: list[Block] = [Heading(_("Wind over the terrain")), Paragraph(text)]
    light = view.table("terrain_wind_map")
    if len(light):
        row = light.iloc[0]
        blocks += view.figure(
            "terrain_wind",
            _(
                "Mean wind %(height)s m above the ground in the %(hours)s hours with the lightest wind, up "
                "to %(wind)s m/s at the stations; grey: height of the ground. Between the stations it is "
                "modelled."
            )
            % {
                "height": view.count(int(row["height_m"])),
                "hours": view.count(int(row["hours"])),
                "wind": view.number(float(row["largest_wind"])),
            },
            _("Map of the height of the ground with arrows of the wind, posts and stacks"),
        )
    return blocks


def _ordered(part: pd.DataFrame) -> pd.DataFrame:
    rank = part["component"].map(ORDER)
    return part.assign(rank=rank).sort_values(
        ["rank", "contribution_ugm3", "source_id"], ascending=[True, False, True]
    )


def _component(view: View, row: Any) -> Cell:
    component, source = str(row.component), row.source_id
    if component == "source":
        return Cell(view.source_name(source))
    if component == "group":
        return Cell(f"{view.word('group')} {view.group(source)}")
    return Cell(view.word(component), tone="strong")


def _contribution_row(view: View, row: Any) -> list[Cell]:
    served = f"{view.count(row.hours_served)} / {view.count(row.hours_total)}"
    return [
        _component(view, row),
        interval_cell(view, row.contribution_ugm3, row.q05_ugm3, row.q95_ugm3),
        share_cell(view, row.share, row.share_q05, row.share_q95),
        Cell(served, float(row.hours_served)),
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
    blocks: list[Block] = [
        Paragraph(
            _(
                "“Unexplained” is the part of the readings that neither the sources nor the background give; "
                "it may be negative where the model gives too much. The observed mean has no model interval."
            )
            + (" " + _group_words(view) if (whole["component"] == "group").any() else "")
        )
    ]
    named = whole["component"].isin(["source", "group"])
    listed = whole[~named | (whole["share"] >= SMALLEST_SHARE)]
    order = leading_pollutants(view)
    for pollutant, part in sorted(listed.groupby("pollutant"), key=lambda item: order.index(str(item[0]))):
        left_out = int((whole["pollutant"] == pollutant).sum()) - len(part)
        blocks.append(
            make_table(
                _("Modelled contributions over the whole period, mean over posts: %(pollutant)s")
                % {"pollutant": view.pollutant(pollutant)},
                _contribution_columns(view),
                [_contribution_row(view, row) for row in _ordered(part).itertuples(index=False)],
                note=_("Sources under %(share)s of the observed mean are in the package only: %(count)s.")
                % {"share": view.whole_percent(SMALLEST_SHARE), "count": view.count(left_out)}
                if left_out
                else "",
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


def _group_words(view: View) -> str:
    _ = view.gettext
    return _(
        "A group is the sum of sources that the data cannot tell apart. Its sources are listed as well and "
        "are not to be added to it; only the sum may be used."
    )


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
    blocks: list[Block] = []
    table = view.table("attribution_episodes")
    episodes = table[(table["episode_id"] != "all") & (table["station_id"] == "all")]
    if episodes.empty:
        return []
    hours = episode_hours(view)
    few = int((hours["share"] < SERVED_LEAST).sum())
    text = _("The engine served %(served)s of %(total)s hours of the episodes (%(share)s).") % {
        "served": view.count(hours["hours_served"].sum()),
        "total": view.count(hours["hours_total"].sum()),
        "share": view.percent(hours["hours_served"].sum() / hours["hours_total"].sum()),
    }
    if few:
        text += " " + _(
            "In %(few)s of %(all)s episodes it served under %(least)s: they were mostly calm and are not "
            "attributable with this engine."
        ) % {
            "few": view.count(few),
            "all": view.count(len(hours)),
            "least": view.whole_percent(SERVED_LEAST),
        }
    blocks.append(Paragraph(text))
    blocks.append(_episode_table(view, episodes, hours))
    for key in view.figure_keys("episode_contributions"):
        pollutant, _colon, episode = key.partition(":")[2].partition(":")
        if episode != "all":
            what = f"{view.pollutant(pollutant)}, {view.text(episode)}"
            blocks += _contribution_figure(view, key, what)
    return [Heading(_("Episode by episode")), *blocks]


def _episode_table(view: View, episodes: pd.DataFrame, hours: pd.DataFrame) -> Table:
    _ = view.gettext
    ratio = view.table("episodes").set_index("episode_id")["peak_ratio"].astype(float)
    hours = hours.assign(peak=hours["episode_id"].map(ratio).fillna(0.0))
    rows = []
    for item in hours.sort_values(["peak", "episode_id"], ascending=[False, True]).itertuples(index=False):
        part = episodes[
            (episodes["episode_id"] == item.episode_id) & (episodes["pollutant"] == item.pollutant)
        ]
        parts = {name: rows_of for name, rows_of in part.groupby("component")}
        observed, rest = parts.get("observed"), parts.get("unexplained")
        served = item.share >= SERVED_LEAST
        rows.append(
            [
                Cell(view.text(item.episode_id)),
                Cell(f"{view.count(item.hours_served)} / {view.count(item.hours_total)}", float(item.share)),
                number_cell(view, None if observed is None else observed["contribution_ugm3"].iloc[0]),
                Cell(_leading_sources(view, part))
                if served
                else Cell(_("mostly calm: not attributable with this engine"), tone="unknown"),
                share_cell(view, *rest[["share", "share_q05", "share_q95"]].iloc[0])
                if served and rest is not None
                else Cell("–"),
            ]
        )
    return make_table(
        _("Largest modelled contributions in each episode, mean over posts; the largest episodes first"),
        [
            Column(_("Episode"), width=1.1),
            Column(_("hours served / all"), "right", 0.8),
            Column(_("observed, µg m⁻³"), "right", 0.9),
            Column(_("share of the observed (90 % interval)"), width=4.6),
            Column(_("unexplained"), "right", 1.7),
        ],
        rows,
        note=_(
            "Shares are of the observed mean over the served hours. The package holds all sources, with "
            "concentrations and intervals, post by post."
        ),
        paper_rows=PAPER_EPISODES,
    )


def _leading_sources(view: View, part: pd.DataFrame) -> str:
    named = part[part["component"].isin(["source", "group"])].dropna(subset=["share"])
    groups = view.table("attribution_sources").dropna(subset=["group_id"])
    summed = groups[groups["group_id"].isin(named.loc[named["component"] == "group", "source_id"])]
    members = set(summed[["source_id", "pollutant"]].itertuples(index=False, name=None))
    alone = [pair not in members for pair in zip(named["source_id"], named["pollutant"], strict=True)]
    named = named[alone]
    first = named.sort_values(["share", "source_id"], ascending=[False, True]).head(SOURCES_TOLD)
    return "; ".join(
        f"{_component(view, row).text} {view.share(row.share, row.share_q05, row.share_q95)}"
        for row in first.itertuples(index=False)
    )


def episode_hours(view: View) -> pd.DataFrame:
    """Hours served and all hours of each attributed episode, with the share that was served."""
    table = view.table("attribution_episodes")
    own = table[(table["episode_id"] != "all") & (table["station_id"] == "all")]
    made = own.groupby(["episode_id", "pollutant"], as_index=False)[["hours_served", "hours_total"]].max()
    return made.assign(share=made["hours_served"].astype(float) / made["hours_total"].astype(float))


def _groups(view: View) -> list[Block]:
    _ = view.gettext
    groups = view.table("attribution_groups")
    if len(groups):
        return [_group_sums(view, groups)]
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


def _group_sums(view: View, groups: pd.DataFrame) -> Table:
    _ = view.gettext
    labels = {"cosine": _("likeness of their columns"), "correlation": _("posterior correlation")}
    notes = {
        "cosine": _(
            "Likeness is the cosine between the modelled concentrations of the sources: at 1 every post sees "
            "them alike at every hour."
        ),
        "correlation": _(
            "A correlation near −1 means that the readings fix the sum of these sources and not their parts."
        ),
    }
    signs = [name for name in labels if name in groups and groups[name].notna().any()]
    rows = []
    for row in groups.sort_values(["pollutant", "group_id"]).itertuples(index=False):
        members = [name.strip() for name in str(row.members).split(",")]
        rows.append(
            [
                Cell(view.text(row.group_id)),
                Cell("; ".join(view.source_name(name) for name in members)),
                *[number_cell(view, getattr(row, name)) for name in signs],
                number_cell(view, row.declared_g_s),
                interval_cell(view, row.inferred_g_s, row.inferred_q05_g_s, row.inferred_q95_g_s),
            ]
        )
    return make_table(
        _("Sources that the data cannot tell apart: only their sum may be used"),
        [
            Column(_("Group"), width=1.1),
            Column(_("Sources"), width=3.4),
            *[Column(labels[name], "right", 0.9) for name in signs],
            Column(_("sum declared, g s⁻¹"), "right", 0.9),
            Column(_("sum inferred, g s⁻¹ (90 % interval)"), "right", 1.6),
        ],
        rows,
        note=" ".join(notes[name] for name in signs),
    )


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
