"""Stagnation of the air hour by hour: how long it has not been renewed, and how much it went in circles."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import ConfigError, InputError
from sootprint.core.schema import check
from sootprint.weather.hourly import hourly_weather
from sootprint.weather.surface_layer import WIND_EXPONENT, land_use_key, wind_at_height


def stagnation(
    weather: pd.DataFrame,
    *,
    station_id: str | None = None,
    calm_m_s: float = 0.5,
    ventilated_m_s: float = 3.0,
    stagnant_mean_m_s: float = 1.97,
    stagnant_after_h: int = 12,
    minimum_coverage: float = 0.75,
    inversions: pd.DataFrame | None = None,
    inversion_valid_h: float = 12.0,
    land_use: str = "rural",
) -> pd.DataFrame:
    r"""Table ``stagnation``, an hour a row without gaps, of one weather station.

    An hour is stagnant when all three hold: its wind is below ``ventilated_m_s``; the air was not ventilated
    in the last ``stagnant_after_h`` hours; and the mean of the twelve hours up to and with it is at most
    ``stagnant_mean_m_s``, which is the wind run of 170 km a day below which Allwine and Whiteman (1994) call
    the air stagnant. It is missing where one of the three is unknown and none is false.

    Recirculation over 24 hours up to and with the hour, 0 for a straight run and 1 for a return to the start:
    :math:`R = 1 - \left|\sum \mathbf{u}\,\Delta t\right| / \sum |\mathbf{u}|\,\Delta t`.

    Parameters
    ----------
    weather : DataFrame
        Table ``weather``; see `hourly_weather` for how one hourly series is made of it.
    station_id : str, optional
        Station, by default the one with most wind.
    calm_m_s, ventilated_m_s : float
        Wind below which an hour is calm and from which it is ventilated [m s⁻¹].
    stagnant_mean_m_s : float
        Largest mean wind of a stagnant hour [m s⁻¹].
    stagnant_after_h : int
        Shortest time since ventilation of a stagnant hour [h].
    minimum_coverage : float
        Share of known hours that the 12 h and 24 h values ask for [1].
    inversions : DataFrame, optional
        Table ``inversions`` of one station: each row holds for the hours from its time on, until the next
        one, never backward.
    inversion_valid_h : float
        Longest time that a row of it holds [h].
    land_use : {"rural", "urban"}
        Ground that the wind profile of `transport_wind` is for.

    Returns
    -------
    DataFrame
        Table ``stagnation``. Hours without wind are missing in it, never counted as ventilated, and counted
        in ``hours_unknown`` until the next ventilated hour. ``hours_since_ventilated`` is missing before the
        first ventilated hour, unless the series is already longer than the time asked for: see Notes.

    Raises
    ------
    ConfigError
        If the thresholds are not in order, or the land use is unknown.
    InputError
        If ``inversions`` holds several stations.

    Notes
    -----
    ``ventilation`` is the mixing height times the wind of the anemometer; ``ventilation_coefficient`` takes
    `transport_wind` instead, and is missing where the class or the height of the anemometer is.

    Before the first ventilated hour the time since ventilation is at least the time since the series began.
    For the stagnant rule that lower bound is used; the column itself stays missing.

    References
    ----------
    Allwine, K. J. and Whiteman, C. D. (1994), doi:10.1016/1352-2310(94)90048-5.
    """
    if not 0 <= calm_m_s <= ventilated_m_s:
        raise ConfigError(
            f"calm below {calm_m_s} m/s and ventilated from {ventilated_m_s} m/s",
            rule="0 <= calm <= ventilated",
            cure="change the thresholds",
        )
    series = hourly_weather(weather, station_id)
    speed = series["wind_speed"].to_numpy(float)
    since, at_least, unknown = _hours_since(speed, ventilated_m_s)
    mean_12h = _rolling_mean(speed, 12, minimum_coverage)
    known = np.isfinite(speed)
    rules = [
        pd.array(speed < ventilated_m_s, dtype="boolean"),
        pd.array(at_least >= stagnant_after_h, dtype="boolean"),
        pd.array(mean_12h <= stagnant_mean_m_s, dtype="boolean"),
    ]
    rules[0][~known] = pd.NA
    rules[1][~known] = pd.NA
    # A lower bound below the time asked for decides nothing.
    rules[1][known & np.isnan(since) & (at_least < stagnant_after_h)] = pd.NA
    rules[2][~np.isfinite(mean_12h)] = pd.NA
    calm = pd.array(speed < calm_m_s, dtype="boolean")
    calm[~known] = pd.NA
    depth = series["mixing_height"].to_numpy(float)
    coefficient = depth * transport_wind(
        speed, series["measurement_height"].to_numpy(float), depth, series["stability_class"], land_use
    )
    return check(
        pd.DataFrame(
            {
                "time_start": series["time_start"],
                "wind_speed": speed,
                "calm": calm,
                "hours_since_ventilated": since,
                "hours_unknown": unknown,
                "mean_wind_12h": mean_12h,
                "recirculation_24h": recirculation(
                    speed, series["wind_from_direction"].to_numpy(float), 24, minimum_coverage
                ),
                "ventilation": depth * speed,
                "stagnant": rules[0] & rules[1] & rules[2],
                "wind_run_24h_km": _rolling_mean(speed, 24, minimum_coverage) * 24.0 * 3.6,
                "ventilation_coefficient": coefficient,
                "ventilation_max_24h": _windows(
                    coefficient, 24, max(1, int(np.ceil(24 * minimum_coverage))), np.nanmax
                ),
                "humidity": series["humidity"].to_numpy(float),
            }
            | _inversion_columns(series["time_start"], inversions, inversion_valid_h)
        ),
        "stagnation",
    )


POWER_LAW_TOP_M = 200.0
"""Height up to which the wind grows by the power law, and above which it is taken to stay [m]: our
assumption, since the law is one of the lowest layers."""


def transport_wind(
    wind_speed: NDArray[np.float64],
    measurement_height: NDArray[np.float64],
    mixing_height: NDArray[np.float64],
    stability_class: pd.Series,
    land_use: str = "rural",
) -> NDArray[np.float64]:
    r"""Mean wind from the ground to the mixing height [m s⁻¹].

    The mean over the layer of :math:`u(z) = u_r (z/z_r)^p` up to `POWER_LAW_TOP_M`, with
    p of the class and land use (`surface_layer.WIND_EXPONENT`), and of its last value above; for h ≤ 200 m
    it is :math:`u_r (h/z_r)^p/(1+p)`. 2 m/s at 10 m in class F over open land under a lid of 100 m:
    2 · 10^0.55/1.55 = 4.58 m/s.
    """
    exponents = WIND_EXPONENT[land_use_key(land_use)]
    exponent = stability_class.map(exponents).to_numpy(float, na_value=np.nan)
    inner = np.minimum(mixing_height, POWER_LAW_TOP_M)
    with np.errstate(divide="ignore", invalid="ignore"):
        top = wind_at_height(wind_speed, measurement_height, inner, exponent)
        mean = (top * inner / (1.0 + exponent) + top * (mixing_height - inner)) / mixing_height
    return np.where((measurement_height > 0.0) & (mixing_height > 0.0), mean, np.nan)


def _inversion_columns(
    times: pd.Series, inversions: pd.DataFrame | None, valid_h: float
) -> dict[str, pd.Series | float | None]:
    """Last known inversion of each hour."""
    if inversions is None or inversions["kind"].notna().sum() == 0:
        return {}
    if len(inversions["station_id"].unique()) > 1:
        names = ", ".join(sorted(inversions["station_id"].unique())[:10])
        raise InputError("inversions of several stations", rule="one station", cure=f"take one of: {names}")
    known = inversions.loc[inversions["kind"].notna()].sort_values("time_start", kind="stable")
    last = pd.merge_asof(
        pd.DataFrame({"time_start": times}),
        known.assign(sounded=known["time_start"]),
        on="time_start",
        tolerance=pd.Timedelta(hours=valid_h),
    )
    return {
        "inversion_kind": last["kind"],
        "inversion_base_m": last["base_m"],
        "inversion_depth_m": last["depth_m"],
        "inversion_strength_k": last["strength_k"],
        "bulk_richardson": last["bulk_richardson"],
        "inversion_age_h": (times - last["sounded"]).dt.total_seconds() / 3600.0,
    }


def _hours_since(
    speed: NDArray[np.float64], ventilated_m_s: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    number = np.arange(len(speed), dtype=float)
    known = np.isfinite(speed)
    last = np.maximum.accumulate(np.where(known & (speed >= ventilated_m_s), number, -np.inf))
    since = np.where(np.isfinite(last) & known, number - last, np.nan)
    at_least = np.where(np.isfinite(last), number - last, number)
    missing = np.concatenate([[0], np.cumsum(~known)])
    begin = np.where(np.isfinite(last), last, 0).astype(int)
    unknown = missing[1:] - missing[begin]
    return since, at_least, unknown


def _rolling_mean(values: NDArray[np.float64], window: int, coverage: float) -> NDArray[np.float64]:
    need = max(1, int(np.ceil(window * coverage)))
    # Sums of the window alone, since a running sum would carry rounding from far hours into this one.
    return _windows(values, window, need, np.nanmean)


def _windows(values: NDArray[np.float64], window: int, need: int, function: object) -> NDArray[np.float64]:
    padded = np.concatenate([np.full(window - 1, np.nan), values])
    view = np.lib.stride_tricks.sliding_window_view(padded, window)
    made = np.full(len(values), np.nan)
    enough = np.isfinite(view).sum(axis=1) >= need
    made[enough] = function(view[enough], axis=1)  # type: ignore[operator]
    return made


def recirculation(
    wind_speed: NDArray[np.float64],
    wind_from_direction: NDArray[np.float64],
    window: int = 24,
    minimum_coverage: float = 0.75,
) -> NDArray[np.float64]:
    """Recirculation factor of the hours up to and with each one [1].

    A calm of exactly 0 m/s needs no direction. Missing where fewer than the asked share of hours is known
    or the wind run is zero. Twelve hours from the west and twelve from the east at one speed give 1; twelve
    west and twelve south give 1 - √2/2 = 0.293.
    """
    still = wind_speed == 0.0
    angle = np.radians(np.where(still, 0.0, wind_from_direction))
    need = max(1, int(np.ceil(window * minimum_coverage)))
    speed = np.where(np.isfinite(angle), wind_speed, np.nan)
    east = _windows(speed * np.sin(angle), window, need, np.nansum)
    north = _windows(speed * np.cos(angle), window, need, np.nansum)
    run = _windows(speed, window, need, np.nansum)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = 1.0 - np.hypot(east, north) / run
    # Rounding can leave a straight run at -1e-16, outside the meaning of the factor.
    return np.where(run > 0, np.maximum(factor, 0.0), np.nan)
