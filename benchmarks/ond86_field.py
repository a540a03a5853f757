"""Seconds of the field of a city's inventory by OND-86 or MRR-2017 with the whole search for the worst wind.

Run: ``python benchmarks/ond86_field.py [--sources 2000] [--pollutants 20] [--nodes 200] [--threads 2]
[--method ond86] [--times 3]``. The city is made up: sources from 3 to 180 m high on 20 × 20 km, each emits
every pollutant, seven in ten are gases, the others have F = 2 to 3. The same sums in plain NumPy are timed
at few receptors in few winds and set beside it.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time

import numpy as np
import pandas as pd

from sootprint import __version__
from sootprint.core import schema
from sootprint.dispersion import ond86

SIDE_M = 20_000.0


def city(sources: int, pollutants: int, method: str) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    gases = round(0.7 * pollutants)
    rows = []
    for source in range(sources):
        height = float(np.exp(rng.uniform(np.log(3.0), np.log(180.0))))
        stack = {
            "height_m": height,
            "diameter_m": min(0.03 * height + 0.3, 8.0) * rng.uniform(0.5, 1.5),
            "velocity_m_s": rng.uniform(2.0, 15.0),
            "temperature_c": rng.uniform(15.0, 180.0),
            "ambient_c": 25.0,
            "method": method,
        }
        x, y = rng.uniform(-0.5 * SIDE_M, 0.5 * SIDE_M, 2)
        for pollutant in range(pollutants):
            settling = 1.0 if pollutant < gases else (2.0, 2.5, 3.0)[source % 3]
            rate = float(np.exp(rng.normal(0.0, 1.5)))
            one = ond86.single_source(**stack, emission_g_s=rate, settling=settling)
            rows.append(
                {
                    "source_id": f"s{source:04d}",
                    "pollutant": f"p{pollutant:02d}",
                    "method": method,
                    "kind": "point",
                    "x_m": x,
                    "y_m": y,
                    "emission_g_s": rate,
                    "height_m": one.height_m,
                    "settling": settling,
                    "cm_mg_m3": one.cm,
                    "xm_m": one.xm,
                    "um_m_s": one.um,
                    "mpc_mg_m3": 0.5,
                }
            )
    return schema.check(pd.DataFrame(rows), "ond86_sources")


def plain_numpy(table: pd.DataFrame, x: np.ndarray, y: np.ndarray, winds: list[tuple[float, float]]) -> float:
    """Seconds of the sums of all pollutants in NumPy, a wind at a time (OND-86's far formula for gases)."""
    first = table.drop_duplicates("source_id")
    cm = table["cm_mg_m3"].to_numpy().reshape(len(first), -1)
    factor = table["settling"].to_numpy().reshape(len(first), -1)
    flat = (first["xm_m"] * 4.0 / (5.0 - first["settling"])).to_numpy()[:, None]
    um = first["um_m_s"].to_numpy()[:, None]
    began = time.perf_counter()
    worst = np.zeros((x.size, cm.shape[1]))
    for direction, speed in winds:
        flow = np.deg2rad(direction + 180.0)
        dx, dy = x - first["x_m"].to_numpy()[:, None], y - first["y_m"].to_numpy()[:, None]
        along = dx * np.sin(flow) + dy * np.cos(flow)
        across = dx * np.cos(flow) - dy * np.sin(flow)
        q = speed / um
        r = np.where(q <= 1, 0.67 * q + 1.67 * q**2 - 1.34 * q**3, 3 * q / (2 * q**2 - q + 2))
        p = np.where(q <= 0.25, 3.0, np.where(q <= 1, 8.43 * (1 - q) ** 5 + 1, 0.32 * q + 0.68))
        with np.errstate(all="ignore"):
            t = min(speed, 5.0) * (across / along) ** 2
            beside = np.where(along > 0, r / (1 + 5 * t + 12.8 * t**2 + 17 * t**3 + 45.1 * t**4) ** 2, 0.0)
        total = np.zeros_like(worst)
        for settling in np.unique(factor):
            z = along / (p * flat * (5 - settling) / 4)
            s1 = np.where(z <= 1, 3 * z**4 - 8 * z**3 + 6 * z**2, 1.13 / (0.13 * z**2 + 1))
            far = (
                z / (3.58 * z**2 - 35.2 * z + 120) if settling <= 1.5 else 1 / (0.1 * z**2 + 2.47 * z - 17.8)
            )
            s1 = np.where(z > 8, far, s1)
            total += (s1 * beside).T @ np.where(factor == settling, cm, 0.0)
        worst = np.maximum(worst, total)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, default=2000)
    parser.add_argument("--pollutants", type=int, default=20)
    parser.add_argument("--nodes", type=int, default=200)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--method", default="ond86", choices=ond86.METHODS)
    parser.add_argument("--times", type=int, default=3)
    arguments = parser.parse_args()
    table = city(arguments.sources, arguments.pollutants, arguments.method)
    axis = np.linspace(-0.5 * SIDE_M, 0.5 * SIDE_M, arguments.nodes)
    few = table.loc[table["source_id"] == "s0000"]
    ond86.field(few, axis[:2], axis[:2], top_wind_m_s=8.0, groups=False)
    print(f"Sootprint {__version__}, Python {platform.python_version()}, {platform.machine()}")
    print(
        f"{arguments.sources} sources × {arguments.pollutants} pollutants × {axis.size} × {axis.size} nodes"
    )
    seconds = []
    for _ in range(arguments.times):
        load, began, used = os.getloadavg()[0], time.perf_counter(), time.process_time()
        made = ond86.field(
            table,
            axis,
            axis,
            top_wind_m_s=8.0,
            groups=False,
            threads=arguments.threads,
            progress=lambda done, whole: print(f"\r{100 * done / whole:5.1f} %", end="", file=sys.stderr),
        )
        seconds.append(time.perf_counter() - began)
        used, after = time.process_time() - used, os.getloadavg()[0]
        print(
            f"\rfield: {seconds[-1]:6.1f} s on {arguments.threads} threads, {used:6.1f} s of processor, "
            f"load {load:.1f} before and {after:.1f} after"
        )
    pairs = arguments.sources * axis.size**2
    winds = made.attrs["coarse_winds"]
    print(f"{pairs / min(seconds) / 1e6:.2f} million pairs of source and node a second, all winds, best run")
    rng = np.random.default_rng(1)
    count, tried = 64, [(float(rng.uniform(0, 360)), float(rng.uniform(0.5, 8.0))) for _ in range(8)]
    x, y = rng.uniform(axis[0], axis[-1], (2, count))
    plain = min(plain_numpy(table, x, y, tried) for _ in range(3)) / (len(tried) * count)
    ours = min(seconds) * arguments.threads / (winds * axis.size**2)
    print(
        f"NumPy: {plain * 1e6:.1f} µs a node and wind for all sources and pollutants; the search: "
        f"{ours * 1e6:.2f} µs a node and coarse wind with the climb, {plain / ours:.0f} times faster"
    )


if __name__ == "__main__":
    main()
