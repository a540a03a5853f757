"""Vertical distribution of a plume [m⁻¹]: Gaussian with images, and the skewed one of convection.

Long series of images are not summed term by term: the two-sided ones pass to their Fourier series where the
plume is as wide as the layer (Poisson's formula), the one-sided ones to an integral and its correction
(Euler–Maclaurin) where it is wider. Both agree with the plain sums to 1e-6 (tested).
"""

from __future__ import annotations

import math

from sootprint.dispersion.kernels.compile import compiled

ROOT_TWO = math.sqrt(2.0)
ROOT_TWO_PI = math.sqrt(2.0 * math.pi)
ROOT_HALF_PI = math.sqrt(0.5 * math.pi)
DARKEST = 50.0
"""Exponent beyond which a Gaussian counts as nothing: 2e-22 of its middle."""
NOTHING = 1e-8
"""Share of the sum below which an image ends the series."""
SPACED = 0.5
"""Distance of the images in units of σ up to which the Euler–Maclaurin formula is used."""
ENDED = 18.0
"""Exponent beyond which an image adds nothing (1.5e-8)."""


@compiled
def bell(distance: float, sigma: float) -> float:
    """exp(-d² / 2σ²), nothing beyond `DARKEST`."""
    exponent = 0.5 * (distance / sigma) ** 2
    return math.exp(-exponent) if exponent < DARKEST else 0.0


@compiled
def open_density(height: float, middle: float, sigma: float) -> float:
    """Gaussian with one image in the ground [m⁻¹]; EPA-454/R-03-004, eq. 50 with n = 0.

    ``height`` may be negative for a receptor below the stack's base: source and lid are then as much higher.
    """
    held = max(middle, middle - height)
    return (bell(height - held, sigma) + bell(height + held, sigma)) / (ROOT_TWO_PI * sigma)


@compiled
def lidded_density(height: float, middle: float, sigma: float, lid: float) -> float:
    """Gaussian between ground and lid, with all images [m⁻¹]; EPA-454/R-03-004, eq. 50.

    ``height`` and ``middle`` [m] are at or below ``lid`` [m].
    """
    held = max(middle, middle - height)
    top = max(lid, lid - height)
    if sigma > 0.8 * top:
        first = math.exp(-0.5 * (math.pi * sigma / top) ** 2)
        second = first * first * first * first
        step = math.pi / top
        made = 1.0 + 2.0 * first * math.cos(step * height) * math.cos(step * held)
        made += 2.0 * second * math.cos(2.0 * step * height) * math.cos(2.0 * step * held)
        return made / top
    total = bell(height - held, sigma) + bell(height + held, sigma)
    reach = math.sqrt(2.0 * ENDED) * sigma
    for order in range(1, 100):
        shift = 2.0 * order * top
        if shift - held - height > reach:
            break
        total += (
            bell(height - shift + held, sigma)
            + bell(height + shift - held, sigma)
            + bell(height - shift - held, sigma)
            + bell(height + shift + held, sigma)
        )
    return total / (ROOT_TWO_PI * sigma)


@compiled
def lidded_at_ground(middle: float, sigma: float, lid: float) -> float:
    """`lidded_density` at the ground [m⁻¹]: images of the same distance come in pairs."""
    if sigma > 0.8 * lid:
        first = math.exp(-0.5 * (math.pi * sigma / lid) ** 2)
        second = first * first * first * first
        turn = math.cos(math.pi * middle / lid)
        return (1.0 + 2.0 * first * turn + 2.0 * second * (2.0 * turn * turn - 1.0)) / lid
    total = bell(middle, sigma)
    reach = math.sqrt(2.0 * ENDED) * sigma
    for order in range(1, 100):
        shift = 2.0 * order * lid
        if shift - middle > reach:
            break
        total += bell(shift - middle, sigma) + bell(shift + middle, sigma)
    return 2.0 * total / (ROOT_TWO_PI * sigma)


@compiled
def images(offset: float, spacing: float, sigma: float) -> float:
    """Sum over n ≥ 0 of exp(-(offset + n spacing)² / 2σ²)."""
    step = spacing / sigma
    start = offset / sigma
    if math.isnan(step) or math.isnan(start):
        return math.nan
    if step <= SPACED:
        half = 0.5 * start * start
        tail = ROOT_HALF_PI / step * math.erfc(start / ROOT_TWO)
        if half > DARKEST:
            return tail
        square = start * start
        third = step * step * step * start * (3.0 - square) / 720.0
        fifth = step**5 * start * (square * square - 10.0 * square + 15.0) / 30240.0
        seventh = step**7 * start * (105.0 - square * (105.0 - square * (21.0 - square))) / 1209600.0
        return tail + math.exp(-half) * (0.5 + step * start / 12.0 + third + fifth + seventh)
    half = 0.5 * start * start
    while half > DARKEST:
        if start > 0.0:
            return 0.0
        offset += spacing
        start = offset / sigma
        half = 0.5 * start * start
    # Each image is the one before times a ratio that itself shrinks by a constant: three exponentials in all.
    image = math.exp(-half)
    fall = step * (start + 0.5 * step)
    if fall > ENDED:
        return image
    ratio, shrink = math.exp(-fall), math.exp(-step * step)
    total = image
    while True:
        image *= ratio
        total += image
        ratio *= shrink
        if ratio < 0.5 and image < NOTHING * total:
            return total


@compiled
def skewed_density(
    height: float,
    first_middle: float,
    second_middle: float,
    first_sigma: float,
    second_sigma: float,
    first_weight: float,
    spacing: float,
) -> float:
    """Two Gaussians of up- and downdrafts with one-sided images [m⁻¹]; EPA-454/R-03-004, eq. 60 and 65.

    Parameters
    ----------
    height : float
        Receptor [m].
    first_middle, second_middle : float
        Distance of the first images of the updraft's and of the downdraft's plume from the ground [m].
    first_sigma, second_sigma : float
        Widths [m].
    first_weight : float
        Weight of the updrafts λ₁ [1]; that of the downdrafts is the rest.
    spacing : float
        Distance of the images: twice the mixing height [m].
    """
    if height == 0.0:
        first = 2.0 * images(first_middle, spacing, first_sigma)
        second = 2.0 * images(second_middle, spacing, second_sigma)
    else:
        first = images(first_middle - height, spacing, first_sigma) + images(
            first_middle + height, spacing, first_sigma
        )
        second = images(second_middle - height, spacing, second_sigma) + images(
            second_middle + height, spacing, second_sigma
        )
    return (first_weight / first_sigma * first + (1.0 - first_weight) / second_sigma * second) / ROOT_TWO_PI
