"""What the calm days of the synthetic city cost, how sure their truth is, and what they change.

``uv run python benchmarks/calm_days.py --seeds 1 2 3``
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from sootprint.synthetic import City, make_city


def one(seed: int) -> dict[str, object]:
    began = time.process_time()
    without = make_city(seed, calm_days=0)
    middle = time.process_time()
    city = make_city(seed)
    ended = time.process_time()
    assert city.calm is not None
    inside = city.regime["calm_episode"].to_numpy(bool)
    reported = city.weather.loc[city.weather["time_start"].isin(city.regime.loc[inside, "time_start"])]
    fate = city.calm.fate
    lost = fate["released"] - fate[["left", "too_old", "in_air"]].sum(axis=1)
    every, upper, source = errors(city, inside)
    return {
        "seed": seed,
        "first hour (UTC)": city.calm.start,
        "CPU seconds of the episode": round((ended - middle) - (middle - began), 1),
        "calm hours reported [%]": round(100 * (reported["wind_speed"] == 0).mean()),
        "night lid, lowest [m]": round(float(city.regime.loc[inside, "mixing_height"].min())),
        "SO2, mean [ug/m3]": round(mean(city, inside)),
        "SO2 by puffs [ug/m3]": round(mean(without, inside)),
        "largest hour [ug/m3]": round(float(city.concentrations().sel(pollutant="SO2").values[inside].max())),
        "SO2 of stacks [%]": round(100 * stacks(city, inside)),
        "SO2 of stacks by puffs [%]": round(100 * stacks(without, inside)),
        "median error, post-hours [%]": round(100 * every, 1),
        "median error, above the median [%]": round(100 * upper, 1),
        "median error, source at a post-hour [%]": round(100 * source, 1),
        "mass unaccounted for": f"{float((lost / fate['released']).abs().max()):.0e}",
    }


def mean(city: City, inside: np.ndarray) -> float:
    return float(city.concentrations().sel(pollutant="SO2").values[inside].mean())


def stacks(city: City, inside: np.ndarray) -> float:
    parts = city.truth_contributions["contribution"].sel(pollutant="SO2").isel(time=inside)
    parts = parts.mean(("time", "station"))
    tall = city.true_sources.set_index("source_id").loc[parts["source"].values, "kind"] == "point"
    return float(parts.values[tall.to_numpy()].sum() / parts.values.sum())


def errors(city: City, inside: np.ndarray) -> tuple[float, float, float]:
    """Relative sampling error of SO2: every post-hour, those above the median, sources over 2 % of one."""
    rate = city.truth.sel(pollutant="SO2").mean("time")
    hours = slice(0, int(inside.sum()))
    error = city.calm.error.isel(time=hours) * rate
    each = city.calm.operator.isel(time=hours).sum("lag") * rate
    total = each.sum("source").values
    share = np.sqrt((error**2).sum("source").values) / total
    weighty = each.values > 0.02 * total[..., None]
    return (
        float(np.median(share)),
        float(np.median(share[total > np.median(total)])),
        float(np.median((error.values / np.where(weighty, each.values, 1.0))[weighty])),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    made = [one(seed) for seed in parser.parse_args().seeds]
    for name in made[0]:
        print(f"| {name} | " + " | ".join(str(row[name]) for row in made) + " |")


if __name__ == "__main__":
    main()
