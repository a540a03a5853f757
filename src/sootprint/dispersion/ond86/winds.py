"""Winds of the search: speeds from 0.5 m/s to u*, directions to one degree, and the legal set of speeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sootprint.core.errors import InputError
from sootprint.dispersion.kernels import ond86 as formulas
from sootprint.dispersion.kernels.ond86_field import Emitters, Winds
from sootprint.dispersion.kernels.ond86_search import Fine

Floats = NDArray[np.float64]

COARSE_RATIO = 1.3
"""Largest ratio of neighbouring coarse speeds."""

FINE_STEPS = 10
"""Fine speeds a coarse one: 2.7 % and less from one to the next."""

COARSE_LOSS = 0.1
"""Part of a plume's axis value that is lost at most between two coarse directions."""

COARSE_MARGIN = 1.12
"""Coarse values that lie this near to the largest are followed up: losses in direction and speed together."""

NEAR_MARGIN = 1.03
"""The same for tops among the directions of one speed that have a greater neighbour at another speed."""

COARSE_REACH = 1e-3
"""s₂ beside which a plume is left out of the coarse sum."""

CLIMB_REACH = 1e-4
"""s₂ beside which a plume is left out while climbing; the value reported has all."""

LISTED_MARGIN = 1.001
"""Margin where all winds are listed and the coarse sum differs by its precision only."""

LEGAL_PARTS = (0.5, 1.0, 1.5)
"""Parts of u_mc among the legal speeds."""


def weighted_dangerous_wind(table: pd.DataFrame, pollutants: Sequence[str] | None = None) -> pd.Series:
    """u_mc of each pollutant [m s⁻¹]: the mean of the sources' dangerous winds weighted by cm.

    u_mc = Σ (um cm) / Σ cm, clause 5 of OND-86 (unverified).

    Parameters
    ----------
    table : DataFrame
        Table ``ond86_sources``.
    pollutants : sequence of str, optional
        Which; all by default.
    """
    rows = table.loc[table["cm_mg_m3"] > 0.0]
    if pollutants is not None:
        rows = rows.loc[rows["pollutant"].isin(list(pollutants))]
    weighted = (rows["um_m_s"] * rows["cm_mg_m3"]).groupby(rows["pollutant"]).sum()
    made = weighted / rows["cm_mg_m3"].groupby(rows["pollutant"]).sum()
    made.name = "u_mc_m_s"
    return made


def legal_speeds(table: pd.DataFrame, top_wind_m_s: float) -> Floats:
    """Speeds that the text names [m s⁻¹]: 0.5, u*, and half, whole and one and a half u_mc, and each um.

    Those outside 0.5 to u* are left out. Unverified. The search of `field` covers all speeds between instead,
    and so is as severe or severer, within the accuracy of the search.

    Raises
    ------
    InputError
        If u* is under 0.5 m/s.
    """
    top = checked_top(top_wind_m_s)
    mean = weighted_dangerous_wind(table).to_numpy(float)
    local = table.loc[table["cm_mg_m3"] > 0.0, "um_m_s"].to_numpy(float)
    named = np.concatenate([[formulas.LOWEST_WIND, top], local, *(part * mean for part in LEGAL_PARTS)])
    return np.unique(named[(named >= formulas.LOWEST_WIND) & (named <= top)])


def checked_top(top_wind_m_s: float) -> float:
    """u* [m s⁻¹], the speed that is exceeded in five per cent of the time.

    Raises
    ------
    InputError
        If it is under 0.5 m/s.
    """
    if not (math.isfinite(top_wind_m_s) and top_wind_m_s >= formulas.LOWEST_WIND):
        raise InputError(f"u* = {top_wind_m_s} m/s", rule="a finite wind of 0.5 m/s and more")
    return float(top_wind_m_s)


def reach_angle(speed: float, share: float) -> float:
    """Angle off the axis at which s₂ falls to a share [rad]."""
    wanted = share**-0.5
    low, high = 0.0, 1e3
    for _ in range(200):
        middle = 0.5 * (low + high)
        poly = 1.0 + middle * (5.0 + middle * (12.8 + middle * (17.0 + middle * 45.1)))
        low, high = (middle, high) if poly < wanted else (low, middle)
    return math.atan(math.sqrt(high / min(speed, 5.0)))


