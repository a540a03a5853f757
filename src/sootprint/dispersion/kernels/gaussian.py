"""Gaussian cross-section of a plume between the ground and a lid.

References
----------
.. [1] Turner, D. B. (1970). Workbook of atmospheric dispersion estimates. US EPA, AP-26.
.. [2] Seinfeld, J. H. and Pandis, S. N. (2016). Atmospheric chemistry and physics, 3rd ed., chapter 18.
.. [3] US EPA (1995). ISC3 user's guide, volume II, EPA-454/B-95-003b, sections 1.1.5 and 1.1.6.
"""

from __future__ import annotations

import math

from sootprint.dispersion.kernels.compile import compiled

ROOT_TWO_PI = math.sqrt(2.0 * math.pi)
"""√(2π) [1]."""

LARGEST_EXPONENT = 32.0
"""Argument past which exp(-a) counts as zero [1]: 8 widths, 1.3e-14 of the plume's axis."""

SERIES_SPREAD = 0.5
"""Ratio σz/h from which the cosine series is summed in place of the images [1]; both are exact there."""

UNIFORM_SPREAD = 3.0
"""Ratio σz/h from which the layer is uniform to 1e-19 [1]."""


@compiled
def _bell(offset: float, sigma: float) -> float:
    argument = 0.5 * (offset / sigma) ** 2
    if argument > LARGEST_EXPONENT:
        return 0.0
    return math.exp(-argument)


@compiled
def lateral_term(crosswind: float, sigma: float) -> float:
    r"""Lateral density [m⁻¹], :math:`\exp(-y^2/2\sigma_y^2) / (\sqrt{2\pi}\,\sigma_y)`, zero past 8 σy."""
    return _bell(crosswind, sigma) / (ROOT_TWO_PI * sigma)


@compiled
def _series(receptor_height: float, plume_height: float, spread: float, lid: float) -> float:
    """Cosine series of the layer [m⁻¹]; five terms leave less than 1e-13 from σz/h = 0.5 on."""
    if spread > UNIFORM_SPREAD:
        return 1.0 / lid
    decay = math.exp(-0.5 * (math.pi * spread) ** 2)
    total = 0.0
    for order in range(1, 6):
        wave = math.pi * order / lid
        total += decay ** (order * order) * math.cos(wave * receptor_height) * math.cos(wave * plume_height)
    return (1.0 + 2.0 * total) / lid


@compiled
def vertical_term(receptor_height: float, plume_height: float, sigma: float, lid: float) -> float:
    r"""Vertical density of a plume [m⁻¹], reflected at the ground and at the lid; its integral is 1.

    With images of the plume at :math:`\pm H + 2 n h`,

    .. math:: V = \frac{1}{\sqrt{2\pi}\sigma_z} \sum_{n=-2}^{2}
       \left[ e^{-(z - H + 2 n h)^2 / 2\sigma_z^2} + e^{-(z + H + 2 n h)^2 / 2\sigma_z^2} \right]

    and from σz/h = 0.5 on the same sum as its Fourier series, which tends to :math:`1/h`; the two differ
    by less than 1e-13 there (Poisson's summation), so nothing jumps. A plume at or above the lid gives zero
    below it and is reflected at the lid from above; one below it gives zero above. ``lid`` may be infinite.
    All arguments in [m]. [1]_ eq. 5.2, [3]_ eq. 1-50.
    """
    if plume_height >= lid:
        if receptor_height < lid:
            return 0.0
        above, plume = receptor_height - lid, plume_height - lid
        return (_bell(above - plume, sigma) + _bell(above + plume, sigma)) / (ROOT_TWO_PI * sigma)
    if receptor_height > lid:
        return 0.0
    if sigma > SERIES_SPREAD * lid:
        return _series(receptor_height, plume_height, sigma / lid, lid)
    total = _bell(receptor_height - plume_height, sigma) + _bell(receptor_height + plume_height, sigma)
    if 2.0 * lid - receptor_height - plume_height < 8.0 * sigma:
        for order in range(1, 3):
            shift = 2.0 * order * lid
            total += _bell(receptor_height - plume_height - shift, sigma)
            total += _bell(receptor_height - plume_height + shift, sigma)
            total += _bell(receptor_height + plume_height - shift, sigma)
            total += _bell(receptor_height + plume_height + shift, sigma)
    return total / (ROOT_TWO_PI * sigma)
