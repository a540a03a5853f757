"""Contributions of sources, background and the unexplained rest over a set of hours."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sootprint.attribution.inverse.fit import Part
from sootprint.attribution.inverse.hours import background_factor, effective_response
from sootprint.attribution.inverse.options import Options

Array = NDArray[np.float64]

Row = dict[str, object]

REPEATS = 4
"""Errors of the particular hours that are drawn for each draw of the rates."""

LEAST_EFFECTIVE = 100.0
"""Effective draws that a row rests on at least."""


@dataclass(frozen=True)
class SharedErrors:
    """Standard normal numbers that all posts of a set of hours have in common.

    Attributes
    ----------
    windy, light : (3, draw, K_p) arrays
        For the error of the sources: see `hours.effective_response`.
    background : (draw,) array
        For the background.
    """

    windy: Array
    light: Array
    background: Array


def shared_errors(draws: int, sources: int, generator: np.random.Generator) -> SharedErrors:
    """Numbers that all posts have in common, drawn anew."""
    shape = (3, draws, sources)
    return SharedErrors(
        generator.standard_normal(shape), generator.standard_normal(shape), generator.standard_normal(draws)
    )


@dataclass
class UsualResponse:
    """Modelled mean response of each post over all its hours of wind and of light wind, made when asked for.

    Attributes
    ----------
    part : Part
        Fitted pollutant with all served readings.
    """

    part: Part
    _made: dict[tuple[int, bool], Array] = field(default_factory=dict)

    def is_light(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether readings are of hours of light wind."""
        part = self.part
        return np.zeros(len(rows), bool) if part.light is None else part.light[part.problem.hour[rows]]

    def at(self, post: int, light: bool) -> Array:
        """Mean response of a post, (K_p,) array [µg m⁻³ per g s⁻¹]; zeros without such hours."""
        if (post, light) not in self._made:
            rows = np.flatnonzero(self.part.problem.station == post)
            rows = rows[self.is_light(rows) == light]
            mean = (
                self.part.problem.response(rows).mean(axis=0)
                if len(rows)
                else np.zeros(len(self.part.columns))
            )
            self._made[post, light] = mean
        return self._made[post, light]


def station_draws(
    usual: UsualResponse,
    theta: Array,
    rows: NDArray[np.int64],
    shared: SharedErrors,
    generator: np.random.Generator,
) -> tuple[Array, Array]:
    """Draws of mean contributions (draw, K_p) and background (draw,) over readings of one post [µg m⁻³].

    The error of the particular hours is drawn on top of that of the apparent rate, for hours of wind and of
    light wind apart: see `hours`.
    """
    part = usual.part
    problem = part.problem
    sources = theta.shape[1] - part.background_size
    response, light = problem.response(rows), usual.is_light(rows)
    post = int(problem.station[rows[0]])
    mean = np.zeros((len(theta), len(part.columns)))
    for inside, numbers, calm in ((~light, shared.windy, False), (light, shared.light, True)):
        count = int(inside.sum())
        if count == 0:
            continue
        mean += (count / len(rows)) * effective_response(
            response[inside].mean(axis=0),
            usual.at(post, calm),
            count,
            calm,
            part.classes == 1,
            numbers,
            generator,
        )
    contribution = theta[:, part.columns] * mean
    columns = part.hourly_background
    if columns is None:
        return contribution, np.zeros(len(theta))
    base = theta[:, sources:] @ columns[rows].mean(axis=0)
    return contribution, base * background_factor(len(rows), shared.background, generator)


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
    usual: UsualResponse,
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
    part = usual.part
    problem = part.problem
    theta = np.tile(_trim(theta, part, len(names)), (REPEATS, 1))
    total = int(hours.sum())
    inside = hours[problem.hour]
    if not inside.any():
        return []
    shared = shared_errors(len(theta), len(part.columns), generator)
    sums = np.zeros((len(theta), len(part.columns)))
    base = np.zeros(len(theta))
    rows: list[Row] = []

    def add(station_id: str, served: int, contribution: Array, background: Array, observed: float) -> None:
        chosen = conditioned(contribution.sum(axis=1) + background, observed, options, generator)
        made = _rows(contribution[chosen], background[chosen], observed, part, groups, names)
        place = {"station_id": station_id, "hours_served": served, "hours_total": total}
        rows.extend({**place, **row} for row in made)

    for place, station_id in enumerate(problem.stations):
        here = np.flatnonzero(inside & (problem.station == place))
        if not len(here):
            continue
        contribution, background = station_draws(usual, theta, here, shared, generator)
        count = len(here)
        sums += contribution * count
        base += background * count
        add(station_id, count, contribution, background, float(problem.value[here].mean()))
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
    low, lower, upper, high = np.quantile(draws, (0.05, 0.25, 0.75, 0.95))
    mean = draws.mean()
    over = 1.0 / observed if observed > 0 else np.nan
    return {
        "component": component,
        "source_id": source_id,
        "contribution_ugm3": mean,
        "q05_ugm3": low,
        "q25_ugm3": lower,
        "q75_ugm3": upper,
        "q95_ugm3": high,
        "share": mean * over,
        "share_q05": low * over,
        "share_q95": high * over,
    }
