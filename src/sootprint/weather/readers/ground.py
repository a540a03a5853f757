"""Ground as AERSURFACE and AERMET's control files state it: FREQ_SECT, SECTOR and SITE_CHAR lines.

Format: EPA, User's Guide for AERMET, pathway METPREP. Other lines are passed over.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sootprint.core.errors import InputError
from sootprint.core.raw import read_text
from sootprint.weather.surface_characteristics import PROPERTIES, SurfaceCharacteristics

SEASONS = {1: (12, 1, 2), 2: (3, 4, 5), 3: (6, 7, 8), 4: (9, 10, 11)}
"""Months of each season of the northern hemisphere: winter, spring, summer, autumn."""

PERIODS = {"ANNUAL": 1, "SEASONAL": 4, "MONTHLY": 12}
"""Number of periods of each frequency."""


def read_surface_characteristics(
    path: str | Path, *, name: str | None = None, southern: bool = False
) -> SurfaceCharacteristics:
    """Albedo, Bowen ratio and roughness of a file with SITE_CHAR lines.

    Parameters
    ----------
    path : str or Path
        Output of AERSURFACE or a control file of AERMET, stage 2; the primary site is read.
    name : str, optional
        Name to use in errors, by default the file's own.
    southern : bool
        Whether seasons are those of the southern hemisphere, half a year away.

    Raises
    ------
    InputError
        If a line is faulty, or periods and sectors are not stated once each; it names the line.
    """
    path = Path(path)
    name = name or path.name
    if not path.is_file():
        raise InputError(f"no file {path}", cure="check the path")
    text, _ = read_text(path, name=name)
    frequency, sectors = "", {}
    values: dict[tuple[int, int], list[float]] = {}
    for row, line in enumerate(text.splitlines(), start=1):
        cells = line.upper().split()
        word = cells[0] if cells else ""
        if word == "FREQ_SECT":
            frequency = cells[1] if len(cells) > 1 else ""
            if frequency not in PERIODS:
                raise _fault(line, name, row, f"one of: {', '.join(PERIODS)}")
        elif word == "SECTOR":
            number, begin, end = _numbers(line, cells[1:], 3, name, row)
            sectors[int(number)] = (begin, end)
        elif word == "SITE_CHAR":
            period, sector, *properties = _numbers(line, cells[1:], 5, name, row)
            if (int(period), int(sector)) in values:
                raise _fault(line, name, row, "each period and sector is stated once")
            values[int(period), int(sector)] = properties
    return SurfaceCharacteristics.from_table(_table(frequency, sectors, values, name, southern=southern))


def _fault(line: str, name: str, row: int, rule: str) -> InputError:
    return InputError(f"{line.strip()[:80]!r}", where=f"{name}, line {row}", rule=rule)


def _numbers(line: str, cells: list[str], count: int, name: str, row: int) -> list[float]:
    try:
        numbers = [float(cell) for cell in cells[:count]]
    except ValueError:
        numbers = []
    if len(numbers) < count or not all(abs(number) < 1e6 for number in numbers):
        raise _fault(line, name, row, f"{count} numbers after the keyword")
    return numbers


def _table(
    frequency: str,
    sectors: dict[int, tuple[float, float]],
    values: dict[tuple[int, int], list[float]],
    name: str,
    *,
    southern: bool,
) -> pd.DataFrame:
    if not frequency:
        raise InputError("no line FREQ_SECT", where=name, cure="give the output of AERSURFACE")
    wanted = {(period, sector) for period in range(1, PERIODS[frequency] + 1) for sector in sectors}
    if set(values) != wanted or not wanted:
        odd = sorted(wanted.symmetric_difference(values))[:5]
        raise InputError(
            f"{len(values)} lines SITE_CHAR for {len(sectors)} sectors, {frequency}",
            where=name,
            rule="one line for each period and each SECTOR; not so for (period, sector) "
            + ", ".join(map(str, odd)),
        )
    rows = []
    for (period, sector), properties in values.items():
        begin, end = sectors[sector]
        for month in _months(frequency, period, southern=southern):
            rows.append((begin % 360.0, end, month, *properties))
    return pd.DataFrame(rows, columns=["sector_from", "sector_to", "month", *PROPERTIES])


def _months(frequency: str, period: int, *, southern: bool) -> tuple[int, ...]:
    if frequency == "ANNUAL":
        return tuple(range(1, 13))
    if frequency == "MONTHLY":
        return (period,)
    return tuple((month + 5) % 12 + 1 if southern else month for month in SEASONS[period])
