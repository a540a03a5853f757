r"""Scalar steps of the Lagrangian particle: vertical Langevin dynamics, horizontal velocities, noise.

The vertical model of Thomson (1987) for Gaussian inhomogeneous turbulence,

.. math:: dw = \left[-\frac{w}{T} + \tfrac12 \frac{d\sigma_w^2}{dz}
          \left(1 + \frac{w^2}{\sigma_w^2}\right)\right] dt + \sqrt{2\sigma_w^2/T}\, dW, \qquad dz = w\,dt,

becomes, in :math:`\omega = w/\sigma_w` and :math:`s = \int dz/\sigma_w`, the dynamics of a particle of unit
temperature in the potential :math:`V(s) = -\ln\sigma_w` under friction 1/T:

.. math:: d\omega = \left[-\frac{\omega}{T} + \frac{d\ln\sigma_w}{ds}\right] dt + \sqrt{2/T}\, dW,
          \qquad ds = \omega\,dt .

It is integrated by the splitting B-A-O-A-B of Leimkuhler and Matthews (2013): half a kick by the force, half
a drift, the Ornstein–Uhlenbeck step of the velocity, half a drift, half a kick. Its error of the
stationary density is of second order in the step and does not grow where T is shorter than the step, which
the explicit scheme's does. The decay of the velocity is Grønbech-Jensen and Farago's (2013), see
`sootprint.dispersion.particles.tables.decay_of`: the diffusivity is that of the time scale at any step.

References
----------
.. [1] Thomson, D. J. (1987). Criteria for the selection of stochastic models of particle trajectories in
   turbulent flows. J. Fluid Mech. 180, 529-556, doi:10.1017/S0022112087001940.
.. [2] Leimkuhler, B. and Matthews, C. (2013). Rational construction of stochastic numerical methods for
   molecular sampling. Appl. Math. Res. eXpress 2013, 34-56, doi:10.1093/amrx/abs010.
.. [3] Wichura, M. J. (1988). Algorithm AS 241: the percentage points of the normal distribution. Appl.
   Statist. 37, 477-484, doi:10.2307/2347330.
"""

from __future__ import annotations

import math

import numpy as np

from sootprint.dispersion.kernels.compile import compiled, inlined

CELLS_PER_OCTAVE = 32
"""Cells of the table into which each doubling of 1 + s / (1 s) is divided."""

_SHIFT = np.uint32(23 - 5)
_FIRST = np.uint32(127 * CELLS_PER_OCTAVE)
_LOW_BYTES = np.uint32(0x00FF00FF)
_LOW_HALF = np.uint32(0xFFFF)


@inlined
def cell_of(s: np.float32) -> np.uint32:
    """Cell of the table in which the stretched height s [s] lies; the binary exponent of 1 + s is the octave.

    Cell 0 begins at s = 0, cell 32 at 1 s, cell 64 at 3 s, cell 96 at 7 s.
    """
    return np.uint32((np.float32(s + np.float32(1.0)).view(np.uint32) >> _SHIFT) - _FIRST)


@inlined
def cell_foot(cell: np.uint32) -> np.float32:
    """Stretched height s [s] at which a cell begins."""
    return np.float32(np.uint32((cell + _FIRST) << _SHIFT).view(np.float32) - np.float32(1.0))


@inlined
def turned_left(word: np.uint32, bits: np.uint32) -> np.uint32:
    """Word rotated to the left."""
    return np.uint32(np.uint32(word << bits) | np.uint32(word >> np.uint32(np.uint32(32) - bits)))


@inlined
def draw(
    a: np.uint32, b: np.uint32, c: np.uint32, count: np.uint32
) -> tuple[np.uint32, np.uint32, np.uint32, np.uint32, np.uint32]:
    """Next random word and the state after it: a small fast counting generator of three words and a counter.

    Additions, shifts and a rotation mix the words; the counter keeps every period above 2³².
    """
    word = np.uint32(np.uint32(a + b) + count)
    next_a = np.uint32(b ^ np.uint32(b >> np.uint32(9)))
    next_b = np.uint32(c + np.uint32(c << np.uint32(3)))
    next_c = np.uint32(turned_left(c, np.uint32(21)) + word)
    return word, next_a, next_b, next_c, np.uint32(count + np.uint32(1))


@inlined
def byte_sum(word: np.uint32) -> np.uint32:
    """Sums of bytes 0 and 1 of a word, and of bytes 2 and 3, each in 16 bits."""
    return np.uint32(np.uint32(word & _LOW_BYTES) + np.uint32(np.uint32(word >> np.uint32(8)) & _LOW_BYTES))


@inlined
def eight_bytes(first: np.uint32, second: np.uint32) -> np.int32:
    """Sum of the eight bytes of two words: mean 1020, variance 43690."""
    sums = np.uint32(byte_sum(first) + byte_sum(second))
    return np.int32(np.uint32(np.uint32(sums & _LOW_HALF) + np.uint32(sums >> np.uint32(16))))


@inlined
def four_bytes(word: np.uint32) -> np.int32:
    """Sum of the four bytes of a word: mean 510, variance 21845."""
    sums = byte_sum(word)
    return np.int32(np.uint32(np.uint32(sums & _LOW_HALF) + np.uint32(sums >> np.uint32(16))))


@compiled
def mixed(word: np.uint32) -> np.uint32:
    """Word whose bits all depend on all bits of the given one (an invertible multiply and shift hash)."""
    word = np.uint32(word ^ np.uint32(word >> np.uint32(16)))
    word = np.uint32(word * np.uint32(0x7FEB352D))
    word = np.uint32(word ^ np.uint32(word >> np.uint32(15)))
    word = np.uint32(word * np.uint32(0x846CA68B))
    return np.uint32(word ^ np.uint32(word >> np.uint32(16)))


@compiled
def normal_quantile(share: float) -> float:
    """Standard normal quantile of a share between 0 and 1; algorithm AS 241, PPND7 [3]_: 0.975 gives 1.95996.

    Its relative error is about 1e-7.
    """
    q = share - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        top = ((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179
        low = ((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1.0
        return q * top / low
    r = math.sqrt(-math.log(min(share, 1.0 - share)))
    if r <= 5.0:
        r -= 1.6
        top = ((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777
        low = (0.12021132975 * r + 0.73700164250) * r + 1.0
    else:
        r -= 5.0
        top = ((0.017337203997 * r + 0.42868294337) * r + 3.0812263860) * r + 6.6579051150
        low = (0.012258202635 * r + 0.24197894225) * r + 1.0
    return -top / low if q < 0.0 else top / low
