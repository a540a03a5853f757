"""Sun, stability and mixing height against printed values and laws."""

import numpy as np
import pandas as pd
import pytest

from sootprint.core.errors import ConfigError
from sootprint.weather import golder_class, mixing_height_nozaki1973, solar_elevation, stability_class
from sootprint.weather.stability import GOLDER_INTERCEPT, GOLDER_SLOPE, net_radiation_index, turner_class
from sootprint.weather.surface_layer import coriolis_parameter, dew_point_deficit, wind_at_height


def test_sun_of_the_nrel_example():
    """Reda and Andreas 2004, table A5.1: zenith 50.11162° with refraction at 12:30:30 (UTC-7)."""
    elevation = solar_elevation(["2003-10-17T19:30:30"], -105.1786, 39.742476)
    assert elevation[0] == pytest.approx(90 - 50.11162, abs=0.3)


def test_sun_at_the_solstices_and_missing_time():
    times = ["2023-06-21T12:00:00", "2023-12-22T12:00:00", "NaT"]
    found = solar_elevation(times, 0.0, 50.0)
    assert found[0] == pytest.approx(90 - 50 + 23.44, abs=0.1)
    assert found[1] == pytest.approx(90 - 50 - 23.44, abs=0.1)
    assert np.isnan(found[2])


def test_day_and_night_are_equal_at_the_equinox():
    times = pd.date_range("2024-03-20", periods=24 * 60, freq="min")
    assert (solar_elevation(times, 82.6, 49.97) > 0).mean() == pytest.approx(0.5, abs=0.005)


@pytest.mark.parametrize(
    ("speed", "index", "expected"),
    [(0.5, 4, "A"), (0.5, -2, "F"), (1.5, 4, "A"), (1.5, 3, "B"), (2.0, -2, "F"), (3.0, -1, "E"),
     (3.5, -2, "E"), (4.0, 4, "B"), (5.0, 2, "D"), (5.7, -2, "D"), (7.0, 4, "C"), (12.0, -2, "D")],
)  # fmt: skip
def test_turner_key(speed, index, expected):
    assert turner_class([speed], [index])[0] == expected


@pytest.mark.parametrize(
    ("elevation", "cloud", "night", "ceiling", "expected"),
    [(70, 0.3, False, None, 4), (61, 0.5, False, None, 4), (60, 0.5, False, None, 3),
     (70, 0.8, False, 1000, 2), (70, 0.8, False, 3000, 3), (70, 0.8, False, 6000, 4),
     (70, 1.0, False, 6000, 3), (70, 1.0, False, 1000, 0), (70, 1.0, False, None, 0),
     (10, 0.9, False, 1000, 1), (-20, 0.4, True, None, -2), (-20, 0.5, True, None, -1),
     (-20, 1.0, True, 1000, 0), (-20, 1.0, True, 4000, -1), (-20, np.nan, True, None, np.nan)],
)  # fmt: skip
def test_net_radiation_index_procedure(elevation, cloud, night, ceiling, expected):
    ceiling_m = None if ceiling is None else [ceiling]
    found = net_radiation_index([elevation], [cloud], [night], ceiling_m=ceiling_m)
    np.testing.assert_equal(found, [float(expected)])


@pytest.mark.parametrize(
    ("speed", "sun", "night", "gradient", "expected"),
    [(1.0, 1000, False, np.nan, "A"), (3.5, 700, False, np.nan, "B"), (5.5, 200, False, np.nan, "D"),
     (2.0, 700, False, np.nan, "B"), (6.0, 925, False, np.nan, "C"), (1.0, 100, False, np.nan, "D"),
     (1.0, 0, True, -0.01, "E"), (1.0, 0, True, 0.0, "F"), (2.2, 0, True, 0.02, "E"),
     (2.5, 0, True, 0.02, "D"), (1.0, 0, True, np.nan, ""), (np.nan, 500, False, np.nan, "")],
)  # fmt: skip
def test_srdt_key(speed, sun, night, gradient, expected):
    found = stability_class(
        [speed], [0.0], night=[night], radiation=[sun], temperature_gradient=[gradient], method="srdt"
    )
    assert found[0] == expected


@pytest.mark.parametrize("roughness", [0.01, 0.03, 0.1, 0.5])
def test_golder_lines_give_their_own_class(roughness):
    inverse = GOLDER_INTERCEPT + GOLDER_SLOPE * np.log10(roughness)
    with np.errstate(divide="ignore"):
        length = np.where(inverse == 0, 1e9, 1 / inverse)
    assert golder_class(length, roughness).tolist() == list("ABCDEF")


def test_golder_is_monotonous_in_1_over_l_and_refuses_nothing_silently():
    inverse = np.linspace(-0.3, 0.3, 601)[1::2]
    for roughness in (0.001, 0.1, 1.0, 10.0):
        found = golder_class(1 / inverse, roughness)
        assert "".join(sorted(found)) == "".join(found)
    assert golder_class([np.nan, 0.0, 20.0], [0.1, 0.1, np.nan]).tolist() == ["", "", ""]


def test_unknown_method():
    with pytest.raises(ConfigError, match="srdt"):
        stability_class([1.0], [10.0], night=[False], method="guess")


def test_formulas_give_their_worked_numbers():
    assert wind_at_height(3.0, 20.0, 10.0, 0.15) == pytest.approx(2.70, abs=0.005)
    assert coriolis_parameter(45.0) == pytest.approx(1.031e-4, rel=1e-3)
    assert dew_point_deficit([293.15], [0.5])[0] == pytest.approx(10.7, abs=0.1)
    assert dew_point_deficit([293.15], [1.0])[0] == pytest.approx(0.0, abs=1e-9)
    assert mixing_height_nozaki1973([4], [5.0], [2.0], [10.0], [1.0], 50.0)[0] == pytest.approx(696, abs=1)


def test_mixing_height_without_deficit_is_known_only_in_class_f_and_outside_the_tropics():
    found = mixing_height_nozaki1973([6, 5], [np.nan, np.nan], [1.0, 1.0], [10.0, 10.0], [1.0, 1.0], 50.0)
    assert found[0] > 0
    assert np.isnan(found[1])
    assert np.isnan(mixing_height_nozaki1973([6], [1.0], [1.0], [10.0], [1.0], -11.5)[0])
