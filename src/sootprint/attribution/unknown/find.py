"""Emission from areas that no declared source explains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.unknown.areas import (
    NEIGHBOUR_SPACINGS,
    Area,
    conditional_gram,
    correlations,
    find_areas,
    seen_rates,
    split_r_hat,
    told_by,
)
from sootprint.attribution.unknown.cells import make_cells
from sootprint.attribution.unknown.fit import Fit, fit
from sootprint.attribution.unknown.options import Options
from sootprint.attribution.unknown.tables import (
    NINE_TENTHS,
    emission_of,
    hour_rows,
    most_alike,
    post_rows,
    release_of,
    search_row,
    table_of,
    weighted_quantile,
)
from sootprint.core.errors import InputError
from sootprint.core.geo import project, unproject, utm_crs

if TYPE_CHECKING:
    import xarray as xr

    from sootprint.attribution.inverse import Attribution

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Unknown:
    """Result of `find_unknown`, tables of these names.

    Attributes
    ----------
    areas : DataFrame
        ``unknown_areas``: probability, place, emission.
    posts : DataFrame
        ``unknown_posts``: sector and distance of each area from each post.
    candidates : DataFrame
        ``unknown_candidates``: probability of each candidate and the emission that would be seen there.
    hours : DataFrame
        ``unknown_hours``: the hours that speak most for each area.
    search : DataFrame
        ``unknown_search``: what was searched, with which errors.
    """

    areas: pd.DataFrame
    posts: pd.DataFrame
    candidates: pd.DataFrame
    hours: pd.DataFrame
    search: pd.DataFrame


def find_unknown(
    operator_declared: xr.Dataset | None,
    operator_grid: xr.Dataset,
    observations: pd.DataFrame,
    rates: pd.DataFrame,
    pollutant: str,
    *,
    grid: pd.DataFrame,
    stations: pd.DataFrame,
    sources: pd.DataFrame,
    activity: pd.DataFrame | None = None,
    weather: pd.DataFrame | None = None,
    attribution: Attribution | None = None,
    reading_factor: float = 1.0,
    crs: str | None = None,
    options: Options | None = None,
    seed: int = 0,
) -> Unknown:
    """Areas from which something is emitted that no declared source explains.

    Declared rates (free within a factor of about seven), a smooth background and candidates with a
    spike-and-slab prior are sampled together under correlated errors, see `sampler` and `whitening`.

    Parameters
    ----------
    operator_declared, operator_grid : Dataset
        ``H(time, receptor, source)`` [s m⁻³] of the declared sources and of the candidates, for the same
        hours and posts.
    observations : DataFrame
        Table ``observations``; hourly rows are taken.
    rates : DataFrame
        Mean declared rates: ``source_id, pollutant, rate_g_s``; one row a source. Rates of zero are left out:
        a source that declares none of a pollutant is looked for as an unlisted one.
    pollutant : str
        Pollutant.
    grid : DataFrame
        Table ``sources`` of the candidates, from `candidate_grid`.
    stations, sources : DataFrame
        Tables of those names.
    activity : DataFrame, optional
        Factor on the declared rate, indexed by UTC hour, a column a source.
    weather : DataFrame, optional
        Table ``weather``; hours under `Options.minimum_wind_m_s` are then left out.
    attribution : Attribution, optional
        Its rates are where the fit starts; they are no prior, since they rest on the same readings.
    reading_factor : float
        What readings are multiplied by, where their volume is not that of the air at the place [1].
    crs : str, optional
        Projected CRS; by default the UTM zone of the first post.
    options : Options, optional
        Settings.
    seed : int
        Seed; the same inputs and seed give the same result.

    Returns
    -------
    Unknown

    Raises
    ------
    InputError
        If operators, grid and rates do not belong together, or no reading is left.

    Notes
    -----
    An emission is the mean over the period of a source that emits evenly. The probability rests on the
    plume being right within the stated errors; how often areas are stated where none is, and how strong an
    emission must be to be found, was measured on made cities, see ``docs/attribution-unknown.md``.
    """
    options = options or Options()
    declared = _declared(rates, pollutant)
    candidates = [str(name) for name in operator_grid["source"].to_numpy()]
    if candidates != grid["source_id"].astype(str).tolist():
        raise InputError("the grid is not that of its operator", cure="make the operator of this grid")
    cells = make_cells(
        operator_declared,
        operator_grid,
        observations,
        declared,
        pollutant,
        activity=activity,
        weather=weather,
        factor=reading_factor,
        options=options,
    )
    classes = stack_classes(sources, list(declared.index), options.stack_height_m)
    grid_classes = (grid["height_m"].to_numpy(float) >= options.stack_height_m).astype(np.int64)
    rng = np.random.default_rng([seed, 50])
    scale = options.scale_g_s or (float(declared.median()) if len(declared) else None)
    start = _start(attribution, declared, pollutant)
    made = fit(cells, classes, grid_classes, options, rng, start=start, scale=scale)
    return _tables(made, grid, stations, list(declared.index), crs, reading_factor, rng)


def stack_classes(sources: pd.DataFrame, names: list[str], height: float) -> NDArray[np.int64]:
    """1 for point sources of at least that height [m], 0 for others."""
    table = sources.set_index(sources["source_id"].astype(str))
    absent = [name for name in names if name not in table.index]
    if absent:
        raise InputError(f"rates of unknown sources: {', '.join(absent[:5])}", cure="add the sources")
    table = table.loc[names]
    tall = table["height_m"].astype(float).fillna(0.0).to_numpy() >= height
    return ((table["kind"] == "point").to_numpy(bool) & tall).astype(np.int64)


def _declared(rates: pd.DataFrame, pollutant: str) -> pd.Series:
    own = rates[rates["pollutant"] == pollutant]
    if own.duplicated("source_id").any():
        raise InputError(f"a source with two rates of {pollutant}", rule="one mean rate a source")
    made = own.set_index(own["source_id"].astype(str))["rate_g_s"].astype(float).sort_index()
    kept: pd.Series = made[made > 0]
    return kept


def _start(attribution: Attribution | None, declared: pd.Series, pollutant: str) -> Array | None:
    """Posterior mean rates with their dispersion bias, over the declared ones."""
    if attribution is None or declared.empty or pollutant not in attribution.draws["pollutant"]:
        return None
    draws = attribution.draws.sel(pollutant=pollutant)
    mean = (draws["emission"] * draws["dispersion_bias"]).mean("draw").to_series()
    ratio = mean.reindex(declared.index).to_numpy(float) / declared.to_numpy(float)
    return np.where(np.isfinite(ratio), ratio, 1.0)


def _tables(
    made: Fit,
    grid: pd.DataFrame,
    stations: pd.DataFrame,
    names: list[str],
    crs: str | None,
    factor: float,
    rng: np.random.Generator,
) -> Unknown:
    cells, options = made.frame.cells, made.frame.options
    first = grid.iloc[0]
    crs = crs or utm_crs(float(first["lon"]), float(first["lat"]))
    x, y = project(grid["lon"], grid["lat"], crs)
    known = stations.assign(station_id=stations["station_id"].astype(str)).set_index("station_id")
    placed = known.reindex(cells.posts)
    posts = project(placed["lon"].to_numpy(float), placed["lat"].to_numpy(float), crs)
    spacing = _spacing(x, y)
    conditional = conditional_gram(made)
    alike = correlations(conditional)
    areas = find_areas(made.emission, x, y, options.reach_m or NEIGHBOUR_SPACINGS * spacing, alike, options)
    releases = grid["facility_id"].astype(str).str.split("/").str[-1].to_numpy(str)
    convergence = _convergence(first, crs)
    rows, post_table, hours = [], [], []
    belongs = np.full(len(grid), None, object)
    for number, area in enumerate(areas, start=1):
        name = f"{cells.pollutant}-U{number}"
        belongs[area.members] = name
        told = told_by(made, area)
        rows.append(
            _area_row(
                name,
                area,
                made,
                told.area,
                float(told.support.sum()),
                x,
                y,
                crs,
                releases,
                names,
                rng,
                spacing,
            )
        )
        post_table += post_rows(name, area, told, made, x, y, *posts, convergence, spacing)
        hours += hour_rows(name, told, made, options.hours_shown)
    emits = made.flat()[1]
    count = (emits > 0).sum(axis=0)
    candidates = pd.DataFrame(
        {
            "pollutant": cells.pollutant,
            "source_id": grid["source_id"].to_numpy(),
            "release": releases,
            "lon": grid["lon"].to_numpy(float),
            "lat": grid["lat"].to_numpy(float),
            "probability": count / len(emits),
            "emission_g_s": np.where(count > 0, emits.sum(axis=0) / np.maximum(count, 1), np.nan),
            "seen_g_s": seen_rates(made, conditional, alike),
            "area_id": belongs,
        }
    )
    table = table_of(rows, "unknown_areas")
    return Unknown(
        areas=table,
        posts=table_of(post_table, "unknown_posts"),
        candidates=table_of(candidates.to_dict("records"), "unknown_candidates"),
        hours=table_of(hours, "unknown_hours"),
        search=search_row(made, int(table["stated"].sum()), factor),
    )


def _spacing(x: Array, y: Array) -> float:
    """Distance of neighbouring candidates [m]."""
    apart = np.hypot(x - x[0], y - y[0])
    return float(apart[apart > 1.0].min())


def _convergence(row: pd.Series, crs: str) -> float:
    from pyproj import Proj

    return float(Proj(crs).get_factors(float(row["lon"]), float(row["lat"])).meridian_convergence)


def _area_row(
    name: str,
    area: Area,
    made: Fit,
    contribution: Array,
    support: float,
    x: Array,
    y: Array,
    crs: str,
    releases: NDArray[np.str_],
    names: list[str],
    rng: np.random.Generator,
    spacing: float,
) -> dict[str, object]:
    options = made.frame.options
    at_x, at_y = float(area.weight @ x[area.members]), float(area.weight @ y[area.members])
    lon, lat = unproject(at_x, at_y, crs)
    away = np.hypot(x[area.members] - at_x, y[area.members] - at_y)
    radius = max(weighted_quantile(away, area.weight, NINE_TENTHS), 0.5 * spacing)
    middle, low, high = emission_of(area, options.bias, rng)
    place, like, joint = most_alike(made, area)
    stated = area.probability >= options.stated
    words = "There is support for" if stated else "The readings do not decide on"
    return {
        "area_id": name,
        "pollutant": made.frame.cells.pollutant,
        "probability": area.probability,
        "stated": stated,
        "release": release_of(area, releases),
        "lon": float(lon),
        "lat": float(lat),
        "radius_m": radius,
        "cells": len(area.members),
        "emission_g_s": middle,
        "emission_q05_g_s": low,
        "emission_q95_g_s": high,
        "contribution_ugm3": float(np.average(contribution, weights=made.frame.cells.size)),
        "support": support,
        "like_source_id": None if place is None else names[place],
        "like": like,
        "rates_correlation": joint,
        "r_hat": split_r_hat((area.draws > 0).astype(float)),
        "statement": f"{words} emission from this area that no declared source explains: probability "
        f"{area.probability:.2f}, if so {middle:.3g} g/s ({low:.3g} to {high:.3g}).",
    }
