"""What reading of a post would speak against a contribution: where, in which wind, under what."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.evidence.field import Field
from sootprint.attribution.evidence.subjects import Subject

Array = NDArray[np.float64]
Row = dict[str, Any]

WINDY_HOURS = 24
"""Hours of a campaign at the post that sees the subject best [h]."""


def bearing(from_lon: float, from_lat: float, to_lon: Array, to_lat: Array) -> Array:
    """Direction from a place to others [degrees clockwise from north], on a plane at its latitude."""
    east = (np.asarray(to_lon, float) - from_lon) * np.cos(np.radians(from_lat))
    north = np.asarray(to_lat, float) - from_lat
    made: Array = np.degrees(np.arctan2(east, north)) % 360.0
    return made


def telling_post(
    field: Field,
    subject: Subject,
    rate_low_g_s: Array,
    stations: pd.DataFrame,
    sources: pd.DataFrame,
    generator: np.random.Generator,
    *,
    noise_ugm3: float = 0.0,
) -> Row:
    """Post, direction and level that would speak against a subject emitting at least its lower bound.

    The post is the one with the largest mean contribution of the subject over its `WINDY_HOURS` strongest
    hours with wind; the level is the 5 % quantile of that mean under the lasting bias and the errors of
    the particular hours (blocks independent). A mean over hours like these that exceeds the background by
    less would be expected in one case of twenty if the subject emitted at that rate.

    Parameters
    ----------
    field : Field
        Contributions and scales.
    subject : Subject
        Source, plant or group.
    rate_low_g_s : (M,) array
        Lower bound of the rate of each of its sources [g s⁻¹].
    stations, sources : DataFrame
        Tables with ``lon`` and ``lat``.
    generator : Generator
        Random numbers.
    noise_ugm3 : float
        Additive error of an hour [µg m⁻³]: a level under twice that of the mean could not be told from none.

    Returns
    -------
    dict
        Post, direction from it to the subject [degrees], hours, expected mean and level [µg m⁻³]; empty
        where no post saw the subject in wind well enough.
    """
    windy = field.served & ~field.light[:, None]
    response = np.where(windy[:, :, None], field.response[:, :, subject.members], 0.0)
    seen = response @ rate_low_g_s
    count = min(WINDY_HOURS, int(windy.sum(axis=0).max()))
    if count == 0 or not seen.max() > 0.0:
        return {}
    order = np.argsort(-seen, axis=0, kind="stable")[:count]
    place = int(np.take_along_axis(seen, order, axis=0).mean(axis=0).argmax())
    hours = order[:, place]
    parts = response[hours, place] * rate_low_g_s
    bias = field.apparent[:, subject.members] / field.emission[:, subject.members]
    block = np.unique(hours // field.options.block_hours, return_inverse=True)[1]
    miss, variance = (item[subject.members] for item in field.hour_errors(field.options.block_hours, False))
    shape = (len(bias), int(block.max()) + 1, len(subject.members))
    noise, came = generator.standard_normal(shape), generator.random(shape) >= miss
    error = np.where(came, np.exp(np.sqrt(variance) * noise - 0.5 * variance) / (1.0 - miss), 0.0)[:, block]
    mean = (error * parts[None] * bias[:, None]).sum(axis=2).mean(axis=1)
    level = float(np.quantile(mean, 0.05))
    if not level > 2.0 * noise_ugm3 / np.sqrt(count):
        return {}
    row: Row = {
        "telling_post": field.stations[place],
        "telling_hours": count,
        "telling_level_ugm3": level,
    }
    return row | _direction(field, subject, rate_low_g_s, place, stations, sources)


def _direction(
    field: Field,
    subject: Subject,
    weight: Array,
    place: int,
    stations: pd.DataFrame,
    sources: pd.DataFrame,
) -> Row:
    post = stations[stations["station_id"].astype(str) == field.stations[place]]
    table = sources.assign(source_id=sources["source_id"].astype(str)).set_index("source_id")
    own = table.reindex([field.sources[member] for member in subject.members])[["lon", "lat"]].astype(float)
    if post.empty or own.isna().any().any() or not weight.sum() > 0.0:
        return {}
    towards = bearing(
        float(post["lon"].iloc[0]), float(post["lat"].iloc[0]), own["lon"].to_numpy(), own["lat"].to_numpy()
    )
    turn = (weight * np.exp(1j * np.radians(towards))).sum()
    return {"telling_direction_deg": float(np.degrees(np.angle(turn)) % 360.0)}
