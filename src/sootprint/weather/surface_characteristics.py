"""Albedo, Bowen ratio and roughness of the ground around a mast, by wind direction and month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sootprint.core.errors import InputError
from sootprint.core.schema import coerce, faults

PROPERTIES = ("albedo", "bowen_ratio", "roughness_length")
"""Columns of the table ``surface_characteristics`` that describe the ground."""


@dataclass(frozen=True)
class SurfaceCharacteristics:
    """Ground around a mast: sectors of directions and, of each, twelve months.

    Attributes
    ----------
    sector_from, sector_to : array, shape (sector,)
        Ends of each sector [degrees], clockwise, the first included; equal ends are a full circle.
    albedo : array, shape (sector, 12)
        Albedo under a high sun [1].
    bowen_ratio : array, shape (sector, 12)
        Sensible over latent heat flux of daytime [1], over 0.
    roughness_length : array, shape (sector, 12)
        Roughness [m].
    """

    sector_from: NDArray[np.float64]
    sector_to: NDArray[np.float64]
    albedo: NDArray[np.float64]
    bowen_ratio: NDArray[np.float64]
    roughness_length: NDArray[np.float64]

    @classmethod
    def from_table(cls, table: pd.DataFrame) -> SurfaceCharacteristics:
        """Characteristics of a table ``surface_characteristics``, a sector and month a row.

        Raises
        ------
        InputError
            If a cell breaks the schema, a month of a sector is absent or repeated, or the sectors do not
            cover the circle once.
        """
        made = coerce(table, "surface_characteristics")
        found = faults(made, "surface_characteristics")
        if len(found):
            first = found.iloc[0]
            raise InputError(
                f"{first['column']} = {first['value']}",
                where=f"surface characteristics, row {int(first['index']) + 1}",
                rule=str(first["rule"]),
            )
        sectors = made[["sector_from", "sector_to"]].drop_duplicates().sort_values("sector_from")
        counts = made.groupby(["sector_from", "sector_to"])["month"].agg(["nunique", "size"])
        if ((counts["nunique"] != 12) | (counts["size"] != 12)).any():
            raise InputError(
                "surface characteristics lack a month or state it twice",
                rule="every sector has the months 1 to 12 once",
            )
        begin, end = sectors["sector_from"].to_numpy(float), sectors["sector_to"].to_numpy(float)
        _check_circle(begin, end)
        ordered = made.sort_values(["sector_from", "month"], kind="stable")
        shape = (len(sectors), 12)
        values = {name: ordered[name].to_numpy(float).reshape(shape) for name in PROPERTIES}
        return cls(begin, end, **values)

    @classmethod
    def constant(
        cls,
        albedo: float | Sequence[float],
        bowen_ratio: float | Sequence[float],
        roughness_length: float | Sequence[float],
    ) -> SurfaceCharacteristics:
        """Characteristics that are the same in every direction: one value, or twelve from January on.

        Raises
        ------
        InputError
            If a value cannot be right or there are neither one nor twelve.
        """
        columns = {}
        given = (albedo, bowen_ratio, roughness_length)
        for name, values in zip(PROPERTIES, given, strict=True):
            array = np.asarray(values, float).ravel()
            if array.size not in (1, 12):
                raise InputError(f"{name} has {array.size} values", rule="one, or twelve from January on")
            columns[name] = np.broadcast_to(array, 12)
        table = pd.DataFrame({"sector_from": 0.0, "sector_to": 360.0, "month": np.arange(1, 13), **columns})
        return cls.from_table(table)

    def at(self, direction: ArrayLike, month: ArrayLike) -> dict[str, NDArray[np.float64]]:
        """Albedo, Bowen ratio and roughness of given wind directions [degrees] and months.

        Where the direction is missing they are the means of all sectors, of the roughness the geometric
        one, because the drag depends on its logarithm.
        """
        angle = np.asarray(direction, float)
        column = np.asarray(month, int) - 1
        known = np.isfinite(angle)
        turned = np.where(known, angle, 0.0) % 360.0
        start = self.sector_from % 360.0
        order = np.argsort(start, kind="stable")
        place = np.searchsorted(start[order], turned, side="right") - 1
        sector = order[place]
        made = {}
        for name in PROPERTIES:
            values = getattr(self, name)
            logs = name == "roughness_length"
            mean = np.exp(np.log(values).mean(axis=0)) if logs else values.mean(axis=0)
            # A mean of equal values may come out a rounding error beyond them.
            mean = np.clip(mean, values.min(axis=0), values.max(axis=0))
            made[name] = np.where(known, values[sector, column], mean[column])
        return made


def _check_circle(begin: NDArray[np.float64], end: NDArray[np.float64]) -> None:
    # Ends 360 degrees apart or equal are the full circle.
    width = (end - begin) % 360.0
    width = np.where(width == 0.0, 360.0, width)
    start = begin % 360.0
    order = np.argsort(start, kind="stable")
    reached = (start[order] + width[order]) % 360.0
    joined = np.isclose(reached, np.roll(start[order], -1) % 360.0)
    if not joined.all() or not np.isclose(width.sum(), 360.0):
        raise InputError(
            f"sectors of {width.sum():g} degrees in all",
            where="surface characteristics",
            rule="the sectors cover the circle once, each beginning where another ends",
        )
