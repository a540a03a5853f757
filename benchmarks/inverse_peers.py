"""Rates of four points on a fence line by ours, by NumPyro and by the package pyELQ.

Run: ``python benchmarks/inverse_peers.py [--peer-python PATH] [--seeds 5] [--iterations 3000]
[--without-numpyro]``. PATH is a Python that has ``pyelq``, without which it is left out.

One gas, constant rates, six sensors, the wind of one mast, ten days of hours. All are given the same places,
wind and plume, and none a declared rate: ours and NumPyro use the blind prior. Two truths: ``exact``,
where the plume is right and noise is all that differs, and ``wrong``, where each source's plume errs for good
(spread 0.4 of its logarithm) and from hour to hour (0.5, forgotten with 3 h).
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.signal import lfilter

from sootprint.attribution.full import FullOptions, sample_full
from sootprint.attribution.inverse import attribute

Array = NDArray[np.float64]
HOURS, TEMPERATURE_K, PRESSURE_KPA = 240, 288.15, 101.325
DENSITY_KG_M3 = 16.04246 * PRESSURE_KPA / (8.31446 * TEMPERATURE_K)
"""Methane; a ppm is this many mg m⁻³."""
ANGLES = (12.0, 6.0)
"""Turbulence: angles whose tangent times the distance is the width and the height of the plume [degrees]."""
KG_H = 3.6
"""Kilograms an hour in a gram a second."""
GUESS_G_S = 1.0
"""Size of a rate that the blind priors are about [g s⁻¹]."""


@dataclass(frozen=True)
class Fence:
    """A made case: places [m], wind, response [s m⁻³], readings [ppm] and true rates [g s⁻¹]."""

    sources: Array
    sensors: Array
    wind_speed: Array
    wind_from_direction: Array
    response: Array
    ppm: Array
    rates: Array


def fence(seed: int, *, wrong: bool) -> Fence:
    rng = np.random.default_rng(seed)
    sources = np.column_stack([rng.uniform(-60, 60, (4, 2)), rng.uniform(1, 4, 4)])
    angle = 2 * np.pi * (np.arange(6) + rng.uniform(-0.2, 0.2, 6)) / 6
    radius = rng.uniform(110, 160, 6)
    sensors = np.column_stack([radius * np.cos(angle), radius * np.sin(angle), np.full(6, 2.5)])
    speed = 1.5 + 2.0 * np.exp(0.5 * rng.standard_normal(HOURS))
    direction = (np.degrees(rng.uniform(0, 2 * np.pi) + np.cumsum(0.6 * rng.standard_normal(HOURS)))) % 360
    response = plume(sources, sensors, speed, direction)
    rates = GUESS_G_S * np.exp(0.7 * rng.standard_normal(4))
    factor = np.ones(response.shape)
    if wrong:
        keep = np.exp(-1.0 / 3.0)
        noise = rng.standard_normal(response.shape) * np.sqrt(1 - keep**2)
        noise[0] = rng.standard_normal(response.shape[1:])
        hourly = lfilter([1.0], [1.0, -keep], noise, axis=0)
        factor = np.exp(0.4 * rng.standard_normal(4) + 0.5 * hourly - 0.125)
    ppm = 1000.0 * (response * factor) @ rates / DENSITY_KG_M3
    ppm += 0.1 + 0.03 * np.cos(2 * np.pi * np.arange(HOURS) / 24)[:, None]
    ppm += 0.01 * rng.standard_normal(ppm.shape)
    return Fence(sources, sensors, speed, direction, response, ppm, rates)


def plume(sources: Array, sensors: Array, speed: Array, direction: Array) -> Array:
    """Steady plume over a reflecting ground (Stockie 2011, doi:10.1137/10080991X), (hour, sensor, source)."""
    heading = np.radians(270.0 - direction)[:, None, None]
    offset = sensors[:, None, :2] - sources[None, :, :2]
    along = offset[..., 0] * np.cos(heading) + offset[..., 1] * np.sin(heading)
    across = offset[..., 1] * np.cos(heading) - offset[..., 0] * np.sin(heading)
    width, depth = (np.tan(np.radians(angle)) * np.maximum(along, 1e-6) for angle in ANGLES)
    up = sensors[:, None, 2] + sources[None, :, 2]
    down = sensors[:, None, 2] - sources[None, :, 2]
    shape = np.exp(-0.5 * (across / width) ** 2)
    shape = shape * (np.exp(-0.5 * (up / depth) ** 2) + np.exp(-0.5 * (down / depth) ** 2))
    made = shape / (2 * np.pi * speed[:, None, None] * width * depth)
    return np.where(along > 0, made, 0.0)


def tables(case: Fence) -> dict[str, Any]:
    times = pd.date_range("2024-05-01", periods=HOURS, freq="h").as_unit("us")
    names, posts = [f"S{k + 1}" for k in range(4)], [f"R{r + 1}" for r in range(6)]
    grid = pd.MultiIndex.from_product([times, posts], names=["time_start", "station_id"]).to_frame(
        index=False
    )
    return {
        "operator": xr.Dataset(
            {"H": (("time", "receptor", "source"), case.response)},
            coords={"time": times, "receptor": posts, "source": names},
        ),
        "observations": grid.assign(
            pollutant="CH4",
            duration_s=3600.0,
            value_ugm3=case.ppm.ravel() * DENSITY_KG_M3 * 1000.0,
            flag="valid",
            detection_limit_ugm3=np.nan,
        ),
        "emissions": pd.DataFrame(
            {
                "source_id": names,
                "pollutant": "CH4",
                "rate_g_s": GUESS_G_S,
                "relative_uncertainty": 1.0,
                "time_profile": "constant",
            }
        ),
        "sources": pd.DataFrame(
            {"source_id": names, "facility_id": names, "kind": "point", "height_m": case.sources[:, 2]}
        ),
        "zone": "UTC",
    }


def by_ours(given: dict[str, Any], seed: int) -> tuple[Array, float]:
    never = pd.Series([], dtype="datetime64[us]")
    none = pd.DataFrame({"episode_id": [], "pollutant": [], "time_start": never, "time_end": never})
    start = time.perf_counter()
    made = attribute(**given, episodes=none, seed=seed)
    return made.draws["emission_blind"].to_numpy()[:, :, 0], time.perf_counter() - start


def by_numpyro(given: dict[str, Any], seed: int) -> tuple[Array, float]:
    full = FullOptions(prior="blind", warmup=300, draws=300)
    made = sample_full(**given, full=full, seed=seed)
    return made.draws["emission"].to_numpy()[:, :, 0], made.seconds


def by_pyelq(python: Path, case: Fence, seed: int, iterations: int) -> tuple[Array, float]:
    with tempfile.TemporaryDirectory() as folder:
        data, result = Path(folder) / "case.npz", Path(folder) / "result.npz"
        np.savez(
            data,
            sources=case.sources,
            sensors=case.sensors,
            ppm=case.ppm,
            wind_speed=case.wind_speed,
            wind_from_direction=case.wind_from_direction,
            temperature_k=TEMPERATURE_K,
            pressure_kpa=PRESSURE_KPA,
            angle_horizontal=ANGLES[0],
            angle_vertical=ANGLES[1],
            prior_kg_h=3.0 * GUESS_G_S * KG_H,
            background_ppm=np.quantile(case.ppm, 0.1),
        )
        words = [
            python,
            Path(__file__).with_name("inverse_pyelq.py"),
            data,
            result,
            iterations,
            iterations // 3,
            seed,
        ]
        subprocess.run(
            [str(word) for word in words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        with np.load(result) as made:
            ours = np.swapaxes(case.response, 0, 1).reshape(-1, 4) * 1e6 / (3600.0 * DENSITY_KG_M3)
            apart = float(np.abs(made["coupling"] - ours).max() / ours.max())
            if apart > 1e-3:
                raise RuntimeError(f"the two plumes differ by {apart:.2g} of their largest value")
            return made["kg_h"].T / KG_H, float(made["seconds"])


def score(rows: list[dict[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(rows)
    made = table.groupby(["truth", "method"], sort=False).agg(
        rates=("rate", "size"),
        seconds=("seconds", "median"),
        median_abs_log_ratio=("off", lambda item: item.abs().median()),
        interval_factor=("width", lambda item: np.exp(item.mean())),
        coverage_90=("held", "mean"),
    )
    return made.reset_index()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer-python", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--iterations", type=int, default=3000, help="of pyELQ, a third of them to burn in")
    parser.add_argument("--without-numpyro", action="store_true")
    options = parser.parse_args()
    methods = ["ours"]
    if options.without_numpyro or find_spec("numpyro") is None:
        print("NumPyro is left out" + ("." if options.without_numpyro else ": it is not installed."))
    else:
        methods.append("NumPyro")
    if options.peer_python is None or not options.peer_python.is_file():
        print("pyELQ is left out: --peer-python names no Python that has it.")
    else:
        methods.append("pyELQ")
    by_ours(tables(fence(0, wrong=False)), 0)
    rows = []
    for truth in ("exact", "wrong"):
        for seed in range(101, 101 + options.seeds):
            case = fence(seed, wrong=truth == "wrong")
            given = tables(case)
            for method in methods:
                if method == "pyELQ":
                    draws, seconds = by_pyelq(options.peer_python, case, seed, options.iterations)
                else:
                    draws, seconds = (by_ours if method == "ours" else by_numpyro)(given, seed)
                low, middle, high = np.quantile(draws, (0.05, 0.5, 0.95), axis=0)
                for k, rate in enumerate(case.rates):
                    rows.append(
                        {
                            "truth": truth,
                            "seed": seed,
                            "source": f"S{k + 1}",
                            "method": method,
                            "seconds": seconds,
                            "rate": rate,
                            "median": middle[k],
                            "low": low[k],
                            "high": high[k],
                            "off": np.log(middle[k] / rate),
                            "width": np.log(high[k] / max(low[k], 1e-9)),
                            "held": bool(low[k] <= rate <= high[k]),
                        }
                    )
    print("First case of each truth, rates in g/s: true; inferred [90 %]")
    for (truth, source), part in pd.DataFrame(rows).query("seed == 101").groupby(["truth", "source"]):
        told = ", ".join(
            f"{row.method} {row.median:.2f} [{row.low:.2f}–{row.high:.2f}]" for row in part.itertuples()
        )
        print(f"  {truth:<6} {source} {part['rate'].iloc[0]:.2f}; {told}")
    print(score(rows).round(3).to_string(index=False))


if __name__ == "__main__":
    main()
