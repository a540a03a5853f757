"""Whether the chains agree and hold enough draws: Vehtari et al. 2021, doi:10.1214/20-BA1221."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sootprint.attribution.diagnostics.options import CheckOptions
from sootprint.attribution.diagnostics.rows import Row, row

NAMED = 6
"""Sources that the words name at most."""


def chain_rows(chains: pd.DataFrame, options: CheckOptions) -> list[Row]:
    """Largest split R̂ and smallest effective size of each pollutant's rates.

    Parameters
    ----------
    chains : DataFrame
        Table ``attribution_chains``.
    options : CheckOptions
        Thresholds.
    """
    rows = []
    for pollutant, part in chains.groupby("pollutant", sort=True):
        r_hat, size = (part[name].to_numpy(float) for name in ("r_hat", "effective_size"))
        beyond = [str(name) for name in part.loc[~(r_hat <= options.largest_r_hat), "source_id"]]
        few = [str(name) for name in part.loc[~(size >= options.least_effective), "source_id"]]
        worst, least = (
            float(np.nan) if np.isnan(v).any() else float(f(v)) for v, f in ((r_hat, np.max), (size, np.min))
        )
        rows.append(
            row(
                "chains agree", "run", "largest split R-hat", str(pollutant), worst,
                _words(worst, beyond, len(part), "{:.3f}"), high=options.largest_r_hat,
            )
        )  # fmt: skip
        rows.append(
            row(
                "effective draws", "run", "smallest effective sample size", str(pollutant), least,
                _words(least, few, len(part), "{:.0f}"), low=options.least_effective,
            )
        )  # fmt: skip
    return rows


def _words(value: float, beyond: list[str], total: int, form: str) -> str:
    made = form.format(value)
    if not beyond:
        return f"{made}; all {total} rates pass"
    names = ", ".join(beyond[:NAMED]) + ("…" if len(beyond) > NAMED else "")
    return f"{made}; {len(beyond)} of {total} rates fail: {names}"
