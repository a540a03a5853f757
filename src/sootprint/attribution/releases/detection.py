"""Events of a fence line with their source, their rate and its interval."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.releases.background import Background, separate_background
from sootprint.attribution.releases.states import (
    log_likelihoods,
    log_likelihoods_elsewhere,
    posterior_states,
)
from sootprint.core.errors import ConfigError, InputError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ReleaseOptions:
    """Settings of `find_releases`; their values were chosen on made fence lines (seeds 21 to 25).

    Attributes
    ----------
    cell_minutes : int
        Length of the means that are compared [min].
    least_rate, largest_rate, rates : float, float, int
        Grid of rates, even in its logarithm [g s⁻¹].
    noise_factor : float
        Factor on the noise found, for its own error [1].
    relative_error : float
        Relative error of a modelled mean of some minutes [1].
    miss_share, stray_share, stray_size : float
        Share of readings that the plume misses, that it strays to, and the size of a stray one as a share of
        the plume's largest [1].
    degrees_of_freedom : float
        Of Student's t [1].
    independence : float
        Power of the likelihood of a cell, for neighbours that err together [1].
    lasting_error : float
        Spread of the logarithm of the rate that no number of cells removes [1].
    silence_hours, release_hours, turn_share : float
        Mean length of silence and of a release [h], and turns into another source per end [1].
    elsewhere : bool
        Whether air from outside the fence may explain what the sensors read.
    elsewhere_sizes : tuple of float
        Least and largest unevenness of that air over the median noise [1].
    least_cells : int
        Shortest event [cells].
    level : float
        Level of the intervals [1].
    """

    cell_minutes: int = 5
    least_rate: float = 0.01
    largest_rate: float = 5.0
    rates: int = 26
    noise_factor: float = 1.5
    relative_error: float = 0.6
    miss_share: float = 0.1
    stray_share: float = 0.03
    stray_size: float = 0.3
    degrees_of_freedom: float = 4.0
    independence: float = 0.5
    lasting_error: float = 0.45
    silence_hours: float = 6.0
    release_hours: float = 2.0
    turn_share: float = 0.3
    elsewhere: bool = True
    elsewhere_sizes: tuple[float, float] = (2.0, 200.0)
    least_cells: int = 3
    level: float = 0.9

    def __post_init__(self) -> None:
        if not (0.0 < self.least_rate < self.largest_rate and self.rates >= 2):
            raise ConfigError("rates from above zero upwards, two at least", cure="correct the grid of rates")
        if not 0.0 < self.elsewhere_sizes[0] < self.elsewhere_sizes[1]:
            raise ConfigError("sizes of outside air that do not rise", cure="two numbers, the larger last")
        if not 0.0 < self.miss_share + self.stray_share < 1.0:
            raise ConfigError("miss_share and stray_share leave nothing", cure="their sum is under 1")


@dataclass(frozen=True)
class Releases:
    """Result of `find_releases`.

    Attributes
    ----------
    events : DataFrame
        A row an event: start, end (UTC), source, source_probability, rate_g_s, rate_low_g_s, rate_high_g_s,
        second_source and its probability, cells_seen (cells in which a sensor would have felt this rate).
    elsewhere : DataFrame
        A row a span in which air from outside the fence is the better explanation: start, end (UTC),
        probability, size (of what is uneven in it [unit of the readings]).
    presence : DataFrame
        A row a cell: time_start, p_release (of a listed source), the probability of each source, and that
        of ``elsewhere``.
    background : Background
        What was taken off the readings.
    log_evidence : float
        Logarithm of the probability of all readings [1]: of two operators, the larger one fits better.
    """

    events: pd.DataFrame
    elsewhere: pd.DataFrame
    presence: pd.DataFrame
    background: Background
    log_evidence: float


def find_releases(
    times: pd.DatetimeIndex,
    readings: Array,
    operator: Array,
    sources: list[str],
    *,
    options: ReleaseOptions | None = None,
) -> Releases:
    """Releases of one source at a time: when, which, how much.

    A source that no one listed competes with the listed ones: air from outside the fence that reaches the
    sensors in patches, those upwind of all sources as well.

    Events are not given: a hidden chain of silence, source and rate is followed through all cells. Within an
    event the posterior of the rate comes from its own cells, widened by the lasting error of the model.

    Parameters
    ----------
    times : DatetimeIndex
        Beginning of each cell.
    readings : (cell, sensor) array
        Mean concentration [mg m⁻³ or any unit of ``operator``]; NaN where missing.
    operator : (turn, cell, sensor, source) array
        Response to 1 g s⁻¹ in some turns of the wind [the same unit per g s⁻¹].
    sources : list of str
        Names.
    options : ReleaseOptions, optional
        Settings.

    Raises
    ------
    InputError
        If the shapes do not fit.
    """
    options = options or ReleaseOptions()
    if operator.ndim != 4 or operator.shape[1:3] != readings.shape or operator.shape[3] != len(sources):
        raise InputError(
            f"an operator of shape {operator.shape} for readings of {readings.shape} and "
            f"{len(sources)} sources",
            rule="(turn, cell, sensor, source)",
        )
    background = separate_background(readings, 1440.0 / options.cell_minutes)
    rates = np.geomspace(options.least_rate, options.largest_rate, options.rates)
    silent, active = log_likelihoods(background.excess, background.noise, operator, rates, options)
    sizes = np.geomspace(*options.elsewhere_sizes, options.rates) * float(np.median(background.noise))
    if options.elsewhere:
        outside = log_likelihoods_elsewhere(background.excess, background.noise, sizes, options)
        active = np.concatenate([active, outside[:, None, :]], axis=1)
    p_silent, p_active, evidence = posterior_states(silent, active, options)
    by_source = p_active.sum(axis=2)
    rows, spans = [], []
    for first, last, leader in _spans(p_silent, by_source, options.least_cells):
        if leader < len(sources):
            rows.append(
                _event(times, first, last, silent, active, rates, operator, background, sources, options)
            )
        else:
            weight = p_active[first:last, leader].sum(axis=0)
            spans.append(
                {
                    "start": times[first],
                    "end": times[last - 1] + pd.Timedelta(minutes=options.cell_minutes),
                    "probability": float(by_source[first:last, leader].mean()),
                    "size": float(np.exp(weight @ np.log(sizes) / weight.sum())),
                }
            )
    outside_share = by_source[:, len(sources)] if options.elsewhere else np.zeros(len(times))
    presence = pd.DataFrame({"time_start": times, "p_release": 1.0 - p_silent - outside_share})
    for number, name in enumerate(sources):
        presence[name] = by_source[:, number]
    presence["elsewhere"] = outside_share
    columns = [
        *("start", "end", "source", "source_probability", "rate_g_s", "rate_low_g_s", "rate_high_g_s"),
        *("second_source", "second_probability", "cells_seen"),
    ]
    return Releases(
        pd.DataFrame(rows, columns=columns),
        pd.DataFrame(spans, columns=["start", "end", "probability", "size"]),
        presence,
        background,
        evidence,
    )


def _spans(p_silent: Array, by_source: Array, least: int) -> list[tuple[int, int, int]]:
    """First and last cell and leading source of the runs of cells that are not silent."""
    active = p_silent < 0.5
    leader = np.where(active, by_source.argmax(axis=1), -1)
    edges = np.flatnonzero(np.diff(leader)) + 1
    bounds = np.concatenate([[0], edges, [len(leader)]])
    return [
        (int(first), int(last), int(leader[first]))
        for first, last in pairwise(bounds)
        if leader[first] >= 0 and last - first >= least
    ]


def _event(
    times: pd.DatetimeIndex,
    first: int,
    last: int,
    silent: Array,
    active: Array,
    rates: Array,
    operator: Array,
    background: Background,
    sources: list[str],
    options: ReleaseOptions,
) -> dict[str, object]:
    from scipy.special import logsumexp
    from scipy.stats import norm

    evidence = options.independence * (active[first:last] - silent[first:last, None, None]).sum(axis=0)
    per_source = logsumexp(evidence[: len(sources)], axis=1)
    probability = np.exp(per_source - logsumexp(per_source))
    order = np.argsort(-probability, kind="stable")
    leader = int(order[0])
    weight = np.exp(evidence[leader] - logsumexp(evidence[leader]))
    logs = np.log(rates)
    centre = float(weight @ logs)
    spread = float(np.sqrt(weight @ (logs - centre) ** 2 + options.lasting_error**2))
    reach = float(norm.ppf(0.5 + 0.5 * options.level)) * spread
    felt = np.exp(centre) * operator.mean(axis=0)[first:last, :, leader] > 3.0 * background.noise[first:last]
    second = int(order[1]) if len(order) > 1 else None
    return {
        "start": times[first],
        "end": times[last - 1] + pd.Timedelta(minutes=options.cell_minutes),
        "source": sources[leader],
        "source_probability": float(probability[leader]),
        "rate_g_s": float(np.exp(centre)),
        "rate_low_g_s": float(np.exp(centre - reach)),
        "rate_high_g_s": float(np.exp(centre + reach)),
        "second_source": None if second is None else sources[second],
        "second_probability": 0.0 if second is None else float(probability[second]),
        "cells_seen": int(felt.any(axis=1).sum()),
    }
