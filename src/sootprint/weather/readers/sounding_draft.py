"""From the levels of a sounding file to the clean table ``soundings``: the checks that its readers share."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.constants import GAS_CONSTANT_DRY_AIR, GRAVITY, KELVIN_OFFSET
from sootprint.core.findings import Finding, Guess, ReadResult, findings_table
from sootprint.core.schema import check, schema
from sootprint.weather.mixing_heights import fitting_levels
from sootprint.weather.readers.codes import finding

LEVEL_COLUMNS = (
    "sounding",
    "station_id",
    "time_start",
    "level",
    "pressure",
    "altitude",
    "air_temperature",
    "dew_point_temperature",
    "wind_speed",
    "wind_from_direction",
    "source_row",
)
"""Columns of a draft: ``sounding`` numbers the soundings of the file, ``altitude`` is above the sea [m]."""


def finish_soundings(
    draft: pd.DataFrame,
    *,
    file: str,
    findings: list[Finding],
    guesses: list[Guess],
    now: pd.Timestamp | None,
) -> ReadResult:
    """Clean table ``soundings`` of a draft, with a finding for every level that is kept out.

    Heights count from the surface level of each sounding. A level with pressure and temperature but
    without altitude gets the hypsometric one. Kept out are levels with a value or height that cannot be
    right, whole soundings without surface level, and repeated soundings.

    Parameters
    ----------
    draft : DataFrame
        Columns `LEVEL_COLUMNS`, SI, in the order of the file.
    file : str
        Name of the file.
    findings, guesses : list
        What the reader has found so far.
    now : Timestamp, optional
        Moment, UTC, after which a sounding is from the future.
    """
    made = list(findings)
    draft = draft.reset_index(drop=True)
    bad = np.zeros(len(draft), bool)

    def put(mask: NDArray[np.bool_] | pd.Series, code: str, column: str, *, once: bool = False) -> None:
        fresh = np.asarray(mask, bool) & ~bad
        rows = np.flatnonzero(fresh)
        if once:
            rows = rows[~draft["sounding"].iloc[rows].duplicated().to_numpy()]
        values, places = draft[column].to_numpy(object), draft["source_row"].to_numpy(int)
        for index in rows:
            row = int(places[index])
            made.append(finding(code, "soundings", value=values[index], file=file, row=row, column=column))
        bad[fresh] = True

    put(draft["time_start"].isna(), "SND-TIME", "time_start", once=True)
    if now is not None:
        put(draft["time_start"] > now, "SND-FUTURE", "time_start", once=True)
    _put_out_of_range(draft, put)
    surface = (draft["level"] == "surface") & ~bad & draft["pressure"].notna()
    with_surface = set(draft.loc[surface, "sounding"])
    put(~draft["sounding"].isin(with_surface), "SND-NO-SURFACE", "time_start", once=True)
    put(_repeated(draft, bad), "SND-DUPLICATE", "time_start", once=True)
    clean = draft.loc[~bad].reset_index(drop=True)
    height, derived = _heights(clean)
    if derived:
        made.append(finding("SND-HEIGHT-DERIVED", "soundings", value=f"{derived} levels", file=file))
    clean = clean.assign(height=height, source_file=file)
    odd = _unfitting(clean)
    for row, value in clean.loc[odd, ["source_row", "height"]].itertuples(index=False):
        made.append(finding("SND-HEIGHT", "soundings", value=value, file=file, row=int(row), column="height"))
    clean, height = clean.loc[~odd], height[~odd]
    placed = clean.loc[np.isfinite(height) | clean["pressure"].notna()]
    if len(placed) < len(clean):
        value = f"{len(clean) - len(placed)} levels"
        made.append(finding("SND-NO-PLACE", "soundings", value=value, file=file))
    columns = schema("soundings")["column"].tolist()
    ordered = placed.sort_values(["station_id", "time_start", "source_row"], kind="stable")
    return ReadResult({"soundings": check(ordered[columns], "soundings")}, findings_table(made), guesses)


def _put_out_of_range(draft: pd.DataFrame, put: object) -> None:
    rules = schema("soundings").set_index("column")
    for column in ("pressure", "air_temperature", "dew_point_temperature", "wind_speed"):
        values = draft[column].to_numpy(float)
        low, high = float(rules.loc[column, "minimum"]), float(rules.loc[column, "maximum"])
        put((values < low) | (values > high), "SND-RANGE", column)  # type: ignore[operator]
    angle = draft["wind_from_direction"].to_numpy(float)
    put((angle < 0) | (angle > 360), "SND-RANGE", "wind_from_direction")  # type: ignore[operator]
    altitude = draft["altitude"].to_numpy(float)
    put((altitude < -500) | (altitude > 60_000), "SND-RANGE", "altitude")  # type: ignore[operator]


def _repeated(draft: pd.DataFrame, bad: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Levels of soundings whose station and time occurred before in the file."""
    first = draft.loc[~bad].drop_duplicates("sounding")[["sounding", "station_id", "time_start"]]
    again = first.loc[first.duplicated(["station_id", "time_start"]), "sounding"]
    return draft["sounding"].isin(set(again)).to_numpy()


