"""Rise, spread and flow around hills in the layered plume engine: worked numbers, limits and laws."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layered_air import uniform

from sootprint.dispersion.engines.layers import Air
from sootprint.dispersion.engines.releases import Mixing, Stack
from sootprint.dispersion.kernels import release, spread
from sootprint.dispersion.kernels.levels import GRID, POTENTIAL, WIND, cumulate
from sootprint.dispersion.kernels.release import CAPPED, HORIZONTAL, PASSIVE, POINT
from sootprint.dispersion.kernels.streamline import dividing_height, share_below

LAW = settings(deadline=None, max_examples=60)
STABLE_AIR = Air(1, 0.3, 0.0, 80.0, 0.1, 300.0, 300.0, 285.0)
CONVECTIVE_AIR = Air(0, 0.4, 1.6, -40.0, 0.1, 1000.0, 500.0, 295.0)
MIXING = Mixing(0, 5.0, 0.6, 295.0, 0.01, 0.0, 0, 0)
STACK = Stack(POINT, 60.0, 2.0, 12.0, 420.0, 0.0, 0.0, 1, 1)


# Rise


def test_fluxes_of_the_formulation():
    """F_b = g w d²/4 ΔT/T = 9.80616 × 12 × 135/420 m⁴ s⁻³; F_m = w² d²/4 T_a/T = 144 × 285/420 m⁴ s⁻²."""
    buoyancy, momentum = release.fluxes(STACK, 285.0)
    assert buoyancy == pytest.approx(9.80616 * 12.0 * 135.0 / 420.0)
    assert momentum == pytest.approx(144.0 * 285.0 / 420.0)


@pytest.mark.parametrize("kind", [CAPPED, HORIZONTAL])
def test_cap_and_bend_take_the_momentum_and_leave_the_heat(kind):
    upright, hindered = release.fluxes(STACK, 285.0), release.fluxes(STACK._replace(kind=kind), 285.0)
    assert hindered[0] == upright[0]
    assert hindered[1] == pytest.approx(upright[1] * 0.001 / 12.0)


def test_temperature_above_the_air_s():
    assert release.fluxes(STACK._replace(exit_temperature=-30.0), 290.0) == release.fluxes(
        STACK._replace(exit_temperature=320.0), 290.0
    )


def test_gas_colder_than_the_air_does_not_sink():
    assert release.fluxes(STACK._replace(exit_temperature=250.0), 285.0)[0] == 1e-10


def test_stack_tip_downwash():
    """60 - 2 × 2 (1.5 - 3/10) = 55.2 m (Briggs 1974)."""
    slow = STACK._replace(exit_velocity=3.0)
    assert release.tip_height(slow, 10.0) == pytest.approx(55.2)
    assert release.tip_height(slow, 2.0) == 60.0
    assert release.tip_height(slow._replace(downwash=0), 10.0) == 60.0
    assert release.tip_height(slow._replace(kind=HORIZONTAL), 10.0) == 60.0
    assert release.tip_height(slow._replace(kind=CAPPED), 10.0) == pytest.approx(60.0 - 4.0 * 1.4999)
    assert release.tip_height(slow._replace(height=1.0), 10.0) == 0.0


def test_direct_rise_of_the_formulation():
    """F_b 100, F_m 50, u 5, x 500: (8333.3 + 833333)^⅓ = 94.42 m."""
    assert release.convective_rise(500.0, 100.0, 50.0, 5.0) == pytest.approx(94.416, abs=1e-3)


def test_distance_to_the_final_rise():
    """Briggs (1975): 49 F^(5/8) below 55 m⁴ s⁻³, else 119 F^(2/5)."""
    assert release.unstable_final_distance(16.0) == pytest.approx(49.0 * 16.0**0.625)
    assert release.unstable_final_distance(100.0) == pytest.approx(750.84, abs=0.01)


def test_final_rise_in_stable_air():
    """2.66 (F_b/(N² u))^⅓ with N² = 9.80616/290 × 0.02: 82.25 m."""
    swing = math.sqrt(9.80616 / 290.0 * 0.02)
    rise = release.stable_final(100.0, 50.0, 5.0, swing, 0.3, 60.0, STABLE_AIR, MIXING)[1]
    assert rise == pytest.approx(2.66 * (100.0 / (swing**2 * 5.0)) ** (1 / 3))
    assert rise == pytest.approx(82.25, abs=0.01)


def test_rise_in_all_but_calm_stable_air_does_not_pass_that_of_calm():
    """4 F_b^¼ N^-¾ holds below some wind speed."""
    calm = release.stable_final(100.0, 50.0, 0.3, 0.026, 0.02, 60.0, STABLE_AIR, MIXING)[1]
    assert calm == pytest.approx(4.0 * 100.0**0.25 * 0.026**-0.75)


FLUX = st.floats(0.5, 2000.0)
SPEED = st.floats(0.3, 25.0)


@LAW
@given(FLUX, FLUX, SPEED, st.floats(1.0, 20000.0), st.floats(1.01, 5.0))
def test_rise_grows_with_buoyancy_and_distance_and_falls_with_wind(buoyancy, momentum, wind, way, more):
    plain = release.convective_rise(way, buoyancy, momentum, wind)
    assert release.convective_rise(way, buoyancy * more, momentum, wind) > plain
    assert release.convective_rise(way * more, buoyancy, momentum, wind) > plain
    assert release.convective_rise(way, buoyancy, momentum, wind * more) < plain


@LAW
@given(FLUX, SPEED, st.floats(0.005, 0.05), st.floats(0.05, 1.0), st.floats(1.01, 5.0))
def test_stable_rise_grows_with_buoyancy_and_falls_with_wind_and_gradient(
    buoyancy, wind, swing, friction, more
):
    def final(buoyancy=buoyancy, wind=wind, swing=swing):
        return release.stable_final(buoyancy, 10.0, wind, swing, friction, 60.0, STABLE_AIR, MIXING)[1]

    assert final(buoyancy=buoyancy * more) > final() * (1 - 1e-12)
    assert final(wind=wind * more) <= final() * (1 + 1e-12)
    assert final(swing=swing * more) <= final() * (1 + 1e-12)


@LAW
@given(FLUX, SPEED, st.floats(1.0, 1500.0), st.floats(0.002, 0.05))
def test_penetration_is_a_share_and_grows_with_buoyancy(buoyancy, wind, depth, gradient):
    share, ratio = release.penetration(buoyancy, wind, depth, gradient, 295.0)
    assert 0.0 <= share <= 1.0
    assert ratio >= 2.0 / 3.0 - 1e-6
    assert release.penetration(2.0 * buoyancy, wind, depth, gradient, 295.0)[0] >= share
    assert release.penetration(buoyancy, 2.0 * wind, depth, gradient, 295.0)[0] <= share


def test_penetration_begins_and_ends_without_a_step():
    """Δh_eq/z' = (2.6³ P_s + (2/3)³)^⅓: none at 2/3, P_s = 0; all at 2, P_s = 0.43830."""

    def share(parameter):
        buoyancy = parameter * 5.0 * 9.80616 / 300.0 * 0.01 * 400.0**3
        return release.penetration(buoyancy, 5.0, 400.0, 0.01, 300.0)

    assert share(1e-9)[0] == pytest.approx(0.0, abs=1e-6)
    whole = (8.0 - 0.296296) / 17.576
    assert share(whole * (1 - 1e-9))[0] == pytest.approx(1.0, abs=1e-6)
    assert share(whole * (1 + 1e-9)) == (1.0, pytest.approx(2.0))
    middle, ratio = share(0.1)
    assert ratio == pytest.approx((1.7576 + 0.296296) ** (1 / 3))
    assert middle == pytest.approx(1.5 - 1.0 / ratio)
    assert release.penetrated_rise(1.0, 2.0, 400.0) == release.penetrated_rise(1.0 - 1e-12, 2.0, 400.0)


