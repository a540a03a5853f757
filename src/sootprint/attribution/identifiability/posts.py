"""Where the next post, or the next hour of a mobile laboratory, would tell most.

Expected gain of information on the apparent relative rates θ from data with information J_c, given what the
posts so far say (Lindley 1956, doi:10.1214/aoms/1177728069; linear-Gaussian case):

``gain = ½ ln det(I + S_θ J_c)`` [nat], ``S_θ = (S_prior⁻¹ + J)⁻¹``

Candidates are taken as independent of each other and of the posts given θ, each with a background of its
own; the gain of a set is then monotone and submodular in the set, and the greedy choice reaches at least
1 − 1/e of the best one (Nemhauser et al. 1978, doi:10.1007/BF01588971; Krause et al. 2008, JMLR 9, 235).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.identifiability.gram import eliminate, gram_of, make_nuisances
from sootprint.attribution.identifiability.kernel import (
    Identifiability,
    apparent_posterior,
    identify,
)
from sootprint.attribution.identifiability.network import Network
from sootprint.core import schema
from sootprint.core.errors import InputError

Array = NDArray[np.float64]


def post_information(net: Network, *, repeat: float = 1.0) -> Array:
    """Information of each post of a network by itself, nuisances eliminated: (R, K, K) array [1].

    Parameters
    ----------
    net : Network
        Operator at the candidate places.
    repeat : float
        How many times as many hours as those of the network the post would measure [1]: a long period may
        be stood for by some of its days. What lasts, as a bias of the post, is not averaged out by more.
    """
    mean = net.mean_contributions()
    each = [make_nuisances(net, mean[[number]]) for number in range(len(net.posts))]
    grams = [np.zeros((nuisances.size, nuisances.size)) for nuisances in each]
    for part in net.day_slices():
        cells = net.cells(part)
        for number, (gram, nuisances) in enumerate(zip(grams, each, strict=True)):
            own = cells.of_post(number)
            if len(own.station):
                block, places = gram_of(own, net.classes, nuisances, net.error)
                gram[np.ix_(places, places)] += block
    return np.array(
        [eliminate(repeat * gram, nuisances) for gram, nuisances in zip(grams, each, strict=True)]
    )


def information_gain(posterior: Array, information: Array) -> float:
    """``½ ln det(I + S J)`` [nat], of a positive definite S and a positive semi-definite J."""
    factor = np.linalg.cholesky(posterior)
    inner = np.eye(len(posterior)) + factor.T @ information @ factor
    return 0.5 * float(np.linalg.slogdet(inner)[1])


def greedy(
    posterior: Array, candidates: Array, count: int, exclusive: NDArray[np.int64] | None = None
) -> list[tuple[int, float]]:
    """Candidates chosen one after the other, each with its gain given those before it [nat].

    Parameters
    ----------
    posterior : (K, K) array
        Covariance of θ before.
    candidates : (C, K, K) array
        Information of each candidate.
    count : int
        Number to choose.
    exclusive : (C,) int array, optional
        Label of each candidate; of each label one at most is chosen.
    """
    precision = np.linalg.inv(posterior)
    bound = np.full(len(candidates), np.inf)
    open_ = np.ones(len(candidates), bool)
    chosen: list[tuple[int, float]] = []
    while len(chosen) < count and open_.any():
        now = np.linalg.inv(precision)
        now = 0.5 * (now + now.T)
        fresh = np.zeros(len(candidates), bool)
        # a gain only falls as others are chosen, so the last known one is an upper bound (Minoux 1978)
        while True:
            best = int(np.where(open_, bound, -np.inf).argmax())
            if fresh[best]:
                break
            bound[best] = information_gain(now, candidates[best])
            fresh[best] = True
        chosen.append((best, float(bound[best])))
        precision = precision + candidates[best]
        open_[best] = False
        if exclusive is not None:
            open_ &= exclusive != exclusive[best]
    return chosen


def same_sources(found: Identifiability, candidates: Network) -> None:
    """Refusal of candidates whose sources or rates are not those of the posts.

    Raises
    ------
    InputError
        If they differ.
    """
    net = found.network
    if candidates.sources != net.sources or not np.array_equal(candidates.declared, net.declared):
        raise InputError(
            "the candidates have other sources or rates than the posts",
            cure="make both networks from the same table of rates",
        )


def next_monitor(
    found: Identifiability,
    candidates: Network,
    *,
    count: int = 5,
    places: pd.DataFrame | None = None,
    information: Array | None = None,
) -> pd.DataFrame:
    """Candidate posts in the order in which a greedy search takes them, with what each would decide.

    Parameters
    ----------
    found : Identifiability
        What the posts so far could decide.
    candidates : Network
        Operator at the candidate places, with the same sources and rates.
    count : int
        Posts to choose.
    places : DataFrame, optional
        ``station_id, lon, lat`` of the candidates, for the map.
    information : (R, K, K) array, optional
        What `post_information` gave for them, where it is at hand.

    Returns
    -------
    DataFrame
        Table ``next_posts``: first all candidates with their gain alone, ``rank`` missing unless chosen.

    Raises
    ------
    InputError
        If the candidates have other sources or rates.
    """
    same_sources(found, candidates)
    own = post_information(candidates) if information is None else information
    start = apparent_posterior(found.network, found.information)
    alone = np.array([information_gain(start, item) for item in own])
    order = greedy(start, own, count)
    rows = []
    before, cumulative = found, 0.0
    for rank, (number, gain) in enumerate(order, start=1):
        after = identify(found.network, found.gram, before.information + own[number], found.options)
        cumulative += gain
        row = _row("post", candidates.posts[number], alone[number], found)
        rows.append(
            row | {"rank": rank, "gain_nat": gain, "cumulative_nat": cumulative} | _change(before, after)
        )
        before = after
    taken = {number for number, _ in order}
    rows += [
        _row("post", candidates.posts[number], alone[number], found)
        for number in np.argsort(-alone, kind="stable")
        if number not in taken
    ]
    return schema.check(_with_places(pd.DataFrame(rows), places), "next_posts")


def hour_information(candidates: Network) -> Array:
    """Information of one reading in each hour and place, rank one: (T, R, K) array of its root [1].

    ``J = g gᵀ`` with ``g = c / σ``; σ² holds the instrument, the model's errors of the hour and a
    background known to a third of its scale. Zero where the engine does not serve or nothing measures.
    """
    error = candidates.error
    value = candidates.contributions(slice(0, len(candidates.times)))
    used = np.isfinite(value).all(axis=2) & candidates.readings & ~candidates.light[:, None]
    value = np.where(used[:, :, None], value, 0.0)
    relative = np.array(error.relative)[candidates.classes] ** 2 * error.cell_hours
    relative = relative + np.array(error.dispersion)[candidates.classes] ** 2
    variance = (value**2) @ relative + (error.instrument_relative * value.sum(axis=2)) ** 2
    variance += error.instrument_ugm3**2 + error.smooth_ugm3**2 + (error.background_ugm3 / 3.0) ** 2
    return np.asarray(value / np.sqrt(variance)[:, :, None])


def next_hour(
    found: Identifiability, candidates: Network, *, count: int = 3, places: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Hours and places of a mobile laboratory under a forecast, in the order of a greedy search.

    Parameters
    ----------
    found : Identifiability
        What the posts so far could decide.
    candidates : Network
        Operator of the forecast hours at the places that the laboratory can reach.
    count : int
        Hours to choose; one place an hour.
    places : DataFrame, optional
        ``station_id, lon, lat`` of the places.

    Returns
    -------
    DataFrame
        Table ``next_posts`` of the chosen hours, ``kind`` ``mobile_hour``.
    """
    same_sources(found, candidates)
    root = hour_information(candidates)
    hours, posts, sources = root.shape
    flat = root.reshape(-1, sources)
    covariance = apparent_posterior(found.network, found.information)
    start = covariance
    rows: list[dict[str, object]] = []
    taken = np.zeros(len(flat), bool)
    before, cumulative = found, 0.0
    for rank in range(1, min(count, hours) + 1):
        gains = 0.5 * np.log1p(((flat @ covariance) * flat).sum(axis=1))
        best = int(np.where(taken, -np.inf, gains).argmax())
        hour, post = divmod(best, posts)
        g = flat[best]
        cumulative += float(gains[best])
        after = identify(found.network, found.gram, before.information + np.outer(g, g), found.options)
        alone = 0.5 * float(np.log1p(g @ start @ g))
        row = _row("mobile_hour", candidates.posts[post], alone, found)
        row |= {"time_start": candidates.times[hour], "rank": rank, "gain_nat": float(gains[best])}
        rows.append(row | {"cumulative_nat": cumulative} | _change(before, after))
        along = covariance @ g
        covariance = covariance - np.outer(along, along) / (1.0 + float(g @ along))
        taken[hour * posts : (hour + 1) * posts] = True
        before = after
    return schema.check(_with_places(pd.DataFrame(rows), places), "next_posts")


