"""Factorisation by the package ESAT, run by an environment that has it; called by ``factors.py``.

Run: ``python benchmarks/factors_peer.py DATA.npz RESULT.npz FACTORS MODELS METHOD SEED CORES``.
"""

from __future__ import annotations

import sys
import time

import numpy as np


def main() -> None:
    from esat.model.batch_sa import BatchSA

    data, result, factors, models, method, seed, cores = sys.argv[1:]
    given = np.load(data)
    start = time.perf_counter()
    batch = BatchSA(
        V=given["values"],
        U=given["uncertainties"],
        factors=int(factors),
        models=int(models),
        method=method,
        seed=int(seed),
        parallel=int(cores) > 1,
        cores=int(cores),
        verbose=False,
    )
    batch.train()
    seconds = time.perf_counter() - start
    made = [model for model in batch.results if model is not None]
    np.savez(
        result,
        seconds=seconds,
        contributions=np.stack([model.W for model in made]),
        profiles=np.stack([model.H for model in made]),
        q_robust=np.array([model.Qrobust for model in made]),
        q_true=np.array([model.Qtrue for model in made]),
    )


if __name__ == "__main__":
    main()
