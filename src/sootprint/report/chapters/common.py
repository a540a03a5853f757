"""What several chapters ask of the tables."""

from __future__ import annotations

import pandas as pd

from sootprint.report.view import View


def leading_pollutants(view: View) -> list[str]:
    """Pollutants from the largest multiple of a norm down, then the others by name."""
    ratio = view.table("exceedances").groupby("pollutant")["ratio"].max().dropna()
    others = set(view.table("attribution_sources")["pollutant"])
    known = {str(key): float(value) for key, value in ratio.items()}
    return sorted({*known, *map(str, others)}, key=lambda name: (-known.get(name, 0.0), name))


def whole_period(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the contributions for the whole period and the mean over posts."""
    return table[(table["episode_id"] == "all") & (table["station_id"] == "all")]
