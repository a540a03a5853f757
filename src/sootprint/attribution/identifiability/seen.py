"""Who could be seen when: sources above the noise, told from all others, and why an hour is blind."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.identifiability.network import Network
from sootprint.core import schema
from sootprint.core.errors import ConfigError, InputError

Array = NDArray[np.float64]

REASONS = ("seen", "weak", "upwind", "idle", "no reading", "light wind", "not served", "calm")
"""Why a source is seen or not in an hour at a post; the least over posts is that of the network."""

SEEN, WEAK, UPWIND, IDLE, NO_READING, LIGHT, NOT_SERVED, CALM = range(8)


@dataclass(frozen=True)
class VisibilityOptions:
    """Settings of `visibility`.

    Attributes
    ----------
    noise_factor : float
        A contribution is seen above this many standard deviations of a reading's noise [1].
    upwind_share : float
        Share of a source's largest dilution factor at a post up to which the post is not reached [1].
    window_hours : int
        Length of the windows in which sources are told apart [h].
    told_share : float
        Share of its column that the others must fail to reproduce for a source to be told from them [1].
    """

    noise_factor: float = 3.0
    upwind_share: float = 1e-3
    window_hours: int = 3
    told_share: float = 0.3

    def __post_init__(self) -> None:
        if self.noise_factor <= 0 or self.window_hours < 1 or not 0 <= self.upwind_share < 1:
            raise ConfigError(
                f"noise_factor = {self.noise_factor}, window_hours = {self.window_hours}, "
                f"upwind_share = {self.upwind_share}",
                rule="the first above zero, the second a whole number of hours, the third within 0 and 1",
            )
        if not 0 < self.told_share <= 1:
            raise ConfigError(f"told_share = {self.told_share}", rule="above 0 and at most 1")


@dataclass(frozen=True)
class Visibility:
    """Who could be seen when, of one pollutant.

    Attributes
    ----------
    network : Network
        What it was made from.
    reason : (T, R, K) int8 array
        Place in ``REASONS``.
    told : (T, K) bool array
        Hours in which a source is seen and can be told from all others.
    residual : (W, K) array
        Share of its column that the others cannot reproduce, a row a window; nan where it is not seen [1].
    window : (T,) int array
        Window of each hour.
    options : VisibilityOptions
        Settings.
    """

    network: Network
    reason: NDArray[np.int8]
    told: NDArray[np.bool_]
    residual: Array
    window: NDArray[np.int64]
    options: VisibilityOptions

    def hours_table(self, hours: slice) -> pd.DataFrame:
        """Table ``visibility`` of some hours, a row an hour, post and source."""
        return _hours_table(self, hours)

    def summary(
        self,
        *,
        zone: str = "UTC",
        episodes: pd.DataFrame | None = None,
        wind_from: pd.Series | None = None,
    ) -> pd.DataFrame:
        """Table ``visibility_summary``.

        Parameters
        ----------
        zone : str
            IANA zone of the days.
        episodes : DataFrame, optional
            ``episode_id, pollutant, time_start, time_end``; those of this pollutant are taken.
        wind_from : Series, optional
            Direction where the wind comes from [°] by time; an hour that it lacks belongs to no sector.
        """
        return _summary(self, zone, episodes, wind_from)


def reading_noise(net: Network, value: Array) -> Array:
    """Standard deviation of an hourly reading at the modelled value, (t, R) array [µg m⁻³].

    Instrument, and what neither sources nor background explain: ``√(s_a² + (s_m Σ_k c_k)² + s_b²)``.
    """
    error = net.error
    total = value.sum(axis=2)
    made = np.sqrt(error.instrument_ugm3**2 + error.smooth_ugm3**2 + (error.instrument_relative * total) ** 2)
    return np.asarray(made)


def visibility(net: Network, *, options: VisibilityOptions | None = None) -> Visibility:
    """Who could be seen when.

    Parameters
    ----------
    net : Network
        From `make_network`.
    options : VisibilityOptions, optional
        Settings.
    """
    options = options or VisibilityOptions()
    least = options.upwind_share * _largest_dilution(net)
    reason = np.empty((len(net.times), len(net.posts), len(net.sources)), np.int8)
    window = net.elapsed // options.window_hours
    _, window = np.unique(window, return_inverse=True)
    edges = np.concatenate([[0], np.flatnonzero(np.diff(window)) + 1, [len(window)]])
    residual = np.full((int(window[-1]) + 1, len(net.sources)), np.nan)
    told = np.zeros((len(net.times), len(net.sources)), bool)
    for part in _chunks(edges, net):
        value = net.contributions(part)
        noise = reading_noise(net, value)
        reason[part] = _reasons(net, part, value, noise, least, options)
        for number in np.unique(window[part]):
            inside = np.flatnonzero(window[part] == number)
            codes = reason[part][inside]
            seen = (codes == SEEN).any(axis=(0, 1))
            if not seen.any():
                continue
            share, norm = _window(value[inside], noise[inside], codes, seen)
            residual[number] = share
            apart = seen & (share >= options.told_share) & (share * norm >= options.noise_factor)
            told[part.start + inside] = (codes == SEEN).any(axis=1) & apart
    return Visibility(net, reason, told, residual, window, options)


def _chunks(edges: NDArray[np.int64], net: Network) -> list[slice]:
    """Slices of whole windows, of about a block's length each."""
    step = max(1, net.error.block_hours // max(1, int(np.diff(edges).max())))
    taken = [*edges[:-1:step], edges[-1]]
    return [slice(int(a), int(b)) for a, b in pairwise(taken)]


def _largest_dilution(net: Network) -> Array:
    made = np.zeros((len(net.posts), len(net.sources)))
    for part in net.day_slices():
        block = np.nan_to_num(net.operator[part].to_numpy(), nan=0.0)
        made = np.maximum(made, block.max(axis=0))
    return made


def _reasons(
    net: Network, part: slice, value: Array, noise: Array, least: Array, options: VisibilityOptions
) -> NDArray[np.int8]:
    served = np.isfinite(value).all(axis=2)
    code = np.where(value > options.noise_factor * noise[:, :, None], SEEN, WEAK).astype(np.int8)
    code[net.operator[part].to_numpy() <= least] = UPWIND
    idle = (net.activity[part] * net.declared == 0.0)[:, None, :]
    code[np.broadcast_to(idle, code.shape)] = IDLE
    code[~net.readings[part]] = NO_READING
    code[net.light[part]] = LIGHT
    code[~served] = NOT_SERVED
    code[net.calm[part]] = CALM
    return code


def _window(
    value: Array, noise: Array, codes: NDArray[np.int8], seen: NDArray[np.bool_]
) -> tuple[Array, Array]:
    """Residual shares and norms of the columns of one window, over the noise: two (K,) arrays."""
    from sootprint.attribution.identifiability.projection import window_shares

    used = (codes <= IDLE).all(axis=2)
    scaled = value[used] / noise[used][:, None]
    reaches = (codes[used] <= WEAK).any(axis=0)
    active = np.flatnonzero(reaches)
    columns = np.column_stack([scaled[:, active], 1.0 / noise[used]])
    gram = columns.T @ columns
    share = np.full(value.shape[2], np.nan)
    share[active] = window_shares(gram, np.append(seen[active], False))[:-1]
    norm = np.zeros(value.shape[2])
    norm[active] = np.sqrt(np.diag(gram)[:-1])
    return share, norm


def _hours_table(seen: Visibility, hours: slice) -> pd.DataFrame:
    net = seen.network
    part = slice(*hours.indices(len(net.times)))
    value = net.contributions(part)
    noise = np.broadcast_to(reading_noise(net, value)[:, :, None], value.shape)
    codes = seen.reason[part]
    grid = pd.MultiIndex.from_product(
        [net.times[part], net.posts, net.sources], names=["time_start", "station_id", "source_id"]
    ).to_frame(index=False)
    told = np.broadcast_to(seen.told[part][:, None, :], value.shape)
    made = grid.assign(
        pollutant=net.pollutant,
        contribution_ugm3=value.ravel(),
        noise_ugm3=noise.ravel(),
        reason=np.array(REASONS, dtype=object)[codes.ravel()],
        told=told.ravel(),
    )
    return schema.check(made, "visibility")


def _summary(
    seen: Visibility, zone: str, episodes: pd.DataFrame | None, wind_from: pd.Series | None
) -> pd.DataFrame:
    net = seen.network
    network_code = seen.reason.min(axis=1)
    every = np.ones((1, len(net.times)), bool)
    parts = [_counts(network_code, seen.told, every, ["all"], "all", "any", net)]
    labels: list[tuple[str, list[str], NDArray[np.bool_]]] = []
    days = net.times.tz_localize("UTC").tz_convert(zone).strftime("%Y-%m-%d").to_numpy()
    names, place = np.unique(days, return_inverse=True)
    labels.append(("day", list(names), place[None, :] == np.arange(len(names))[:, None]))
    hour = net.times.tz_localize("UTC").tz_convert(zone).hour.to_numpy()
    labels.append(
        ("hour", [f"{number:02d}" for number in range(24)], hour[None, :] == np.arange(24)[:, None])
    )
    if episodes is not None and len(own := episodes[episodes["pollutant"] == net.pollutant]):
        rows = [(net.times >= item.time_start) & (net.times < item.time_end) for item in own.itertuples()]
        labels.append(("episode", [str(name) for name in own["episode_id"]], np.array(rows)))
    if wind_from is not None:
        labels.append(_sectors(net, wind_from))
    for kind, periods, rows_of in labels:
        parts.append(_counts(network_code, seen.told, rows_of, periods, kind, "any", net))
    for number, post in enumerate(net.posts):
        code = seen.reason[:, number]
        told = seen.told & (code == SEEN)
        parts.append(_counts(code, told, every, ["all"], "all", post, net))
        for kind, periods, rows_of in labels:
            if kind == "episode":
                parts.append(_counts(code, told, rows_of, periods, kind, post, net))
    return schema.check(pd.concat(parts, ignore_index=True), "visibility_summary")


def _sectors(net: Network, wind_from: pd.Series) -> tuple[str, list[str], NDArray[np.bool_]]:
    from sootprint.attribution.directional.compass import NAMES_16, sector_number

    index = pd.DatetimeIndex(wind_from.index).as_unit("us")
    if index.has_duplicates:
        raise InputError("two wind directions for one hour", where="wind_from")
    value = pd.Series(wind_from.to_numpy(float), index=index).reindex(net.times).to_numpy(float)
    number = sector_number(value, 16)
    return "sector", NAMES_16, number[None, :] == np.arange(16)[:, None]


def _counts(
    code: NDArray[np.int8],
    told: NDArray[np.bool_],
    rows_of: NDArray[np.bool_],
    periods: list[str],
    kind: str,
    post: str,
    net: Network,
) -> pd.DataFrame:
    from scipy.sparse import csr_array

    pick = csr_array(rows_of.astype(np.float64))
    counted = [np.asarray(pick @ (code == number).astype(np.float64)) for number in range(len(REASONS))]
    hours = rows_of.sum(axis=1)[:, None] * np.ones((1, len(net.sources)))
    apart = np.asarray(pick @ told.astype(np.float64))
    with np.errstate(invalid="ignore"):
        share_seen, share_told = counted[SEEN] / hours, apart / hours
    made = {
        "pollutant": net.pollutant,
        "source_id": np.tile(net.sources, len(periods)),
        "station_id": post,
        "period_kind": kind,
        "period": np.repeat(periods, len(net.sources)),
        "hours": hours.ravel().astype(np.int64),
        "hours_seen": counted[SEEN].ravel().astype(np.int64),
        "share_seen": share_seen.ravel(),
        "hours_told": apart.ravel().astype(np.int64),
        "share_told": share_told.ravel(),
    }
    for number in range(WEAK, len(REASONS)):
        column = f"hours_{REASONS[number].replace(' ', '_')}"
        made[column] = counted[number].ravel().astype(np.int64)
    return pd.DataFrame(made)
