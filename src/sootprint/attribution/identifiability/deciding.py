"""What would decide a source or a group that these data cannot: the observation that narrows it most."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.identifiability.kernel import (
    Identifiability,
    bias_covariance,
    data_share,
    find_groups,
    posterior_covariance,
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
    hours: Network | None = None,
    others: list[Identifiability] | None = None,
) -> pd.DataFrame:
    """Observations by the expected fall of the posterior variance of each thing that is not decidable.

    Parameters
    ----------
    found : Identifiability
        What the posts so far could decide.
    posts : Network, optional
        Operator at candidate posts.
    hours : Network, optional
        Operator of forecast hours at places that a mobile laboratory can reach.
    others : list of Identifiability, optional
        Other pollutants at the same posts: a source that emits both shares part of its error between them.

    Returns
    -------
    DataFrame
        Table ``deciding_observations``: the best observation of each kind, by rank. In the linear-Gaussian
        case the variance left does not depend on what would be read, so the expected fall is the fall.
    """
    net = found.network
    full: list[tuple[Row, Array]] = []
    if posts is not None:
        same_sources(found, posts)
        for name, own in zip(posts.posts, post_information(posts), strict=True):
            full.append(({"observation": "new_post", "place": name}, _after(found, own)))
    for other in others or []:
        label = {"observation": "second_pollutant", "other_pollutant": other.network.pollutant}
        full.append((label, _with_pollutant(found, other)))
    narrow = _hour_covariances(found, hours) if hours is not None else None
    rows: list[Row] = []
    for kind, name, weights in targets(found):
        candidates = full + _stack_readings(found, weights)
        if hours is not None and narrow is not None:
            candidates.append(_best_hour(found, hours, narrow, weights))
        best: dict[str, tuple[Row, Array, float]] = {}
        for label, matrix in candidates:
            left, key = float(weights @ matrix @ weights), label["observation"]
            if key not in best or left < best[key][2]:
                best[key] = (label, matrix, left)
        before = float(weights @ found.posterior @ weights)
        prior = float((weights * net.spread) @ (weights * net.spread))
        for rank, (label, matrix, left) in enumerate(sorted(best.values(), key=lambda b: b[2]), start=1):
            rows.append(
                {"target_kind": kind, "target": name, "pollutant": net.pollutant, "rank": rank}
                | label
                | {
                    "variance_fall": 1.0 - left / before,
                    "kernel_before": 1.0 - before / prior,
                    "kernel_after": 1.0 - left / prior,
                    "decides": 1.0 - left / prior >= found.options.decidable
                    and not (kind == "source" and _grouped(matrix, weights, found)),
                }
            )
    return schema.check(pd.DataFrame(rows), "deciding_observations")


def _grouped(posterior: Array, weights: Array, found: Identifiability) -> bool:
    """Whether a source would still be in a group."""
    place = int(weights.argmax())
    return any(place in group for group in find_groups(posterior, found.options.group_correlation))


def _after(found: Identifiability, own: Array) -> Array:
    net = found.network
    return posterior_covariance(net.spread, bias_covariance(net), found.information + own)[0]


def _stack_readings(found: Identifiability, weights: Array) -> list[tuple[Row, Array]]:
    """Posterior covariance after a measurement in the stack of each source; no dispersion is in it."""
    made: list[tuple[Row, Array]] = []
    for place in np.flatnonzero(weights):
        along = found.posterior[:, place]
        fall = np.outer(along, along) / (along[place] + found.options.stack_reading**2)
        label = {"observation": "stack_reading", "place": found.network.sources[place]}
        made.append((label, found.posterior - fall))
    return made


def _hour_covariances(found: Identifiability, hours: Network) -> tuple[Array, Array]:
    """Covariance of u with a reading of each hour and place, and that reading's variance.

    (T·R, K) and (T·R,) arrays, of the reading over its noise, from the joint covariance of u and θ given
    the posts so far.
    """
    same_sources(found, hours)
    prior = np.diag(found.network.spread**2)
    apparent = prior + bias_covariance(found.network)
    share = data_share(apparent, found.information)
    cross = prior - prior @ share @ apparent
    state = apparent - apparent @ share @ apparent
    root = hour_information(hours)
    flat = root.reshape(-1, root.shape[2])
    return flat @ cross.T, 1.0 + ((flat @ state) * flat).sum(axis=1)


def _best_hour(
    found: Identifiability, hours: Network, narrow: tuple[Array, Array], weights: Array
) -> tuple[Row, Array]:
    """Hour and place of the largest fall, and the posterior covariance after its reading."""
    along, variance = narrow
    best = int(((along @ weights) ** 2 / variance).argmax())
    hour, place = divmod(best, len(hours.posts))
    label = {"observation": "mobile_hour", "place": hours.posts[place], "time_start": hours.times[hour]}
    return label, found.posterior - np.outer(along[best], along[best]) / variance[best]


def _with_pollutant(found: Identifiability, other: Identifiability) -> Array:
    """Posterior covariance of this pollutant's u with another's readings too.

    A source's u of the two pollutants correlate by ``shared_between_pollutants``; its dispersion bias is
    one and the same.
    """
    one, two = found.network, other.network
    names = [*one.sources, *two.sources]
    count = len(one.sources)
    label = np.array(names)
    same = label[:, None] == label[None, :]
    own = np.arange(len(names)) < count
    across = own[:, None] != own[None, :]
    spread = np.concatenate([one.spread, two.spread])
    prior = np.outer(spread, spread) * same
    prior[across] *= found.options.shared_between_pollutants
    classes = np.concatenate([one.classes, two.classes])
    bias = (classes[:, None] == classes[None, :]) * one.error.bias_class**2
    bias = bias + same * np.array(one.error.bias_own)[classes] ** 2
    information = np.zeros_like(prior)
    information[:count, :count] = found.information
    information[count:, count:] = other.information
    posterior = prior - prior @ data_share(prior + bias, information) @ prior
    return 0.5 * (posterior + posterior.T)[:count, :count]
