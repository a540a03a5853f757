"""Parts of many sources in a field of means: what each reading owes to each source, with intervals.

Readings y_r are means over one period, so there are fewer of them than sources, and what they leave open the
prior of the declared rates fills:

``ln y_r = ln Σ_k C_rk exp(u_k) + s N(0, 1)``,  ``u_k = w t_4``,  ``ln s ~ N(ln s_0, 0.5²)``

with C_rk the modelled mean of source k at its declared rate, u_k the logarithm of true over declared, and s
the error of readings and model together, itself uncertain. Student's t lets a few declarations be far off.

The posterior is drawn by Hamiltonian Monte Carlo [1] in the axes of the Gauss-Newton curvature at the mode,
many cases side by side. The averaging kernel of a source is ``1 − Var(u | y) / Var(u)`` [2], the spreads
taken from the quartiles, since those of Student's t depend on its tails.

References
----------
.. [1] Neal, R. M. (2011). MCMC using Hamiltonian dynamics. In Brooks et al., eds, Handbook of Markov Chain
   Monte Carlo, chapter 5. doi:10.1201/b10905-6.
.. [2] Rodgers, C. D. (2000). Inverse methods for atmospheric sounding. World Scientific, doi:10.1142/3171.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sootprint.core.errors import InputError

Array = NDArray[np.float64]

DEGREES = 4.0
"""Degrees of freedom of the prior of ln(true / declared) [1]."""
QUARTILE = 0.7406970841
"""Upper quartile of Student's t of four degrees of freedom [1]."""
ERROR_SPREAD = 0.5
"""Spread of the prior of ln s [1]."""
NEWTON_STEPS = 60
LEAPS = (4, 12)
"""Fewest and most leaps of a trajectory [1]."""
WANTED_ACCEPTANCE = 0.8


@dataclass(frozen=True)
class Parts:
    """Result of `infer_parts`.

    Attributes
    ----------
    log_ratio : (draw, case, source) array
        Draws of ln(true / declared) [1].
    error : (draw, case) array
        Draws of s [1].
    averaging_kernel : (case, source) array
        Share of what is said of a source that comes from the readings [1]; where they say nothing it scatters
        about 0 with the finite number of draws.
    acceptance : (case,) array
        Share of accepted trajectories [1].
    split_r_hat : (case,) array
        Largest potential scale reduction over the sources, of the two halves of the chain [1].
    """

    log_ratio: Array
    error: Array
    averaging_kernel: Array
    acceptance: Array
    split_r_hat: Array


def infer_parts(
    readings: Array,
    declared: Array,
    rng: np.random.Generator,
    *,
    prior_spread: float = 0.6,
    error: float = 0.15,
    warm_up: int = 300,
    draws: int = 600,
) -> Parts:
    """Posterior of the rates of many sources relative to the declared ones, of many cases at once.

    Parameters
    ----------
    readings : (case, receptor) array
        Means of a period, above zero [µg m⁻³].
    declared : (case, receptor, source) array
        Modelled means of each source at its declared rate [µg m⁻³].
    rng : Generator
    prior_spread : float
        w, scale of Student's t of ln(true / declared) [1].
    error : float
        s_0, median of the prior of the relative error [1].
    warm_up, draws : int
        Trajectories to find the step by, and those kept [1].

    Raises
    ------
    InputError
        If the shapes do not fit, a reading is not above zero, or no source reaches a receptor.
    """
    if declared.ndim != 3 or declared.shape[:2] != readings.shape:
        raise InputError(
            f"declared means of shape {declared.shape} for readings of {readings.shape}",
            rule="(case, receptor, source) and (case, receptor)",
        )
    if not (np.isfinite(readings).all() and (readings > 0.0).all()):
        raise InputError("readings that are not above zero", cure="leave those receptors out")
    if not ((declared >= 0.0).all() and (declared.sum(axis=2) > 0.0).all()):
        raise InputError("a receptor that no source reaches", cure="leave those receptors out")
    field = _Field(np.log(readings), declared, prior_spread, np.log(error))
    mode = _mode(field)
    axes = np.linalg.inv(np.linalg.cholesky(field.curvature(mode))).transpose(0, 2, 1)
    kept, accepted = _trajectories(field, mode, axes, rng, warm_up, draws)
    log_ratio = kept[:, :, :-1]
    low, high = np.quantile(log_ratio, [0.25, 0.75], axis=0)
    kernel = 1.0 - ((high - low) / (2.0 * QUARTILE * prior_spread)) ** 2
    return Parts(log_ratio, np.exp(kept[:, :, -1]), kernel, accepted, _split_r_hat(log_ratio))


