"""Compass sectors: sector 0 is centred on north, numbers run clockwise."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sootprint.core.errors import InputError

NAMES_16 = [
    "N",
    "NNE",
    "NE",
    "ENE",
    "E",
    "ESE",
    "SE",
    "SSE",
    "S",
    "SSW",
    "SW",
    "WSW",
    "W",
    "WNW",
    "NW",
    "NNW",
]
"""Names of the sixteen points of the compass."""


def check_sectors(sectors: int) -> None:
    """Refusal of a number of sectors that is no number of sectors.

    Raises
    ------
    InputError
        If it is under 4 or over 72.
    """
    if not 4 <= sectors <= 72:
        raise InputError(
            f"{sectors} direction sectors", rule="from 4 to 72 sectors", cure="16, or 36 for sectors of 10°"
        )


def sector_number(direction: ArrayLike, sectors: int) -> NDArray[np.int64]:
    """Number of the sector that holds each direction [degrees]; −1 where the direction is missing.

    Sector 0 is centred on north. With 16 sectors 11.24° is in sector 0 and 11.26° in sector 1.
    """
    check_sectors(sectors)
    degrees = np.asarray(direction, dtype=float)
    number = np.full(degrees.shape, -1, dtype=np.int64)
    known = np.isfinite(degrees)
    number[known] = np.floor(degrees[known] * sectors / 360.0 + 0.5).astype(np.int64) % sectors
    return number


def sector_middle(number: ArrayLike, sectors: int) -> NDArray[np.float64]:
    """Middle direction [degrees] of sectors."""
    return np.asarray(number, dtype=float) * 360.0 / sectors


def compass_name(direction: float) -> str:
    """Name of the nearest of the sixteen points of the compass, as ``NNE`` for 20°."""
    return NAMES_16[int(sector_number(direction, 16))]


def run_name(first_deg: float, last_deg: float) -> str:
    """Name of a run of sectors from its first to its last middle, as ``NNE–E``, or ``NNE`` for one."""
    first, last = compass_name(first_deg), compass_name(last_deg)
    return first if first == last and abs(first_deg - last_deg) < 22.5 else f"{first}–{last}"


def circular_runs(marked: ArrayLike) -> list[list[int]]:
    """Runs of neighbouring marked sectors on the circle, clockwise, the run over north kept whole."""
    flags = np.asarray(marked, dtype=bool)
    count = len(flags)
    if not flags.any():
        return []
    if flags.all():
        return [list(range(count))]
    start = int(np.flatnonzero(~flags)[0])
    runs: list[list[int]] = []
    previous = False
    for number in ((start + step) % count for step in range(count)):
        if flags[number]:
            if previous:
                runs[-1].append(number)
            else:
                runs.append([number])
        previous = bool(flags[number])
    return sorted(runs, key=lambda run: run[0])
