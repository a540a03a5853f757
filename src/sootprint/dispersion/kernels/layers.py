"""Profiles of one hour on the grid of heights: measurements where there are any, similarity between them.

Between measurements, above and below them a profile keeps the shape of its reference: it is the reference
times the ratio of measured to reference, both interpolated linearly between the measured heights and taken
as constant beyond them (EPA-454/R-03-004, §4.1.7).
"""

from __future__ import annotations

import math

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.engines.layers import HourScales
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.near_ground import returned
from sootprint.dispersion.kernels.similarity import (
    DRY_LAPSE_RATE,
    GRADIENT_DECAY,
    GRAVITY,
    LEAST_GRADIENT,
    SIMILARITY_BOTTOM,
    SIMILARITY_TOP,
    VON_KARMAN,
    reference_wind,
    sigma_v,
    sigma_w,
    stable_gradient,
    surface_gradient,
    unstable_gradient,
)

SAME_HEIGHT = 0.1
"""Distance [m] within which a level of the grid takes the measured value as it is."""
LEAST_WIND = 0.01
"""Least wind speed of the profile [m s⁻¹]."""


@compiled
def hour_scales(row: Floats, cloud_tenths: float, adjusted: int, bulk: int) -> HourScales:
    """Scales of an hour from its row of the surface.

    Parameters
    ----------
    row : array (at least 11,)
        u*, w*, L, z₀, convective and mechanical mixing height, gradient above, wind, its direction and
        height, temperature; units of `HourScales`.
    cloud_tenths : float
    adjusted, bulk : int
        1 where u* was adjusted, and from a bulk Richardson number.
    """
    stable = 1 if row[2] > 0.0 else 0
    return HourScales(
        stable,
        row[0],
        row[1],
        row[2],
        row[3],
        row[4],
        row[5],
        row[5] if stable == 1 else max(row[4], row[5]),
        row[6],
        row[7],
        row[9],
        row[10],
        cloud_tenths,
        adjusted,
        bulk,
    )


@compiled
def known(heights: Floats, values: Floats, count: int, found_heights: Floats, found: Floats) -> int:
    """Number of measured values; they and their heights go first into ``found`` and ``found_heights``."""
    number = 0
    for level in range(count):
        if not math.isnan(values[level]):
            found_heights[number] = heights[level]
            found[number] = values[level]
            number += 1
    return number


@compiled
def measured(heights: Floats, values: Floats, count: int, height: float) -> float:
    """Measured profile at a height: linear between measurements, constant beyond them."""
    if height <= heights[0] or count == 1:
        return values[0]
    if height >= heights[count - 1]:
        return values[count - 1]
    upper = 1
    while heights[upper] < height:
        upper += 1
    share = (height - heights[upper - 1]) / (heights[upper] - heights[upper - 1])
    return values[upper - 1] + share * (values[upper] - values[upper - 1])


@compiled
def exact(heights: Floats, values: Floats, count: int, height: float) -> float:
    """Measurement at the height itself, or NaN."""
    for level in range(count):
        if abs(heights[level] - height) <= SAME_HEIGHT:
            return values[level]
    return math.nan


@compiled
def fill_wind(
    grid: Floats,
    scales: HourScales,
    heights: Floats,
    speeds: Floats,
    count: int,
    reference: Floats,
    out: Floats,
) -> None:
    """Wind speed [m s⁻¹] at the levels of ``grid``; ``reference`` is room for one value a measurement."""
    for level in range(count):
        reference[level] = _wind(heights[level], scales)
    for level in range(grid.size):
        value = exact(heights, speeds, count, grid[level])
        if math.isnan(value):
            ratio = measured(heights, speeds, count, grid[level]) / measured(
                heights, reference, count, grid[level]
            )
            value = ratio * _wind(grid[level], scales)
        out[level] = max(value, LEAST_WIND)


@compiled
def _wind(height: float, scales: HourScales) -> float:
    return reference_wind(
        height,
        scales.wind_height,
        scales.wind_speed,
        scales.friction_velocity,
        scales.obukhov_length,
        scales.roughness_length,
        scales.mixing_height,
    )


