"""Areas and lines as round blobs: Gaussians of one width with first and second moments of the polygon."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon

from sootprint.core.errors import InputError
from sootprint.dispersion.engines.arrays import Elements, Floats

MOST_CELLS = 100_000
"""Cells of one polygon's grid above which the wish for small blobs is refused."""


class Blobs(NamedTuple):
    """Blobs of one polygon, shape (blob,): middles and standard deviation [m], weights that sum to 1."""

    x: Floats
    y: Floats
    sigma: Floats
    weight: Floats


def polygon_moments(edges: Floats) -> tuple[float, Floats, NDArray[Any]]:
    """Area [m²], centroid [m] and covariance (2, 2) [m²] of an even density over a polygon.

    Parameters
    ----------
    edges : array, shape (edge, 4)
        Ends of the edges [m], rings counter-clockwise and holes clockwise, as of `Elements`. The sums over
        edges are exact (Green's theorem).
    """
    middle = 0.5 * (edges[:, :2].min(axis=0) + edges[:, :2].max(axis=0))
    x1, y1, x2, y2 = (edges - np.tile(middle, 2)).T
    cross = x1 * y2 - x2 * y1
    area = 0.5 * float(cross.sum())
    centroid = np.array([(cross * (x1 + x2)).sum(), (cross * (y1 + y2)).sum()]) / (6.0 * area)
    xx = (cross * (x1 * x1 + x1 * x2 + x2 * x2)).sum() / (12.0 * area)
    yy = (cross * (y1 * y1 + y1 * y2 + y2 * y2)).sum() / (12.0 * area)
    xy = (cross * (x1 * y2 + 2.0 * x1 * y1 + 2.0 * x2 * y2 + x2 * y1)).sum() / (24.0 * area)
    second = np.array([[xx, xy], [xy, yy]])
    return area, middle + centroid, second - np.outer(centroid, centroid)


def polygon_blobs(edges: Floats, blob_m: float) -> Blobs:
    """Blobs of a polygon, one for each cell of a grid along its principal axes.

    The cells are no wider than ``blob_m``, at least two along the longer axis. A blob has its cell's share of
    the area; all have one width, that of a cell or, where the polygon is narrower, of the polygon. Their
    middles are the centroids of the cells, moved by the one linear map of least displacement that makes
    weighted mean and covariance of the blobs those of the polygon.

    Parameters
    ----------
    edges : array, shape (edge, 4)
        As in `polygon_moments`.
    blob_m : float
        Greatest width of a cell [m].

    Raises
    ------
    InputError
        If the cells would be more than `MOST_CELLS`.
    """
    _area, centroid, covariance = polygon_moments(edges)
    variance, axes = np.linalg.eigh(covariance)
    axes = axes[:, ::-1]
    variance = variance[::-1]
    inward = edges.reshape(-1, 2) - centroid
    polygon = _polygon((inward @ axes).reshape(-1, 4))
    cells, weight, sizes = _cells(polygon, blob_m)
    width = max(sizes) ** 2 / 12.0
    if np.ptp(cells[:, 1]) < 0.5 * sizes[1]:
        width = variance[1]
    width = min(width, variance[1])
    cells -= weight @ cells
    target = np.diag(np.maximum(variance - width, 0.0))
    cells = cells @ _least_map(np.einsum("n,ni,nj->ij", weight, cells, cells), target)
    place = centroid + cells @ axes.T
    return Blobs(place[:, 0], place[:, 1], np.full(weight.size, math.sqrt(width)), weight)


def element_blobs(elements: Elements, number: int, blob_m: float) -> Blobs:
    """Blobs of one element: those of its polygon, or one of its initial width."""
    if elements.area[number] > 0.0:
        edges = elements.edges[elements.first_edge[number] : elements.last_edge[number]]
        return polygon_blobs(edges, blob_m)
    return Blobs(
        elements.x[number : number + 1],
        elements.y[number : number + 1],
        elements.initial_sigma_y[number : number + 1],
        np.ones(1),
    )


def _polygon(edges: Floats) -> Polygon:
    """Polygon of edges that follow each other; a ring ends where the next edge starts elsewhere."""
    apart = np.any(edges[:-1, 2:] != edges[1:, :2], axis=1)
    rings = np.split(edges[:, :2], np.flatnonzero(apart) + 1)
    return Polygon(rings[0], rings[1:])


def _cells(polygon: Polygon, blob_m: float) -> tuple[Floats, Floats, tuple[float, float]]:
    """Centroids (cell, 2) [m] and shares of the area of a polygon's cells, and their sides [m]."""
    west, south, east, north = polygon.bounds
    across = max(2, math.ceil((east - west) / blob_m - 1e-9))
    along = max(1, math.ceil((north - south) / blob_m - 1e-9))
    if across * along > MOST_CELLS:
        raise InputError(
            f"an area of {east - west:.0f} by {north - south:.0f} m makes {across * along} blobs",
            rule=f"at most {MOST_CELLS} a polygon",
            cure="raise blob_m",
        )
    x = np.linspace(west, east, across + 1)
    y = np.linspace(south, north, along + 1)
    left, low = (side.ravel() for side in np.meshgrid(x[:-1], y[:-1]))
    right, high = (side.ravel() for side in np.meshgrid(x[1:], y[1:]))
    shapely.prepare(polygon)
    parts = shapely.intersection(polygon, shapely.box(left, low, right, high))
    area = shapely.area(parts)
    kept = area > 1e-9 * area.max()
    middles = shapely.get_coordinates(shapely.centroid(parts[kept]))
    return middles, area[kept] / area[kept].sum(), ((east - west) / across, (north - south) / along)


def _root(matrix: NDArray[Any], power: float) -> NDArray[Any]:
    """Power of a symmetric matrix; directions in which it is 0 stay 0."""
    values, vectors = np.linalg.eigh(matrix)
    real = values > 1e-12 * max(float(values.max()), 0.0)
    made = np.where(real, np.where(real, values, 1.0) ** power, 0.0)
    return np.asarray((vectors * made) @ vectors.T)


def _least_map(covariance: NDArray[Any], target: NDArray[Any]) -> NDArray[Any]:
    r"""Symmetric map A with :math:`A K A = T` (Monge's map of Gaussians), K being a covariance."""
    half, back = _root(covariance, 0.5), _root(covariance, -0.5)
    return np.asarray(back @ _root(half @ target @ half, 0.5) @ back)
