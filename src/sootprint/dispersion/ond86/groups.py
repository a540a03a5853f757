"""Groups of like stacks that stand close together, calculated as one source."""

from __future__ import annotations

import math
from typing import Any

from sootprint.core.errors import InputError
from sootprint.dispersion.ond86.single import SingleSource, single_source


def stack_group(count: int, *, emission_g_s: float, **stack: Any) -> SingleSource:
    """Largest single concentration of N like stacks that stand close together.

    Parameters
    ----------
    count : int
        N.
    emission_g_s : float
        Emission of all of them together [g s⁻¹].
    **stack
        Height, mouth, velocity and the rest of one of them, as `single_source` takes them.

    Raises
    ------
    InputError
        If the count is not above zero, or as `single_source`.

    Notes
    -----
    cm = A M F m n η / H² · (N / (V₁ ΔT))^⅓ with the M and V₁ of all N stacks (unverified). V₁ / N is the
    volume of one stack, whose f, vm and v′m stand in m and n: the group is one stack with the emission of
    all, also where the gas is cold. ``v1`` of the result is therefore that of one stack.
    """
    if count < 1:
        raise InputError(f"a group of {count} stacks", rule="at least one")
    return single_source(emission_g_s=emission_g_s, **stack)


def group_concentration(
    *,
    count: int,
    flow_m3_s: float,
    excess_k: float,
    emission_g_s: float,
    height_m: float,
    m: float,
    n: float,
    settling: float = 1.0,
    region_coefficient: float = 200.0,
    relief: float = 1.0,
) -> float:
    """cm of N heated stacks by the formula itself [mg m⁻³], with the flow and emission of all of them.

    cm = A M F m n η / H² · (N / (V₁ ΔT))^⅓.

    Raises
    ------
    InputError
        If the flow, the excess of temperature or the height is not above zero.
    """
    if not (count >= 1 and flow_m3_s > 0.0 and excess_k > 0.0 and height_m > 0.0):
        raise InputError(
            f"{count} stacks, {flow_m3_s:g} m³/s, excess {excess_k:g} K, height {height_m:g} m",
            rule="all above zero: the formula is that of heated gas",
        )
    return (
        region_coefficient * emission_g_s * settling * m * n * relief / height_m**2
        * math.cbrt(count / (flow_m3_s * excess_k))
    )  # fmt: skip
