"""Field of the largest single concentration, and what each source gives to a point in its worst wind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.dispersion.kernels.ond86_field import column_parts
from sootprint.dispersion.ond86.background import background_without_own
from sootprint.dispersion.ond86.limits import Limits
from sootprint.dispersion.ond86.search import Progress, Task, Worst, describe, task_of, worst_winds
from sootprint.dispersion.ond86.single import method_code

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]


def field(
    table: pd.DataFrame,
    receptors_x: ArrayLike,
    receptors_y: ArrayLike,
    *,
    top_wind_m_s: float,
    limits: Limits | None = None,
    pollutants: Sequence[str] | None = None,
    groups: pd.DataFrame | bool = True,
    background: Mapping[str, float] | None = None,
    own_in_background: bool = False,
    speeds: ArrayLike | None = None,
    directions: ArrayLike | None = None,
    direction_step: float = 1.0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Largest single concentration of all sources at each node of a grid, each at its own worst wind.

    Parameters
    ----------
    table : DataFrame
        Table ``ond86_sources``; rows without cm are left out and counted in the attributes.
    receptors_x, receptors_y : array, shape (x,), (y,)
        Nodes in the CRS of the table [m].
    top_wind_m_s : float
        u* [m s⁻¹], the wind that is exceeded in five per cent of the time.
    limits : mapping of pollutant to [mg m⁻³], or table ``norms``, optional
        By default those of the table.
    pollutants : sequence of str, optional
        By default all of the table.
    groups : DataFrame or bool
        Table ``summation_groups``; True for the built-in one (unverified), False for none.
    background : mapping of pollutant to [mg m⁻³], optional
        Background cф, for ``ratio_with_background``; a pollutant without one has none.
    own_in_background : bool
        Whether cф was measured with these sources at work, so that their part is removed from it.
    speeds : array, optional
        Speeds to be tried [m s⁻¹], as of `legal_speeds`; by default all from 0.5 m/s to u*.
    directions : array, optional
        Directions to be tried, where the wind comes from [degrees], as a sector of a wind rose; by default
        the whole circle.
    direction_step : float
        Step of the whole circle [degrees].
    threads : int, optional
        By default one a core; the result does not depend on it.
    progress : callable, optional
        Told how many nodes of how many are done.

    Returns
    -------
    Dataset
        With dims (substance_or_group, y, x): ``concentration`` [mg m⁻³] (NaN for a group), ``ratio`` to the
        limit (NaN without one; a group's sum of ratios), ``wind_from_direction`` [degrees from true north]
        and ``wind_speed`` [m s⁻¹] of the worst wind, NaN where nothing arrives, and with a background
        ``ratio_with_background``. Attributes say how it was searched.

    Raises
    ------
    InputError
        If there is nothing to calculate, or a number cannot be right.

    Notes
    -----
    c = Σ cᵢ in one wind (5.1), its largest over wind directions and speeds. The value is the formula's own
    at the wind that is given beside it. That no other wind is worse rests on a search from coarse winds
    uphill; see ``docs/engines/ond86.md`` for its measured accuracy. Not for calm: winds are 0.5 m/s and more.
    """
    import xarray as xr

    axis_x, axis_y = np.asarray(receptors_x, dtype=float), np.asarray(receptors_y, dtype=float)
    if axis_x.ndim != 1 or axis_y.ndim != 1 or not axis_x.size or not axis_y.size:
        raise InputError("a grid has no node", rule="receptors_x and receptors_y are one-dimensional")
    x, y = (part.ravel() for part in np.meshgrid(axis_x, axis_y))
    task = task_of(
        table, x, y, limits=limits, pollutants=pollutants, groups=groups, speeds=speeds,
        top_wind_m_s=top_wind_m_s, directions=directions, direction_step=direction_step,
    )  # fmt: skip
    found = worst_winds(task, x, y, threads=threads, progress=progress)
    shape = (len(task.columns), axis_y.size, axis_x.size)
    dims = ("substance_or_group", "y", "x")

    def variable(values: Floats, name: str, units: str) -> tuple[tuple[str, ...], Floats, dict[str, str]]:
        return dims, values.reshape(shape), {"units": units, "long_name": name}

    ratio, counted, total = ratios(task, found, background, own_in_background)
    made = {
        "concentration": variable(
            np.where(task.is_group[:, None], np.nan, found.value), "largest single concentration", "mg m-3"
        ),
        "ratio": variable(ratio, "largest single concentration over the limit", "1"),
        "wind_from_direction": variable(found.direction, "worst wind: where it comes from", "degree"),
        "wind_speed": variable(found.speed, "worst wind at 10 m", "m s-1"),
    }
    if background is not None:
        made["background"] = variable(counted, "background counted", "mg m-3")
        made["ratio_with_background"] = variable(total, "with background over the limit", "1")
    return xr.Dataset(
        made,
        coords={
            "substance_or_group": [column.name for column in task.columns],
            "kind": ("substance_or_group", np.where(task.is_group, "group", "pollutant")),
            "limit": ("substance_or_group", task.limit, {"units": "mg m-3 (1 for a group)"}),
            "y": ("y", axis_y, {"units": "m"}),
            "x": ("x", axis_x, {"units": "m"}),
        },
        attrs=describe(task, found),
    )


