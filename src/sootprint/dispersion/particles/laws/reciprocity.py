"""Reciprocity: what a source gives a receptor is what the receptor finds at the source going back in time.

It holds for stationary Gaussian turbulence and a wind free of divergence [1]_. Both ways start from the
kernel that the other way counts by, so that the width of the kernels has no part in it.

References
----------
.. [1] Flesch, T. K., Wilson, J. D. and Yee, E. (1995). Backward-time Lagrangian stochastic dispersion models
   and their application to estimate gaseous emissions. J. Appl. Meteorol. 34, 1320-1332,
   doi:10.1175/1520-0450(1995)034<1320:BTLSDM>2.0.CO;2.
"""

from __future__ import annotations

import numpy as np

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.particles.air import absorbed_shares, terrain_arrays
from sootprint.dispersion.particles.arrays import NO_TERRAIN, Air, Terrain
from sootprint.dispersion.particles.laws.stage import (
    Finding,
    even_air,
    kernel_start,
    mean_and_error,
    near,
    rules,
    targets,
    walk,
    within,
)

LAW = "reciprocity"
PARTICLES = 60_000
DISTANCES = (300.0, 1000.0, 3000.0)
SIGMA, SPREAD = 40.0, 2.0
"""Standard deviations of sources and receptors, horizontal and vertical [m]."""
SOURCE_HEIGHT, RECEPTOR_HEIGHT = 5.0, 2.0
OLDEST = 160
"""Age at which particles are given up both ways [steps]."""
CELL = 100.0
LEVELS = np.array([0.0, 4.0, 10.0, 20.0, 35.0, 55.0, 80.0, 110.0, 150.0, 200.0, 260.0, 330.0, 400.0])


def shear_air() -> Air:
    """Neutral surface layer under a logarithmic wind: u* = 0.3 m/s, z₀ = 0.05 m, T = 0.4 z/u*."""
    friction, top = 0.3, 400.0
    z = np.concatenate([[0, 0.25, 0.5, 1, 2, 3, 5, 8, 12, 16, 20, 25], np.arange(30.0, top + 1.0, 10.0)])
    raised = np.maximum(z, 0.25)
    return even_air(
        z,
        wind=friction / 0.4 * np.log(raised / 0.05),
        sigma_w=1.25 * friction,
        time_w=0.4 * raised / friction,
        sigma_v=2.0 * friction,
        time_v=np.clip(raised / friction, 10.0, 300.0),
        segments=4,
        lid=top,
    )


def curl_wind(rows: int = 32, across: int = 60) -> tuple[Floats, Floats, Floats]:
    """Wind over a hill and round it, free of divergence in every cell: the curl of a vector potential.

    Velocities through the faces (1, level, row, column) [m s⁻¹]; none passes the ground or the top. The wind
    of the plain is 3 m/s at 10 m, and over the crest it is half as strong again.
    """
    deep = np.diff(LEVELS)
    x, y = CELL * np.arange(across + 1) - 1000.0, CELL * (np.arange(rows + 1) - rows / 2)
    middle_y = 0.5 * (y[1:] + y[:-1])
    height = LEVELS[:, None, None]
    flow = 0.8 * height * np.log1p(height / 0.5)
    hill = np.exp(-0.5 * ((x[None, :] - 700.0) ** 2 + middle_y[:, None] ** 2) / 350.0**2)
    along = -flow * (1.0 + 0.6 * hill[None] * (1.0 - height / LEVELS[-1]) ** 2)
    swirl = np.exp(-0.5 * ((x[None, :] - 1400.0) ** 2 + (y[:, None] - 200.0) ** 2) / 400.0**2)
    aloft = 200.0 * swirl[None] * np.exp(-0.5 * (height[1:] + height[:-1]) / 300.0)
    u = np.diff(aloft, axis=1) / CELL - np.diff(along, axis=0) / deep[:, None, None]
    v = -np.diff(aloft, axis=2) / CELL
    w = np.diff(along, axis=2) / CELL
    return u[None], v[None], w[None]


def largest_divergence(u: Floats, v: Floats, w: Floats) -> float:
    """Largest divergence of any cell [s⁻¹]."""
    deep = np.diff(LEVELS)[None, :, None, None]
    total = np.diff(u, axis=3) / CELL + np.diff(v, axis=2) / CELL + np.diff(w, axis=1) / deep
    return float(np.abs(total).max())


def hill_terrain() -> Terrain:
    """Terrain wind of `curl_wind`."""
    u, v, w = (part.astype(np.float32) for part in curl_wind())
    return terrain_arrays(u, v, w, LEVELS, (-1000.0, -0.5 * CELL * v.shape[2] + 0.5 * CELL, CELL))


