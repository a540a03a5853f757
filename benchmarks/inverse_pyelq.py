"""Rates of known points by pyELQ, run by an environment that has it; called by ``inverse_peers.py``.

Run: ``python benchmarks/inverse_pyelq.py CASE.npz RESULT.npz ITERATIONS BURN SEED``.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pandas as pd


def main() -> None:
    from pyelq.component.background import SpatioTemporalBackground
    from pyelq.component.error_model import BySensor
    from pyelq.component.source_model import Normal
    from pyelq.coordinate_system import ENU
    from pyelq.dispersion_model.gaussian_plume import GaussianPlume
    from pyelq.gas_species import CH4
    from pyelq.meteorology.meteorology import Meteorology
    from pyelq.model import ELQModel
    from pyelq.sensor.sensor import Sensor, SensorGroup
    from pyelq.source_map import SourceMap

    data, result, iterations, burn, seed = sys.argv[1:]
    given = np.load(data)
    np.random.seed(int(seed))  # noqa: NPY002 - the package draws from the global generator
    start = time.perf_counter()
    hours = len(given["wind_speed"])
    times = pd.array(pd.date_range("2024-05-01", periods=hours, freq="h"), dtype="datetime64[ns]")

    def places(points: np.ndarray) -> ENU:
        made = ENU(ref_latitude=50.0, ref_longitude=82.0, ref_altitude=0.0)
        made.from_array(np.atleast_2d(points))
        return made

    group = SensorGroup()
    for number, (point, values) in enumerate(zip(given["sensors"], given["ppm"].T, strict=True)):
        sensor = Sensor()
        sensor.label, sensor.time = f"R{number + 1}", times
        sensor.location, sensor.concentration = places(point), values
        group.add_sensor(sensor)
    air = Meteorology()
    air.time = times
    air.wind_speed, air.wind_direction = given["wind_speed"], given["wind_from_direction"]
    air.calculate_uv_from_wind_speed_direction()
    air.temperature = np.full(hours, float(given["temperature_k"]))
    air.pressure = np.full(hours, float(given["pressure_kpa"]))
    air.wind_turbulence_horizontal = np.full(hours, float(given["angle_horizontal"]))
    air.wind_turbulence_vertical = np.full(hours, float(given["angle_vertical"]))
    chart = SourceMap()
    chart.location = places(given["sources"])
    sources = Normal(
        initial_precision=1.0 / float(given["prior_kg_h"]) ** 2,
        threshold_function=lambda couplings: np.full(couplings.shape[1], np.inf),
    )
    sources.dispersion_model = GaussianPlume(source_map=chart, source_half_width=0.0)
    background = SpatioTemporalBackground(
        mean_bg=float(given["background_ppm"]), update_precision=True, initial_precision=1.0 / 3e-4**2
    )
    model = ELQModel(
        sensor_object=group,
        meteorology=air,
        gas_species=CH4(),
        background=background,
        source_model=sources,
        error_model=BySensor(initial_precision=1.0 / 0.1**2),
    )
    model.n_iter = int(iterations)
    model.initialise()
    model.to_mcmc()
    model.run_mcmc()
    model.from_mcmc()
    seconds = time.perf_counter() - start
    rates = model.components["source"].emission_rate[:, int(burn) :]
    np.savez(result, seconds=seconds, kg_h=rates, coupling=model.components["source"].coupling)


if __name__ == "__main__":
    main()
