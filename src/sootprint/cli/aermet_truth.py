"""Our boundary layer beside AERMET's, from the same cards, soundings and ground."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sootprint.core.errors import InputError

if TYPE_CHECKING:
    from sootprint.weather import BoundaryLayer

QUANTITIES = {
    "friction_velocity": "u* [m/s]",
    "obukhov_length": "L [m]",
    "convective_mixing_height": "convective mixing height [m]",
    "mechanical_mixing_height": "mechanical mixing height [m]",
    "sensible_heat_flux": "sensible heat flux [W/m²]",
    "convective_velocity": "w* [m/s]",
    "potential_temperature_gradient": "gradient above the mixed layer [K/m]",
}
"""Columns that are compared, and their names on the page."""

BARRED = ("friction_velocity", "obukhov_length", "convective_mixing_height", "mechanical_mixing_height")
"""Columns that have a bar."""

BAR_MEDIAN, BAR_P90 = 5.0, 15.0
"""Largest median and 90th percentile of the difference of an hour [%]."""

LATITUDE, LONGITUDE, ANEMOMETER = 40.65, -75.43, 6.1
"""Allentown airport [degrees] and its anemometer [m], as the control files state them."""

PERIOD = (pd.Timestamp("1992-05-01 05:00"), pd.Timestamp("1993-05-20 05:00"))
"""1 May 1992 to 19 May 1993 in Eastern Standard Time [UTC]."""


def made_layer(folder: Path) -> BoundaryLayer:
    """Our boundary layer of the cards and soundings in the folder ``aermet_nws``."""
    from sootprint.weather import (
        BoundaryLayerOptions,
        boundary_layer,
        read_soundings,
        read_surface_characteristics,
        read_weather,
    )

    cards = read_weather(
        folder / "14737.DAT", zone="America/New_York", options={"measurement_height": ANEMOMETER}
    )
    soundings = read_soundings(folder / "14735-92.fsl")
    return boundary_layer(
        cards.tables["weather"],
        soundings.tables["soundings"],
        characteristics=read_surface_characteristics(folder / "s2.inp"),
        latitude=LATITUDE,
        longitude=LONGITUDE,
        options=BoundaryLayerOptions(period=PERIOD),
    )


def aermet(data: Path) -> pd.DataFrame:
    """Differences hour by hour of what we and AERMET 24142 make of the same raw data.

    Columns ``quantity``, ``hours`` (where both state it), ``median_percent``, ``p90_percent``,
    ``bar_median_percent``, ``bar_p90_percent``, ``within``. Notes: records, calm and convective hours.

    Raises
    ------
    InputError
        If the folder lacks the files.
    """
    from sootprint.weather import read_sfc

    folder = data / "aermet_nws"
    if not (folder / "abe_nws.sfc").is_file():
        raise InputError(f"no file {folder / 'abe_nws.sfc'}", cure="--data the folder that holds aermet_nws/")
    reference = read_sfc(folder / "abe_nws.sfc", utc_offset_h=-5.0).table
    made = made_layer(folder).table
    pairs = made.merge(reference, on="time_start", suffixes=("", "_reference"), how="inner")
    rows = []
    for column, name in QUANTITIES.items():
        ours = pairs[column].to_numpy(float)
        theirs = pairs[f"{column}_reference"].to_numpy(float)
        both = np.isfinite(ours) & np.isfinite(theirs) & (theirs != 0.0)
        difference = 100.0 * np.abs(ours[both] / theirs[both] - 1.0)
        median, p90 = np.median(difference), np.quantile(difference, 0.9)
        barred = column in BARRED
        rows.append(
            {
                "quantity": name,
                "hours": int(both.sum()),
                "median_percent": median,
                "p90_percent": p90,
                "bar_median_percent": BAR_MEDIAN if barred else np.nan,
                "bar_p90_percent": BAR_P90 if barred else np.nan,
                "within": ("yes" if median <= BAR_MEDIAN and p90 <= BAR_P90 else "no") if barred else "",
            }
        )
    table = pd.DataFrame(rows)
    table.attrs["notes"] = _notes(made, reference, pairs)
    return table


def _notes(made: pd.DataFrame, reference: pd.DataFrame, pairs: pd.DataFrame) -> list[str]:
    calm, calm_reference = pairs["reason"] == "calm", pairs["reason_reference"] == "calm"
    up, up_reference = pairs["sensible_heat_flux"] > 0, pairs["sensible_heat_flux_reference"] > 0
    return [
        f"Records: {len(made)} of ours, {len(reference)} of AERMET's, {len(pairs)} at the same time.",
        f"Calm hours: {int(calm.sum())} of ours, {int(calm_reference.sum())} of AERMET's, "
        f"{int((calm & calm_reference).sum())} the same.",
        f"Convective hours: {int(up.sum())} of ours, {int(up_reference.sum())} of AERMET's, "
        f"{int((up & up_reference).sum())} the same.",
        "Raw data: airport cards of Allentown PA, soundings of Albany NY, 1 May 1992 to 19 May 1993; the "
        "reference is AERMET 24142's surface file. Where ours differs on purpose: "
        "docs/decisions/0016-boundary-layer.md.",
    ]
