"""Bayes factors between what may be said of one source, in numbers and in words.

Both propositions are always stated, and the words speak of support for one over the other: the probability
of the data given a proposition, never that of a proposition given the data.

References
----------
.. [1] Dickey, J. M. (1971). The weighted likelihood ratio, linear hypotheses on normal location parameters.
   Ann. Math. Statist. 42, 204–223. doi:10.1214/aoms/1177693507.
.. [2] Verdinelli, I. and Wasserman, L. (1995). Computing Bayes factors using a generalization of the
   Savage–Dickey density ratio. J. Am. Statist. Assoc. 90, 614–618. doi:10.1080/01621459.1995.10476554.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sootprint.core.errors import InputError

if TYPE_CHECKING:
    from sootprint.attribution.evidence.free import FreePrior

Array = NDArray[np.float64]

NEGLIGIBLE = 0.02
"""Share of the declared rate under which a source counts as not contributing [1]."""
LN10 = float(np.log(10.0))
"""Natural logarithm of 10."""
LEAST_DRAWS = 50.0
"""Effective draws under which a Bayes factor is only a bound."""
UNRESOLVED = "not resolved by the draws"
"""Words where a bound says nothing of either proposition."""


@dataclass(frozen=True)
class Support:
    """Result of `support`: a Bayes factor between two propositions.

    Attributes
    ----------
    first, second : str
        The propositions.
    log10 : float
        Logarithm (base 10) of the Bayes factor of the first against the second [1].
    words : str
        Verbal scale, with the proposition that is supported.
    effective_draws : float
        Draws that the number rests on [1].
    bound : str
        ``exact``, ``at most`` or ``at least``: with too few draws in the tail only a bound can be given;
        ``unresolved``, without a number, where the bound does not tell which proposition is supported.
    """

    first: str
    second: str
    log10: float
    words: str
    effective_draws: float
    bound: str


@cache
def verbal_scale() -> pd.DataFrame:
    """Verbal scale: from_factor, words, source, mark; texts differ in the edges of its bands."""
    path = resources.files("sootprint.attribution") / "data" / "verbal_scale.csv"
    with path.open(encoding="utf-8") as file:
        return pd.read_csv(file)


@cache
def _bands() -> tuple[Array, tuple[str, ...]]:
    """Lower edges of the bands of the scale, and their words."""
    table = verbal_scale()
    return table["from_factor"].to_numpy(float), tuple(map(str, table["words"]))


def support(
    free_draws_g_s: ArrayLike,
    declared_g_s: float,
    *,
    declared_spread: float,
    free_centre: float,
    free_spread: float,
    free_count: int = 1,
) -> list[Support]:
    """Support for "as declared" against "freely within capacity" and against "does not contribute".

    With draws of ln x under the free prior p₀, the Bayes factor of another prior p₁ of the same source is
    the posterior mean of p₁ / p₀ (refs. 1 and 2), for both have the same likelihood. "As declared" is
    ln x ~ N(ln declared, declared_spread²); "does not contribute" is a rate under 2 % of the declared one,
    with the free prior cut there.

    Parameters
    ----------
    free_draws_g_s : (draw,) array_like
        Posterior draws of the mean rate under the free (declared-blind) prior [g s⁻¹].
    declared_g_s : float
        Declared mean rate [g s⁻¹].
    declared_spread : float
        Stated standard uncertainty of its logarithm [1].
    free_centre, free_spread : float
        Centre and spread of ln x [ln g s⁻¹] under the free prior.
    free_count : int
        Sources whose rates are summed, each with that prior: the draws are of a sum then.

    Raises
    ------
    InputError
        If a rate or spread is not above zero.
    """
    from scipy.stats import norm

    from sootprint.attribution.evidence.free import FreePrior

    draws = np.asarray(free_draws_g_s, float)
    if not (declared_g_s > 0 and declared_spread > 0 and free_spread > 0 and np.all(draws > 0)):
        raise InputError(
            "rates and spreads are above zero", cure="a source without a declared rate has no ratio"
        )
    logs = np.log(draws)
    prior = FreePrior(free_centre, free_spread, free_count)
    free = prior.log_density(logs)
    declared, effective = _mean(norm.logpdf(logs, np.log(declared_g_s), declared_spread) - free)
    edge = float(np.log(NEGLIGIBLE * declared_g_s))
    inside = float((logs < edge).sum())
    none = float(np.log(max(inside, 1.0) / len(logs) / prior.share_below(edge)))
    if inside < LEAST_DRAWS:
        none = min(none, _lowest(logs, prior))
    one = "the source emitted as declared"
    few = effective < LEAST_DRAWS
    against_free = _support(
        one, "it emitted freely within capacity", declared, effective, "at most" if few else "exact"
    )
    bound = "exact"
    if inside < LEAST_DRAWS:
        bound = "unresolved" if few else "at least"
    elif few:
        bound = "at most"
    against_none = _support(one, "it did not contribute", declared - none, min(effective, inside), bound)
    return [against_free, against_none]


def _lowest(logs: Array, prior: FreePrior) -> float:
    """ln of posterior over prior density at the 1 % quantile of the draws.

    The likelihood of a rate far below all draws is at most that, if it only falls from the draws downwards.
    """
    from scipy.stats import gaussian_kde

    at = float(np.quantile(logs, 0.01))
    return float(np.log(gaussian_kde(logs)([at])[0]) - prior.log_density([at])[0])


def band(log10: float) -> str:
    """Words of the scale for a Bayes factor, whichever proposition it supports."""
    edges, texts = _bands()
    factor = 10.0 ** min(abs(log10), 300.0)
    return texts[int(np.searchsorted(edges, max(factor, 1.0), side="right")) - 1]


def in_words(log10: float, first: str, second: str) -> str:
    """Words of the scale for a Bayes factor; the proposition that is supported is named."""
    words = band(log10)
    if words.startswith("no support"):
        return words
    one, other = (first, second) if log10 > 0 else (second, first)
    return f"{words} for “{one}” over “{other}”"


def _mean(logs: Array) -> tuple[float, float]:
    """ln of the mean of importance weights given as logarithms, and their effective number."""
    top = float(logs.max())
    weight = np.exp(logs - top)
    total = float(weight.sum())
    return top + float(np.log(total / len(weight))), total**2 / float((weight**2).sum())


def _support(first: str, second: str, ln: float, effective: float, bound: str) -> Support:
    """A Bayes factor and its words; a bound has words only on the side on which it binds."""
    log10 = ln / LN10
    told = in_words(log10, first, second)
    if bound == "unresolved" or (bound == "at least" and log10 < 0.0) or (bound == "at most" and log10 > 0.0):
        log10, told, bound = float("nan"), UNRESOLVED, "unresolved"
    return Support(first, second, log10, told, effective, bound)
