"""Counting of particles at targets, and the sums over particles of what each has counted."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.particles.arrays import Singles, Targets
from sootprint.dispersion.particles.tables import height_at


@compiled
def count_all(
    state: Any,
    weight: Any,
    share: float,
    table: Singles,
    kernel: float,
    kernel_z: float,
    hour: int,
    targets: Targets,
    counts: Singles,
) -> None:
    """Count every particle; see `count_particle`."""
    for i in range(weight.size):
        if weight[i] > 0.0:
            z = height_at(table, state[i, 2])
            count_particle(
                state[i, 0], state[i, 1], z, share * weight[i], kernel, kernel_z, hour, targets, counts[i]
            )


@compiled
def count_particle(
    x: float,
    y: float,
    z: float,
    share: float,
    kernel: float,
    kernel_z: float,
    hour: int,
    targets: Targets,
    counts: Singles,
) -> None:
    """Add a particle's time [s] times weight to the targets within reach of its kernels [m⁻³].

    Horizontally (2 / π R²)(1 - r²/R²) with R² = 6 (kernel² + σ²), vertically (3 / 4 R)(1 - u²) with
    R² = 5 (kernel_z² + σ_z²), mirrored at the ground: the kernels of Epanechnikov (1969,
    doi:10.1137/1114019) with the variance of kernel and target together.
    """
    # On a CUDA device floor makes a float.
    column = int(math.floor((x - targets.bin_place[0]) / targets.bin_place[2]))  # noqa: RUF046
    row = int(math.floor((y - targets.bin_place[1]) / targets.bin_place[2]))  # noqa: RUF046
    if column < 0 or row < 0 or column >= targets.bin_count[0] or row >= targets.bin_count[1]:
        return
    bin_number = row * targets.bin_count[0] + column
    for item in range(targets.bin_start[bin_number], targets.bin_start[bin_number + 1]):
        blob = targets.bin_item[item]
        dx, dy = x - targets.x[blob], y - targets.y[blob]
        target = targets.target[blob]
        wide = targets.across[hour, target]
        reach = 6.0 * (kernel * kernel + targets.sigma[blob] * targets.sigma[blob] + wide * wide)
        gap = dx * dx + dy * dy
        if gap >= reach:
            continue
        across = 2.0 / (math.pi * reach) * (1.0 - gap / reach) * targets.share[blob]
        for layer in range(targets.weight.shape[2]):
            part = targets.weight[hour, target, layer]
            if part <= 0.0:
                continue
            spread = targets.spread[hour, target, layer]
            middle = targets.height[hour, target, layer]
            reach_z = math.sqrt(5.0 * (kernel_z * kernel_z + spread * spread))
            density = 0.0
            above = (z - middle) / reach_z
            if abs(above) < 1.0:
                density += 1.0 - above * above
            below = (z + middle) / reach_z
            if below < 1.0:
                density += 1.0 - below * below
            counts[target] += share * across * part * 0.75 / reach_z * density


@compiled
def settle(counts: Singles, total: Singles, sums: Floats, squares: Floats, lag: int) -> None:
    """Sums over particles of what each has counted since the last settling, put to a lag."""
    place = min(lag, sums.shape[0] - 1)
    for i in range(counts.shape[0]):
        for target in range(counts.shape[1]):
            value = np.float64(counts[i, target])
            if value != 0.0:
                sums[place, target] += value
                squares[place, target] += value * value
                total[i, target] += value
                counts[i, target] = 0.0
