"""Episodes and the weather that made them."""

from __future__ import annotations

import pandas as pd

from sootprint.report.blocks import Block, Cell, Chapter, Column, Heading, Items, Note, Paragraph, Table
from sootprint.report.chapters.law_common import suspect_h2s_note
from sootprint.report.sentences import episode_weather
from sootprint.report.view import (
    View,
    count_cell,
    first_rows,
    hours_cell,
    interval_cell,
    make_table,
    number_cell,
    share_cell,
    time_cell,
)

EPISODES_SHOWN = 15
"""Episodes in the tables: those with the largest multiple of the norm."""

EPISODES_TOLD = 4
"""Episodes whose weather is told in words."""

HARDLY_TELLS = 0.8
"""Share of stagnant hours from which the rule for stagnant air hardly tells one hour from another [1]."""


def chapter(view: View) -> Chapter:
    """Chapter of the episodes."""
    _ = view.gettext
    blocks: list[Block] = []
    if view.table("episodes").empty:
        blocks.append(Paragraph(_("No episode was found.")))
    else:
        if (view.table("episodes")["pollutant"] == "H2S").any():
            blocks += suspect_h2s_note(view)
        blocks += [
            Paragraph(
                _(
                    "An episode is a run of hours with at least one post over the norm of short means, "
                    "together with the hours of accumulation before it."
                )
            ),
            _episodes(view),
            _weather(view),
            Items([episode_weather(view, row) for row in largest(view).head(EPISODES_TOLD).itertuples()]),
        ]
    blocks += _stagnation(view)
    return Chapter("episodes", _("Episodes, and the weather that made them"), blocks)


def largest(view: View) -> pd.DataFrame:
    """Episodes from the largest multiple of the norm down."""
    return view.table("episodes").sort_values(["peak_ratio", "episode_id"], ascending=[False, True])


def stagnant_share(view: View) -> float | None:
    """Share of the known hours in which the rule for stagnant air holds [1]."""
    known = view.table("stagnation")["stagnant"].dropna()
    return float(known.astype(bool).mean()) if len(known) else None


def hardly_tells(view: View) -> bool:
    """Whether the rule for stagnant air holds so often that it hardly tells one hour from another."""
    share = stagnant_share(view)
    return share is not None and share > HARDLY_TELLS


def _episodes(view: View) -> Table:
    _ = view.gettext
    first, remark = first_rows(view, largest(view), EPISODES_SHOWN)
    rows = [
        [
            Cell(view.text(row.episode_id)),
            time_cell(view, row.time_start),
            hours_cell(view, row.duration_h),
            Cell(view.word(row.kind)),
            number_cell(view, row.peak_ugm3, digits=3),
            number_cell(view, row.peak_ratio),
            Cell(view.post(row.peak_station_id)),
            number_cell(view, row.mean_ugm3, digits=3),
            hours_cell(view, row.hours_exceeded),
            share_cell(view, row.data_coverage),
        ]
        for row in first.itertuples(index=False)
    ]
    return make_table(
        _("Episodes, the largest first; concentrations in µg m⁻³, times on the clock of the place"),
        [
            Column(_("Episode"), width=1.1),
            Column(_("start"), width=1.3),
            Column(_("length, h"), "right", 0.8),
            Column(_("kind"), width=1.2),
            Column(_("peak"), "right", 0.8),
            Column(_("times the norm"), "right", 0.8),
            Column(_("post of the peak"), width=1.0),
            Column(_("mean"), "right", 0.8),
            Column(_("hours over the limit"), "right", 0.9),
            Column(_("data coverage"), "right", 1.0),
        ],
        rows,
        note=remark,
    )


def _weather(view: View) -> Table:
    _ = view.gettext
    first, remark = first_rows(view, largest(view), EPISODES_SHOWN)
    rows = [
        [
            Cell(view.text(row.episode_id)),
            number_cell(view, row.wind_speed_mean),
            share_cell(view, row.calm_share),
            share_cell(view, row.stagnant_share),
            hours_cell(view, row.hours_since_ventilated_max),
            number_cell(view, row.accumulation_ugm3_h),
        ]
        for row in first.itertuples(index=False)
    ]
    return make_table(
        _("Weather of each episode"),
        [
            Column(_("Episode"), width=1.0),
            Column(_("mean wind, m/s"), "right", 0.8),
            Column(_("calm hours"), "right", 0.8),
            Column(_("stagnant hours"), "right", 0.9),
            Column(_("longest time without ventilation, h"), "right", 1.2),
            Column(_("accumulation, µg m⁻³ per h"), "right", 1.2),
        ],
        rows,
        note=" ".join(filter(None, [remark, _("Ventilated means a wind of 3 m/s or more.")])),
    )


