"""Sections of the warning of adverse weather: when, weather, substances, enterprises."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sootprint.report.languages import Translate
from sootprint.report.nmu_words import (
    DEGREES,
    clock_text,
    complex_words,
    names_of,
    pollutant_name,
    regime_name,
)
from sootprint.report.numbers import format_number

SUBSTANCES = 5
"""Substances that are named: those with the largest ratio."""

PLANT_ROWS = 8
"""Rows of the table of plants that fit the page; the table ``nmu_reductions`` holds all sources."""

LOOK_BACK = pd.Timedelta(hours=24)
"""Readings before the warning that are named beside those within it."""


@dataclass(frozen=True)
class Section:
    """Heading, sentences, and a table of texts whose first row is its heading."""

    heading: str
    sentences: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()


def time_section(days: pd.DataFrame, regime: str, zone: str, _: Translate) -> Section:
    """The time that the warning is for, by regimes where they change, and what it rests on."""
    mine = days[days["regime"] == regime] if regime in DEGREES else days
    said = [
        _("From %(start)s to %(end)s, local time.")
        % {
            "start": clock_text(days["time_start"].min(), zone),
            "end": clock_text(days["time_end"].max(), zone),
        }
    ]
    forecast = (days["mode"] == "forecast").any()
    said.append(
        _("The degree rests on a weather forecast and on readings made before it.")
        if forecast
        else _("The degree rests on observed weather and readings.")
    )
    if regime in DEGREES and len(mine) < len(days):
        run = (days["regime"] != days["regime"].shift(fill_value="")).astype(int).cumsum()
        for _number, part in days.groupby(run, sort=False):
            said.append(
                _("%(start)s to %(end)s: %(regime)s.")
                % {
                    "start": clock_text(part["time_start"].min(), zone),
                    "end": clock_text(part["time_end"].max(), zone),
                    "regime": regime_name(str(part["regime"].iloc[0]), _),
                }
            )
    return Section(_("When"), tuple(said))


def weather_section(days: pd.DataFrame, _: Translate) -> Section:
    """Combinations of weather that were found, and those that could not be judged."""
    words = complex_words(_)

    def codes(column: str) -> list[str]:
        found = [code for text in days[column].fillna("") for code in str(text).split(";") if code]
        return list(dict.fromkeys(found))

    held = codes("complexes")
    forecast = (days["mode"] == "forecast").any()
    said = []
    if held:
        what = "; ".join(words.get(code, code) for code in held)
        template = _("Expected: %(what)s.") if forecast else _("Observed: %(what)s.")
        said.append(template % {"what": what})
    else:
        said.append(_("No combination of weather that favours accumulation was found."))
    absent = [code for code in codes("not_evaluated") if code not in held]
    if absent:
        said.append(
            _("Not judged, the weather data say nothing of it: %(what)s.")
            % {"what": "; ".join(words.get(code, code) for code in absent)}
        )
    known, hours = int(days["hours_known"].sum()), int(days["hours"].sum())
    if known < hours:
        said.append(
            _("The weather is known for %(known)s of %(hours)s hours.") % {"known": known, "hours": hours}
        )
    return Section(_("Weather"), tuple(said))


def substances_section(
    days: pd.DataFrame,
    ratios: pd.DataFrame | None,
    stations: pd.DataFrame | None,
    zone: str,
    language: str,
    _: Translate,
) -> Section:
    """Substances over their single maximum limit, each at its worst post and hour."""
    heading = _("Substances")
    if ratios is None or ratios.empty:
        return Section(heading, (_("No readings were at hand; a degree cannot be given without them."),))
    first, last = days["time_start"].min() - LOOK_BACK, days["time_end"].max()
    mine = ratios[(ratios["time_start"] >= first) & (ratios["time_start"] < last)]
    if mine.empty:
        return Section(heading, (_("No readings of this time or of the day before it were at hand."),))
    worst = mine.sort_values(["ratio", "pollutant"], ascending=[False, True], kind="stable")
    worst = worst.drop_duplicates("pollutant")
    over = worst[worst["ratio"] > 1.0].head(SUBSTANCES)
    if over.empty:
        top = worst.iloc[0]
        return Section(
            heading,
            (
                _("No reading was over its single maximum limit; the largest was %(ratio)s of it (%(name)s).")
                % {
                    "ratio": format_number(top["ratio"], locale=language),
                    "name": pollutant_name(str(top["pollutant"]), language),
                },
            ),
        )
    names = {} if stations is None else names_of(stations, "station_id")
    rows = [(_("substance"), _("times the single maximum limit"), _("post"), _("local time"))]
    for row in over.itertuples():
        starred = " *" if bool(row.understates) else ""
        station = str(row.station_id)
        rows.append(
            (
                pollutant_name(str(row.pollutant), language),
                format_number(row.ratio, locale=language) + starred,
                names.get(station, station),
                clock_text(row.time_start, zone),
            )
        )
    said = (
        (_("* A mean over longer than the limit is for: it can only understate."),)
        if over["understates"].any()
        else ()
    )
    return Section(heading, said, tuple(rows))


def plants_section(
    regime: str,
    reductions: pd.DataFrame | None,
    facilities: pd.DataFrame | None,
    language: str,
    _: Translate,
) -> Section:
    """What is asked of enterprises at a degree: the range of the cut, and the largest rates."""
    heading = _("What is asked of enterprises")
    mine = None if reductions is None else reductions[reductions["regime"] == regime]
    if mine is None or mine.empty:
        return Section(heading, (_("No inventory of sources was at hand, so no plant is named."),))
    asked = mine.dropna(subset=["reduction_from"])
    if asked.empty:
        return Section(heading, (_("No rule names a range of reduction for this degree."),))

    def percent(share: float) -> str:
        return format_number(round(100.0 * share), digits=2, locale=language)

    low, high = asked["reduction_from"].min(), asked["reduction_to"].max()
    said = [
        _("Enterprises are asked to lower their emissions by %(low)s–%(high)s %% for this time.")
        % {"low": percent(low), "high": percent(high)}
    ]
    groups = asked.groupby(["facility_id", "pollutant"], sort=False, dropna=False).agg(
        rate=("rate_g_s", "sum"),
        after_from=("rate_after_from_g_s", "sum"),
        after_to=("rate_after_to_g_s", "sum"),
        covered=("covered", "max"),
    )
    groups = groups.reset_index().sort_values(
        ["rate", "facility_id", "pollutant"], ascending=[False, True, True], kind="stable"
    )
    names = {} if facilities is None else names_of(facilities, "facility_id")
    judged = bool(groups["covered"].notna().any())
    head = [_("plant"), _("substance"), _("rate, g s⁻¹"), _("rate asked for, g s⁻¹")]
    rows = [tuple(head + ([_("measures needed")] if judged else []))]
    for row in groups.head(PLANT_ROWS).to_dict("records"):
        plant = str(row["facility_id"])
        least, most = (format_number(row[key], locale=language) for key in ("after_to", "after_from"))
        cells = [
            names.get(plant, plant),
            str(row["pollutant"]),
            format_number(row["rate"], locale=language),
            most if most == least else f"{least}–{most}",
        ]
        if judged:
            cells.append("–" if pd.isna(row["covered"]) else _("yes") if row["covered"] else _("no"))
        rows.append(tuple(cells))
    if len(groups) > PLANT_ROWS:
        said.append(
            _("The %(shown)s largest of %(total)s rows; the table of sources holds all of them.")
            % {"shown": PLANT_ROWS, "total": len(groups)}
        )
    return Section(heading, tuple(said), tuple(rows))
