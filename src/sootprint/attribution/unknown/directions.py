"""Sector and implied emission at one post, where no inventory is known at all.

From one post the wind gives the direction of a source; of its strength and distance only the combination
that makes the readings. The emission is therefore given for stated distances and for a low and a tall
release, each as if it were so. Which of them is so stays undecided: the likelihoods of two distances differ
by how the errors are described far more than by what the readings say of the distance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.unknown.areas import (
    Area,
    conditional_gram,
    correlations,
    find_areas,
    split_r_hat,
    told_by,
)
from sootprint.attribution.unknown.cells import make_cells
from sootprint.attribution.unknown.fit import Fit, fit
from sootprint.attribution.unknown.options import Options
from sootprint.attribution.unknown.tables import emission_of, hour_rows, sector_label, sector_of, table_of
from sootprint.core.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]

DIRECTION_OPTIONS = Options(
    expected_sources=1.0, minimum_wind_m_s=0.5, cell_hours=1, bias=0.7, alike=0.5, hours_shown=30
)
"""Settings for one post: hours are not joined, since the wind turns; weak wind is kept, since a valley has
little else; and the lasting error of the dispersion is the upper end of the field's 0.3–0.7."""


def direction_options(changes: Mapping[str, Any]) -> Options:
    """`DIRECTION_OPTIONS` with changes by name."""
    return replace(DIRECTION_OPTIONS, **changes)


CHORD = 1.6
"""Neighbours on a ring, in units of the distance of two candidates [1]."""

IN_SECTOR = 0.1
"""Share of the largest modelled contribution from which an hour counts as one of the sector [1]."""


@dataclass(frozen=True)
class Directions:
    """Result of `find_direction`: tables ``unknown_directions`` and ``unknown_hours``."""

    directions: pd.DataFrame
    hours: pd.DataFrame


@dataclass(frozen=True)
class _Ring:
    """One distance and release: its candidates, fits by state of the air, and sectors."""

    release: str
    distance: float
    bearing: Array
    fits: list[Fit]
    areas: list[Area]
    correlation: float


def find_direction(
    operators: Mapping[str, xr.Dataset],
    observations: pd.DataFrame,
    pollutant: str,
    *,
    grid: pd.DataFrame,
    weather: pd.DataFrame | None = None,
    reading_factor: float = 1.0,
    options: Options | None = None,
    seed: int = 0,
) -> Directions:
    """Sectors from which a post gets its load, and the emission that each implies.

    Parameters
    ----------
    operators : mapping of str to Dataset
        ``H(time, receptor, source)`` [s m⁻³] of the ring's candidates at the one post, for each state of
        the air that the weather leaves possible; the draws of all of them are taken together.
    observations : DataFrame
        Table ``observations``; hourly rows are taken.
    pollutant : str
        Pollutant.
    grid : DataFrame
        Candidates from `ring_grid`.
    weather : DataFrame, optional
        Table ``weather``; hours under `Options.minimum_wind_m_s` are then left out.
    reading_factor : float
        What readings are multiplied by, where their volume is not that of the air at the place [1].
    options : Options, optional
        Settings; by default `DIRECTION_OPTIONS`.
    seed : int
        Seed.

    Raises
    ------
    InputError
        If the operators do not belong to the grid or to one post, or no reading is left.

    Notes
    -----
    The bearing is that of the wind at the anemometer: in a valley it is that of the valley. Emissions
    outside the hours with wind are not seen.
    """
    options = options or DIRECTION_OPTIONS
    parts = grid["source_id"].astype(str).str.split("/", expand=True)
    if not operators or parts.shape[1] != 4 or (parts[0] != "ring").any():
        raise InputError("no rings or no operator", cure="candidates of ring_grid, with their operators")
    rng = np.random.default_rng([seed, 51])
    rings: list[_Ring] = []
    for (release, distance), part in parts.groupby([1, 2], sort=False):
        bearing = part[3].astype(float).to_numpy()
        fits: list[Fit] = []
        for operator in operators.values():
            own = operator.isel(source=part.index.to_numpy())
            if own["source"].to_numpy().tolist() != grid.loc[part.index, "source_id"].tolist():
                raise InputError("the rings are not those of the operator", cure="make it of this grid")
            if own.sizes["receptor"] != 1:
                raise InputError(f"{own.sizes['receptor']} posts", rule="rings lie around one post")
            fits.append(
                _fitted(own, observations, pollutant, weather, reading_factor, options, rng, grid, part, fits)
            )
        rings.append(_ring(str(release), float(distance), bearing, fits))
    best = max(ring.correlation for ring in rings)
    rows: list[dict[str, object]] = []
    hours: list[dict[str, object]] = []
    for ring in rings:
        made, told = _rows(ring, rng)
        rows += made
        hours += told if ring.correlation == best else []
    return Directions(table_of(rows, "unknown_directions"), table_of(hours, "unknown_hours"))


