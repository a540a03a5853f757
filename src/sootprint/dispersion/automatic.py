"""Which engine an hour and source gets, why, and the operator that joins the two."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import ConfigError
from sootprint.dispersion.assembly import LandUse, operator
from sootprint.dispersion.hours import column, ordered
from sootprint.dispersion.options import named_options
from sootprint.dispersion.particles.operator import particle_operator

if TYPE_CHECKING:
    import xarray as xr
    from distributed import Client

    from sootprint.dispersion.particles.options import ParticleOptions
    from sootprint.dispersion.particles.scene import TerrainWind

REASONS = (
    "steady wind",
    "between light and steady wind",
    "light wind",
    "after light wind",
    "release above the lid",
    "after a release above the lid",
    "the plume cannot serve the hour",
    "the particles cannot serve the hour",
    "no engine can serve the hour",
)
"""Why an hour and source got its engine, in the order of their codes."""
STEADY, BETWEEN, LIGHT, AFTER_LIGHT, ABOVE, AFTER_ABOVE, NO_PLUME, NO_PARTICLES, NONE = range(9)


@dataclass(frozen=True)
class AutomaticOptions:
    """Bounds between the engines.

    Attributes
    ----------
    light_wind_m_s : float
        Wind [m s⁻¹] up to which particles alone are valid: below it the along-wind turbulence that a plume
        neglects is of the size of the wind, and the air of hours before is still there.
    steady_wind_m_s : float
        Wind from which the plume is taken alone; between the two the operators are mixed in proportion.
    carry_h : int
        Hours after light wind, or after a release above the lid, that still belong to the particles.
    above_lid : float
        Share of a release above the lid from which on a source belongs to the particles [1]: what hangs there
        comes down when the lid breaks.
    compared_hours : int
        Hours of the plume in which particles are walked too, to state the difference of the engines.
    """

    light_wind_m_s: float = 2.0
    steady_wind_m_s: float = 3.0
    carry_h: int = 2
    above_lid: float = 0.02
    compared_hours: int = 48

    def __post_init__(self) -> None:
        if not 0.0 <= self.light_wind_m_s < self.steady_wind_m_s:
            raise ConfigError(
                f"light wind to {self.light_wind_m_s} m/s and steady wind from {self.steady_wind_m_s} m/s",
                rule="the first is below the second",
                cure="change light_wind_m_s or steady_wind_m_s",
            )
        if self.carry_h < 0 or self.compared_hours < 0 or not 0.0 <= self.above_lid <= 1.0:
            raise ConfigError(
                f"carry_h {self.carry_h}, compared_hours {self.compared_hours}, above_lid {self.above_lid}",
                rule="hours are not negative, above_lid is a share",
                cure="change them",
            )


def automatic_options(given: AutomaticOptions | Mapping[str, Any] | None) -> AutomaticOptions:
    """Options of the choice of engines; see `sootprint.dispersion.options.named_options`."""
    return named_options(AutomaticOptions, given, "the choice of engines")


def particle_share(
    speed: NDArray[np.float64],
    above: NDArray[np.float64],
    plume_served: NDArray[np.bool_],
    options: AutomaticOptions,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Share of the particles in the operator of each hour and source [1], and the reason's code.

    Parameters
    ----------
    speed : float64 (hour)
        Wind speed [m s⁻¹]; NaN counts as light. Consecutive hours.
    above : float64 (hour, source)
        Share of the release above the lid [1].
    plume_served : bool (hour)
        Whether the plume can serve the hour.
    options : AutomaticOptions
        Bounds.
    """
    width = options.steady_wind_m_s - options.light_wind_m_s
    light = np.clip((options.steady_wind_m_s - speed) / width, 0.0, 1.0)
    light = np.where(np.isfinite(speed), light, 1.0)
    lingering = _last_of(light, options.carry_h)
    hung = (above > options.above_lid).astype(float)
    fumigating = _last_of(hung, options.carry_h)
    share = np.maximum(lingering[:, None], fumigating)
    share = np.where(plume_served[:, None], share, 1.0)
    reason = np.full(share.shape, STEADY, dtype=np.int64)
    reason[(share > 0.0) & (share < 1.0)] = BETWEEN
    for holds, code in (
        ((lingering >= 1.0)[:, None] & np.ones_like(hung, bool), AFTER_LIGHT),
        ((light >= 1.0)[:, None] & np.ones_like(hung, bool), LIGHT),
        ((fumigating > 0.0) & (lingering < 1.0)[:, None], AFTER_ABOVE),
        ((hung > 0.0) & (lingering < 1.0)[:, None], ABOVE),
        (~plume_served[:, None] & np.ones_like(hung, bool) & (light < 1.0)[:, None], NO_PLUME),
    ):
        reason[holds] = code
    return share, reason


