"""Replicated readings: what the fitted model would have read at a post, had it been read again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sootprint.attribution.diagnostics.cells import Cells
from sootprint.attribution.inverse import Attribution, Options

Array = NDArray[np.float64]

CLASSES = ("low", "stack")

MATTERS = 0.005
"""Share of a post's mean from which the errors of a source's contribution are drawn there; of smaller ones
the contribution is added without error."""


@dataclass(frozen=True)
class Errors:
    """Error scales of one pollutant, for cells.

    Attributes
    ----------
    additive, smooth : float
        Independent, and correlated in time [µg m⁻³].
    relative, dispersion, lasting : (K,) arrays
        Relative errors of each source's contribution: independent, correlated in time and between posts,
        and for good at one post [1].
    shared : float
        Correlation of the dispersion error between posts [1].
    hours, cell_hours : float
        e-folding time and length of a cell [h].
    """

    additive: float
    smooth: float
    relative: Array
    dispersion: Array
    lasting: Array
    shared: float
    hours: float
    cell_hours: float

    def variance(self, cells: Cells, rates: Array) -> Array:
        """Variance of the error of each cell at given rates, (m,) array [(µg m⁻³)²]."""
        part = (cells.response * rates) ** 2
        own = self.additive**2 + part @ self.relative**2
        lasting = part @ (self.dispersion**2 + self.lasting**2)
        return own * self.cell_hours / cells.size + self.smooth**2 + lasting


def fitted_errors(result: Attribution, pollutant: str, sources: list[str], options: Options) -> Errors | None:
    """Error scales that were fitted for a pollutant; None where nothing was compared."""
    table = result.diagnostics["errors"]
    row = table.loc[table["pollutant"] == pollutant]
    if row.empty or "additive_ugm3" not in row or not np.isfinite(float(row["additive_ugm3"].iloc[0])):
        return None
    found = {name: float(row[name].iloc[0]) for name in row.columns if name not in ("pollutant", "cells")}
    named = result.diagnostics["classes"].set_index("source_id")["class"]
    of = named.reindex(sources).to_numpy()

    def each(kind: str) -> Array:
        return np.array([found[f"{kind}_{word}"] for word in of])

    lasting = dict(zip(CLASSES, (options.lasting_low, options.lasting_stack), strict=True))
    return Errors(
        additive=found["additive_ugm3"],
        smooth=found["smooth_ugm3"],
        relative=each("relative"),
        dispersion=each("dispersion"),
        lasting=np.array([lasting[word] for word in of]),
        shared=options.error_shared,
        hours=options.error_hours,
        cell_hours=float(options.cell_hours),
    )


def persistent_noise(middle: Array, shape: tuple[int, ...], hours: float, rng: np.random.Generator) -> Array:
    """Standard normal numbers with correlation exp(−|Δt| / T) along the first axis, (m, *shape) array.

    An Ornstein–Uhlenbeck process at the given rising times: Uhlenbeck & Ornstein 1930,
    doi:10.1103/PhysRev.36.823.
    """
    made = rng.standard_normal((len(middle), *shape))
    keep = np.exp(-np.diff(middle) / hours)
    for place, kept in enumerate(keep, start=1):
        made[place] = kept * made[place - 1] + np.sqrt(1.0 - kept**2) * made[place]
    return made


def lognormal_factor(noise: Array, spread: Array) -> Array:
    """Log-normal factors of mean one and relative spread s from standard normal noise.

    ``exp(w ξ − w²/2)`` with w² = ln(1 + s²).
    """
    width = np.sqrt(np.log1p(spread**2))
    return np.exp(width * noise - 0.5 * width**2)


def replicate(
    cells: Cells, rates: Array, background: Array, errors: Errors, rng: np.random.Generator
) -> Array:
    """Replicated mean readings of the cells of one post, (draw, m) array [µg m⁻³].

    ``y = Σ_k x_k h_k f_rel f_disp f_last + b + smooth + additive`` with log-normal factors of mean one. The
    errors are drawn anew, those of this post for good among them: a mixed predictive check (Gelman, Meng &
    Stern 1996, *Posterior predictive assessment of model fitness*), which judges the model and not how
    closely it followed these readings.

    Parameters
    ----------
    cells : Cells
        Cells of one post, in the order of time.
    rates : (draw, K) array
        Apparent rates [g s⁻¹].
    background : (draw, m) array
        Background [µg m⁻³].
    errors : Errors
        Error scales.
    rng : Generator
        Randomness.
    """
    draws, count = background.shape
    level = max(float(np.abs(cells.value).mean()), 1e-300)
    matters = (cells.response * rates.mean(axis=0)).mean(axis=0) > MATTERS * level
    made = background + rates[:, ~matters] @ cells.response[:, ~matters].T
    for k in np.flatnonzero(matters):
        spread = errors.relative[k] * np.sqrt(errors.cell_hours / cells.size)
        part = rates[:, k, None] * cells.response[None, :, k]
        part = part * lognormal_factor(rng.standard_normal((draws, 1)), errors.lasting[k])
        part *= lognormal_factor(rng.standard_normal((draws, count)), spread)
        noise = persistent_noise(cells.middle, (draws,), errors.hours, rng).T
        made += part * lognormal_factor(noise, errors.dispersion[k])
    made += errors.smooth * persistent_noise(cells.middle, (draws,), errors.hours, rng).T
    own = errors.additive * np.sqrt(errors.cell_hours / cells.size)
    return np.asarray(made + own * rng.standard_normal((draws, count)), float)
