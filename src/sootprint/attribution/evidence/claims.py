"""What is declared and permitted for the sources of one pollutant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.evidence.subjects import Subject

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Claims:
    """What is declared for the subjects of one pollutant.

    Attributes
    ----------
    declared : (source,) array
        Declared mean rates [g s⁻¹]; 0 or NaN where none is.
    spread : (source,) array
        Stated standard uncertainty of their logarithms [1].
    permitted, maximum : (source,) arrays
        Permitted rate, and declared rate while working [g s⁻¹]; NaN where none is stated.
    """

    declared: Array
    spread: Array
    permitted: Array
    maximum: Array

    def of(self, subject: Subject) -> bool:
        """Whether each source of a subject has a declared rate."""
        return bool((self.declared[subject.members] > 0.0).all())

    def spread_of(self, subject: Subject) -> float:
        """Spread of ln of the declared sum, its parts wrong together: the mean weighted by rate [1]."""
        rates = self.declared[subject.members]
        return float((rates * self.spread[subject.members]).sum() / rates.sum())


def claims_of(
    rates: pd.DataFrame,
    permitted: pd.DataFrame,
    pollutant: str,
    sources: list[str],
    *,
    minimum_uncertainty: float,
) -> Claims:
    """Claims of one pollutant.

    Parameters
    ----------
    rates : DataFrame
        Mean rates that were tested, one a source and pollutant: table ``rates``.
    permitted : DataFrame
        ``source_id, pollutant, maximum_g_s`` of the basis ``permitted`` [g s⁻¹]; may be empty.
    pollutant : str
        Pollutant.
    sources : list of str
        Sources in the order of the answer.
    minimum_uncertainty : float
        Smallest relative standard uncertainty that a declared rate is believed to have [1].
    """
    own = _by_source(rates, pollutant, sources)
    uncertainty = own["relative_uncertainty"].astype(float).fillna(0.0).to_numpy()
    allowed = np.full(len(sources), np.nan)
    if len(permitted):
        allowed = _by_source(permitted, pollutant, sources)["maximum_g_s"].astype(float).to_numpy()
    return Claims(
        declared=own["rate_g_s"].astype(float).to_numpy(),
        spread=np.sqrt(np.log1p(np.maximum(uncertainty, minimum_uncertainty) ** 2)),
        permitted=allowed,
        maximum=own["maximum_g_s"].astype(float).to_numpy(),
    )


def _by_source(table: pd.DataFrame, pollutant: str, sources: list[str]) -> pd.DataFrame:
    wanted = ["rate_g_s", "maximum_g_s", "relative_uncertainty"]
    own = table[table["pollutant"] == pollutant].drop_duplicates("source_id").set_index("source_id")
    return own.reindex(index=sources, columns=wanted)
