"""Starting rates for the fit: a quick maximum of a likelihood of independent cells with fixed error scales.

The fit finds error scales and rates in turn. Begun at the declared rates it can settle where a large
undeclared emission is taken for noise: the noise then hides what would correct the rate. Begun at rates that
the readings themselves suggest it does not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sootprint.attribution.inverse.likelihood import Blocks

Array = NDArray[np.float64]

RELATIVE = np.array([0.5, 2.0])
"""Relative error of the contribution of a cell of low sources and of stacks [1]."""

SPREAD = np.array([0.4, 1.0])
"""Prior spread of ln(rate / declared) of low sources and of stacks [1]."""

BACKGROUND_SPREAD = 0.7
"""Prior spread of ln of the background's coefficients [1]."""

HOURS_TOGETHER = 3.0
"""Hours that count as one, for errors of neighbouring hours go together [h]."""

ROUNDS = 5
"""Rounds of weights and rates."""


ROWS_AT_ONCE = 20_000
"""Cells whose weighted columns are held together: a bound on memory."""


def first_rates(blocks: Blocks, values: Array, declared: Array, level: float) -> Array:
    """Apparent rates [g s⁻¹] and background coefficients [µg m⁻³], (K + B,) array.

    For given weights the cost is quadratic in the rates, so each round sums the cells up once.

    Parameters
    ----------
    blocks : Blocks
        Cells and columns.
    values : (m,) array
        Mean readings of the cells [µg m⁻³].
    declared : (K,) array
        Centre of the prior [g s⁻¹].
    level : float
        Size of the background [µg m⁻³], and twice the additive error.
    """
    from scipy.optimize import minimize

    response, classes = blocks.cells.response, blocks.classes
    sources, rest = len(declared), blocks.size - len(declared)
    scale = np.concatenate([declared, np.full(rest, level)])
    spread = np.concatenate([SPREAD[classes], np.full(rest, BACKGROUND_SPREAD)])
    logs = np.zeros(len(scale))
    for _ in range(ROUNDS):
        rates = declared * np.exp(logs[:sources])
        variance = np.full(len(values), (0.5 * level) ** 2)
        for kind in (0, 1):
            own = classes == kind
            variance += (response[:, own] @ rates[own] * RELATIVE[kind]) ** 2
        gram, linear = weighted_sums(blocks, values, blocks.cells.size / (variance * HOURS_TOGETHER))
        gram *= np.outer(scale, scale)
        linear *= scale

        def cost(logs: Array, gram: Array = gram, linear: Array = linear) -> tuple[float, Array]:
            factor = np.exp(np.clip(logs, -20.0, 20.0))
            product = gram @ factor
            off = logs / spread
            value = 0.5 * float(factor @ product) - float(linear @ factor) + 0.5 * float(off @ off)
            return value, (product - linear) * factor + off / spread

        logs = minimize(cost, logs, jac=True, method="L-BFGS-B").x
    return np.exp(logs) * scale


def weighted_sums(blocks: Blocks, values: Array, weight: Array) -> tuple[Array, Array]:
    """Sums AᵀWA and AᵀWy of the columns for independent cells, (J, J) and (J,) arrays."""
    sources, size = blocks.sources, blocks.size
    gram, linear = np.zeros((size, size)), np.zeros(size)
    for first in range(0, len(values), ROWS_AT_ONCE):
        part = slice(first, first + ROWS_AT_ONCE)
        response, background = blocks.cells.response[part], blocks.background[part]
        weighted = response * weight[part, None]
        gram[:sources, :sources] += weighted.T @ response
        gram[sources:, :sources] += background.T @ weighted
        gram[sources:, sources:] += (background.T @ background.multiply(weight[part, None])).toarray()
        linear[:sources] += weighted.T @ values[part]
        linear[sources:] += background.T @ (weight[part] * values[part])
    gram[:sources, sources:] = gram[sources:, :sources].T
    return gram, linear
