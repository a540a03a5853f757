"""Laws that the particle engine must hold, each beside its number: `sootprint validate particles`."""

from __future__ import annotations

import pandas as pd

from sootprint.dispersion.particles.laws.estimator import estimator_law
from sootprint.dispersion.particles.laws.gradient import power_law, steady_flux
from sootprint.dispersion.particles.laws.mass import calm_law, decay_law, deposition_law, settling_law
from sootprint.dispersion.particles.laws.mixed import cases, layer_deviations, well_mixed, without_drift
from sootprint.dispersion.particles.laws.noise import inverses, moments
from sootprint.dispersion.particles.laws.reciprocity import reciprocity_law, terrain_divergence
from sootprint.dispersion.particles.laws.spread import meander_law, spread_law
from sootprint.dispersion.particles.laws.stage import Finding

__all__ = [
    "LAWS",
    "Finding",
    "calm_law",
    "cases",
    "decay_law",
    "deposition_law",
    "estimator_law",
    "inverses",
    "laws",
    "layer_deviations",
    "meander_law",
    "moments",
    "power_law",
    "reciprocity_law",
    "settling_law",
    "spread_law",
    "steady_flux",
    "terrain_divergence",
    "well_mixed",
    "without_drift",
]

LAWS = (
    well_mixed,
    reciprocity_law,
    terrain_divergence,
    spread_law,
    meander_law,
    power_law,
    steady_flux,
    deposition_law,
    settling_law,
    decay_law,
    calm_law,
    estimator_law,
    moments,
    inverses,
)
"""Functions without arguments, each a list of findings."""


def laws() -> pd.DataFrame:
    """Table of all findings, a column for each field of `Finding`."""
    return pd.DataFrame([finding._asdict() for law in LAWS for finding in law()])
