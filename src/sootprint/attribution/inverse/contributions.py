"""Contributions of sources, background and the unexplained rest over a set of hours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sootprint.attribution.inverse.fit import Part
from sootprint.attribution.inverse.options import Options

Array = NDArray[np.float64]

Row = dict[str, object]

REPEATS = 4
"""Errors of the particular hours that are drawn for each draw of the rates."""

LEAST_EFFECTIVE = 100.0
"""Effective draws that a row rests on at least."""


def block_spread(response: Array, block: NDArray[np.int64], dispersion: Array) -> Array:
    """Spread of the relative error of mean contributions, (K,) array [1].

    Errors of one source are taken as equal within a block and independent between blocks:
    ``s_c √(Σ_b c_b²) / Σ_b c_b`` with c_b the summed response of a block.
    """
    if len(block) == 0:
        return np.zeros(response.shape[1])
    _, place = np.unique(block, return_inverse=True)
    sums = np.zeros((place.max() + 1, response.shape[1]))
    np.add.at(sums, place, response)
    total = sums.sum(axis=0)
    safe = np.where(total > 0, total, 1.0)
    return dispersion * np.sqrt((sums**2).sum(axis=0)) / safe


def station_draws(
    part: Part,
    theta: Array,
    mask: NDArray[np.bool_],
    shared: Array,
    options: Options,
    generator: np.random.Generator,
) -> tuple[Array, Array]:
    """Draws of the mean contributions (draw, K_p) and of the background (draw,) over some readings [µg m⁻³].

    The lasting bias is within the apparent rate; the error of the particular hours is drawn on top:
    log-normal of mean one for hours like those that rates are inferred from; far wider for hours of light
    wind, in which the smoke may also have missed the post. ``shared`` are standard normal numbers that all
    posts have in common: for windy hours, for light wind, and for the miss (3, draw, K_p).
    """
    from scipy.special import ndtri

    problem = part.problem
    sources = theta.shape[1] - part.background_size
    response = problem.response(np.flatnonzero(mask))
    light = np.zeros(len(response), bool) if part.light is None else part.light[problem.hour[mask]]
    classes = part.classes
    dispersion = np.zeros(len(classes)) if part.scales is None else part.scales.dispersion[classes]
    own = generator.standard_normal(shared.shape)
    spread = block_spread(response[~light], problem.hour[mask][~light] // options.block_hours, dispersion)
    noise = np.sqrt(options.error_shared) * shared[0] + np.sqrt(1.0 - options.error_shared) * own[0]
    width = np.sqrt(np.log1p(spread**2))
    windy = np.exp(noise * width - 0.5 * width**2) * response[~light].sum(axis=0)
    spreads = [np.array(item)[classes] for item in (options.light_shared, options.light_own)]
    logs = np.array(options.light_shift)[classes] + spreads[0] * shared[1] + spreads[1] * own[1]
    limits = [ndtri(np.array(item))[classes] for item in (options.light_miss_shared, options.light_miss_own)]
    hit = (shared[2] > limits[0]) & (own[2] > limits[1])
    calm = np.where(hit, np.exp(logs), 0.0) * response[light].sum(axis=0)
    contribution = theta[:, part.columns] * (windy + calm) / len(response)
    columns = part.hourly_background
    if columns is None:
        return contribution, np.zeros(len(theta))
    return contribution, theta[:, sources:] @ columns[np.flatnonzero(mask)].mean(axis=0)


def conditioned(
    total: Array, observed: float, options: Options, generator: np.random.Generator
) -> NDArray[np.int64]:
    """Draws that the observed mean supports, (draw,) int array: sampling importance resampling.

    What no source explains is normal with ``unexplained_share`` of the observed mean; where fewer than
    `LEAST_EFFECTIVE` draws would carry the result, its spread is widened until so many do, and the
    unexplained part shows it. Rubin 1988, *Using the SIR algorithm to simulate posterior distributions*.
    """
    rest = observed - total
    spread = max(options.unexplained_share * abs(observed), 1e-12)
    while True:
        logs = -0.5 * (rest / spread) ** 2
        weight = np.exp(logs - logs.max())
        weight /= weight.sum()
        if 1.0 / float((weight**2).sum()) >= min(LEAST_EFFECTIVE, 0.5 * len(total)):
            break
        spread *= 1.5
    points = (np.arange(len(total)) + generator.random()) / len(total)
    return np.minimum(np.searchsorted(np.cumsum(weight), points), len(total) - 1).astype(np.int64)


def episode_rows(
    part: Part,
    theta: Array,
    hours: NDArray[np.bool_],
    groups: dict[str, list[int]],
    names: list[str],
    options: Options,
    generator: np.random.Generator,
) -> list[Row]:
    """Rows of one episode: each post that has served readings in it, and ``all`` for their mean.

    ``all`` weighs every reading alike, so that the parts of each row add up to what was observed. The draws
    of each row are those that its own observed mean supports.
    """
    problem = part.problem
    theta = np.tile(_trim(theta, part, len(names)), (REPEATS, 1))
    total = int(hours.sum())
    inside = hours[problem.hour]
    if not inside.any():
        return []
    shared = generator.standard_normal((3, len(theta), len(part.columns)))
    sums = np.zeros((len(theta), len(part.columns)))
    base = np.zeros(len(theta))
    rows: list[Row] = []

    def add(station_id: str, served: int, contribution: Array, background: Array, observed: float) -> None:
        chosen = conditioned(contribution.sum(axis=1) + background, observed, options, generator)
        made = _rows(contribution[chosen], background[chosen], observed, part, groups, names)
        place = {"station_id": station_id, "hours_served": served, "hours_total": total}
        rows.extend({**place, **row} for row in made)

    for place, station_id in enumerate(problem.stations):
        mask = inside & (problem.station == place)
        if not mask.any():
            continue
        contribution, background = station_draws(part, theta, mask, shared, options, generator)
        count = int(mask.sum())
        sums += contribution * count
        base += background * count
        add(station_id, count, contribution, background, float(problem.value[mask].mean()))
    count = int(inside.sum())
    served = len(np.unique(problem.hour[inside]))
    own, rows = rows, []
    add("all", served, sums / count, base / count, float(problem.value[inside].mean()))
    return rows + own


def _trim(theta: Array, part: Part, sources: int) -> Array:
    """Draws without the padding of other pollutants' backgrounds."""
    return theta[:, : sources + part.background_size]


