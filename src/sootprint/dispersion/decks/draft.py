"""A deck while it is read: what its records have said so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sootprint.dispersion.decks.deck import (
    HourlyFile,
    Ignored,
    Output,
    Unsupported,
    UrbanArea,
    Variation,
)
from sootprint.dispersion.decks.faults import FaultList
from sootprint.dispersion.decks.lines import Record
from sootprint.dispersion.decks.numbers import number, repeated

FOOT = 0.3048
"""International foot [m]."""


@dataclass
class SourceDraft:
    """A source of which LOCATION was read and other keywords may follow."""

    source_id: str
    kind: str
    record: Record
    x: float
    y: float
    base_elevation_m: float
    flat: bool
    ends: tuple[float, ...] = ()
    parameters: tuple[float, ...] | None = None
    corners: list[float] = field(default_factory=list)
    buildings: dict[str, list[float]] = field(default_factory=dict)
    variation_kind: str = ""
    variation_where: str = ""
    variation_values: list[float] = field(default_factory=list)
    hourly: bool = False
    urban_area: int = -1
    no2_ratio: float | None = None


@dataclass
class SectorDraft:
    """Background or ozone by sector, while it is read."""

    starts: tuple[float, ...] = (0.0,)
    kinds: dict[int, str] = field(default_factory=dict)
    values: dict[int, list[float]] = field(default_factory=dict)
    files: dict[int, HourlyFile] = field(default_factory=dict)
    constants: dict[int, float] = field(default_factory=dict)
    wheres: dict[int, str] = field(default_factory=dict)
    unit: str = ""
    where: str = ""

    @property
    def used(self) -> bool:
        """Whether anything was said."""
        return bool(self.kinds or self.files or self.constants)


@dataclass
class GridDraft:
    """A network of receptors between its STA and its END."""

    name: str
    kind: str
    where: str
    origin: tuple[float, float] = (0.0, 0.0)
    first_axis: list[float] = field(default_factory=list)
    second_axis: list[float] = field(default_factory=list)
    rows: dict[str, list[tuple[float, list[float]]]] = field(default_factory=dict)
    heights: int = 0


@dataclass
class Draft:
    """All that was read so far; handlers of keywords fill it."""

    path: Path
    faults: FaultList
    titles: list[str] = field(default_factory=list)
    pollutant: str = ""
    averages: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)
    flagpole: float | None = None
    decay_per_s: float = 0.0
    decay_stated: bool = False
    urban_records: list[Record] = field(default_factory=list)
    urban_areas: list[UrbanArea] = field(default_factory=list)
    no2_stack: float | None = None
    no2_equilibrium: float = 0.9
    arm_ratios: tuple[float, float] = (0.5, 0.9)
    ozone: SectorDraft = field(default_factory=SectorDraft)
    background: SectorDraft = field(default_factory=SectorDraft)
    sources: dict[str, SourceDraft] = field(default_factory=dict)
    source_list: list[SourceDraft] = field(default_factory=list)
    source_places: dict[str, int] = field(default_factory=dict)
    range_comparisons: int = 0
    later: list[Record] = field(default_factory=list)
    groups: dict[str, tuple[list[int], bool]] = field(default_factory=dict)
    olm_groups: dict[str, list[int]] = field(default_factory=dict)
    buoyant_members: dict[str, list[int]] = field(default_factory=dict)
    buoyant_inputs: dict[str, tuple[float, ...]] = field(default_factory=dict)
    emission_factor: float = 1.0e6
    hourly_emissions: dict[Path, HourlyFile] = field(default_factory=dict)
    elevation_units: dict[str, float] = field(default_factory=dict)
    receptor_blocks: list[tuple[NDArray[np.float64], str, str]] = field(default_factory=list)
    grid: GridDraft | None = None
    grids: set[str] = field(default_factory=set)
    receptor_count: int = 0
    surface: Path | None = None
    profile: Path | None = None
    base_elevation_m: float | None = None
    start: tuple[int, int, int, int] | None = None
    end: tuple[int, int, int, int] | None = None
    days: set[tuple[int, int]] = field(default_factory=set)
    wind_rotation_deg: float = 0.0
    speed_limits: tuple[float, ...] = (1.54, 3.09, 5.14, 8.23, 10.8)
    outputs: list[Output] = field(default_factory=list)
    unsupported: list[Unsupported] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def default_options(self) -> bool:
        """Whether DFAULT is set, under which several other options have no effect."""
        return "DFAULT" in self.options

    @property
    def terrain(self) -> bool:
        """Whether the elevation of receptors counts."""
        return self.default_options or "FLAT" not in self.options or "ELEV" in self.options

    @property
    def flat_sources(self) -> bool:
        """Whether single sources may be declared flat beside elevated ones."""
        return not self.default_options and "FLAT" in self.options and "ELEV" in self.options

    def elevation_unit(self, pathway: str) -> float:
        """Metres per unit of elevation of a pathway."""
        return self.elevation_units.get(pathway, self.elevation_units.get("CO", 1.0))


Handler = Callable[[Draft, Record], None]


def fault(draft: Draft, record: Record, what: str, *, rule: str = "", cure: str = "") -> None:
    """Remember a fault of a record; its keyword leads the text."""
    draft.faults.add(f"{record.pathway} {record.keyword}: {what}", record.where, rule=rule, cure=cure)


def numbers_of(
    draft: Draft, record: Record, texts: tuple[str, ...], least: int, most: int, names: str
) -> tuple[float, ...] | None:
    """Numbers of some fields of a record; None, with a fault, where they are none or too few or many."""
    if not least <= len(texts) <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        fault(
            draft, record, f"{len(texts)} values", rule=f"{wanted} values: {names}", cure="complete the line"
        )
        return None
    values = [number(text) for text in texts]
    for text, value in zip(texts, values, strict=True):
        if value is None:
            fault(draft, record, f"{text!r} is no number", rule=names, cure="write a number such as 12.5")
            return None
    return tuple(value for value in values if value is not None)


def repeated_values(draft: Draft, record: Record, texts: tuple[str, ...], most: int) -> list[float]:
    """Values of a list that may have repeats, as ``36*50.``; a fault for each text that is no number."""
    made: list[float] = []
    for text in texts:
        pair = repeated(text, most)
        if pair is None:
            fault(
                draft,
                record,
                f"{text!r} is no number",
                rule=f"numbers, or count*number with a count up to {most}",
            )
            continue
        made += [pair[0]] * pair[1]
        if len(made) > most:
            break
    return made


def extend(target: list[float], values: list[float], most: int) -> None:
    """Add values to a list, up to one more than it may have: enough to see that there are too many."""
    target.extend(values[: max(0, most + 1 - len(target))])


def table_of(kind: str, values: list[float], where: str) -> Variation:
    """Table of factors or values."""
    return Variation(kind, np.array(values, dtype=float), where)


def ignore(why: str) -> Handler:
    """Handler of a keyword that changes no concentration here."""

    def handle(draft: Draft, record: Record) -> None:
        draft.ignored.append(Ignored(f"{record.pathway} {record.keyword}", record.where, why))

    return handle


def refuse(what: str, cure: str) -> Handler:
    """Handler of a keyword of which the physics is not here."""

    def handle(draft: Draft, record: Record) -> None:
        fault(draft, record, f"not supported: {what}", cure=cure)

    return handle