@LAW
@given(FLUX, FLUX, SPEED, st.floats(1.0, 5000.0), st.floats(0.1, 10.0), st.floats(0.1, 10.0))
def test_rise_has_the_dimension_of_a_length(buoyancy, momentum, wind, way, length, speed):
    """Lengths k times, speeds c times as large: F_b by k c³, F_m by k² c², N and the rest follow."""
    plain = release.convective_rise(way, buoyancy, momentum, wind)
    scaled = release.convective_rise(
        way * length, buoyancy * length * speed**3, momentum * (length * speed) ** 2, wind * speed
    )
    assert scaled == pytest.approx(length * plain, rel=1e-9)
    plain = release.neutral_rise(buoyancy, wind, 0.3, 60.0)
    scaled = release.neutral_rise(buoyancy * length * speed**3, wind * speed, 0.3 * speed, 60.0 * length)
    assert scaled == pytest.approx(length * plain, rel=1e-9)


def test_release_knows_where_it_is():
    column = uniform(gradient=0.01)
    made = release.release_of(STACK, column, STABLE_AIR, MIXING)
    assert (made.trapped, made.rises, made.penetrated) == (0, 1, 0.0)
    low = release.release_of(STACK, uniform(), CONVECTIVE_AIR, MIXING)
    assert (low.trapped, low.rises) == (1, 1)
    high = release.release_of(STACK._replace(height=1200.0), uniform(), CONVECTIVE_AIR, MIXING)
    assert high.trapped == 0
    heap = release.release_of(STACK._replace(kind=PASSIVE), column, STABLE_AIR, MIXING)
    assert (heap.rises, heap.final_rise, heap.tip_height) == (0, 0.0, 60.0)
    assert release.stable_rise(2000.0, heap, column, 0.3) == 0.0