def ratios(
    task: Task, found: Worst, background: Mapping[str, float] | None, own_in_background: bool
) -> tuple[Floats, Floats, Floats]:
    """Ratio to the limit, background counted [mg m⁻³] (a group's NaN), and ratio with background.

    The background of a group is the sum of its members' ratios; the own part of each member is removed by
    the largest concentration of that member at the place.
    """
    ratio = found.value / task.limit[:, None]
    given = {} if background is None else {str(name): float(value) for name, value in background.items()}
    counted = np.full(found.value.shape, np.nan)
    added = np.zeros(found.value.shape)
    for row in np.flatnonzero(~task.is_group):
        whole = given.get(task.columns[row].name, 0.0)
        counted[row] = background_without_own(whole, found.value[row] if own_in_background else 0.0)
        added[row] = counted[row] / task.limit[row]
    names = [column.name for column in task.columns]
    for row in np.flatnonzero(task.is_group):
        for member, weight in task.columns[row].weights.items():
            added[row] += counted[names.index(member)] * weight
    return ratio, counted, ratio + added


def at_points(
    table: pd.DataFrame,
    points: pd.DataFrame,
    *,
    top_wind_m_s: float,
    limits: Limits | None = None,
    pollutants: Sequence[str] | None = None,
    groups: pd.DataFrame | bool = True,
    background: Mapping[str, float] | None = None,
    own_in_background: bool = False,
    speeds: ArrayLike | None = None,
    directions: ArrayLike | None = None,
    direction_step: float = 1.0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Table ``ond86_points``: the largest single concentration of all sources at given places.

    Parameters
    ----------
    points : DataFrame
        ``point_id``, ``x_m`` and ``y_m`` in the CRS of the table.

    Other parameters and raises as in `field`.
    """
    x, y = points["x_m"].to_numpy(float), points["y_m"].to_numpy(float)
    task = task_of(
        table, x, y, limits=limits, pollutants=pollutants, groups=groups, speeds=speeds,
        top_wind_m_s=top_wind_m_s, directions=directions, direction_step=direction_step,
    )  # fmt: skip
    found = worst_winds(task, x, y, threads=threads, progress=progress)
    ratio, counted, total = ratios(task, found, background, own_in_background)
    names = np.array([column.name for column in task.columns], dtype=object)
    shape = found.value.T.shape
    made = {
        "point_id": np.repeat(points["point_id"].astype(str).to_numpy(object), shape[1]),
        "substance_or_group": np.tile(names, shape[0]),
        "x_m": np.repeat(x, shape[1]),
        "y_m": np.repeat(y, shape[1]),
        "concentration_mg_m3": np.where(task.is_group, np.nan, found.value.T).ravel(),
        "ratio": ratio.T.ravel(),
        "wind_from_direction": found.direction.T.ravel(),
        "wind_speed": found.speed.T.ravel(),
    }
    if background is not None:
        made |= {"background_mg_m3": counted.T.ravel(), "ratio_with_background": total.T.ravel()}
    return schema.check(pd.DataFrame(made), "ond86_points")


def contributions(
    table: pd.DataFrame,
    points: pd.DataFrame,
    *,
    top_wind_m_s: float,
    limits: Limits | None = None,
    pollutants: Sequence[str] | None = None,
    groups: pd.DataFrame | bool = True,
    speeds: ArrayLike | None = None,
    directions: ArrayLike | None = None,
    direction_step: float = 1.0,
    threads: int | None = None,
) -> pd.DataFrame:
    """Table ``ond86_contributions``: what each source gives to given places in the worst wind there.

    Parameters
    ----------
    points : DataFrame
        ``point_id``, ``x_m`` and ``y_m`` in the CRS of the table.

    Returns
    -------
    DataFrame
        Of each place and pollutant or group the sources in the order of their modelled contribution, the
        greatest first; sources that give nothing are left out. Shares add up to 1.

    Other parameters and raises as in `field`.
    """
    x, y = points["x_m"].to_numpy(float), points["y_m"].to_numpy(float)
    task = task_of(
        table, x, y, limits=limits, pollutants=pollutants, groups=groups, speeds=speeds,
        top_wind_m_s=top_wind_m_s, directions=directions, direction_step=direction_step,
    )  # fmt: skip
    found = worst_winds(task, x, y, threads=threads)
    names = points["point_id"].astype(str).to_numpy(object)
    made: list[pd.DataFrame] = []
    for place in range(x.size):
        for row, column in enumerate(task.columns):
            if not found.value[row, place] > 0.0:
                continue
            wind = (float(found.direction[row, place]), float(found.speed[row, place]))
            parts = parts_at(task, row, float(x[place]), float(y[place]), *wind)
            order = np.argsort(-parts, kind="stable")
            order = order[parts[order] > 0.0]
            made.append(
                pd.DataFrame(
                    {
                        "point_id": names[place],
                        "substance_or_group": column.name,
                        "source_id": task.points.identifiers[order],
                        "facility_id": task.points.facilities[order],
                        "concentration_mg_m3": np.nan if task.is_group[row] else parts[order],
                        "ratio": parts[order] / task.limit[row],
                        "share": parts[order] / parts.sum(),
                        "wind_from_direction": wind[0],
                        "wind_speed": wind[1],
                    }
                )
            )
    if not made:
        return schema.empty("ond86_contributions")
    return schema.check(pd.concat(made, ignore_index=True), "ond86_contributions")


def parts_at(task: Task, row: int, x: float, y: float, direction: float, speed: float) -> Floats:
    """What each source gives to one column at one place in one wind, shape (source,)."""
    flow = np.deg2rad(direction + 180.0) - task.search.convergence
    out = np.zeros(len(task.points.identifiers))
    column_parts(
        out, row, x, y, float(np.sin(flow)), float(np.cos(flow)), speed, task.points.emitters,
        task.points.owner, method_code(task.method),
    )  # fmt: skip
    return out
