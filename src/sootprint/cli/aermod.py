"""``sootprint aermod``: an existing AERMOD deck, run hour by hour."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sootprint.cli.screen import err, out, print_json, print_table
from sootprint.core.errors import InputError

if TYPE_CHECKING:
    from sootprint.dispersion.decks import Deck
    from sootprint.dispersion.decks.engine import Physics
    from sootprint.dispersion.decks.runner import DeckRun, Progress

PATIENCE_S = 2.0
"""Time after which a bar shows how far a run is [s]."""


def run_aermod(
    path: Path,
    results: Path,
    *,
    sources: str | None,
    kinds: str | None,
    averages: bool,
    physics: Physics,
    threads: int,
    device: str,
    as_json: bool,
) -> None:
    """Run a deck, write its results, and say what was done.

    Raises
    ------
    InputError
        If the deck, a file that it names, or an option is faulty.
    """
    from sootprint.dispersion.decks import read_deck
    from sootprint.dispersion.decks.results import write_results
    from sootprint.dispersion.decks.runner import run_deck

    if threads < 1:
        raise InputError(f"{threads} threads", rule="1 or more", cure="--threads 2")
    if not results.resolve().parent.is_dir():
        raise InputError(f"no folder {results.parent}", cure="make it first")
    started = time.monotonic()
    deck = read_deck(path)
    run = run_deck(
        deck,
        sources=_words(sources),
        kinds=_words(kinds),
        threads=threads,
        device=device,
        physics=physics,
    )
    wanted = deck.averages if averages else ()
    with _bar(quiet=as_json) as progress:
        rows = write_results(run, results, averages=wanted, progress=progress)
    said = _outcome(deck, run, results, rows, time.monotonic() - started, wanted) | {"physics": physics}
    if as_json:
        print_json(said)
    else:
        _show(said)


def _words(text: str | None) -> list[str] | None:
    words = [word.strip() for word in (text or "").split(",") if word.strip()]
    return words or None


@contextmanager
def _bar(*, quiet: bool) -> Iterator[Progress | None]:
    """Bar of the hours that are done, on the error stream, once the run takes longer than a moment."""
    if quiet or not err.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("hours"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    started = time.monotonic()
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("", total=None, visible=False)

        def show(done: int, total: int) -> None:
            patient = time.monotonic() - started < PATIENCE_S
            bar.update(task, completed=done, total=total, visible=not patient)

        yield show


def _outcome(
    deck: Deck, run: DeckRun, results: Path, rows: int, seconds: float, averages: tuple[str, ...]
) -> dict[str, Any]:
    """What was done, as data."""
    words, counts = np.unique(run.reasons, return_counts=True)
    ignored = pd.DataFrame(
        [{"keyword": item.keyword, "line": item.where, "why": item.why} for item in deck.ignored],
        columns=["keyword", "line", "why"],
    )
    return {
        "deck": deck.path,
        "title": deck.title,
        "out": results,
        "rows": rows,
        "sources": len(run.sources),
        "sources_of_the_deck": len(deck.sources),
        "groups": [name for name, _, _ in run.groups],
        "receptors": len(deck.receptors),
        "hours": len(run.reasons),
        "hours_by_reason": {str(word): int(count) for word, count in zip(words, counts, strict=True)},
        "averages": list(averages),
        "seconds": round(seconds, 3),
        "remarks": list(run.remarks),
        "ignored": ignored,
    }


def _show(said: dict[str, Any]) -> None:
    part = "" if said["sources"] == said["sources_of_the_deck"] else f" of {said['sources_of_the_deck']}"
    out.print(
        f"{said['title']}\n{said['sources']}{part} sources in {len(said['groups'])} groups, "
        f"{said['receptors']:,} receptors, {said['hours']:,} hours, physics "
        f"{said['physics']}: {said['seconds']:.1f} s",
        highlight=False,
    )
    unserved = {word: count for word, count in said["hours_by_reason"].items() if word != "served"}
    if unserved:
        told = ", ".join(f"{count} {word}" for word, count in unserved.items())
        out.print(f"Hours without a result: {told} (AERMOD prints 0 for them)", highlight=False)
    for remark in said["remarks"]:
        out.print(remark, highlight=False)
    if len(said["ignored"]):
        grouped = said["ignored"].groupby(["keyword", "why"], sort=False)["line"].agg(["first", "size"])
        table = grouped.reset_index().rename(columns={"first": "first line", "size": "lines"})
        print_table(table, "Keywords that change no concentration here")
    out.print(f"Wrote {said['rows']:,} rows to {said['out']}", highlight=False)
