"""Speed of the layered plume on the city-year decks, beside their reference results.

    python benchmarks/plume.py [--data DIR] [--hours N]

Prints for each deck, with one thread and two: microseconds per source, receptor and modelled hour (CPU and
wall), the seconds of the first call with an empty cache of compiled kernels and of the first call in a new
process with a full one, the largest memory, and how near the period means are to the reference. AERMOD's own
1.7 µs and the seconds of its runs are those that the decks' README states, measured on another machine.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

AERMOD_MICROSECONDS = 1.7
"""Of AERMOD 24142 per source, receptor and modelled hour, one core; README of the decks."""

DECKS = {
    "cy_s10_r1000": "cy_s10_r1000_period_mean.parquet",
    "cy_s50_r400_groups": "cy_s50_r400_period_mean_by_source.parquet",
}
BLOCK = 744


def scene(folder: Path, name: str, hours: int | None):  # type: ignore[no-untyped-def]
    """Deck, weather, receivers and emitters; the emissions of these decks are constant."""
    from sootprint.dispersion.decks import read_deck
    from sootprint.dispersion.decks.emissions import EmissionRates
    from sootprint.dispersion.decks.engine import emitters_of, receivers_of
    from sootprint.dispersion.engines.atmosphere import weather_arrays
    from sootprint.weather.readers.aermod_layers import read_pfl, read_sfc

    deck = read_deck(folder / f"{name}.inp")
    surface = read_sfc(folder / "HOUSTON_ADJU.SFC", utc_offset_h=0.0).table.iloc[:hours]
    profiles = read_pfl(folder / "HOUSTON_ADJU.PFL", utc_offset_h=0.0).table
    weather, _ = weather_arrays(
        surface,
        profiles,
        base_elevation=deck.weather.base_elevation_m,
        adjusted_friction_velocity=True,
    )
    names = ("emission_rate", "exit_temperature_k", "exit_velocity_m_s", "height_m", "sigma_y_m", "sigma_z_m")
    rates = EmissionRates(*(np.array([[getattr(s, name) for s in deck.sources]]) for name in names))
    emitters = emitters_of(deck, np.arange(len(deck.sources)), rates)
    return deck, weather, receivers_of(deck, slice(None)), emitters


def blocks(weather, count: int):  # type: ignore[no-untyped-def]
    """Parts of the weather of a month each."""
    for first in range(0, count, BLOCK):
        part = slice(first, first + BLOCK)
        yield weather._replace(
            served=weather.served[part],
            direction=weather.direction[part],
            columns=weather.columns[part],
            scales=weather.scales[part],
        )


def timed(weather, receivers, emitters, threads: int, step: float):  # type: ignore[no-untyped-def]
    """Sum over the served hours (receptor, source), CPU seconds and wall seconds of the operator alone."""
    from sootprint.dispersion.engines.steady import forward_steady

    count = weather.served.size
    room = np.empty((min(BLOCK, count), receivers.x.size, emitters.x.size))
    total = np.zeros(room.shape[1:])
    cpu = wall = 0.0
    for part in blocks(weather, count):
        begin, began = time.process_time(), time.perf_counter()
        made = forward_steady(
            part, receivers, emitters, threads=threads, step=step, out=room[: part.served.size]
        )
        cpu, wall = cpu + time.process_time() - begin, wall + time.perf_counter() - began
        total += made[part.served == 1].sum(axis=0)
    return total, cpu, wall


def first_call(folder: str, cache: str) -> float:
    """Wall seconds of a new process that reads a deck and computes two hours."""
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, 'benchmarks'); import plume;"
        f"_, w, r, e = plume.scene(Path({folder!r}), 'cy_s10_r1000', 30); plume.timed(w, r, e, 1, 0.12)"
    )
    began = time.perf_counter()
    given = dict(os.environ) | {"SOOTPRINT_KERNEL_CACHE": cache}
    subprocess.run([sys.executable, "-c", code], check=True, env=given)
    return time.perf_counter() - began


def reference(folder: Path, name: str, ids: list[str]) -> np.ndarray:
    """Reference period means, (receptor, source) or (receptor, 1) where only the sum is given."""
    table = pd.read_parquet(folder / DECKS[name])
    if "source" not in table:
        return table["period_mean_ugm3"].to_numpy()[:, None]
    return np.stack([table.loc[table["source"] == i, "period_mean_ugm3"].to_numpy() for i in ids], axis=1)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default=os.environ.get("SOOTPRINT_DATA"))
    parser.add_argument("--hours", type=int, default=None, help="first hours only")
    parser.add_argument("--direct", action="store_true", help="also every receptor by itself, no curves")
    given = parser.parse_args()
    if not given.data:
        sys.exit("no data folder: --data DIR, or set SOOTPRINT_DATA")
    folder = Path(given.data) / "city_year"
    with tempfile.TemporaryDirectory() as cache:
        cold, warm = first_call(str(folder), cache), first_call(str(folder), cache)
    print(f"first call of a process: {cold:.1f} s with nothing compiled, {warm:.1f} s with kernels cached\n")
    print("| deck | threads | µs CPU | µs wall | AERMOD / ours (wall) | s | slope | R² | max ratio |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in DECKS:
        deck, weather, receivers, emitters = scene(folder, name, given.hours)
        ids = [source.source_id for source in deck.sources]
        rate = np.array([source.emission_rate for source in deck.sources])
        count = int(weather.served.sum()) * receivers.x.size * emitters.x.size
        timed(weather._replace(served=weather.served * 0), receivers, emitters, 1, 0.12)
        modes = [(1, 0.12, "1"), (2, 0.12, "2")] + ([(1, 0.0, "1, no curves")] if given.direct else [])
        for threads, step, label in modes:
            total, cpu, wall = timed(weather, receivers, emitters, threads, step)
            mean = total / weather.served.sum() * 1e6 * rate
            fit = " | | |"
            if given.hours is None:
                known = reference(folder, name, ids)
                ours = mean if known.shape[1] > 1 else mean.sum(axis=1, keepdims=True)
                slope = float((ours * known).sum() / (known * known).sum())
                square = float(np.corrcoef(ours.ravel(), known.ravel())[0, 1] ** 2)
                fit = f"{slope:.5f} | {square:.6f} | {ours.max() / known.max():.5f} |"
            micro = 1e6 / count
            ratio = AERMOD_MICROSECONDS / (wall * micro)
            print(
                f"| {name} | {label} | {cpu * micro:.4f} | {wall * micro:.4f} | {ratio:.0f} "
                f"| {wall:.1f} | {fit}",
                flush=True,
            )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2.0**20
    print(f"\nlargest memory of the process: {peak:.2f} GiB")


if __name__ == "__main__":
    main()