def _heights(clean: pd.DataFrame) -> tuple[NDArray[np.float64], int]:
    """Heights above the surface level [m] and the number of those that are hypsometric."""
    altitude = clean["altitude"].to_numpy(float).copy()
    pressure = clean["pressure"].to_numpy(float)
    virtual = virtual_temperature(
        clean["air_temperature"].to_numpy(float), clean["dew_point_temperature"].to_numpy(float), pressure
    )
    surface = (clean["level"] == "surface").to_numpy()
    number = clean["sounding"].to_numpy()
    edges = np.flatnonzero(np.diff(number)) + 1
    derived = 0
    height = np.full(len(clean), np.nan)
    for rows in np.split(np.arange(len(clean)), edges) if len(clean) else []:
        derived += _fill_altitudes(altitude, pressure, virtual, rows)
        base = altitude[rows[surface[rows]]][:1]
        height[rows] = altitude[rows] - (base[0] if len(base) else np.nan)
    return height, derived


def _unfitting(clean: pd.DataFrame) -> NDArray[np.bool_]:
    """Levels whose height does not fit their pressure; see `fitting_levels`."""
    height, pressure = clean["height"].to_numpy(float), clean["pressure"].to_numpy(float)
    stated = np.isfinite(height) & np.isfinite(pressure)
    number = clean["sounding"].to_numpy()
    odd = np.zeros(len(clean), bool)
    edges = np.flatnonzero(np.diff(number)) + 1
    for rows in np.split(np.arange(len(clean)), edges) if len(clean) else []:
        known = rows[stated[rows]]
        order = known[np.argsort(height[known], kind="stable")]
        odd[order] = ~fitting_levels(height[order], pressure[order])
    return odd


def _fill_altitudes(
    altitude: NDArray[np.float64],
    pressure: NDArray[np.float64],
    virtual: NDArray[np.float64],
    rows: NDArray[np.int64],
) -> int:
    """Hypsometric altitudes of one sounding, in place; the number that was filled."""
    usable = rows[np.isfinite(pressure[rows]) & np.isfinite(virtual[rows])]
    missing = usable[np.isnan(altitude[usable])]
    if not len(missing):
        return 0
    order = usable[np.argsort(-pressure[usable], kind="stable")]
    logs = np.log(pressure[order])
    # Thickness of each layer below a level: R Tv / g · ln(p1 / p2), with the mean of both ends.
    mean = 0.5 * (virtual[order][1:] + virtual[order][:-1])
    thickness = GAS_CONSTANT_DRY_AIR / GRAVITY * mean * (logs[:-1] - logs[1:])
    stack = np.concatenate([[0.0], np.cumsum(thickness)])
    known = np.isfinite(altitude[order])
    if not known.any():
        # Above the station is all that is asked for, so the lowest level may lie at any altitude.
        offset = np.zeros(len(order))
    else:
        offset = np.interp(stack, stack[known], altitude[order][known] - stack[known])
    fill = ~known
    altitude[order[fill]] = stack[fill] + offset[fill]
    return int(fill.sum())


def virtual_temperature(
    air_temperature: NDArray[np.float64],
    dew_point_temperature: NDArray[np.float64],
    pressure: NDArray[np.float64],
) -> NDArray[np.float64]:
    r"""Virtual temperature [K]: :math:`T(1+0.608\,q)`, q from the dew point; T itself where that is missing.

    300 K with a dew point of 293.15 K at 100 000 Pa is 302.7 K. Vapour pressure by the Magnus formula of
    Sonntag (1990).
    """
    celsius = dew_point_temperature - KELVIN_OFFSET
    vapour = 611.2 * np.exp(17.62 * celsius / (243.12 + celsius))
    with np.errstate(divide="ignore", invalid="ignore"):
        moist = 0.622 * vapour / (pressure - 0.378 * vapour)
    share = np.where(np.isfinite(moist) & (vapour < 0.5 * pressure), moist, 0.0)
    return air_temperature * (1.0 + 0.608 * share)
