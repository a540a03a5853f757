"""Tables ``boundary_layer`` and ``profiles`` of AERMOD's surface and profile files.

Values that AERMOD takes for missing are missing here, by the same bounds (EPA-454/B-24-007, appendix C).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from sootprint.core.constants import KELVIN_OFFSET
from sootprint.core.errors import InputError
from sootprint.core.findings import Finding, findings_table
from sootprint.core.schema import check
from sootprint.weather.readers.aermod_text import (
    PFL_FIELDS,
    SFC_FIELDS,
    SurfaceHeader,
    local_stamps,
    number_rows,
    parse_header,
)
from sootprint.weather.readers.clock import standard_time_to_utc
from sootprint.weather.readers.codes import finding
from sootprint.weather.readers.ranges import blank_out_of_range

HOUR_S = 3600.0


@dataclass(frozen=True)
class LayerFile:
    """What one surface or profile file holds.

    Attributes
    ----------
    table : DataFrame
        Table ``boundary_layer`` (an hour a row) or ``profiles`` (a level of an hour a row), in order of time
        and height.
    findings : DataFrame
        Table ``findings``: lines in quarantine, and cells that were faulty and are missing in the table.
    header : SurfaceHeader
        Facts of the header; empty for a profile file, which has none.
    """

    table: pd.DataFrame
    findings: pd.DataFrame
    header: SurfaceHeader = field(default_factory=SurfaceHeader)


def read_sfc(
    path: str | Path, *, zone: str | None = None, utc_offset_h: float | None = None, name: str | None = None
) -> LayerFile:
    """Table ``boundary_layer`` of an AERMOD surface file, with its header.

    Parameters
    ----------
    path : str or Path
        The file; its hours are local standard time and end the interval.
    zone : str, optional
        IANA zone of the site, whose standard time is taken all year.
    utc_offset_h : float, optional
        Local standard time less UTC [h], in place of a zone.
    name : str, optional
        Name to use in findings, by default the file's own.

    Returns
    -------
    LayerFile
        ``reason`` of an hour is ``calm`` (wind speed 0, direction missing), ``variable direction`` (wind with
        direction 999), ``missing wind``, ``missing temperature``, ``missing turbulence`` (no L, u* or
        mechanical height, or no w* or convective height in an unstable hour), else ``served``: the hours
        that AERMOD models are the served ones. A direction of 0 with wind is 360, from the north.

    Raises
    ------
    InputError
        If no line has the fields of the format, or not exactly one of zone and offset is given.
    """
    path = Path(path)
    name = name or path.name
    raw, line, found = number_rows(path, name, SFC_FIELDS)
    speed = raw["wind_speed"].where((raw["wind_speed"] >= 0.0) & (raw["wind_speed"] < 90.0))
    angle = raw["wind_from_direction"]
    angle = angle.where((angle > -9.0) & (angle <= 900.0) & (speed != 0.0))
    angle = angle.where(~((angle == 0.0) & (speed > 0.0)), 360.0)
    flags = raw["rest"].str.split(" ", n=1, expand=True).reindex(columns=[0, 1]).astype("string").fillna("")
    draft = pd.DataFrame(
        {
            "time_start": _utc(raw, zone, utc_offset_h),
            "duration_s": HOUR_S,
            "sensible_heat_flux": _from(raw, "sensible_heat_flux", above=-900.0),
            "friction_velocity": _from(raw, "friction_velocity", least=0.0, below=9.0),
            "convective_velocity": _from(raw, "convective_velocity", least=0.0),
            "potential_temperature_gradient": _from(raw, "gradient", above=-9.0),
            "convective_mixing_height": _from(raw, "convective", least=0.0, below=90_000.0),
            "mechanical_mixing_height": _from(raw, "mechanical", least=0.0, below=90_000.0),
            "obukhov_length": _from(raw, "obukhov_length", above=-99_990.0, below=np.inf),
            "roughness_length": _from(raw, "roughness_length", least=0.0),
            "bowen_ratio": _from(raw, "bowen", above=-9.0),
            "albedo": _from(raw, "albedo", least=0.0),
            "wind_speed": speed,
            "wind_from_direction": angle,
            "measurement_height": _from(raw, "measurement_height", above=0.0),
            "air_temperature": _from(raw, "air_temperature", above=0.0, below=900.0),
            "temperature_height": _from(raw, "temperature_height", above=0.0),
            "precipitation": _from(raw, "precipitation", least=0.0, below=900.0),
            "humidity": _from(raw, "humidity", least=0.0, below=900.0) / 100.0,
            "pressure": _from(raw, "pressure", above=0.0, below=9000.0) * 100.0,
            "cloud": _from(raw, "cloud", least=0.0, below=99.0) / 10.0,
            "substituted": _substituted(flags[1]),
            "precipitation_code": _from(raw, "precipitation_code", least=0.0, below=9999.0).round(),
            "wind_source": flags[0].where(~flags[0].isin(["", "NAD"]), None),
            "source_row": raw["source_row"],
        }
    )
    table = _clean(draft, "boundary_layer", ["time_start"], name, found)
    table["reason"] = _reasons(table)
    return LayerFile(check(table, "boundary_layer"), findings_table(found), parse_header(line))


def read_pfl(
    path: str | Path, *, zone: str | None = None, utc_offset_h: float | None = None, name: str | None = None
) -> LayerFile:
    """Table ``profiles`` of an AERMOD profile file, a level of an hour a row.

    Parameters
    ----------
    path, zone, utc_offset_h, name
        As in `read_sfc`.

    Returns
    -------
    LayerFile
        Missing as AERMOD takes it: wind outside 0 to 90 m/s, direction above 900, temperature outside
        -90 to 90 °C, σθ of 99° and more, σw outside 0 to 90 m/s. Wind and direction that are both 0 are
        missing too, and a direction of 0 with wind is 360.

    Raises
    ------
    InputError
        If no line has the fields of the format, or not exactly one of zone and offset is given.
    """
    path = Path(path)
    name = name or path.name
    raw, _, found = number_rows(path, name, PFL_FIELDS)
    speed = raw["wind_speed"].where(raw["wind_speed"].between(0.0, 90.0))
    angle = raw["wind_from_direction"].where(raw["wind_from_direction"].between(0.0, 900.0))
    nothing = (speed == 0.0) & (angle == 0.0)
    celsius = raw["temperature_c"].where((raw["temperature_c"] > -90.0) & (raw["temperature_c"] < 90.0))
    draft = pd.DataFrame(
        {
            "time_start": _utc(raw, zone, utc_offset_h),
            "duration_s": HOUR_S,
            "height_m": raw["height"],
            "top": raw["top"] == 1.0,
            "wind_speed": speed.where(~nothing),
            "wind_from_direction": angle.where(~nothing).where(~((angle == 0.0) & (speed > 0.0)), 360.0),
            "air_temperature": celsius + KELVIN_OFFSET,
            "sigma_theta_deg": _from(raw, "sigma_theta", least=0.0, below=99.0),
            "sigma_w": _from(raw, "sigma_w", least=0.0, below=90.0),
            "source_row": raw["source_row"],
        }
    )
    table = _clean(draft, "profiles", ["time_start", "height_m"], name, found)
    highest = ~table.duplicated("time_start", keep="last")
    wrong = int((highest != table["top"]).sum())
    if wrong:
        found.append(finding("WX-PROFILE-TOP", "profiles", value=f"{wrong} levels", file=name, column="top"))
    return LayerFile(check(table.assign(top=highest), "profiles"), findings_table(found))


def _from(
    raw: pd.DataFrame,
    column: str,
    *,
    above: float = -np.inf,
    least: float = -np.inf,
    below: float = np.inf,
) -> pd.Series:
    values = raw[column]
    return values.where((values > above) & (values >= least) & (values < below))


def _utc(raw: pd.DataFrame, zone: str | None, utc_offset_h: float | None) -> pd.Series:
    ends = local_stamps(raw)
    require_clock(zone, utc_offset_h)
    if zone is not None:
        return standard_time_to_utc(ends, zone, stamp="ending", duration_s=HOUR_S)
    return (ends - pd.to_timedelta(float(utc_offset_h or 0.0) + 1.0, unit="h")).astype("datetime64[us]")


def require_clock(zone: str | None, utc_offset_h: float | None) -> None:
    """Nothing, if exactly one of zone and offset is given.

    Raises
    ------
    InputError
        If none or both are given, or the offset is none that a place of the earth keeps.
    """
    if (zone is None) == (utc_offset_h is None):
        raise InputError(
            f"zone = {zone!r} and utc_offset_h = {utc_offset_h!r}",
            rule="the file's hours are local standard time and it names no zone: state one of both",
            cure='zone="Asia/Almaty", or utc_offset_h=-6 for central standard time',
        )
    if utc_offset_h is not None and not -12.0 <= utc_offset_h <= 14.0:
        raise InputError(f"utc_offset_h = {utc_offset_h}", rule="from -12 to 14 hours", cure="check its sign")


def _substituted(flags: pd.Series) -> pd.Series:
    words = {"Sub_CC": "cloud", "Sub_TT": "temperature", "Sub_CC-TT": "cloud;temperature"}
    return flags.str.strip().map(words)


def _clean(draft: pd.DataFrame, table: str, key: list[str], name: str, found: list[Finding]) -> pd.DataFrame:
    """Rows with a time, once each, in order; cells out of the range of the schema become missing."""

    def report(mask: pd.Series, code: str, column: str) -> None:
        for row, value in zip(draft.loc[mask, "source_row"], draft.loc[mask, column], strict=True):
            found.append(finding(code, table, value=value, file=name, row=int(row), column=column))

    draft = blank_out_of_range(draft, table, name, found, keep=tuple(key))
    undated = draft["time_start"].isna()
    report(undated, "WX-TIME", "time_start")
    if "height_m" in draft:
        placeless = ~undated & ~draft["height_m"].between(0.0, 20_000.0)
        report(placeless, "WX-RANGE", "height_m")
        undated |= placeless
    draft = draft.loc[~undated]
    again = draft.duplicated(key, keep="first")
    report(again, "WX-DUPLICATE", key[-1])
    kept = draft.loc[~again].sort_values(key, kind="stable").reset_index(drop=True)
    return kept.drop(columns="source_row")


def _reasons(table: pd.DataFrame) -> pd.Series:
    unstable = table["obukhov_length"] < 0.0
    always = table[["obukhov_length", "friction_velocity", "mechanical_mixing_height"]].isna().any(axis=1)
    daytime = table[["convective_velocity", "convective_mixing_height"]].isna().any(axis=1)
    rules = {
        "calm": table["wind_speed"] == 0.0,
        "missing wind": table["wind_speed"].isna(),
        "variable direction": table["wind_from_direction"].isna(),
        "missing temperature": table["air_temperature"].isna(),
        "missing turbulence": always | (unstable & daytime),
    }
    return pd.Series(np.select(list(rules.values()), list(rules), "served"), index=table.index)
