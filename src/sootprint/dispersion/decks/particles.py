"""Decks by Lagrangian particles: every hour by itself, as air that has always been so."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import InputError
from sootprint.dispersion.decks.deck import POLYGON_KINDS, Deck, Source
from sootprint.dispersion.decks.emissions import EmissionRates
from sootprint.dispersion.decks.engine import BlockWeather, decay_of
from sootprint.dispersion.elements import DEPTH_PER_SIGMA, VOLUME_SIDE_PER_SIGMA
from sootprint.dispersion.engines.arrays import Floats

if TYPE_CHECKING:
    from sootprint.dispersion.particles.scene import Scene

CRS = "+proj=tmerc +lat_0=0 +lon_0=0 +k=1 +x_0=0 +y_0=0 +ellps=WGS84 +units=m +type=crs"
"""Plane in which the deck's own coordinates are kept, about their middle."""
SLOWEST = 0.3
"""Wind [m s⁻¹] under which the memory of an hour grows no more."""
HIGHEST_M = 5000.0
"""Top of the air [m], above the deepest layer by day."""
LONGEST_MEMORY_H = 8.0
FAR_M = 5000.0
"""Distance of the farthest receptor [m] from which on the sampling is `FAR`."""
SECONDS = 3600.0
SERVED = "served"


class Sampling(NamedTuple):
    """How an hour's particles are followed and counted.

    Attributes
    ----------
    particles : int
        Particles of a source and hour (forward), or a receptor and hour (backward).
    batches : int
        Batches that they are walked in.
    step_s : float
        Step of an old particle [s].
    passages : float
        Age at which a particle is given up, in times that the stated wind needs to the farthest receptor.
    width, width_z : float
        Width of the kernels over the particles' spread [1]; a kernel adds its square to the plume's variance.
    widest_share : float
        Widest kernel over the distance of the farthest receptor [1].
    """

    particles: int
    batches: int
    step_s: float
    passages: float
    width: float
    width_z: float
    widest_share: float


NEAR = Sampling(12_000, 24, 4.0, 3.0, 0.15, 0.05, 0.0075)
"""Samplers within 5 km: arcs of a release near the ground."""
LINES = NEAR._replace(particles=4_000, batches=8)
"""Lines and areas within 5 km, by particles of each sampler."""
FAR = Sampling(5_000, 10, 15.0, 1.0, 0.35, 0.3, 0.01)
"""Samplers farther away, kernels as in an operator of months: winds at the height of a stack's plume are
stronger than the stated ones."""


