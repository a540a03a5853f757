"""Episodes from exceedance and stagnation together, and how strongly the two are linked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core import schema
from sootprint.core.errors import ConfigError, InputError
from sootprint.core.timeaxis import zone_info
from sootprint.monitors.averages import DAY_S, HOUR_S, BelowDetection, local_edges, means

WEATHER_COLUMNS = ("wind_speed", "calm", "hours_since_ventilated", "ventilation", "stagnant")
"""Columns of the table ``stagnation`` that describe an episode."""

_HOUR_US = 3_600_000_000


@dataclass(frozen=True)
class EpisodeOptions:
    """Rules that make an episode of marked hours.

    Attributes
    ----------
    episode_norms : mapping of str to str
        Norm identifier by pollutant, before every default.
    merge_gap_h : int
        Longest gap [h] between marked hours of one episode.
    minimum_hours : int
        Fewest marked hours of an episode [h].
    accumulation_h : int
        Longest stretch of stagnant hours [h] before the first marked hour that may belong to it.
    stagnant_share : float
        Share of stagnant hours [1] from which the kind is ``stagnation``.
    minimum_weather : float
        Share of hours with a known state [1] under which the kind is ``unknown weather``.
    minimum_coverage, below_detection
        See `sootprint.monitors.averages.means`.
    """

    episode_norms: Mapping[str, str] = field(default_factory=dict)
    merge_gap_h: int = 6
    minimum_hours: int = 2
    accumulation_h: int = 12
    stagnant_share: float = 0.5
    minimum_weather: float = 0.5
    minimum_coverage: float = 0.75
    below_detection: BelowDetection = "half"

    def __post_init__(self) -> None:
        for name in ("merge_gap_h", "accumulation_h"):
            if getattr(self, name) < 0:
                raise ConfigError(f"{name} = {getattr(self, name)}", rule="hours are not negative")
        if self.minimum_hours < 1:
            raise ConfigError(f"minimum_hours = {self.minimum_hours}", rule="an episode has a marked hour")
        for name in ("stagnant_share", "minimum_weather", "minimum_coverage"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ConfigError(f"{name} = {getattr(self, name)}", rule="a share between 0 and 1")

    @classmethod
    def from_mapping(cls, options: Mapping[str, Any] | None) -> EpisodeOptions:
        """Options of a mapping; `ConfigError` where a key is not known."""
        known = [item.name for item in fields(cls)]
        for name in options or {}:
            if name not in known:
                raise ConfigError(
                    f"option {name!r} of episodes is not known", cure=f"one of: {', '.join(known)}"
                )
        return cls(**(options or {}))


def marking_norms(norms: pd.DataFrame, episode_norms: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Row of the norm that marks the hours of each pollutant, sorted by pollutant.

    The order of choice: the norm named in ``episode_norms``; the Kazakh single maximum; the hourly limit
    of the EU (the directive in force before the one to come), the WHO and the US; any other norm of an
    hour or less; the daily value in the same order of jurisdictions. Running and annual norms and
    thresholds of information and alert mark nothing.

    Raises
    ------
    ConfigError
        If a named norm is not in the table, is of another pollutant, or marks neither hours nor days.
    """
    named = dict(episode_norms or {})
    fixed = norms.loc[(norms["averaging_s"] <= HOUR_S) | (norms["averaging_s"] == DAY_S)]
    fixed = fixed.loc[fixed["kind"].isin(("limit", "target", "guideline")) & fixed["form"].ne("mean")]
    fixed = fixed.loc[~fixed["rolling"].fillna(False).astype(bool)]
    for pollutant, norm_id in named.items():
        found = fixed.loc[fixed["norm_id"] == norm_id, "pollutant"]
        if found.tolist() != [pollutant]:
            raise ConfigError(
                f"norm {norm_id!r} cannot mark the hours of {pollutant}",
                where="episode_norms",
                rule="a marking norm is in the chosen norms, of that pollutant, hourly or shorter, or daily",
                cure=f"one of: {', '.join(fixed.loc[fixed['pollutant'] == pollutant, 'norm_id'])}",
            )
    jurisdiction = fixed["jurisdiction"].map({"KZ": 0, "EU": 1, "WHO": 2, "US": 3}).astype(int)
    hourly = (fixed["averaging_s"] == HOUR_S) | (
        (fixed["jurisdiction"] == "KZ") & (fixed["averaging_s"] < HOUR_S)
    )
    length = np.where(hourly, 0, np.where(fixed["averaging_s"] < HOUR_S, 1, 2))
    later = fixed["valid_from"].fillna("")
    chosen = fixed["norm_id"].isin(named.values())
    ranked = fixed.assign(_named=~chosen, _length=length, _jurisdiction=jurisdiction, _later=later)
    order = ["pollutant", "_named", "_length", "_jurisdiction", "_later", "norm_id"]
    best = ranked.sort_values(order).drop_duplicates("pollutant")
    return best[norms.columns].reset_index(drop=True)