def ratios(
    air: Air,
    terrain: Terrain = NO_TERRAIN,
    *,
    particles: int = PARTICLES,
    deposition: float = 0.0,
    settling: float = 0.0,
    seed: int = 4,
) -> list[tuple[float, float, float]]:
    """Distance [m], backward over forward, and its standard error."""
    source = (0.0, 0.0, SOURCE_HEIGHT)
    box = {"west": -1000.0, "east": 5000.0, "south": -1600.0, "north": 1600.0}
    kernels = {"width": 0.0, "width_z": 0.0, "oldest": OLDEST, "fall": settling}
    random = np.random.default_rng(seed)
    receptors = targets(np.array(DISTANCES), z=RECEPTOR_HEIGHT, sigma=SIGMA, spread=SPREAD)
    x, y, z = kernel_start(random, particles, source, SIGMA, SPREAD)
    absorbed = [float(absorbed_shares(air, deposition, settling, sign)[0]) for sign in (1, -1)]
    there = walk(
        air,
        rules(**box, **kernels),
        x=x,
        y=y,
        z=z,
        counted=receptors,
        terrain=terrain,
        seed=seed,
        absorbed=absorbed[0],
    )
    made = []
    for number, distance in enumerate(DISTANCES):
        x, y, z = kernel_start(random, particles, (distance, 0.0, RECEPTOR_HEIGHT), SIGMA, SPREAD)
        back = walk(
            air,
            rules(**box, **kernels, sign=-1),
            x=x,
            y=y,
            z=z,
            counted=targets(source[0], z=source[2], sigma=SIGMA, spread=SPREAD),
            terrain=terrain,
            seed=seed + 1 + number,
            absorbed=absorbed[1],
        )
        forward, forward_error = mean_and_error(there.found[:, number])
        backward, backward_error = mean_and_error(back.found[:, 0])
        ratio = backward / forward
        error = ratio * np.hypot(forward_error / forward, backward_error / backward)
        made.append((distance, ratio, float(error)))
    return made


def terrain_divergence() -> list[Finding]:
    """Divergence of the mass-consistent wind over a made valley, in a wind of 2 m/s and in none."""
    import pandas as pd

    from sootprint.weather import Situation, TerrainGrid, WindSite, make_basis
    from sootprint.weather.terrain_wind import divergence

    middle = np.arange(-2900.0, 3000.0, 200.0)
    east, north = np.meshgrid(middle, middle)
    ground = (
        300.0 + 250.0 * (1.0 - np.exp(-(((east + 0.3 * north) / 900.0) ** 2))) + 40.0 * np.sin(north / 500.0)
    )
    levels = np.array([0.0, 4.0, 10.0, 20.0, 35.0, 60.0, 100.0, 160.0, 260.0, 420.0, 700.0])
    grid = TerrainGrid(-3000.0, -3000.0, 200.0, ground, levels)
    basis = make_basis(grid, [WindSite("town", 0.0, 0.0)], [Situation("neutral")])
    times = pd.date_range("2024-11-01", periods=2, freq="h")
    readings = pd.DataFrame(
        {
            "time_start": times,
            "site_id": "town",
            "height_m": 10.0,
            "wind_speed": [2.0, 0.0],
            "wind_from_direction": [240.0, np.nan],
        }
    )
    hours = basis.hours(readings, pd.DataFrame({"time_start": times, "obukhov_length": np.inf}))
    fields = basis.fields(hours.weights)
    found = np.abs(divergence(fields, grid)).max(axis=(1, 2, 3))
    fastest = float(np.abs(fields.u[1]).max())
    return [
        near("divergence", "terrain wind, 2 m/s", "largest of any cell [s⁻¹]", float(found[0]), 0.0, 1e-4),
        near("divergence", "terrain wind, 0 m/s", "largest of any cell [s⁻¹]", float(found[1]), 0.0, 1e-4),
        near("at rest", "terrain wind, 0 m/s", "largest wind [m s⁻¹]", fastest, 0.0, 1e-9),
    ]


def reciprocity_law(*, particles: int = PARTICLES, seed: int = 4) -> list[Finding]:
    """Backward over forward at three distances: in shear, over a hill, and of what settles."""
    made = []
    air = shear_air()
    for profile, terrain, loss in (
        ("logarithmic wind", NO_TERRAIN, {}),
        ("wind over a hill", hill_terrain(), {}),
        ("logarithmic wind, v_s 3 cm/s, v_d 5 cm/s", NO_TERRAIN, {"deposition": 0.05, "settling": 0.03}),
    ):
        for distance, ratio, error in ratios(air, terrain, particles=particles, seed=seed, **loss):
            what = f"backward over forward at {distance:g} m"
            made.append(within(LAW, profile, what, ratio, 1.0, error))
    divergence = largest_divergence(*(part.astype(np.float32).astype(float) for part in curl_wind()))
    made.append(near("divergence", "wind over a hill", "largest of any cell [s⁻¹]", divergence, 0.0, 1e-4))
    return made
