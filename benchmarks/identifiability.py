"""Time and memory of the identifiability analysis: ``identifiability.py [sources posts hours]``.

The operator is random plumes over a random walk of the wind. On a smaller case the result is compared with
plain NumPy on dense matrices, in time and to the digit.
"""

from __future__ import annotations

import os
import resource
import sys
import time

# before numpy is imported: blocks are worked on by threads of our own
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
import xarray as xr

from sootprint.attribution.identifiability import (
    Network,
    averaging_kernel,
    make_network,
    next_monitor,
    visibility,
)
from sootprint.attribution.identifiability.gram import block_columns, error_covariance, make_nuisances
from sootprint.attribution.identifiability.kernel import bias_covariance

DENSE = (20, 10, 1080)
"""Sources, posts and hours of the dense comparison."""


def problem(sources: int, posts: int, hours: int, seed: int = 0) -> tuple[xr.Dataset, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    angle = np.cumsum(rng.normal(0, 0.4, hours))
    aim = rng.uniform(0, 2 * np.pi, (posts, sources))
    response = np.exp(20.0 * (np.cos(angle[:, None, None] - aim) - 1.0))
    response *= rng.lognormal(0.0, 1.0, (posts, sources)) * 1e-6
    response[rng.random(hours) < 0.2] = np.nan
    names = [f"S{k:03d}" for k in range(sources)]
    operator = xr.Dataset(
        {"H": (("time", "receptor", "source"), response)},
        coords={
            "time": pd.date_range("2024-01-01", periods=hours, freq="h"),
            "receptor": [f"P{r:02d}" for r in range(posts)],
            "source": names,
        },
    )
    rates = rng.lognormal(2.5, 1.0, sources)
    return operator, pd.DataFrame({"source_id": names, "pollutant": "SO2", "rate_g_s": rates})


def dense_posterior(net: Network) -> np.ndarray:
    """Posterior covariance from one covariance matrix of all cells."""
    nuisances = make_nuisances(net)
    parts = [net.cells(part) for part in net.day_slices()]
    count = sum(len(part.station) for part in parts)
    design, covariance = np.zeros((count, nuisances.size)), np.zeros((count, count))
    at = 0
    for cells in parts:
        inside = slice(at, at + len(cells.station))
        block, places = block_columns(cells, nuisances, net.error)
        design[inside, places] = block
        covariance[inside, inside] = error_covariance(cells, net.classes, net.error)
        at = inside.stop
    sources = len(net.sources)
    prior = np.diag(net.spread**2)
    signal, rest = design[:, :sources], design[:, sources:]
    covariance += signal @ (prior + bias_covariance(net)) @ signal.T
    covariance += rest @ np.linalg.inv(nuisances.precision) @ rest.T
    return prior - prior @ signal.T @ np.linalg.solve(covariance, signal @ prior)


def timed(label: str, call):
    start, busy = time.perf_counter(), time.process_time()
    made = call()
    taken, own = time.perf_counter() - start, time.process_time() - busy
    print(f"{label}: {taken:.2f} s, {own:.2f} s of a core")
    return made, taken


def main() -> None:
    shape = [int(text) for text in sys.argv[1:4]] or [50, 30, 8760]
    operator, rates = problem(3, 3, 96)
    visibility(make_network(operator, rates, "SO2"))
    operator, rates = problem(*DENSE)
    net = make_network(operator, rates, "SO2")
    averaging_kernel(net)
    found, quick = timed(f"{DENSE} by blocks", lambda: averaging_kernel(net))
    dense, slow = timed(f"{DENSE} dense", lambda: dense_posterior(net))
    print(f"ratio {slow / quick:.1f}, largest difference {np.abs(found.posterior - dense).max():.1e}")
    operator, rates = problem(*shape)
    net = make_network(operator, rates, "SO2")
    found, _ = timed(f"{shape} averaging kernel", lambda: averaging_kernel(net))
    print(f"{len(found.gram.nuisances.lasting)} lasting errors, {len(found.groups)} groups")
    timed("tables of sources and groups", lambda: (found.sources_table(), found.groups_table()))
    seen, _ = timed("visibility", lambda: visibility(net))
    timed("its summary", lambda: seen.summary())
    grid, _ = problem(shape[0], 20, shape[2], seed=1)
    timed("next of 20 posts", lambda: next_monitor(found, make_network(grid, rates, "SO2")))
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


if __name__ == "__main__":
    main()