@compiled
def fill_direction(grid: Floats, heights: Floats, directions: Floats, count: int, out: Floats) -> None:
    """Direction the wind comes from [degrees, above 0 to 360], the shorter way between measurements."""
    for level in range(grid.size):
        height = grid[level]
        value = exact(heights, directions, count, height)
        if math.isnan(value):
            if height <= heights[0] or count == 1:
                value = directions[0]
            elif height >= heights[count - 1]:
                value = directions[count - 1]
            else:
                upper = 1
                while heights[upper] < height:
                    upper += 1
                value = turned(
                    heights[upper - 1], directions[upper - 1], heights[upper], directions[upper], height
                )
        out[level] = value


@compiled
def turned(low: float, first: float, high: float, second: float, height: float) -> float:
    """Direction [degrees] at a height between two, the shorter way round."""
    if second - first < -180.0:
        second += 360.0
    elif second - first > 180.0:
        second -= 360.0
    made = first + (height - low) / (high - low) * (second - first)
    if made > 360.0:
        return made - 360.0
    return made + 360.0 if made <= 0.0 else made


@compiled
def fill_turbulence(
    grid: Floats,
    scales: HourScales,
    vertical: int,
    residual: float,
    heights: Floats,
    values: Floats,
    count: int,
    returns: bool,
    reference: Floats,
    out: Floats,
) -> None:
    """σw (``vertical`` 1) or σv (0) [m s⁻¹] at the levels of ``grid``.

    Measured values are carried on in proportion to similarity; with ``returns`` they give way to it above.
    """
    for level in range(count):
        reference[level] = _turbulence(heights[level], scales, vertical, residual)
    for level in range(grid.size):
        value = math.nan
        if count > 0:
            value = exact(heights, values, count, grid[level])
        if math.isnan(value):
            value = _turbulence(grid[level], scales, vertical, residual)
            if count > 0:
                similarity = value
                value *= measured(heights, values, count, grid[level]) / measured(
                    heights, reference, count, grid[level]
                )
                if returns and grid[level] > heights[count - 1]:
                    above = grid[level] - heights[count - 1]
                    value = returned(value, similarity, above, scales.mixing_height)
        out[level] = value


@compiled
def _turbulence(height: float, scales: HourScales, vertical: int, residual: float) -> float:
    if vertical == 1:
        return sigma_w(
            height,
            scales.stable,
            scales.friction_velocity,
            scales.convective_velocity,
            scales.mixing_height,
            scales.convective_height,
            residual,
        )
    return sigma_v(
        height,
        scales.stable,
        scales.friction_velocity,
        scales.convective_velocity,
        scales.mechanical_height,
        scales.convective_height,
    )


@compiled
def measured_gradients(
    heights: Floats, temperatures: Floats, count: int, stable: int, middles: Floats, gradients: Floats
) -> int:
    """Potential temperature gradients [K m⁻¹] between measured temperatures, at the heights between them."""
    for level in range(count - 1):
        gradient = (temperatures[level + 1] - temperatures[level]) / (heights[level + 1] - heights[level])
        gradient += DRY_LAPSE_RATE
        gradients[level] = max(gradient, LEAST_GRADIENT) if stable == 1 else gradient
        middles[level] = 0.5 * (heights[level] + heights[level + 1])
    return max(count - 1, 0)


