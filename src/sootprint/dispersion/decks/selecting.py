"""Sources that a record names: one, a range, or all."""

from __future__ import annotations

import re

from sootprint.dispersion.decks.draft import Draft, SourceDraft, fault
from sootprint.dispersion.decks.lines import Record

MAXIMUM_COMPARISONS = 100_000_000
"""Number of comparisons of a name with a range after which a deck is given up."""

_PARTS = re.compile(r"([^0-9]*)([0-9]*)(.*)")


def identifier_parts(source_id: str) -> tuple[str, int, str]:
    """Letters, number and tail of an identifier: ``STK12B`` gives (STK, 12, B)."""
    match = _PARTS.fullmatch(source_id)
    head, digits, tail = match.groups() if match else (source_id, "", "")
    return head, int(digits or 0), tail


def in_range(source_id: str, low: str, high: str) -> bool:
    """Whether an identifier lies between two others, part by part: letters, number, tail."""
    parts = zip(identifier_parts(low), identifier_parts(source_id), identifier_parts(high), strict=True)
    return all(a <= b <= c for a, b, c in parts)  # type: ignore[operator]


def select(draft: Draft, record: Record, texts: tuple[str, ...]) -> list[int]:
    """Indices of the sources that texts name, in the order of the deck; a fault for one not there."""
    chosen: set[int] = set()
    for text in texts:
        word = text.upper()
        if word in draft.source_places:
            chosen.add(draft.source_places[word])
            continue
        low, dash, high = word.partition("-")
        if not dash:
            fault(
                draft,
                record,
                f"the source {text!r} is not there",
                rule="a source is declared by LOCATION",
                cure="correct the name, or declare it",
            )
            continue
        chosen |= _range(draft, record, low, high)
    return sorted(chosen)


def _range(draft: Draft, record: Record, low: str, high: str) -> set[int]:
    if any(a > b for a, b in zip(identifier_parts(low), identifier_parts(high), strict=True)):  # type: ignore[operator]
        fault(draft, record, f"the range {low}-{high} runs backwards", cure="write the smaller name first")
        return set()
    draft.range_comparisons += len(draft.source_places)
    if draft.range_comparisons > MAXIMUM_COMPARISONS:
        fault(draft, record, "too many ranges of sources", cure="name the sources, or ALL")
        draft.faults.stop_if_any()
    wanted = {index for name, index in draft.source_places.items() if in_range(name, low, high)}
    if not wanted:
        draft.remarks.append(f"{record.where}: no source is in the range {low}-{high}")
    return wanted


def selected(draft: Draft, record: Record, texts: tuple[str, ...]) -> list[SourceDraft]:
    """Sources that texts name, as drafts."""
    return [draft.source_list[index] for index in select(draft, record, texts)]
