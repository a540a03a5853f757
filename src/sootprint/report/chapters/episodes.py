"""Episodes and the weather that made them."""

from __future__ import annotations

from sootprint.report.blocks import Block, Cell, Chapter, Column, Heading, Paragraph, Table
from sootprint.report.view import (
    View,
    count_cell,
    foreign_cell,
    hours_cell,
    interval_cell,
    make_table,
    number_cell,
    share_cell,
    time_cell,
)


def chapter(view: View) -> Chapter:
    """Chapter of the episodes."""
    _ = view.gettext
    blocks: list[Block] = []
    if view.table("episodes").empty:
        blocks.append(Paragraph(_("No episode was found.")))
    else:
        blocks += [_episodes(view), _weather(view)]
    blocks += _stagnation(view)
    return Chapter("episodes", _("Episodes, and the weather that made them"), blocks)


def _episodes(view: View) -> Table:
    _ = view.gettext
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
        for row in view.table("episodes").sort_values(["time_start", "episode_id"]).itertuples(index=False)
    ]
    return make_table(
        _("Episodes; concentrations in µg m⁻³, times on the clock of the place"),
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
    )


def _weather(view: View) -> Table:
    _ = view.gettext
    rows = [
        [
            Cell(view.text(row.episode_id)),
            number_cell(view, row.wind_speed_mean),
            share_cell(view, row.calm_share),
            share_cell(view, row.stagnant_share),
            hours_cell(view, row.hours_since_ventilated_max),
            number_cell(view, row.accumulation_ugm3_h),
            foreign_cell(view, row.weather_text),
        ]
        for row in view.table("episodes")
        .sort_values(["peak_ratio", "episode_id"], ascending=[False, True])
        .itertuples(index=False)
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
            Column(_("In words"), width=3.4),
        ],
        rows,
        note=_("Ventilated means a wind of 3 m/s or more."),
        paper_rows=15,
    )


def _stagnation(view: View) -> list[Block]:
    _ = view.gettext
    blocks: list[Block] = []
    table = view.table("stagnation")
    known = table[table["stagnant"].notna()]
    if len(known):
        share = known["stagnant"].astype(bool).mean()
        blocks.append(
            Paragraph(
                _("Air was stagnant in %(share)s of the %(hours)s hours whose weather could be judged.")
                % {"share": view.percent(share), "hours": view.count(len(known))}
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
