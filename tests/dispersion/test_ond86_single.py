"""One source of OND-86 and MRR-2017: printed examples, a second writing of the text, joints and laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sootprint.core.errors import InputError
from sootprint.dispersion.kernels import ond86 as formulas
from sootprint.dispersion.ond86 import concentration, equivalent_mouth, single_source

BOILER = dict(height_m=35, diameter_m=1.4, velocity_m_s=7, temperature_c=125, ambient_c=25)

heights = st.floats(2.0, 330.0)
diameters = st.floats(0.05, 12.0)
velocities = st.floats(0.05, 60.0)
excesses = st.one_of(st.floats(-30.0, 0.0), st.floats(0.01, 2.0), st.floats(2.0, 600.0))
settlings = st.sampled_from([1.0, 1.5, 2.0, 2.5, 3.0])
methods = st.sampled_from(["ond86", "mrr2017"])


def pencil(h, d0, w0, dt, mass, settling, region, relief, method):
    """cm, xm, um straight from the text, written apart from the kernels."""
    v1 = math.pi * d0 * d0 * w0 / 4
    v_cold = 1.3 * w0 * d0 / h
    fe = 800 * v_cold**3
    f = 1000 * w0**2 * d0 / (h**2 * dt) if dt > 0 else math.inf
    cold = f >= 100 or dt <= {"ond86": 0.0, "mrr2017": 0.5}[method]
    v = v_cold if cold else 0.65 * np.cbrt(v1 * dt / h)
    n = 1.0 if v >= 2 else (0.532 * v**2 - 2.13 * v + 3.13 if v >= 0.5 else 4.4 * v)
    inside = fe if fe < f < 100 else f
    if cold:
        power = 4 / 3 if v >= 0.5 else 7 / 3
        head = n * d0 / (8 * v1) if v >= 0.5 else 0.9
        cm = region * mass * settling * relief * head / h**power
        steps = (5.7, 11.4 * v, 16 * math.sqrt(v))
        winds = (0.5, v, 2.2 * v)
    else:
        m = 1 / (0.67 + 0.1 * math.sqrt(inside) + 0.34 * np.cbrt(inside))
        if v >= 0.5:
            cm = region * mass * settling * m * n * relief / (h**2 * np.cbrt(v1 * dt))
        else:
            cm = region * mass * settling * 2.86 * m * relief / h ** (7 / 3)
        wide = 1 + 0.28 * np.cbrt(f)
        steps = (2.48 * (1 + 0.28 * np.cbrt(fe)), 4.95 * v * wide, 7 * math.sqrt(v) * wide)
        winds = (0.5, v, v * (1 + 0.12 * math.sqrt(f)))
    at = 0 if v <= 0.5 else (1 if v <= 2 else 2)
    return cm, (5 - settling) / 4 * steps[at] * h, winds[at]


def made(h, d0, w0, dt, settling=1.0, method="ond86", mass=1.0):
    return single_source(
        height_m=h,
        diameter_m=d0,
        velocity_m_s=w0,
        temperature_c=20 + dt,
        ambient_c=20,
        emission_g_s=mass,
        settling=settling,
        method=method,
    )


def test_first_example_of_the_appendix_to_its_printed_digits():
    sulphur = single_source(**BOILER, emission_g_s=12)
    assert round(sulphur.v1, 1) == 10.8
    assert sulphur.delta_t == 100
    assert round(sulphur.f, 2) == 0.56
    assert round(sulphur.vm, 2) == 2.04
    assert round(sulphur.um, 1) == 2.2
    assert round(sulphur.xm) == 430
    assert round(sulphur.cm, 2) == 0.19
    assert sulphur.branch == "hot"
    # To the digits that the reference computed.
    assert sulphur["m"] == pytest.approx(0.97553, abs=5e-6)
    assert sulphur["vm_cold"] == pytest.approx(0.364, abs=5e-4)
    assert sulphur["fe"] == pytest.approx(38.58, abs=5e-3)
    assert sulphur["d"] == pytest.approx(12.2971, abs=5e-5)
    assert sulphur["cm"] == pytest.approx(0.18642, abs=5e-6)


def test_ash_and_nitrogen_dioxide_of_the_first_example():
    ash = single_source(**BOILER, emission_g_s=2.6, settling=2.5)
    assert ash.cm == pytest.approx(0.10098, abs=5e-6)
    assert ash.xm == pytest.approx(269.0, abs=0.05)
    assert single_source(**BOILER, emission_g_s=0.2).cm == pytest.approx(0.003107, abs=5e-7)


def test_second_published_problem():
    one = single_source(
        height_m=15,
        diameter_m=0.35,
        velocity_m_s=25,
        temperature_c=320,
        ambient_c=20,
        emission_g_s=1.16978,
        region_coefficient=140,
    )
    assert round(one.cm, 4) == 0.0600
    assert round(one.xm, 1) == 228.3
    assert round(float(concentration(one, 600.0)) / one.cm, 3) == 0.595
    assert (0.2 - 0.04) / one.cm * one.emission_g_s == pytest.approx(3.12, abs=0.005)


@pytest.mark.parametrize(
    ("h", "d0", "w0", "dt", "branch"),
    [
        (35, 1.4, 7, 100, "hot"),
        (180, 6, 20, 60, "hot"),
        (20, 0.5, 30, 1, "cold"),
        (12, 0.6, 10, 0, "cold"),
        (60, 0.4, 2, 5, "hot, lowest wind"),
        (60, 0.3, 2, 0, "cold, lowest wind"),
        (15, 0.8, 12, 0.3, "cold"),
    ],
)
def test_every_branch_has_a_case(h, d0, w0, dt, branch):
    one = made(h, d0, w0, dt)
    assert one.branch == branch
    assert (one.cm, one.xm, one.um) == pytest.approx(pencil(h, d0, w0, dt, 1, 1, 200, 1, "ond86"), rel=1e-12)


@given(heights, diameters, velocities, excesses, settlings, methods)
def test_the_whole_domain_agrees_with_a_second_writing(h, d0, w0, dt, settling, method):
    one = made(h, d0, w0, dt, settling, method)
    assert math.isfinite(one.cm)
    assert one.cm >= 0
    expected = pencil(h, d0, w0, one.delta_t, 1, settling, 200, 1, method)
    assert (one.cm, one.xm, one.um) == pytest.approx(expected, rel=1e-9)


@given(heights, diameters, velocities, excesses, settlings, methods, st.floats(0.0, 1e4))
def test_concentration_is_linear_in_emission_and_distance_and_wind_do_not_depend_on_it(
    h, d0, w0, dt, settling, method, mass
):
    one, more = made(h, d0, w0, dt, settling, method), made(h, d0, w0, dt, settling, method, mass)
    assert more.cm == pytest.approx(mass * one.cm, rel=1e-12)
    assert (more.xm, more.um) == (one.xm, one.um)


@given(heights, diameters, velocities, excesses, methods)
def test_settling_raises_the_maximum_and_draws_it_near(h, d0, w0, dt, method):
    gas, dust = made(h, d0, w0, dt, 1, method), made(h, d0, w0, dt, 3, method)
    assert dust.cm == pytest.approx(3 * gas.cm)
    assert dust.xm == pytest.approx(gas.xm / 2)
    assert dust.um == gas.um


def test_only_the_small_excess_is_cold_in_one_text_and_hot_in_the_other():
    # f = 33 < 100: heated by OND-86, cold by MRR-2017 where the excess is at most half a degree.
    args = (30, 2.0, 1.5, 0.5)
    assert made(*args).f < 100
    assert made(*args).branch.startswith("hot")
    assert made(*args, method="mrr2017").branch.startswith("cold")
    assert made(*args[:3], 0.5001, method="mrr2017").branch.startswith("hot")


def test_gas_colder_than_the_air_is_cold_gas():
    assert made(20, 0.5, 12, -15).cm == made(20, 0.5, 12, 0).cm


def test_a_source_without_velocity_has_the_lowest_wind():
    fugitive = made(5, 0.5, 0, 0)
    assert (fugitive.branch, fugitive.um) == ("cold, lowest wind", 0.5)
    assert fugitive.cm == pytest.approx(200 * 0.9 / 5 ** (7 / 3))
    assert fugitive.xm == pytest.approx(5.7 * 5)


def test_a_source_on_the_ground_has_two_metres():
    assert made(0, 0.5, 0, 0).height_m == 2.0
    assert made(0, 0.5, 0, 0).cm == made(2, 0.5, 0, 0).cm


# Joints: continuous to the stated step of the text, and no more than that.


def test_steps_of_n_are_those_of_the_text():
    n = formulas.speed_coefficient
    assert n(0.5) - n(np.nextafter(0.5, 0)) == pytest.approx(-0.002, abs=1e-9)
    assert n(np.nextafter(2.0, 0)) - n(2.0) == pytest.approx(-0.002, abs=1e-9)


def test_the_largest_concentration_is_nearly_continuous_where_the_wind_becomes_the_lowest():
    h, d0, w0 = 40.0, 0.5, 4.0
    flow = math.pi * d0**2 / 4 * w0
    excess = h / flow * (0.5 / 0.65) ** 3
    below, above = made(h, d0, w0, excess * (1 - 1e-9)), made(h, d0, w0, excess * (1 + 1e-9))
    assert (below.branch, above.branch) == ("hot, lowest wind", "hot")
    assert above.cm / below.cm == pytest.approx(1, abs=0.005)
    cold_below, cold_above = made(h, 0.5, 0.5 * h / 0.65 * (1 - 1e-9), 0), made(h, 0.5, 0.5 * h / 0.65, 0)
    assert (cold_below.branch, cold_above.branch) == ("cold, lowest wind", "cold")
    assert cold_above.cm / cold_below.cm == pytest.approx(1, abs=0.012)


def test_wind_and_stretch_factors_join():
    r, p = formulas.wind_factor, formulas.stretch_factor
    assert r(1.0) == pytest.approx(1.0, abs=1e-12)
    assert r(np.nextafter(1.0, 2)) == pytest.approx(1.0, abs=1e-12)
    assert p(1.0) == pytest.approx(1.0, abs=1e-12)
    assert p(np.nextafter(1.0, 2)) == pytest.approx(1.0, abs=1e-12)
    assert p(np.nextafter(0.25, 1)) == pytest.approx(3.0005, abs=1e-4)


def test_no_wind_is_more_dangerous_than_the_dangerous_one_but_for_the_slope_of_the_cubic_at_its_end():
    # r'(1) = 0.67 + 3.34 - 4.02 = -0.01: the text's own cubic passes 1 by a hundred-thousandth below u = um.
    largest = max(formulas.wind_factor(float(ratio)) for ratio in np.linspace(0.9, 1.1, 40_001))
    assert largest == pytest.approx(1 + 1.065e-5, abs=1e-7)


def test_along_factor_joins_and_jumps_as_the_text_does():
    s = formulas.along_factor
    for settling in (1.0, 3.0):
        for method in (formulas.OND86, formulas.MRR2017):
            assert s(1.0, settling, 50.0, method) == pytest.approx(1.0)
            assert s(1.0 + 1e-12, settling, 50.0, method) == pytest.approx(1.0)
    eight = (8.0, 8.0 * (1 + 1e-12))
    gas, dust = ([s(z, f, 50.0, formulas.OND86) for z in eight] for f in (1.0, 3.0))
    assert gas == pytest.approx([0.12124, 0.11848], abs=1e-5)
    assert dust == pytest.approx([0.12124, 0.11962], abs=1e-5)
    for settling in (1.0, 3.0):
        near = [s(z, settling, 50.0, formulas.MRR2017) for z in eight]
        assert near[1] == pytest.approx(near[0], rel=1e-3)
        far = [s(z, settling, 50.0, formulas.MRR2017) for z in (100.0, 100.0 + 1e-9)]
        assert far[1] == pytest.approx(far[0], rel=1.5e-3)
    assert s(100.0, 1.0, 50.0, formulas.MRR2017) == pytest.approx(0.003109, abs=5e-7)


def test_a_low_source_is_largest_at_its_foot_or_its_maximum():
    s = formulas.along_factor
    assert s(0.0, 1.0, 2.0, formulas.OND86) == 1.0
    assert s(0.0, 1.0, 6.0, formulas.OND86) == pytest.approx(0.5)
    assert s(0.0, 1.0, 10.0, formulas.OND86) == 0.0
    for height in (2.0, 4.0, 9.99):
        assert s(1 - 1e-9, 1.0, height, formulas.OND86) == pytest.approx(1.0, abs=1e-6)


@given(st.floats(0.0, 1.0), st.floats(10.0, 300.0), settlings, methods)
def test_along_factor_rises_to_the_maximum_and_falls_beyond(z, height, settling, method):
    code = {"ond86": 0, "mrr2017": 1}[method]
    s = formulas.along_factor
    assert 0 <= s(z * 0.99, settling, height, code) <= s(z, settling, height, code) + 1e-15
    for far in (1 + 7 * z, 8.5 + 80 * z, 101 + 500 * z):
        assert s(far * 1.01, settling, height, code) < s(far, settling, height, code) <= 1


def test_across_factor_is_squared_and_stops_growing_narrower_at_five():
    s = formulas.across_factor
    t = 0.2
    polynomial = 1 + 5 * t + 12.8 * t**2 + 17 * t**3 + 45.1 * t**4
    assert s(2.0, 0.1) == pytest.approx(1 / polynomial**2)
    assert s(5.0, 0.04) == s(12.0, 0.04)
    assert s(3.0, 0.0) == 1.0


@given(heights, diameters, velocities, excesses, settlings, methods, st.floats(0.5, 15.0))
def test_no_receptor_exceeds_the_largest_concentration(h, d0, w0, dt, settling, method, wind):
    one = made(h, d0, w0, dt, settling, method)
    x = one.xm * np.geomspace(0.05, 120, 60)
    there = concentration(one, x, 0.0, wind)
    assert there.max() <= one.cm * (1 + 1.1e-5)
    assert concentration(one, x, 0.1 * x, wind).max() <= there.max()


def test_the_maximum_stands_where_it_says_and_in_the_wind_that_it_says():
    one = made(90, 3, 12, 80)
    x = np.linspace(0.2, 4, 3801) * one.xm
    winds = np.linspace(0.5, 12, 231)
    field = np.array([concentration(one, x, 0.0, wind) for wind in winds])
    row, column = np.unravel_index(field.argmax(), field.shape)
    assert x[column] == pytest.approx(one.xm, rel=0.03)
    assert winds[row] == pytest.approx(one.um, abs=0.06)
    assert field.max() == pytest.approx(one.cm, rel=1e-3)
    assert float(concentration(one, one.xm)) == pytest.approx(one.cm)


def test_nothing_upwind_and_nothing_beside_the_foot():
    one = made(50, 2, 10, 50)
    assert concentration(one, [-10.0, 0.0, 0.0], [0.0, 0.0, 5.0]).tolist() == [0.0, 0.0, 0.0]


def test_calm_is_refused():
    with pytest.raises(InputError, match=r"0\.5 m/s"):
        concentration(made(50, 2, 10, 50), 500.0, 0.0, 0.2)
    with pytest.raises(InputError):
        concentration(made(50, 2, 10, 50), 500.0, 0.0, [1.0, math.nan])


def test_rectangular_mouth():
    assert equivalent_mouth(2.0, 1.0) == pytest.approx(4 / 3)
    assert equivalent_mouth(1.5, 1.5) == pytest.approx(1.5)
    given_round = made(30, 4 / 3, 8, 40)
    rectangle = single_source(
        height_m=30, mouth_m=(2.0, 1.0), velocity_m_s=8, temperature_c=60, ambient_c=20, emission_g_s=1
    )
    assert rectangle.cm == given_round.cm
    assert rectangle.v1 == pytest.approx(math.pi * (4 / 3) ** 2 / 4 * 8)
    with pytest.raises(InputError):
        equivalent_mouth(0.0, 1.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("height_m", math.nan),
        ("velocity_m_s", -1.0),
        ("settling", 0.5),
        ("settling", 3.5),
        ("temperature_c", math.inf),
        ("emission_g_s", -0.1),
        ("method", "aermod"),
    ],
)
def test_wrong_numbers_are_refused_by_name(name, value):
    with pytest.raises(InputError, match=str(value) if name == "method" else name):
        single_source(**(BOILER | {"emission_g_s": 1.0, name: value}))


def test_a_source_has_one_mouth():
    with pytest.raises(InputError, match="one mouth"):
        single_source(**BOILER, emission_g_s=1.0, mouth_m=(1.0, 1.0))


def test_all_values_by_name():
    one = single_source(**BOILER, emission_g_s=12)
    assert set(one.keys()) >= {"cm", "xm", "um", "v1", "f", "fe", "vm", "vm_cold", "m", "n", "d", "k"}
    assert one.as_dict()["cm"] == one.cm
