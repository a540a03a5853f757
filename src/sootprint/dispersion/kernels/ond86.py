"""Single source of OND-86 and MRR-2017: largest concentration, its distance and its wind, and the plume.

Concentrations are means of 20–30 minutes at the worst weather, not of an hour of a time series. Numbers in
brackets are the clauses' formulas in the text of OND-86.

References
----------
.. [1] OND-86 (1987). Methods of calculating concentrations in the air of harmful substances in emissions of
   enterprises. Gidrometeoizdat, Leningrad; in Kazakhstan RND 211.2.01.01-97.
.. [2] MRR-2017. Methods of calculating the dispersion of emissions in the air. Order 273 of the Ministry of
   Natural Resources of the Russian Federation, 6 June 2017.
"""

from __future__ import annotations

import math

from sootprint.dispersion.kernels.compile import compiled

HOT = 0
"""Heated gas and an ordinary dangerous wind."""
COLD = 1
"""Gas as warm as the air (or f ≥ 100) and an ordinary dangerous wind."""
HOT_STILL = 2
"""Heated gas and the smallest dangerous wind, vm < 0.5 m/s."""
COLD_STILL = 3
"""Cold gas and the smallest dangerous wind, v′m < 0.5 m/s."""

OND86 = 0
MRR2017 = 1
"""Codes of the methods: they differ in which gas is cold and in the far tail of the plume."""

COLD_EXCESS = 0.5
"""Largest excess of temperature that counts as none in MRR-2017 [K]."""
LOWEST_WIND = 0.5
"""Least wind of the method [m s⁻¹]."""
LOW_SOURCE = 10.0
"""Height under which a source is low [m]."""
GROUND_SOURCE = 2.0
"""Height that a source on the ground is given [m]."""


@compiled
def is_cold(froude: float, excess: float, method: int) -> bool:
    """Whether the gas counts as cold: f ≥ 100 or an excess of temperature near none."""
    return froude >= 100.0 or excess <= (COLD_EXCESS if method == MRR2017 else 0.0)


@compiled
def froude_parameter(height: float, diameter: float, velocity: float, excess: float) -> float:
    """f [m s⁻² K⁻¹] (2.3): 1000 w₀² D / (H² ΔT); infinite where the gas is not warmer than the air."""
    if excess <= 0.0:
        return math.inf
    return 1000.0 * velocity * velocity * diameter / (height * height * excess)


@compiled
def heated_speed(height: float, flow: float, excess: float) -> float:
    """vm [m s⁻¹] (2.4): 0.65 (V₁ ΔT / H)^⅓; nothing where the gas is not warmer than the air."""
    return 0.65 * (flow * max(excess, 0.0) / height) ** (1.0 / 3.0)


@compiled
def cold_speed(height: float, diameter: float, velocity: float) -> float:
    """v′m [m s⁻¹] (2.5): 1.3 w₀ D / H."""
    return 1.3 * velocity * diameter / height


@compiled
def froude_limit(speed: float) -> float:
    """fe (2.6): 800 v′m³."""
    return 800.0 * speed * speed * speed


@compiled
def rise_coefficient(froude: float, limit: float) -> float:
    """m (2.7): of f, or of fe where fe < f < 100."""
    if froude >= 100.0:
        return 1.47 / froude ** (1.0 / 3.0)
    used = limit if limit < froude else froude
    return 1.0 / (0.67 + 0.1 * math.sqrt(used) + 0.34 * used ** (1.0 / 3.0))


@compiled
def speed_coefficient(speed: float) -> float:
    """n (2.8) of vm [m s⁻¹] for heated and of v′m for cold gas."""
    if speed >= 2.0:
        return 1.0
    if speed >= LOWEST_WIND:
        return 0.532 * speed * speed - 2.13 * speed + 3.13
    return 4.4 * speed


@compiled
def regime(froude: float, excess: float, hot_speed: float, speed: float, method: int) -> int:
    """Which formula of cm holds: `HOT`, `COLD`, `HOT_STILL` or `COLD_STILL`."""
    if is_cold(froude, excess, method):
        return COLD if speed >= LOWEST_WIND else COLD_STILL
    return HOT if hot_speed >= LOWEST_WIND else HOT_STILL


