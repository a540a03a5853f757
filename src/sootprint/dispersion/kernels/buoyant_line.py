r"""Rise of a row of parallel buoyant lines, such as the roof monitors of an aluminium smelter.

The plumes of the lines merge while they rise. The lines lie along x, the wind crosses them at an angle θ.
A plume that leaves a line of length L enters the wind as a slab; its buoyancy is full only at the distance

.. math:: x_{FB} = L |\cos\theta| + (n - 1)(d + w) |\sin\theta|

where it has passed all of the lines (n lines on buildings of width w, d apart). The rise Z is a root of

.. math:: Z^3 + \left(\frac{3 L_e}{\pi\beta} + \frac{3 R_0}{\beta}\right) Z^2
   + R_0 \left(\frac{6 L_D}{\pi\beta^2} + \frac{3 R_0}{\beta^2}\right) Z = \frac{3 n F'}{2\pi\beta^2 U^3}
   \left(\frac{x_{FB}^2}{3} + x^2 - x_{FB} x\right), \quad x \ge x_{FB}

with the entrainment β = 0.6, the effective length :math:`L_e` of the merged line across the wind, and the
radius :math:`R_0` and length :math:`L_D` of the plume that the building's wake has stirred.

References
----------
.. [1] Schulman, L. L. & Scire, J. S. (1980). Buoyant Line and Point Source (BLP) dispersion model user's
       guide. ERT P-7304B, Environmental Research & Technology, section 2.
.. [2] Briggs, G. A. (1975). Plume rise predictions. In: Lectures on air pollution and environmental impact
       analyses, American Meteorological Society, 59–111.
.. [3] Scire, J. S. & Schulman, L. L. (1981). Evaluation of the BLP and ISC models with SF₆ tracer data and
       SO₂ measurements at aluminum reduction plants. APCA Specialty Conference on Dispersion Modeling.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.pasquill_gifford import CLASS_D

GRAVITY = 9.80616
"""[m s⁻²], as in ref. 1."""
ENTRAINMENT = 0.6
"""β of a bent-over plume [1]; ref. 2."""
STABLE_GRADIENTS = (0.02, 0.035)
"""Potential temperature gradient of classes E and F [K m⁻¹]; ref. 1."""
WIND_EXPONENTS = (0.10, 0.15, 0.20, 0.25, 0.30, 0.30)
"""Exponent of the wind with height of classes A to F; ref. 1."""
STEPS = 5
"""Sections between the distance of full buoyancy and that of the final rise, on which the rise is linear."""


class LineGroup(NamedTuple):
    """Lines that rise together, means over the lines [m].

    Attributes
    ----------
    number : int
        Lines.
    building_length, building_height, building_width : float
        Of the buildings [m].
    line_width, separation : float
        Width of a line and gap between buildings [m].
    buoyancy : float
        Mean buoyancy parameter F' of a line [m⁴ s⁻³].
    """

    number: int
    building_length: float
    building_height: float
    building_width: float
    line_width: float
    separation: float
    buoyancy: float


class LineRise(NamedTuple):
    """Rise of the uppermost part of a group's plume with distance from its upwind corner.

    Attributes
    ----------
    full_distance, final_distance : float
        Distances of full buoyancy and of the final rise [m].
    edge_radius : float
        Radius R₀ of the plume that the wake of the building has stirred [m].
    rises : tuple of 6 floats
        Rise [m] at six distances in equal steps from full buoyancy to the final rise.
    """

    full_distance: float
    final_distance: float
    edge_radius: float
    rises: tuple[float, float, float, float, float, float]


@compiled
def cubic_root(square: float, linear: float, constant: float) -> float:
    """Largest real root z of z³ + a z² + b z + c, by Cardano's formula."""
    third = square / 3.0
    p = (linear - square * third) / 3.0
    q = 0.5 * (2.0 * third**3 - third * linear + constant)
    discriminant = q * q + p * p * p
    if discriminant > 0.0:
        # the larger of the two cube roots first, the other by their product: no cancellation
        large = np.cbrt(abs(q) + math.sqrt(discriminant))
        return (p / large - large if q > 0.0 else large - p / large) - third
    length = math.sqrt(-p)
    return 2.0 * length * math.cos(math.acos(q / (p * length)) / 3.0) - third


