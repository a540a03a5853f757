r"""Tables of one segment of time on cells of the stretched height s = ∫ dz/σw.

Between two heights of a column σw is linear in z, so that ln σw is linear in s. Within a cell of the table
the force d ln σw / ds is constant and the height is the integral of that same σw: the density that the
dynamics hold is then uniform in the table's own height to rounding.
"""

from __future__ import annotations

import math

import numpy as np

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.langevin import cell_foot, cell_of
from sootprint.dispersion.particles.arrays import Singles

(
    FORCE,
    HEIGHT,
    SIGMA_W,
    WIND_X,
    WIND_Y,
    SIGMA_V,
    DECAY_W,
    KICK_W,
    DECAY_V,
    KICK_V,
    RATE_W,
    RATE_V,
) = range(12)
"""Rows of a cell: d ln σw/ds [s⁻¹], height of its foot [m], mean σw, wind, σv [m s⁻¹], decay ρ and kick
√(1 - ρ²) of the vertical and the horizontal velocity over a whole step, 1/T of both [s⁻¹]."""
ROWS = 12


def cells_for(heights: Floats, sigma_w: Floats) -> int:
    """Number of cells that hold every column: of σw (time, level) on heights (level)."""
    low, high = sigma_w[:, :-1], sigma_w[:, 1:]
    step = np.diff(heights)[None, :]
    ratio = np.where(np.abs(high - low) > 1e-9 * low, high / low, 1.0)
    part = np.where(ratio == 1.0, step / low, step * np.log(ratio) / np.where(ratio == 1.0, 1.0, high - low))
    return int(cell_of(np.float32(1.02 * part.sum(axis=1).max()))) + 2


@compiled
def fill_table(
    z: Floats,
    wind_x: Floats,
    wind_y: Floats,
    sigma_w: Floats,
    sigma_v: Floats,
    time_w: Floats,
    time_v: Floats,
    step_s: float,
    table: Singles,
) -> float:
    """Table (cell, row) of one column; returns the stretched height of the column's top [s].

    Parameters
    ----------
    z, wind_x, wind_y, sigma_w, sigma_v, time_w, time_v : float64 (level)
        Heights [m] from 0, wind and turbulence [m s⁻¹], time scales [s]; σw above 0.
    step_s : float
        Step of an old particle [s].
    table : float32 (cell, ROWS)
        Is filled.
    """
    level, foot_s, foot_z = 0, 0.0, 0.0
    levels, cells = z.size, table.shape[0]
    gradient = (sigma_w[1] - sigma_w[0]) / (z[1] - z[0])
    span = _span(z[1] - z[0], sigma_w[0], sigma_w[1])
    s_low, sigma_low, z_low = 0.0, sigma_w[0], 0.0
    top = -1.0
    for cell in range(cells):
        s_high = float(cell_foot(np.uint32(cell + 1)))
        while level < levels - 2 and s_high > foot_s + span:
            foot_s += span
            level += 1
            foot_z = z[level]
            gradient = (sigma_w[level + 1] - sigma_w[level]) / (z[level + 1] - foot_z)
            span = _span(z[level + 1] - foot_z, sigma_w[level], sigma_w[level + 1])
        if s_high > foot_s + span:
            sigma_high = sigma_w[levels - 1]
        else:
            sigma_high = sigma_w[level] * math.exp((s_high - foot_s) * gradient)
        width = s_high - s_low
        slope = math.log(sigma_high / sigma_low) / width
        mean = sigma_low
        if abs(slope * width) > 1e-9:
            mean = (sigma_high - sigma_low) / (slope * width)
        z_high = z_low + mean * width
        _fill_cell(z, wind_x, wind_y, sigma_v, time_w, time_v, step_s, 0.5 * (z_low + z_high), table[cell])
        table[cell, FORCE], table[cell, HEIGHT], table[cell, SIGMA_W] = slope, z_low, mean
        if top < 0.0 and z_high >= z[levels - 1]:
            top = s_low + (z[levels - 1] - z_low) / mean
        s_low, sigma_low, z_low = s_high, sigma_high, z_high
    return top


@compiled
def _span(height: float, low: float, high: float) -> float:
    if abs(high - low) <= 1e-9 * low:
        return height / low
    return height * math.log(high / low) / (high - low)