@compiled
def temperature_scale(scales: HourScales, middles: Floats, gradients: Floats, count: int) -> float:
    """Temperature scale θ* of stable surface air [K]; EPA-454/R-03-004, eq. 30–31.

    From the lowest measured gradient above the roughness; else from u* and L; with adjusted u* from the
    cloud cover (bulk Richardson method; Luhar & Rayner 2009) or 0.08 K (Venkatram 1980).
    """
    length = scales.obukhov_length
    level = 0
    while level < count and middles[level] <= scales.roughness_length:
        level += 1
    if level < count and middles[level] <= SIMILARITY_TOP:
        return gradients[level] * VON_KARMAN * middles[level] / (1.0 + 5.0 * middles[level] / length)
    if level == count and scales.adjusted_friction_velocity == 1:
        if scales.bulk_richardson == 0:
            return 0.08
        largest = 0.6 * (
            scales.wind_height
            / math.log((scales.wind_height - 5.0 * scales.roughness_length) / scales.roughness_length)
        ) ** (1.0 / 3.0)
        eighths = math.floor(scales.cloud_tenths * 0.8 + 0.5)
        clear = 1.4 * (0.005 / math.tan(0.17 * (2.0 * eighths + 1.0)) + 0.05)
        return clear * (1.0 - (2.0 * scales.friction_velocity / largest - 1.0) ** 2)
    square = scales.friction_velocity * scales.friction_velocity
    return square / (GRAVITY * VON_KARMAN * length / scales.air_temperature)


@compiled
def fill_gradient(
    grid: Floats, scales: HourScales, middles: Floats, gradients: Floats, count: int, out: Floats
) -> None:
    """Potential temperature gradient [K m⁻¹] at the levels of ``grid``."""
    if scales.stable == 0:
        for level in range(grid.size):
            value = unstable_gradient(grid[level], scales.mixing_height, scales.gradient_above)
            if grid[level] > scales.mixing_height:
                value = max(value, LEAST_GRADIENT)
            out[level] = value
        return
    scale = temperature_scale(scales, middles, gradients, count)
    for level in range(grid.size):
        out[level] = max(_stable_level(grid[level], scales, scale, middles, gradients, count), LEAST_GRADIENT)


@compiled
def _stable(height: float, scales: HourScales, scale: float) -> float:
    return stable_gradient(
        height, scale, scales.obukhov_length, scales.mixing_height, scales.adjusted_friction_velocity
    )


@compiled
def _stable_level(
    height: float, scales: HourScales, scale: float, middles: Floats, gradients: Floats, count: int
) -> float:
    if count == 0:
        return _stable(height, scales, scale)
    value = exact(middles, gradients, count, height)
    if not math.isnan(value):
        return value
    last = count - 1
    if height < middles[0]:
        return surface_gradient(
            max(height, SIMILARITY_BOTTOM), scale, scales.obukhov_length, scales.adjusted_friction_velocity
        )
    if height > middles[last]:
        top, reference = middles[last], _stable(middles[last], scales, scale)
        if top > SIMILARITY_TOP:
            fall = GRADIENT_DECAY * max(SIMILARITY_TOP, scales.mixing_height)
            return gradients[last] * math.exp(-(height - top) / fall)
        if abs(reference) < 1e-4:
            return gradients[last]
        return gradients[last] * _stable(height, scales, scale) / reference
    upper = 1
    while middles[upper] < height:
        upper += 1
    low, high = middles[upper - 1], middles[upper]
    share = (height - low) / (high - low)
    value = gradients[upper - 1] + share * (gradients[upper] - gradients[upper - 1])
    below, above = _stable(low, scales, scale), _stable(high, scales, scale)
    if abs(above - below) > 1e-4:
        value *= _stable(height, scales, scale) / (below + share * (above - below))
    return value


@compiled
def fill_potential_temperature(
    grid: Floats, gradient: Floats, temperature: float, height: float, base_elevation: float, out: Floats
) -> None:
    """Potential temperature [K] from the gradient and a temperature [K] measured at a height [m]."""
    level = 0
    while level < grid.size - 2 and grid[level + 1] <= height:
        level += 1
    surface = temperature + DRY_LAPSE_RATE * (height + base_elevation)
    out[level] = surface - 0.5 * (gradient[level + 1] + gradient[level]) * (height - grid[level])
    for below in range(level - 1, -1, -1):
        step = grid[below + 1] - grid[below]
        out[below] = out[below + 1] - 0.5 * (gradient[below + 1] + gradient[below]) * step
    for above in range(level + 1, grid.size):
        step = grid[above] - grid[above - 1]
        out[above] = out[above - 1] + 0.5 * (gradient[above] + gradient[above - 1]) * step
