"""Areas and lines beside AERMOD 24142: a deck with each kind of polygon."""

import numpy as np
import pandas as pd
import pytest

from sootprint.dispersion.decks import read_deck
from sootprint.dispersion.decks.runner import run_deck

GROUPS = {"AREA": "AREA", "AREAP": "AREAP", "CIRC": "CIRC", "LINE": "LINE1"}


@pytest.fixture(scope="module")
def hours(data_dir):
    run = run_deck(read_deck(data_dir / "aermod" / "allsrcs" / "allsrcs.inp"), sources=list(GROUPS.values()))
    values = np.concatenate([block.values for block in run.blocks()])
    return {name: values[:, number] for number, (name, _, _) in enumerate(run.groups)}


@pytest.mark.parametrize("group", GROUPS)
def test_four_days_agree_with_the_reference(data_dir, hours, group):
    path = data_dir / "aermod" / "allsrcs" / "expected" / f"ALLSRCS_{group}_01H.parquet"
    theirs = pd.read_parquet(path)["concentration_ugm3"].to_numpy().reshape(hours[group].shape)
    x, y = theirs.ravel(), hours[group].ravel()
    assert np.dot(x, y) / np.dot(x, x) == pytest.approx(1.0, abs=0.002)
    assert np.corrcoef(x, y)[0, 1] ** 2 > 0.9999
    assert y.max() / x.max() == pytest.approx(1.0, abs=0.005)
