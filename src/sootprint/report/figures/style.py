"""One style for all figures: sizes, a palette for every eye, saving to the same bytes each time.

Sizes are those of the printed page: a figure is `WIDTH` inches wide in the report, and no text in it is
under 9 pt there. Text is drawn as outlines of DejaVu Sans, which matplotlib carries and which has the
Russian and Kazakh letters, so that a browser and the PDF show the same without any font installed.
"""

from __future__ import annotations

import functools
import re
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, ParamSpec

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import NDArray

Translate = Callable[[str], str]
P = ParamSpec("P")

WIDTH = 6.7
"""Width of a figure on the page [inch]."""

INK, MUTED, FAINT = "#1b1b1b", "#5f6670", "#d5d9de"
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, YELLOW, GREY = "#56B4E9", "#CC79A7", "#F0E442", "#8c929a"
PALETTE = (BLUE, ORANGE, GREEN, RED, SKY, PURPLE, YELLOW, GREY)
"""Colours of Okabe and Ito, told apart with any colour vision; Wong 2011, doi:10.1038/nmeth.1618."""

SEQUENTIAL = "cividis"
"""Colour map of quantities; Nuñez, Anderton and Renslow 2018, doi:10.1371/journal.pone.0199239."""

VERDICT_COLOURS = {
    "above declared": RED,
    "consistent with declared": BLUE,
    "below declared": SKY,
    "not decidable": GREY,
}

RC: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9.0,
    "xtick.labelsize": 9.0,
    "ytick.labelsize": 9.0,
    "legend.fontsize": 9.0,
    "legend.frameon": False,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "text.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.2,
    "figure.dpi": 100,
    "savefig.dpi": 150,
    "svg.fonttype": "path",
    "svg.hashsalt": "sootprint",
    "path.simplify": True,
    "path.simplify_threshold": 0.3,
    "hatch.linewidth": 0.6,
    "text.parse_math": False,
}


@contextmanager
def _style() -> Iterator[None]:
    with rc_context(RC):  # type: ignore[arg-type]
        yield


def styled(function: Callable[P, Figure]) -> Callable[P, Figure]:
    """Figure function that draws in the style of the report and leaves the settings as they were."""

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with _style():
            return function(*args, **kwargs)

    return wrapped


def new_figure(height: float, *, width: float = WIDTH) -> Figure:
    """Figure of a height [inch] on its own canvas, outside any global state."""
    figure = Figure(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.06))
    FigureCanvasAgg(figure)
    return figure


def empty_figure(title: str, reason: str, *, height: float = 1.6) -> Figure:
    """Figure that says that there is nothing to show, and why."""
    figure = new_figure(height)
    axes = figure.add_subplot()
    axes.set_axis_off()
    axes.set_title(title)
    axes.text(0.5, 0.5, reason, ha="center", va="center", color=MUTED, wrap=True, transform=axes.transAxes)
    return figure


def headline(figure: Figure, text: str) -> None:
    """Title of a whole figure, from its left edge, broken where the page ends."""
    signs = int(10.5 * figure.get_size_inches()[0])
    lines = [textwrap.fill(line, signs) for line in text.split("\n")]
    figure.suptitle("\n".join(lines), fontsize=10, fontweight="bold", x=0.01, ha="left")


def save(figure: Figure, path: str | Path) -> Path:
    """File of a figure, by its suffix ``.svg``, ``.png`` or ``.pdf``; the same bytes each time.

    Raises
    ------
    ValueError
        If the suffix is another one.
    """
    path = Path(path)
    kind = path.suffix.lower().removeprefix(".")
    dates = {"svg": {"Date": None}, "png": {"Software": None}, "pdf": {"CreationDate": None}}
    if kind not in dates:
        raise ValueError(f"a figure is saved as svg, png or pdf, not {kind!r}")
    target = BytesIO()
    with _style():
        figure.savefig(target, format=kind, metadata=dates[kind])
    path.write_bytes(target.getvalue())
    return path


def identity(text: str) -> str:
    """The text itself: the translation into English."""
    return text


def pollutant_label(pollutant: str) -> str:
    """Formula with lowered digits, as ``SO₂``; other names as they are."""
    from sootprint.core.pollutants import pollutant_table

    table = pollutant_table()
    formula = str(table.loc[pollutant, "formula"]) if pollutant in table.index else ""
    if formula and formula == pollutant:
        return re.sub(r"\d", lambda digit: "₀₁₂₃₄₅₆₇₈₉"[int(digit.group())], pollutant)
    return pollutant.replace("_", " ")


def concentration_label(pollutant: str, tr: Translate) -> str:
    """Label of a concentration axis with its unit."""
    return f"{pollutant_label(pollutant)} [{tr('µg m⁻³')}]"


def shorten(text: str, limit: int = 26) -> str:
    """Text of at most ``limit`` signs, cut with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def pick(table: pd.DataFrame, station_id: str | None, pollutant: str | None) -> pd.DataFrame:
    """Rows of one post and pollutant; the first in alphabetical order where none is named."""
    if station_id is None and len(table):
        station_id = str(table["station_id"].min())
    rows = table.loc[table["station_id"] == station_id]
    if "pollutant" not in table.columns:
        return rows
    if pollutant is None and len(rows):
        pollutant = str(rows["pollutant"].min())
    return rows.loc[rows["pollutant"] == pollutant]


def spread_labels(positions: list[float], gap: float, low: float, high: float) -> list[float]:
    """Positions moved as little as the gap asks for, in the same order, kept within bounds where they fit."""
    order = np.argsort(positions, kind="stable")
    moved = np.array(positions, dtype=float)[order]
    for _ in range(200):
        overlap = gap - np.diff(moved)
        if not (overlap > 1e-9).any():
            break
        for at in np.flatnonzero(overlap > 1e-9):
            push = 0.5 * max(gap - (moved[at + 1] - moved[at]), 0.0)
            moved[at] -= push
            moved[at + 1] += push
        moved += max(low - moved.min(), 0.0) - max(moved.max() - high, 0.0)
    made: NDArray[np.float64] = np.empty(len(moved))
    made[order] = moved
    return [float(value) for value in made]


def row_axis(axes: Axes, labels: list[str], *, limit: int = 26) -> NDArray[np.int64]:
    """Rows from the top down with their labels; their places on the axis."""
    places = np.arange(len(labels))
    axes.set_yticks(places, [shorten(label, limit) for label in labels])
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    return places