@dataclass(frozen=True)
class _Field:
    """Log posterior of cases; unknowns are u of each source, then ln s, shape (case, source + 1)."""

    log_readings: Array
    declared: Array
    spread: float
    log_error: float

    def value_and_gradient(self, unknowns: Array) -> tuple[Array, Array]:
        u, log_s = unknowns[:, :-1], unknowns[:, -1]
        parts = np.exp(u)[:, :, None]
        total = (self.declared @ parts)[:, :, 0]
        rest = (self.log_readings - np.log(total)) * np.exp(-log_s)[:, None]
        squares = (rest**2).sum(axis=1)
        scale = DEGREES * self.spread**2
        lean = (log_s - self.log_error) / ERROR_SPREAD**2
        value = -0.5 * squares - rest.shape[1] * log_s
        value -= 0.5 * (DEGREES + 1.0) * np.log1p(u**2 / scale).sum(axis=1)
        value -= 0.5 * lean * (log_s - self.log_error)
        pull = rest * np.exp(-log_s)[:, None] / total
        slope = np.empty_like(unknowns)
        slope[:, :-1] = (pull[:, None, :] @ self.declared)[:, 0] * parts[:, :, 0]
        slope[:, :-1] -= (DEGREES + 1.0) * u / (scale + u**2)
        slope[:, -1] = squares - rest.shape[1] - lean
        return value, slope

    def curvature(self, unknowns: Array) -> Array:
        """Gauss-Newton curvature with that of the prior at the same distance, positive definite."""
        u, log_s = unknowns[:, :-1], unknowns[:, -1]
        parts = self.declared * np.exp(u)[:, None, :]
        shares = parts / parts.sum(axis=2, keepdims=True) * np.exp(-log_s)[:, None, None]
        size = unknowns.shape[1]
        made = np.zeros((len(unknowns), size, size))
        made[:, :-1, :-1] = shares.transpose(0, 2, 1) @ shares
        place = np.arange(size - 1)
        made[:, place, place] += (DEGREES + 1.0) / (DEGREES * self.spread**2 + u**2)
        made[:, -1, -1] = 2.0 * self.declared.shape[1] + 1.0 / ERROR_SPREAD**2
        return made


def _mode(field: _Field) -> Array:
    """Mode over u at the prior median of s, by Gauss-Newton steps that are halved until they gain."""
    cases, _, sources = field.declared.shape
    at = np.zeros((cases, sources + 1))
    at[:, -1] = field.log_error
    value, slope = field.value_and_gradient(at)
    for _ in range(NEWTON_STEPS):
        step = np.linalg.solve(field.curvature(at), slope[:, :, None])[:, :, 0]
        step[:, -1] = 0.0
        length = np.ones(cases)
        for _ in range(8):
            tried, _ = field.value_and_gradient(at + length[:, None] * step)
            worse = ~(tried > value)
            if not worse.any():
                break
            length[worse] *= 0.5
        length[worse] = 0.0
        at = at + length[:, None] * step
        value, slope = field.value_and_gradient(at)
    return at


def _trajectories(
    field: _Field, mode: Array, axes: Array, rng: np.random.Generator, warm_up: int, draws: int
) -> tuple[Array, Array]:
    """Draws (draw, case, unknown) and the share of accepted trajectories of each case."""
    cases, size = mode.shape

    def at(place: Array) -> Array:
        return mode + (axes @ place[:, :, None])[:, :, 0]

    def force(place: Array) -> tuple[Array, Array]:
        value, slope = field.value_and_gradient(at(place))
        return value, (slope[:, None, :] @ axes)[:, 0]

    place = 0.5 * rng.standard_normal((cases, size))
    value, pull = force(place)
    log_step = np.full(cases, np.log(0.3))
    kept, accepted = np.empty((draws, cases, size)), np.zeros(cases)
    for number in range(warm_up + draws):
        momentum = rng.standard_normal((cases, size))
        step = np.exp(log_step)[:, None] * rng.uniform(0.8, 1.2)
        new, new_value, new_pull = place, value, pull
        moving = momentum + 0.5 * step * new_pull
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            # A trajectory that runs away has no finite value and is refused.
            for leap in range(leaps := int(rng.integers(*LEAPS))):
                new = new + step * moving
                new_value, new_pull = force(new)
                moving = moving + (step if leap < leaps - 1 else 0.5 * step) * new_pull
            gain = new_value - value - 0.5 * ((moving**2).sum(axis=1) - (momentum**2).sum(axis=1))
        chance = np.where(np.isfinite(gain), np.exp(np.minimum(np.nan_to_num(gain), 0.0)), 0.0)
        taken = rng.random(cases) < chance
        place = np.where(taken[:, None], new, place)
        pull, value = np.where(taken[:, None], new_pull, pull), np.where(taken, new_value, value)
        if number < warm_up:
            log_step += (chance - WANTED_ACCEPTANCE) / np.sqrt(1.0 + number)
        else:
            kept[number - warm_up] = at(place)
            accepted += taken
    return kept, accepted / draws


def _split_r_hat(draws: Array) -> Array:
    """Largest split-R̂ of each case, of the two halves of one chain.

    Gelman, A. et al. (2013), Bayesian Data Analysis, third edition, section 11.4.
    """
    count = len(draws) // 2
    halves = np.stack([draws[:count], draws[count : 2 * count]])
    within = halves.var(axis=1, ddof=1).mean(axis=0)
    between = count * halves.mean(axis=1).var(axis=0, ddof=1)
    return np.asarray(np.sqrt((count - 1) / count + between / (count * within)).max(axis=1))
