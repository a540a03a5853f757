"""Quality report of a boundary layer: what was missing, calm, filled, raised or bounded, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.schema import check

if TYPE_CHECKING:
    from sootprint.weather.hourly_inputs import HourlyInputs
    from sootprint.weather.hourly_layers import MixedLayers, SurfaceLayer

REASONS = (
    "served",
    "calm",
    "missing wind",
    "missing temperature",
    "missing cloud",
    "missing sounding",
    "missing characteristics",
    "mast too low",
)
"""Reasons of hours, in the order of the report."""


def quality_table(
    inputs: HourlyInputs, surface: SurfaceLayer, mixed: MixedLayers, reason: NDArray[np.str_]
) -> pd.DataFrame:
    """Table ``boundary_layer_quality``: every count, zero or not, so that two reports have the same rows."""
    hours = len(reason)
    weather = inputs.weather
    blows = inputs.speed > 0.0
    days, first = np.unique(inputs.day, return_index=True)
    rows: list[tuple[str, str, int, int]] = [("hours", "all", hours, hours)]
    rows += [("hours", name, int((reason == name).sum()), hours) for name in REASONS]
    counts = [
        ("hours", "convective", surface.convective),
        ("air_temperature", "interpolated", inputs.temperature_filled),
        ("air_temperature", "missing", np.isnan(inputs.temperature)),
        ("cloud", "interpolated", inputs.cloud_filled),
        ("cloud", "from solar radiation", inputs.cloud_of_radiation),
        ("cloud", "missing", np.isnan(inputs.cloud)),
        ("pressure", "assumed for the density", inputs.pressure_assumed),
        ("wind", "raised to the least speed", inputs.raised),
        (
            "characteristics",
            "mean of all directions",
            blows & weather["wind_from_direction"].isna().to_numpy(),
        ),
        ("surface layer", "heat loss at its limit", surface.limited),
        ("surface layer", "Obukhov length at a bound", surface.bounded),
        ("mixing height", "at its largest", mixed.capped),
        ("mixing height", "above the top of the sounding", mixed.beyond),
        ("mixing height", "gradient above at its least", mixed.least_gradient),
    ]
    rows += [(topic, state, int(np.asarray(mask).sum()), hours) for topic, state, mask in counts]
    launch = mixed.launch[first]
    rows += [
        ("sounding", "days with a morning sounding", int((launch >= 0).sum()), len(days)),
        ("sounding", "days without", int((launch < 0).sum()), len(days)),
    ]
    made = pd.DataFrame(rows, columns=["topic", "state", "count", "of"])
    made["share"] = made["count"] / made["of"].where(made["of"] > 0)
    return check(made.drop(columns="of"), "boundary_layer_quality")
