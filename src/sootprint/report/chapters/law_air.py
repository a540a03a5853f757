"""Indices of the air, hydrogen sulphide and adverse weather, in the terms of the texts."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sootprint.report.blocks import Block, Cell, Column, Heading, Items, Paragraph, Table, Tone
from sootprint.report.bulletin_words import index_value, index_words, remark_texts
from sootprint.report.chapters.law_common import letters_text, mark_cell, marks_text, suspect_h2s_note
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

SCOPES = ("city", "district", "post")
REGIMES = ("I", "II", "III", "without_degree", "none", "unknown")
DEGREES = ("I", "II", "III")
ROMAN = {1: "I", 2: "II", 3: "III", 4: "IV"}
INDICES = ("SI", "NP", "IZA5")
VERDICT_TONES: dict[str, Tone] = {"covaries": "over", "independent": "within", "not assessable": "unknown"}
SHOWN = 200
"""Rows of a long table that the page holds."""


def blocks(view: View) -> list[Block]:
    """Blocks on the indices, hydrogen sulphide and adverse weather."""
    return [*_indices(view), *_hydrogen_sulphide(view), *_adverse_weather(view)]


def _indices(view: View) -> list[Block]:
    _ = view.gettext
    table = view.table("air_indices")
    if table.empty:
        return []
    made: list[Block] = [
        Heading(_("Indices of the bulletins")),
        Paragraph(
            _(
                "SI is the largest single concentration over its limit, NP the largest share of single "
                "concentrations over the limit at one post, IZA5 the sum of the five largest indices of "
                "substances. Grades: I low, II elevated, III high, IV very high. They describe the air at "
                "the posts and name no source."
            )
        ),
        _index_table(view, table),
    ]
    remarks = remark_texts(view, table["remarks"])
    if remarks:
        made.append(Items(remarks))
    high = view.table("high_pollution")
    if high.empty:
        made.append(
            Paragraph(_("No case of high (VZ) or extremely high pollution (EVZ) was found by these rules."))
        )
    else:
        made.append(_high_pollution(view, high))
    return made


def _index_table(view: View, table: pd.DataFrame) -> Table:
    _ = view.gettext
    order = table.assign(
        length=table["period_start"] - table["period_end"],
        rank=table["scope"].map(SCOPES.index),
        number=table["index"].map(INDICES.index),
    )
    # the longest period first, its city before its posts, then months in their order
    order["length"] = order["length"].where(order["period_kind"] != "month", pd.Timedelta(0))
    order = order.sort_values(["length", "period_start", "rank", "place", "number"], kind="stable")
    kept, remark = first_rows(view, order, SHOWN)
    names = index_words(_)
    rows = [
        [
            Cell(_period(view, row)),
            Cell(_place(view, row)),
            Cell(names[str(row.index_)]),
            Cell(
                index_value(view, str(row.index_), row.value),
                None if pd.isna(row.value) else float(row.value),
            ),
            Cell(_grade(view, row), None if pd.isna(row.grade) else float(row.grade)),
            Cell(_("decides") if row.decides else "", None, "strong" if row.decides else ""),
            Cell(view.post(row.station_id) if pd.notna(row.station_id) else "–"),
            Cell(view.text(row.pollutant).replace(";", ", ")),
            share_cell(view, row.data_capture),
            mark_cell(view, row.mark),
        ]
        for row in kept.rename(columns={"index": "index_"}).itertuples(index=False)
    ]
    return make_table(
        _("Indices and their grades"),
        [
            Column(_("Period"), width=1.4),
            Column(_("place"), width=1.2),
            Column(_("index"), width=0.7),
            Column(_("value"), "right", 0.8),
            Column(_("grade"), width=1.3),
            Column(_("grade of the place"), width=0.9),
            Column(_("at the post"), width=0.9),
            Column(_("pollutants"), width=1.4),
            Column(_("data capture"), "right", 0.9),
            Column(_("mark"), width=1.1),
        ],
        rows,
        note=" ".join(
            filter(
                None,
                [
                    remark,
                    _("The mark is that of the least checked limit or rule behind a value."),
                ],
            )
        ),
        paper_rows=24,
    )


def _period(view: View, row: Any) -> str:
    start = view.local(row.period_start)[:10]
    if row.period_kind == "month":
        return start[:7]
    if row.period_kind == "year":
        return start[:4]
    last = pd.Timestamp(row.period_end) - pd.Timedelta(seconds=1)
    return f"{start} – {view.local(last)[:10]}"


def _place(view: View, row: Any) -> str:
    _ = view.gettext
    if row.scope == "city":
        return _("whole city")
    return view.post(row.place) if row.scope == "post" else view.text(row.place)


def _grade(view: View, row: Any) -> str:
    if pd.isna(row.grade):
        return "–"
    return f"{ROMAN[int(row.grade)]} ({view.word(row.level)})"


def _high_pollution(view: View, high: pd.DataFrame) -> Table:
    _ = view.gettext
    ordered = high.sort_values(["level", "maximum_ratio", "time_start"], ascending=[True, False, True])
    rows = [
        [
            Cell(index_words(_)[str(row.level)], None, "over"),
            Cell(view.post(row.station_id)),
            Cell(view.text(row.pollutant)),
            time_cell(view, row.time_start),
            hours_cell(view, row.hours),
            number_cell(view, row.maximum_ratio),
            number_cell(view, row.maximum_ugm3, digits=3),
            Cell(view.text(row.rule), code=True),
            mark_cell(view, row.mark),
        ]
        for row in ordered.head(SHOWN).itertuples(index=False)
    ]
    return make_table(
        _("Cases of high (VZ) and extremely high pollution (EVZ)"),
        [
            Column(_("level"), width=0.7),
            Column(_("Post"), width=1.0),
            Column(_("Pollutant"), width=0.9),
            Column(_("start"), width=1.7),
            Column(_("hours"), "right", 0.7),
            Column(_("times the single limit"), "right", 0.9),
            Column(_("maximum, µg m⁻³"), "right", 1.0),
            Column(_("rule"), width=1.4),
            Column(_("mark"), width=1.1),
        ],
        rows,
        note=_(
            "A case is a run of readings at one post. Suspect hydrogen sulphide is counted, as in bulletins."
        ),
        paper_rows=24,
    )


def _hydrogen_sulphide(view: View) -> list[Block]:
    _ = view.gettext
    table = view.table("h2s_quality")
    whole = table[table["period"] == "whole"]
    if whole.empty:
        return []
    rows = [
        [
            Cell(view.post(row.station_id)),
            Cell(view.word(row.verdict), row.verdict, VERDICT_TONES.get(str(row.verdict), "")),
            interval_cell(view, row.spearman, row.spearman_q05, row.spearman_q95),
            number_cell(view, row.weather_correlation),
            interval_cell(view, row.slope, row.slope_q05, row.slope_q95),
            number_cell(view, row.ratio_spread),
            count_cell(view, row.n_exceedances),
            count_cell(view, row.n_exceedances_high_so2),
            count_cell(view, row.n_flagged, tone="over" if row.n_flagged else ""),
        ]
        for row in whole.sort_values("station_id").itertuples(index=False)
    ]
    return [
        Heading(_("Hydrogen sulphide and sulphur dioxide")),
        Paragraph(
            _(
                "Some automatic posts measure hydrogen sulphide by way of sulphur dioxide. Where it rises "
                "and falls with sulphur dioxide more than common weather would make it, in a fixed ratio "
                "and in the same hour, its readings are consistent with interference and also with one "
                "source of both gases: only samples from a laboratory can tell. Such readings are flagged "
                "suspect."
            )
        ),
        *suspect_h2s_note(view),
        make_table(
            _("Hydrogen sulphide against sulphur dioxide, post by post; 90 % intervals"),
            [
                Column(_("Post"), width=0.9),
                Column(_("verdict"), width=1.5),
                Column(_("rank correlation"), "right", 1.4),
                Column(_("of common weather alone"), "right", 0.9),
                Column(_("slope, H2S on SO2"), "right", 1.6),
                Column(_("spread of the ratio (ln)"), "right", 0.8),
                Column(_("exceedances of H2S"), "right", 0.9),
                Column(_("of them at high SO2"), "right", 0.9),
                Column(_("readings flagged"), "right", 0.9),
            ],
            rows,
        ),
    ]


def _adverse_weather(view: View) -> list[Block]:
    _ = view.gettext
    days, reductions = view.table("nmu_days"), view.table("nmu_reductions")
    if days.empty and reductions.empty:
        return []
    made: list[Block] = [Heading(_("Adverse weather and what it asks for"))]
    if len(days):
        made += [_regime_counts(view, days)]
        made += view.figure(
            "nmu_calendar",
            _("Regimes of adverse weather and the largest single concentration of each day over its limit."),
            _("Calendar with the regime of adverse weather of each day and night and bars of daily maxima"),
        )
        degrees = days[days["regime"].isin(DEGREES)]
        if len(degrees):
            made.append(_warned(view, degrees))
    if len(reductions):
        made.append(_reductions(view, reductions))
    return made


def _regime_counts(view: View, days: pd.DataFrame) -> Table:
    _ = view.gettext
    hours = view.table("nmu_regimes")["regime"].value_counts()
    rows = []
    for regime in REGIMES:
        own = days[days["regime"] == regime]
        if own.empty and not hours.get(regime, 0):
            continue
        rows.append(
            [
                Cell(view.word(regime) if regime not in DEGREES else regime, None, _tone(regime)),
                count_cell(view, (own["period"] == "day").sum()),
                count_cell(view, (own["period"] == "night").sum()),
                count_cell(view, hours.get(regime, 0)),
                number_cell(view, own["limit_ratio"].max() if len(own) else None),
                Cell(letters_text(view, ";".join(own["marks"].dropna()))),
            ]
        )
    return make_table(
        _("Regimes of adverse weather (NMU) in the period"),
        [
            Column(_("regime"), width=1.4),
            Column(_("days, 08–20 h"), "right"),
            Column(_("nights, 20–08 h"), "right"),
            Column(_("hours in the regime"), "right"),
            Column(_("largest concentration over its single limit"), "right", 1.4),
            Column(_("marks of the rules"), width=1.8),
        ],
        rows,
        note=_(
            "Found from the weather and the readings by the rules of this program, whose thresholds are "
            "partly assumed; they are not the warnings that the weather service issued."
        ),
    )


def _tone(regime: str) -> Any:
    return "over" if regime in DEGREES else "unknown" if regime == "unknown" else ""


def _warned(view: View, days: pd.DataFrame) -> Table:
    _ = view.gettext
    rows = [
        [
            Cell(view.text(row.day_local)),
            Cell(view.word(row.period)),
            Cell(view.text(row.regime), None, "over"),
            count_cell(view, row.hours_in_regime),
            count_cell(view, row.hours_adverse),
            number_cell(view, row.limit_ratio),
            Cell(", ".join(view.word(code) for code in view.text(row.complexes).split(";"))),
            Cell(letters_text(view, row.marks)),
        ]
        for row in days.sort_values("time_start").itertuples(index=False)
    ]
    return make_table(
        _("Days and nights of regime I to III"),
        [
            Column(_("date"), width=1.0),
            Column(_("half of the day"), width=0.8),
            Column(_("regime"), width=0.6),
            Column(_("hours in the regime"), "right", 0.8),
            Column(_("hours of adverse weather"), "right", 0.8),
            Column(_("largest concentration over its single limit"), "right", 1.2),
            Column(_("conditions"), width=2.2),
            Column(_("marks of the rules"), width=1.9),
        ],
        rows,
        paper_rows=20,
    )


def _reductions(view: View, table: pd.DataFrame) -> Table:
    """What each regime asks of each plant, summed over its sources."""
    _ = view.gettext
    plants = view.table("facilities").set_index("facility_id")["name"].to_dict()
    rows = []
    for (plant, pollutant), part in table.groupby(["facility_id", "pollutant"], sort=True):
        own = {regime: part[part["regime"] == regime] for regime in DEGREES}
        first = next(rows_ for rows_ in own.values() if len(rows_))
        rows.append(
            [
                Cell(view.text(plants.get(plant, plant))),
                Cell(view.text(pollutant)),
                count_cell(view, len(first)),
                number_cell(view, first["rate_g_s"].sum()),
                Cell(", ".join(view.word(basis) for basis in sorted(first["basis"].unique()))),
                *[_asked(view, own[regime]) for regime in DEGREES],
                Cell(_covered(view, own)),
                Cell(marks_text(view, part["mark"])),
            ]
        )
    documents = ", ".join(sorted(table["source"].dropna().unique()))
    return make_table(
        _("What each regime asks of each plant; g s⁻¹ after the cut"),
        [
            Column(_("plant"), width=2.4),
            Column(_("Pollutant"), width=0.9),
            Column(_("sources"), "right", 0.7),
            Column(_("before, g s⁻¹"), "right", 0.9),
            Column(_("basis"), width=0.9),
            *[Column(_("regime %(regime)s") % {"regime": regime}, "right", 1.2) for regime in DEGREES],
            Column(_("measures needed in"), width=0.9),
            Column(_("mark of the rule"), width=1.2),
        ],
        rows,
        note=_(
            "Only sources that an order can reach. The ranges come from: %(documents)s. Measures are needed "
            "where the plant's calculated concentration on the edge of its zone, raised by 20, 40 or 60 %% "
            "for the three regimes, is over the limit: %(criterion)s (%(mark)s). Whether the weather service "
            "declared a regime, and what a plant's own plan promises, is not known here."
        )
        % {
            "documents": documents or "–",
            "criterion": view.text(table["criterion_source"].iloc[0]),
            "mark": view.word(table["criterion_mark"].iloc[0]),
        },
        paper_rows=24,
    )


def _covered(view: View, own: dict[str, pd.DataFrame]) -> str:
    """Regimes in which the calculated concentration asks the plant for measures."""
    known = {regime: rows["covered"].dropna() for regime, rows in own.items()}
    if all(values.empty for values in known.values()):
        return "–"
    return ", ".join(regime for regime, values in known.items() if values.any()) or view.word("none")


def _asked(view: View, rows: pd.DataFrame) -> Cell:
    after = rows[["rate_after_to_g_s", "rate_after_from_g_s"]]
    if rows.empty or after.isna().any().any():
        return Cell("–")
    low, high = after.sum()
    return Cell(f"{view.number(low)}–{view.number(high)}", float(high))
