"""Speed of the particle engine: steps, receptor-hours at a stated sampling error, and the wind of an hour.

``python benchmarks/particles.py`` prints a table; ``--quick`` in about a minute. The city-year is a basin of
20 by 20 km in cells of 200 m and 20 levels to 600 m, a wind of 0.8 m/s that turns through the day, stable
nights (u* 0.08 m/s, L 20 m, lid 80 m, σv 0.3 m/s) and convective days, 100 sources as boxes of 200 by 200 by
30 m, 50 receptors, and a memory of 12 hours. Some days of it are run; the year is their cost times 438,000
receptor-hours.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pandas as pd

from sootprint.dispersion.particles import scene as scenes
from sootprint.dispersion.particles.arrays import NO_TERRAIN, Rules, Targets
from sootprint.dispersion.particles.columns import Columns, heights_to
from sootprint.dispersion.particles.driver import Request, empty_counts, runner
from sootprint.dispersion.particles.options import particle_options
from sootprint.dispersion.particles.release import releases

CRS = "EPSG:32644"
MIDDLE = (530_000.0, 5_532_000.0)
SIDE, CELL, TOP = 20_000.0, 200.0, 600.0
RECEPTOR_HOURS = 50 * 8760
PEERS = {"AUSTAL2000": 6000.0, "GRAL": 3900.0}
"""Particles a CPU-second of a day in 1 m/s stable air, as measured in a trial on shared cores."""


def columns(hours: int, speed: float) -> Columns:
    """Columns of days whose nights are stable under a lid of 80 m and whose days are convective."""
    z = heights_to(TOP)
    clock = np.arange(hours) % 24
    day = (clock >= 9) & (clock < 17)
    lid = np.where(day, 350.0, 80.0)
    friction = np.where(day, 0.2, 0.08)
    shape = np.maximum(1.0 - z[None, :] / lid[:, None], 0.0)
    convective = np.where(day, 1.0, 0.0)[:, None] * (np.minimum(z[None, :] / lid[:, None], 1.0)) ** (1 / 3)
    sigma_w = np.maximum(1.25 * friction[:, None] * np.sqrt(shape) + 0.6 * convective * np.sqrt(shape), 0.03)
    high = np.maximum(z, 0.1)[None, :]
    dissipation = friction[:, None] ** 3 / (0.4 * high) * np.where(day[:, None], 1.5, 1.0 + 3.7 * high / 20.0)
    dissipation = dissipation + np.where(day[:, None], 0.002, 0.0)
    time_w = np.minimum(2.0 * sigma_w**2 / (3.1 * dissipation), 300.0)
    way = 2.0 * np.pi * np.arange(hours) / 24.0
    sigma_v = np.full(sigma_w.shape, 0.3)
    still = np.zeros_like(sigma_w)
    return Columns(
        time=np.datetime64("2024-11-01", "us") + np.arange(hours) * np.timedelta64(1, "h"),
        z=z,
        wind_x=speed * np.cos(way)[:, None] + still,
        wind_y=speed * np.sin(way)[:, None] + still,
        sigma_w=sigma_w,
        sigma_v=sigma_v,
        time_w=time_w,
        time_v=still + 100.0,
        meander_sigma=np.zeros(hours),
        meander_decay=np.full(hours, 0.001),
        meander_turn=np.full(hours, 0.005),
        gradient=still + 0.01,
        potential=still + 270.0 + 0.01 * z,
        temperature=np.full(hours, 270.0),
        lid=lid,
        stable=(~day).astype(np.int64),
        reason=np.zeros(hours, np.int64),
        friction=friction,
        convective=np.where(day, 1.0, 0.0),
        length=np.where(day, -50.0, 20.0),
        acted=np.zeros((hours, 19), bool),
    )


class MadeWind:
    """Four winds free of divergence on a grid: east, north, and two eddies; it stands for a basis."""

    def __init__(self) -> None:
        count = round(SIDE / CELL)
        levels = np.concatenate([[0.0, 4.0, 10.0, 20.0, 35.0], np.linspace(55.0, TOP, 16)])
        edges = np.arange(count + 1) / count
        layers = levels.size - 1
        self.grid = SimpleNamespace(
            x0=MIDDLE[0] - 0.5 * SIDE,
            y0=MIDDLE[1] - 0.5 * SIDE,
            cell_m=CELL,
            ground=np.zeros((count, count)),
            levels=levels,
        )
        self.inputs_hash = "made"
        u, v = np.zeros((4, layers, count, count + 1)), np.zeros((4, layers, count + 1, count))
        u[0], v[1] = 1.0, 1.0
        for number, waves in enumerate((2, 3)):
            stream = np.sin(waves * np.pi * edges)[:, None] * np.sin(waves * np.pi * edges)[None, :]
            stream *= SIDE / (waves * np.pi)
            u[2 + number] = -np.diff(stream, axis=0)[None] / CELL
            v[2 + number] = np.diff(stream, axis=1)[None] / CELL
        self.u, self.v = u.astype(np.float32), v.astype(np.float32)

    def fields(self, weights: np.ndarray) -> SimpleNamespace:
        u = np.tensordot(weights.astype(np.float32), self.u, 1)
        v = np.tensordot(weights.astype(np.float32), self.v, 1)
        shape = (u.shape[0], u.shape[1] + 1, u.shape[2], v.shape[3])
        return SimpleNamespace(u=u, v=v, w=np.zeros(shape, np.float32))


def city(days: int, particles: int, terrain: bool = True) -> scenes.Scene:
    rng = np.random.default_rng(5)
    made = columns(24 * days, 0.8)
    options = particle_options(
        {"particles": particles, "memory_h": 12.0, "top_m": TOP, "threads": os.cpu_count() or 1}
    )
    from pyproj import Transformer

    back = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    place = rng.uniform(-0.4 * SIDE, 0.4 * SIDE, (150, 2)) + MIDDLE
    lon, lat = back.transform(place[:, 0], place[:, 1])
    sources = pd.DataFrame(
        {
            "source_id": [f"S{i}" for i in range(100)],
            "facility_id": "F",
            "kind": "volume",
            "lon": lon[:100],
            "lat": lat[:100],
            "height_m": 15.0,
            "vertical_extent_m": 30.0,
            "width_m": 200.0,
        }
    )
    starts = releases(sources, made, CRS, {"assumed": {"volume": {"width_m": 200.0}}})
    wind = None
    if terrain:
        way = 2.0 * np.pi * np.arange(24 * days) / 24.0
        eddies = 0.3 * np.stack([np.sin(way), np.cos(way)], axis=1)
        weights = np.column_stack([0.8 * np.cos(way), 0.8 * np.sin(way), eddies])
        wind = scenes.TerrainWind(MadeWind(), pd.DatetimeIndex(made.time), weights)  # type: ignore[arg-type]
    west, south = MIDDLE[0] - 0.5 * SIDE, MIDDLE[1] - 0.5 * SIDE
    return scenes.Scene(
        columns=made,
        served=np.ones(24 * days, bool),
        reasons=np.zeros(24 * days, np.int64),
        releases=starts,
        coarse=starts,
        receptors=np.column_stack([place[100:], np.full(50, 2.0)]),
        receptor_ids=tuple(f"R{i}" for i in range(50)),
        source_ids=tuple(sources["source_id"]),
        bounds=(west, west + SIDE, south, south + SIDE),
        options=options,
        crs=CRS,
        terrain=wind,
    )


def steps_a_second(precision: str, threads: int, *, terrain: bool, particles: int = 256) -> float:
    """Particle steps a second of wall time, nothing counted: 12 hours in columns or in terrain wind."""
    scene = city(2, 256, terrain)
    air = scenes.block_air(scene, 12, 36)
    ground = scenes.block_terrain(scene, 12, 36) if terrain else NO_TERRAIN
    none = Targets(
        np.zeros(0, np.int64),
        *(np.zeros(0) for _ in range(4)),
        np.zeros((24, 1)),
        *(np.zeros((24, 1, 1)) for _ in range(3)),
        np.array([0.0, 0.0, 1e9]),
        np.ones(2, np.int64),
        np.zeros(2, np.int64),
        np.zeros(0, np.int64),
    )
    wide = 1e9
    rules = Rules(-1, 15.0, 60, 2880, -wide, wide, -wide, wide, 0.3, 0.3, 400.0, wide, 0.0, 0.0, 0, 0)
    hours = np.full(8, 23, np.int64)
    streams = np.arange(8 * threads, dtype=np.uint32).reshape(threads, 8)
    request = Request(hours, streams, particles, 1, 1, 0.0, 0.0, 0.0)
    counted = empty_counts(threads, 8, 1, 1)
    run, places = runner(precision), np.array([[[*MIDDLE, 2.0]]])

    def work(origin: int) -> None:
        run(origin, places, request, air, ground, none, none, rules, np.zeros(air.tops.size), counted)

    def once(asked: Request) -> float:
        began = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, range(threads)))
        return float(counted.steps.sum()) / (time.perf_counter() - began)

    once(request)
    return max(once(request) for _ in range(3))


def city_year(particles: int, days: int) -> dict[str, float]:
    """Cost of receptor-hours with a memory of 12 hours, and their sampling error."""
    scene = city(days + 1, particles)
    scenes.run_block(scene, np.arange(2), 24, 26)
    began, used = time.perf_counter(), time.process_time()
    made = scenes.run_block(scene, np.arange(50), 24, 24 * (days + 1))
    wall, used = time.perf_counter() - began, time.process_time() - used
    mean, error = made["H"][:, :, 0], np.sqrt(made["variance"][:, :, 0])
    seen = mean > np.median(mean[mean > 0.0])
    relative = error[seen] / mean[seen]
    count = 50 * 24 * days
    return {
        "wall_ms": 1000.0 * wall / count,
        "cpu_ms": 1000.0 * used / count,
        "steps": float(made["steps"].mean()),
        "median_error": float(np.median(relative)),
        "p90_error": float(np.quantile(relative, 0.9)),
        "year_h": wall / count * RECEPTOR_HOURS / 3600.0,
        "particles_a_second": particles * count / used,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    cores = os.cpu_count() or 1
    print(f"{platform.machine()}, {cores} cores, Python {platform.python_version()}\n")
    print("| what | precision | threads | million particle steps a second |\n|---|---|---|---|")
    for terrain in (False, True):
        for precision in ("single", "double"):
            for threads in sorted({1, cores}):
                rate = steps_a_second(precision, threads, terrain=terrain)
                name = "terrain wind" if terrain else "columns"
                print(f"| {name} | {precision} | {threads} | {rate / 1e6:.1f} |", flush=True)
    print("\n| particles | ms a receptor-hour, wall | CPU | steps | median error | 90 % | city-year [h] |")
    print("|---|---|---|---|---|---|---|")
    for particles in (80,) if arguments.quick else (32, 64, 80, 128, 256):
        row = city_year(particles, 1 if arguments.quick else 2)
        print(
            f"| {particles} | {row['wall_ms']:.2f} | {row['cpu_ms']:.2f} | {row['steps']:.0f} | "
            f"{row['median_error']:.2f} | {row['p90_error']:.2f} | {row['year_h']:.2f} |",
            flush=True,
        )
        last = row
    print("\n| model | particles a CPU-second |\n|---|---|")
    print(f"| Sootprint, {particles} a receptor-hour, 12 h | {last['particles_a_second']:.0f} |")
    for name, rate in PEERS.items():
        print(f"| {name}, one day of 1 m/s stable air, from a trial | {rate:.0f} |")


if __name__ == "__main__":
    main()
