"""Matrix of samples and species with its uncertainties: what a factorisation takes in.

References
----------
.. [1] Polissar, A. V. et al. (1998). Atmospheric aerosol over Alaska: 2. Elemental composition and sources.
   J. Geophys. Res. 103, 19045–19057. doi:10.1029/98JD01212.
.. [2] Norris, G. et al. (2014). EPA Positive Matrix Factorization 5.0: fundamentals and user guide.
   EPA/600/R-14/108, equations 5-1 and 5-2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sootprint.core.errors import InputError

Array = NDArray[np.float64]

WEAK_FACTOR = 3.0
"""Factor by which the uncertainty of a weak species is raised; ref. 2."""


@dataclass(frozen=True)
class FactorMatrix:
    """Samples × species as they are fitted.

    Attributes
    ----------
    values, uncertainties : (n, m) arrays
        Concentrations and their standard uncertainties in one unit; a missing value is NaN in both.
    times : DatetimeIndex or Index
        Samples.
    species : tuple of str
        Names of the columns that are fitted.
    weak, left_out : tuple of str
        Species with raised uncertainty, and those that are not fitted (totals, bad species).
    below_detection : (n, m) bool array
        Values that were below their detection limit.
    unit : str
        Unit of the values.
    """

    values: Array
    uncertainties: Array
    times: pd.Index
    species: tuple[str, ...]
    weak: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    below_detection: NDArray[np.bool_] | None = None
    unit: str = "µg m⁻³"

    @property
    def known(self) -> NDArray[np.bool_]:
        """Whether a value is there to be fitted."""
        return np.isfinite(self.values)

    def precision(self) -> Array:
        """1/σ², 0 where the value is missing; shape (n, m)."""
        made = np.zeros(self.values.shape)
        known = self.known
        made[known] = self.uncertainties[known] ** -2.0
        return made

    def take(self, rows: NDArray[np.int64]) -> FactorMatrix:
        """Matrix of chosen rows, perhaps repeated."""
        below = None if self.below_detection is None else self.below_detection[rows]
        return FactorMatrix(
            self.values[rows],
            self.uncertainties[rows],
            self.times[rows],
            self.species,
            self.weak,
            self.left_out,
            below,
            self.unit,
        )


def detection_uncertainty(values: ArrayLike, limit: ArrayLike, fraction: ArrayLike) -> Array:
    """Uncertainty of values from the detection limit and a relative error; refs. 1 and 2.

    5/6 of the limit where the value is at or below it, else √((fraction · value)² + (limit / 2)²). For a
    value of 2 with a limit of 1 and an error of 10 % it is √(0.04 + 0.25) = 0.539.
    """
    x, least, part = np.broadcast_arrays(*(np.asarray(item, float) for item in (values, limit, fraction)))
    return np.where(x <= least, 5.0 / 6.0 * least, np.hypot(part * x, 0.5 * least))


def factor_matrix(
    values: pd.DataFrame,
    uncertainties: pd.DataFrame | None = None,
    *,
    detection_limits: dict[str, float] | None = None,
    error_fraction: float | dict[str, float] = 0.1,
    weak: Iterable[str] = (),
    leave_out: Iterable[str] = (),
    extra_uncertainty: float = 0.0,
    minimum_share: float = 0.5,
    unit: str = "µg m⁻³",
) -> FactorMatrix:
    """Matrix of a wide table, a sample a row and a species a column.

    A missing value has no weight: it is neither replaced by a median nor its row dropped. Where no
    uncertainties are given they are made of ``detection_limits`` and ``error_fraction``
    (`detection_uncertainty`), and a value under its limit stands as half of it.

    Parameters
    ----------
    values, uncertainties : DataFrame
        Same rows and columns; NaN is missing.
    detection_limits : dict of str to float, optional
        By species, in the unit of the values; 0 where not stated.
    error_fraction : float or dict
        Relative error of a value well above its limit [1].
    weak : iterable of str
        Species whose uncertainty is tripled, as a total that must not steer the fit.
    leave_out : iterable of str
        Species that are not fitted.
    extra_uncertainty : float
        Error of the model, as a share of the value, added to each uncertainty in squares [1].
    minimum_share : float
        Species with a smaller share of values are left out [1].

    Raises
    ------
    InputError
        If names do not fit, a value is infinite, or a known value has no uncertainty above zero.
    """
    named = {*weak, *leave_out, *(detection_limits or {})}
    if strange := sorted(named - set(values.columns)):
        raise InputError(f"no species {strange[0]!r} among the values", cure=", ".join(values.columns))
    share = values.notna().mean()
    dropped = [name for name in values.columns if name in set(leave_out) or share[name] < minimum_share]
    kept = [name for name in values.columns if name not in dropped]
    x = values[kept].to_numpy(float)
    below = None
    if uncertainties is None:
        limits = np.array([(detection_limits or {}).get(name, 0.0) for name in kept])
        errors = error_fraction if isinstance(error_fraction, dict) else dict.fromkeys(kept, error_fraction)
        sigma = detection_uncertainty(x, limits, np.array([errors[name] for name in kept]))
        below = np.asarray(x <= limits) & (limits > 0.0)
        x = np.where(below, 0.5 * limits, x)
    else:
        if list(uncertainties.columns) != list(values.columns) or len(uncertainties) != len(values):
            raise InputError("values and uncertainties differ in rows or columns", cure="give both alike")
        sigma = uncertainties[kept].to_numpy(float)
    if np.isinf(x).any():
        raise InputError("an infinite value", rule="values are numbers or missing")
    sigma = np.hypot(sigma, extra_uncertainty * np.abs(x))
    sigma = sigma * np.where(np.isin(kept, list(weak)), WEAK_FACTOR, 1.0)
    known = np.isfinite(x)
    if not (known & (sigma > 0.0))[known].all():
        row, column = np.argwhere(known & ~(sigma > 0.0))[0]
        raise InputError(
            f"{kept[column]} = {x[row, column]:g} has the uncertainty {sigma[row, column]:g}",
            where=f"sample {values.index[row]}",
            rule="every known value has an uncertainty above zero",
            cure="give it one, or detection_limits",
        )
    return FactorMatrix(
        np.where(known, x, np.nan),
        np.where(known, sigma, np.nan),
        values.index,
        tuple(kept),
        tuple(name for name in kept if name in set(weak)),
        tuple(dropped),
        below,
        unit,
    )
