"""Time of the plume operator: cold, warm, one and two threads, against vectorised NumPy.

Run as ``python benchmarks/plume_operator.py [--hours 8760]``; cold compilation is taken with an empty cache.
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import time

import numpy as np
import pandas as pd


def inputs(hours: int, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    sources = pd.DataFrame(
        {
            "source_id": [f"S{i}" for i in range(50)],
            "kind": "point",
            "lon": rng.uniform(82.5, 82.7, 50),
            "lat": rng.uniform(49.9, 50.0, 50),
            "height_m": rng.uniform(10, 200, 50),
            "diameter_m": rng.uniform(0.5, 6, 50),
            "exit_velocity_m_s": rng.uniform(3, 20, 50),
            "exit_temperature_k": rng.uniform(300, 480, 50),
        }
    )
    receptors = pd.DataFrame(
        {
            "receptor_id": [f"R{i}" for i in range(30)],
            "lon": rng.uniform(82.5, 82.7, 30),
            "lat": rng.uniform(49.9, 50.0, 30),
            "height_m": 2.0,
        }
    )
    weather = pd.DataFrame(
        {
            "time_start": pd.date_range("2024-01-01", periods=hours, freq="h"),
            "wind_speed": rng.uniform(0.5, 8, hours),
            "wind_from_direction": rng.uniform(0, 360, hours),
            "measurement_height": 10.0,
            "air_temperature": rng.uniform(245, 300, hours),
            "stability_class": rng.choice(list("ABCDEF"), hours),
            "mixing_height": rng.uniform(60, 1500, hours),
        }
    )
    return sources, receptors, weather


def numpy_plume(hours, receptors, elements):
    """The same formula, vectorised over (receptor, element) an hour: buoyant and jet rise, lid by images."""
    from sootprint.dispersion.kernels import briggs1973 as b

    out = np.zeros((hours.served.size, receptors.x.size, elements.source.size))
    dx = receptors.x[:, None] - elements.x
    dy = receptors.y[:, None] - elements.y
    d, v, ts, hs = elements.diameter, elements.exit_velocity, elements.exit_temperature, elements.height
    for t in range(hours.served.size):
        k, ta, lid = hours.stability[t], hours.air_temperature[t], hours.lid[t]
        u = hours.wind_speed[t] * (np.maximum(hs, 10) / 10.0) ** b.WIND_EXPONENT[1, k]
        fb = np.maximum(9.80665 * v * d**2 * (ts - ta) / (4 * ts), 0.0)
        fm = v**2 * d**2 * ta / (4 * ts)
        s = 9.80665 * (0.02 if k == 4 else 0.035) / ta
        x = np.maximum(-dx * math.sin(hours.wind_from[t]) - dy * math.cos(hours.wind_from[t]), 1e-9)
        y = -dx * math.cos(hours.wind_from[t]) + dy * math.sin(hours.wind_from[t])
        jet = 1 / 3 + u / v
        if k < 4:
            c = np.where(fb < 55, 0.0297 * ts * (v / d**2) ** (1 / 3), 0.00575 * ts * (v**2 / d) ** (1 / 3))
            hot = np.where(fb < 55, 21.425 * fb**0.75, 38.71 * fb**0.6) / u
            cold = 3 * d * v / u
            slow = (3 * fm * x / (jet**2 * u**2)) ** (1 / 3)
        else:
            c = 0.019582 * ta * v * math.sqrt(s)
            hot = 2.6 * (fb / (u * s)) ** (1 / 3)
            cold = np.minimum(3 * d * v / u, 1.5 * (fm / (u * math.sqrt(s))) ** (1 / 3))
            phase = np.minimum(x * math.sqrt(s) / u, math.pi / 2)
            slow = (3 * fm * np.sin(phase) / (jet**2 * u * math.sqrt(s))) ** (1 / 3)
        buoyant = (fb > 0) & (ts - ta >= c)
        gradual = np.where(buoyant, 1.6 * (fb * x**2) ** (1 / 3) / u, slow)
        rise = np.minimum(np.where(buoyant, hot, cold), gradual)
        he = np.where(v < 1.5 * u, np.maximum(hs + 2 * d * (v / u - 1.5), 0), hs) + rise
        sy = np.sqrt((b.LATERAL_SLOPE[1, k] * x) ** 2 / (1 + 4e-4 * x) + (rise / 3.5) ** 2)
        sz = b.VERTICAL_SLOPE[1, k] * x * (1 + b.VERTICAL_BEND[1, k] * x) ** b.VERTICAL_POWER[1, k]
        sz = np.sqrt(sz**2 + (rise / 3.5) ** 2)
        z = receptors.z[:, None]
        total = sum(
            np.exp(-0.5 * ((z + sign * he + 2 * n * lid) / sz) ** 2) for n in range(-6, 7) for sign in (-1, 1)
        ) / (math.sqrt(2 * math.pi) * sz)
        total = np.where(sz > 1.6 * lid, 1.0 / lid, total)
        value = np.exp(-0.5 * (y / sy) ** 2) / (math.sqrt(2 * math.pi) * sy) * total / u
        out[t] = np.where((x >= 1) & (he < lid), value, 0.0)
    return out


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--hours", type=int, default=8760)
    count = parser.parse_args().hours
    from sootprint.dispersion.kernels.compile import cache_folder

    shutil.rmtree(cache_folder(), ignore_errors=True)
    from sootprint.dispersion import operator
    from sootprint.dispersion.assembly import _Plan
    from sootprint.dispersion.hours import hour_arrays
    from sootprint.dispersion.options import PlumeOptions

    tables = inputs(count)
    start = time.perf_counter()
    operator(tables[0], tables[1], tables[2].iloc[:1])
    print(f"cold compilation and first hour {time.perf_counter() - start:8.2f} s")
    work = count * 30 * 50
    took, made = {}, None
    for threads in (1, 2):
        start = time.perf_counter()
        made = operator(*tables, options={"threads": threads})
        took[f"compiled, {threads} thread(s)"] = time.perf_counter() - start
    plan = _Plan(tables[0], tables[1], None, "briggs1973", "urban", PlumeOptions())
    part = min(count, 500)
    hours = hour_arrays(
        tables[2].iloc[:part], PlumeOptions(), urban=1, rises=True, convergence=plan.convergence
    )[0]
    with np.errstate(all="ignore"):
        start = time.perf_counter()
        plain = numpy_plume(hours, plan.receptors, plan.elements)
        took["vectorised NumPy"] = (time.perf_counter() - start) * count / part
    served = hours.served == 1
    fast = made["H"].values[:part][served]
    print(f"largest difference {np.abs(plain[served] - fast).max() / fast.max():.1e} of the largest value")
    base = took["compiled, 1 thread(s)"]
    print(f"{'':28}{'s':>8}{'µs/value':>10}{'ratio':>8}   ({os.cpu_count()} cores, {work:,} values)")
    for name, seconds in took.items():
        print(f"{name:28}{seconds:8.2f}{1e6 * seconds / work:10.4f}{seconds / base:8.2f}")


if __name__ == "__main__":
    main()