@dataclass(frozen=True)
class ParticleEngine:
    """The particle engine on decks, as `Engine`: the hours are steady, each with its own air.

    An experiment of some minutes is a steady state; what comes before or after it in the deck is another
    day. The air of an hour therefore lasts for as long as particles need to pass the receptors. Particles go
    forward from stacks to many receptors, and backward from receptors to lines and areas. Hours in which
    nothing is emitted are 0 and cost nothing.

    Attributes
    ----------
    sampling : Sampling, optional
        By default `NEAR`, `LINES` or `FAR`.
    blob_m : float
        Width of the parts of lines and areas [m].
    seed, threads : int
        The result does not depend on the threads.
    columns, releases : mapping
        Choices of the columns of air and of the releases.
    told : callable, optional
        Told, after each hour, the distance of the receptors from the middle of the sources [m], the operator
        and its standard error (receptor, source) [s m⁻³].
    """

    sampling: Sampling | None = None
    blob_m: float = 1.0
    seed: int = 1
    threads: int = 1
    columns: Mapping[str, Any] = field(default_factory=dict)
    releases: Mapping[str, Any] = field(default_factory=dict)
    told: Callable[[Floats, Floats, Floats], None] | None = None
    kinds: frozenset[str] = frozenset(("POINT", "VOLUME", *POLYGON_KINDS))
    downwash: bool = False

    def reasons(self, table: pd.DataFrame) -> NDArray[np.str_]:
        """Word for each hour of a table ``boundary_layer``: ``served``, or why it cannot be."""
        from sootprint.dispersion.particles.columns import REASONS, columns

        made = columns(table, options=self.columns, land_use="rural")
        return np.array(REASONS)[made.reason]

    def operator(
        self,
        deck: Deck,
        sources: NDArray[np.intp],
        weather: BlockWeather,
        rates: EmissionRates,
        receptors: slice,
    ) -> Floats:
        """Concentration for a unit emission [s m⁻³], shape (hour, receptor, source); NaN where not served.

        Raises
        ------
        InputError
            If the ground is not level or the sources decay at different rates.
        """
        chosen = [deck.sources[index] for index in sources]
        _refuse_terrain(deck, chosen)
        decays = {decay_of(deck, source) for source in chosen}
        if len(decays) > 1:
            raise InputError("sources decay at different rates", cure="run them one after the other")
        decay = decays.pop()
        x, y = deck.receptors.x[receptors], deck.receptors.y[receptors]
        middle = np.array([np.mean([s.x for s in chosen]), np.mean([s.y for s in chosen])])
        places = _receptor_table(x - middle[0], y - middle[1], deck.receptors.flagpole[receptors])
        farthest = max(float(np.hypot(x - s.x, y - s.y).max()) for s in chosen)
        made = np.zeros((2, len(weather.table), x.size, len(chosen)))
        times = weather.profiles["time_start"].to_numpy("datetime64[us]")
        for hour in range(len(weather.table)):
            if not rates.rate[hour, sources].any():
                continue
            row = weather.table.iloc[[hour]]
            mast = weather.profiles.loc[times == row["time_start"].to_numpy("datetime64[us]")[0]]
            air = float(row["air_temperature"].iloc[0])
            table = _source_table(chosen, rates, sources, hour, air, middle)
            made[:, hour] = self._hour(table, places, row, mast, farthest, decay)
            if self.told is not None:
                self.told(np.hypot(x - middle[0], y - middle[1]), made[0, hour], made[1, hour])
        return made[0]

    def _hour(
        self,
        sources: pd.DataFrame,
        receptors: pd.DataFrame,
        row: pd.DataFrame,
        mast: pd.DataFrame,
        farthest: float,
        decay: float,
    ) -> tuple[Floats, Floats]:
        """Operator of an hour and its standard error, (receptor, source); NaN where it is not served."""
        from sootprint.dispersion.particles.options import particle_options
        from sootprint.dispersion.particles.scene import make_scene

        shape = (len(receptors), len(sources))
        if self.reasons(row)[0] != SERVED:
            return np.full(shape, np.nan), np.full(shape, np.nan)
        backward = bool((sources["kind"] == "area").any())
        sampling = self.sampling or (FAR if farthest > FAR_M else LINES if backward else NEAR)
        wind = max(float(row["wind_speed"].iloc[0]), SLOWEST)
        memory = min(sampling.passages * farthest / wind / SECONDS, LONGEST_MEMORY_H)
        rows = 1 + math.ceil(memory)
        options = particle_options(
            {
                "direction": "backward" if backward else "forward",
                "particles": sampling.particles,
                "batches": sampling.batches,
                "memory_h": memory,
                "step_s": sampling.step_s,
                "segments": 1,
                "top_m": HIGHEST_M,
                "margin_m": 0.05 * farthest,
                "width": sampling.width,
                "width_z": sampling.width_z,
                "widest_m": sampling.widest_share * farthest,
                "thin_h": 0.0,
                "half_life_h": math.log(2.0) / decay / SECONDS if decay > 0.0 else 0.0,
                "keep_lags": True,
                "seed": self.seed,
                "threads": self.threads,
                "columns": self.columns,
                "releases": {"blob_m": self.blob_m, "least_sigma_m": 0.01, **self.releases},
            }
        )
        scene = make_scene(
            sources,
            receptors,
            _repeated(row, rows),
            crs=CRS,
            convergence=0.0,
            land_use="rural",
            options=options,
            profiles=_repeated(mast, rows),
            terrain=None,
        )
        return steady(scene)


