"""Means over several hours by the rules of the regulatory model.

Calm and missing hours count in neither sum nor divisor, but a mean of several hours has a divisor of at
least three quarters of its hours (18 of 24, 6 of 8, 3 of 3), a mean over the whole run only of its valid
hours. Source: 40 CFR 51 Appendix W, section 8.4.5; EPA-454/B-24-007, section 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sootprint.dispersion.decks.calendar import Hours

VALID_SHARE, VALID_ROUNDING = 0.75, 0.4
STAMPS_A_YEAR = 1_000_000
"""Difference of stamps of ten digits a year apart."""

MONTH, PERIOD, ANNUAL = "MONTH", "PERIOD", "ANNUAL"


def smallest_divisor(hours: int) -> int:
    """Least number of hours by which a sum over some hours is divided: 18 for 24, 6 for 8, 3 for 3."""
    return round(VALID_SHARE * hours + VALID_ROUNDING)


@dataclass(frozen=True)
class Mean:
    """A mean that is complete.

    ``average`` as ``24-HR``; ``first`` and ``last`` the indices of its hours in the run; ``hours`` and
    ``valid`` their numbers; ``values`` of shape (group, receptor) [µg m⁻³], NaN without a valid hour.
    """

    average: str
    first: int
    last: int
    hours: int
    valid: int
    values: NDArray[np.float64]


class RunningMean:
    """Sum of hours until a mean is complete.

    Parameters
    ----------
    average : str
        ``3-HR`` to ``24-HR``, ``MONTH``, ``PERIOD`` or ``ANNUAL``.
    shape : tuple of int
        Of the values: groups, receptors.
    """

    def __init__(self, average: str, shape: tuple[int, int]) -> None:
        self.average, self.shape = average, shape
        self.first = self.hours = self.valid = 0
        self.sum = np.zeros(shape)

    def add(self, values: NDArray[np.float64], index: int, served: bool) -> None:
        """Add an hour: its values, its index in the run, whether it is valid."""
        if self.hours == 0:
            self.first = index
        self.hours += 1
        if served:
            self.valid += 1
            self.sum += values

    def take(self, last: int) -> Mean:
        """The mean, up to an hour of the run; a new one begins."""
        whole = self.average in (PERIOD, ANNUAL)
        divisor = self.valid if whole else max(self.valid, smallest_divisor(self.hours))
        values = self.sum / divisor if self.valid else np.full(self.shape, np.nan)
        made = Mean(self.average, self.first, last, self.hours, self.valid, values)
        self.sum = np.zeros(self.shape)
        self.hours = self.valid = 0
        return made


def endings(average: str, hours: Hours) -> NDArray[np.bool_]:
    """Hours that end a mean, shape (hour,).

    Means of several hours end on the clock, at hours that their length divides; a month at its last hour in
    the run; a year at its anniversary or the end of the run; PERIOD at the end of the run.
    """
    made = np.zeros(len(hours.hour), dtype=bool)
    if average == PERIOD:
        pass
    elif average == MONTH:
        made[:-1] = hours.month[1:] != hours.month[:-1]
    elif average == ANNUAL:
        stamps = hours.stamps()
        years = (stamps - stamps[:1]) // STAMPS_A_YEAR
        made[:-1] = years[1:] != years[:-1]
    else:
        made[:] = hours.hour % int(average.split("-")[0]) == 0
    if average in (PERIOD, MONTH, ANNUAL) and len(made):
        made[-1] = True
    return made
