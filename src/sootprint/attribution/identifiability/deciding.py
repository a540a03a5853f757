"""What would decide a source or a group that these data cannot: the observation that narrows it most."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.identifiability.kernel import (
    Identifiability,
    apparent_prior,
    column_cosines,
    correlations,
    data_share,
    find_groups,
)
from sootprint.attribution.identifiability.network import Network
from sootprint.attribution.identifiability.posts import hour_information, post_information, same_sources
from sootprint.core import schema

Array = NDArray[np.float64]

TEMPLATES = {
    "new_post": "A post at {place} over the same hours would leave {left} of the variance of {target}.",
    "mobile_hour": "A reading at {place} in the hour from {time_start} UTC would leave {left} of the "
    "variance of {target}.",
    "second_pollutant": "Readings of {other_pollutant} at the same posts would leave {left} of the "
    "variance of {target}, by the ratio of the two pollutants.",
    "stack_reading": "A measurement in the stack of {place} would leave {left} of the variance of {target}.",
}
"""English text of each kind of observation; the key is what a translation is looked up by."""

Row = dict[str, Any]

Candidate = tuple[Row, Array, Array]
"""Label of an observation, state after it, and cosines of the columns then."""


def sentence(row: pd.Series, templates: dict[str, str] | None = None) -> str:
    """Sentence of one row of ``deciding_observations`` in the language of the templates."""
    words = {name: value for name, value in row.items() if not pd.isna(value)}
    text = (templates or TEMPLATES)[str(row["observation"])]
    return text.format(**words, left=f"{100.0 * (1.0 - float(row['variance_fall'])):.0f} %")


def targets(found: Identifiability) -> list[tuple[str, str, Array]]:
    """Kind, name and weights of each source that is not decidable, and of each group whose sum is not."""
    net, table = found.network, found.groups_table()
    made = []
    for place, row in enumerate(found.sources_table().itertuples()):
        if row.outcome != "decidable" and net.declared[place] > 0:
            made.append(("source", net.sources[place], np.eye(len(net.sources))[place]))
    for members, row in zip(found.groups, table.itertuples(), strict=True):
        if row.outcome != "sum decidable":
            weights = np.zeros(len(net.sources))
            weights[members] = net.declared[members] / net.declared[members].sum()
            made.append(("group", str(row.group_id), weights))
    return made


def what_would_decide(
    found: Identifiability,
    *,
    posts: Network | None = None,
    information: Array | None = None,
    hours: Network | None = None,
    others: list[Identifiability] | None = None,
    outlets: Collection[str] | None = None,
) -> pd.DataFrame:
    """Observations by the expected fall of the posterior variance of each thing that is not decidable.

    Parameters
    ----------
    found : Identifiability
        What the posts so far could decide.
    posts : Network, optional
        Operator at candidate posts.
    information : (R, K, K) array, optional
        What `post_information` gave for them, where it is at hand.
    hours : Network, optional
        Operator of forecast hours at places that a mobile laboratory can reach.
    others : list of Identifiability, optional
        Other pollutants at the same posts: a source that emits both shares part of its error between them.
    outlets : collection of str, optional
        Sources with a stack in which can be measured; by default all.

    Returns
    -------
    DataFrame
        Table ``deciding_observations``: the best observation of each kind, by rank. In the linear-Gaussian
        case the variance left does not depend on what would be read, so the expected fall is the fall.
    """
    net, count = found.network, len(found.network.sources)
    full: list[Candidate] = []
    if posts is not None:
        same_sources(found, posts)
        each = post_information(posts) if information is None else information
        for name, own in zip(posts.posts, each, strict=True):
            more = found.information + own
            cosine = column_cosines(more, found.gram.squares())
            full.append(({"observation": "new_post", "place": name}, joint_posterior(net, more), cosine))
    for other in others or []:
        label = {"observation": "second_pollutant", "other_pollutant": other.network.pollutant}
        full.append((label, _with_pollutant(found, other), found.cosine))
    now = joint_posterior(net, found.information)
    root = None
    if hours is not None:
        same_sources(found, hours)
        root = hour_information(hours).reshape(-1, len(net.sources))
    rows: list[Row] = []
    for kind, name, weights in targets(found):
        candidates = full + _stack_readings(found, now, weights, outlets)
        if hours is not None and root is not None:
            candidates.append(_best_hour(found, hours, root, now, weights))
        best: dict[str, tuple[Candidate, float]] = {}
        for candidate in candidates:
            left = float(weights @ candidate[1][:count, :count] @ weights)
            key = candidate[0]["observation"]
            if key not in best or left < best[key][1]:
                best[key] = (candidate, left)
        before = float(weights @ found.posterior @ weights)
        prior = float((weights * net.spread) @ (weights * net.spread))
        for rank, (candidate, left) in enumerate(sorted(best.values(), key=lambda b: b[1]), start=1):
            rows.append(
                {"target_kind": kind, "target": name, "pollutant": net.pollutant, "rank": rank}
                | candidate[0]
                | {
                    "variance_fall": 1.0 - left / before,
                    "kernel_before": 1.0 - before / prior,
                    "kernel_after": 1.0 - left / prior,
                    "decides": 1.0 - left / prior >= found.options.decidable
                    and not (kind == "source" and _grouped(candidate, name, weights, found)),
                }
            )
    return schema.check(pd.DataFrame(rows), "deciding_observations")


def _grouped(candidate: Candidate, name: str, weights: Array, found: Identifiability) -> bool:
    """Whether a source would still be in a group; not where its own stack was read."""
    label, state, cosine = candidate
    if label["observation"] == "stack_reading" and label["place"] == name:
        return False
    place, related = int(weights.argmax()), correlations(state[len(weights) :, len(weights) :])
    return any(place in group for group in find_groups(related, cosine, found.options))


def joint_prior(net: Network) -> Array:
    """Prior covariance of u and θ stacked, (2 K, 2 K) array [1]."""
    own = np.diag(net.spread**2)
    return np.block([[own, own], [own, apparent_prior(net)]])


def joint_posterior(net: Network, information: Array) -> Array:
    """Posterior covariance of u and θ stacked, (2 K, 2 K) array [1]."""
    prior, count = joint_prior(net), len(net.sources)
    share = data_share(prior[count:, count:], information)
    made = prior - prior[:, count:] @ share @ prior[count:, :]
    return 0.5 * (made + made.T)


def _stack_readings(
    found: Identifiability, state: Array, weights: Array, outlets: Collection[str] | None
) -> list[Candidate]:
    """State after a measurement in the stack of each source of a target; no dispersion is in it."""
    made: list[Candidate] = []
    for place in np.flatnonzero(weights):
        if outlets is not None and found.network.sources[place] not in outlets:
            continue
        along = state[:, place]
        fall = np.outer(along, along) / (along[place] + found.options.stack_reading**2)
        label = {"observation": "stack_reading", "place": found.network.sources[place]}
        made.append((label, state - fall, found.cosine))
    return made


def _best_hour(
    found: Identifiability, hours: Network, root: Array, state: Array, weights: Array
) -> Candidate:
    """Hour and place of the largest fall, and the state after its reading."""
    count = len(weights)
    along = root @ state[count:, :]
    variance = 1.0 + (along[:, count:] * root).sum(axis=1)
    best = int(((along[:, :count] @ weights) ** 2 / variance).argmax())
    hour, place = divmod(best, len(hours.posts))
    label = {"observation": "mobile_hour", "place": hours.posts[place], "time_start": hours.times[hour]}
    information = found.information + np.outer(root[best], root[best])
    after = state - np.outer(along[best], along[best]) / variance[best]
    return label, after, column_cosines(information, found.gram.squares())


def _with_pollutant(found: Identifiability, other: Identifiability) -> Array:
    """State of this pollutant with another's readings too.

    A source's u of the two pollutants correlate by ``shared_between_pollutants``; its dispersion bias is
    one and the same. The hourly errors of the two are taken as independent.
    """
    one, two = found.network, other.network
    count = len(one.sources)
    label = np.array([*one.sources, *two.sources])
    same = label[:, None] == label[None, :]
    own = np.arange(len(label)) < count
    spread = np.concatenate([one.spread, two.spread])
    prior = np.outer(spread, spread) * same
    prior[own[:, None] != own[None, :]] *= found.options.shared_between_pollutants
    classes = np.concatenate([one.classes, two.classes])
    apparent = prior + (classes[:, None] == classes[None, :]) * one.error.bias_class**2
    apparent = apparent + same * np.array(one.error.bias_own)[classes] ** 2
    information = np.zeros_like(prior)
    information[:count, :count] = found.information
    information[count:, count:] = other.information
    share = data_share(apparent, information)
    stacked = np.vstack([prior[:count], apparent[:count]])
    made = joint_prior(one) - stacked @ share @ stacked.T
    return 0.5 * (made + made.T)
