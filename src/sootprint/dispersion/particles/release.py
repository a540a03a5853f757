"""Where a source's mass starts: plume rise of every hour, layers below and above the lid, blobs on the map.

The same description serves both directions: forward particles are drawn from it (`sample`), backward ones are
weighed by its density (`density`). What rises is worked out by `sootprint.dispersion.kernels.particle_rise`.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import ConfigError
from sootprint.dispersion.elements import elements_of
from sootprint.dispersion.engines.arrays import Elements, Floats, Integers
from sootprint.dispersion.kernels import particle_air as airs
from sootprint.dispersion.kernels import particle_source as placing
from sootprint.dispersion.kernels import particle_start as starting
from sootprint.dispersion.kernels.similarity import DRY_LAPSE_RATE
from sootprint.dispersion.options import PlumeOptions, named_options
from sootprint.dispersion.particles.blobs import Blobs, element_blobs
from sootprint.dispersion.particles.columns import Columns

OUTCOMES = ("no rise", "broken up by turbulence", "levelled in stable air", "unfinished", "air not known")
"""Words for the outcomes of rises, by code."""


@dataclass(frozen=True)
class ReleaseOptions:
    """Choices of a source's release.

    Attributes
    ----------
    stack_tip_downwash : bool
        Briggs (1974): slow gas is drawn down behind the stack.
    ambient_entrainment : float
        Entrainment of a rising plume by the air's turbulence [1]; 0.1: Hurley (2005).
    kolmogorov_constant : float
        C₀ by which the columns' time scale T stands for the dissipation ε = 2 σw² / C₀ T [1]; as in
        `ColumnOptions`.
    longest_rise_s : float
        Time after which a rise that nothing has ended is left where it is [s]; such hours are told.
    blob_m : float
        Greatest width of the cells into which areas and lines are parted [m].
    least_sigma_m : float
        Least horizontal and vertical standard deviation of a release that does not rise [m]: a density of a
        point has no number.
    line_width_m, assumed
        As in `PlumeOptions`.
    threads : int
        Threads among which the hours are shared; the result does not depend on it.
    """

    stack_tip_downwash: bool = True
    ambient_entrainment: float = 0.1
    kolmogorov_constant: float = 3.1
    longest_rise_s: float = 3600.0
    blob_m: float = 100.0
    least_sigma_m: float = 0.5
    line_width_m: float | None = None
    assumed: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    threads: int = 1

    def __post_init__(self) -> None:
        bounds = {
            "ambient_entrainment": (0.0, 1.0),
            "kolmogorov_constant": (1.0, 10.0),
            "longest_rise_s": (60.0, 86_400.0),
            "blob_m": (1.0, 10_000.0),
            "least_sigma_m": (0.01, 100.0),
            "threads": (1, 1024),
        }
        for name, (low, high) in bounds.items():
            if not low <= getattr(self, name) <= high:
                raise ConfigError(
                    f"{name} is {getattr(self, name)}", rule=f"from {low:g} to {high:g}", cure="change it"
                )


def release_options(options: ReleaseOptions | Mapping[str, Any] | None) -> ReleaseOptions:
    """Options of releases; see `sootprint.dispersion.options.named_options`."""
    return named_options(ReleaseOptions, options, "releases")


class Releases(NamedTuple):
    """Starts of the mass of sources in hours.

    The density of a source's starts in an hour is the sum over its blobs of weight times a round Gaussian of
    variance sigma² + spread², times the sum over its layers of weight times a Gaussian, reflected at the
    ground. Hours whose air is not known are NaN.

    Attributes
    ----------
    source : array of int64 (blob)
        Index of the source that the blob belongs to, ascending.
    first : array of int64 (source + 1)
        Row of a source's first blob; last, the number of blobs.
    x, y, sigma : array (blob)
        Middle and horizontal standard deviation [m]; 0 for a stack.
    share : array (blob)
        Part of the source [1]; sums to 1 a source.
    weight, height, sigma_z : array (hour, source, 2)
        Part of the mass [1] below and above the lid, its mean height above ground and standard deviation [m].
        A weight of 0 has an ill-defined height and sigma 0.
    spread : array (hour, source)
        Horizontal standard deviation of the plume at the end of its rise [m]; 0 for what does not rise.
    shift_x, shift_y, delay : array (hour, source)
        Way with the wind [m] and time [s] to the end of the rise; not part of the density.
    top : array (hour, source)
        Greatest height of the plume's middle on its way [m].
    outcome : array of int64 (hour, source)
        Index of `OUTCOMES`.
    """

    source: Integers
    first: Integers
    x: Floats
    y: Floats
    sigma: Floats
    share: Floats
    weight: Floats
    height: Floats
    sigma_z: Floats
    spread: Floats
    shift_x: Floats
    shift_y: Floats
    delay: Floats
    top: Floats
    outcome: Integers


def rise_columns(columns: Columns, kolmogorov_constant: float) -> Floats:
    """Air of the hours as plume rise takes it, shape (hour, level, 7); NaN where an hour is not served.

    The temperature of the air follows from the thermometer's by the potential temperature and 9.8 K km⁻¹.
    """
    made = np.empty((*columns.potential.shape, 7))
    made[:, :, airs.HEIGHT] = columns.z
    made[:, :, airs.EAST] = columns.wind_x
    made[:, :, airs.NORTH] = columns.wind_y
    made[:, :, airs.STIRRING] = columns.sigma_w
    made[:, :, airs.POTENTIAL] = columns.potential
    warmer = columns.potential - columns.potential[:, :1] - DRY_LAPSE_RATE * columns.z
    made[:, :, airs.TEMPERATURE] = columns.temperature[:, None] + warmer
    made[:, :, airs.DISSIPATION] = 2.0 * columns.sigma_w**2 / (kolmogorov_constant * columns.time_w)
    made[columns.reason != 0] = np.nan
    return made


def releases(
    sources: pd.DataFrame,
    columns: Columns,
    crs: str,
    options: ReleaseOptions | Mapping[str, Any] | None = None,
) -> Releases:
    """Starts of the mass of every source in every hour.

    Stacks rise; at the end of their rise their mass lies evenly from half a rise (and a mouth's radius) below
    the plume's middle to as much above, and what of that layer is above the lid makes the second layer. All
    else stays at its height, in one layer: the first below the lid, the second above it. Areas and lines are
    parted into blobs (`sootprint.dispersion.particles.blobs`); a volume is one blob of σy = side / 4.3 and
    σz = depth / 2.15, as in the plume engine.

    Parameters
    ----------
    sources : DataFrame
        Table ``sources``.
    columns : Columns
        Hours, or parts of hours.
    crs : str
        Projected CRS of the case.
    options : ReleaseOptions or mapping, optional
        Choices.

    Raises
    ------
    InputError
        If a source lacks what its kind needs, or an area makes too many blobs.
    ConfigError
        If an option is not known or cannot be right.
    """
    settings = release_options(options)
    elements = elements_of(
        sources, crs, PlumeOptions(line_width_m=settings.line_width_m, assumed=settings.assumed)
    )
    owner, blobs = _blobs(elements, settings)
    count, hours = len(sources), len(columns.reason)
    first = np.searchsorted(owner, np.arange(count + 1)).astype(np.int64)
    lead = np.searchsorted(elements.source, np.arange(count))
    weight, height, sigma_z = _still(elements, lead, columns.lid, settings)
    moved = np.zeros((hours, count, 5))
    moved[:, :, 4] = elements.height[lead]
    outcome = np.zeros((hours, count), dtype=np.int64)
    mouths = np.column_stack(
        [
            elements.height[lead],
            0.5 * elements.diameter[lead],
            elements.exit_velocity[lead],
            elements.exit_temperature[lead],
        ]
    )
    air = rise_columns(columns, settings.kolmogorov_constant)

    def work(part: slice) -> None:
        starting.rises_of_hours(
            mouths,
            air[part],
            columns.lid[part],
            int(settings.stack_tip_downwash),
            settings.ambient_entrainment,
            settings.longest_rise_s,
            weight[part],
            height[part],
            sigma_z[part],
            moved[part],
            outcome[part],
        )

    edges = np.linspace(0, hours, min(settings.threads, hours) + 1).astype(int)
    parts = [slice(low, high) for low, high in pairwise(edges.tolist())]
    with ThreadPoolExecutor(settings.threads) as pool:
        list(pool.map(work, parts))
    return Releases(
        owner,
        first,
        *blobs,
        weight,
        height,
        sigma_z,
        spread=moved[:, :, 3].copy(),
        shift_x=moved[:, :, 0].copy(),
        shift_y=moved[:, :, 1].copy(),
        delay=moved[:, :, 2].copy(),
        top=moved[:, :, 4].copy(),
        outcome=outcome,
    )


def _blobs(elements: Elements, settings: ReleaseOptions) -> tuple[Integers, Blobs]:
    """Source of each blob, and the blobs of all elements, with the element's weight in theirs."""
    made = [element_blobs(elements, number, settings.blob_m) for number in range(elements.source.size)]
    owner = np.repeat(elements.source, [blob.x.size for blob in made])
    weight = [blob.weight * elements.weight[number] for number, blob in enumerate(made)]
    sigma = []
    for number, blob in enumerate(made):
        still = elements.exit_velocity[number] == 0.0 and elements.area[number] == 0.0
        sigma.append(np.maximum(blob.sigma, settings.least_sigma_m if still else 0.0))
    return owner, Blobs(
        np.concatenate([blob.x for blob in made]),
        np.concatenate([blob.y for blob in made]),
        np.concatenate(sigma),
        np.concatenate(weight),
    )


def _still(
    elements: Elements, lead: NDArray[np.intp], lids: Floats, settings: ReleaseOptions
) -> tuple[Floats, Floats, Floats]:
    """Weights, heights and widths (hour, source, 2) of what does not rise; stacks are overwritten later."""
    shape = (lids.size, lead.size, 2)
    weight, height, sigma_z = np.zeros(shape), np.empty(shape), np.empty(shape)
    above = elements.height[lead][None, :] > lids[:, None]
    weight[:, :, 0], weight[:, :, 1] = ~above, above
    height[:] = elements.height[lead][None, :, None]
    sigma_z[:] = np.maximum(elements.initial_sigma_z[lead], settings.least_sigma_m)[None, :, None]
    return weight, height, sigma_z


def outcome_hours(made: Releases) -> dict[str, Integers]:
    """Number of hours of each source (source,) by the outcome of its rise; all words of `OUTCOMES`."""
    return {word: (made.outcome == code).sum(axis=0) for code, word in enumerate(OUTCOMES)}


def sample(made: Releases, hour: int, source: int, uniforms: Floats, *, after_rise: bool = False) -> Floats:
    """Places at which particles of a source begin, shape (particle, 3): easting, northing, height [m].

    Parameters
    ----------
    made : Releases
        Releases.
    hour, source : int
        Indices; an hour that is not known gives NaN.
    uniforms : array, shape (particle, 5)
        Numbers of [0, 1), for layer, blob, east, north and height; where the first two are stratified, layers
        and blobs get their shares.
    after_rise : bool
        Whether to add the way travelled while rising; the particles then begin ``delay`` later.
    """
    places = np.full((len(uniforms), 3), np.nan)
    if np.isnan(made.spread[hour, source]):
        return places
    placing.place_particles(
        np.ascontiguousarray(uniforms, dtype=float),
        int(made.first[source]),
        int(made.first[source + 1]),
        made.x,
        made.y,
        made.sigma,
        made.share,
        float(made.spread[hour, source]),
        made.weight[hour, source],
        made.height[hour, source],
        made.sigma_z[hour, source],
        places,
    )
    if after_rise:
        places[:, 0] += made.shift_x[hour, source]
        places[:, 1] += made.shift_y[hour, source]
    return places


def density(made: Releases, hour: int, source: int, x: Floats, y: Floats, z: Floats) -> Floats:
    """Density [m⁻³] of a source's starts at places (place,): easting, northing, height above ground [m].

    Its integral over all heights above the ground is 1.
    """
    flat = np.zeros(len(x))
    for blob in range(made.first[source], made.first[source + 1]):
        variance = made.sigma[blob] ** 2 + made.spread[hour, source] ** 2
        away = (x - made.x[blob]) ** 2 + (y - made.y[blob]) ** 2
        flat += made.share[blob] * np.exp(-0.5 * away / variance) / (2.0 * np.pi * variance)
    upright = np.zeros(len(x))
    for weight, height, sigma in zip(
        made.weight[hour, source], made.height[hour, source], made.sigma_z[hour, source], strict=True
    ):
        if weight > 0.0:
            upright += weight * np.array([placing.vertical_density(at, height, sigma) for at in z])
    return flat * upright


def rise_table(
    sources: pd.DataFrame,
    columns: Columns,
    crs: str,
    hour: int,
    times_s: Floats,
    options: ReleaseOptions | Mapping[str, Any] | None = None,
) -> Floats:
    """Rising plumes of an hour at times of travel [s], shape (source, time, 4).

    Height of the plume's middle, way east and north, and radius [m]; at rest from the end of the rise on. A
    source that does not rise stays where it is, with radius 0; an hour that is not known is NaN.
    """
    settings = release_options(options)
    elements = elements_of(
        sources, crs, PlumeOptions(line_width_m=settings.line_width_m, assumed=settings.assumed)
    )
    lead = np.searchsorted(elements.source, np.arange(len(sources)))
    air = rise_columns(columns, settings.kolmogorov_constant)[hour]
    made = np.zeros((len(sources), len(times_s), 4))
    if np.isnan(air).any():
        return np.full_like(made, np.nan)
    for source, number in enumerate(lead):
        made[source, :, 0] = elements.height[number]
        if elements.exit_velocity[number] > 0.0:
            mouth = np.array(
                [
                    elements.height[number],
                    0.5 * elements.diameter[number],
                    elements.exit_velocity[number],
                    elements.exit_temperature[number],
                ]
            )
            starting.rise_of_mouth_along(
                np.asarray(times_s, dtype=float),
                mouth,
                air,
                int(settings.stack_tip_downwash),
                settings.ambient_entrainment,
                settings.longest_rise_s,
                made[source],
            )
    return made
