"""Attribution on random cities whose truth is known: which intervals hold, and who is accused falsely."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sootprint.core.errors import InputError, SootprintError

CITIES = range(200)
"""Seeds of the validation. Nothing is chosen by what comes out of them."""

QUICK_CITIES = range(2_000_000, 2_000_010)
"""Seeds of the quick run: other cities, so that trying does not wear out the validation."""

PROCESSES = 2
"""Cities that are worked on at a time."""

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Settings by which each process keeps to one core."""

FAULTS = (SootprintError, ArithmeticError, LookupError, RuntimeError, ValueError)
"""What may go wrong in one city and leaves the others standing."""

WORDS = {
    "coverage_50": "50 % intervals of mean rates that hold the truth",
    "coverage_90": "90 % intervals of mean rates that hold the truth",
    "contribution_coverage_90": "90 % intervals of contributions from 1 % of an episode that hold the truth",
    "false_accusation_rate": "sources truly below 2 % of an episode with a lower bound above 10 % of it",
}


MEANINGS = (
    "Signal: the largest share of a source in the true mean of a post. Calm hours: reported wind below 1 "
    "m/s. In a group: the attribution reports these sources as a sum only, and decides nothing of one "
    "alone; rate of a group is that sum. Contributions are to episodes, meaned over the readings of all "
    "posts in hours that the engine serves; from 1 %: the true or the inferred one is at least 1 % of the"
    " episode. Innocent: truly below 2 % of an episode; accused: an innocent source with a lower bound (5"
    " % end) above 10 % of it. A pollutant that a source emits and does not list, and a source that "
    "nobody lists, has no rate to score. How the cities are made, what is easy and what is not: decision "
    "note 37."
)
"""What the words of the table mean."""


class Outcome(NamedTuple):
    """One city: its scores and what it is like, or why it failed."""

    seed: int
    scores: dict[str, pd.DataFrame] | None
    city: dict[str, Any]
    fault: str


def one_city(seed: int) -> Outcome:
    """City of a seed, made, investigated and scored."""
    from sootprint.attribution import inverse
    from sootprint.synthetic.twin import make_twin
    from sootprint.synthetic.twin_case import investigation
    from sootprint.synthetic.twin_score import score_twin

    try:
        given, truth = investigation(make_twin(seed))
        found = inverse.attribute(**given)
        scores = score_twin(truth, found.draws["emission"], found.episodes, found.sources)
    except FAULTS as error:
        return Outcome(seed, None, {}, f"{type(error).__name__}: {error}")
    parts = scores["contributions"]
    return Outcome(seed, scores | {"contributions": parts[parts["station_id"] == "all"]}, truth["city"], "")


def twins(*, quick: bool = False, cities: range | None = None) -> pd.DataFrame:
    """Scores of the attribution over many random cities; ``attrs["metrics"]`` has the numbers of all.

    Parameters
    ----------
    quick : bool
        Ten cities of their own in place of the 200.
    cities : range, optional
        Other seeds.

    Raises
    ------
    InputError
        If no city could be scored.
    """
    from sootprint.synthetic.twin_summary import metrics, resampled, summary_table

    seeds = cities or (QUICK_CITIES if quick else CITIES)
    began = time.monotonic()
    outcomes = investigated(seeds)
    good = [item for item in outcomes if item.scores is not None]
    if not good:
        raise InputError(
            f"none of {len(outcomes)} cities could be scored; the first: {outcomes[0].fault}",
            rule="a validation needs an attribution that runs",
            cure="run sootprint selftest, and report the fault",
        )
    scores = [item.scores for item in good if item.scores is not None]
    table = summary_table(scores)
    numbers = metrics(scores)
    ends = resampled(scores, np.random.default_rng(37))
    table.attrs["metrics"] = numbers | {
        "cities": len(good),
        "failed_cities": len(outcomes) - len(good),
        "seconds": round(time.monotonic() - began, 1),
    }
    table.attrs["notes"] = notes(outcomes, numbers, ends)
    return table


def investigated(seeds: range) -> list[Outcome]:
    """Outcomes of all seeds in their order, from two processes of one thread each, with progress."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from sootprint.cli.screen import err

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    made: dict[int, Outcome] = {}
    with (
        one_thread_each(),
        ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool,
        Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar,
    ):
        task = bar.add_task("cities", total=len(seeds))
        for done in as_completed([pool.submit(one_city, seed) for seed in seeds]):
            outcome = done.result()
            made[outcome.seed] = outcome
            bar.advance(task)
            if not err.is_terminal and (len(made) % 10 == 0 or len(made) == len(seeds)):
                err.print(f"{len(made)} of {len(seeds)} cities", highlight=False)
    return [made[seed] for seed in seeds]


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Environment in which started processes use one thread each; as it was afterwards."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def notes(
    outcomes: list[Outcome], numbers: dict[str, float], ends: dict[str, tuple[float, float]]
) -> list[str]:
    """Sentences under the table: the bars, what was scored, what the words mean."""
    from sootprint.synthetic.twin_summary import BARS

    made = []
    for name, text in WORDS.items():
        value = numbers[name]
        sentence = f"{text[0].upper()}{text[1:]}: {100 * value:.2f} %"
        if name in ends and value > 0:
            low, high = ends[name]
            sentence += f" (90 % interval over resampled cities {100 * low:.2f} to {100 * high:.2f} %)"
        if name in BARS:
            low, high = BARS[name]
            bar = f"{100 * low:g} to {100 * high:g} %" if low else f"under {100 * high:g} %"
            met = low <= value <= high if low else value < high
            sentence += f"; bar {bar}: {'met' if met else 'MISSED'}"
        made.append(sentence + ".")
    made.append(
        f"Median |ln(inferred/true)| of mean rates {numbers['median_abs_log_ratio']:.2f}, inferred being the "
        f"posterior median. Rank correlation of the sources' contributions to an episode, median over "
        f"episodes: {numbers['rank_correlation']:.2f}. Of the sources with a lower bound above 10 % of an "
        f"episode, {100 * numbers['false_among_accused']:.1f} % were truly below 2 % of it."
    )
    made.append(_cities(outcomes))
    made.append(MEANINGS)
    return made


def _cities(outcomes: list[Outcome]) -> str:
    good = [item.city for item in outcomes if item.scores is not None]
    failed = [item for item in outcomes if item.scores is None]

    def span(name: str, scale: float = 1.0, unit: str = "") -> str:
        values = [scale * float(city[name]) for city in good]
        return f"{min(values):.0f} to {max(values):.0f}{unit}"

    text = (
        f"{len(good)} cities (seeds {outcomes[0].seed} to {outcomes[-1].seed}): {span('days')} days, "
        f"{span('sources')} listed sources, {span('posts')} posts, {span('pollutants')} pollutants, "
        f"{sum(city['episodes'] for city in good)} episodes, {span('calm_share', 100.0, ' %')} calm hours; "
        f"the engine served {span('served_share', 100.0, ' %')} of the hours; "
        f"{sum(city['hidden'] for city in good)} cities have a source that nobody lists."
    )
    if failed:
        told = "; ".join(f"seed {item.seed}: {item.fault[:200]}" for item in failed)
        return f"{text} {len(failed)} cities failed and are not in the table: {told}."
    return f"{text} No city failed."
