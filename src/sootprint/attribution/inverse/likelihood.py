"""Likelihood of the rates: Gram matrices of blocks of cells under their correlated errors.

Errors of two blocks are independent but for those that last: the response of a source at a post may be off
for the whole period. These couple all blocks and enter by the Woodbury identity (see `information`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sootprint.attribution.inverse.bootstrap import BlockSums
from sootprint.attribution.inverse.errors import (
    FIT_CELLS,
    CellErrors,
    ErrorScales,
    cell_errors,
    inverse_and_half_log_determinant,
    most_probable_scales,
)
from sootprint.attribution.inverse.options import Options
from sootprint.attribution.inverse.problem import Cells

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Array = NDArray[np.float64]
Places = NDArray[np.int64]

LASTING_SHARE = 0.01
"""Share of a post's mean reading from which a source's lasting error there is counted."""


BLOCKS_AT_ONCE = 16
"""Blocks whose lasting errors are summed in one product."""


@dataclass(frozen=True)
class Blocks:
    """Cells, the columns of their linear model, and which cells form a block.

    Attributes
    ----------
    cells : Cells
        Cells; their response is the first part of the columns.
    background : (m, B) sparse array
        The rest of the columns.
    classes : (K,) int array
        0 for low sources, 1 for stacks.
    slices : list of slice
        Cells of each block.
    options : Options
        Settings.
    """

    cells: Cells
    background: csr_array
    classes: Places
    slices: list[slice]
    options: Options

    @property
    def sources(self) -> int:
        """Number of columns that are sources."""
        return self.cells.response.shape[1]

    @property
    def size(self) -> int:
        """Number of columns."""
        return self.sources + self.background.shape[1]

    def modelled(self, theta: Array) -> Array:
        """Means of the cells for given rates and background, (m,) array [µg m⁻³]."""
        return self.cells.response @ theta[: self.sources] + self.background @ theta[self.sources :]

    def errors(self, rows: slice, rates: Array) -> CellErrors:
        """Terms of the covariance of one block at given apparent rates [g s⁻¹]."""
        cells = self.cells
        return cell_errors(
            cells.response[rows] * rates,
            cells.middle[rows],
            cells.station[rows],
            cells.size[rows],
            self.classes,
            self.options,
            None if cells.sampling is None else cells.sampling[rows] @ rates**2,
        )

    def spread_evenly(self, count: int) -> list[slice]:
        """About ``count`` blocks, evenly over the period; all where there are fewer."""
        every = max(1, round(len(self.slices) / max(count, 1)))
        return self.slices[every // 2 :: every]


def make_blocks(cells: Cells, background: csr_array, classes: Places, options: Options) -> Blocks:
    """Blocks in the order of time."""
    ends = np.flatnonzero(np.diff(cells.block, prepend=-1, append=-1))
    slices = [slice(int(one), int(two)) for one, two in pairwise(ends)]
    return Blocks(cells, background, classes, slices, options)


def fit_scales(
    blocks: Blocks, residual: Array, rates: Array, weights: Array, unit: float, start: ErrorScales | None
) -> ErrorScales:
    """Most probable error scales for given residuals [µg m⁻³] and apparent rates [g s⁻¹]."""
    mean_size = len(residual) / len(blocks.slices)
    chosen = blocks.spread_evenly(max(12, round(FIT_CELLS / mean_size)))
    terms = [blocks.errors(rows, rates) for rows in chosen]
    root = np.sqrt(weights)
    return most_probable_scales(terms, [residual[rows] * root[rows] for rows in chosen], unit, start)


@dataclass(frozen=True)
class Lasting:
    """Lasting errors, one a source and post where it matters.

    Attributes
    ----------
    source : (L,) int array
        Source of each.
    of_post : list of slice
        Those of each post.
    spread : (K,) array
        Relative error of a source [1].
    """

    source: Places
    of_post: list[slice]
    spread: Array


def lasting_errors(blocks: Blocks, values: Array, rates: Array) -> Lasting:
    """Lasting errors that matter at given apparent rates [g s⁻¹]."""
    cells, options = blocks.cells, blocks.options
    spread = np.array([options.lasting_low, options.lasting_stack])[blocks.classes]
    posts = int(cells.station.max()) + 1
    count = np.bincount(cells.station, minlength=posts)
    level = np.abs(np.bincount(cells.station, values, minlength=posts))
    sources, slices, end = [], [], 0
    for post in range(posts):
        total = rates * cells.response[cells.station == post].sum(axis=0) if count[post] else 0.0 * rates
        matters = np.flatnonzero((total > LASTING_SHARE * level[post]) & (spread > 0))
        sources.append(matters)
        slices.append(slice(end, end + len(matters)))
        end += len(matters)
    return Lasting(np.concatenate(sources).astype(np.int64), slices, spread)


@dataclass
class Sums:
    """Sums over blocks of products with the inverse covariance.

    Attributes
    ----------
    columns : (J + 1, J + 1) array
        Of the columns and the readings, the latter last.
    across : (J + 1, L) array
        Of these with the lasting errors.
    lasting : (L, L) array
        Of the lasting errors; upper triangle.
    cached : list of BlockSums
        Those of the columns and the readings, block by block.
    """

    columns: Array
    across: Array
    lasting: Array
    cached: list[BlockSums]


def information(
    blocks: Blocks,
    values: Array,
    rates: Array,
    scales: ErrorScales,
    weights: Array,
    rows: list[slice] | None = None,
) -> tuple[Array, Array, list[BlockSums]]:
    """Precision AᵀV⁻¹A and vector AᵀV⁻¹y of the columns.

    Sums over blocks, then the lasting errors G by the Woodbury identity:
    ``V⁻¹ = B⁻¹ − B⁻¹G (I + GᵀB⁻¹G)⁻¹ GᵀB⁻¹`` with B the covariance of the blocks. With ``rows``, some
    blocks stand for all.

    Returns
    -------
    precision : (J, J) array
    linear : (J,) array
    cached : list of BlockSums
        Sums of each block, lasting errors left out.
    """
    from scipy.linalg import cho_factor, cho_solve

    size = blocks.size
    lasting = lasting_errors(blocks, values, rates)
    count = len(lasting.source)
    chosen = blocks.slices if rows is None else rows
    sums = Sums(np.zeros((size + 1, size + 1)), np.zeros((size + 1, count)), np.zeros((count, count)), [])
    design = np.sqrt(weights)[:, None] * np.column_stack([blocks.cells.response, values])
    own = rates * lasting.spread
    for first in range(0, len(chosen), BLOCKS_AT_ONCE):
        together = chosen[first : first + BLOCKS_AT_ONCE]
        spread = [
            _add_block(
                sums, blocks, lasting, block, design, own, weights, blocks.errors(block, rates).matrix(scales)
            )
            for block in together
        ]
        _add_lasting(sums, blocks, lasting, together, design, own, spread)
    factor = len(blocks.slices) / len(chosen)
    for item in (sums.columns, sums.across, sums.lasting):
        item *= factor
    sums.lasting[np.diag_indices(count)] += 1.0
    reduced = sums.columns
    if count:
        reduced = reduced - sums.across @ cho_solve(cho_factor(sums.lasting), sums.across.T)
    reduced = 0.5 * (reduced + reduced.T)
    return reduced[:size, :size], reduced[:size, size], sums.cached


def _add_block(
    sums: Sums,
    blocks: Blocks,
    lasting: Lasting,
    rows: slice,
    design: Array,
    own: Array,
    weights: Array,
    covariance: Array,
) -> Array:
    """Add the columns of one block to the sums; the lasting errors times the inverse, (m_b, L) array."""
    sources = blocks.sources
    background = blocks.background[rows]
    near = np.unique(background.indices)
    joined = np.column_stack(
        [
            design[rows, :sources],
            np.sqrt(weights[rows])[:, None] * background[:, near].toarray(),
            design[rows, sources],
        ]
    )
    inverse, _ = inverse_and_half_log_determinant(covariance)
    white = inverse @ joined
    places = np.concatenate([np.arange(sources), sources + near, [blocks.size]])
    block = BlockSums(places, joined.T @ white)
    sums.cached.append(block)
    sums.columns[np.ix_(places, places)] += block.gram
    made = np.zeros((len(joined), len(lasting.source)))
    for span, of_post in _posts(blocks, lasting, rows):
        here = lasting.source[of_post]
        part = joined[span][:, here] * own[here]
        made[:, of_post] = inverse[:, span] @ part
        sums.across[places, of_post] += white[span].T @ part
    return made


def _add_lasting(
    sums: Sums,
    blocks: Blocks,
    lasting: Lasting,
    together: list[slice],
    design: Array,
    own: Array,
    spread: list[Array],
) -> None:
    """Add the products of the lasting errors of some blocks, post by post, upper triangle."""
    parts: dict[int, list[tuple[Array, Array]]] = {}
    for rows, made in zip(together, spread, strict=True):
        for span, of_post in _posts(blocks, lasting, rows):
            here = lasting.source[of_post]
            part = design[rows][span][:, here] * own[here]
            parts.setdefault(of_post.start, []).append((part, made[span, of_post.start :]))
    for start, pieces in parts.items():
        left = np.vstack([one for one, _ in pieces])
        right = np.vstack([two for _, two in pieces])
        sums.lasting[start : start + left.shape[1], start:] += left.T @ right


def _posts(blocks: Blocks, lasting: Lasting, rows: slice) -> list[tuple[slice, slice]]:
    """Cells of each post within a block, and its lasting errors; posts without any are left out."""
    station = blocks.cells.station[rows]
    begin = np.flatnonzero(np.diff(station, prepend=-1))
    spans = pairwise([*begin, len(station)])
    made = [(slice(one, two), lasting.of_post[station[one]]) for one, two in spans]
    return [(span, of_post) for span, of_post in made if of_post.stop > of_post.start]


def robust_weights(blocks: Blocks, residual: Array, rates: Array, scales: ErrorScales) -> Array:
    """Huber's weights min(1, k σ / |r|): Huber 1964, doi:10.1214/aoms/1177703732.

    k is large, since hits of a plume make the errors skewed and weights under one bias the slope; only
    what no plume explains, such as a fault of an instrument, should lose weight.
    """
    cells, options = blocks.cells, blocks.options
    squares = np.stack(
        [
            (cells.response[:, blocks.classes == kind] ** 2) @ rates[blocks.classes == kind] ** 2
            for kind in (0, 1)
        ]
    )
    own = scales.additive**2 + scales.relative**2 @ squares
    variance = own * options.cell_hours / cells.size + scales.smooth**2
    variance += scales.dispersion**2 @ squares
    return np.minimum(1.0, options.outlier * np.sqrt(variance) / np.maximum(np.abs(residual), 1e-300))


def censored_means(limit: Array, modelled: Array, spread: Array) -> Array:
    """Mean of a normal value that is known to be below a limit [µg m⁻³].

    ``E[y | y < L] = m − σ φ(α) / Φ(α)``, α = (L − m) / σ: Tobin 1958, doi:10.2307/1907382.
    """
    from scipy.stats import norm

    alpha = (limit - modelled) / spread
    return modelled - spread * np.exp(norm.logpdf(alpha) - norm.logcdf(alpha))
