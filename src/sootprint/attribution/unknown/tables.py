"""Tables of the search for unlisted sources."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.unknown.areas import Area, Told, split_r_hat
from sootprint.attribution.unknown.fit import Fit
from sootprint.core import schema

Array = NDArray[np.float64]

POINTS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
"""Names of the sixteen points of the compass."""

NINE_TENTHS = 0.9
"""Share of the probability that a sector, a radius and a class of release hold [1]."""


def point_name(bearing: float) -> str:
    """Compass point nearest to a bearing [degrees]."""
    return POINTS[int(np.floor(bearing / 22.5 + 0.5)) % 16]


def sector_label(start: float, end: float) -> str:
    """Name of a sector by its ends, as ``ESE–S``."""
    first, last = point_name(start), point_name(end)
    return first if first == last and (end - start) % 360.0 <= 180.0 else f"{first}–{last}"


def weighted_quantile(values: Array, weight: Array, share: float) -> float:
    """Quantile of weighted values: the least value up to which at least that share of the weight lies."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weight[order])
    return float(values[order][int(np.searchsorted(total, share * total[-1] * (1.0 - 1e-12)))])


def circular_middle(bearing: Array, weight: Array) -> float:
    """Middle of weighted bearings [degrees]: the direction of their vector sum."""
    angle = np.deg2rad(bearing)
    turned = np.rad2deg(np.arctan2(weight @ np.sin(angle), weight @ np.cos(angle)))
    # A bearing of −1e-15 would else become 360.
    return float(np.round(turned, 9) % 360.0)


def sector_of(bearing: Array, weight: Array, half_width: float) -> tuple[float, float, float]:
    """Middle, first and last direction of the sector that holds nine tenths of the weight [degrees].

    Parameters
    ----------
    bearing, weight : arrays
        Directions [degrees] and their weights.
    half_width : float
        Half the width of what stands at each direction, added on both sides [degrees].
    """
    middle = circular_middle(bearing, weight)
    off = (bearing - middle + 180.0) % 360.0 - 180.0
    tail = 0.5 * (1.0 - NINE_TENTHS)
    low = weighted_quantile(off, weight, tail) - half_width
    high = weighted_quantile(off, weight, 1.0 - tail) + half_width
    if high - low >= 360.0:
        return middle, 0.0, 360.0
    return middle, (middle + low) % 360.0, (middle + high) % 360.0


def release_of(area: Area, releases: NDArray[np.str_]) -> str:
    """Class of release that holds nine tenths of the probability, else ``undecided``."""
    for name in np.unique(releases):
        if float(area.weight[releases[area.members] == name].sum()) >= NINE_TENTHS:
            return str(name)
    return "undecided"


def emission_of(area: Area, bias: float, rng: np.random.Generator) -> tuple[float, float, float]:
    """Median and 90 % interval of the emission if there is a source [g s⁻¹], the lasting error included."""
    draws = area.draws[area.draws > 0]
    made = draws * np.exp(bias * rng.standard_normal(len(draws)))
    low, middle, high = np.quantile(made, [0.05, 0.5, 0.95])
    return float(middle), float(low), float(high)


def most_alike(fit: Fit, area: Area) -> tuple[int | None, float, float]:
    """Declared source whose signal is most alike, the correlation of the signals, and that of the rates."""
    count, matrix = fit.gram.sources, fit.gram.matrix
    if count == 0:
        return None, np.nan, np.nan
    members = count + area.members
    own = area.weight @ matrix[np.ix_(members, members)] @ area.weight
    across = matrix[:count][:, members] @ area.weight
    size = np.sqrt(np.maximum(np.diag(matrix)[:count] * own, 1e-300))
    place = int(np.argmax(across / size))
    rates = fit.rates.reshape(-1, count)[:, place]
    draws = area.draws.ravel()
    joint = np.nan
    if rates.std() > 0 and draws.std() > 0:
        joint = float(np.corrcoef(rates, draws)[0, 1])
    return place, float(np.clip(across[place] / size[place], -1.0, 1.0)), joint