def _stagnation(view: View) -> list[Block]:
    _ = view.gettext
    blocks: list[Block] = []
    share = stagnant_share(view)
    if share is not None:
        known = int(view.table("stagnation")["stagnant"].notna().sum())
        blocks.append(
            Paragraph(
                _("Air was stagnant in %(share)s of the %(hours)s hours whose weather could be judged.")
                % {"share": view.percent(share), "hours": view.count(known)}
            )
        )
    if hardly_tells(view):
        blocks.append(
            Note(
                _(
                    "The rule for stagnant air holds nearly always here, as in a valley with light wind. It "
                    "can tell the few ventilated hours from the rest, but not which of the others turn bad. "
                    "The calm hours and the time since the last ventilation say more:"
                )
                + " "
                + " ".join(other_signs(view))
            )
        )
    if view.results.has("stagnation_link"):
        blocks.append(_link(view))
    blocks += view.figure(
        "stagnation",
        _("Concentration in stagnant and in ventilated hours."),
        _("Chart that compares concentrations in stagnant hours with those in ventilated hours"),
    )
    blocks += view.figure(
        "weather",
        _("Weather of the period."),
        _("Line charts of wind speed, direction, temperature and mixing height over time"),
    )
    return [Heading(_("Stagnation")), *blocks] if blocks else []


def other_signs(view: View) -> list[str]:
    """What calm hours and the time since ventilation say about the hours over the norm of the episodes."""
    _ = view.gettext
    made = []
    state, episodes = view.table("stagnation"), largest(view)
    norms = episodes["norm_id"].head(1).tolist()
    link = view.table("stagnation_link")
    calm = link[(link["condition"] == "calm") & link["norm_id"].isin(norms)]
    for row in calm.sort_values("exceedances_all", ascending=False).head(1).itertuples(index=False):
        clear = not row.relative_risk_q05 < 1.0 < row.relative_risk_q95
        made.append(
            _(
                "At %(station)s calm hours are over the norm %(risk)s times as often as other hours "
                "(%(norm)s)."
            )
            % {
                "station": view.station(row.station_id),
                "risk": view.interval(row.relative_risk, row.relative_risk_q05, row.relative_risk_q95),
                "norm": view.norm(row.norm_id),
            }
        )
        if not clear:
            made.append(_("The interval holds 1, so that no difference is shown."))
    over = view.table("exceedance_hours")
    times = over.loc[over["norm_id"].isin(norms), "time_start"].unique()
    since = state.set_index("time_start")["hours_since_ventilated"].astype(float)
    mine, all_hours = since[since.index.isin(times)].dropna(), since.dropna()
    if len(mine) and len(all_hours):
        made.append(
            _(
                "Hours over the norm lie a median of %(mine)s h after the last wind of 3 m/s, all hours "
                "%(all)s h."
            )
            % {"mine": view.hours(mine.median()), "all": view.hours(all_hours.median())}
        )
    return made


def _link(view: View) -> Table:
    _ = view.gettext
    keys = ["exceedances_all", "pollutant", "norm_id", "station_id", "condition"]
    rows = [
        [
            Cell(view.post(row.station_id)),
            Cell(view.text(row.pollutant)),
            Cell(view.norm(row.norm_id)),
            Cell(view.word(row.condition)),
            count_cell(view, row.hours_condition),
            count_cell(view, row.hours_all),
            count_cell(view, row.exceedances_condition),
            count_cell(view, row.exceedances_all),
            interval_cell(view, row.relative_risk, row.relative_risk_q05, row.relative_risk_q95),
        ]
        for row in view.table("stagnation_link")
        .sort_values(keys, ascending=[False, *[True] * 4])
        .itertuples(index=False)
    ]
    return make_table(
        _("Hours over the norm and the state of the air"),
        [
            Column(_("Post"), width=1.0),
            Column(_("Pollutant"), width=0.9),
            Column(_("Norm"), width=1.5),
            Column(_("state of the air"), width=1.0),
            Column(_("hours in that state"), "right"),
            Column(_("all hours"), "right", 0.8),
            Column(_("hours over the norm in that state"), "right", 1.2),
            Column(_("all hours over the norm"), "right"),
            Column(_("relative frequency (90 % interval)"), "right", 1.5),
        ],
        rows,
        note=_(
            "Relative frequency: how many times more often an hour is over the norm in that state than "
            "outside it; "
            "the interval is from resampled days and has no upper end where there is none to give."
        ),
        paper_rows=20,
    )