def test_stable_rise_goes_up_to_its_final_value_and_stays():
    column = uniform(gradient=0.01)
    made = release.release_of(STACK, column, STABLE_AIR, MIXING)
    ways = np.linspace(1.0, 2.0 * made.final_distance, 80)
    rises = np.array([release.stable_rise(float(way), made, column, 0.3) for way in ways])
    assert (np.diff(rises) >= -1e-9).all()
    assert (rises[ways >= made.final_distance] == made.final_rise).all()
    assert rises[0] < 0.05 * made.final_rise


def test_calmer_air_is_taken_at_its_least():
    made = release.release_of(STACK, uniform(wind=0.05, sigma_v=0.01, sigma_w=0.001), STABLE_AIR, MIXING)
    assert (made.wind_speed, made.sigma_v, made.sigma_w) == (0.2828, 0.2, 0.02)


# Spread


def test_widths_begin_in_proportion_to_the_distance():
    for width in (
        lambda x: spread.lateral(x, 5.0, 0.6, 400.0, 80.0) / 0.12,
        lambda x: spread.convective_lateral(x, 5.0, 0.6, 1000.0, 80.0) / 0.12,
        lambda x: spread.elevated(x, 5.0, 0.4, 80.0, 0.02) / 0.08,
        lambda x: spread.stable_surface(x, 5.0, 0.3, 100.0) / (math.sqrt(2.0 / math.pi) * 0.06),
    ):
        assert width(1e-3) == pytest.approx(1e-3, rel=1e-4)


def test_widths_far_away():
    """σz of an elevated release goes as √x, that of a surface release in stable air as x^⅔, σy as x^0.7."""
    for width, power in (
        (lambda x: spread.lateral(x, 5.0, 0.6, 400.0, 80.0), 0.7),
        (lambda x: spread.convective_lateral(x, 5.0, 0.6, 1000.0, 80.0), 0.7),
        (lambda x: spread.elevated(x, 5.0, 0.4, 80.0, 0.02), 0.5),
        (lambda x: spread.stable_surface(x, 5.0, 0.3, 100.0), 2.0 / 3.0),
    ):
        assert math.log2(width(2e9) / width(1e9)) == pytest.approx(power, abs=1e-3)


def test_lateral_intensity_is_at_least_a_twentieth():
    assert spread.lateral(1e-3, 10.0, 0.1, 400.0, 80.0) == pytest.approx(0.05 * 1e-3, rel=1e-4)


def test_worked_widths():
    """x 1000, u 5: σz = 80/√(1 + 80 (1/57.6 + 0.02/0.216)) = 25.59 m; 47.87/(1 + 7)^⅓ = 23.94 m."""
    assert spread.elevated(1000.0, 5.0, 0.4, 80.0, 0.02) == pytest.approx(
        80.0 / math.sqrt(1.0 + 80.0 * (1.0 / 57.6 + 0.02 / 0.216))
    )
    assert spread.stable_surface(1000.0, 5.0, 0.3, 100.0) == pytest.approx(23.937, abs=1e-3)


