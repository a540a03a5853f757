"""Mass: every weight ends somewhere, the ground takes v_d C, what settles falls, what decays decays.

Also: an hour without any wind runs, and the result depends neither on the threads nor on the precision.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.particles.air import absorbed_shares
from sootprint.dispersion.particles.arrays import NO_TERRAIN, Air, Rules, Targets
from sootprint.dispersion.particles.driver import Counted, Request, empty_counts, runner
from sootprint.dispersion.particles.laws.mixed import hour, hours
from sootprint.dispersion.particles.laws.stage import (
    STEP_S,
    Finding,
    even_air,
    mean_and_error,
    near,
    rules,
    targets,
    walk,
    weather_air,
    within,
)

PARTICLES = 40_000
TOP = 30.0


def thin_column() -> Air:
    """Well-mixed air of 30 m under a lid: turnover in a minute or two, deposition in hours."""
    return even_air(np.linspace(0.0, TOP, 7), sigma_w=0.5, time_w=20.0, sigma_v=1e-4, segments=8, lid=TOP)


def deposition_law(*, particles: int = PARTICLES, seed: int = 7) -> list[Finding]:
    """Weight taken by the ground beside v_d times the concentration counted there."""
    made = []
    air = thin_column()
    random = np.random.default_rng(seed)
    start = random.permutation((np.arange(particles) + 0.5) / particles * TOP)
    sigma, spread = 1e5, 1.0
    aim = targets(0.0, z=0.0, sigma=sigma, spread=spread)
    for deposition, settling in ((0.002, 0.0), (0.01, 0.0), (0.005, 0.003)):
        ended = walk(
            air,
            rules(oldest=480, width=0.0, width_z=0.0, fall=settling),
            z=start,
            seed=seed,
            counted=aim,
            absorbed=float(absorbed_shares(air, deposition, settling)[0]),
        )
        dose = 0.5 * np.pi * 6.0 * sigma**2 * ended.found[:, 0]
        taken = float(ended.fate[1])
        profile = f"v_d {100.0 * deposition:g} cm/s, v_s {100.0 * settling:g} cm/s"
        what = "taken over v_d times the time integral of C in the lowest 2 m"
        made.append(near("deposition", profile, what, taken / (deposition * float(dose.mean())), 1.0, 0.01))
        made.append(near("mass", profile, "left + deposited + old", float(ended.fate.sum()), 1.0, 1e-6))
    return made


def settling_law(*, particles: int = PARTICLES, seed: int = 8) -> list[Finding]:
    """Fall in turbulent air and in air with next to none, forward and backward."""
    made = []
    speed = 0.02
    for name, sigma_w, start in (("σw 0.3 m/s", 0.3, 2000.0), ("σw 0.1 mm/s", 1e-4, 20.0)):
        air = even_air(
            np.array([0.0, 2.0 * start]), sigma_w=sigma_w, time_w=20.0, segments=4, lid=2.0 * start
        )
        for sign in (1, -1):
            ended = walk(air, rules(oldest=40, fall=speed, sign=sign), z=np.full(particles, start), seed=seed)
            value, error = mean_and_error(ended.z - start)
            way = "forward" if sign > 0 else "backward"
            law = -sign * speed * 40 * STEP_S
            made.append(within("settling", name, f"mean rise in 600 s, {way} [m]", value, law, error))
    return made


def decay_law(*, particles: int = 2000, seed: int = 9) -> list[Finding]:
    """Time integral of what decays over that of what does not, at the spacing of samples of production."""
    air = even_air(np.array([0.0, 100.0, 200.0]), segments=4, lid=200.0)
    aim = targets(0.0, z=100.0, sigma=1e6, spread=1e5)
    rate, lasted = np.log(2.0) / 3600.0, 240 * STEP_S
    found = [
        float(
            walk(
                air,
                rules(oldest=240, decay=part, width=width),
                z=np.full(particles, 100.0),
                seed=seed,
                counted=aim,
            ).found.mean()
        )
        for part, width in ((rate, 0.35), (0.0, 0.35), (0.0, 0.0))
    ]
    # Samples of production stand for several steps; what is left after the last is not counted.
    lasted *= found[1] / found[2]
    law = -np.expm1(-rate * lasted) / (rate * lasted)
    what = "decayed over whole, in one half-life of 1 h"
    return [near("decay", "homogeneous", what, found[0] / found[1], law, 1e-3)]


def calm_run(*, threads: int = 1, precision: str = "single", passes: int = 1) -> Counted:
    """Four origins in two hours of no wind at all, through the driver."""
    row = hour(
        wind_speed=0.0, wind_from_direction=np.nan, friction_velocity=0.04, obukhov_length=6.0,
        mechanical_mixing_height=30.0,
    )  # fmt: skip
    air, _ = weather_air(hours(row, row), top_m=200.0, segments=4)
    angle = np.linspace(0.0, 2.0 * np.pi, 4, endpoint=False)
    aims = targets(150.0 * np.cos(angle), 150.0 * np.sin(angle), 2.0, 20.0, 2.0, hours=2)
    rule = rules(oldest=480, west=-800.0, east=800.0, south=-800.0, north=800.0, keep_lags=1)
    starts = [np.array([[[20.0 * number, 0.0, 5.0]]]) for number in range(4)]
    return run_origins(starts, air, aims, rule, threads=threads, precision=precision, passes=passes)


def run_origins(
    starts: list[Floats],
    air: Air,
    aims: Targets,
    rule: Rules,
    *,
    threads: int = 1,
    precision: str = "single",
    batch: int = 64,
    batches: int = 4,
    passes: int = 1,
    streams: np.ndarray | None = None,
) -> Counted:
    """Driver on several origins in the first hour of the air, in threads."""
    count = len(starts)
    given = np.arange(11, 11 + count, dtype=np.uint32)[:, None] if streams is None else streams
    request = Request(
        hours=np.zeros(1, dtype=np.int64),
        streams=given,
        batch=batch,
        batches=batches,
        passes=passes,
        turn=0.0,
        push=0.0,
        error=0.0,
    )
    counted = empty_counts(count, 1, 2, aims.weight.shape[1])
    run = runner(precision)

    def work(origin: int) -> None:
        absorb = np.zeros(air.tops.size)
        run(origin, starts[origin], request, air, NO_TERRAIN, aims, aims, rule, absorb, counted)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(count)))
    return counted


def calm_law() -> list[Finding]:
    """An hour at 0 m/s: mass, errors, bytes at 1 and 2 threads, single beside double precision."""
    one, two = calm_run(threads=1, passes=4), calm_run(threads=2, passes=4)
    double = calm_run(precision="double", passes=4)
    same = float(all(a.tobytes() == b.tobytes() for a, b in zip(one, two, strict=True)))
    mean, spread = one.mean.sum(axis=2), np.sqrt(one.variance.sum(axis=2))
    lost = float(np.abs(one.fate.sum(axis=2) - 1.0).max())
    defined = float(np.isfinite(spread).all() and (mean > 0.0).all() and (spread > 0.0).all())
    other, other_spread = double.mean.sum(axis=2), np.sqrt(double.variance.sum(axis=2))
    apart = float((np.abs(mean - other) / np.hypot(spread, other_spread)).max())
    profile = "0 m/s, lid 30 m"
    return [
        near("mass", profile, "left + deposited + old, less 1", lost, 0.0, 1e-6),
        near(
            "calm",
            profile,
            "1 if every concentration and its error are above 0 and finite",
            defined,
            1.0,
            0.0,
        ),
        near("threads", profile, "1 if the same bytes at 1 and 2 threads", same, 1.0, 0.0),
        near("precision", profile, "largest of 16 single less double [standard deviations]", apart, 0.0, 3.0),
    ]
