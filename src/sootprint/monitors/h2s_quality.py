"""Does the H₂S of a post follow its SO₂ more closely than common weather explains?

Automatic channels that turn H₂S into SO₂ and measure that read too high where the SO₂ of the air is not
wholly removed. Such readings follow SO₂ at once and in a fixed ratio. So do readings of two gases from one
source: the test finds the covariation and cannot tell these two apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.core.timeaxis import zone_info
from sootprint.monitors.averages import HOUR_S, counted_values, local_edges, means
from sootprint.monitors.h2s_statistics import Covariation, covariation

NORM = "KZ-H2S-20MIN"
"""Norm whose exceedances are counted."""


@dataclass(frozen=True)
class H2sOptions:
    """Choices of `h2s_covariation`.

    Attributes
    ----------
    controls : tuple of tuples of str
        Pollutants that stand for common weather; of each family the one with most pairs is taken, since
        two of a family (PM2.5 and PM10) share more than weather.
    minimum_pairs, minimum_days : int
        Hours and local days that a verdict needs.
    margin : float
        ``covaries`` where the lower end of the excess is over it [1].
    ceiling : float
        ``independent`` where the upper end of the excess is under it [1].
    maximum_ratio_spread : float
        ``covaries`` where the ratio H₂S/SO₂ at high SO₂ spreads no more [1, standard deviation of ln].
    replicates : int
        Resamplings of local days.
    high_share : float
        Share of hours below high SO₂ [1].
    maximum_lag_h : int
        Largest shift that is tried [h].
    limit_ugm3 : float, optional
        Norm of H₂S [µg m⁻³]; by default the Kazakh single maximum of the norms.
    kinds : tuple of str
        Kinds of post whose readings are flagged.
    """

    controls: tuple[tuple[str, ...], ...] = (("NO2", "NO"), ("CO",), ("PM2.5", "PM10", "TSP"))
    minimum_pairs: int = 240
    minimum_days: int = 10
    margin: float = 0.1
    ceiling: float = 0.2
    maximum_ratio_spread: float = 0.6
    replicates: int = 200
    high_share: float = 0.9
    maximum_lag_h: int = 3
    limit_ugm3: float | None = None
    kinds: tuple[str, ...] = ("automatic",)

    def __post_init__(self) -> None:
        if not (0.0 <= self.margin <= self.ceiling <= 1.0 and 0.0 < self.high_share < 1.0):
            raise InputError(
                f"margin {self.margin:g}, ceiling {self.ceiling:g}, high_share {self.high_share:g}",
                rule="0 ≤ margin ≤ ceiling ≤ 1 and 0 < high_share < 1",
            )
        if self.replicates < 20 or self.minimum_days < 2 or not 0 <= self.maximum_lag_h <= 12:
            raise InputError(
                f"replicates {self.replicates}, minimum_days {self.minimum_days}, "
                f"maximum_lag_h {self.maximum_lag_h}",
                rule="at least 20 replicates and 2 days, a lag of 0 to 12 h",
            )


@dataclass(frozen=True)
class _Post:
    """Hourly values of one post on a common axis of hours [hours since 1970]."""

    station_id: str
    kind: Any
    hour: NDArray[np.int64]
    values: dict[str, NDArray[np.float64]] = field(default_factory=dict)


def h2s_covariation(
    observations: pd.DataFrame,
    stations: pd.DataFrame,
    *,
    zone: str,
    rng: np.random.Generator,
    options: H2sOptions | None = None,
) -> pd.DataFrame:
    """Table ``h2s_quality``: a row a post with H₂S, for the whole period and each local month.

    Compared are hourly means. With ranks of H₂S (h), SO₂ (s) and the controls (a, b, …) standardised,
    weather that moves all of them alike would make the correlation Σ r_ha·r_sb / Σ r_ab, sums over all
    pairs a ≠ b of different controls: the vanishing tetrads of one common factor (Spearman 1904 [1]_),
    exact however noisily each control shows the weather. ``excess`` is what the correlation r_hs has
    beyond. Where the controls hardly correlate (mean r_ab up to 0.2) the part that regression on them
    explains takes its place. Intervals are of a bootstrap of local days (Künsch 1989 [2]_).

    ============== ====================================================================================
    verdict        where
    ============== ====================================================================================
    covaries       the excess is surely over ``margin``, the slope is surely over 0, the best lag is 0 h
                   and the ratio H₂S/SO₂ is nearly constant (``maximum_ratio_spread``)
    independent    the excess is surely under ``ceiling``
    not assessable too few data, fewer than two controls, or neither is sure: ``reason``
    ============== ====================================================================================

    Parameters
    ----------
    observations, stations : DataFrame
        Tables of those names; H₂S and SO₂ are taken post by post.
    zone : str
        IANA zone of the site: its days and months.
    rng : Generator
        Source of the resampling.
    options : H2sOptions, optional

    Raises
    ------
    InputError
        If an option is out of range.

    Notes
    -----
    The slope is the median of the slopes of all pairs of hours of a local day, weighted by the difference
    of their SO₂ (Jaeckel 1972 [3]_): differences between days do not count. Interference is instant and in
    a fixed ratio; different sources in one wind direction also make an excess, but their ratio varies.
    Where ``covaries`` is found,
    the readings are consistent with interference of SO₂ in the H₂S channel and also with one source of
    both gases; only samples analysed in a laboratory, or the channel fed with SO₂ alone, can tell.

    References
    ----------
    .. [1] Spearman, C. (1904): "General intelligence", objectively determined and measured. American
       Journal of Psychology 15, 201–292, doi:10.2307/1412107.
    .. [2] Künsch, H. R. (1989): The jackknife and the bootstrap for general stationary observations.
       Annals of Statistics 17, 1217–1241, doi:10.1214/aos/1176347265.
    .. [3] Jaeckel, L. A. (1972): Estimating regression coefficients by minimizing the dispersion of the
       residuals. Annals of Mathematical Statistics 43, 1449–1458, doi:10.1214/aoms/1177692377.
    """
    zone_info(zone)
    chosen = options or H2sOptions()
    mine = observations.loc[observations["pollutant"] == "H2S"]
    if not len(mine):
        return schema.empty("h2s_quality")
    limit = chosen.limit_ugm3 if chosen.limit_ugm3 is not None else _norm_limit()
    posts = _posts(observations, stations, zone, chosen)
    last = observations["time_start"] + pd.to_timedelta(observations["duration_s"] / 2, unit="s")
    first = observations["time_start"].min()
    days, months = (local_edges(first, last.max(), zone, step).asi8 for step in ("D", "MS"))
    rows = []
    for post in posts:
        readings = _readings(mine, post.station_id)
        day = np.searchsorted(days, post.hour * 3_600_000_000, side="right") - 1
        whole = (int(days[0]), int(days[-1]))
        spans = [("whole", whole)]
        spans += [
            (_month(begin, zone), (max(begin, whole[0]), min(end, whole[1])))
            for begin, end in pairwise(months)
        ]
        for name, span in spans:
            inside = (post.hour * 3_600_000_000 >= span[0]) & (post.hour * 3_600_000_000 < span[1])
            rows.append(_row(post, readings, name, span, inside, day, limit, chosen, rng))
    return schema.check(pd.DataFrame(rows), "h2s_quality")


def flag_h2s(observations: pd.DataFrame, quality: pd.DataFrame) -> pd.DataFrame:
    """Observations with valid H₂S readings flagged ``suspect`` where they covary with SO₂.

    Rows of ``quality`` with readings to flag (``n_flagged`` over 0: the verdict is ``covaries`` and the
    kind of post one that is flagged) mark the valid H₂S readings of their post and period. Values and all
    other rows stay as they are; means, and with them attribution, leave out what is flagged. To use the
    readings none the less, pass the observations as they were.
    """
    marked = quality.loc[quality["n_flagged"] > 0]
    flag = observations["flag"].to_numpy(dtype=object, copy=True)
    h2s = np.flatnonzero((observations["pollutant"] == "H2S").to_numpy(bool) & (flag == "valid"))
    own = observations.iloc[h2s]
    begin = own["time_start"].to_numpy()
    station = own["station_id"].to_numpy(dtype=object)
    for row in marked.itertuples():
        start, end = (np.datetime64(moment) for moment in (row.period_start, row.period_end))
        flag[h2s[(station == row.station_id) & (begin >= start) & (begin < end)]] = "suspect"
    return schema.check(observations.assign(flag=flag), "observations")


def _norm_limit() -> float:
    from sootprint.norms import load

    norms = load(["KZ"], ["H2S"])
    return float(norms.loc[norms["norm_id"] == NORM, "limit_ugm3"].iloc[0])


def _month(begin: int, zone: str) -> str:
    return f"{pd.Timestamp(begin, unit='us', tz='UTC').tz_convert(zone):%Y-%m}"


def _posts(observations: pd.DataFrame, stations: pd.DataFrame, zone: str, options: H2sOptions) -> list[_Post]:
    wanted = ["H2S", "SO2", *(name for family in options.controls for name in family)]
    with_h2s = observations.loc[observations["pollutant"] == "H2S", "station_id"].unique()
    own = observations.loc[observations["pollutant"].isin(wanted) & observations["station_id"].isin(with_h2s)]
    hourly = means(own, HOUR_S, zone=zone)
    hourly = hourly.loc[hourly["value_ugm3"].notna()]
    kinds = dict(zip(stations["station_id"], stations["kind"], strict=True))
    posts = []
    for station in sorted(str(name) for name in with_h2s):
        part = hourly.loc[hourly["station_id"] == station]
        table = part.set_index(["time_start", "pollutant"])["value_ugm3"].unstack("pollutant").sort_index()  # noqa: PD010
        hour = table.index.to_numpy("datetime64[h]").astype(np.int64)
        values = {str(name): table[name].to_numpy(float) for name in table.columns}
        posts.append(_Post(station, kinds.get(station, pd.NA), hour, values))
    return posts


def _readings(h2s: pd.DataFrame, station: str) -> pd.DataFrame:
    own = h2s.loc[h2s["station_id"] == station]
    value, usable, _ = counted_values(own)
    start = own["time_start"].to_numpy("datetime64[us]").astype(np.int64)
    return pd.DataFrame(
        {"start": start, "value": value, "usable": usable, "valid": (own["flag"] == "valid").to_numpy()}
    )


def _controls(post: _Post, both: NDArray[np.bool_], options: H2sOptions) -> list[str]:
    """Of each family the pollutant with most pairs, if it has half of them."""
    found = []
    for family in options.controls:
        counts = {
            name: int((both & np.isfinite(post.values[name])).sum()) for name in family if name in post.values
        }
        best = max(counts, key=lambda name: counts[name]) if counts else ""
        if best and counts[best] >= max(1, both.sum() // 2):
            found.append(best)
    return found


def _row(
    post: _Post,
    readings: pd.DataFrame,
    name: str,
    span: tuple[int, int],
    inside: NDArray[np.bool_],
    day: NDArray[np.int64],
    limit: float,
    options: H2sOptions,
    rng: np.random.Generator,
) -> dict[str, Any]:
    nothing = np.full(len(post.hour), np.nan)
    h2s, so2 = post.values.get("H2S", nothing), post.values.get("SO2", nothing)
    both = inside & np.isfinite(h2s) & np.isfinite(so2)
    controls = _controls(post, both, options)
    used = both.copy()
    for control in controls:
        used &= np.isfinite(post.values[control])
    table = np.column_stack([h2s, so2, *(post.values[control] for control in controls)])[used]
    n_days = len(np.unique(day[used]))
    enough = len(table) >= options.minimum_pairs and n_days >= options.minimum_days
    spread = enough and bool((table.std(axis=0) > 0).all())
    found = (
        covariation(table, day[used], post.hour[used], options.replicates, options.maximum_lag_h, rng)
        if spread
        else Covariation()
    )
    own = readings.loc[(readings["start"] >= span[0]) & (readings["start"] < span[1])]
    high = float(np.quantile(so2[both], options.high_share)) if both.any() else np.nan
    over = own.loc[own["usable"] & (own["value"] > limit)]
    loaded = post.hour[both & (so2 >= high)] if both.any() else np.zeros(0, np.int64)
    coincide = np.isin(over["start"].to_numpy() // 3_600_000_000, loaded)
    if not both.any():
        reason = "no hour with both H2S and SO2"
    elif not enough:
        least = f"{options.minimum_pairs} and {options.minimum_days}"
        reason = f"{len(table)} hours on {n_days} days are too few: {least} are asked"
    elif not spread:
        reason = "a series does not vary"
    else:
        reason = ""
    verdict, why = ("not assessable", reason) if reason else _verdict(found, len(controls), options)
    marks = verdict == "covaries" and pd.notna(post.kind) and str(post.kind) in options.kinds
    if verdict == "covaries" and not marks:
        stated = "not stated" if pd.isna(post.kind) else str(post.kind)
        why = f"not flagged: the kind of the post is {stated}"
    return {
        "station_id": post.station_id,
        "kind": post.kind,
        "period": name,
        "period_start": pd.Timestamp(span[0], unit="us"),
        "period_end": pd.Timestamp(span[1], unit="us"),
        "n_pairs": len(table),
        "n_days": n_days,
        "controls": ", ".join(controls) or pd.NA,
        **found.columns(),
        "limit_ugm3": limit,
        "n_exceedances": len(over),
        "n_exceedances_high_so2": int(coincide.sum()),
        "high_so2_ugm3": high,
        "n_flagged": int(own["valid"].sum()) if marks else 0,
        "verdict": verdict,
        "reason": why or pd.NA,
        "statement": _statement(verdict, found),
    }


def _verdict(found: Covariation, n_controls: int, options: H2sOptions) -> tuple[str, str]:
    if n_controls < 2:
        if found.spearman_q95 < options.ceiling:
            return "independent", ""
        return "not assessable", "fewer than two other pollutants show what common weather makes"
    if found.excess_q95 < options.ceiling and not found.excess_q05 > options.margin:
        return "independent", ""
    if not found.excess_q05 > options.margin:
        return "not assessable", "the data decide neither: the interval of the excess is too wide"
    if found.lag_h != 0:
        return (
            "not assessable",
            f"H2S follows SO2 best with a shift of {found.lag_h} h: no interference at once",
        )
    if not found.slope_q05 > 0:
        return "not assessable", "the slope of H2S on SO2 within days is not surely over zero"
    if not found.ratio_spread <= options.maximum_ratio_spread:
        return "not assessable", (
            f"H2S follows SO2 beyond common weather but in no fixed ratio (spread {found.ratio_spread:.2f}): "
            "consistent with different sources in one direction"
        )
    return "covaries", ""


def _statement(verdict: str, found: Covariation) -> str:
    if verdict == "covaries":
        return (
            f"H2S follows SO2 beyond common weather (rank correlation {found.spearman:.2f}, of which "
            f"{found.excess:.2f} in excess, {found.slope:.3g} µg of H2S a µg of SO2): consistent with "
            "interference of SO2 in the H2S channel; also consistent with a common source"
        )
    if verdict == "independent":
        return (
            f"H2S does not follow SO2 more than common weather explains (rank correlation "
            f"{found.spearman:.2f}, excess {found.excess:.2f}): no support for interference of SO2"
        )
    return "whether H2S follows SO2 beyond common weather is not decided by these data"
