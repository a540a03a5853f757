"""What known releases say of the errors of a model, and what is assumed where there are none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.rates.model import (
    GRID,
    PRIOR_MEAN,
    PRIOR_SPREAD,
    ErrorDraws,
    Readings,
    lay_out,
    log_likelihood,
)
from sootprint.core.errors import InputError

Array = NDArray[np.float64]

PROPOSALS, DRAWS = 600, 200
PROPOSAL_DEGREES = 5.0
HESSIAN_STEP = 0.05


def assumed_errors(rng: np.random.Generator, *, draws: int = DRAWS) -> ErrorDraws:
    """Draws of the errors from their prior: for a place where nothing was ever released to test a model."""
    return ErrorDraws(PRIOR_MEAN + PRIOR_SPREAD * rng.standard_normal((draws, len(PRIOR_MEAN))), float(draws))


def learn_errors(
    readings: pd.DataFrame,
    rates: pd.Series,
    rng: np.random.Generator,
    *,
    proposals: int = PROPOSALS,
    draws: int = DRAWS,
) -> ErrorDraws:
    """Posterior draws of the errors from experiments whose rate is known.

    Importance resampling of a Student's t of five degrees of freedom about the mode of the posterior.

    Parameters
    ----------
    readings : DataFrame
        Columns of `sootprint.attribution.rates.model.COLUMNS`; rates times responses have the unit of the
        values.
    rates : Series
        Known rate [g s⁻¹] by experiment.
    rng : Generator
    proposals, draws : int
        Numbers of proposals and of draws kept [1].

    Raises
    ------
    InputError
        If an experiment has no rate above zero, or for readings that cannot be laid out.
    """
    from scipy.optimize import minimize

    laid = lay_out(readings)
    known = np.asarray(rates.reindex(laid.experiments), float)
    if not (np.isfinite(known).all() and (known > 0.0).all()):
        raise InputError("an experiment without a known rate above zero", cure="give `rates` for each")
    at = np.log(known) - laid.centre

    def cost(unknowns: Array) -> float:
        return -_log_posterior(unknowns, laid, at)

    mode = minimize(cost, PRIOR_MEAN, method="BFGS", options={"gtol": 1e-2, "maxiter": 60}).x
    covariance = _covariance(cost, mode)
    root = np.linalg.cholesky(covariance)
    size = len(mode)
    normal = rng.standard_normal((proposals, size))
    stretch = np.sqrt(PROPOSAL_DEGREES / rng.chisquare(PROPOSAL_DEGREES, proposals))[:, None]
    step = normal * stretch
    proposed = mode + step @ root.T
    log_proposal = -0.5 * (PROPOSAL_DEGREES + size) * np.log1p((step**2).sum(axis=1) / PROPOSAL_DEGREES)
    log_weight = np.array([-cost(row) for row in proposed]) - log_proposal
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    ladder = (np.arange(draws) + rng.random()) / draws
    kept = np.minimum(np.searchsorted(np.cumsum(weight), ladder), proposals - 1)
    return ErrorDraws(proposed[kept], float(1.0 / (weight**2).sum()))


def _log_posterior(unknowns: Array, laid: Readings, at: Array) -> float:
    density = log_likelihood(unknowns, laid)
    likelihood = sum(
        float(np.interp(place, GRID, row, left=row[0], right=row[-1]))
        for place, row in zip(at, density, strict=True)
    )
    return likelihood - 0.5 * float((((unknowns - PRIOR_MEAN) / PRIOR_SPREAD) ** 2).sum())


def _covariance(cost: Callable[[Array], float], mode: Array) -> Array:
    """Inverse Hessian of the cost at its minimum, by central differences; no axis wider than a prior."""
    size, h = len(mode), HESSIAN_STEP
    hessian = np.empty((size, size))
    unit = h * np.eye(size)
    for i in range(size):
        for j in range(i, size):
            corners = [
                cost(mode + a * unit[i] + b * unit[j]) for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))
            ]
            hessian[i, j] = hessian[j, i] = (corners[0] - corners[1] - corners[2] + corners[3]) / (4 * h * h)
    values, vectors = np.linalg.eigh(hessian)
    values = np.maximum(values, 1.0 / PRIOR_SPREAD.max() ** 2)
    return np.asarray((vectors / values) @ vectors.T)
