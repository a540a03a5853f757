"""Runs of decks: hour by hour, in blocks that fit into memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import InputError
from sootprint.dispersion.decks.ambient import background_series, ozone_series
from sootprint.dispersion.decks.averages import Mean, RunningMean, endings
from sootprint.dispersion.decks.calendar import Hours, hours_in_run, hours_of
from sootprint.dispersion.decks.deck import POLYGON_KINDS, Deck, DeckError, Fault, Source, Unsupported
from sootprint.dispersion.decks.emissions import emission_rates
from sootprint.dispersion.decks.engine import BlockWeather, Engine, LayeredEngine, Physics
from sootprint.dispersion.decks.geometry import polygon_area
from sootprint.dispersion.decks.series import HourlyEmissions, read_hourly_emissions
from sootprint.dispersion.nitrogen import no2_by_arm2, no2_by_olm

BLOCK_NUMBERS = 4_000_000
"""Numbers of the operator in one block, 32 MB of them."""

SERVED = "served"
HOURLY = "1-HR"

Progress = Callable[[int, int], None]
"""Told the hours that are done, and all of them."""


@dataclass(frozen=True)
class Block:
    """Some hours of a run.

    ``first`` is the index of the first hour; ``values`` [µg m⁻³] has shape (hour, group, receptor), NaN in
    hours that are not served; ``means`` are those that became complete.
    """

    first: int
    values: NDArray[np.float64]
    means: tuple[Mean, ...]


@dataclass(frozen=True)
class DeckRun:
    """A deck made ready to run.

    Attributes
    ----------
    deck : Deck
        The deck.
    sources : array of int
        Indices of the sources that are run.
    groups : tuple of (str, array of int, bool)
        Name, positions in ``sources``, background, of each group that has a source that is run.
    hours : Hours
        Hours of the run in local standard time.
    reasons : array of str, shape (hour,)
        ``served``, or why an hour has no result: calm, missing wind, variable direction, …
    remarks : tuple of str
        What a reader of the results should know.
    """

    deck: Deck
    sources: NDArray[np.intp]
    groups: tuple[tuple[str, NDArray[np.intp], bool], ...]
    hours: Hours
    reasons: NDArray[np.str_]
    remarks: tuple[str, ...]
    table: pd.DataFrame
    profiles: pd.DataFrame
    header_words: tuple[str, ...]
    background: NDArray[np.float64]
    ozone: NDArray[np.float64]
    hourly: HourlyEmissions | None
    engine: Engine

    def blocks(self, averages: Sequence[str] = (), progress: Progress | None = None) -> Iterator[Block]:
        """Results in the order of time.

        Parameters
        ----------
        averages : sequence of str
            Means to be given besides, as ``24-HR`` or ``PERIOD``.
        progress : callable, optional
            Told after each block how many hours are done.
        """
        shape = (len(self.groups), len(self.deck.receptors))
        running = [RunningMean(name, shape) for name in averages if name != HOURLY]
        ends = [endings(item.average, self.hours) for item in running]
        size = block_hours(len(self.deck.receptors), len(self.sources))
        count = len(self.reasons)
        for first in range(0, count, size):
            rows = slice(first, min(first + size, count))
            values = self._values(rows)
            means = []
            for offset, hour in enumerate(values):
                index = first + offset
                for item, end in zip(running, ends, strict=True):
                    item.add(hour, index, self.reasons[index] == SERVED)
                    if end[index]:
                        means.append(item.take(index))
            yield Block(first, values, tuple(means))
            if progress is not None:
                progress(rows.stop, count)

    def _values(self, rows: slice) -> NDArray[np.float64]:
        """Concentration of each group [µg m⁻³], shape (hour, group, receptor)."""
        receptors = len(self.deck.receptors)
        made = np.full((rows.stop - rows.start, len(self.groups), receptors), np.nan)
        rates = emission_rates(self.deck, self.hours.part(rows), self.hourly)
        emission = rates.rate[:, self.sources] * _areas(self.deck, self.sources)
        emission = emission * self.deck.emission_factor
        served = self.reasons[rows] == SERVED
        chunk = max(1, BLOCK_NUMBERS // max(1, len(self.sources) * len(made)))
        for start in range(0, receptors, chunk):
            part = slice(start, min(start + chunk, receptors))
            operator = self.engine.operator(self.deck, self.sources, self._weather(rows), rates, part)
            sources = operator * emission[:, np.newaxis, :]
            sources = self._nitrogen(sources, self.ozone[rows])
            for number, (_, members, background) in enumerate(self.groups):
                total = sources[:, :, members].sum(axis=2)
                if background:
                    total = total + self.background[rows, np.newaxis]
                made[:, number, part] = np.where(served[:, np.newaxis], total, np.nan)
        return made

    def _nitrogen(self, nox: NDArray[np.float64], ozone: NDArray[np.float64]) -> NDArray[np.float64]:
        options = self.deck.nitrogen
        if options.method == "arm2":
            return no2_by_arm2(nox, smallest=options.smallest, largest=options.largest)
        if options.method == "olm":
            place = {int(index): position for position, index in enumerate(self.sources)}
            groups = [
                np.array([place[int(index)] for index in members if int(index) in place], dtype=np.intp)
                for members in options.groups
            ]
            in_stack = np.array([self.deck.sources[index].no2_ratio for index in self.sources])
            return no2_by_olm(
                nox,
                in_stack,
                np.broadcast_to(ozone[:, np.newaxis], nox.shape[:2]),
                equilibrium=options.equilibrium,
                groups=[members for members in groups if len(members)],
            )
        return nox

    def _weather(self, rows: slice) -> BlockWeather:
        table = self.table.iloc[rows].reset_index(drop=True)
        times = self.profiles["time_start"].to_numpy("datetime64[us]")
        limits = table["time_start"].to_numpy("datetime64[us]")[[0, -1]]
        first, last = np.searchsorted(times, limits[0]), np.searchsorted(times, limits[1], side="right")
        return BlockWeather(table, self.profiles.iloc[first:last], self.header_words)


def block_hours(receptors: int, sources: int) -> int:
    """Number of hours whose operator fits into a block."""
    return max(1, min(24 * 31, BLOCK_NUMBERS // max(1, receptors * sources)))


def _areas(deck: Deck, sources: NDArray[np.intp]) -> NDArray[np.float64]:
    """Area over which the rate of each source holds [m²]; 1 where the rate is that of the whole source."""
    chosen = [deck.sources[index] for index in sources]
    return np.array([polygon_area(s.vertices) if s.kind in POLYGON_KINDS else 1.0 for s in chosen])


def run_deck(
    deck: Deck,
    *,
    sources: Sequence[str] | None = None,
    kinds: Sequence[str] | None = None,
    threads: int = 1,
    device: str = "cpu",
    physics: Physics = "aermod",
    engine: Engine | None = None,
) -> DeckRun:
    """Run of a deck, with its weather, emissions, background and ozone read.

    Parameters
    ----------
    deck : Deck
        The deck.
    sources, kinds : sequence of str, optional
        Names or kinds of the sources to run; by default all.
    threads : int
        Threads of the engine; the results do not depend on it.
    device : {"cpu", "cuda"}
        Where stacks and volumes are worked out.
    physics : {"aermod", "improved"}
        That of AERMOD, or with published improvements.
    engine : Engine, optional
        What computes the operator, by default :class:`LayeredEngine` with ``threads`` and ``physics``.

    Returns
    -------
    DeckRun
        Ready to give its hours by :meth:`DeckRun.blocks`.

    Raises
    ------
    DeckError
        If a source is to be run that is not computed here: each is named with its line.
    InputError
        If a name, kind or the physics is not known, or a file is faulty.
    """
    if physics not in get_args(Physics):
        raise InputError(f"physics {physics!r}", rule=f"one of: {', '.join(get_args(Physics))}")
    engine = engine or LayeredEngine(threads, physics, device)
    chosen = _chosen(deck, sources, kinds)
    _refuse(deck, chosen, engine)
    table, profiles, words, remarks = _read_weather(deck)
    hours = hours_of(table)
    inside = hours_in_run(hours, deck.weather)
    if not inside.any():
        raise InputError(
            "no hour of the surface file is in the run",
            where=deck.weather.surface.name,
            cure="see ME STARTEND and DAYRANGE",
        )
    table = table.loc[inside].reset_index(drop=True)
    hours = hours_of(table, rotation_deg=deck.weather.wind_rotation_deg)
    groups, group_remarks = _groups(deck, chosen)
    any_hourly = any(deck.sources[index].hourly for index in chosen)
    hourly = read_hourly_emissions(deck) if any_hourly else None
    if hourly is not None and hourly.blanks:
        remarks.append(f"{hourly.blanks} hourly emissions are stated as missing: no emission is taken")
    return DeckRun(
        deck=deck,
        sources=chosen,
        groups=groups,
        hours=hours,
        reasons=engine.reasons(table),
        remarks=(*deck.remarks, *remarks, *group_remarks),
        table=table,
        profiles=profiles,
        header_words=words,
        background=background_series(deck, hours),
        ozone=ozone_series(deck, hours),
        hourly=hourly,
        engine=engine,
    )


def _chosen(deck: Deck, names: Sequence[str] | None, kinds: Sequence[str] | None) -> NDArray[np.intp]:
    wanted = {name.upper() for name in names} if names else None
    shown = {kind.upper() for kind in kinds} if kinds else None
    known = deck.source_index()
    missing = sorted((wanted or set()) - known.keys())
    if missing:
        raise InputError(f"no source {', '.join(missing)}", cure=f"some of {', '.join(list(known)[:20])}")
    there = {source.kind for source in deck.sources}
    if (shown or set()) - there:
        absent = ", ".join(sorted((shown or set()) - there))
        raise InputError(f"no source of kind {absent}", cure=f"some of {', '.join(sorted(there))}")
    return np.array(
        [
            index
            for index, source in enumerate(deck.sources)
            if (wanted is None or source.source_id in wanted) and (shown is None or source.kind in shown)
        ],
        dtype=np.intp,
    )


def uncomputed_sources(deck: Deck, engine: Engine | None = None) -> dict[str, str]:
    """Sources of a deck that an engine, by default that of :func:`run_deck`, does not compute, with why."""
    chosen = engine or LayeredEngine()
    asked = _asked(deck)
    faults = {source.source_id: _faults(source, chosen, asked, "") for source in deck.sources}
    return {name: "; ".join(fault.what for fault in found) for name, found in faults.items() if found}


def _asked(deck: Deck) -> dict[str, list[Unsupported]]:
    made: dict[str, list[Unsupported]] = {}
    for item in deck.unsupported:
        made.setdefault(item.source_id, []).append(item)
    return made


def _faults(source: Source, engine: Engine, asked: dict[str, list[Unsupported]], cure: str) -> list[Fault]:
    """Why a source is not computed."""
    name = source.source_id
    made = []
    if source.kind not in engine.kinds:
        what = f"{name}: sources of kind {source.kind} are not computed"
        made.append(Fault(what, source.where, "", cure))
    elif source.kind == "BUOYLINE" and source.hourly:
        what = f"{name}: buoyancy of lines from hour to hour is not computed"
        made.append(Fault(what, source.where, "", cure))
    if source.buildings is not None and not engine.downwash:
        made.append(Fault(f"{name}: the wake of a building is not computed", source.where, "", cure))
    for item in asked.get(name, []):
        made.append(Fault(f"{name}: {item.what} is not computed", item.where, "", item.cure))
    return made


def _refuse(deck: Deck, chosen: NDArray[np.intp], engine: Engine) -> None:
    """Refuse sources that are not computed, all of them at once."""
    kinds = sorted({deck.sources[index].kind for index in chosen} & engine.kinds)
    cure = f"run the others with --types {','.join(kinds)}" if kinds else "take them out"
    asked = _asked(deck)
    faults = [fault for index in chosen for fault in _faults(deck.sources[index], engine, asked, cure)]
    if not deck.urban_transition and any(deck.sources[index].urban_area >= 0 for index in chosen):
        faults.append(Fault("NOURBTRAN is not computed", deck.path.name, "", "take it out of MODELOPT"))
    if faults:
        raise DeckError(tuple(faults), deck.path.name)


def _groups(
    deck: Deck, chosen: NDArray[np.intp]
) -> tuple[tuple[tuple[str, NDArray[np.intp], bool], ...], list[str]]:
    """Groups as far as their sources are run, and what to say of those that are not whole."""
    position = {int(index): place for place, index in enumerate(chosen)}
    made, remarks, absent = [], [], []
    for group in deck.groups:
        members = [position[int(index)] for index in group.sources if int(index) in position]
        if not members and len(group.sources):
            absent.append(group.name)
            continue
        if len(members) < len(group.sources):
            remarks.append(f"the group {group.name} holds {len(members)} of its {len(group.sources)} sources")
        made.append((group.name, np.array(members, dtype=np.intp), group.background))
    if absent:
        remarks.append(f"groups of which no source is run are left out: {', '.join(absent)}")
    if deck.nitrogen.method and len(chosen) < len(deck.sources):
        remarks.append("NO₂ is made of the NOₓ of the sources that are run")
    if not made:
        raise InputError("no group holds a source that is run", cure="choose other sources")
    return tuple(made), remarks


def _read_weather(deck: Deck) -> tuple[pd.DataFrame, pd.DataFrame, tuple[str, ...], list[str]]:
    """Tables of the surface and profile file in local standard time, words of the header, remarks."""
    from sootprint.weather import read_pfl, read_sfc

    surface = read_sfc(deck.weather.surface, utc_offset_h=0.0)
    profile = read_pfl(deck.weather.profile, utc_offset_h=0.0)
    remarks = []
    for file, path in ((surface, deck.weather.surface), (profile, deck.weather.profile)):
        for code, count in file.findings["code"].value_counts().items():
            remarks.append(f"{path.name}: {count} findings {code}")
    table = surface.table.sort_values("time_start", kind="stable").reset_index(drop=True)
    profiles = profile.table.sort_values(["time_start", "height_m"], kind="stable").reset_index(drop=True)
    return table, profiles, surface.header.options, remarks
