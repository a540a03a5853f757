"""Keywords of the weather pathway (ME) and of the output pathway (OU)."""

from __future__ import annotations

import calendar

from sootprint.dispersion.decks.deck import Output
from sootprint.dispersion.decks.draft import FOOT, Draft, Handler, fault, ignore, numbers_of, refuse
from sootprint.dispersion.decks.lines import Record, find_file
from sootprint.dispersion.decks.numbers import full_year, integer, number

FIRST_HOUR, LAST_HOUR = 1, 24

OUTPUT_FIELDS = {"POSTFILE": 4, "PLOTFILE": 4}


def _surface(draft: Draft, record: Record) -> None:
    if not record.fields:
        fault(draft, record, "no file", cure="name the surface file")
        return
    draft.surface = find_file(record.fields[0], record.file.parent, record.where, draft.faults)


def _profile(draft: Draft, record: Record) -> None:
    if not record.fields:
        fault(draft, record, "no file", cure="name the profile file")
        return
    draft.profile = find_file(record.fields[0], record.file.parent, record.where, draft.faults)


def _base_elevation(draft: Draft, record: Record) -> None:
    values = numbers_of(draft, record, record.fields[:1], 1, 1, "base elevation of the profile [m]")
    unit = record.words[1] if len(record.words) > 1 else "METERS"
    if unit not in ("METERS", "FEET"):
        fault(draft, record, f"unit {unit!r}", rule="METERS or FEET")
    if values is not None:
        draft.base_elevation_m = values[0] * (FOOT if unit == "FEET" else 1.0)


def _period(draft: Draft, record: Record) -> None:
    values = numbers_of(draft, record, record.fields, 6, 8, "first and last year, month, day and maybe hour")
    if values is None:
        return
    if len(values) == 7:
        fault(draft, record, "7 values", rule="hours for both ends or for none")
        return
    parts = [int(value) for value in values]
    if len(parts) == 6:
        parts = [*parts[:3], FIRST_HOUR, *parts[3:], LAST_HOUR]
    ends = []
    for year, month, day, hour in (parts[:4], parts[4:]):
        year = full_year(year)
        known = 1 <= month <= 12 and 1 <= year <= 9999
        if not known or not 1 <= day <= calendar.monthrange(year, month)[1] or not 1 <= hour <= 24:
            fault(draft, record, f"no such hour: {year} {month} {day} {hour}", rule="year month day hour")
            return
        ends.append((year, month, day, hour))
    if ends[1] < ends[0]:
        fault(draft, record, "the end is before the start", cure="exchange them")
    draft.start, draft.end = ends


def _days(draft: Draft, record: Record) -> None:
    for text in record.fields:
        first, dash, last = text.partition("-")
        one, two = _day(first), _day(last if dash else first)
        if one is None or two is None or (one[0] == 0) != (two[0] == 0) or two < one:
            fault(draft, record, f"days {text!r}", rule="day of the year, month/day, or first-last of them")
            continue
        if one[0] == 0:
            draft.days |= {(0, day) for day in range(one[1], two[1] + 1)}
        else:
            every = [(m, d) for m in range(1, 13) for d in range(1, calendar.monthrange(2000, m)[1] + 1)]
            draft.days |= {item for item in every if one <= item <= two}


def _day(text: str) -> tuple[int, int] | None:
    month, slash, day = text.partition("/")
    if slash:
        a, b = integer(month), integer(day)
        good = a is not None and b is not None and 1 <= a <= 12 and 1 <= b <= calendar.monthrange(2000, a)[1]
        return (a, b) if good and a is not None and b is not None else None
    julian = integer(text)
    return (0, julian) if julian is not None and 1 <= julian <= 366 else None


def _rotation(draft: Draft, record: Record) -> None:
    values = numbers_of(draft, record, record.fields, 1, 1, "angle taken off the wind direction [degree]")
    if values is not None:
        draft.wind_rotation_deg = values[0]


def _speed_classes(draft: Draft, record: Record) -> None:
    values = numbers_of(
        draft, record, record.fields, 5, 5, "upper limits of five classes of wind speed [m/s]"
    )
    if values is None:
        return
    if list(values) != sorted(set(values)) or not 1 <= values[0] <= values[-1] <= 20:
        fault(draft, record, "limits out of order", rule="ascending, 1 to 20 [m/s]")
        return
    draft.speed_limits = values


def _output(draft: Draft, record: Record) -> None:
    """File of results: average, group and name are kept, since they say what a reader expects."""
    words = record.words
    if len(words) >= 3 and record.keyword in OUTPUT_FIELDS:
        hours = number(words[0])
        average = f"{int(hours)}-HR" if hours is not None else words[0]
        path = record.fields[3] if len(record.fields) > 3 else record.fields[2]
        draft.outputs.append(Output(record.keyword, words[1], average, path))
    _ignore_output(draft, record)


_ignore_output = ignore("results are given hour by hour instead, and as means with --averages")

WEATHER: dict[str, Handler] = {
    "SURFFILE": _surface,
    "PROFFILE": _profile,
    "PROFBASE": _base_elevation,
    "STARTEND": _period,
    "DAYRANGE": _days,
    "WDROTATE": _rotation,
    "WINDCATS": _speed_classes,
    "SURFDATA": ignore("names the station; its place stands in the surface file"),
    "UAIRDATA": ignore("names the station; its place stands in the surface file"),
    "SITEDATA": ignore("names the station; its place stands in the surface file"),
    "NUMYEARS": ignore("sizes an output"),
    "SCIMBYHR": refuse("sampled meteorology (SCIM)", "take SCIM and SCIMBYHR out"),
}
"""Handlers of the keywords of ME."""

OUTPUTS: dict[str, Handler] = {
    "POSTFILE": _output,
    "PLOTFILE": _output,
} | dict.fromkeys(
    (
        "RECTABLE",
        "MAXTABLE",
        "DAYTABLE",
        "SUMMFILE",
        "MAXIFILE",
        "TOXXFILE",
        "SEASONHR",
        "EVENTOUT",
        "RANKFILE",
        "EVALFILE",
        "FILEFORM",
        "MAXDAILY",
        "MXDYBYYR",
        "MAXDCONT",
        "NOHEADER",
    ),
    _ignore_output,
)
"""Handlers of the keywords of OU: results are not written as the deck says, so none changes a number."""
