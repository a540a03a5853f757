"""Arrays that the drivers of the plume engine run over: consistent types, one compilation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Hours(NamedTuple):
    """Weather of each hour, shape (time,).

    Attributes
    ----------
    served : array of int64
        1 where the engine can serve the hour, else 0.
    wind_speed : array
        Wind speed [m s⁻¹] at ``measurement_height``.
    wind_from : array
        Where the wind comes from [rad], clockwise from grid north.
    direction_spread : array
        Standard deviation of the direction that the plume may take beside the one given [rad].
    measurement_height : array
        Height of the anemometer [m].
    stability : array of int64
        Pasquill class, A to F as 0 to 5.
    lid : array
        Height of the lid [m]; infinite where there is none.
    air_temperature : array
        Air temperature [K]; read only for sources that rise.
    """

    served: Integers
    wind_speed: Floats
    wind_from: Floats
    direction_spread: Floats
    measurement_height: Floats
    stability: Integers
    lid: Floats
    air_temperature: Floats


class Receptors(NamedTuple):
    """Easting, northing and height above ground [m], shape (receptor,)."""

    x: Floats
    y: Floats
    z: Floats


class Elements(NamedTuple):
    """Parts that the sources are made of, shape (element,), and the edges of their polygons.

    Attributes
    ----------
    source : array of int64
        Index of the source that the element belongs to.
    weight : array
        Share of the source's emission [1].
    x, y, radius : array
        Middle and radius [m] of the circle that holds the element.
    height : array
        Release height above ground [m].
    initial_sigma_y, initial_sigma_z : array
        Widths at the release [m].
    diameter, exit_velocity, exit_temperature : array
        Mouth of a stack [m, m s⁻¹, K]; velocity 0 for all that does not rise.
    area : array
        Area of the polygon [m²]; 0 for a point or a volume.
    first_edge, last_edge : array of int64
        Rows of ``edges`` that bound the polygon.
    edges : array, shape (edge, 4)
        Easting and northing of both ends [m]; rings counter-clockwise, holes clockwise.
    """

    source: Integers
    weight: Floats
    x: Floats
    y: Floats
    radius: Floats
    height: Floats
    initial_sigma_y: Floats
    initial_sigma_z: Floats
    diameter: Floats
    exit_velocity: Floats
    exit_temperature: Floats
    area: Floats
    first_edge: Integers
    last_edge: Integers
    edges: Floats


class Settings(NamedTuple):
    """Choices of the engine as plain numbers; flags are 0 or 1.

    Attributes
    ----------
    urban : int
        Widths and wind exponents of a city (1) or of open country (0).
    downwash, gradual, spread : int
        Stack-tip downwash, gradual rise, buoyancy-induced dispersion.
    lowest_height : float
        Height [m] below which the wind is taken as constant.
    nearest : float
        Downwind distance [m] below which no concentration is given.
    panels_per_octave : int
        Panels of the area integral for each doubling of the distance.
    """

    urban: int
    downwash: int
    gradual: int
    spread: int
    lowest_height: float
    nearest: float
    panels_per_octave: int