@compiled
def final_neutral_distance(buoyancy: float) -> float:
    """Distance from full buoyancy to the final rise in air that is not stable [m]; ref. 2.

    3.5 times 14 F^(5/8) up to F = 55 m⁴ s⁻³, then 34.49 F^(2/5), with F = n F'/π.
    """
    if buoyancy <= 55.0:
        return 49.0 * buoyancy**0.625
    return 120.72 * buoyancy**0.4


@compiled
def sheared_wind(
    group: LineGroup, wind: float, exponent: float, stable: int, buoyancy_frequency_squared: float
) -> float:
    """Wind [m s⁻¹] that gives the rise in air whose wind grows with height; at least that at the building.

    The line's own part of the rise equation, with :math:`u = u_H (z / H)^p`, is matched at the final rise;
    ref. 1, section 2.4. ``wind`` u_H is that at the height H of the building [m s⁻¹].
    """
    total = group.number * group.buoyancy
    length, height = group.building_length, group.building_height
    if stable == 1:
        power = 2.0 + exponent
        rise = (
            power * height**exponent * total / (ENTRAINMENT * length * wind * buoyancy_frequency_squared)
        ) ** (1.0 / power)
        matched = 2.0 / ENTRAINMENT * total / (length * buoyancy_frequency_squared * rise * rise)
    else:
        distance = final_neutral_distance(total / math.pi)
        power = 2.0 + 3.0 * exponent
        rise = (
            power
            * power
            * total
            * height ** (3.0 * exponent)
            / (4.0 * ENTRAINMENT * (2.0 + exponent) * length * wind**3)
        ) ** (1.0 / power) * distance ** (2.0 / power)
        matched = np.cbrt(total / (2.0 * ENTRAINMENT * length) * (distance / rise) ** 2)
    return max(matched, wind)


@compiled
def merged_length(group: LineGroup, wind: float) -> float:
    """Length across the wind of the merged plume where the wind blows along the lines [m]; ref. 1, §2.3.

    The length at which neighbours touch follows from their own rise to half their distance.
    """
    if group.number == 1:
        return group.line_width
    total = group.number * group.buoyancy
    length = group.building_length
    touching = (group.separation + group.building_width) / (2.0 * ENTRAINMENT)
    scale = (
        2.0
        * math.pi
        * ENTRAINMENT**2
        * wind**3
        / group.buoyancy
        * touching
        * touching
        * (touching + 3.0 / (math.pi * ENTRAINMENT) * group.line_width)
    )
    meeting = np.cbrt(scale * length)
    shape = math.pi * ENTRAINMENT / 3.0 * touching
    if meeting > length:
        meeting = 0.5 * length + math.sqrt(12.0 * scale - 3.0 * length * length) / 6.0
        way = length * length / 3.0 + meeting * (meeting - length)
        return total * way / (2.0 * ENTRAINMENT * wind**3 * touching * touching) - shape
    return total / (6.0 * ENTRAINMENT * length * touching * touching) * (meeting / wind) ** 3 - shape


@compiled
def full_buoyancy_distance(group: LineGroup, sine: float, cosine: float) -> float:
    """Distance of full buoyancy [m]; sine and cosine of the angle between wind and lines, both positive."""
    across = (group.number - 1) * (group.separation + group.building_width)
    if group.number == 1:
        across = group.line_width
    return group.building_length * cosine + across * sine


@compiled
def stable_final_distance(wind: float, frequency_squared: float, full_distance: float) -> float:
    """Distance of the final rise in stable air [m]; ref. 1, section 2.3, at most π U / √s."""
    push = 16.0 * wind * wind / frequency_squared - full_distance * full_distance / 3.0
    if push <= 0.0:
        distance = np.cbrt(12.0 * full_distance * wind * wind / frequency_squared)
    else:
        distance = 0.5 * (full_distance + math.sqrt(push))
    return min(distance, math.pi * wind / math.sqrt(frequency_squared))


