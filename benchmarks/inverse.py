"""Time and memory of the inverse model: ``python benchmarks/inverse.py [sources posts hours pollutants]``.

The operator is random plumes over a random walk of the wind; the first call compiles the sampler and is
reported apart.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np
import pandas as pd
import xarray as xr

from sootprint.attribution.inverse import attribute


def problem(sources: int, posts: int, hours: int, pollutants: int, seed: int = 0) -> dict:
    rng = np.random.default_rng(seed)
    angle = np.cumsum(rng.normal(0, 0.4, hours))
    aim = rng.uniform(0, 2 * np.pi, (posts, sources))
    response = np.exp(4.0 * (np.cos(angle[:, None, None] - aim) - 1.0)) * 1e-6
    response[rng.random(hours) < 0.2] = np.nan
    times = pd.date_range("2024-01-01", periods=hours, freq="h").as_unit("us")
    names, stations = [f"S{k:03d}" for k in range(sources)], [f"P{r:02d}" for r in range(posts)]
    species = [f"X{p}" for p in range(pollutants)]
    rates = rng.lognormal(3.0, 1.0, (sources, pollutants))
    readings = []
    for number, name in enumerate(species):
        clean = (np.nan_to_num(response) * 1e6) @ rates[:, number]
        value = clean * rng.lognormal(-0.1, 0.45, clean.shape) + 10.0
        grid = pd.MultiIndex.from_product([times, stations], names=["time_start", "station_id"])
        table = grid.to_frame(index=False)
        readings.append(
            table.assign(pollutant=name, duration_s=3600.0, value_ugm3=value.ravel(), flag="valid")
        )
    emissions = pd.DataFrame(
        {
            "source_id": np.repeat(names, pollutants),
            "pollutant": np.tile(species, sources),
            "rate_g_s": rates.ravel(),
            "relative_uncertainty": 0.3,
        }
    )
    table = pd.DataFrame({"source_id": names, "facility_id": names, "kind": "point", "height_m": 80.0})
    episodes = pd.DataFrame({"episode_id": [], "pollutant": [], "time_start": [], "time_end": []})
    operator = xr.Dataset(
        {"H": (("time", "receptor", "source"), response)},
        coords={"time": times, "receptor": stations, "source": names},
    )
    return {
        "operator": operator,
        "observations": pd.concat(readings, ignore_index=True).assign(detection_limit_ugm3=np.nan),
        "emissions": emissions,
        "episodes": episodes,
        "sources": table,
        "zone": "UTC",
    }


def main() -> None:
    shape = [int(text) for text in sys.argv[1:5]] or [25, 8, 720, 3]
    start = time.perf_counter()
    attribute(**problem(3, 3, 96, 1))
    print(f"first call, with compilation: {time.perf_counter() - start:.1f} s")
    given = problem(*shape)
    start = time.perf_counter()
    made = attribute(**given)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{shape[0]} sources × {shape[1]} posts × {shape[2]} h × {shape[3]} pollutants: "
        f"{time.perf_counter() - start:.1f} s, peak {peak:.2f} GB"
    )
    print(made.diagnostics["chains"][["r_hat", "effective_size"]].describe().loc[["min", "50%", "max"]])


if __name__ == "__main__":
    main()
