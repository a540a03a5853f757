"""The well-mixed condition (Thomson 1987): what is uniform stays uniform, at the production step.

Particles start at even heights, so that the start has no noise; the variance of the number in a layer is then
that of independent particles, each in the layer with the probability of those that started where it did, and
not the binomial one, which would be too large where air mixes slowly.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.particles.arrays import Air
from sootprint.dispersion.particles.laws.stage import (
    SIGMAS,
    TICKS,
    Finding,
    even_air,
    rules,
    walk,
    weather_air,
)
from sootprint.dispersion.particles.tables import FORCE

LAW = "well mixed"
PARTICLES = 200_000
GROUPS = 60
"""Groups of neighbouring starts, by which the variance is estimated."""
LAYERS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Edges of the layers over the lid that the walk ends with; above it are three more of equal depth."""


class Case(NamedTuple):
    """Air in which the well-mixed condition is looked at."""

    name: str
    air: Air
    lid: float
    top: float
    segments: int


def hour(**given: Any) -> dict[str, Any]:
    """Row of a table ``boundary_layer``."""
    row: dict[str, Any] = {
        "time_start": pd.Timestamp("2024-11-01"),
        "duration_s": 3600.0,
        "friction_velocity": 0.3,
        "convective_velocity": np.nan,
        "potential_temperature_gradient": np.nan,
        "convective_mixing_height": np.nan,
        "mechanical_mixing_height": 400.0,
        "obukhov_length": 8888.0,
        "roughness_length": 0.5,
        "wind_speed": 3.0,
        "wind_from_direction": 270.0,
        "measurement_height": 10.0,
        "air_temperature": 275.0,
        "temperature_height": 2.0,
        "sensible_heat_flux": -1.0,
        "reason": "served",
    }
    return row | given


def hours(*rows: dict[str, Any]) -> pd.DataFrame:
    """Table ``boundary_layer`` of consecutive hours."""
    table = pd.DataFrame(list(rows))
    table["time_start"] = pd.date_range("2024-11-01", periods=len(rows), freq="h").astype("datetime64[us]")
    return table


NEUTRAL = hour(friction_velocity=0.4, mechanical_mixing_height=500.0, wind_speed=4.0)
STABLE = hour(
    friction_velocity=0.12,
    obukhov_length=25.0,
    mechanical_mixing_height=100.0,
    wind_speed=1.5,
    sensible_heat_flux=-8.0,
)
CONVECTIVE = hour(
    friction_velocity=0.25,
    obukhov_length=-20.0,
    convective_velocity=1.6,
    convective_mixing_height=800.0,
    mechanical_mixing_height=300.0,
    potential_temperature_gradient=0.01,
    wind_speed=2.0,
    sensible_heat_flux=150.0,
)
LOW_WIND = hour(
    friction_velocity=0.03,
    obukhov_length=5.0,
    mechanical_mixing_height=40.0,
    wind_speed=0.3,
    sensible_heat_flux=-2.0,
)
INVERSION = hour(
    friction_velocity=0.05,
    obukhov_length=8.0,
    mechanical_mixing_height=25.0,
    wind_speed=0.5,
    sensible_heat_flux=-3.0,
)


def cases() -> list[Case]:
    """Air of the five production profiles, of a surface layer in formulas, and of an evening."""
    made = []
    for name, row, lid, top in (
        ("neutral", NEUTRAL, 500.0, 800.0),
        ("stable 100 m lid", STABLE, 100.0, 250.0),
        ("convective", CONVECTIVE, 800.0, 1200.0),
        ("low wind, meander", LOW_WIND, 40.0, 100.0),
        ("inversion of 25 m", INVERSION, 25.0, 75.0),
    ):
        made.append(Case(name, weather_air(hours(row), top_m=top, segments=4)[0], lid, top, 4))
    made.append(Case("surface layer in formulas", *surface_layer(), 4))
    rows = [CONVECTIVE, hour(obukhov_length=200.0, mechanical_mixing_height=300.0, friction_velocity=0.2)]
    rows.append(
        hour(obukhov_length=20.0, mechanical_mixing_height=60.0, friction_velocity=0.08, wind_speed=0.8)
    )
    evening = weather_air(hours(*rows), top_m=1000.0, segments=4)[0]
    made.append(Case("evening, 800 to 60 m", evening, 60.0, 1000.0, 12))
    return made