@LAW
@given(st.floats(1.0, 20000.0), st.floats(0.1, 10.0), st.floats(0.1, 10.0))
def test_widths_have_the_dimension_of_a_length(way, length, speed):
    wind, frequency = 5.0 * speed, 0.02 * speed / length
    pairs = [
        (
            spread.elevated(way, 5.0, 0.4, 80.0, 0.02),
            spread.elevated(way * length, wind, 0.4 * speed, 80.0 * length, frequency),
        ),
        (
            spread.stable_surface(way, 5.0, 0.3, 100.0),
            spread.stable_surface(way * length, wind, 0.3 * speed, 100.0 * length),
        ),
        (
            spread.convective_surface(way, 5.0, 0.3, -100.0, 0.05),
            spread.convective_surface(way * length, wind, 0.3 * speed, -100.0 * length, 0.05),
        ),
        (
            # No surface layer is seen from above 51 m; the height of 0.46 m is that of Prairie Grass.
            spread.convective_lateral(way, 5.0, 0.6, 1000.0, 600.0),
            spread.convective_lateral(way * length, wind, 0.6 * speed, 1000.0 * length, 600.0 * length),
        ),
        (
            spread.lateral(way, 5.0, 0.6, 400.0, 0.0),
            spread.lateral(way * length, wind, 0.6 * speed, 400.0 * length, 0.0),
        ),
    ]
    for plain, scaled in pairs:
        assert scaled == pytest.approx(length * plain, rel=1e-9)


@LAW
@given(st.floats(0.05, 3.0), st.floats(0.05, 4.0), st.floats(0.001, 1.0))
def test_drafts_have_the_moments_of_the_vertical_wind(sigma_w, convective, share):
    """Weights make 1; mean 0, variance σw² and third moment 0.125 w*³ (Weil, Corio & Brower 1997)."""
    up, down, weight = spread.drafts(sigma_w, convective, share * 1000.0, 1000.0)
    up, down = up * convective, down * convective
    assert up > 0.0 > down
    assert 0.0 < weight < 1.0
    rest = 1.0 - weight
    assert weight * up + rest * down == pytest.approx(0.0, abs=1e-9 * convective)
    assert 5.0 * (weight * up**2 + rest * down**2) == pytest.approx(sigma_w**2)
    third = 0.125 * convective**3 * min(1.0, 10.0 * share)
    assert 13.0 * (weight * up**3 + rest * down**3) == pytest.approx(third, rel=1e-6, abs=1e-9 * sigma_w**3)


# Hills


def steady_column(wind, frequency):
    """Constant wind and Brunt-Väisälä frequency, of a potential temperature held at 290 K."""
    column = uniform(wind=wind, gradient=frequency**2 * 290.0 / 9.80616)
    column[:, POTENTIAL] = 290.0
    return column


@LAW
@given(st.floats(5.0, 800.0), st.floats(0.1, 20.0), st.floats(0.002, 0.05))
def test_dividing_streamline_of_constant_stratification(hill, wind, frequency):
    """H_c = h - u/N (Sheppard 1956)."""
    column = steady_column(wind, frequency)
    expected = max(hill - wind / frequency, 0.0)
    assert dividing_height(hill, column) == pytest.approx(expected, rel=1e-6, abs=1e-6 * hill)


def test_strong_wind_and_level_ground_have_no_dividing_streamline():
    assert dividing_height(200.0, steady_column(20.0, 0.02)) == 0.0
    assert dividing_height(0.0, steady_column(1.0, 0.02)) == 0.0
    assert dividing_height(-30.0, steady_column(1.0, 0.02)) == 0.0


def test_dividing_streamline_in_shear_balances_the_energies():
    """½ u²(H_c) = ∫ N² (h - z) dz, integrated anew."""
    column = steady_column(2.0, 0.02)
    column[:, WIND] = 0.5 + 0.01 * GRID
    cumulate(column)
    found = dividing_height(300.0, column)
    assert 0.0 < found < 300.0
    assert 0.5 * (0.5 + 0.01 * found) ** 2 == pytest.approx(0.5 * 0.02**2 * (300.0 - found) ** 2, rel=1e-6)


@LAW
@given(st.floats(0.0, 500.0), st.floats(1.0, 300.0), st.floats(1.0, 400.0), st.floats(1.0, 1.5))
def test_share_below_the_streamline_rises_with_it(middle, sigma, dividing, more):
    lid = max(500.0, middle)
    low, high = share_below(dividing, middle, sigma, lid), share_below(dividing * more, middle, sigma, lid)
    assert 0.0 <= low <= high + 1e-12 <= 1.0 + 1e-12


def test_share_below_the_streamline_at_its_ends():
    assert share_below(0.0, 80.0, 30.0, 500.0) == 0.0
    assert share_below(500.0, 80.0, 30.0, 500.0) == pytest.approx(1.0)
    assert share_below(80.0, 80.0, 5.0, 500.0) == pytest.approx(0.5)
    assert share_below(100.0, 80.0, 5000.0, 500.0) == pytest.approx(0.2, rel=1e-3)
