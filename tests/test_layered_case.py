"""A case whose engine has the physics of AERMOD, from the surface file to the operator."""

import numpy as np
import pandas as pd
import pytest

import sootprint
from sootprint.case.pipeline import run_steps
from sootprint.cli.demo import demo_settings
from sootprint.core.errors import InputError
from sootprint.synthetic import make_city, write_evidence
from sootprint.weather import SurfaceHeader, write_sfc


def boundary_layer(times):
    """Two regimes of a day: convection from 9 to 17 h, else a stable layer; one calm hour a day."""
    hour = times.hour.to_numpy()
    day = (hour >= 9) & (hour < 17)
    calm = hour == 3
    return pd.DataFrame(
        {
            "time_start": times,
            "duration_s": 3600.0,
            "sensible_heat_flux": np.where(day, 150.0, -15.0),
            "friction_velocity": np.where(day, 0.4, 0.15),
            "convective_velocity": np.where(day, 1.5, np.nan),
            "potential_temperature_gradient": np.where(day, 0.01, np.nan),
            "convective_mixing_height": np.where(day, 800.0, np.nan),
            "mechanical_mixing_height": np.where(day, 600.0, 150.0),
            "obukhov_length": np.where(day, -50.0, 40.0),
            "roughness_length": 0.3,
            "bowen_ratio": 1.0,
            "albedo": 0.2,
            "wind_speed": np.where(calm, 0.0, np.where(day, 4.0, 1.5)),
            "wind_from_direction": np.where(calm, np.nan, (37.0 * hour) % 360 + 1.0),
            "measurement_height": 10.0,
            "air_temperature": 285.0,
            "temperature_height": 2.0,
            "precipitation": 0.0,
            "humidity": 0.6,
            "pressure": 98_000.0,
            "cloud": 0.5,
            "reason": np.where(calm, "calm", "served"),
            "substituted": None,
            "precipitation_code": 0,
            "wind_source": None,
        }
    )


def case_with(folder, *, surface):
    """Case of a synthetic city whose weather is a surface file, or the city's own table."""
    settings = demo_settings(1000)
    settings["engine.engine"], settings["engine.physics"] = "plume", "aermod"
    made = sootprint.new_case(folder / "case", settings, by="tester")
    for path, kind, options in write_evidence(make_city(1000, days=3), folder / "files"):
        if kind == "weather" and surface:
            table = boundary_layer(pd.date_range("2024-01-10", periods=72, freq="h"))
            path, options = folder / "air.sfc", {"zone": "Asia/Almaty"}
            header = SurfaceHeader(50.0, 82.6, "1", "2", "", "24142", ("ADJ_U*",))
            write_sfc(table, path, header=header, zone="Asia/Almaty")
        made.add(path, kind, options)
    return made


def until_operator(case):
    """Results of the steps as far as the operator."""
    steps = case.steps(case.settings, case.evidence)
    names = [step.name for step in steps]
    with case.folder.writing():
        return run_steps(case.folder, steps[: names.index("operator") + 1], case.settings)


def test_a_case_runs_the_physics_of_aermod_from_its_surface_file(tmp_path):
    results = until_operator(case_with(tmp_path, surface=True))
    made = results[-1].artifacts
    operator, hours = made["operator"].load(), made["operator_hours"].load()
    assert operator.attrs["physics"] == "aermod"
    assert (hours["reason"] == "calm").sum() == 3
    assert (hours["reason"] == "served").sum() == 69
    served = operator["H"].values[(hours["reason"] == "served").to_numpy()]
    assert np.isfinite(served).all()
    assert served.max() > 0.0


def test_a_case_without_a_boundary_layer_says_what_is_missing(tmp_path):
    with pytest.raises(InputError, match="surface file"):
        until_operator(case_with(tmp_path, surface=False))
