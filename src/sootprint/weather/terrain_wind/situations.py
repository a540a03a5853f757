"""Where the wind is known, and the kinds of air for which the terrain is solved.

References
----------
.. [1] Moussiopoulos, N., Flassak, T. & Knittel, G. (1988). A refined diagnostic wind model. Environ.
   Softw. 3, 85–94 (anisotropy from the Strouhal number).
.. [2] Hunt, J. C. R. & Snyder, W. H. (1980). Experiments on stably and neutrally stratified flow over a model
   three-dimensional hill. J. Fluid Mech. 96, 671–704. doi:10.1017/S0022112080002303.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sootprint.core.errors import InputError

Floats = NDArray[np.float64]

KINDS = ("surface", "profile")


@dataclass(frozen=True)
class WindSite:
    """Place where the wind is known.

    Parameters
    ----------
    site_id : str
    x, y : float
        Place [m, projected coordinate system].
    kind : str
        ``surface``: one anemometer near the ground; ``profile``: a mast, a sounding, or a column of a
        reanalysis, with any number of heights.
    lowest_m, highest_m : float
        Heights above ground between which the site counts [m]. An anemometer is carried upward by similarity
        as far as ``highest_m``; a column of a reanalysis, which does not know the valley, may begin above it.
        Where no site counts, those whose range is nearest do.
    height_m : float
        Height of the anemometer [m], of a surface site.
    """

    site_id: str
    x: float
    y: float
    kind: str = "surface"
    lowest_m: float = 0.0
    highest_m: float = 100.0
    height_m: float = 10.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"site {self.site_id} of kind {self.kind!r}", rule=f"one of: {', '.join(KINDS)}")
        if not 0.0 <= self.lowest_m < self.highest_m:
            raise InputError(
                f"site {self.site_id} counts from {self.lowest_m} to {self.highest_m} m",
                rule="a range of heights above ground",
            )


@dataclass(frozen=True)
class Situation:
    """Kind of air for which the response of the terrain is solved once.

    Parameters
    ----------
    name : str
    anisotropy : float
        αh/αv of the adjustment [1].
    obukhov_length : float
        L of the profile between the nodes and below the lowest [m]; an hour's own L counts at the nodes.
    froude : float
        Froude number of the flow against the hills [1]; under 1 the air below the dividing streamline is
        led along the contours.
    pool_depth_m : float or None
        Depth of the cold pool above the floor of the basin [m]; None without a pool. Its top is level.
    height_penalty : float
        Metres of horizontal distance that a metre of difference in ground height counts for, where winds
        are interpolated between sites [1]: large when stable, since air then keeps to its height.
    """

    name: str
    anisotropy: float = 1.0
    obukhov_length: float = np.inf
    froude: float = np.inf
    pool_depth_m: float | None = None
    height_penalty: float = 10.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.anisotropy) and self.anisotropy > 0.0):
            raise InputError(f"situation {self.name}: anisotropy {self.anisotropy}", rule="a positive number")
        if self.obukhov_length == 0.0 or np.isnan(self.obukhov_length) or not self.froude >= 0.0:
            raise InputError(
                f"situation {self.name}: Obukhov length {self.obukhov_length}, Froude number {self.froude}",
                rule="a length other than 0, infinite when neutral; a number of 0 or more",
            )
        if self.pool_depth_m is not None and not self.pool_depth_m > 0.0:
            raise InputError(
                f"situation {self.name}: pool of {self.pool_depth_m} m",
                rule="a depth above 0",
                cure="None where there is no pool",
            )


def froude_number(wind_speed: ArrayLike, buoyancy_frequency: ArrayLike, relief_m: float) -> Floats:
    """Froude number U / (N H) of the flow against hills of a height H [1]; infinite where N is 0.

    1 m/s, N = 0.02 s⁻¹ and 300 m give 0.17. Below it H (1 − Fr) the air goes around [2]_.
    """
    speed, frequency = np.asarray(wind_speed, float), np.asarray(buoyancy_frequency, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        number = speed / (frequency * relief_m)
    return np.where(frequency > 0.0, number, np.inf)


def anisotropy_moussiopoulos1988(froude: ArrayLike) -> Floats:
    r"""αh/αv of stable air from its Strouhal number Str = 1/Fr [1]_: √exp(−1.5 Str^1.5) [1].

    1 where Fr is infinite, 0.47 at 1, 0.12 at 0.5.
    """
    with np.errstate(divide="ignore"):
        strouhal = 1.0 / np.asarray(froude, float)
    return np.asarray(np.exp(-0.75 * strouhal**1.5))


def blocked_situation(
    froude: float, *, obukhov_length: float, height_penalty: float = 50.0, pool_depth_m: float | None = None
) -> Situation:
    """Stable air of a Froude number, with the anisotropy of Moussiopoulos (1988).

    ``height_penalty`` and the pool as in `Situation`.
    """
    name = f"froude {froude:g}" + ("" if pool_depth_m is None else f" pool {pool_depth_m:g} m")
    return Situation(
        name,
        anisotropy=float(anisotropy_moussiopoulos1988(froude)),
        obukhov_length=obukhov_length,
        froude=froude,
        pool_depth_m=pool_depth_m,
        height_penalty=height_penalty,
    )


def default_situations(pool_depths_m: Sequence[float] = ()) -> tuple[Situation, ...]:
    """Neutral air, stable air at Froude numbers 1 and 0.5, and a pool of each depth."""
    return (
        Situation("neutral"),
        blocked_situation(1.0, obukhov_length=200.0),
        blocked_situation(0.5, obukhov_length=50.0),
        *(blocked_situation(0.5, obukhov_length=20.0, pool_depth_m=depth) for depth in pool_depths_m),
    )


def situation_weights(
    situations: Sequence[Situation], anisotropy: ArrayLike, pool_depth_m: ArrayLike
) -> tuple[Floats, NDArray[np.bool_]]:
    """Share of each situation in each hour, shape (hour, situation), and whether an hour is beyond them.

    Without a pool: linear in ln(anisotropy) between the two neighbouring situations. With one: linear in the
    depth between the two neighbouring pools, and between the thinnest pool and none. An hour beyond the
    last anisotropy takes the last situation and is marked.

    Raises
    ------
    InputError
        If an hour's pool is deeper than that of all situations, or an hour has no pool and no situation is
        without one.
    """
    with np.errstate(divide="ignore"):
        mark = np.log(np.asarray(anisotropy, float))
    depth = np.nan_to_num(np.asarray(pool_depth_m, float), nan=0.0)
    weights = np.zeros((mark.size, len(situations)))
    open_air = [n for n, one in enumerate(situations) if one.pool_depth_m is None]
    pools = [n for n, one in enumerate(situations) if one.pool_depth_m is not None]
    open_air.sort(key=lambda n: situations[n].anisotropy)
    pools.sort(key=lambda n: situations[n].pool_depth_m or 0.0)
    deepest = (situations[pools[-1]].pool_depth_m or 0.0) if pools else 0.0
    if (depth > deepest).any():
        raise InputError(
            f"a cold pool of {depth.max():g} m",
            rule=f"the deepest pool of the situations is {deepest:g} m",
            cure="a situation with a deeper pool",
        )
    thinnest = (situations[pools[0]].pool_depth_m or 0.0) if pools else np.inf
    without = np.clip(1.0 - depth / thinnest, 0.0, 1.0)
    beyond = np.zeros(mark.size, bool)
    if (without > 0.0).any():
        if not open_air:
            raise InputError("an hour without a cold pool", cure="a situation without a pool")
        marks = np.log([situations[n].anisotropy for n in open_air])
        beyond = (without > 0.0) & ((mark < marks[0] - 1e-9) | (mark > marks[-1] + 1e-9))
        for unit, n in zip(np.eye(marks.size), open_air, strict=True):
            weights[:, n] = without * np.interp(mark, marks, unit)
    if pools:
        depths = np.array([situations[n].pool_depth_m for n in pools], float)
        for unit, n in zip(np.eye(depths.size), pools, strict=True):
            weights[:, n] = (1.0 - without) * np.interp(depth, depths, unit)
    return weights, beyond
