"""Buoyant lines of decks as arrays of the engine."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.dispersion.decks.deck import Deck
from sootprint.dispersion.engines.buoyant_lines import BuoyantLines, forward_buoyant_lines, measured_wind
from sootprint.dispersion.engines.scene import Receivers, Weather

NO_ROUGHNESS = 1.0


def buoyant_operator(
    deck: Deck,
    sources: NDArray[np.intp],
    weather: Weather,
    table: pd.DataFrame,
    receivers: Receivers,
    *,
    decay: NDArray[np.float64],
    threads: int,
) -> NDArray[np.float64]:
    """Concentration of some buoyant lines for a unit emission [s m⁻³], shape (hour, receptor, line).

    A line rises with all lines of its group, also with those that are not asked for.

    Parameters
    ----------
    sources : array of int
        Indices of the lines that are asked for.
    weather, table
        Arrays of the engine, and the table ``boundary_layer`` of the same hours.
    receivers : Receivers
        Receptors.
    decay : array, shape (source,)
        Decay of every source of the deck [s⁻¹].
    threads : int
        Threads of the engine.
    """
    lines, members = buoyant_lines_of(deck, set(sources.tolist()), decay)
    wind = measured_wind(table, direction_shift=-deck.weather.wind_rotation_deg)
    made = forward_buoyant_lines(weather, wind, receivers, lines, threads=threads)
    place = {int(index): number for number, index in enumerate(members)}
    return made[:, :, [place[int(index)] for index in sources]]


def buoyant_lines_of(
    deck: Deck, wanted: set[int], decay: NDArray[np.float64]
) -> tuple[BuoyantLines, NDArray[np.intp]]:
    """Lines of every group that holds a wanted one, group by group, and their indices in the deck."""
    groups = [group for group in deck.buoyant_groups if wanted & set(group.sources.tolist())]
    members = np.concatenate([group.sources for group in groups])
    lines = [deck.sources[index] for index in members]
    ends = np.array([line.vertices.ravel() for line in lines])
    areas = [deck.sources[group.sources[0]].urban_area for group in groups]

    def mean(name: str) -> NDArray[np.float64]:
        return np.array([getattr(group, name) for group in groups], dtype=float)

    made = BuoyantLines(
        group=np.repeat(np.arange(len(groups)), [len(group.sources) for group in groups]).astype(np.int64),
        first_x=ends[:, 0].copy(),
        first_y=ends[:, 1].copy(),
        last_x=ends[:, 2].copy(),
        last_y=ends[:, 3].copy(),
        elevation=np.array([line.base_elevation_m for line in lines]),
        height=np.array([line.height_m for line in lines]),
        flat=np.array([line.flat for line in lines], dtype=np.int64),
        decay=decay[members],
        building_length=mean("building_length_m"),
        building_height=mean("building_height_m"),
        building_width=mean("building_width_m"),
        line_width=mean("line_width_m"),
        separation=mean("separation_m"),
        buoyancy=mean("buoyancy_m4_s3")[np.newaxis, :],
        place=np.array([1 + area for area in areas], dtype=np.int64),
        city_roughness=np.array(
            [deck.urban_areas[area].roughness_length_m if area >= 0 else NO_ROUGHNESS for area in areas]
        ),
    )
    return made, members
