"""Warning of adverse weather: one page for the akimat, the enterprises and the residents of a city."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from sootprint.core.pollutants import pollutant_table
from sootprint.core.timeaxis import to_local
from sootprint.report.languages import Translate, translator
from sootprint.report.numbers import format_number

DEGREES = ("I", "II", "III")
COLOURS = {"III": "red", "II": "orange", "I": "yellow", "unknown": "grey"}
"""Colour of the line for residents by regime; green for all others. Our choice: no text states one."""

SUBSTANCES = 5
"""Substances that are named: those with the largest ratio."""

PLANT_ROWS = 8
"""Rows of the table of plants that fit the page; the table ``nmu_reductions`` holds all sources."""

NAME_LENGTH = 60
"""Longest name of a plant or post that a cell shows [characters]."""

LOOK_BACK = pd.Timedelta(hours=24)
"""Readings before the warning that are named beside those within it."""


@dataclass(frozen=True)
class Section:
    """Heading, sentences, and a table of texts whose first row is its heading."""

    heading: str
    sentences: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class NmuWarning:
    """A warning in one language, ready to be printed.

    Attributes
    ----------
    regime : str
        Highest regime of the half days it is for.
    colour, colour_name : str
        Colour of the line for residents, and its name in the language.
    residents : str
        The one sentence for residents.
    sections : tuple of Section
        Time, weather, substances, enterprises.
    footnotes : tuple of str
        What is unverified or assumed, and what the text is not.
    """

    language: str
    regime: str
    title: str
    place: str
    colour: str
    colour_name: str
    residents: str
    sections: tuple[Section, ...]
    footnotes: tuple[str, ...]


def nmu_warning(
    days: pd.DataFrame,
    *,
    place: str,
    zone: str,
    language: str = "en",
    ratios: pd.DataFrame | None = None,
    reductions: pd.DataFrame | None = None,
    facilities: pd.DataFrame | None = None,
    stations: pd.DataFrame | None = None,
    synthetic: bool = False,
) -> NmuWarning:
    """Warning of the half days of a table ``nmu_days``.

    Parameters
    ----------
    days : DataFrame
        Rows of table ``nmu_days`` that the warning is for, one or more half days.
    place : str
        Name of the city.
    zone : str
        IANA zone of the clock times.
    language : {"en", "ru", "kk"}
        Language.
    ratios : DataFrame, optional
        Readings over their limits; see `sootprint.action.limit_ratios`.
    reductions : DataFrame, optional
        Table ``nmu_reductions``.
    facilities, stations : DataFrame, optional
        Tables of those names, for their names.
    synthetic : bool
        Whether the city is made up, which the page then says.

    Raises
    ------
    ConfigError
        If there is no catalogue for the language.
    """
    _ = translator(language)
    regime = _highest(days["regime"])
    title = _title(regime, _)
    sections = [
        _time_section(days, regime, zone, _),
        _weather_section(days, _),
        _substances_section(days, ratios, stations, zone, language, _),
    ]
    if regime in DEGREES:
        sections.append(_plants_section(regime, reductions, facilities, language, _))
    colour = COLOURS.get(regime, "green")
    return NmuWarning(
        language=language,
        regime=regime,
        title=title,
        place=place,
        colour=colour,
        colour_name=_colour_names(_)[colour],
        residents=_residents(regime, _),
        sections=tuple(section for section in sections if section.sentences or section.table),
        footnotes=tuple(_footnotes(days, regime, ratios, reductions, synthetic, _)),
    )


def _highest(regimes: pd.Series) -> str:
    order = ("none", "unknown", "without_degree", *DEGREES)
    return max((str(value) for value in regimes), key=order.index, default="unknown")


def _title(regime: str, _: Translate) -> str:
    return {
        "I": _("Adverse weather conditions: warning of the first degree"),
        "II": _("Adverse weather conditions: warning of the second degree"),
        "III": _("Adverse weather conditions: warning of the third degree"),
        "without_degree": _("Adverse weather conditions without a degree"),
        "unknown": _("Adverse weather conditions: not known for want of data"),
    }.get(regime, _("No warning of adverse weather conditions of the 1st, 2nd or 3rd degree"))


def _residents(regime: str, _: Translate) -> str:
    return {
        "I": _("Spend less time outdoors near roads and plants; keep needed medicine with you."),
        "II": _(
            "Spend as little time outdoors as you can and keep the windows shut; people with lung, heart or "
            "allergic illness should keep their medicine with them."
        ),
        "III": _(
            "Stay indoors with the windows shut if you can; people with lung, heart or allergic illness "
            "should keep their medicine with them and call a doctor if they feel worse."
        ),
        "without_degree": _(
            "The air may be renewed slowly; sensitive people may wish to stay away from busy roads."
        ),
        "unknown": _("The data do not allow a statement; follow the notices of the weather service."),
    }.get(regime, _("No restrictions on account of the weather are expected."))


def _colour_names(_: Translate) -> dict[str, str]:
    return {
        "green": _("green"),
        "yellow": _("yellow"),
        "orange": _("orange"),
        "red": _("red"),
        "grey": _("grey"),
    }


def _clock(time_utc: Any, zone: str) -> str:
    return to_local(pd.Series([pd.Timestamp(time_utc)]), zone).iloc[0].strftime("%Y-%m-%d %H:%M")


def _time_section(days: pd.DataFrame, regime: str, zone: str, _: Translate) -> Section:
    mine = days[days["regime"] == regime] if regime in DEGREES else days
    said = [
        _("From %(start)s to %(end)s, local time.")
        % {"start": _clock(days["time_start"].min(), zone), "end": _clock(days["time_end"].max(), zone)}
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
                    "start": _clock(part["time_start"].min(), zone),
                    "end": _clock(part["time_end"].max(), zone),
                    "regime": _regime_name(str(part["regime"].iloc[0]), _),
                }
            )
    return Section(_("When"), tuple(said))


def _regime_name(regime: str, _: Translate) -> str:
    return {
        "I": _("first degree"),
        "II": _("second degree"),
        "III": _("third degree"),
        "without_degree": _("without a degree"),
        "none": _("none"),
        "unknown": _("not known"),
    }[regime]


def _complex_words(_: Translate) -> dict[str, str]:
    return {
        "stagnant_air": _("light wind that has not renewed the air for half a day or longer"),
        "poor_ventilation": _("poor ventilation of the lower air in a light wind"),
        "still_under_inversion": _("calm under an inversion at the ground"),
        "low_lid": _("an inversion low above the stacks in a light wind"),
        "fog": _("fog in a light wind, as far as humidity shows it"),
    }


def _weather_section(days: pd.DataFrame, _: Translate) -> Section:
    words = _complex_words(_)

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


def _substances_section(
    days: pd.DataFrame,
    ratios: pd.DataFrame | None,
    stations: pd.DataFrame | None,
    zone: str,
    language: str,
    _: Translate,
) -> Section:
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
                    "name": _pollutant(str(top["pollutant"]), language),
                },
            ),
        )
    names = _station_names(stations)
    rows = [(_("substance"), _("times the single maximum limit"), _("post"), _("local time"))]
    for row in over.itertuples():
        starred = " *" if bool(row.understates) else ""
        station = str(row.station_id)
        rows.append(
            (
                _pollutant(str(row.pollutant), language),
                format_number(row.ratio, locale=language) + starred,
                names.get(station, station),
                _clock(row.time_start, zone),
            )
        )
    said = (
        (_("* A mean over longer than the limit is for: it can only understate."),)
        if over["understates"].any()
        else ()
    )
    return Section(heading, said, tuple(rows))


def _plants_section(
    regime: str,
    reductions: pd.DataFrame | None,
    facilities: pd.DataFrame | None,
    language: str,
    _: Translate,
) -> Section:
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
    names = {} if facilities is None else _names(facilities, "facility_id")
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


def _footnotes(
    days: pd.DataFrame,
    regime: str,
    ratios: pd.DataFrame | None,
    reductions: pd.DataFrame | None,
    synthetic: bool,
    _: Translate,
) -> list[str]:
    said = []
    if synthetic:
        said.append(_("SYNTHETIC CITY: a made-up exercise, not a warning for any real place."))
    said.append(
        _("Made by a program from the data of the case; it is no official warning of the weather service.")
    )
    marks = {mark for text in days["marks"].fillna("") for mark in str(text).split(";") if mark}
    if "R" in marks:
        said.append(_("Unverified: rules of the degree were not checked against the legal text."))
    if "A" in marks:
        said.append(_("Assumed: some thresholds of the rules are ours (light wind, fog, persistence)."))
    if ratios is not None and len(ratios):
        open_marks = sorted(set(ratios["mark"].astype(str)) - {"verified"})
        if open_marks:
            said.append(_("Unverified: some of the limits were not checked against the legal text."))
    if regime in DEGREES and reductions is not None and len(reductions):
        mine = reductions[reductions["regime"] == regime]
        for row in mine.dropna(subset=["source"]).drop_duplicates("source").itertuples():
            said.append(
                _("Range of reduction: %(source)s; how it was checked: %(mark)s.")
                % {"source": _document(str(row.source), _), "mark": _mark(str(row.mark), _)}
            )
        bases = ", ".join(sorted({_basis(str(basis), _) for basis in mine["basis"]}))
        said.append(_("The cut is taken of this kind of rate: %(bases)s.") % {"bases": bases})
        judged = mine.dropna(subset=["covered", "criterion_source"])
        for row in judged.drop_duplicates("criterion_source").itertuples():
            said.append(
                _("Measures needed: criterion of %(source)s; how it was checked: %(mark)s.")
                % {
                    "source": _document(str(row.criterion_source), _),
                    "mark": _mark(str(row.criterion_mark), _),
                }
            )
    said.append(_("The colour is our choice; no legal text sets one."))
    return said


def _document(source: str, _: Translate) -> str:
    """Translated name of a document of the package's own rules; others as they are written."""
    return {
        "RD 52.04.52-85 (regulation of emissions under adverse meteorological conditions)": _(
            "RD 52.04.52-85 (regulation of emissions under adverse meteorological conditions)"
        ),
        "Order of the Ministry of Natural Resources of Russia No. 811 of 28 November 2019": _(
            "Order of the Ministry of Natural Resources of Russia No. 811 of 28 November 2019"
        ),
    }.get(source, source)


