"""Nitrogen dioxide from nitrogen oxides: ambient ratio (ARM2) and ozone limiting (OLM).

Emissions and concentrations of nitrogen oxides are as NO₂, that is with the molar mass of NO₂.

References
----------
.. [1] Podrez M (2015) An update to the ambient ratio method for 1-h NO2 air quality standards dispersion
   modeling. Atmospheric Environment 103:163-170. doi:10.1016/j.atmosenv.2014.12.021
.. [2] Cole HS, Summerhays JE (1979) A review of techniques available for estimating short-term NO2
   concentrations. J. Air Pollut. Control Assoc. 29:812-817. doi:10.1080/00022470.1979.10470866
.. [3] US EPA (2024) User's guide for the AMS/EPA Regulatory Model (AERMOD), EPA-454/B-24-007.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sootprint.core.errors import InputError

ARM2_COEFFICIENTS = (1.2441, -2.7383e-3, -5.6062e-6, 3.4555e-8, -5.8345e-11, 4.2795e-14, -1.1723e-17)
"""Coefficients of the polynomial of NO₂/NOₓ in NOₓ [µg m⁻³], of ascending order [1]_."""

ARM2_SMALLEST, ARM2_LARGEST = 0.5, 0.9
"""Smallest and largest NO₂/NOₓ of the regulatory default [3]_."""

EQUILIBRIUM_RATIO = 0.9
"""Largest NO₂/NOₓ of ozone limiting, the regulatory default [3]_."""

OZONE_UGM3_PER_PPB = 1.960
"""Ozone [µg m⁻³ ppb⁻¹] at 25 °C and 1013.25 hPa, with the digits of the reference model [3]_."""

UGM3_PER_PPB = {"NO2": 1.0 / 0.5319, "SO2": 1.0 / 0.3823, "CO": 1.144, "O3": OZONE_UGM3_PER_PPB}
"""Gases [µg m⁻³ ppb⁻¹] at 25 °C and 1013.25 hPa, with the digits of the reference model [3]_."""

PPB_PER_PPM = 1000.0

MOLAR_NO2, MOLAR_OZONE = 46.0, 48.0
"""Molar masses [g mol⁻¹], with the digits of the reference model [3]_."""

OZONE_FLOOR_LIMIT = 78.40
"""Largest value of the lower limit of ozone in stable hours [µg m⁻³], 40 ppb [3]_."""

FLOOR_FULL_LENGTH, FLOOR_NO_LENGTH = 50.0, 250.0
"""Obukhov lengths up to which the limit is full and from which there is none [m] [3]_."""

FLOOR_HOURS = 24
"""Hours over which the largest ozone is taken for the limit."""


def ugm3(values: ArrayLike, unit: str, gas: str) -> NDArray[np.float64]:
    """Mass concentration [µg m⁻³] of a gas from ``PPB``, ``PPM`` or ``UG/M3``.

    One ppb of NO₂ is 1.880 µg m⁻³, one of ozone 1.960 µg m⁻³.

    Raises
    ------
    InputError
        If the unit or, for a mixing ratio, the gas is not known.
    """
    given = np.asarray(values, dtype=float)
    if unit == "UG/M3":
        return given
    if unit not in ("PPB", "PPM") or gas not in UGM3_PER_PPB:
        raise InputError(f"{unit} of {gas}", rule="PPB or PPM of NO2, SO2, CO, O3; or UG/M3")
    return given * UGM3_PER_PPB[gas] * (PPB_PER_PPM if unit == "PPM" else 1.0)


def arm2_ratio(
    nox: ArrayLike, *, smallest: float = ARM2_SMALLEST, largest: float = ARM2_LARGEST
) -> NDArray[np.float64]:
    """NO₂/NOₓ of the second ambient ratio method [1].

    Parameters
    ----------
    nox : array_like
        NOₓ of all sources together [µg m⁻³], as NO₂, without background.
    smallest, largest : float
        Bounds of the ratio.

    Returns
    -------
    array of float
        The polynomial of [1]_ of sixth order, kept within the bounds: 0.9 up to 114 µg m⁻³, 0.5 from
        284 µg m⁻³; 0.66822 at 200 µg m⁻³.

    Notes
    -----
    Beyond 284 µg m⁻³ the polynomial only falls, so that the lower bound holds whatever its range of fit.
    """
    ratio = np.polynomial.polynomial.polyval(np.asarray(nox, dtype=float), ARM2_COEFFICIENTS)
    return np.clip(ratio, smallest, largest)


def ozone_limited(
    nox: ArrayLike, in_stack: ArrayLike, ozone: ArrayLike, *, equilibrium: float = EQUILIBRIUM_RATIO
) -> NDArray[np.float64]:
    """NO₂ where ozone limits the oxidation of NO [µg m⁻³].

    ::

        NO₂ = min(r NOₓ + min((1 − r) NOₓ, 46/48 O₃), e NOₓ)

    Parameters
    ----------
    nox : array_like
        NOₓ of one source, or of sources that share the ozone [µg m⁻³], as NO₂.
    in_stack : array_like
        Share r of NO₂ in it [1].
    ozone : array_like
        Ambient ozone [µg m⁻³]; NaN where it is not known, for which all NO is taken to be oxidised.
    equilibrium : float
        Largest share e of NO₂ [1].

    Returns
    -------
    array of float
        NO₂, of the shape to which the arguments broadcast. 100 µg m⁻³ of NOₓ with r = 0.1 and 40 µg m⁻³
        of ozone give 10 + 38.33 = 48.33 µg m⁻³. Source: [2]_; with the limit e [3]_.
    """
    total = np.asarray(nox, dtype=float)
    share = np.asarray(in_stack, dtype=float)
    available = np.asarray(ozone, dtype=float) * (MOLAR_NO2 / MOLAR_OZONE)
    oxidised = np.minimum((1.0 - share) * total, np.where(np.isnan(available), np.inf, available))
    return np.minimum(share * total + oxidised, equilibrium * total)


def no2_by_olm(
    nox: NDArray[np.float64],
    in_stack: NDArray[np.float64],
    ozone: NDArray[np.float64],
    *,
    equilibrium: float = EQUILIBRIUM_RATIO,
    groups: Sequence[NDArray[np.intp]] = (),
) -> NDArray[np.float64]:
    """NO₂ of each source by ozone limiting, alone or in groups that share the ozone [µg m⁻³].

    Parameters
    ----------
    nox : array, shape (..., source)
        NOₓ of each source [µg m⁻³].
    in_stack : array, shape (source,)
        NO₂/NOₓ in each stack [1].
    ozone : array, shape of ``nox`` without its last axis, or broadcasting to it
        Ozone [µg m⁻³]; NaN where not known.
    groups : sequence of arrays of indices
        Sources whose plumes merge: one limit for their sum, the same NO₂/NOₓ for each [3]. Every other
        source has all the ozone for itself.
    """
    made = ozone_limited(nox, in_stack, np.asarray(ozone)[..., np.newaxis], equilibrium=equilibrium)
    for members in groups:
        together = nox[..., members].sum(axis=-1)
        inside = (nox[..., members] * in_stack[members]).sum(axis=-1)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(together > 0, inside / together, 0.0)
            ratio = ozone_limited(together, share, ozone, equilibrium=equilibrium) / together
        ratio = np.where(together > 0, ratio, equilibrium)
        made[..., members] = nox[..., members] * ratio[..., np.newaxis]
    return made


def no2_by_arm2(
    nox: NDArray[np.float64], *, smallest: float = ARM2_SMALLEST, largest: float = ARM2_LARGEST
) -> NDArray[np.float64]:
    """NO₂ of each source by the ambient ratio of the NOₓ of all sources [µg m⁻³].

    ``nox`` has shape (..., source); see :func:`arm2_ratio`.
    """
    ratio = arm2_ratio(nox.sum(axis=-1), smallest=smallest, largest=largest)
    return nox * ratio[..., np.newaxis]


def with_nocturnal_limit(
    ozone: NDArray[np.float64], obukhov_length: NDArray[np.float64], hour: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Ozone with its lower limit in stable hours [µg m⁻³].

    Near a ground that takes up ozone a monitor shows less than there is at the height of a plume. In a
    stable hour ozone is therefore not below the largest reading of the 24 hours before (at most 40 ppb) for
    L up to 50 m, nothing for L above 250 m, and linear in L between [3].

    Parameters
    ----------
    ozone : array, shape (hour,)
        Hourly readings [µg m⁻³]; NaN where substituted or missing, and left so.
    obukhov_length : array, shape (hour,)
        Monin–Obukhov length L [m]; positive is stable, NaN is not known.
    hour : array of int, shape (hour,)
        Hour of the day, 1 to 24: a reading replaces that of the same hour of the day before.
    """
    made = ozone.copy()
    latest = np.full(FLOOR_HOURS, np.nan)
    for index, value in enumerate(ozone):
        length = obukhov_length[index]
        slot = int(hour[index]) - 1
        known = not np.isnan(value)
        if known and length > 0 and not np.isnan(latest).all():
            largest = min(OZONE_FLOOR_LIMIT, float(np.nanmax(latest)))
            made[index] = max(value, largest * _floor_share(length))
        latest[slot] = value if known else 0.0
    return made


def _floor_share(length: float) -> float:
    if length <= FLOOR_FULL_LENGTH:
        return 1.0
    if length > FLOOR_NO_LENGTH:
        return 0.0
    return (FLOOR_NO_LENGTH - length) / (FLOOR_NO_LENGTH - FLOOR_FULL_LENGTH)
