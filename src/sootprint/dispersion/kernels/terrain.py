"""Search of a terrain grid for the hill that rules the flow at a receptor."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sootprint.dispersion.kernels.compile import compiled

Floats = NDArray[np.float64]

TILE = 32
"""Rows and columns of a tile of the grid whose maximum is kept."""


def _distance_to_span(place: float, lower: float, upper: float) -> float:
    if place < lower:
        return lower - place
    if place > upper:
        return place - upper
    return 0.0


distance_to_span = compiled(_distance_to_span)


def _tile_maxima(elevation: Floats, maxima: Floats) -> None:
    rows, columns = elevation.shape
    for row in range(rows):
        for column in range(columns):
            value = elevation[row, column]
            if value > maxima[row // TILE, column // TILE]:
                maxima[row // TILE, column // TILE] = value


tile_maxima = compiled(_tile_maxima)
"""Highest cell of every tile, into an array that holds −inf; a missing cell counts for nothing."""


def _hill_in_tile(
    elevation: Floats,
    top: int,
    left: int,
    column_at: float,
    row_at: float,
    cell_x: float,
    cell_y: float,
    ground: float,
    slope: float,
    best: float,
) -> float:
    rows, columns = elevation.shape
    for row in range(top, min(top + TILE, rows)):
        north = (row - row_at) * cell_y
        for column in range(left, min(left + TILE, columns)):
            value = elevation[row, column]
            if value > best:
                east = (column - column_at) * cell_x
                if value - ground >= slope * math.sqrt(east * east + north * north):
                    best = value
    return best


hill_in_tile = compiled(_hill_in_tile)


def _hill_height(
    elevation: Floats,
    maxima: Floats,
    column_at: float,
    row_at: float,
    cell_x: float,
    cell_y: float,
    ground: float,
    slope: float,
) -> float:
    best = ground
    for tile_row in range(maxima.shape[0]):
        top = tile_row * TILE
        bottom = min(top + TILE, elevation.shape[0]) - 1
        north = distance_to_span(row_at, top, bottom) * cell_y
        for tile_column in range(maxima.shape[1]):
            highest = maxima[tile_row, tile_column]
            if highest <= best:
                continue
            left = tile_column * TILE
            right = min(left + TILE, elevation.shape[1]) - 1
            east = distance_to_span(column_at, left, right) * cell_x
            if highest - ground < slope * math.sqrt(east * east + north * north):
                continue
            best = hill_in_tile(elevation, top, left, column_at, row_at, cell_x, cell_y, ground, slope, best)
    return best


hill_height = compiled(_hill_height)
"""Highest cell seen from a receptor at a slope of at least ``slope`` [1], never below its own ground [m].

A tile is opened only if its highest cell, put at the tile's nearest edge, could raise the result: the answer
is that of the search over all cells.
"""


def _hill_heights(
    elevation: Floats,
    maxima: Floats,
    columns_at: Floats,
    rows_at: Floats,
    cell_x: float,
    cell_y: float,
    grounds: Floats,
    slope: float,
    heights: Floats,
) -> None:
    for i in range(heights.size):
        heights[i] = hill_height(
            elevation, maxima, columns_at[i], rows_at[i], cell_x, cell_y, grounds[i], slope
        )


hill_heights = compiled(_hill_heights)
"""`hill_height` of every receptor, into ``heights``."""