def _fitted(
    operator: xr.Dataset,
    observations: pd.DataFrame,
    pollutant: str,
    weather: pd.DataFrame | None,
    factor: float,
    options: Options,
    rng: np.random.Generator,
    grid: pd.DataFrame,
    part: pd.DataFrame,
    before: list[Fit],
) -> Fit:
    """Fit for one state of the air; the error scales are those of the first state of the ring."""
    cells = make_cells(
        None,
        operator,
        observations,
        pd.Series(dtype=float),
        pollutant,
        activity=None,
        weather=weather,
        factor=factor,
        options=options,
    )
    tall = grid.loc[part.index, "height_m"].to_numpy(float) >= options.stack_height_m
    known = before[0].scales if before else None
    return fit(cells, np.zeros(0, np.int64), tall.astype(np.int64), options, rng, known=known)


def _ring(release: str, distance: float, bearing: Array, fits: list[Fit]) -> _Ring:
    options = fits[0].frame.options
    angle = np.deg2rad(bearing)
    x, y = distance * np.sin(angle), distance * np.cos(angle)
    step = np.hypot(x[1] - x[0], y[1] - y[0])
    alike = np.mean([correlations(conditional_gram(item)) for item in fits], axis=0)
    emission = np.concatenate([item.emission for item in fits])
    areas = find_areas(emission, x, y, CHORD * step, alike, options)
    cells = fits[0].frame.cells
    modelled = cells.candidate @ fits[0].flat()[1].mean(axis=0)
    known = modelled.std() > 0 and cells.value.std() > 0
    correlation = float(np.corrcoef(modelled, cells.value)[0, 1]) if known else 0.0
    return _Ring(release, distance, bearing, fits, areas, correlation)


def _rows(ring: _Ring, rng: np.random.Generator) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    cells, options = ring.fits[0].frame.cells, ring.fits[0].frame.options
    half = 0.5 * 360.0 / len(ring.bearing)
    response = np.mean([item.frame.cells.candidate.mean(axis=0) for item in ring.fits], axis=0)
    own = []
    for area in ring.areas:
        mean = float(area.draws[area.draws > 0].mean())
        own.append(mean * float(area.weight @ response[area.members]))
    rows, hours = [], []
    for rank, place in enumerate(np.argsort(-np.array(own), kind="stable"), start=1):
        area = ring.areas[place]
        name = f"{cells.pollutant}-D-{cells.posts[0]}-{ring.release}-{ring.distance:g}-{rank}"
        middle, start, end = sector_of(ring.bearing[area.members], area.weight, half)
        emission, low, high = emission_of(area, options.bias, rng)
        signal = ring.fits[0].frame.cells.candidate[:, area.members] @ area.weight
        chains = len(area.draws) // len(ring.fits)
        emits = (area.draws > 0).astype(float).reshape(len(ring.fits), chains, -1)
        rows.append(
            {
                "area_id": name,
                "station_id": cells.posts[0],
                "pollutant": cells.pollutant,
                "release": ring.release,
                "distance_m": ring.distance,
                "rank": rank,
                "probability": area.probability,
                "stated": area.probability >= options.stated,
                "bearing_deg": middle,
                "sector_from_deg": start,
                "sector_to_deg": end,
                "sector_label": sector_label(start, end),
                "emission_g_s": emission,
                "emission_q05_g_s": low,
                "emission_q95_g_s": high,
                "contribution_ugm3": own[place],
                "observed_ugm3": float(np.average(cells.value, weights=cells.size)),
                "hours_used": cells.counts["used"],
                "hours_sector": int(cells.size[signal >= IN_SECTOR * signal.max()].sum()),
                "hours_left_out": cells.counts["light"] + cells.counts["unserved"],
                "air_states": len(ring.fits),
                "correlation": ring.correlation,
                "r_hat": max(split_r_hat(item) for item in emits),
            }
        )
        if rank == 1:
            first = replace(area, draws=area.draws[:chains])
            if (first.draws > 0).any():
                hours = hour_rows(name, told_by(ring.fits[0], first), ring.fits[0], options.hours_shown)
    return rows, hours
