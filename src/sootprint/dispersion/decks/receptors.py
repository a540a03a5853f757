"""Keywords of the receptor pathway (RE)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sootprint.dispersion.decks.control import set_elevation_unit
from sootprint.dispersion.decks.deck import Receptors
from sootprint.dispersion.decks.draft import (
    Draft,
    GridDraft,
    Handler,
    extend,
    fault,
    numbers_of,
    refuse,
    repeated_values,
)
from sootprint.dispersion.decks.lines import Record

MAXIMUM_RECEPTORS = 2_000_000
"""Largest number of receptors of a deck."""

GRID_WORDS = {
    "GRIDCART": ("STA", "END", "XYINC", "XPNTS", "YPNTS", "ELEV", "HILL", "FLAG"),
    "GRIDPOLR": ("STA", "END", "ORIG", "DIST", "GDIR", "DDIR", "ELEV", "HILL", "FLAG"),
}
"""Second keywords of the two kinds of grids."""

HEIGHT_WORDS = ("ELEV", "HILL", "FLAG")


def _room(draft: Draft, record: Record, count: int) -> bool:
    """Whether that many receptors more are allowed."""
    draft.receptor_count += count
    if draft.receptor_count > MAXIMUM_RECEPTORS:
        fault(draft, record, f"{draft.receptor_count:,} receptors", rule=f"at most {MAXIMUM_RECEPTORS:,}")
        return False
    return True


def _add(draft: Draft, rows: NDArray[np.float64], network: str, arc: str) -> None:
    """Add receptors: rows of x, y, elevation, hill height, flagpole height, NaN for what was not said."""
    unit = draft.elevation_unit("RE")
    rows = rows.copy()
    rows[:, 2:4] *= unit
    rows[:, 4] = np.where(np.isnan(rows[:, 4]), draft.flagpole or 0.0, rows[:, 4])
    draft.receptor_blocks.append((rows, network, arc))


def _heights(draft: Draft, values: tuple[float, ...]) -> tuple[float, float, float]:
    """Elevation, hill height and flagpole height from the values after the coordinates.

    Elevation and hill height come first where terrain counts, the flagpole height follows them, or
    stands alone where terrain does not count.
    """
    elevation = hill = pole = np.nan
    if len(values) == 1 and draft.flagpole is not None and not draft.terrain:
        pole = values[0]
    else:
        padded = (*values, np.nan, np.nan, np.nan)
        elevation, hill = padded[0], padded[1]
        if draft.flagpole is not None:
            pole = padded[2]
    return elevation, hill, pole


def _single(draft: Draft, record: Record) -> None:
    values = numbers_of(
        draft, record, record.fields, 2, 5, "x, y, elevation, hill height, height above ground"
    )
    if values is not None and _room(draft, record, 1):
        row = (values[0], values[1], *_heights(draft, values[2:]))
        _add(draft, np.array([row]), "", "")


def _polar(draft: Draft, record: Record) -> None:
    values = numbers_of(
        draft, record, record.fields[1:], 2, 5, "distance, direction, elevation, hill, height"
    )
    name = record.words[0] if record.words else ""
    if name not in draft.sources:
        fault(draft, record, f"the source {name!r} is not there", rule="distances are from a source")
        return
    if values is None or not _room(draft, record, 1):
        return
    origin = draft.sources[name]
    angle = np.radians(values[1])
    x, y = origin.x + values[0] * np.sin(angle), origin.y + values[0] * np.cos(angle)
    _add(draft, np.array([(x, y, *_heights(draft, values[2:]))]), "", "")


def _evaluation(draft: Draft, record: Record) -> None:
    if len(record.fields) not in (6, 7):
        fault(draft, record, f"{len(record.fields)} fields", rule="x, y, elevation, hill, height, arc, name")
        return
    values = numbers_of(
        draft, record, record.fields[:5], 5, 5, "x, y, elevation, hill height, height above ground"
    )
    if values is not None and _room(draft, record, 1):
        _add(draft, np.array([values]), "", record.fields[5])


def _grid(draft: Draft, record: Record) -> None:
    words = record.words
    known = GRID_WORDS[record.keyword]
    if words and words[0] in known and draft.grid is not None:
        name, step, texts = draft.grid.name, words[0], record.fields[1:]
    elif len(words) > 1:
        name, step, texts = words[0], words[1], record.fields[2:]
    else:
        name, step, texts = (words[0] if words else ""), "", ()
    if step not in known:
        fault(draft, record, f"{step or name!r} is no part of a grid", rule=", ".join(known))
        return
    if draft.grid is not None and draft.grid.name != name:
        fault(
            draft, record, f"the grid {draft.grid.name} is not ended", cure="write END before the next grid"
        )
        draft.grid = None
    if step == "STA" or draft.grid is None:
        if name in draft.grids:
            fault(draft, record, f"the grid {name} is there twice", cure="give it another name")
        draft.grids.add(name)
        draft.grid = GridDraft(name, record.keyword, record.where)
    _grid_step(draft, record, draft.grid, step, texts)


def _grid_step(draft: Draft, record: Record, grid: GridDraft, step: str, texts: tuple[str, ...]) -> None:
    if step == "XYINC":
        values = numbers_of(draft, record, texts, 6, 6, "first x, count, step, first y, count, step")
        if values is not None:
            grid.first_axis = _evenly(draft, record, values[0], values[1], values[2])
            grid.second_axis = _evenly(draft, record, values[3], values[4], values[5])
    elif step in ("XPNTS", "DIST"):
        extend(grid.first_axis, repeated_values(draft, record, texts, MAXIMUM_RECEPTORS), MAXIMUM_RECEPTORS)
    elif step in ("YPNTS", "DDIR"):
        extend(grid.second_axis, repeated_values(draft, record, texts, MAXIMUM_RECEPTORS), MAXIMUM_RECEPTORS)
    elif step == "GDIR":
        values = numbers_of(draft, record, texts, 3, 3, "count, first direction, step [degree]")
        if values is not None:
            grid.second_axis = _evenly(draft, record, values[1], values[0], values[2])
    elif step == "ORIG":
        _origin(draft, record, grid, texts)
    elif step in HEIGHT_WORDS:
        values_list = repeated_values(draft, record, texts[1:], MAXIMUM_RECEPTORS)
        number = numbers_of(draft, record, texts[:1], 1, 1, "number of the row, then its values")
        grid.heights += len(values_list)
        if number is not None and grid.heights <= len(HEIGHT_WORDS) * MAXIMUM_RECEPTORS:
            grid.rows.setdefault(step, []).append((number[0], values_list))
    elif step == "END":
        _end_grid(draft, record, grid)
        draft.grid = None
    elif texts:
        _grid_step(draft, record, grid, texts[0].upper(), texts[1:])


def _evenly(draft: Draft, record: Record, first: float, count: float, step: float) -> list[float]:
    if not 1 <= count <= MAXIMUM_RECEPTORS or count != int(count):
        fault(draft, record, f"a count of {count:g}", rule=f"1 to {MAXIMUM_RECEPTORS:,}")
        return []
    return [first + step * index for index in range(int(count))]


def _origin(draft: Draft, record: Record, grid: GridDraft, texts: tuple[str, ...]) -> None:
    if len(texts) == 1:
        name = texts[0].upper()
        if name not in draft.sources:
            fault(draft, record, f"the source {name!r} is not there", rule="a source, or x and y")
            return
        grid.origin = (draft.sources[name].x, draft.sources[name].y)
        return
    values = numbers_of(draft, record, texts, 2, 2, "x and y of the origin [m]")
    if values is not None:
        grid.origin = (values[0], values[1])


def _end_grid(draft: Draft, record: Record, grid: GridDraft) -> None:
    count = len(grid.first_axis) * len(grid.second_axis)
    if not count:
        wanted = "DIST and GDIR or DDIR" if grid.kind == "GRIDPOLR" else "XYINC, or XPNTS and YPNTS"
        fault(draft, record, f"the grid {grid.name} has no points", rule=wanted)
        return
    if not _room(draft, record, count):
        return
    second, first = np.meshgrid(grid.second_axis, grid.first_axis, indexing="ij")
    rows = np.full((count, 5), np.nan)
    if grid.kind == "GRIDPOLR":
        angle = np.radians(second)
        rows[:, 0] = (grid.origin[0] + first * np.sin(angle)).ravel()
        rows[:, 1] = (grid.origin[1] + first * np.cos(angle)).ravel()
    else:
        rows[:, 0], rows[:, 1] = first.ravel(), second.ravel()
    for column, word in enumerate(HEIGHT_WORDS, start=2):
        if word not in grid.rows or (word == "FLAG" and draft.flagpole is None):
            continue
        given = [value for _, values in sorted(grid.rows[word], key=lambda row: row[0]) for value in values]
        if len(given) != count:
            fault(draft, record, f"{len(given)} values of {word}", rule=f"{count}, one a point of the grid")
            continue
        rows[:, column] = given
    _add(draft, rows, grid.name, "")


def finish_receptors(draft: Draft) -> Receptors:
    """Receptors in the order of the deck.

    Where terrain does not count, every receptor stands at the base elevation of the profile, and so does
    its hill.
    """
    if draft.grid is not None:
        draft.faults.add(f"the grid {draft.grid.name} is not ended", draft.grid.where, cure="write END")
    if not draft.receptor_blocks:
        draft.faults.add("the deck has no receptors", draft.path.name, cure="declare some in RE")
        rows = np.empty((0, 5))
    else:
        rows = np.concatenate([block for block, _, _ in draft.receptor_blocks])
    base = draft.base_elevation_m or 0.0
    if draft.terrain:
        unsaid = int(np.isnan(rows[:, 2:4]).any(axis=1).sum())
        if unsaid:
            draft.remarks.append(f"{unsaid} receptors have no elevation or hill height: 0 m is used")
        rows[:, 2:4] = np.nan_to_num(rows[:, 2:4], nan=0.0)
    else:
        rows[:, 2:4] = base
    network = tuple(name for block, name, _ in draft.receptor_blocks for _ in range(len(block)))
    arc = tuple(label for block, _, label in draft.receptor_blocks for _ in range(len(block)))
    x, y, elevation, hill_height, flagpole = (np.ascontiguousarray(column) for column in rows.T)
    return Receptors(x, y, elevation, hill_height, flagpole, network, arc)


RECEPTORS: dict[str, Handler] = {
    "ELEVUNIT": set_elevation_unit,
    "DISCCART": _single,
    "DISCPOLR": _polar,
    "EVALCART": _evaluation,
    "GRIDCART": _grid,
    "GRIDPOLR": _grid,
    "EVENTPER": refuse("runs for events", "take the events out"),
    "EVENTLOC": refuse("runs for events", "take the events out"),
}
"""Handlers of the keywords of RE."""
