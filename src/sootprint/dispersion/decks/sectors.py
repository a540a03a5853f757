"""Background and ozone: tables and hourly files, by sector of wind direction."""

from __future__ import annotations

from sootprint.dispersion.decks.deck import HourlyFile
from sootprint.dispersion.decks.draft import (
    Draft,
    Handler,
    SectorDraft,
    extend,
    fault,
    numbers_of,
    repeated_values,
)
from sootprint.dispersion.decks.lines import Record, find_file
from sootprint.dispersion.decks.numbers import integer, number
from sootprint.dispersion.nitrogen import ugm3

VARIATION_SIZES = {
    "ANNUAL": 1,
    "SEASON": 4,
    "MONTH": 12,
    "HROFDY": 24,
    "WSPEED": 6,
    "SEASHR": 96,
    "HRDOW": 72,
    "HRDOW7": 168,
    "SHRDOW": 288,
    "SHRDOW7": 672,
    "MHRDOW": 864,
    "MHRDOW7": 2016,
}
"""Number of values of each kind of table."""

UNITS = ("PPB", "PPM", "UG/M3")


def sector_and_rest(draft: Draft, record: Record, sectors: SectorDraft) -> tuple[int, tuple[str, ...]] | None:
    """Index of the sector that a record is about, and the fields after its name."""
    if len(sectors.starts) == 1:
        return 0, record.fields
    word = record.words[0] if record.words else ""
    index = integer(word[4:]) if word.startswith("SECT") else None
    if index is None or not 1 <= index <= len(sectors.starts):
        fault(draft, record, f"sector {word!r}", rule=f"SECT1 to SECT{len(sectors.starts)}")
        return None
    return index - 1, record.fields[1:]


def sector_starts(draft: Draft, record: Record, sectors: SectorDraft) -> None:
    """Directions at which sectors begin: two to six, ascending, at least 30 degrees apart."""
    values = numbers_of(draft, record, record.fields, 2, 6, "directions at which sectors begin [degree]")
    if values is None:
        return
    gaps = [b - a for a, b in zip(values, (*values[1:], values[0] + 360), strict=True)]
    if min(values) < 0 or max(values) > 360 or min(gaps) < 30:
        fault(draft, record, "sectors out of order", rule="0 to 360, ascending, at least 30 degrees wide")
        return
    if sectors.used:
        fault(draft, record, "sectors after their values", cure="move this line before them")
    sectors.starts = values
    sectors.where = record.where


def sector_file(
    draft: Draft, record: Record, sectors: SectorDraft, index: int, fields: tuple[str, ...], unit: str
) -> None:
    """Hourly file of a sector: name and layout."""
    path = find_file(fields[0], record.file.parent, record.where, draft.faults)
    layout = fields[1] if len(fields) > 1 else "FREE"
    if len(fields) > 2:
        fault(draft, record, "too many fields", rule="file, unit, layout", cure="quote a name with blanks")
    if index in sectors.files:
        fault(draft, record, "two hourly files for the same sector", cure="take one out")
    elif path is not None:
        sectors.files[index] = HourlyFile(path, unit, layout.upper(), record.where)


def sector_values(
    draft: Draft, record: Record, sectors: SectorDraft, index: int, fields: tuple[str, ...]
) -> None:
    """Table of values of a sector, continued over records."""
    kind = fields[0].upper() if fields else ""
    if kind not in VARIATION_SIZES:
        fault(draft, record, f"kind of table {kind!r}", rule=", ".join(VARIATION_SIZES))
        return
    if sectors.kinds.get(index, kind) != kind:
        fault(draft, record, f"{kind} after {sectors.kinds[index]}", rule="one kind of table for a sector")
        return
    sectors.kinds[index] = kind
    sectors.wheres.setdefault(index, record.where)
    values = repeated_values(draft, record, fields[1:], VARIATION_SIZES[kind])
    if any(value < 0 for value in values):
        fault(draft, record, "a value below 0", rule="concentrations are not below 0")
    extend(sectors.values.setdefault(index, []), values, VARIATION_SIZES[kind])


def set_unit(draft: Draft, record: Record, sectors: SectorDraft) -> None:
    """Unit of a table of values."""
    word = record.words[0] if record.words else ""
    if word in UNITS:
        sectors.unit = word
    else:
        fault(draft, record, f"unit {word!r}", rule=", ".join(UNITS))


def _ozone_sectors(draft: Draft, record: Record) -> None:
    sector_starts(draft, record, draft.ozone)


def _ozone_value(draft: Draft, record: Record) -> None:
    place = sector_and_rest(draft, record, draft.ozone)
    if place is None:
        return
    index, fields = place
    value = number(fields[0]) if fields else None
    unit = fields[1].upper() if len(fields) > 1 else "UG/M3"
    if value is None or value < 0 or unit not in UNITS or len(fields) > 2:
        fault(draft, record, f"{' '.join(fields)!r}", rule="ozone, and its unit PPB, PPM or UG/M3")
        return
    draft.ozone.constants[index] = float(ugm3(value, unit, "O3"))


def _ozone_file(draft: Draft, record: Record) -> None:
    place = sector_and_rest(draft, record, draft.ozone)
    if place is None or not place[1]:
        fault(draft, record, "no file", cure="name the hourly file, its unit and its layout")
        return
    index, fields = place
    unit = fields[1].upper() if len(fields) > 1 else "UG/M3"
    if unit not in UNITS:
        fault(draft, record, f"unit {unit!r}", rule=", ".join(UNITS))
        return
    sector_file(draft, record, draft.ozone, index, (fields[0], *fields[2:]), unit)


def _ozone_table(draft: Draft, record: Record) -> None:
    place = sector_and_rest(draft, record, draft.ozone)
    if place is not None:
        sector_values(draft, record, draft.ozone, place[0], place[1])


def _ozone_unit(draft: Draft, record: Record) -> None:
    set_unit(draft, record, draft.ozone)


OZONE: dict[str, Handler] = {
    "O3SECTOR": _ozone_sectors,
    "OZONEVAL": _ozone_value,
    "OZONEFIL": _ozone_file,
    "O3VALUES": _ozone_table,
    "OZONUNIT": _ozone_unit,
}
"""Handlers of the keywords of CO that are about ozone."""
