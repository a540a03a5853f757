"""Rates inferred from readings, with intervals, and how they did where the rate was known."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.rates.model import GRID, STEP, ErrorDraws, lay_out, log_likelihood

Array = NDArray[np.float64]

LEVELS = (0.5, 0.9)
FACTOR = 2.0
DECIDABLE_FACTOR = 10.0
"""A rate whose 90 % interval reaches further than this factor either way is not decidable [1]."""


def infer_rates(readings: pd.DataFrame, errors: ErrorDraws) -> pd.DataFrame:
    """Rate of each experiment from its readings, the prior of its logarithm being flat.

    Nothing declared enters. The posterior is the mean over the draws of the errors of what each says.

    Parameters
    ----------
    readings : DataFrame
        Columns of `sootprint.attribution.rates.model.COLUMNS`.
    errors : ErrorDraws
        From `learn_errors` or `assumed_errors`.

    Returns
    -------
    DataFrame
        A row an experiment: ``experiment``, ``rate`` (median [g s⁻¹]), ``low_50``, ``high_50``, ``low_90``,
        ``high_90`` [g s⁻¹], ``decidable`` (the 90 % interval reaches a factor of ten either way at most).

    Raises
    ------
    InputError
        For readings that cannot be laid out.
    """
    laid = lay_out(readings)
    posterior = np.zeros((len(laid.experiments), len(GRID)))
    for unknowns in errors.values:
        density = log_likelihood(unknowns, laid)
        weight = np.exp(density - density.max(axis=1, keepdims=True))
        posterior += weight / weight.sum(axis=1, keepdims=True)
    below = np.cumsum(posterior, axis=1) / len(errors.values)
    shares = [0.5, *(0.5 + sign * 0.5 * level for level in LEVELS for sign in (-1, 1))]
    edges = GRID + 0.5 * STEP
    quantiles = np.array(
        [
            [centre + np.interp(share, row, edges) for share in shares]
            for centre, row in zip(laid.centre, below, strict=True)
        ]
    )
    made = pd.DataFrame({"experiment": laid.experiments})
    for number, name in enumerate(("rate", "low_50", "high_50", "low_90", "high_90")):
        made[name] = np.exp(quantiles[:, number])
    reach = np.maximum(made["high_90"] / made["rate"], made["rate"] / made["low_90"])
    return made.assign(decidable=reach <= DECIDABLE_FACTOR)


def score_rates(inferred: pd.DataFrame, rates: pd.Series) -> dict[str, float]:
    """How inferred rates hold the known ones.

    Returns
    -------
    dict
        experiments, median_ratio (inferred over true), within_factor_2, coverage_50, coverage_90,
        interval_factor (median of the square root of upper over lower end of the 90 % intervals), decidable
        (share).
    """
    true = np.asarray(rates.reindex(inferred["experiment"]), float)
    ratio = inferred["rate"].to_numpy(float) / true
    made = {
        "experiments": float(len(inferred)),
        "median_ratio": float(np.median(ratio)),
        "within_factor_2": float(((ratio >= 1.0 / FACTOR) & (ratio <= FACTOR)).mean()),
    }
    for level in LEVELS:
        name = f"{100 * level:.0f}"
        held = (inferred[f"low_{name}"] <= true) & (true <= inferred[f"high_{name}"])
        made[f"coverage_{name}"] = float(held.mean())
    made["interval_factor"] = float(np.sqrt(inferred["high_90"] / inferred["low_90"]).median())
    made["decidable"] = float(inferred["decidable"].mean())
    return made
