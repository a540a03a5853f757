"""Hours, places, receptors and sources of physics ``aermod`` as plain arrays."""

from __future__ import annotations

from typing import NamedTuple

from sootprint.dispersion.engines.arrays import Floats, Integers


class Weather(NamedTuple):
    """Boundary layer of a set of hours.

    The air over a city differs at night from that of the country: each has its row along ``place``, the
    country first.

    Attributes
    ----------
    served : array of int64, shape (time,)
        1 where the engine can serve the hour, else 0.
    direction : array, shape (time, level)
        Where the wind comes from [degrees, above 0 to 360].
    columns : array, shape (time, place, level, 9)
        Profiles on the heights of `sootprint.dispersion.kernels.levels`, its columns in the order there.
    scales : array, shape (time, place, 16)
        Numbers of the hour, in the order of the index constants of this module.
    """

    served: Integers
    direction: Floats
    columns: Floats
    scales: Floats


(
    STABLE,
    URBAN_STABLE,
    FRICTION_VELOCITY,
    CONVECTIVE_VELOCITY,
    OBUKHOV_LENGTH,
    ROUGHNESS_LENGTH,
    MIXING_HEIGHT,
    MECHANICAL_HEIGHT,
    AIR_TEMPERATURE,
    AVERAGE_WIND,
    AVERAGE_SIGMA_W,
    TOP_POTENTIAL_TEMPERATURE,
    GRADIENT_ABOVE,
    BASE_ELEVATION,
    ADJUSTED,
    IMPROVED,
    COUNT_OF_SCALES,
) = range(17)
"""Places of the numbers along the last axis of `Weather.scales`."""


class Receivers(NamedTuple):
    """Receptors, shape (receptor,).

    Attributes
    ----------
    x, y : array
        Easting and northing [m].
    elevation, hill : array
        Elevation of the ground and hill height scale above the sea [m].
    flagpole : array
        Height above ground [m].
    """

    x: Floats
    y: Floats
    elevation: Floats
    hill: Floats
    flagpole: Floats


class Emitters(NamedTuple):
    """Sources, shape (source,).

    Attributes
    ----------
    kind : array of int64
        One of the kinds of `sootprint.dispersion.kernels.release`: upright, capped, horizontal stack or
        passive release.
    x, y, elevation : array
        Place and elevation of the base [m].
    height : array
        Release height [m].
    diameter : array
        Of a stack's mouth [m].
    exit_velocity, exit_temperature : array, shape (time or 1, source)
        Of a stack [m s⁻¹, K]; a temperature of 0 or less is that much above the air's.
    initial_sigma_y, initial_sigma_z : array
        Widths at the release [m].
    place : array of int64
        Air that the source releases into: 0 the country, else the number of the city.
    flat : array of int64
        1 where terrain is left out for the source.
    downwash, spread : array of int64
        1 for stack-tip downwash and for buoyancy-induced dispersion.
    first_vertex, last_vertex : array of int64
        Rows of ``vertices`` that bound an area source; the same number for all others.
    vertices : array, shape (vertex, 2)
        Easting and northing [m], the ring not closed.
    building : array of int64
        Row of ``buildings``, or -1.
    buildings : array, shape (building, 36, 5)
        Height, width, length, and offsets along and across the flow [m] of the building for flow toward 10,
        20, … 360 degrees.
    decay : array
        Rate of decay on the way [s⁻¹].
    """

    kind: Integers
    x: Floats
    y: Floats
    elevation: Floats
    height: Floats
    diameter: Floats
    exit_velocity: Floats
    exit_temperature: Floats
    initial_sigma_y: Floats
    initial_sigma_z: Floats
    place: Integers
    flat: Integers
    downwash: Integers
    spread: Integers
    first_vertex: Integers
    last_vertex: Integers
    vertices: Floats
    building: Integers
    buildings: Floats
    decay: Floats


class City(NamedTuple):
    """A city that keeps its air mixed at night.

    Attributes
    ----------
    population : float
        Inhabitants.
    roughness_length : float
        Of the city [m]; 1 m where nothing better is known.
    """

    population: float
    roughness_length: float
