r"""Temperature inversions and bulk stability of soundings and masts.

References
----------
.. [1] Kahl, J. D. (1990), doi:10.1002/joc.3370100509: base and top of a low-level inversion.
.. [2] Serreze, M. C., Kahl, J. D. and Schnell, R. C. (1992),
   doi:10.1175/1520-0442(1992)005<0615:LLTIOT>2.0.CO;2.
.. [3] Vogelezang, D. H. P. and Holtslag, A. A. M. (1996), doi:10.1007/BF02430331: bulk Richardson number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.constants import GRAVITY, HEAT_CAPACITY_DRY_AIR
from sootprint.core.errors import InputError
from sootprint.core.schema import check, empty

Array = NDArray[np.float64]

DRY_LAPSE = GRAVITY / HEAT_CAPACITY_DRY_AIR
"""Dry-adiabatic lapse rate g/c_p [K m⁻¹]."""


@dataclass(frozen=True)
class Inversion:
    """Lowest inversion of a profile: base and top above ground [m], strength [K], and whether it goes on."""

    base: float
    top: float
    strength: float
    open_top: bool


def lowest_inversion(
    height: Array, temperature: Array, *, base_below_m: float = 2000.0, embedded_m: float = 100.0
) -> Inversion | None:
    """Lowest inversion of one profile; None where the temperature rises nowhere below ``base_below_m``.

    The base is the bottom of the lowest layer in which temperature rises with height; the top is the bottom
    of the first layer above in which it falls. A falling layer thinner than ``embedded_m`` between two rising
    ones belongs to the inversion [1]. An isothermal layer neither begins nor ends one.

    Parameters
    ----------
    height, temperature : array, shape (levels,)
        Height above ground [m], growing, and temperature [K], both without missing values.
    base_below_m : float
        Largest height of the base [m].
    embedded_m : float
        Thickness from which a falling layer ends an inversion [m]; 100 m in [1].
    """
    step = np.diff(temperature)
    rising = np.flatnonzero((step > 0.0) & (height[:-1] < base_below_m))
    if not len(rising):
        return None
    first = int(rising[0])
    top = first + 1
    at = top
    while at < len(step):
        if step[at] >= 0.0:
            at += 1
            top = at if step[at - 1] > 0.0 else top
            continue
        end = at
        while end < len(step) and step[end] <= 0.0:
            end += 1
        if end == len(step) or height[end] - height[at] >= embedded_m:
            break
        at = end
    strength = float(temperature[top] - temperature[first])
    return Inversion(float(height[first]), float(height[top]), strength, top == len(height) - 1)


def bulk_richardson(
    height: Array, temperature: Array, east: Array, north: Array, *, to_m: float
) -> tuple[float, float]:
    r"""Bulk Richardson number [1] and gradient of potential temperature [K m⁻¹] of the lowest layer.

    :math:`Ri_B = \frac{g}{\theta_s}\frac{(\theta_h-\theta_s)(h-z_s)}{(u_h-u_s)^2+(v_h-v_s)^2}` [3], with the
    lowest level as s and h = ``to_m``, at which all is interpolated linearly. Potential temperature is
    T + (g/c_p) z, which keeps the dry static energy. 1 K and 5 m/s over 100 m at 280 K give
    9.807/280 · 1 · 100/25 = 0.140. Infinite without shear; missing where the profile does not reach.
    """
    if len(height) < 2 or height[-1] < to_m or height[0] >= to_m:
        return np.nan, np.nan
    potential = temperature + DRY_LAPSE * height
    rise = float(np.interp(to_m, height, potential)) - potential[0]
    depth = to_m - height[0]
    known = np.isfinite(east) & np.isfinite(north)
    if not known[0] or height[known][-1] < to_m:
        return np.nan, rise / depth
    shear = np.hypot(
        np.interp(to_m, height[known], east[known]) - east[0],
        np.interp(to_m, height[known], north[known]) - north[0],
    )
    buoyancy = GRAVITY / potential[0] * rise * depth
    if shear == 0.0:
        return (np.copysign(np.inf, rise) if rise != 0.0 else np.nan), rise / depth
    return float(buoyancy / shear**2), rise / depth


def inversions(
    levels: pd.DataFrame,
    *,
    station_id: str = "mast",
    base_below_m: float = 2000.0,
    embedded_m: float = 100.0,
    richardson_to_m: float = 100.0,
) -> pd.DataFrame:
    """Table ``inversions`` of a table ``soundings`` or ``profiles``, a sounding or hour a row.

    Parameters
    ----------
    levels : DataFrame
        Table ``soundings`` or ``profiles``, told apart by the column ``height_m``.
    station_id : str
        Name of the mast, since ``profiles`` names none.
    base_below_m, embedded_m : float
        See `lowest_inversion`.
    richardson_to_m : float
        Upper height of the layer of the bulk Richardson number [m].

    Raises
    ------
    InputError
        If a threshold is not above zero.
    """
    for name, value in (
        ("base_below_m", base_below_m), ("embedded_m", embedded_m), ("richardson_to_m", richardson_to_m),
    ):  # fmt: skip
        if not value > 0.0:
            raise InputError(f"{name} = {value}", rule="above zero", cure="change it")
    table = levels.rename(columns={"height_m": "height"})
    if "station_id" not in table:
        table = table.assign(station_id=station_id)
    if table.empty:
        return empty("inversions")
    order = ["station_id", "time_start", "height"]
    table = table.sort_values(order, kind="stable").reset_index(drop=True)
    keys = table[order[:2]].drop_duplicates()
    begins = keys.index.to_numpy()
    numbers = {name: table[name].to_numpy(float, na_value=np.nan) for name in PROFILE_COLUMNS}
    rows = []
    for begin, end in zip(begins, np.append(begins[1:], len(table)), strict=True):
        part = {name: values[begin:end] for name, values in numbers.items()}
        rows.append(_of_profile(part, base_below_m, embedded_m, richardson_to_m))
    made = pd.DataFrame(rows, columns=[*ROW_COLUMNS]).assign(
        station_id=keys["station_id"].to_numpy(), time_start=keys["time_start"].to_numpy()
    )
    return check(made, "inversions")


PROFILE_COLUMNS = ("height", "air_temperature", "wind_speed", "wind_from_direction")
ROW_COLUMNS = (
    "kind", "base_m", "top_m", "depth_m", "strength_k", "open_top", "highest_level_m", "bulk_richardson",
    "gradient",
)  # fmt: skip


def _of_profile(
    levels: dict[str, Array], base_below_m: float, embedded_m: float, richardson_to_m: float
) -> dict[str, object]:
    height = levels["height"]
    usable = np.isfinite(height) & np.isfinite(levels["air_temperature"]) & (height >= 0.0)
    # Of two levels at one height, such as a mandatory and a significant one, the first is taken.
    usable[usable] = np.concatenate([[True], np.diff(height[usable]) > 0.0])[: int(usable.sum())]
    height, temperature, speed, angle = (levels[name][usable] for name in PROFILE_COLUMNS)
    if len(height) < 2:
        return {"kind": None}
    # A calm needs no direction.
    angle = np.radians(np.where(speed == 0.0, 0.0, angle))
    number, gradient = bulk_richardson(
        height, temperature, -speed * np.sin(angle), -speed * np.cos(angle), to_m=richardson_to_m
    )
    made: dict[str, object] = {
        "kind": "none",
        "highest_level_m": height[-1],
        "bulk_richardson": number,
        "gradient": gradient,
    }
    found = lowest_inversion(height, temperature, base_below_m=base_below_m, embedded_m=embedded_m)
    if found is not None:
        # The base of a surface inversion is the lowest level, which on a mast is above the ground.
        made |= {
            "kind": "surface" if found.base == height[0] else "elevated",
            "base_m": found.base,
            "top_m": found.top,
            "depth_m": found.top - found.base,
            "strength_k": found.strength,
            "open_top": found.open_top,
        }
    return made