def surface_layer() -> tuple[Air, float, float]:
    """Air whose time scale falls to 0.4 s at the ground, its lid and top [m].

    σw = 1.25 u* √(1 - z/h), T = 2σw²/(3.1 ε), ε of the stable surface layer; u* = 0.12 m/s, L = 25 m,
    h = 100 m.
    """
    friction, length, lid, top = 0.12, 25.0, 100.0, 250.0
    z = np.concatenate([[0, 0.25, 0.5, 1, 2, 3, 5, 8, 12, 16, 20, 25], np.arange(30.0, top + 1.0, 5.0)])
    sigma = np.maximum(1.25 * friction * np.sqrt(np.maximum(1.0 - z / lid, 0.0)), 0.03)
    rate = friction**3 / (0.4 * np.maximum(z, 0.05)) * (1.0 + 3.7 * z / length)
    wind = friction / 0.4 * (np.log(np.maximum(z, 0.2) / 0.1) + 5.0 * z / length)
    air = even_air(z, wind=wind, sigma_w=sigma, time_w=2.0 * sigma**2 / (3.1 * rate), lid=lid, segments=4)
    return air, lid, top


def without_drift(air: Air) -> Air:
    """Air without the force: a mutant that must fail."""
    tables = air.tables.copy()
    tables[:, :, FORCE] = 0.0
    return air._replace(tables=tables)


def layer_deviations(case: Case, *, particles: int = PARTICLES, seed: int = 1, sign: int = 1) -> pd.DataFrame:
    """Number of particles in each layer after a walk beside the number of an even density.

    Columns ``bottom``, ``top`` [m], ``ratio`` of found to even, ``deviation`` in standard deviations.
    """
    start = (np.arange(particles) + 0.5) / particles * case.top
    # Neighbouring starts go to the ends of the order, so that no batch holds one height alone.
    order = np.random.default_rng(seed).permutation(particles)
    rule = rules(oldest=case.segments * TICKS, sign=sign)
    ended = walk(case.air, rule, z=start[order], seed=seed)
    height = np.empty(particles)
    height[order] = ended.z
    edges = np.concatenate([np.array(LAYERS) * case.lid, np.linspace(case.lid, case.top, 4)[1:]])
    group = np.arange(particles) * GROUPS // particles
    layer = np.clip(np.searchsorted(edges, height, side="right") - 1, 0, len(edges) - 2)
    table = np.zeros((GROUPS, len(edges) - 1))
    np.add.at(table, (group, layer), 1.0)
    return _deviations(table, edges, case.top)


def _deviations(table: Floats, edges: Floats, top: float) -> pd.DataFrame:
    started = table.sum(axis=1, keepdims=True)
    share = table / started
    variance = (started * share * (1.0 - share)).sum(axis=0)
    even = table.sum() * np.diff(edges) / top
    found = table.sum(axis=0)
    return pd.DataFrame(
        {
            "bottom": edges[:-1],
            "top": edges[1:],
            "ratio": found / even,
            "deviation": (found - even) / np.sqrt(variance),
        }
    )


def well_mixed(*, particles: int = PARTICLES, seed: int = 1) -> list[Finding]:
    """Worst layer of every air [standard deviations], and the mutant without the drift term."""
    made = []
    for case in cases():
        layers = layer_deviations(case, particles=particles, seed=seed)
        worst = layers.iloc[int(layers["deviation"].abs().argmax())]
        made.append(_row(case.name, worst, len(layers), worst["deviation"], mutant=False))
    for case in cases()[1:3]:
        mutant = case._replace(air=without_drift(case.air))
        layers = layer_deviations(mutant, particles=particles // 2, seed=seed)
        worst = layers.iloc[int(layers["deviation"].abs().argmax())]
        made.append(_row(case.name, worst, len(layers), worst["deviation"], mutant=True))
    return made


def _row(name: str, worst: Any, count: int, deviation: float, *, mutant: bool) -> Finding:
    where = f"{worst['bottom']:g}–{worst['top']:g} m, worst of {count} layers: {worst['ratio']:.3f} of even"
    inside = bool(abs(deviation) <= SIGMAS)
    if mutant:
        return Finding(
            LAW, f"{name}, without drift: must fail", where, deviation, 0.0, 1.0, SIGMAS, not inside
        )
    return Finding(LAW, name, where, deviation, 0.0, 1.0, SIGMAS, inside)
