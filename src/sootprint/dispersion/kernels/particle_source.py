"""Places at which particles of a source begin, and the density of those places.

References
----------
.. [1] Wichura, M. J. (1988). Algorithm AS 241: the percentage points of the normal distribution. Applied
   Statistics 37, 477–484, doi:10.2307/2347330.
"""

from __future__ import annotations

import math

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.kernels.compile import compiled

_ROOT_TAU = math.sqrt(2.0 * math.pi)


@compiled
def normal_quantile(share: float) -> float:
    """Standard normal deviate below which a share between 0 and 1 lies, to about 1e-16; ref. 1 (PPND16)."""
    middle = share - 0.5
    if abs(middle) <= 0.425:
        r = 0.180625 - middle * middle
        top = ((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r + 6.7265770927008700853e4) * r
        top = ((top + 4.5921953931549871457e4) * r + 1.3731693765509461125e4) * r
        top = ((top + 1.9715909503065514427e3) * r + 1.3314166789178437745e2) * r + 3.3871328727963666080e0
        low = ((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r + 3.9307895800092710610e4) * r
        low = ((low + 2.1213794301586595867e4) * r + 5.3941960214247511077e3) * r
        low = ((low + 6.8718700749205790830e2) * r + 4.2313330701600911252e1) * r + 1.0
        return middle * top / low
    r = math.sqrt(-math.log(share if middle < 0.0 else 1.0 - share))
    if r <= 5.0:
        r -= 1.6
        top = (
            (7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r + 2.41780725177450611770e-1
        ) * r
        top = ((top + 1.27045825245236838258e0) * r + 3.64784832476320460504e0) * r
        top = ((top + 5.76949722146069140550e0) * r + 4.63033784615654529590e0) * r + 1.42343711074968357734e0
        low = (
            (1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r + 1.51986665636164571966e-2
        ) * r
        low = ((low + 1.48103976427480074590e-1) * r + 6.89767334985100004550e-1) * r
        low = ((low + 1.67638483018380384940e0) * r + 2.05319162663775882187e0) * r + 1.0
    else:
        r -= 5.0
        top = (
            (2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 1.24266094738807843860e-3
        ) * r
        top = ((top + 2.65321895265761230930e-2) * r + 2.96560571828504891230e-1) * r
        top = ((top + 1.78482653991729133580e0) * r + 5.46378491116411436990e0) * r + 6.65790464350110377720e0
        low = (
            (2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r + 1.84631831751005468180e-5
        ) * r
        low = ((low + 7.86869131145613259100e-4) * r + 1.48753612908506148525e-2) * r
        low = ((low + 1.36929880922735805310e-1) * r + 5.99832206555887937690e-1) * r + 1.0
    return -top / low if middle < 0.0 else top / low


@compiled
def chosen(share: float, first: int, last: int, weight: Floats) -> int:
    """Index from ``first`` to ``last`` - 1 at which the running sum of weights passes a share."""
    passed = 0.0
    for number in range(first, last - 1):
        passed += weight[number]
        if share < passed:
            return number
    return last - 1


@compiled
def vertical_density(z: float, height: float, sigma: float) -> float:
    """Density at a height [m⁻¹] of a Gaussian layer that is reflected at the ground; 0 under the ground."""
    if z < 0.0:
        return 0.0
    direct, image = (z - height) / sigma, (z + height) / sigma
    both = math.exp(-0.5 * direct * direct) + math.exp(-0.5 * image * image)
    return both / (_ROOT_TAU * sigma)


@compiled
def horizontal_density(x: float, y: float, sigma: float) -> float:
    """Density [m⁻²] of a round Gaussian at a distance (x, y) [m] from its middle."""
    variance = sigma * sigma
    return math.exp(-0.5 * (x * x + y * y) / variance) / (2.0 * math.pi * variance)


@compiled
def place_particles(
    uniforms: Floats,
    first: int,
    last: int,
    blob_x: Floats,
    blob_y: Floats,
    blob_sigma: Floats,
    blob_weight: Floats,
    spread: float,
    weight: Floats,
    height: Floats,
    sigma_z: Floats,
    made: Floats,
) -> None:
    """Places (particle, 3) [m] of a source's particles, from numbers (particle, 5) of [0, 1).

    The five numbers choose the layer, the blob, and east, north and height in them. Heights are reflected at
    the ground.

    Parameters
    ----------
    first, last : int
        Rows of the source's blobs.
    spread : float
        Horizontal standard deviation [m] that the blobs have besides their own.
    weight, height, sigma_z : array, shape (layer,)
        Layers of the source and hour.
    """
    tiny = 1e-16
    for row in range(uniforms.shape[0]):
        layer = chosen(uniforms[row, 0], 0, weight.size, weight)
        blob = chosen(uniforms[row, 1], first, last, blob_weight)
        sigma = math.sqrt(blob_sigma[blob] * blob_sigma[blob] + spread * spread)
        made[row, 0] = blob_x[blob] + sigma * normal_quantile(max(uniforms[row, 2], tiny))
        made[row, 1] = blob_y[blob] + sigma * normal_quantile(max(uniforms[row, 3], tiny))
        aloft = height[layer] + sigma_z[layer] * normal_quantile(max(uniforms[row, 4], tiny))
        made[row, 2] = abs(aloft)