def _rows(
    contribution: Array,
    background: Array,
    observed: float,
    part: Part,
    groups: dict[str, list[int]],
    names: list[str],
) -> list[Row]:
    place_of = {int(column): place for place, column in enumerate(part.columns)}
    rows = [
        _row("source", names[column], contribution[:, place], observed) for column, place in place_of.items()
    ]
    for name, members in groups.items():
        joined = contribution[:, [place_of[m] for m in members]].sum(axis=1)
        rows.append(_row("group", name, joined, observed))
    rows.append(_row("background", None, background, observed))
    rest = observed - contribution.sum(axis=1) - background
    rows.append(_row("unexplained", None, rest, observed))
    share = 1.0 if observed > 0 else np.nan
    rows.append({"component": "observed", "source_id": None, "contribution_ugm3": observed, "share": share})
    return rows


def _row(component: str, source_id: str | None, draws: Array, observed: float) -> Row:
    low, high = np.quantile(draws, (0.05, 0.95))
    mean = draws.mean()
    over = 1.0 / observed if observed > 0 else np.nan
    return {
        "component": component,
        "source_id": source_id,
        "contribution_ugm3": mean,
        "q05_ugm3": low,
        "q95_ugm3": high,
        "share": mean * over,
        "share_q05": low * over,
        "share_q95": high * over,
    }
