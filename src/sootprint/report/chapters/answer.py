"""The answer in one paragraph and the numbers that carry it."""

from __future__ import annotations

import pandas as pd

from sootprint.report.blocks import Block, Chapter, KeyNumbers, Note, Paragraph
from sootprint.report.chapters.common import leading_pollutants, whole_period
from sootprint.report.chapters.contributions import SERVED_LEAST, episode_hours
from sootprint.report.chapters.directions import supported_sectors
from sootprint.report.chapters.episodes import hardly_tells, other_signs, stagnant_share
from sootprint.report.compared import counted
from sootprint.report.sentences import said
from sootprint.report.view import View

POLLUTANTS_TOLD = 2
"""Pollutants whose contributions the first paragraph names."""


def chapter(view: View) -> Chapter:
    """Chapter of the answer."""
    _ = view.gettext
    blocks: list[Block] = []
    if view.results.synthetic:
        blocks.append(Note(synthetic_text(view)))
    parts = [
        [*_air_sentences(view), *_episode_sentences(view)],
        [*_contribution_sentences(view), *_inspection_sentences(view)],
    ]
    blocks += [Paragraph(" ".join(sentences), lead=True) for sentences in parts if sentences]
    strip = _key_numbers(view)
    if strip:
        blocks.append(KeyNumbers(strip))
    return Chapter("answer", _("The answer"), blocks)


def synthetic_text(view: View) -> str:
    """Statement that the city is made up."""
    _ = view.gettext
    return _(
        "SYNTHETIC CITY. Every reading, plant and person in this document was made by a program to test the "
        "method. Nothing here says anything about a real plant."
    )


def _air_sentences(view: View) -> list[str]:
    _ = view.gettext
    table = view.table("exceedances")
    if table.empty:
        return [_("No reading could be compared with a norm.")]
    warned = _warning_sentences(view, table)
    table = table[counted(table)]
    if table.empty:
        return [_("No limit or guideline that was in force could be compared."), *warned]
    over = table[table["verdict"] == "exceeded"]
    open_ = table[table["verdict"] == "not assessable"]
    facts = {
        "over": view.count(len(over)),
        "all": view.count(len(table)),
        "open": view.count(len(open_)),
    }
    if over.empty:
        made = [_("In none of %(all)s comparisons of a post with a norm was the norm exceeded.") % facts]
    else:
        made = [_("In %(over)s of %(all)s comparisons of a post with a norm, the norm was exceeded.") % facts]
        worst = over.sort_values(["ratio", "station_id"], ascending=[False, True]).iloc[0]
        made.append(
            _("The largest excess: %(pollutant)s at %(station)s, %(ratio)s times the norm %(norm)s.")
            % {
                "pollutant": view.pollutant(worst["pollutant"]),
                "station": view.station(worst["station_id"]),
                "ratio": view.number(worst["ratio"]),
                "norm": view.norm(worst["norm_id"]),
            }
        )
    if len(open_):
        made.append(_("%(open)s comparisons could not be decided for lack of data.") % facts)
    return made + warned


def _warning_sentences(view: View, table: pd.DataFrame) -> list[str]:
    """Thresholds of information and alert that were passed while they were in force."""
    _ = view.gettext
    sentences = {
        "alert": _("Comparisons in which a threshold of alert was passed: %(count)s."),
        "information": _("Comparisons in which a threshold of information was passed: %(count)s."),
    }
    passed = table[(table["verdict"] == "exceeded") & ~table["in_force"].isin(["no"])]
    counts = passed["kind"].value_counts()
    return [
        text % {"count": view.count(counts[kind])} for kind, text in sentences.items() if counts.get(kind, 0)
    ]


def _episode_sentences(view: View) -> list[str]:
    _ = view.gettext
    table = view.table("episodes")
    if table.empty:
        return [_("No episode was found.")]
    stagnant = int((table["kind"] == "stagnation").sum())
    longest = table["duration_h"].max()
    if hardly_tells(view):
        return [
            _("%(count)s episodes were found; the longest lasted %(hours)s h.")
            % {"count": view.count(len(table)), "hours": view.hours(longest)},
            _(
                "The rule for stagnant air holds in %(share)s of all hours here, so that it hardly tells one "
                "hour from another."
            )
            % {"share": view.percent(stagnant_share(view))},
            *other_signs(view),
        ]
    return [
        _(
            "%(count)s episodes were found, %(stagnant)s of them in stagnant air; the longest lasted "
            "%(hours)s h."
        )
        % {
            "count": view.count(len(table)),
            "stagnant": view.count(stagnant),
            "hours": view.hours(longest),
        }
    ]


