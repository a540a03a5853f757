"""Cells of a curve: everything that may be read of them is written, and stays near the nodes."""

import numpy as np
import pytest

from sootprint.dispersion.kernels.curve import (
    AHEAD,
    AHEAD_ALOFT,
    AROUND,
    COLUMNS,
    FLOOR,
    LEEWAY,
    NOTHING,
    QUANTITIES,
    cubics,
    piece_of,
    read,
    read_around,
)

NODES = 20


def curve(aloft):
    """A plume that rises out of nothing, reaches its largest value and falls off; ``aloft`` as given."""
    node = np.arange(NODES, dtype=float)
    made = np.zeros((NODES, QUANTITIES))
    made[:] = 1.0
    made[:, AROUND] = np.maximum(-20.0 - 60.0 * np.exp(-0.5 * node) - 0.2 * node, -20.0 - FLOOR)
    made[:, AHEAD] = made[:, AROUND] + 5.0
    made[:, AHEAD_ALOFT] = aloft
    return made


@pytest.mark.parametrize("aloft", [NOTHING, -30.0])
@pytest.mark.parametrize("breaks", [[], [2.0], [7.4], [4.5, 11.25]])
def test_all_that_is_read_of_a_cell_was_written(aloft, breaks):
    made = curve(aloft)
    cells = np.full((2 * (NODES - 1), COLUMNS), np.nan)
    cubics(made, NODES, np.array([*breaks, 0.0]), len(breaks), cells)
    for position in np.linspace(0.0, NODES - 1.0, 400):
        piece = piece_of(cells, position)
        assert np.isfinite(read_around(cells, piece, position))
        for quantity in range(AHEAD, QUANTITIES):
            assert np.isfinite(read(cells, piece, quantity, position)), (quantity, position)


@pytest.mark.parametrize("breaks", [[], [2.0], [7.4], [4.5, 11.25]])
def test_a_logarithm_does_not_stray_from_the_nodes_of_its_cell(breaks):
    made = curve(NOTHING)
    cells = np.full((2 * (NODES - 1), COLUMNS), np.nan)
    cubics(made, NODES, np.array([*breaks, 0.0]), len(breaks), cells)
    for position in np.linspace(0.0, NODES - 1.0 - 1e-9, 400):
        cell = int(position)
        nearest = max(made[cell, AHEAD], made[cell + 1, AHEAD])
        assert read(cells, piece_of(cells, position), AHEAD, position) <= nearest + 2.0 * LEEWAY
