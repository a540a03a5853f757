"""Units at the boundary: everything is turned into µg m⁻³, g s⁻¹ and SI once, on reading."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sootprint.core.constants import GAS_CONSTANT, KELVIN_OFFSET, SECONDS_PER_YEAR, STANDARD_PRESSURE
from sootprint.core.errors import InputError
from sootprint.core.pollutants import molar_mass_g_mol

MASS_UNITS = {"ng/m3": 1e-3, "ug/m3": 1.0, "mg/m3": 1e3, "g/m3": 1e6}
"""Factor to µg m⁻³."""

MIXING_RATIO_UNITS = {"ppt": 1e-12, "ppb": 1e-9, "ppm": 1e-6}
"""Mole fraction of one unit."""

RATE_UNITS = {
    "g/s": 1.0,
    "kg/h": 1000.0 / 3600.0,
    "g/h": 1.0 / 3600.0,
    "t/yr": 1e6 / SECONDS_PER_YEAR,
    "kg/yr": 1e3 / SECONDS_PER_YEAR,
}
"""Factor to g s⁻¹; a year has 365 days."""


_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--")


def unit_name(text: str) -> str:
    """Plain name of a unit: ``µg/m³``, ``ug m-3``, ``мкг/м3`` all give ``ug/m3``; unknown text is kept."""
    plain = text.strip().casefold().translate(_SUPERSCRIPTS)
    plain = plain.replace("µ", "u").replace("μ", "u").replace("**", "")
    plain = plain.replace("мкг", "ug").replace("мг", "mg").replace("нг", "ng").replace("/м3", "/m3")
    plain = plain.replace("т/год", "t/yr").replace("г/с", "g/s").replace("кг/ч", "kg/h").replace("^", "")
    plain = re.sub(r"[\s.·]+", " ", plain)
    plain = re.sub(r"\s*/\s*", "/", plain)
    plain = re.sub(r" ?m-3$", "/m3", plain)
    plain = re.sub(r" ?s-1$", "/s", plain)
    return plain.replace("t/a", "t/yr").replace("t/year", "t/yr")


def ugm3_per_unit(
    unit: str,
    pollutant: str,
    *,
    temperature_c: float | None = None,
    pressure_pa: float = STANDARD_PRESSURE,
) -> float:
    """Factor from one unit of a concentration to µg m⁻³.

    For mixing ratios c = x · M · p / (R · T), the ideal gas law; 1 ppb SO₂ = 2.62 µg m⁻³ at 25 °C.

    Parameters
    ----------
    unit : str
        Any spelling of ng/m3, ug/m3, mg/m3, g/m3, ppt, ppb, ppm.
    pollutant : str
        Identifier from the pollutant table.
    temperature_c : float, optional
        Reference temperature [°C] of a mixing ratio; must be stated for one.
    pressure_pa : float
        Reference pressure [Pa].

    Raises
    ------
    InputError
        If the unit is not known, a mixing ratio has no reference temperature, or the pollutant has no
        molar mass.
    """
    name = unit_name(unit)
    if name in MASS_UNITS:
        return MASS_UNITS[name]
    if name not in MIXING_RATIO_UNITS:
        raise InputError(
            f"unit {unit!r} is not known",
            rule="a concentration is given in a mass or a mixing-ratio unit",
            cure=f"one of: {', '.join([*MASS_UNITS, *MIXING_RATIO_UNITS])}",
        )
    mass = molar_mass_g_mol(pollutant)
    if not np.isfinite(mass):
        raise InputError(f"{pollutant} has no molar mass", rule="particles are never a mixing ratio")
    if temperature_c is None:
        raise InputError(
            f"{pollutant} is given in {name} without a reference temperature",
            rule="a mixing ratio becomes a mass concentration only at a stated temperature",
            cure="state temperature_c (25 in the US and Peru, 20 in the EU and Kazakhstan [R])",
        )
    kelvin = temperature_c + KELVIN_OFFSET
    if not (np.isfinite(kelvin) and kelvin > 0):
        raise InputError(
            f"temperature_c = {temperature_c} is no temperature", rule="above absolute zero, -273.15 °C"
        )
    return MIXING_RATIO_UNITS[name] * mass * 1e6 * pressure_pa / (GAS_CONSTANT * kelvin)


def to_ugm3(
    values: ArrayLike,
    unit: str,
    pollutant: str,
    *,
    temperature_c: float | None = None,
    pressure_pa: float = STANDARD_PRESSURE,
) -> NDArray[np.float64]:
    """Concentrations in µg m⁻³; see `ugm3_per_unit`."""
    factor = ugm3_per_unit(unit, pollutant, temperature_c=temperature_c, pressure_pa=pressure_pa)
    return np.asarray(values, dtype=float) * factor


def to_g_s(values: ArrayLike, unit: str) -> NDArray[np.float64]:
    """Emission rates in g s⁻¹; a year has 365 days.

    Raises
    ------
    InputError
        If the unit is not known.
    """
    name = unit_name(unit)
    if name not in RATE_UNITS:
        raise InputError(f"unit {unit!r} is not known", cure=f"one of: {', '.join(RATE_UNITS)}")
    return np.asarray(values, dtype=float) * RATE_UNITS[name]
