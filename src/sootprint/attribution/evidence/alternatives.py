"""The strongest alternative explanation: another source, the background, or an error of the model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

UPPER_END = 0.9
"""Quantile of an alternative above which it counts as at its upper end [1]: the mean of that tenth of the
draws stands near its one-sided 95 % bound."""


@dataclass(frozen=True)
class Alternative:
    """What could carry a part in place of a subject.

    Attributes
    ----------
    name : str
        Source, plant, ``background`` or ``unexplained``.
    correlation : float
        Posterior correlation with the subject [1].
    upper : float
        One-sided 95 % upper bound of the alternative, in the unit of the draws.
    low, mean : float
        One-sided 95 % lower bound and mean of the subject in the draws in which the alternative is at its
        upper end.
    """

    name: str
    correlation: float
    upper: float
    low: float
    mean: float


class Rivals:
    """Joint draws of everything that could stand in for a subject.

    Parameters
    ----------
    others : dict of str to (draw,) array
        Posterior draws of each, all from the same draws.
    """

    def __init__(self, others: dict[str, Array]) -> None:
        self.names = sorted(others)
        self.values = np.stack([others[name] for name in self.names], axis=1) if others else np.zeros((0, 0))
        count = self.values.shape[0]
        kept = max(1, count - int(UPPER_END * count))
        order = np.argpartition(self.values, count - kept, axis=0) if others else self.values
        self.top = order[count - kept :].astype(np.int64)
        self.upper = np.quantile(self.values, 0.95, axis=0) if others else np.zeros(0)

    def strongest(self, subject: Array, without: frozenset[str] = frozenset()) -> Alternative | None:
        """Alternative that leaves least to a subject where it is at its upper end; None without any.

        The choice is by the mean of the subject among the tenth of the draws in which the alternative is
        largest, so that it sees dependence that a correlation does not. Only what can itself reach the mean
        of the subject is an alternative, where there is such a thing.

        Parameters
        ----------
        subject : (draw,) array
            Contribution or rate of the subject in the same draws.
        without : frozenset of str
            Names that are no alternatives to it, such as its own parts.
        """
        mine = np.array([name not in without for name in self.names], bool)
        large = mine & (self.upper >= subject.mean())
        asked = np.flatnonzero(large if large.any() else mine)
        if len(asked) == 0:
            return None
        means = subject[self.top[:, asked]].mean(axis=0)
        best = int(asked[int(means.argmin())])
        other = self.values[:, best]
        vary = float(subject.std()) > 0.0 and float(other.std()) > 0.0
        return Alternative(
            name=self.names[best],
            correlation=float(np.corrcoef(subject, other)[0, 1]) if vary else 0.0,
            upper=float(self.upper[best]),
            low=float(np.quantile(subject[self.top[:, best]], 0.05)),
            mean=float(means.min()),
        )


def strongest_alternative(subject: Array, others: dict[str, Array]) -> Alternative | None:
    """Strongest of some alternatives to one subject; see `Rivals.strongest`.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.linspace(0.0, 1.0, 101)
    >>> strongest_alternative(x, {"exchanged": 1.0 - x, "apart": np.ones(101)}).name
    'exchanged'
    """
    return Rivals(others).strongest(subject)
