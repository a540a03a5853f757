"""Surface resistances to gases by kind of ground and season of plants.

Numbers of Wesely, Doskey & Shannon (2002), ANL/ER/TR-01/003, after Wesely (1989),
doi:10.1016/0004-6981(89)90153-4; as in US EPA (2004), AERMOD deposition algorithms: science document.
"""

from __future__ import annotations

import numpy as np

from sootprint.dispersion.kernels.deposition import LARGEST

NONE = LARGEST

GROUNDS = (
    "urban land without vegetation",
    "farmland",
    "rangeland",
    "forest",
    "suburb with grass",
    "suburb with trees",
    "water",
    "desert",
    "wetland without trees",
)
"""Kinds of ground, in the order of the table."""

SEASONS = (
    "midsummer",
    "autumn before harvest",
    "late autumn or winter without snow",
    "winter with snow",
    "spring",
)
"""Seasons of plants, in the order of the table."""

RESISTANCES = np.array(
    [
        [  # midsummer
            [NONE, 60.0, 120.0, 100.0, 200.0, 150.0, NONE, NONE, 80.0],
            [NONE, 2000.0, 2000.0, 2000.0, 2000.0, 2000.0, NONE, NONE, 2500.0],
            [NONE, 1000.0, 1000.0, 1000.0, 2000.0, 2000.0, NONE, NONE, 1000.0],
            [100.0, 200.0, 100.0, 2000.0, 100.0, 1500.0, 0.0, 0.0, 300.0],
            [400.0, 150.0, 350.0, 300.0, 500.0, 450.0, 0.0, 1000.0, 0.0],
            [300.0, 150.0, 200.0, 200.0, 300.0, 300.0, 2000.0, 400.0, 1000.0],
        ],
        [  # autumn
            [NONE, NONE, NONE, 350.0, NONE, 700.0, NONE, NONE, NONE],
            [NONE, 6500.0, 6500.0, 3000.0, 2000.0, 2000.0, NONE, NONE, 6500.0],
            [NONE, 400.0, 300.0, 500.0, 600.0, 1000.0, NONE, NONE, 300.0],
            [100.0, 150.0, 100.0, 1700.0, 100.0, 1200.0, 0.0, 0.0, 200.0],
            [400.0, 200.0, 350.0, 300.0, 500.0, 450.0, 0.0, 1000.0, 0.0],
            [300.0, 150.0, 200.0, 200.0, 300.0, 300.0, 2000.0, 400.0, 800.0],
        ],
        [  # late autumn
            [NONE, NONE, NONE, 500.0, NONE, 1000.0, NONE, NONE, NONE],
            [NONE, NONE, 9000.0, 6000.0, 2000.0, 2000.0, NONE, NONE, 9000.0],
            [NONE, NONE, 400.0, 600.0, 800.0, 1600.0, NONE, NONE, 800.0],
            [100.0, 0.0, 100.0, 1500.0, 100.0, 1000.0, 0.0, 0.0, 100.0],
            [400.0, 150.0, 350.0, 300.0, 500.0, 450.0, 0.0, 0.0, 1000.0],
            [300.0, 150.0, 200.0, 200.0, 300.0, 300.0, 2000.0, 400.0, 1000.0],
        ],
        [  # snow
            [NONE, NONE, NONE, 800.0, NONE, 1600.0, NONE, NONE, NONE],
            [NONE, NONE, NONE, 400.0, NONE, 800.0, NONE, NONE, 9000.0],
            [NONE, 2000.0, 1000.0, 600.0, 2000.0, 1200.0, NONE, NONE, 800.0],
            [100.0, 0.0, 10.0, 1500.0, 100.0, 1000.0, 0.0, 0.0, 50.0],
            [100.0, 100.0, 100.0, 100.0, 200.0, 200.0, 0.0, 1000.0, 100.0],
            [600.0, 3500.0, 3500.0, 3500.0, 500.0, 500.0, 2000.0, 400.0, 3500.0],
        ],
        [  # spring
            [NONE, 100.0, 120.0, 100.0, 200.0, 150.0, NONE, NONE, 80.0],
            [NONE, 2000.0, 2000.0, 1500.0, 2000.0, 2000.0, NONE, NONE, 2000.0],
            [NONE, 1000.0, 250.0, 350.0, 500.0, 700.0, NONE, NONE, 300.0],
            [100.0, 50.0, 80.0, 1500.0, 100.0, 1000.0, 0.0, 0.0, 200.0],
            [500.0, 150.0, 350.0, 300.0, 500.0, 450.0, 0.0, 1000.0, 0.0],
            [300.0, 150.0, 200.0, 200.0, 300.0, 300.0, 2000.0, 400.0, 1000.0],
        ],
    ]
)
"""Resistances [s m⁻¹], shape (season, kind, ground): of stomata, cuticles to SO₂ and to O₃, air in the
canopy, ground to SO₂ and to O₃."""

LIPIDS = np.array([1e-5, 6.0, 5.0, 7.0, 3.0, 4.0, 1e-5, 1e-5, 3.0])
"""Scale of the area of cuticles by ground [1]."""

WOODED = frozenset({3, 5})
"""Grounds whose leaves follow the season fully and whose stomata open in weak light."""
