"""Dispersion of a case's sources to any places, and the rate of each source that is dispersed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from sootprint.case.flow.layers import is_layered, layers_of
from sootprint.case.flow.reading import case_crs
from sootprint.case.flow.terrain import terrain_of
from sootprint.case.steps import Context

if TYPE_CHECKING:
    import xarray as xr

BASES = ("declared", "permitted", "measured", "assumed")
"""Order in which the basis of a source's rate is chosen for the prior."""

USABLE = ("valid", "below_detection")
"""Flags of the readings that the attribution uses."""

INLET_HEIGHT_M = 3.0
"""Inlet height [m] of a post that states none; `check` says so for each."""


def disperse(
    context: Context,
    sources: pd.DataFrame,
    receptors: pd.DataFrame,
    air: pd.DataFrame | None = None,
    *,
    name: str | None = None,
) -> xr.Dataset:
    """Operator of a case's engine at given places.

    Hours that are chosen or altered have no hours before them: where ``air`` is given the answer is the
    plume's, whatever engine the case has.

    Parameters
    ----------
    context : Context
        Context of a step that needs ``meteorology`` and the settings ``place`` and ``engine``; particles
        follow the wind over terrain where it needs that too.
    sources : DataFrame
        Table ``sources``.
    receptors : DataFrame
        ``receptor_id, lon, lat, height_m``.
    air : DataFrame, optional
        Table ``weather`` of the hours; by default ``meteorology`` of the case. A layered engine takes its
        profiles from the evidence and only the hours from here.
    name : str, optional
        Engine; by default the case's.
    """
    from sootprint import dispersion

    engine = context.settings.engine
    chosen = "plume" if air is not None else name or engine.engine
    hours = context.table("meteorology") if air is None else air
    if is_layered(context.settings):
        layers, profiles, options = layers_of(context)
        hours = layers.loc[layers["time_start"].isin(hours["time_start"])].reset_index(drop=True)
    else:
        profiles = None
        options = {"calm_m_s": engine.calm_m_s, "lateral_sigma_m_s": engine.lateral_sigma_m_s}
    options |= {"direction_sigma_deg": engine.direction_sigma_deg, "threads": 2, **engine.options}
    given: dict[str, Any] = {
        "crs": case_crs(context.settings),
        "land_use": context.settings.place.land_use,
        "profiles": profiles,
    }
    particles = {
        "direction_sigma_deg": engine.direction_sigma_deg,
        "seed": context.settings.seed,
        "threads": 2,
        **engine.particles,
    }
    if chosen != "plume":
        given["terrain"] = terrain_of(context)
    if chosen == "particles":
        return dispersion.particle_operator(sources, receptors, hours, options=particles, **given)
    if chosen == "auto":
        return dispersion.automatic_operator(
            sources,
            receptors,
            hours,
            physics=engine.physics,
            plume=options,
            particles=particles,
            choice=engine.choice,
            **given,
        )
    return dispersion.operator(sources, receptors, hours, physics=engine.physics, options=options, **given)


def prior_rates(
    emissions: pd.DataFrame, sources: pd.DataFrame, period: tuple[Any, Any] | None
) -> pd.DataFrame:
    """Mean rate of each source and pollutant from the first basis of `BASES` that it states."""
    from sootprint import sources as room

    rates = room.mean_rates(emissions, period, sources=sources)
    order = rates["basis"].map({basis: rank for rank, basis in enumerate(BASES)})
    chosen = rates.assign(order=order).sort_values(["source_id", "pollutant", "order"], kind="stable")
    return chosen.drop_duplicates(["source_id", "pollutant"]).drop(columns="order").reset_index(drop=True)
