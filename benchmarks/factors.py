"""Seconds and Q of the factorisation beside those of the package ESAT, on two public sets and a made one.

Run: ``python benchmarks/factors.py [DATA] [--peer-python PATH] [--models 20] [--factors 6]``. DATA is the
folder of the reference data (or $SOOTPRINT_DATA); PATH a Python that has ``esat``, without which ours alone
is timed. Both work on the same values and uncertainties with two threads or processes; both Q are computed
by the same function from the peer's factors, and its own figure stands beside.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.factors import (
    FactorMatrix,
    FactorOptions,
    factor_matrix,
    factorise,
    kernels,
    match_factors,
)
from sootprint.attribution.factors.pmf import Factorisation, random_start, solve
from sootprint.cli.pmf_truth import read_receptor_set

Array = NDArray[np.float64]
METHODS = ("ls-nmf", "ws-nmf")


def wide_weights(seed: int = 7, samples: int = 400, species: int = 30, factors: int = 6) -> FactorMatrix:
    """Made factors with relative uncertainties from 0.3 % to 300 %, three orders of magnitude."""
    rng = np.random.default_rng(seed)
    g = rng.gamma(1.0, 1.0, (samples, factors))
    f = rng.lognormal(0.0, 1.5, (factors, species)) * (rng.random((factors, species)) > 0.4)
    clean = g @ f
    sigma = clean * 10.0 ** rng.uniform(-2.5, 0.5, clean.shape) + 1e-4
    values = np.maximum(clean + sigma * rng.standard_normal(clean.shape), 0.0)
    names = [f"s{number}" for number in range(species)]
    return factor_matrix(pd.DataFrame(values, columns=names), pd.DataFrame(sigma, columns=names))


def scored(matrix: FactorMatrix, g: Array, f: Array) -> tuple[float, float]:
    values = np.where(matrix.known, matrix.values, 0.0)
    true, robust = kernels.quality(
        np.ascontiguousarray(g), np.ascontiguousarray(f), values, matrix.precision(), 4.0
    )
    return float(true), float(robust)


def as_solution(like: Factorisation, g: Array, f: Array) -> Factorisation:
    mean = g.mean(axis=0)
    return replace(like, contributions=g / mean, profiles=f * mean[:, None])


def agreement(one: Factorisation, other: Factorisation) -> str:
    alike = match_factors(one, other).profile_correlation
    return f"{(alike >= 0.95).sum()}/{len(alike)}, least {alike.min():.3f}"


def peer_run(
    python: Path, matrix: FactorMatrix, method: str, options: argparse.Namespace
) -> dict[str, Array]:
    with tempfile.TemporaryDirectory() as folder:
        data, result = Path(folder) / "data.npz", Path(folder) / "result.npz"
        np.savez(data, values=matrix.values, uncertainties=matrix.uncertainties)
        script = Path(__file__).with_name("factors_peer.py")
        words = [python, script, data, result, options.factors, options.models, method, 42, 2]
        subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL)
        with np.load(result) as made:
            return {key: made[key] for key in made.files}


def compare(name: str, matrix: FactorMatrix, options: argparse.Namespace) -> None:
    values, precision = np.where(matrix.known, matrix.values, 0.0), matrix.precision()
    settings = FactorOptions(factors=options.factors, starts=options.models, threads=2)
    start = time.perf_counter()
    ours = factorise(matrix, settings)
    seconds = time.perf_counter() - start
    robust = ours.starts["q_robust"]
    print(f"\n{name}: {matrix.values.shape[0]} × {matrix.values.shape[1]}, {options.factors} factors")
    print(
        f"  ours     {seconds:7.2f} s, Q(robust) {ours.q_robust:.0f} (starts to {robust.max():.0f}), "
        f"Q(true) {ours.q_true:.0f}, matched over starts {ours.starts['matched'].mean():.2f}"
    )
    if options.peer_python is None:
        return
    runs = []
    for seed in ours.starts["seed"]:
        first = random_start(matrix, options.factors, np.random.default_rng(int(seed)))
        g, f, _, _ = solve(values, precision, *first, settings)
        runs.append(as_solution(ours, g, f))
    for method in METHODS:
        made = peer_run(options.peer_python, matrix, method, options)
        scores = [scored(matrix, g, f) for g, f in zip(made["contributions"], made["profiles"], strict=True)]
        best = int(np.argmin([item[1] for item in scores]))
        g, f = made["contributions"][best], made["profiles"][best]
        peer = as_solution(ours, g, f)
        near = max(runs, key=lambda item: match_factors(peer, item).profile_correlation.min())
        from_peer = solve(values, precision, g, f, settings)[:2]
        highest = max(item[1] for item in scores)
        print(
            f"  {method}   {float(made['seconds']):7.2f} s, Q(robust) {scores[best][1]:.0f} "
            f"(models to {highest:.0f}; its own figure {made['q_robust'][best]:.0f}), "
            f"Q(true) {scores[best][0]:.0f}"
        )
        others = {
            "our best": ours,
            "our nearest start": near,
            "ours from its solution": as_solution(ours, *from_peer),
        }
        for words, other in others.items():
            q = scored(matrix, other.contributions, other.profiles)[1]
            print(f"    profiles at 0.95 or more, {words}: {agreement(peer, other)}, Q(robust) {q:.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", type=Path, default=os.environ.get("SOOTPRINT_DATA"))
    parser.add_argument("--peer-python", type=Path)
    parser.add_argument("--models", type=int, default=20)
    parser.add_argument("--factors", type=int, default=6)
    options = parser.parse_args()
    warm = wide_weights(samples=40)
    factorise(warm, FactorOptions(factors=options.factors, starts=1, longest=5))
    if options.data is not None:
        folder = Path(options.data) / "receptor_models"
        for name in ("BatonRouge", "StLouis"):
            compare(name, read_receptor_set(folder, name), options)
    compare("wide weights", wide_weights(), options)


if __name__ == "__main__":
    main()
