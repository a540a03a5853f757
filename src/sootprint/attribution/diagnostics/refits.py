"""Attributions without a post, without an episode, and with another prior; and what they say of the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sootprint.attribution.diagnostics.cells import Cells, cells_of
from sootprint.attribution.diagnostics.episodes import episode_means
from sootprint.attribution.diagnostics.inputs import (
    Inputs,
    lighter,
    with_prior_spread,
    without_hours,
    without_station,
)
from sootprint.attribution.diagnostics.options import CheckOptions
from sootprint.attribution.diagnostics.predictive import fitted, within
from sootprint.attribution.diagnostics.replicas import replicate
from sootprint.attribution.diagnostics.rows import Row, coverage_row, row
from sootprint.attribution.inverse import Attribution

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Refit:
    """An attribution from other inputs: ``check`` is its family, ``subject`` what was left out or changed."""

    check: str
    subject: str
    inputs: Inputs
    result: Attribution


def station_refits(inputs: Inputs, options: CheckOptions, progress: Progress) -> Iterator[Refit]:
    """Attributions without each of the posts with the most usable readings; none where only one has any."""
    known = {str(name) for name in inputs.operator["receptor"].to_numpy()}
    usable = inputs.observations[inputs.observations["value_ugm3"].notna()]
    counts = usable["station_id"].astype(str).value_counts()
    counts = counts[[name in known for name in counts.index]]
    order = sorted(counts.index, key=lambda name: (-int(counts[name]), name))
    if len(order) < 2:
        return
    light = lighter(inputs, options)
    chosen = order[: options.stations]
    for number, station_id in enumerate(chosen, 1):
        progress(f"without post {station_id} ({number} of {len(chosen)})")
        given = without_station(light, station_id)
        yield Refit("post left out", station_id, given, given.attribute())


def left_out_post(
    inputs: Inputs, refit: Refit, posts: int, options: CheckOptions, rng: np.random.Generator
) -> list[Row]:
    """Readings of the left-out post against what the others predict: coverage and ratio of means."""
    rows: list[Row] = []
    for pollutant in _pollutants(refit.result):
        model = fitted(refit.inputs, refit.result, pollutant, options, rng)
        own = _cells_at(inputs, refit, pollutant)
        if model is None or own is None:
            continue
        made = replicate(own, model.rates, model.base.at(own.middle, own.station), model.errors, rng)
        days = len(np.unique(own.number * inputs.options.cell_hours // 24))
        rows.append(
            coverage_row(
                "post left out: readings", "station", refit.subject, pollutant,
                within(own, made, options.level), days, level=options.level,
                risk=options.family_risk / posts, least_days=options.least_days,
            )
        )  # fmt: skip
        means = made.mean(axis=1)
        judged = days >= options.least_days and not own.censored.mean() > 0.1
        rows.append(
            ratio_row(
                "post left out: mean", "station", refit.subject, pollutant, float(own.value.mean()), means,
                options.family_risk / posts, judged,
            )
        )  # fmt: skip
    return rows


def ratio_row(
    check: str,
    kind: str,
    subject: str,
    pollutant: str,
    observed: float,
    predicted: np.ndarray,
    risk: float,
    judged: bool = True,
) -> Row:
    """Observed over the mean of predicted values; its bounds are the quantiles of the predicted ones.

    Judged no finer than the predictions resolve.
    """
    centre = float(predicted.mean())
    tail = max(risk / 2.0, 1.5 / len(predicted))
    low, high = np.quantile(predicted, (tail, 1.0 - tail)) / centre
    middle = np.quantile(predicted, (0.05, 0.95))
    words = f"observed {observed:.3g}; predicted {middle[0]:.3g} to {middle[1]:.3g} µg m⁻³"
    return row(
        check,
        kind,
        subject,
        pollutant,
        observed / centre,
        words,
        low=float(low),
        high=float(high),
        judged=judged,
    )


def _cells_at(inputs: Inputs, refit: Refit, pollutant: str) -> Cells | None:
    """Cells of the left-out post, from the full readings."""
    from sootprint.attribution.diagnostics.cells import served_hours

    hours = served_hours(inputs, refit.result, pollutant)
    here = hours.station == hours.stations.index(refit.subject)
    own = hours.part(here & inputs.windy()[hours.hour])
    return cells_of(own, inputs.options.cell_hours) if len(own.value) else None


def chosen_episodes(inputs: Inputs, options: CheckOptions) -> pd.DataFrame:
    """Gravest episodes: largest mean over the limit times length."""
    table = inputs.episodes
    start, end = (pd.to_datetime(table[name]) for name in ("time_start", "time_end"))
    length = (end - start).dt.total_seconds() / 3600.0
    mean = table["mean_ugm3"] if "mean_ugm3" in table else table["limit_ugm3"]
    dose = mean.astype(float) / table["limit_ugm3"].astype(float) * length
    order = table.assign(dose=dose).sort_values(["dose", "episode_id"], ascending=[False, True])
    return order.head(options.episodes)


def episode_refits(
    inputs: Inputs, result: Attribution, options: CheckOptions, progress: Progress
) -> Iterator[tuple[Refit, pd.Series]]:
    """Attributions without all readings of an episode's hours.

    Where no hour of the episode was windy enough to infer rates from, leaving it out changes nothing, and
    the attribution itself is given.
    """
    light = lighter(inputs, options)
    windy, times = inputs.windy(), inputs.times
    chosen = chosen_episodes(inputs, options)
    for number, (_, item) in enumerate(chosen.iterrows(), 1):
        start, end = pd.Timestamp(item["time_start"]), pd.Timestamp(item["time_end"])
        used = bool((windy & (times >= start) & (times < end)).any())
        progress(f"without episode {item['episode_id']} ({number} of {len(chosen)})")
        given = without_hours(light if used else inputs, start, end)
        made = given.attribute() if used else result
        yield Refit("episode left out", str(item["episode_id"]), given, made), item


def left_out_episode(
    inputs: Inputs,
    refit: Refit,
    item: pd.Series,
    episodes: int,
    options: CheckOptions,
    rng: np.random.Generator,
) -> list[Row]:
    """Mean of the episode over posts against what the other hours predict, and posts that are held."""
    pollutant = str(item["pollutant"])
    if pollutant not in _pollutants(refit.result):
        return []
    model = fitted(refit.inputs, refit.result, pollutant, options, rng)
    if model is None:
        return []
    times = inputs.times
    inside = (times >= pd.Timestamp(item["time_start"])) & (times < pd.Timestamp(item["time_end"]))
    observed, predicted = episode_means(inputs, model, refit.result, np.asarray(inside), rng)
    if not observed:
        return []
    risk = options.family_risk / episodes
    total = ratio_row(
        "episode left out: mean", "episode", refit.subject, pollutant, observed["all"], predicted["all"], risk
    )
    tails = (0.5 - options.level / 2.0, 0.5 + options.level / 2.0)
    held = [
        np.quantile(predicted[name], tails[0]) <= value <= np.quantile(predicted[name], tails[1])
        for name, value in observed.items()
        if name != "all"
    ]
    words = f"{sum(held)} of {len(held)} posts lie within their interval"
    share = float(np.mean(held))
    posts = row("episode left out: posts", "episode", refit.subject, pollutant, share, words, judged=False)
    return [total, posts]


def prior_refits(inputs: Inputs, options: CheckOptions, progress: Progress) -> Iterator[Refit]:
    """Attributions with the spread of the prior times a factor and over it."""
    if not options.priors:
        return
    light = lighter(inputs, options)
    for check, factor in (
        ("prior wider", options.spread_factor),
        ("prior narrower", 1.0 / options.spread_factor),
    ):
        progress(check)
        given = with_prior_spread(light, factor)
        yield Refit(check, f"× {factor:g}", given, given.attribute())


def _pollutants(result: Attribution) -> list[str]:
    return [str(name) for name in result.draws["pollutant"].to_numpy()]
