"""Do the gaps of one series fall on the high values of another more often than chance would have it?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Coincidence:
    """Result of a circular-shift test.

    Attributes
    ----------
    together : int
        Steps that are marked and high.
    marked, high, known : int
        Steps that are marked (where the other series is known), high, and known.
    ratio : float
        Share of high steps among the marked, over that among the rest; infinite if the rest has none.
    p : float
        Share of shifts, the true one among them, with at least as many steps together.
    shifts : int
        Number of shifts.
    """

    together: int
    marked: int
    high: int
    known: int
    ratio: float
    p: float
    shifts: int


def coincidence(marked: ArrayLike, high: ArrayLike, known: ArrayLike, *, period: int = 1) -> Coincidence:
    """Coincidence of two series of steps, tested by shifting one of them around.

    The marks are shifted by whole periods, each as likely as the others if the two series had nothing to do
    with each other; lengths of gaps and runs of high values stay as they are, and so does the hour of the day
    if a period is a day. What both series follow through the year (a season) is not taken out, so a small
    chance is no proof. The statistic is the number of known steps that are marked and high, less what the
    shift's number of marked known steps would hold at the overall share.

    Parameters
    ----------
    marked, high, known : array of bool, shape (n_steps,)
        Marks; high values; steps at which it is known whether the value is high.
    period : int
        Steps of a shift; the series are cut to whole periods.

    Raises
    ------
    ValueError
        If lengths differ or no whole period is there.

    References
    ----------
    Besag, J., Clifford, P. (1989): Generalized Monte Carlo significance tests. Biometrika 76, 633-642.
    doi:10.1093/biomet/76.4.633
    """
    marks, highs, seen = (np.asarray(values, bool) for values in (marked, high, known))
    if not marks.shape == highs.shape == seen.shape:
        raise ValueError("the series have different lengths")
    shifts = len(marks) // period
    if shifts < 1:
        raise ValueError(f"{len(marks)} steps are less than one period of {period}")
    marks, highs, seen = (values[: shifts * period] for values in (marks, highs, seen))
    highs = highs & seen
    share = highs.sum() / max(int(seen.sum()), 1)
    excess: NDArray[np.float64] = np.empty(shifts)
    for shift in range(shifts):
        moved = np.roll(marks, shift * period)
        excess[shift] = (moved & highs).sum() - share * (moved & seen).sum()
    together, all_marked = int((marks & highs).sum()), int((marks & seen).sum())
    rest, rest_high = int((~marks & seen).sum()), int((~marks & highs).sum())
    return Coincidence(
        together=together,
        marked=all_marked,
        high=int(highs.sum()),
        known=int(seen.sum()),
        ratio=_ratio(together, all_marked, rest_high, rest),
        p=float((excess >= excess[0] - 1e-9).mean()),
        shifts=shifts,
    )


def _ratio(together: int, marked: int, rest_high: int, rest: int) -> float:
    if marked == 0 or rest == 0:
        return float("nan")
    other = rest_high / rest
    return float("inf") if other == 0 and together else (together / marked) / other if other else float("nan")
