"""Two posteriors of the same case side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import xarray as xr


def compare(
    quick: xr.Dataset, full: xr.Dataset, *, name: str = "emission", level: float = 0.9
) -> pd.DataFrame:
    """Differences of two sets of draws of ln of the rates.

    Parameters
    ----------
    quick, full : Dataset
        ``emission(draw, source, pollutant)`` [g s⁻¹], of `Attribution.draws` and of `FullPosterior.draws`.
    name : str
        Variable of ``quick`` to compare: ``emission`` or ``emission_blind``.
    level : float
        Level of the intervals [1].

    Returns
    -------
    DataFrame
        A row a source and pollutant: ``quick_mean, full_mean`` of ln(rate / g s⁻¹),
        ``quick_low, quick_high, full_low, full_high`` ends of the equal-tailed intervals, ``difference``
        (of the means, over the full spread), ``low_difference`` and ``high_difference`` (of the ends, over
        the full spread) and ``width_ratio`` (quick over full width).
    """
    ends = (0.5 - 0.5 * level, 0.5 + 0.5 * level)
    rows = []
    for source in full["source"].to_numpy():
        for pollutant in full["pollutant"].to_numpy():
            place = {"source": source, "pollutant": pollutant}
            a, b = (np.log(item.sel(place).to_numpy()) for item in (quick[name], full["emission"]))
            if not np.isfinite(b).all():
                continue
            low, high = np.quantile(a, ends), np.quantile(b, ends)
            spread = b.std(ddof=1)
            rows.append(
                {
                    "source_id": str(source),
                    "pollutant": str(pollutant),
                    "quick_mean": a.mean(),
                    "quick_low": low[0],
                    "quick_high": low[1],
                    "full_mean": b.mean(),
                    "full_low": high[0],
                    "full_high": high[1],
                    "difference": (a.mean() - b.mean()) / spread,
                    "low_difference": (low[0] - high[0]) / spread,
                    "high_difference": (low[1] - high[1]) / spread,
                    "width_ratio": (low[1] - low[0]) / (high[1] - high[0]),
                }
            )
    return pd.DataFrame(rows)
