"""The engine of this room as the runner of tracer decks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sootprint.dispersion.tracers.pairs import DeckRunner

if TYPE_CHECKING:
    from sootprint.dispersion.decks.engine import Engine


def deck_runner(engine: Engine | None = None) -> DeckRunner:
    """Runner of decks with one source group, for `sootprint.dispersion.tracers.tracer_pairs`.

    Parameters
    ----------
    engine : Engine, optional
        What computes the operator; by default the layered plume with physics ``aermod``.
    """

    def run(path: Path) -> pd.DataFrame:
        from sootprint.dispersion.decks.reader import read_deck
        from sootprint.dispersion.decks.runner import run_deck

        prepared = run_deck(read_deck(path), engine=engine)
        stamps = prepared.hours.stamps() % 10**8
        x, y = prepared.deck.receptors.x, prepared.deck.receptors.y
        frames = []
        for block in prepared.blocks():
            values = block.values[:, 0, :]
            hours = stamps[block.first : block.first + len(values)]
            frames.append(
                pd.DataFrame(
                    {
                        "yymmddhh": np.repeat(hours, x.size),
                        "x": np.tile(x, hours.size),
                        "y": np.tile(y, hours.size),
                        "concentration_ugm3": values.ravel(),
                    }
                )
            )
        return pd.concat(frames, ignore_index=True)

    return run