@compiled
def growth(distance: float, full_distance: float) -> float:
    """Integral of the buoyancy on the way [m²]: x³ / 3 x_FB before full buoyancy, then as above."""
    if distance < full_distance:
        return distance**3 / (3.0 * full_distance)
    return full_distance**2 / 3.0 + distance * (distance - full_distance)


@compiled
def line_rise(
    group: LineGroup, angle: float, stability: int, wind: float, air_temperature: float
) -> LineRise:
    """Rise of a group's plume.

    Parameters
    ----------
    group : LineGroup
        Lines of one group.
    angle : float
        From the lines to the wind [rad].
    stability : int
        Pasquill class, 0 (A) to 5 (F).
    wind : float
        At the height of the building [m s⁻¹].
    air_temperature : float
        [K].
    """
    stable = 1 if stability > CLASS_D else 0
    frequency_squared = 0.0
    if stable == 1:
        frequency_squared = GRAVITY * STABLE_GRADIENTS[stability - CLASS_D - 1] / air_temperature
    speed = sheared_wind(group, wind, WIND_EXPONENTS[stability], stable, frequency_squared)
    sine, cosine = abs(math.sin(angle)), abs(math.cos(angle))
    full = full_buoyancy_distance(group, sine, cosine)
    length = group.building_length * sine + merged_length(group, speed) * cosine
    downwash_length = length * sine
    radius = min(group.building_height, downwash_length)
    square = 3.0 / (math.pi * ENTRAINMENT) * length + 3.0 / ENTRAINMENT * radius
    linear = radius * (6.0 / (math.pi * ENTRAINMENT**2) * downwash_length + 3.0 / ENTRAINMENT**2 * radius)
    total = group.number * group.buoyancy
    if stable == 1:
        final = stable_final_distance(speed, frequency_squared, full)
        constant = -6.0 / (math.pi * ENTRAINMENT**2) * total / (speed * frequency_squared)
        top = cubic_root(square, linear, constant)
        if final <= full:
            return LineRise(full, final, radius, (top, top, top, top, top, top))
    else:
        final = full + final_neutral_distance(total / math.pi)
        top = 0.0
    push = -3.0 / (2.0 * math.pi * ENTRAINMENT**2) * total / speed**3
    step = (final - full) / STEPS
    made = (
        cubic_root(square, linear, push * growth(full, full)),
        cubic_root(square, linear, push * growth(full + step, full)),
        cubic_root(square, linear, push * growth(full + 2.0 * step, full)),
        cubic_root(square, linear, push * growth(full + 3.0 * step, full)),
        cubic_root(square, linear, push * growth(full + 4.0 * step, full)),
        top if stable == 1 else cubic_root(square, linear, push * growth(final, full)),
    )
    return LineRise(full, final, radius, made)


@compiled
def highest_rise(distance: float, rise: LineRise) -> float:
    """Rise of the uppermost part of the plume [m] at a distance [m] from the group's upwind corner."""
    if distance >= rise.final_distance:
        return rise.rises[STEPS]
    first = min(rise.full_distance, rise.final_distance)
    if distance < first:
        return rise.rises[0] * distance / first
    step = (rise.final_distance - rise.full_distance) / STEPS
    section = min(int((distance - first) / step), STEPS - 1)
    share = (distance - first) / step - section
    return rise.rises[section] + share * (rise.rises[section + 1] - rise.rises[section])


@compiled
def rise_of_part(origin: float, distance: float, rise: LineRise) -> float:
    """Rise [m] at a distance of the plume from a part of the line, both [m] from the upwind corner.

    What leaves nearer to the distance of full buoyancy rises less: the plume is a slab that leans.
    """
    left = min(max(rise.full_distance - origin, 0.0), rise.full_distance)
    return highest_rise(distance, rise) - rise.rises[0] * (1.0 - left / rise.full_distance)
