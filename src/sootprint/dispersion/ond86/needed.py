"""Test whether an enterprise's emission of a substance needs a dispersion calculation at all."""

from __future__ import annotations

import pandas as pd

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.dispersion.ond86.limits import Limits
from sootprint.dispersion.ond86.search import limits_of

MARK = "unverified"
"""Mark of the rule: clause 5.21 of OND-86 from general knowledge."""

HIGH = 10.0
"""Mean height over which Φ grows with the height [m]."""


def demand_threshold(mean_height_m: float) -> float:
    """Φ [1000 m³ s⁻¹]: 0.01 H over 10 m, else 0.1; unverified.

    Raises
    ------
    InputError
        If the height is negative.
    """
    if not mean_height_m >= 0.0:
        raise InputError(f"a mean height of {mean_height_m} m", rule="zero or more")
    return 0.01 * mean_height_m if mean_height_m > HIGH else 0.1


def calculation_needed(table: pd.DataFrame, *, limits: Limits | None = None) -> pd.DataFrame:
    """Table ``ond86_needed``: whether M / MPC is over Φ for each plant and pollutant.

    Parameters
    ----------
    table : DataFrame
        Table ``ond86_sources``. Sources without a plant count as one plant together.
    limits : mapping of pollutant to [mg m⁻³], or table ``norms``, optional
        By default those of the table. Pollutants without a limit have no row.

    Notes
    -----
    M [g s⁻¹] is the emission of all the plant's sources, H the mean of their heights weighted by emission
    (the text weights by classes of height). Unverified, as the mark of each row says.
    """
    known = limits_of(table, limits)
    rows = table.loc[table["emission_g_s"].notna() & table["pollutant"].isin(list(known))]
    plant = rows["facility_id"].astype("string").fillna("")
    made = []
    for (facility, pollutant), part in rows.groupby([plant, rows["pollutant"].astype(str)], sort=False):
        emission = float(part["emission_g_s"].sum())
        weights = part["emission_g_s"] if emission > 0.0 else pd.Series(1.0, index=part.index)
        height = float((part["height_m"] * weights).sum() / weights.sum())
        demand, threshold = emission / known[str(pollutant)], demand_threshold(height)
        made.append(
            {
                "facility_id": facility,
                "pollutant": pollutant,
                "emission_g_s": emission,
                "mean_height_m": height,
                "mpc_mg_m3": known[str(pollutant)],
                "demand_m3_s": demand,
                "threshold": threshold,
                "needed": demand > threshold,
                "mark": MARK,
            }
        )
    return schema.check(pd.DataFrame(made), "ond86_needed") if made else schema.empty("ond86_needed")
