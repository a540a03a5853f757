"""Random plants, districts, roads and posts of a city, and what is declared of them.

Rates and stack parameters are drawn from ranges that are usual for such plants; all are assumptions. The
middle of every city is that of the demonstration, so that its plane and its zone can be used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core import schema
from sootprint.core.constants import SECONDS_PER_YEAR
from sootprint.core.geo import project, unproject
from sootprint.synthetic import layout

Array = NDArray[np.float64]

POLLUTANTS = layout.POLLUTANTS

FEWEST, MOST = 8, 25
"""Fewest and most declared sources of a city."""


@dataclass(frozen=True)
class Kind:
    """Kind of plant: ranges from which its stacks are drawn.

    Attributes
    ----------
    stacks : tuple of int
        Fewest and most stacks.
    height, diameter, velocity, temperature : tuple of float
        Mouth [m], [m], [m s⁻¹], [K].
    rates : dict of str to tuple of float
        Ends of the log-uniform mean rate of a stack [g s⁻¹].
    """

    stacks: tuple[int, int]
    height: tuple[float, float]
    diameter: tuple[float, float]
    velocity: tuple[float, float]
    temperature: tuple[float, float]
    rates: dict[str, tuple[float, float]]


KINDS = {
    "POWER": Kind(
        (1, 3),
        (90.0, 210.0),
        (3.5, 7.0),
        (9.0, 22.0),
        (385.0, 430.0),
        {"SO2": (60.0, 500.0), "NO2": (20.0, 160.0), "PM2.5": (8.0, 80.0), "CO": (15.0, 150.0)},
    ),
    "SMELTER": Kind(
        (1, 5),
        (40.0, 160.0),
        (1.8, 5.0),
        (7.0, 18.0),
        (315.0, 430.0),
        {"SO2": (20.0, 350.0), "NO2": (0.8, 12.0), "PM2.5": (1.0, 20.0), "CO": (10.0, 250.0)},
    ),
    "WORKS": Kind(
        (1, 4),
        (20.0, 80.0),
        (0.9, 3.0),
        (6.0, 18.0),
        (310.0, 450.0),
        {"SO2": (2.0, 50.0), "NO2": (2.0, 25.0), "PM2.5": (1.0, 20.0), "CO": (10.0, 200.0)},
    ),
    "BOILER": Kind(
        (1, 2),
        (20.0, 60.0),
        (0.8, 2.2),
        (5.0, 13.0),
        (390.0, 450.0),
        {"SO2": (3.0, 40.0), "NO2": (1.0, 10.0), "PM2.5": (1.0, 15.0), "CO": (5.0, 80.0)},
    ),
}
"""Kinds of plant."""

PLANT_WEIGHTS = {"POWER": 0.25, "SMELTER": 0.25, "WORKS": 0.3, "BOILER": 0.2}

STOVES = {"SO2": (1.5, 12.0), "NO2": (0.6, 4.0), "PM2.5": (2.5, 15.0), "CO": (25.0, 150.0)}
"""Ends of the log-uniform rate of a square kilometre of stoves [g s⁻¹ km⁻²]."""

YARD = {"SO2": (0.2, 3.0), "NO2": (0.3, 3.0), "PM2.5": (1.0, 10.0), "CO": (2.0, 30.0)}
"""The same for a yard, a quarry or a tip that releases near the ground [g s⁻¹]."""

ROAD = {"SO2": (0.02, 0.15), "NO2": (0.5, 2.5), "PM2.5": (0.1, 0.5), "CO": (3.0, 15.0)}
"""The same for a kilometre of road [g s⁻¹ km⁻¹]."""

ABSENT = {"POWER": 0.05, "SMELTER": 0.2, "WORKS": 0.25, "BOILER": 0.1}
"""Probability that a stack of a plant does not emit a pollutant."""


def lonlat(x: Array, y: Array) -> tuple[Array, Array]:
    """Longitude and latitude [degrees] of points on the plane of the city [m]."""
    x0, y0 = project(layout.CENTRE_LON, layout.CENTRE_LAT, layout.CRS)
    return unproject(np.asarray(x) + x0, np.asarray(y) + y0, layout.CRS)


def _log_uniform(rng: np.random.Generator, ends: tuple[float, float]) -> float:
    return float(np.exp(rng.uniform(np.log(ends[0]), np.log(ends[1]))))


def _place(rng: np.random.Generator, nearest: float, farthest: float) -> tuple[float, float]:
    angle, distance = rng.uniform(0.0, 2.0 * np.pi), rng.uniform(nearest, farthest)
    return float(distance * np.sin(angle)), float(distance * np.cos(angle))


def _plant(rng: np.random.Generator, name: str, kind: str, radius: float) -> list[dict[str, object]]:
    made = KINDS[kind]
    x, y = _place(rng, 0.15 * radius, 1.25 * radius)
    rows = []
    spread = rng.uniform(80.0, 600.0)
    for number in range(int(rng.integers(made.stacks[0], made.stacks[1] + 1))):
        height = _log_uniform(rng, made.height)
        share = (height - made.height[0]) / (made.height[1] - made.height[0])
        width = made.diameter[0] + share * (made.diameter[1] - made.diameter[0])
        rows.append(
            {
                "source_id": f"{name}/{number + 1:04d}",
                "facility_id": name,
                "kind": "point",
                "x": x + spread * rng.standard_normal(),
                "y": y + spread * rng.standard_normal(),
                "height_m": round(height),
                "diameter_m": round(float(width * np.exp(0.15 * rng.standard_normal())), 1),
                "exit_velocity_m_s": round(rng.uniform(*made.velocity), 1),
                "exit_temperature_k": round(rng.uniform(*made.temperature)),
                "profile": "",
                "rates": {
                    pollutant: _log_uniform(rng, ends)
                    for pollutant, ends in made.rates.items()
                    if rng.random() >= ABSENT[kind]
                },
            }
        )
    return rows


def _district(rng: np.random.Generator, name: str, radius: float) -> dict[str, object]:
    stoves = rng.random() < 0.75
    x, y = _place(rng, 0.2 * radius, radius)
    side = rng.uniform(700.0, 2400.0) if stoves else rng.uniform(250.0, 900.0)
    depth = side * rng.uniform(0.6, 1.4)
    lon, lat = lonlat(
        x + 0.5 * side * np.array([-1.0, 1.0, 1.0, -1.0, -1.0]),
        y + 0.5 * depth * np.array([-1.0, -1.0, 1.0, 1.0, -1.0]),
    )
    corners = ", ".join(f"{a:.6f} {b:.6f}" for a, b in zip(lon, lat, strict=True))
    scale = side * depth / 1e6 if stoves else 1.0
    return {
        "source_id": f"{'STOVES' if stoves else 'YARD'}/{name}",
        "facility_id": "STOVES" if stoves else "YARD",
        "kind": "area",
        "x": x,
        "y": y,
        "geometry_wkt": f"POLYGON (({corners}))",
        "height_m": 7.0 if stoves else 3.0,
        "vertical_extent_m": 10.0 if stoves else 4.0,
        "profile": "heating" if stoves else "",
        "rates": {
            pollutant: scale * _log_uniform(rng, ends)
            for pollutant, ends in (STOVES if stoves else YARD).items()
        },
    }


def _road(rng: np.random.Generator, name: str, radius: float) -> dict[str, object]:
    x, y = _place(rng, 0.0, 0.5 * radius)
    angle, length = rng.uniform(0.0, np.pi), rng.uniform(2000.0, 7000.0)
    ends = 0.5 * length * np.array([-1.0, 0.1, 1.0])
    across = np.array([0.0, 0.15 * length * rng.standard_normal() * 0.5, 0.0])
    lon, lat = lonlat(
        x + ends * np.sin(angle) + across * np.cos(angle), y + ends * np.cos(angle) - across * np.sin(angle)
    )
    points = ", ".join(f"{a:.6f} {b:.6f}" for a, b in zip(lon, lat, strict=True))
    return {
        "source_id": f"ROAD/{name}",
        "facility_id": "ROAD",
        "kind": "line",
        "x": x,
        "y": y,
        "geometry_wkt": f"LINESTRING ({points})",
        "width_m": 20.0,
        "height_m": 1.0,
        "vertical_extent_m": 3.0,
        "profile": "traffic",
        "rates": {pollutant: length / 1000.0 * _log_uniform(rng, pair) for pollutant, pair in ROAD.items()},
    }


def draw_sources(rng: np.random.Generator, radius: float, pollutants: list[str]) -> pd.DataFrame:
    """Declared sources of a random city, with columns of the table ``sources``.

    Also ``x``, ``y`` [m], ``profile`` and ``rates``, which holds the declared mean rate of each pollutant
    [g s⁻¹]. Two to six plants, one to five districts, one to three roads; plants are added until there
    are enough sources, left out where there are too many.
    """
    names = list(KINDS)
    weights = np.array(list(PLANT_WEIGHTS.values()))
    low = [_district(rng, f"{6001 + k}", radius) for k in range(int(rng.integers(1, 6)))]
    low += [_road(rng, f"{7001 + k}", radius) for k in range(int(rng.integers(1, 4)))]
    plants: list[dict[str, object]] = []
    wanted, number = int(rng.integers(2, 7)), 0
    while number < wanted or len(plants) + len(low) < FEWEST:
        number += 1
        kind = str(rng.choice(names, p=weights))
        plant = _plant(rng, f"{kind}-{number}", kind, radius)
        if len(plants) + len(plant) + len(low) > MOST:
            break
        plants += plant
    rows = plants + low
    for row in rows:
        own = {name: rate for name, rate in row["rates"].items() if name in pollutants}  # type: ignore[attr-defined]
        row["rates"] = own or {pollutants[0]: 1.0}
    return pd.DataFrame(rows)


def source_table(drawn: pd.DataFrame) -> pd.DataFrame:
    """Table ``sources`` of what `draw_sources` made."""
    lon, lat = lonlat(drawn["x"].to_numpy(float), drawn["y"].to_numpy(float))
    made = drawn.drop(columns=["x", "y", "profile", "rates"]).assign(
        source_number=drawn["source_id"].str.split("/").str[1],
        name="Synthetic " + drawn["source_id"],
        lon=np.round(lon, 6),
        lat=np.round(lat, 6),
        base_elevation_m=285.0,
        controllable=drawn["kind"].eq("point"),
        mark="assumed",
        source_file="synthetic",
        source_row=np.arange(len(drawn)) + 2,
    )
    return schema.check(made, "sources")


def true_sources(rng: np.random.Generator, declared: pd.DataFrame) -> pd.DataFrame:
    """Table ``sources`` as the stacks are: place, height, exit velocity and excess heat differ.

    Places by 40 m, heights by 3 %, exit velocities by 20 % and the excess over 268 K by 20 % (standard
    deviations).
    """
    made = declared.copy()
    stack = made["kind"].eq("point").to_numpy()
    noise = rng.standard_normal((5, len(made)))
    x, y = layout.plane(made["lon"].to_numpy(float), made["lat"].to_numpy(float))
    lon, lat = lonlat(x + 40.0 * noise[0] * stack, y + 40.0 * noise[1] * stack)
    made["lon"], made["lat"] = lon, lat
    made.loc[stack, "height_m"] *= 1.0 + 0.03 * noise[2, stack]
    made.loc[stack, "exit_velocity_m_s"] *= np.exp(0.2 * noise[3, stack])
    made["exit_temperature_k"] = 268.0 + (made["exit_temperature_k"] - 268.0) * np.exp(0.2 * noise[4])
    return schema.check(made, "sources")


def draw_hidden(rng: np.random.Generator, radius: float, pollutants: list[str]) -> pd.DataFrame:
    """Small source that nobody declares, like a row of `draw_sources`: a low stack or a yard."""
    low_stack = rng.random() < 0.5
    row = _plant(rng, "HIDDEN", "BOILER", radius)[0] if low_stack else _district(rng, "9001", radius)
    row |= {"source_id": "HIDDEN/9001", "facility_id": "HIDDEN", "profile": ""}
    size = rng.uniform(0.2, 0.8)
    row["rates"] = {
        name: size * rate
        for name, rate in row["rates"].items()  # type: ignore[attr-defined]
        if name in pollutants
    }
    return pd.DataFrame([row])


def draw_posts(rng: np.random.Generator, radius: float) -> pd.DataFrame:
    """Table ``stations`` of a random network: 4 to 15 posts, and ``low_cost`` ones among them.

    A network of 5 to 15 is planned; each post is absent with probability 0.15 as long as four remain.
    """
    planned = int(rng.integers(5, 16))
    present = rng.random(planned) >= 0.15
    present[:4] |= present.sum() < 4
    places = np.array([_place(rng, 0.0, 1.05 * radius) for _ in range(planned)])[present]
    lon, lat = lonlat(places[:, 0], places[:, 1])
    cheap = rng.random(len(places)) < rng.uniform(0.0, 0.4)
    table = pd.DataFrame(
        {
            "station_id": [f"POST-{k + 1:02d}" for k in np.flatnonzero(present)],
            "name": "Synthetic post",
            "lon": np.round(lon, 5),
            "lat": np.round(lat, 5),
            "elevation_m": 285.0,
            "inlet_height_m": np.round(rng.uniform(2.0, 5.0, len(places)), 1),
            "kind": np.where(cheap, "low_cost", "automatic"),
            "operator": "synthetic data, no real network",
        }
    )
    return schema.check(table, "stations")


def rate_rows(
    rng: np.random.Generator, drawn: pd.DataFrame, *, dropped: float, blank: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Table ``rates`` as declared, and the declared rates before anything was left out of it.

    Parameters
    ----------
    rng : numpy.random.Generator
    drawn : DataFrame
        Of `draw_sources`.
    dropped, blank : float
        Share of rows that are left out, and that stand there with a rate of zero [1]; the first row of a
        source always stands.

    Returns
    -------
    rates : DataFrame
        Table ``rates``.
    complete : DataFrame
        ``source_id, pollutant, rate_g_s, listed`` (full, blank, dropped).
    """
    rows, complete = [], []
    for item in drawn.to_dict("records"):
        stack = item["kind"] == "point"
        stated = float(rng.uniform(0.15, 0.35) if stack else rng.uniform(0.3, 0.6))
        for place, (pollutant, rate) in enumerate(item["rates"].items()):
            luck = rng.random()
            listed = "full"
            if place:
                listed = "dropped" if luck < dropped else "blank" if luck < dropped + blank else "full"
            complete.append((item["source_id"], pollutant, rate, listed))
            if listed == "dropped":
                continue
            shown = rate if listed == "full" else 0.0
            rows.append(
                {
                    "source_id": item["source_id"],
                    "pollutant": pollutant,
                    "basis": "declared" if stack else "assumed",
                    "rate_g_s": shown,
                    "annual_t": shown * SECONDS_PER_YEAR / 1e6 if stack else np.nan,
                    "origin": "annual" if stack else "maximum",
                    "validity_share": 1.0,
                    "relative_uncertainty": round(stated, 2),
                    "time_profile": item["profile"],
                    "mark": "assumed",
                }
            )
    names = ["source_id", "pollutant", "rate_g_s", "listed"]
    return schema.check(pd.DataFrame(rows), "rates"), pd.DataFrame(complete, columns=names)
