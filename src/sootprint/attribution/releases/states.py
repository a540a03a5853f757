"""Hidden states of a site, silent or one source at one rate, and how likely the readings are in each.

References
----------
.. [1] Rabiner, L. R. (1989). A tutorial on hidden Markov models. Proc. IEEE 77, 257–286. doi:10.1109/5.18626.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sootprint.attribution.releases.detection import ReleaseOptions

Array = NDArray[np.float64]


def log_likelihoods(
    excess: Array, noise: Array, operator: Array, rates: Array, options: ReleaseOptions
) -> tuple[Array, Array]:
    """Logarithms of the likelihood of each cell in silence (cell,) and with a source at a rate.

    The second has the shape (cell, source, rate). A sensor's reading is, with Student's t of
    ``degrees_of_freedom``, about what the source at that rate gives, with an error that is noise, a relative
    part, and what the turned winds differ by; or, with ``miss_share``, about nothing, the plume having
    passed by; or, with ``stray_share``, anything up to the size of the plume elsewhere. Without the last two
    a plume a few degrees off would speak against the rate, and a low rate would always fit best.
    """
    mean, spread = operator.mean(axis=0), operator.std(axis=0)
    known = np.isfinite(excess)
    value = np.where(known, excess, 0.0)
    quiet = (options.noise_factor * noise) ** 2
    silent = _log_t(value, quiet, known, options.degrees_of_freedom)
    weights = np.log(
        [1.0 - options.miss_share - options.stray_share, options.miss_share, options.stray_share]
    )
    made = np.empty((len(value), mean.shape[2], len(rates)))
    for source in range(mean.shape[2]):
        plume = mean[:, :, source]
        widest = plume.max(axis=1, keepdims=True)
        for place, rate in enumerate(rates):
            given = rate * plume
            error = quiet + (rate * spread[:, :, source]) ** 2 + (options.relative_error * given) ** 2
            hit = _log_t(value - given, error, known, options.degrees_of_freedom)
            stray = _log_t(
                value, quiet + (options.stray_size * rate * widest) ** 2, known, options.degrees_of_freedom
            )
            both = np.logaddexp(weights[0] + hit, weights[1] + silent)
            made[:, source, place] = np.logaddexp(both, weights[2] + stray).sum(axis=1)
    return silent.sum(axis=1), made


def log_likelihoods_elsewhere(excess: Array, noise: Array, sizes: Array, options: ReleaseOptions) -> Array:
    """Logarithm of the likelihood of each cell under uneven air from outside the fence, (cell, size).

    Gas of a place that no list of sources has comes with the wind and reaches sensors in patches, those
    upwind of all sources as well; what is common to most of them is in the background already. So each
    sensor is above or below it by a size [unit of the readings], with Student's t, and without any plume.
    """
    known = np.isfinite(excess)
    value = np.where(known, excess, 0.0)
    quiet = (options.noise_factor * noise) ** 2
    return np.stack(
        [_log_t(value, quiet + size**2, known, options.degrees_of_freedom).sum(axis=1) for size in sizes],
        axis=1,
    )


def _log_t(residual: Array, scale_squared: Array, known: NDArray[np.bool_], degrees: float) -> Array:
    from scipy.special import gammaln

    constant = gammaln(0.5 * (degrees + 1)) - gammaln(0.5 * degrees) - 0.5 * np.log(degrees * np.pi)
    tail = 0.5 * (degrees + 1) * np.log1p(residual**2 / (scale_squared * degrees))
    return np.asarray(np.where(known, constant - 0.5 * np.log(scale_squared) - tail, 0.0))


def posterior_states(silent: Array, active: Array, options: ReleaseOptions) -> tuple[Array, Array, float]:
    """Probability of silence (cell,) and of each source and rate (cell, source, rate), by ref. 1.

    The third is the logarithm of the evidence of the whole chain, to compare two operators by.

    The likelihoods of neighbouring cells err together and count with the power ``independence``. A release
    begins once in ``silence_hours`` and ends once in ``release_hours``, sometimes into another one.
    """
    cells, sources, rates = active.shape
    states = sources * rates
    logs = options.independence * np.concatenate([silent[:, None], active.reshape(cells, states)], axis=1)
    largest = logs.max(axis=1, keepdims=True)
    likelihood, evidence = np.exp(logs - largest), float(largest.sum())
    begin = options.cell_minutes / 60.0 / options.silence_hours
    end = options.cell_minutes / 60.0 / options.release_hours
    turn = options.turn_share * end
    forward, backward = np.empty_like(likelihood), np.ones_like(likelihood)
    ahead = np.full(states + 1, 0.5 / states)
    ahead[0] = 0.5
    for cell in range(cells):
        if cell:
            last = forward[cell - 1]
            running = last[1:].sum()
            ahead[0] = last[0] * (1.0 - begin) + running * end
            ahead[1:] = last[1:] * (1.0 - end - turn) + (last[0] * begin + running * turn) / states
        forward[cell] = ahead * likelihood[cell]
        total = forward[cell].sum()
        forward[cell] /= total
        evidence += float(np.log(total))
    for cell in range(cells - 2, -1, -1):
        later = backward[cell + 1] * likelihood[cell + 1]
        mean = later[1:].mean()
        backward[cell, 0] = (1.0 - begin) * later[0] + begin * mean
        backward[cell, 1:] = end * later[0] + (1.0 - end - turn) * later[1:] + turn * mean
        backward[cell] /= backward[cell].max()
    made = forward * backward
    made /= made.sum(axis=1, keepdims=True)
    return made[:, 0], made[:, 1:].reshape(cells, sources, rates), evidence