def _row(kind: str, place: str, alone: float, found: Identifiability) -> dict[str, object]:
    return {"kind": kind, "pollutant": found.network.pollutant, "station_id": place, "gain_alone_nat": alone}


def separated_pairs(before: Identifiability, after: Identifiability) -> list[tuple[str, str]]:
    """Pairs of sources that are in one group before and not after."""
    names = before.network.sources
    label = {int(m): number for number, group in enumerate(after.groups) for m in group}
    made = []
    for group in before.groups:
        for place, one in enumerate(group):
            for two in group[place + 1 :]:
                together = label.get(int(one), -1) == label.get(int(two), -2)
                if not together:
                    made.append((names[int(one)], names[int(two)]))
    return made


def _change(before: Identifiability, after: Identifiability) -> dict[str, object]:
    newly = after.decidable() & ~before.decidable()
    pairs = separated_pairs(before, after)
    return {
        "degrees_of_freedom": after.degrees_of_freedom,
        "separates": ", ".join(f"{one}|{two}" for one, two in pairs) or None,
        "decides": ", ".join(np.array(before.network.sources)[newly]) or None,
    }


def _with_places(table: pd.DataFrame, places: pd.DataFrame | None) -> pd.DataFrame:
    if places is None:
        return table
    missing = sorted(set(table["station_id"]) - set(places["station_id"]))
    if missing:
        raise InputError(f"no coordinates of candidate {missing[0]}", where="places")
    return table.merge(places[["station_id", "lon", "lat"]], on="station_id", how="left", validate="m:1")
