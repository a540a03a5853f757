"""Boundary layer of a case, for the physics of the engine that need one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from sootprint.case.config import Settings
from sootprint.case.steps import Context, Evidence
from sootprint.core.errors import InputError

LAYERED = ("aermod", "improved")
"""Physics that need profiles of wind, turbulence and temperature."""


def is_layered(settings: Settings) -> bool:
    """Whether the engine of the case needs a boundary layer."""
    return settings.engine.physics in LAYERED


def layer_files(settings: Settings, evidence: list[Evidence]) -> tuple[str, ...]:
    """Evidence that the boundary layer of a case is read from; none where its engine needs none."""
    return tuple(item.name for item in evidence if item.kind == "weather" and is_layered(settings))


def layers_of(context: Context) -> tuple[pd.DataFrame, pd.DataFrame | None, dict[str, Any]]:
    """Tables ``boundary_layer`` and ``profiles`` of the hours of the case, and options of the engine.

    They are read from AERMOD surface and profile files (``.sfc``, ``.pfl``) among the weather. The ground is
    taken as level: a case knows no hill heights.

    Raises
    ------
    InputError
        If there is no surface file.
    """
    from sootprint import weather

    surfaces, masts, words = [], [], set[str]()
    for item in context.evidence:
        kind = Path(item.name).suffix.lower()
        zone = context.settings.files.get(item.name, {}).get("zone") or context.settings.place.zone
        if kind == ".sfc":
            read = weather.read_sfc(item.path, zone=zone, name=item.name)
            words |= set(read.header.options)
            surfaces.append(read.table)
        elif kind == ".pfl":
            masts.append(weather.read_pfl(item.path, zone=zone, name=item.name).table)
    if not surfaces:
        raise InputError(
            f"physics {context.settings.engine.physics!r} has no boundary layer",
            rule="it needs an AERMOD surface file (.sfc) among the weather",
            cure="make one with weather.boundary_layer and weather.write_sfc and add it, "
            'or set [engine] physics = "briggs1973"',
        )
    hours = pd.concat(surfaces).drop_duplicates("time_start").sort_values("time_start")
    hours = hours.loc[hours["time_start"].isin(context.table("meteorology")["time_start"])]
    options = {
        "terrain": False,
        "adjusted_friction_velocity": "ADJ_U*" in words,
        "bulk_richardson": "BULKRN" in words,
    }
    return hours.reset_index(drop=True), pd.concat(masts) if masts else None, options
