"""Deposition as AERMOD 24142 computes it: velocities of single hours, and fluxes of dust in rain."""

import numpy as np
import pytest

from sootprint.dispersion.deposition import (
    Gas,
    Ground,
    SizedParticles,
    gas_deposition_velocity,
    particle_deposition_velocity,
    scavenging_rate,
    settling_velocities,
)
from sootprint.dispersion.deposition_hours import DepositionHours, deposition_hours
from sootprint.dispersion.engines.atmosphere import weather_arrays
from sootprint.dispersion.engines.deposition import Removal, forward_deposition
from sootprint.dispersion.engines.scene import Emitters, Receivers
from sootprint.weather.readers.aermod_layers import read_pfl, read_sfc

DUST = SizedParticles([0.5e-6, 2.5e-6, 1e-5, 3e-5], [1000.0, 1500.0, 2000.0, 2500.0], [0.2, 0.3, 0.3, 0.2])
GAS = Gas(1.5e-5, 1.5e-9, 5000.0, 5.0, 0.1)
GROUND = Ground([0] * 9 + [1] * 9 + [4] * 9 + [8] * 9, [3, 3, 3, 4, 0, 1, 1, 0, 0, 1, 2, 2], 0.6, 0.3)

# u*, w*, L, T, p, humidity, cloud, rain of three hours, sun, soil water, flow toward, hour; gas; dust
HOURS = [
    (0.418, 0.0, 192.4, 298.1, 101.0, 0.87, 7, 0.0, 0.0, 0.897723, 321, 0, 0.00630195,
     (0.00020929, 0.00042962, 0.0558314, 0.126206)),
    (0.362, 0.0, 143.9, 295.3, 101.3, 0.90, 4, 0.0, 0.0, 0.845544, 251, 21, 0.000799389,
     (0.00019599, 0.00042569, 0.0428074, 0.116775)),
    (0.671, 1.851, -127.8, 304.8, 101.1, 0.51, 0, 0.0, 1709.4566, 0.865367, 328, 12, 0.00986427,
     (0.00055428, 0.00074329, 0.127716, 0.190212)),
    (0.501, 1.910, -77.4, 295.9, 101.2, 0.89, 7, 1.0, 1170.3423, 0.71557, 274, 14, 0.000856353,
     (0.00064303, 0.00055829, 0.0996404, 0.163535)),
    (0.405, 1.470, -36.8, 303.1, 101.2, 0.58, 4, 0.0, 1299.6175, 0.295752, 62, 9, 0.000326161,
     (0.00050488, 0.00051695, 0.0797492, 0.147317)),
    (0.184, 0.0, 37.3, 295.3, 100.8, 0.93, 0, 0.0, 0.0, 0.345307, 191, 3, 0.000455893,
     (0.00015398, 0.00041327, 0.00677287, 0.0856961)),
]  # fmt: skip


def table_hours():
    columns = [np.array(values, dtype=float) for values in zip(*(row[:12] for row in HOURS), strict=True)]
    friction, convective, length, warmth, pressure, humid, cloud, rain, sun, water, toward, hour = columns
    return DepositionHours(
        friction,
        convective,
        length,
        np.full(len(HOURS), 0.15),
        warmth,
        pressure,
        humid,
        cloud,
        rain,
        rain,
        np.zeros(len(HOURS), dtype=bool),
        sun,
        water,
        toward,
        np.full(len(HOURS), 6),
        hour.astype(np.int64),
    )


def test_velocities_of_a_gas():
    """AERMOD takes the air's temperature at the stack's mouth, here it is that at the ground."""
    made = gas_deposition_velocity(GAS, GROUND, table_hours())
    np.testing.assert_allclose(made, [row[12] for row in HOURS], rtol=5e-4)


def test_velocities_of_dust():
    made = particle_deposition_velocity(DUST, table_hours())
    np.testing.assert_allclose(made, [row[13] for row in HOURS], rtol=0.015)


RAINY = {
    "1996-06-04 14:00": [
        (-295.44, 52.09, 157.50541, 38268.98964, 30534.25721),
        (-295.44, -52.09, 100.46855, 24457.32705, 20648.20283),
        (-984.81, 173.65, 94.07667, 20695.69478, 8701.92663),
        (-2954.42, 520.94, 11.39606, 2134.38634, 2405.77747),
        (-9848.08, 1736.48, 1.24205, 185.21569, 563.47696),
    ],
    "1996-06-18 19:00": [
        (-866.03, 500.0, 187.29874, 39534.7073, 67235.13498),
        (-984.81, 173.65, 13.07053, 2787.97425, 4960.41946),
        (-2598.08, 1500.0, 57.96213, 8427.44197, 13837.25178),
        (-8660.25, 5000.0, 7.09041, 238.18665, 798.32795),
    ],
}
"""x, y [m]; concentration [µg m⁻³], dry and wet deposition of the hour [µg m⁻²] of 100 g s⁻¹ of the dust."""


def one_stack():
    none, zero = np.zeros(1, dtype=np.int64), np.zeros(1)
    return Emitters(
        kind=none,
        x=zero,
        y=zero,
        elevation=zero,
        height=np.array([35.0]),
        diameter=np.array([2.4]),
        exit_velocity=np.array([[11.7]]),
        exit_temperature=np.array([[432.0]]),
        initial_sigma_y=zero,
        initial_sigma_z=zero,
        place=none,
        flat=none + 1,
        downwash=none + 1,
        spread=none + 1,
        first_vertex=none,
        last_vertex=none,
        vertices=np.zeros((1, 2)),
        building=none - 1,
        buildings=np.zeros((1, 36, 5)),
        decay=zero,
    )


@pytest.mark.parametrize("hour", RAINY)
def test_fluxes_of_dust_in_rain(hour, data_dir):
    folder = data_dir / "aermod" / "hrdow"
    table = read_sfc(folder / "HOUSTON_ADJU.SFC", utc_offset_h=0).table
    table = table[table["time_start"] == hour].reset_index(drop=True)
    profiles = read_pfl(folder / "HOUSTON_ADJU.PFL", utc_offset_h=0).table
    weather, _ = weather_arrays(table, profiles, base_elevation=0.0, adjusted_friction_velocity=True)
    x, y, *expected = np.array(RAINY[hour]).T
    none = np.zeros(len(x))
    places = Receivers(x.copy(), y.copy(), none, none, none)
    hours = deposition_hours(table, utc_offset_h=0)
    velocity = particle_deposition_velocity(DUST, hours)
    rate = scavenging_rate(DUST, hours, np.full(1, 1000.0))
    total = np.zeros((3, len(x)))
    for size, share in enumerate(DUST.mass_fraction):
        removal = Removal(velocity[:, [size]], rate[:, [size]], settling_velocities(DUST)[[size]])
        made = forward_deposition(weather, places, one_stack(), removal)
        total += share * np.array([part[0, :, 0] for part in made])
    units = np.array([1e8, 3.6e11, 3.6e11])[:, None]
    np.testing.assert_allclose(total * units, expected, rtol=0.01)
