"""Numbers and laws of dry and wet deposition."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sootprint.core.errors import InputError
from sootprint.dispersion.deposition import (
    Gas,
    Ground,
    MixedParticles,
    SizedParticles,
    gas_deposition_velocity,
    particle_deposition_velocity,
    scavenging_rate,
    settling_velocities,
)
from sootprint.dispersion.deposition_hours import deposition_hours, soil_moisture, solar_irradiance
from sootprint.dispersion.kernels.deposition import (
    aerodynamic_resistance,
    gustiness,
    humidity_deficit,
    is_dewy,
    kinematic_viscosity,
    mixed_particle_velocity,
    quasilaminar_resistance,
    saturation_pressure,
    schmidt_number,
    settling_velocity,
    sized_particle_velocity,
    slip_correction,
)
from sootprint.dispersion.kernels.scavenging import (
    collision_efficiency,
    drop_radius,
    fall_speed,
    gas_partition,
    gas_rate,
    liquid_water,
    mixed_particle_rate,
    sized_particle_rate,
    swept_rate,
)

BENZENE = Gas(8.962e-6, 1.04e-9, 2.51e6, 557.0)
SULFUR_DIOXIDE = Gas(1.1e-5, 1.8e-9, 7.32e3, 1e-3)
FOREST = Ground([3], [0] * 12)


@pytest.mark.parametrize(("diameter", "factor"), [(1e-7, 2.85), (1e-6, 1.164), (1e-5, 1.016)])
def test_slip_of_small_particles(diameter, factor):
    """Seinfeld & Pandis (2016), table 9.3."""
    assert slip_correction(diameter) == pytest.approx(factor, rel=0.02)


@pytest.mark.parametrize(("diameter", "speed"), [(1e-6, 3.5e-5), (1e-5, 3.06e-3)])
def test_settling_of_water_drops(diameter, speed):
    """Seinfeld & Pandis (2016), figure 9.6: unit density."""
    assert settling_velocity(diameter, 1000.0) == pytest.approx(speed, rel=0.02)


def test_particles_lighter_than_air_do_not_rise():
    assert settling_velocity(1e-5, 0.5) == 0.0


def test_brownian_diffusivity_of_a_tenth_of_a_micrometre():
    """6.75e-6 cm² s⁻¹ at 20 °C; Seinfeld & Pandis (2016), table 9.5."""
    viscosity = kinematic_viscosity(293.15, 101.3)
    assert viscosity / schmidt_number(1e-7, 293.15, viscosity) == pytest.approx(6.75e-10, rel=0.03)
    assert kinematic_viscosity(273.16, 101.3) == pytest.approx(0.1505e-4)


def test_vapour_at_25_degrees():
    assert saturation_pressure(298.15) == pytest.approx(3.167, rel=0.02)
    assert humidity_deficit(3.167, 0.5, 101.3) == pytest.approx(9.9, rel=0.02)
    assert humidity_deficit(3.167, 1.0, 101.3) == 0.001


def test_surface_layer_is_logarithmic_when_neutral():
    expected = math.log(1.1 / 0.1) / (0.4 * 0.3)
    assert aerodynamic_resistance(0.3, 1e8, 0.1, 1.1) == pytest.approx(expected, rel=1e-6)
    assert aerodynamic_resistance(0.3, -1e6, 0.1, 1.1) == pytest.approx(expected, rel=1e-4)
    stable, unstable = (aerodynamic_resistance(0.3, length, 0.1, 1.1) for length in (20.0, -20.0))
    assert unstable < expected < stable
    assert stable == pytest.approx(expected + 5.0 * 1.1 / 20.0 / 0.12)


def test_unstable_resistance_is_the_integral_of_its_gradient():
    z = np.geomspace(0.1, 1.1, 200001)
    gradient = (1.0 + 16.0 * z / 12.0) ** -0.5
    integral = np.trapezoid(gradient / z, z) / (0.4 * 0.25)
    assert aerodynamic_resistance(0.25, -12.0, 0.1, 1.1) == pytest.approx(integral, rel=1e-8)


def test_big_particles_fall_and_small_ones_diffuse():
    def velocity(diameter):
        return sized_particle_velocity(diameter, 1500.0, 20.0, 0.3, 0.0, 288.0, 101.3)

    assert velocity(5e-5) == pytest.approx(settling_velocity(5e-5, 1500.0), rel=0.4)
    slow = velocity(4e-7)
    assert slow < velocity(1e-8)
    assert slow < velocity(1e-5)


def test_gusts_of_convection_help_particles():
    assert gustiness(0.3, 0.0) == 1.0
    assert gustiness(0.3, 1.2) == pytest.approx(1.0 + 0.24 * 16.0)
    calm, gusty = (sized_particle_velocity(1e-6, 1500.0, 20.0, 0.3, w, 288.0, 101.3) for w in (0.0, 1.5))
    assert gusty > calm


def test_particles_of_unknown_size():
    assert mixed_particle_velocity(1.0, 20.0, 0.25, 100.0) == pytest.approx(1.0 / (20.0 + 2000.0))
    coarse = 0.002 + 1.0 / (20.0 + 2000.0 + 0.002 * 20.0 * 2000.0)
    assert mixed_particle_velocity(0.0, 20.0, 0.25, 100.0) == pytest.approx(coarse)
    assert mixed_particle_velocity(1.0, 20.0, 0.25, -30.0) == pytest.approx(1.0 / (20.0 + 2000.0 / 11.0))


def test_film_of_air_over_the_ground():
    expected = 2.2 * (1.5e-5 / 1e-5) ** (2.0 / 3.0) / (0.4 * 0.3)
    assert quasilaminar_resistance(1e-5, 1.5e-5, 0.3) == pytest.approx(expected)


def test_dew_falls_in_clear_calm_nights():
    assert is_dewy(0.05, 3.0, 0.0, 1) == 1
    assert is_dewy(0.05, 3.0, 10.0, 1) == 0
    assert is_dewy(0.05, 3.0, 0.0, 0) == 0


def test_rain_of_a_millimetre_an_hour():
    assert fall_speed(1.0) == 3.75
    assert drop_radius(1.0) == pytest.approx(5.52e-4, rel=1e-3)
    assert liquid_water(1.0) == pytest.approx(0.0753, rel=1e-3)
    assert swept_rate(1.0, 1.0) == pytest.approx(3.77e-4, rel=1e-3)


def test_falling_water_is_the_rain():
    """What is in the air times its speed is what reaches the ground: 1 g m⁻³ at 1 m s⁻¹ is 3.6 mm h⁻¹."""
    for rain in (0.5, 2.0, 10.0):
        assert 3.6 * liquid_water(rain) * fall_speed(rain) == pytest.approx(rain, rel=0.03)


@settings(deadline=None)
@given(st.floats(1e-8, 1e-4), st.floats(0.1, 50.0))
def test_a_drop_takes_no_more_than_is_in_its_way(diameter, rain):
    assert 0.0 < collision_efficiency(diameter, 1500.0, rain, 285.0, 101.3) <= 1.0


def test_greenfield_gap():
    small, middle, large = (sized_particle_rate(d, 1000.0, 1.0, 288.0, 101.3) for d in (1e-8, 1e-6, 2e-5))
    assert middle < 0.05 * small
    assert middle < 0.01 * large


def test_washout_of_fine_particles_is_shared_over_the_depth():
    one, two = (mixed_particle_rate(1.0, 1e-6, 2.0, depth) for depth in (1000.0, 2000.0))
    assert one == pytest.approx(2.0 * two)
    assert one * 1000.0 == pytest.approx(1e5 * 2.0 / 3.6e6)


def test_rain_cannot_hold_more_gas_than_its_equilibrium():
    for gas in (BENZENE, SULFUR_DIOXIDE):
        species = gas.species()
        rate = gas_rate(species, 3.0, 285.0, 1500.0)
        held = 8.3145 * 285.0 / (species.henry * gas_partition(species, 3.0, 285.0)) * 3.0 / 3.6e6
        assert 0.0 < rate * 1500.0 <= held * (1 + 1e-12)
        assert gas_rate(species, 0.0, 285.0, 1500.0) == 0.0
    assert gas_rate(SULFUR_DIOXIDE.species(), 3.0, 285.0, 1500.0) > gas_rate(
        BENZENE.species(), 3.0, 285.0, 1500.0
    )


def hours(count=1, **changed):
    values = {
        "time_start": pd.date_range("2024-07-01 12:00", periods=count, freq="h"),
        "friction_velocity": 0.3,
        "convective_velocity": 1.2,
        "obukhov_length": -30.0,
        "roughness_length": 0.5,
        "air_temperature": 295.0,
        "pressure": 100500.0,
        "humidity": 0.6,
        "cloud": 0.3,
        "precipitation": 0.0,
        "precipitation_code": 0,
        "sensible_heat_flux": 150.0,
        "bowen_ratio": 0.8,
        "albedo": 0.15,
        "wind_from_direction": 200.0,
    } | changed
    return deposition_hours(pd.DataFrame(values, index=range(count)), utc_offset_h=0)


def test_gas_is_held_up_by_resistances_in_series():
    one = hours()
    velocity = gas_deposition_velocity(SULFUR_DIOXIDE, FOREST, one)[0]
    air = aerodynamic_resistance(0.3, -30.0, 0.5, 1.5)
    film = quasilaminar_resistance(1.1e-5, kinematic_viscosity(295.0, 100.5), 0.3)
    assert 0.0 < velocity < 1.0 / (air + film)
    assert velocity == pytest.approx(0.006, abs=0.004)


def test_what_opens_and_closes_the_surface():
    def of(gas=SULFUR_DIOXIDE, ground=FOREST, **changed):
        return gas_deposition_velocity(gas, ground, hours(**changed))[0]

    assert of(precipitation=2.0) > of()
    assert of(air_temperature=255.0, obukhov_length=40.0) < 0.05 * of(obukhov_length=40.0)
    assert of(sensible_heat_flux=5.0) < of()
    ozone = Gas(1.5e-5, 1.8e-9, 7e3, 1013.0, 1.0)
    inert = Gas(1.5e-5, 1.8e-9, 7e3, 1013.0, 0.0)
    assert of(ozone) > 3.0 * of(inert)
    assert of(ozone, Ground([0], [0] * 12)) < of(ozone)


def test_missing_input_gives_no_velocity():
    made = gas_deposition_velocity(BENZENE, FOREST, hours(2, humidity=[0.5, np.nan]))
    assert np.isfinite(made[0])
    assert np.isnan(made[1])


def test_ground_is_that_toward_which_it_blows():
    ground = Ground([0] * 18 + [3] * 18, [0] * 12)
    east, west = (
        gas_deposition_velocity(SULFUR_DIOXIDE, ground, hours(wind_from_direction=d))[0] for d in (270, 90)
    )
    assert west == gas_deposition_velocity(SULFUR_DIOXIDE, FOREST, hours(wind_from_direction=90))[0]
    assert east < west
    assert ground.surface(1, 2.0) == ground.surface(1, 359.0)


def test_missing_rain_is_not_taken_for_dry_without_being_told():
    table = pd.DataFrame(
        {"time_start": pd.date_range("2024-01-01", periods=2), "precipitation": [0.0, np.nan]}
    )
    with pytest.raises(InputError, match="precipitation is missing in 1"):
        deposition_hours(table, utc_offset_h=0)
    assert deposition_hours(table, utc_offset_h=0, unknown_rain_is_none=True).rain.tolist() == [0.0, 0.0]


def test_rain_wets_for_three_hours():
    assert hours(4, precipitation=[1.5, 0.0, 0.0, 0.0]).recent_rain.tolist() == [1.5, 1.5, 1.5, 0.0]


def test_soil_dries_and_rain_refills_it():
    warm = np.full(500, 303.0)
    dry = soil_moisture(warm, np.zeros(500))
    assert dry[0] == pytest.approx((180.0 - 0.45 * saturation_pressure(303.0) / 3.167) / 200.0)
    assert (np.diff(dry) < 0.0).all()
    assert soil_moisture(warm, np.full(500, 2.0))[-1] == 1.0
    assert soil_moisture(np.array([np.nan, 300.0]), np.zeros(2))[0] == 0.9


def test_sun_behind_the_heat_flux():
    """Holtslag & van Ulden (1983), eq. 17: Q* = [(1 - r) K + c₁ T⁶ - σ T⁴ + c₂ N] / 1.12."""
    net = (1.0 + 1.0 / 1.0) * 200.0 / 0.9
    made = solar_irradiance(np.array([200.0]), np.ones(1), np.full(1, 0.2), np.full(1, 290.0), np.zeros(1))
    back = net * 1.12 + 5.67e-8 * 290.0**4 - 5.31e-13 * 290.0**6
    assert made[0] == pytest.approx(back / 0.8)
    assert 600.0 < made[0] < 800.0


def test_arrays_of_particles():
    dust = SizedParticles([1e-6, 1e-5], [2500.0, 2500.0], [0.4, 0.6])
    soot = MixedParticles(0.8, 1e-6)
    three = hours(3, precipitation=[0.0, 1.0, 4.0], obukhov_length=[-30.0, 50.0, -200.0])
    depth = np.full(3, 1200.0)
    assert particle_deposition_velocity(dust, three).shape == (3, 2)
    assert particle_deposition_velocity(soot, three).shape == (3, 1)
    assert settling_velocities(dust)[1] == settling_velocity(1e-5, 2500.0)
    rates = scavenging_rate(dust, three, depth)
    assert rates[0].tolist() == [0.0, 0.0]
    assert (rates[2] > rates[1]).all()
    assert scavenging_rate(BENZENE, three, depth).shape == (3, 1)
    assert scavenging_rate(soot, three, depth)[0, 0] == 0.0


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Gas(0.0, 1e-9, 1e3, 1.0),
        lambda: Gas(1e-5, 1e-9, 1e3, 1.0, 2.0),
        lambda: SizedParticles([1e-6], [1000.0], [0.5]),
        lambda: SizedParticles([1e-6, 2e-6], [1000.0], [1.0]),
        lambda: SizedParticles([-1e-6], [1000.0], [1.0]),
        lambda: MixedParticles(1.2, 1e-6),
        lambda: MixedParticles(0.2, 0.0),
        lambda: Ground([3, 4], [0] * 12),
        lambda: Ground([9], [0] * 12),
        lambda: Ground([3], [0] * 11),
    ],
)
def test_impossible_properties_are_refused(wrong):
    with pytest.raises(InputError):
        wrong()
