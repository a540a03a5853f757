"""Columns of the particle engine: the plume's profiles, calm hours, time scales, meander, parts of hours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from layered_air import CONVECTIVE, STABLE, VERY_STABLE, boundary_layer

from sootprint.core.errors import ConfigError, InputError
from sootprint.dispersion.engines.atmosphere import weather_arrays
from sootprint.dispersion.kernels.levels import GRADIENT, HEIGHTS, SIGMA_V, SIGMA_W, WIND
from sootprint.dispersion.kernels.similarity import GRAVITY
from sootprint.dispersion.particles.columns import (
    ColumnOptions,
    acted_hours,
    columns,
    heights_to,
    interpolate,
    reason_hours,
)
from sootprint.dispersion.particles.turbulence import dissipation, lagrangian_time, meander, surface_share
from sootprint.weather import derive
from sootprint.weather.mixing_heights import convective_velocity
from sootprint.weather.surface_fluxes import (
    air_density,
    low_wind_friction_velocity,
    temperature_scale,
)

PLACE = (82.6, 49.95)


def weather(**changed):
    """Eight hours of a calm, clear day and night of July as a table ``weather``; lists give hours."""
    usual = {
        "station_id": "mast",
        "time_start": pd.date_range("2024-07-01 01:00", periods=8, freq="3h"),
        "duration_s": 3600.0,
        "wind_speed": 0.0,
        "wind_from_direction": np.nan,
        "measurement_height": 10.0,
        "air_temperature": 290.0,
        "humidity": 0.5,
        "cloud": 0.0,
        "mixing_height": [400.0, 800.0, 1200.0, 1500.0, 300.0, 60.0, 40.0, 30.0],
        "roughness_length": 0.1,
        "source_file": "made",
        "source_row": 0,
    }
    made, _ = derive(
        pd.DataFrame(usual | changed), lon=PLACE[0], lat=PLACE[1], options={"mixing_height": "none"}
    )
    return made


def night(**changed):
    """Two hours of a stable night as a table ``boundary_layer``."""
    usual = {
        "time_start": pd.date_range("2024-01-01 18:00", periods=2, freq="h"),
        "friction_velocity": 0.08,
        "obukhov_length": 20.0,
        "convective_velocity": np.nan,
        "convective_mixing_height": np.nan,
        "mechanical_mixing_height": 60.0,
        "potential_temperature_gradient": np.nan,
        "roughness_length": 0.1,
        "wind_speed": 1.0,
        "wind_from_direction": 270.0,
        "measurement_height": 10.0,
        "air_temperature": 270.0,
        "temperature_height": 2.0,
        "albedo": 1.0,
        "cloud": 0.0,
    }
    return pd.DataFrame(usual | changed)


def mast(**changed):
    """Two levels of a mast in the hours of `night`."""
    rows = []
    for time in night()["time_start"]:
        for height, speed in ((10.0, 1.0), (50.0, 2.0)):
            rows.append(
                {
                    "time_start": time,
                    "height_m": height,
                    "wind_speed": speed,
                    "wind_from_direction": 270.0,
                    "air_temperature": np.nan,
                    "sigma_theta_deg": 30.0,
                    "sigma_w": np.nan,
                }
            )
    return pd.DataFrame(rows).assign(**changed)


def at(made, name, height):
    """Values of a quantity at a level."""
    return getattr(made, name)[:, int(np.argmin(np.abs(made.z - height)))]


class TestFormulas:
    def test_dissipation_has_the_worked_numbers(self):
        assert dissipation(10.0, 0.4, 1e9) == pytest.approx(0.016, rel=1e-6)
        assert dissipation(10.0, 0.4, 10.0) == pytest.approx(0.0752, rel=1e-6)
        assert dissipation(10.0, 0.4, -10.0) == pytest.approx(0.016 * 1.5**1.5, rel=1e-12)

    def test_dissipation_high_in_convection_tends_to_a_share_of_the_buoyancy_flux(self):
        friction, depth, length = 0.1, 1500.0, -1.0
        cube = friction**3 * depth / (0.4 * -length)
        assert dissipation(depth, friction, length) == pytest.approx(0.5**1.5 * cube / depth, rel=0.03)

    def test_neutral_surface_layer_has_the_time_scale_of_wilson_and_others(self):
        friction, height = 0.3, 7.0
        time = lagrangian_time(1.25 * friction, dissipation(height, friction, np.inf), 3.1)
        assert time == pytest.approx(0.4 * height / friction, rel=0.01)

    def test_meander_at_half_a_metre_a_second(self):
        decay, turn = meander(np.array([0.5]))
        ratio = turn[0] / decay[0]
        assert ratio == pytest.approx(8.5 / 1.5**2)
        assert ratio == pytest.approx(3.78, abs=0.005)
        assert 2.0 * np.pi / turn[0] == pytest.approx(1106.0, abs=0.5)

    def test_heights_end_at_the_top_and_are_fine_under_twenty_metres(self):
        z = heights_to(743.0)
        assert z[0] == 0.0
        assert z[-1] == 743.0
        assert (np.diff(z) > 0).all()
        assert (z < 20.0).sum() >= 10
        assert heights_to(3000.0)[-1] == 3000.0

    def test_a_top_under_the_stacks_is_refused(self):
        with pytest.raises(InputError, match="50 m or more"):
            heights_to(20.0)


class TestPlumesProfiles:
    def test_served_hours_have_the_plumes_profiles(self):
        table = boundary_layer()
        plume, reason = weather_arrays(table, None, base_elevation=0.0)
        made = columns(table, land_use="rural", top_m=3000.0)
        served = (reason == 0) & (made.reason == 0)
        assert served.sum() == 6
        same, here = np.nonzero(HEIGHTS[:, None] == made.z[None, :])
        above = made.z[here] > 0.0
        for quantity, values in (
            (WIND, np.hypot(made.wind_x, made.wind_y)),
            (SIGMA_V, made.sigma_v),
            (SIGMA_W, made.sigma_w),
        ):
            expected = plume.columns[served, 0][:, same, quantity]
            if quantity == SIGMA_W:
                expected = np.maximum(expected, ColumnOptions().least_sigma_w)
            got = values[served][:, here]
            np.testing.assert_allclose(got[:, above], expected[:, above], rtol=1e-9)

    def test_gradient_is_the_plumes_under_a_lid_of_a_hundred_metres_and_more(self):
        table = boundary_layer()
        plume, _ = weather_arrays(table, None, base_elevation=0.0)
        made = columns(table, top_m=3000.0)
        same, here = np.nonzero(HEIGHTS[:, None] == made.z[None, :])
        for hour in (CONVECTIVE, STABLE):
            np.testing.assert_allclose(made.gradient[hour, here], plume.columns[hour, 0, same, GRADIENT])
        low = at(made, "gradient", 200.0)[VERY_STABLE]
        assert low < plume.columns[VERY_STABLE, 0, np.searchsorted(HEIGHTS, 200.0), GRADIENT]

    def test_potential_temperature_is_the_integral_of_its_gradient(self):
        made = columns(boundary_layer())
        served = made.reason == 0
        step = 0.5 * (made.gradient[:, 1:] + made.gradient[:, :-1]) * np.diff(made.z)
        np.testing.assert_allclose(np.diff(made.potential, axis=1)[served], step[served], atol=1e-9)

    def test_wind_follows_the_grid(self):
        made = columns(night(), convergence=np.deg2rad(30.0))
        speed = at(columns(night()), "wind_x", 10.0)
        # From true west with the grid's north 30 degrees clockwise: towards 60 degrees of the grid.
        np.testing.assert_allclose(at(made, "wind_x", 10.0), speed * np.sin(np.deg2rad(60.0)))
        np.testing.assert_allclose(at(made, "wind_y", 10.0), speed * np.cos(np.deg2rad(60.0)))


class TestLowWindAndLowLid:
    def test_a_tenth_of_a_metre_a_second_is_a_tenth_of_the_wind(self):
        one, tenth = columns(night()), columns(night(wind_speed=0.1))
        assert reason_hours(tenth)["served"] == 2
        np.testing.assert_allclose(tenth.wind_x, 0.1 * one.wind_x, atol=1e-12)
        np.testing.assert_allclose(tenth.sigma_v, one.sigma_v)

    def test_zero_is_exactly_zero_and_the_air_still_mixes(self):
        for direction in (np.nan, 0.0, 270.0):
            made = columns(night(wind_speed=0.0, wind_from_direction=direction))
            assert reason_hours(made)["served"] == 2
            assert (made.wind_x == 0.0).all()
            assert (made.wind_y == 0.0).all()
            assert (made.sigma_w >= 0.03).all()
            assert (made.time_w > 0.0).all()
            assert np.isfinite(np.trapezoid(1.0 / made.sigma_w, made.z, axis=1)).all()
            assert acted_hours(made)["no wind"] == 2

    def test_an_hour_without_wind_is_the_limit_of_weaker_and_weaker_wind(self):
        still, faint = (
            columns(weather(), place=PLACE),
            columns(weather(wind_speed=1e-4, wind_from_direction=90.0), place=PLACE),
        )
        for name in ("sigma_w", "sigma_v", "time_w", "meander_sigma", "lid", "friction", "gradient"):
            np.testing.assert_allclose(getattr(faint, name), getattr(still, name), rtol=1e-3)

    @pytest.mark.parametrize("lid", [8.0, 20.0, 80.0])
    def test_a_lid_of_a_few_metres_is_kept(self, lid):
        made = columns(night(mechanical_mixing_height=lid, wind_speed=0.1))
        np.testing.assert_allclose(made.lid, lid)
        expected = 1.3 * 0.08 * np.sqrt(1.0 - 5.0 / lid)
        np.testing.assert_allclose(at(made, "sigma_w", 5.0), expected, rtol=0.01)
        assert (at(made, "sigma_w", 100.0) == ColumnOptions().least_sigma_w).all()
        assert acted_hours(made)["least lid"] == 0
        np.testing.assert_allclose(np.interp(10.0, made.z, made.wind_x[0]), 0.1, rtol=0.02)
        assert made.wind_x.max() < 0.5
        assert np.diff(made.wind_x).min() >= 0.0

    def test_turbulence_and_meander_together_reach_the_low_wind_floor(self):
        for floor in (0.2, 0.3):
            made = columns(night(), options={"low_wind_sigma_v": floor})
            total = made.meander_sigma**2 + at(made, "sigma_v", 8.0) ** 2
            np.testing.assert_allclose(total, floor**2, rtol=1e-3)
        assert acted_hours(made)["meander"] == 2
        assert columns(night(wind_speed=2.6)).meander_sigma.max() == 0.0
        assert columns(night(friction_velocity=0.3)).meander_sigma.max() == 0.0

    def test_light_wind_without_a_direction_is_meander_of_its_own_strength(self):
        made = columns(night(wind_from_direction=np.nan), options={"low_wind_sigma_v": 0.0})
        assert (made.wind_x == 0.0).all()
        np.testing.assert_allclose(made.meander_sigma**2, 0.5 * 1.0**2, rtol=0.03)
        assert acted_hours(made)["variable direction"] == 2

    def test_strong_wind_without_a_direction_is_refused(self):
        made = columns(night(wind_speed=5.0, wind_from_direction=np.nan))
        assert reason_hours(made)["variable direction"] == 2
        assert np.isnan(made.sigma_w).all()
        assert np.isnan(made.lid).all()

    def test_floors_are_parameters_and_counted(self):
        table = night(friction_velocity=0.004, obukhov_length=0.01, mechanical_mixing_height=2.0)
        acted = acted_hours(columns(table))
        for word in (
            "least friction velocity",
            "bounded length",
            "least lid",
            "least sigma_w in the layer",
            "least sigma_v",
        ):
            assert acted[word] == 2, word
        free = {"least_friction_velocity": 1e-4, "least_length": 1e-3, "least_lid": 1.0}
        free |= {"least_sigma_w": 1e-4, "least_sigma_v": 1e-4}
        acted = acted_hours(columns(table, options=free))
        assert not any(
            count for word, count in acted.items() if word.startswith(("least sigma_v", "least l"))
        )


class TestWorkedOutScales:
    def test_a_calm_day_is_stirred_by_its_heat(self):
        table = weather(sensible_heat_flux=[200.0] * 4 + [np.nan] * 4)
        made = columns(table, place=PLACE)
        assert reason_hours(made)["served"] == 8
        density = air_density(101325.0, 290.0)
        expected = convective_velocity(200.0, [400.0, 800.0, 1200.0, 1500.0], 290.0, density)
        np.testing.assert_allclose(made.convective[:4], expected)
        assert (made.stable[:4] == 0).all()
        # Drafts of 0.59 w* make a mean wind of 0.74 w*, and that a u* of some tenths of w*.
        assert (made.friction[:4] > 0.05 * expected).all()
        assert (made.friction[:4] < 0.3 * expected).all()
        np.testing.assert_allclose(at(made, "sigma_w", 200.0)[:4], np.sqrt(0.35) * expected, rtol=0.1)
        assert acted_hours(made)["free convection wind"] >= 4

    def test_heat_of_sun_and_cloud_needs_a_place_or_measured_radiation(self):
        table = weather()
        sun = columns(table, place=PLACE)
        assert sun.convective[:4].min() > 0.5
        warm = table["stability_class"].isin(["A", "B", "C"])
        assert reason_hours(columns(table))["missing heat flux"] == int(warm.sum()) >= 4
        measured = columns(weather(radiation=[600.0, 900.0, 800.0, 500.0, 0.0, 0.0, 0.0, 0.0]))
        assert measured.convective[:4].min() > 0.5

    def test_overcast_gives_less_heat(self):
        clear = columns(weather(), place=PLACE)
        overcast = columns(weather(cloud=1.0), place=PLACE)
        assert (overcast.convective[1:3] < clear.convective[1:3]).all()

    def test_a_calm_night_has_the_friction_of_low_wind_and_the_length_of_its_class(self):
        made = columns(weather(), place=PLACE)
        scale = temperature_scale(0.0)
        expected, _ = low_wind_friction_velocity(1e-9, 10.0, 0.1, 290.0, scale)
        np.testing.assert_allclose(made.friction[-2:], expected, rtol=1e-6)
        # Golder's line of class F over 0.1 m.
        np.testing.assert_allclose(made.length[-2:], 1.0 / (0.035 + 0.036), rtol=1e-9)
        np.testing.assert_allclose(made.lid[-2:], [40.0, 30.0])
        np.testing.assert_allclose(at(made, "gradient", 100.0)[-2:], 0.035)

    def test_both_tables_give_a_calm_night_the_same_air(self):
        calm = night(
            wind_speed=0.0, friction_velocity=np.nan, obukhov_length=np.nan, mechanical_mixing_height=np.nan
        )
        layer = columns(calm)
        assert acted_hours(layer)["estimated lid"] == 2
        np.testing.assert_allclose(layer.lid, 2400.0 * layer.friction**1.5)
        table = weather(air_temperature=270.0, mixing_height=layer.lid[0])
        other = columns(table, place=PLACE)
        np.testing.assert_allclose(other.sigma_w[-1], layer.sigma_w[-1])
        np.testing.assert_allclose(other.time_w[-1], layer.time_w[-1])

    def test_a_short_gap_of_the_convective_lid_is_bridged_and_counted(self):
        lid = [400.0, np.nan, 1200.0, 1500.0, 300.0, 60.0, 40.0, 30.0]
        table = weather(mixing_height=lid)
        made = columns(table, place=PLACE)
        assert made.lid[1] == pytest.approx(800.0)
        assert acted_hours(made)["bridged lid"] == 1
        refused = columns(table, place=PLACE, options={"bridged_hours": 0})
        assert reason_hours(refused)["missing mixing height"] == 1

    def test_a_class_and_wind_alone_never_take_more_heat_than_the_sky(self):
        table = weather(wind_speed=6.0, wind_from_direction=90.0, stability_class="F", mixing_height=200.0)
        made = columns(table)
        scale = 290.0 * made.friction**2 / (0.4 * GRAVITY * made.length)
        assert scale.max() <= 0.09 * 1.001
        assert acted_hours(made)["limited temperature scale"] == 8

    def test_reasons_name_what_is_missing(self):
        table = boundary_layer()
        made = columns(table)
        counts = reason_hours(made)
        assert counts["served"] == 9
        assert counts["missing wind"] == 1
        assert counts["variable direction"] == 0
        assert counts["missing temperature"] == 1
        assert counts["missing stability"] == 1
        assert reason_hours(columns(table, options={"temperature_when_missing": 285.0}))["served"] == 10


class TestTimeScales:
    def test_above_the_lid_buoyancy_sets_the_time(self):
        made = columns(night())
        level = int(np.searchsorted(made.z, 100.0))
        frequency = np.sqrt(GRAVITY * made.gradient[:, level] / made.potential[:, level])
        np.testing.assert_allclose(made.time_w[:, level], 0.27 / frequency)

    def test_inside_the_layer_the_dissipation_does(self):
        made = columns(night())
        level = int(np.searchsorted(made.z, 20.0))
        rate = dissipation(20.0, 0.08, 20.0)
        expected = 2.0 * made.sigma_w[:, level] ** 2 / (3.1 * rate) * (1.25 / 1.3) ** 4
        np.testing.assert_allclose(made.time_w[:, level], expected, rtol=0.02)

    def test_the_diffusivity_is_that_of_the_surface_layer(self):
        found = [surface_share(z, 0.4, 2.5198421, -10.0, 1000.0) for z in (2.0, 10.0, 100.0, 500.0)]
        assert found == pytest.approx([0.890, 0.921, 1.002, 1.002], abs=5e-4)
        neutral = surface_share(10.0, 0.4, 0.01, -1e6, 1000.0)
        assert neutral == pytest.approx(surface_share(10.0, 0.4, 0.0, 50.0, 300.0), rel=1e-4)
        time = lagrangian_time(neutral**2 * 1.3 * 0.4, dissipation(10.0, 0.4, 1e9), 3.1)
        assert (1.3 * 0.4) ** 2 * time == pytest.approx(1.25**2 * 0.403 * 0.4 * 10.0, rel=0.01)

    def test_bounds_hold_and_are_parameters(self):
        made = columns(boundary_layer())
        served = made.reason == 0
        assert made.time_v[served].min() == 10.0
        assert made.time_v[served].max() == 300.0
        assert made.time_w[served].max() <= 1200.0
        wide = columns(boundary_layer(), options={"longest_lateral_time": 900.0})
        assert wide.time_v[served].max() > 300.0

    def test_a_measured_sigma_w_keeps_the_length_of_the_eddies(self):
        plain, given = columns(night()), columns(night(), profiles=mast(sigma_w=0.2))
        level = int(np.searchsorted(plain.z, 20.0))
        plain_length = plain.sigma_w[:, level] * plain.time_w[:, level]
        np.testing.assert_allclose(given.sigma_w[:, level] * given.time_w[:, level], plain_length, rtol=0.02)


class TestMast:
    def test_measured_sigma_v_leaves_no_meander(self):
        made = columns(night(), profiles=mast())
        angle = np.deg2rad(30.0)
        slant = np.sin(angle) * (1.0 - 0.073864 * angle)
        measured = angle * 1.0 * np.sqrt(1.0 - slant**2)
        assert made.meander_sigma.max() == 0.0
        np.testing.assert_allclose(at(made, "sigma_v", 8.0), measured, rtol=0.02)

    def test_split_parts_the_measured_variance(self):
        whole = columns(night(), profiles=mast())
        parts = columns(night(), profiles=mast(), options={"measured_sigma_v": "split"})
        plain = columns(night())
        np.testing.assert_allclose(parts.sigma_v, plain.sigma_v)
        total = np.sqrt(parts.meander_sigma**2 + at(parts, "sigma_v", 8.0) ** 2)
        np.testing.assert_allclose(total, at(whole, "sigma_v", 8.0), rtol=0.03)

    def test_a_measured_calm_under_wind_aloft_stays_calm(self):
        table = mast(sigma_theta_deg=np.nan)
        table.loc[table["height_m"] == 10.0, ["wind_speed", "wind_from_direction"]] = [0.0, 0.0]
        made = columns(night(wind_speed=0.0, wind_from_direction=0.0), profiles=table)
        assert (at(made, "wind_x", 8.0) == 0.0).all()
        np.testing.assert_allclose(at(made, "wind_x", 50.0), 2.0)
        assert (made.meander_sigma > 0.0).all()

    def test_a_height_twice_is_refused(self):
        with pytest.raises(InputError, match="twice"):
            columns(night(), profiles=pd.concat([mast(), mast()]))


class TestParts:
    def growing(self):
        return columns(
            night(
                mechanical_mixing_height=[60.0, 300.0],
                friction_velocity=[0.05, 0.2],
                wind_from_direction=[350.0, 10.0],
            )
        )

    def test_one_part_is_the_hour(self):
        made = self.growing()
        assert interpolate(made, 1) is made

    def test_the_middle_part_of_an_odd_number_is_the_hour(self):
        made = self.growing()
        parts = interpolate(made, 5)
        for name in made._fields:
            if name not in ("time", "z"):
                np.testing.assert_allclose(
                    np.asarray(getattr(parts, name)[2::5], float),
                    np.asarray(getattr(made, name), float),
                    err_msg=name,
                )

    def test_a_lid_grows_by_equal_shares(self):
        lid = interpolate(self.growing(), 10).lid
        # Parts of the outer half hours are held; between the middles the ratio of neighbours is constant.
        np.testing.assert_allclose(lid[:5], 60.0)
        np.testing.assert_allclose(lid[15:], 300.0)
        np.testing.assert_allclose(lid[6:15] / lid[5:14], 5.0**0.1)
        assert np.sqrt(lid[9] * lid[10]) == pytest.approx(np.sqrt(60.0 * 300.0))

    def test_wind_turns_the_shorter_way(self):
        parts = interpolate(self.growing(), 4)
        assert (parts.wind_y[:, 10] < 0.0).all()
        assert (np.diff(parts.time) == np.timedelta64(900_000_000, "us")).all()

    def test_hours_do_not_reach_over_a_gap_or_an_hour_not_served(self):
        gap = night(mechanical_mixing_height=[60.0, 300.0])
        gap.loc[1, "time_start"] += pd.Timedelta(hours=1)
        assert interpolate(columns(gap), 4).lid.tolist() == [60.0] * 4 + [300.0] * 4
        missing = night(wind_speed=[1.0, np.nan])
        parts = interpolate(columns(missing), 4)
        assert np.isfinite(parts.sigma_w[:4]).all()
        assert np.isnan(parts.sigma_w[4:]).all()
        assert (parts.reason[4:] == 1).all()

    def test_no_part_is_refused(self):
        with pytest.raises(InputError, match="1 or more"):
            interpolate(self.growing(), 0)


class TestInput:
    @pytest.mark.parametrize(
        "options",
        [
            {"nonsense": 1.0},
            {"least_sigma_w": 0.0},
            {"measured_sigma_v": "half"},
            {"least_length": 10.0, "largest_length": 5.0},
            {"cloud_when_missing": 2.0},
            {"class_gradient": (0.1,)},
        ],
    )
    def test_faulty_options_are_refused(self, options):
        with pytest.raises(ConfigError):
            columns(night(), options=options)

    def test_the_table_is_left_as_it_was_and_the_bytes_are_the_same(self):
        table = boundary_layer()
        before = table.copy(deep=True)
        first, second = columns(table), columns(table)
        pd.testing.assert_frame_equal(table, before)
        for name in first._fields:
            assert getattr(first, name).tobytes() == getattr(second, name).tobytes()


def test_a_year_of_an_airport_with_a_calm_in_every_fifth_hour_is_served(data_dir):
    from sootprint.weather import read_pfl, read_sfc

    folder = data_dir / "city_year"
    table = read_sfc(folder / "HOUSTON_ADJU.SFC", utc_offset_h=-6).table
    profiles = read_pfl(folder / "HOUSTON_ADJU.PFL", utc_offset_h=-6).table
    made = columns(table, profiles=profiles, land_use="rural", place=(-95.4, 29.8))
    served = made.reason == 0
    assert served.mean() > 0.99
    assert acted_hours(made)["no wind"] > 1500
    for name in ("sigma_w", "sigma_v", "time_w", "time_v", "gradient", "potential", "wind_x", "lid"):
        assert np.isfinite(getattr(made, name)[served]).all()


@pytest.mark.filterwarnings("error")
def test_a_lid_of_nothing_makes_no_endless_heat():
    """A stable hour of AERMET has w* and z_i of 0 or stand-ins for it: no flux follows from them."""
    plain = columns(night(), place=PLACE)
    odd = columns(night(convective_velocity=0.001, convective_mixing_height=0.0), place=PLACE)
    for name in ("friction", "length", "lid", "sigma_w"):
        assert np.array_equal(getattr(plain, name), getattr(odd, name), equal_nan=True)
    daily = night(convective_velocity=1.0, convective_mixing_height=0.0, obukhov_length=np.nan)
    made = columns(daily, place=PLACE)
    assert not np.isinf(made.friction).any()
    assert not np.isinf(made.length).any()
