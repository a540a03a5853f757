"""Gram blocks of contributions and nuisances under the full error covariance, cached a block.

With the columns ``A = [C | B | O | G | L]`` (contributions at the declared rates, smooth background, offsets
of posts, gains of posts, lasting errors of a source at a post) and the covariance V_b of the errors of block
b (see `errors`),

``Q = Σ_b A_bᵀ V_b⁻¹ A_b``,  ``J = Q_cc − Q_cn (Q_nn + P_n)⁻¹ Q_nc``

J is what the readings say of the relative rates once the nuisances, of prior precision P_n, are not known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sootprint.attribution.identifiability.errors import (
    Cells,
    background_precision,
    error_covariance,
    hat_functions,
)
from sootprint.attribution.identifiability.network import Network
from sootprint.attribution.identifiability.options import ErrorModel
from sootprint.core.errors import InputError

Array = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Nuisances:
    """Columns beside the contributions.

    Attributes
    ----------
    sources, hats, posts : int
        Number of contributions, of hat functions, of posts.
    hours : float
        Length of the operator [h].
    gain : bool
        Whether gains of posts are columns.
    lasting : (L, 2) int array
        Post and source of each lasting error.
    precision : (N, N) array
        Prior precision of the nuisances.
    """

    sources: int
    hats: int
    posts: int
    hours: float
    gain: bool
    lasting: Places
    precision: Array

    @property
    def size(self) -> int:
        """Number of all columns."""
        return self.sources + len(self.precision)


@dataclass(frozen=True)
class GramBlocks:
    """Cached Gram matrices.

    Attributes
    ----------
    nuisances : Nuisances
        Columns beside the contributions.
    first_hour : (n,) int array
        First hour of each block since the first of the operator [h].
    columns : list of int arrays
        Columns that are not zero in the block.
    blocks : list of arrays
        Their Gram matrices.
    cells : int
        Cells in all.
    """

    nuisances: Nuisances
    first_hour: Places
    columns: list[Places]
    blocks: list[Array]
    cells: int

    def total(self, weights: Array | None = None) -> Array:
        """Sum over the blocks, (J, J) array; ``weights`` count a block more than once or not at all."""
        made = np.zeros((self.nuisances.size, self.nuisances.size))
        for number, (columns, block) in enumerate(zip(self.columns, self.blocks, strict=True)):
            if weights is None:
                made[np.ix_(columns, columns)] += block
            elif weights[number] != 0:
                made[np.ix_(columns, columns)] += weights[number] * block
        return made

    def squares(self) -> Array:
        """Weighted squares of the contributions, nuisances aside: (K,) array [1]; 0 where never seen."""
        made = np.zeros(self.nuisances.sources)
        for block in self.blocks:
            made += np.diag(block)[: len(made)]
        return made

    def information(self, weights: Array | None = None) -> Array:
        """Information J on the relative rates, nuisances eliminated: (K, K) array [1]."""
        return eliminate(self.total(weights), self.nuisances)


def eliminate(gram: Array, nuisances: Nuisances) -> Array:
    """Schur complement of the nuisances."""
    from scipy.linalg import cho_factor, cho_solve

    count = nuisances.sources
    inner = cho_factor(gram[count:, count:] + nuisances.precision, lower=True)
    made = gram[:count, :count] - gram[:count, count:] @ cho_solve(inner, gram[count:, :count])
    return 0.5 * (made + made.T)


def make_nuisances(net: Network, mean: Array | None = None) -> Nuisances:
    """Nuisances of a network; which lasting errors matter depends on its operator, not on the readings.

    Parameters
    ----------
    net : Network
        Network.
    mean : (R, K) array, optional
        Mean contributions at its posts, or at those of them that are looked at [µg m⁻³].
    """
    error = net.error
    hours = float(net.elapsed[-1] + 1)
    hats = hat_functions(np.zeros(1), hours, error.knot_hours).shape[1]
    mean = net.mean_contributions() if mean is None else mean
    posts = len(mean)
    spread = np.array(error.lasting)[net.classes]
    level = mean.sum(axis=1, keepdims=True)
    lasting = np.argwhere((mean > error.lasting_share * level) & (spread > 0)[None, :])
    gains = posts if error.gain > 0 else 0
    size = hats + posts + gains + len(lasting)
    precision = np.zeros((size, size))
    base = hats + posts
    precision[:base, :base] = background_precision(hats, posts, error.background_ugm3)
    rest = np.arange(base, size)
    scale = np.concatenate([np.full(gains, error.gain), spread[lasting[:, 1]]])
    precision[rest, rest] = 1.0 / scale**2
    return Nuisances(len(net.sources), hats, posts, hours, gains > 0, lasting.astype(np.int64), precision)


def block_columns(cells: Cells, nuisances: Nuisances, error: ErrorModel) -> tuple[Array, Places]:
    """Columns of a block that are not zero, and their places among all."""
    hats = hat_functions(cells.middle, nuisances.hours, error.knot_hours)
    near = np.flatnonzero(hats.any(axis=0))
    here = cells.station[:, None] == np.arange(nuisances.posts)[None, :]
    parts = [cells.response, hats[:, near], here.astype(np.float64)]
    if nuisances.gain:
        parts.append(here * cells.response.sum(axis=1, keepdims=True))
    post, source = nuisances.lasting.T
    parts.append(np.where(cells.station[:, None] == post[None, :], cells.response[:, source], 0.0))
    start = nuisances.sources
    rest = np.arange(start + nuisances.hats, nuisances.size)
    return np.hstack(parts), np.concatenate([np.arange(start), start + near, rest])


def gram_of(cells: Cells, classes: Places, nuisances: Nuisances, error: ErrorModel) -> tuple[Array, Places]:
    """Gram matrix of one block, and the places of its columns."""
    from scipy.linalg import cholesky, solve_triangular

    columns, places = block_columns(cells, nuisances, error)
    factor = cholesky(error_covariance(cells, classes, error), lower=True, check_finite=False)
    white = solve_triangular(factor, columns, lower=True, check_finite=False)
    return white.T @ white, places


def make_gram(net: Network, memory_gib: float) -> GramBlocks:
    """Gram blocks of a network.

    Raises
    ------
    InputError
        If the cached blocks would not fit into the memory.
    """
    nuisances = make_nuisances(net)
    slices = list(net.day_slices())
    widest = nuisances.size - nuisances.hats + 3 + int(net.error.block_hours / net.error.knot_hours)
    needed = len(slices) * widest**2 * 8 / 2**30
    if needed > memory_gib:
        raise InputError(
            f"cached blocks need {needed:.1f} GiB, {memory_gib:g} are allowed",
            rule=f"{len(slices)} blocks of {widest} columns, {len(nuisances.lasting)} of lasting errors",
            cure="raise lasting_share or block_hours, or allow more memory",
        )
    made = []
    for part in slices:
        cells = net.cells(part)
        if len(cells.station):
            block, places = gram_of(cells, net.classes, nuisances, net.error)
            made.append((int(net.elapsed[part.start]), places, block, len(cells.station)))
    return GramBlocks(
        nuisances=nuisances,
        first_hour=np.array([item[0] for item in made], np.int64),
        columns=[item[1] for item in made],
        blocks=[item[2] for item in made],
        cells=sum(item[3] for item in made),
    )
