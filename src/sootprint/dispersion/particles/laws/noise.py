"""Noise: moments of the random numbers that the steps draw, normal quantiles, and the tables' inverses."""

from __future__ import annotations

import numpy as np

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.kernels.langevin import cell_foot, cell_of, normal_quantile
from sootprint.dispersion.particles.laws.stage import Finding, even_air, feet, near, rules, walk, within
from sootprint.dispersion.particles.tables import height_at, stretched_at

PARTICLES = 200_000
NAMES = ("ω", "u'", "v'", "meander u", "meander v")


def drawn(particles: int, ticks: int, seed: int) -> Floats:
    """Normalised velocities (particle, 5) in air so short-lived that each is the step's own random number.

    T is half a step: 1 - Δt/2T is then 0 (see `sootprint.dispersion.particles.tables`).
    """
    brief = 7.5
    z = np.array([0.0, 2000.0, 4000.0])
    air = even_air(z, time_w=brief, time_v=brief, meander=(0.3, 100.0, 0.0), segments=2, lid=4000.0)
    return walk(air, rules(oldest=ticks), z=np.full(particles, 2000.0), seed=seed).speeds


def moments(*, particles: int = PARTICLES, seed: int = 10) -> list[Finding]:
    """Mean, variance, excess kurtosis, correlation from step to step and between components."""
    first, second = drawn(particles, 40, seed), drawn(particles, 41, seed)
    root = np.sqrt(particles)
    made = []
    for axis, name in enumerate(NAMES):
        value = first[:, axis]
        excess = float(np.mean(value**4) / np.mean(value**2) ** 2 - 3.0)
        lagged = float(np.mean(value * second[:, axis]))
        for what, found, law, error in (
            ("mean", float(value.mean()), 0.0, 1.0 / root),
            ("variance", float(np.mean(value**2)), 1.0, np.sqrt(2.0) / root),
            ("excess kurtosis", excess, 0.0, np.sqrt(24.0) / root),
            ("correlation with the next step", lagged, 0.0, 1.0 / root),
        ):
            made.append(within("noise", name, what, found, law, float(error)))
    apart = np.abs(np.corrcoef(first.T) - np.eye(5))
    made.append(
        near(
            "noise",
            "all",
            "largest correlation of two components",
            float(apart.max()),
            0.0,
            4.0 / float(root),
        )
    )
    return made


def inverses() -> list[Finding]:
    """Cells and their feet, heights and stretched heights, quantiles beside SciPy's."""
    from scipy.special import ndtri

    share = np.concatenate([np.linspace(1e-6, 1.0 - 1e-6, 4001), np.geomspace(1e-9, 0.1, 200)])
    ours = np.array([normal_quantile(float(part)) for part in share])
    apart = float(np.abs(ours - ndtri(share)).max())
    made = [near("quantile", "shares from 1e-9 to 1 - 1e-6", "largest error", apart, 0.0, 2e-6)]
    z = np.array([0.0, 5.0, 20.0, 60.0, 100.0, 400.0])
    air = even_air(z, sigma_w=np.array([0.2, 0.25, 0.3, 0.2, 0.03, 0.03]), lid=100.0)
    table = air.tables[0]
    wrong = 0
    for cell, foot in enumerate(feet(len(table))):
        wrong += int(cell_of(np.float32(foot)) != cell)
        wrong += int(abs(float(cell_foot(np.uint32(cell))) - foot) > 0.0)
        wrong += int(cell > 0 and cell_of(np.float32(foot - 1e-6 * (1.0 + foot))) != cell - 1)
    made.append(near("tables", "cells", "cells and feet that are not each other's", float(wrong), 0.0, 0.0))
    heights = np.linspace(0.0, 399.9, 2001)
    back = np.array([height_at(table, stretched_at(table, float(height))) for height in heights])
    apart = float(np.abs(back - heights).max())
    made.append(near("tables", "σw 0.2 to 0.03 m/s", "height of its stretched height [m]", apart, 0.0, 1e-3))
    top = float(height_at(table, float(air.tops[0])))
    made.append(near("tables", "σw 0.2 to 0.03 m/s", "height of the top [m]", top, 400.0, 1e-3))
    return made
