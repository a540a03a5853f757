"""Largest permitted emission (PDV, in Kazakhstan NDV) by inversion of the calculation.

Two rules share the limit among the sources of an inventory. ``proportional`` cuts all sources of a pollutant
by the same factor. ``least_cut`` keeps as much emission as possible [g s⁻¹ in all]: a linear program whose
constraints are the controlling points in their worst winds; winds that become the worst under the new
emissions are added until none exceeds the limit. Neither is a rule of the text, which leaves the choice to
the project.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core import schema
from sootprint.core.errors import InputError, SootprintError
from sootprint.dispersion.ond86.fields import parts_at
from sootprint.dispersion.ond86.limits import Limits
from sootprint.dispersion.ond86.search import Task, limits_of, task_of, worst_winds
from sootprint.dispersion.ond86.single import SingleSource

Floats = NDArray[np.float64]
Rule = Literal["proportional", "least_cut"]
RULES: tuple[Rule, ...] = ("proportional", "least_cut")

EXCESS = 1e-6
"""Relative excess over the limit at which a wind is added to the linear program."""

MOST_ROUNDS = 200
"""Rounds of adding winds."""


def single_limit(source: SingleSource, mpc_mg_m3: float, background_mg_m3: float = 0.0) -> float:
    """Largest emission of one source alone [g s⁻¹]: (MPC − cф) M / cm.

    For heated gas this is (MPC − cф) H² (V₁ ΔT)^⅓ / (A F m n η).

    Parameters
    ----------
    source : SingleSource
        With an emission above zero.
    mpc_mg_m3, background_mg_m3 : float
        Limit and background cф [mg m⁻³]; where the background is over the limit nothing may be emitted.

    Raises
    ------
    InputError
        If the source emits nothing, so that nothing can be inverted, or a number is negative.
    """
    if not (source.cm > 0.0 and mpc_mg_m3 > 0.0 and background_mg_m3 >= 0.0):
        raise InputError(
            f"cm = {source.cm:g}, limit {mpc_mg_m3:g}, background {background_mg_m3:g} mg/m³",
            rule="cm and the limit are above zero, the background zero or more",
            cure="calculate the source with an emission of 1 g/s",
        )
    return max(mpc_mg_m3 - background_mg_m3, 0.0) * source.emission_g_s / source.cm


def permitted(
    table: pd.DataFrame,
    points: pd.DataFrame | None = None,
    *,
    top_wind_m_s: float = 12.0,
    limits: Limits | None = None,
    background: Mapping[str, float] | None = None,
    rule: Rule = "proportional",
    threads: int | None = None,
) -> pd.DataFrame:
    """Table ``ond86_limits``: the largest permitted emission of each source and pollutant.

    Parameters
    ----------
    table : DataFrame
        Table ``ond86_sources``. Rows without an emission or a limit have no row in the result.
    points : DataFrame, optional
        ``x_m``, ``y_m`` of the places where the limit must hold: the boundary of the sanitary zone and the
        dwellings. Without it only the limit of each source alone is given.
    top_wind_m_s : float
        u* [m s⁻¹].
    limits : mapping of pollutant to [mg m⁻³], or table ``norms``, optional
        By default those of the table.
    background : mapping of pollutant to [mg m⁻³], optional
        Background cф without these sources; none by default.
    rule : {"proportional", "least_cut"}
        How the sources share the limit.
    threads : int, optional
        By default one a core.

    Raises
    ------
    InputError
        If the rule is not known, or nothing can be calculated.

    Notes
    -----
    Summation groups are not shared out: each pollutant is held to its own limit. Check the result with
    `field` and the groups.
    """
    if rule not in RULES:
        raise InputError(f"rule {rule!r} is not known", cure=f"one of: {', '.join(RULES)}")
    known = limits_of(table, limits)
    given = {} if background is None else {str(name): float(value) for name, value in background.items()}
    rows = table.loc[(table["cm_mg_m3"] > 0.0) & table["pollutant"].isin(list(known))]
    if rows.empty:
        return schema.empty("ond86_limits")
    limit = rows["pollutant"].map(known).to_numpy(float)
    held = np.array([given.get(name, 0.0) for name in rows["pollutant"]])
    room = np.maximum(limit - held, 0.0)
    emission, cm = rows["emission_g_s"].to_numpy(float), rows["cm_mg_m3"].to_numpy(float)
    made = pd.DataFrame(
        {
            "source_id": rows["source_id"].to_numpy(object),
            "facility_id": rows["facility_id"].to_numpy(object),
            "pollutant": rows["pollutant"].to_numpy(object),
            "emission_g_s": emission,
            "cm_mg_m3": cm,
            "mpc_mg_m3": limit,
            "background_mg_m3": held,
            "single_limit_g_s": room * emission / cm,
            "note": [None if left > 0.0 else "the background alone reaches the limit" for left in room],
        }
    )
    if points is None:
        return schema.check(made, "ond86_limits")
    factor = np.ones(len(rows))
    for name in dict.fromkeys(rows["pollutant"].astype(str)):
        part = (rows["pollutant"] == name).to_numpy()
        allowed = max(known[name] - given.get(name, 0.0), 0.0)
        factor[part] = _factors(rows.loc[part], points, name, allowed, known, rule, top_wind_m_s, threads)
    made = made.assign(rule=rule, factor=factor, limit_g_s=factor * emission)
    return schema.check(made, "ond86_limits")


def _factors(
    rows: pd.DataFrame,
    points: pd.DataFrame,
    pollutant: str,
    allowed: float,
    limits: Mapping[str, float],
    rule: Rule,
    top_wind_m_s: float,
    threads: int | None,
) -> Floats:
    """Part of the emission of each row of one pollutant that may stay."""
    x, y = points["x_m"].to_numpy(float), points["y_m"].to_numpy(float)
    choices: dict[str, Any] = {
        "limits": limits, "pollutants": [pollutant], "groups": False, "speeds": None,
        "top_wind_m_s": top_wind_m_s, "directions": None, "direction_step": 1.0,
    }  # fmt: skip
    task = task_of(rows, x, y, **choices)
    found = worst_winds(task, x, y, threads=threads)
    largest = float(found.value.max())
    if largest <= allowed:
        return np.ones(len(rows))
    if rule == "proportional" or allowed == 0.0:
        return np.full(len(rows), allowed / largest)
    whole = rows["emission_g_s"].to_numpy(float)
    cuts: list[Floats] = []
    factor = np.ones(len(rows))
    now, table = found, rows
    for _ in range(MOST_ROUNDS):
        over = np.flatnonzero(now.value[0] > allowed * (1.0 + EXCESS))
        if not over.size:
            return factor * min(1.0, allowed / float(now.value.max()))
        cuts += [_cut(task, rows, x, y, now.direction[0], now.speed[0], int(place)) for place in over]
        factor = _program(whole, np.array(cuts), allowed)
        table = rows.assign(cm_mg_m3=rows["cm_mg_m3"].to_numpy(float) * factor)
        now = worst_winds(task_of(table, x, y, **choices), x, y, threads=threads)
    raise SootprintError(
        f"the least cut of {pollutant} was not found in {MOST_ROUNDS} rounds",
        cure="use the rule 'proportional', or fewer points",
    )


def _cut(
    task: Task, rows: pd.DataFrame, x: Floats, y: Floats, direction: Floats, speed: Floats, place: int
) -> Floats:
    """What each row gives in full to one place in one wind [mg m⁻³]."""
    parts = parts_at(task, 0, float(x[place]), float(y[place]), float(direction[place]), float(speed[place]))
    given = dict(zip(task.points.identifiers, parts, strict=True))
    return np.array([given[str(name)] for name in rows["source_id"]])


def _program(emission: Floats, cuts: Floats, allowed: float) -> Floats:
    """Factors from 0 to 1 that keep the most emission while each cut stays at or under what is allowed."""
    from scipy.optimize import linprog

    # Scaled so that the solver's tolerances are relative to the limit and to the inventory.
    solved = linprog(
        -emission / emission.sum(),
        A_ub=cuts / allowed,
        b_ub=np.ones(len(cuts)),
        bounds=(0.0, 1.0),
        method="highs",
    )
    if not solved.success:
        raise SootprintError(f"the linear program of the least cut failed: {solved.message}")
    return np.clip(solved.x, 0.0, 1.0)