@compiled
def unit_concentration(
    height: float, diameter: float, flow: float, excess: float, m: float, n: float, case: int
) -> float:
    """cm / (A M F η) in the units of the text: (2.1), (2.9) or (2.11)."""
    if case == HOT:
        return m * n / (height * height * (flow * excess) ** (1.0 / 3.0))
    if case == COLD:
        return n * diameter / (8.0 * flow) / height ** (4.0 / 3.0)
    if case == HOT_STILL:
        return 2.86 * m / height ** (7.0 / 3.0)
    return 0.9 / height ** (7.0 / 3.0)


@compiled
def distance_coefficient(froude: float, limit: float, hot_speed: float, speed: float, cold: bool) -> float:
    """d (2.14) and (2.15): xm = (5 − F)/4 · d · H."""
    if cold:
        if speed <= 0.5:
            return 5.7
        return 11.4 * speed if speed <= 2.0 else 16.0 * math.sqrt(speed)
    if hot_speed <= 0.5:
        return 2.48 * (1.0 + 0.28 * limit ** (1.0 / 3.0))
    widened = 1.0 + 0.28 * froude ** (1.0 / 3.0)
    return 4.95 * hot_speed * widened if hot_speed <= 2.0 else 7.0 * math.sqrt(hot_speed) * widened


@compiled
def dangerous_wind(froude: float, hot_speed: float, speed: float, cold: bool) -> float:
    """um [m s⁻¹] (2.16) and (2.17)."""
    if cold:
        if speed <= 0.5:
            return LOWEST_WIND
        return speed if speed <= 2.0 else 2.2 * speed
    if hot_speed <= 0.5:
        return LOWEST_WIND
    return hot_speed if hot_speed <= 2.0 else hot_speed * (1.0 + 0.12 * math.sqrt(froude))


@compiled
def wind_factor(ratio: float) -> float:
    """r of u / um: the largest concentration in another wind over cm (2.19)."""
    if ratio <= 1.0:
        return 0.67 * ratio + 1.67 * ratio * ratio - 1.34 * ratio * ratio * ratio
    return 3.0 * ratio / (2.0 * ratio * ratio - ratio + 2.0)


@compiled
def stretch_factor(ratio: float) -> float:
    """p of u / um: the distance of the largest concentration in another wind over xm (2.21)."""
    if ratio <= 0.25:
        return 3.0
    if ratio <= 1.0:
        return 8.43 * (1.0 - ratio) ** 5 + 1.0
    return 0.32 * ratio + 0.68


@compiled
def along_factor(ratio: float, settling: float, height: float, method: int) -> float:
    """s₁ of x / xm: concentration under the axis over the largest (2.23), and s₁н of a low source (2.24).

    ``height`` is at least 2 m; upwind (ratio < 0) there is nothing.
    """
    if ratio < 0.0:
        return 0.0
    if ratio <= 1.0:
        square = ratio * ratio
        value = square * (3.0 * square - 8.0 * ratio + 6.0)
        if height < LOW_SOURCE and ratio < 1.0:
            value = 0.125 * (LOW_SOURCE - height) + 0.125 * (height - GROUND_SOURCE) * value
        return value
    if ratio <= 8.0:
        return 1.13 / (0.13 * ratio * ratio + 1.0)
    if method == MRR2017:
        if ratio > 100.0:
            return (144.3 if settling <= 1.5 else 37.76) * ratio ** (-7.0 / 3.0)
        if settling <= 1.5:
            return ratio / (3.556 * ratio * ratio - 35.2 * ratio + 120.0)
        return 1.0 / (0.1 * ratio * ratio + 2.456 * ratio - 17.8)
    if settling <= 1.5:
        return ratio / (3.58 * ratio * ratio - 35.2 * ratio + 120.0)
    return 1.0 / (0.1 * ratio * ratio + 2.47 * ratio - 17.8)


@compiled
def across_factor(wind: float, tangent_squared: float) -> float:
    """s₂ of the wind [m s⁻¹] and (y/x)²: concentration beside the axis over that under it (2.25)–(2.27)."""
    t = min(wind, 5.0) * tangent_squared
    poly = 1.0 + t * (5.0 + t * (12.8 + t * (17.0 + t * 45.1)))
    return 1.0 / (poly * poly)
