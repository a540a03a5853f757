"""Starting rates for the fit: a quick maximum of an hourly likelihood with fixed error scales.

The fit finds error scales and rates in turn. Begun at the declared rates it can settle where a large
undeclared emission is taken for noise: the noise then hides what would correct the rate. Begun at rates that
the readings themselves suggest it does not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

RELATIVE = np.array([0.5, 2.0])
"""Relative error of an hourly contribution of low sources and of stacks [1]."""

SPREAD = np.array([0.4, 1.0])
"""Prior spread of ln(rate / declared) of low sources and of stacks [1]."""

BACKGROUND_SPREAD = 0.7
"""Prior spread of ln of the background's coefficients [1]."""

HOURS_TOGETHER = 3.0
"""Hours that count as one, for errors of neighbouring hours go together [h]."""

ROUNDS = 5
"""Rounds of weights and rates."""


def first_rates(
    values: Array,
    response: Array,
    background: Array,
    declared: Array,
    classes: NDArray[np.int64],
    level: float,
) -> Array:
    """Apparent rates [g s⁻¹] and background coefficients [µg m⁻³], (K + B,) array.

    Parameters
    ----------
    values : (n,) array
        Hourly readings [µg m⁻³].
    response : (n, K) array
        Concentration for a unit rate [µg m⁻³ per g s⁻¹].
    background : (n, B) array
        Columns of the background [1].
    declared : (K,) array
        Centre of the prior [g s⁻¹].
    classes : (K,) int array
        0 for low sources, 1 for stacks.
    level : float
        Size of the background [µg m⁻³], and twice the additive error.
    """
    from scipy.optimize import minimize

    sources = len(declared)
    scale = np.concatenate([declared, np.full(background.shape[1], level)])
    columns = np.hstack([response, background]) * scale
    spread = np.concatenate([SPREAD[classes], np.full(background.shape[1], BACKGROUND_SPREAD)])
    logs = np.zeros(len(scale))
    for _ in range(ROUNDS):
        part = columns[:, :sources] * np.exp(logs[:sources])
        variance = np.full(len(values), (0.5 * level) ** 2)
        for kind in (0, 1):
            variance = variance + (part[:, classes == kind].sum(axis=1) * RELATIVE[kind]) ** 2
        weight = 1.0 / (variance * HOURS_TOGETHER)

        def cost(logs: Array, weight: Array = weight) -> tuple[float, Array]:
            factor = np.exp(np.clip(logs, -20.0, 20.0))
            rest = values - columns @ factor
            slope = -(columns.T @ (weight * rest)) * factor + logs / spread**2
            return 0.5 * float((weight * rest**2).sum() + ((logs / spread) ** 2).sum()), slope

        logs = minimize(cost, logs, jac=True, method="L-BFGS-B").x
    return np.exp(logs) * scale
