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


def strongest_alternative(subject: Array, others: dict[str, Array]) -> Alternative | None:
    """Alternative that leaves least to the subject where it is at its upper end; None without any.

    The choice is by the mean of the subject among the tenth of the draws in which the alternative is
    largest, so that it sees dependence that a correlation does not; ties go to the first by name. Only
    what can itself reach the mean of the subject is an alternative, where there is such a thing.

    Parameters
    ----------
    subject : (draw,) array
        Joint posterior draws of the subject's contribution or rate.
    others : dict of str to (draw,) array
        The same of each alternative.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.linspace(0.0, 1.0, 101)
    >>> strongest_alternative(x, {"exchanged": 1.0 - x, "apart": np.ones(101)}).name
    'exchanged'
    """
    made = []
    large = {name for name, other in others.items() if np.quantile(other, 0.95) >= subject.mean()}
    for name in sorted(large or others):
        other = others[name]
        high = other >= np.quantile(other, UPPER_END)
        low, upper = np.quantile(subject[high], 0.05), np.quantile(other, 0.95)
        vary = float(subject.std()) > 0.0 and float(other.std()) > 0.0
        correlation = float(np.corrcoef(subject, other)[0, 1]) if vary else 0.0
        made.append(Alternative(name, correlation, float(upper), float(low), float(subject[high].mean())))
    return min(made, key=lambda item: item.mean) if made else None