@compiled
def decay_of(ratio: float) -> float:
    r"""Correlation ρ of a velocity with the one a step before, of the ratio of step and time scale.

    .. math:: \rho = \frac{1 - \Delta t/2T}{1 + \Delta t/2T}

    Places move by half a step with the old and half a step with the new velocity: their diffusivity is
    :math:`\sigma^2\,(\Delta t/2)(1 + \rho)/(1 - \rho)`, which with this ρ is :math:`\sigma^2 T` at any step
    (Grønbech-Jensen & Farago 2013, doi:10.1080/00268976.2012.760055), and with :math:`e^{-\Delta t/T}` would
    never be less than :math:`\sigma^2\Delta t/2`. ρ is below 0 where T is less than half a step.
    Δt/T = 0.5 gives 0.6, 3 gives -0.2.
    """
    return (2.0 - ratio) / (2.0 + ratio)


@compiled
def _fill_cell(
    z: Floats,
    wind_x: Floats,
    wind_y: Floats,
    sigma_v: Floats,
    time_w: Floats,
    time_v: Floats,
    step_s: float,
    height: float,
    row: Singles,
) -> None:
    upper = min(max(int(np.searchsorted(z, height)), 1), z.size - 1)
    share = min((height - z[upper - 1]) / (z[upper] - z[upper - 1]), 1.0)
    rest = 1.0 - share
    row[WIND_X] = rest * wind_x[upper - 1] + share * wind_x[upper]
    row[WIND_Y] = rest * wind_y[upper - 1] + share * wind_y[upper]
    row[SIGMA_V] = rest * sigma_v[upper - 1] + share * sigma_v[upper]
    scale_w = rest * time_w[upper - 1] + share * time_w[upper]
    scale_v = rest * time_v[upper - 1] + share * time_v[upper]
    row[RATE_W], row[RATE_V] = 1.0 / scale_w, 1.0 / scale_v
    decay_w, decay_v = decay_of(step_s / scale_w), decay_of(step_s / scale_v)
    row[DECAY_W], row[DECAY_V] = decay_w, decay_v
    row[KICK_W] = math.sqrt(1.0 - decay_w * decay_w)
    row[KICK_V] = math.sqrt(1.0 - decay_v * decay_v)


@compiled
def height_at(table: Singles, s: float) -> float:
    """Height [m] of a stretched height s [s]."""
    cell = cell_of(np.float32(s))
    return table[cell, HEIGHT] + (s - cell_foot(cell)) * table[cell, SIGMA_W]


@compiled
def stretched_at(table: Singles, height: float) -> float:
    """Stretched height s [s] of a height [m]."""
    low, high = 0, table.shape[0] - 1
    while high - low > 1:
        middle = (low + high) // 2
        if table[middle, HEIGHT] <= height:
            low = middle
        else:
            high = middle
    return cell_foot(np.uint32(low)) + (height - table[low, HEIGHT]) / table[low, SIGMA_W]


@compiled
def fill_ramp(table: Singles, step_s: float, ramp: Singles) -> None:
    """Decay and kick of both velocities over a shorter step: ``ramp`` float32 (cell, 4)."""
    for cell in range(table.shape[0]):
        for part in range(2):
            rate = table[cell, RATE_W + part]
            decay = decay_of(step_s * rate)
            ramp[cell, 2 * part] = decay
            ramp[cell, 2 * part + 1] = math.sqrt(1.0 - decay * decay)


def make_tables(z: Floats, columns: tuple[Floats, ...], step_s: float) -> tuple[Singles, Floats]:
    """Tables (time, cell, ROWS) of wind_x, wind_y, σw, σv, T_w, T_v (time, level), and s of the tops [s]."""
    count, cells = columns[0].shape[0], cells_for(z, columns[2])
    tables = np.zeros((count, cells, ROWS), dtype=np.float32)
    tops = np.zeros(count)
    for time in range(count):
        east, north, sigma_w, sigma_v, time_w, time_v = (part[time] for part in columns)
        tops[time] = fill_table(z, east, north, sigma_w, sigma_v, time_w, time_v, step_s, tables[time])
    return tables, tops
