"""One area or line source in one hour at all receptors, physics ``aermod``."""

from __future__ import annotations

import numpy as np

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.engines.grounds import ground_of, same_ground
from sootprint.dispersion.engines.layers import Air
from sootprint.dispersion.engines.releases import Mixing, Release
from sootprint.dispersion.engines.scene import Emitters, Receivers
from sootprint.dispersion.kernels.area import SIZE, area_plume, polygon_area, strips_of, way_to
from sootprint.dispersion.kernels.compile import compiled


@compiled
def area_hour(
    out: Floats,
    source: int,
    receivers: Receivers,
    emitters: Emitters,
    release: Release,
    sine: float,
    cosine: float,
    column: Floats,
    air: Air,
    mixing: Mixing,
) -> None:
    """Fill ``out`` (receptor,) with one polygon in one hour, for 1 g s⁻¹ from the whole of it [s m⁻³].

    ``sine`` and ``cosine`` are those of the direction that the wind comes from. The plume along the wind is
    worked out once for receptors that follow each other on the same ground.
    """
    first, last = emitters.first_vertex[source], emitters.last_vertex[source]
    base, flat, decay = emitters.elevation[source], emitters.flat[source], emitters.decay[source]
    strips = strips_of(emitters.vertices, first, last, sine, cosine)
    share = 1.0 / polygon_area(emitters.vertices, first, last)
    table = np.full((SIZE, 2), np.nan)
    way = way_to(ground_of(receivers, 0, base, flat), release, column, air, mixing, decay)
    for receptor in range(receivers.x.size):
        ground = ground_of(receivers, receptor, base, flat)
        if not same_ground(ground, way.ground):
            way = way_to(ground, release, column, air, mixing, decay)
            table[:, 0] = np.nan
        east, north = receivers.x[receptor], receivers.y[receptor]
        along = -(east * sine + north * cosine)
        across = east * cosine - north * sine
        out[receptor] = share * area_plume(table, way, strips, along, across)
