"""Decks as arrays of the engine, physics ``aermod``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import InputError
from sootprint.dispersion.decks.deck import POINT_KINDS, POLYGON_KINDS, Deck, Source
from sootprint.dispersion.decks.emissions import SMALLEST_VELOCITY, EmissionRates
from sootprint.dispersion.engines.scene import City, Emitters, Receivers

URBAN_SO2_DECAY = 4.81e-5
"""Decay of SO₂ in urban air [s⁻¹], a half life of 4 hours; EPA-454/B-24-007, section 3.2.7."""

BUOYANT = "BUOYLINE"

SMALLEST_LENGTH = 1.0e-5
"""Diameter or spread that stands for none [m]."""


Physics = Literal["aermod", "improved"]
"""Physics of decks: that of AERMOD, or with published improvements."""


class BlockWeather(NamedTuple):
    """Weather of a block of hours: tables ``boundary_layer`` and ``profiles``, words of the file's header."""

    table: pd.DataFrame
    profiles: pd.DataFrame
    words: tuple[str, ...]


class Engine(Protocol):
    """What computes the operator of a deck."""

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of sources that are computed."""

    @property
    def downwash(self) -> bool:
        """Whether plumes in the wake of buildings are computed."""

    def reasons(self, table: pd.DataFrame) -> NDArray[np.str_]:
        """Word for each hour of a table ``boundary_layer``: ``served``, or why it cannot be."""

    def operator(
        self,
        deck: Deck,
        sources: NDArray[np.intp],
        weather: BlockWeather,
        rates: EmissionRates,
        receptors: slice,
    ) -> NDArray[np.float64]:
        """Concentration for a unit emission [s m⁻³], shape (hour, receptor, source); NaN where not served."""


@dataclass(frozen=True)
class LayeredEngine:
    """The steady plume in a layered boundary layer, with a number of threads."""

    threads: int = 1
    physics: Physics = "aermod"
    device: str = "cpu"
    kinds: frozenset[str] = frozenset((*POINT_KINDS, "VOLUME", *POLYGON_KINDS, BUOYANT))
    downwash: bool = True

    def reasons(self, table: pd.DataFrame) -> NDArray[np.str_]:
        """Word for each hour of a table ``boundary_layer``: ``served``, or why it cannot be."""
        from sootprint.dispersion.engines.atmosphere import REASONS, hour_reasons

        return np.array(REASONS)[hour_reasons(table)]

    def operator(
        self,
        deck: Deck,
        sources: NDArray[np.intp],
        weather: BlockWeather,
        rates: EmissionRates,
        receptors: slice,
    ) -> NDArray[np.float64]:
        """Concentration for a unit emission [s m⁻³], shape (hour, receptor, source); NaN where not served."""
        from sootprint.dispersion.decks.buoyant import buoyant_operator
        from sootprint.dispersion.engines.atmosphere import weather_arrays
        from sootprint.dispersion.engines.steady import forward_steady

        arrays, _ = weather_arrays(
            weather.table,
            weather.profiles,
            base_elevation=deck.weather.base_elevation_m,
            cities=[City(area.population, area.roughness_length_m) for area in deck.urban_areas],
            adjusted_friction_velocity="ADJ_U*" in weather.words,
            bulk_richardson="BULKRN" in weather.words,
            direction_shift=-deck.weather.wind_rotation_deg,
            improved=self.physics == "improved",
        )
        receivers = receivers_of(deck, receptors)
        buoyant = np.array([deck.sources[index].kind == BUOYANT for index in sources])
        made = np.empty((len(weather.table), receivers.x.size, len(sources)))
        if not buoyant.all():
            emitters = emitters_of(deck, sources[~buoyant], rates)
            made[:, :, ~buoyant] = forward_steady(
                arrays, receivers, emitters, threads=self.threads, device=self.device
            )
        if buoyant.any():
            made[:, :, buoyant] = buoyant_operator(
                deck,
                sources[buoyant],
                arrays,
                weather.table,
                receivers,
                decay=np.array([decay_of(deck, source) for source in deck.sources]),
                threads=self.threads,
            )
        return made


def receivers_of(deck: Deck, part: slice) -> Receivers:
    """Some receptors of a deck as arrays of the engine."""
    receptors = deck.receptors
    columns = (receptors.x, receptors.y, receptors.elevation, receptors.hill_height, receptors.flagpole)
    return Receivers(*(np.ascontiguousarray(column[part]) for column in columns))


def emitters_of(deck: Deck, sources: NDArray[np.intp], rates: EmissionRates) -> Emitters:
    """Some sources of a deck as arrays of the engine, for the hours of ``rates``.

    Raises
    ------
    InputError
        If heights or spreads change from hour to hour, which the engine does not compute.
    """
    from sootprint.dispersion.kernels.release import CAPPED, HORIZONTAL, PASSIVE, POINT

    mouths = {"POINT": POINT, "POINTCAP": CAPPED, "POINTHOR": HORIZONTAL}
    chosen = [deck.sources[index] for index in sources]
    _refuse_changing(chosen, sources, rates)

    def column(name: str) -> NDArray[np.float64]:
        return np.array([getattr(source, name) for source in chosen], dtype=float)

    corners = [s.vertices if s.kind in POLYGON_KINDS else np.empty((0, 2)) for s in chosen]
    bounds = np.cumsum([0, *(len(item) for item in corners)]).astype(np.int64)
    walls = [source.buildings for source in chosen if source.buildings is not None]
    rows = np.cumsum([source.buildings is not None for source in chosen]) - 1
    stacks = np.array([source.kind in POINT_KINDS for source in chosen], dtype=np.int64)
    return Emitters(
        kind=np.array([mouths.get(source.kind, PASSIVE) for source in chosen], dtype=np.int64),
        x=column("x"),
        y=column("y"),
        elevation=column("base_elevation_m"),
        height=column("height_m"),
        diameter=np.maximum(column("diameter_m"), SMALLEST_LENGTH),
        exit_velocity=np.ascontiguousarray(
            np.maximum(rates.exit_velocity_m_s[:, sources], SMALLEST_VELOCITY)
        ),
        exit_temperature=np.ascontiguousarray(rates.exit_temperature_k[:, sources]),
        initial_sigma_y=np.where(stacks == 1, 0.0, np.maximum(column("sigma_y_m"), SMALLEST_LENGTH)),
        initial_sigma_z=np.where(stacks == 1, 0.0, np.maximum(column("sigma_z_m"), SMALLEST_LENGTH)),
        place=np.array([1 + source.urban_area for source in chosen], dtype=np.int64),
        flat=np.array([source.flat for source in chosen], dtype=np.int64),
        downwash=np.array([_tip_downwash(deck, source) for source in chosen], dtype=np.int64),
        spread=stacks,
        first_vertex=bounds[:-1],
        last_vertex=bounds[1:],
        vertices=np.concatenate([*corners, np.empty((0, 2))]),
        building=np.where([s.buildings is not None for s in chosen], rows, -1).astype(np.int64),
        buildings=np.array(walls).reshape(-1, 36, 5).astype(float),
        decay=np.array([decay_of(deck, source) for source in chosen], dtype=float),
    )


def _tip_downwash(deck: Deck, source: Source) -> bool:
    """Whether a stack's tip draws its plume down; NOSTD switches it off, but not below a rain cap."""
    return source.kind == "POINTCAP" or (source.kind in POINT_KINDS and deck.stack_tip_downwash)


def _refuse_changing(chosen: list[Source], sources: NDArray[np.intp], rates: EmissionRates) -> None:
    for name in ("height_m", "sigma_y_m", "sigma_z_m"):
        hourly = getattr(rates, name)
        for source, index in zip(chosen, sources, strict=True):
            if len(hourly) and not np.all(hourly[:, index] == getattr(source, name)):
                raise InputError(
                    f"{source.source_id} ({source.kind}) changes its {name} from hour to hour",
                    where=source.where,
                    rule="heights and spreads hold for the whole run",
                    cure="run the other sources by themselves, or split the source",
                )


def decay_of(deck: Deck, source: Source) -> float:
    """Decay of what a source emits [s⁻¹].

    SO₂ of urban sources decays with a half life of 4 hours unless the deck states a decay of its own; of
    rural sources it does not decay; nothing else decays beside DFAULT.
    """
    if deck.pollutant == "SO2" and source.urban_area >= 0 and (not deck.decay_stated or deck.default_options):
        return URBAN_SO2_DECAY
    if (deck.pollutant == "SO2" and source.urban_area < 0) or deck.default_options:
        return 0.0
    return deck.decay_per_s
