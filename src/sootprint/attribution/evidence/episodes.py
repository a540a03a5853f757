"""Each source, plant and group in each episode: contribution, support, and what else could explain it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.evidence.alternatives import Alternative, Rivals
from sootprint.attribution.evidence.claims import Claims
from sootprint.attribution.evidence.field import Field, Mask
from sootprint.attribution.evidence.means import MeanDraws, mean_draws
from sootprint.attribution.evidence.propositions import LEAST_DRAWS, in_words
from sootprint.attribution.evidence.subjects import Subject

Array = NDArray[np.float64]
Row = dict[str, Any]

CONTRIBUTES = 0.02
"""Share of an observed mean from which a source counts as contributing [1]."""

AS_DECLARED = "the source emitted as declared"
FREELY = "it emitted freely within capacity"
NOT_AT_ALL = "it did not contribute"
"""Propositions; two of them are always stated together."""


def background_of(attribution_episodes: pd.DataFrame) -> dict[tuple[str, str, str], tuple[float, float]]:
    """Mean and standard deviation of the background by episode, pollutant and post [µg m⁻³].

    The deviation is that of a normal distribution with the stated 90 % interval.
    """
    table = attribution_episodes[attribution_episodes["component"] == "background"]
    width = (table["q95_ugm3"] - table["q05_ugm3"]) / (2.0 * 1.6448536269514722)
    keys = zip(table["episode_id"], table["pollutant"], table["station_id"], strict=True)
    numbers = zip(table["contribution_ugm3"].astype(float), width.astype(float), strict=True)
    return {
        (str(a), str(b), str(c)): (float(mean), float(deviation))
        for (a, b, c), (mean, deviation) in zip(keys, numbers, strict=True)
    }


def episode_rows(
    field: Field,
    subjects: list[Subject],
    claims: Claims,
    episode_id: str,
    hours: Mask,
    background: tuple[float, float],
    generator: np.random.Generator,
) -> list[Row]:
    """Rows of one episode for all subjects; none where no reading of it was served."""
    cells = np.broadcast_to(hours[:, None], field.value.shape)
    draws = mean_draws(field, cells, background, generator)
    if draws is None:
        return []
    chosen = draws.chosen(generator)
    parts = draws.contribution[chosen]
    rivals = _rivals(field, subjects, parts, draws.background[chosen], draws.observed - draws.total[chosen])
    place = {"episode_id": episode_id, "pollutant": field.pollutant, "hours_served": draws.hours}
    place |= {"hours_total": int(hours.sum()), "observed_ugm3": draws.observed}
    rows = []
    for subject in subjects:
        own = parts[:, subject.members].sum(axis=1)
        found = rivals.strongest(own, _own_parts(field, subjects, subject))
        rows.append(
            {**place, "subject_kind": subject.kind, "subject_id": subject.name, "group_id": subject.group_id}
            | _contribution(own, draws.observed, subject)
            | _as_declared(parts, field.emission[draws.row[chosen]], draws.observed, subject, claims)
            | _alternative(found, draws.observed)
            | (_support(draws, field, subject, claims, generator) if episode_id != "all" else {})
        )
    return rows


def _rivals(
    field: Field, subjects: list[Subject], parts: Array, background: Array, unexplained: Array
) -> Rivals:
    """Sources, plants, background and what stays unexplained."""
    others = {name: parts[:, number] for number, name in enumerate(field.sources)}
    for subject in subjects:
        if subject.kind == "facility":
            others[subject.name] = parts[:, subject.members].sum(axis=1)
    return Rivals(others | {"background": background, "unexplained": unexplained})


def _own_parts(field: Field, subjects: list[Subject], subject: Subject) -> frozenset[str]:
    """What is no alternative to a subject: its sources, and every plant that shares one with it.

    To a plant the alternatives are other plants as a whole; to a source or a group they are other sources.
    """
    own = set(subject.members.tolist())
    plants = {item.name: set(item.members.tolist()) for item in subjects if item.kind == "facility"}
    left = {field.sources[number] for number in own}
    if subject.kind == "facility":
        left |= {field.sources[number] for members in plants.values() for number in members}
        left |= {name for name, members in plants.items() if members & own}
    else:
        left |= set(plants)
    return frozenset(left)


def _contribution(own: Array, observed: float, subject: Subject) -> Row:
    low, high = np.quantile(own, (0.05, 0.95))
    over = 1.0 / observed if observed > 0 else np.nan
    if not subject.alone or not observed > 0:
        conclusion = "not decidable"
    elif low * over > CONTRIBUTES:
        conclusion = "contributes"
    elif high * over < CONTRIBUTES:
        conclusion = "hardly contributes"
    else:
        conclusion = "not decidable"
    return {
        "contribution_ugm3": own.mean(),
        "q05_ugm3": low,
        "q95_ugm3": high,
        "share": own.mean() * over,
        "share_q05": low * over,
        "share_q95": high * over,
        "conclusion": conclusion,
    }


def _as_declared(parts: Array, emission: Array, observed: float, subject: Subject, claims: Claims) -> Row:
    """Lower end of the share that the declared rates would give in the same draws."""
    if not claims.of(subject) or not observed > 0:
        return {}
    members = subject.members
    made = (parts[:, members] / emission[:, members] * claims.declared[members]).sum(axis=1)
    return {"share_as_declared_q05": float(np.quantile(made, 0.05)) / observed}


def _alternative(found: Alternative | None, observed: float) -> Row:
    if found is None or not observed > 0:
        return {}
    low = found.low / observed
    return {
        "alternative": found.name,
        "alternative_correlation": found.correlation,
        "alternative_share_q95": found.upper / observed,
        "share_q05_if_alternative": low,
        "survives": bool(low > CONTRIBUTES),
    }


def _support(
    draws: MeanDraws, field: Field, subject: Subject, claims: Claims, generator: np.random.Generator
) -> Row:
    """Bayes factors that the observed mean of the episode adds to those of the whole period.

    The probability of the observed mean under a proposition is the mean over draws of the errors of the
    particular hours, of the other sources and of the background, before conditioning. "As declared" sets
    the rate about the declared one, "freely" about what the whole period left under the declared-blind
    prior, "did not contribute" to zero.
    """
    if not claims.of(subject):
        return {}
    members, spread = subject.members, claims.spread_of(subject)
    own = draws.contribution[:, members]
    rest = draws.total - own.sum(axis=1)
    unit = own / field.emission[draws.row][:, members]
    noise = np.exp(spread * generator.standard_normal(len(unit)))[:, None]
    free = field.blind[generator.permutation(len(unit)) % len(field.blind)][:, members]
    likelihood = [
        _likelihood(draws, rest + (unit * claims.declared[members] * noise).sum(axis=1)),
        _likelihood(draws, rest + (unit * free).sum(axis=1)),
        _likelihood(draws, rest),
    ]
    row: Row = {}
    for name, other, second in (("free", 1, FREELY), ("none", 2, NOT_AT_ALL)):
        log10 = (likelihood[0][0] - likelihood[other][0]) / np.log(10.0)
        effective = min(likelihood[0][1], likelihood[other][1])
        row |= {
            f"log10_declared_{name}": log10,
            f"effective_declared_{name}": effective,
            f"words_declared_{name}": in_words(log10, AS_DECLARED, second)
            if effective >= LEAST_DRAWS
            else "too few draws for a number",
        }
    return row


def _likelihood(draws: MeanDraws, total: Array) -> tuple[float, float]:
    """ln of the mean likelihood of the observed mean, and the effective draws that it rests on."""
    logs = -0.5 * ((draws.observed - total) / draws.spread) ** 2
    top = float(logs.max())
    weight = np.exp(logs - top)
    return top + float(np.log(weight.mean())), float(weight.sum() ** 2 / (weight**2).sum())
