"""What the figures of directions share: letters that can be read at half size, discs of the wind."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from sootprint.report.figures import style
from sootprint.report.figures.style import MUTED, Translate

P = ParamSpec("P")
Array = NDArray[np.float64]

SIZES = ("font.size", "axes.labelsize", "xtick.labelsize", "ytick.labelsize", "legend.fontsize")
LETTERS = 11.5
"""Size of letters [pt]: still over 5.5 pt where a figure is printed at half its size."""


def large(function: Callable[P, Figure]) -> Callable[P, Figure]:
    """Figure function in the style of the report with larger letters."""

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Figure:
        more: dict[str, Any] = dict.fromkeys(SIZES, LETTERS) | {"axes.titlesize": LETTERS}
        with rc_context(more):  # type: ignore[arg-type]
            return function(*args, **kwargs)

    return style.styled(wrapped)


def surface(rows: pd.DataFrame, value: str) -> tuple[Array, float]:
    """Grid of a table with coordinates u and v, and the largest speed."""
    ordered = rows.sort_values(["v", "u"], kind="stable")
    return ordered[value].to_numpy(float).reshape(ordered["v"].nunique(), -1), float(ordered["u"].max())


def disc(axes: Axes, grid: Array, top: float, tr: Translate, **given: Any) -> AxesImage:
    """Picture of a surface over the wind vector, north up, with rings of speed."""
    image = axes.imshow(grid, origin="lower", extent=(-top, top, -top, top), interpolation="nearest", **given)
    rings(axes, top, tr)
    return image


def rings(axes: Axes, top: float, tr: Translate) -> None:
    """Rings of equal speed with their numbers, and the four points of the compass."""
    step = next(s for s in (0.5, 1.0, 2.0, 5.0, 10.0, 20.0) if top <= 3.5 * s or s == 20.0)
    around = np.linspace(0, 2 * np.pi, 181)
    axes.set_axis_off()
    for ring in np.arange(step, top + 1e-9, step):
        axes.plot(ring * np.cos(around), ring * np.sin(around), color=MUTED, lw=0.6)
        axes.text(
            -ring * 0.7071, -ring * 0.7071, f"{ring:g}", ha="center", va="center",
            bbox={"boxstyle": "round,pad=0.08", "fc": "white", "ec": "none", "alpha": 0.8},
        )  # fmt: skip
    axes.plot([-top, top], [0, 0], color=MUTED, lw=0.6)
    axes.plot([0, 0], [-top, top], color=MUTED, lw=0.6)
    for name, x, y in (("N", 0, 1.12), ("E", 1.12, 0), ("S", 0, -1.12), ("W", -1.12, 0)):
        axes.text(x * top, y * top, tr(name), ha="center", va="center", fontweight="bold")
    axes.set_xlim(-1.22 * top, 1.22 * top)
    axes.set_ylim(-1.22 * top, 1.22 * top)


def speed_note(figure: Figure, tr: Translate) -> None:
    """What the rings are, below the figure."""
    figure.supxlabel(f"{tr('rings')}: {tr('wind speed')} [{tr('m s⁻¹')}]", fontsize=LETTERS, color=MUTED)
