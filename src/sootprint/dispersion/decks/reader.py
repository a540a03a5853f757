"""A deck as a file, read into a :class:`Deck`."""

from __future__ import annotations

from pathlib import Path

from sootprint.core.errors import InputError
from sootprint.dispersion.decks.control import CONTROL, finish_urban_areas
from sootprint.dispersion.decks.deck import Deck, WeatherInput
from sootprint.dispersion.decks.draft import Draft, Handler, fault
from sootprint.dispersion.decks.faults import FaultList
from sootprint.dispersion.decks.finish import (
    finish_buoyant,
    finish_groups,
    finish_nitrogen,
    finish_sectors,
    finish_sources,
)
from sootprint.dispersion.decks.lines import PATHWAYS, Record, read_records
from sootprint.dispersion.decks.receptors import RECEPTORS, finish_receptors
from sootprint.dispersion.decks.sources import SOURCES_AT_ONCE, SOURCES_LATER
from sootprint.dispersion.decks.weather import OUTPUTS, WEATHER

HANDLERS: dict[str, dict[str, Handler]] = {
    "CO": CONTROL,
    "SO": SOURCES_AT_ONCE | SOURCES_LATER,
    "RE": RECEPTORS,
    "ME": WEATHER,
    "OU": OUTPUTS,
}
"""Handlers of all keywords by pathway."""

FRAME = ("STARTING", "FINISHED", "INCLUDED")

KEYWORDS = frozenset(FRAME).union(*(handlers for handlers in HANDLERS.values()))
"""All known keywords."""

SHORT_TITLE = 200


def read_deck(path: str | Path) -> Deck:
    """Deck of AERMOD, read with all files that it includes.

    Weather, hourly emissions, background and ozone are named, not read yet.

    Parameters
    ----------
    path : str or Path
        The deck (``.inp``). Paths in it are relative to the folder of the file that names them.

    Returns
    -------
    Deck
        What can be computed, with ``unsupported`` (sources that are read but not computed), ``ignored``
        (keywords that change no concentration) and ``remarks``.

    Raises
    ------
    DeckError
        With every fault that was found: an unknown or unsupported keyword or option, a value that is
        missing or out of bounds, a name that is not there; each with its file, line, rule and cure.
    InputError
        If a file cannot be read at all.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"no file {path}", cure="check the path of the deck")
    faults = FaultList(path.name)
    draft = Draft(path, faults)
    records = read_records(path, KEYWORDS, faults)
    _follow(draft, [record for record in records if record.pathway in ("CO", "SO")])
    _join_sources(draft)
    finish_urban_areas(draft)
    for record in draft.later:
        SOURCES_LATER[record.keyword](draft, record)
    _follow(draft, [record for record in records if record.pathway in ("RE", "ME", "OU")])
    _check_frame(draft, records)
    deck = _finish(draft)
    faults.stop_if_any()
    return deck


def _join_sources(draft: Draft) -> None:
    draft.source_list = list(draft.sources.values())
    draft.source_places = {name: index for index, name in enumerate(draft.sources)}


def _follow(draft: Draft, records: list[Record]) -> None:
    """Let the handler of each record act; those that name sources wait until all are known."""
    for record in records:
        if record.keyword in FRAME:
            continue
        handler = HANDLERS[record.pathway].get(record.keyword)
        if handler is None:
            home = " or ".join(name for name, handlers in HANDLERS.items() if record.keyword in handlers)
            fault(draft, record, f"no keyword of {record.pathway}", rule=f"it belongs to {home}")
        elif record.pathway == "SO" and record.keyword in SOURCES_LATER:
            draft.later.append(record)
        else:
            handler(draft, record)


def _check_frame(draft: Draft, records: list[Record]) -> None:
    for pathway in PATHWAYS:
        for keyword in ("STARTING", "FINISHED"):
            count = sum(1 for r in records if r.pathway == pathway and r.keyword == keyword)
            if count != 1:
                told = "is missing" if not count else f"is there {count} times"
                draft.faults.add(f"{pathway} {keyword} {told}", draft.path.name, rule="once in a deck")
    if not draft.pollutant:
        draft.faults.add("the deck names no pollutant", draft.path.name, cure="add CO POLLUTID")
    if "MODELOPT" not in {record.keyword for record in records}:
        draft.faults.add("the deck states no options", draft.path.name, cure="add CO MODELOPT")
    for keyword, value in (
        ("SURFFILE", draft.surface),
        ("PROFFILE", draft.profile),
        ("PROFBASE", draft.base_elevation_m),
    ):
        if value is None and keyword not in {record.keyword for record in records}:
            draft.faults.add(f"ME {keyword} is missing", draft.path.name, cure="add it")


def _finish(draft: Draft) -> Deck:
    sources = finish_sources(draft)
    return Deck(
        path=draft.path,
        title=" / ".join(draft.titles)[:SHORT_TITLE],
        pollutant=draft.pollutant,
        averages=draft.averages,
        flat=not draft.terrain,
        stack_tip_downwash="NOSTD" not in draft.options,
        default_options=draft.default_options,
        check_dates="NOCHKD" not in draft.options and "WARNCHKD" not in draft.options,
        decay_per_s=draft.decay_per_s,
        decay_stated=draft.decay_stated,
        urban_areas=tuple(draft.urban_areas),
        urban_transition="NOURBTRAN" not in draft.options,
        nitrogen=finish_nitrogen(draft, sources),
        sources=sources,
        groups=finish_groups(draft),
        buoyant_groups=finish_buoyant(draft),
        emission_factor=draft.emission_factor,
        hourly_emissions=tuple(draft.hourly_emissions.values()),
        background=finish_sectors(draft, draft.background, "BACKGRND", "UG/M3"),
        ozone=finish_sectors(draft, draft.ozone, "ozone", "PPB"),
        receptors=finish_receptors(draft),
        weather=WeatherInput(
            surface=draft.surface or draft.path,
            profile=draft.profile or draft.path,
            base_elevation_m=draft.base_elevation_m or 0.0,
            start=draft.start,
            end=draft.end,
            days=frozenset(draft.days),
            wind_rotation_deg=draft.wind_rotation_deg,
            speed_limits=draft.speed_limits,
        ),
        outputs=tuple(draft.outputs),
        unsupported=tuple(draft.unsupported),
        ignored=tuple(draft.ignored),
        remarks=tuple(draft.remarks),
    )
