"""What a person sees in the terminal: progress, tables, errors; what a script gets: JSON."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    import pandas as pd

    from sootprint.case import Listener
    from sootprint.core.errors import SootprintError

out = Console(soft_wrap=False)
err = Console(stderr=True)

WIDE_TEXT = 16
"""Width [characters] over which the text of a cell may be folded."""

SEVERITY_STYLES = {"error": "bold red", "quarantine": "red", "warning": "yellow", "info": "dim"}


def plain(value: Any) -> Any:
    """Value as JSON knows it: NaN and missing become null, times ISO text, tables lists of rows."""
    import pandas as pd

    if isinstance(value, pd.DataFrame):
        return [plain(row) for row in value.to_dict("records")]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def print_json(data: Any) -> None:
    """JSON on the standard output, nothing else with it."""
    sys.stdout.write(json.dumps(plain(data), ensure_ascii=False, indent=1) + "\n")


def print_error(error: SootprintError) -> None:
    """Error with its place, rule and cure."""
    err.print(Text(error.what, style="bold red"))
    for name, text in error.parts():
        if text:
            err.print(Text(f"  {name}: ", style="bold").append(text, style="default"))


def cell(value: Any) -> str:
    """Text of a table cell: four significant digits, no ``nan``."""
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:.4g}"
    return str(value)


def print_table(table: pd.DataFrame, title: str, *, styles: dict[str, str] | None = None) -> None:
    """Table on the screen without its empty columns; a row a paragraph where the screen is too narrow.

    ``styles`` gives the style of a row by its ``severity``.
    """
    filled = [column for column in table.columns if any(cell(value) for value in table[column])]
    table = table[filled]
    if sum(2 + _width(column, table[column]) for column in filled) > out.width:
        _print_paragraphs(table, title, styles or {})
        return
    shown = Table(title=title, title_justify="left", header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for column in table.columns:
        numeric = table[column].dtype.kind in "fiu"
        shown.add_column(
            str(column).replace("_", " "), justify="right" if numeric else "left", overflow="fold"
        )
    for row in table.to_dict("records"):
        style = (styles or {}).get(str(row.get("severity", "")), "")
        shown.add_row(*[Text(cell(value)) for value in row.values()], style=style)
    out.print(shown)


def _width(name: str, values: pd.Series) -> int:
    """Width that a column needs: its longest cell, or its longest word where the text may be folded."""
    texts = [str(name).replace("_", " "), *map(cell, values)]
    longest = max(map(len, texts))
    words = max((len(word) for text in texts for word in text.split()), default=0)
    return longest if longest <= WIDE_TEXT else max(words, WIDE_TEXT)


def _print_paragraphs(table: pd.DataFrame, title: str, styles: dict[str, str]) -> None:
    out.print(Text(title, style="italic"))
    for row in table.to_dict("records"):
        filled = {str(name): cell(value) for name, value in row.items() if cell(value)}
        style = styles.get(filled.get("severity", ""), "")
        for number, (name, text) in enumerate(filled.items()):
            head = Text("- " if number == 0 else "  ").append(f"{name.replace('_', ' ')}: ", style="bold")
            out.print(head.append(text, style=style), soft_wrap=True)


@contextmanager
def progress(quiet: bool) -> Iterator[Listener]:
    """Progress of the steps on the error stream: a line a step, a moving bar where it is a terminal."""
    if quiet:
        yield lambda event: None
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def listen(event: Any) -> None:
            if event.state in {"started", "said"}:
                text = f"{event.step.title} {event.text}".strip()
                bar.update(task, description=text, total=event.total, completed=event.number - 1)
                return
            how = "unchanged, reused" if event.state == "reused" else f"{event.seconds:.1f} s"
            line = f"[{event.number:>2}/{event.total}] {event.step.title}"
            bar.console.print(Text(line).append(f"  {how}", style="dim"))

        yield listen
