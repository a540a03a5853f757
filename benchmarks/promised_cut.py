"""Calibration of the check of a promised cut: synthetic series with a known cut, many times over.

For each case: how often the 90 % interval holds the true cut, how often a cut counts as seen, and how often
the check announced that it would be. Run: python benchmarks/promised_cut.py [--runs 200] [--only stack].
Printed as the table of docs/nmu.md.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sootprint.action.promised_cut_matched import Excess, matched_check
from sootprint.action.promised_cut_operator import Signals, operator_check
from sootprint.action.promised_cut_options import CutOptions
from sootprint.action.promised_cut_stack import Answer, split_hours, stack_check

ZONE = "Asia/Almaty"
PROMISED = 0.2
REFERENCE_DAYS = 28


@dataclass(frozen=True)
class Score:
    """Shares over the runs of one case."""

    holds: float
    seen: float
    announced: float
    detectable: float
    cut: float


def hours_of(window_h: int, days: int = REFERENCE_DAYS):
    """Hours, and the window in their middle."""
    count = 24 * (2 * days + 2) + window_h
    hours = pd.date_range("2024-10-01", periods=count, freq="h").as_unit("us")
    start = hours[0] + pd.Timedelta(hours=24 * (days + 1))
    return hours, start, start + pd.Timedelta(hours=window_h)


def correlated(rng, count, correlation, spread, shape=()):
    """Gaussian AR(1) of a given correlation of neighbours and standard deviation; shape (count, *shape)."""
    shocks = rng.standard_normal((count, *shape)) * spread
    made = shocks.copy()
    for step in range(1, count):
        made[step] = correlation * made[step - 1] + np.sqrt(1.0 - correlation**2) * shocks[step]
    return made


def stack_run(rng, cut, *, window_h=72, correlation=0.9, spread=0.3, draws=600) -> Answer:
    """Rate of a stack: a daily course times AR(1) log-normal noise, cut in the window."""
    options = CutOptions(draws=draws)
    hours, start, end = hours_of(window_h)
    parts = split_hours(hours, start, end, options)
    noise = np.exp(correlated(rng, len(hours), correlation, spread) - spread**2 / 2.0)
    rate = 50.0 * (1.0 + 0.2 * np.sin(2.0 * np.pi * hours.hour.to_numpy() / 24.0)) * noise
    rate = np.where(parts.window, (1.0 - cut) * rate, rate)
    return stack_check(rate, hours, parts, max(cut, PROMISED), zone=ZONE, options=options, rng=rng)


def operator_run(rng, cut, *, window_h=72, strength=1.0, spread=0.8, posts=4, draws=600) -> Answer:
    """Posts around a plant: dispersion wrong by a log-normal factor, a background that builds up."""
    options = CutOptions(draws=draws)
    hours, start, end = hours_of(window_h)
    parts = split_hours(hours, start, end, options)
    count = len(hours)
    wind = np.cumsum(rng.standard_normal(count) * 20.0) % 360.0
    off = (wind[:, None] - np.arange(posts)[None, :] * 360.0 / posts + 180.0) % 360.0 - 180.0
    stable = np.exp(0.5 * np.cos(2.0 * np.pi * (hours.hour.to_numpy() - 4) / 24.0))[:, None]
    target = 100.0 * strength * np.exp(-0.5 * (off / 25.0) ** 2) * stable
    others = 20.0 * stable * (1.0 + 0.3 * np.sin(np.arange(posts)))[None, :]
    wrong = np.exp(correlated(rng, count, 0.6, spread, (posts,)) - spread**2 / 2.0)
    background = 30.0 * np.exp(correlated(rng, count, 0.98, 0.4))[:, None]
    noise = 5.0 * rng.standard_normal((count, posts)) + correlated(rng, count, 0.7, 8.0, (posts,))
    emitted = np.where(parts.window, 1.0 - cut, 1.0)[:, None]
    reading = background + emitted * target * wrong + others * np.roll(wrong, 7, axis=0) + noise
    given = Signals(hours, reading, target, others)
    return operator_check(given, parts, max(cut, PROMISED), zone=ZONE, options=options, rng=rng)


def matched_run(rng, cut, *, window_h=168, spread=0.5, draws=600) -> Answer:
    """Excess downwind in 12 classes of weather, each with its own level; hours without a downwind post."""
    options = CutOptions(draws=draws)
    hours, start, end = hours_of(window_h)
    parts = split_hours(hours, start, end, options)
    count = len(hours)
    walk = np.cumsum(rng.standard_normal(count) * 0.5)
    cell = np.floor(np.abs(walk) % 12.0).astype(np.int64)
    level = 40.0 + 5.0 * np.arange(12)
    wrong = np.exp(correlated(rng, count, 0.7, spread) - spread**2 / 2.0)
    emitted = np.where(parts.window, 1.0 - cut, 1.0)
    value = emitted * level[cell] * wrong + correlated(rng, count, 0.7, 10.0)
    value[rng.random(count) < 0.4] = np.nan
    given = Excess(hours, value, cell)
    return matched_check(given, parts, max(cut, PROMISED), options=options, rng=rng)


CASES = {
    "stack, 72 h": (stack_run, {"window_h": 72}),
    "stack, 168 h": (stack_run, {"window_h": 168}),
    "stack, 72 h, hours independent": (stack_run, {"window_h": 72, "correlation": 0.0}),
    "stack, 168 h, correlation 0.97": (stack_run, {"window_h": 168, "correlation": 0.97}),
    "operator, 72 h": (operator_run, {"window_h": 72}),
    "operator, 168 h": (operator_run, {"window_h": 168}),
    "operator, 168 h, plant hardly seen": (operator_run, {"window_h": 168, "strength": 0.1}),
    "matched, 168 h": (matched_run, {"window_h": 168}),
}


def score(run, given, cut, runs, seed=1) -> Score:
    """Shares over independent synthetic series; a missing end of an interval has no bound."""
    rows = []
    for number in range(runs):
        values = run(np.random.default_rng([seed, number]), cut, **given).values
        low = -np.inf if np.isnan(values["cut_low"]) else values["cut_low"]
        high = np.inf if np.isnan(values["cut_high"]) else values["cut_high"]
        rows.append(
            (low <= cut <= high, low > 0, values["power_promised"], values["detectable_cut"], values["cut"])
        )
    holds, seen, announced, detectable, found = map(np.array, zip(*rows, strict=True))
    known = np.where(np.isnan(detectable), 1.0, detectable)
    return Score(
        float(holds.mean()), float(seen.mean()), float(announced.mean()), float(np.median(known)),
        float(np.median(found)),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    print(
        "| case | true cut | interval holds it | cut seen | announced power | median estimate | detectable |"
    )
    print("|---|---|---|---|---|---|---|")
    begin = time.perf_counter()
    for name, (run, given) in CASES.items():
        if not name.startswith(asked.only):
            continue
        for cut in (0.0, 0.2, 0.5):
            made = score(run, given, cut, asked.runs)
            power = "–" if cut == 0.0 else f"{made.announced:.0%}"
            detectable = "none" if made.detectable >= 1.0 else f"{made.detectable:.0%}"
            print(
                f"| {name} | {cut:.0%} | {made.holds:.1%} | {made.seen:.1%} | {power} | {made.cut:.0%} "
                f"| {detectable} |",
                flush=True,
            )
    print(f"\n{asked.runs} series a row; {time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
