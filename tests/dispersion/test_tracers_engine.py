"""Physics aermod on the tracer decks against the reference model's own pairs."""

import pytest

from sootprint.dispersion.decks.engine import LayeredEngine
from sootprint.dispersion.scores import agreement, performance
from sootprint.dispersion.tracers import deck_runner, kincaid, prairie_grass
from sootprint.dispersion.tracers.pairs import FIT, UNSTABLE

pytestmark = pytest.mark.slow

KEYS = ["quantity", "block", "arc_m"]


def compared(made, reference):
    both = made.merge(reference, on=KEYS, suffixes=("", "_reference"))
    assert len(both) == len(reference)
    for _, group in both.groupby("quantity"):
        yield agreement(group["modelled_reference"], group["modelled"])


@pytest.mark.parametrize("turbulence", [True, False])
def test_prairie_grass_as_aermod(data_dir, tmp_path, turbulence):
    folder = data_dir / prairie_grass.FOLDER
    made = prairie_grass.pairs(folder, deck_runner(), tmp_path, model="aermod", turbulence=turbulence)
    for found in compared(made, prairie_grass.reference_pairs(folder, turbulence=turbulence)):
        assert found.slope == pytest.approx(1.0, abs=0.01)
        assert found.r_squared >= 0.999
        assert found.maximum_ratio == pytest.approx(1.0, abs=0.01)


def test_kincaid_as_aermod(data_dir):
    folder = data_dir / kincaid.FOLDER
    made = kincaid.pairs(folder, deck_runner(), model="aermod")
    for found in compared(made, kincaid.reference_pairs(folder)):
        assert found.slope == pytest.approx(1.0, abs=0.01)
        assert found.r_squared >= 0.999
        assert found.maximum_ratio == pytest.approx(1.0, abs=0.01)


def test_improved_physics_on_the_fit_half(data_dir, tmp_path):
    run = deck_runner(LayeredEngine(physics="improved"))
    grass = prairie_grass.pairs(
        data_dir / prairie_grass.FOLDER, run, tmp_path, model="improved", turbulence=True
    )
    stack = kincaid.pairs(data_dir / kincaid.FOLDER, run, model="improved")
    for made, quantity, bias, within in (
        (grass, "arc maximum", 0.1, 0.95),
        (stack, "hour maximum", 0.15, 0.65),
    ):
        chosen = (made["quantity"] == quantity) & (made["half"] == FIT) & (made["stratum"] == UNSTABLE)
        scores = performance(made.loc[chosen, "observed"], made.loc[chosen, "modelled"])
        assert abs(scores.fb) < bias
        assert scores.fac2 > within