def _last_of(values: NDArray[np.float64], hours: int) -> NDArray[np.float64]:
    """Greatest value of an hour and of those just before it."""
    made = values.copy()
    for back in range(1, hours + 1):
        made[back:] = np.maximum(made[back:], values[:-back])
    return made


def automatic_operator(
    sources: pd.DataFrame,
    receptors: pd.DataFrame,
    weather: pd.DataFrame,
    *,
    crs: str | None = None,
    physics: str = "briggs1973",
    land_use: LandUse = "urban",
    plume: Any = None,
    particles: ParticleOptions | Mapping[str, Any] | None = None,
    choice: AutomaticOptions | Mapping[str, Any] | None = None,
    profiles: pd.DataFrame | None = None,
    terrain: TerrainWind | None = None,
    folder: str | Path | None = None,
    client: Client | str | None = None,
    told: Callable[[int, int], None] | None = None,
) -> xr.Dataset:
    r"""Operator whose every hour and source is of the engine that is valid for it.

    .. math:: H = p\,H_\mathrm{particles} + (1 - p)\,H_\mathrm{plume}

    with p 1 in light wind, after it, for what is released above the lid, and where the plume has no answer, 0
    in steady wind, and between the bounds of the wind in proportion: the operator has no jump there.

    Parameters
    ----------
    sources, receptors, weather, crs, land_use, profiles
        As in `sootprint.dispersion.operator`; ``weather`` must suit the plume's physics.
    physics : str
        Physics of the plume.
    plume, particles, choice
        Options of the two engines and of the choice.
    terrain, folder, client, told
        As in `sootprint.dispersion.particle_operator`.

    Returns
    -------
    Dataset
        ``H``, ``standard_error`` (time, receptor, source) [s m⁻³], the error by sampling and 0 of a plume;
        ``particle_share`` (time, source) [1] and ``engine_reason`` (time, source), one of `REASONS`;
        ``reason`` (time); ``above_lid`` (time, source); ``engine_difference`` (source): ln of particles over
        plume, summed over receptors and the hours in which both were worked out and the plume is valid (wind
        of ``light_wind_m_s`` and more, nothing above the lid); ``engine_spread`` (source): its standard
        deviation over receptors. Attributes as of the engines.

    Raises
    ------
    InputError, ConfigError
        As the engines.
    """
    settings = automatic_options(choice)
    table = ordered(weather)
    extra = {} if profiles is None or profiles.empty else {"profiles": profiles}
    flat = operator(
        sources, receptors, table, crs=crs, physics=physics, land_use=land_use, options=plume, **extra
    )
    given: dict[str, Any] = {
        "crs": crs,
        "land_use": land_use,
        "options": particles,
        "profiles": profiles,
        "terrain": terrain,
    }
    times = pd.DatetimeIndex(flat["time"].values)
    speed = column(table, "wind_speed")
    served = flat["reason"].values == "served"
    above = starts_above_lid(sources, receptors, table, **given)
    share, reason = particle_share(speed, above, served, settings)
    wanted = (share > 0.0).any(axis=1)
    compared = _compared(share, settings)
    walked = particle_operator(
        sources,
        receptors,
        table,
        hours=times[wanted | compared],
        folder=folder,
        client=client,
        told=told,
        **given,
    )
    return _joined(flat, walked, share, reason, speed, above, settings)


def starts_above_lid(
    sources: pd.DataFrame, receptors: pd.DataFrame, weather: pd.DataFrame, **given: Any
) -> NDArray[np.float64]:
    """Share of each source's release above the lid (hour, source) [1]; 0 in hours without air."""
    from sootprint.dispersion.particles.operator import scene_of

    scene = scene_of(sources, receptors, weather, **given)
    kept = pd.DatetimeIndex(scene.columns.time).isin(pd.DatetimeIndex(weather["time_start"]))
    return np.nan_to_num(scene.releases.weight[kept, :, 1])


def _compared(share: NDArray[np.float64], options: AutomaticOptions) -> NDArray[np.bool_]:
    """Hours of the plume alone that are walked too: evenly spread over the period."""
    alone = np.flatnonzero((share == 0.0).any(axis=1))
    made = np.zeros(len(share), dtype=bool)
    if alone.size and options.compared_hours:
        picked = np.linspace(0, alone.size - 1, min(options.compared_hours, alone.size)).round().astype(int)
        made[alone[picked]] = True
    return made


