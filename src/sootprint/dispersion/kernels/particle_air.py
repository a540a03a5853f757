"""Column of air through which a plume rises: reading between levels, and the stratification that it feels.

References
----------
.. [1] Briggs, G. A. (1975). Plume rise predictions. Lectures on air pollution and environmental impact
   analyses, American Meteorological Society, 59–111.
"""

from __future__ import annotations

from sootprint.core.constants import GRAVITY
from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.kernels.compile import compiled

HEIGHT, EAST, NORTH, STIRRING, POTENTIAL, TEMPERATURE, DISSIPATION = range(7)
"""Columns of the air of an hour (level, 7): heights above ground, ascending [m]; wind toward east and north
of the grid [m s⁻¹]; turbulence that widens the plume [m s⁻¹]; potential temperature and temperature [K];
dissipation of turbulent energy [m² s⁻³]. Between levels all are linear. Below the lowest and above the
highest level the values there hold; only the potential temperature goes on rising above."""


@compiled
def level_near(air: Floats, start: int, height: float) -> int:
    """Index of the level at or below a height [m], to the last but one, looked for from ``start`` on."""
    level, last = start, air.shape[0] - 2
    while level < last and air[level + 1, HEIGHT] <= height:
        level += 1
    while level > 0 and air[level, HEIGHT] > height:
        level -= 1
    return level


@compiled
def level_share(air: Floats, level: int, height: float) -> float:
    """Way from a level to the next one at which a height lies [1], held to 0 and 1."""
    low = air[level, HEIGHT]
    return min(max((height - low) / (air[level + 1, HEIGHT] - low), 0.0), 1.0)


@compiled
def between(air: Floats, column: int, level: int, share: float) -> float:
    """Value of a column between a level and the next one."""
    return air[level, column] + share * (air[level + 1, column] - air[level, column])


@compiled
def air_at(air: Floats, column: int, height: float) -> float:
    """Value of a column at a height [m]."""
    level = level_near(air, 0, height)
    return between(air, column, level, level_share(air, level, height))


@compiled
def potential_at(air: Floats, start: int, height: float) -> tuple[float, float]:
    """Potential temperature [K] and its gradient [K m⁻¹]; held below all levels, rising on above them."""
    level = level_near(air, start, height)
    above, low = height - air[level, HEIGHT], air[level, POTENTIAL]
    if above < 0.0:
        return low, 0.0
    gradient = (air[level + 1, POTENTIAL] - low) / (air[level + 1, HEIGHT] - air[level, HEIGHT])
    return low + gradient * above, gradient


@compiled
def stratification(air: Floats, level: int, middle: float, reach: float) -> float:
    r"""Stratification :math:`s = (g / \theta) \partial\theta / \partial z` [s⁻²] that a layer of air feels.

    The greater of its mean over the layer and of that at the upper edge: a plume whose edge has touched a lid
    is slowed as a whole, as in Briggs's law of penetration (ref. 1). Air that is lighter below counts as
    neutral, as in his formulae.

    Parameters
    ----------
    level : int
        Level from which on levels are looked for.
    middle, reach : float
        Middle and half-depth of the layer [m].
    """
    high, edge = potential_at(air, level, middle + reach)
    if reach < 0.01:
        return max(GRAVITY * edge / high, 0.0)
    bottom = max(middle - reach, air[0, HEIGHT])
    low, _ = potential_at(air, level, bottom)
    mean = (high - low) / (middle + reach - bottom)
    return max(GRAVITY * max(mean, edge) / high, 0.0)
