"""Array driver of the steady Gaussian plume: hours × elements × receptors.

The driver is compiled once; it keeps the interpreter lock free, so that hours may be shared among threads
(each hour is written by one thread, the sum over elements keeps its order: the bytes do not depend on the
number of threads).
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np

from sootprint.dispersion.engines.arrays import Elements, Floats, Hours, Receptors, Settings
from sootprint.dispersion.kernels.briggs1973 import sigma_z, wind_at_height
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.gaussian import lateral_term, vertical_term
from sootprint.dispersion.kernels.polygon import LATERAL_REACH, area_term, combined, lateral_width
from sootprint.dispersion.kernels.rise import (
    ENTRAINMENT_WIDTH,
    buoyancy_flux,
    downwash_height,
    final_buoyant_rise,
    final_momentum_rise,
    gradual_rise,
    is_buoyant,
    momentum_flux,
    stability_parameter,
)


@compiled
def _point_hour(
    out: Floats,
    time: int,
    element: int,
    hours: Hours,
    receptors: Receptors,
    elements: Elements,
    settings: Settings,
) -> float:
    """Add one point or volume in one hour to ``out``; returns its final effective height [m]."""
    stability, urban = hours.stability[time], settings.urban
    height = elements.height[element]
    wind = wind_at_height(
        hours.wind_speed[time],
        hours.measurement_height[time],
        height,
        settings.lowest_height,
        stability,
        urban,
    )
    velocity, diameter = elements.exit_velocity[element], elements.diameter[element]
    flux, momentum, stable, final = 0.0, 0.0, 0.0, 0.0
    buoyant = False
    if velocity > 0.0 and diameter > 0.0:
        hot, air = elements.exit_temperature[element], hours.air_temperature[time]
        flux = buoyancy_flux(velocity, diameter, hot, air)
        momentum = momentum_flux(velocity, diameter, hot, air)
        stable = stability_parameter(stability, air)
        buoyant = is_buoyant(velocity, diameter, hot, air, stable)
        if buoyant:
            final = final_buoyant_rise(flux, wind, stable)
        else:
            final = final_momentum_rise(momentum, velocity, diameter, wind, stable)
        if settings.downwash == 1:
            height = downwash_height(height, diameter, velocity, wind)
    east, north = -math.sin(hours.wind_from[time]), -math.cos(hours.wind_from[time])
    source, lid = elements.source[element], hours.lid[time]
    for receptor in range(receptors.x.size):
        dx, dy = receptors.x[receptor] - elements.x[element], receptors.y[receptor] - elements.y[element]
        downwind = dx * east + dy * north
        if downwind < settings.nearest:
            continue
        plume_rise = final
        if settings.gradual == 1:
            plume_rise = gradual_rise(downwind, flux, momentum, velocity, wind, stable, buoyant, final)
        lateral = lateral_width(
            downwind, stability, urban, elements.initial_sigma_y[element], hours.direction_spread[time]
        )
        vertical = combined(sigma_z(downwind, stability, urban), elements.initial_sigma_z[element])
        if settings.spread == 1 and plume_rise > 0.0:
            lateral = combined(lateral, plume_rise / ENTRAINMENT_WIDTH)
            vertical = combined(vertical, plume_rise / ENTRAINMENT_WIDTH)
        crosswind = dx * north - dy * east
        if abs(crosswind) > LATERAL_REACH * lateral:
            continue
        density = vertical_term(receptors.z[receptor], height + plume_rise, vertical, lid)
        if density > 0.0:
            share = elements.weight[element] / wind
            out[time, receptor, source] += share * lateral_term(crosswind, lateral) * density
    return height + final


@compiled
def _polygon_hour(
    out: Floats,
    time: int,
    element: int,
    hours: Hours,
    receptors: Receptors,
    elements: Elements,
    settings: Settings,
    turned: Floats,
) -> float:
    """Add one polygon in one hour to ``out``; ``turned`` is room for its edges in wind coordinates."""
    stability, urban = hours.stability[time], settings.urban
    height = elements.height[element]
    wind = wind_at_height(
        hours.wind_speed[time],
        hours.measurement_height[time],
        height,
        settings.lowest_height,
        stability,
        urban,
    )
    east, north = -math.sin(hours.wind_from[time]), -math.cos(hours.wind_from[time])
    source, radius = elements.source[element], elements.radius[element]
    first, last = elements.first_edge[element], elements.last_edge[element]
    share = elements.weight[element] / (wind * elements.area[element])
    for receptor in range(receptors.x.size):
        x, y = receptors.x[receptor], receptors.y[receptor]
        dx, dy = x - elements.x[element], y - elements.y[element]
        farthest = dx * east + dy * north + radius
        if farthest < settings.nearest:
            continue
        reach = lateral_width(
            farthest, stability, urban, elements.initial_sigma_y[element], hours.direction_spread[time]
        )
        if abs(dx * north - dy * east) - radius > LATERAL_REACH * reach:
            continue
        for edge in range(first, last):
            for end in range(2):
                dx = x - elements.edges[edge, 2 * end]
                dy = y - elements.edges[edge, 2 * end + 1]
                turned[edge - first, 2 * end] = dx * east + dy * north
                turned[edge - first, 2 * end + 1] = dx * north - dy * east
        out[time, receptor, source] += share * area_term(
            turned,
            0,
            last - first,
            receptors.z[receptor],
            height,
            elements.initial_sigma_y[element],
            elements.initial_sigma_z[element],
            hours.lid[time],
            stability,
            urban,
            settings.nearest,
            settings.panels_per_octave,
            hours.direction_spread[time],
        )
    return height


@compiled
def _run(
    out: Floats,
    above_lid: Floats,
    start: int,
    stop: int,
    hours: Hours,
    receptors: Receptors,
    elements: Elements,
    settings: Settings,
) -> None:
    """Fill hours ``start`` to ``stop`` of the operator ``out`` and of ``above_lid`` (time, source)."""
    most = 1
    for element in range(elements.source.size):
        most = max(most, elements.last_edge[element] - elements.first_edge[element])
    turned = np.zeros((most, 4))
    for time in range(start, stop):
        if hours.served[time] == 0:
            out[time, :, :] = np.nan
            above_lid[time, :] = np.nan
            continue
        for element in range(elements.source.size):
            if elements.area[element] > 0.0:
                top = _polygon_hour(out, time, element, hours, receptors, elements, settings, turned)
            else:
                top = _point_hour(out, time, element, hours, receptors, elements, settings)
            if top >= hours.lid[time]:
                above_lid[time, elements.source[element]] += elements.weight[element]


def forward(
    hours: Hours, receptors: Receptors, elements: Elements, settings: Settings, *, sources: int, threads: int
) -> tuple[Floats, Floats]:
    """Operator and share above the lid of a set of hours.

    Parameters
    ----------
    hours, receptors, elements, settings
        Arrays of one consistent type each.
    sources : int
        Number of sources.
    threads : int
        Threads among which the hours are shared; the result does not depend on it.

    Returns
    -------
    operator : array, shape (time, receptor, source)
        Concentration for a unit emission [s m⁻³]; NaN in hours that are not served.
    above_lid : array, shape (time, source)
        Share of the source's emission that ends at or above the lid [1]; NaN likewise.
    """
    count = hours.served.size
    out = np.zeros((count, receptors.x.size, sources))
    above_lid = np.zeros((count, sources))
    parts = max(1, min(threads, count))
    bounds = [count * part // parts for part in range(parts + 1)]
    if parts == 1:
        _run(out, above_lid, 0, count, hours, receptors, elements, settings)
        return out, above_lid
    with ThreadPoolExecutor(parts) as pool:
        jobs = [
            pool.submit(_run, out, above_lid, start, stop, hours, receptors, elements, settings)
            for start, stop in pairwise(bounds)
        ]
        for job in jobs:
            job.result()
    return out, above_lid
