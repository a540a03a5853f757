"""Choice of the engine for each hour and source."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from test_particle_operator import OPTIONS, air, posts, sources

from sootprint.core.errors import ConfigError
from sootprint.dispersion import automatic_operator, operator, particle_operator
from sootprint.dispersion.automatic import (
    REASONS,
    AutomaticOptions,
    engine_difference,
    particle_share,
)


def shares(speed, above=None, served=None, **options):
    speed = np.asarray(speed, float)
    above = np.zeros((len(speed), 1)) if above is None else np.asarray(above, float)[:, None]
    served = np.isfinite(speed) & (speed > 0.5) if served is None else served
    share, reason = particle_share(speed, above, served, AutomaticOptions(**options))
    return share[:, 0], [REASONS[code] for code in reason[:, 0]]


def test_wind_decides_and_light_wind_lingers():
    share, reason = shares([5.0, 2.5, 1.0, 5.0, 5.0, 5.0])
    np.testing.assert_allclose(share, [0.0, 0.5, 1.0, 1.0, 1.0, 0.0])
    assert reason == [
        "steady wind",
        "between light and steady wind",
        "light wind",
        "after light wind",
        "after light wind",
        "steady wind",
    ]


def test_what_hangs_above_the_lid_belongs_to_the_particles_until_it_has_come_down():
    share, reason = shares([5.0] * 5, above=[0.0, 0.6, 0.0, 0.0, 0.0])
    np.testing.assert_allclose(share, [0.0, 1.0, 1.0, 1.0, 0.0])
    assert reason[1:3] == ["release above the lid", "after a release above the lid"]


def test_calm_and_unserved_hours_go_to_the_particles():
    share, reason = shares([0.0, np.nan], served=np.array([False, False]))
    np.testing.assert_allclose(share, 1.0)
    share, reason = shares([5.0, 5.0, 5.0, 5.0], served=np.array([True, True, True, False]))
    assert reason[3] == "the plume cannot serve the hour"
    assert share[3] == 1.0


def test_the_seam_has_no_jump():
    speeds = np.linspace(1.5, 3.5, 201)
    share = np.array([shares([speed])[0][0] for speed in speeds])
    assert np.abs(np.diff(share)).max() <= 0.0101
    assert share[0] == 1.0
    assert share[-1] == 0.0


def made(weather, **choice):
    return automatic_operator(
        sources(),
        posts(),
        weather,
        plume={"stable_lid": True},
        particles=OPTIONS,
        choice={"compared_hours": 2, **choice},
    )


@pytest.fixture(scope="module")
def weather() -> pd.DataFrame:
    table = air(hours=12)
    table["wind_speed"] = [5.0, 5.0, 5.0, 2.5, 0.0, 1.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0]
    table["wind_from_direction"] = np.where(table["wind_speed"] > 0.0, 270.0, np.nan)
    table["stability_class"] = "D"
    table["mixing_height"] = 400.0
    return table


def test_each_hour_is_of_its_engine(weather):
    both = made(weather)
    plume = operator(sources(), posts(), weather)
    walked = particle_operator(sources(), posts(), weather, options=OPTIONS)
    share = both["particle_share"].values[:, 0]
    np.testing.assert_allclose(share, [0, 0, 0, 0.5, 1, 1, 1, 1, 0, 0, 0, 0])
    np.testing.assert_array_equal(both["H"].values[[0, 8]], plume["H"].values[[0, 8]])
    np.testing.assert_array_equal(both["H"].values[4:8], walked["H"].values[4:8])
    np.testing.assert_allclose(
        both["H"].values[3], 0.5 * (plume["H"].values[3] + walked["H"].values[3]), rtol=1e-12
    )
    assert (both["standard_error"].values[0] == 0.0).all()
    assert (both["reason"] == "served").all()
    counts = json.loads(both.attrs["hours_of_sources"])
    assert counts["light wind"] == 4
    assert sum(counts.values()) == 24
    assert np.isfinite(both["engine_difference"]).all()


def test_the_stated_difference_is_that_of_the_hours_compared():
    plume = np.full((3, 2, 1), 2.0)
    walked = np.full((3, 2, 1), 4.0)
    walked[2] = 100.0
    valid = np.array([[True], [True], [False]])
    whole, spread = engine_difference(plume, walked, valid)
    assert whole[0] == pytest.approx(np.log(2.0))
    assert spread[0] == pytest.approx(0.0)
    none, _ = engine_difference(plume, walked, ~valid & False)
    assert np.isnan(none[0])


def test_bad_bounds_are_named(weather):
    with pytest.raises(ConfigError, match="below the second"):
        made(weather, light_wind_m_s=3.0, steady_wind_m_s=2.0)
    with pytest.raises(ConfigError, match="not known"):
        made(weather, light=3.0)
