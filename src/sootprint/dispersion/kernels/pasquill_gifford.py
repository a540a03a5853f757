"""Pasquill–Gifford widths of a plume in open country, their virtual distances, and the class itself.

References
----------
.. [1] Turner, D. B. (1970). Workbook of atmospheric dispersion estimates. US EPA, AP-26.
.. [2] US EPA (1995). ISC3 user's guide, volume II, EPA-454/B-95-003b, section 1.1.5, tables 1-1 and 1-2.
.. [3] Golder, D. (1972). Relations among stability parameters in the surface layer. Boundary-Layer
       Meteorol. 3, 47–58, doi:10.1007/BF00769106.
.. [4] Perry, S. G. et al. (1989). User's guide to the complex terrain dispersion model plus algorithms
       for unstable situations (CTDMPLUS), volume 1. EPA/600/8-89/041.
.. [5] Schulman, L. L. & Scire, J. S. (1980). Buoyant Line and Point Source (BLP) dispersion model user's
       guide. ERT P-7304B, Environmental Research & Technology.
"""

from __future__ import annotations

import math

import numpy as np

from sootprint.dispersion.kernels.compile import compiled

CLASS_D = 3
"""Index of the neutral class; classes A to F are 0 to 5."""

LATERAL_ANGLE = np.array(
    [
        [24.167, 2.5334],
        [18.333, 1.8096],
        [12.5, 1.0857],
        [8.3333, 0.72382],
        [6.25, 0.54287],
        [4.1667, 0.36191],
    ]
)
"""Half-angle of the plume c - d ln x [degrees], x in km: c, d of classes A to F; ref. 2, table 1-1."""

WIDTHS_IN_HALF_PLUME = 2.15
"""Widths σy from the axis to the edge of the plume, where the density is a tenth of the axis; ref. 1."""

LATERAL_POWER = np.array(
    [[213.0, 1.1148], [155.0, 1.097], [103.0, 1.092], [68.0, 1.076], [50.0, 1.086], [33.5, 1.083]]
)
"""Virtual distance (σy / p)^q [km] of a width [m]: p, q of classes A to F; ref. 5. It inverts the angle to
within a few percent."""

WIDEST = 5000.0
"""Largest σz [m]."""

_NEVER = math.inf
_SECTIONS = (
    (
        (0.1, 122.8, 0.9447),
        (0.15, 158.08, 1.0542),
        (0.2, 170.22, 1.0932),
        (0.25, 179.52, 1.1262),
        (0.3, 217.41, 1.2644),
        (0.4, 258.89, 1.4094),
        (0.5, 346.75, 1.7283),
        (3.11, 453.85, 2.1166),
    ),
    ((0.2, 90.673, 0.93198), (0.4, 98.483, 0.98332), (_NEVER, 109.3, 1.0971)),
    ((_NEVER, 61.141, 0.91465),),
    (
        (0.3, 34.459, 0.86974),
        (1.0, 32.093, 0.81066),
        (3.0, 32.093, 0.64403),
        (10.0, 33.504, 0.60486),
        (30.0, 36.65, 0.56589),
        (_NEVER, 44.053, 0.51179),
    ),
    (
        (0.1, 24.26, 0.8366),
        (0.3, 23.331, 0.81956),
        (1.0, 21.628, 0.7566),
        (2.0, 21.628, 0.63077),
        (4.0, 22.534, 0.57154),
        (10.0, 24.703, 0.50527),
        (20.0, 26.97, 0.46713),
        (40.0, 35.42, 0.37615),
        (_NEVER, 47.618, 0.29592),
    ),
    (
        (0.2, 15.209, 0.81558),
        (0.7, 14.457, 0.78407),
        (1.0, 13.953, 0.68465),
        (2.0, 13.953, 0.63227),
        (3.0, 14.823, 0.54503),
        (7.0, 16.187, 0.4649),
        (15.0, 17.836, 0.41507),
        (30.0, 22.651, 0.32681),
        (60.0, 27.074, 0.27436),
        (_NEVER, 34.219, 0.21716),
    ),
)
VERTICAL_SECTIONS = np.array([[*rows, *[(_NEVER, 0.0, 0.0)] * (10 - len(rows))] for rows in _SECTIONS])
"""σz = a x^b [m], x in km: end [km], a, b of each section of classes A to F, shape (6, 10, 3); ref. 2, table
1-2. Past the last section of class A σz is the widest."""

