"""Limits that single concentrations are compared with, from the table of norms or a mapping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import pandas as pd

from sootprint.core.errors import InputError

SINGLE_AVERAGING_S = 1200.0
"""Averaging time of a single maximum [s], 20 to 30 minutes."""

DAY_S = 86400.0

DAILY_FACTOR = 10.0
"""Single concentration that stands for the daily limit where no single one exists [1]; unverified."""

MICROGRAMS_PER_MILLIGRAM = 1000.0

Limits: TypeAlias = Mapping[str, float] | pd.DataFrame
"""Limits by pollutant [mg m⁻³], a table ``norms``, or what `single_limits` gives."""


def single_limits(limits: Limits, *, daily_factor: float | None = DAILY_FACTOR) -> pd.DataFrame:
    """Limit of the single concentration of each pollutant.

    Parameters
    ----------
    limits : mapping or DataFrame
        Limits by pollutant [mg m⁻³], or table ``norms`` (one jurisdiction) of which the single maxima of 20
        to 30 minutes are taken.
    daily_factor : float, optional
        Where a pollutant has a daily limit only, this many times that (clause 8.1 of OND-86 counts a tenth
        of cm against it; unverified). None leaves such pollutants without a limit.

    Returns
    -------
    DataFrame
        Index pollutant; ``mpc_mg_m3`` [mg m⁻³], ``mark`` and ``note``.

    Raises
    ------
    InputError
        If a limit is not above zero.
    """
    if isinstance(limits, pd.DataFrame):
        made = limits if "mpc_mg_m3" in limits.columns else _from_norms(limits, daily_factor)
    else:
        made = pd.DataFrame(
            {
                "mpc_mg_m3": pd.Series(dict(limits), dtype=float),
                "mark": "assumed",
                "note": "as stated",
            }
        )
        made.index = made.index.astype(str)
        made.index.name = "pollutant"
    bad = made.index[~(made["mpc_mg_m3"] > 0.0)]
    if len(bad):
        raise InputError(f"limit of {bad[0]}: {made.loc[bad[0], 'mpc_mg_m3']}", rule="above zero")
    return made


def _from_norms(norms: pd.DataFrame, daily_factor: float | None) -> pd.DataFrame:
    known = norms.loc[norms["form"] == "maximum"]
    single = _strictest(known.loc[known["averaging_s"] == SINGLE_AVERAGING_S])
    made = pd.DataFrame(
        {
            "mpc_mg_m3": single["limit_ugm3"] / MICROGRAMS_PER_MILLIGRAM,
            "mark": single["mark"].astype(str),
            "note": single["norm_id"].astype(str),
        }
    )
    if daily_factor is not None:
        daily = _strictest(known.loc[known["averaging_s"] == DAY_S])
        daily = daily.loc[~daily.index.isin(made.index)]
        more = pd.DataFrame(
            {
                "mpc_mg_m3": daily_factor * daily["limit_ugm3"] / MICROGRAMS_PER_MILLIGRAM,
                "mark": "unverified",
                "note": f"{daily_factor:g} times the daily limit " + daily["norm_id"].astype(str),
            }
        )
        made = pd.concat([made, more])
    made.index.name = "pollutant"
    return made


def _strictest(norms: pd.DataFrame) -> pd.DataFrame:
    ordered = norms.sort_values(["pollutant", "limit_ugm3"], kind="stable")
    return ordered.drop_duplicates("pollutant").set_index("pollutant")