def find_episodes(
    observations: pd.DataFrame,
    stagnation: pd.DataFrame,
    norms: pd.DataFrame,
    *,
    zone: str,
    options: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Table ``episodes``, by pollutant in the order of time.

    An hour is marked where the hourly mean of any post is over the marking norm (`marking_norms`); for a
    daily norm every hour of a local day whose mean is over. Marked hours with gaps of up to
    ``merge_gap_h`` are one episode if at least ``minimum_hours`` are marked. Its beginning then moves back
    to the accumulation that led to it: over the unbroken stagnant hours before the first marked hour, for
    as long as the three-hour mean over the posts that go over rises into it, at most ``accumulation_h``
    unmarked hours. These hours count in every mean and share of the episode.

    ``accumulation_ugm3_h`` is the Theil–Sen slope [µg m⁻³ h⁻¹] of the peak post from the beginning to the
    peak (median of the slopes of all pairs of hours, Sen 1968 [1]_), from three hourly values on. The kind
    is ``stagnation`` from a share ``stagnant_share`` of stagnant hours, and ``unknown weather`` where the
    state is known for less than ``minimum_weather`` of the hours; an empty stagnation table is allowed.

    Parameters
    ----------
    observations, stagnation, norms : DataFrame
        Tables of those names; stagnation has one row an hour.
    zone : str
        IANA zone of the site.
    options : mapping, optional
        Fields of `EpisodeOptions`.

    Raises
    ------
    ConfigError
        If an option is not known or out of range.
    InputError
        If two rows of the stagnation table are in one hour.

    Notes
    -----
    Readings longer than an hour make no episode: their hours are not known.

    References
    ----------
    .. [1] Sen, P. K. (1968): J. Am. Stat. Assoc. 63, 1379–1389, doi:10.1080/01621459.1968.10480934.
    """
    chosen = EpisodeOptions.from_mapping(options)
    weather = _hourly_weather(stagnation)
    rows: list[dict[str, Any]] = []
    for norm, hours in _marked(observations, norms, zone, chosen):
        state = weather.reindex(hours.times)
        for number, (first, last) in enumerate(_runs(hours.over, chosen), start=1):
            begin = _beginning(hours, state, first, last, chosen.accumulation_h)
            rows.append(_describe(norm, hours, state, (begin, first, last), number, chosen))
    return schema.check(pd.DataFrame(rows), "episodes")


def stagnation_link(
    observations: pd.DataFrame,
    stagnation: pd.DataFrame,
    norms: pd.DataFrame,
    *,
    zone: str,
    rng: np.random.Generator,
    options: Mapping[str, Any] | None = None,
    draws: int = 1000,
    block_days: int = 1,
) -> pd.DataFrame:
    """Table ``stagnation_link``: how much more often marked hours occur in calm and in stagnant air.

    The relative risk is (a / h) / ((A - a) / (H - h)), with a of A marked hours and h of H hours in the
    state; only hours with both a reading and a known state count. Its 90 % interval is that of a block
    bootstrap (Künsch 1989 [1]_): blocks of ``block_days`` local days are drawn with replacement. Where
    smog lasts longer than a block the interval is too narrow. It describes an association: calm goes
    with night, cold and stoves as well.

    Parameters
    ----------
    observations, stagnation, norms, zone, options
        See `find_episodes`.
    rng : numpy Generator
        Source of the draws.
    draws : int
        Number of bootstrap samples.
    block_days : int
        Length of a block in local days.

    References
    ----------
    .. [1] Künsch, H. R. (1989): Ann. Stat. 17, 1217–1241, doi:10.1214/aos/1176347265.
    """
    if draws < 1 or block_days < 1:
        raise ConfigError(f"{draws} draws of {block_days} days", rule="both are at least 1")
    chosen = EpisodeOptions.from_mapping(options)
    weather = _hourly_weather(stagnation)
    rows: list[dict[str, Any]] = []
    for norm, hours in _marked(observations, norms, zone, chosen):
        state = weather.reindex(hours.times)
        edges = local_edges(hours.times[0], hours.times[-1], zone, "D")
        block = (np.searchsorted(edges, hours.times, side="right") - 1) // block_days
        for column, station in enumerate(hours.stations):
            for condition in ("calm", "stagnant"):
                within = state[condition].to_numpy(float)
                used = np.isfinite(hours.values[:, column]) & np.isfinite(within)
                counts = _block_counts(within[used] > 0, hours.over[used, column], block[used])
                rows.append(
                    {"station_id": station, "pollutant": norm["pollutant"], "norm_id": norm["norm_id"]}
                    | {"condition": condition}
                    | _risk(counts, rng, draws)
                )
    return schema.check(pd.DataFrame(rows), "stagnation_link")


@dataclass(frozen=True)
class _Hours:
    """Hourly means of one pollutant, the means that are compared with the norm [µg m⁻³], and whether they
    are over it; all (hours, posts)."""

    times: pd.DatetimeIndex
    stations: list[str]
    values: NDArray[np.float64]
    compared: NDArray[np.float64]
    over: NDArray[np.bool_]


def _marked(
    observations: pd.DataFrame, norms: pd.DataFrame, zone: str, options: EpisodeOptions
) -> Iterator[tuple[dict[str, Any], _Hours]]:
    zone_info(zone)
    chosen = marking_norms(norms, options.episode_norms)
    settings: dict[str, Any] = {
        "zone": zone,
        "minimum_coverage": options.minimum_coverage,
        "below_detection": options.below_detection,
    }
    measured = chosen["pollutant"].isin(observations["pollutant"].unique())
    for norm in chosen.loc[measured].to_dict("records"):
        own = observations.loc[observations["pollutant"] == norm["pollutant"]]
        table = means(own, HOUR_S, **settings)
        table = table.loc[table["value_ugm3"].notna()]
        if not len(table):
            continue
        times = pd.date_range(table["time_start"].min(), table["time_start"].max(), freq="h", unit="us")
        stations = sorted(str(name) for name in table["station_id"].unique())
        values = compared = _wide(table, times, stations)
        if norm["averaging_s"] == DAY_S:
            edges = local_edges(times[0], times[-1], zone, "D")
            daily = _wide(means(own, DAY_S, **settings), edges[:-1], stations)
            compared = daily[np.searchsorted(edges, times, side="right") - 1]
        over = (compared > norm["limit_ugm3"]) & np.isfinite(values)
        yield (
            {str(name): value for name, value in norm.items()},
            _Hours(times, stations, values, compared, over),
        )


def _wide(table: pd.DataFrame, times: pd.DatetimeIndex, stations: list[str]) -> NDArray[np.float64]:
    """Values of a table ``means`` as an array (times, posts), NaN where there is none."""
    series = table.set_index(["time_start", "station_id"])["value_ugm3"]
    return (
        series.reindex(pd.MultiIndex.from_product([times, stations]))
        .to_numpy(float)
        .reshape(-1, len(stations))
    )


def _hourly_weather(stagnation: pd.DataFrame) -> pd.DataFrame:
    hour = stagnation["time_start"].dt.floor("h")
    if hour.duplicated().any():
        raise InputError(
            f"two rows of stagnation in the hour {hour[hour.duplicated()].iloc[0]}",
            rule="the table stagnation has one row an hour, of one place",
            cure="choose one weather station, or average to hours",
        )
    made = stagnation[list(WEATHER_COLUMNS)].astype("Float64").astype("float64")
    made.index = pd.DatetimeIndex(hour).as_unit("us")
    return made


def _runs(over: NDArray[np.bool_], options: EpisodeOptions) -> list[tuple[int, int]]:
    """First and last marked hour of each episode."""
    at = np.flatnonzero(over.any(axis=1))
    if not len(at):
        return []
    cut = np.flatnonzero(np.diff(at) - 1 > options.merge_gap_h) + 1
    bounds = [0, *cut.tolist(), len(at)]
    return [
        (int(at[low]), int(at[high - 1]))
        for low, high in pairwise(bounds)
        if high - low >= options.minimum_hours
    ]


def _beginning(hours: _Hours, state: pd.DataFrame, first: int, last: int, longest: int) -> int:
    usable = (state["stagnant"].to_numpy(float) == 1.0) & ~hours.over.any(axis=1)
    earliest = first
    while earliest > max(0, first - longest) and usable[earliest - 1]:
        earliest -= 1
    posts = hours.over[first : last + 1].any(axis=0)
    low = max(earliest - 2, 0)
    window = hours.values[low : first + 2, posts]
    total = np.convolve(np.nansum(window, axis=1), np.ones(3))[1:-1]
    count = np.convolve(np.isfinite(window).sum(axis=1), np.ones(3))[1:-1]
    level = np.divide(total, count, out=np.full(len(window), np.nan), where=count > 0)
    begin = first
    while begin > earliest and level[begin - 1 - low] < level[begin - low]:
        begin -= 1
    return begin


def _describe(
    norm: dict[str, Any],
    hours: _Hours,
    state: pd.DataFrame,
    place: tuple[int, int, int],
    number: int,
    options: EpisodeOptions,
) -> dict[str, Any]:
    begin, first, last = place
    window = slice(begin, last + 1)
    values, over = hours.values[window], hours.over[window]
    candidates = np.where(over & np.isfinite(values), values, -np.inf)
    hour, post = np.unravel_index(int(np.argmax(candidates)), values.shape)
    row: dict[str, Any] = {
        "episode_id": f"{norm['pollutant']}-{number:03d}",
        "pollutant": norm["pollutant"],
        "norm_id": norm["norm_id"],
        "limit_ugm3": norm["limit_ugm3"],
        "time_start": hours.times[begin],
        "time_first_exceeded": hours.times[first],
        "time_end": hours.times[last] + pd.Timedelta(1, "h"),
        "duration_h": float(last + 1 - begin),
        "peak_station_id": hours.stations[int(post)],
        "peak_time": hours.times[begin + int(hour)],
        "peak_ugm3": values[hour, post],
        "peak_ratio": np.max(hours.compared[window][over]) / norm["limit_ugm3"],
        "mean_ugm3": np.nanmean(values),
        "hours_exceeded": int(over.any(axis=1).sum()),
        "stations_exceeded": ", ".join(np.asarray(hours.stations)[over.any(axis=0)]),
        "data_coverage": float(np.isfinite(values).mean()),
        "accumulation_ugm3_h": _slope(values[: int(hour) + 1, int(post)]),
    }
    row |= _weather(state.iloc[window], options)
    row["weather_text"] = weather_text(row)
    return row


def _slope(values: NDArray[np.float64]) -> float:
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < 3:
        return float("nan")
    from scipy.stats import theilslopes

    return float(theilslopes(values[known], known)[0])


def _weather(state: pd.DataFrame, options: EpisodeOptions) -> dict[str, Any]:
    known = float(state["stagnant"].notna().mean())
    share = float(state["stagnant"].mean())
    kind = "stagnation" if share >= options.stagnant_share else "ventilated"
    if known == 0.0 or known < options.minimum_weather:
        kind = "unknown weather"
    return {
        "kind": kind,
        "weather_coverage": float(state["wind_speed"].notna().mean()),
        "wind_speed_mean": float(state["wind_speed"].mean()),
        "calm_share": float(state["calm"].mean()),
        "stagnant_share": share,
        "hours_since_ventilated_max": float(state["hours_since_ventilated"].max()),
        "ventilation_mean": float(state["ventilation"].mean()),
    }


def weather_text(episode: Mapping[str, Any]) -> str:
    """Sentence on the weather of one row of ``episodes``, from the numbers that the row holds."""
    parts = []
    for column, text in (
        ("stagnant_share", "stagnant in {:.0%} of the hours"),
        ("calm_share", "calm in {:.0%}"),
        ("wind_speed_mean", "mean wind {:.1f} m/s"),
        ("hours_since_ventilated_max", "up to {:.0f} h since the wind last reached 3 m/s"),
        ("ventilation_mean", "mean ventilation {:.0f} m²/s"),
    ):
        if np.isfinite(episode[column]):
            parts.append(text.format(episode[column]))
    head = {
        "stagnation": "Stagnant air",
        "ventilated": "Air that was mostly not stagnant",
        "unknown weather": "The weather is not known for enough of the hours",
    }[episode["kind"]]
    if episode["weather_coverage"] < 1.0:
        parts.append(f"wind known for {episode['weather_coverage']:.0%} of the hours")
    slope = episode["accumulation_ugm3_h"]
    if np.isfinite(slope):
        word = "rising" if slope >= 0 else "falling"
        parts.append(f"{episode['pollutant']} {word} by {abs(slope):.3g} µg/m³ an hour up to the peak")
    return f"{head}: {', '.join(parts)}." if parts else f"{head}."


def _block_counts(
    within: NDArray[np.bool_], over: NDArray[np.bool_], block: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Hours, those in the state, marked hours, those in the state; (blocks, 4)."""
    _, number = np.unique(block, return_inverse=True)
    parts = [np.ones(len(over)), within, over, within & over]
    return np.column_stack([np.bincount(number, weights=part.astype(float)) for part in parts])


def _risk(counts: NDArray[np.float64], rng: np.random.Generator, draws: int) -> dict[str, Any]:
    total = counts.sum(axis=0) if len(counts) else np.zeros(4)
    quantiles = [float("nan")] * 2
    if len(counts):
        weights = rng.multinomial(len(counts), np.full(len(counts), 1.0 / len(counts)), size=draws)
        risks = _relative_risk(weights @ counts)
        known = risks[~np.isnan(risks)]
        if len(known) >= 0.9 * draws:
            quantiles = np.quantile(known, [0.05, 0.95], method="inverted_cdf").tolist()
    risk = np.array([_relative_risk(total[None, :])[0], *quantiles])
    risk[~np.isfinite(risk)] = np.nan
    return {
        "hours_condition": int(total[1]),
        "hours_all": int(total[0]),
        "exceedances_condition": int(total[3]),
        "exceedances_all": int(total[2]),
        "relative_risk": risk[0],
        "relative_risk_q05": risk[1],
        "relative_risk_q95": risk[2],
    }


def _relative_risk(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    hours, within, marked, both = counts.T
    with np.errstate(divide="ignore", invalid="ignore"):
        return (both / within) / ((marked - both) / (hours - within))