def _mark(mark: str, _: Translate) -> str:
    return {
        "verified": _("verified"),
        "secondary": _("secondary source"),
        "unverified": _("unverified"),
        "assumed": _("assumed"),
    }.get(mark, mark)


def _basis(basis: str, _: Translate) -> str:
    return {
        "declared": _("declared"),
        "permitted": _("permitted"),
        "measured": _("measured"),
        "assumed": _("assumed"),
    }.get(basis, basis)


def _pollutant(identifier: str, language: str) -> str:
    known = pollutant_table()
    if identifier not in known.index:
        return identifier
    name = str(known.loc[identifier, f"name_{language}"] or known.loc[identifier, "name_en"])
    return name if name.casefold() == identifier.casefold() else f"{name} ({identifier})"


def _station_names(stations: pd.DataFrame | None) -> dict[str, str]:
    return {} if stations is None else _names(stations, "station_id")


def _names(table: pd.DataFrame, key: str) -> dict[str, str]:
    made = {}
    for row in table.to_dict("records"):
        name = row.get("name")
        plain = "".join(sign if sign.isprintable() else " " for sign in str(name)).strip()
        if name is not None and not pd.isna(name) and plain:
            made[str(row[key])] = plain if len(plain) <= NAME_LENGTH else plain[: NAME_LENGTH - 1] + "…"
    return made
