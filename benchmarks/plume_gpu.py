"""Speed of the layered plume on a CUDA device, on the city-year decks.

    python benchmarks/plume_gpu.py [--data DIR] [--hours N] [--repeats 3]

Prints for each deck the best wall seconds of the whole operator on the host, of hourly concentrations of one
group of all sources, and of period means by source (the last two leave the operator on the device), each with
the largest difference from the CPU as a share of the largest value; and the seconds of the first call, which
compiles. Weather is read and made ready before the clock starts; transfers are within it. Where there is no
device it says so and prints no number.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from plume import DECKS, scene

from sootprint.core.errors import ConfigError
from sootprint.dispersion.engines.gpu import device_kernels, forward_cuda, means_cuda, sums_cuda
from sootprint.dispersion.engines.steady import forward_steady


def clocked(work: Callable[[], np.ndarray], repeats: int) -> tuple[np.ndarray, float]:
    """Result, and the least wall seconds of some calls."""
    best = np.inf
    for _number in range(repeats):
        began = time.perf_counter()
        made = work()
        best = min(best, time.perf_counter() - began)
    return made, best


def apart(made: np.ndarray, wanted: np.ndarray) -> float:
    """Largest difference as a share of the largest value."""
    return float(np.nanmax(np.abs(made - wanted)) / np.nanmax(wanted))


def device_name() -> str:
    from numba import cuda

    name = cuda.get_current_device().name
    return name.decode() if isinstance(name, bytes) else str(name)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default=os.environ.get("SOOTPRINT_DATA"))
    parser.add_argument("--hours", type=int, default=None, help="first hours only")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    try:
        simulated = device_kernels().SIMULATED
    except ConfigError as error:
        sys.exit(f"nothing measured: {error}")
    if simulated:
        sys.exit("nothing measured: numba's simulator is on (NUMBA_ENABLE_CUDASIM), not a device")
    if not given.data:
        sys.exit("no data folder: --data DIR, or set SOOTPRINT_DATA")
    folder = Path(given.data) / "city_year"
    print(f"device: {device_name()}\n")
    print("| deck | result | first call, s | best, s | ns per source·receptor·hour | largest difference |")
    print("|---|---|---|---|---|---|")
    for name in DECKS:
        deck, weather, receivers, emitters = scene(folder, name, given.hours)
        rate = np.array([source.emission_rate for source in deck.sources])
        scenery = (weather, receivers, emitters)
        whole = forward_steady(*scenery, threads=os.cpu_count() or 1)
        count = int(weather.served.sum()) * receivers.x.size * emitters.x.size
        room = np.zeros_like(whole)
        works: dict[str, tuple[Callable[[], np.ndarray], np.ndarray]] = {
            "operator": (lambda a=scenery, out=room: forward_cuda(*a, out=out), whole),
            "one group": (
                lambda a=scenery, q=rate: sums_cuda(*a, q[None, :, None]),
                (whole @ rate)[..., None],
            ),
            "period means": (
                lambda a=scenery, q=rate: means_cuda(*a, q[None]),
                np.nanmean(whole, axis=0) * rate,
            ),
        }
        for result, (work, wanted) in works.items():
            _, first = clocked(work, 1)
            made, best = clocked(work, given.repeats)
            print(
                f"| {name} | {result} | {first:.1f} | {best:.3f} | {best / count * 1e9:.2f} "
                f"| {apart(made, wanted):.1e} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
