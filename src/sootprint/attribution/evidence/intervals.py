"""Draws of the contributions to single averaging intervals, with the errors of their particular hours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sootprint.attribution.evidence.field import Field
from sootprint.attribution.evidence.means import background_draws
from sootprint.attribution.inverse.hours import SHARED

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]

DRAWS = 300
"""Draws of the rates that interval draws are made with."""

SHARED_TRIES, OWN_TRIES = 24, 24
"""Errors tried for each of them: of those that all posts share, and of those of each post."""


@dataclass(frozen=True)
class Interval:
    """One averaging interval at one post.

    Attributes
    ----------
    station : int
        Place of the post.
    hours : int array
        Hours of the interval that have a reading; those not served count as unchanged.
    measured : float
        Measured mean [µg m⁻³].
    background : tuple of float
        Mean and standard deviation of the background there [µg m⁻³].
    """

    station: int
    hours: Numbers
    measured: float
    background: tuple[float, float]


def thinned(count: int) -> Numbers:
    """Evenly spaced draws of the rates, at most `DRAWS`."""
    return np.unique(np.linspace(0, count - 1, min(count, DRAWS)).astype(np.int64))


def interval_draws(
    field: Field, intervals: list[Interval], blocks: Numbers, generator: np.random.Generator
) -> Array:
    """Joint draws of the contributions to intervals, (draw, interval, source) array [µg m⁻³].

    The error of the hours of a block is drawn once for each source, in part shared by the posts, and then
    conditioned block by block on what each post measured in the hours of the intervals: for each draw of
    the rates some errors that all posts share are tried, and for each of them some of each post's own; one
    is taken with a probability that goes with its likelihood (importance resampling within importance
    resampling: an unbiased estimate of the inner likelihood leaves the outer choice right, as in Chopin,
    Jacob and Papaspiliopoulos 2013, doi:10.1111/j.1467-9868.2012.01046.x). What no source explains is
    normal with ``unexplained_share`` of the measured mean. Errors of two blocks are independent.

    Parts that together give more than was measured are all taken down in proportion: no counterfactual
    then takes off more than was there.

    Parameters
    ----------
    field : Field
        Contributions and scales.
    intervals : list of Interval
        Intervals.
    blocks : (time,) int array
        Block of each hour; the local day, so that a daily mean lies in one.
    generator : Generator
        Random numbers.
    """
    theta = field.apparent[thinned(len(field.apparent))]
    made = np.zeros((len(theta), len(intervals), len(field.sources)))
    served = field.served
    members: dict[int, dict[int, list[tuple[int, Numbers]]]] = {}
    for number, item in enumerate(intervals):
        hours = item.hours[served[item.hours, item.station]]
        for block in np.unique(blocks[hours]):
            own = hours[blocks[hours] == block]
            members.setdefault(int(block), {}).setdefault(item.station, []).append((number, own))
    for block in sorted(members):
        _add_block(field, theta, intervals, members[block], made, generator)
    made /= np.array([max(len(item.hours), 1) for item in intervals])[None, :, None]
    for number, item in enumerate(intervals):
        total = made[:, number].sum(axis=1) + background_draws(item.background, len(theta), generator)
        over = total > item.measured
        made[over, number] *= (item.measured / total[over])[:, None]
    return made


def _add_block(
    field: Field,
    theta: Array,
    intervals: list[Interval],
    posts: dict[int, list[tuple[int, Numbers]]],
    made: Array,
    generator: np.random.Generator,
) -> None:
    """Contributions of the hours of one block, added to the intervals they belong to."""
    parts = {
        station: _sums(field, station, np.unique(np.concatenate([hours for _number, hours in own])))
        for station, own in posts.items()
    }
    counts = {
        station: _counts(field, np.unique(np.concatenate([hours for _number, hours in own])))
        for station, own in posts.items()
    }
    asked = tuple(max(pair[number] for pair in counts.values()) for number in (0, 1))
    common = _Errors.draw(field, SHARED, (len(theta), SHARED_TRIES, len(field.sources)), asked, generator)
    logs, kept = np.zeros((len(theta), SHARED_TRIES)), []
    for station in sorted(posts):
        hours = np.unique(np.concatenate([hours for _number, hours in posts[station]]))
        windy, light = parts[station]
        shape = (len(theta), OWN_TRIES, len(field.sources))
        own = _Errors.draw(field, 1.0 - SHARED, shape, counts[station], generator)
        total = _pairs(theta * windy, common.windy, own.windy) + _pairs(
            theta * light, common.light, own.light
        )
        background = intervals[posts[station][0][0]].background
        total = total / len(hours) + background_draws(background, len(theta), generator)[:, None, None]
        observed = float(field.value[hours, station].mean())
        spread = max(field.options.unexplained_share * abs(observed), 1e-12)
        fit = -0.5 * ((observed - total) / spread) ** 2
        top = fit.max(axis=2, keepdims=True)
        logs += np.log(np.exp(fit - top).mean(axis=2)) + top[:, :, 0]
        kept.append((station, own, fit))
    row = np.arange(len(theta))
    best = _choose(logs, generator)
    for station, own, fit in kept:
        which = _choose(fit[row, best], generator)
        windy_error = common.windy[row, best] * own.windy[row, which]
        light_error = common.light[row, best] * own.light[row, which]
        for number, hours in posts[station]:
            windy, light = _sums(field, station, hours)
            made[:, number] += theta * (windy_error * windy + light_error * light)


@dataclass(frozen=True)
class _Errors:
    """Factors of windy and of light hours, (draw, try, source) arrays [1]."""

    windy: NDArray[np.float32]
    light: NDArray[np.float32]

    @classmethod
    def draw(
        cls,
        field: Field,
        share: float,
        shape: tuple[int, int, int],
        hours: tuple[int, ...],
        generator: np.random.Generator,
    ) -> _Errors:
        """Part of the errors over some hours of wind and of light wind, of mean one; ones without hours.

        ``share`` of the variance of ln of an error is that of all posts, the rest that of one; the chance of
        no miss is parted in the same way. Errors of both parts are multiplied. What comes where nothing
        was modelled is left out: taking a source off does not take it off.
        """
        made = []
        for count, light in zip(hours, (False, True), strict=True):
            if count == 0:
                made.append(np.broadcast_to(np.float32(1.0), shape))
                continue
            miss, variance = field.hour_errors(count, light)
            kept = ((1.0 - miss) ** share).astype(np.float32)
            width = np.sqrt(share * variance).astype(np.float32)
            factor = np.exp(width * generator.standard_normal(shape, dtype=np.float32) - 0.5 * width**2)
            came = generator.random(shape, dtype=np.float32) < kept
            made.append(np.where(came, factor / kept, np.float32(0.0)))
        return cls(*made)


def _counts(field: Field, hours: Numbers) -> tuple[int, int]:
    """Numbers of hours of wind and of light wind."""
    light = int(field.light[hours].sum())
    return len(hours) - light, light


def _sums(field: Field, station: int, hours: Numbers) -> tuple[Array, Array]:
    """Summed response of windy and of light hours, (source,) arrays."""
    response, light = field.response[hours, station], field.light[hours]
    return response[~light].sum(axis=0), response[light].sum(axis=0)


def _pairs(weight: Array, one: NDArray[np.float32], other: NDArray[np.float32]) -> Array:
    """``Σ_k weight_k one_mk other_rk`` for each draw: (draw, shared try, own try) array."""
    if not weight.any():
        return np.zeros((len(weight), one.shape[1], other.shape[1]))
    return np.asarray(np.matmul(weight[:, None, :] * one, other.transpose(0, 2, 1)))


def _choose(logs: Array, generator: np.random.Generator) -> Numbers:
    """One column of each row with a probability that goes with the exponential of its number."""
    weight = np.exp(logs - logs.max(axis=1, keepdims=True))
    edge = np.cumsum(weight, axis=1)
    point = generator.random(len(logs))[:, None] * edge[:, -1:]
    return np.asarray(np.minimum((edge < point).sum(axis=1), logs.shape[1] - 1), np.int64)
