"""The particle engine on decks: laws of its hours, and its skill on a small part of Prairie Grass."""

import math
from dataclasses import replace

import numpy as np
import pytest

from sootprint.core.errors import InputError
from sootprint.dispersion.decks.emissions import emission_rates
from sootprint.dispersion.decks.particles import NEAR, ParticleEngine
from sootprint.dispersion.decks.reader import read_deck
from sootprint.dispersion.decks.runner import run_deck
from sootprint.dispersion.scores import performance
from sootprint.dispersion.tracers import deck_runner, prairie_grass
from sootprint.dispersion.tracers.pairs import FIT, STABLE

pytestmark = pytest.mark.data

COARSE = NEAR._replace(particles=2000, batches=4, width=0.25, width_z=0.1)
STABLE_RUNS = (17, 53)
READ_WEATHER = prairie_grass.read_weather


def some_runs(folder):
    """Weather of two stable runs of the fit half."""
    table = READ_WEATHER(folder)
    return table[table["exp"].isin(STABLE_RUNS)].reset_index(drop=True)


def operator_of(deck, engine, hours=slice(0, 1)):
    """Operator of some hours of a deck."""
    run = run_deck(deck, engine=engine)
    rates = emission_rates(deck, run.hours.part(hours), run.hourly)
    return engine.operator(deck, run.sources, run._weather(hours), rates, slice(0, len(deck.receptors)))


@pytest.fixture(scope="module")
def grass(data_dir, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prairie_grass, "read_weather", some_runs)
        folder, target = data_dir / prairie_grass.FOLDER, tmp_path_factory.mktemp("deck")
        yield read_deck(prairie_grass.write_deck(folder, target, turbulence=True))


def test_an_hour_is_the_same_for_the_same_seed(grass):
    first = operator_of(grass, ParticleEngine(sampling=COARSE, seed=3))
    again = operator_of(grass, ParticleEngine(sampling=COARSE, seed=3, threads=2))
    other = operator_of(grass, ParticleEngine(sampling=COARSE, seed=4))
    assert first.shape == (1, len(grass.receptors), 1)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_the_plume_lies_downwind_and_its_error_is_told(grass):
    told = []
    engine = ParticleEngine(sampling=COARSE, told=lambda *found: told.append(found))
    made = operator_of(grass, engine)[0, :, 0]
    x, y = grass.receptors.x, grass.receptors.y
    bearing = math.degrees(math.atan2(made @ x, made @ y)) % 360.0
    assert bearing == pytest.approx(184.0 - 180.0, abs=1.5)
    ((distance, value, error),) = told
    np.testing.assert_array_equal(value[:, 0], made)
    assert np.unique(distance.round()).tolist() == list(prairie_grass.ARCS_M)
    best = int(np.argmax(made))
    assert 0.0 < error[best, 0] < 0.3 * made[best]


def test_an_hour_without_emission_costs_nothing(grass):
    engine = ParticleEngine(sampling=COARSE)
    run = run_deck(grass, engine=engine)
    rates = emission_rates(grass, run.hours.part(slice(0, 1)), run.hourly)
    quiet = replace(rates, rate=0.0 * rates.rate)
    made = engine.operator(grass, run.sources, run._weather(slice(0, 1)), quiet, slice(0, 5))
    assert (made == 0.0).all()


def test_ground_that_is_not_level_is_refused(grass):
    receptors = replace(grass.receptors, elevation=grass.receptors.elevation + 30.0)
    source = replace(grass.sources[0], flat=False)
    hilly = replace(grass, flat=False, receptors=receptors, sources=(source,))
    with pytest.raises(InputError, match="not level"):
        operator_of(hilly, ParticleEngine(sampling=COARSE))


def test_two_stable_runs_of_prairie_grass(data_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(prairie_grass, "read_weather", some_runs)
    engine = ParticleEngine(sampling=NEAR._replace(particles=6000, batches=12), seed=1)
    made = prairie_grass.pairs(
        data_dir / prairie_grass.FOLDER, deck_runner(engine), tmp_path, model="p", turbulence=True
    )
    assert set(made["half"]) == {FIT}
    assert set(made["stratum"]) == {STABLE}
    integrals = made[made["quantity"] == "crosswind integral"]
    scores = performance(integrals["observed"], integrals["modelled"])
    assert scores.fac2 >= 0.93
    assert scores.vg <= 1.25
    maxima = made[made["quantity"] == "arc maximum"]
    scores = performance(maxima["observed"], maxima["modelled"])
    assert scores.fac2 >= 0.88
    assert scores.vg <= 1.30


@pytest.mark.slow
def test_stable_air_over_prairie_grass(data_dir, tmp_path):
    """The bars that the whole stable stratum keeps, of docs/validation/tracers-particles.md."""
    run = deck_runner(ParticleEngine(seed=2004))
    made = prairie_grass.pairs(
        data_dir / prairie_grass.FOLDER, run, tmp_path, model="particles", turbulence=True
    )
    stable = made[made["stratum"] == STABLE]
    integrals = stable[stable["quantity"] == "crosswind integral"]
    scores = performance(integrals["observed"], integrals["modelled"])
    assert scores.fac2 >= 0.93
    assert scores.vg <= 1.25