def _contribution_sentences(view: View) -> list[str]:
    _ = view.gettext
    if not view.results.sources_known:
        made = [
            _("No inventory of sources was given, so the evidence names sectors of the wind, not plants.")
        ]
        sectors = view.table("directional_sectors")
        if len(sectors):
            first = supported_sectors(sectors).head(1)
            for row in first.itertuples(index=False):
                made.append(
                    _(
                        "The strongest support is for the sector %(sector)s of %(station)s: wind from there "
                        "(%(hours)s of hours) brought %(share)s of the dose of %(pollutant)s."
                    )
                    % {
                        "station": view.station(row.station_id),
                        "sector": view.sector(row.sector_label),
                        "hours": view.percent(row.hours_share),
                        "share": view.percent(row.dose_share),
                        "pollutant": view.pollutant(row.pollutant),
                    }
                )
        return made
    whole = whole_period(view.table("attribution_episodes"))
    named = whole[whole["component"].isin(["source", "group"])]
    if named.empty:
        return [_("No contribution of a source could be resolved.")]
    made = []
    for pollutant in leading_pollutants(view)[:POLLUTANTS_TOLD]:
        part = named[named["pollutant"] == pollutant]
        if part.empty:
            continue
        first = part.sort_values(["contribution_ugm3", "source_id"], ascending=[False, True]).iloc[0]
        made.append(
            _("Largest modelled contribution to %(pollutant)s: %(source)s, %(share)s of the observed mean.")
            % {
                "pollutant": view.pollutant(pollutant),
                "source": view.group(first["source_id"])
                if first["component"] == "group"
                else view.source_name(first["source_id"]),
                "share": view.share(first["share"], first["share_q05"], first["share_q95"]),
            }
        )
        rest = whole[(whole["component"] == "unexplained") & (whole["pollutant"] == pollutant)]
        if len(rest) and pd.notna(rest.iloc[0]["share"]):
            made.append(
                _("Unexplained: %(share)s.")
                % {"share": view.share(*rest.iloc[0][["share", "share_q05", "share_q95"]])}
            )
    return made + _served_sentences(view)


def _served_sentences(view: View) -> list[str]:
    """How many hours the contributions speak for."""
    _ = view.gettext
    hours = view.table("operator_hours")
    own = episode_hours(view)
    if hours.empty or own.empty:
        return []
    made = [
        _(
            "These contributions speak for the %(served)s of %(total)s hours that the engine served, and for "
            "%(share)s of the hours of the episodes."
        )
        % {
            "served": view.count(int((hours["reason"] == "served").sum())),
            "total": view.count(len(hours)),
            "share": view.percent(own["hours_served"].sum() / own["hours_total"].sum()),
        }
    ]
    few = int((own["share"] < SERVED_LEAST).sum())
    if few:
        made.append(
            _("%(few)s of %(all)s episodes were mostly calm and are not attributable with this engine.")
            % {"few": view.count(few), "all": view.count(len(own))}
        )
    return made


def _inspection_sentences(view: View) -> list[str]:
    _ = view.gettext
    table = view.table("inspections")
    if table.empty:
        return []
    first = table.sort_values("rank").iloc[0]
    return [
        _("First to inspect: %(source)s (%(window)s).")
        % {"source": view.source_name(first["source_id"]), "window": said(view, first["window_local"]).text}
    ]


def _key_numbers(view: View) -> list[tuple[str, str, str]]:
    _ = view.gettext
    made = []
    table = view.table("exceedances")
    table = table[counted(table)]
    if len(table):
        over = int((table["verdict"] == "exceeded").sum())
        made.append(
            (
                f"{view.count(over)} / {view.count(len(table))}",
                _("comparisons over a limit or guideline"),
                _("post × norm × year"),
            )
        )
        made.append(
            (
                view.percent(table["data_capture"].median()),
                _("median data capture"),
                _("valid intervals / possible"),
            )
        )
    episodes = view.table("episodes")
    if len(episodes):
        made.append(
            (
                view.count(len(episodes)),
                _("episodes"),
                _("%(hours)s h in all") % {"hours": view.hours(episodes["duration_h"].sum())},
            )
        )
    worst = table[table["verdict"] == "exceeded"].sort_values(
        ["ratio", "station_id"], ascending=[False, True]
    )
    for row in worst.head(1).itertuples(index=False):
        made.append((f"{view.number(row.ratio)} ×", _("largest multiple of a norm"), view.norm(row.norm_id)))
    whole = whole_period(view.table("attribution_episodes"))
    first = leading_pollutants(view)[:1]
    rest = whole[(whole["component"] == "unexplained") & whole["pollutant"].isin(first)]
    for row in rest.itertuples(index=False):
        made.append(
            (view.percent(row.share), _("of the observed mean unexplained"), view.text(row.pollutant))
        )
    return made