def post_rows(
    name: str,
    area: Area,
    told: Told,
    fit: Fit,
    x: Array,
    y: Array,
    posts_x: Array,
    posts_y: Array,
    convergence: float,
    spacing: float,
) -> list[dict[str, object]]:
    """Rows of table ``unknown_posts``: sector and distance of an area from each post."""
    cells = fit.frame.cells
    rows: list[dict[str, object]] = []
    for number, post in enumerate(cells.posts):
        here = cells.post == number
        if not here.any() or not np.isfinite(posts_x[number]):
            continue
        east, north = x[area.members] - posts_x[number], y[area.members] - posts_y[number]
        distance = np.hypot(east, north)
        bearing = (np.rad2deg(np.arctan2(east, north)) + convergence) % 360.0
        at = float(area.weight @ distance)
        half = np.rad2deg(np.arctan2(0.5 * spacing, max(at, 1.0)))
        middle, start, end = sector_of(bearing, area.weight, float(half))
        within = float(np.hypot(area.weight @ east, area.weight @ north)) < 0.5 * spacing
        size = cells.size[here]
        rows.append(
            {
                "area_id": name,
                "station_id": post,
                "bearing_deg": middle,
                "sector_from_deg": 0.0 if within else start,
                "sector_to_deg": 360.0 if within else end,
                "sector_label": "around" if within else sector_label(start, end),
                "distance_m": at,
                "distance_from_m": max(weighted_quantile(distance, area.weight, 0.05) - 0.5 * spacing, 0.0),
                "distance_to_m": weighted_quantile(distance, area.weight, 0.95) + 0.5 * spacing,
                "contribution_ugm3": float(np.average(told.area[here], weights=size)),
                "observed_ugm3": float(np.average(told.observed[here], weights=size)),
                "support": float(told.support[here].sum()),
            }
        )
    return rows


def hour_rows(name: str, told: Told, fit: Fit, shown: int) -> list[dict[str, object]]:
    """Rows of table ``unknown_hours``: the cells that speak most for an area."""
    cells, length = fit.frame.cells, fit.frame.options.cell_hours
    order = np.argsort(-told.support, kind="stable")[:shown]
    start = cells.first + pd.to_timedelta(cells.middle - 0.5 * length, unit="h")
    return [
        {
            "area_id": name,
            "station_id": cells.posts[cells.post[at]],
            "time_start": start[at],
            "duration_s": 3600.0 * length,
            "observed_ugm3": told.observed[at],
            "declared_ugm3": told.declared[at],
            "area_ugm3": told.area[at],
            "support": told.support[at],
        }
        for at in order
        if told.support[at] > 0
    ]


def search_row(fit: Fit, stated: int, factor: float) -> pd.DataFrame:
    """Table ``unknown_search`` of one pollutant."""
    cells, options, scales = fit.frame.cells, fit.frame.options, fit.scales
    number = (fit.emission > 0).sum(axis=2)
    mean = cells.candidate @ fit.flat()[1].mean(axis=0)
    r_hat = [split_r_hat(number), *(split_r_hat(fit.rates[:, :, k]) for k in range(fit.rates.shape[2]))]
    row = {
        "pollutant": cells.pollutant,
        "candidates": fit.gram.candidates,
        "declared_sources": fit.gram.sources,
        "posts": len(np.unique(cells.post)),
        "readings": cells.counts["used"],
        **{name: cells.counts[name] for name in ("below_detection", "light", "unserved", "unusable")},
        "reading_factor": factor,
        "expected_sources": options.expected_sources,
        "scale_g_s": fit.scale,
        "temper": options.temper,
        "probability_any": float((number > 0).mean()),
        "number": float(number.mean()),
        "unlisted_ugm3": float(np.average(mean, weights=cells.size)),
        "areas_stated": stated,
        "additive_ugm3": scales.additive,
        "smooth_ugm3": scales.smooth,
        "relative_low": scales.relative[0],
        "relative_stack": scales.relative[1],
        "dispersion_low": scales.dispersion[0],
        "dispersion_stack": scales.dispersion[1],
        "r_hat": max(r_hat),
    }
    return schema.check(pd.DataFrame([row]), "unknown_search")


def table_of(rows: list[dict[str, object]], name: str) -> pd.DataFrame:
    """Checked table of rows, empty without any."""
    return schema.check(pd.DataFrame(rows), name) if rows else schema.empty(name)
