"""Speed of the particles on a CUDA device.

    python benchmarks/particles_gpu.py [--pairs 2048] [--targets 100] [--memory 12] [--repeats 3] [--thin 0]

Particles go back from one receptor through hours of stable air under a lid of 150 m, each hour a pair of its
own, past a square of point sources 20 km wide. Prints for single and double precision, without targets within
reach and with them, the least wall seconds of the whole run (counts summed, means and variances on the host),
the particle-steps per second (of particles that are still on their way), the seconds of the first call, which
compiles, and the largest difference of 16 pairs from the CPU as a share of the largest value. Where there is
no device it says so and prints no number.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np

from sootprint.core.errors import ConfigError
from sootprint.dispersion.particles.arrays import NO_TERRAIN, Air, Rules, Targets, bins_of
from sootprint.dispersion.particles.driver import Counted, Request, empty_counts, runner
from sootprint.dispersion.particles.gpu import device_kernels, run_cuda
from sootprint.dispersion.particles.options import ParticleOptions
from sootprint.dispersion.particles.tables import make_tables

OPTIONS = ParticleOptions()
LID_M, TOP_M = 150.0, 600.0


def stable_air(hours: int) -> Air:
    """Hours of one air: a light wind that grows with height, meander, σw that ends at the lid."""
    z = np.concatenate([[0.0, 1.0, 2.0, 4.0, 8.0], np.arange(15.0, TOP_M + 1.0, 15.0)])
    sigma_w = np.maximum(0.15 * np.sqrt(np.maximum(1.0 - z / LID_M, 0.0)), 0.03)
    wind = 0.3 + 0.25 * np.log1p(z)
    segments = hours * OPTIONS.segments
    column = (wind, 0.2 * wind, sigma_w, np.full_like(z, 0.3), 2.0 + 0.4 * z, np.full_like(z, 150.0))
    parts = tuple(np.broadcast_to(part, (segments, z.size)) for part in column)
    tables, tops = make_tables(z, parts, OPTIONS.step_s)
    return Air(
        tables=tables,
        tops=tops,
        bulk=np.tile([0.3, 150.0, 0.12, 20.0, 1.0], (segments, 1)),
        lids=np.full(segments, LID_M),
        meander=np.tile([0.3, 1.0 / 600.0, 0.006], (segments, 1)),
        hours=np.repeat(np.arange(hours), OPTIONS.segments),
    )


def square_of(count: int, hours: int, bounds: tuple[float, float, float, float], near: bool) -> Targets:
    """Point sources on a square 20 km wide, or far beyond the reach of any particle."""
    rng = np.random.default_rng(1)
    x, y = rng.uniform(-10_000.0, 10_000.0, (2, count)) + (0.0 if near else 1e7)
    return Targets(
        target=np.arange(count),
        x=x,
        y=y,
        sigma=np.full(count, 10.0),
        share=np.ones(count),
        across=np.zeros((hours, count)),
        weight=np.ones((hours, count, 1)),
        height=np.full((hours, count, 1), 40.0),
        spread=np.full((hours, count, 1), 10.0),
        **bins_of(x, y, np.full(count, 1000.0), bounds, 1000.0),
    )


def rules_of(memory_h: float, thin_h: float, bounds: tuple[float, float, float, float]) -> Rules:
    """The rules of a backward run with the options that hold unless stated."""
    west, east, south, north = bounds
    per_hour = OPTIONS.ticks_per_segment * OPTIONS.segments
    return Rules(
        sign=-1,
        step_s=OPTIONS.step_s,
        ticks_per_segment=OPTIONS.ticks_per_segment,
        oldest=round(memory_h * per_hour),
        west=west,
        east=east,
        south=south,
        north=north,
        width=OPTIONS.width,
        width_z=OPTIONS.width_z,
        widest=OPTIONS.widest_m,
        distant_from=1e9,
        fall=0.0,
        decay=0.0,
        keep_lags=0,
        thin_age=round(thin_h * per_hour),
    )


def asked(hours: np.ndarray) -> Request:
    """One pass of the particles of each hour."""
    return Request(
        hours=hours,
        streams=(np.arange(hours.size, dtype=np.uint32) * np.uint32(0x9E3779B1))[None, :],
        batch=OPTIONS.particles // OPTIONS.batches,
        batches=OPTIONS.batches,
        passes=1,
        turn=0.0,
        push=0.0,
        error=0.0,
    )


def largest_difference(made: Counted, scenery: tuple, hours: np.ndarray, precision: str) -> float:
    """Of the first pairs from the CPU's, over the CPU's largest value."""
    some = hours[:16]
    wanted = empty_counts(1, some.size, 1, made.mean.shape[3])
    runner(precision)(0, np.full((1, 1, 3), 2.0), asked(hours)._replace(hours=some), *scenery, wanted)
    apart = np.abs(made.mean[:, : some.size] - wanted.mean).max()
    return float(apart / wanted.mean.max()) if wanted.mean.any() else 0.0


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=2048, help="receptor-hours")
    parser.add_argument("--targets", type=int, default=100)
    parser.add_argument("--memory", type=float, default=12.0, help="hours")
    parser.add_argument(
        "--thin", type=float, default=0.0, help="age of the first thinning, hours; 0 for none"
    )
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    try:
        kernels = device_kernels()
    except ConfigError as error:
        sys.exit(f"nothing measured: {error}")
    if kernels.SIMULATED:
        sys.exit("nothing measured: numba's simulator is on (NUMBA_ENABLE_CUDASIM), not a device")
    name = kernels.cuda.get_current_device().name
    print(f"device: {name.decode() if isinstance(name, bytes) else name}\n")
    print(
        f"{given.pairs} pairs of {OPTIONS.particles} particles, {given.memory:g} h, "
        f"step {OPTIONS.step_s:g} s\n"
    )
    print("| precision | targets | first call, s | best, s | 10⁹ particle-steps/s | largest difference |")
    print("|---|---|---|---|---|---|")
    memory = int(np.ceil(given.memory))
    bounds = (-200_000.0, 200_000.0, -200_000.0, 200_000.0)
    air = stable_air(given.pairs + memory)
    hours = np.arange(memory, given.pairs + memory)
    rules = rules_of(given.memory, given.thin, bounds)
    for precision in ("single", "double"):
        for near in (False, True):
            targets = square_of(given.targets, given.pairs + memory, bounds, near)
            scenery = (air, NO_TERRAIN, targets, targets, rules, np.zeros(air.tops.size))
            seconds = []
            for _number in range(1 + given.repeats):
                made = empty_counts(1, given.pairs, 1, given.targets)
                began = time.perf_counter()
                run_cuda(np.full((1, 1, 1, 3), 2.0), asked(hours), *scenery, made, precision=precision)
                seconds.append(time.perf_counter() - began)
            best = min(seconds[1:])
            reached = given.targets if near else "none in reach"
            print(
                f"| {precision} | {reached} | {seconds[0]:.1f} | {best:.3f} "
                f"| {made.steps.sum() / best / 1e9:.2f} "
                f"| {largest_difference(made, scenery, hours, precision):.1e} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
