"""False areas and found sources on made cities, and the time that the search takes.

``python benchmarks/unknown.py errors --first 100 --last 140`` counts cities in which an area is stated, with
and without an unlisted stack; ``python benchmarks/unknown.py time`` measures 25 sources and 400 candidates at
8 posts over 720 hours.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sootprint import dispersion, sources, synthetic, weather
from sootprint.attribution.unknown import Options, Unknown, candidate_grid, find_unknown
from sootprint.core.geo import project

PLACES = ((82.648, 49.962), (82.585, 49.957), (82.690, 49.930), (82.625, 49.932))
"""Where the unlisted stack stands: beside a declared stack, and at three places away from any [degrees]."""

PLACE_NAMES = ("beside a declared stack", "west", "east", "south")

FOUND_M = 2250.0
"""Distance of an area's middle from the stack up to which the stack is found [m]: 1.5 spacings."""


def prepared(city: Any, pollutant: str) -> dict[str, Any]:
    """What the search takes, from what an investigator of a made city is given."""
    air, _ = weather.derive(
        weather.hourly_weather(city.weather, weather.main_station(city.weather)).drop(
            columns="samples", errors="ignore"
        ),
        lon=float(city.stations["lon"].mean()),
        lat=float(city.stations["lat"].mean()),
        land_use="urban",
    )
    receptors = pd.DataFrame(
        {
            "receptor_id": city.stations["station_id"].astype(str),
            "lon": city.stations["lon"],
            "lat": city.stations["lat"],
            "height_m": 3.0,
        }
    )
    grid = candidate_grid(city.stations, crs=city.crs)
    options = {"calm_m_s": 0.5, "lateral_sigma_m_s": 0.3, "direction_sigma_deg": 10.0}
    declared, candidates = (
        dispersion.operator(table, receptors, air, crs=city.crs, options=options)
        for table in (city.sources, grid)
    )
    rates = sources.mean_rates(city.declared, None, sources=city.sources)
    times = pd.DatetimeIndex(declared["time"].to_numpy())
    activity = pd.DataFrame(1.0, index=times, columns=sorted(rates["source_id"].unique()))
    for name, profile in rates[rates["pollutant"] == pollutant][["source_id", "time_profile"]].itertuples(
        index=False
    ):
        if isinstance(profile, str) and profile:
            activity[name] = np.asarray(sources.time_profile_factors(profile, times, city.zone), float)
    return {
        "given": (declared, candidates, city.observations, rates, pollutant),
        "named": {
            "grid": grid,
            "stations": city.stations,
            "sources": city.sources,
            "activity": activity,
            "weather": air,
            "crs": city.crs,
        },
    }


def searched(city: Any, pollutant: str, options: Options) -> Unknown:
    """Search of a made city."""
    made = prepared(city, pollutant)
    return find_unknown(*made["given"], **made["named"], options=options, seed=city.seed)


def one(seed: int, rate: float, place: int, pollutant: str, options: Options) -> dict[str, Any]:
    """Largest probability near the stack and elsewhere, in one city."""
    city = synthetic.make_city(seed, undeclared_so2_g_s=rate, undeclared_place=PLACES[place])
    found = searched(city, pollutant, options)
    x, y = project(found.areas["lon"], found.areas["lat"], city.crs)
    at = project([PLACES[place][0]], [PLACES[place][1]], city.crs)
    near = np.hypot(x - at[0], y - at[1]) <= FOUND_M
    near &= rate > 0
    probability = found.areas["probability"].to_numpy(float)
    truth = city.truth_contributions["contribution"].sel(pollutant=pollutant)
    hidden = float(truth.sel(source="HIDDEN/9001").mean()) if rate > 0 else 0.0
    row = {
        "seed": seed,
        "pollutant": pollutant,
        "rate_g_s": rate,
        "place": place if rate > 0 else None,
        "true_ugm3": round(hidden, 2),
        "near": round(float(probability[near].max(initial=0.0)), 3),
        "elsewhere": round(float(probability[~near].max(initial=0.0)), 3),
        "any": round(float(found.search["probability_any"].iloc[0]), 3),
    }
    if near.any():
        best = found.areas[near].iloc[0]
        row |= {
            name: round(float(best[name]), 1)
            for name in ("emission_q05_g_s", "emission_g_s", "emission_q95_g_s")
        }
    return row


def errors(arguments: argparse.Namespace) -> None:
    """Counts over cities; rows are kept in a file, so that a run can be taken up again."""
    options = Options()
    done: dict[str, dict[str, Any]] = {}
    file = Path(arguments.rows)
    if file.is_file():
        done = {key: row for line in file.read_text().splitlines() for key, row in [json.loads(line)]}
    asked = []
    for seed in range(arguments.first, arguments.last):
        for rate in arguments.rates:
            place = seed % len(PLACES)
            key = f"{seed}/{rate:g}/{place}/{arguments.pollutant}"
            if key not in done:
                done[key] = one(seed, rate, place, arguments.pollutant, options)
                with file.open("a") as out:
                    out.write(json.dumps([key, done[key]]) + "\n")
            asked.append(done[key])
    print_counts(pd.DataFrame(asked), options.stated)


def print_counts(table: pd.DataFrame, stated: float) -> None:
    """Table of what was stated, a line a rate and place.

    The stack is found where an area within `FOUND_M` of it is stated; ``held`` counts the found ones whose
    stated interval of the emission has the true rate in it.
    """
    print(
        "| unlisted stack, g/s | place | mean at the posts, µg/m³ | cities | stack found | its rate held",
        end="",
    )
    print(" | other area stated |\n" + "|---" * 7 + "|")
    for (rate, place), part in table.groupby(["rate_g_s", "place"], dropna=False):
        cells = [f"{rate:g}", "–", f"{part['true_ugm3'].mean():.0f}", str(len(part)), "–", "–"]
        if rate > 0:
            found = part[part["near"] >= stated]
            held = 0
            if len(found):
                held = int((found["emission_q05_g_s"].le(rate) & found["emission_q95_g_s"].ge(rate)).sum())
            cells[1], cells[4:] = PLACE_NAMES[int(place)], [str(len(found)), str(held)]
        cells.append(str(int((part["elsewhere"] >= stated).sum())))
        print(f"| {' | '.join(cells)} |")


def timed(arguments: argparse.Namespace) -> None:
    """Time of one search after a first one that compiles."""
    city = synthetic.make_city(1)
    made = prepared(city, "SO2")
    find_unknown(*made["given"], **made["named"], seed=1)
    began, busy = time.perf_counter(), time.process_time()
    found = find_unknown(*made["given"], **made["named"], seed=1)
    wall, own = time.perf_counter() - began, time.process_time() - busy
    row = found.search.iloc[0]
    print(
        f"{row['declared_sources']} sources, {row['candidates']} candidates, {row['posts']} posts, "
        f"{row['readings']} readings used: {wall:.1f} s, {own:.1f} s of a core"
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("errors", "time"))
    parser.add_argument("--first", type=int, default=100)
    parser.add_argument("--last", type=int, default=140)
    parser.add_argument("--rates", type=float, nargs="+", default=[0.0, 40.0, 100.0, 250.0])
    parser.add_argument("--pollutant", default="SO2")
    parser.add_argument("--rows", default="unknown-rows.jsonl")
    arguments = parser.parse_args()
    {"errors": errors, "time": timed}[arguments.what](arguments)


if __name__ == "__main__":
    main()
