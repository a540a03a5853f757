"""Contributions of sources, background and the unexplained rest over a set of hours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sootprint.attribution.inverse.fit import Part
from sootprint.attribution.inverse.options import Options

Array = NDArray[np.float64]

Row = dict[str, object]


def block_spread(response: Array, block: NDArray[np.int64], dispersion: Array) -> Array:
    """Spread of the relative error of mean contributions, (K,) array [1].

    Errors of one source are taken as equal within a block and independent between blocks:
    ``s_c √(Σ_b c_b²) / Σ_b c_b`` with c_b the summed response of a block.
    """
    _, place = np.unique(block, return_inverse=True)
    sums = np.zeros((place.max() + 1, response.shape[1]))
    np.add.at(sums, place, response)
    total = sums.sum(axis=0)
    safe = np.where(total > 0, total, 1.0)
    return dispersion * np.sqrt((sums**2).sum(axis=0)) / safe


def calibrated_response(part: Part) -> Array:
    """Response of each reading with its variations shrunk as in the fit, (n, K_p) [µg m⁻³ per g s⁻¹]."""
    if part.blocks is None:
        return part.problem.response
    return part.blocks.response[part.blocks.cells.of_reading]


def station_draws(
    part: Part,
    theta: Array,
    mask: NDArray[np.bool_],
    shared: Array,
    options: Options,
    generator: np.random.Generator,
) -> tuple[Array, Array]:
    """Draws of the mean contributions (draw, K_p) and of the background (draw,) over some readings [µg m⁻³].

    The lasting bias is within the apparent rate; the error of the particular hours, log-normal of mean
    one, is drawn on top.
    """
    problem = part.problem
    sources = theta.shape[1] - part.background_size
    response = calibrated_response(part)[mask]
    dispersion = np.zeros(response.shape[1])
    if part.scales is not None and part.blocks is not None:
        dispersion = part.scales.dispersion[part.blocks.classes]
    spread = block_spread(response, problem.hour[mask] // options.block_hours, dispersion)
    own = generator.standard_normal(shared.shape)
    noise = np.sqrt(options.error_shared) * shared + np.sqrt(1.0 - options.error_shared) * own
    width = np.sqrt(np.log1p(spread**2))
    error = np.exp(noise * width - 0.5 * width**2)
    contribution = theta[:, part.columns] * response.mean(axis=0) * error
    columns = part.hourly_background
    if columns is None:
        return contribution, np.zeros(len(theta))
    return contribution, theta[:, sources:] @ columns[mask].mean(axis=0)


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

    ``all`` weighs every reading alike, so that the parts of each row add up to what was observed.
    """
    problem = part.problem
    theta = _trim(theta, part, len(names))
    total = int(hours.sum())
    inside = hours[problem.hour]
    if not inside.any():
        return []
    shared = generator.standard_normal((len(theta), len(part.columns)))
    sums = np.zeros((len(theta), len(part.columns)))
    base = np.zeros(len(theta))
    rows: list[Row] = []
    for place, station_id in enumerate(problem.stations):
        mask = inside & (problem.station == place)
        if not mask.any():
            continue
        contribution, background = station_draws(part, theta, mask, shared, options, generator)
        count = mask.sum()
        sums += contribution * count
        base += background * count
        observed = float(problem.value[mask].mean())
        made = _rows(contribution, background, observed, part, groups, names)
        rows += [
            {"station_id": station_id, "hours_served": int(count), "hours_total": total, **row}
            for row in made
        ]
    count = inside.sum()
    made = _rows(sums / count, base / count, float(problem.value[inside].mean()), part, groups, names)
    served = len(np.unique(problem.hour[inside]))
    return [{"station_id": "all", "hours_served": served, "hours_total": total, **row} for row in made] + rows


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
