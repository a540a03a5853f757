"""Likelihood of one source's rate, given readings and the response that a model gives them.

A reading i of moment m of experiment e, all of one rate q_e [g s⁻¹], is

``ln y_i = ln q_e + ln R_i + β + η_e + η_m + s_i t_4``

- ``R_i = (1 − p) H_i + p Ĥ_i``: the response of the moment H, and with a share p that of the usual air Ĥ. A
  plume that by the model stays aloft has an H that is wrong by any factor; the air that day was not as
  modelled, and what is known then is the usual response.
- β: bias of the model; η_e ~ N(0, τ_e²) lasts through an experiment, η_m ~ N(0, τ_m²) through a moment.
  Neither averages out over the readings that it is common to.
- t_4: Student's t of four degrees of freedom with the scale ``s² = (1 − φ) σ² + φ σ_u²``, ``φ = p Ĥ / R``.
- A reading of zero is one under the detection limit, or (with the share π) one that the plume missed.

β, τ, σ, p, π are themselves uncertain ("errors in the errors") [1].

References
----------
.. [1] Ganesan, A. L. et al. (2014). Characterization of uncertainties in atmospheric trace gas inversions
   using hierarchical Bayesian methods. Atmos. Chem. Phys. 14, 3855-3864, doi:10.5194/acp-14-3855-2014.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import InputError

Array = NDArray[np.float64]

NAMES = (
    *("bias", "ln_lasting", "ln_moment", "ln_spread", "ln_spread_usual"),
    *("logit_usual_share", "logit_missed_share"),
)
"""Unknowns of the errors: β, ln τ_e, ln τ_m, ln σ, ln σ_u, logit p, logit π."""

PRIOR_MEAN = np.array([0.0, np.log(0.4), np.log(0.4), np.log(0.4), np.log(1.0), -2.0, -2.5])
PRIOR_SPREAD = np.array([0.5, 0.7, 0.7, 0.7, 0.7, 1.2, 1.0])
"""Normal prior of the unknowns: lasting errors of a factor 1.5, from 1.1 to 3.5."""

DEGREES_OF_FREEDOM = 4.0
REACH, STEP = 6.0, 0.05
"""Half width and step of the grid of ln q about its first guess [1]."""
GRID = np.arange(-REACH, REACH + 0.5 * STEP, STEP)
_APART = np.abs(np.arange(len(GRID))[:, None] - np.arange(len(GRID)))
LEAST = 1e-300
"""Added to densities before their logarithm, so that none is minus infinity."""
GUESSED_SHARE = 0.1
"""Share of the usual response in the first guess [1]."""

COLUMNS = ("experiment", "moment", "value", "response", "usual_response", "detection")


@dataclass(frozen=True)
class ErrorDraws:
    """Draws of the unknowns of the errors.

    Attributes
    ----------
    values : (draw, unknown) array
        In the order of `NAMES`.
    effective : float
        Effective number of draws [1].
    """

    values: Array
    effective: float

    def of_one_moment(self) -> ErrorDraws:
        """The same errors for experiments of one moment each: η_e and η_m come together."""
        values = self.values.copy()
        values[:, 1] = 0.5 * np.logaddexp(2.0 * values[:, 1], 2.0 * values[:, 2])
        return ErrorDraws(values, self.effective)

    def summary(self) -> dict[str, tuple[float, float, float]]:
        """Median and ends of the 90 % interval of β, τ_e, τ_m, σ, σ_u, p and π."""
        with np.errstate(over="ignore"):
            natural = np.column_stack(
                [self.values[:, 0], np.exp(self.values[:, 1:5]), 1.0 / (1.0 + np.exp(-self.values[:, 5:]))]
            )
        names = ("bias", "lasting", "moment", "spread", "spread_usual", "usual_share", "missed_share")
        middle, low, high = np.quantile(natural, [0.5, 0.05, 0.95], axis=0)
        return {name: (float(middle[n]), float(low[n]), float(high[n])) for n, name in enumerate(names)}


@dataclass(frozen=True)
class Readings:
    """Readings laid out for the likelihood; places of experiments are in the order of their names.

    Attributes
    ----------
    experiments : (E,) array of str
    centre : (E,) array
        First guess of ln q.
    experiment_of : (M,) array of int
        Experiment of each moment, ascending.
    moment_of : (N,) array of int
        Moment of each reading, ascending.
    log_value, response, usual : (N,) arrays
        ln y (of the detection limit where censored), H and Ĥ.
    censored : (N,) array of bool
    """

    experiments: NDArray[np.object_]
    centre: Array
    experiment_of: NDArray[np.intp]
    moment_of: NDArray[np.intp]
    log_value: Array
    response: Array
    usual: Array
    censored: NDArray[np.bool_]


def lay_out(readings: pd.DataFrame) -> Readings:
    """Readings of a table with the columns `COLUMNS`, sorted by experiment and moment.

    Raises
    ------
    InputError
        If a column is missing, a number is not finite, an experiment has no reading above zero, a usual
        response is not above zero, or a reading of zero has no detection limit.
    """
    missing = [name for name in COLUMNS if name not in readings]
    if missing:
        raise InputError(f"readings without {', '.join(missing)}", rule=f"columns {', '.join(COLUMNS)}")
    table = readings.sort_values(["experiment", "moment"], kind="stable")
    value = table["value"].to_numpy(float)
    response, usual = table["response"].to_numpy(float), table["usual_response"].to_numpy(float)
    limit, censored = table["detection"].to_numpy(float), value <= 0.0
    if not (np.isfinite(value).all() and np.isfinite(response).all() and (response >= 0.0).all()):
        raise InputError("readings or responses that are not finite numbers", cure="leave those rows out")
    if not (usual > 0.0).all():
        raise InputError("a usual response that is not above zero", cure="leave those rows out")
    if not (limit[censored] > 0.0).all():
        raise InputError("a reading of zero without a detection limit above zero", cure="give `detection`")
    moments = table.groupby(["experiment", "moment"], sort=True).ngroup().to_numpy()
    experiments, place = np.unique(table["experiment"].to_numpy(object), return_inverse=True)
    log_value = np.log(np.where(censored, np.where(censored, limit, 1.0), value))
    guess = log_value - np.log((1.0 - GUESSED_SHARE) * response + GUESSED_SHARE * usual)
    seen = pd.Series(guess[~censored]).groupby(place[~censored]).median()
    if len(seen) < len(experiments):
        dark = [str(experiments[n]) for n in range(len(experiments)) if n not in seen.index]
        raise InputError(
            f"no reading above zero in {', '.join(dark[:3])}",
            rule="a rate is inferred from what was read",
            cure="leave those experiments out and say that they are not decidable",
        )
    first = np.flatnonzero(np.diff(moments, prepend=-1))
    return Readings(
        experiments, seen.to_numpy(float), place[first], moments, log_value, response, usual, censored
    )


def log_likelihood(unknowns: Array, readings: Readings) -> Array:
    """ln p(readings of e | ln q_e = centre_e + `GRID`, unknowns), shape (experiment, node).

    Both lasting errors are integrated out on the grid. Where every experiment has one moment, η_m is left
    out: there it is η_e.
    """
    from scipy.special import expit, gammaln, stdtr

    bias, lasting, moment, spread, spread_usual = unknowns[0], *np.exp(unknowns[1:5])
    share, missed = expit(unknowns[5]), expit(unknowns[6])
    response = (1.0 - share) * readings.response + share * readings.usual
    part = share * readings.usual / response
    scale = np.sqrt((1.0 - part) * spread**2 + part * spread_usual**2)[:, None]
    middle = (readings.log_value - np.log(response) - bias)[:, None]
    centre = readings.centre[readings.experiment_of[readings.moment_of]][:, None]
    z = (middle - centre - GRID) / scale
    nu = DEGREES_OF_FREEDOM
    constant = gammaln(0.5 * (nu + 1.0)) - gammaln(0.5 * nu) - 0.5 * np.log(nu * np.pi)
    density = constant - 0.5 * (nu + 1.0) * np.log1p(z**2 / nu) - np.log(scale) + np.log1p(-missed)
    if readings.censored.any():
        below = stdtr(nu, z[readings.censored])
        density[readings.censored] = np.log(missed + (1.0 - missed) * below)
    starts = np.flatnonzero(np.diff(readings.moment_of, prepend=-1))
    by_moment = np.add.reduceat(density, starts, axis=0)
    if len(by_moment) == len(readings.experiments):
        return _smeared(by_moment, float(lasting))
    by_moment = _smeared(by_moment, float(moment))
    starts = np.flatnonzero(np.diff(readings.experiment_of, prepend=-1))
    return _smeared(np.add.reduceat(by_moment, starts, axis=0), float(lasting))


def _smeared(log_density: Array, spread: float) -> Array:
    """Logarithm of a density on the grid after an error of this spread, N(0, spread²)."""
    falling = np.exp(-0.5 * (np.arange(len(GRID)) * STEP / spread) ** 2)
    kernel = (falling / (2.0 * falling.sum() - 1.0))[_APART]
    top = log_density.max(axis=1, keepdims=True)
    return np.asarray(np.log(np.exp(log_density - top) @ kernel + LEAST) + top)