def steady(scene: Scene) -> tuple[Floats, Floats]:
    """Operator of air that does not change and its standard error [s m⁻³], (receptor, source).

    Every hour of the scene has the same air. Each lag between release and arrival is the mean over the hours
    that have seen it, so that no particle is walked in vain.
    """
    from sootprint.dispersion.particles.scene import run_block

    rows = len(scene.columns.time)
    receptors = np.arange(len(scene.receptors), dtype=np.int64)
    forward = scene.options.direction == "forward"
    if not forward:
        scene.served[:-1] = False
    found = run_block(scene, receptors, 0, rows)
    value = np.zeros((len(receptors), len(scene.source_ids)))
    variance = np.zeros_like(value)
    for lag in range(found["H"].shape[2]):
        seen = slice(min(lag, rows - 1), None) if forward else slice(rows - 1, None)
        hours = found["H"][seen].shape[0]
        value += found["H"][seen, :, lag].mean(axis=0)
        variance += found["variance"][seen, :, lag].sum(axis=0) / hours**2
    return value, np.sqrt(variance)


def _repeated(table: pd.DataFrame, hours: int) -> pd.DataFrame:
    """Rows of one hour, again in each of the next hours."""
    steps = [table.assign(time_start=table["time_start"] + pd.Timedelta(hours=h)) for h in range(hours)]
    return pd.concat(steps, ignore_index=True)


def _receptor_table(x: Floats, y: Floats, height: Floats) -> pd.DataFrame:
    lon, lat = _degrees(x, y)
    names = [str(number) for number in range(x.size)]
    return pd.DataFrame({"receptor_id": names, "lon": lon, "lat": lat, "height_m": height})


def _degrees(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Longitude and latitude of places on the plane of `CRS`."""
    from pyproj import Transformer

    lon, lat = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True).transform(x, y)
    return np.asarray(lon), np.asarray(lat)


def _source_table(
    chosen: list[Source],
    rates: EmissionRates,
    sources: NDArray[np.intp],
    hour: int,
    air_temperature: float,
    middle: Floats,
) -> pd.DataFrame:
    """Table ``sources`` of an hour; polygons are areas, whose unit emission is that of the whole."""
    rows = []
    for source, index in zip(chosen, sources, strict=True):
        place = np.array([source.x, source.y]) - middle
        outline = None
        if source.kind in POLYGON_KINDS:
            lon, lat = _degrees(*(source.vertices - middle).T)
            corners = ", ".join(
                f"{a:.12f} {b:.12f}" for a, b in zip((*lon, lon[0]), (*lat, lat[0]), strict=True)
            )
            outline = f"POLYGON (({corners}))"
        lon, lat = _degrees(place[:1], place[1:])
        stated = float(rates.exit_temperature_k[hour, index])
        rows.append(
            {
                "source_id": source.source_id,
                "kind": {"POINT": "point", "VOLUME": "volume"}.get(source.kind, "area"),
                "lon": lon[0],
                "lat": lat[0],
                "geometry_wkt": outline,
                "width_m": source.sigma_y_m * VOLUME_SIDE_PER_SIGMA,
                "height_m": source.height_m,
                "vertical_extent_m": source.sigma_z_m * DEPTH_PER_SIGMA,
                "diameter_m": source.diameter_m,
                "exit_velocity_m_s": float(rates.exit_velocity_m_s[hour, index]),
                "exit_temperature_k": stated if stated > 0.0 else air_temperature - stated,
            }
        )
    return pd.DataFrame(rows)


def _refuse_terrain(deck: Deck, chosen: list[Source]) -> None:
    ground = {source.base_elevation_m for source in chosen if not source.flat}
    if not deck.flat and ground and {*ground, *deck.receptors.elevation.tolist()} != ground:
        raise InputError("the ground is not level", rule="decks by particles are flat", cure="MODELOPT FLAT")
