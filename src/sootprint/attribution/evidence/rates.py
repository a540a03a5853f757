"""What the readings say of a declared rate: verdict under both priors, support, what would overturn it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sootprint.attribution.evidence.declared import DeclaredRate, declared_rate
from sootprint.attribution.evidence.free import DataAlone, FreePrior, data_alone
from sootprint.attribution.evidence.propositions import Support, support

Array = NDArray[np.float64]

STACK_TEST = 0.1
"""Relative standard uncertainty of a measurement in the stack [1], as in `identifiability.Options`."""

ONE_SIDED = 1.6448536269514722
"""Normal quantile of a one-sided 95 % bound."""

TIED, UNSEEN, PRIORS, FAINT, NO_DECLARATION = (
    "cannot be told apart from others",
    "the readings say too little",
    "the two priors lead to different outcomes",
    "its part of what was read is too small",
    "no declared rate",
)
"""Why nothing is decided."""


@dataclass(frozen=True)
class RateEvidence:
    """Result of `rate_evidence`.

    Attributes
    ----------
    verdict, reason : str
        ``consistent with declared``, ``above declared``, ``below declared`` or ``not decidable``, and in the
        last case why.
    factor : float
        Above: at least so many times the declared rate; below: at most so many times [1]; one-sided 95 %
        bound, the weaker of the two priors. NaN otherwise.
    centred, blind : DeclaredRate
        With the prior about the declared rate, and with the declared-blind one.
    free, none : Support or None
        Bayes factors of "as declared" against "freely within capacity" and "does not contribute".
    alone : DataAlone or None
        The same from the integrated likelihood.
    overturn_g_s : float
        Rate of a stack test at the load of the period from which the verdict would fall [g s⁻¹].
    """

    verdict: str
    reason: str
    factor: float
    centred: DeclaredRate
    blind: DeclaredRate
    free: Support | None
    none: Support | None
    alone: DataAlone | None
    overturn_g_s: float


def rate_evidence(
    draws_g_s: ArrayLike,
    free_draws_g_s: ArrayLike,
    declared_g_s: float,
    *,
    declared_spread: float,
    prior: FreePrior,
    kernel: float,
    alone: bool = True,
    tolerance: float = 0.2,
    permitted_g_s: float | None = None,
    decidable: float = 0.5,
) -> RateEvidence:
    """Evidence on the declared rate of a source, plant or group.

    "Above" and "below" are said only where the interval with the prior about the declared rate and the one
    with the declared-blind prior both say so: a finding never rests on the declared prior.

    Parameters
    ----------
    draws_g_s, free_draws_g_s : (draw,) array_like
        Posterior draws of the rate with either prior [g s⁻¹].
    declared_g_s : float
        Declared mean rate [g s⁻¹].
    declared_spread : float
        Stated standard uncertainty of its logarithm [1].
    prior : FreePrior
        Declared-blind prior of the rate.
    kernel : float
        Averaging kernel under that prior [1].
    alone : bool
        Whether it can be told apart from all others.
    tolerance : float
        Tolerance of the licence and of its monitoring [1].
    permitted_g_s : float, optional
        Largest permitted rate [g s⁻¹].
    decidable : float
        Averaging kernel from which something is decided [1].

    Raises
    ------
    InputError
        If the declared rate is not above zero.
    """
    given: dict[str, Any] = {
        "tolerance": tolerance,
        "permitted_g_s": permitted_g_s,
        "decidable": decidable,
    }
    centred = declared_rate(draws_g_s, declared_g_s, kernel=kernel, **given)
    blind = declared_rate(free_draws_g_s, declared_g_s, kernel=kernel, **given)
    verdict, reason = centred.verdict, ""
    if not alone:
        verdict, reason = "not decidable", TIED
    elif verdict == "not decidable":
        reason = UNSEEN
    elif blind.verdict != verdict:
        verdict, reason = "not decidable", PRIORS
    factor = float("nan")
    if verdict == "above declared":
        factor = min(centred.low, blind.low)
    elif verdict == "below declared":
        factor = max(centred.high, blind.high)
    free, none = support(
        free_draws_g_s,
        declared_g_s,
        declared_spread=declared_spread,
        free_centre=prior.centre,
        free_spread=prior.spread,
        free_count=prior.count,
    )
    return RateEvidence(
        verdict=verdict,
        reason=reason,
        factor=factor,
        centred=centred,
        blind=blind,
        free=free,
        none=none,
        alone=data_alone(free_draws_g_s, declared_g_s, prior),
        overturn_g_s=overturning_rate(draws_g_s, declared_g_s, verdict, tolerance=tolerance),
    )


def overturning_rate(
    draws_g_s: ArrayLike,
    declared_g_s: float,
    verdict: str,
    *,
    tolerance: float = 0.2,
    stack_test: float = STACK_TEST,
) -> float:
    """Result of a stack test at the load of the period from which a verdict would fall [g s⁻¹].

    The posterior of ln x is taken as normal, N(m, s²), and the test as ln z ~ N(ln x, τ²). Both together
    have the precision ``1/s'² = 1/s² + 1/τ²`` and the mean ``s'² (m/s² + ln z/τ²)``; the bound at ``mean ∓
    1.645 s'`` meets the edge of the verdict, ``ln((1 + δ) D)`` or ``ln(D / (1 + δ))``, at

    ``ln z = τ² ((edge ± 1.645 s') / s'² − m / s²)``

    For "above declared" a test below z overturns it; for "below declared" one above z. For the other two
    verdicts z is the test above which the outcome would be "above declared".

    Examples
    --------
    >>> import numpy as np
    >>> draws = 3.0 * np.exp(0.3 * np.array([-1.0, 1.0]))
    >>> round(overturning_rate(draws, 1.0, "above declared"), 2)
    1.29
    """
    logs = np.log(np.asarray(draws_g_s, float))
    mean, variance = float(logs.mean()), max(float(logs.var()), 1e-12)
    joint = 1.0 / (1.0 / variance + 1.0 / stack_test**2)
    below = verdict == "below declared"
    edge = np.log(declared_g_s) + (-1.0 if below else 1.0) * np.log1p(tolerance)
    bound = edge + (-1.0 if below else 1.0) * ONE_SIDED * np.sqrt(joint)
    return float(np.exp(stack_test**2 * (bound / joint - mean / variance)))


def sum_kernel(free_draws_g_s: ArrayLike, prior: FreePrior) -> float:
    """Averaging kernel of ln of a rate or a sum: ``1 − var(ln x | y) / var(ln x)``, not under 0 [1]."""
    return max(0.0, 1.0 - float(np.log(np.asarray(free_draws_g_s, float)).var()) / prior.variance())
