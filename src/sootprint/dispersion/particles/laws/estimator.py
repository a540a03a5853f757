"""Kernel estimates of a plume whose concentration is known: their bias, and whether the stated error is true.

Homogeneous turbulence over reflecting ground folds the free process of Taylor (1921) at the ground: the plume
is Gaussian with its mirror image, and its concentration an integral over the age.
"""

from __future__ import annotations

import numpy as np

from sootprint.dispersion.particles.laws.mass import run_origins
from sootprint.dispersion.particles.laws.spread import taylor
from sootprint.dispersion.particles.laws.stage import (
    Finding,
    even_air,
    mean_and_error,
    near,
    rules,
    targets,
    within,
)

WIND, SIGMA, TIME_W, TIME_V = 2.0, 0.3, 60.0, 100.0
SOURCE, RECEPTOR = 30.0, 2.0
SIGMA_XY, SIGMA_Z = 10.0, 2.0
"""Standard deviations of the targets [m]."""
SEEDS = 200
ASIDE = (0.0, 0.5, 1.0, 1.5, 2.0)
"""Places across the wind over the plume's width, of which the bias is the mean."""


def gaussian_plume(
    x: float, y: float, *, width: float = 0.0, width_z: float = 0.0, ages: int = 4000
) -> float:
    """Concentration [s m⁻³] of a source of strength 1 at a place [m], smeared by the target and by kernels.

    Kernels of some widths over the plume's spread.
    """
    time = np.linspace(0.5, 4.0 * x / WIND, ages)
    across = np.array([taylor(SIGMA, TIME_V, age) ** 2 for age in time]) * (1.0 + width**2) + SIGMA_XY**2
    up = np.array([taylor(SIGMA, TIME_W, age) ** 2 for age in time]) * (1.0 + width_z**2) + SIGMA_Z**2
    flat = np.exp(-0.5 * ((x - WIND * time) ** 2 + y**2) / across) / (2.0 * np.pi * across)
    deep = sum(np.exp(-0.5 * (RECEPTOR + side * SOURCE) ** 2 / up) for side in (1.0, -1.0))
    return float(np.trapezoid(flat * deep / np.sqrt(2.0 * np.pi * up), time))


def estimator_law(*, seeds: int = SEEDS, batch: int = 64, distance: float = 1500.0) -> list[Finding]:
    """Mean of estimates over the plume's own, and their spread over the stated error."""
    z = np.array([0.0, 1000.0, 2000.0])
    air = even_air(
        z, wind=WIND, sigma_w=SIGMA, sigma_v=SIGMA, time_w=TIME_W, time_v=TIME_V, segments=8, lid=2000.0
    )
    air = air._replace(hours=np.repeat(np.arange(2), 4).astype(np.int64))
    width = taylor(SIGMA, TIME_V, distance / WIND)
    aims = targets(
        np.full(len(ASIDE), distance),
        width * np.array(ASIDE),
        RECEPTOR,
        SIGMA_XY,
        SIGMA_Z,
        hours=2,
    )
    rule = rules(oldest=200, west=-2000.0, east=4.0 * distance, south=-5e3, north=5e3)
    streams = np.arange(101, 101 + seeds, dtype=np.uint32)[:, None]
    starts = [np.array([[[0.0, 0.0, SOURCE]]])] * seeds
    counted = run_origins(starts, air, aims, rule, threads=2, batch=batch, streams=streams)
    mean, variance = counted.mean.sum(axis=2)[:, 0], counted.variance.sum(axis=2)[:, 0]
    law = np.array([gaussian_plume(distance, width * part) for part in ASIDE])
    profile = f"Gaussian plume at {distance:g} m, {4 * batch} particles"
    made = []
    for number, part in enumerate(ASIDE[:3]):
        stated = float(np.sqrt(variance[:, number].mean()))
        found = float(mean[:, number].std(ddof=1))
        what = f"spread over stated error, {part:g} σ aside"
        made.append(near("estimator", profile, what, found / stated, 1.0, 0.15))
    smeared = np.array(
        [gaussian_plume(distance, width * part, width=rule.width, width_z=rule.width_z) for part in ASIDE]
    )
    most = 1.0 - 1.0 / np.sqrt((1.0 + rule.width**2) * (1.0 + rule.width_z**2))
    for what, found, known in (
        ("on the axis", mean[:, 0], np.array([law[0], smeared[0]])),
        ("mean of 5 places from 0 to 2 σ aside", mean.mean(axis=1), np.array([law.mean(), smeared.mean()])),
    ):
        value, error = mean_and_error(found)
        made.append(
            near("estimator", profile, f"{what}, over the plume's", value / known[0], 1.0, float(most))
        )
        what = f"{what}, over the plume's smeared by the kernels"
        made.append(within("estimator", profile, what, value / known[1], 1.0, error / known[1]))
    return made
