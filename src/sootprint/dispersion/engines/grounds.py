"""Receptors as a source sees them."""

from __future__ import annotations

from sootprint.dispersion.engines.scene import Receivers
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.steady import Ground


@compiled
def ground_of(receivers: Receivers, receptor: int, base: float, flat: int) -> Ground:
    """Receptor as a source on a base of some elevation [m] sees it."""
    flagpole = receivers.flagpole[receptor]
    if flat == 1:
        return Ground(flagpole, flagpole, 0.0, 0.0, 1)
    elevation = receivers.elevation[receptor] - base
    return Ground(elevation + flagpole, flagpole, elevation, receivers.hill[receptor] - base, 0)


@compiled
def same_ground(one: Ground, other: Ground) -> bool:
    """Whether two receptors are the same to a source, wherever they lie."""
    return (
        one.height == other.height
        and one.flagpole == other.flagpole
        and one.elevation == other.elevation
        and one.hill == other.hill
        and one.flat == other.flat
    )
