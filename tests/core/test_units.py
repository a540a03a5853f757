"""Units and names of pollutants at the boundary."""

import numpy as np
import pytest

from sootprint.core.errors import InputError
from sootprint.core.pollutants import find_pollutant, pollutant_id
from sootprint.core.units import MASS_UNITS, to_g_s, to_ugm3, ugm3_per_unit, unit_name


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("µg/m³", "ug/m3"),
        ("μg/m3", "ug/m3"),
        ("ug m-3", "ug/m3"),
        ("µg m⁻³", "ug/m3"),
        ("мкг/м³", "ug/m3"),
        ("мг/м3", "mg/m3"),
        (" MG/M3 ", "mg/m3"),
        ("mg/m^3", "mg/m3"),
        ("µg·m-3", "ug/m3"),
        ("ug/m**3", "ug/m3"),
        ("PPB", "ppb"),
        ("г/с", "g/s"),
        ("g s⁻¹", "g/s"),
        ("т/год", "t/yr"),
    ],
)
def test_spellings_of_units(text, plain):
    assert unit_name(text) == plain


def test_one_ppb_of_so2_at_25_degrees():
    # 40 CFR 50, appendix A-1, states 1 ppm = 2620 µg/m³ at 25 °C and 101.325 kPa.
    assert ugm3_per_unit("ppb", "SO2", temperature_c=25) == pytest.approx(2.62, abs=0.005)
    # Directive 2008/50/EC takes 20 °C: 2.66 for SO2, 1.91 for NO2, 2.00 for O3.
    assert ugm3_per_unit("ppb", "SO2", temperature_c=20) == pytest.approx(2.66, abs=0.005)
    assert ugm3_per_unit("ppb", "NO2", temperature_c=20) == pytest.approx(1.91, abs=0.005)
    assert ugm3_per_unit("ppb", "O3", temperature_c=20) == pytest.approx(2.00, abs=0.005)


def test_a_mixing_ratio_scales_with_pressure_and_inversely_with_temperature():
    at = ugm3_per_unit("ppm", "CO", temperature_c=0)
    assert ugm3_per_unit("ppm", "CO", temperature_c=0, pressure_pa=101325 / 2) == pytest.approx(at / 2)
    assert ugm3_per_unit("ppm", "CO", temperature_c=273.15) == pytest.approx(at / 2)
    assert ugm3_per_unit("ppm", "CO", temperature_c=0) == pytest.approx(
        1000 * ugm3_per_unit("ppb", "CO", temperature_c=0)
    )


@pytest.mark.parametrize(("unit", "factor"), MASS_UNITS.items())
def test_mass_units(unit, factor):
    assert to_ugm3([1.0, np.nan], unit, "PM10")[0] == factor


@pytest.mark.parametrize(
    ("unit", "pollutant", "temperature", "word"),
    [
        ("furlong", "SO2", 25, "not known"),
        ("ppb", "SO2", None, "temperature"),
        ("ppb", "PM10", 25, "molar mass"),
        ("", "SO2", 25, "not known"),
    ],
)
def test_what_cannot_be_converted_is_refused(unit, pollutant, temperature, word):
    with pytest.raises(InputError, match=word):
        ugm3_per_unit(unit, pollutant, temperature_c=temperature)


@pytest.mark.parametrize("temperature", [-273.15, -400.0, float("nan"), float("inf")])
def test_an_impossible_temperature_is_refused(temperature):
    with pytest.raises(InputError, match="temperature"):
        ugm3_per_unit("ppb", "SO2", temperature_c=temperature)


def test_a_tonne_a_year():
    assert to_g_s(31.536, "t/yr") == pytest.approx(1.0)
    assert to_g_s(3.6, "кг/ч") == pytest.approx(1.0)
    with pytest.raises(InputError, match="not known"):
        to_g_s(1, "stone/week")


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("SO₂", "SO2"),
        ("so2", "SO2"),
        ("СО", "CO"),
        ("0330", "SO2"),
        ("330", "SO2"),
        ("РМ2,5", "PM2.5"),
        ("PM 2.5", "PM2.5"),
        ("Взвешенные частицы PM10", "PM10"),
        ("взвешенные вещества", "TSP"),
        ("Диоксид серы (SO2)", "SO2"),
        ("Бенз(а)пирен", "BaP"),
        ("Сероводород", "H2S"),
        ("Сажа (CO)", None),
        ("weather", None),
        ("", None),
        ("x" * 10_000, None),
    ],
)
def test_names_of_pollutants(text, identifier):
    assert find_pollutant(text) == identifier


def test_an_unknown_pollutant_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match=r"PM2\.5"):
        pollutant_id("phlogiston", where="row 3")