GOLDER_LINES = np.array([[4.35, -70.0], [0.502, -85.2], [0.05, -245.0], [0.627, -327.0], [0.295, -70.0]])
"""|L| = m / (ln z₀ - b) [m]: b, m of the lines A|B, B|C, C|D and D|E, E|F; straight lines in 1/L and ln z₀
through figure 4 of ref. 3, as in ref. 4."""
GOLDER_ROUGHNESS = (0.01, 0.5)
"""Range of z₀ [m] that the diagram covers; beyond it the class is that of its end."""


@compiled
def golder_line(line: int, roughness_length: float) -> float:
    """|L| [m] on one of `GOLDER_LINES` over a roughness length [m]."""
    held = min(max(roughness_length, GOLDER_ROUGHNESS[0]), GOLDER_ROUGHNESS[1])
    return GOLDER_LINES[line, 1] / (math.log(held) - GOLDER_LINES[line, 0])


@compiled
def pasquill_class(obukhov_length: float, roughness_length: float) -> int:
    """Class 0 (A) to 5 (F) between the lines of Golder's diagram; L and z₀ [m]. Ref. 3, 4.

    L = -10 m over z₀ = 0.1 m is class A, L = -20 m class B, ±1000 m D, 50 m E, 20 m F.
    """
    if obukhov_length < 0.0:
        for line in range(3):
            if -obukhov_length <= golder_line(line, roughness_length):
                return line
        return CLASS_D
    for line in range(3, 5):
        if obukhov_length >= golder_line(line, roughness_length):
            return line
    return 5


@compiled
def lateral_width(distance: float, stability: int) -> float:
    """σy [m] at a distance above 0 [m]; ref. 2, eq. 1-32: 1000 x tan(c - d ln x) / 2.15, x in km."""
    far = 0.001 * distance
    angle = LATERAL_ANGLE[stability, 0] - LATERAL_ANGLE[stability, 1] * math.log(far)
    return distance * math.tan(math.radians(angle)) / WIDTHS_IN_HALF_PLUME


@compiled
def vertical_width(distance: float, stability: int) -> float:
    """σz [m] at a distance above 0 [m]; ref. 2, eq. 1-34."""
    far = 0.001 * distance
    section = 0
    while far >= VERTICAL_SECTIONS[stability, section, 0]:
        section += 1
    if VERTICAL_SECTIONS[stability, section, 1] == 0.0:
        return WIDEST
    width = VERTICAL_SECTIONS[stability, section, 1] * far ** VERTICAL_SECTIONS[stability, section, 2]
    return min(width, WIDEST)


@compiled
def virtual_lateral_distance(width: float, stability: int) -> float:
    """Distance [m] upwind of a source whose plume has a width σy [m] at the start; ref. 5."""
    return 1000.0 * (width / LATERAL_POWER[stability, 0]) ** LATERAL_POWER[stability, 1]


@compiled
def virtual_vertical_distance(width: float, stability: int) -> float:
    """Distance [m] at which σz would have a width [m]: the inverse of `vertical_width`."""
    section = 0
    while True:
        end, scale, power = VERTICAL_SECTIONS[stability, section]
        last = section == 9 or VERTICAL_SECTIONS[stability, section + 1, 1] == 0.0
        if last or width <= scale * end**power:
            return 1000.0 * (width / scale) ** (1.0 / power)
        section += 1