class Search:
    """Coarse and fine winds of one search.

    Parameters
    ----------
    speeds : array, optional
        Speeds to be tried [m s⁻¹]; by default all from 0.5 m/s to u*.
    top_wind_m_s : float
        u* [m s⁻¹].
    directions : array, optional
        Directions where the wind comes from [degrees]; by default the whole circle.
    direction_step : float
        Step of the whole circle [degrees]; 360 is a multiple of it.
    convergence : float
        From true to grid north [rad].

    Raises
    ------
    InputError
        If a speed is under 0.5 m/s or over u*, or the step does not divide the circle.
    """

    def __init__(
        self,
        *,
        speeds: ArrayLike | None,
        top_wind_m_s: float,
        directions: ArrayLike | None,
        direction_step: float,
        convergence: float = 0.0,
    ) -> None:
        top = checked_top(top_wind_m_s)
        self.listed_speeds, self.listed_directions = speeds is not None, directions is not None
        if speeds is not None:
            self.levels = np.unique(np.asarray(speeds, dtype=float))
            if not self.levels.size or self.levels[0] < formulas.LOWEST_WIND or self.levels[-1] > top:
                raise InputError(
                    f"speeds from {self.levels.min(initial=math.nan):g} m/s",
                    rule=f"from 0.5 m/s to u* = {top:g} m/s",
                    cure="leave out the others",
                )
            self.fine_speeds = self.levels
            self.speed_of_level = np.arange(self.levels.size)
        else:
            steps = max(1, math.ceil(math.log(top / formulas.LOWEST_WIND) / math.log(COARSE_RATIO)))
            if top == formulas.LOWEST_WIND:
                steps = 0
            self.fine_speeds = np.geomspace(formulas.LOWEST_WIND, top, steps * FINE_STEPS + 1)
            self.speed_of_level = np.arange(steps + 1) * FINE_STEPS
            self.levels = self.fine_speeds[self.speed_of_level]
        if directions is None:
            count = round(360.0 / direction_step) if direction_step > 0.0 else 0
            if count < 1 or not math.isclose(count * direction_step, 360.0):
                raise InputError(
                    f"direction_step = {direction_step}", rule="the circle is a whole number of steps"
                )
            self.directions = np.arange(count) * (360.0 / count)
        else:
            self.directions = np.unique(np.asarray(directions, dtype=float) % 360.0)
            if not self.directions.size:
                raise InputError("there is no direction", cure="give one, or None for the whole circle")
        self.convergence = convergence
        self._coarse = [self._coarse_directions(float(speed)) for speed in self.levels]

    def _coarse_directions(self, speed: float) -> Floats:
        """Coarse directions of a speed, as places among the fine ones with their fractions."""
        count = self.directions.size
        if self.listed_directions:
            return np.arange(count, dtype=float)
        half = reach_angle(speed, 1.0 - COARSE_LOSS)
        coarse = min(count, math.ceil(math.pi / half))
        return np.asarray(np.arange(coarse) * (count / coarse), dtype=float)

    @property
    def winds(self) -> int:
        """Number of coarse winds."""
        return sum(item.size for item in self._coarse)

    def _flow(self, direction: NDArray[Any]) -> Floats:
        """Bearing in the grid to which winds blow [rad]."""
        return np.asarray(np.deg2rad(direction + 180.0) - self.convergence, dtype=float)

    def coarse(self, emitters: Emitters) -> Winds:
        """Coarse winds, and what each speed does to each point."""
        place = np.concatenate(self._coarse)
        lower = np.floor(place).astype(int)
        step = 360.0 / self.directions.size
        whole = self.directions[lower] + ((place - lower) * step if not self.listed_directions else 0.0)
        flow = self._flow(whole)
        reach = np.array(
            [0.5 * math.pi if self.listed_directions else reach_angle(u, COARSE_REACH) for u in self.levels]
        )
        ratio = self.levels[:, None] / emitters.wind[None, :]
        strength = np.where(
            ratio <= 1.0,
            0.67 * ratio + 1.67 * ratio**2 - 1.34 * ratio**3,
            3.0 * ratio / (2.0 * ratio**2 - ratio + 2.0),
        )
        stretch = np.where(
            ratio <= 0.25, 3.0, np.where(ratio <= 1.0, 8.43 * (1.0 - ratio) ** 5 + 1.0, 0.32 * ratio + 0.68)
        )
        return Winds(
            speed=self.levels.astype(np.float32),
            cos_reach=np.cos(reach).astype(np.float32),
            sin_reach=np.sin(reach).astype(np.float32),
            first=np.concatenate([[0], np.cumsum([item.size for item in self._coarse])]).astype(np.int64),
            east=np.sin(flow).astype(np.float32),
            north=np.cos(flow).astype(np.float32),
            strength=strength.astype(np.float32),
            shrink=(1.0 / (stretch * emitters.distance)).astype(np.float32),
        )

    def fine(self) -> Fine:
        """Fine winds."""
        flow = self._flow(self.directions)
        reach = [180.0 / math.pi * reach_angle(float(u), CLIMB_REACH) for u in self.fine_speeds]
        exact = self.listed_speeds and self.listed_directions
        return Fine(
            east=np.sin(flow),
            north=np.cos(flow),
            bearing=np.rad2deg(flow) % 360.0,
            speed=self.fine_speeds,
            reach=np.array(reach),
            speed_of_level=self.speed_of_level.astype(np.int64),
            direction_of_wind=np.concatenate(self._coarse),
            round=int(not self.listed_directions),
            climbs_direction=int(not self.listed_directions),
            climbs_speed=int(not self.listed_speeds),
            margin=LISTED_MARGIN if exact else COARSE_MARGIN,
            near_margin=NEAR_MARGIN,
        )
