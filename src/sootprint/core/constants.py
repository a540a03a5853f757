"""Physical constants, one line and one reference each."""

GRAVITY = 9.80665
"""Standard acceleration of free fall [m s⁻²]; CGPM 1901."""

GAS_CONSTANT = 8.314462618
"""Molar gas constant [J mol⁻¹ K⁻¹]; CODATA 2018."""

STANDARD_PRESSURE = 101325.0
"""Standard atmosphere [Pa]; CGPM 1954."""

KELVIN_OFFSET = 273.15
"""Zero of the Celsius scale [K]; CGPM 1954."""

VON_KARMAN = 0.4
"""Von Kármán constant [1]; Högström 1988, doi:10.1007/BF00119875 (0.40 ± 0.01)."""

HEAT_CAPACITY_DRY_AIR = 1004.7
"""Specific heat of dry air at constant pressure [J kg⁻¹ K⁻¹]; WMO-No. 8."""

GAS_CONSTANT_DRY_AIR = 287.05
"""Specific gas constant of dry air [J kg⁻¹ K⁻¹]; WMO-No. 8."""

SECONDS_PER_YEAR = 31_536_000.0
"""Common year of 365 days [s]: the year of declared annual totals."""
