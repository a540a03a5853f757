"""Convergence of Markov chains: Vehtari et al. 2021, doi:10.1214/20-BA1221, without rank normalisation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def split_chains(values: Array) -> Array:
    """Halves of (chains, n) draws as chains of their own."""
    half = values.shape[1] // 2
    return np.concatenate([values[:, :half], values[:, half : 2 * half]])


def split_r_hat(values: Array) -> float:
    """Potential scale reduction of (chains, n) draws; 1 for chains that agree (equations 1–4)."""
    chains = split_chains(values)
    length = chains.shape[1]
    within = chains.var(axis=1, ddof=1).mean()
    between = length * chains.mean(axis=1).var(ddof=1)
    if within == 0:
        return float("nan")
    return float(np.sqrt((length - 1) / length + between / (length * within)))


def effective_size(values: Array) -> float:
    """Effective number of independent draws among (chains, n) draws (equations 10–11, Geyer's sequence)."""
    chains = split_chains(values)
    count, length = chains.shape
    centred = chains - chains.mean(axis=1, keepdims=True)
    size = 1 << (2 * length - 1).bit_length()
    spectrum = np.fft.rfft(centred, size, axis=1)
    covariance = np.fft.irfft(np.abs(spectrum) ** 2, size, axis=1)[:, :length] / length
    within = chains.var(axis=1, ddof=1).mean()
    if within == 0:
        return float("nan")
    total = within * (length - 1) / length + chains.mean(axis=1).var(ddof=1)
    rho = 1.0 - (within - covariance.mean(axis=0) * length / (length - 1)) / total
    rho[0] = 1.0
    pairs = rho[: length // 2 * 2].reshape(-1, 2).sum(axis=1)
    negative = np.flatnonzero(pairs < 0)
    pairs = np.minimum.accumulate(pairs[: negative[0]] if len(negative) else pairs)
    tau = max(-1.0 + 2.0 * pairs.sum(), 1.0 / np.log10(count * length))
    return float(count * length / tau)
