"""Compiled loops of the mass-consistent adjustment: the operator, its smoother and the conjugate gradients.

All loops go over columns of the unknown potential λ, stored ``[row, column, node]``. Node 0 lies on the
ground, node k is the middle of layer k, and above the last node λ = 0. With h the ground, primes left out and
the gradient taken along the coordinate surfaces, the change of the wind is

    du = K_h (λ_x − h_x λ_z),  dv = K_h (λ_y − h_y λ_z),  dω = K_v λ_z − h_x du − h_y dv.

The operator is A λ = −div(du, dv, dω), each equation multiplied by the thickness of its layer; the equation
of node 0 is that no air goes through the ground. dω takes du by the adjoint of the interpolation with which
du takes λ_z: A is symmetric and positive definite, and its zero is the zero of the divergence on the C-grid.

A column is tied only to its four neighbours. Columns are coloured like a chess board: within one colour they
are independent of each other, so any number of threads gives the same bytes. Everything is in this file
because numba renews a cached function when its own file changes, not when another does.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_compiled = numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")


class Operator(NamedTuple):
    """Operator on one resolution of the plane, with K_h = 1.

    ``slope_x`` (row, column + 1) and ``slope_y`` (row + 1, column) are the slopes of the ground at faces [1].
    ``give_x``, ``give_y`` and ``give_z`` are factors of K at the faces [1], by row, column and node; where
    the air is the same everywhere they hold one column only, and their first two indices are multiplied by 0.
    ``vertical`` is K_v, ``per_cell`` 1 over the side of a cell [m⁻¹], ``thickness`` that of the layer of each
    node, 0 for the ground [m], ``per_distance`` 1 over the distance from each node to the next above [m⁻¹].
    """

    slope_x: Floats
    slope_y: Floats
    give_x: Floats
    give_y: Floats
    give_z: Floats
    vertical: float
    per_cell: float
    thickness: Floats
    per_distance: Floats


@_compiled
def _face(
    own: Floats,
    other: Floats,
    own_slope: Floats,
    other_slope: Floats,
    sign: float,
    slope: float,
    per_cell: float,
    thickness: Floats,
    give: Floats,
    flow: Floats,
    turned: Floats,
) -> None:
    """Add one face's outflow to ``flow`` and its share of the vertical flux to ``turned``.

    ``sign`` is 1 where the neighbour is to the east or north, −1 otherwise; ``own_slope`` and ``other_slope``
    are λ_z at the horizontal faces.
    """
    quarter = 0.25 * slope
    below = quarter * (own_slope[0] + other_slope[0])
    for k in range(1, own.size):
        above = quarter * (own_slope[k] + other_slope[k])
        gradient = sign * (other[k] - own[k]) * per_cell - (below + above)
        change = give[k] * thickness[k] * gradient
        flow[k] += sign * change * per_cell
        turned[k - 1] += quarter * change
        turned[k] += quarter * change
        below = above


@_compiled
def _vertical_slope(column: Floats, per_distance: Floats, slope: Floats) -> None:
    last = column.size - 1
    for k in range(last):
        slope[k] = (column[k + 1] - column[k]) * per_distance[k]
    slope[last] = -column[last] * per_distance[last]


@_compiled
def _apply_column(potential: Floats, j: int, i: int, op: Operator, work: Floats, out: Floats) -> None:
    """A λ of one column; ``work`` holds four columns of scratch."""
    rows, columns, nodes = potential.shape
    per_cell, thickness, per_distance = op.per_cell, op.thickness, op.per_distance
    own_slope, other_slope, flow, turned = work[0], work[1], work[2], work[3]
    own = potential[j, i]
    _vertical_slope(own, per_distance, own_slope)
    varied = 0 if op.give_x.shape[0] == 1 else 1
    for k in range(nodes):
        flow[k] = 0.0
        turned[k] = 0.0
    for side in range(4):
        east_west = side < 2
        step = 1 if side % 2 == 0 else -1
        jj = j if east_west else j + step
        ii = i + step if east_west else i
        at = (i if step < 0 else i + 1) if east_west else (j if step < 0 else j + 1)
        give = op.give_x[varied * j, varied * at] if east_west else op.give_y[varied * at, varied * i]
        if jj < 0 or jj >= rows or ii < 0 or ii >= columns:
            for k in range(1, nodes):
                flow[k] -= 2.0 * per_cell * per_cell * thickness[k] * give[k] * own[k]
            continue
        slope = op.slope_x[j, at] if east_west else op.slope_y[at, i]
        other = potential[jj, ii]
        _vertical_slope(other, per_distance, other_slope)
        _face(
            own,
            other,
            own_slope,
            other_slope,
            float(step),
            slope,
            per_cell,
            thickness,
            give,
            flow,
            turned,
        )
    rise = op.give_z[varied * j, varied * i]
    below = 0.0
    for k in range(nodes):
        upward = op.vertical * rise[k] * own_slope[k] - turned[k] * per_distance[k]
        out[k] = -(flow[k] + upward - below)
        below = upward


@_compiled
def _column_bands(j: int, i: int, op: Operator, bands: Floats) -> None:
    """Diagonal and the two below it of the block of one column, into ``bands[3, node]``."""
    rows, columns, nodes = op.slope_y.shape[0] - 1, op.slope_x.shape[1] - 1, bands.shape[1]
    varied = 0 if op.give_x.shape[0] == 1 else 1
    bands[:] = 0.0
    rise = op.give_z[varied * j, varied * i]
    for k in range(nodes):
        bands[0, k] += op.vertical * rise[k] * op.per_distance[k]
        if k + 1 < nodes:
            bands[0, k + 1] += op.vertical * rise[k] * op.per_distance[k]
            bands[1, k] -= op.vertical * rise[k] * op.per_distance[k]
    for side in range(4):
        sign = 1.0 if side % 2 == 0 else -1.0
        if side < 2:
            at = i + (1 if side == 0 else 0)
            outer = at == 0 or at == columns
            slope = op.slope_x[j, at]
            give = op.give_x[varied * j, varied * at]
        else:
            at = j + (1 if side == 2 else 0)
            outer = at == 0 or at == rows
            slope = op.slope_y[at, i]
            give = op.give_y[varied * at, varied * i]
        quarter = 0.25 * slope
        for k in range(1, nodes):
            weight = op.thickness[k] * give[k]
            if outer:
                bands[0, k] += 2.0 * weight * op.per_cell * op.per_cell
                continue
            lower = quarter * op.per_distance[k - 1]
            upper = -quarter * op.per_distance[k]
            middle = -sign * op.per_cell - lower - upper
            bands[0, k - 1] += weight * lower * lower
            bands[0, k] += weight * middle * middle
            bands[1, k - 1] += weight * lower * middle
            if k + 1 < nodes:
                bands[0, k + 1] += weight * upper * upper
                bands[1, k] += weight * middle * upper
                bands[2, k - 1] += weight * lower * upper


@_compiled
def factorise(op: Operator, factors: Floats) -> None:
    """L D Lᵀ of the pentadiagonal block of every column, into ``factors[row, column, 3, node]``.

    The three are 1/D and the two diagonals of L below the first.
    """
    rows, columns, _, nodes = factors.shape
    bands = np.empty((3, nodes))
    for j in range(rows):
        for i in range(columns):
            _column_bands(j, i, op, bands)
            inverse, first, second = factors[j, i, 0], factors[j, i, 1], factors[j, i, 2]
            for k in range(nodes):
                pivot, next_one = bands[0, k], bands[1, k]
                if k >= 1:
                    pivot -= first[k - 1] * first[k - 1] / inverse[k - 1]
                    next_one -= first[k - 1] * second[k - 1] / inverse[k - 1]
                if k >= 2:
                    pivot -= second[k - 2] * second[k - 2] / inverse[k - 2]
                inverse[k] = 1.0 / pivot
                first[k] = next_one / pivot if k + 1 < nodes else 0.0
                second[k] = bands[2, k] / pivot if k + 2 < nodes else 0.0


@_compiled
def _solve_column(factors: Floats, values: Floats) -> None:
    nodes = values.size
    inverse, first, second = factors[0], factors[1], factors[2]
    for k in range(1, nodes):
        values[k] -= first[k - 1] * values[k - 1]
        if k >= 2:
            values[k] -= second[k - 2] * values[k - 2]
    for k in range(nodes - 1, -1, -1):
        values[k] *= inverse[k]
        if k + 1 < nodes:
            values[k] -= first[k] * values[k + 1]
        if k + 2 < nodes:
            values[k] -= second[k] * values[k + 2]


@_compiled
def smooth(
    potential: Floats,
    right: Floats,
    colour: int,
    op: Operator,
    factors: Floats,
    first_row: int,
    last_row: int,
) -> None:
    """Exact solution of all columns of one colour with the other colour held."""
    columns, nodes = potential.shape[1], potential.shape[2]
    work = np.empty((4, nodes))
    rest = np.empty(nodes)
    for j in range(first_row, last_row):
        for i in range((j + colour) % 2, columns, 2):
            _apply_column(potential, j, i, op, work, rest)
            for k in range(nodes):
                rest[k] = right[j, i, k] - rest[k]
            _solve_column(factors[j, i], rest)
            for k in range(nodes):
                potential[j, i, k] += rest[k]


@_compiled
def apply(
    potential: Floats, op: Operator, out: Floats, row_sums: Floats, first_row: int, last_row: int
) -> None:
    """A λ into ``out``, and λ·Aλ of each row into ``row_sums``."""
    columns, nodes = potential.shape[1], potential.shape[2]
    work = np.empty((4, nodes))
    for j in range(first_row, last_row):
        total = 0.0
        for i in range(columns):
            _apply_column(potential, j, i, op, work, out[j, i])
            for k in range(nodes):
                total += potential[j, i, k] * out[j, i, k]
        row_sums[j] = total


@_compiled
def subtract_applied(
    potential: Floats, right: Floats, op: Operator, out: Floats, first_row: int, last_row: int
) -> None:
    """Residual ``right`` − A λ into ``out``."""
    columns, nodes = potential.shape[1], potential.shape[2]
    work = np.empty((4, nodes))
    for j in range(first_row, last_row):
        for i in range(columns):
            _apply_column(potential, j, i, op, work, out[j, i])
            for k in range(nodes):
                out[j, i, k] = right[j, i, k] - out[j, i, k]


@_compiled
def _weight(fine: int, coarse: int, fine_size: int, coarse_size: int) -> float:
    """Share of a coarse value in a fine one: linear between centres, 0 on the outer faces."""
    nearest = fine // 2
    if coarse == nearest:
        outside = (fine % 2 == 0 and nearest == 0) or (fine % 2 == 1 and nearest == coarse_size - 1)
        return 0.5 if outside else 0.75
    neighbour = nearest - 1 if fine % 2 == 0 else nearest + 1
    return 0.25 if coarse == neighbour else 0.0


@_compiled
def restrict(fine: Floats, coarse: Floats, first_row: int, last_row: int) -> None:
    """Sum of the fine residual on the coarse grid: the transpose of `prolong`."""
    rows, columns, nodes = fine.shape
    coarse_rows, coarse_columns = coarse.shape[0], coarse.shape[1]
    for jc in range(first_row, last_row):
        for ic in range(coarse_columns):
            coarse[jc, ic] = 0.0
            for j in range(max(2 * jc - 1, 0), min(2 * jc + 3, rows)):
                across = _weight(j, jc, rows, coarse_rows)
                for i in range(max(2 * ic - 1, 0), min(2 * ic + 3, columns)):
                    weight = 0.25 * across * _weight(i, ic, columns, coarse_columns)
                    for k in range(nodes):
                        coarse[jc, ic, k] += weight * fine[j, i, k]


@_compiled
def prolong(coarse: Floats, fine: Floats, first_row: int, last_row: int) -> None:
    """Add the coarse correction, bilinear between centres, to the fine potential."""
    rows, columns, nodes = fine.shape
    coarse_rows, coarse_columns = coarse.shape[0], coarse.shape[1]
    for j in range(first_row, last_row):
        for i in range(columns):
            for jc in (j // 2, j // 2 - 1 if j % 2 == 0 else j // 2 + 1):
                if jc < 0 or jc >= coarse_rows:
                    continue
                across = _weight(j, jc, rows, coarse_rows)
                for ic in (i // 2, i // 2 - 1 if i % 2 == 0 else i // 2 + 1):
                    if ic < 0 or ic >= coarse_columns:
                        continue
                    weight = across * _weight(i, ic, columns, coarse_columns)
                    for k in range(nodes):
                        fine[j, i, k] += weight * coarse[jc, ic, k]


@_compiled
def step(
    solution: Floats,
    residual: Floats,
    direction: Floats,
    applied: Floats,
    length: float,
    per_thickness: Floats,
    row_maxima: Floats,
    first_row: int,
    last_row: int,
) -> None:
    """Step of the conjugate gradients; the largest divergence left in each row into ``row_maxima``."""
    columns, nodes = solution.shape[1], solution.shape[2]
    for j in range(first_row, last_row):
        largest = 0.0
        for i in range(columns):
            for k in range(nodes):
                solution[j, i, k] += length * direction[j, i, k]
                rest = residual[j, i, k] - length * applied[j, i, k]
                residual[j, i, k] = rest
                largest = max(largest, abs(rest) * per_thickness[k])
        row_maxima[j] = largest


@_compiled
def products(a: Floats, b: Floats, row_sums: Floats, first_row: int, last_row: int) -> None:
    """Scalar product of each row."""
    columns, nodes = a.shape[1], a.shape[2]
    for j in range(first_row, last_row):
        total = 0.0
        for i in range(columns):
            for k in range(nodes):
                total += a[j, i, k] * b[j, i, k]
        row_sums[j] = total


@_compiled
def advance(direction: Floats, preconditioned: Floats, share: float, first_row: int, last_row: int) -> None:
    """Next direction: ``preconditioned`` + ``share`` · ``direction``."""
    columns, nodes = direction.shape[1], direction.shape[2]
    for j in range(first_row, last_row):
        for i in range(columns):
            for k in range(nodes):
                direction[j, i, k] = preconditioned[j, i, k] + share * direction[j, i, k]
