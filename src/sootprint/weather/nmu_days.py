"""Regimes of adverse weather as a bulletin says them: one line for the day and one for the night."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from sootprint.core.errors import ConfigError
from sootprint.core.schema import check, empty
from sootprint.core.timeaxis import zone_info

Mode = Literal["observed", "forecast"]

DAY_BEGINS_H = 8
"""Local hour at which a bulletin's day begins; Kazhydromet warns from 08 to 20 and from 20 to 08 [h]."""

NIGHT_BEGINS_H = 20
"""Local hour at which a bulletin's night begins [h]."""

DEGREES = ("I", "II", "III")
HOUR = pd.Timedelta(hours=1)


def nmu_days(
    regimes: pd.DataFrame, *, zone: str, mode: Mode = "observed", minimum_hours: int = 3
) -> pd.DataFrame:
    """Table ``nmu_days``: the regime of each half day, from 08 to 20 and from 20 to 08 on the local clock.

    The regime of a half day is the highest one that, together with those above it, holds in at least
    ``minimum_hours`` hours of it; so a single hour makes no warning. Without such a regime it is
    ``without_degree`` where a complex held in as many hours, ``unknown`` where fewer than half of the hours
    are known, and else ``none``. Regimes are never averaged: three hours of III are III.

    Parameters
    ----------
    regimes : DataFrame
        Table ``nmu_regimes``.
    zone : str
        IANA zone of the city.
    mode : {"observed", "forecast"}
        What the regimes rest on.
    minimum_hours : int
        Hours that make a regime count [h]; three by our choice, no text states a number.

    Raises
    ------
    ConfigError
        If ``minimum_hours`` is not from 1 to 12.
    """
    if not 1 <= minimum_hours <= NIGHT_BEGINS_H - DAY_BEGINS_H:
        raise ConfigError(f"minimum_hours = {minimum_hours}", rule="1 to 12 hours", cure="change it")
    if regimes.empty:
        return empty("nmu_days")
    info = zone_info(zone)
    local = regimes["time_start"].dt.tz_localize("UTC").dt.tz_convert(info)
    is_day = (local.dt.hour >= DAY_BEGINS_H) & (local.dt.hour < NIGHT_BEGINS_H)
    # The hours before eight belong to the night that began the evening before.
    begins = local.dt.tz_localize(None).where(
        local.dt.hour >= DAY_BEGINS_H, local.dt.tz_localize(None) - pd.Timedelta(days=1)
    )
    keys = pd.DataFrame(
        {"day": begins.dt.strftime("%Y-%m-%d"), "period": is_day.map({True: "day", False: "night"})}
    )
    rows = []
    for (day, period), part in regimes.groupby([keys["day"], keys["period"]], sort=False):
        rows.append({"day_local": day, "period": period, "mode": mode, **_half_day(part, minimum_hours)})
    made = pd.DataFrame(rows).sort_values("time_start", kind="stable")
    return check(made, "nmu_days")


def _half_day(part: pd.DataFrame, minimum_hours: int) -> dict[str, object]:
    known = part["regime"] != "unknown"
    adverse = part["complexes"].fillna("") != ""
    regime, hours_in = "none", 0
    for number in range(len(DEGREES), 0, -1):
        count = int(part["regime"].isin(DEGREES[number - 1 :]).sum())
        if count >= minimum_hours:
            regime, hours_in = DEGREES[number - 1], count
            break
    if not hours_in:
        if int(adverse.sum()) >= minimum_hours:
            regime, hours_in = "without_degree", int(adverse.sum())
        elif 2 * int(known.sum()) < len(part):
            regime = "unknown"
    times = part.loc[adverse, "time_start"]
    ratio = part["limit_ratio"].max()
    return {
        "time_start": part["time_start"].min(),
        "time_end": part["time_start"].max() + HOUR,
        "regime": regime,
        "hours_in_regime": hours_in,
        "hours_adverse": int(adverse.sum()),
        "hours_known": int(known.sum()),
        "hours": len(part),
        "adverse_from": times.min() if len(times) else pd.NaT,
        "adverse_to": times.max() + HOUR if len(times) else pd.NaT,
        "complexes": _union(part["complexes"]),
        "not_evaluated": _common(part["not_evaluated"]),
        "rules": _union(part["rules"]),
        "limit_ratio": ratio,
        "marks": _union(part["marks"]),
    }


def _codes(values: pd.Series) -> list[list[str]]:
    return [[code for code in str(text).split(";") if code] for text in values.fillna("")]


def _union(values: pd.Series) -> str:
    return ";".join(dict.fromkeys(code for codes in _codes(values) for code in codes))


def _common(values: pd.Series) -> str:
    parts = _codes(values)
    return ";".join(code for code in parts[0] if all(code in part for part in parts))