def _joined(
    flat: xr.Dataset,
    walked: xr.Dataset,
    share: NDArray[np.float64],
    reason: NDArray[np.int64],
    speed: NDArray[np.float64],
    above: NDArray[np.float64],
    options: AutomaticOptions,
) -> xr.Dataset:
    of_plume, of_particles = flat["H"].values, walked["H"].values
    error = walked["standard_error"].values
    has_plume = np.isfinite(of_plume).any(axis=(1, 2))
    has_particles = np.isfinite(of_particles).any(axis=(1, 2))
    share = np.where(has_particles[:, None], share, 0.0)
    lost = ~has_particles[:, None] & (reason != STEADY)
    reason = np.where(lost, np.where(has_plume[:, None], NO_PARTICLES, NONE), reason)
    weight = share[:, None, :]
    with np.errstate(invalid="ignore"):
        mixed = np.where(weight > 0.0, weight * np.nan_to_num(of_particles), 0.0)
        mixed = mixed + np.where(weight < 1.0, (1.0 - weight) * np.nan_to_num(of_plume), 0.0)
    none = ~has_plume[:, None] & (share < 1.0)
    mixed[np.broadcast_to(none[:, None, :], mixed.shape)] = np.nan
    valid = has_plume & has_particles & (speed >= options.light_wind_m_s)
    difference, spread = engine_difference(
        of_plume, of_particles, valid[:, None] & (above <= options.above_lid)
    )
    made = walked[["standard_error", "above_lid"]].copy()
    made["H"] = (("time", "receptor", "source"), mixed, walked["H"].attrs)
    made["standard_error"] = (
        ("time", "receptor", "source"),
        np.where(np.isfinite(mixed), weight * np.nan_to_num(error), np.nan),
        walked["standard_error"].attrs,
    )
    made["above_lid"] = (("time", "source"), above, walked["above_lid"].attrs)
    made["reason"] = (
        "time",
        np.where(np.isfinite(mixed).any(axis=(1, 2)), "served", walked["reason"].values.astype(str)),
        walked["reason"].attrs,
    )
    made["particle_share"] = (
        ("time", "source"),
        share,
        {"units": "1", "long_name": "share of the particles"},
    )
    made["engine_reason"] = (
        ("time", "source"),
        np.array(REASONS)[reason],
        {"long_name": "why the hour and source got its engine"},
    )
    made["engine_difference"] = (
        "source",
        difference,
        {"units": "1", "long_name": "ln of particles over plume"},
    )
    made["engine_spread"] = ("source", spread, {"units": "1", "long_name": "its spread over receptors"})
    counts = {word: int((reason == code).sum()) for code, word in enumerate(REASONS)}
    made.attrs = walked.attrs | {
        "engine": "auto",
        "physics": f"{flat.attrs['physics']} and {walked.attrs['physics']}",
        "options": json.dumps(
            {
                "plume": json.loads(flat.attrs["options"]),
                "particles": json.loads(walked.attrs["options"]),
                "choice": asdict(options),
            },
            sort_keys=True,
        ),
        "inputs_sha256": f"{flat.attrs['inputs_sha256']} {walked.attrs['inputs_sha256']}",
        "hours_of_sources": json.dumps(counts),
        "hours": json.dumps(
            {
                str(w): int(n)
                for w, n in zip(*np.unique(made["reason"].values, return_counts=True), strict=True)
            }
        ),
    }
    return made


def engine_difference(
    of_plume: NDArray[np.float64], of_particles: NDArray[np.float64], valid: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """ln of particles over plume of each source, and its spread over receptors; NaN where nothing compares.

    Parameters
    ----------
    of_plume, of_particles : float64 (hour, receptor, source)
        Operators [s m⁻³].
    valid : bool (hour, source)
        Hours in which both hold.
    """
    both = valid[:, None, :] & np.isfinite(of_plume) & np.isfinite(of_particles)
    plume = np.where(both, of_plume, 0.0).sum(axis=0)
    walked = np.where(both, of_particles, 0.0).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        whole = np.log(walked.sum(axis=0) / plume.sum(axis=0))
        each = np.log(walked / plume)
    each[~np.isfinite(each)] = np.nan
    spread = np.full(whole.shape, np.nan)
    for source in range(whole.size):
        known = each[np.isfinite(each[:, source]), source]
        if known.size > 1:
            spread[source] = known.std(ddof=1)
    return np.where(np.isfinite(whole), whole, np.nan), spread
